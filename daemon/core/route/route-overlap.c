/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/route/route-overlap.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>

#include "core/base/address.h"
#include "core/base/macros.h"
#include "core/base/text.h"

/* Of IPv6 the kernel keeps no scope. What is link-local is on every link. */
static bool is_network6(const Route *route) {
        return (route->protocol == RTPROT_KERNEL || route->protocol == RTPROT_RA) &&
                IN6_IS_ADDR_UNSPECIFIED(&route->gateway6) && route->prefix_length < 128 &&
                !IN6_IS_ADDR_LINKLOCAL(&route->destination6);
}

static bool is_network4(const Route *route) {
        return route->protocol == RTPROT_KERNEL && route->scope == RT_SCOPE_LINK &&
                route->prefix_length < 32;
}

bool route_overlap_is_network(const Route *route, uint32_t tunnel_ifindex) {
        return route->type == RTN_UNICAST && route->prefix_length > 0 &&
                route->ifindex != tunnel_ifindex &&
                (route->is_ipv6 ? is_network6(route) : is_network4(route));
}

/* Shortens the route's prefix to that length. */
static void shorten_prefix(Route *route, uint8_t prefix_length) {
        address_shorten(&route->destination6, route->prefix_length, prefix_length);
        route->prefix_length = prefix_length;
}

/* The first route that is not in front of all with the network's table and that prefix of it. */
static size_t find_first(const Route *routes, size_t n_routes, const Route *network,
                         uint8_t prefix_length) {

        Route key = {
                .table = network->table,
                .is_ipv6 = network->is_ipv6,
                .destination6 = network->destination6,
                .prefix_length = network->prefix_length,
        };

        shorten_prefix(&key, prefix_length);
        return route_find_place(routes, n_routes, &key);
}

static bool is_into_tunnel(const Route *route, uint32_t tunnel_ifindex) {
        return route->ifindex == tunnel_ifindex && route->type == RTN_UNICAST &&
                route->prefix_length > 0;
}

/*
 * Whether the route is to the network itself, and the kernel uses that of the network, or is to:
 * which of two with the same metric came first must not matter.
 */
static bool is_hidden(const Route *route, const Route *network) {
        return route->prefix_length == network->prefix_length && network->metric <= route->metric;
}

/*
 * The most specific route into the tunnel that the network lies inside; NULL: none. One to the
 * network itself counts if that hides it, or if whatever is the same is asked for; if it hides the
 * network, that does not stay local, whatever is around it.
 */
static const Route *find_around(const Route *routes, size_t n_routes, uint32_t tunnel_ifindex,
                                const Route *network, bool or_same) {

        for (uint8_t length = network->prefix_length; length > 0; length--)
                for (size_t i = find_first(routes, n_routes, network, length);
                     i < n_routes && routes[i].table == network->table &&
                     routes[i].prefix_length == length && route_covers_route(&routes[i], network);
                     i++) {
                        if (!is_into_tunnel(&routes[i], tunnel_ifindex))
                                continue;
                        return or_same || length < network->prefix_length ||
                                        is_hidden(&routes[i], network) ?
                                &routes[i] :
                                NULL;
                }

        return NULL;
}

/* Whether the route takes packets for the network, or a part of it, into the tunnel. */
static bool is_inside(const Route *route, uint32_t tunnel_ifindex, const Route *network) {
        return is_into_tunnel(route, tunnel_ifindex) && route_covers_route(network, route) &&
                !is_hidden(route, network);
}

/* Overlaps that are found: as many as there is room for, and how many there are. */
typedef struct Found {
        RouteOverlap *items;
        size_t n_max;
        size_t n;
} Found;

static void found_add(Found *f, RouteOverlapKind kind, const Route *ours, const Route *network) {
        if (f->n < f->n_max)
                f->items[f->n] = (RouteOverlap){ kind, *ours, *network };
        f->n++;
}

/* Adds the routes into the tunnel that lie inside the network. */
static void find_inside(const Route *routes, size_t n_routes, uint32_t tunnel_ifindex,
                        const Route *network, Found *found) {

        for (size_t i = find_first(routes, n_routes, network, network->prefix_length);
             i < n_routes && routes[i].table == network->table &&
             route_covers_route(network, &routes[i]);
             i++)
                if (is_inside(&routes[i], tunnel_ifindex, network))
                        found_add(found, ROUTE_OVERLAP_CUTS, &routes[i], network);
}

size_t route_overlap_find(const Route *routes, size_t n_routes, uint32_t tunnel_ifindex,
                          const Route *networks, size_t n_networks, RouteOverlap *ret_overlaps,
                          size_t n_max) {

        Found found = { .items = ret_overlaps, .n_max = n_max };

        for (size_t i = 0; i < n_networks; i++)
                find_inside(routes, n_routes, tunnel_ifindex, &networks[i], &found);

        for (size_t i = 0; i < n_networks; i++) {
                const Route *around =
                        find_around(routes, n_routes, tunnel_ifindex, &networks[i], false);

                if (around)
                        found_add(&found, ROUTE_OVERLAP_LOCAL, around, &networks[i]);
        }

        return found.n;
}

/* The route into the tunnel in whose place the network is; NULL: there is none. */
static const Route *find_tied(const Route *routes, size_t n_routes, uint32_t tunnel_ifindex,
                              const Route *network) {

        for (size_t i = route_find_place(routes, n_routes, network);
             i < n_routes && route_is_rival(&routes[i], network); i++)
                if (is_into_tunnel(&routes[i], tunnel_ifindex))
                        return &routes[i];

        return NULL;
}

bool route_overlap_is_tied(const Route *routes, size_t n_routes, uint32_t tunnel_ifindex,
                           const Route *networks, size_t n_networks) {

        for (size_t i = 0; i < n_networks; i++)
                if (find_tied(routes, n_routes, tunnel_ifindex, &networks[i]))
                        return true;

        return false;
}

/* Whether the route is one into the tunnel that the network is in the place of. */
static bool is_tied(const Route *route, uint32_t tunnel_ifindex, const Route *network) {
        return route_is_rival(route, network) && is_into_tunnel(route, tunnel_ifindex);
}

/* Takes out those for which the function holds. */
static void drop_routes(uint32_t tunnel_ifindex, const Route *network,
                        bool (*is_dropped)(const Route *route, uint32_t tunnel_ifindex,
                                           const Route *network),
                        Route *routes, size_t *n_routes) {

        size_t n = 0;

        for (size_t i = 0; i < *n_routes; i++)
                if (routes[i].table != network->table ||
                    !is_dropped(&routes[i], tunnel_ifindex, network))
                        routes[n++] = routes[i];
        *n_routes = n;
}

/* Whether the route is to one of the hosts that the tunnel's own packets go to, and no other. */
static bool is_for_uplink(const Route *route, const RouteUplink *uplink) {
        if (uplink->ifindex == 0 || route->is_ipv6 || route->prefix_length < 32 ||
            route->table != RT_TABLE_MAIN)
                return false;

        return route_covers(route, uplink->server) ||
                (route_set_has_gateway(uplink) && route_covers(route, uplink->gateway));
}

size_t route_overlap_make_halves(const Route *like, const Route *network, const RouteUplink *uplink,
                                 Route ret_halves[static 2]) {

        const unsigned bit = network->prefix_length;
        size_t n = 0;

        for (unsigned i = 0; i < 2; i++) {
                Route *half = &ret_halves[n];

                *half = *like;
                half->prefix_length = network->prefix_length + 1;
                half->destination6 = network->destination6;
                if (i == 1)
                        half->destination6.s6_addr[bit / 8] |= (uint8_t) (0x80 >> bit % 8);
                n += !is_for_uplink(half, uplink);
        }

        return n;
}

bool route_overlap_has_gateway(const Route *halves, size_t n_halves, const RouteUplink *uplink) {
        if (!route_set_has_gateway(uplink))
                return false;

        for (size_t i = 0; i < n_halves; i++)
                if (halves[i].table == RT_TABLE_MAIN && route_covers(&halves[i], uplink->gateway))
                        return true;

        return false;
}

static int force_routes(uint32_t tunnel_ifindex, const RouteUplink *uplink, const Route *networks,
                        size_t n_networks, Route **routes, size_t *n_routes) {

        const size_t n_before = *n_routes;
        size_t n = n_before;
        Route *more;

        more = reallocarray(*routes, n + 2 * n_networks + 1, sizeof(*more));
        if (!more)
                return -ENOMEM;

        *routes = more;
        for (size_t i = 0; i < n_networks; i++) {
                const Route *around =
                        find_around(more, n_before, tunnel_ifindex, &networks[i], true);

                if (around)
                        n += route_overlap_make_halves(around, &networks[i], uplink, more + n);
        }

        if (route_overlap_has_gateway(more + n_before, n - n_before, uplink))
                more[n++] = route_set_get_gateway_pin(uplink, tunnel_ifindex);
        route_sort(more, n);
        *n_routes = n;
        return 0;
}

int route_overlap_apply(ConfigOverlapPolicy policy, uint32_t tunnel_ifindex,
                        const RouteUplink *uplink, const Route *networks, size_t n_networks,
                        Route **ret_routes, size_t *ret_n) {

        int r;

        switch (policy) {
        case CONFIG_OVERLAP_WARN:
                break;
        case CONFIG_OVERLAP_SKIP:
                for (size_t i = 0; i < n_networks; i++) {
                        Found inside = { 0 };

                        find_inside(*ret_routes, *ret_n, tunnel_ifindex, &networks[i], &inside);
                        if (inside.n > 0)
                                drop_routes(tunnel_ifindex, &networks[i], is_inside, *ret_routes,
                                            ret_n);
                }
                break;
        case CONFIG_OVERLAP_FORCE:
                r = n_networks == 0 ? 0 :
                                      force_routes(tunnel_ifindex, uplink, networks, n_networks,
                                                   ret_routes, ret_n);
                if (r < 0)
                        return r;
                break;
        }

        /* A half of one network may be another one. */
        for (size_t i = 0; i < n_networks; i++)
                if (find_tied(*ret_routes, *ret_n, tunnel_ifindex, &networks[i]))
                        drop_routes(tunnel_ifindex, &networks[i], is_tied, *ret_routes, ret_n);
        return 0;
}

static const char *describe_outcome(const RouteOverlap *overlap, ConfigOverlapPolicy policy) {
        if (overlap->kind == ROUTE_OVERLAP_LOCAL)
                return policy == CONFIG_OVERLAP_FORCE ?
                        "it goes into the tunnel, as OverlapPolicy=force says" :
                        "it stays local";
        if (policy != CONFIG_OVERLAP_SKIP)
                return "it goes into the tunnel";

        return route_has_same_destination(&overlap->ours, &overlap->network) ?
                "it stays local, as OverlapPolicy=skip says" :
                "it is left out, as OverlapPolicy=skip says";
}

static void add_network(const RouteOverlap *overlap, const char *device, TextBuilder *t) {
        route_add_destination(t, &overlap->network);
        text_addf(t, " on %s", device);
}

void route_overlap_describe(const RouteOverlap *overlap, ConfigOverlapPolicy policy,
                            const char *device, char *buffer, size_t n_buffer) {

        TextBuilder t = text_builder(buffer, n_buffer);

        if (route_has_same_destination(&overlap->ours, &overlap->network)) {
                add_network(overlap, device, &t);
                text_add(&t, " is the same network");
        } else if (overlap->kind == ROUTE_OVERLAP_LOCAL) {
                add_network(overlap, device, &t);
                text_add(&t, " lies inside ");
                route_add_destination(&t, &overlap->ours);
        } else {
                route_add_destination(&t, &overlap->ours);
                text_add(&t, " lies inside ");
                add_network(overlap, device, &t);
        }

        text_addf(&t, ": %s", describe_outcome(overlap, policy));
}
