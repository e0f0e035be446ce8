/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The addresses at both ends of the tunnel, and what they clash with. */

#include <arpa/inet.h>
#include <stdio.h>

#include "core/base/macros.h"
#include "core/base/text.h"
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

/* 127.0.0.0/8, in which Debian's /etc/hosts also has this host's own name (RFC 1122, 3.2.1.3). */
#define LOOPBACK_NETWORK 127

void log_attempt_note_own_address(LogOpenAttempt *a) {
        Verdict *verdict = &a->attempt.verdict;
        uint32_t address = a->addresses.server.address;

        if (verdict->row != &catalogue_rows[CATALOGUE_NET_03] || address >> 24 != LOOPBACK_NETWORK)
                return;

        log_verdict_addf(verdict,
                         "pptp called %s, which is this host itself and not the server. "
                         "Remove the line with the server's name from /etc/hosts, or have the name "
                         "server mend it: \"getent hosts SERVER\"",
                         TEXT_IPV4((struct in_addr){ htonl(address) }));
        log_attempt_add_evidence(&a->attempt, a->addresses.server.evidence.line,
                                 a->addresses.server.evidence.text);
}

void log_attempt_note_unresolved(LogOpenAttempt *a) {
        Verdict *verdict = &a->attempt.verdict;
        uint32_t address = a->addresses.named.address;

        if (verdict->row != &catalogue_rows[CATALOGUE_NET_01] || address == 0)
                return;

        *verdict = (Verdict){ .row = &catalogue_rows[CATALOGUE_NET_04] };
        snprintf(verdict->detail, sizeof(verdict->detail),
                 "pptp was given an address, %s, so there was no name to resolve. "
                 "getaddrinfo() fails all the same where no interface but the loopback one has an "
                 "address: in a network namespace or container without network, or early at boot",
                 TEXT_IPV4((struct in_addr){ htonl(address) }));
        log_attempt_add_evidence(&a->attempt, a->addresses.named.evidence.line,
                                 a->addresses.named.evidence.text);
}

/*
 * Whether a verdict only tells how two sides part that do not hear each other, as they do where the
 * tunnel's packets go in a circle.
 */
static bool follows_from_loop(const DiagnosisRow *row) {
        return log_row_has(row, LOG_ROW_PARTS) || row == &catalogue_rows[CATALOGUE_CTL_10];
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
                    row && !is_loop && log_row_get_weight(row) == LOG_ROW_WEIGHT_CAUSE &&
                            (clash.verdict.row != &catalogue_rows[CATALOGUE_NETC_05] ||
                             !follows_from_loop(row))) {
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
