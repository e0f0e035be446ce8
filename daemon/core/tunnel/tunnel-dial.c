/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * From a name to a standing call: resolve, connect, Start-Control-Connection, Outgoing-Call, as
 * the calling side (PNS) of RFC 2637; and the control connection's own life after that.
 */

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "core/diagnosis/catalogue.h"
#include "core/base/text.h"
#include "core/tunnel/tunnel-internal.h"

/* Any value will do that is no modem's: we have no line speed (RFC 2637, section 2.7). */
#define TUNNEL_MINIMUM_BPS 2400
#define TUNNEL_MAXIMUM_BPS 1000000000
/*
 * Packets the server may send before it wants an acknowledgement; the kernel's driver has no limit.
 */
#define TUNNEL_RECEIVE_WINDOW 64
/* Framing and bearer: any (RFC 2637, section 2.7). */
#define TUNNEL_ANY 3

void tunnel_send(Tunnel *t, TunnelActions *actions, const PptpMessage *message) {
        TunnelAction *action;

        action = tunnel_add_action(t, actions, TUNNEL_ACTION_SEND);
        action->control = *message;
}

/* What the attempt is read against; the password is known once everything is prepared. */
static DiagnosisContext tunnel_dial_context(const Tunnel *t) {
        return (DiagnosisContext){
                .mppe = t->settings.mppe,
                .has_worked = t->history.n_connects > 0,
                .was_deaf = t->was_deaf,
                .has_domain = t->config->domain || strchr(t->config->user, '\\'),
        };
}

void tunnel_dial_prepare(Tunnel *t, uint64_t now, TunnelActions *actions) {
        const DiagnosisContext context = tunnel_dial_context(t);

        diagnosis_reset(t->diagnosis, &context);
        tunnel_add_action(t, actions, TUNNEL_ACTION_PREPARE);
        tunnel_set_state(t, TUNNEL_STATE_PREPARING, now + TUNNEL_OPEN_USEC);
}

static void tunnel_dial_resolve(Tunnel *t, uint64_t now, TunnelActions *actions) {
        const char *name = t->config->servers[t->server_index];
        TunnelAction *action;

        action = tunnel_add_action(t, actions, TUNNEL_ACTION_RESOLVE);
        action->name = name;
        action->timeout_usec = TUNNEL_RESOLVE_USEC;
        t->control_open = true; /* CLOSE_CONTROL cancels the look-up, too */
        tunnel_status_phase(t, actions, "Looking up %s", name);
        tunnel_set_state(t, TUNNEL_STATE_RESOLVING, now + TUNNEL_RESOLVE_USEC);
}

/* A server that went away a moment ago is asked often rather than patiently. */
static uint64_t tunnel_dial_patience(const Tunnel *t, uint64_t now) {
        uint64_t usec =
                MAX(TUNNEL_RECONNECT_USEC, t->connected_after_usec * TUNNEL_RECONNECT_FACTOR);

        if (t->connected_address.s_addr != tunnel_get_server(t).s_addr ||
            !tunnel_is_in_grace(t, now))
                return TUNNEL_CONNECT_USEC;

        return MIN(usec, TUNNEL_CONNECT_USEC);
}

static void tunnel_dial_connect(Tunnel *t, uint64_t now, TunnelActions *actions) {
        char server[128];
        TunnelAction *action;

        action = tunnel_add_action(t, actions, TUNNEL_ACTION_CONNECT);
        action->connect.address = t->addresses[t->address_index];
        action->connect.port = t->config->port;
        t->control_open = true;

        tunnel_describe_server(t, server, sizeof(server));
        tunnel_log(t, actions, LOG_INFO, CATALOGUE_MESSAGE_CONNECTING, NULL,
                   "Connecting to %s, TCP port %u", server, t->config->port);
        tunnel_status_phase(t, actions, "Connecting to %s, TCP port %u", server, t->config->port);
        t->connect_usec = now;
        tunnel_set_state(t, TUNNEL_STATE_CONNECTING, now + tunnel_dial_patience(t, now));
}

void tunnel_dial_prepared(Tunnel *t, const TunnelEvent *event, uint64_t now,
                          TunnelActions *actions) {

        DiagnosisContext context = tunnel_dial_context(t);

        context.password_known = event->password_known;
        context.password_not_ascii = event->password_not_ascii;
        diagnosis_set_context(t->diagnosis, &context);
        if (t->address_index < t->n_addresses)
                tunnel_dial_connect(t, now, actions);
        else
                tunnel_dial_resolve(t, now, actions);
}

/* Every attempt asks anew; that the tunnel was up elsewhere before is worth a remark. */
static void tunnel_dial_compare(Tunnel *t) {
        char text[64];

        if (t->last_address.s_addr == INADDR_ANY || t->last_server_index != t->server_index)
                return;

        for (size_t i = 0; i < t->n_addresses; i++)
                if (t->addresses[i].s_addr == t->last_address.s_addr)
                        return;

        snprintf(text, sizeof(text), "from %s to %s", TEXT_IPV4(t->last_address),
                 TEXT_IPV4(t->addresses[0]));
        tunnel_add_fact_text(t, DIAGNOSIS_ADDRESS_CHANGED, 0, text);
}

void tunnel_dial_resolved(Tunnel *t, const TunnelEvent *event, uint64_t now,
                          TunnelActions *actions) {

        assert(event->addresses.n_items > 0);

        t->n_addresses = MIN(event->addresses.n_items, (size_t) TUNNEL_ADDRESSES_MAX);
        t->address_index = 0;
        for (size_t i = 0; i < t->n_addresses; i++)
                t->addresses[i] = event->addresses.items[i];

        tunnel_dial_compare(t);
        tunnel_dial_connect(t, now, actions);
}

void tunnel_dial_connected(Tunnel *t, const TunnelEvent *event, uint64_t now,
                           TunnelActions *actions) {

        PptpMessage request = {
                .type = PPTP_START_CONTROL_CONNECTION_REQUEST,
                .start.version = PPTP_VERSION,
                .start.framing_capabilities = TUNNEL_ANY,
                .start.bearer_capabilities = TUNNEL_ANY,
                .start.maximum_channels = 0, /* a PNS has none to offer */
                .start.firmware_revision = 1,
                .start.vendor_name = "pptp-supervisor",
        };
        char server[128];

        t->local_address = event->address;
        t->connected_address = tunnel_get_server(t);
        t->connected_after_usec = now - t->connect_usec;

        /* The host name is our affair: servers log it, none needs it. */
        snprintf(request.start.host_name, sizeof(request.start.host_name), "local");
        tunnel_send(t, actions, &request);

        tunnel_describe_server(t, server, sizeof(server));
        tunnel_status_phase(t, actions, "Waiting for %s to answer as a PPTP server", server);
        tunnel_set_state(t, TUNNEL_STATE_STARTING, now + TUNNEL_START_USEC);
}

static void tunnel_dial_started(Tunnel *t, const PptpMessage *m, uint64_t now,
                                TunnelActions *actions) {

        char host[64 * 4 + 1], vendor[64 * 4 + 1];
        TunnelAction *action;

        if (m->result_code != 1) {
                tunnel_fail(t, now, actions, true);
                return;
        }

        t->control_started = true;
        t->control_deadline_usec = now + TUNNEL_CONTROL_IDLE_USEC;
        text_escape(host, sizeof(host), m->start.host_name, strlen(m->start.host_name));
        text_escape(vendor, sizeof(vendor), m->start.vendor_name, strlen(m->start.vendor_name));
        tunnel_log(t, actions, LOG_INFO, NULL, NULL,
                   "Control connection established; the server is \"%s\", made by \"%s\"", host,
                   vendor);

        action = tunnel_add_action(t, actions, TUNNEL_ACTION_OPEN_CALL);
        action->connect.address = t->addresses[t->address_index];
        t->call_open = true;
        tunnel_set_state(t, TUNNEL_STATE_OPENING, now + TUNNEL_OPEN_USEC);
}

void tunnel_dial_call_opened(Tunnel *t, const TunnelEvent *event, uint64_t now,
                             TunnelActions *actions) {

        PptpMessage request = {
                .type = PPTP_OUTGOING_CALL_REQUEST,
                .outgoing_call_request.call_id = event->call_id,
                .outgoing_call_request.call_serial_number = ++t->call_serial_number,
                .outgoing_call_request.minimum_bps = TUNNEL_MINIMUM_BPS,
                .outgoing_call_request.maximum_bps = TUNNEL_MAXIMUM_BPS,
                .outgoing_call_request.bearer_type = TUNNEL_ANY,
                .outgoing_call_request.framing_type = TUNNEL_ANY,
                .outgoing_call_request.receive_window_size = TUNNEL_RECEIVE_WINDOW,
        };

        if (t->config->phone_number)
                snprintf(request.outgoing_call_request.phone_number,
                         sizeof(request.outgoing_call_request.phone_number), "%s",
                         t->config->phone_number);

        t->call_id = event->call_id;
        t->call_requested = true;
        tunnel_send(t, actions, &request);
        tunnel_status_phase(t, actions, "Waiting for the server to accept the call");
        tunnel_set_state(t, TUNNEL_STATE_CALLING, now + TUNNEL_CALL_USEC);
}

static void tunnel_dial_call_reply(Tunnel *t, const PptpMessage *m, uint64_t now,
                                   TunnelActions *actions) {

        /* Of no call that we made; but who refuses may not bother to name the call. */
        if (m->outgoing_call_reply.peer_call_id != t->call_id &&
            (m->result_code == 1 || m->outgoing_call_reply.peer_call_id != 0))
                return;

        if (m->result_code != 1) {
                t->call_requested = false;
                tunnel_fail(t, now, actions, false);
                return;
        }

        t->peer_call_id = m->outgoing_call_reply.call_id;
        tunnel_send(
                t, actions,
                &(PptpMessage){
                        .type = PPTP_SET_LINK_INFO,
                        .link_info.call_id = t->peer_call_id,
                        .link_info.send_accm = UINT32_MAX, /* RFC 2637, section 2.15: the default */
                        .link_info.receive_accm = UINT32_MAX,
                });
        tunnel_link_start(t, now, actions);
}

static void tunnel_dial_echo(Tunnel *t, const PptpMessage *m, TunnelActions *actions) {
        tunnel_send(t, actions,
                    &(PptpMessage){
                            .type = PPTP_ECHO_REPLY,
                            .result_code = 1,
                            .echo.identifier = m->echo.identifier,
                    });
}

static void tunnel_dial_stopped(Tunnel *t, uint64_t now, TunnelActions *actions) {
        tunnel_send(t, actions,
                    &(PptpMessage){
                            .type = PPTP_STOP_CONTROL_CONNECTION_REPLY,
                            .result_code = 1,
                    });
        t->control_started = false;
        t->call_requested = false;

        if (tunnel_is_closing(t))
                return;

        tunnel_fail(t, now, actions, true);
}

static void tunnel_dial_disconnected(Tunnel *t, const PptpMessage *m, uint64_t now,
                                     TunnelActions *actions) {

        /* RFC 2637, section 2.13: the sender's own call id, though some send ours. */
        if (!t->call_requested ||
            (m->call.call_id != t->peer_call_id && m->call.call_id != t->call_id &&
             t->peer_call_id != 0))
                return;

        t->call_requested = false;
        if (tunnel_is_closing(t))
                return;

        if (t->ppp_established)
                tunnel_remember_call(t, now);
        tunnel_fail(t, now, actions, true);
}

/* One message on the control connection, in whatever state. */
void tunnel_dial_control(Tunnel *t, const PptpMessage *m, uint64_t now, TunnelActions *actions) {
        diagnosis_add_control(t->diagnosis, false, m);

        /* RFC 2637, section 3.1.4: any message shows that the peer is there. */
        if (t->control_started && !tunnel_is_closing(t)) {
                t->control_echo_pending = false;
                t->control_deadline_usec = now + TUNNEL_CONTROL_IDLE_USEC;
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
                tunnel_dial_echo(t, m, actions);
                break;
        case PPTP_STOP_CONTROL_CONNECTION_REQUEST:
                tunnel_dial_stopped(t, now, actions);
                break;
        case PPTP_STOP_CONTROL_CONNECTION_REPLY:
                if (t->state == TUNNEL_STATE_CLOSING_CONTROL)
                        tunnel_close_next(t, now, actions);
                break;
        case PPTP_CALL_DISCONNECT_NOTIFY:
                tunnel_dial_disconnected(t, m, now, actions);
                break;
        case PPTP_INCOMING_CALL_REQUEST:
                tunnel_send(t, actions,
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

void tunnel_dial_control_echo(Tunnel *t, uint64_t now, TunnelActions *actions) {
        if (t->control_echo_pending)
                return;

        t->control_echo_pending = true;
        t->control_deadline_usec = now + TUNNEL_CONTROL_ECHO_USEC;
        tunnel_send(t, actions,
                    &(PptpMessage){
                            .type = PPTP_ECHO_REQUEST,
                            .echo.identifier = ++t->control_echo_identifier,
                    });
}

/* 60 s of silence: ask. 60 s without an answer: the server is gone, whatever GRE says. */
void tunnel_dial_control_timer(Tunnel *t, uint64_t now, TunnelActions *actions) {
        if (!t->control_echo_pending) {
                tunnel_dial_control_echo(t, now, actions);
                return;
        }

        t->control_deadline_usec = USEC_INFINITY;
        tunnel_add_fact(t, DIAGNOSIS_ECHO_LOST, 0);
        tunnel_fail(t, now, actions, true);
}
