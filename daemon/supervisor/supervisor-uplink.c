/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The way to the server: translates between the kernel, the watcher of the way
 * (core/route/uplink-watcher.h) and the tunnel. When this machine wakes up, the way is doubtful as
 * well.
 */

#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include "core/base/text.h"
#include "io/clock.h"
#include "io/rtnl/link-lookup.h"
#include "supervisor/supervisor-internal.h"

static void uplink_step(Supervisor *s, const UplinkEvent *event);

/* Notes the name of the interface, by which it is told of once it is gone. */
static void uplink_note_name(Supervisor *s) {
        const UplinkWatch *watch = &s->uplink_watch.watcher.watch;

        if (!uplink_watch_is_usable(watch))
                return;

        if (!if_indextoname(watch->path.ifindex, s->uplink_watch.ifname))
                s->uplink_watch.ifname[0] = '\0';
        text_hide_controls(s->uplink_watch.ifname);
}

static void uplink_changed(Supervisor *s, const UplinkAction *action) {
        const Uplink *path = &s->uplink_watch.watcher.watch.path;
        TunnelEvent event = { .type = TUNNEL_EVENT_UPLINK, .uplink = action->change };

        journal_print(s->journal, LOG_DEBUG,
                      "Way to the server: %s (interface %u, gateway %s, from %s)",
                      uplink_change_name(action->change), path->ifindex, TEXT_IPV4(path->gateway),
                      TEXT_IPV4(path->source));

        /* Moves our routes first: the tunnel may test the link, and that is to go the new way. */
        if (action->usable)
                supervisor_move_routes(s, path);

        memcpy(event.uplink_before, s->uplink_watch.ifname, sizeof(event.uplink_before));
        uplink_note_name(s);
        memcpy(event.uplink_now, s->uplink_watch.ifname, sizeof(event.uplink_now));
        supervisor_feed(s, &event);
}

static void on_uplink(UplinkQuery *q, int error, const Uplink *uplink, void *userdata) {
        Supervisor *s = userdata;
        UplinkEvent event = { .type = UPLINK_EVENT_ANSWER, .answer.error = error };

        if (error < 0)
                journal_print(s->journal, LOG_DEBUG,
                              "Cannot look up the way to the server: %s, trying again",
                              strerror(-error));
        else
                event.answer.uplink = *uplink;

        s->uplink_watch.query = uplink_query_free(q);
        uplink_step(s, &event);
}

/* Returns the index of BindToDevice=, which may not exist yet; 0: no such key is set. */
static uint32_t supervisor_get_bound_interface(const Supervisor *s) {
        const char *name = s->config->bind_to_device;

        return name[0] ? link_find_index(name) ?: UPLINK_QUERY_NO_INTERFACE : 0;
}

/* Returns the table in which a route of ours hides the way to the server; 0: none does. */
static uint32_t supervisor_get_hidden_table(const Supervisor *s) {
        if (!route_keeper_hides_server(s->routes.keeper) && !supervisor_frame_hides_server(s))
                return 0;

        return s->uplink_watch.watcher.watch.path.table ?: RT_TABLE_MAIN;
}

UplinkQuestion supervisor_make_uplink_question(const Supervisor *s, struct in_addr server) {
        bool is_apart = supervisor_is_apart(s);

        return (UplinkQuestion){
                .server = server,
                .source = s->control.local_address.s_addr != INADDR_ANY ? s->control.local_address :
                                                                          s->config->local_address,
                .firewall_mark = s->config->firewall_mark,
                .ifindex = supervisor_get_bound_interface(s),
                .tunnel_name = is_apart ? NULL : s->config->interface_name,
                .tunnel_ifindex = is_apart ? 0 : route_keeper_get_ifindex(s->routes.keeper),
                .hidden_table = is_apart ? 0 : supervisor_get_hidden_table(s),
        };
}

static void uplink_ask(Supervisor *s) {
        const UplinkQuestion question = supervisor_make_uplink_question(
                s, uplink_watcher_get_server(&s->uplink_watch.watcher));
        int r;

        s->uplink_watch.query = uplink_query_free(s->uplink_watch.query);
        r = uplink_query_new(s->rtnl, &question, on_uplink, s, &s->uplink_watch.query);
        if (r < 0) {
                journal_print(s->journal, LOG_ERR, "Cannot look up the way to the server: %s",
                              strerror(-r));
                uplink_step(s, &(UplinkEvent){ .type = UPLINK_EVENT_ANSWER, .answer.error = r });
        }
}

static void uplink_arm_timer(Supervisor *s) {
        uint64_t deadline = uplink_watcher_next_deadline(&s->uplink_watch.watcher);

        (void) sd_event_source_set_time(s->uplink_watch.timer, deadline);
        (void) sd_event_source_set_enabled(
                s->uplink_watch.timer, deadline == USEC_INFINITY ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
}

static void uplink_step(Supervisor *s, const UplinkEvent *event) {
        UplinkAction action;

        action = uplink_watcher_step(&s->uplink_watch.watcher, event,
                                     clock_read_usec(CLOCK_BOOTTIME));
        uplink_arm_timer(s);
        supervisor_watch_routes(s); /* before the question, whose answer may be outdated */

        switch (action.type) {
        case UPLINK_ACTION_NONE:
                break;
        case UPLINK_ACTION_ASK:
                uplink_ask(s);
                break;
        case UPLINK_ACTION_FOUND:
                uplink_note_name(s);
                supervisor_move_routes(s, &s->uplink_watch.watcher.watch.path);
                break;
        case UPLINK_ACTION_CHANGED:
                uplink_changed(s, &action);
                break;
        }
}

static int on_uplink_timer(_unused_ sd_event_source *source, _unused_ uint64_t usec,
                           void *userdata) {

        uplink_step(userdata, &(UplinkEvent){ .type = UPLINK_EVENT_TIMER });
        return 0;
}

/* ---- what happens ---- */

void supervisor_watch_uplink(Supervisor *s, struct in_addr server) {
        uplink_step(s, &(UplinkEvent){ .type = UPLINK_EVENT_WATCH, .address = server });
}

void supervisor_uplink_on_link(Supervisor *s, const RtnlLink *link, bool removed) {
        /* The tunnel's own interface, before its index is known. */
        if (!supervisor_is_apart(s) && strcmp(link->name, s->config->interface_name) == 0)
                return;

        uplink_step(s,
                    &(UplinkEvent){
                            .type = UPLINK_EVENT_LINK,
                            .link = {
                                    .ifindex = link->ifindex,
                                    .running = !removed && (link->flags & IFF_RUNNING),
                            },
                    });
}

void supervisor_uplink_on_address(Supervisor *s, const RtnlAddress *address, bool removed) {
        uplink_step(
                s,
                &(UplinkEvent){
                        .type = removed ? UPLINK_EVENT_ADDRESS_REMOVED : UPLINK_EVENT_ADDRESS_ADDED,
                        .address = address->address,
                });
}

void supervisor_uplink_on_route(Supervisor *s, const Route *route, bool removed) {
        if (!route_covers(route, uplink_watcher_get_server(&s->uplink_watch.watcher)))
                return;

        uplink_step(s,
                    &(UplinkEvent){
                            .type = removed ? UPLINK_EVENT_ROUTE_REMOVED : UPLINK_EVENT_ROUTE_ADDED,
                    });
}

void supervisor_uplink_on_resync(Supervisor *s) {
        uplink_step(s, &(UplinkEvent){ .type = UPLINK_EVENT_RESYNC });
}

void supervisor_slept(Supervisor *s, uint64_t slept_usec) {
        uplink_step(s, &(UplinkEvent){ .type = UPLINK_EVENT_SLEPT });
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

        r = sd_event_add_time(s->event, &s->uplink_watch.timer, CLOCK_BOOTTIME, USEC_INFINITY, 0,
                              on_uplink_timer, s);
        if (r < 0)
                return r;

        (void) sd_event_source_set_description(s->uplink_watch.timer, "uplink");
        return sleep_watch_new(s->event, on_slept, s, &s->uplink_watch.sleep);
}

void supervisor_uplink_done(Supervisor *s) {
        s->uplink_watch.timer = sd_event_source_disable_unref(s->uplink_watch.timer);
        s->uplink_watch.query = uplink_query_free(s->uplink_watch.query);
        s->uplink_watch.sleep = sleep_watch_free(s->uplink_watch.sleep);
}
