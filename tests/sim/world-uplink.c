/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The part of the world between this host and the server: two links that lose their carrier, are
 * set down, get other addresses and routers, and what the kernel announces of that; and the watcher
 * of the way (core/route/uplink-watcher.h), which is asked as the supervisor asks it. See world.h.
 */

#include "world.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>

#include "core/base/macros.h"

/* A look-up takes at most so long here, and announcements wait for the loop. */
#define ANSWER_MAX_USEC (USEC_PER_SEC / 2)
#define NEWS_MAX_USEC (50 * USEC_PER_MSEC)
/*
 * So late the tunnel may know of a change: its announcement is read, the look-up put off and paced,
 * and its answer lost once.
 */
#define NOTICE_MAX_USEC                                                                \
        (NEWS_MAX_USEC + UPLINK_DEBOUNCE_USEC + UPLINK_PACE_USEC + UPLINK_RETRY_USEC + \
         2 * ANSWER_MAX_USEC)
/* TUNNEL_UPLINK_LOST_USEC: so rarely the server is dialled while there is no way to it. */
#define LOST_PAUSE_USEC (60 * USEC_PER_SEC)

static void uplink_step(World *w, const UplinkEvent *event);

/* ---- the truth ---- */

static bool is_usable(const World *w) {
        return w->uplink.has_route && w->uplink.links[w->uplink.link].running;
}

/* What the kernel answers to whom asks for the way now. */
static Uplink look_up(const World *w) {
        const SimLink *link = &w->uplink.links[w->uplink.link];
        struct in_addr bound = w->uplink.bound_address;

        return (Uplink){
                .usable = is_usable(w),
                .source_valid = bound.s_addr == INADDR_ANY ||
                        bound.s_addr == w->uplink.links[0].address.s_addr ||
                        bound.s_addr == w->uplink.links[1].address.s_addr,
                .ifindex = SIM_UPLINK_IFINDEX + w->uplink.link,
                .gateway = w->uplink.gateway,
                .source = bound.s_addr != INADDR_ANY ? bound : link->address,
                .mtu_bytes = 1500,
        };
}

RouteUplink uplink_get_route(const World *w) {
        RouteUplink route = { .server = w->server };

        if (is_usable(w)) {
                route.ifindex = SIM_UPLINK_IFINDEX + w->uplink.link;
                route.gateway = w->uplink.gateway;
        }
        return route;
}

/* Whatever is to follow from the truth has its time anew. */
static void changed(World *w) {
        w->uplink.changed_usec = w->now_usec;
        if (w->untrue_usec > 0)
                w->untrue_usec = w->now_usec;
}

/* ---- announcements ---- */

static void announce(World *w, const UplinkEvent *event) {
        static const UplinkEvent overrun = { .type = UPLINK_EVENT_RESYNC };

        if (w->uplink.n_news == ELEMENTSOF(w->uplink.news)) {
                w->uplink.n_news = 0;
                event = &overrun;
        }
        if (w->uplink.n_news == 0)
                w->uplink.news_usec = w->now_usec + roll(w, NEWS_MAX_USEC);

        w->uplink.news[w->uplink.n_news++] = *event;
}

static void announce_link(World *w, unsigned link) {
        announce(w,
                 &(UplinkEvent){
                         .type = UPLINK_EVENT_LINK,
                         .link = {
                                 .ifindex = SIM_UPLINK_IFINDEX + link,
                                 .running = w->uplink.links[link].running,
                         },
                 });
}

static void announce_route(World *w, bool added) {
        announce(w,
                 &(UplinkEvent){
                         .type = added ? UPLINK_EVENT_ROUTE_ADDED : UPLINK_EVENT_ROUTE_REMOVED,
                 });
}

static void announce_address(World *w, struct in_addr address, bool added) {
        announce(w,
                 &(UplinkEvent){
                         .type = added ? UPLINK_EVENT_ADDRESS_ADDED : UPLINK_EVENT_ADDRESS_REMOVED,
                         .address = address,
                 });
}

/* They came too fast, and are lost. */
static void lose_announcements(World *w) {
        w->uplink.n_news = 0;
        announce(w, &(UplinkEvent){ .type = UPLINK_EVENT_RESYNC });
}

/* ---- what happens ---- */

static void set_carrier(World *w, unsigned link, bool running) {
        SimLink *l = &w->uplink.links[link];

        if (!l->up || l->running == running)
                return;

        l->running = running;
        announce_link(w, link);
}

/* The routes of a link that is set down go silently: fib_disable_ip() of fib_frontend.c. */
static void set_link(World *w, unsigned link, bool up) {
        SimLink *l = &w->uplink.links[link];

        if (l->up == up)
                return;

        l->up = l->running = up;
        kernel_set_uplink(&w->kernel, SIM_UPLINK_IFINDEX + link, up);
        if (!up && w->uplink.link == link)
                w->uplink.has_route = false;
        announce_link(w, link);
}

static void remove_route(World *w) {
        if (!w->uplink.has_route)
                return;

        w->uplink.has_route = false;
        announce_route(w, false);
}

/* A route over this link and router, in the place of the one that there is. */
static void put_route(World *w, unsigned link, uint8_t router) {
        if (!w->uplink.links[link].up)
                return;

        remove_route(w);
        w->uplink.has_route = true;
        w->uplink.link = link;
        w->uplink.gateway.s_addr = htobe32(0xc00002f0 + router); /* 192.0.2.240 and up */
        announce_route(w, true);
}

/* Another network: the address is another, and what it was for goes with it silently. */
static void readdress(World *w, unsigned link) {
        SimLink *l = &w->uplink.links[link];

        announce_address(w, l->address, false);
        if (w->uplink.link == link)
                w->uplink.has_route = false;
        l->address.s_addr = htobe32(0xc6336400 + (uint32_t) roll(w, 250)); /* 198.51.100.0 and up */
        announce_address(w, l->address, true);
}

void disturb_uplink(World *w) {
        unsigned link = roll(w, 2);

        switch (roll(w, 14)) {
        case 0:
                set_carrier(w, link, false);
                break;
        case 1: /* a cable that is put into another socket */
                set_carrier(w, link, false);
                set_carrier(w, link, true);
                break;
        case 2:
                set_link(w, link, false);
                break;
        case 3:
                remove_route(w);
                break;
        case 4:
                readdress(w, link);
                break;
        case 5:
                set_link(w, link, false);
                set_link(w, link, true);
                put_route(w, link, roll(w, 2));
                break;
        case 6:
                remove_route(w);
                lose_announcements(w);
                break;
        default: /* and all is well again, or better */
                set_link(w, link, true);
                set_carrier(w, link, true);
                put_route(w, link, roll(w, 2));
                break;
        }
        changed(w);
}

/* ---- the watcher ---- */

static void tell_change(World *w, const UplinkAction *a) {
        const Uplink *path = &w->uplink.watcher.watch.path;

        if (a->usable)
                move_routes(w, path->ifindex, path->gateway);

        if (a->change != UPLINK_SAME)
                w->uplink.lost_usec = a->change == UPLINK_LOST ? w->now_usec : 0;
        step(w, &(TunnelEvent){ .type = TUNNEL_EVENT_UPLINK, .uplink = a->change });
}

static void uplink_step(World *w, const UplinkEvent *event) {
        UplinkAction action = uplink_watcher_step(&w->uplink.watcher, event, w->now_usec);

        switch (action.type) {
        case UPLINK_ACTION_NONE:
                break;
        case UPLINK_ACTION_ASK:
                w->uplink.answer_usec = w->now_usec + 1 + roll(w, ANSWER_MAX_USEC);
                break;
        case UPLINK_ACTION_FOUND:
                move_routes(w, w->uplink.watcher.watch.path.ifindex,
                            w->uplink.watcher.watch.path.gateway);
                break;
        case UPLINK_ACTION_CHANGED:
                tell_change(w, &action);
                break;
        }
}

static void answer(World *w) {
        UplinkEvent event = { .type = UPLINK_EVENT_ANSWER };

        w->uplink.answer_usec = 0;
        /* Twice in a row would be another problem. */
        if (!w->uplink.answer_lost && chance(w, 5))
                event.answer.error = -ENOBUFS;
        else
                event.answer.uplink = look_up(w);
        w->uplink.answer_lost = event.answer.error < 0;
        uplink_step(w, &event);
}

uint64_t next_of_uplink(const World *w) {
        uint64_t next = uplink_watcher_next_deadline(&w->uplink.watcher);

        if (w->uplink.answer_usec > 0)
                next = MIN(next, w->uplink.answer_usec);
        if (w->uplink.n_news > 0)
                next = MIN(next, w->uplink.news_usec);

        return next;
}

void run_uplink(World *w) {
        if (w->uplink.n_news > 0 && w->uplink.news_usec <= w->now_usec) {
                for (size_t i = 0; i < w->uplink.n_news; i++)
                        uplink_step(w, &w->uplink.news[i]);
                w->uplink.n_news = 0;
        } else if (w->uplink.answer_usec > 0 && w->uplink.answer_usec <= w->now_usec)
                answer(w);
        else
                uplink_step(w, &(UplinkEvent){ .type = UPLINK_EVENT_TIMER });
}

void watch_uplink(World *w, struct in_addr server) {
        uplink_step(w, &(UplinkEvent){ .type = UPLINK_EVENT_WATCH, .address = server });
        changed(w);
}

void bind_to_uplink(World *w, bool bound) {
        w->uplink.bound_address.s_addr = INADDR_ANY;
        if (bound)
                w->uplink.bound_address = w->uplink.links[w->uplink.link].address;
        changed(w);
}

void uplink_slept(World *w) {
        changed(w);
        uplink_step(w, &(UplinkEvent){ .type = UPLINK_EVENT_SLEPT });
}

void begin_uplink(World *w) {
        for (unsigned i = 0; i < ELEMENTSOF(w->uplink.links); i++)
                w->uplink.links[i] = (SimLink){
                        .up = true,
                        .running = true,
                        .address = { htobe32(0xc0000201 + i) },
                };
        put_route(w, 0, 0);
        w->uplink.n_news = 0;
}

/* ---- what must be true ---- */

void check_dial(World *w) {
        check(w,
              w->uplink.lost_usec == 0 || w->uplink.may_dial || w->adapting ||
                      w->now_usec - MAX(w->uplink.lost_usec, w->uplink.dialled_usec) >=
                              LOST_PAUSE_USEC);
        w->uplink.dialled_usec = w->now_usec;
        w->uplink.may_dial = false;
}

void check_uplink(World *w) {
        if (uplink_watcher_get_server(&w->uplink.watcher).s_addr == INADDR_ANY || w->exited ||
            w->now_usec - w->uplink.changed_usec <= NOTICE_MAX_USEC)
                return;

        check(w, uplink_watch_is_usable(&w->uplink.watcher.watch) == is_usable(w));
        check(w, w->uplink.lost_usec == 0 || !is_usable(w));
}
