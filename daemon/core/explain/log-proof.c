/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The lines of a log that are shown as what a verdict rests on. */

#include <stdio.h>
#include <string.h>

#include "core/base/macros.h"
#include "core/explain/log-judge.h"
#include "core/explain/log-parser.h"
#include "core/explain/log-row.h"
#include "core/ppp/ppp-packet.h"

/* How many packets of an attempt without a verdict are shown. */
#define LAST_PACKETS 3
/* Of packets of one kind, at most this many are shown as evidence. */
#define SAME_PACKETS_MAX 2

/* Whether a verdict on a server rests on a packet. */
static bool packet_matters_to_server(const LogPacketLine *packet, const DiagnosisRow *row) {
        bool is_ccp = packet->protocol == PPP_PROTO_CCP;
        bool terminates =
                packet->protocol == PPP_PROTO_LCP && packet->code == PPP_CODE_TERMINATE_REQUEST;

        if (row == &catalogue_rows[CATALOGUE_SRV_01] || row == &catalogue_rows[CATALOGUE_SRV_02])
                return packet->protocol == PPP_PROTO_LCP &&
                        packet->code <= PPP_CODE_CONFIGURE_REJECT;
        if (row == &catalogue_rows[CATALOGUE_SRV_03])
                return terminates || packet->protocol == PPP_PROTO_PAP ||
                        (packet->protocol == PPP_PROTO_CHAP && packet->code == PPP_CHAP_FAILURE);
        if (row == &catalogue_rows[CATALOGUE_SRV_07] || row == &catalogue_rows[CATALOGUE_SRV_21] ||
            row == &catalogue_rows[CATALOGUE_SRV_08])
                return is_ccp || terminates;

        return terminates;
}

/* Whether a verdict of this group rests on a packet. */
static bool packet_matters(const LogPacketLine *packet, const DiagnosisRow *row) {
        bool terminates =
                packet->protocol == PPP_PROTO_LCP && packet->code == PPP_CODE_TERMINATE_REQUEST;
        bool is_message = packet->protocol == 0;
        CatalogueGroup group = catalogue_row_group(row);
        bool rejects =
                packet->protocol == PPP_PROTO_LCP && packet->code == PPP_CODE_PROTOCOL_REJECT;

        /* Without a control connection there is no link that could answer. */
        if (group == CATALOGUE_GROUP_CTL || group == CATALOGUE_GROUP_NET)
                return is_message && !strstr(packet->text, "LCP: timeout");
        if (is_message)
                return true;
        if (group == CATALOGUE_GROUP_SRV)
                return packet_matters_to_server(packet, row);
        if (group == CATALOGUE_GROUP_MPPE)
                return packet->protocol == PPP_PROTO_CCP || rejects || terminates;
        if (group == CATALOGUE_GROUP_AUTH)
                return packet->protocol == PPP_PROTO_CHAP || packet->protocol == PPP_PROTO_PAP ||
                        packet->protocol == PPP_PROTO_EAP || terminates ||
                        (packet->protocol == PPP_PROTO_LCP && strstr(packet->text, "<auth"));
        if (group == CATALOGUE_GROUP_IPCP)
                return packet->protocol == PPP_PROTO_IPCP || terminates;
        if (row == &catalogue_rows[CATALOGUE_LCP_02])
                return packet->code == PPP_CODE_ECHO_REQUEST || packet->code == PPP_CODE_ECHO_REPLY;
        if (row == &catalogue_rows[CATALOGUE_LCP_04] || row == &catalogue_rows[CATALOGUE_LCP_05] ||
            row == &catalogue_rows[CATALOGUE_LCP_13])
                return terminates && !packet->sent;
        /* Later packets carry our magic number rightly: our own, and the peer's acknowledgement. */
        if (row == &catalogue_rows[CATALOGUE_LCP_01])
                return packet->protocol == PPP_PROTO_LCP &&
                        packet->code == PPP_CODE_CONFIGURE_REQUEST;

        return packet->protocol == PPP_PROTO_LCP;
}

/* How many packets of the same kind were kept behind the i-th. */
static unsigned attempt_count_later(const LogOpenAttempt *a, size_t i) {
        const LogPacketLine *packet = &a->packets[i % LOG_PACKETS_MAX];
        unsigned n = 0;

        while (++i < a->n_packets) {
                const LogPacketLine *later = &a->packets[i % LOG_PACKETS_MAX];

                n += later->protocol == packet->protocol && later->code == packet->code &&
                        later->sent == packet->sent;
        }

        return n;
}

void log_attempt_collect_evidence(LogOpenAttempt *a) {
        const DiagnosisRow *row = a->attempt.verdict.row;

        for (size_t i = a->n_packets - MIN(a->n_packets, (size_t) LOG_PACKETS_MAX);
             i < a->n_packets; i++) {
                const LogPacketLine *packet = &a->packets[i % LOG_PACKETS_MAX];

                if (!packet_matters(packet, row) ||
                    (packet->protocol != 0 && attempt_count_later(a, i) >= SAME_PACKETS_MAX))
                        continue;
                log_attempt_add_evidence(&a->attempt, packet->line, packet->text);
                a->attempt.from_packets = a->attempt.from_packets || packet->protocol != 0;
        }
}

void log_attempt_show_last_packets(LogOpenAttempt *a) {
        if (a->attempt.verdict.row || a->attempt.ended_here || a->attempt.n_evidence > 0)
                return;

        for (size_t i = a->n_packets - MIN(a->n_packets, (size_t) LAST_PACKETS); i < a->n_packets;
             i++) {
                const LogPacketLine *packet = &a->packets[i % LOG_PACKETS_MAX];

                log_attempt_add_evidence(&a->attempt, packet->line, packet->text);
        }
}

void log_attempt_collect_notes(LogOpenAttempt *a) {
        LogAttempt *attempt = &a->attempt;

        attempt->n_notes =
                diagnosis_get_notes(a->diagnosis, attempt->notes, ELEMENTSOF(attempt->notes));
        for (size_t i = 0; i < a->n_hits && attempt->n_notes < ELEMENTSOF(attempt->notes); i++) {
                const DiagnosisRow *row = &catalogue_rows[a->hits[i].row];
                bool known = log_row_is_failure(row) || row == attempt->verdict.row;

                for (size_t k = 0; k < attempt->n_notes; k++)
                        known = known || attempt->notes[k].row == row;
                if (!known)
                        attempt->notes[attempt->n_notes++] = (Verdict){ .row = row };
        }
}
