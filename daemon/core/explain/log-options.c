/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The options that pppd was given, as far as the log shows them. */

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/base/macros.h"
#include "core/base/text.h"
#include "core/diagnosis/diagnosis-evidence.h"
#include "core/explain/log-judge.h"
#include "core/explain/log-message.h"
#include "core/explain/log-parser.h"

/* A comment of more words than this is a sentence and no list of options. */
#define COMMENT_WORDS 6
#define BLANKS " \t\r"

static const struct {
        const char *option;
        uint16_t protocol;
        uint8_t algorithm; /* of CHAP */
} refusals[_LOG_METHOD_MAX] = {
        [LOG_METHOD_PAP] = { "refuse-pap", PPP_PROTO_PAP, 0 },
        [LOG_METHOD_CHAP] = { "refuse-chap", PPP_PROTO_CHAP, PPP_CHAP_MD5 },
        [LOG_METHOD_MSCHAP] = { "refuse-mschap", PPP_PROTO_CHAP, PPP_CHAP_MS },
        [LOG_METHOD_MSCHAP_V2] = { "refuse-mschap-v2", PPP_PROTO_CHAP, PPP_CHAP_MS_V2 },
        [LOG_METHOD_EAP] = { "refuse-eap", PPP_PROTO_EAP, 0 },
};

/* Whether an option stands in the text as a word of its own. */
static bool contains_option(const char *text, const char *option) {
        for (const char *p = text; (p = strstr(p, option)); p++) {
                char after = p[strlen(option)];

                if ((p == text || !isalnum((unsigned char) p[-1])) &&
                    !isalnum((unsigned char) after) && after != '-')
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

/*
 * Whether a line is an option that is commented out, with blanks behind the "#" or without. Several
 * words behind blanks are a command at root's prompt: "# pppd call vpn refuse-eap".
 */
static bool is_commented_out(const char *text) {
        const char *word;

        if (text[0] != '#')
                return false;

        word = text + 1 + strspn(text + 1, BLANKS);
        if (!isalpha((unsigned char) word[0]))
                return false;
        if (word == text + 1)
                return true;

        word += strcspn(word, BLANKS);
        return word[strspn(word, BLANKS)] == '\0';
}

/* Adds what a line lists. One that is commented out in a file of options does not count. */
static void options_add(LogOptions *options, const char *text) {
        if (is_commented_out(text))
                return;

        if (contains_option(text, "mppe-stateful"))
                options->stateful = true;
        if (contains_option(text, "require-mppe") || contains_option(text, "require-mppe-40") ||
            contains_option(text, "require-mppe-128"))
                options->requires_mppe = true;
        for (size_t i = 0; i < ELEMENTSOF(refusals); i++)
                if (contains_option(text, refusals[i].option))
                        options->refuses[i] = true;
}

void log_attempt_note_options(LogParser *p, LogOpenAttempt *a, const LogInput *input) {
        const char *text = input->line->text;
        bool is_of_attempt = log_attempt_has_evidence(a) || text[0] == '#';

        /* These are pppd's own words, unless it quotes its peer. */
        if (strstr(text, "MPPE required") && !log_message_is_of_peer(text))
                a->options.requires_mppe = true;

        if (!lists_options(input))
                return;

        options_add(&a->options, text);
        if (!is_of_attempt)
                options_add(&p->log_options, text);
}

/* Finds the option that refuses a method of the log-on. Returns its place, or _LOG_METHOD_MAX. */
static size_t find_refusal(const AuthMethod *method) {
        for (size_t i = 0; i < ELEMENTSOF(refusals); i++)
                if (method->protocol == refusals[i].protocol &&
                    (method->protocol != PPP_PROTO_CHAP ||
                     method->algorithm == refusals[i].algorithm))
                        return i;

        return _LOG_METHOD_MAX;
}

/* Returns that option if it was given, or NULL. */
static const char *options_find_refusal(const LogOptions *options, const AuthMethod *method) {
        size_t i = find_refusal(method);

        return i < _LOG_METHOD_MAX && options->refuses[i] ? refusals[i].option : NULL;
}

/*
 * Names the two reasons for which pppd rejects the server's method: its message is the same for
 * both (lcp_reqci() of its lcp.c).
 */
static void attempt_note_rejection(LogOpenAttempt *a, const AuthMethod *method) {
        Verdict *verdict = &a->attempt.verdict;
        size_t i = find_refusal(method);
        TextBuilder t;

        if (verdict->row != &catalogue_rows[CATALOGUE_CFG_05] || verdict->detail[0] ||
            i == _LOG_METHOD_MAX)
                return;

        t = text_builder(verdict->detail, sizeof(verdict->detail));
        text_add(&t, "the server asks for ");
        diagnosis_add_auth_name(&t, method);
        text_addf(&t,
                  ", and pppd rejected that: either it has no secret for this user, or \"%s\" is "
                  "among its options (/etc/ppp/options and the peer's file): remove it there",
                  refusals[i].option);
}

/*
 * Without packets, a log does not tell whether the server asked for no log-on, or pppd rejected its
 * wish for want of a secret: pppd says "No auth is possible" only with "debug" (its lcp.c).
 */
static void attempt_note_no_secret(LogOpenAttempt *a) {
        Verdict *verdict = &a->attempt.verdict;

        if (verdict->row != &catalogue_rows[CATALOGUE_MPPE_05] || verdict->detail[0] ||
            a->attempt.n_packets > 0 || a->asked_password)
                return;

        log_verdict_addf(verdict,
                         "either the server asked for no log-on, or pppd refused for want of a "
                         "secret. So look first whether \"name\" and \"remotename\" are those of a "
                         "line in /etc/ppp/chap-secrets; the packets (\"debug\") tell which");
}

/* Says what the server's method wants, to which it kept in place of what this host suggested. */
static void attempt_set_kept_method(LogOpenAttempt *a, const AuthMethod *method) {
        const AuthMethod *suggested = &a->diagnosis->link.suggested;
        bool is_pap = method->protocol == PPP_PROTO_PAP;
        Verdict *verdict = &a->attempt.verdict;
        size_t i = find_refusal(method);
        TextBuilder t;

        verdict->row = &catalogue_rows[CATALOGUE_AUTH_11];
        t = text_builder(verdict->detail, sizeof(verdict->detail));
        text_add(&t, "the server offers only ");
        diagnosis_add_auth_name(&t, method);
        text_add(&t, ". This host suggested ");
        diagnosis_add_auth_name(&t, suggested);
        text_add(&t, " in its place, and the server kept to its own. Have ");
        diagnosis_add_auth_name(&t, suggested);
        text_add(&t, " enabled on the server");
        if (i == _LOG_METHOD_MAX)
                return;

        text_addf(&t, ". Its method needs %sno \"%s\"",
                  is_pap ? "a line in /etc/ppp/pap-secrets and " : "", refusals[i].option);
        if (is_pap || method->algorithm == PPP_CHAP_MD5)
                text_add(&t, " or \"require-mppe\", and gives no encryption");
}

void log_attempt_judge_options(LogOpenAttempt *a) {
        const AuthMethod *method = &a->diagnosis->link.rejected;
        Verdict *verdict = &a->attempt.verdict;
        bool is_old_mschap = method->protocol == PPP_PROTO_CHAP && method->algorithm == PPP_CHAP_MS;
        bool keeps_method = diagnosis_keeps_method(a->diagnosis);
        const char *option;
        TextBuilder t;

        attempt_note_no_secret(a);
        if (verdict->row != &catalogue_rows[CATALOGUE_CFG_05] &&
            (!keeps_method || verdict->row != &catalogue_rows[CATALOGUE_AUTH_11]))
                return;
        option = options_find_refusal(&a->options, method);
        if (!option && keeps_method) {
                attempt_set_kept_method(a, method);
                return;
        }
        if (!option) {
                attempt_note_rejection(a, method);
                return;
        }

        verdict->row = &catalogue_rows[CATALOGUE_AUTH_11];
        t = text_builder(verdict->detail, sizeof(verdict->detail));
        text_add(&t, "the server insists on ");
        diagnosis_add_auth_name(&t, method);
        text_addf(&t, ", and \"%s\" in pppd's options, which this log shows, forbids it. ", option);
        if (is_old_mschap)
                text_add(&t, "Have MS-CHAPv2 enabled on the server, or remove that option");
        else
                text_addf(&t, "Remove that option%s",
                          a->options.requires_mppe && method->protocol != PPP_PROTO_EAP &&
                                          method->algorithm != PPP_CHAP_MS_V2 ?
                                  "; encryption (require-mppe) needs MS-CHAPv2 all the same" :
                                  "");
}
