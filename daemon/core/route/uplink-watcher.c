/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/route/uplink-watcher.h"

#include <endian.h>

/*
 * Stands for a server whose name could not be looked up yet: an address that is nobody's (RFC 5737)
 * and so goes where everything goes that has no route of its own.
 */
#define ANYWHERE ((struct in_addr){ .s_addr = htobe32(0xcb007101) }) /* 203.0.113.1 */

/* Plans a look-up, unless one is planned that comes no later. */
static void watcher_plan(UplinkWatcher *w, uint64_t now, uint64_t delay_usec) {
        uint64_t at = now + delay_usec;

        if (w->server.s_addr == INADDR_ANY)
                return;
        if (w->asked_usec > 0)
                at = MAX(at, w->asked_usec + UPLINK_PACE_USEC);
        if (w->check_planned && w->check_usec <= at)
                return;

        w->check_planned = true;
        w->check_usec = at;
}

static void watcher_watch(UplinkWatcher *w, struct in_addr server, uint64_t now) {
        if (server.s_addr == INADDR_ANY)
                server = ANYWHERE;
        if (server.s_addr == w->server.s_addr)
                return;

        w->server = server;
        w->watch = (UplinkWatch){ 0 };
        w->disturbed = w->address_added = false;
        watcher_plan(w, now, 0);
}

/*
 * Without a way, any link may bring one, and the kernel does not announce the routes that become
 * usable with it. While there is a way, only its own link matters, and of that only the carrier.
 */
static void watcher_link(UplinkWatcher *w, uint32_t ifindex, bool running, uint64_t now) {
        bool usable = uplink_watch_is_usable(&w->watch);

        if (usable && !running && ifindex == w->watch.path.ifindex) {
                w->disturbed = true;
                watcher_plan(w, now, UPLINK_DEBOUNCE_USEC);
        } else if (running && (!usable || w->disturbed))
                watcher_plan(w, now, 0);
}

static UplinkAction watcher_ask(UplinkWatcher *w, uint64_t now) {
        if (!w->check_planned || now < w->check_usec)
                return (UplinkAction){ .type = UPLINK_ACTION_NONE };

        w->check_planned = false;
        w->asked_usec = now;
        w->asking = true;
        return (UplinkAction){ .type = UPLINK_ACTION_ASK };
}

static UplinkAction watcher_answer(UplinkWatcher *w, int error, const Uplink *uplink,
                                   uint64_t now) {

        bool disturbed = w->disturbed, address_added = w->address_added;
        bool first = !w->watch.known;
        UplinkChange change;

        w->asking = false;
        if (error < 0) {
                watcher_plan(w, now, UPLINK_RETRY_USEC);
                return (UplinkAction){ .type = UPLINK_ACTION_NONE };
        }

        change = uplink_watch_update(&w->watch, uplink);
        w->disturbed = w->address_added = false;

        /*
         * A new address counts as the way's return here: the name server may be on the link, with
         * no way to anywhere else.
         */
        if (address_added && w->server.s_addr == ANYWHERE.s_addr && change == UPLINK_SAME)
                change = UPLINK_BACK;

        /* The tunnel was told of a loss while another server was watched. */
        if (w->told_lost && change == UPLINK_SAME && uplink->usable)
                change = UPLINK_BACK;
        if (change != UPLINK_SAME)
                w->told_lost = change == UPLINK_LOST;

        if (change == UPLINK_SAME && !disturbed)
                return (UplinkAction){
                        .type = first && uplink->usable ? UPLINK_ACTION_FOUND : UPLINK_ACTION_NONE,
                };

        return (UplinkAction){
                .type = UPLINK_ACTION_CHANGED,
                .change = change,
                .usable = uplink_watch_is_usable(&w->watch),
        };
}

UplinkAction uplink_watcher_step(UplinkWatcher *w, const UplinkEvent *event, uint64_t now_usec) {
        switch (event->type) {
        case UPLINK_EVENT_WATCH:
                watcher_watch(w, event->address, now_usec);
                break;
        case UPLINK_EVENT_LINK:
                watcher_link(w, event->link.ifindex, event->link.running, now_usec);
                break;
        case UPLINK_EVENT_ADDRESS_ADDED:
                w->address_added = true;
                watcher_plan(w, now_usec, 0);
                break;
        case UPLINK_EVENT_ADDRESS_REMOVED:
                w->disturbed |= event->address.s_addr == w->watch.path.source.s_addr;
                watcher_plan(w, now_usec, UPLINK_DEBOUNCE_USEC);
                break;
        case UPLINK_EVENT_ROUTE_ADDED:
        case UPLINK_EVENT_SLEPT:
                watcher_plan(w, now_usec, 0);
                break;
        case UPLINK_EVENT_ROUTE_REMOVED:
                watcher_plan(w, now_usec, UPLINK_DEBOUNCE_USEC);
                break;
        case UPLINK_EVENT_RESYNC:
                w->disturbed = true;
                watcher_plan(w, now_usec, 0);
                break;
        case UPLINK_EVENT_TIMER:
                return watcher_ask(w, now_usec);
        case UPLINK_EVENT_ANSWER:
                return watcher_answer(w, event->answer.error, &event->answer.uplink, now_usec);
        }

        return (UplinkAction){ .type = UPLINK_ACTION_NONE };
}

uint64_t uplink_watcher_next_deadline(const UplinkWatcher *w) {
        return w->check_planned ? w->check_usec : USEC_INFINITY;
}

struct in_addr uplink_watcher_get_server(const UplinkWatcher *w) {
        return w->server;
}

uint32_t uplink_watcher_get_link(const UplinkWatcher *w) {
        bool is_settled = uplink_watch_is_usable(&w->watch) && w->watch.path.source_valid &&
                w->server.s_addr != ANYWHERE.s_addr;

        return is_settled && !w->asking && !w->disturbed ? w->watch.path.ifindex : 0;
}

const Uplink *uplink_watcher_get_path(const UplinkWatcher *w, struct in_addr server) {
        if (w->server.s_addr != server.s_addr || !uplink_watch_is_usable(&w->watch))
                return NULL;

        return &w->watch.path;
}
