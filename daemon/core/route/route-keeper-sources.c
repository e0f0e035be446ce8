/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * PreferredSource=: addresses of this host that routes send from. With such an address the kernel
 * drops the IPv4 routes that send from it (newer ones with an announcement), and leaves those of
 * IPv6 without the source, of which it says nothing; older ones, such as 6.1, leave them as they
 * are where the address was on another interface (fib6_remove_prefsrc() of net/ipv6/route.c), and
 * packets have a source that is nobody's. So the announcement of the address stands for all of
 * this, and IPv6 routes are set anew: the kernel refuses a route until the address is there.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/config/config-routes.h"
#include "core/route/route-keeper-internal.h"

static bool sends_from(const Route *route, bool is_ipv6, const struct in6_addr *address) {
        if (route->is_ipv6 != is_ipv6)
                return false;

        /* An IPv4 address is in the same place as the beginning of one of IPv6. */
        return is_ipv6 ? IN6_ARE_ADDR_EQUAL(&route->preferred_source6, address) :
                         memcmp(&route->preferred_source, address, sizeof(struct in_addr)) == 0;
}

static bool keeper_sends_from(const RouteKeeper *k, bool is_ipv6, const struct in6_addr *address) {
        for (size_t i = 0; i < k->n_desired; i++)
                if (sends_from(&k->desired[i], is_ipv6, address))
                        return true;

        return false;
}

void route_keeper_source(RouteKeeper *k, const RouteKeeperEvent *event, uint64_t now,
                         RouteKeeperActions *actions) {

        if (!route_keeper_wants_routes(k) ||
            !keeper_sends_from(k, event->source.is_ipv6, &event->source.address6))
                return;

        if (event->source.removed) {
                k->settled = false;
                k->doubts_sources |= event->source.is_ipv6;
                route_keeper_schedule_put_back(k, "source address is removed", ROUTE_GUARD_MANAGER,
                                               now, actions);
                k->lost_source = true;
        } else if (!k->settled)
                k->put_back_usec = MIN(k->put_back_usec, now + ROUTE_GUARD_GATHER_USEC);
}

int route_keeper_doubt_sources(const Route *routes, size_t n_routes, Route **ret_routes) {
        Route *doubted;

        doubted = calloc(n_routes + 1, sizeof(*doubted));
        if (!doubted)
                return -ENOMEM;

        for (size_t i = 0; i < n_routes; i++) {
                doubted[i] = routes[i];
                if (routes[i].is_ipv6)
                        doubted[i].preferred_source6 = (struct in6_addr){ 0 };
        }

        *ret_routes = doubted;
        return 0;
}

/* Finds the route of the configuration that this one was made of. */
static bool keeper_find_origin(const RouteKeeper *k, const Route *route, ConfigRoute *ret_origin) {
        const ConfigRoute destination = {
                .is_ipv6 = route->is_ipv6,
                .destination6 = route->destination6,
                .prefix_length = route->prefix_length,
        };
        ConfigCursor cursor;
        ConfigRoute r;

        config_cursor_find(&cursor, k->config, &destination);
        while (config_cursor_next(&cursor, &r))
                if (r.is_ipv6 ?
                            IN6_ARE_ADDR_EQUAL(&r.preferred_source6, &route->preferred_source6) :
                            r.preferred_source.s_addr == route->preferred_source.s_addr) {
                        *ret_origin = r;
                        return true;
                }

        return false;
}

/*
 * Whether the kernel refused a route for want of the address that it is to send from: the words of
 * fib_create_info() in its fib_semantics.c, and of ip6_route_info_create() in its IPv6 route.c.
 */
static bool is_about_source(const char *text) {
        return text && (strstr(text, "prefsrc") || strstr(text, "Invalid source address"));
}

static void add_source(TextBuilder *t, const Route *route) {
        if (route->is_ipv6)
                text_add_ipv6(t, &route->preferred_source6);
        else
                text_add_ipv4(t, route->preferred_source);
}

bool route_keeper_lacks_source(RouteKeeper *k, const RouteKeeperEvent *event) {
        const Route *route = event->refused.route;
        TextBuilder t = text_builder(k->refused_text, sizeof(k->refused_text));
        ConfigRoute origin;
        bool is_known;

        if (event->refused.error != -EINVAL || !route_has_preferred_source(route) ||
            !is_about_source(event->refused.text))
                return false;

        k->refused_error = -EADDRNOTAVAIL;
        is_known = keeper_find_origin(k, route, &origin);
        if (k->stood) {
                text_add(&t, "this host does not have the address ");
                add_source(&t, route);
                text_add(&t, "; add it, or change PreferredSource=");
                if (is_known)
                        text_addf(&t, " in %s:%u", origin.file, origin.line);
        } else {
                /* The diagnosis of the attempt says the rest. */
                text_add(&t, "PreferredSource=");
                add_source(&t, route);
                if (is_known)
                        text_addf(&t, ", %s:%u", origin.file, origin.line);
        }

        return true;
}
