/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/route/route-set.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/macros.h"
#include "core/base/sort.h"
#include "core/config/config-route.h"
#include "core/config/config-routes.h"
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

/* 0 is the kernel's default. */
static uint32_t get_metric(const ConfigRoute *r, uint32_t metric) {
        return r->is_ipv6 && metric == 0 ? ROUTE_IPV6_METRIC_DEFAULT : metric;
}

Route route_set_get_key(const ConfigRoute *r) {
        Route key = {
                .is_ipv6 = r->is_ipv6,
                .prefix_length = r->prefix_length,
                .table = r->table,
                .metric = get_metric(r, r->metric),
        };

        key.destination6 = r->destination6;
        return key;
}

Route route_set_get_route(const Config *config, const ConfigRoute *r, uint32_t ifindex) {
        Route route = route_set_get_key(r);
        bool unicast = r->type == CONFIG_ROUTE_UNICAST;

        route.type = route_type(r->type);
        route.protocol = ROUTE_PROTOCOL_PPTP;
        /* A point-to-point link has no gateways: everything is a hop away. */
        route.scope = unicast && !r->is_ipv6 ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
        route.table = r->table ?: config->route_table ?: RT_TABLE_MAIN;
        route.metric = get_metric(r, r->has_metric ? r->metric : config->route_metric);
        route.ifindex = unicast ? ifindex : 0;
        route.preferred_source6 = r->preferred_source6;
        route.mtu_bytes = r->mtu_bytes;
        return route;
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

bool route_set_has_gateway(const RouteUplink *uplink) {
        return uplink->ifindex != 0 && uplink->gateway.s_addr != INADDR_ANY;
}

Route route_set_get_gateway_way(const RouteUplink *uplink) {
        const RouteUplink to_gateway = { .server = uplink->gateway, .ifindex = uplink->ifindex };

        return route_set_get_way(&to_gateway, RT_TABLE_MAIN);
}

Route route_set_get_gateway_pin(const RouteUplink *uplink, uint32_t ifindex) {
        Route pin = route_set_get_gateway_way(uplink);

        pin.metric = ROUTE_OWNER_PIN_METRIC | ifindex;
        return pin;
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

        return !route->is_ipv6 && route->prefix_length == 32 && route->type != CONFIG_ROUTE_THROW &&
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
                config_routes_sort(routes, config->n_routes + n_more);
        }

        *ret_config = *config;
        if (routes) {
                ret_config->routes = routes;
                ret_config->n_routes += n_more;
        }
        *ret_routes = routes;
        return 0;
}

/* A route that covers the server is in a table where the server needs a pin and a floor. */
#define ROUTES_EACH_MAX 3

/* Makes of one route of the configuration those for the kernel. Returns how many. */
static size_t route_set_expand(const Config *config, const ConfigRoute *from, uint32_t ifindex,
                               const RouteUplink *uplink,
                               Route ret_routes[static ROUTES_EACH_MAX]) {

        Route r = route_set_get_route(config, from, ifindex);
        uint32_t table = from->by_policy ? RT_TABLE_MAIN : r.table;

        if (route_set_is_for_server(config, from, uplink->server))
                return 0;
        /* The server would reject all packets that such a route sent into the tunnel. */
        if (r.is_ipv6 && r.type == RTN_UNICAST && config->ipv6 != CONFIG_IPV6_NEGOTIATE)
                return 0;

        ret_routes[0] = r;
        if (uplink->ifindex == 0 || r.type == RTN_THROW || is_in_vrf(config, from) ||
            !route_covers(&r, uplink->server))
                return 1;

        ret_routes[1] = route_pin(uplink, table, ifindex);
        ret_routes[2] = route_floor(uplink, table, ifindex);
        return 3;
}

int route_set_make(const Config *config, uint32_t ifindex, struct in_addr peer,
                   const RouteUplink *uplink, Route **ret_routes, size_t *ret_n) {

        ConfigCursor cursor;
        ConfigRoute from;
        Route *routes;
        size_t n = 0;

        routes = calloc((config_count_routes(config) + 1) * ROUTES_EACH_MAX, sizeof(*routes));
        if (!routes)
                return -ENOMEM;

        if (uplink->ifindex != 0 && peer.s_addr == uplink->server.s_addr &&
            config->vrf[0] == '\0') {
                routes[n++] = route_pin(uplink, RT_TABLE_MAIN, ifindex);
                routes[n++] = route_floor(uplink, RT_TABLE_MAIN, ifindex);
        }

        config_cursor_init(&cursor, config);
        while (config_cursor_next(&cursor, &from))
                n += route_set_expand(config, &from, ifindex, uplink, routes + n);

        route_sort(routes, n);
        *ret_routes = routes;
        *ret_n = n;
        return 0;
}

/* ---- a set that is changed ---- */

RouteSetBasis route_set_get_basis(const Config *config, uint32_t ifindex, struct in_addr peer,
                                  const RouteUplink *uplink) {

        return (RouteSetBasis){
                .ifindex = ifindex,
                .peer = peer,
                .uplink = *uplink,
                .table = config->route_table,
                .metric = config->route_metric,
                .has_vrf = config->vrf[0] != '\0',
                .ipv6 = config->ipv6,
                .policy = config->overlap_policy,
        };
}

bool route_set_basis_is_same(const RouteSetBasis *a, const RouteSetBasis *b) {
        return a->ifindex == b->ifindex && a->peer.s_addr == b->peer.s_addr &&
                a->uplink.server.s_addr == b->uplink.server.s_addr &&
                a->uplink.gateway.s_addr == b->uplink.gateway.s_addr &&
                IN6_ARE_ADDR_EQUAL(&a->uplink.gateway6, &b->uplink.gateway6) &&
                a->uplink.ifindex == b->uplink.ifindex && a->table == b->table &&
                a->metric == b->metric && a->has_vrf == b->has_vrf && a->ipv6 == b->ipv6 &&
                a->policy == b->policy;
}

/* A place in a set, and what is to be there. */
typedef struct RouteEdit {
        Route route; /* or, if there is to be none, one that the kernel cannot tell from it */
        bool is_there;
} RouteEdit;

/* What is needed to find out about one place. */
typedef struct RouteMaker {
        const Config *config;
        uint32_t ifindex;
        const RouteUplink *uplink;
} RouteMaker;

static size_t maker_expand(const RouteMaker *m, const ConfigRoute *from,
                           Route ret_routes[static ROUTES_EACH_MAX]) {

        return route_set_expand(m->config, from, m->ifindex, m->uplink, ret_routes);
}

/*
 * Finds which route is to be in the place of this one: of all of the configuration that the kernel
 * cannot tell apart the first, as route_drop_rivals() has it. A pin of one that did not change is
 * there already.
 */
static void maker_find_wanted(const RouteMaker *m, const ConfigRoute *origin, RouteEdit *edit) {
        ConfigCursor cursor;
        ConfigRoute from;

        config_cursor_find(&cursor, m->config, origin);
        while (config_cursor_next(&cursor, &from)) {
                Route made[ROUTES_EACH_MAX];

                if (maker_expand(m, &from, made) == 0 || !route_is_rival(&made[0], &edit->route))
                        continue;
                if (!edit->is_there || route_compare(&made[0], &edit->route) < 0)
                        *edit = (RouteEdit){ made[0], true };
        }
}

/* Fills in the edits of a set that routes of the configuration call for, which came or went. */
static int make_edits(const RouteMaker *m, const ConfigRoute *changed, size_t n_changed,
                      const RouteSet *set, RouteEdit *edits, size_t *ret_n) {

        size_t n = 0;

        for (size_t i = 0; i < n_changed; i++) {
                Route made[ROUTES_EACH_MAX];
                size_t n_made = maker_expand(m, &changed[i], made);
                RouteEdit edit = { .route = made[0] };

                if (n_made == 0)
                        continue;
                if (n_made > 1)
                        return ROUTE_SET_E_PIN;

                maker_find_wanted(m, &changed[i], &edit);
                if (edit.is_there || route_find_rival(set->routes, set->n_routes, &edit.route))
                        edits[n++] = edit;
        }

        *ret_n = n;
        return 0;
}

static int compare_edits(const void *a, const void *b, _unused_ void *userdata) {
        return route_compare_key(&((const RouteEdit *) a)->route, &((const RouteEdit *) b)->route);
}

/* Merges edits, in order, into the routes of a part of a set. Returns how many there are then. */
static size_t merge_edits(const Route *routes, size_t n_routes, const RouteEdit *edits,
                          size_t n_edits, Route *ret_made) {

        size_t i = 0, n = 0;

        for (size_t j = 0; j < n_edits; j++) {
                while (i < n_routes && route_compare_key(&routes[i], &edits[j].route) < 0)
                        ret_made[n++] = routes[i++];
                if (i < n_routes && route_is_rival(&routes[i], &edits[j].route))
                        i++;
                if (edits[j].is_there && (j == 0 || compare_edits(&edits[j - 1], &edits[j], NULL)))
                        ret_made[n++] = edits[j].route;
        }

        return n;
}

/* Puts routes in the place of a part of a set, which *ret_old is then. Returns 0 or -ENOMEM. */
static int route_set_splice(RouteSet *set, const RouteSetPart *part, const Route *made,
                            RouteSet *ret_old) {

        size_t n_tail = set->n_routes - part->first - part->n_old;
        size_t n = part->first + part->n_new + n_tail;
        Route *old, *routes = set->routes;

        old = calloc(part->n_old + 1, sizeof(*old));
        if (!old)
                return -ENOMEM;

        if (n > set->n_routes) {
                routes = reallocarray(routes, n, sizeof(*routes));
                if (!routes) {
                        free(old);
                        return -ENOMEM;
                }
        }

        if (routes) {
                Route *place = routes + part->first;

                memcpy(old, place, part->n_old * sizeof(*old));
                memmove(place + part->n_new, place + part->n_old, n_tail * sizeof(*place));
                memcpy(place, made, part->n_new * sizeof(*place));
        }

        *set = (RouteSet){ routes, n };
        *ret_old = (RouteSet){ old, part->n_old };
        return 0;
}

int route_set_renew(const Config *config, uint32_t ifindex, const RouteUplink *uplink,
                    const ConfigRoute *changed, size_t n_changed, RouteSet *set,
                    RouteSetPart *ret_part, RouteSet *ret_old) {

        const RouteMaker maker = { config, ifindex, uplink };
        _cleanup_free_ RouteEdit *edits = NULL;
        _cleanup_free_ Route *made = NULL;
        RouteSetPart part = { 0 };
        size_t n_edits;
        int r;

        edits = calloc(n_changed + 1, sizeof(*edits));
        if (!edits)
                return -ENOMEM;

        r = make_edits(&maker, changed, n_changed, set, edits, &n_edits);
        if (r != 0)
                return r;

        sort_runs(edits, n_edits, sizeof(*edits), compare_edits, NULL);
        if (n_edits > 0) {
                const Route *last = &edits[n_edits - 1].route;
                size_t end = route_find_place(set->routes, set->n_routes, last);

                end += end < set->n_routes && route_is_rival(&set->routes[end], last);
                part.first = route_find_place(set->routes, set->n_routes, &edits[0].route);
                part.n_old = end - part.first;
        }

        made = calloc(part.n_old + n_edits + 1, sizeof(*made));
        if (!made)
                return -ENOMEM;

        if (n_edits > 0) {
                /* An empty one may have no array to point into. */
                const Route *routes = part.first > 0 ? set->routes + part.first : set->routes;

                part.n_new = merge_edits(routes, part.n_old, edits, n_edits, made);
        }
        r = route_set_splice(set, &part, made, ret_old);
        if (r >= 0)
                *ret_part = part;
        return r;
}
