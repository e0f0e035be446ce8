/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The control connection: its messages in whatever state, and its end.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "core/tunnel/tunnel-internal.h"

static void tunnel_control_answer_echo(const PptpMessage *m, TunnelActions *actions) {
        tunnel_send(actions,
                    &(PptpMessage){
                            .type = PPTP_ECHO_REPLY,
                            .result_code = 1,
                            .echo.identifier = m->echo.identifier,
                    });
}

static void tunnel_control_stopped(Tunnel *t, TunnelActions *actions) {
        tunnel_send(actions,
                    &(PptpMessage){
                            .type = PPTP_STOP_CONTROL_CONNECTION_REPLY,
                            .result_code = 1,
                    });
        t->control.started = false;
        t->call.requested = false;

        if (tunnel_is_closing(t))
                return;

        tunnel_request_fail(t, true);
}

static void tunnel_control_disconnected(Tunnel *t, const PptpMessage *m, uint64_t now) {
        /* RFC 2637, section 2.13: the sender's own call id, though some send ours. */
        if (!t->call.requested ||
            (m->call.call_id != t->call.peer_id && m->call.call_id != t->call.id &&
             t->call.peer_id != 0))
                return;

        t->call.requested = false;
        if (tunnel_is_closing(t))
                return;

        if (t->ppp.established)
                tunnel_remember_call(t, now);
        tunnel_request_fail(t, true);
}

void tunnel_control_on_message(Tunnel *t, const TunnelEvent *event, uint64_t now,
                               TunnelActions *actions) {

        const PptpMessage *m = event->control;

        diagnosis_add_control(t->diagnosis, false, m);

        /* RFC 2637, section 3.1.4: any message shows that the peer is there. */
        if (t->control.started && !tunnel_is_closing(t)) {
                tunnel_echo_reset(t, now);
                tunnel_verify_control_answered(t, actions);
        }

        switch (m->type) {
        case PPTP_START_CONTROL_CONNECTION_REPLY:
                if (t->state == TUNNEL_STATE_STARTING)
                        tunnel_dial_started(t, m, now, actions);
                break;
        case PPTP_OUTGOING_CALL_REPLY:
                if (t->state == TUNNEL_STATE_CALLING)
                        tunnel_dial_call_reply(t, m, now, actions);
                break;
        case PPTP_ECHO_REQUEST:
                tunnel_control_answer_echo(m, actions);
                break;
        case PPTP_STOP_CONTROL_CONNECTION_REQUEST:
                tunnel_control_stopped(t, actions);
                break;
        case PPTP_STOP_CONTROL_CONNECTION_REPLY:
                if (t->state == TUNNEL_STATE_CLOSING_CONTROL)
                        tunnel_close_next(t, now, actions);
                break;
        case PPTP_CALL_DISCONNECT_NOTIFY:
                tunnel_control_disconnected(t, m, now);
                break;
        case PPTP_INCOMING_CALL_REQUEST:
                tunnel_send(actions,
                            &(PptpMessage){
                                    .type = PPTP_INCOMING_CALL_REPLY,
                                    .result_code = 3, /* RFC 2637, section 2.10: do not accept */
                                    .incoming_call_reply.peer_call_id = m->call.call_id,
                            });
                break;
        case PPTP_ECHO_REPLY:
        case PPTP_WAN_ERROR_NOTIFY:
        case PPTP_SET_LINK_INFO:
                break; /* seen, logged at debug level, and of no consequence */
        case PPTP_START_CONTROL_CONNECTION_REQUEST:
        case PPTP_OUTGOING_CALL_REQUEST:
        case PPTP_INCOMING_CALL_REPLY:
        case PPTP_INCOMING_CALL_CONNECTED:
        case PPTP_CALL_CLEAR_REQUEST:
                break; /* for a PAC; we are none */
        }
}

/*
 * Whether the server has ended the connection (FIN, RST), or no longer speaks PPTP. Otherwise TCP
 * has given up for want of an answer, or this host refuses to send.
 */
static bool fact_is_end(const DiagnosisFact *fact) {
        return fact->type != DIAGNOSIS_ERRNO || fact->number == ECONNRESET || fact->number == EPIPE;
}

/* The connection is lost. The same error means something else in each state. */
void tunnel_control_on_failed(Tunnel *t, const TunnelEvent *event, uint64_t now,
                              TunnelActions *actions) {

        DiagnosisFact fact = event->fact;
        char port[16];

        t->control.started = t->call.requested = false;

        if (t->state == TUNNEL_STATE_CLOSING_CONTROL) {
                tunnel_close_next(t, now, actions);
                return;
        }

        if (tunnel_is_watched(t) && !fact_is_end(&fact)) {
                t->control.deadline_usec = USEC_INFINITY;
                tunnel_log(actions, LOG_NOTICE, NULL, NULL,
                           "The control connection broke (%s); the tunnel stays as long as data "
                           "passes",
                           strerrordesc_np((int) fact.number) ?: "unknown error");
                return;
        }

        /* The address and the name are said elsewhere; what may be wrong with them is the port. */
        if (fact.type == DIAGNOSIS_ERRNO && fact.number == ECONNREFUSED && !fact.text) {
                snprintf(port, sizeof(port), "port %u", t->config->port);
                fact.text = port;
        }
        fact.stage = tunnel_get_stage(t);
        diagnosis_add_fact(t->diagnosis, &fact);
        if (!tunnel_is_closing(t))
                tunnel_request_fail(t, true);
}
