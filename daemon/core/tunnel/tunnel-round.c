/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What follows when everything is taken down, by the class of the failure; and whom the next
 * attempt dials. A round is one try of each candidate: of every server, and of every address of
 * each.
 *
 *  class        what follows
 *  adapt        the same address at once, with one setting changed (tunnel-adapt.c)
 *  transient    the next address, then those that a name server gave while the last one was
 *               dialled, then the next server; after the last of them WAITING for the back-off
 *               and a new round, or ENDED if MaxAttempts= says so
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

#include "core/base/text.h"
#include "core/tunnel/tunnel-internal.h"

/* ---- waits ---- */

/*
 * Returns whether the pause may double. A server that answers is tried ever more rarely; one that
 * does not is to be found soon after it is back.
 */
static bool tunnel_may_double_delay(const Tunnel *t, uint64_t now) {
        uint64_t since = t->history.retry.unreachable_since_usec;

        if (since == 0)
                return true;

        return !tunnel_is_in_grace(t, now) &&
                t->backoff.delay_usec <= (now - since) / TUNNEL_UNREACHABLE_SHARE / 2;
}

/* Between two links that come up and do not stand: twice as long for each of them, to a limit. */
static uint64_t tunnel_get_short_lived_delay(const Tunnel *t) {
        uint64_t limit = MIN(TUNNEL_SHORT_LIVED_MAX_USEC, t->config->max_delay_usec);
        unsigned n_doublings = MIN(t->past.n_short_lived, 4U);

        return MIN(t->config->delay_usec << n_doublings, limit);
}

static uint64_t tunnel_choose_delay(Tunnel *t, bool was_up, uint64_t now) {
        uint64_t delay;

        if (t->redial_at_once)
                return 0;
        if (t->redial_soon)
                return backoff_jitter(&t->backoff, TUNNEL_SPREAD_USEC);

        delay = backoff_next(&t->backoff, t->config->delay_usec, t->config->max_delay_usec,
                             tunnel_may_double_delay(t, now));
        if (was_up)
                delay = MAX(delay, tunnel_get_short_lived_delay(t));

        return delay;
}

/* Whether we wait for something that this host lacks, which may be there at any moment. */
static bool tunnel_waits_for_host(const Tunnel *t) {
        const DiagnosisRow *row = t->failure.verdict.row;

        return row == &catalogue_rows[CATALOGUE_SYS_08] || row == &catalogue_rows[CATALOGUE_SYS_11];
}

/*
 * How long the failure itself makes us wait. A password that had worked and is refused now is tried
 * at most three times within any half hour, below what locks an account elsewhere: where Windows
 * follows the CIS benchmark (2.4.1 for Windows 8.1, items 1.2.2 and 1.2.3), up to ten, counted for
 * fifteen minutes or longer.
 */
static uint64_t tunnel_get_imposed_wait(const Tunnel *t) {
        static const unsigned refused_sec[] = { 60, 10 * 60, 20 * 60 };
        const DiagnosisRow *row = t->failure.verdict.row;

        if (tunnel_waits_for_host(t) && t->redial_at_once)
                return 0;

        if (t->failure.refused && !t->config->retry_auth_failure) {
                size_t i = MIN((size_t) t->failure.n_refused, ELEMENTSOF(refused_sec));

                return refused_sec[i - 1] * USEC_PER_SEC;
        }

        if (row == &catalogue_rows[CATALOGUE_SYS_08] &&
            t->history.retry.n_tries >= TUNNEL_NAME_TAKEN_TRIES)
                return TUNNEL_NAME_TAKEN_USEC;

        return row ? row->retry_after_sec * USEC_PER_SEC : 0;
}

static void tunnel_end(Tunnel *t, int exit_status, TunnelActions *actions) {
        TunnelAction *action;

        if (exit_status != 0 && t->config->routes_on_down == CONFIG_ROUTES_ON_DOWN_UNREACHABLE)
                tunnel_log(actions, LOG_WARNING, NULL, NULL,
                           "What RoutesOnDown= has held back takes this host's other routes now");
        tunnel_set_state(t, TUNNEL_STATE_ENDED, USEC_INFINITY, actions);
        action = tunnel_add_action(actions, TUNNEL_ACTION_EXIT);
        action->exit_status = exit_status;
}

static void tunnel_wait_until(Tunnel *t, uint64_t until, uint64_t now, TunnelActions *actions) {
        char text[64];
        TextBuilder b = text_builder(text, sizeof(text));

        text_add_duration(&b, until - now);
        tunnel_log(actions, tunnel_repeat_get_priority(t), NULL, NULL, "Trying again in %s%s", text,
                   t->uplink_lost ? ", or when there is a way to the server" : "");
        tunnel_status_waiting(t, actions, until - now);
        t->turn = TURN_NONE;
        tunnel_set_state(t, TUNNEL_STATE_WAITING, until, actions);
}

/*
 * Many tunnels of a machine lose their server, or get their uplink back, in the same moment. Each
 * takes a turn at the server when its own wait is over, and not before: one that is alone in this
 * goes at once, however many tunnels there are. A turn that could not be used, since the uplink
 * went meanwhile, is kept, so that nobody has two.
 */

/* So many dial that our turn would come after MaxDelaySec=: then any moment until that will do. */
static uint64_t tunnel_choose_moment(Tunnel *t, uint64_t now) {
        uint64_t longest_usec = t->config->max_delay_usec;

        return t->turn_usec <= now + longest_usec ? t->turn_usec :
                                                    now + backoff_jitter(&t->backoff, longest_usec);
}

static void tunnel_wait_for_turn(Tunnel *t, uint64_t now, TunnelActions *actions) {
        uint64_t until = tunnel_choose_moment(t, now);

        if (until <= now) {
                tunnel_request_redial(t);
                return;
        }

        t->turn = TURN_TAKEN;
        tunnel_status_waiting(t, actions, until - now);
        tunnel_set_state(t, TUNNEL_STATE_WAITING, until, actions);
}

void tunnel_round_dial_in_turn(Tunnel *t, uint64_t now, TunnelActions *actions) {
        if (t->turn == TURN_NONE && t->turn_usec > now)
                tunnel_wait_for_turn(t, now, actions);
        else if (t->turn == TURN_NONE) {
                t->turn = TURN_ASKED;
                tunnel_add_action(actions, TUNNEL_ACTION_TAKE_TURN)->name = t->config->servers[0];
                tunnel_set_state(t, TUNNEL_STATE_WAITING, now + TUNNEL_TURN_ANSWER_USEC, actions);
        } else if (now >= t->deadline_usec)
                tunnel_request_redial(t);
}

void tunnel_round_on_turn(Tunnel *t, const TunnelEvent *event, uint64_t now,
                          TunnelActions *actions) {

        if (t->turn != TURN_ASKED)
                return;

        t->turn_usec = event->turn_usec;
        tunnel_wait_for_turn(t, now, actions);
}

static void tunnel_wait(Tunnel *t, bool was_up, uint64_t now, TunnelActions *actions) {
        Retry *retry = &t->history.retry;
        uint64_t imposed_usec, until;

        retry->n_tries += !was_up; /* the end of what was up is no try in vain */
        if (t->config->max_attempts > 0 && retry->n_tries >= t->config->max_attempts) {
                char tries[32];
                TextBuilder b = text_builder(tries, sizeof(tries));

                text_add_count(&b, retry->n_tries, "try");
                tunnel_log(actions, LOG_ERR, CATALOGUE_MESSAGE_GAVE_UP, t->failure.verdict.row,
                           "Giving up after %s, as MaxAttempts= says; last: %s", tries,
                           t->failure.reason);
                tunnel_status_failed(t, actions, "Gave up, as MaxAttempts= says");
                tunnel_end(t, EX_UNAVAILABLE, actions);
                return;
        }

        /* With the back-off on top of it, so that those who were turned away together part. */
        imposed_usec = tunnel_get_imposed_wait(t);
        until = now + tunnel_choose_delay(t, was_up, now) + imposed_usec;
        retry->not_before_usec = imposed_usec > 0 && !tunnel_waits_for_host(t) ? until : 0;
        if (t->uplink_lost)
                until = MAX(until, now + TUNNEL_UPLINK_LOST_USEC);
        t->redial_at_once = t->redial_soon = false;
        tunnel_wait_until(t, until, now, actions);
}

/* ---- candidates ---- */

/* Begins an attempt with the candidate that the indices name, as if it were the first. */
static void tunnel_dial_afresh(Tunnel *t, uint64_t now, TunnelActions *actions) {
        tunnel_adapt_begin(t);
        tunnel_dial_prepare(t, now, actions);
}

void tunnel_round_begin(Tunnel *t, uint64_t now, TunnelActions *actions) {
        t->candidates.server_index = 0;
        t->candidates.n_addresses = t->candidates.address_index = 0;
        t->candidates.n_late_addresses = 0;
        t->candidates.has_hope = false;
        t->history.retry.not_before_usec = 0;
        tunnel_dial_afresh(t, now, actions);
}

/* Takes the reason of the predecessor's latest failure that has an id, for the status line. */
static void tunnel_recall_reason(Tunnel *t) {
        for (size_t i = 0; i < t->history.n_failures; i++) {
                const HistoryFailure *failure = &t->history.failures[i];

                if (failure->id[0] != '\0') {
                        tunnel_set_reason(t, failure->id, failure->text);
                        return;
                }
        }
}

void tunnel_round_on_start(Tunnel *t, _unused_ const TunnelEvent *event, uint64_t now,
                           TunnelActions *actions) {

        uint64_t not_before = t->history.retry.not_before_usec;

        t->start_usec = now;
        if (t->history.retry.n_tries > 0)
                tunnel_recall_reason(t);

        if (not_before > now)
                tunnel_wait_until(t, not_before, now, actions);
        else
                tunnel_round_begin(t, now, actions);
}

void tunnel_round_on_namespace_back(Tunnel *t, _unused_ const TunnelEvent *event,
                                    _unused_ uint64_t now, TunnelActions *actions) {

        if (t->failure.verdict.row != &catalogue_rows[CATALOGUE_SYS_11])
                return;

        if (t->state != TUNNEL_STATE_WAITING) {
                t->redial_at_once = true;
                return;
        }

        /* Then the return of the uplink is what to wait for. */
        if (t->uplink_lost)
                return;

        tunnel_repeat_forget(t);
        tunnel_log(actions, LOG_NOTICE, NULL, NULL,
                   "The network namespace is there; connecting at once");
        tunnel_request_redial(t);
}

/* ---- what follows ---- */

static void tunnel_retry(Tunnel *t, uint64_t now, TunnelActions *actions) {
        bool was_up = t->up_since_usec > 0;

        t->up_since_usec = 0;

        /* Without an uplink the other candidates cannot be reached either. */
        if (was_up || t->uplink_lost)
                tunnel_wait(t, was_up, now, actions);
        else if (t->candidates.address_index + 1 < t->candidates.n_addresses) {
                t->candidates.address_index++;
                tunnel_dial_afresh(t, now, actions);
        } else if (t->candidates.n_late_addresses > 0) {
                t->candidates.n_addresses = t->candidates.address_index = 0;
                tunnel_dial_afresh(t, now, actions);
        } else if (t->candidates.server_index + 1 < t->config->n_servers) {
                t->candidates.server_index++;
                t->candidates.n_addresses = t->candidates.address_index = 0;
                tunnel_dial_afresh(t, now, actions);
        } else
                tunnel_wait(t, was_up, now, actions);
}

void tunnel_round_follow(Tunnel *t, uint64_t now, TunnelActions *actions) {
        switch (t->after) {
        case TUNNEL_AFTER_RETRY:
                tunnel_retry(t, now, actions);
                break;
        case TUNNEL_AFTER_REDIAL:
                tunnel_round_begin(t, now, actions);
                break;
        case TUNNEL_AFTER_ADAPT:
                tunnel_dial_prepare(t, now, actions);
                break;
        case TUNNEL_AFTER_STOP:
                tunnel_log(actions, LOG_INFO, CATALOGUE_MESSAGE_DISCONNECTED, NULL, "Stopped");
                tunnel_end(t, EXIT_SUCCESS, actions);
                break;
        case TUNNEL_AFTER_FAIL:
                tunnel_end(t, t->failure.exit_status, actions);
                break;
        }
}
