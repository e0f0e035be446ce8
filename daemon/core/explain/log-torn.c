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
        joint->n_text = joint->n_last = input->line->n_text;
        memcpy(joint->text, input->line->text, joint->n_text);
}

/* A message of the kernel's firewall has about 250 characters, so it takes this many lines more. */
#define JOINT_LINES_MAX 4

/*
 * Appends a line to those before, with or without a blank between them. Returns how many known
 * texts run over the seam.
 */
static size_t joint_append(LogParser *p, const LogLine *added, size_t n_before, size_t n_blank,
                           LogMatch ret_matches[static LOG_MATCHES_MAX]) {
        LogJoint *joint = &p->joint;
        size_t n_added = MIN(added->n_text, sizeof(joint->text) - 2 - n_before), n_matches, n = 0;

        joint->text[n_before] = ' ';
        memcpy(joint->text + n_before + n_blank, added->text, n_added);
        joint->n_text = n_before + n_blank + n_added;
        joint->text[joint->n_text] = '\0';

        n_matches = log_index_find(p->index, joint->text, joint->n_text, ret_matches);
        for (size_t i = 0; i < n_matches; i++)
                if (ret_matches[i].offset < n_before &&
                    ret_matches[i].offset + ret_matches[i].n_text > n_before + n_blank &&
                    (ret_matches[i].kind == LOG_MATCH_TEXT ||
                     ret_matches[i].kind == LOG_MATCH_PHRASE ||
                     ret_matches[i].kind == LOG_MATCH_SUMMARY))
                        ret_matches[n++] = ret_matches[i];

        return n;
}

/* A terminal of this width or more may have broken a line, which it does within words. */
#define TERMINAL_COLUMNS_MIN 72

bool log_parser_add_joint(LogParser *p, const LogInput *input) {
        LogJoint *joint = &p->joint;
        size_t n_before = joint->n_text, n_last = joint->n_last, n, n_blank;
        LogMatch matches[LOG_MATCHES_MAX];
        LogLine line = { .text = joint->text, .number = joint->line };
        LogInput joined = { .line = &line, .tag = joint->tag, .matches = matches };
        LogOpenAttempt *a;
        bool was_gre;

        if (n_before == 0 || n_before + 2 >= sizeof(joint->text) ||
            (!input->tag.goes_on &&
             (input->tag.speaker != LOG_SPEAKER_NOBODY || input->tag.time_sec != LOG_NO_TIME)) ||
            input->line->packet < input->line->n_text ||
            input->line->number != joint->last_line + 1 ||
            joint->last_line - joint->line >= JOINT_LINES_MAX)
                return false;

        /* Some programs wrap behind a hyphen. */
        n_blank = joint->text[n_before - 1] != '-';
        was_gre = log_message_is_gre_in_firewall(joint->text);
        n = joint_append(p, input->line, n_before, n_blank, matches);
        if (n == 0 && n_blank > 0 && n_last >= TERMINAL_COLUMNS_MIN) {
                n = joint_append(p, input->line, n_before, 0, matches);
                if (n == 0)
                        joint_append(p, input->line, n_before, n_blank, matches);
        }
        joint->last_line = input->line->number;
        joint->n_last = input->line->n_text;
        line.n_text = line.packet = joint->n_text;

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

/* So many lines of the same length, and none that is longer, were broken at that width. */
#define BROKEN_LINES_MIN 2

void log_width_note(LogWidth *width, const LogLine *line) {
        if (line->n_text > width->n_text)
                *width = (LogWidth){ .n_text = line->n_text };
        width->n_lines += line->n_text == width->n_text;
}

/*
 * Whether the line before was broken at the terminal's width, so that this one goes on in the
 * middle of a word. One that begins with a capital letter may be a message of its own.
 */
static bool line_goes_on(const LogTag *tag, const LogLine *line, const LogJoint *before,
                         const LogWidth *width) {
        return tag->speaker == LOG_SPEAKER_NOBODY && tag->time_sec == LOG_NO_TIME &&
                width->n_lines >= BROKEN_LINES_MIN && width->n_text >= TERMINAL_COLUMNS_MIN &&
                before->n_last == width->n_text && !isupper((unsigned char) line->text[0]) &&
                !isspace((unsigned char) line->text[0]) && line->text[0] != '#';
}

void log_tag_continue(LogTag *tag, const LogLine *line, const LogJoint *before,
                      const LogWidth *width) {
        if (before->n_text > 0 && before->last_line + 1 == line->number &&
            line_goes_on(tag, line, before, width)) {
                *tag = before->tag;
                tag->message = 0;
                tag->goes_on = true;
                return;
        }

        if (tag->speaker != LOG_SPEAKER_PPTP || tag->pid > 0 || tag->time_sec != LOG_NO_TIME ||
            before->n_text == 0 || before->tag.speaker != LOG_SPEAKER_PPTP ||
            before->last_line + 1 != line->number)
                return;

        tag->pid = before->tag.pid;
        tag->time_sec = before->tag.time_sec;
}
