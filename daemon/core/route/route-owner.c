/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/route/route-owner.h"

#include "core/base/tunnel-tag.h"

bool route_owner_is_pin(const Route *route) {
        return route->protocol == ROUTE_PROTOCOL_PPTP && route->metric & ROUTE_OWNER_PIN_METRIC;
}

uint32_t route_owner_get_tag(const Route *route) {
        const uint32_t tagged_pin = ROUTE_OWNER_PIN_METRIC | ROUTE_OWNER_TAG_METRIC;

        if (route->protocol != ROUTE_PROTOCOL_PPTP)
                return 0;

        return (route->metric & tagged_pin) == tagged_pin ? route->metric & TUNNEL_TAG_MASK :
                                                            route->tag;
}

uint32_t route_owner_get_interface(const Route *route) {
        if (route_owner_get_tag(route) != 0)
                return 0;
        if (route->metric & ROUTE_OWNER_PIN_METRIC)
                return route->metric & ~(ROUTE_OWNER_PIN_METRIC | ROUTE_OWNER_FLOOR_METRIC);

        return route->ifindex;
}

bool route_owner_is(const Route *route, uint32_t ifindex, const Route *named, size_t n_named) {
        uint32_t owner = route_owner_get_interface(route);

        if (route->protocol != ROUTE_PROTOCOL_PPTP)
                return false;

        return owner != 0 ? owner == ifindex : route_is_among(named, n_named, route);
}

static bool interface_exists(uint32_t ifindex, const uint32_t *interfaces, size_t n_interfaces) {
        for (size_t i = 0; i < n_interfaces; i++)
                if (interfaces[i] == ifindex)
                        return true;

        return false;
}

size_t route_owner_find_leftovers(const Route *routes, size_t n_routes, const uint32_t *interfaces,
                                  size_t n_interfaces, const Route *named, size_t n_named,
                                  Route *ret_routes) {

        size_t n = 0;

        for (size_t i = 0; i < n_routes; i++) {
                uint32_t owner = route_owner_get_interface(&routes[i]);

                /* The route is of a tunnel that runs: not a leftover. */
                if (owner != 0 && interface_exists(owner, interfaces, n_interfaces))
                        continue;

                if (route_owner_is(&routes[i], owner, named, n_named))
                        ret_routes[n++] = routes[i];
        }

        return n;
}
