/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Where the destinations of a set of routes begin: their first 32 bits, an address of IPv4 or the
 * beginning of one of IPv6, in a few ranges that cover all of them. For some routes that is exact;
 * of a hundred thousand the largest gaps are left out. So a filter in the kernel can tell, for each
 * route that somebody else replaces, that it took the place of none of ours.
 */

#include <stddef.h>
#include <stdint.h>

#include "core/route/route-plan.h"

/* Each takes two instructions of the filter, of which a condition can skip 255. */
#define ROUTE_RANGES_MAX 16

typedef struct RouteRange {
        uint32_t first, last; /* both included, in the host's order */
} RouteRange;

/* In ascending order, and apart from each other. All zeros: none. */
typedef struct RouteRanges {
        RouteRange items[ROUTE_RANGES_MAX];
        size_t n_items;
} RouteRanges;

/* That of a set of routes, or of other addresses, for each family. */
typedef struct RouteExtent {
        RouteRanges ipv4, ipv6;
        RouteRanges
                within6; /* beginnings of all that those of IPv6 cover, but for default routes */
} RouteExtent;

/* Adds a range; where there are too many, the two with the smallest gap become one. */
void route_ranges_add(RouteRanges *r, RouteRange range);
/* Adds the destinations of routes of either family, quickest in ascending order. */
void route_extent_add(RouteExtent *p, const Route *routes, size_t n_routes);
/* Adds the addresses that routes send from, which have no other than that extent. */
void route_extent_add_sources(RouteExtent *p, const Route *routes, size_t n_routes);
/* Adds those of another set. */
void route_extent_add_extent(RouteExtent *p, const RouteExtent *others);
/* Adds whatever there may be. */
void route_extent_add_all(RouteExtent *p);
