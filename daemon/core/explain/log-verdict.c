/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The verdict on one attempt of a log, with the lines that it rests on. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/diagnosis/diagnosis-evidence.h"
#include "core/explain/log-parser.h"
#include "core/base/macros.h"
#include "core/ppp/ppp-packet.h"

/* How many packets of an attempt without a verdict are shown. */
#define LAST_PACKETS 3

/*
 * The supervisor's own, or what a stock set-up would have accepted: what it asked for, and what it
 * was told to. Stock pppd never tolerates bit C.
 */
static MppePolicy parser_get_policy(const LogParser *p) {
        MppePolicy policy = p->asked;

        if (p->has_policy)
                return p->policy;

        if (!mppe_policy_requires(&policy) && p->options.requires_mppe)
                policy.allow_128 = policy.allow_40 = true;
        policy.allow_stateful = policy.allow_stateful || p->options.stateful;
        return policy;
}

/* Verdicts that only say how it ended; a message that says why is worth more. */
static bool row_is_weak(const DiagnosisRow *row) {
        static const CatalogueIndex weak[] = {
                CATALOGUE_LCP_03,  CATALOGUE_LCP_04,  CATALOGUE_AUTH_07, CATALOGUE_AUTH_13,
                CATALOGUE_GRE_01,  CATALOGUE_MPPE_07, CATALOGUE_PPPD_01, CATALOGUE_CTL_05,
                CATALOGUE_CTL_09,  CATALOGUE_CTL_14,  CATALOGUE_CTL_16,  CATALOGUE_LCP_08,
                CATALOGUE_MPPE_23,
        };

        for (size_t i = 0; i < ELEMENTSOF(weak); i++)
                if (row == &catalogue_rows[weak[i]])
                        return true;

        return false;
}

bool log_row_is_failure(const DiagnosisRow *row) {
        return row->class != DIAGNOSIS_WARN && row->class != DIAGNOSIS_INFORM;
}

/*
 * The supervisor's own verdict; or the first message that names a failure. One that only says how
 * it ended is the last resort.
 */
static const LogHit *parser_find_hit(const LogParser *p) {
        const LogHit *weak = NULL;

        for (size_t i = 0; i < p->n_hits; i++)
                if (p->hits[i].is_verdict)
                        return &p->hits[i];

        for (size_t i = 0; i < p->n_hits; i++) {
                const DiagnosisRow *row = &catalogue_rows[p->hits[i].row];

                if (!log_row_is_failure(row))
                        continue;
                /* The firewall may log what it lets in. */
                if (row == &catalogue_rows[CATALOGUE_GRE_02] && p->heard)
                        continue;
                if (!row_is_weak(row))
                        return &p->hits[i];
                weak = weak ?: &p->hits[i];
        }

        return weak;
}

static void attempt_add_evidence(LogAttempt *a, unsigned line, const char *text) {
        LogEvidence *e;

        /* A request that is repeated over and over fills no screen. */
        if (a->n_evidence > 0 && strcmp(a->evidence[a->n_evidence - 1].text, text) == 0)
                return;
        if (a->n_evidence == LOG_EVIDENCE_MAX) {
                memmove(a->evidence + 1, a->evidence + 2,
                        (LOG_EVIDENCE_MAX - 2) * sizeof(*a->evidence));
                a->n_evidence--;
        }

        e = &a->evidence[a->n_evidence++];
        e->line = line;
        snprintf(e->text, sizeof(e->text), "%s", text);
}

/* Whether a verdict of this group rests on a packet. */
static bool packet_matters(const LogPacketLine *packet, const DiagnosisRow *row) {
        bool terminates =
                packet->protocol == PPP_PROTO_LCP && packet->code == PPP_CODE_TERMINATE_REQUEST;
        bool is_message = packet->protocol == 0;
        CatalogueGroup group = catalogue_row_group(row);
        bool rejects =
                packet->protocol == PPP_PROTO_LCP && packet->code == PPP_CODE_PROTOCOL_REJECT;

        if (is_message || group == CATALOGUE_GROUP_CTL)
                return is_message;
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
        if (row == &catalogue_rows[CATALOGUE_LCP_04] || row == &catalogue_rows[CATALOGUE_LCP_05])
                return terminates && !packet->sent;

        return packet->protocol == PPP_PROTO_LCP;
}

static void parser_collect_evidence(LogParser *p) {
        const DiagnosisRow *row = p->attempt.verdict.row;

        for (size_t i = 0; i < p->n_packets; i++) {
                const LogPacketLine *packet = &p->packets[i];

                if (!packet_matters(packet, row))
                        continue;
                attempt_add_evidence(&p->attempt, packet->line, packet->text);
                p->attempt.from_packets = p->attempt.from_packets || packet->protocol != 0;
        }
}

/* What was seen, where it adds up to nothing. */
static void parser_show_last_packets(LogParser *p) {
        for (size_t i = p->n_packets - MIN(p->n_packets, (size_t) LAST_PACKETS); i < p->n_packets;
             i++)
                attempt_add_evidence(&p->attempt, p->packets[i].line, p->packets[i].text);
}

static void parser_collect_notes(LogParser *p) {
        LogAttempt *a = &p->attempt;

        a->n_notes = diagnosis_get_notes(p->diagnosis, a->notes, ELEMENTSOF(a->notes));
        for (size_t i = 0; i < p->n_hits && a->n_notes < ELEMENTSOF(a->notes); i++) {
                const DiagnosisRow *row = &catalogue_rows[p->hits[i].row];
                bool known = log_row_is_failure(row);

                for (size_t k = 0; k < a->n_notes; k++)
                        known = known || a->notes[k].row == row;
                if (!known)
                        a->notes[a->n_notes++] = (Verdict){ .row = row };
        }
}

bool log_parser_has_evidence(const LogParser *p) {
        return p->n_packets > 0 || p->n_hits > 0 || p->heard || p->attempt.options_missing;
}

int log_parser_finish(LogParser *p) {
        LogDiagnosis *result = p->result;
        LogAttempt *a = &p->attempt, *grown;
        const LogHit *hit;

        if (!log_parser_has_evidence(p))
                return 0;
        if (result->n_attempts == LOG_ATTEMPTS_MAX) {
                result->truncated = true;
                return 0;
        }

        diagnosis_set_context(p->diagnosis,
                              &(DiagnosisContext){
                                      .mppe = parser_get_policy(p),
                                      .has_domain = true,
                                      .password_known = true,
                              });
        diagnosis_get_verdict(p->diagnosis, &a->verdict);
        a->was_up = diagnosis_was_up(p->diagnosis);

        hit = parser_find_hit(p);
        if (hit && a->verdict.row != &catalogue_rows[hit->row] &&
            (hit->is_verdict || !a->verdict.row ||
             (row_is_weak(a->verdict.row) && !row_is_weak(&catalogue_rows[hit->row])))) {
                a->verdict = (Verdict){ .row = &catalogue_rows[hit->row] };
                memcpy(a->verdict.detail, hit->detail, sizeof(a->verdict.detail));
                a->from_supervisor = hit->is_verdict;
                attempt_add_evidence(a, hit->line, hit->text);
        } else if (a->verdict.row) {
                parser_collect_evidence(p);
        }
        if (p->told_to_end && a->was_up && a->verdict.row && row_is_weak(a->verdict.row)) {
                a->verdict = (Verdict){ 0 };
                a->n_evidence = 0;
        }
        if (!a->verdict.row)
                parser_show_last_packets(p);
        parser_collect_notes(p);

        grown = reallocarray(result->attempts, result->n_attempts + 1, sizeof(*grown));
        if (!grown)
                return -ENOMEM;

        result->attempts = grown;
        result->attempts[result->n_attempts++] = *a;
        return 0;
}
