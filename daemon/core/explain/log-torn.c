/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Messages that a mail program, a terminal or an editor has wrapped, torn or cut off. */

#include <ctype.h>
#include <string.h>

#include "core/base/macros.h"
#include "core/explain/log-lines.h"
#include "core/explain/log-message.h"
#include "core/explain/log-parser.h"

static bool contains(const char *text, const char *word) {
        return strstr(text, word) != NULL;
}

void log_parser_keep_joint(LogParser *p, const LogInput *input) {
        LogJoint *joint = &p->joint;

        joint->n_text = 0;
        if ((input->tag.speaker != LOG_SPEAKER_PPPD && input->tag.speaker != LOG_SPEAKER_PPTP &&
             input->tag.speaker != LOG_SPEAKER_STARTER &&
             (input->tag.speaker != LOG_SPEAKER_KERNEL || !contains(input->line->text, " IN="))) ||
            input->line->packet < input->line->n_text)
                return;

        joint->tag = input->tag;
        joint->line = joint->last_line = input->line->number;
        joint->connects = log_input_has(input, LOG_PHRASE_CONNECT);
        joint->n_text = input->line->n_text;
        memcpy(joint->text, input->line->text, joint->n_text);
}

/* A message of the kernel's firewall has about 250 characters, so it takes this many lines more. */
#define JOINT_LINES_MAX 4

bool log_parser_add_joint(LogParser *p, const LogInput *input) {
        LogJoint *joint = &p->joint;
        size_t n_before = joint->n_text, n = 0,
               n_added = MIN(input->line->n_text, sizeof(joint->text) - 2 - n_before);
        LogMatch matches[LOG_MATCHES_MAX];
        LogLine line = { .text = joint->text, .number = joint->line };
        LogInput joined = { .line = &line, .tag = joint->tag, .matches = matches };
        LogOpenAttempt *a;
        size_t n_matches, n_blank;
        bool was_gre;

        if (n_before == 0 || n_before + 2 >= sizeof(joint->text) ||
            input->tag.speaker != LOG_SPEAKER_NOBODY || input->tag.time_sec != LOG_NO_TIME ||
            input->line->packet < input->line->n_text ||
            input->line->number != joint->last_line + 1 ||
            joint->last_line - joint->line >= JOINT_LINES_MAX)
                return false;

        /* Some programs wrap behind a hyphen. */
        n_blank = joint->text[n_before - 1] != '-';
        was_gre = log_message_is_gre_in_firewall(joint->text);
        joint->text[n_before] = ' ';
        memcpy(joint->text + n_before + n_blank, input->line->text, n_added);
        line.n_text = line.packet = joint->n_text = n_before + n_blank + n_added;
        joint->text[line.n_text] = '\0';
        joint->last_line = input->line->number;

        n_matches = log_index_find(p->index, line.text, line.n_text, matches);
        for (size_t i = 0; i < n_matches; i++)
                if (matches[i].offset < n_before &&
                    matches[i].offset + matches[i].n_text > n_before + n_blank &&
                    (matches[i].kind == LOG_MATCH_TEXT || matches[i].kind == LOG_MATCH_PHRASE ||
                     matches[i].kind == LOG_MATCH_SUMMARY))
                        matches[n++] = matches[i];

        joined.n_matches = n;
        a = log_parser_find_attempt(p, &joined);
        if (joint->connects && a->carrier == LOG_CARRIER_UNKNOWN)
                a->carrier = log_carrier_of_device(line.text);
        if (n > 0)
                log_attempt_add_text(p, a, &joined);
        if (!was_gre && log_message_is_gre_in_firewall(line.text))
                log_attempt_add_hit(a, &joined, CATALOGUE_GRE_02);
        return true;
}

size_t log_parser_find_cut(const LogParser *p, const LogInput *input,
                           LogMatch ret_matches[static LOG_MATCHES_MAX]) {
        size_t n =
                log_index_find_cut(p->index, input->line->text, input->line->n_text, ret_matches);

        return n > 0 && input->tag.speaker == LOG_SPEAKER_NOBODY && ret_matches[0].offset > 0 ? 0 :
                                                                                                n;
}

/* An editor that wraps a line within a word leaves at least this many blanks there. */
#define TORN_BLANKS_MIN 3

void log_parser_add_mended(LogParser *p, const LogInput *input) {
        const char *text = input->line->text;
        LogMatch matches[LOG_MATCHES_MAX];
        LogLine line = *input->line;
        LogInput mended = { .line = &line, .tag = input->tag, .matches = matches };
        size_t at = input->tag.message, blanks = 0, n = 0, n_matches;

        if (input->line->packet < input->line->n_text ||
            (input->tag.speaker != LOG_SPEAKER_PPPD && input->tag.speaker != LOG_SPEAKER_PPTP))
                return;

        for (; at < line.n_text; at += blanks + 1) {
                at += strcspn(text + at, " ");
                blanks = strspn(text + at, " ");
                if (blanks >= TORN_BLANKS_MIN && at > 0 && isalpha((unsigned char) text[at - 1]) &&
                    isalpha((unsigned char) text[at + blanks]))
                        break;
        }
        if (at >= line.n_text)
                return;

        memcpy(p->mended, text, at);
        memcpy(p->mended + at, text + at + blanks, line.n_text - at - blanks + 1);
        line.text = p->mended;
        line.n_text = line.packet = line.n_text - blanks;

        n_matches = log_index_find(p->index, line.text, line.n_text, matches);
        for (size_t i = 0; i < n_matches; i++)
                if (matches[i].offset < at && matches[i].offset + matches[i].n_text > at &&
                    (matches[i].kind == LOG_MATCH_TEXT || matches[i].kind == LOG_MATCH_PHRASE))
                        matches[n++] = matches[i];
        mended.n_matches = n;
        if (n > 0)
                log_attempt_add_text(p, log_parser_find_attempt(p, &mended), &mended);
}

void log_tag_continue(LogTag *tag, const LogLine *line, const LogJoint *before) {
        if (tag->speaker != LOG_SPEAKER_PPTP || tag->pid > 0 || tag->time_sec != LOG_NO_TIME ||
            before->n_text == 0 || before->tag.speaker != LOG_SPEAKER_PPTP ||
            before->last_line + 1 != line->number)
                return;

        tag->pid = before->tag.pid;
        tag->time_sec = before->tag.time_sec;
}
