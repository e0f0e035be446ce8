/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The way from this host to the server, and what a change of it means to a tunnel. Pure: each
 * look-up of the way (io/rtnl/uplink-query.h) comes in, and only what really changed goes out. On a
 * busy host interfaces, addresses and routes come and go all day without touching this one way.
 */

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/route/route-plan.h"

/* The way as the kernel would take it now, without regard to the tunnel's own routes. */
typedef struct Uplink {
        bool usable;       /* there is a route, and its link has a carrier */
        bool source_valid; /* the address that we are bound to is this host's */
        uint32_t ifindex;
        struct in_addr gateway;   /* INADDR_ANY: the server is on the link, */
        struct in6_addr gateway6; /* unless the router is known by this address alone; "::": none */
        struct in_addr source;    /* what our packets bear */
        uint32_t mtu_bytes;
        uint32_t table; /* that has the route */
} Uplink;

typedef enum UplinkChange {
        UPLINK_SAME,
        UPLINK_LOST,        /* no route, or no carrier; it may come back as it was */
        UPLINK_BACK,        /* as it was before the loss */
        UPLINK_MOVED,       /* over another interface or gateway; our address holds */
        UPLINK_READDRESSED, /* our address is gone: what we had connected is dead */
} UplinkChange;

/* The way as it was last known to be. All zeros: not known yet. */
typedef struct UplinkWatch {
        bool known;
        bool lost;
        Uplink path; /* while lost: as it was before */
} UplinkWatch;

/*
 * Takes a look-up. Returns what has changed since the one before; the first is never a change. An
 * address that went together with the way is a loss, since both mostly come back together.
 */
UplinkChange uplink_watch_update(UplinkWatch *w, const Uplink *now);
/* Whether packets to the server have a way at present. */
bool uplink_watch_is_usable(const UplinkWatch *w);

/*
 * Where a route of the tunnel's own stands before all others, the kernel's answer is that route. So
 * this looks for the one behind it, in a table: of the routes that cover the server, the one that
 * the kernel would take if neither those of our protocol nor those on the tunnel's interface were
 * there. Returns NULL if there is none.
 */
const Route *uplink_find_route(const Route *routes, size_t n_routes, struct in_addr server,
                               uint32_t tunnel_ifindex);

/* Returns a change as a word for the journal, "moved"; static. */
const char *uplink_change_name(UplinkChange change);
