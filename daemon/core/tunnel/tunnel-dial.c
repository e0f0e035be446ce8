/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * From a name to a standing call: resolve, connect, Start-Control-Connection, Outgoing-Call, as the
 * calling side (PNS) of RFC 2637.
 */

#include <assert.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "core/diagnosis/catalogue.h"
#include "core/base/text.h"
#include "core/ppp/mtu.h"
#include "core/ppp/restart-timer.h"
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

/*
 * Returns what the diagnosis reads the attempt's evidence against. Where the password is from is
 * known once everything is prepared.
 */
static DiagnosisContext tunnel_dial_context(const Tunnel *t) {
        return (DiagnosisContext){
                .mppe = t->approach.settings.mppe,
                .has_worked = tunnel_has_worked_as_configured(t),
                .was_deaf = t->approach.was_deaf,
                .has_domain = t->config->domain || strchr(t->config->user, '\\'),
        };
}

void tunnel_dial_prepare(Tunnel *t, uint64_t now, TunnelActions *actions) {
        const DiagnosisContext context = tunnel_dial_context(t);

        t->attempt_usec = now;
        t->control = (Control){ .deadline_usec = USEC_INFINITY };
        t->call = (Call){ 0 };
        t->ppp = (Ppp){ .phase = PLUGIN_PHASE_DEAD, .peer_mru_bytes = MTU_MAX_BYTES };
        t->parts = (Parts){ 0 };
        tunnel_ipv6_forget(t);
        t->verify = (Verify){ .deadline_usec = USEC_INFINITY };
        t->redial_at_once = t->redial_soon = false;
        t->turn = TURN_NONE;
        t->turn_usec = 0;
        t->up_since_usec = 0;

        diagnosis_reset(t->diagnosis, &context);
        tunnel_add_action(actions, TUNNEL_ACTION_PREPARE);
        tunnel_set_state(t, TUNNEL_STATE_PREPARING, now + TUNNEL_OPEN_USEC, actions);
}

/*
 * Returns where the tunnel was last up with the server that is dialled, or INADDR_ANY. It is kept
 * for each server, and beyond a crash; but whoever starts the tunnel for the first time, after a
 * stop, or with other servers than it worked with gets no old address.
 */
static struct in_addr tunnel_dial_get_last_address(const Tunnel *t) {
        const ServerMemoryEntry *known = server_memory_find(&t->memory, tunnel_get_server_name(t));

        return t->history.has_worked && known ? known->up_address :
                                                (struct in_addr){ .s_addr = INADDR_ANY };
}

/*
 * Whether the look-up may soon have the address at which the tunnel was up dialled beside it. Not
 * where somebody answers there and no tunnel comes of it: the server may have moved.
 */
static bool tunnel_dial_may_hurry(const Tunnel *t, uint64_t now) {
        const Retry *retry = &t->history.retry;

        return tunnel_dial_get_last_address(t).s_addr != INADDR_ANY && tunnel_is_in_grace(t, now) &&
                (retry->n_tries == 0 ||
                 (retry->unreachable_since_usec > 0 &&
                  t->failure.verdict.row != &catalogue_rows[CATALOGUE_NET_03]));
}

static void tunnel_dial_resolve(Tunnel *t, uint64_t now, TunnelActions *actions) {
        const char *name = tunnel_get_server_name(t);
        uint64_t patience_usec =
                tunnel_dial_may_hurry(t, now) ? TUNNEL_RERESOLVE_USEC : TUNNEL_RESOLVE_USEC;
        TunnelAction *action;

        action = tunnel_add_action(actions, TUNNEL_ACTION_RESOLVE);
        action->name = name;
        action->timeout_usec = TUNNEL_RESOLVE_USEC;
        t->control.open = true; /* CLOSE_CONTROL cancels the look-up, too */
        tunnel_status_phase(t, actions, "Looking up %s", name);
        tunnel_set_state(t, TUNNEL_STATE_RESOLVING, now + patience_usec, actions);
}

/*
 * Returns how long to wait for the server's TCP: only briefly if the server went away a moment ago,
 * so that it is tried more often.
 */
static uint64_t tunnel_dial_patience(const Tunnel *t, uint64_t now) {
        uint64_t usec =
                MAX(TUNNEL_RECONNECT_USEC, t->past.connected_after_usec * TUNNEL_RECONNECT_FACTOR);

        if (t->past.connected_address.s_addr != tunnel_get_server(t).s_addr ||
            !tunnel_is_in_grace(t, now))
                return TUNNEL_CONNECT_USEC;

        return MIN(usec, TUNNEL_CONNECT_USEC);
}

static void tunnel_dial_connect(Tunnel *t, uint64_t now, TunnelActions *actions) {
        char server[128];
        TunnelAction *action;

        action = tunnel_add_action(actions, TUNNEL_ACTION_CONNECT);
        action->connect.address = t->candidates.addresses[t->candidates.address_index];
        action->connect.port = t->config->port;
        t->control.open = true;

        tunnel_describe_server(t, server, sizeof(server));
        tunnel_log(actions, tunnel_repeat_get_priority(t), CATALOGUE_MESSAGE_CONNECTING, NULL,
                   "Connecting to %s, TCP port %u", server, t->config->port);
        tunnel_status_phase(t, actions, "Connecting to %s, TCP port %u", server, t->config->port);
        t->control.connect_usec = now;
        tunnel_set_state(t, TUNNEL_STATE_CONNECTING, now + tunnel_dial_patience(t, now), actions);
}

/*
 * Adds evidence if the address at which the tunnel was up is no longer among those of the server's
 * name.
 */
static void tunnel_dial_compare(Tunnel *t) {
        struct in_addr last = tunnel_dial_get_last_address(t);
        char text[64];

        if (last.s_addr == INADDR_ANY)
                return;

        for (size_t i = 0; i < t->candidates.n_addresses; i++)
                if (t->candidates.addresses[i].s_addr == last.s_addr)
                        return;

        snprintf(text, sizeof(text), "from %s to %s", TEXT_IPV4(last),
                 TEXT_IPV4(t->candidates.addresses[0]));
        tunnel_add_fact_text(t, DIAGNOSIS_ADDRESS_CHANGED, 0, text);
}

/* Makes these the addresses of the server that is tried, and dials the first. */
static void tunnel_dial_addresses(Tunnel *t, const struct in_addr *addresses, size_t n,
                                  uint64_t now, TunnelActions *actions) {

        memcpy(t->candidates.addresses, addresses, n * sizeof(addresses[0]));
        t->candidates.n_addresses = n;
        t->candidates.address_index = 0;
        t->candidates.n_late_addresses = 0;
        tunnel_dial_compare(t);
        tunnel_dial_connect(t, now, actions);
}

void tunnel_dial_on_prepared(Tunnel *t, const TunnelEvent *event, uint64_t now,
                             TunnelActions *actions) {

        DiagnosisContext context = tunnel_dial_context(t);
        const Candidates *c = &t->candidates;

        context.password_source = event->password_source;
        context.password_not_ascii = event->password_not_ascii;
        diagnosis_set_context(t->diagnosis, &context);
        if (c->address_index < c->n_addresses)
                tunnel_dial_connect(t, now, actions);
        else if (c->n_late_addresses > 0)
                tunnel_dial_addresses(t, c->late_addresses, c->n_late_addresses, now, actions);
        else
                tunnel_dial_resolve(t, now, actions);
}

void tunnel_dial_on_resolved(Tunnel *t, const TunnelEvent *event, uint64_t now,
                             TunnelActions *actions) {

        size_t n = MIN(event->addresses.n_items, (size_t) TUNNEL_ADDRESSES_MAX);
        Candidates *c = &t->candidates;

        assert(n > 0);

        if (t->state == TUNNEL_STATE_RESOLVING) {
                tunnel_dial_addresses(t, event->addresses.items, n, now, actions);
                return;
        }

        diagnosis_forget_resolve(t->diagnosis);
        memcpy(c->late_addresses, event->addresses.items, n * sizeof(c->late_addresses[0]));
        c->n_late_addresses = n;
}

bool tunnel_dial_last_address(Tunnel *t, uint64_t now, TunnelActions *actions) {
        const struct in_addr last = tunnel_dial_get_last_address(t);

        if (last.s_addr == INADDR_ANY)
                return false;

        tunnel_log(actions, tunnel_repeat_get_priority(t), NULL, NULL,
                   "No name server has answered for %s yet; trying %s, where the tunnel was up",
                   tunnel_get_server_name(t), TEXT_IPV4(last));
        tunnel_add_fact_text(t, DIAGNOSIS_LAST_ADDRESS, 0, TEXT_IPV4(last));
        tunnel_dial_addresses(t, &last, 1, now, actions);
        return true;
}

/* Whether a name server has answered, and the name leads nowhere. */
static bool tunnel_dial_is_answer(const DiagnosisFact *fact) {
        return fact->type == DIAGNOSIS_RESOLVE_ERROR &&
                (fact->number == EAI_NONAME || fact->number == EAI_NODATA ||
                 fact->number == EAI_ADDRFAMILY);
}

/*
 * Name servers fail with the path to the server, or lie behind the tunnel itself. The address at
 * which the tunnel was up is as good as their answer then; should the server have moved, the
 * evidence that no name server answered is the verdict.
 */
void tunnel_dial_on_resolve_failed(Tunnel *t, const TunnelEvent *event, uint64_t now,
                                   TunnelActions *actions) {

        diagnosis_add_fact(t->diagnosis, &event->fact);
        if (t->state != TUNNEL_STATE_RESOLVING)
                return;

        if (tunnel_dial_is_answer(&event->fact) || !tunnel_dial_last_address(t, now, actions))
                tunnel_request_fail(t, false);
}

void tunnel_dial_on_connected(Tunnel *t, const TunnelEvent *event, uint64_t now,
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

        t->control.local_address = event->connected.local_address;
        t->control.answer_usec = event->connected.round_trip_usec * TUNNEL_ROUND_TRIPS;
        t->approach.settings.restart_sec = restart_timer_choose(t->control.answer_usec);
        t->past.connected_address = tunnel_get_server(t);
        t->past.connected_after_usec = now - t->control.connect_usec;
        t->candidates.n_late_addresses = 0;
        diagnosis_forget_resolve(t->diagnosis);

        /* We do not send our real host name: servers log it, and none needs it. */
        snprintf(request.start.host_name, sizeof(request.start.host_name), "local");
        tunnel_send(actions, &request);
        tunnel_link_start_pppd(t, actions);

        tunnel_describe_server(t, server, sizeof(server));
        tunnel_status_phase(t, actions, "Waiting for %s to answer as a PPTP server", server);
        tunnel_set_state(t, TUNNEL_STATE_STARTING, now + TUNNEL_START_USEC, actions);
}

void tunnel_dial_started(Tunnel *t, const PptpMessage *m, uint64_t now, TunnelActions *actions) {

        char host[64 * 4 + 1], vendor[64 * 4 + 1];
        TunnelAction *action;

        if (m->result_code != 1) {
                tunnel_request_fail(t, true);
                return;
        }

        t->control.started = true;
        tunnel_echo_reset(t, now);
        text_escape(host, sizeof(host), m->start.host_name, strlen(m->start.host_name));
        text_escape(vendor, sizeof(vendor), m->start.vendor_name, strlen(m->start.vendor_name));
        tunnel_log(actions, tunnel_repeat_get_priority(t), NULL, NULL,
                   "Control connection established; the server is \"%s\", made by \"%s\"", host,
                   vendor);

        action = tunnel_add_action(actions, TUNNEL_ACTION_OPEN_CALL);
        action->connect.address = t->candidates.addresses[t->candidates.address_index];
        t->call.open = true;
        tunnel_set_state(t, TUNNEL_STATE_OPENING, now + TUNNEL_OPEN_USEC, actions);
}

void tunnel_dial_on_call_opened(Tunnel *t, const TunnelEvent *event, uint64_t now,
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

        t->call.id = event->call_id;
        t->call.requested = true;
        tunnel_send(actions, &request);
        tunnel_status_phase(t, actions, "Waiting for the server to accept the call");
        tunnel_set_state(t, TUNNEL_STATE_CALLING, now + TUNNEL_CALL_USEC, actions);
}

void tunnel_dial_call_reply(Tunnel *t, const PptpMessage *m, uint64_t now, TunnelActions *actions) {

        /*
         * A reply to a call that we did not make is ignored, but for a refusal: some servers leave
         * our call id out of that.
         */
        if (m->outgoing_call_reply.peer_call_id != t->call.id &&
            (m->result_code == 1 || m->outgoing_call_reply.peer_call_id != 0))
                return;

        if (m->result_code != 1) {
                t->call.requested = false;
                tunnel_request_fail(t, false);
                return;
        }

        t->call.peer_id = m->outgoing_call_reply.call_id;
        tunnel_send(
                actions,
                &(PptpMessage){
                        .type = PPTP_SET_LINK_INFO,
                        .link_info.call_id = t->call.peer_id,
                        .link_info.send_accm = UINT32_MAX, /* RFC 2637, section 2.15: the default */
                        .link_info.receive_accm = UINT32_MAX,
                });
        tunnel_link_hand_over(t, now, actions);
}
