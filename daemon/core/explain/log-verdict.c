/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The verdict on one attempt of a log. Who wins, in this order:
 *
 *  1. the supervisor's own verdict, which knew more than a log shows;
 *  2. what the packets prove, judged by diagnosis.h as in a running daemon;
 *  3. the message of the catalogue that explains the most (log-row.c), if the packets prove
 *     nothing, or explain less than it;
 *  4. corrections[]: messages that tell what a verdict of 2 or 3 really means;
 *  5. steps[]: what one matter (GRE, bytes, words of the server) changes in the verdict so far.
 *
 * A failure counts only at stages that it can end: an attempt that got further did not fail by it.
 */

#include <stdio.h>
#include <string.h>

#include "core/base/macros.h"
#include "core/diagnosis/diagnosis-evidence.h"
#include "core/explain/log-judge.h"
#include "core/explain/log-parser.h"
#include "core/explain/log-row.h"

/*
 * Returns the encryption that this host accepted: as the supervisor said, or else as pppd's own
 * requests and options show. pppd without our plugin never tolerates bit C.
 */
/*
 * Whether the log begins behind this host's request for encryption, and its end shows that pppd did
 * not take the strength that the server named instead: it would have asked for that. Of a
 * suggestion that is stateful, or with compression, nobody knows what pppd minded.
 */
static bool attempt_refused_strength(const LogOpenAttempt *a) {
        const MppeEvidence *mppe = &a->diagnosis->mppe;

        return mppe->naked && mppe->n_requests_sent == 0 && a->is_over && !a->told_to_end &&
                (mppe->nak_bits & MPPE_BITS_STRENGTH) != 0 &&
                (mppe->nak_bits & MPPE_BIT_STATELESS) && !(mppe->nak_bits & MPPE_BIT_MPPC);
}

/*
 * The same of a strength that the server asked for and pppd rejected, before it ended the link for
 * want of encryption. Of a stateless request with one strength, pppd rejects nothing but that
 * strength (ccp_reqci() of its ccp.c).
 */
static bool attempt_rejected_strength(const LogOpenAttempt *a) {
        const MppeEvidence *mppe = &a->diagnosis->mppe;
        uint32_t strength = mppe->peer_bits & MPPE_BITS_STRENGTH;

        return mppe->peer_rejected && !mppe->peer_agreed && mppe->n_requests_sent == 0 &&
                strstr(a->diagnosis->link.sent.text, "MPPE required but peer") &&
                (strength == MPPE_BIT_128 || strength == MPPE_BIT_40) &&
                mppe->peer_bits == (strength | MPPE_BIT_STATELESS);
}

static MppePolicy attempt_get_policy(const LogOpenAttempt *a) {
        MppePolicy policy = a->asked;

        if (a->has_policy)
                return a->policy;

        if (!mppe_policy_requires(&policy) && attempt_refused_strength(a)) {
                policy.allow_128 = !(a->diagnosis->mppe.nak_bits & MPPE_BIT_128);
                policy.allow_40 = !(a->diagnosis->mppe.nak_bits & MPPE_BIT_40);
        }
        if (!mppe_policy_requires(&policy) && attempt_rejected_strength(a)) {
                policy.allow_128 = !(a->diagnosis->mppe.peer_bits & MPPE_BIT_128);
                policy.allow_40 = !(a->diagnosis->mppe.peer_bits & MPPE_BIT_40);
        }
        if (!mppe_policy_requires(&policy) && a->options.requires_mppe)
                policy.allow_128 = policy.allow_40 = true;
        policy.allow_stateful = policy.allow_stateful || a->options.stateful;
        return policy;
}

/* Whether an option or a request of this host requires encryption, as far as the log shows. */
static bool attempt_requires_mppe(const LogOpenAttempt *a) {
        MppePolicy policy = attempt_get_policy(a);

        return mppe_policy_requires(&policy);
}

/*
 * Whether CCP came to nothing and the link went on all the same: pppd asks for compression as well,
 * and without a need for encryption it goes on without either.
 */
static bool attempt_goes_on_without_ccp(const LogOpenAttempt *a, const LogHit *hit) {
        return hit->row == CATALOGUE_MPPE_13 && !attempt_requires_mppe(a) && !a->is_over &&
                !a->told_to_end && a->control.alive_line > hit->line;
}

/* Whether a question on the control connection had no answer, so that no call came about. */
static bool attempt_lacks_call(const LogOpenAttempt *a) {
        const bool *timeouts = a->diagnosis->host.timeouts;

        return timeouts[DIAGNOSIS_STAGE_CONNECT] || timeouts[DIAGNOSIS_STAGE_CONTROL] ||
                timeouts[DIAGNOSIS_STAGE_CALL];
}

/*
 * Whether a message only tells what followed from the end of the control connection. pptp-linux
 * uses what it has freed when it cannot read or write there any more (pptp_callmgr.c, "shutdown"),
 * and may crash by that; pppd loses its terminal then.
 */
static bool attempt_follows_from_break(const LogOpenAttempt *a, const LogHit *hit) {
        const LogControl *control = &a->control;
        bool broke = log_attempt_find_hit(a, CATALOGUE_CTL_16) || control->closed;

        if (hit->row == CATALOGUE_PPPD_02)
                return control->crashed && (broke || log_attempt_find_hit(a, CATALOGUE_CTL_10));

        return hit->row == CATALOGUE_LCP_03 && log_attempt_find_hit(a, CATALOGUE_CTL_16) &&
                !control->left_by_data && !control->given_up && !a->told_to_end;
}

/* One such packet may come while the two sides still agree on how to send it. */
#define MANY_UNREADABLE 3

/* Whether pppd could read what it complains about, or does so only once or twice. */
static bool attempt_reads_on(const LogOpenAttempt *a, const LogHit *hit) {
        return hit->row == CATALOGUE_MPPE_29 &&
                (hit->n < MANY_UNREADABLE || a->encrypted || a->diagnosis->mppe.was_open);
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
                    /* Of a server's faults, a client only reports this one. */
                    (catalogue_row_group(row) == CATALOGUE_GROUP_SRV &&
                     hit->row != CATALOGUE_SRV_33))
                        continue;
                /* pptp-linux received GRE, or there was no call that has any. */
                if (hit->row == CATALOGUE_GRE_01 && (a->gre.has_come || attempt_lacks_call(a)))
                        continue;
                if (attempt_goes_on_without_ccp(a, hit) || attempt_follows_from_break(a, hit) ||
                    attempt_reads_on(a, hit))
                        continue;
                /* What ended the link stood before the first line, and took CCP down with it. */
                if (hit->row == CATALOGUE_MPPE_15 && hit->line == a->first_said && a->is_over)
                        continue;
                /* pppd looks at its options before it begins, so another pppd had none. */
                if (hit->row == CATALOGUE_CFG_15 && a->has_begun)
                        continue;
                if (!best ||
                    log_row_get_weight(row) > log_row_get_weight(&catalogue_rows[best->row]))
                        best = hit;
        }

        return best;
}

/*
 * Whether a message outweighs what the packets prove; or, if they have lost their options, what is
 * left of them.
 */
static bool hit_outweighs(const LogHit *hit, const DiagnosisRow *row, bool options_missing) {
        CatalogueGroup group;

        if (!row || hit->is_verdict)
                return true;

        /* The bytes that were counted show the loop; how the link died of it varies. */
        group = catalogue_row_group(row);
        if (hit->row == CATALOGUE_NETC_05 &&
            (group == CATALOGUE_GROUP_LCP || group == CATALOGUE_GROUP_CTL ||
             group == CATALOGUE_GROUP_GRE || group == CATALOGUE_GROUP_PPPD))
                return true;

        return log_row_get_weight(&catalogue_rows[hit->row]) + options_missing >
                log_row_get_weight(row);
}

/* Decides between what the packets prove and what the messages name. */
static void attempt_weigh(LogOpenAttempt *a) {
        LogAttempt *attempt = &a->attempt;
        Verdict *verdict = &attempt->verdict;
        const LogHit *hit = attempt_find_hit(a);

        diagnosis_get_verdict(a->diagnosis, verdict);
        /* With packets, the judges have seen how far the attempt got. */
        if (attempt->n_packets == 0 && verdict->row && !log_attempt_allows(a, verdict->row))
                *verdict = (Verdict){ 0 };

        if (hit && verdict->row != &catalogue_rows[hit->row] &&
            hit_outweighs(hit, verdict->row, attempt->options_missing)) {
                *verdict = (Verdict){ .row = &catalogue_rows[hit->row] };
                memcpy(verdict->detail, hit->detail, sizeof(verdict->detail));
                attempt->from_supervisor = hit->is_verdict;
                log_attempt_add_evidence(attempt, hit->line, hit->text);
        } else if (verdict->row) {
                log_attempt_collect_evidence(a);
                if (hit && verdict->row == &catalogue_rows[hit->row] && attempt->n_evidence == 0)
                        log_attempt_add_evidence(attempt, hit->line, hit->text);
        }

        if (verdict->row &&
            (attempt->n_evidence == 0 || log_row_has(verdict->row, LOG_ROW_UNANSWERED)) &&
            a->control.asked.line > 0)
                log_attempt_add_evidence(attempt, a->control.asked.line, a->control.asked.text);
}

/* A verdict of which a message of the log tells what it really means. */
typedef struct Correction {
        CatalogueIndex verdict, message;
        LogStage stage;     /* at which the attempt ended; or ANY_STAGE */
        const char *detail; /* to be said of the case, or NULL */
        bool is_proof;      /* the message is all the evidence, and not one line more of it */
} Correction;

#define ANY_STAGE _LOG_STAGE_MAX

static const Correction corrections[] = {
        /* pppd complains about the form of the server's proof only after the proof has matched. */
        { CATALOGUE_AUTH_08, CATALOGUE_AUTH_09, ANY_STAGE, NULL, true },
        /* The packets have a proof, and pppd did not look at it. */
        { CATALOGUE_AUTH_08, CATALOGUE_AUTH_21, ANY_STAGE, NULL, true },
        /* An answer came, though the log does not have the packet; or pppd itself ended it. */
        { CATALOGUE_AUTH_13, CATALOGUE_AUTH_07, ANY_STAGE, NULL, true },
        { CATALOGUE_AUTH_13, CATALOGUE_AUTH_20, ANY_STAGE, NULL, true },
        /* The server asked for the password after all, and has said what it thinks of it. */
        { CATALOGUE_AUTH_10, CATALOGUE_AUTH_01, ANY_STAGE, NULL, true },
        { CATALOGUE_AUTH_10, CATALOGUE_AUTH_02, ANY_STAGE, NULL, true },
        { CATALOGUE_AUTH_10, CATALOGUE_AUTH_03, ANY_STAGE, NULL, true },
        { CATALOGUE_AUTH_10, CATALOGUE_AUTH_04, ANY_STAGE, NULL, true },
        { CATALOGUE_AUTH_10, CATALOGUE_AUTH_05, ANY_STAGE, NULL, true },
        { CATALOGUE_AUTH_10, CATALOGUE_AUTH_06, ANY_STAGE, NULL, true },
        /* Allowing the strength that the server wants is in vain where pppd has no key for it. */
        { CATALOGUE_MPPE_04, CATALOGUE_MPPE_08, ANY_STAGE, NULL, true },
        /* A pppd at the other end repeats the words of this one, whose kernel it is. */
        { CATALOGUE_MPPE_24, CATALOGUE_SYS_04, ANY_STAGE, NULL, true },
        /* The audit log has what the kernel's error only hints at. */
        { CATALOGUE_SYS_06, CATALOGUE_SYS_07, ANY_STAGE, NULL, false },
        /* Without addresses after an agreement on encryption, decryption made the garbage. */
        { CATALOGUE_IPCP_07, CATALOGUE_LCP_08, LOG_STAGE_ENCRYPTED,
          "encryption was agreed on, and then protocols came that do not exist", true },
        /* pppd takes the device that it may not open for one that the kernel does not have. */
        { CATALOGUE_SYS_02, CATALOGUE_SYS_06, ANY_STAGE, NULL, true },
        /* Where the other side's echo is broken, nobody is gone. */
        { CATALOGUE_LCP_02, CATALOGUE_LCP_14, ANY_STAGE, NULL, false },
};

static void attempt_correct(LogOpenAttempt *a) {
        LogAttempt *attempt = &a->attempt;
        Verdict *verdict = &attempt->verdict;

        for (size_t i = 0; i < ELEMENTSOF(corrections); i++) {
                const Correction *c = &corrections[i];
                const LogHit *hit = log_attempt_find_hit(a, c->message);

                if (!hit || verdict->row != &catalogue_rows[c->verdict] ||
                    (c->stage != ANY_STAGE && c->stage != attempt->stage))
                        continue;

                *verdict = (Verdict){ .row = &catalogue_rows[c->message] };
                if (c->detail)
                        snprintf(verdict->detail, sizeof(verdict->detail), "%s", c->detail);
                else
                        memcpy(verdict->detail, hit->detail, sizeof(verdict->detail));
                if (c->is_proof) {
                        attempt->n_evidence = 0;
                        attempt->from_packets = false;
                }
                log_attempt_add_evidence(attempt, hit->line, hit->text);
                return;
        }
}

/*
 * Tells why no encryption was agreed on, where a message says that the other side has no CCP, or
 * rejected what was asked of it.
 */
static void attempt_judge_no_ccp(LogOpenAttempt *a) {
        Verdict *verdict = &a->attempt.verdict;

        if (verdict->row != &catalogue_rows[CATALOGUE_MPPE_23] ||
            (a->no_ccp.line == 0 && a->ccp_refused.line == 0))
                return;
        if (a->no_ccp.line == 0) {
                *verdict = (Verdict){ .row = &catalogue_rows[CATALOGUE_MPPE_09] };
                log_attempt_add_evidence(&a->attempt, a->ccp_refused.line, a->ccp_refused.text);
                return;
        }

        *verdict = (Verdict){ .row = &catalogue_rows[CATALOGUE_MPPE_10] };
        log_attempt_add_evidence(&a->attempt, a->no_ccp.line, a->no_ccp.text);
}

/* Names the method that gave no key, where a message says that it was PAP. */
static void attempt_judge_pap(LogOpenAttempt *a) {
        Verdict *verdict = &a->attempt.verdict;

        if (verdict->row != &catalogue_rows[CATALOGUE_MPPE_05] || !a->attempt.by_pap)
                return;

        *verdict = (Verdict){ .row = &catalogue_rows[CATALOGUE_AUTH_12] };
        snprintf(verdict->detail, sizeof(verdict->detail), "the server chose PAP");
}

/* Says that "CCP: timeout" is harmless where nothing shows that encryption is required. */
static void attempt_note_ccp(LogOpenAttempt *a) {
        Verdict *verdict = &a->attempt.verdict;
        const LogHit *hit = log_attempt_find_hit(a, CATALOGUE_MPPE_13);

        if (!hit || a->attempt.was_up || a->attempt.n_packets > 0 || attempt_requires_mppe(a))
                return;

        if (!verdict->row && attempt_goes_on_without_ccp(a, hit)) {
                snprintf(verdict->detail, sizeof(verdict->detail),
                         "the server did not answer the request for compression or encryption "
                         "(CCP), and the link went on without. That is harmless, but everything is "
                         "sent in clear text; \"noccp\" leaves the request out");
                log_attempt_add_evidence(&a->attempt, hit->line, hit->text);
                a->attempt.is_old = !a->has_begun;
        } else if (verdict->row == &catalogue_rows[CATALOGUE_MPPE_13] && !verdict->detail[0]) {
                snprintf(verdict->detail, sizeof(verdict->detail),
                         "no line shows that encryption is required. Where it is not, this is "
                         "harmless, and the link goes on in clear text");
        }
}

/* Says that no password was sent, where the packets show that the server never asked for it. */
static void attempt_note_unasked(LogOpenAttempt *a) {
        Verdict *verdict = &a->attempt.verdict;
        const AuthEvidence *auth = &a->diagnosis->auth;

        if (verdict->row != &catalogue_rows[CATALOGUE_AUTH_13] || verdict->detail[0] ||
            !diagnosis_lcp_is_open(a->diagnosis) ||
            a->diagnosis->link.agreed.protocol != PPP_PROTO_CHAP || auth->challenged ||
            auth->responded)
                return;

        snprintf(verdict->detail, sizeof(verdict->detail),
                 "the server agreed on CHAP and never sent its challenge, so no password was sent: "
                 "its log-on service hangs");
}

/* Says that the usual cure is in place already, where the server wants compression all the same. */
static void attempt_note_exact_strength(LogOpenAttempt *a) {
        const MppeEvidence *mppe = &a->diagnosis->mppe;
        uint32_t strength = mppe->asked_bits & MPPE_BITS_STRENGTH;

        if (a->attempt.verdict.row != &catalogue_rows[CATALOGUE_MPPE_01] || !mppe->asked ||
            (strength != MPPE_BIT_128 && strength != MPPE_BIT_40))
                return;

        a->attempt.special = LOG_CASE_ONE_STRENGTH;
        log_verdict_addf(&a->attempt.verdict,
                         "pppd asked for exactly one strength already, so no option of pppd helps: "
                         "have compression (MPPC) switched off on the server");
}

/*
 * Whether nothing but nmcli's word tells the verdict, which it has of connections of every kind: no
 * other line has the same message.
 */
static bool attempt_rests_on_nmcli(const LogOpenAttempt *a) {
        for (size_t i = 0; i < a->n_hits; i++)
                if (a->nmcli.line > 0 && a->hits[i].line == a->nmcli.line && a->hits[i].n == 1 &&
                    a->attempt.verdict.row == &catalogue_rows[a->hits[i].row])
                        return true;

        return false;
}

/* Notes where such a log mostly means what the verdict says, and does not prove it. */
static void attempt_note_doubt(LogOpenAttempt *a) {
        LogAttempt *attempt = &a->attempt;
        const DiagnosisRow *row = attempt->verdict.row;

        attempt->is_likely = attempt->is_likely ||
                (row == &catalogue_rows[CATALOGUE_AUTH_17] && !a->asked_password &&
                 attempt->n_packets == 0 && !attempt->from_supervisor) ||
                (row == &catalogue_rows[CATALOGUE_NETC_05] && a->is_loop) ||
                attempt_rests_on_nmcli(a);
}

/* Says why addresses were not agreed on, as far as the packets of this host show it. */
static void attempt_note_ipcp(LogOpenAttempt *a) {
        const Diagnosis *d = a->diagnosis;
        Verdict *verdict = &a->attempt.verdict;

        if (verdict->row == &catalogue_rows[CATALOGUE_IPCP_01] &&
            (d->link.rejects_ipcp || d->ipcp.address_rejected))
                a->attempt.special = LOG_CASE_NO_ADDRESS;

        if (verdict->row != &catalogue_rows[CATALOGUE_IPCP_07])
                return;

        if (a->n_bad_rejects > 0)
                snprintf(verdict->detail, sizeof(verdict->detail),
                         "the server rejects %s in a form that the protocol does not allow, so "
                         "pppd asks for the same again. %s",
                         a->asked_dns ? "the request for DNS servers" : "options",
                         a->asked_dns ?
                                 "Leave out \"usepeerdns\" (UseDNS=no), which NetworkManager "
                                 "always asks for, and set DNS by hand" :
                                 "Leave out the option that the packets show");
        else if (a->carrier == LOG_CARRIER_MODEM)
                log_verdict_addf(
                        verdict,
                        "a modem does so while the mobile network lets it in to no data: look at "
                        "its access point name (APN), the SIM card's tariff and the signal%s",
                        log_attempt_find_hit(a, CATALOGUE_LCP_14) ?
                                ". It sends this host's echo requests back: lcp-echo-interval 0" :
                                "");
        else if (a->asks_address_only)
                log_verdict_addf(verdict,
                                 "the server named DNS servers and no address for this host: it "
                                 "may have none to give");
}

/* Of a tunnel that was up, fewer lost packets than this are no verdict. */
#define MANY_LOSSES 10

/*
 * Uses a remark as the verdict where there is no failure: why pppd ended a link that worked, that
 * pptp-linux lost its pppd, or that packets get lost.
 */
static void attempt_use_remark(LogOpenAttempt *a) {
        static const struct {
                CatalogueIndex row;
                unsigned n_if_up;   /* how many such lines it takes if the link was up; 0: no use */
                bool if_ended_here; /* also if somebody on this host ended the attempt */
        } remarks[] = {
                { CATALOGUE_NETC_14, 1, false }, { CATALOGUE_GRE_07, MANY_LOSSES, true },
                { CATALOGUE_GRE_06, 0, false },  { CATALOGUE_CTL_12, 0, false },
                { CATALOGUE_NETC_24, 1, false }, { CATALOGUE_NETC_25, 1, false },
                { CATALOGUE_MPPE_28, 1, true },  { CATALOGUE_NETC_29, 1, true },
        };
        LogAttempt *attempt = &a->attempt;

        for (size_t i = 0; i < ELEMENTSOF(remarks) && !attempt->verdict.row; i++) {
                const LogHit *hit = log_attempt_find_hit(a, remarks[i].row);

                if (!hit || (attempt->ended_here && !remarks[i].if_ended_here) ||
                    (attempt->was_up && (remarks[i].n_if_up == 0 || hit->n < remarks[i].n_if_up)))
                        continue;

                attempt->verdict.row = &catalogue_rows[hit->row];
                if (hit->detail[0])
                        memcpy(attempt->verdict.detail, hit->detail, sizeof(hit->detail));
                attempt->n_evidence = 0;
                log_attempt_add_evidence(attempt, hit->line, hit->text);
        }
}

/* A log whose first lines tell the end of an attempt, within so many, was cut off in front. */
#define CUT_LINES_MAX 8

/* Whether a line is so near to the first one of the log that what led to it was cut off. */
static bool line_starts_log(const LogOpenAttempt *a, unsigned line) {
        return !a->has_begun && !a->control.pptp_started &&
                line <= (a->first_said ?: a->attempt.first_line) + CUT_LINES_MAX;
}

/*
 * Notes that the log has only the end of a link which pppd ended by itself: with IP or MPPE going
 * down begins what pppd does then, whatever it was told or found out before.
 */
static void attempt_note_cut(LogOpenAttempt *a) {
        LogAttempt *attempt = &a->attempt;
        const LogHit *hit = log_attempt_find_hit(a, CATALOGUE_MPPE_15);
        unsigned line = a->ip_down ?: hit ? hit->line : 0;

        if (attempt->verdict.row || attempt->verdict.detail[0] || attempt->ended_here ||
            !a->is_over || line == 0 || !line_starts_log(a, line))
                return;

        attempt->cause = LOG_CAUSE_BEFORE;
        attempt->starts_log = true;
}

/* Notes where to look for the cause, if the verdict only says how the attempt ended. */
static void attempt_point_back(LogOpenAttempt *a) {
        LogAttempt *attempt = &a->attempt;
        const DiagnosisRow *row = attempt->verdict.row;

        if (!row || !log_row_has(row, LOG_ROW_POINTS_BACK) || attempt->n_evidence == 0 ||
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

        /* IP goes down first of all, and some seconds before the rest. */
        if (a->left_by_pppd)
                attempt->cause = LOG_CAUSE_BEFORE;
        attempt->starts_log =
                line_starts_log(a, a->left_by_pppd ? a->ip_down : attempt->evidence[0].line);
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

        /* A heading of what a person shows of the server's configuration. */
        if (attempt->of_server && !row &&
            (attempt->view == LOG_SERVER_VIEW_BEGUN || attempt->view == LOG_SERVER_VIEW_WAITING) &&
            attempt->n_packets == 0 && !a->has_begun && !a->heard && a->n_hits == 0) {
                attempt->is_remnant = true;
                return;
        }

        /* A single line may prove a stage, and still tells nothing else. */
        if (attempt->n_packets > 0 || a->has_begun || attempt->options_missing ||
            attempt->label[0] ||
            (attempt->stage != LOG_STAGE_BEGUN && attempt->first_line != attempt->last_line))
                return;

        attempt->is_remnant = row  ? log_row_has(row, LOG_ROW_TELLS_END) && !attempt->ended_here :
                attempt->of_server ? attempt->view == LOG_SERVER_VIEW_BEGUN ||
                        attempt->view == LOG_SERVER_VIEW_UP ||
                        attempt->view == LOG_SERVER_VIEW_CLOSED ||
                        attempt->view == LOG_SERVER_VIEW_NOTHING :
                                     true;
}

/* What each does is told at its head; it sees the verdict that those before it left. */
static void (*const steps[])(LogOpenAttempt *a) = {
        attempt_correct,
        attempt_judge_no_ccp,
        attempt_judge_pap,
        attempt_note_ipcp,
        attempt_note_ccp,
        attempt_note_unasked,
        attempt_note_exact_strength,
        log_attempt_judge_closed,
        log_attempt_note_silence,
        log_attempt_judge_gre,
        log_attempt_judge_unsent,
        log_attempt_note_own_address,
        log_attempt_note_unresolved,
        log_attempt_judge_options,
        log_attempt_judge_refusal,
        log_attempt_note_unreadable,
        log_attempt_note_one_way,
        log_attempt_note_alive,
        log_attempt_note_lost_way,
        log_attempt_note_crashed,
        log_attempt_note_echoes,
        /* These find out what to say without a failure, and so come last. */
        log_attempt_conclude_end,
        log_attempt_note_gave_up,
        log_attempt_note_picked,
        log_attempt_note_raw,
        log_attempt_judge_vanished,
        attempt_use_remark,
        attempt_point_back,
        attempt_note_cut,
        log_attempt_show_last_packets,
        log_attempt_collect_notes,
        attempt_note_doubt,
};

/* Hands over what the lines of the attempt told, for the result. */
static void attempt_fill(LogOpenAttempt *a) {
        LogAttempt *attempt = &a->attempt;

        attempt->was_up = log_attempt_was_up(a);
        attempt->stage = log_attempt_get_stage(a);
        attempt->is_over = a->is_over;
        /* The plugin has its call before pppd begins the link. */
        attempt->may_lack_call = (a->has_pppd || attempt->n_packets > 0) && !a->has_pptp &&
                !a->has_plugin && !a->control.pptp_started && !a->control.start_answered &&
                !a->control.call_answered && !a->by_supervisor && !a->told_to_end;
        attempt->lcp_timed_out = log_attempt_find_hit(a, CATALOGUE_GRE_01);
        attempt->magic = a->diagnosis->link.magic ?: a->interface_id;
        attempt->uplink = a->uplink;
        attempt->carrier = a->carrier;
        attempt->by_supervisor = a->by_supervisor;
        if (a->by_network_manager)
                attempt->program = LOG_PROGRAM_NETWORK_MANAGER;
        attempt->server_closed = a->control.closed;
        attempt->is_old = a->control.is_alive && !a->control.start_asked &&
                !a->control.pptp_started && !a->control.call_asked && !a->has_begun &&
                !a->is_over && a->control.call_made_sec == LOG_NO_TIME && !a->heard;
        attempt->of_server = log_attempt_is_of_server(a);
}

void log_attempt_judge(LogOpenAttempt *a, const LogNetworks *networks) {
        log_attempt_conclude_control(a);
        if (a->gre.has_come)
                diagnosis_add_fact(a->diagnosis,
                                   &(DiagnosisFact){ .type = DIAGNOSIS_PPPD_FRAMES, .number = 1 });
        diagnosis_set_context(a->diagnosis,
                              &(DiagnosisContext){
                                      .mppe = attempt_get_policy(a),
                                      .has_domain = true,
                              });
        attempt_fill(a);

        if (a->attempt.of_server) {
                log_attempt_judge_server(a);
        } else {
                attempt_weigh(a);
                for (size_t i = 0; i < ELEMENTSOF(steps); i++)
                        steps[i](a);
                log_attempt_judge_addresses(a, networks);
        }

        attempt_note_remnant(a);
}
