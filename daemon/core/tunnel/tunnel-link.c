/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * From a standing call to a usable tunnel: pppd negotiates, the plugin reports, routes go to the
 * kernel, and data passes; then the tunnel is up until something ends it.
 */

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "core/config/config-routes.h"
#include "core/diagnosis/catalogue.h"
#include "core/ppp/mtu.h"
#include "core/ppp/ppp-packet.h"
#include "core/ppp/pppd-exit.h"
#include "core/base/text.h"
#include "core/tunnel/tunnel-internal.h"

/*
 * A router or server may not have forgotten our last call yet. After one that died for want of
 * packets there is nothing to conclude: whatever lost them may lose them still.
 */
static void tunnel_link_recall(Tunnel *t, uint64_t now) {
        if (t->past.call_usec > 0 && now - t->past.call_usec < TUNNEL_RECENT_CALL_USEC &&
            t->past.call_server.s_addr == tunnel_get_server(t).s_addr)
                tunnel_add_fact(t, DIAGNOSIS_RECENT_CALL,
                                (int64_t) ((now - t->past.call_usec) / USEC_PER_SEC));
}

void tunnel_link_start_pppd(Tunnel *t, TunnelActions *actions) {
        t->ppp.running = true;
        tunnel_add_action(actions, TUNNEL_ACTION_START_PPPD)->pppd.settings = t->approach.settings;
}

void tunnel_link_hand_over(Tunnel *t, uint64_t now, TunnelActions *actions) {
        TunnelAction *action;

        assert(t->ppp.running);
        tunnel_link_recall(t, now);
        tunnel_log(actions, tunnel_repeat_get_priority(t), NULL, NULL,
                   "Call accepted (ours %u, the server's %u)", t->call.id, t->call.peer_id);

        t->ppp.phase = PLUGIN_PHASE_INITIALIZE; /* what it said while it waited did not count */
        t->ppp.call_usec = now;
        action = tunnel_add_action(actions, TUNNEL_ACTION_HAND_OVER_CALL);
        action->pppd.peer_call_id = t->call.peer_id;
        action->pppd.settings = t->approach.settings;
        tunnel_status_phase(t, actions, "Call accepted, waiting for pppd");
        tunnel_set_state(t, TUNNEL_STATE_LINKING, now + TUNNEL_LINK_USEC, actions);
}

/*
 * pppd is on its way out, for a reason that the evidence names; its exit ends the attempt, or the
 * deadline for it, which is that of all states from now on.
 */
static void tunnel_link_dying(Tunnel *t, uint64_t now, TunnelActions *actions) {
        if (!t->ppp.dying)
                t->ppp.exit_by_usec = now + TUNNEL_DYING_USEC;
        t->ppp.dying = true;
        tunnel_set_state(t, t->state, t->deadline_usec, actions);
}

/* The network phase: LCP is open. A server may have asked for no authentication. */
static void tunnel_link_authenticated(Tunnel *t, TunnelActions *actions) {
        if (t->ppp.authenticated || t->state != TUNNEL_STATE_LINKING)
                return; /* pppd reports the phase again while it ends */

        t->ppp.authenticated = diagnosis_is_authenticated(t->diagnosis);
        if (t->ppp.authenticated)
                tunnel_log(actions, LOG_INFO, NULL, NULL, "Authenticated as \"%s\"",
                           t->config->user);
        else if (!diagnosis_is_authentication_rejected(t->diagnosis))
                tunnel_log(actions, LOG_NOTICE, NULL, NULL,
                           "The server opened the link without asking for the password");

        tunnel_status_phase(t, actions, "Negotiating encryption and addresses");
}

static void tunnel_link_phase(Tunnel *t, PluginPhase phase, uint64_t now, TunnelActions *actions) {
        diagnosis_add_phase(t->diagnosis, phase);
        t->ppp.phase = phase;

        switch (phase) {
        case PLUGIN_PHASE_ESTABLISH:
                tunnel_status_phase(t, actions, "Negotiating the link with the server (LCP)");
                break;
        case PLUGIN_PHASE_AUTHENTICATE:
                t->ppp.established = true;
                tunnel_status_phase(t, actions, "Authenticating as %s", t->config->user);
                break;
        case PLUGIN_PHASE_NETWORK:
                t->ppp.established = true;
                t->ipv6.lack = 0; /* the plugin looks anew */
                tunnel_link_authenticated(t, actions);
                break;
        case PLUGIN_PHASE_TERMINATE:
        case PLUGIN_PHASE_DEAD:
                tunnel_link_dying(t, now, actions);
                return;
        case PLUGIN_PHASE_INITIALIZE:
        case PLUGIN_PHASE_RUNNING:
        case PLUGIN_PHASE_OTHER:
        case _PLUGIN_PHASE_MAX:
                return;
        }

        if (t->state == TUNNEL_STATE_LINKING && !t->ppp.dying)
                tunnel_set_state(t, TUNNEL_STATE_LINKING, now + TUNNEL_LINK_USEC, actions);
}

static void tunnel_link_breach(Tunnel *t, PluginBreach breach) {
        tunnel_add_fact(t, DIAGNOSIS_BREACH, breach);
        tunnel_request_fail(t, false);
}

static void tunnel_link_log_no_encryption(const Tunnel *t, TunnelActions *actions) {
        DiagnosisEncryption encryption;
        char mppe[64];

        diagnosis_get_encryption(t->diagnosis, &encryption);
        if (encryption.named_bits == 0) {
                tunnel_log(actions, LOG_WARNING, NULL, NULL,
                           "NOT encrypted: MPPE=no and the server did not ask for encryption");
                return;
        }

        mppe_bits_describe(encryption.named_bits, mppe, sizeof(mppe));
        tunnel_log(actions, LOG_WARNING, NULL, NULL,
                   "NOT encrypted: the server asked for %s, which MPPE=no refused", mppe);
}

/* Warns of the encryption's weakness, once for each connection. */
static void tunnel_link_log_encryption(Tunnel *t, TunnelActions *actions) {
        const DiagnosisRow *row = &catalogue_rows[CATALOGUE_MPPE_18];
        char mppe[64];

        if (!mppe_outcome_is_encrypted(&t->link.transmit)) {
                tunnel_link_log_no_encryption(t, actions);
                return;
        }

        mppe_outcome_describe(&t->link.transmit, mppe, sizeof(mppe));
        tunnel_log(
                actions, LOG_NOTICE, row->message_id, row,
                "Encrypted with %s; MS-CHAPv2 and RC4 are broken, do not rely on the tunnel for secrecy",
                mppe);
}

static void tunnel_link_take(Tunnel *t, const PluginMessage *m) {
        t->link = (TunnelLink){
                .local = m->ip_up.local,
                .peer = m->ip_up.peer,
                .dns = { m->ip_up.dns[0], m->ip_up.dns[1] },
                .transmit = m->ip_up.transmit,
                .receive = m->ip_up.receive,
                .mtu_bytes = m->ip_up.mtu_bytes,
        };
        t->link.has_ipv6 = tunnel_ipv6_is_up(t);
        snprintf(t->link.ifname, sizeof(t->link.ifname), "%s", m->ip_up.ifname);
}

/*
 * Warns of a route whose MTU is more than the interface's. For the kernel the route's counts (see
 * check_route_sizes() of pptpctl), so packets of a size in between are lost.
 */
static void tunnel_link_warn_of_route_sizes(const Tunnel *t, TunnelActions *actions) {
        ConfigCursor cursor;
        ConfigRoute r;

        config_cursor_init(&cursor, t->config);
        while (config_cursor_next(&cursor, &r))
                if (r.type == CONFIG_ROUTE_UNICAST && r.mtu_bytes > t->link.mtu_bytes) {
                        tunnel_log(actions, LOG_WARNING, NULL, NULL,
                                   "%s:%u: MTUBytes=%u of [Route] is more than the %u of the "
                                   "interface: packets of a size in between are lost; leave it "
                                   "out, or write at most %u",
                                   r.file ?: t->config->name, r.line, r.mtu_bytes,
                                   t->link.mtu_bytes, t->link.mtu_bytes);
                        return; /* one section is enough to look at the others */
                }
}

static void tunnel_link_log_addresses(Tunnel *t, TunnelActions *actions) {
        tunnel_log(actions, LOG_INFO, NULL, NULL, "Interface %s has address %s, peer %s, MTU %u",
                   t->link.ifname, TEXT_IPV4(t->link.local), TEXT_IPV4(t->link.peer),
                   t->link.mtu_bytes);
        tunnel_link_warn_of_route_sizes(t, actions);

        /* In a namespace or VRF of its own that address is just another one. */
        if (t->link.peer.s_addr == tunnel_get_server(t).s_addr && !t->config->network_namespace &&
            t->config->vrf[0] == '\0') {
                const DiagnosisRow *row = diagnosis_find_row("GRE-09");

                tunnel_add_fact(t, DIAGNOSIS_PEER_IS_SERVER, 0);
                tunnel_log(actions, LOG_NOTICE, row->message_id, row,
                           "%s; the way to it stays outside", row->summary);
        }
}

/*
 * There is no IPv6: the tunnel is good for IPv4 all the same, and the administrator is told. The
 * kernel may still have IPv6 routes from before.
 */
static void tunnel_link_lacks_ipv6(Tunnel *t, const char *why, uint64_t now,
                                   TunnelActions *actions) {

        char text[DIAGNOSIS_FACT_TEXT_MAX];

        t->ipv6.deadline_usec = USEC_INFINITY;
        tunnel_add_fact_text(t, DIAGNOSIS_NO_IPV6, 0, why);
        if (t->link.has_ipv6) {
                t->link.has_ipv6 = false;
                tunnel_parts_apply(t, TUNNEL_PART_ROUTES, now, actions);
        }

        snprintf(text, sizeof(text), "without IPv6 (%s)", why);
        tunnel_link_on_apply_failed(t,
                                    &(TunnelEvent){
                                            .type = TUNNEL_EVENT_APPLY_FAILED,
                                            .part = TUNNEL_PART_IPV6,
                                            .optional = true,
                                            .fact = { .type = DIAGNOSIS_NO_IPV6, .text = text },
                                    },
                                    now, actions);
}

static void tunnel_link_await_ipv6(Tunnel *t, uint64_t now, TunnelActions *actions) {
        const char *why = tunnel_ipv6_await(t, now);

        if (why)
                tunnel_link_lacks_ipv6(t, why, now, actions);
}

void tunnel_link_ipv6_timer(Tunnel *t, uint64_t now, TunnelActions *actions) {
        tunnel_link_lacks_ipv6(t, "the server does not answer IPV6CP", now, actions);
}

/*
 * IPV6CP is up: before IPCP, as a rule soon after it, or later than was waited for. The routes of
 * IPv6 can be installed now; those of IPv4 stand, or are being installed.
 */
static void tunnel_link_ipv6_up(Tunnel *t, const PluginMessage *m, uint64_t now,
                                TunnelActions *actions) {

        bool had_ipv6;

        /* pppd was not asked for it otherwise. */
        if (t->ppp.dying || t->config->ipv6 != CONFIG_IPV6_NEGOTIATE)
                return;

        tunnel_ipv6_set_up(t, &m->ipv6_up.local, &m->ipv6_up.peer);
        tunnel_log(actions, LOG_INFO, NULL, NULL, "IPv6 in the tunnel: %s, peer %s",
                   TEXT_IPV6(t->ipv6.local), TEXT_IPV6(t->ipv6.peer));
        if (t->state == TUNNEL_STATE_LINKING || !tunnel_ipv6_is_up(t))
                return; /* IPCP's turn, or too small an MTU, of which was told */

        had_ipv6 = t->link.has_ipv6;
        t->link.has_ipv6 = true;
        if (!had_ipv6 && config_has_ipv6_routes(t->config))
                tunnel_parts_apply(t, TUNNEL_PART_ROUTES, now, actions);
        else
                tunnel_link_on_applied(
                        t, &(TunnelEvent){ .type = TUNNEL_EVENT_APPLIED, .part = TUNNEL_PART_IPV6 },
                        now, actions);
}

/* IPV6CP went down: for good, or to be negotiated anew, for which the routes stay for a while. */
static void tunnel_link_ipv6_down(Tunnel *t, uint64_t now, TunnelActions *actions) {
        if (t->ppp.dying)
                return;

        tunnel_ipv6_set_down(t);
        if (t->state != TUNNEL_STATE_LINKING)
                tunnel_link_await_ipv6(t, now, actions);
}

/* This host gives the interface none. It is told when the link is up, as a rule soon after this. */
static void tunnel_link_no_ipv6(Tunnel *t, PluginNoIpv6 lack, uint64_t now,
                                TunnelActions *actions) {

        t->ipv6.lack = lack;
        if (t->ipv6.deadline_usec != USEC_INFINITY)
                tunnel_link_await_ipv6(t, now, actions);
}

/* The server rejects a protocol. */
static void tunnel_link_rejected(Tunnel *t, uint16_t protocol, uint64_t now,
                                 TunnelActions *actions) {

        /* Encrypted packets: LCP echoes are answered, but no data will ever pass. */
        if (protocol == PPP_PROTO_COMPRESSED)
                tunnel_request_fail(t, false);

        if (protocol == PPP_PROTO_IPV6CP) {
                t->ipv6.rejected = true;
                if (t->ipv6.deadline_usec != USEC_INFINITY)
                        tunnel_link_await_ipv6(t, now, actions);
        }
}

/*
 * IPCP is up: for the first time, or once more because the server negotiated IPCP or all of the
 * link anew. Then addresses, DNS and MTU may be others, CCP may have agreed on another encryption,
 * and the interface was down, so that the kernel dropped its routes: everything counts anew.
 */
static void tunnel_link_ip_up(Tunnel *t, const PluginMessage *m, uint64_t now,
                              TunnelActions *actions) {

        const TunnelLink before = t->link;
        const size_t n_routes = config_count_routes(t->config);
        bool was_up = t->state == TUNNEL_STATE_UP;
        TunnelAction *action;

        if (t->ppp.dying)
                return; /* pppd's exit follows, or the deadline for it */

        tunnel_link_take(t, m);

        /*
         * The plugin has checked this already. It is checked twice because data would go
         * unencrypted otherwise.
         */
        if (!mppe_policy_accepts(&t->approach.settings.mppe, &t->link.transmit) ||
            !mppe_policy_accepts(&t->approach.settings.mppe, &t->link.receive)) {
                tunnel_link_breach(t, PLUGIN_BREACH_OUTCOME);
                return;
        }

        if (!was_up || !mppe_outcome_is_same(&t->link.transmit, &before.transmit))
                tunnel_link_log_encryption(t, actions);
        tunnel_link_log_addresses(t, actions);

        if (was_up) {
                tunnel_set_state(t, TUNNEL_STATE_UP, USEC_INFINITY, actions);
                tunnel_parts_apply(t, TUNNEL_PARTS_ALL, now, actions);
                tunnel_link_await_ipv6(t, now, actions);
                tunnel_size_cancel(t, actions);
                tunnel_size_check(t, now, actions);
                return;
        }

        if (t->state != TUNNEL_STATE_LINKING) /* no IP-down was told */
                tunnel_add_action(actions, TUNNEL_ACTION_PROBE_STOP);
        tunnel_status_phase(t, actions, "Installing %zu route%s", n_routes,
                            n_routes == 1 ? "" : "s");
        tunnel_set_state(t, TUNNEL_STATE_APPLYING, now + TUNNEL_APPLY_USEC, actions);
        tunnel_parts_apply(t, TUNNEL_PARTS_ALL, now, actions);
        tunnel_link_await_ipv6(t, now, actions);

        /* The ping that is to show that data passes is under way while the parts are applied. */
        t->verify.ping_answered = false;
        action = tunnel_add_action(actions, TUNNEL_ACTION_PROBE);
        action->connect.address = t->link.peer;
}

/*
 * IPCP went down. The end of the link says so itself; else the server negotiates it anew, and the
 * tunnel is none until that is done.
 */
static void tunnel_link_ip_down(Tunnel *t, uint64_t now, TunnelActions *actions) {
        if (t->ppp.dying)
                return;

        if (t->state == TUNNEL_STATE_APPLYING || t->state == TUNNEL_STATE_PROBING) {
                tunnel_add_action(actions, TUNNEL_ACTION_PROBE_STOP);
                tunnel_set_state(t, TUNNEL_STATE_LINKING, now + TUNNEL_LINK_USEC, actions);
        }
        if (t->state != TUNNEL_STATE_UP)
                return;

        tunnel_size_cancel(t, actions); /* its packets are lost now, whatever their size */
        tunnel_log(actions, LOG_NOTICE, NULL, NULL, "The server negotiates the link anew");
        tunnel_status(actions, "Reconnecting (the server negotiates the link anew)");
        tunnel_set_state(t, TUNNEL_STATE_UP, now + TUNNEL_LINK_USEC, actions);
}

void tunnel_link_timer(Tunnel *t) {
        tunnel_add_fact_text(t, DIAGNOSIS_LINK_SILENT, TUNNEL_LINK_USEC / USEC_PER_SEC,
                             "after the server began to negotiate it anew");
        tunnel_request_fail(t, true);
}

/* pppd's MINMRU, lcp.h: it agrees to no less. */
#define PPPD_MRU_MIN_BYTES 128

/*
 * The largest MTU that the peer takes. pppd bounds the interface's MTU by it, and so must a change
 * while the tunnel is up.
 */
static void tunnel_link_note_mru(Tunnel *t, const PppPacket *packet) {
        PppOption option;
        uint32_t mru_bytes = MTU_MAX_BYTES;

        if (packet->protocol != PPP_PROTO_LCP || packet->code != PPP_CODE_CONFIGURE_REQUEST)
                return;

        if (ppp_packet_find_option(packet, PPP_LCP_OPTION_MRU, &option))
                (void) ppp_option_get_number(&option, &mru_bytes);
        t->ppp.peer_mru_bytes = MAX(mru_bytes, (uint32_t) PPPD_MRU_MIN_BYTES);
}

/* The two sides no longer share a key: LCP echo stays happy, but no data will ever pass. */
static bool tunnel_link_is_garbled(Tunnel *t, uint64_t now) {
        Ppp *ppp = &t->ppp;

        if (now - ppp->garbage_usec > TUNNEL_GARBAGE_USEC) {
                ppp->garbage_usec = now;
                ppp->n_garbage = 0;
        }

        return ++ppp->n_garbage >= TUNNEL_GARBAGE_PACKETS;
}

static void tunnel_link_packet(Tunnel *t, const PluginMessage *m, uint64_t now,
                               TunnelActions *actions) {

        unsigned n_garbage = diagnosis_count_garbage(t->diagnosis);
        uint16_t rejected;
        PppPacket packet;

        diagnosis_add_frame(t->diagnosis, m->frame.sent, m->frame.data, m->frame.n_data);
        if (diagnosis_count_garbage(t->diagnosis) > n_garbage && tunnel_link_is_garbled(t, now)) {
                tunnel_request_fail(t, false);
                return;
        }

        t->ppp.heard |= !m->frame.sent;
        if (m->frame.sent || ppp_packet_parse(m->frame.data, m->frame.n_data, &packet) != 0)
                return;

        tunnel_link_note_mru(t, &packet);
        if (ppp_packet_get_rejected(&packet, &rejected))
                tunnel_link_rejected(t, rejected, now, actions);
}

static void tunnel_link_exiting(Tunnel *t, int status, uint64_t now, TunnelActions *actions) {
        tunnel_add_fact(t, DIAGNOSIS_PPPD_EXITED, status);

        /* A dead peer sends no Terminate-Ack, so do not wait for one. */
        if (status == PPPD_EXIT_PEER_DEAD)
                tunnel_request_fail(t, true);
        else
                tunnel_link_dying(t, now, actions);
}

/* Takes a message of the plugin. Of a pppd that waits for the call only its end counts. */
void tunnel_link_on_plugin(Tunnel *t, const TunnelEvent *event, uint64_t now,
                           TunnelActions *actions) {

        const PluginMessage *m = event->plugin;
        bool alive = t->state >= TUNNEL_STATE_LINKING && t->state <= TUNNEL_STATE_UP;

        switch (m->type) {
        case PLUGIN_PHASE:
                if (alive)
                        tunnel_link_phase(t, m->phase.phase, now, actions);
                break;
        case PLUGIN_PACKET:
                tunnel_silence_use_wakeup(t, now, actions);
                if (alive)
                        tunnel_link_packet(t, m, now, actions);
                break;
        case PLUGIN_PASSWORD_REQUEST:
                if (t->state >= TUNNEL_STATE_LINKING)
                        tunnel_add_action(actions, TUNNEL_ACTION_SEND_PASSWORD);
                break;
        case PLUGIN_IP_UP:
                if (alive)
                        tunnel_link_ip_up(t, m, now, actions);
                break;
        case PLUGIN_POLICY_BREACH:
                if (alive)
                        tunnel_link_breach(t, m->breach.breach);
                break;
        case PLUGIN_EXITING:
                if (!tunnel_is_closing(t))
                        tunnel_link_exiting(t, m->exiting.status, now, actions);
                break;
        case PLUGIN_IP_DOWN:
                if (alive)
                        tunnel_link_ip_down(t, now, actions);
                break;
        case PLUGIN_IPV6_UP:
                if (alive)
                        tunnel_link_ipv6_up(t, m, now, actions);
                break;
        case PLUGIN_IPV6_DOWN:
                if (alive)
                        tunnel_link_ipv6_down(t, now, actions);
                break;
        case PLUGIN_NO_IPV6:
                if (alive)
                        tunnel_link_no_ipv6(t, m->no_ipv6.lack, now, actions);
                break;
        case PLUGIN_HELLO:
                break;
        case PLUGIN_SETUP:
        case PLUGIN_EARLY_FRAME:
        case PLUGIN_TRANSPORT:
        case PLUGIN_PASSWORD:
                break; /* ours to send */
        }
}

/* Takes pppd's exit: while closing the next step follows, else it is a failure. */
static void tunnel_link_ended(Tunnel *t, const TunnelEvent *event, uint64_t now,
                              TunnelActions *actions) {

        t->ppp.running = false;

        if (t->state == TUNNEL_STATE_CLOSING_LINK) {
                tunnel_close_next(t, now, actions);
                return;
        }

        diagnosis_add_fact(t->diagnosis, &event->fact);
        if (!tunnel_is_closing(t))
                tunnel_request_fail(t, false);
}

void tunnel_link_on_pppd_failed(Tunnel *t, const TunnelEvent *event, uint64_t now,
                                TunnelActions *actions) {

        tunnel_link_ended(t, event, now, actions);
}

void tunnel_link_on_pppd_exited(Tunnel *t, const TunnelEvent *event, uint64_t now,
                                TunnelActions *actions) {

        tunnel_link_ended(t, event, now, actions);
}

/*
 * Waits for pppd's exit. The interface goes with pppd and pppd with the interface; the exit tells
 * which of them went first.
 */
void tunnel_link_on_interface_gone(Tunnel *t, const TunnelEvent *event, uint64_t now,
                                   TunnelActions *actions) {

        diagnosis_add_fact(t->diagnosis, &event->fact);
        tunnel_link_dying(t, now, actions);
}

/* "Up: ", what stands, and since when; "Up, but ", if something of it does not. */
static void tunnel_link_status(Tunnel *t, TunnelActionType type, TunnelActions *actions) {
        const char *trouble = tunnel_parts_get_trouble(t);
        char link[TUNNEL_TEXT_MAX_BYTES / 2];
        TunnelAction *action;

        tunnel_describe_link(t, link, sizeof(link));
        action = tunnel_add_action(actions, type);
        action->status.since_usec = t->up_since_usec;
        snprintf(action->status.text, sizeof(action->status.text), "Up%s%s: %s",
                 trouble[0] ? ", but " : "", trouble, link);
}

/* All parts are applied, or good to be without: it is up once the ping was answered. */
static void tunnel_link_applied(Tunnel *t, uint64_t now, TunnelActions *actions) {
        if (config_count_routes(t->config) == 0)
                tunnel_add_fact(t, DIAGNOSIS_NO_ROUTES, 0);

        if (t->verify.ping_answered) {
                tunnel_link_up(t, now, actions);
                return;
        }

        tunnel_status_phase(t, actions, "Checking that data passes");
        tunnel_set_state(t, TUNNEL_STATE_PROBING,
                         now + MAX(TUNNEL_PROBE_USEC, t->control.answer_usec), actions);
}

/* What the administrator reads; while the link is negotiated anew, what stood before is no news. */
static void tunnel_link_update_status(Tunnel *t, TunnelActions *actions) {
        if (t->state == TUNNEL_STATE_UP && t->deadline_usec == USEC_INFINITY)
                tunnel_link_status(t, TUNNEL_ACTION_STATUS, actions);
}

/* A reload has changed the MTU of the interface. */
void tunnel_link_on_mtu_changed(Tunnel *t, const TunnelEvent *event, uint64_t now,
                                TunnelActions *actions) {

        t->link.mtu_bytes = (uint16_t) event->count;
        if (t->ppp.dying)
                return;

        /* What was asked for with packets of the old size says nothing any more. */
        tunnel_size_cancel(t, actions);
        tunnel_parts_apply(t, TUNNEL_PART_SIZES, now, actions);
        /* Below that size the kernel takes the addresses away; more does not bring them back. */
        if (!IN6_IS_ADDR_UNSPECIFIED(&t->ipv6.local) && !tunnel_ipv6_is_up(t)) {
                tunnel_ipv6_set_down(t);
                tunnel_link_await_ipv6(t, now, actions);
        }
        tunnel_link_update_status(t, actions);
        tunnel_size_check(t, now, actions);
}

/*
 * What others did to the interface is told, and followed: the name is what everything else of this
 * host knows it by now, and a smaller MTU may be meant. The next connection has both as configured.
 */
void tunnel_link_on_seen(Tunnel *t, const TunnelEvent *event, uint64_t now,
                         TunnelActions *actions) {

        const char *ifname = event->seen.ifname;

        if (t->ppp.dying)
                return;

        if (strcmp(ifname, t->link.ifname) != 0) {
                tunnel_log(actions, LOG_WARNING, NULL, NULL,
                           "Somebody renamed the interface %s to %s; \"pptpctl reconnect\" makes "
                           "%s again",
                           t->link.ifname, ifname, t->link.ifname);
                snprintf(t->link.ifname, sizeof(t->link.ifname), "%s", ifname);
                tunnel_parts_apply(t, TUNNEL_PART_SIZES, now, actions); /* which names it */
                tunnel_link_update_status(t, actions);
        }
        if (event->seen.mtu_bytes != t->link.mtu_bytes) {
                tunnel_log(actions, LOG_WARNING, NULL, NULL,
                           "Somebody changed the MTU of %s from %u to %u; \"pptpctl reconnect\" "
                           "puts it back",
                           ifname, t->link.mtu_bytes, event->seen.mtu_bytes);
                tunnel_link_on_mtu_changed(t,
                                           &(TunnelEvent){
                                                   .type = TUNNEL_EVENT_MTU_CHANGED,
                                                   .count = event->seen.mtu_bytes,
                                           },
                                           now, actions);
        }
}

/* One part of what an up tunnel needs is applied. */
void tunnel_link_on_applied(Tunnel *t, const TunnelEvent *event, uint64_t now,
                            TunnelActions *actions) {

        bool was_troubled = tunnel_parts_get_trouble(t)[0] != '\0';
        bool complete = tunnel_parts_applied(t, event);

        if (t->ppp.dying || !complete)
                return; /* pppd's exit follows, or the deadline for it */

        if (t->state == TUNNEL_STATE_UP && was_troubled && tunnel_parts_get_trouble(t)[0] == '\0')
                tunnel_log(actions, LOG_NOTICE, NULL, NULL, "The tunnel is complete again");
        tunnel_link_update_status(t, actions);
        if (t->state == TUNNEL_STATE_APPLYING)
                tunnel_link_applied(t, now, actions);
}

/*
 * Before it is up, the attempt fails for it, unless nobody asked for the part. An administrator who
 * has a tunnel keeps it while something that it needs is missing, but is told. Not so where our new
 * address is also that of the gateway or the server (NETC-23): then the tunnel itself cuts this
 * host off.
 */
void tunnel_link_on_apply_failed(Tunnel *t, const TunnelEvent *event, uint64_t now,
                                 TunnelActions *actions) {

        bool cuts_off = event->part == TUNNEL_PART_ROUTES && event->fact.number == EADDRINUSE;
        bool complete;

        if (t->state == TUNNEL_STATE_UP && t->ppp.dying)
                return;

        if ((t->state != TUNNEL_STATE_UP && !event->optional) || cuts_off) {
                diagnosis_add_fact(t->diagnosis, &event->fact);
                tunnel_request_fail(t, false);
                return;
        }

        complete = tunnel_parts_failed(t, event);
        if (t->state == TUNNEL_STATE_UP)
                tunnel_log_notes(t, actions);
        tunnel_link_update_status(t, actions);
        if (t->state == TUNNEL_STATE_APPLYING && complete && !t->ppp.dying)
                tunnel_link_applied(t, now, actions);
}

void tunnel_link_up(Tunnel *t, uint64_t now, TunnelActions *actions) {
        char link[TUNNEL_TEXT_MAX_BYTES / 2];

        tunnel_add_action(actions, TUNNEL_ACTION_PROBE_STOP);
        tunnel_set_state(t, TUNNEL_STATE_UP, USEC_INFINITY, actions);
        t->up_since_usec = now;
        tunnel_silence_begin(t, now);
        t->history.retry = (Retry){ 0 };
        backoff_reset(&t->backoff);
        t->failure.n_refused = 0;
        t->failure.reason[0] = '\0';
        t->failure.advised = NULL;
        tunnel_repeat_forget(t);

        tunnel_adapt_succeeded(t, actions);

        tunnel_describe_link(t, link, sizeof(link));
        tunnel_log(
                actions, LOG_NOTICE, CATALOGUE_MESSAGE_CONNECTED, NULL, "Tunnel is up: %s%s", link,
                t->verify.ping_answered ? "" :
                                          " (the server does not answer pings, data is unproven)");

        tunnel_link_status(t, t->ready ? TUNNEL_ACTION_STATUS : TUNNEL_ACTION_READY, actions);
        t->ready = true;
        tunnel_log_notes(t, actions);
        tunnel_size_check(t, now, actions);
}

void tunnel_link_on_probe_reply(Tunnel *t, _unused_ const TunnelEvent *event, uint64_t now,
                                TunnelActions *actions) {

        if (t->ppp.dying)
                return;

        t->verify.ping_answered = true;
        if (t->state == TUNNEL_STATE_UP)
                tunnel_verify_probe_answered(t, actions);
        else if (t->state == TUNNEL_STATE_PROBING)
                tunnel_link_up(t, now, actions);
}
