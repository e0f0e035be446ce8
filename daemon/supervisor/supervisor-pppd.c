/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The pppd of one attempt: what it needs (password, program, device), before the server is
 * bothered; how it is started, and given the call once that stands; and what its plugin tells of
 * it, until it ends.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include "core/ppp/mtu.h"
#include "core/ppp/ppp-packet.h"
#include "core/base/text.h"
#include "core/diagnosis/catalogue.h"
#include "io/host.h"
#include "io/run-mark.h"
#include "supervisor/supervisor-internal.h"

#define CHAP_SECRETS_PATH "/etc/ppp/chap-secrets"

/* ---- what an attempt needs before it begins ---- */

/*
 * Says that there is a credential that systemd has not given us: there was none when systemd read
 * its units, so pptp-generator took credentials out of this one.
 */
static void warn_of_credential(const Supervisor *s) {
        const char *name = s->config->name;

        if (getenv("CREDENTIALS_DIRECTORY") || !getenv("RUNTIME_DIRECTORY") ||
            !credentials_find_stored(name))
                return;

        journal_print(s->journal, LOG_WARNING,
                      "The credential with the password is not used before \"systemctl "
                      "daemon-reload\" and \"systemctl restart pptp@%s\"",
                      name);
}

/*
 * Reads the password anew each time, so that nobody keeps it. Returns as
 * credentials_get_password() does, or -ENOKEY if pppd would find none either. The text says where
 * the password is from, or what is wrong with it.
 */
static int supervisor_load_password(Supervisor *s, Secret *ret_password,
                                    CredentialsSource *ret_source, char *text, size_t n_text) {

        const char *file = s->config->password_file;
        int r;

        r = credentials_get_password(getenv("CREDENTIALS_DIRECTORY"), file, ret_source,
                                     ret_password);
        credentials_describe(*ret_source, file, r, text, n_text);
        if (r == 0)
                journal_write(s->journal, LOG_DEBUG, NULL, text);
        warn_of_credential(s);
        if (r != 0 || *ret_source != CREDENTIALS_NONE)
                return r;

        return access(CHAP_SECRETS_PATH, R_OK) == 0 ? 0 : -ENOKEY;
}

static void supervisor_prepare_failed(Supervisor *s, DiagnosisFactType fact, int64_t number,
                                      const char *text) {

        supervisor_feed_fact(s, TUNNEL_EVENT_PREPARE_FAILED, DIAGNOSIS_STAGE_PPPD, fact, number,
                             text);
}

/*
 * Looks for what pppd needs before the server is asked for anything. Returns whether everything is
 * there; if not, PREPARE_FAILED was fed.
 */
static bool supervisor_prepare_pppd(Supervisor *s) {
        int r;

        r = pppd_check_program();
        if (r < 0) {
                supervisor_prepare_failed(s, DIAGNOSIS_ERRNO, -r, PPPD_PROGRAM);
                return false;
        }

        r = pppd_check_device();
        if (r < 0) {
                supervisor_prepare_failed(s, DIAGNOSIS_ERRNO, -r, PPPD_DEVICE);
                return false;
        }

        if (!supervisor_prepare_namespace(s))
                return false;

        /*
         * This interface is not ours: that of an earlier attempt ended with its pppd, whose exit
         * was awaited.
         */
        if (supervisor_find_interface(s, s->config->interface_name) != 0) {
                supervisor_prepare_failed(s, DIAGNOSIS_INTERFACE_TAKEN, 0,
                                          s->config->interface_name);
                return false;
        }

        return true;
}

void supervisor_prepare(Supervisor *s) {
        static const DiagnosisPasswordSource sources[] = {
                [CREDENTIALS_NONE] = DIAGNOSIS_PASSWORD_SECRETS,
                [CREDENTIALS_SYSTEMD] = DIAGNOSIS_PASSWORD_CREDENTIAL,
                [CREDENTIALS_PASSWORD_FILE] = DIAGNOSIS_PASSWORD_FILE,
        };
        _cleanup_(secret_wipe) Secret password = { 0 };
        char text[DIAGNOSIS_FACT_TEXT_MAX];
        CredentialsSource source;
        int r;

        r = supervisor_load_password(s, &password, &source, text, sizeof(text));
        if (r == SECRET_E_TOO_LONG)
                supervisor_prepare_failed(s, DIAGNOSIS_PASSWORD_TOO_LONG, SECRET_MAX_BYTES, NULL);
        else if (r == -ENOKEY)
                supervisor_prepare_failed(s, DIAGNOSIS_NO_PASSWORD, 0, NULL);
        else if (r != 0)
                supervisor_prepare_failed(s, DIAGNOSIS_PASSWORD_UNUSABLE, 0, text);
        if (r != 0 || !supervisor_prepare_pppd(s))
                return;

        s->pppd.has_password = source != CREDENTIALS_NONE;
        supervisor_feed(s,
                        &(TunnelEvent){
                                .type = TUNNEL_EVENT_PREPARED,
                                .password_source = sources[source],
                                .password_not_ascii = !secret_is_ascii(&password),
                        });
}

/* ---- what it says ---- */

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
                journal_print(s->journal, LOG_DEBUG, "pppd %s runs, with our plugin",
                              m->hello.pppd_version);
                s->pppd.plugin_loaded = true;
        }
        if (m->type == PLUGIN_PACKET) {
                supervisor_record_frame(s, m);
                supervisor_log_frame(s, m);
                if (s->call.path && !m->frame.sent)
                        data_path_count(s->call.path);
        }
        if (m->type == PLUGIN_PHASE && m->phase.phase > PLUGIN_PHASE_ESTABLISH)
                supervisor_gather_evidence(s);
        if (m->type == PLUGIN_PHASE &&
            (m->phase.phase == PLUGIN_PHASE_AUTHENTICATE ||
             m->phase.phase == PLUGIN_PHASE_NETWORK) &&
            s->call.path)
                data_path_settle(s->call.path);

        if (m->type == PLUGIN_IP_UP && s->call.path && mppe_outcome_is_encrypted(&m->ip_up.receive))
                supervisor_watch_clear_text(s);
        if (m->type == PLUGIN_IP_DOWN)
                supervisor_suspend_routes(s);
        if (m->type == PLUGIN_IPV6_UP)
                supervisor_take_ipv6(s, &m->ipv6_up.local, &m->ipv6_up.peer);
        if (m->type == PLUGIN_IPV6_DOWN)
                supervisor_take_ipv6(s, &in6addr_any, &in6addr_any);

        supervisor_feed(s, &(TunnelEvent){ .type = TUNNEL_EVENT_PLUGIN, .plugin = m });
}

static void on_plugin_closed(PluginChannel *c, int error, void *userdata) {
        Supervisor *s = userdata;

        if (error < 0)
                supervisor_feed_fact(s, TUNNEL_EVENT_EVIDENCE, DIAGNOSIS_STAGE_PPPD,
                                     DIAGNOSIS_PLUGIN_MISMATCH, 0,
                                     "the plugin is of another build than the supervisor");
        s->pppd.plugin = plugin_channel_free(c); /* pppd's exit follows */
}

/*
 * Whether a line of pppd's, before the plugin has said hello, may tell why it does not: what pppd
 * says of a plugin that it cannot load, and what one of another build says of itself. That it was
 * loaded (loadplugin() of pppd's options.c) is no reason for anything.
 */
static bool is_about_plugin(const char *line) {
        return strstr(line, "pptp-supervisor") &&
                strcmp(line, "Plugin " PLUGIN_NAME " loaded.") != 0;
}

static void on_pppd_line(_unused_ Pppd *p, const char *line, void *userdata) {
        Supervisor *s = userdata;
        char text[PPPD_LINE_MAX_BYTES];

        text_escape(text, sizeof(text), line, strlen(line));
        journal_print(s->journal, LOG_DEBUG, "pppd: %s", text);

        text_escape(s->pppd.last_line, sizeof(s->pppd.last_line), line, strlen(line));
        if (!s->pppd.plugin_loaded && s->pppd.plugin_line[0] == '\0' && is_about_plugin(line))
                memcpy(s->pppd.plugin_line, s->pppd.last_line, sizeof(s->pppd.plugin_line));
        /* pppd tries MPPE before it asks for it: ccp_resetci() of its ccp.c. */
        if (diagnosis_row_has_log_text(&catalogue_rows[CATALOGUE_SYS_04], line))
                s->pppd.kernel_lacks_mppe = true;
}

/* Until the plugin has said hello, only pppd's output can tell why it does not. */
static void supervisor_gather_plugin_facts(Supervisor *s) {
        if (!s->pppd.plugin_loaded && s->pppd.plugin_line[0] != '\0')
                supervisor_feed_fact(s, TUNNEL_EVENT_EVIDENCE, DIAGNOSIS_STAGE_PPPD,
                                     DIAGNOSIS_PLUGIN_MISMATCH, 0, s->pppd.plugin_line);
}

/* Feeds what this host lacks. */
static void supervisor_gather_host_facts(Supervisor *s) {
        if (s->pppd.kernel_lacks_mppe)
                supervisor_feed_fact(s, TUNNEL_EVENT_EVIDENCE, DIAGNOSIS_STAGE_LINK,
                                     DIAGNOSIS_MISSING_MODULE, 0, "ppp_mppe");
        if (host_is_container())
                supervisor_feed_fact(s, TUNNEL_EVENT_EVIDENCE, DIAGNOSIS_STAGE_LINK,
                                     DIAGNOSIS_IN_CONTAINER, 0, NULL);
}

static void on_pppd_exited(Pppd *p, int code, int status, void *userdata) {
        Supervisor *s = userdata;

        journal_print(s->journal, LOG_DEBUG, "pppd ended with %s %d",
                      code == CLD_EXITED ? "exit status" : "signal", status);

        /*
         * The reason of the end, from the server or from the plugin, came before the end: reads it
         * first.
         */
        if (s->control.socket)
                control_socket_read(s->control.socket);
        if (s->pppd.plugin)
                plugin_channel_read(s->pppd.plugin);

        supervisor_gather_evidence(s);
        supervisor_gather_host_facts(s);
        supervisor_gather_plugin_facts(s);
        s->pppd.process = pppd_free(p);
        s->pppd.plugin = plugin_channel_free(s->pppd.plugin);
        supervisor_offer_release(s);
        supervisor_feed_fact(s, TUNNEL_EVENT_PPPD_EXITED, DIAGNOSIS_STAGE_PPPD,
                             DIAGNOSIS_PPPD_EXITED, code == CLD_EXITED ? status : -status,
                             s->pppd.last_line);
}

/* ---- how it is started, and what it is told ---- */

static int supervisor_send_setup(Supervisor *s, const TunnelSettings *settings) {
        uint64_t interval_usec = settings->keep_alive ? s->config->keep_alive_interval_usec : 0;

        return plugin_channel_send(
                s->pppd.plugin,
                &(PluginMessage){
                        .type = PLUGIN_SETUP,
                        .setup.mppe = settings->mppe,
                        .setup.ip = settings->ip,
                        .setup.ask_password = s->pppd.has_password,
                        .setup.accept_router = config_has_ipv6_default_route(s->config),
                        .setup.keep_alive_interval_sec = (uint32_t) (interval_usec / USEC_PER_SEC),
                        .setup.keep_alive_probes = s->config->keep_alive_probes,
                });
}

void supervisor_set_keep_alive(Supervisor *s, const TunnelSettings *settings) {
        int r;

        if (!s->pppd.plugin)
                return; /* pppd's exit follows */

        r = supervisor_send_setup(s, settings);
        if (r < 0) {
                journal_print(s->journal, LOG_WARNING, "Cannot tell pppd of the new keep-alive: %s",
                              strerror(-r));
                reload_answer_fail(&s->reload_answer);
        }
}

/* What came before pppd could be given the call. */
static int supervisor_send_early_frames(Supervisor *s) {
        const DataPathFrame *frames;
        size_t n_frames;
        int r;

        n_frames = data_path_get_early_frames(s->call.path, &frames);
        for (size_t i = 0; i < n_frames; i++) {
                r = plugin_channel_send(s->pppd.plugin,
                                        &(PluginMessage){
                                                .type = PLUGIN_EARLY_FRAME,
                                                .frame.data = frames[i].data,
                                                .frame.n_data = frames[i].n_data,
                                        });
                if (r < 0)
                        return r;
        }

        return 0;
}

static int supervisor_spawn_pppd(Supervisor *s, const TunnelSettings *settings, int plugin_fd) {
        char user[PLUGIN_SECRET_MAX_BYTES * 2 + 2], ipv6_id[HOST_IPV6_ID_MAX_BYTES];
        const PppdOptions options = {
                .plugin = PLUGIN_NAME,
                .plugin_fd = plugin_fd,
                .interface_name = s->config->interface_name,
                .user = user,
                .remote_name = s->config->remote_name,
                .ip_param = s->config->ip_param,
                .allow_stateful = settings->mppe.allow_stateful,
                .ipv6_id = s->config->ipv6 == CONFIG_IPV6_NEGOTIATE ? ipv6_id : NULL,
        };
        _cleanup_namespace_leave_ NamespaceVisit visit = NAMESPACE_VISIT_INIT;
        int r;

        if (journal_is_debug(s->journal)) {
                char text[128];

                mppe_policy_describe(&settings->mppe, text, sizeof(text));
                journal_write(s->journal, LOG_DEBUG, NULL, text);
        }

        /* Windows wants DOMAIN\user. pppd takes an argument as it is, without unquoting it. */
        snprintf(user, sizeof(user), "%s%s%s", s->config->domain ?: "",
                 s->config->domain ? "\\" : "", s->config->user);

        host_make_ipv6_id(s->config->name, ipv6_id);
        r = namespace_enter(s->inner.fd, &visit);
        if (r < 0)
                return r;

        return pppd_new(s->event, &options, on_pppd_line, on_pppd_exited, s, &s->pppd.process);
}

void supervisor_start_pppd(Supervisor *s, const TunnelSettings *settings) {
        int plugin_fd = -EBADF, r;

        s->pppd.plugin_loaded = s->pppd.kernel_lacks_mppe = false;
        s->pppd.last_line[0] = s->pppd.plugin_line[0] = '\0';
        r = plugin_channel_new(s->event, on_plugin_message, on_plugin_closed, s, &s->pppd.plugin,
                               &plugin_fd);
        /* Waits in the socket until pppd runs. */
        if (r >= 0)
                r = supervisor_send_setup(s, settings);
        if (r >= 0)
                r = supervisor_spawn_pppd(s, settings, plugin_fd);
        if (plugin_fd >= 0)
                close(plugin_fd);

        if (r < 0) {
                s->pppd.plugin = plugin_channel_free(s->pppd.plugin);
                supervisor_feed_fact(s, TUNNEL_EVENT_PPPD_FAILED, DIAGNOSIS_STAGE_PPPD,
                                     DIAGNOSIS_ERRNO, -r, NULL);
        }
}

/* ---- the call that it is given ---- */

/* The interface will be where the connection is made. */
static int supervisor_connect_path(Supervisor *s, uint16_t peer_call_id, bool only_encrypted) {
        _cleanup_namespace_leave_ NamespaceVisit visit = NAMESPACE_VISIT_INIT;
        int r;

        r = namespace_enter(s->inner.fd, &visit);
        if (r < 0)
                return r;

        return data_path_connect(s->call.path, peer_call_id, only_encrypted);
}

/* Without it the tunnel works; a network manager may then take its routes for leftovers. */
static void supervisor_mark_interface(Supervisor *s) {
        int r;

        r = run_mark_write(RUN_MARK_INTERFACE, s->config->interface_name, "");
        if (r < 0)
                journal_print(s->journal, LOG_DEBUG,
                              "Cannot mark %s for other network managers: %s, ignoring",
                              s->config->interface_name, strerror(-r));
}

static int supervisor_send_transport(Supervisor *s, const TunnelSettings *settings) {
        uint32_t mtu_bytes = supervisor_choose_mtu(s);
        PluginMessage message = { .type = PLUGIN_TRANSPORT };

        if (settings->mtu_max_bytes > 0)
                mtu_bytes = MIN(mtu_bytes, settings->mtu_max_bytes);
        /* The plugin takes this off again when MPPE is negotiated. */
        if (mppe_policy_requires(&settings->mppe))
                mtu_bytes += MTU_OVERHEAD_MPPE_BYTES;

        message.transport.frame_bytes = (uint16_t) mtu_bytes;
        message.transport.restart_sec = settings->restart_sec;
        return plugin_channel_send_fd(s->pppd.plugin, &message,
                                      data_path_get_transport(s->call.path));
}

void supervisor_hand_over_call(Supervisor *s, uint16_t peer_call_id,
                               const TunnelSettings *settings) {

        int r;

        r = supervisor_connect_path(s, peer_call_id, mppe_policy_requires(&settings->mppe));
        if (r < 0) {
                supervisor_feed_fact(s, TUNNEL_EVENT_CALL_FAILED, DIAGNOSIS_STAGE_SOCKET,
                                     DIAGNOSIS_ERRNO, -r, NULL);
                return;
        }

        if (!s->pppd.plugin)
                return; /* pppd's exit follows */

        supervisor_mark_interface(s); /* pppd makes it now */
        r = supervisor_send_early_frames(s);
        if (r >= 0)
                r = supervisor_send_transport(s, settings);
        if (r == -EPIPE || r == -ECONNRESET)
                return; /* likewise */
        if (r < 0)
                supervisor_feed_fact(s, TUNNEL_EVENT_CALL_FAILED, DIAGNOSIS_STAGE_PPPD,
                                     DIAGNOSIS_ERRNO, -r, NULL);
        else
                supervisor_test_output(s);
}

/* ---- the password, when the server wants it ---- */

/* Also for a server that asks again while the tunnel is up (RFC 1994, section 2). */
void supervisor_send_password(Supervisor *s) {
        _cleanup_(secret_wipe) Secret password = { 0 };
        PluginMessage message = { .type = PLUGIN_PASSWORD };
        char text[DIAGNOSIS_FACT_TEXT_MAX];
        CredentialsSource source;
        int r;

        if (!s->pppd.plugin)
                return;

        r = supervisor_load_password(s, &password, &source, text, sizeof(text));
        if (r != 0)
                journal_print(s->journal, LOG_ERR, "The server asks for the password again, and %s",
                              r == -ENOKEY ? "there is none any more" : text);
        message.password.found = r == 0 && source != CREDENTIALS_NONE;
        message.password.n_secret = password.n_bytes;
        memcpy(message.password.secret, password.bytes, password.n_bytes);
        r = plugin_channel_send(s->pppd.plugin, &message);
        explicit_bzero(&message, sizeof(message));
        if (r < 0)
                journal_print(s->journal, LOG_ERR, "Cannot hand over the password: %s",
                              strerror(-r));
}
