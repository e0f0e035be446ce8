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
