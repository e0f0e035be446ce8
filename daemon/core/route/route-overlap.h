/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Networks that are on both sides: this host is in them, by an interface of its own, and a route of
 * the tunnel covers the same addresses (NETC-06). The more specific route wins, so either the
 * network stays local, or a part of it is cut off; of two to the same network the one with the
 * smaller metric wins. OverlapPolicy= says what is to become of that. A default route overlaps with
 * everything, and is meant to; link-local networks of IPv6 are on every link, and overlap with
 * nothing.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/config/config.h"
#include "core/route/route-plan.h"

/* What does harm first. */
typedef enum RouteOverlapKind {
        ROUTE_OVERLAP_CUTS,  /* the tunnel's route lies inside the network, or replaces it */
        ROUTE_OVERLAP_LOCAL, /* the network lies inside the tunnel's route, and stays local */
        _ROUTE_OVERLAP_KIND_MAX,
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
 * Finds for each network the routes into the tunnel that overlap with it: the most specific one
 * that it lies inside, and the first that lies inside it and is used. routes are in the order of
 * route_compare(); networks fulfil route_overlap_is_network(). O(networks × log routes). Writes at
 * most n_max of them to ret_overlaps, and returns how many there are.
 */
size_t route_overlap_find(const Route *routes, size_t n_routes, uint32_t tunnel_ifindex,
                          const Route *networks, size_t n_networks, RouteOverlap *ret_overlaps,
                          size_t n_max);

/*
 * Has a policy take effect on the routes, which are in the order of route_compare() before and
 * after. skip: those into the tunnel that lie inside a network are taken out. force: a network that
 * lies inside one of them goes into the tunnel, by two routes that are longer than its own by a
 * bit. Returns 0, or -ENOMEM, and then the routes are as they were. *ret_routes may move.
 */
int route_overlap_apply(ConfigOverlapPolicy policy, uint32_t tunnel_ifindex, const Route *networks,
                        size_t n_networks, Route **ret_routes, size_t *ret_n);

/*
 * "10.1.2.0/24 on eth0 lies inside 10.0.0.0/8: it stays local". device is the network's interface.
 */
void route_overlap_describe(const RouteOverlap *overlap, ConfigOverlapPolicy policy,
                            const char *device, char *buffer, size_t n_buffer);
