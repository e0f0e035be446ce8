/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What pppd does with the server's proof of the password. It keeps the proofs that it waits for in
 * CHAPMS2_MAX_RESPONSE_CACHE_SIZE rows, and takes the next free row for the number of those in use
 * (chapms2_add_to_response_cache() of its chap_ms.c, 2.4.6 to 2.5.3). That number never reaches the
 * last row, so what waits there is never found.
 */

#include <stdlib.h>
#include <string.h>

#include "core/explain/log-parser.h"

/* The last of pppd's rows, and how many proofs it has accepted before it uses that. */
#define LAST_ROW 9

/* Begins anew for another pppd, as far as the log tells them apart. */
static void follow_pppd(LogProofs *proofs, const LogInput *input) {
        if (proofs->pid != input->tag.pid || log_input_has(input, LOG_PHRASE_STARTED))
                *proofs = (LogProofs){ .pid = input->tag.pid };
}

void log_parser_note_proof(LogParser *p, const LogInput *input) {
        static const char kept[] = "added response cache entry ";
        LogProofs *proofs = &p->proofs;
        const char *at = strstr(input->line->text, kept);

        if (input->tag.speaker != LOG_SPEAKER_PPPD && input->tag.speaker != LOG_SPEAKER_NOBODY)
                return;
        if (!log_input_has(input, LOG_PHRASE_PROOF) && !log_input_has(input, LOG_PHRASE_STARTED) &&
            !log_input_has(input, LOG_PHRASE_AUTHENTICATED))
                return;

        follow_pppd(proofs, input);
        if (log_input_has(input, LOG_PHRASE_AUTHENTICATED)) {
                proofs->n_accepted++;
                proofs->in_last_row = false;
        } else if (at) {
                proofs->in_last_row = strtoul(at + strlen(kept), NULL, 10) == LAST_ROW;
        } else if (log_input_has(input, LOG_PHRASE_PROOF)) {
                proofs->n_accepted = 0;
                proofs->in_last_row = false;
        }
}

bool log_parser_proof_is_lost(const LogParser *p, const LogInput *input) {
        const LogProofs *proofs = &p->proofs;

        if (proofs->pid != input->tag.pid)
                return false;

        /* Without its number, one pppd looks like the next. */
        return proofs->in_last_row || (proofs->pid > 0 && proofs->n_accepted == LAST_ROW);
}
