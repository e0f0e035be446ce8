/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Attempts that a person or a program on this host ended. */

#include <stdio.h>
#include <string.h>

#include "core/base/macros.h"
#include "core/base/text.h"
#include "core/diagnosis/diagnosis-evidence.h"
#include "core/explain/log-judge.h"
#include "core/explain/log-parser.h"
#include "core/explain/log-row.h"
#include "core/explain/log-time.h"

/* pppd asks for 30 s. Who ends it sooner than this leaves open whether an answer was on its way. */
#define PATIENT_SEC 20
/* NetworkManager waits 40 to 60 s for the addresses of a tunnel that is up. */
#define SHORT_LIFE_SEC 120
/* pppd counts the time of a connection in tenths of a minute. */
#define ROUNDING_SEC 60
/* One attempt after the other ends after 40 s and 41 s, and is told of in one piece. */
#define ROUNDING_UNIT_SEC 10

/*
 * Says how long a tunnel was up that NetworkManager ended soon, or which nothing had used: people
 * take that for a failure of the tunnel.
 */
static void attempt_note_life(LogOpenAttempt *a) {
        int lasted = log_time_between(a->up_sec, a->last_sec);
        Verdict *verdict = &a->attempt.verdict;
        TextBuilder t;

        /* The clock cannot tell a minute from a day and a minute. */
        if (lasted < 0 || a->lasted_sec > (uint64_t) lasted + ROUNDING_SEC)
                lasted = (int) a->lasted_sec;
        if (!a->is_up || lasted <= 0 || verdict->detail[0] ||
            (!a->sent_none && !a->attempt.sent_little &&
             (!a->by_network_manager || lasted > SHORT_LIFE_SEC)))
                return;

        if (lasted > ROUNDING_UNIT_SEC)
                lasted = (lasted + ROUNDING_UNIT_SEC / 2) / ROUNDING_UNIT_SEC * ROUNDING_UNIT_SEC;
        t = text_builder(verdict->detail, sizeof(verdict->detail));
        text_add(&t, "the tunnel was up for about ");
        text_add_duration(&t, (uint64_t) lasted * USEC_PER_SEC);
        if (a->sent_none)
                text_add(&t, ", and this host sent not one byte of data through it");
        else if (a->attempt.sent_little)
                text_addf(&t, ", and this host sent only %u bytes of data through it",
                          (unsigned) a->sent);
}

/*
 * Whether silence shows only in that somebody lost patience: neither a packet nor a line of
 * pptp-linux tells what the server said, and pppd did not get to the end of its own patience.
 */
static bool attempt_is_in_the_dark(const LogOpenAttempt *a) {
        return !a->has_pptp && a->n_packets == 0 && a->attempt.n_packets == 0 &&
                !log_attempt_find_hit(a, CATALOGUE_GRE_01);
}

/* Says what is known of silence that an impatient program ended. */
static void attempt_conclude_silence(LogOpenAttempt *a) {
        int waited = log_time_between(a->begun_sec, a->last_sec);
        Verdict *verdict = &a->attempt.verdict;

        if (waited < 0 || waited >= PATIENT_SEC) {
                snprintf(verdict->detail, sizeof(verdict->detail),
                         "nothing came back, and no line of pptp-linux is in this log; it may also "
                         "be that the server does not answer on TCP port 1723");
                return;
        }

        *verdict = (Verdict){ 0 };
        a->attempt.n_evidence = 0;
        a->attempt.lacks_lines = true;
        snprintf(verdict->detail, sizeof(verdict->detail),
                 "it was ended after %d s. No line tells what the server said till then: it may "
                 "not have answered on TCP port 1723, its GRE packets (IP protocol 47) may have "
                 "got lost, or it was only slow",
                 waited);
}

void log_attempt_conclude_end(LogOpenAttempt *a) {
        LogAttempt *attempt = &a->attempt;
        Verdict *verdict = &attempt->verdict;
        bool is_consequence = log_row_has(verdict->row, LOG_ROW_FOLLOWS) ||
                (attempt->was_up && verdict->row &&
                 log_row_get_weight(verdict->row) < LOG_ROW_WEIGHT_CAUSE);

        if (!a->told_to_end)
                return;

        /* Who stops pptp-linux after a few requests has not waited for an answer. */
        if (verdict->row == &catalogue_rows[CATALOGUE_GRE_01] && log_attempt_was_stopped_early(a))
                is_consequence = true;

        attempt->ended_here = true;
        if (verdict->row && !is_consequence) {
                attempt->ended_here = log_row_has(verdict->row, LOG_ROW_UNANSWERED) ||
                        verdict->row == &catalogue_rows[CATALOGUE_GRE_01];
                if (attempt->ended_here && attempt_is_in_the_dark(a))
                        attempt_conclude_silence(a);
                if (attempt->ended_here)
                        log_attempt_add_evidence(attempt, a->told.line, a->told.text);
                return;
        }

        *verdict = (Verdict){ 0 };
        attempt->n_evidence = 0;
        log_attempt_add_evidence(attempt, a->told.line, a->told.text);
        attempt_note_life(a);
}

void log_attempt_note_gave_up(LogOpenAttempt *a) {
        Verdict *verdict = &a->attempt.verdict;

        if (a->gave_up.line == 0 || verdict->row || verdict->detail[0])
                return;

        snprintf(verdict->detail, sizeof(verdict->detail),
                 "it gave up after %d s in which the server said nothing. Either the server is not "
                 "reached on TCP port 1723 (address, firewall), or GRE (IP protocol 47) gets lost: "
                 "try the port with \"/system telnet SERVER 1723\"",
                 log_time_between(a->begun_sec, a->last_sec));
        log_attempt_add_evidence(&a->attempt, a->gave_up.line, a->gave_up.text);
}
