/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The options that pppd was given, as far as the log shows them. */

#include <ctype.h>
#include <string.h>

#include "core/explain/log-message.h"
#include "core/explain/log-parser.h"

/* A comment of more words than this is a sentence and no list of options. */
#define COMMENT_WORDS 6

/* Whether an option stands in the text as a word of its own. */
static bool contains_option(const char *text, const char *option) {
        for (const char *p = text; (p = strstr(p, option)); p++) {
                char after = p[strlen(option)];

                if ((p == text || !isalnum((unsigned char) p[-1])) &&
                    !isalnum((unsigned char) after))
                        return true;
        }

        return false;
}

/*
 * Whether a line lists options: pppd's own dump, a comment of few words, a line of an options file
 * or a command; and not a sentence that names one.
 */
static bool lists_options(const LogInput *input) {
        const char *text = input->line->text;

        return strstr(text, "# (from") ||
                (text[0] == '#' &&
                 log_speaker_count_words(text, input->line->n_text) <= COMMENT_WORDS) ||
                (input->tag.speaker == LOG_SPEAKER_NOBODY &&
                 (log_speaker_count_words(text, input->line->n_text) == 0 ||
                  strstr(text, "pppd ")));
}

void log_attempt_note_options(LogParser *p, LogOpenAttempt *a, const LogInput *input) {
        const char *text = input->line->text;
        LogOptions *options =
                log_attempt_has_evidence(a) || text[0] == '#' ? &a->options : &p->log_options;

        /* These are pppd's own words, unless it quotes its peer. */
        if (strstr(text, "MPPE required") && !log_message_is_of_peer(text))
                a->options.requires_mppe = true;

        if (!lists_options(input))
                return;

        if (contains_option(text, "mppe-stateful"))
                options->stateful = true;
        if (contains_option(text, "require-mppe") || contains_option(text, "require-mppe-40") ||
            contains_option(text, "require-mppe-128"))
                options->requires_mppe = true;

        if (contains_option(text, "refuse-chap"))
                options->refuses_chap = true;

        a->options.refuses_chap = a->options.refuses_chap || options->refuses_chap;
        a->options.stateful = a->options.stateful || options->stateful;
        a->options.requires_mppe = a->options.requires_mppe || options->requires_mppe;
}
