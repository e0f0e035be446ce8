/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Takes down what stands, in the order that leaves nothing behind: what was applied (routes), pppd
 * (LCP Terminate), the call and the control connection (Call-Clear-Request,
 * Stop-Control-Connection-Request). Each step has a deadline; the sum of them is below
 * TimeoutStopSec= of the unit.
 */

#include <assert.h>

#include "core/tunnel/tunnel-internal.h"

void tunnel_remember_call(Tunnel *t, uint64_t now) {
        t->past.call_server = tunnel_get_server(t);
        t->past.call_usec = now;
}

static void tunnel_close_call_socket(Tunnel *t, TunnelActions *actions) {
        if (!t->call.open)
                return;

        t->call.open = false;
        tunnel_add_action(actions, TUNNEL_ACTION_CLOSE_CALL);
}

static void tunnel_close_link(Tunnel *t, uint64_t now, TunnelActions *actions) {
        /* If the peer is gone, closing the transport ends pppd fastest. */
        if (t->abrupt || !t->ppp.established) {
                tunnel_close_call_socket(t, actions);
                tunnel_add_action(actions, TUNNEL_ACTION_TERMINATE_PPPD);
                tunnel_set_state(t, TUNNEL_STATE_CLOSING_LINK, now + TUNNEL_CLOSE_USEC, actions);
                return;
        }

        /* If the link failed, pppd is already saying goodbye. */
        if (!t->ppp.dying)
                tunnel_add_action(actions, TUNNEL_ACTION_TERMINATE_PPPD);

        tunnel_set_state(t, TUNNEL_STATE_CLOSING_LINK, now + TUNNEL_TERMINATE_USEC, actions);
}

/*
 * Sends both messages at once: a server that closes the connection after the first has still
 * received the second, and we wait only once.
 */
static void tunnel_send_goodbye(Tunnel *t, TunnelActions *actions) {
        if (t->call.requested)
                tunnel_send(actions,
                            &(PptpMessage){
                                    .type = PPTP_CALL_CLEAR_REQUEST,
                                    .call.call_id = t->call.id,
                            });

        t->control.started = t->call.requested = false;
        tunnel_send(actions,
                    &(PptpMessage){
                            .type = PPTP_STOP_CONTROL_CONNECTION_REQUEST,
                            .result_code =
                                    3, /* RFC 2637, section 2.3: the requester is being shut down */
                    });
}

void tunnel_close_next(Tunnel *t, uint64_t now, TunnelActions *actions) {
        if (t->parts.standing) {
                tunnel_parts_remove(t, now, actions);
                return;
        }

        if (t->ppp.running) {
                tunnel_close_link(t, now, actions);
                return;
        }

        tunnel_close_call_socket(t, actions);

        if (t->control.started) {
                tunnel_send_goodbye(t, actions);
                if (!t->abrupt) {
                        tunnel_set_state(t, TUNNEL_STATE_CLOSING_CONTROL, now + TUNNEL_CLOSE_USEC,
                                         actions);
                        return;
                }
        }

        if (t->control.open) {
                t->control.open = false;
                tunnel_add_action(actions, TUNNEL_ACTION_CLOSE_CONTROL);
        }

        tunnel_request_follow(t);
}

/*
 * Begins to take everything down. Called again while closing it only tightens what follows: a stop
 * during the clean-up of a failure is a stop.
 */
void tunnel_close(Tunnel *t, TunnelAfter after, bool abrupt, uint64_t now, TunnelActions *actions) {
        if (tunnel_is_closing(t)) {
                if (after == TUNNEL_AFTER_STOP)
                        t->after = after;
                return;
        }

        if (!abrupt && t->ppp.established)
                tunnel_remember_call(t, now);

        t->after = after;
        t->abrupt = abrupt;
        t->control.deadline_usec = USEC_INFINITY;
        t->verify.deadline_usec = USEC_INFINITY;
        t->silence.look_deadline_usec = USEC_INFINITY;
        t->ipv6.deadline_usec = USEC_INFINITY;
        tunnel_add_action(actions, TUNNEL_ACTION_PROBE_STOP);
        if (t->size.phase != SIZE_QUIET)
                tunnel_add_action(actions, TUNNEL_ACTION_PROBE_SIZE_STOP);
        t->size = (Size){ .deadline_usec = USEC_INFINITY };
        tunnel_close_next(t, now, actions);
}

void tunnel_close_timer(Tunnel *t, uint64_t now, TunnelActions *actions) {
        if (t->state == TUNNEL_STATE_CLOSING_LINK) {
                tunnel_close_call_socket(t, actions);
                tunnel_add_action(actions, TUNNEL_ACTION_KILL_PPPD);
                /* Waits for this pppd's exit, however long that takes: no second pppd must run. */
                tunnel_set_state(t, TUNNEL_STATE_CLOSING_LINK, now + TUNNEL_CLOSE_USEC, actions);
                return;
        }

        assert(tunnel_is_closing(t));
        tunnel_close_next(t, now, actions);
}

void tunnel_close_on_removed(Tunnel *t, const TunnelEvent *event, uint64_t now,
                             TunnelActions *actions) {

        if (tunnel_parts_removed(t, event))
                tunnel_close_next(t, now, actions);
}
