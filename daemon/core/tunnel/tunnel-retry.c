/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What follows a failure, when everything is taken down, by the class of its verdict; and whom the
 * next attempt dials.
 *
 *  class        what follows
 *  adapt        the same address at once, with one setting changed (tunnel-adapt.c)
 *  transient    the next address, then the next server; after the last of them WAITING for the
 *               back-off and a new round, or ENDED if MaxAttempts= says so
 *  permanent    ENDED; but what is wrong with one server ends nothing while another may yet be
 *               right: then as transient, until all of a round have failed for good
 *
 * After a tunnel that was up there is no next address: the server was right, and the round begins
 * again from the first.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <syslog.h>

#include "core/ppp/mtu.h"
#include "core/tunnel/tunnel-internal.h"

/*
 * Whether time alone mends nothing. A row of class adapt, with nothing to change, is so by its exit
 * status.
 */
static bool verdict_is_lasting(const Verdict *v) {
        return v->row && v->row->exit_status != EX_TEMPFAIL &&
                (v->row->class == DIAGNOSIS_PERMANENT || v->row->class == DIAGNOSIS_ADAPT);
}

/*
 * Whether another server may do better: with this one there is no talking, or not about encryption.
 */
static bool tunnel_is_of_server(const Tunnel *t, const Verdict *v, DiagnosisStage stage) {
        DiagnosisEncryption encryption;

        diagnosis_get_encryption(t->diagnosis, &encryption);
        return t->state == TUNNEL_STATE_RESOLVING || encryption.failed ||
                v->row->exit_status == EX_PROTOCOL ||
                (stage >= DIAGNOSIS_STAGE_CONNECT && stage <= DIAGNOSIS_STAGE_CALL);
}

static bool tunnel_has_next_candidate(const Tunnel *t) {
        return t->address_index + 1 < t->n_addresses || t->server_index + 1 < t->config->n_servers;
}

static bool tunnel_is_permanent(const Tunnel *t, const Verdict *v, DiagnosisStage stage) {
        if (!verdict_is_lasting(v))
                return false;
        if (tunnel_is_of_server(t, v, stage))
                return !tunnel_has_next_candidate(t) && !t->round_has_hope;

        return v->row->exit_status != EX_NOPERM || !t->config->retry_auth_failure;
}

/* Says what failed and, unless we mend it ourselves, what mends it. */
static void tunnel_log_failure(Tunnel *t, TunnelActions *actions, DiagnosisClass class) {
        const DiagnosisRow *row = t->verdict.row;
        int priority = class == DIAGNOSIS_PERMANENT ? LOG_ERR : LOG_WARNING;
        char server[128], remedy[DIAGNOSIS_REMEDY_MAX_BYTES];

        tunnel_describe_server(t, server, sizeof(server));
        tunnel_log(t, actions, priority, row ? row->message_id : NULL, row, "%s %s: %s",
                   t->state == TUNNEL_STATE_UP ? "Lost" : "No tunnel to", server, t->reason);
        actions->items[actions->n_items - 1].log.class = class;

        /* Once is enough in an outage of a hundred tries. */
        if (row && row->remedy && class != DIAGNOSIS_ADAPT && row != t->advised) {
                tunnel_describe_remedy(t, row, remedy, sizeof(remedy));
                tunnel_log(t, actions, priority, NULL, row, "Remedy: %s", remedy);
                actions->items[actions->n_items - 1].log.class = class;
                t->advised = row;
        }

        tunnel_log_notes(t, actions);
}

static DiagnosisClass tunnel_classify(const Tunnel *t, DiagnosisStage stage,
                                      TunnelChange *ret_change) {

        if (tunnel_adapt_find(t, ret_change))
                return DIAGNOSIS_ADAPT;
        if (tunnel_is_permanent(t, &t->verdict, stage))
                return DIAGNOSIS_PERMANENT;

        return DIAGNOSIS_TRANSIENT;
}

void tunnel_fail(Tunnel *t, uint64_t now, TunnelActions *actions, bool abrupt) {
        DiagnosisStage stage = tunnel_get_stage(t);
        char text[TUNNEL_TEXT_MAX_BYTES];
        DiagnosisClass class;
        TunnelChange change;

        if (tunnel_is_closing(t))
                return;

        /* Whatever else shows of it: nothing could come through. */
        if (t->state == TUNNEL_STATE_UP && t->uplink_lost)
                tunnel_add_fact(t, DIAGNOSIS_UPLINK_GONE, 0);

        diagnosis_get_verdict(t->diagnosis, &t->verdict);
        tunnel_describe_verdict(&t->verdict, text, sizeof(text));
        tunnel_set_reason(t, t->verdict.row ? t->verdict.row->id : "", text);
        class = tunnel_classify(t, stage, &change);
        tunnel_adapt_listen(t);
        t->round_has_hope = t->round_has_hope || !verdict_is_lasting(&t->verdict);
        history_add_failure(&t->history, t->verdict.row ? t->verdict.row->id : "", text, now);

        /*
         * The server was not reached, or its packets do not reach us: it may be back at any moment.
         */
        if (stage > DIAGNOSIS_STAGE_CONNECT && (stage != DIAGNOSIS_STAGE_LINK || t->peer_heard))
                t->history.retry.unreachable_since_usec = 0;
        else if (t->history.retry.unreachable_since_usec == 0)
                t->history.retry.unreachable_since_usec = now;

        if (t->up_since_usec > 0 && now - t->up_since_usec >= TUNNEL_STABLE_USEC)
                t->redial_at_once = true;
        if (t->redial_at_once)
                backoff_reset(&t->backoff);

        tunnel_log_failure(t, actions, class);
        if (class == DIAGNOSIS_ADAPT) {
                tunnel_adapt(t, &change, actions);
                tunnel_close(t, TUNNEL_AFTER_ADAPT, abrupt, now, actions);
        } else if (class == DIAGNOSIS_PERMANENT) {
                t->exit_status = t->verdict.row->exit_status;
                tunnel_status_failed(t, actions, "Failed");
                tunnel_close(t, TUNNEL_AFTER_FAIL, abrupt, now, actions);
        } else {
                tunnel_status(t, actions, "Disconnected: %s", t->reason);
                tunnel_close(t, TUNNEL_AFTER_RETRY, abrupt, now, actions);
        }
}

static void tunnel_end(Tunnel *t, int exit_status, TunnelActions *actions) {
        TunnelAction *action;

        tunnel_set_state(t, TUNNEL_STATE_ENDED, USEC_INFINITY);
        action = tunnel_add_action(t, actions, TUNNEL_ACTION_EXIT);
        action->exit_status = exit_status;
}

bool tunnel_is_in_grace(const Tunnel *t, uint64_t now) {
        uint64_t since = t->history.retry.unreachable_since_usec;

        return since == 0 || now - since < TUNNEL_UNREACHABLE_GRACE_USEC;
}

bool tunnel_is_turned_away(const Tunnel *t) {
        return t->history.retry.not_before_usec > 0;
}

/*
 * A server that is there is asked ever more rarely. One that is not is to be found when it is back.
 */
static bool tunnel_may_double_delay(const Tunnel *t, uint64_t now) {
        uint64_t since = t->history.retry.unreachable_since_usec;

        if (since == 0)
                return true;

        return !tunnel_is_in_grace(t, now) &&
                t->backoff.delay_usec <= (now - since) / TUNNEL_UNREACHABLE_SHARE / 2;
}

static uint64_t tunnel_choose_delay(Tunnel *t, uint64_t now) {
        if (t->redial_at_once)
                return 0;

        return backoff_next(&t->backoff, t->config->delay_usec, t->config->max_delay_usec,
                            tunnel_may_double_delay(t, now));
}

static void tunnel_wait_until(Tunnel *t, uint64_t until, uint64_t now, TunnelActions *actions) {
        tunnel_status_waiting(t, actions, until - now);
        tunnel_set_state(t, TUNNEL_STATE_WAITING, until);
}

static void tunnel_wait(Tunnel *t, bool was_up, uint64_t now, TunnelActions *actions) {
        unsigned imposed_sec = t->verdict.row ? t->verdict.row->retry_after_sec : 0;
        Retry *retry = &t->history.retry;
        uint64_t until;

        retry->n_tries += !was_up; /* the end of what was up is no try in vain */
        if (t->config->max_attempts > 0 && retry->n_tries >= t->config->max_attempts) {
                tunnel_log(t, actions, LOG_ERR, CATALOGUE_MESSAGE_GAVE_UP, t->verdict.row,
                           "Giving up after %" PRIu64 " tries, as MaxAttempts= says; last: %s",
                           retry->n_tries, t->reason);
                tunnel_status_failed(t, actions, "Gave up, as MaxAttempts= says");
                tunnel_end(t, EX_UNAVAILABLE, actions);
                return;
        }

        /* With the back-off on top of it, so that those who were turned away together part. */
        until = now + tunnel_choose_delay(t, now) + imposed_sec * USEC_PER_SEC;
        retry->not_before_usec = imposed_sec > 0 ? until : 0;
        t->redial_at_once = false;
        tunnel_wait_until(t, until, now, actions);
}

/* Begins an attempt with the candidate that the indices name, and with the settings as they are. */
static void tunnel_dial(Tunnel *t, uint64_t now, TunnelActions *actions) {
        t->generation++;
        t->attempt_usec = now;
        t->control_open = t->control_started = t->control_echo_pending = false;
        t->control_deadline_usec = USEC_INFINITY;
        t->call_open = t->call_requested = false;
        t->call_id = t->peer_call_id = 0;
        t->ppp_established = t->link_failed = t->probe_answered = t->peer_heard = false;
        t->phase = PLUGIN_PHASE_DEAD;
        t->redial_at_once = false;
        t->up_since_usec = 0;
        t->refused_usec = 0;
        t->peer_mru_bytes = MTU_MAX_BYTES;
        t->parts_pending = 0;
        t->n_routes = 0;

        tunnel_dial_prepare(t, now, actions);
}

/* The same with the settings to begin with for that candidate. */
static void tunnel_dial_afresh(Tunnel *t, uint64_t now, TunnelActions *actions) {
        tunnel_adapt_begin(t);
        tunnel_dial(t, now, actions);
}

void tunnel_dial_round(Tunnel *t, uint64_t now, TunnelActions *actions) {
        t->server_index = 0;
        t->n_addresses = t->address_index = 0;
        t->round_has_hope = false;
        t->history.retry.not_before_usec = 0;
        tunnel_dial_afresh(t, now, actions);
}

/* What the predecessor failed for, as far as that is known by a name. */
static void tunnel_recall_reason(Tunnel *t) {
        for (size_t i = 0; i < t->history.n_failures; i++) {
                const HistoryFailure *failure = &t->history.failures[i];

                if (failure->id[0] != '\0') {
                        tunnel_set_reason(t, failure->id, failure->text);
                        return;
                }
        }
}

void tunnel_start(Tunnel *t, uint64_t now, TunnelActions *actions) {
        uint64_t not_before = t->history.retry.not_before_usec;

        t->start_usec = now;
        if (t->history.retry.n_tries > 0)
                tunnel_recall_reason(t);

        if (not_before > now)
                tunnel_wait_until(t, not_before, now, actions);
        else
                tunnel_dial_round(t, now, actions);
}

static void tunnel_retry(Tunnel *t, uint64_t now, TunnelActions *actions) {
        bool was_up = t->up_since_usec > 0;

        t->up_since_usec = 0;

        if (!was_up && t->address_index + 1 < t->n_addresses) {
                t->address_index++;
                tunnel_dial_afresh(t, now, actions);
        } else if (!was_up && t->server_index + 1 < t->config->n_servers) {
                t->server_index++;
                t->n_addresses = t->address_index = 0;
                tunnel_dial_afresh(t, now, actions);
        } else
                tunnel_wait(t, was_up, now, actions);
}

void tunnel_finish_close(Tunnel *t, uint64_t now, TunnelActions *actions) {
        switch (t->after) {
        case TUNNEL_AFTER_RETRY:
                tunnel_retry(t, now, actions);
                break;
        case TUNNEL_AFTER_REDIAL:
                tunnel_dial_round(t, now, actions);
                break;
        case TUNNEL_AFTER_ADAPT:
                t->redial_at_once = false;
                tunnel_dial(t, now, actions);
                break;
        case TUNNEL_AFTER_STOP:
                tunnel_log(t, actions, LOG_INFO, CATALOGUE_MESSAGE_DISCONNECTED, NULL, "Stopped");
                tunnel_end(t, EXIT_SUCCESS, actions);
                break;
        case TUNNEL_AFTER_FAIL:
                tunnel_end(t, t->exit_status, actions);
                break;
        }
}
