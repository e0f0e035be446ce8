/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Networks that are on both sides: this host is in them, by an interface of its own, and a route of
 * the tunnel covers the same addresses (NETC-06). The more specific route wins, so either the
 * network stays local, or a part of it is cut off; of two to the same network the one with the
 * smaller metric wins. With the same metric the kernel has room for one of them alone, whichever
 * came first, and that one is to be the network: the tunnel's is left out. OverlapPolicy= says what
 * is to become of all that. A default route overlaps with everything, and is meant to; link-local
 * networks of IPv6 are on every link, and overlap with nothing.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/config/config.h"
#include "core/route/route-plan.h"
#include "core/route/route-set.h"

typedef enum RouteOverlapKind {
        ROUTE_OVERLAP_CUTS,  /* the tunnel's route lies inside the network, or is used before it */
        ROUTE_OVERLAP_LOCAL, /* the network lies inside the tunnel's route, or is the same and used
                                before it, and stays local */
} RouteOverlapKind;

typedef struct RouteOverlap {
        RouteOverlapKind kind;
        Route ours;
        Route network; /* its ifindex is the interface that is in it */
} RouteOverlap;

/*
 * Whether a route is to a network that an interface other than the tunnel's is in: the kernel made
 * it when that got its address, or a program that a router has told of it.
 */
bool route_overlap_is_network(const Route *route, uint32_t tunnel_ifindex);

/*
 * Finds for each network the routes into the tunnel that overlap with it: first, since they do
 * harm, all that lie inside one and are used; then the most specific one that it lies inside.
 * routes are in the order of route_compare(); networks fulfil route_overlap_is_network().
 * O(networks × log routes), and one step for each that lies inside. Writes at most n_max of them
 * to ret_overlaps, and returns how many there are.
 */
size_t route_overlap_find(const Route *routes, size_t n_routes, uint32_t tunnel_ifindex,
                          const Route *networks, size_t n_networks, RouteOverlap *ret_overlaps,
                          size_t n_max);

/*
 * Whether one of the networks is in the place of a route into the tunnel, so that the kernel has
 * room for one of the two: the same destination, table and metric. Routes and networks as above.
 */
bool route_overlap_is_tied(const Route *routes, size_t n_routes, uint32_t tunnel_ifindex,
                           const Route *networks, size_t n_networks);

/*
 * Makes the two halves of a network, each a route like another one: they are more specific than
 * what leads to the network. In main that of a network of two addresses (RFC 3021) is left out
 * which is the server or the gateway to it (uplink->ifindex 0: not known): no host route beside it
 * could be used before that. Returns how many there are.
 */
size_t route_overlap_make_halves(const Route *like, const Route *network, const RouteUplink *uplink,
                                 Route ret_halves[static 2]);

/*
 * Whether one of the halves covers the gateway to the server, which then needs a host route. Where
 * rp_filter is on, the kernel answers no ARP request of a host that its routes have on another
 * link, or refuse (fib_validate_source() of its net/ipv4/fib_frontend.c), so the gateway would lose
 * this host.
 */
bool route_overlap_has_gateway(const Route *halves, size_t n_halves, const RouteUplink *uplink);

/*
 * Has a policy take effect on the routes, which are in the order of route_compare() before and
 * after. Whatever it is, those into the tunnel that a network is in the place of are taken out.
 * skip: likewise those that lie inside a network. force: a network that lies inside one of them, or
 * is the same, goes into the tunnel, by two routes that are longer than its own by a bit; where one
 * of these covers the gateway to the server (uplink->ifindex 0: not known), a host route keeps that
 * on its link. Returns 0, or -ENOMEM, and then the routes are as they were. *ret_routes may move.
 */
int route_overlap_apply(ConfigOverlapPolicy policy, uint32_t tunnel_ifindex,
                        const RouteUplink *uplink, const Route *networks, size_t n_networks,
                        Route **ret_routes, size_t *ret_n);

/*
 * "10.1.2.0/24 on eth0 lies inside 10.0.0.0/8: it stays local", or, of two equal ones, "10.1.2.0/24
 * on eth0 is the same network: it stays local". device is the network's interface.
 */
void route_overlap_describe(const RouteOverlap *overlap, ConfigOverlapPolicy policy,
                            const char *device, char *buffer, size_t n_buffer);
