/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The edges of one attempt, from the password and the server's name to a running pppd: each
 * function carries out one action of the tunnel, each callback turns an answer into an event.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include "core/log-message.h"
#include "core/mtu.h"
#include "core/ppp-packet.h"
#include "core/text.h"
#include "io/firewall.h"
#include "io/host.h"
#include "supervisor-internal.h"

#define CHAP_SECRETS_PATH "/etc/ppp/chap-secrets"

/* ---- what an attempt needs before it begins ---- */

/*
 * Reads the password anew each time, so that nobody keeps it. Returns 0, SECRET_E_TOO_LONG, or
 * -ENOKEY if nobody has a password; what is wrong with the one there is, is logged.
 */
static int supervisor_load_password(Supervisor *s, Secret *ret_password, CredentialsSource *ret_source) {
        const char *file = s->config->password_file;
        char text[TUNNEL_TEXT_MAX_BYTES];
        int r;

        r = credentials_get_password(getenv("CREDENTIALS_DIRECTORY"), file, ret_source, ret_password);
        credentials_describe(*ret_source, file, r, text, sizeof(text));
        journal_write(s->journal, r == 0 ? LOG_DEBUG : LOG_ERR, NULL, text);
        if (r == SECRET_E_TOO_LONG)
                return r;
        if (r != 0)
                return -ENOKEY;

        return *ret_source != CREDENTIALS_NONE || access(CHAP_SECRETS_PATH, R_OK) == 0 ? 0 : -ENOKEY;
}

static void supervisor_prepare_failed(
                Supervisor *s, DiagnosisFactType fact, int64_t number, const char *text) {

        supervisor_feed_fact(s, TUNNEL_EVENT_PREPARE_FAILED, DIAGNOSIS_STAGE_PPPD, fact, number, text);
}

/*
 * What pppd would find out as well, but only after the server has been bothered. Returns whether
 * nothing is wrong; else that is reported.
 */
static bool supervisor_prepare_pppd(Supervisor *s) {
        int fd, r;

        r = pppd_check();
        if (r < 0) {
                supervisor_prepare_failed(s, DIAGNOSIS_ERRNO, -r, PPPD_PROGRAM);
                return false;
        }

        fd = open("/dev/ppp", O_RDWR | O_CLOEXEC);
        if (fd < 0) {
                supervisor_prepare_failed(s, DIAGNOSIS_ERRNO, errno, "/dev/ppp");
                return false;
        }
        close(fd);

        /* Not ours: the one of an earlier attempt went with its pppd, for whose exit we waited. */
        if (if_nametoindex(s->config->interface_name) != 0) {
                supervisor_prepare_failed(s, DIAGNOSIS_INTERFACE_TAKEN, 0, s->config->interface_name);
                return false;
        }

        return true;
}

void supervisor_prepare(Supervisor *s) {
        _cleanup_(secret_wipe) Secret password = { 0 };
        CredentialsSource source;
        int r;

        r = supervisor_load_password(s, &password, &source);
        if (r == SECRET_E_TOO_LONG)
                supervisor_prepare_failed(s, DIAGNOSIS_PASSWORD_TOO_LONG, SECRET_MAX_BYTES, NULL);
        else if (r != 0)
                supervisor_prepare_failed(s, DIAGNOSIS_NO_PASSWORD, 0, NULL);
        if (r != 0 || !supervisor_prepare_pppd(s))
                return;

        s->has_password = source != CREDENTIALS_NONE;
        supervisor_feed(s, &(TunnelEvent){
                .type = TUNNEL_EVENT_PREPARED,
                .password_known = s->has_password,
                .password_not_ascii = !secret_is_ascii(&password),
        });
}

/* ---- name ---- */

static void on_resolved(Resolver *r, const ResolverResult *result, void *userdata) {
        Supervisor *s = userdata;
        struct in_addr addresses[TUNNEL_ADDRESSES_MAX];
        size_t n = MIN(result->n_addresses, (size_t) TUNNEL_ADDRESSES_MAX);
        int error = result->error, eai = result->eai;
        bool only_ipv6 = result->only_ipv6;

        if (n > 0)
                memcpy(addresses, result->addresses, n * sizeof(addresses[0]));
        s->resolver = resolver_free(r);

        if (error == 0 && n > 0)
                supervisor_feed(s, &(TunnelEvent){
                        .type = TUNNEL_EVENT_RESOLVED,
                        .addresses = { .items = addresses, .n_items = n },
                });
        else if (error == -ETIMEDOUT)
                supervisor_feed_fact(s, TUNNEL_EVENT_RESOLVE_FAILED, DIAGNOSIS_STAGE_RESOLVE,
                                     DIAGNOSIS_TIMEOUT, 0, NULL);
        else
                supervisor_feed_fact(s, TUNNEL_EVENT_RESOLVE_FAILED, DIAGNOSIS_STAGE_RESOLVE,
                                     DIAGNOSIS_RESOLVE_ERROR,
                                     only_ipv6 ? EAI_ADDRFAMILY : eai ?: EAI_FAIL, NULL);
}

void supervisor_resolve(Supervisor *s, const char *name, uint64_t timeout_usec) {
        struct in_addr address = { .s_addr = INADDR_ANY };
        int r;

        (void) inet_pton(AF_INET, name, &address);
        supervisor_watch_uplink(s, address);

        r = resolver_new(s->event, name, timeout_usec, on_resolved, s, &s->resolver);
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

static void supervisor_control_lost(
                Supervisor *s, DiagnosisFactType fact, int64_t number, const char *text) {

        s->control = control_socket_free(s->control);
        supervisor_feed_fact(s, TUNNEL_EVENT_CONTROL_FAILED, DIAGNOSIS_STAGE_CONTROL, fact, number, text);
}

static void on_control(_unused_ ControlSocket *c, const ControlSocketEvent *event, void *userdata) {
        Supervisor *s = userdata;
        char text[128];

        switch (event->type) {
        case CONTROL_SOCKET_CONNECTED:
                s->local_address = event->local_address;
                supervisor_feed(s, &(TunnelEvent){
                        .type = TUNNEL_EVENT_CONNECTED,
                        .address = event->local_address,
                });
                break;
        case CONTROL_SOCKET_MESSAGE:
                supervisor_log_control(s, false, event->message);
                supervisor_feed(s, &(TunnelEvent){
                        .type = TUNNEL_EVENT_CONTROL_MESSAGE,
                        .control = event->message,
                });
                break;
        case CONTROL_SOCKET_MALFORMED:
                text_escape(text, sizeof(text), event->data, event->n_data);
                journal_print(s->journal, LOG_DEBUG, "Malformed control message, ignoring: %s", text);
                break;
        case CONTROL_SOCKET_NOT_PPTP:
                text_escape(text, sizeof(text), event->data, event->n_data);
                supervisor_control_lost(s, DIAGNOSIS_NOT_PPTP, 0, text);
                break;
        case CONTROL_SOCKET_FAILED:
        case CONTROL_SOCKET_CLOSED:
                if (event->error == 0)
                        supervisor_control_lost(s, DIAGNOSIS_PEER_CLOSED, 0, NULL);
                else if (event->offender.s_addr != INADDR_ANY)
                        supervisor_control_lost(s, DIAGNOSIS_ERRNO, -event->error, TEXT_IPV4(event->offender));
                else
                        supervisor_control_lost(s, DIAGNOSIS_ERRNO, -event->error, NULL);
                break;
        }
}

void supervisor_connect(Supervisor *s, struct in_addr address, uint16_t port) {
        const ControlSocketOptions options = {
                .server = address,
                .port = port,
                .local_address = s->config->local_address,
                .bind_to_device = s->config->bind_to_device,
                .firewall_mark = s->config->firewall_mark,
        };
        int r;

        supervisor_watch_uplink(s, address);
        r = control_socket_new(s->event, &options, on_control, s, &s->control);
        if (r < 0)
                supervisor_feed_fact(s, TUNNEL_EVENT_CONTROL_FAILED, DIAGNOSIS_STAGE_CONNECT,
                                     DIAGNOSIS_ERRNO, -r, NULL);
}

void supervisor_send(Supervisor *s, const PptpMessage *message) {
        int r;

        supervisor_log_control(s, true, message);
        if (!s->control)
                return; /* its loss is being reported */

        r = control_socket_send(s->control, message);
        if (r < 0)
                journal_print(s->journal, LOG_DEBUG, "Cannot send %s: %s, ignoring",
                              pptp_message_type_name(message->type), strerror(-r));
}

void supervisor_close_control(Supervisor *s) {
        s->resolver = resolver_free(s->resolver);
        s->control = control_socket_free(s->control);
        s->local_address.s_addr = INADDR_ANY;
}

/* ---- call ---- */

static void on_call_error(_unused_ CallSocket *c, int error, struct in_addr offender, void *userdata) {
        Supervisor *s = userdata;

        journal_print(s->journal, LOG_DEBUG, "ICMP error for GRE from %s: %s",
                      TEXT_IPV4(offender), strerror(-error));
        supervisor_feed_fact(s, TUNNEL_EVENT_GRE_REFUSED, DIAGNOSIS_STAGE_LINK, DIAGNOSIS_ERRNO, -error,
                             TEXT_IPV4(offender));
}

static void supervisor_call_failed(Supervisor *s, int error) {
        supervisor_feed_fact(s, TUNNEL_EVENT_CALL_FAILED, DIAGNOSIS_STAGE_SOCKET, DIAGNOSIS_ERRNO, -error, NULL);
}

/* The MTU of the way is known: both ends of the local side can open. */
static void supervisor_call_opened(Supervisor *s) {
        int r;

        r = call_socket_new(s->event, s->local_address, s->uplink.server, on_call_error, s, &s->call);
        if (r >= 0)
                r = call_socket_restrict(s->call, s->config->bind_to_device, s->config->firewall_mark);
        if (r < 0) {
                supervisor_call_failed(s, r);
                return;
        }

        r = gre_counter_new(0, s->uplink.server, call_socket_get_id(s->call), &s->gre_counter);
        if (r < 0)
                journal_print(s->journal, LOG_DEBUG, "Cannot count GRE at the uplink: %s, ignoring", strerror(-r));

        supervisor_feed(s, &(TunnelEvent){
                .type = TUNNEL_EVENT_CALL_OPENED,
                .call_id = call_socket_get_id(s->call),
        });
}

static void on_call_uplink(UplinkQuery *q, int error, const Uplink *uplink, void *userdata) {
        Supervisor *s = userdata;

        if (error == 0 && uplink->usable) {
                s->uplink.gateway = uplink->gateway;
                s->uplink.ifindex = uplink->ifindex;
                s->path_mtu_bytes = uplink->mtu_bytes;
        } else
                journal_print(s->journal, LOG_DEBUG, "No path to the server: %s, ignoring",
                              error < 0 ? strerror(-error) : "no route or no carrier");

        s->call_query = uplink_query_free(q);
        supervisor_call_opened(s);
}

void supervisor_open_call(Supervisor *s, struct in_addr server) {
        const UplinkQuestion question = supervisor_make_uplink_question(s, server);
        int r;

        s->uplink = (RouteUplink){ .server = server };
        s->path_mtu_bytes = 0;
        s->n_ppp_frames = 0;
        s->call_query = uplink_query_free(s->call_query);
        r = uplink_query_new(s->rtnl, &question, on_call_uplink, s, &s->call_query);
        if (r < 0)
                supervisor_call_failed(s, r);
}

void supervisor_close_call(Supervisor *s) {
        s->call_query = uplink_query_free(s->call_query);
        s->gre_counter = gre_counter_free(s->gre_counter);
        s->call = call_socket_free(s->call);
}

/* LCP is up: what GRE does on its way is no longer a question. */
static void supervisor_stop_watching(Supervisor *s) {
        s->gre_counter = gre_counter_free(s->gre_counter);
        if (s->call)
                call_socket_stop_watching(s->call);
}

/* Whether what the server is asked for gets there, while that is all there is to wait for. */
static void supervisor_gather_control_facts(Supervisor *s) {
        int r;

        if (!s->control || tunnel_get_state(s->tunnel) != TUNNEL_STATE_CALLING)
                return;

        r = control_socket_get_unacknowledged(s->control);
        if (r >= 0)
                supervisor_feed_fact(s, TUNNEL_EVENT_EVIDENCE, DIAGNOSIS_STAGE_CALL,
                                     DIAGNOSIS_UNACKNOWLEDGED, r, NULL);
}

void supervisor_gather_evidence(Supervisor *s) {
        char chain[DIAGNOSIS_FACT_TEXT_MAX];
        uint64_t n_frames;
        int r;

        supervisor_gather_control_facts(s);
        if (!s->call || !s->gre_counter || gre_counter_read(s->gre_counter, &n_frames) < 0)
                return;

        supervisor_feed_fact(s, TUNNEL_EVENT_EVIDENCE, DIAGNOSIS_STAGE_LINK,
                             DIAGNOSIS_GRE_FRAMES, (int64_t) n_frames, NULL);
        supervisor_feed_fact(s, TUNNEL_EVENT_EVIDENCE, DIAGNOSIS_STAGE_LINK,
                             DIAGNOSIS_PPPD_FRAMES, (int64_t) s->n_ppp_frames, NULL);
        if (s->n_ppp_frames > 0)
                return;

        if (n_frames > 0 && firewall_find_input_chain(chain, sizeof(chain)) >= 0)
                supervisor_feed_fact(s, TUNNEL_EVENT_EVIDENCE, DIAGNOSIS_STAGE_LINK,
                                     DIAGNOSIS_FIREWALL_CHAIN, 0, chain);

        r = call_socket_test_output(s->call);
        if (r < 0)
                supervisor_feed_fact(s, TUNNEL_EVENT_EVIDENCE, DIAGNOSIS_STAGE_LINK, DIAGNOSIS_ERRNO, -r, NULL);
}

/*
 * What may be missing here. A module that pppd would have loaded is only evidence together with how
 * far it got, which the diagnosis knows.
 */
static void supervisor_gather_host_facts(Supervisor *s) {
        if (!host_has_module("ppp_mppe"))
                supervisor_feed_fact(s, TUNNEL_EVENT_EVIDENCE, DIAGNOSIS_STAGE_LINK,
                                     DIAGNOSIS_MISSING_MODULE, 0, "ppp_mppe");
        if (host_is_fips())
                supervisor_feed_fact(s, TUNNEL_EVENT_EVIDENCE, DIAGNOSIS_STAGE_LINK,
                                     DIAGNOSIS_FIPS, 0, NULL);
        if (host_is_container())
                supervisor_feed_fact(s, TUNNEL_EVENT_EVIDENCE, DIAGNOSIS_STAGE_LINK,
                                     DIAGNOSIS_IN_CONTAINER, 0, NULL);
}

/* ---- pppd ---- */

static void supervisor_log_frame(Supervisor *s, const PluginMessage *m) {
        char text[600];

        if (!journal_is_debug(s->journal))
                return;

        ppp_packet_describe(m->frame.sent, m->frame.data, m->frame.n_data, text, sizeof(text));
        journal_write(s->journal, LOG_DEBUG, NULL, text);
}

static void on_plugin_message(_unused_ PluginChannel *c, const PluginMessage *m, void *userdata) {
        Supervisor *s = userdata;

        if (m->type == PLUGIN_HELLO) {
                journal_print(s->journal, LOG_DEBUG, "pppd %s runs, with our plugin", m->hello.pppd_version);
                s->plugin_loaded = true;
        }
        if (m->type == PLUGIN_PACKET) {
                supervisor_log_frame(s, m);
                s->n_ppp_frames += !m->frame.sent;
        }
        if (m->type == PLUGIN_PHASE && m->phase.phase > PLUGIN_PHASE_ESTABLISH)
                supervisor_gather_evidence(s);
        if (m->type == PLUGIN_PHASE &&
            (m->phase.phase == PLUGIN_PHASE_AUTHENTICATE || m->phase.phase == PLUGIN_PHASE_NETWORK))
                supervisor_stop_watching(s);

        supervisor_feed(s, &(TunnelEvent){ .type = TUNNEL_EVENT_PLUGIN, .plugin = m });
}

static void on_plugin_closed(PluginChannel *c, int error, void *userdata) {
        Supervisor *s = userdata;

        if (error < 0)
                supervisor_feed_fact(s, TUNNEL_EVENT_EVIDENCE, DIAGNOSIS_STAGE_PPPD,
                                     DIAGNOSIS_PLUGIN_MISMATCH, 0,
                                     "the plugin is of another build than the supervisor");
        s->plugin = plugin_channel_free(c); /* pppd's exit follows */
}

static void on_pppd_line(_unused_ Pppd *p, const char *line, void *userdata) {
        Supervisor *s = userdata;
        char text[PPPD_LINE_MAX_BYTES];

        text_escape(text, sizeof(text), line, strlen(line));
        journal_print(s->journal, LOG_DEBUG, "pppd: %s", text);

        text_escape(s->pppd_line, sizeof(s->pppd_line), line, strlen(line));
        if (!s->plugin_loaded && s->plugin_line[0] == '\0' && strstr(line, PLUGIN_NAME))
                memcpy(s->plugin_line, s->pppd_line, sizeof(s->plugin_line));
}

/*
 * Before there is a plugin to tell, pppd's words are all there is: whether it is the plugin that it
 * complains about shows by the plugin's name.
 */
static void supervisor_gather_plugin_facts(Supervisor *s) {
        if (!s->plugin_loaded && s->plugin_line[0] != '\0')
                supervisor_feed_fact(s, TUNNEL_EVENT_EVIDENCE, DIAGNOSIS_STAGE_PPPD,
                                     DIAGNOSIS_PLUGIN_MISMATCH, 0, s->plugin_line);
}

static void on_pppd_exited(Pppd *p, int code, int status, void *userdata) {
        Supervisor *s = userdata;

        journal_print(s->journal, LOG_DEBUG, "pppd ended with %s %d",
                      code == CLD_EXITED ? "exit status" : "signal", status);
        supervisor_gather_evidence(s);
        supervisor_gather_host_facts(s);
        supervisor_gather_plugin_facts(s);
        s->pppd = pppd_free(p);
        s->plugin = plugin_channel_free(s->plugin);
        supervisor_feed_fact(s, TUNNEL_EVENT_PPPD_EXITED, DIAGNOSIS_STAGE_PPPD, DIAGNOSIS_PPPD_EXITED,
                             code == CLD_EXITED ? status : -status, s->pppd_line);
}

static int supervisor_send_setup(Supervisor *s, const TunnelSettings *settings) {
        uint64_t interval_usec = settings->keep_alive ? s->config->keep_alive_interval_usec : 0;

        return plugin_channel_send(s->plugin, &(PluginMessage){
                .type = PLUGIN_SETUP,
                .setup.mppe = settings->mppe,
                .setup.ask_password = s->has_password,
                .setup.keep_alive_interval_sec = (uint32_t) (interval_usec / USEC_PER_SEC),
                .setup.keep_alive_probes = s->config->keep_alive_probes,
        });
}

void supervisor_set_keep_alive(Supervisor *s, const TunnelSettings *settings) {
        int r;

        if (!s->plugin)
                return; /* pppd's exit follows */

        r = supervisor_send_setup(s, settings);
        if (r < 0) {
                journal_print(s->journal, LOG_WARNING, "Cannot tell pppd of the new keep-alive: %s", strerror(-r));
                s->change_failed = true;
        }
}

/* SETUP and what the server was quick to say wait in the socket before pppd is there to read them. */
static int supervisor_queue_setup(Supervisor *s, const TunnelSettings *settings) {
        const CallSocketFrame *frames;
        size_t n_frames;
        int r;

        r = supervisor_send_setup(s, settings);
        if (r < 0)
                return r;

        n_frames = call_socket_get_early_frames(s->call, &frames);
        for (size_t i = 0; i < n_frames; i++) {
                r = plugin_channel_send(s->plugin, &(PluginMessage){
                        .type = PLUGIN_EARLY_FRAME,
                        .frame.data = frames[i].data,
                        .frame.n_data = frames[i].n_data,
                });
                if (r < 0)
                        return r;
        }

        return 0;
}

uint32_t supervisor_choose_mtu(const Supervisor *s) {
        const MppePolicy policy = config_get_mppe_policy(s->config);

        return s->config->mtu_bytes ?: mtu_for_path(s->path_mtu_bytes, mppe_policy_requires(&policy));
}

static int supervisor_spawn_pppd(Supervisor *s, const TunnelSettings *settings, int plugin_fd) {
        char user[PLUGIN_SECRET_MAX_BYTES * 2 + 2];
        const PppdOptions options = {
                .plugin = PLUGIN_NAME,
                .plugin_fd = plugin_fd,
                .transport_fd = call_socket_get_fd(s->call),
                .interface_name = s->config->interface_name,
                .user = user,
                .remote_name = s->config->remote_name,
                .ip_param = s->config->ip_param,
                .mtu_bytes = supervisor_choose_mtu(s),
                .encrypted = mppe_policy_requires(&settings->mppe),
                .allow_stateful = settings->mppe.allow_stateful,
        };

        if (journal_is_debug(s->journal)) {
                char text[128];

                log_message_describe_policy(&settings->mppe, text, sizeof(text));
                journal_write(s->journal, LOG_DEBUG, NULL, text);
        }

        /* Windows wants DOMAIN\user, and nothing between us and pppd eats the backslash. */
        snprintf(user, sizeof(user), "%s%s%s", s->config->domain ?: "", s->config->domain ? "\\" : "",
                 s->config->user);

        return pppd_new(s->event, &options, on_pppd_line, on_pppd_exited, s, &s->pppd);
}

void supervisor_start_pppd(Supervisor *s, uint16_t peer_call_id, const TunnelSettings *settings) {
        int plugin_fd = -EBADF, r;

        r = call_socket_connect(s->call, peer_call_id);
        if (r < 0) {
                supervisor_feed_fact(s, TUNNEL_EVENT_PPPD_FAILED, DIAGNOSIS_STAGE_SOCKET,
                                     DIAGNOSIS_ERRNO, -r, NULL);
                return;
        }

        s->plugin_loaded = false;
        s->pppd_line[0] = s->plugin_line[0] = '\0';
        r = plugin_channel_new(s->event, on_plugin_message, on_plugin_closed, s, &s->plugin, &plugin_fd);
        if (r >= 0)
                r = supervisor_queue_setup(s, settings);
        if (r >= 0)
                r = supervisor_spawn_pppd(s, settings, plugin_fd);
        if (plugin_fd >= 0)
                close(plugin_fd);

        if (r >= 0)
                supervisor_feed(s, &(TunnelEvent){ .type = TUNNEL_EVENT_PPPD_STARTED });
        else {
                s->plugin = plugin_channel_free(s->plugin);
                supervisor_feed_fact(s, TUNNEL_EVENT_PPPD_FAILED, DIAGNOSIS_STAGE_PPPD,
                                     DIAGNOSIS_ERRNO, -r, NULL);
        }
}

/* Also for a server that asks again while the tunnel is up (RFC 1994, section 2). */
void supervisor_send_password(Supervisor *s) {
        _cleanup_(secret_wipe) Secret password = { 0 };
        PluginMessage message = { .type = PLUGIN_PASSWORD };
        CredentialsSource source;
        int r;

        if (!s->plugin)
                return;

        r = supervisor_load_password(s, &password, &source);
        message.password.found = r == 0 && source != CREDENTIALS_NONE;
        message.password.n_secret = password.n_bytes;
        memcpy(message.password.secret, password.bytes, password.n_bytes);
        r = plugin_channel_send(s->plugin, &message);
        explicit_bzero(&message, sizeof(message));
        if (r < 0)
                journal_print(s->journal, LOG_ERR, "Cannot hand over the password: %s", strerror(-r));
}
