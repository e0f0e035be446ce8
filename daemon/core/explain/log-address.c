/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The addresses at both ends of the tunnel, and what they clash with. */

#include "core/base/macros.h"
#include "core/diagnosis/diagnosis-evidence.h"
#include "core/explain/log-copy.h"
#include "core/explain/log-judge.h"
#include "core/explain/log-network.h"
#include "core/explain/log-parser.h"
#include "core/explain/log-row.h"

/* How far an error may be from the command that it is about. */
#define ROUTE_LINES_MAX 3

void log_attempt_note_addresses(const LogParser *p, LogOpenAttempt *a, const LogInput *input) {
        LogEvidence evidence;

        /* A blank line or a message of one line may stand between the command and its error. */
        if (log_input_has(input, LOG_PHRASE_EXISTS) && p->networks.added.line > 0 &&
            input->line->number - p->networks.added.line <= ROUTE_LINES_MAX)
                a->addresses.occupied = p->networks.added;

        if (!log_input_has(input, LOG_PHRASE_ADDRESS) && !log_input_has(input, LOG_PHRASE_UP) &&
            !log_input_has(input, LOG_PHRASE_CONNECT) &&
            !log_input_has(input, LOG_PHRASE_STARTED) && !log_input_has(input, LOG_PHRASE_PROXY))
                return;

        log_evidence_take(&evidence, input->line);
        log_addresses_note(&a->addresses, input->line->text + input->tag.message, &evidence);
}

void log_attempt_judge_addresses(LogOpenAttempt *a, const LogNetworks *networks) {
        const IpcpEvidence *ipcp = &a->diagnosis->ipcp;
        LogAddresses *addresses = &a->addresses;
        LogAttempt *attempt = &a->attempt;
        const DiagnosisRow *row = attempt->verdict.row;
        bool is_loop = row == &catalogue_rows[CATALOGUE_NETC_05];
        LogClash clash;

        if (!attempt->was_up)
                return;

        /* Takes addresses that only the packets show. */
        if (addresses->remote.address == 0 && ipcp->peer_address_known)
                addresses->remote.address = ipcp->peer_address;
        if (addresses->local.address == 0 && ipcp->ack_received)
                addresses->local.address = ipcp->our_address;
        /* A server does proxy ARP for every client, so that shows no clash. */
        if (!a->by_client)
                addresses->proxy.line = 0;

        log_networks_judge(networks, addresses, &clash);
        if (!clash.verdict.row)
                return;

        if (clash.verdict.row == &catalogue_rows[CATALOGUE_NETC_06] ?
                    row != NULL :
                    row && !is_loop && log_row_get_weight(row) == LOG_ROW_WEIGHT_CAUSE) {
                if (attempt->n_notes < ELEMENTSOF(attempt->notes))
                        attempt->notes[attempt->n_notes++] = clash.verdict;
                return;
        }
        if (clash.verdict.row != &catalogue_rows[CATALOGUE_NETC_06] && a->carried_data)
                return;

        attempt->verdict = clash.verdict;
        attempt->cause = LOG_CAUSE_TOLD;
        if (!is_loop)
                attempt->n_evidence = 0;
        for (size_t i = 0; i < ELEMENTSOF(clash.evidence); i++)
                if (clash.evidence[i] && clash.evidence[i]->line > 0)
                        log_attempt_add_evidence(attempt, clash.evidence[i]->line,
                                                 clash.evidence[i]->text);
}
