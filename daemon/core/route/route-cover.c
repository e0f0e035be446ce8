/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/route/route-cover.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>

#include "core/base/array.h"
#include "core/base/macros.h"
#include "core/base/tunnel-tag.h"
#include "core/config/config-route.h"
#include "core/config/config-routes.h"
#include "core/route/route-owner.h"

bool route_cover_is_wanted(const Config *config) {
        return config->routes_on_down == CONFIG_ROUTES_ON_DOWN_UNREACHABLE;
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
 * Makes the host route to the server in a table. Its metric tells that it is not the pin of an
 * interface, see route-owner.h.
 */
static Route hole_make(const RouteUplink *uplink, uint32_t table, uint32_t tag) {
        Route hole = route_set_get_way(uplink, table);

        hole.metric = ROUTE_OWNER_PIN_METRIC | ROUTE_OWNER_TAG_METRIC | tag;
        return hole;
}

/*
 * Whether a route needs a cover: one that leads nowhere does not, and a route to just the server is
 * not installed.
 */
static bool has_cover(const Config *config, const ConfigRoute *r, const RouteUplink *uplink) {
        return r->type == CONFIG_ROUTE_UNICAST && !r->by_policy &&
                !route_set_is_for_server(config, r, uplink->server);
}

int route_cover_make(const Config *config, const RouteUplink *uplink, Route **ret_routes,
                     size_t *ret_n) {

        const uint32_t tag = tunnel_tag_make(config->name);
        bool is_wanted = route_cover_is_wanted(config);
        size_t n_config = is_wanted ? config_count_routes(config) : 0, n = 0;
        ConfigCursor cursor;
        ConfigRoute r;
        Route *routes;

        /* At worst each route needs a cover, and in its table also a host route to the server. */
        routes = calloc(n_config * 2 + 1, sizeof(*routes));
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
                        routes[n++] = hole_make(uplink, RT_TABLE_MAIN, tag);
                else if (covered && route_covers(&cover, uplink->server))
                        routes[n++] = hole_make(uplink, r.table, tag);
        }

        *ret_n = route_drop_rivals(routes, n);
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

        if (!route_cover_is_wanted(before) || !route_cover_is_wanted(after))
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
static bool is_used_before(const Route *other, const ConfigRoute *ours, struct in_addr address) {
        if (other->protocol == ROUTE_PROTOCOL_PPTP || other->table != RT_TABLE_MAIN ||
            !route_covers(other, address))
                return false;
        /* The rules have main asked first, for all but its default route. */
        if (ours->by_policy)
                return other->prefix_length > 0;

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
                        refused = !is_used_before(&others[j], &r, address);
                if (refused)
                        return true;
        }

        return false;
}
