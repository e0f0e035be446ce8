/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The edges of one attempt, from the server's name to a call that stands: each function carries out
 * one action of the tunnel, each callback turns an answer into an event. supervisor-pppd.c goes on.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <syslog.h>

#include "core/base/text.h"
#include "io/data-path/kernel-path.h"
#include "io/firewall.h"
#include "supervisor/supervisor-internal.h"

/* ---- name ---- */

static void on_resolved(Resolver *r, const ResolverResult *result, void *userdata) {
        Supervisor *s = userdata;
        struct in_addr addresses[TUNNEL_ADDRESSES_MAX];
        size_t n = MIN(result->n_addresses, (size_t) TUNNEL_ADDRESSES_MAX);
        int error = result->error, eai = result->eai;
        bool only_ipv6 = result->only_ipv6;

        if (n > 0)
                memcpy(addresses, result->addresses, n * sizeof(addresses[0]));
        s->control.resolver = resolver_free(r);

        if (error == 0 && n > 0)
                supervisor_feed(s,
                                &(TunnelEvent){
                                        .type = TUNNEL_EVENT_RESOLVED,
                                        .addresses = { .items = addresses, .n_items = n },
                                });
        else if (error == -ETIMEDOUT)
                supervisor_feed_fact(s, TUNNEL_EVENT_RESOLVE_FAILED, DIAGNOSIS_STAGE_RESOLVE,
                                     DIAGNOSIS_TIMEOUT, 0, NULL);
        else
                supervisor_feed_fact(s, TUNNEL_EVENT_RESOLVE_FAILED, DIAGNOSIS_STAGE_RESOLVE,
                                     DIAGNOSIS_RESOLVE_ERROR,
                                     only_ipv6   ? EAI_ADDRFAMILY :
                                             eai ?:
                                                   EAI_FAIL,
                                     NULL);
}

void supervisor_resolve(Supervisor *s, const char *name, uint64_t timeout_usec) {
        struct in_addr address = { .s_addr = INADDR_ANY };
        int r;

        (void) inet_pton(AF_INET, name, &address);
        supervisor_watch_uplink(s, address);

        r = resolver_new(s->event, name, timeout_usec, on_resolved, s, &s->control.resolver);
        if (r < 0)
                supervisor_feed_fact(s, TUNNEL_EVENT_RESOLVE_FAILED, DIAGNOSIS_STAGE_RESOLVE,
                                     DIAGNOSIS_ERRNO, -r, name);
}

/* ---- control connection ---- */

static void supervisor_log_control(Supervisor *s, bool sent, const PptpMessage *message) {
        char text[600];

        if (!journal_is_debug(s->journal))
                return;

        pptp_message_describe(message, text, sizeof(text));
        journal_print(s->journal, LOG_DEBUG, "%s [PPTP %s]", sent ? "sent" : "rcvd", text);
}

/*
 * Returns who says that the server cannot be reached, as text in the buffer; or NULL if it is this
 * host alone, whose kernel makes the ICMP error when the next hop does not answer.
 */
static const char *supervisor_name_offender(const Supervisor *s, struct in_addr offender,
                                            char *buffer, size_t n_buffer) {

        struct in_addr own = s->uplink_watch.watcher.watch.path.source;

        if (offender.s_addr == INADDR_ANY || offender.s_addr == own.s_addr)
                return NULL;

        text_format_ipv4(buffer, n_buffer, offender);
        return buffer;
}

static void supervisor_control_lost(Supervisor *s, DiagnosisFactType fact, int64_t number,
                                    const char *text) {

        s->control.socket = control_socket_free(s->control.socket);
        supervisor_feed_fact(s, TUNNEL_EVENT_CONTROL_FAILED, DIAGNOSIS_STAGE_CONTROL, fact, number,
                             text);
}

static void on_control(_unused_ ControlSocket *c, const ControlSocketEvent *event, void *userdata) {
        Supervisor *s = userdata;
        char text[128];

        /*
         * A server hangs up after it has given a reason, often in PPP: reads what the plugin has to
         * say first.
         */
        if (s->pppd.plugin)
                plugin_channel_read(s->pppd.plugin);
        if (!s->control.socket)
                return;

        switch (event->type) {
        case CONTROL_SOCKET_CONNECTED:
                s->control.local_address = event->local_address;
                /* Nobody needs the name any more; soon its question might go into the tunnel. */
                s->control.resolver = resolver_free(s->control.resolver);
                supervisor_record_connection(s);
                supervisor_feed(
                        s,
                        &(TunnelEvent){
                                .type = TUNNEL_EVENT_CONNECTED,
                                .connected = { event->local_address, event->round_trip_usec },
                        });
                break;
        case CONTROL_SOCKET_MESSAGE:
                supervisor_record_control(s, false, event->data, event->n_data);
                supervisor_log_control(s, false, event->message);
                supervisor_feed(s,
                                &(TunnelEvent){
                                        .type = TUNNEL_EVENT_CONTROL_MESSAGE,
                                        .control = event->message,
                                });
                break;
        case CONTROL_SOCKET_MALFORMED:
                supervisor_record_control(s, false, event->data, event->n_data);
                text_escape(text, sizeof(text), event->data, event->n_data);
                journal_print(s->journal, LOG_DEBUG, "Malformed control message, ignoring: %s",
                              text);
                break;
        case CONTROL_SOCKET_NOT_PPTP:
                supervisor_record_control(s, false, event->data, event->n_data);
                text_escape(text, sizeof(text), event->data, event->n_data);
                supervisor_control_lost(s, DIAGNOSIS_NOT_PPTP, 0, text);
                break;
        case CONTROL_SOCKET_FAILED:
        case CONTROL_SOCKET_CLOSED:
                if (event->error == 0)
                        supervisor_control_lost(s, DIAGNOSIS_PEER_CLOSED, 0, NULL);
                else
                        supervisor_control_lost(
                                s, DIAGNOSIS_ERRNO, -event->error,
                                supervisor_name_offender(s, event->offender, text, sizeof(text)));
                break;
        }
}

static void control_connect(Supervisor *s) {
        const ControlSocketOptions options = {
                .server = s->control.server,
                .port = s->control.port,
                .local_address = s->config->local_address,
                .bind_to_device = s->config->bind_to_device,
                .firewall_mark = s->config->firewall_mark,
        };
        int r;

        r = control_socket_new(s->event, &options, on_control, s, &s->control.socket);
        if (r < 0)
                supervisor_feed_fact(s, TUNNEL_EVENT_CONTROL_FAILED, DIAGNOSIS_STAGE_CONNECT,
                                     DIAGNOSIS_ERRNO, -r, NULL);
}

static void control_open_way(Supervisor *s, const Uplink *uplink) {
        RouteUplink way = { .server = s->control.server };

        if (uplink && uplink->usable) {
                way.gateway = uplink->gateway;
                way.gateway6 = uplink->gateway6;
                way.ifindex = uplink->ifindex;
        }

        supervisor_frame_reach(s, &way, control_connect);
}

static void on_control_uplink(UplinkQuery *q, int error, const Uplink *uplink, void *userdata) {
        Supervisor *s = userdata;
        const Uplink copy = error < 0 ? (Uplink){ 0 } : *uplink;

        s->control.query = uplink_query_free(q);
        control_open_way(s, &copy);
}

/* Unreachable routes of the tunnel's own may cover the server: the way through them comes first. */
void supervisor_connect(Supervisor *s, struct in_addr address, uint16_t port) {
        const UplinkQuestion question = supervisor_make_uplink_question(s, address);

        s->control.server = address;
        s->control.port = port;
        supervisor_watch_uplink(s, address);

        if (!supervisor_frame_hides_server(s))
                control_connect(s);
        else if (uplink_query_new(s->rtnl, &question, on_control_uplink, s, &s->control.query) < 0)
                control_open_way(s, NULL);
}

void supervisor_send(Supervisor *s, const PptpMessage *message) {
        int r;

        supervisor_log_control(s, true, message);
        if (!s->control.socket)
                return; /* its loss is being reported */

        supervisor_record_message(s, message);
        r = control_socket_send(s->control.socket, message);
        if (r < 0)
                journal_print(s->journal, LOG_DEBUG, "Cannot send %s: %s, ignoring",
                              pptp_message_type_name(message->type), strerror(-r));
}

void supervisor_close_control(Supervisor *s) {
        s->control.resolver = resolver_free(s->control.resolver);
        s->control.query = uplink_query_free(s->control.query);
        s->control.on_way_open = NULL;
        s->control.socket = control_socket_free(s->control.socket);
        s->control.local_address.s_addr = INADDR_ANY;
}

/* ---- call ---- */

static void on_call_error(_unused_ DataPath *p, int error, struct in_addr offender,
                          void *userdata) {

        Supervisor *s = userdata;
        char text[INET_ADDRSTRLEN];

        journal_print(s->journal, LOG_DEBUG, "ICMP error for GRE from %s: %s", TEXT_IPV4(offender),
                      strerror(-error));
        supervisor_feed_fact(s, TUNNEL_EVENT_GRE_REFUSED, DIAGNOSIS_STAGE_LINK, DIAGNOSIS_ERRNO,
                             -error, supervisor_name_offender(s, offender, text, sizeof(text)));
}

static void supervisor_call_failed(Supervisor *s, int error) {
        supervisor_feed_fact(s, TUNNEL_EVENT_CALL_FAILED, DIAGNOSIS_STAGE_SOCKET, DIAGNOSIS_ERRNO,
                             -error, NULL);
}

/* Opens the local end of the data path, now that the MTU of the way is known. */
static void supervisor_call_opened(Supervisor *s) {
        const DataPathOptions options = {
                .local_address = s->control.local_address,
                .server = s->call.uplink.server,
                .bind_to_device = s->config->bind_to_device,
                .firewall_mark = s->config->firewall_mark,
                .on_error = on_call_error,
                .userdata = s,
        };
        int r;

        r = data_path_open(&kernel_path_driver, s->event, &options, &s->call.path);
        if (r < 0) {
                supervisor_call_failed(s, r);
                return;
        }

        supervisor_feed(s,
                        &(TunnelEvent){
                                .type = TUNNEL_EVENT_CALL_OPENED,
                                .call_id = data_path_get_call_id(s->call.path),
                        });
}

static void on_call_uplink(UplinkQuery *q, int error, const Uplink *uplink, void *userdata) {
        Supervisor *s = userdata;

        if (error == 0 && uplink->usable) {
                s->call.uplink.gateway = uplink->gateway;
                s->call.uplink.gateway6 = uplink->gateway6;
                s->call.uplink.ifindex = uplink->ifindex;
                s->call.path_mtu_bytes = uplink->mtu_bytes;
        } else
                journal_print(s->journal, LOG_DEBUG, "No path to the server: %s, ignoring",
                              error < 0 ? strerror(-error) : "no route or no carrier");

        s->call.query = uplink_query_free(q);
        supervisor_call_opened(s);
}

void supervisor_open_call(Supervisor *s, struct in_addr server) {
        const UplinkQuestion question = supervisor_make_uplink_question(s, server);
        int r;

        s->call.uplink = (RouteUplink){ .server = server };
        s->call.path_mtu_bytes = 0;
        s->call.query = uplink_query_free(s->call.query);
        r = uplink_query_new(s->rtnl, &question, on_call_uplink, s, &s->call.query);
        if (r < 0)
                supervisor_call_failed(s, r);
}

void supervisor_close_call(Supervisor *s) {
        s->call.query = uplink_query_free(s->call.query);
        s->call.clear_text_watch = clear_text_watch_free(s->call.clear_text_watch);
        s->call.path = data_path_free(s->call.path);
}

/*
 * Feeds whether our latest message has reached the server's TCP, while its reply is all that is
 * awaited.
 */
static void supervisor_gather_control_facts(Supervisor *s) {
        int r;

        if (!s->control.socket || tunnel_get_state(s->tunnel) != TUNNEL_STATE_CALLING)
                return;

        r = control_socket_get_unacknowledged(s->control.socket);
        if (r >= 0)
                supervisor_feed_fact(s, TUNNEL_EVENT_EVIDENCE, DIAGNOSIS_STAGE_CALL,
                                     DIAGNOSIS_UNACKNOWLEDGED, r, NULL);
}

void supervisor_test_output(Supervisor *s) {
        int r;

        r = data_path_test_output(s->call.path);
        if (r < 0)
                supervisor_feed_fact(s, TUNNEL_EVENT_EVIDENCE, DIAGNOSIS_STAGE_LINK,
                                     DIAGNOSIS_ERRNO, -r, NULL);
}

void supervisor_gather_evidence(Supervisor *s) {
        char chain[DIAGNOSIS_FACT_TEXT_MAX];
        DataPathCounters counters;
        int r;

        supervisor_gather_control_facts(s);
        if (!s->call.path)
                return;

        r = data_path_get_counters(s->call.path, &counters);
        if (r < 0) {
                if (r != -ENODATA)
                        journal_print(s->journal, LOG_DEBUG,
                                      "Cannot count GRE at the uplink: %s, ignoring", strerror(-r));
                return;
        }

        supervisor_feed_fact(s, TUNNEL_EVENT_EVIDENCE, DIAGNOSIS_STAGE_LINK, DIAGNOSIS_GRE_FRAMES,
                             (int64_t) counters.n_arrived, NULL);
        supervisor_feed_fact(s, TUNNEL_EVENT_EVIDENCE, DIAGNOSIS_STAGE_LINK, DIAGNOSIS_PPPD_FRAMES,
                             (int64_t) counters.n_received, NULL);
        if (counters.n_received > 0)
                return;

        if (counters.n_arrived > 0 && firewall_find_input_chain(chain, sizeof(chain)) >= 0)
                supervisor_feed_fact(s, TUNNEL_EVENT_EVIDENCE, DIAGNOSIS_STAGE_LINK,
                                     DIAGNOSIS_FIREWALL_CHAIN, 0, chain);

        supervisor_test_output(s);
}
