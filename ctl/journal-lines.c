/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "journal-lines.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/macros.h"
#include "core/base/text.h"

#define LINE_MAX_BYTES 2048

static void close_journal(sd_journal **journal) {
        if (*journal)
                sd_journal_close(*journal);
}

/*
 * A field of the entry, escaped: other programs write into the journal too. Backslashes stay
 * single, since the supervisor has escaped the words of others already.
 */
static const char *get_field(sd_journal *journal, const char *field, char *buffer,
                             size_t n_buffer) {

        size_t n_name = strlen(field) + 1, n_data;
        TextBuilder b = text_builder(buffer, n_buffer);
        const void *data;
        const char *text;

        buffer[0] = '\0';
        if (sd_journal_get_data(journal, field, &data, &n_data) < 0 || n_data < n_name)
                return buffer;

        text = (const char *) data + n_name;
        for (n_data -= n_name; n_data > 0;) {
                const char *backslash = memchr(text, '\\', n_data);
                size_t n = backslash ? (size_t) (backslash - text) : n_data;

                text_add_escaped(&b, text, n);
                if (backslash) {
                        text_add(&b, "\\");
                        n++;
                }
                text += n;
                n_data -= n;
        }

        return buffer;
}

static void print_entry(sd_journal *journal, void *userdata) {
        bool *has_begun = userdata;
        char identifier[64], message[LINE_MAX_BYTES], date[32] = "";
        uint64_t usec = 0;
        time_t seconds;
        struct tm tm;

        (void) sd_journal_get_realtime_usec(journal, &usec);
        seconds = (time_t) (usec / USEC_PER_SEC);
        if (localtime_r(&seconds, &tm))
                (void) strftime(date, sizeof(date), "%b %d %H:%M:%S", &tm);

        if (!*has_begun)
                putchar('\n');
        *has_begun = true;
        printf("%s %s: %s\n", date,
               get_field(journal, "SYSLOG_IDENTIFIER", identifier, sizeof(identifier)),
               get_field(journal, "MESSAGE", message, sizeof(message)));
}

/* Selects the unit's own messages, and systemd's messages about it. */
static int add_matches(sd_journal *journal, const char *name) {
        _cleanup_free_ char *own = NULL, *about = NULL;
        int r;

        if (asprintf(&own, "_SYSTEMD_UNIT=pptp@%s.service", name) < 0)
                return -1;
        if (asprintf(&about, "UNIT=pptp@%s.service", name) < 0)
                return -1;

        r = sd_journal_add_match(journal, own, 0);
        if (r >= 0)
                r = sd_journal_add_disjunction(journal);
        if (r >= 0)
                r = sd_journal_add_match(journal, "_PID=1", 0);
        if (r >= 0)
                r = sd_journal_add_match(journal, about, 0);
        return r;
}

int journal_lines_visit(const char *name, int n_lines, JournalEntryFunc func, void *userdata) {
        _cleanup_(close_journal) sd_journal *journal = NULL;
        int n, n_visited = 0;

        if (sd_journal_open(&journal, SD_JOURNAL_LOCAL_ONLY) < 0 ||
            add_matches(journal, name) < 0 || sd_journal_seek_tail(journal) < 0)
                return 0;

        n = sd_journal_previous_skip(journal, (uint64_t) n_lines);
        if (n <= 0)
                return 0;

        do {
                func(journal, userdata);
                n_visited++;
        } while (--n > 0 && sd_journal_next(journal) > 0);

        return n_visited;
}

void journal_lines_print(const char *name, int n_lines) {
        bool has_begun = false;

        (void) journal_lines_visit(name, n_lines, print_entry, &has_begun);
}
