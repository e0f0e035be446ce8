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
/* Of packets of one kind, at most this many are shown as evidence. */
#define SAME_PACKETS_MAX 2
/*
 * A call that ends after at least this time was silent; a server without room ends it at once. A
 * server that hears nothing hangs up after half a minute (pptpd's pppd sends its ten
 * Configure-Requests 3 s apart; Windows gives up after about as long).
 */
#define SILENT_CALL_SEC 20
/* A log whose first lines tell the end of an attempt, within so many, was cut off in front. */
#define CUT_LINES_MAX 8
/* A server answers within a second. After this time without an answer, none will come. */
#define IMPATIENT_SEC 5
/* pppd sends one each 3 s, so these take less than half of the time that it waits. */
#define FEW_REQUESTS 4

/*
 * Whether IP was agreed on. Two acknowledgements are no agreement if pppd then says that it has no
 * address to use; the message alone counts if the two do not tell otherwise.
 */
static bool attempt_was_up(const LogOpenAttempt *a) {
        if (a->is_up)
                return true;

        for (size_t i = 0; i < a->n_hits; i++)
                if (catalogue_row_group(&catalogue_rows[a->hits[i].row]) == CATALOGUE_GROUP_IPCP &&
                    a->hits[i].row != CATALOGUE_IPCP_07)
                        return false;

        return diagnosis_was_up(a->diagnosis);
}

static LogStage attempt_get_stage(const LogOpenAttempt *a) {
        if (attempt_was_up(a))
                return LOG_STAGE_UP;
        if (a->encrypted || a->diagnosis->mppe.was_open)
                return LOG_STAGE_ENCRYPTED;
        if (a->authenticated || a->diagnosis->auth.succeeded)
                return LOG_STAGE_AUTHENTICATED;
        if (a->asked_password || a->diagnosis->auth.responded ||
            a->diagnosis->auth.n_pap_requests > 0)
                return LOG_STAGE_ASKED;
        if (a->heard)
                return LOG_STAGE_LINK;
        if (a->control.call_answered)
                return LOG_STAGE_CALL;
        return a->control.start_answered ? LOG_STAGE_CONTROL : LOG_STAGE_BEGUN;
}

/* Returns the last stage at which a failure of this row can end an attempt. */
static LogStage row_get_last_stage(const DiagnosisRow *row) {
        static const struct {
                CatalogueIndex row;
                LogStage stage;
        } exceptions[] = {
                { CATALOGUE_CFG_05, LOG_STAGE_ASKED },
                { CATALOGUE_SYS_04, LOG_STAGE_AUTHENTICATED },
                { CATALOGUE_CTL_09, LOG_STAGE_UP },
                { CATALOGUE_CTL_10, LOG_STAGE_UP },
                { CATALOGUE_CTL_12, LOG_STAGE_UP },
                { CATALOGUE_CTL_14, LOG_STAGE_UP },
                { CATALOGUE_CTL_16, LOG_STAGE_UP },
                { CATALOGUE_GRE_01, LOG_STAGE_CALL },
                { CATALOGUE_GRE_02, LOG_STAGE_CALL },
                { CATALOGUE_GRE_08, LOG_STAGE_CALL },
                { CATALOGUE_GRE_10, LOG_STAGE_CALL },
                { CATALOGUE_LCP_01, LOG_STAGE_ASKED },
                { CATALOGUE_LCP_06, LOG_STAGE_ASKED },
                { CATALOGUE_LCP_07, LOG_STAGE_ASKED },
                { CATALOGUE_LCP_09, LOG_STAGE_ASKED },
                { CATALOGUE_LCP_10, LOG_STAGE_ASKED },
                { CATALOGUE_SYS_06, LOG_STAGE_AUTHENTICATED },
                { CATALOGUE_MPPE_15, LOG_STAGE_UP },
                { CATALOGUE_MPPE_16, LOG_STAGE_UP },
                { CATALOGUE_MPPE_17, LOG_STAGE_UP },
                { CATALOGUE_MPPE_18, LOG_STAGE_UP },
                { CATALOGUE_MPPE_19, LOG_STAGE_UP },
                { CATALOGUE_MPPE_20, LOG_STAGE_UP },
                { CATALOGUE_AUTH_08, LOG_STAGE_AUTHENTICATED },
                { CATALOGUE_AUTH_09, LOG_STAGE_AUTHENTICATED },
                { CATALOGUE_NM_01, LOG_STAGE_BEGUN },
                { CATALOGUE_NM_03, LOG_STAGE_CALL },
        };

        for (size_t i = 0; i < ELEMENTSOF(exceptions); i++)
                if (row == &catalogue_rows[exceptions[i].row])
                        return exceptions[i].stage;

        switch (catalogue_row_group(row)) {
        case CATALOGUE_GROUP_NET:
                return LOG_STAGE_BEGUN;
        case CATALOGUE_GROUP_CFG:
        case CATALOGUE_GROUP_SYS:
        case CATALOGUE_GROUP_CTL:
                return LOG_STAGE_CALL;
        case CATALOGUE_GROUP_AUTH:
                return LOG_STAGE_ASKED;
        case CATALOGUE_GROUP_MPPE:
                return LOG_STAGE_AUTHENTICATED;
        case CATALOGUE_GROUP_IPCP:
                return LOG_STAGE_ENCRYPTED;
        case CATALOGUE_GROUP_GRE:
        case CATALOGUE_GROUP_LCP:
        case CATALOGUE_GROUP_PPPD:
        case CATALOGUE_GROUP_NETC:
        case CATALOGUE_GROUP_NAME:
        case CATALOGUE_GROUP_NM:
        case CATALOGUE_GROUP_SRV:
        case CATALOGUE_GROUP_EVENT:
                break;
        }

        return LOG_STAGE_UP;
}

bool log_attempt_allows(const LogOpenAttempt *a, const DiagnosisRow *row) {
        return attempt_get_stage(a) <= row_get_last_stage(row);
}

/*
 * Returns the encryption that this host accepted: as the supervisor said, or else as pppd's own
 * requests and options show. pppd without our plugin never tolerates bit C.
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

/* How much a verdict explains. One that explains more outweighs one that explains less. */
typedef enum RowWeight {
        ROW_WEIGHT_END,   /* that something is gone, which follows from any failure */
        ROW_WEIGHT_STAGE, /* which stage failed, and not why */
        ROW_WEIGHT_CAUSE,
} RowWeight;

static RowWeight row_get_weight(const DiagnosisRow *row) {
        static const struct {
                CatalogueIndex row;
                RowWeight weight;
        } weights[] = {
                { CATALOGUE_LCP_03, ROW_WEIGHT_END },    { CATALOGUE_LCP_04, ROW_WEIGHT_END },
                { CATALOGUE_CTL_09, ROW_WEIGHT_END },    { CATALOGUE_CTL_14, ROW_WEIGHT_END },
                { CATALOGUE_CTL_16, ROW_WEIGHT_END },    { CATALOGUE_PPPD_01, ROW_WEIGHT_END },
                { CATALOGUE_AUTH_07, ROW_WEIGHT_STAGE }, { CATALOGUE_AUTH_13, ROW_WEIGHT_STAGE },
                { CATALOGUE_GRE_01, ROW_WEIGHT_STAGE },  { CATALOGUE_MPPE_07, ROW_WEIGHT_STAGE },
                { CATALOGUE_CTL_05, ROW_WEIGHT_STAGE },  { CATALOGUE_LCP_08, ROW_WEIGHT_STAGE },
                { CATALOGUE_MPPE_23, ROW_WEIGHT_STAGE },
        };

        for (size_t i = 0; i < ELEMENTSOF(weights); i++)
                if (row == &catalogue_rows[weights[i].row])
                        return weights[i].weight;

        return ROW_WEIGHT_CAUSE;
}

bool log_row_tells_end(const DiagnosisRow *row) {
        return row_get_weight(row) == ROW_WEIGHT_END || row == &catalogue_rows[CATALOGUE_CTL_12] ||
                row == &catalogue_rows[CATALOGUE_GRE_06];
}

bool log_row_is_failure(const DiagnosisRow *row) {
        return row->class != DIAGNOSIS_WARN && row->class != DIAGNOSIS_INFORM;
}

/*
 * Finds the message that decides: the supervisor's own verdict; or a loop, which only the traffic
 * shows; or the first of those that explain the most.
 */
static const LogHit *attempt_find_hit(const LogOpenAttempt *a) {
        const LogHit *best = NULL;

        for (size_t i = 0; i < a->n_hits; i++) {
                const LogHit *hit = &a->hits[i];
                const DiagnosisRow *row = &catalogue_rows[hit->row];

                if (hit->is_verdict || hit->row == CATALOGUE_NETC_05)
                        return hit;
                if (!log_row_is_failure(row) || !log_attempt_allows(a, row) ||
                    catalogue_row_group(row) == CATALOGUE_GROUP_SRV)
                        continue;
                /* pptp-linux received GRE, so this verdict is wrong. */
                if (hit->row == CATALOGUE_GRE_01 && a->gre.has_come)
                        continue;
                if (!best || row_get_weight(row) > row_get_weight(&catalogue_rows[best->row]))
                        best = hit;
        }

        return best;
}

void log_attempt_add_evidence(LogAttempt *a, unsigned line, const char *text) {
        LogEvidence *e;

        for (size_t i = 0; i < a->n_evidence; i++)
                if (strcmp(a->evidence[i].text, text) == 0)
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
        if (row == &catalogue_rows[CATALOGUE_SRV_07] || row == &catalogue_rows[CATALOGUE_SRV_08])
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

        if (is_message || group == CATALOGUE_GROUP_CTL)
                return is_message;
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

/* Shows the last packets as evidence where there is no verdict. */
static void attempt_show_last_packets(LogOpenAttempt *a) {
        for (size_t i = a->n_packets - MIN(a->n_packets, (size_t) LAST_PACKETS); i < a->n_packets;
             i++) {
                const LogPacketLine *packet = &a->packets[i % LOG_PACKETS_MAX];

                log_attempt_add_evidence(&a->attempt, packet->line, packet->text);
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

static int seconds_between(int from_sec, int to_sec) {
        return (to_sec - from_sec + LOG_DAY_SEC) % LOG_DAY_SEC;
}

/* Finds the question on the control connection that was not answered, or not even asked. */
static bool attempt_find_unanswered(const LogOpenAttempt *a, DiagnosisStage *ret_stage) {
        const LogControl *control = &a->control;

        if (control->start_answered) {
                *ret_stage = DIAGNOSIS_STAGE_CALL;
                return control->call_asked && !control->call_answered;
        }

        /* pptp-linux asks as soon as it has a connection. */
        *ret_stage = control->start_asked ? DIAGNOSIS_STAGE_CONTROL : DIAGNOSIS_STAGE_CONNECT;
        return control->start_asked || (control->pptp_started && !control->call_answered);
}

/* Whether the client waited long enough for an answer, or for a time that the log does not show. */
static bool attempt_has_waited(const LogOpenAttempt *a, int from_sec, int wait_sec) {
        return from_sec == LOG_NO_TIME || a->last_sec == LOG_NO_TIME ||
                seconds_between(from_sec, a->last_sec) >= wait_sec;
}

static void attempt_add_timeout(LogOpenAttempt *a, DiagnosisStage stage) {
        diagnosis_add_fact(a->diagnosis,
                           &(DiagnosisFact){ .type = DIAGNOSIS_TIMEOUT, .stage = stage });
}

/* Whether a message names the error of the connection; then silence is not the cause. */
static bool attempt_names_error(const LogOpenAttempt *a) {
        for (size_t i = 0; i < a->n_hits; i++)
                if (catalogue_row_group(&catalogue_rows[a->hits[i].row]) == CATALOGUE_GROUP_NET &&
                    log_row_is_failure(&catalogue_rows[a->hits[i].row]))
                        return true;

        return false;
}

/* Whether somebody stopped pptp-linux after so few requests that no answer may have had time. */
static bool attempt_was_stopped_early(const LogOpenAttempt *a) {
        const Diagnosis *d = a->diagnosis;

        return a->helper_killed && !d->host.timeouts[DIAGNOSIS_STAGE_LINK] &&
                d->link.n_requests_sent > 0 && d->link.n_requests_sent <= FEW_REQUESTS;
}

/* Adds the failure that the course of the control connection proves, though no message names it. */
static void attempt_conclude_control(LogOpenAttempt *a) {
        const LogControl *control = &a->control;
        bool is_over =
                a->is_over || a->told_to_end || a->diagnosis->host.timeouts[DIAGNOSIS_STAGE_LINK];
        /* Somebody who ends an attempt that nobody answers has only lost patience. */
        int wait_sec = a->told_to_end ? IMPATIENT_SEC : SILENT_CALL_SEC;
        bool is_silent;
        DiagnosisStage stage;

        if (a->heard || (control->closed && !control->call_answered))
                return;

        /* An attempt that somebody ended at once has not waited. */
        if (is_over && attempt_find_unanswered(a, &stage)) {
                if (!attempt_names_error(a) && attempt_has_waited(a, control->asked_sec, wait_sec))
                        attempt_add_timeout(a, stage);
                return;
        }

        is_silent = a->told_to_end && (control->call_answered || a->has_begun) &&
                attempt_has_waited(a,
                                   control->call_answered ? control->call_made_sec : a->begun_sec,
                                   wait_sec);
        if (control->call_made_sec != LOG_NO_TIME && control->closed_sec != LOG_NO_TIME &&
            seconds_between(control->call_made_sec, control->closed_sec) >= SILENT_CALL_SEC)
                is_silent = true;
        if (attempt_was_stopped_early(a))
                is_silent = false;
        if (is_silent)
                attempt_add_timeout(a, DIAGNOSIS_STAGE_LINK);
}

/* Whether the verdict only says that the cause is in an earlier line. */
static bool row_points_back(const DiagnosisRow *row) {
        return row == &catalogue_rows[CATALOGUE_LCP_03] ||
                row == &catalogue_rows[CATALOGUE_CTL_12] ||
                row == &catalogue_rows[CATALOGUE_GRE_06];
}

/*
 * Whether a message outweighs the verdict of the packets. pppd complains about the form of the
 * server's proof only after the proof has matched, so it was no wrong one.
 */
static bool hit_outweighs(const LogHit *hit, const DiagnosisRow *row) {
        CatalogueGroup group;

        if (!row || hit->is_verdict)
                return true;

        /* The bytes that were counted show the loop; how the link died of it varies. */
        group = catalogue_row_group(row);
        if (hit->row == CATALOGUE_NETC_05 &&
            (group == CATALOGUE_GROUP_LCP || group == CATALOGUE_GROUP_CTL ||
             group == CATALOGUE_GROUP_GRE || group == CATALOGUE_GROUP_PPPD))
                return true;
        if (row == &catalogue_rows[CATALOGUE_AUTH_08])
                return hit->row == CATALOGUE_AUTH_09;
        /* Allowing the strength that the server wants is in vain where pppd has no key for it. */
        if (row == &catalogue_rows[CATALOGUE_MPPE_04])
                return hit->row == CATALOGUE_MPPE_08;

        return row_get_weight(&catalogue_rows[hit->row]) > row_get_weight(row);
}

bool log_attempt_shows_call(const LogOpenAttempt *a) {
        return a->n_packets > 0 || a->n_hits > 0 || a->heard || a->attempt.options_missing ||
                ((a->control.start_asked || a->control.pptp_started) && a->is_over);
}

bool log_attempt_has_evidence(const LogOpenAttempt *a) {
        return log_attempt_shows_call(a) || a->by_server || a->told_to_end ||
                a->control.pptp_started || a->control.start_answered || a->control.call_answered;
}

/* Whether the verdict is about an unanswered question, which is shown as evidence then. */
static bool row_is_unanswered(const DiagnosisRow *row) {
        return row == &catalogue_rows[CATALOGUE_CTL_13] ||
                row == &catalogue_rows[CATALOGUE_CTL_08] ||
                row == &catalogue_rows[CATALOGUE_NET_06];
}

/* More packets than pptp-linux waits for in one go (MISSING_WINDOW of its pptp_gre.c). */
#define GRE_WINDOW 300
/* This many refused packets in a row are not merely late. */
#define GRE_REFUSED_MIN 3

/*
 * Judges that pptp-linux drops every packet of the server, because the sequence numbers are those
 * of another call.
 */
static void attempt_judge_gre(LogOpenAttempt *a) {
        const LogGre *gre = &a->gre;
        uint32_t gap = gre->number > gre->expected ? gre->number - gre->expected :
                                                     gre->expected - gre->number;
        LogAttempt *attempt = &a->attempt;
        const DiagnosisRow *row = attempt->verdict.row;

        if (gre->n_refused == 0 || gap < GRE_WINDOW)
                return;
        if (row && row != &catalogue_rows[CATALOGUE_LCP_10] && !log_row_tells_end(row))
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

/* Without addresses after an agreement on encryption, garbage after decryption is the cause. */
static void attempt_judge_garbage(LogOpenAttempt *a) {
        LogAttempt *attempt = &a->attempt;

        if (attempt->verdict.row != &catalogue_rows[CATALOGUE_IPCP_07] ||
            attempt->stage != LOG_STAGE_ENCRYPTED)
                return;

        for (size_t i = 0; i < a->n_hits; i++)
                if (a->hits[i].row == CATALOGUE_LCP_08) {
                        attempt->verdict = (Verdict){ .row = &catalogue_rows[CATALOGUE_LCP_08] };
                        snprintf(attempt->verdict.detail, sizeof(attempt->verdict.detail),
                                 "encryption was agreed on, and then protocols came that do not "
                                 "exist");
                        attempt->n_evidence = 0;
                        attempt->from_packets = false;
                        log_attempt_add_evidence(attempt, a->hits[i].line, a->hits[i].text);
                }
}

/* The server's own words count more than that it refused: the password may not be wrong at all. */
static void attempt_judge_words(LogOpenAttempt *a) {
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
        static const CatalogueIndex refusals[] = { CATALOGUE_AUTH_07, CATALOGUE_AUTH_14,
                                                   CATALOGUE_AUTH_13, CATALOGUE_AUTH_01,
                                                   CATALOGUE_AUTH_17 };
        Verdict *verdict = &a->attempt.verdict;
        bool is_refusal = false;

        for (size_t i = 0; i < ELEMENTSOF(refusals); i++)
                is_refusal = is_refusal || verdict->row == &catalogue_rows[refusals[i]];
        if (!is_refusal)
                return;

        if (a->reason[0] && !strstr(verdict->detail, a->reason)) {
                size_t n = strlen(verdict->detail);

                snprintf(verdict->detail + n, sizeof(verdict->detail) - n,
                         "%sthe server says \"%s\"", n > 0 ? "; " : "", a->reason);
                log_attempt_add_evidence(&a->attempt, a->reason_line.line, a->reason_line.text);
        }
        for (size_t i = 0; i < ELEMENTSOF(reasons); i++)
                if (strcasestr(verdict->detail, reasons[i].words)) {
                        verdict->row = &catalogue_rows[reasons[i].row];
                        return;
                }
}

/* The shortest and the longest time of a link that may have died of echo requests alone. */
#define ECHO_DEATH_MIN_SEC 10
#define ECHO_DEATH_MAX_SEC 600

void log_attempt_note_echoes(LogOpenAttempt *a) {
        Verdict *verdict = &a->attempt.verdict;
        size_t n = strlen(verdict->detail);
        int lasted;

        if (a->dead_echoes == 0 || a->up_sec == LOG_NO_TIME || a->dead_sec == LOG_NO_TIME ||
            diagnosis_is_echo_answered(a->diagnosis) || a->carried_data)
                return;

        lasted = seconds_between(a->up_sec, a->dead_sec);
        if (lasted < ECHO_DEATH_MIN_SEC || lasted > ECHO_DEATH_MAX_SEC)
                return;

        snprintf(
                verdict->detail + n, sizeof(verdict->detail) - n,
                "%s%u echo requests had no answer, %d s after the link came up. If it ends so each "
                "time, the other side never answers them, and lcp-echo-interval 0 keeps the link",
                n > 0 ? "; " : "", a->dead_echoes, lasted);
}

/*
 * Says what the server's word or silence is worth if not one byte of data came back: the end is a
 * consequence then, whatever the peer calls it.
 */
static void attempt_note_one_way(LogOpenAttempt *a) {
        static const CatalogueIndex ends[] = {
                CATALOGUE_LCP_02, CATALOGUE_LCP_04, CATALOGUE_LCP_13,
                CATALOGUE_CTL_09, CATALOGUE_CTL_14, CATALOGUE_CTL_16
        };
        Verdict *verdict = &a->attempt.verdict;
        bool is_end = false;

        for (size_t i = 0; i < ELEMENTSOF(ends); i++)
                is_end = is_end || verdict->row == &catalogue_rows[ends[i]];
        if (!is_end || !a->attempt.was_up || !a->received_none)
                return;

        snprintf(
                verdict->detail, sizeof(verdict->detail),
                "%snot one byte of data came back, so the tunnel never carried any: this host's route "
                "to the server led into the tunnel (add a host route to it), or GRE was lost",
                strstr(a->diagnosis->link.received.text, "MPPE disabled") ?
                        "\"MPPE disabled\" is what pppd says at the end of every encrypted link; " :
                        "");
}

/* Where the other side's echo is broken, nobody is gone. */
static void attempt_judge_mirror(LogOpenAttempt *a) {
        LogAttempt *attempt = &a->attempt;
        Verdict *verdict = &attempt->verdict;

        if (verdict->row == &catalogue_rows[CATALOGUE_LCP_02])
                for (size_t i = 0; i < a->n_hits; i++)
                        if (a->hits[i].row == CATALOGUE_LCP_14) {
                                *verdict = (Verdict){ .row = &catalogue_rows[CATALOGUE_LCP_14] };
                                log_attempt_add_evidence(attempt, a->hits[i].line, a->hits[i].text);
                        }
}

/*
 * Windows puts its reason as a number behind binary bytes. Says so where pppd or the paste has cut
 * the number off.
 */
static void attempt_judge_unreadable(LogOpenAttempt *a) {
        Verdict *verdict = &a->attempt.verdict;

        if (verdict->row != &catalogue_rows[CATALOGUE_LCP_04] || !strstr(verdict->detail, "\\x") ||
            a->attempt.stage > LOG_STAGE_ASKED)
                return;

        snprintf(verdict->detail, sizeof(verdict->detail),
                 "the reason is binary, as Windows writes it, and its number is cut off; at this "
                 "stage it is mostly 691 (name, password, or EAP) or 742 (encryption)");
}

/* Adds to the verdict what other packets of this host show. */
static void attempt_refine(LogOpenAttempt *a) {
        Verdict *verdict = &a->attempt.verdict;
        size_t n = strlen(verdict->detail);

        if (verdict->row == &catalogue_rows[CATALOGUE_LCP_10] && a->gre.has_come &&
            a->diagnosis->link.n_received == 0)
                snprintf(verdict->detail, sizeof(verdict->detail),
                         "GRE packets of the server came to pptp-linux, and none to pppd");

        if (verdict->row == &catalogue_rows[CATALOGUE_IPCP_07] && a->n_bad_rejects > 0) {
                snprintf(
                        verdict->detail, sizeof(verdict->detail),
                        "the server rejects %s in a form that the protocol does not allow, so pppd asks "
                        "for the same again. %s",
                        a->asked_dns ? "the request for DNS servers" : "options",
                        a->asked_dns ? "Leave out \"usepeerdns\" (UseDNS=no), which NetworkManager "
                                       "always asks for, and set DNS by hand" :
                                       "Leave out the option that the packets show");
                return;
        }
        if (verdict->row == &catalogue_rows[CATALOGUE_IPCP_07] && a->asks_address_only)
                snprintf(verdict->detail + n, sizeof(verdict->detail) - n,
                         "%sthe server named DNS servers and no address for this host: it may have "
                         "none to give",
                         n > 0 ? "; " : "");

        /* A server that has answered did not close it without a word. */
        if (verdict->row == &catalogue_rows[CATALOGUE_CTL_05] &&
            (a->control.start_answered || a->control.call_answered))
                *verdict = (Verdict){ .row = &catalogue_rows[CATALOGUE_CTL_16] };
        if (verdict->row == &catalogue_rows[CATALOGUE_CTL_16] && a->control.closed &&
            a->control.call_answered && !a->heard)
                snprintf(
                        verdict->detail, sizeof(verdict->detail),
                        "the server closed it after it had accepted the call, and nothing of PPP shows: "
                        "GRE (IP protocol 47) does not get through, so try another uplink; or PPP on the "
                        "server failed, which its log tells");

        /* A client with a secret for CHAP and no option to refuse CHAP suggests no PAP. */
        if (verdict->row == &catalogue_rows[CATALOGUE_AUTH_11] && a->offered_md5 &&
            a->suggested_pap && !a->options.refuses_chap) {
                *verdict = (Verdict){ .row = &catalogue_rows[CATALOGUE_CFG_05] };
                snprintf(verdict->detail, sizeof(verdict->detail),
                         "the server asked for CHAP, and this host suggested PAP: it has no secret "
                         "for CHAP");
        }
}

/*
 * An attempt that somebody on this host ended has no failure of its own, other than the answer that
 * it was waiting for.
 */
static void attempt_conclude_end(LogOpenAttempt *a) {
        LogAttempt *attempt = &a->attempt;
        Verdict *verdict = &attempt->verdict;
        bool is_consequence = verdict->row == &catalogue_rows[CATALOGUE_LCP_03] ||
                verdict->row == &catalogue_rows[CATALOGUE_CTL_09] ||
                verdict->row == &catalogue_rows[CATALOGUE_CTL_16] ||
                verdict->row == &catalogue_rows[CATALOGUE_PPPD_01] ||
                (attempt->was_up && verdict->row &&
                 row_get_weight(verdict->row) < ROW_WEIGHT_CAUSE);

        if (!a->told_to_end)
                return;

        /* Who stops pptp-linux after a few requests has not waited for an answer. */
        if (verdict->row == &catalogue_rows[CATALOGUE_GRE_01] && attempt_was_stopped_early(a))
                is_consequence = true;

        attempt->ended_here = true;
        if (verdict->row && !is_consequence) {
                attempt->ended_here = row_is_unanswered(verdict->row) ||
                        verdict->row == &catalogue_rows[CATALOGUE_GRE_01];
                if (attempt->ended_here && !a->has_pptp && attempt->n_packets == 0)
                        snprintf(verdict->detail, sizeof(verdict->detail),
                                 "nothing came back, and no line of pptp-linux is in this log; it "
                                 "may also be that the server does not answer on TCP port 1723");
                if (attempt->ended_here)
                        log_attempt_add_evidence(attempt, a->told.line, a->told.text);
                return;
        }

        *verdict = (Verdict){ 0 };
        attempt->n_evidence = 0;
        log_attempt_add_evidence(attempt, a->told.line, a->told.text);
}

/* Of a tunnel that was up, fewer lost packets than this are no verdict. */
#define MANY_LOSSES 10

/*
 * Uses a remark as the verdict where there is no failure: why pppd ended a link that worked, that
 * pptp-linux lost its pppd, or that packets get lost.
 */
static void attempt_use_remark(LogOpenAttempt *a) {
        static const CatalogueIndex rows[] = { CATALOGUE_NETC_14, CATALOGUE_GRE_07,
                                               CATALOGUE_GRE_06,  CATALOGUE_CTL_12,
                                               CATALOGUE_NETC_24, CATALOGUE_NETC_25 };
        LogAttempt *attempt = &a->attempt;

        for (size_t i = 0; i < ELEMENTSOF(rows) && !attempt->verdict.row; i++)
                for (size_t k = 0; k < a->n_hits && !attempt->verdict.row; k++) {
                        const LogHit *hit = &a->hits[k];

                        if (hit->row != rows[i] ||
                            (attempt->ended_here && hit->row != CATALOGUE_GRE_07))
                                continue;
                        if (attempt->was_up && hit->row != CATALOGUE_NETC_14 &&
                            hit->row != CATALOGUE_NETC_24 && hit->row != CATALOGUE_NETC_25 &&
                            (hit->row != CATALOGUE_GRE_07 || hit->n < MANY_LOSSES))
                                continue;

                        attempt->verdict.row = &catalogue_rows[hit->row];
                        attempt->n_evidence = 0;
                        log_attempt_add_evidence(attempt, hit->line, hit->text);
                }
}

/* Notes where to look for the cause, if the verdict only says how the attempt ended. */
static void attempt_point_back(LogOpenAttempt *a) {
        LogAttempt *attempt = &a->attempt;
        const DiagnosisRow *row = attempt->verdict.row;

        if (!row || !row_points_back(row) || attempt->n_evidence == 0 ||
            attempt->verdict.detail[0] != '\0')
                return;

        /* pppd points to the lines of pptp-linux, and pptp-linux to those of pppd. */
        if (row == &catalogue_rows[CATALOGUE_LCP_03])
                attempt->cause = a->has_pptp ? LOG_CAUSE_BEFORE : LOG_CAUSE_IN_PPTP;
        else if (row == &catalogue_rows[CATALOGUE_GRE_06])
                attempt->cause = a->has_pppd ? LOG_CAUSE_BEFORE : LOG_CAUSE_IN_PPPD;
        else
                attempt->cause = a->control.pptp_started || a->control.start_asked ?
                        LOG_CAUSE_BEFORE :
                        LOG_CAUSE_IN_PPTP;

        attempt->starts_log = !a->has_begun && !a->control.pptp_started &&
                attempt->evidence[0].line <= attempt->first_line + CUT_LINES_MAX;
}

/*
 * Judges a tunnel that came up by its addresses and this host's networks, unless it carried data
 * both ways and so was of use.
 */
static void attempt_judge_addresses(LogOpenAttempt *a, const LogNetworks *networks) {
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
                    row && !is_loop && row_get_weight(row) == ROW_WEIGHT_CAUSE) {
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

/* Notes whether the attempt tells nothing that counts if there are others in the log. */
static void attempt_note_remnant(LogOpenAttempt *a) {
        LogAttempt *attempt = &a->attempt;
        const DiagnosisRow *row = attempt->verdict.row;

        /* With "persist" pppd begins anew although pptpd is about to end it. */
        if (attempt->of_server && !row && attempt->view == LOG_SERVER_VIEW_NOTHING &&
            a->diagnosis->link.n_received == 0 && a->diagnosis->link.n_requests_sent <= 1 &&
            attempt->n_packets > 0) {
                attempt->is_remnant = true;
                return;
        }

        if (attempt->n_packets > 0 || a->has_begun || attempt->options_missing ||
            attempt->label[0] || attempt->stage != LOG_STAGE_BEGUN)
                return;

        attempt->is_remnant = row  ? log_row_tells_end(row) && !attempt->ended_here :
                attempt->of_server ? attempt->view == LOG_SERVER_VIEW_BEGUN ||
                        attempt->view == LOG_SERVER_VIEW_NOTHING :
                                     true;
}

static void attempt_judge(LogOpenAttempt *a, const LogNetworks *networks) {
        LogAttempt *attempt = &a->attempt;
        Verdict *verdict = &attempt->verdict;
        const LogHit *hit;

        attempt_conclude_control(a);
        if (a->gre.has_come)
                diagnosis_add_fact(a->diagnosis,
                                   &(DiagnosisFact){ .type = DIAGNOSIS_PPPD_FRAMES, .number = 1 });
        diagnosis_set_context(a->diagnosis,
                              &(DiagnosisContext){
                                      .mppe = attempt_get_policy(a),
                                      .has_domain = true,
                                      .password_known = true,
                              });
        attempt->was_up = attempt_was_up(a);
        attempt->stage = attempt_get_stage(a);
        attempt->is_over = a->is_over;
        attempt->received_none = a->received_none;
        attempt->uplink = a->uplink;
        attempt->carrier = a->carrier;
        attempt->by_supervisor = a->by_supervisor;
        attempt->by_network_manager = a->by_network_manager;
        attempt->of_server = log_attempt_is_of_server(a);
        if (attempt->of_server) {
                log_attempt_judge_server(a);
                return;
        }

        diagnosis_get_verdict(a->diagnosis, verdict);
        /* With packets, the judges have seen how far the attempt got. */
        if (attempt->n_packets == 0 && verdict->row && !log_attempt_allows(a, verdict->row))
                *verdict = (Verdict){ 0 };

        hit = attempt_find_hit(a);
        if (hit && verdict->row != &catalogue_rows[hit->row] && hit_outweighs(hit, verdict->row)) {
                *verdict = (Verdict){ .row = &catalogue_rows[hit->row] };
                memcpy(verdict->detail, hit->detail, sizeof(verdict->detail));
                attempt->from_supervisor = hit->is_verdict;
                log_attempt_add_evidence(attempt, hit->line, hit->text);
        } else if (verdict->row) {
                log_attempt_collect_evidence(a);
                if (hit && verdict->row == &catalogue_rows[hit->row] && attempt->n_evidence == 0)
                        log_attempt_add_evidence(attempt, hit->line, hit->text);
        }

        if (verdict->row && (attempt->n_evidence == 0 || row_is_unanswered(verdict->row)) &&
            a->control.asked.line > 0)
                log_attempt_add_evidence(attempt, a->control.asked.line, a->control.asked.text);

        attempt_refine(a);
        attempt_judge_garbage(a);
        attempt_judge_gre(a);
        attempt_judge_words(a);
        attempt_judge_unreadable(a);
        attempt_judge_mirror(a);
        attempt_note_one_way(a);
        if (verdict->row == &catalogue_rows[CATALOGUE_LCP_02])
                log_attempt_note_echoes(a);
        attempt_conclude_end(a);
        if (!verdict->row)
                attempt_use_remark(a);
        attempt_point_back(a);
        if (!verdict->row && !attempt->ended_here)
                attempt_show_last_packets(a);
        attempt_collect_notes(a);
        attempt_judge_addresses(a, networks);
}

void log_attempt_judge(LogOpenAttempt *a, const LogNetworks *networks) {
        attempt_judge(a, networks);
        attempt_note_remnant(a);
}
