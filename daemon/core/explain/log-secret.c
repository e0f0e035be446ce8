/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What is wrong with a line of chap-secrets that somebody shows along with the log. */

#include <ctype.h>
#include <string.h>

#include "core/explain/log-judge.h"
#include "core/explain/log-lines.h"
#include "core/explain/log-parser.h"

/* So many lines behind the name of the file may be its own. */
#define FILE_LINES_MAX 12
#define BLANKS " \t\r\n"

/* Skips a word and the blanks behind it. Returns the next word, empty at the end. */
static const char *skip_word(const char *at) {
        at += strcspn(at, BLANKS);
        return at + strspn(at, BLANKS);
}

/*
 * Whether a line is "client server secret [address]", and the secret has a "#" that begins a
 * comment there: one without quotes or a backslash (getword() of pppd's options.c).
 */
static bool is_cut_off(const char *text) {
        const char *client = text + strspn(text, BLANKS), *server = skip_word(client),
                   *secret = skip_word(server), *rest = skip_word(secret);
        size_t n = strcspn(secret, BLANKS);
        const char *mark = memchr(secret, '#', n);

        return mark && mark > secret && mark[-1] != '\\' && !memchr(secret, '"', n) &&
                !memchr(secret, '\'', n) && !memchr(client, '#', (size_t) (secret - client)) &&
                *skip_word(rest) == '\0' &&
                (*rest == '\0' || *rest == '*' || isdigit((unsigned char) *rest));
}

void log_parser_note_secret(LogParser *p, const LogInput *input) {
        const LogLine *line = input->line;

        if (input->tag.speaker != LOG_SPEAKER_NOBODY || input->tag.time_sec != LOG_NO_TIME)
                return;

        if (strstr(line->text, "chap-secrets"))
                p->secrets_line = line->number;
        else if (p->secrets_line > 0 && line->number <= p->secrets_line + FILE_LINES_MAX)
                p->secret_is_cut = p->secret_is_cut || is_cut_off(line->text);
}

void log_attempt_note_secret(LogAttempt *a, const LogParser *p) {
        if (!p->secret_is_cut || a->of_server ||
            (a->verdict.row != &catalogue_rows[CATALOGUE_AUTH_01] &&
             a->verdict.row != &catalogue_rows[CATALOGUE_AUTH_07]))
                return;

        log_verdict_addf(
                &a->verdict,
                "a line of chap-secrets that is shown here has a password with \"#\", where "
                "a comment begins: pppd takes what stands before it. Put the password in "
                "quotes (\")");
}
