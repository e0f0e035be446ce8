/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What pptp-linux tells of the GRE packets of the server. */

#include <stdio.h>

#include "core/diagnosis/diagnosis-evidence.h"
#include "core/explain/log-copy.h"
#include "core/explain/log-judge.h"
#include "core/explain/log-message.h"
#include "core/explain/log-parser.h"
#include "core/explain/log-row.h"

/* More packets than pptp-linux waits for in one go (MISSING_WINDOW of its pptp_gre.c). */
#define GRE_WINDOW 300
/* This many refused packets in a row are not merely late. */
#define GRE_REFUSED_MIN 3

void log_attempt_note_gre(LogOpenAttempt *a, const LogInput *input) {
        LogEvidence evidence;
        LogGre *gre = &a->gre;
        uint32_t number, expected;

        if (!log_input_has(input, LOG_PHRASE_GRE))
                return;

        gre->has_come = true;
        if (!log_message_get_discarded(input->line->text, &number, &expected)) {
                gre->n_refused = 0;
                return;
        }

        log_evidence_take(&evidence, input->line);
        if (gre->n_refused == 0 || gre->expected != expected) {
                gre->n_refused = 0;
                gre->first = evidence;
        }
        gre->n_refused++;
        gre->number = number;
        gre->expected = expected;
        gre->latest = evidence;
}

/* pppd's first packet follows the call at once. */
#define FIRST_PACKET_SEC 1

/*
 * pptp-linux ends without a message if the kernel does not let it send (pptp_gre_copy() of its
 * pptp_gre.c, when encaps_gre() fails); and its other process sees only that it is gone. All else
 * that ends it has a message: of pppd's end, of an ICMP message, of the server, of a signal.
 */
void log_attempt_judge_unsent(LogOpenAttempt *a) {
        const LogControl *control = &a->control;
        int lasted = log_time_between(control->call_made_sec, control->unhandled_sec);
        LogAttempt *attempt = &a->attempt;

        if (attempt->verdict.row != &catalogue_rows[CATALOGUE_LCP_03] || attempt->was_up ||
            a->heard || a->gre.has_come || control->closed || control->crashed ||
            a->helper_killed || a->told_to_end || lasted < 0 || lasted > FIRST_PACKET_SEC ||
            log_attempt_find_hit(a, CATALOGUE_GRE_06) || log_attempt_find_hit(a, CATALOGUE_PPPD_02))
                return;

        attempt->verdict = (Verdict){ .row = &catalogue_rows[CATALOGUE_GRE_04] };
        attempt->is_likely = true;
        snprintf(attempt->verdict.detail, sizeof(attempt->verdict.detail),
                 "the process of pptp-linux that carries GRE ended within a second of the call, "
                 "without a word. It does so when the kernel refuses its first packet: \"iptables "
                 "-S OUTPUT\", \"nft list ruleset\"");
        log_attempt_add_evidence(attempt, control->unhandled.line, control->unhandled.text);
}

void log_attempt_judge_gre(LogOpenAttempt *a) {
        const LogGre *gre = &a->gre;
        uint32_t gap = gre->number > gre->expected ? gre->number - gre->expected :
                                                     gre->expected - gre->number;
        LogAttempt *attempt = &a->attempt;
        const DiagnosisRow *row = attempt->verdict.row;

        if (row == &catalogue_rows[CATALOGUE_LCP_10] && gre->has_come &&
            a->diagnosis->link.n_received == 0)
                snprintf(attempt->verdict.detail, sizeof(attempt->verdict.detail),
                         "GRE packets of the server came to pptp-linux, and none to pppd");

        if (gre->n_refused == 0 || gap < GRE_WINDOW)
                return;
        if (row && row != &catalogue_rows[CATALOGUE_LCP_10] && !log_row_has(row, LOG_ROW_TELLS_END))
                return;
        if (gre->n_refused < GRE_REFUSED_MIN && row != &catalogue_rows[CATALOGUE_LCP_10])
                return;

        attempt->verdict = (Verdict){ .row = &catalogue_rows[CATALOGUE_GRE_08] };
        snprintf(attempt->verdict.detail, sizeof(attempt->verdict.detail),
                 "packets of the server come and are thrown away: number %u came while %u was "
                 "expected, as of another session, or after the server began to count anew",
                 gre->number, gre->expected);
        attempt->n_evidence = 0;
        log_attempt_add_evidence(attempt, gre->first.line, gre->first.text);
        log_attempt_add_evidence(attempt, gre->latest.line, gre->latest.text);
}
