/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Which of the kernel's announcements can concern a tunnel. Each tunnel that comes up on a machine
 * is announced in some twenty messages, each of which would wake hundreds of others.
 * io/rtnl/rtnl-monitor.h has the kernel keep back what is not watched.
 */

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/route/route-frame.h"
#include "core/route/route-keeper.h"
#include "core/route/route-ranges.h"
#include "core/route/uplink-watcher.h"

/* The server's, and the places of routes that others have taken. */
#define ROUTE_WATCH_ADDRESSES_MAX (1 + ROUTE_KEEPER_PLACES_MAX)
/* The tunnel's own, that of the way to the server, that which refuses names, and lo. */
#define ROUTE_WATCH_LINKS_MAX 4

typedef struct RouteWatch {
        struct in_addr addresses[ROUTE_WATCH_ADDRESSES_MAX]; /* routes that cover one of them */
        size_t n_addresses;
        /*
         * Routes in one of these that took the place of another; with ipv6_networks also networks
         * of IPv6 that overlap with one.
         */
        RouteExtent replaced;
        RouteExtent sources;   /* addresses in one of these come or go, on whatever link */
        struct in_addr source; /* INADDR_ANY: none; likewise */
        uint32_t links[ROUTE_WATCH_LINKS_MAX]; /* what happens to these */
        size_t n_links;
        bool all_links;     /* any may be the one that matters */
        uint32_t tunnel;    /* whose IPv6 addresses count; 0: none's */
        bool seeks_tunnel;  /* any may be that */
        bool ipv6_networks; /* the IPv6 networks of all links count, too */
} RouteWatch;

/* The kernel makes it first in each network namespace (LOOPBACK_IFINDEX in net/flow.h). */
#define ROUTE_WATCH_LOOPBACK 1

/* Adds a link by its index; 0 is none. */
void route_watch_add_link(RouteWatch *w, uint32_t ifindex);

/*
 * Adds what concerns the tunnel's routes: its interface, and the places that others have taken.
 * While the keeper has the interface looked up, any may turn out to be the one.
 */
void route_watch_add_tunnel(RouteWatch *w, const RouteKeeper *k);

/* Adds what concerns the routes that the tunnel has while it is down. */
void route_watch_add_frame(RouteWatch *w, const RouteFrame *f);

/* Adds what concerns the way to the server. Without a way, any link may bring one. */
void route_watch_add_uplink(RouteWatch *w, const UplinkWatcher *u);

/* Returns whether both let in the same announcements. */
bool route_watch_equal(const RouteWatch *a, const RouteWatch *b);
