/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * RoutesOnDown=unreachable: routes that refuse packets for the tunnel's prefixes while the tunnel
 * is not up, so that none takes another way. They have no interface, so they stay when pppd or the
 * supervisor ends.
 *
 *  - Under each route into the tunnel lies a cover: an unreachable route to the same prefix, in the
 *    same table, whose metric is worse by one. While the tunnel's route is there, that one is used.
 *    (A default route that is found by policy rules has a rule for it, see route-rule.h.)
 *  - OverlapPolicy=force has a local network inside such a prefix go into the tunnel, by two routes
 *    to its halves (route-overlap.h): under each of these lies a cover, too, and in the place of
 *    none of them.
 *  - Where covers or rules would refuse the way to the server as well, a host route through the
 *    uplink holds it open: the tunnel's pin (route-owner.h) comes only with its interface. So it is
 *    for the gateway, where the network that this is in is forced.
 *
 * All tell whose they are by the tunnel's tag: a cover in a field that is of no use to a route
 * that leads nowhere (the TCP window of RTA_METRICS), the host route in its metric.
 */

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/config/config.h"
#include "core/route/route-plan.h"
#include "core/route/route-set.h"

/*
 * Makes the covers of a configuration and the host routes to the server and its gateway
 * (uplink->ifindex 0: no server is known), in the order of route_compare(). networks fulfil
 * route_overlap_is_network(); without OverlapPolicy=force they do not matter. The array is the
 * caller's to free. There are none without RoutesOnDown=unreachable. Returns 0 or -ENOMEM.
 */
int route_cover_make(const Config *config, const RouteUplink *uplink, const Route *networks,
                     size_t n_networks, Route **ret_routes, size_t *ret_n);

/* Changed routes of which route_cover_compare() looks at the covers one by one. */
#define ROUTE_COVER_CHANGES_MAX 64
/* All covers have to be made to tell. */
#define ROUTE_COVER_E_ALL 1

/*
 * Compares the covers of two configurations, which ask for them with the same way to the server and
 * without regard to the networks of this host: makes those of either at the destinations whose
 * routes differ, in the order of route_compare(). The arrays are the caller's to free. Returns 0,
 * ROUTE_COVER_E_ALL (also where the host route to the server may come or go, and where one
 * configuration asks for none or forces networks) or -ENOMEM.
 */
int route_cover_compare(const Config *before, const Config *after, const RouteUplink *uplink,
                        Route **ret_before, size_t *ret_n_before, Route **ret_after,
                        size_t *ret_n_after);

/* Whether a configuration asks for covers. */
bool route_cover_is_wanted(const Config *config);
/* Whether it does, and which depends on the networks that this host is in. */
bool route_cover_heeds_networks(const Config *config);

/*
 * Whether packets to an address are refused while the tunnel is not up. others: the kernel's
 * routes, among which those of tunnels do not count. Tables other than main are left out, unless
 * policy rules of the tunnel lead there: who is sent to them is not known.
 */
bool route_cover_refuses(const Config *config, struct in_addr address, const Route *others,
                         size_t n_others);
