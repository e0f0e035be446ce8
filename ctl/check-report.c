/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "check-report.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/hash.h"
#include "ctl.h"

#define SUBJECT_COLUMNS 14
#define REMEDY_INDENT 10

static const char *const level_names[] = {
        [CHECK_OK] = "ok",
        [CHECK_WARNING] = "warning",
        [CHECK_ERROR] = "error",
};

static const CtlColour level_colours[] = {
        [CHECK_OK] = CTL_GREEN,
        [CHECK_WARNING] = CTL_YELLOW,
        [CHECK_ERROR] = CTL_RED,
};

void check_report_begin(CheckReport *r, JsonFormat format) {
        *r = (CheckReport){ .json = json_begin(stdout, format) };
        if (format == JSON_OFF)
                return;

        json_open_object(&r->json, NULL);
        json_add_number(&r->json, "version", 1);
        json_open_array(&r->json, "findings");
}

void check_report_end(CheckReport *r) {
        free(r->shown);
        if (r->json.format == JSON_OFF)
                return;

        json_close_array(&r->json);
        json_close_object(&r->json);
        json_end(&r->json);
}

bool check_is_news(CheckReport *r, const char *text) {
        uint64_t hash = hash_bytes(text, strlen(text)), *shown;

        for (size_t i = 0; i < r->n_shown; i++)
                if (r->shown[i] == hash)
                        return false;

        shown = reallocarray(r->shown, r->n_shown + 1, sizeof(*shown));
        if (!shown)
                return true;

        r->shown = shown;
        r->shown[r->n_shown++] = hash;
        return true;
}

static void write_json(CheckReport *r, CheckLevel level, const char *subject, const char *remedy,
                       const char *text) {

        json_open_object(&r->json, NULL);
        json_add_text_if(&r->json, "name", r->tunnel);
        json_add_text(&r->json, "level", level_names[level]);
        json_add_text(&r->json, "subject", subject);
        json_add_text(&r->json, "text", text);
        json_add_text_if(&r->json, "file", r->file);
        json_add_number_if(&r->json, "line", r->line);
        json_add_text_if(&r->json, "remedy", remedy);
        json_close_object(&r->json);
}

void check_count(CheckReport *r, CheckLevel level) {
        r->worst = MAX(r->worst, level);
        r->n_warnings += level == CHECK_WARNING;
        r->n_errors += level == CHECK_ERROR;
}

void check_add(CheckReport *r, CheckLevel level, const char *subject, const char *remedy,
               const char *format, ...) {

        _cleanup_free_ char *text = NULL;
        va_list arguments;
        int n;

        va_start(arguments, format);
        n = vasprintf(&text, format, arguments);
        va_end(arguments);
        if (n < 0) {
                text = NULL;
                return;
        }

        check_count(r, level);
        if (r->json.format != JSON_OFF) {
                write_json(r, level, subject, remedy, text);
                return;
        }

        printf("  %s%-7s%s %-*s ", ctl_colour(level_colours[level]), level_names[level],
               ctl_colour(CTL_PLAIN), SUBJECT_COLUMNS, subject);
        ctl_print_text(stdout, text);
        putchar('\n');
        if (!remedy)
                return;

        printf("%*s%-*s ", REMEDY_INDENT, "", SUBJECT_COLUMNS, "");
        ctl_print_text(stdout, remedy);
        putchar('\n');
}
