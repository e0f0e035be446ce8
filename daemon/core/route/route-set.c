/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/route/route-set.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/macros.h"
#include "core/route/route-owner.h"

static uint8_t route_type(ConfigRouteType type) {
        switch (type) {
        case CONFIG_ROUTE_UNICAST:
                return RTN_UNICAST;
        case CONFIG_ROUTE_UNREACHABLE:
                return RTN_UNREACHABLE;
        case CONFIG_ROUTE_BLACKHOLE:
                return RTN_BLACKHOLE;
        case CONFIG_ROUTE_PROHIBIT:
                return RTN_PROHIBIT;
        case CONFIG_ROUTE_THROW:
                return RTN_THROW;
        }

        return RTN_UNSPEC;
}

/* The tunnel's own packets do not look there. */
static bool is_in_vrf(const Config *config, const ConfigRoute *route) {
        return config->vrf[0] != '\0' && route->table == 0;
}

static Route route_from_config(const Config *config, const ConfigRoute *r, uint32_t ifindex) {
        uint8_t type = route_type(r->type);
        bool unicast = type == RTN_UNICAST;

        return (Route){
                .destination = r->destination,
                .prefix_length = r->prefix_length,
                .type = type,
                .protocol = ROUTE_PROTOCOL_PPTP,
                /* A point-to-point link has no gateways: everything is a hop away. */
                .scope = unicast ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
                .table = r->table           ?:
                        config->route_table ?:
                                              RT_TABLE_MAIN,
                .metric = r->has_metric ? r->metric : config->route_metric,
                .ifindex = unicast ? ifindex : 0,
                .preferred_source = r->preferred_source,
                .mtu_bytes = r->mtu_bytes,
        };
}

/*
 * onlink: the kernel has told us that the gateway is on this link, and is not to check it against
 * its routes. At hosting providers there is none to the gateway, and one into the tunnel may cover
 * it.
 */
Route route_set_get_way(const RouteUplink *uplink, uint32_t table) {
        bool routed =
                uplink->gateway.s_addr != INADDR_ANY || !IN6_IS_ADDR_UNSPECIFIED(&uplink->gateway6);

        return (Route){
                .destination = uplink->server,
                .prefix_length = 32,
                .type = RTN_UNICAST,
                .protocol = ROUTE_PROTOCOL_PPTP,
                .scope = routed ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK,
                .table = table,
                .ifindex = uplink->ifindex,
                .gateway = uplink->gateway,
                .gateway6 = uplink->gateway6,
                .onlink = routed,
        };
}

static Route route_pin(const RouteUplink *uplink, uint32_t table, uint32_t ifindex) {
        Route pin = route_set_get_way(uplink, table);

        pin.metric = ROUTE_OWNER_PIN_METRIC | ifindex;
        return pin;
}

/*
 * This route remains when the kernel drops the pin along with its link: packets to the server fail
 * then, rather than loop.
 */
static Route route_floor(const RouteUplink *uplink, uint32_t table, uint32_t ifindex) {
        return (Route){
                .destination = uplink->server,
                .prefix_length = 32,
                .type = RTN_UNREACHABLE,
                .protocol = ROUTE_PROTOCOL_PPTP,
                .scope = RT_SCOPE_UNIVERSE,
                .table = table,
                .metric = ROUTE_OWNER_PIN_METRIC | ROUTE_OWNER_FLOOR_METRIC | ifindex,
        };
}

Route route_set_get_peer_route(uint32_t ifindex, uint32_t table, struct in_addr local,
                               struct in_addr peer) {

        return (Route){
                .destination = peer,
                .prefix_length = 32,
                .type = RTN_UNICAST,
                .protocol = RTPROT_KERNEL,
                .scope = RT_SCOPE_LINK,
                .table = table,
                .ifindex = ifindex,
                .preferred_source = local,
        };
}

bool route_set_is_for_server(const Config *config, const ConfigRoute *route,
                             struct in_addr server) {

        return route->prefix_length == 32 && route->type != CONFIG_ROUTE_THROW &&
                route->destination.s_addr == server.s_addr && !is_in_vrf(config, route);
}

bool route_set_is_for_numbered_server(const ConfigRoute *route, const Config *config) {
        if (config->network_namespace)
                return false; /* the way to the server is not in there */

        for (size_t i = 0; i < config->n_servers; i++) {
                struct in_addr server;

                if (inet_pton(AF_INET, config->servers[i], &server) == 1 &&
                    route_set_is_for_server(config, route, server))
                        return true;
        }

        return false;
}

int route_set_join(const Config *config, const ConfigRoute *more, size_t n_more, Config *ret_config,
                   ConfigRoute **ret_routes) {

        ConfigRoute *routes = NULL;

        if (n_more > 0) {
                routes = calloc(config->n_routes + n_more, sizeof(*routes));
                if (!routes)
                        return -ENOMEM;

                memcpy(routes, more, n_more * sizeof(*routes));
                if (config->n_routes > 0)
                        memcpy(routes + n_more, config->routes, config->n_routes * sizeof(*routes));
        }

        *ret_config = *config;
        if (routes) {
                ret_config->routes = routes;
                ret_config->n_routes += n_more;
        }
        *ret_routes = routes;
        return 0;
}

int route_set_make(const Config *config, uint32_t ifindex, struct in_addr peer,
                   const RouteUplink *uplink, Route **ret_routes, size_t *ret_n) {

        Route *routes;
        size_t n = 0;

        /*
         * At worst every route is in a table of its own and needs its own pin; and so does the
         * peer's.
         */
        routes = calloc((config->n_routes + 1) * 3, sizeof(*routes));
        if (!routes)
                return -ENOMEM;

        if (uplink->ifindex != 0 && peer.s_addr == uplink->server.s_addr &&
            config->vrf[0] == '\0') {
                routes[n++] = route_pin(uplink, RT_TABLE_MAIN, ifindex);
                routes[n++] = route_floor(uplink, RT_TABLE_MAIN, ifindex);
        }

        for (size_t i = 0; i < config->n_routes; i++) {
                const ConfigRoute *from = &config->routes[i];
                Route r = route_from_config(config, from, ifindex);

                if (route_set_is_for_server(config, from, uplink->server))
                        continue;

                routes[n++] = r;
                if (uplink->ifindex != 0 && r.type != RTN_THROW && !is_in_vrf(config, from) &&
                    route_covers(&r, uplink->server)) {
                        uint32_t table = from->by_policy ? RT_TABLE_MAIN : r.table;

                        routes[n++] = route_pin(uplink, table, ifindex);
                        routes[n++] = route_floor(uplink, table, ifindex);
                }
        }

        route_sort(routes, n);
        *ret_routes = routes;
        *ret_n = n;
        return 0;
}
