/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The verdict on one attempt of a log, with the lines that it rests on. */

#include <stdio.h>
#include <string.h>

#include "core/base/macros.h"
#include "core/base/text.h"
#include "core/diagnosis/diagnosis-evidence.h"
#include "core/explain/log-parser.h"
#include "core/ppp/ppp-packet.h"

/* How many packets of an attempt without a verdict are shown. */
#define LAST_PACKETS 3
/*
 * A server that hears nothing hangs up after half a minute (pptpd's pppd sends its ten
 * Configure-Requests 3 s apart, Windows gives up after about as long); one that is full, at once.
 */
#define SILENT_CALL_SEC 20
#define DAY_SEC (24 * 60 * 60)

/* How far an attempt got, as everything in its log proves. */
typedef enum AttemptStage {
        STAGE_BEGUN,
        STAGE_CONTROL, /* the server answered on the control connection */
        STAGE_CALL,    /* there is a call */
        STAGE_LINK,    /* the server was heard over PPP */
        STAGE_AUTHENTICATED,
        STAGE_ENCRYPTED,
        STAGE_UP, /* addresses were agreed on */
} AttemptStage;

static AttemptStage attempt_get_stage(const LogOpenAttempt *a) {
        if (a->is_up || diagnosis_was_up(a->diagnosis))
                return STAGE_UP;
        if (a->encrypted || a->diagnosis->mppe.was_open)
                return STAGE_ENCRYPTED;
        if (a->authenticated || a->diagnosis->auth.succeeded)
                return STAGE_AUTHENTICATED;
        if (a->heard)
                return STAGE_LINK;
        if (a->control.call_answered)
                return STAGE_CALL;
        return a->control.start_answered ? STAGE_CONTROL : STAGE_BEGUN;
}

/* The last stage at which a failure of this row can end an attempt. What came up did not fail. */
static AttemptStage row_get_last_stage(const DiagnosisRow *row) {
        static const struct {
                CatalogueIndex row;
                AttemptStage stage;
        } exceptions[] = {
                { CATALOGUE_CFG_05, STAGE_LINK },
                { CATALOGUE_SYS_04, STAGE_AUTHENTICATED },
                { CATALOGUE_CTL_09, STAGE_UP },
                { CATALOGUE_CTL_10, STAGE_UP },
                { CATALOGUE_CTL_12, STAGE_UP },
                { CATALOGUE_CTL_14, STAGE_UP },
                { CATALOGUE_CTL_16, STAGE_UP },
                { CATALOGUE_GRE_01, STAGE_CALL },
                { CATALOGUE_GRE_02, STAGE_CALL },
                { CATALOGUE_GRE_08, STAGE_CALL },
                { CATALOGUE_GRE_10, STAGE_CALL },
                { CATALOGUE_LCP_01, STAGE_LINK },
                { CATALOGUE_LCP_06, STAGE_LINK },
                { CATALOGUE_LCP_07, STAGE_LINK },
                { CATALOGUE_LCP_09, STAGE_LINK },
                { CATALOGUE_LCP_10, STAGE_LINK },
                { CATALOGUE_SYS_06, STAGE_AUTHENTICATED },
                { CATALOGUE_MPPE_15, STAGE_UP },
                { CATALOGUE_MPPE_16, STAGE_UP },
                { CATALOGUE_MPPE_17, STAGE_UP },
                { CATALOGUE_MPPE_18, STAGE_UP },
                { CATALOGUE_MPPE_19, STAGE_UP },
                { CATALOGUE_MPPE_20, STAGE_UP },
                { CATALOGUE_AUTH_08, STAGE_AUTHENTICATED },
                { CATALOGUE_AUTH_09, STAGE_AUTHENTICATED },
        };

        for (size_t i = 0; i < ELEMENTSOF(exceptions); i++)
                if (row == &catalogue_rows[exceptions[i].row])
                        return exceptions[i].stage;

        switch (catalogue_row_group(row)) {
        case CATALOGUE_GROUP_NET:
                return STAGE_BEGUN;
        case CATALOGUE_GROUP_CFG:
        case CATALOGUE_GROUP_SYS:
        case CATALOGUE_GROUP_CTL:
                return STAGE_CALL;
        case CATALOGUE_GROUP_AUTH:
                return STAGE_LINK;
        case CATALOGUE_GROUP_MPPE:
                return STAGE_AUTHENTICATED;
        case CATALOGUE_GROUP_IPCP:
                return STAGE_ENCRYPTED;
        case CATALOGUE_GROUP_GRE:
        case CATALOGUE_GROUP_LCP:
        case CATALOGUE_GROUP_PPPD:
        case CATALOGUE_GROUP_NETC:
        case CATALOGUE_GROUP_EVENT:
                break;
        }

        return STAGE_UP;
}

static bool row_is_possible(const LogOpenAttempt *a, const DiagnosisRow *row) {
        return attempt_get_stage(a) <= row_get_last_stage(row);
}

/*
 * The supervisor's own, or what a stock set-up would have accepted: what it asked for, and what it
 * was told to. Stock pppd never tolerates bit C.
 */
static MppePolicy attempt_get_policy(const LogOpenAttempt *a) {
        MppePolicy policy = a->asked;

        if (a->has_policy)
                return a->policy;

        if (!mppe_policy_requires(&policy) && a->options.requires_mppe)
                policy.allow_128 = policy.allow_40 = true;
        policy.allow_stateful = policy.allow_stateful || a->options.stateful;
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
 * The supervisor's own verdict; or traffic that goes in a circle, which nobody says in words; or
 * the first message that names a failure. One that only says how it ended is the last resort.
 */
static const LogHit *attempt_find_hit(const LogOpenAttempt *a) {
        const LogHit *weak = NULL, *strong = NULL;

        for (size_t i = 0; i < a->n_hits; i++) {
                const LogHit *hit = &a->hits[i];
                const DiagnosisRow *row = &catalogue_rows[hit->row];

                if (hit->is_verdict || hit->row == CATALOGUE_NETC_05)
                        return hit;
                if (!log_row_is_failure(row) || !row_is_possible(a, row))
                        continue;
                if (!row_is_weak(row))
                        strong = strong ?: hit;
                weak = weak ?: hit;
        }

        return strong ?: weak;
}

static void attempt_add_evidence(LogAttempt *a, unsigned line, const char *text) {
        LogEvidence *e;

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

static void attempt_collect_evidence(LogOpenAttempt *a) {
        const DiagnosisRow *row = a->attempt.verdict.row;

        for (size_t i = a->n_packets - MIN(a->n_packets, (size_t) LOG_PACKETS_MAX);
             i < a->n_packets; i++) {
                const LogPacketLine *packet = &a->packets[i % LOG_PACKETS_MAX];

                if (!packet_matters(packet, row))
                        continue;
                attempt_add_evidence(&a->attempt, packet->line, packet->text);
                a->attempt.from_packets = a->attempt.from_packets || packet->protocol != 0;
        }
}

/* What was seen, where it adds up to nothing. */
static void attempt_show_last_packets(LogOpenAttempt *a) {
        for (size_t i = a->n_packets - MIN(a->n_packets, (size_t) LAST_PACKETS); i < a->n_packets;
             i++) {
                const LogPacketLine *packet = &a->packets[i % LOG_PACKETS_MAX];

                attempt_add_evidence(&a->attempt, packet->line, packet->text);
        }
}

static void attempt_collect_notes(LogOpenAttempt *a) {
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

/* What the course of the control connection proves that no single message says. */
static void attempt_conclude_control(LogOpenAttempt *a) {
        const LogControl *control = &a->control;
        bool is_over = control->is_over || a->terminated ||
                a->diagnosis->host.timeouts[DIAGNOSIS_STAGE_LINK];
        int silence_sec;

        if (a->heard || (control->closed && !control->call_answered))
                return;

        if (control->start_asked && !control->start_answered && is_over)
                diagnosis_add_fact(a->diagnosis,
                                   &(DiagnosisFact){ .type = DIAGNOSIS_TIMEOUT,
                                                     .stage = DIAGNOSIS_STAGE_CONTROL });
        else if (control->call_asked && !control->call_answered && is_over)
                diagnosis_add_fact(a->diagnosis,
                                   &(DiagnosisFact){ .type = DIAGNOSIS_TIMEOUT,
                                                     .stage = DIAGNOSIS_STAGE_CALL });

        if (control->call_made_sec == LOG_NO_TIME || control->closed_sec == LOG_NO_TIME)
                return;

        silence_sec = (control->closed_sec - control->call_made_sec + DAY_SEC) % DAY_SEC;
        if (silence_sec >= SILENT_CALL_SEC)
                diagnosis_add_fact(a->diagnosis,
                                   &(DiagnosisFact){ .type = DIAGNOSIS_TIMEOUT,
                                                     .stage = DIAGNOSIS_STAGE_LINK });
}

/* Whether the verdict only says: the cause stands before this line. */
static bool row_points_back(const DiagnosisRow *row) {
        return row == &catalogue_rows[CATALOGUE_LCP_03] ||
                row == &catalogue_rows[CATALOGUE_CTL_12] ||
                row == &catalogue_rows[CATALOGUE_GRE_06];
}

/* pppd says that a proof was badly formed only after it has matched: then it was no wrong one. */
static bool hit_outweighs(const LogHit *hit, const DiagnosisRow *row) {
        if (!row || hit->is_verdict)
                return true;
        if (row == &catalogue_rows[CATALOGUE_AUTH_08])
                return hit->row == CATALOGUE_AUTH_09;
        /* Allowing the strength that the server wants is in vain where pppd has no key for it. */
        if (row == &catalogue_rows[CATALOGUE_MPPE_04])
                return hit->row == CATALOGUE_MPPE_08;

        return row_is_weak(row) && !row_is_weak(&catalogue_rows[hit->row]);
}

bool log_attempt_shows_call(const LogOpenAttempt *a) {
        return a->n_packets > 0 || a->n_hits > 0 || a->heard || a->attempt.options_missing ||
                (a->control.start_asked && (a->control.is_over || a->terminated));
}

bool log_attempt_has_evidence(const LogOpenAttempt *a) {
        return log_attempt_shows_call(a) || a->by_server;
}

void log_attempt_judge(LogOpenAttempt *a) {
        LogAttempt *attempt = &a->attempt;
        Verdict *verdict = &attempt->verdict;
        const LogHit *hit;

        attempt_conclude_control(a);
        diagnosis_set_context(a->diagnosis,
                              &(DiagnosisContext){
                                      .mppe = attempt_get_policy(a),
                                      .has_domain = true,
                                      .password_known = true,
                              });
        attempt->was_up = a->is_up || diagnosis_was_up(a->diagnosis);
        attempt->of_server = a->by_server && !a->by_client;
        if (attempt->of_server)
                return;

        diagnosis_get_verdict(a->diagnosis, verdict);
        /* Of packets all of its evidence is weighed already. */
        if (attempt->n_packets == 0 && verdict->row && !row_is_possible(a, verdict->row))
                *verdict = (Verdict){ 0 };

        hit = attempt_find_hit(a);
        if (hit && verdict->row != &catalogue_rows[hit->row] && hit_outweighs(hit, verdict->row)) {
                *verdict = (Verdict){ .row = &catalogue_rows[hit->row] };
                memcpy(verdict->detail, hit->detail, sizeof(verdict->detail));
                attempt->from_supervisor = hit->is_verdict;
                attempt_add_evidence(attempt, hit->line, hit->text);
        } else if (verdict->row) {
                attempt_collect_evidence(a);
                if (hit && verdict->row == &catalogue_rows[hit->row] && attempt->n_evidence == 0)
                        attempt_add_evidence(attempt, hit->line, hit->text);
        }

        if (verdict->row && attempt->n_evidence == 0 && a->control.start_asked)
                attempt_add_evidence(attempt, a->control.asked.line, a->control.asked.text);

        if (a->told_to_end && attempt->was_up && verdict->row && row_is_weak(verdict->row)) {
                *verdict = (Verdict){ 0 };
                attempt->n_evidence = 0;
        }
        if (verdict->row && row_points_back(verdict->row) && attempt->n_evidence > 0 &&
            verdict->detail[0] == '\0')
                snprintf(verdict->detail, sizeof(verdict->detail),
                         "the cause stands before line %u", attempt->evidence[0].line);
        if (!verdict->row)
                attempt_show_last_packets(a);
        attempt_collect_notes(a);
}
