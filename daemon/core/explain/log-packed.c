/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Messages whose line feeds are lost, and which name neither their time nor their program. */

#include <ctype.h>
#include <string.h>

#include "core/base/macros.h"
#include "core/explain/log-lines.h"
#include "core/explain/log-parser.h"

/* So much of the line is searched at once: the matches of a line are few. */
#define WINDOW_BYTES 1024

/* Whether a message of pppd begins with a known text, and does not only have it in it. */
static bool match_begins_message(const char *text, const LogMatch *match) {
        const char *at = text + match->offset;

        return (match->kind == LOG_MATCH_TEXT || match->kind == LOG_MATCH_PHRASE) &&
                match->offset > 0 && isspace((unsigned char) at[-1]) &&
                (isupper((unsigned char) at[0]) || strncmp(at, "local  IP ", 10) == 0 ||
                 strncmp(at, "remote IP ", 10) == 0 || strncmp(at, "using channel ", 14) == 0);
}

/* Passes on a part of the line. */
static void parser_take_part(LogParser *p, const LogLine *line, size_t begin, size_t end,
                             LogTake take) {
        char text[LOG_LINE_MAX_BYTES];
        LogLine part = *line;

        part.is_last = line->is_last && end == line->n_text;
        while (end > begin && isspace((unsigned char) line->text[end - 1]))
                end--;
        if (end == begin)
                return;

        memcpy(text, line->text + begin, end - begin);
        text[end - begin] = '\0';
        part.text = text;
        part.n_text = part.packet = end - begin;
        part.is_packed = false;
        take(p, &part);
}

void log_parser_unpack(LogParser *p, const LogLine *line, LogTake take) {
        size_t begin = 0;

        while (begin < line->n_text) {
                size_t n = MIN(line->n_text - begin, (size_t) WINDOW_BYTES), end = begin;
                const char *text = line->text + begin;
                LogMatch matches[LOG_MATCHES_MAX];
                size_t n_matches = log_index_find(p->index, text, n, matches);

                for (size_t i = 0; i < n_matches; i++) {
                        size_t cut = (size_t) (text - line->text) + matches[i].offset;

                        if (cut <= end || !match_begins_message(text, &matches[i]))
                                continue;
                        parser_take_part(p, line, end, cut, take);
                        end = cut;
                }
                /* Nothing more begins in this window, unless there were too many matches. */
                if (end == begin || (begin + n == line->n_text && n_matches < LOG_MATCHES_MAX)) {
                        parser_take_part(p, line, end, begin + n, take);
                        end = begin + n;
                }
                begin = end;
        }
}
