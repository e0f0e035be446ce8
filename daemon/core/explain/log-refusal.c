/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the words of a server that refuses the log-on are worth. */

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/base/macros.h"
#include "core/diagnosis/diagnosis-evidence.h"
#include "core/explain/log-copy.h"
#include "core/explain/log-judge.h"
#include "core/explain/log-parser.h"
#include "core/explain/log-row.h"

/* A reason has at least so many words. */
#define WORDS_MIN 2

void log_attempt_note_reason(LogOpenAttempt *a, const LogInput *input) {
        static const char head[] = "emote message: ";
        const char *at = strstr(input->line->text, head);

        if (!at || at[strlen(head)] == '\0' || a->authenticated)
                return;

        at += strlen(head);
        log_evidence_copy(a->reason, sizeof(a->reason), at, strlen(at));
        log_evidence_take(&a->reason_line, input->line);
}

/* Whether any of a list of words, which ends with NULL, is in a text, in large or small letters. */
static bool has_any(const char *text, const char *const *words) {
        for (; *words; words++)
                if (strcasestr(text, *words))
                        return true;

        return false;
}

/* Finds out what a server's words are about, which stand between quotation marks in the detail. */
static LogWords classify_words(const char *detail) {
        static const char *const busy[] = { "busy",       "retry later",    "again later",
                                            "try later",  "temporar",       "overload",
                                            "unavailabl", "too many users", "server is full",
                                            "no free",    "maintenance",    "system error",
                                            "timed out",  "internal error", NULL };
        static const char *const forbidden[] = {
                "not allowed",    "not permitted",  "prohibited",    "forbidden",
                "not authorized", "not authorised", "access server", "service type",
                "caller id",      "mac address",    "no dial-in",    NULL
        };
        /* Of these the general advice is right. */
        static const char *const log_on[] = { "password", "passwd",     "user",      "login",
                                              "log-on",   "logon",      "log on",    "authent",
                                              "denied",   "credential", "incorrect", "invalid",
                                              "E=",       "secret",     NULL };
        const char *begin = strchr(detail, '"'), *end = strrchr(detail, '"');
        char words[128];

        if (!begin || end <= begin + 1)
                return LOG_WORDS_NONE;

        begin++;
        snprintf(words, sizeof(words), "%.*s", (int) (end - begin), begin);
        if (has_any(words, busy))
                return LOG_WORDS_BUSY;
        if (has_any(words, forbidden))
                return LOG_WORDS_FORBIDDEN;
        /* Bytes of another alphabet come out as "M-!O^I"; nobody can go by them. */
        if (has_any(words, log_on) || strstr(words, "M-") || strstr(words, "\\x") ||
            log_speaker_count_words(words, strlen(words)) < WORDS_MIN)
                return LOG_WORDS_NONE;

        return LOG_WORDS_OTHER;
}

/* Whether words are about the user's account: "disabled" alone may be a protocol, or the link. */
static bool is_about_account(const char *text) {
        static const char *const words[] = { "account", "user", "login", "pay",
                                             "paid",    "subs", "depos", NULL };

        return has_any(text, words);
}

/*
 * Says where the server's number may have got lost: of a failure of MS-CHAP that has words as well,
 * pppd prints only these (chapms_handle_failure() of its chap_ms.c).
 */
static void attempt_note_lost_number(LogOpenAttempt *a) {
        const LogHit *hit = log_attempt_find_hit(a, CATALOGUE_AUTH_07);

        if (a->attempt.verdict.row == &catalogue_rows[CATALOGUE_AUTH_07] && hit &&
            a->attempt.n_packets == 0 && a->carrier == LOG_CARRIER_PPTP &&
            strstr(hit->text, "MS-CHAP authentication failed: ") && !strstr(hit->text, "E="))
                log_verdict_addf(&a->attempt.verdict,
                                 "where a server gives words, pppd does not print its number. The "
                                 "packet has it (\"debug\"): E=646 not at this hour, 647 disabled, "
                                 "648 expired, 649 no dial-in, 691 name or password");
}

void log_attempt_judge_refusal(LogOpenAttempt *a) {
        static const struct {
                const char *words;
                CatalogueIndex row;
        } reasons[] = {
                { "lready logged", CATALOGUE_AUTH_19 },
                { "lready connected", CATALOGUE_AUTH_19 },
                { "lready online", CATALOGUE_AUTH_19 },
                { "lready in use", CATALOGUE_AUTH_19 },
                { "oo many sessions", CATALOGUE_AUTH_19 },
                { "oo many connections", CATALOGUE_AUTH_19 },
                { "imultaneous", CATALOGUE_AUTH_19 },
                { "one session", CATALOGUE_AUTH_19 },
                { "one connection", CATALOGUE_AUTH_19 },
                { "one login", CATALOGUE_AUTH_19 },
                { "single session", CATALOGUE_AUTH_19 },
                { "session limit", CATALOGUE_AUTH_19 },
                { "another session", CATALOGUE_AUTH_19 },
                { "lready has a session", CATALOGUE_AUTH_19 },
                { "ultiple login", CATALOGUE_AUTH_19 },
                { "ouble login", CATALOGUE_AUTH_19 },
                { "password has expired", CATALOGUE_AUTH_05 },
                { "password expired", CATALOGUE_AUTH_05 },
                { "change your password", CATALOGUE_AUTH_05 },
                { "logon hours", CATALOGUE_AUTH_03 },
                { "not allowed at this time", CATALOGUE_AUTH_03 },
                { "outside allowed", CATALOGUE_AUTH_03 },
                { "allowed time", CATALOGUE_AUTH_03 },
                { "blocked", CATALOGUE_AUTH_04 },
                { "disabled", CATALOGUE_AUTH_04 },
                { "locked", CATALOGUE_AUTH_04 },
                { "suspended", CATALOGUE_AUTH_04 },
                { "deactivated", CATALOGUE_AUTH_04 },
                { "inactive", CATALOGUE_AUTH_04 },
                { "balance", CATALOGUE_AUTH_04 },
                { "payment", CATALOGUE_AUTH_04 },
                { "not paid", CATALOGUE_AUTH_04 },
                { "unpaid", CATALOGUE_AUTH_04 },
                { "negative deposit", CATALOGUE_AUTH_04 },
                { "account has expired", CATALOGUE_AUTH_04 },
                { "account expired", CATALOGUE_AUTH_04 },
                { "user expired", CATALOGUE_AUTH_04 },
                { "subscription", CATALOGUE_AUTH_04 },
        };
        Verdict *verdict = &a->attempt.verdict;
        bool ended_in_words;

        /* A client with a secret for CHAP and no option to refuse CHAP suggests no PAP. */
        if (verdict->row == &catalogue_rows[CATALOGUE_AUTH_11] && a->offered_md5 &&
            a->suggested_pap && !a->options.refuses[LOG_METHOD_CHAP]) {
                *verdict = (Verdict){ .row = &catalogue_rows[CATALOGUE_CFG_05] };
                snprintf(verdict->detail, sizeof(verdict->detail),
                         "the server asked for CHAP, and this host suggested PAP: it has no secret "
                         "for CHAP");
        }
        /* Some servers let the user in first, and say what is wrong in their Terminate-Request. */
        ended_in_words = verdict->row == &catalogue_rows[CATALOGUE_LCP_04] &&
                a->diagnosis->link.received.text[0];
        if (!log_row_has(verdict->row, LOG_ROW_REFUSES) && !ended_in_words)
                return;

        if (a->reason[0] && !strstr(verdict->detail, a->reason)) {
                log_verdict_addf(verdict, "the server says \"%s\"", a->reason);
                log_attempt_add_evidence(&a->attempt, a->reason_line.line, a->reason_line.text);
        }
        for (size_t i = 0; i < ELEMENTSOF(reasons); i++)
                if (strcasestr(verdict->detail, reasons[i].words) &&
                    (!ended_in_words || reasons[i].row == CATALOGUE_AUTH_19 ||
                     is_about_account(verdict->detail))) {
                        verdict->row = &catalogue_rows[reasons[i].row];
                        return;
                }
        if (!ended_in_words)
                a->attempt.words = classify_words(verdict->detail);
        attempt_note_lost_number(a);
}

/* Whether a reason is what people write for what they take out: "[...]", "<REMOVED>", "xxxxx". */
static bool is_taken_out(const char *reason) {
        static const char *const words[] = { "removed",  "redacted", "snip", "deleted",
                                             "censored", "hidden",   "cut" };
        char word[16];
        size_t n = 0;

        if (reason[0] == '\0' || strspn(reason, "[]<>(). *_-#xX") == strlen(reason))
                return reason[0] != '\0';

        reason += strspn(reason, "[]<>(). *_-#");
        while (isalpha((unsigned char) reason[n]) && n < sizeof(word) - 1) {
                word[n] = reason[n];
                n++;
        }
        word[n] = '\0';
        if (reason[n + strspn(reason + n, "[]<>(). *_-#")] != '\0')
                return false;

        for (size_t i = 0; i < ELEMENTSOF(words); i++)
                if (strcasecmp(word, words[i]) == 0)
                        return true;

        return false;
}

/* Says what can be told where the reason is not in the log any more. */
static bool attempt_note_taken_out(LogOpenAttempt *a) {
        Verdict *verdict = &a->attempt.verdict;

        if (verdict->row != &catalogue_rows[CATALOGUE_LCP_04] ||
            !is_taken_out(a->diagnosis->link.received.text))
                return false;

        snprintf(verdict->detail, sizeof(verdict->detail),
                 "the server gave a reason, and it was taken out of this log: \"%.20s\". It is the "
                 "best clue, so read it in the log itself%s",
                 a->diagnosis->link.received.text,
                 a->attempt.stage <= LOG_STAGE_ASKED ?
                         ". So early, before the log-on was done, it is mostly about that: the "
                         "method, the name or the password" :
                         "");
        return true;
}

void log_attempt_note_unreadable(LogOpenAttempt *a) {
        Verdict *verdict = &a->attempt.verdict;

        if (attempt_note_taken_out(a))
                return;

        if (verdict->row != &catalogue_rows[CATALOGUE_LCP_04] || !strstr(verdict->detail, "\\x") ||
            a->attempt.stage > LOG_STAGE_ASKED)
                return;

        snprintf(verdict->detail, sizeof(verdict->detail),
                 "the reason is binary, as Windows writes it, and its number is cut off. At this "
                 "stage it is mostly 691 or 742: refuse EAP (refuse-eap), then check the user's "
                 "name, domain and password, then whether encryption is required");
}
