/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/route/route-cover.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/address.h"
#include "core/base/array.h"
#include "core/base/macros.h"
#include "core/base/tunnel-tag.h"
#include "core/config/config-route.h"
#include "core/config/config-routes.h"
#include "core/route/route-overlap.h"
#include "core/route/route-owner.h"

bool route_cover_is_wanted(const Config *config) {
        return config->routes_on_down == CONFIG_ROUTES_ON_DOWN_UNREACHABLE;
}

bool route_cover_heeds_networks(const Config *config) {
        return route_cover_is_wanted(config) && config->overlap_policy == CONFIG_OVERLAP_FORCE;
}

/* Whether a route of the configuration stands where the cover would. */
static bool is_taken(const Config *config, const ConfigRoute *r, const Route *cover) {
        ConfigCursor cursor;
        ConfigRoute other;

        config_cursor_find(&cursor, config, r);
        while (config_cursor_next(&cursor, &other)) {
                const Route key = route_set_get_key(&other);

                if (!other.by_policy && route_is_rival(&key, cover))
                        return true;
        }

        return false;
}

/* The metric is the next one that no route of the configuration has there. */
static Route cover_make(const Config *config, const ConfigRoute *r, uint32_t tag) {
        Route cover = route_set_get_key(r);

        cover.type = RTN_UNREACHABLE;
        cover.protocol = ROUTE_PROTOCOL_PPTP;
        cover.scope = RT_SCOPE_UNIVERSE;
        cover.tag = tag;
        do
                cover.metric++;
        while (is_taken(config, r, &cover));
        return cover;
}

/*
 * Makes a host route of the tunnel with that tag. Its metric tells that it is not the pin of an
 * interface, see route-owner.h.
 */
static Route hole_make(Route way, uint32_t tag) {
        way.metric = ROUTE_OWNER_PIN_METRIC | ROUTE_OWNER_TAG_METRIC | tag;
        return way;
}

/*
 * Whether a route needs a cover: one that leads nowhere does not, and a route to just the server is
 * not installed.
 */
static bool has_cover(const Config *config, const ConfigRoute *r, const RouteUplink *uplink) {
        return r->type == CONFIG_ROUTE_UNICAST && !r->by_policy &&
                !route_set_is_for_server(config, r, uplink->server);
}

/* Returns the prefix of that length that a network lies inside, or is. */
static ConfigRoute get_prefix(const Route *network, uint8_t length) {
        ConfigRoute prefix = {
                .is_ipv6 = network->is_ipv6,
                .destination6 = network->destination6,
                .prefix_length = length,
        };

        address_shorten(&prefix.destination6, network->prefix_length, length);
        return prefix;
}

/*
 * Finds the most specific route with a cover that the network lies inside, or is the same as. Those
 * that have none are also those that do not lead into the tunnel, so this finds the one that
 * route_overlap_apply() does.
 */
static bool find_around(const Config *config, const RouteUplink *uplink, const Route *network,
                        ConfigRoute *ret_around) {

        for (uint8_t length = network->prefix_length; length > 0; length--) {
                const ConfigRoute prefix = get_prefix(network, length);
                ConfigCursor cursor;
                ConfigRoute r;

                config_cursor_find(&cursor, config, &prefix);
                while (config_cursor_next(&cursor, &r))
                        if (r.table == network->table && has_cover(config, &r, uplink)) {
                                *ret_around = r;
                                return true;
                        }
        }

        return false;
}

/*
 * Makes the halves of a network in the places of the tunnel's routes to them, if it is forced.
 * Returns how many, and what they are made of.
 */
static size_t find_halves(const Config *config, const RouteUplink *uplink, const Route *network,
                          ConfigRoute *ret_around, Route ret_halves[static 2]) {

        Route key;

        if (!find_around(config, uplink, network, ret_around))
                return 0;

        key = route_set_get_key(ret_around);
        return route_overlap_make_halves(&key, network, uplink, ret_halves);
}

/* Makes the covers of the halves of a network, if it is forced. Returns how many. */
static size_t make_halves(const Config *config, const RouteUplink *uplink, const Route *network,
                          uint32_t tag, Route ret_covers[static 2]) {

        ConfigRoute half;
        Route halves[2];
        size_t n = find_halves(config, uplink, network, &half, halves);

        for (size_t i = 0; i < n; i++) {
                half.destination6 = halves[i].destination6;
                half.prefix_length = halves[i].prefix_length;
                ret_covers[i] = cover_make(config, &half, tag);
        }

        return n;
}

/*
 * Adds the covers of what OverlapPolicy=force sends into the tunnel, and the host route to the
 * gateway, without which that could not find this host again. Returns how many.
 */
static size_t make_forced(const Config *config, const RouteUplink *uplink, const Route *networks,
                          size_t n_networks, Route *ret_covers) {

        const uint32_t tag = tunnel_tag_make(config->name);
        size_t n = 0;

        if (!route_cover_heeds_networks(config))
                return 0;

        for (size_t i = 0; i < n_networks; i++)
                n += make_halves(config, uplink, &networks[i], tag, ret_covers + n);

        if (route_overlap_has_gateway(ret_covers, n, uplink))
                ret_covers[n++] = hole_make(route_set_get_gateway_way(uplink), tag);
        return n;
}

/* Takes out of the sorted covers the one in the place of that route. */
static void drop_rival(const Route *route, Route *covers, size_t *n_covers) {
        size_t place = route_find_place(covers, *n_covers, route);

        if (place == *n_covers || !route_is_rival(&covers[place], route))
                return;

        (*n_covers)--;
        memmove(covers + place, covers + place + 1, (*n_covers - place) * sizeof(*covers));
}

/*
 * Takes out of the sorted covers those in whose places the kernel has a network of this host, or
 * the tunnel has a half of one: that has a cover of its own, which refuses the same.
 */
static void drop_tied(const Config *config, const RouteUplink *uplink, const Route *networks,
                      size_t n_networks, Route *covers, size_t *n_covers) {

        for (size_t i = 0; i < n_networks; i++) {
                ConfigRoute around;
                Route halves[2];
                size_t n = find_halves(config, uplink, &networks[i], &around, halves);

                drop_rival(&networks[i], covers, n_covers);
                for (size_t j = 0; j < n; j++)
                        drop_rival(&halves[j], covers, n_covers);
        }
}

int route_cover_make(const Config *config, const RouteUplink *uplink, const Route *networks,
                     size_t n_networks, Route **ret_routes, size_t *ret_n) {

        const uint32_t tag = tunnel_tag_make(config->name);
        bool is_wanted = route_cover_is_wanted(config);
        size_t n_config = is_wanted ? config_count_routes(config) : 0, n = 0;
        ConfigCursor cursor;
        ConfigRoute r;
        Route *routes;

        /*
         * At worst each route needs a cover, and in its table also a host route to the server; each
         * network needs two, and the gateway a host route.
         */
        routes = calloc(n_config * 2 + n_networks * 2 + 1, sizeof(*routes));
        if (!routes)
                return -ENOMEM;

        config_cursor_init(&cursor, config);
        while (is_wanted && config_cursor_next(&cursor, &r)) {
                bool covered = has_cover(config, &r, uplink);
                Route cover = cover_make(config, &r, tag);

                if (covered)
                        routes[n++] = cover;
                if (uplink->ifindex == 0)
                        continue;
                if (r.by_policy && !r.is_ipv6)
                        routes[n++] = hole_make(route_set_get_way(uplink, RT_TABLE_MAIN), tag);
                else if (covered && route_covers(&cover, uplink->server))
                        routes[n++] = hole_make(route_set_get_way(uplink, r.table), tag);
        }

        n += make_forced(config, uplink, networks, n_networks, routes + n);
        n = route_drop_rivals(routes, n);
        if (route_cover_heeds_networks(config))
                drop_tied(config, uplink, networks, n_networks, routes, &n);
        *ret_n = n;
        *ret_routes = routes;
        return 0;
}

/* Adds the covers of all routes to that destination. Returns 0 or -ENOMEM. */
static int add_covers_at(const Config *config, const ConfigRoute *destination,
                         const RouteUplink *uplink, Route **covers, size_t *n_covers) {

        const uint32_t tag = tunnel_tag_make(config->name);
        ConfigCursor cursor;
        ConfigRoute r;

        config_cursor_find(&cursor, config, destination);
        while (config_cursor_next(&cursor, &r)) {
                if (!has_cover(config, &r, uplink))
                        continue;
                if (!ARRAY_MAKE_ROOM(*covers, *n_covers))
                        return -ENOMEM;

                (*covers)[(*n_covers)++] = cover_make(config, &r, tag);
        }

        return 0;
}

/* Whether it takes the host route to the server, or may. */
static bool concerns_server(const ConfigRoute *r, const RouteUplink *uplink) {
        const Route key = route_set_get_key(r);

        return r->by_policy || (uplink->ifindex != 0 && route_covers(&key, uplink->server));
}

int route_cover_compare(const Config *before, const Config *after, const RouteUplink *uplink,
                        Route **ret_before, size_t *ret_n_before, Route **ret_after,
                        size_t *ret_n_after) {

        _cleanup_free_ Route *old = NULL, *new = NULL;
        size_t n_old = 0, n_new = 0, n_changes = 0;
        ConfigRoute r, last;
        ConfigChanges changes;
        bool is_added;

        if (!route_cover_is_wanted(before) || !route_cover_is_wanted(after) ||
            route_cover_heeds_networks(before) || route_cover_heeds_networks(after))
                return ROUTE_COVER_E_ALL;

        config_changes_init(&changes, before, after);
        while (config_changes_next(&changes, &r, &is_added)) {
                if (++n_changes > ROUTE_COVER_CHANGES_MAX || concerns_server(&r, uplink))
                        return ROUTE_COVER_E_ALL;
                if (n_changes > 1 && config_route_compare_destination(&r, &last) == 0)
                        continue;
                if (add_covers_at(before, &r, uplink, &old, &n_old) < 0 ||
                    add_covers_at(after, &r, uplink, &new, &n_new) < 0)
                        return -ENOMEM;

                last = r;
        }

        *ret_n_before = route_drop_rivals(old, n_old);
        *ret_n_after = route_drop_rivals(new, n_new);
        *ret_before = steal_pointer(old);
        *ret_after = steal_pointer(new);
        return 0;
}

/* Whether a packet takes the other route, rather than the cover of ours. */
static bool is_used_before(const Config *config, const Route *other, const ConfigRoute *ours,
                           struct in_addr address) {

        if (other->protocol == ROUTE_PROTOCOL_PPTP || other->table != RT_TABLE_MAIN ||
            !route_covers(other, address))
                return false;
        /* The rules have main asked first, for all but its default route. */
        if (ours->by_policy)
                return other->prefix_length > 0;
        /* Its halves are covered. */
        if (config->overlap_policy == CONFIG_OVERLAP_FORCE && ours->prefix_length > 0 &&
            route_overlap_is_network(other, 0))
                return false;

        return other->prefix_length > ours->prefix_length ||
                (other->prefix_length == ours->prefix_length && other->metric <= ours->metric);
}

bool route_cover_refuses(const Config *config, struct in_addr address, const Route *others,
                         size_t n_others) {

        ConfigCursor cursor;
        ConfigRoute r;

        if (!route_cover_is_wanted(config))
                return false;

        config_cursor_init(&cursor, config);
        while (config_cursor_next(&cursor, &r)) {
                const Route key = route_set_get_key(&r);
                bool refused = r.type == CONFIG_ROUTE_UNICAST && route_covers(&key, address) &&
                        (r.by_policy || r.table == RT_TABLE_MAIN);

                for (size_t j = 0; refused && j < n_others; j++)
                        refused = !is_used_before(config, &others[j], &r, address);
                if (refused)
                        return true;
        }

        return false;
}
