/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Judges a failure: the verdict on the evidence, the class that it has here and now, and what is
 * said of it. What the class leads to, when everything is taken down, is in tunnel-round.c.
 */

#include <stdio.h>
#include <sysexits.h>
#include <syslog.h>

#include "core/base/text.h"
#include "core/tunnel/tunnel-internal.h"

/* ---- class ---- */

/*
 * Whether time alone mends nothing. A row of class adapt, with nothing to change, is so by its exit
 * status.
 */
static bool verdict_is_lasting(const Verdict *v) {
        return v->row && v->row->exit_status != EX_TEMPFAIL &&
                (v->row->class == DIAGNOSIS_PERMANENT || v->row->class == DIAGNOSIS_ADAPT);
}

/*
 * Returns whether another server may do better: the failure is about this one's PPTP or encryption,
 * and not about the pppd that waits for the call meanwhile.
 */
static bool tunnel_is_of_server(const Tunnel *t, const Verdict *v, DiagnosisStage stage) {
        bool is_calling = stage >= DIAGNOSIS_STAGE_CONNECT && stage <= DIAGNOSIS_STAGE_CALL;
        bool lost_pppd = stage > DIAGNOSIS_STAGE_CONNECT && (!t->ppp.running || t->ppp.dying);
        DiagnosisEncryption encryption;

        diagnosis_get_encryption(t->diagnosis, &encryption);
        return t->state == TUNNEL_STATE_RESOLVING || encryption.failed ||
                v->row->exit_status == EX_PROTOCOL || (is_calling && !lost_pppd);
}

static bool tunnel_has_next_candidate(const Tunnel *t) {
        return t->candidates.address_index + 1 < t->candidates.n_addresses ||
                t->candidates.n_late_addresses > 0 ||
                t->candidates.server_index + 1 < t->config->n_servers;
}

/*
 * Returns whether a permanent row counts as permanent here. What has worked since the unit was
 * started, in this process or in one before, never does: nothing of the control connection or of
 * LCP is authenticated, so whoever can answer in the server's place could end the tunnel for good,
 * and what RoutesOnDown= holds back would leave in the clear.
 */
static bool tunnel_is_permanent(const Tunnel *t, const Verdict *v, DiagnosisStage stage) {
        if (!verdict_is_lasting(v) || t->history.has_worked)
                return false;
        if (tunnel_is_of_server(t, v, stage))
                return !tunnel_has_next_candidate(t) && !t->candidates.has_hope;

        return v->row->exit_status != EX_NOPERM || !t->config->retry_auth_failure;
}

static DiagnosisClass tunnel_classify(const Tunnel *t, DiagnosisStage stage,
                                      TunnelChange *ret_change) {

        if (tunnel_adapt_find(t, ret_change))
                return DIAGNOSIS_ADAPT;
        if (tunnel_is_permanent(t, &t->failure.verdict, stage))
                return DIAGNOSIS_PERMANENT;

        return DIAGNOSIS_TRANSIENT;
}

/* ---- how long the server has been away ---- */

/*
 * Notes since when the server was not reached, or its packets did not reach us: then it may be back
 * at any moment.
 */
static void tunnel_note_reach(Tunnel *t, DiagnosisStage stage, uint64_t now) {
        Retry *retry = &t->history.retry;

        if (stage > DIAGNOSIS_STAGE_CONNECT && (stage != DIAGNOSIS_STAGE_LINK || t->ppp.heard))
                retry->unreachable_since_usec = 0;
        else if (retry->unreachable_since_usec == 0)
                retry->unreachable_since_usec = now;
}

bool tunnel_is_in_grace(const Tunnel *t, uint64_t now) {
        uint64_t since = t->history.retry.unreachable_since_usec;

        return since == 0 || now - since < TUNNEL_UNREACHABLE_GRACE_USEC;
}

bool tunnel_is_turned_away(const Tunnel *t) {
        return t->history.retry.not_before_usec > 0;
}

/* ---- the failure ---- */

/*
 * The server refused a password that had worked, in this process or in one before: it may hold a
 * session of ours that is dead, or its user database may be away.
 */
static bool tunnel_is_refused(const Tunnel *t, DiagnosisStage stage) {
        const DiagnosisRow *row = t->failure.verdict.row;

        if (!row || stage != DIAGNOSIS_STAGE_LINK || !t->history.has_worked)
                return false;

        return row->exit_status == EX_NOPERM || row == &catalogue_rows[CATALOGUE_AUTH_18];
}

/* Counts what the class depends on beside the verdict. */
static void tunnel_count_failure(Tunnel *t, DiagnosisStage stage) {
        Failure *failure = &t->failure;

        failure->refused = tunnel_is_refused(t, stage);
        /* What an administrator has tried sooner makes no later wait longer. */
        if (failure->refused && (failure->n_refused == 0 || !failure->asked))
                failure->n_refused++;
}

/* Chooses how soon the next try after a link that was up may be. */
static void tunnel_count_up(Tunnel *t, uint64_t now) {
        if (t->up_since_usec == 0)
                return;

        t->redial_soon = now - t->up_since_usec >= TUNNEL_STABLE_USEC;
        t->past.n_short_lived = t->redial_soon ? 0 : t->past.n_short_lived + 1;
}

/*
 * Returns whether the failure is to be logged, now that the same may have been before. Writes how
 * often it was: "; 57 tries in 1 min have ended so", or "".
 */
static bool tunnel_is_worth_a_line(Tunnel *t, DiagnosisClass class, const char *server,
                                   uint64_t now, char *times, size_t n_times) {

        TextBuilder b = text_builder(times, n_times);
        const Repeat *repeat;

        if (class != DIAGNOSIS_TRANSIENT || t->state == TUNNEL_STATE_UP) {
                tunnel_repeat_forget(t);
                return true;
        }

        repeat = tunnel_repeat_count(t, server, t->failure.reason, now);
        if (!repeat || repeat->n_tries == 1)
                return repeat;

        text_add(&b, "; ");
        text_add_count(&b, repeat->n_tries, "try");
        text_add(&b, " in ");
        text_add_duration(&b, now - repeat->first_usec);
        text_add(&b, " have ended so");
        return true;
}

/* Logs what failed and, unless the next attempt mends it by itself, the remedy. */
static void tunnel_log_failure(Tunnel *t, DiagnosisClass class, uint64_t now,
                               TunnelActions *actions) {

        const DiagnosisRow *row = t->failure.verdict.row;
        int priority = class == DIAGNOSIS_PERMANENT ? LOG_ERR : LOG_WARNING;
        char server[128], times[96], remedy[DIAGNOSIS_REMEDY_MAX_BYTES];
        TunnelAction *action;

        tunnel_describe_server(t, server, sizeof(server));
        if (!tunnel_is_worth_a_line(t, class, server, now, times, sizeof(times))) {
                tunnel_log_notes(t, actions);
                return;
        }

        action = tunnel_log(actions, priority, row ? row->message_id : NULL, row, "%s %s: %s%s",
                            t->state == TUNNEL_STATE_UP ? "Lost" : "No tunnel to", server,
                            t->failure.reason, times);
        action->log.class = class;

        /* A remedy is logged once, not at each of a hundred tries. */
        if (row && row->remedy && class != DIAGNOSIS_ADAPT && row != t->failure.advised) {
                tunnel_describe_remedy(t, row, remedy, sizeof(remedy));
                action = tunnel_log(actions, priority, NULL, row, "Remedy: %s", remedy);
                action->log.class = class;
                t->failure.advised = row;
        }

        tunnel_log_notes(t, actions);
}

void tunnel_fail(Tunnel *t, bool abrupt, uint64_t now, TunnelActions *actions) {
        DiagnosisStage stage = tunnel_get_stage(t);
        Failure *failure = &t->failure;
        char text[TUNNEL_TEXT_MAX_BYTES];
        DiagnosisClass class;
        TunnelChange change;
        const char *id;

        if (tunnel_is_closing(t))
                return;

        /* While the uplink is lost, that is the reason, whatever else the evidence shows. */
        if (t->state == TUNNEL_STATE_UP && t->uplink_lost)
                tunnel_add_fact(t, DIAGNOSIS_UPLINK_GONE, 0);

        diagnosis_get_verdict(t->diagnosis, &failure->verdict);
        tunnel_describe_verdict(&failure->verdict, text, sizeof(text));
        id = failure->verdict.row ? failure->verdict.row->id : "";
        tunnel_set_reason(t, id, text);
        tunnel_count_failure(t, stage);
        class = tunnel_classify(t, stage, &change);
        tunnel_adapt_listen(t);
        t->candidates.has_hope = t->candidates.has_hope || !verdict_is_lasting(&failure->verdict);
        history_add_failure(&t->history, id, text, now);
        tunnel_note_reach(t, stage, now);

        tunnel_count_up(t, now);
        if (t->redial_at_once)
                backoff_reset(&t->backoff);

        tunnel_log_failure(t, class, now, actions);
        if (class == DIAGNOSIS_ADAPT) {
                tunnel_adapt(t, &change, actions);
                tunnel_request_close(t, TUNNEL_AFTER_ADAPT, abrupt);
        } else if (class == DIAGNOSIS_PERMANENT) {
                failure->exit_status = failure->verdict.row->exit_status;
                tunnel_status_failed(t, actions, "Failed");
                tunnel_request_close(t, TUNNEL_AFTER_FAIL, abrupt);
        } else {
                tunnel_status(actions, "Disconnected: %s", failure->reason);
                tunnel_request_close(t, TUNNEL_AFTER_RETRY, abrupt);
        }
}
