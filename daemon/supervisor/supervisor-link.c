/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The tunnel's interface while it stands: does data pass, how much has passed, how large may it be?
 */

#include <errno.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include "core/diagnosis/catalogue.h"
#include "core/ppp/mtu.h"
#include "supervisor/supervisor-internal.h"

/*
 * An Echo may be lost; its repetition costs nothing. The first ones are lost if they arrive before
 * the server's end of the link is up, some milliseconds after ours: these are repeated soon, each
 * after twice the time of the one before.
 */
#define SUPERVISOR_PROBE_FIRST_USEC (10 * USEC_PER_MSEC)
#define SUPERVISOR_PROBE_INTERVAL_USEC (250 * USEC_PER_MSEC)
/* At 0 sd-event may be 250 ms late. */
#define SUPERVISOR_PROBE_ACCURACY_USEC 1

/* The warning is repeated after this time while clear text goes on. */
#define SUPERVISOR_CLEAR_TEXT_USEC (10 * USEC_PER_MINUTE)

/* ---- clear text ---- */

static void on_clear_text(_unused_ ClearTextWatch *w, void *userdata) {
        const DiagnosisRow *row = &catalogue_rows[CATALOGUE_MPPE_25];
        Supervisor *s = userdata;
        uint64_t now;

        if (sd_event_now(s->event, CLOCK_BOOTTIME, &now) < 0 ||
            (s->clear_text_told_usec > 0 &&
             now - s->clear_text_told_usec < SUPERVISOR_CLEAR_TEXT_USEC))
                return;

        s->clear_text_told_usec = now;
        journal_write(s->journal, LOG_WARNING,
                      &(JournalFields){
                              .message_id = row->message_id,
                              .row = row,
                              .class = row->class,
                      },
                      row->summary);
}

/* The data path drops clear text whether it is watched for or not. */
void supervisor_watch_clear_text(Supervisor *s) {
        int r;

        if (s->call.clear_text_watch)
                return;

        r = clear_text_watch_new(s->event, s->call.uplink.server,
                                 data_path_get_call_id(s->call.path), on_clear_text, s,
                                 &s->call.clear_text_watch);
        if (r < 0)
                journal_print(s->journal, LOG_DEBUG, "Cannot watch for clear text: %s, ignoring",
                              strerror(-r));
}

/* ---- the probe ---- */

static void on_probe(_unused_ Probe *p, const ProbeAnswer *answer, void *userdata) {
        Supervisor *s = userdata;

        /*
         * An ICMP error about the probe counts as an answer too: its sender has received our data.
         */
        journal_print(s->journal, LOG_DEBUG, "Probe answered after %llu us%s%s",
                      (unsigned long long) answer->round_trip_usec, answer->error < 0 ? ": " : "",
                      answer->error < 0 ? strerror(-answer->error) : "");
        supervisor_feed(s, &(TunnelEvent){ .type = TUNNEL_EVENT_PROBE_REPLY });
}

static int on_probe_timer(sd_event_source *source, _unused_ uint64_t usec, void *userdata) {
        Supervisor *s = userdata;

        (void) probe_send(s->probe, 0);
        (void) sd_event_source_set_time_relative(source, s->probe_interval_usec);
        s->probe_interval_usec = MIN(2 * s->probe_interval_usec, SUPERVISOR_PROBE_INTERVAL_USEC);
        return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static int open_probe(Supervisor *s, struct in_addr peer, ProbeFunc func, Probe **ret_probe) {
        _cleanup_namespace_leave_ NamespaceVisit visit = NAMESPACE_VISIT_INIT;
        int r;

        r = namespace_enter(s->inner.fd, &visit);
        if (r < 0)
                return r;

        return probe_new(s->event, s->link.ifname, peer, func, s, ret_probe);
}

void supervisor_probe(Supervisor *s, struct in_addr peer) {
        int r;

        supervisor_probe_stop(s);
        s->probe_interval_usec = SUPERVISOR_PROBE_FIRST_USEC;
        r = open_probe(s, peer, on_probe, &s->probe);
        if (r >= 0)
                r = sd_event_add_time_relative(s->event, &s->probe_timer, CLOCK_BOOTTIME, 0,
                                               SUPERVISOR_PROBE_ACCURACY_USEC, on_probe_timer, s);
        if (r < 0) {
                journal_print(s->journal, LOG_WARNING, "Cannot probe the tunnel: %s, ignoring",
                              strerror(-r));
                return;
        }

        (void) sd_event_source_set_description(s->probe_timer, "probe-repeat");
}

void supervisor_probe_stop(Supervisor *s) {
        s->probe_timer = sd_event_source_disable_unref(s->probe_timer);
        s->probe = probe_free(s->probe);
}

/* ---- the probe with packets of certain sizes ---- */

static void on_size_probe(_unused_ Probe *p, const ProbeAnswer *answer, void *userdata) {
        Supervisor *s = userdata;

        /* An ICMP error quotes the beginning of a packet, and is no answer to the rest. */
        if (answer->error < 0)
                return;

        supervisor_feed(
                s, &(TunnelEvent){ .type = TUNNEL_EVENT_SIZE_REPLY, .count = answer->n_bytes });
}

void supervisor_probe_size(Supervisor *s, struct in_addr peer, uint32_t n_bytes) {
        int r = 0;

        if (!s->size_probe)
                r = open_probe(s, peer, on_size_probe, &s->size_probe);
        if (r >= 0)
                r = probe_send(s->size_probe, n_bytes);
        if (r < 0)
                journal_print(s->journal, LOG_DEBUG,
                              "Cannot send a packet of %u bytes: %s, ignoring", n_bytes,
                              strerror(-r));
}

void supervisor_probe_size_stop(Supervisor *s) {
        s->size_probe = probe_free(s->size_probe);
}

/* ---- the counters ---- */

static void on_counted(RtnlRequest *q, int error, _unused_ const char *text, const RtnlLink *link,
                       void *userdata) {

        Supervisor *s = userdata;
        Traffic traffic = { 0 };

        if (error == 0)
                traffic = link->traffic;
        s->count_request = rtnl_request_free(q);
        if (error == 0)
                supervisor_feed(s,
                                &(TunnelEvent){ .type = TUNNEL_EVENT_COUNTED, .traffic = traffic });
}

/* A failure is not reported: the counters are looked at again soon. */
void supervisor_count_traffic(Supervisor *s) {
        s->count_request = rtnl_request_free(s->count_request);
        (void) rtnl_get_link(supervisor_get_inner_rtnl(s), NULL,
                             route_keeper_get_ifindex(s->routes.keeper), on_counted, s,
                             &s->count_request);
}

/* ---- the MTU ---- */

uint32_t supervisor_choose_mtu(const Supervisor *s) {
        const MppePolicy policy = config_get_mppe_policy(s->config);

        if (s->config->mtu_bytes > 0)
                return s->config->mtu_bytes;

        return mtu_for_path(s->call.path_mtu_bytes, mppe_policy_requires(&policy));
}

static void supervisor_mtu_set(Supervisor *s, int error, const char *text) {
        if (error < 0) {
                journal_print(s->journal, LOG_WARNING, "Cannot change the MTU of %s: %s%s%s",
                              s->link.ifname, strerror(-error), text ? ": " : "", text ?: "");
                reload_answer_fail(&s->reload_answer);
        } else {
                s->link.mtu_bytes = (uint16_t) s->mtu_bytes;
                journal_print(s->journal, LOG_INFO, "Interface %s has MTU %u now", s->link.ifname,
                              s->mtu_bytes);
                supervisor_feed(s,
                                &(TunnelEvent){
                                        .type = TUNNEL_EVENT_MTU_CHANGED,
                                        .count = s->mtu_bytes,
                                });
        }

        supervisor_answer_reload(s);
}

static void on_mtu_set(RtnlRequest *q, int error, const char *text, void *userdata) {
        Supervisor *s = userdata;

        s->mtu_request = NULL;
        supervisor_mtu_set(s, error, text);
        rtnl_request_free(q);
}

void supervisor_set_mtu(Supervisor *s, uint32_t max_bytes) {
        uint32_t ifindex = supervisor_find_interface(s, s->link.ifname);
        int r = -ENODEV;

        s->mtu_bytes = MIN(supervisor_choose_mtu(s), max_bytes);
        s->mtu_request = rtnl_request_free(s->mtu_request);
        if (ifindex > 0)
                r = rtnl_set_mtu(supervisor_get_inner_rtnl(s), ifindex, s->mtu_bytes, on_mtu_set, s,
                                 &s->mtu_request);
        if (r < 0)
                supervisor_mtu_set(s, r, NULL);
}

void supervisor_link_done(Supervisor *s) {
        supervisor_probe_stop(s);
        supervisor_probe_size_stop(s);
        s->count_request = rtnl_request_free(s->count_request);
        s->mtu_request = rtnl_request_free(s->mtu_request);
        supervisor_look_stop(s);
}
