/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The way to the server: announcements of the kernel lead to a look-up of the way, and a change of
 * it becomes an event of the tunnel. What is plainly good news is looked into at once, bad news
 * after a moment, in which it may have passed. And when this machine wakes up, the way is doubtful
 * as well.
 */

#include <endian.h>
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include "core/base/text.h"
#include "io/clock.h"
#include "supervisor/supervisor-internal.h"

/* A network manager that sets an interface up anew takes its address away for some 100 ms. */
#define SUPERVISOR_UPLINK_DEBOUNCE_USEC (300 * USEC_PER_MSEC)
/* A link that comes up is announced with its addresses and routes, one by one. */
#define SUPERVISOR_UPLINK_PACE_USEC (100 * USEC_PER_MSEC)
/* The kernel's answer was lost, or made no sense. */
#define SUPERVISOR_UPLINK_RETRY_USEC (1 * USEC_PER_SEC)

/*
 * Stands for a server whose name could not be looked up yet: an address that is nobody's (RFC 5737)
 * and so goes where everything goes that has no route of its own.
 */
#define SUPERVISOR_ANYWHERE ((struct in_addr){ .s_addr = htobe32(0xcb007101) }) /* 203.0.113.1 */

static void supervisor_uplink_check(Supervisor *s, uint64_t delay_usec) {
        uint64_t soonest = s->uplink_asked_usec + SUPERVISOR_UPLINK_PACE_USEC;
        uint64_t at = MAX(clock_read_usec(CLOCK_BOOTTIME) + delay_usec, soonest);
        uint64_t pending;
        int enabled;

        if (s->uplink_server.s_addr == INADDR_ANY)
                return;

        (void) sd_event_source_get_enabled(s->uplink_timer, &enabled);
        (void) sd_event_source_get_time(s->uplink_timer, &pending);
        if (enabled != SD_EVENT_OFF && pending <= at)
                return;

        (void) sd_event_source_set_time(s->uplink_timer, at);
        (void) sd_event_source_set_enabled(s->uplink_timer, SD_EVENT_ONESHOT);
}

static void supervisor_uplink_changed(Supervisor *s, UplinkChange change, bool disturbed) {
        const Uplink *path = &s->uplink_watch.path;

        if (change == UPLINK_SAME && !disturbed)
                return;

        journal_print(s->journal, LOG_DEBUG,
                      "Way to the server: %s (interface %u, gateway %s, from %s)",
                      uplink_change_name(change), path->ifindex, TEXT_IPV4(path->gateway),
                      TEXT_IPV4(path->source));

        /* Our routes first: the test of the link is to go the new way. */
        if (uplink_watch_is_usable(&s->uplink_watch))
                supervisor_move_routes(s, path);

        supervisor_feed(s, &(TunnelEvent){ .type = TUNNEL_EVENT_UPLINK, .uplink = change });
}

static void on_uplink(UplinkQuery *q, int error, const Uplink *uplink, void *userdata) {
        Supervisor *s = userdata;
        bool disturbed = s->uplink_disturbed, address_added = s->uplink_address_added;
        UplinkChange change = UPLINK_SAME;

        if (error == 0)
                change = uplink_watch_update(&s->uplink_watch, uplink);

        s->uplink_query = uplink_query_free(q);
        if (error < 0) {
                journal_print(s->journal, LOG_DEBUG,
                              "Cannot look up the way to the server: %s, trying again",
                              strerror(-error));
                supervisor_uplink_check(s, SUPERVISOR_UPLINK_RETRY_USEC);
                return;
        }

        s->uplink_disturbed = s->uplink_address_added = false;
        /* The name server may be next door, with no way to anywhere else. */
        if (address_added && s->uplink_server.s_addr == SUPERVISOR_ANYWHERE.s_addr &&
            change == UPLINK_SAME)
                change = UPLINK_BACK;

        supervisor_uplink_changed(s, change, disturbed);
}

/* Of BindToDevice=, which may not be there yet. */
static uint32_t supervisor_get_bound_interface(const Supervisor *s) {
        const char *name = s->config->bind_to_device;

        return name[0] ? if_nametoindex(name) ?: UPLINK_QUERY_NO_INTERFACE : 0;
}

UplinkQuestion supervisor_make_uplink_question(const Supervisor *s, struct in_addr server) {
        return (UplinkQuestion){
                .server = server,
                .source = s->local_address.s_addr != INADDR_ANY ? s->local_address :
                                                                  s->config->local_address,
                .firewall_mark = s->config->firewall_mark,
                .ifindex = supervisor_get_bound_interface(s),
                .tunnel_name = s->config->interface_name,
                .tunnel_ifindex = s->link_ifindex,
                .hidden_table = supervisor_get_hidden_table(s),
        };
}

static int on_uplink_timer(_unused_ sd_event_source *source, _unused_ uint64_t usec,
                           void *userdata) {

        Supervisor *s = userdata;
        const UplinkQuestion question = supervisor_make_uplink_question(s, s->uplink_server);
        int r;

        s->uplink_asked_usec = clock_read_usec(CLOCK_BOOTTIME);
        s->uplink_query = uplink_query_free(s->uplink_query);
        r = uplink_query_new(s->rtnl, &question, on_uplink, s, &s->uplink_query);
        if (r < 0)
                journal_print(s->journal, LOG_ERR, "Cannot look up the way to the server: %s",
                              strerror(-r));

        return 0;
}

void supervisor_watch_routes(Supervisor *s) {
        struct in_addr addresses[RTNL_MONITOR_WATCHED_MAX] = { s->uplink_server };

        memcpy(addresses + 1, s->places_taken, s->n_places_taken * sizeof(addresses[0]));
        (void) rtnl_monitor_watch(s->monitor, addresses, 1 + s->n_places_taken);
}

void supervisor_watch_uplink(Supervisor *s, struct in_addr server) {
        if (server.s_addr == INADDR_ANY)
                server = SUPERVISOR_ANYWHERE;
        if (server.s_addr == s->uplink_server.s_addr)
                return;

        s->uplink_server = server;
        s->uplink_watch = (UplinkWatch){ 0 };
        s->uplink_disturbed = s->uplink_address_added = false;
        supervisor_watch_routes(s);
        supervisor_uplink_check(s, 0);
}

/*
 * Without a route, any link may bring one; then the kernel does not announce it. While there is
 * one, only its own link matters, and of that only the carrier: the rest of the host may do as it
 * likes.
 */
void supervisor_uplink_on_link(Supervisor *s, const RtnlLink *link, bool removed) {
        bool running = !removed && (link->flags & IFF_RUNNING);
        bool usable = uplink_watch_is_usable(&s->uplink_watch);

        if (strcmp(link->name, s->config->interface_name) == 0)
                return;

        if (usable && !running && link->ifindex == s->uplink_watch.path.ifindex) {
                s->uplink_disturbed = true;
                supervisor_uplink_check(s, SUPERVISOR_UPLINK_DEBOUNCE_USEC);
        } else if (running && (!usable || s->uplink_disturbed))
                supervisor_uplink_check(s, 0);
}

void supervisor_uplink_on_address(Supervisor *s, const RtnlAddress *address, bool removed) {
        if (removed && address->address.s_addr == s->uplink_watch.path.source.s_addr)
                s->uplink_disturbed = true;
        if (!removed)
                s->uplink_address_added = true;

        supervisor_uplink_check(s, removed ? SUPERVISOR_UPLINK_DEBOUNCE_USEC : 0);
}

void supervisor_uplink_on_route(Supervisor *s, bool removed) {
        supervisor_uplink_check(s, removed ? SUPERVISOR_UPLINK_DEBOUNCE_USEC : 0);
}

void supervisor_uplink_on_resync(Supervisor *s) {
        s->uplink_disturbed = true;
        supervisor_uplink_check(s, 0);
}

void supervisor_slept(Supervisor *s, uint64_t slept_usec) {
        supervisor_uplink_check(s, 0);
        supervisor_feed(s,
                        &(TunnelEvent){
                                .type = TUNNEL_EVENT_RESUMED,
                                .count = (size_t) (slept_usec / USEC_PER_SEC),
                        });
}

static void on_slept(_unused_ SleepWatch *w, uint64_t slept_usec, void *userdata) {
        supervisor_slept(userdata, slept_usec);
}

int supervisor_uplink_init(Supervisor *s) {
        int r;

        r = sd_event_add_time(s->event, &s->uplink_timer, CLOCK_BOOTTIME, 0, 0, on_uplink_timer, s);
        if (r < 0)
                return r;

        (void) sd_event_source_set_description(s->uplink_timer, "uplink");
        r = sd_event_source_set_enabled(s->uplink_timer, SD_EVENT_OFF);
        if (r < 0)
                return r;

        return sleep_watch_new(s->event, on_slept, s, &s->sleep_watch);
}

void supervisor_uplink_done(Supervisor *s) {
        s->uplink_timer = sd_event_source_disable_unref(s->uplink_timer);
        s->uplink_query = uplink_query_free(s->uplink_query);
        s->sleep_watch = sleep_watch_free(s->sleep_watch);
}
