/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/config/config-problem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/array.h"
#include "core/config/config-syntax.h"

/* So many bytes of a value are shown. The rest of CONFIG_EXCERPT_BYTES is for the ellipsis. */
#define EXCERPT_TEXT_MAX_BYTES 64

static void config_problem_done(ConfigProblem *problem) {
        free(problem->file);
        free(problem->message);
        free(problem->hint);
}

int config_problems_addv(ConfigProblems *p, const char *file, unsigned line, bool warning,
                         const char *hint, const char *format, va_list arguments) {

        ConfigProblem problem = { .line = line, .warning = warning };

        if (!warning)
                p->n_errors++;

        if (p->n_items >= CONFIG_PROBLEMS_MAX) {
                p->n_dropped++;
                return 0;
        }

        if (!ARRAY_MAKE_ROOM(p->items, p->n_items))
                return -ENOMEM;

        if (vasprintf(&problem.message, format, arguments) < 0)
                return -ENOMEM;

        problem.file = strdup(file);
        problem.hint = hint ? strdup(hint) : NULL;
        if (!problem.file || (hint && !problem.hint)) {
                config_problem_done(&problem);
                return -ENOMEM;
        }

        p->items[p->n_items++] = problem;
        return 0;
}

int config_problems_add(ConfigProblems *p, const char *file, unsigned line, bool warning,
                        const char *hint, const char *format, ...) {

        va_list arguments;
        int r;

        va_start(arguments, format);
        r = config_problems_addv(p, file, line, warning, hint, format, arguments);
        va_end(arguments);

        return r;
}

void config_problems_done(ConfigProblems *p) {
        for (size_t i = 0; i < p->n_items; i++)
                config_problem_done(&p->items[i]);

        free(p->items);
        *p = (ConfigProblems){ 0 };
}

void config_problem_describe(const ConfigProblem *problem, char *buffer, size_t n_buffer) {
        char line[16] = "";

        if (problem->line > 0)
                snprintf(line, sizeof(line), "%u:", problem->line);

        snprintf(buffer, n_buffer, "%s:%s %s%s%s", problem->file, line, problem->message,
                 problem->hint ? "; " : "", problem->hint ? problem->hint : "");
}

const char *config_excerpt(const char *text, char buffer[static CONFIG_EXCERPT_BYTES]) {
        size_t n_text = strlen(text), n = 0;

        while (n < n_text) {
                size_t length = config_utf8_length(text + n, n_text - n);

                if (length == 0 || n + length > EXCERPT_TEXT_MAX_BYTES)
                        break;
                n += length;
        }

        /* The tab is the one control character that a line may hold. */
        for (size_t i = 0; i < n; i++)
                buffer[i] = text[i] == '\t' ? ' ' : text[i];
        strcpy(buffer + n, n < n_text ? "…" : "");
        return buffer;
}
