/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The routes that a tunnel wants once its interface stands: those of the configuration, and, where
 * one of them would swallow the tunnel's own packets, a host route to the server through the
 * uplink. What of them is still missing in the kernel is the business of route-plan.h.
 */

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/config/config.h"
#include "core/route/route-plan.h"

/*
 * The way to the server as it was before the tunnel's routes. ifindex 0: not known, nothing to pin.
 */
typedef struct RouteUplink {
        struct in_addr server;
        struct in_addr gateway;   /* INADDR_ANY: the server is on the link, */
        struct in6_addr gateway6; /* unless the router is known by this address alone; "::": none */
        uint32_t ifindex;
} RouteUplink;

/*
 * Makes *ret_config the configuration as if it had more routes, in their order, which are pinned,
 * checked and covered alike then. It borrows all that it has: *ret_routes, which the caller frees,
 * among it. Returns 0 or -ENOMEM.
 */
int route_set_join(const Config *config, const ConfigRoute *more, size_t n_more, Config *ret_config,
                   ConfigRoute **ret_routes);

/*
 * Makes the set for a tunnel interface whose far end has the address peer, in the order of
 * route_compare(). The array is the caller's to free. A default route that is found by policy
 * rules is in the tunnel's own table, and its pin in main, which is asked first. A pinned host
 * route tells the interface by its metric, see route-owner.h, and has a floor below it. What is for
 * the server alone is left out, and without IPv6=negotiate what is IPv6. With VRF= the caller puts
 * the VRF's table into config->route_table; routes there need no pin. Returns 0 or -ENOMEM.
 */
int route_set_make(const Config *config, uint32_t ifindex, struct in_addr peer,
                   const RouteUplink *uplink, Route **ret_routes, size_t *ret_n);

/* Routes in the order of route_compare(), of which the kernel can have all. */
typedef struct RouteSet {
        Route *routes;
        size_t n_routes;
} RouteSet;

/* The part of a set that a change of it has replaced. */
typedef struct RouteSetPart {
        size_t first;
        size_t n_old; /* routes that were there, */
        size_t n_new; /* and that are there now */
} RouteSetPart;

/* What a set depends on, beside the routes of the configuration. */
typedef struct RouteSetBasis {
        uint32_t ifindex;
        struct in_addr peer;
        RouteUplink uplink;
        uint32_t table, metric; /* of the configuration */
        bool has_vrf;
        ConfigIpv6 ipv6;
        ConfigOverlapPolicy policy;
} RouteSetBasis;

/* Returns what route_set_make() with the same arguments depends on. */
RouteSetBasis route_set_get_basis(const Config *config, uint32_t ifindex, struct in_addr peer,
                                  const RouteUplink *uplink);
/* Whether the same routes make the same set. */
bool route_set_basis_is_same(const RouteSetBasis *a, const RouteSetBasis *b);

enum {
        ROUTE_SET_E_PIN = 1, /* a route that changed covers the server, or did */
};

/*
 * Changes a set to the one that route_set_make() and route_drop_rivals() would make now, in place,
 * from one that they made on the same basis. changed: routes that the configuration had then and
 * has not now, or the other way round, in any order; others may be among them, and one more than
 * once. The set has a hundred thousand routes of which a reload changes one, so what is to be in
 * its place is found out for each of these alone. Returns 0, the part of the set from the first to
 * the last that has changed, and the routes that were there, for the caller to free. Returns
 * ROUTE_SET_E_PIN or -ENOMEM, and leaves the set as it was.
 */
int route_set_renew(const Config *config, uint32_t ifindex, const RouteUplink *uplink,
                    const ConfigRoute *changed, size_t n_changed, RouteSet *set,
                    RouteSetPart *ret_part, RouteSet *ret_old);

/* Makes the route of one of the configuration, for the tunnel's interface. */
Route route_set_get_route(const Config *config, const ConfigRoute *route, uint32_t ifindex);

/*
 * What is the same in the tunnel's route, in what lies under it and in what is in its way:
 * destination, table (0: that of VRF=) and metric.
 */
Route route_set_get_key(const ConfigRoute *route);

/*
 * The host route to the server over the uplink, in a table. The caller gives it a metric that tells
 * whose it is. The uplink's ifindex is not 0.
 */
Route route_set_get_way(const RouteUplink *uplink, uint32_t table);

/* Whether the way to the server leads over a gateway that has an IPv4 address. */
bool route_set_has_gateway(const RouteUplink *uplink);
/*
 * Likewise to that gateway, on its link in main, for where the tunnel's routes, or its unreachable
 * ones, would have the network that it is in. route_set_get_gateway_pin() has the metric of the
 * tunnel with that interface.
 */
Route route_set_get_gateway_way(const RouteUplink *uplink);
Route route_set_get_gateway_pin(const RouteUplink *uplink, uint32_t ifindex);

/*
 * Whether a route of the configuration is for the server's own address alone, in a table that the
 * tunnel's packets are routed by. It has no effect: they cannot go through the tunnel, nor may they
 * be refused.
 */
bool route_set_is_for_server(const Config *config, const ConfigRoute *route, struct in_addr server);
/* The same for any server that the configuration has by its address, and not by a name. */
bool route_set_is_for_numbered_server(const ConfigRoute *route, const Config *config);

/*
 * The route that the kernel makes for the peer's address when the interface gets its own: in main,
 * or the table of the VRF that the interface is in. Where the peer is the server itself (GRE-09),
 * it would swallow the tunnel's packets and has to go.
 */
Route route_set_get_peer_route(uint32_t ifindex, uint32_t table, struct in_addr local,
                               struct in_addr peer);
