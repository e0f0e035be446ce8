/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/route/route-inventory.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>

#include "core/base/macros.h"
#include "core/route/route-owner.h"

static RoutePurpose find_purpose(const Route *route) {
        if (route_owner_is_pin(route))
                return ROUTE_FOR_SERVER;
        if (route_owner_get_tag(route) != 0)
                return ROUTE_FOR_DOWN;
        return route->type == RTN_UNICAST ? ROUTE_FOR_TUNNEL : ROUTE_FOR_NOTHING;
}

static bool is_own(const Route *route, const RouteInventoryOwner *owner) {
        uint32_t tag = route_owner_get_tag(route);

        if (route->protocol != ROUTE_PROTOCOL_PPTP)
                return false;
        if (tag != 0)
                return tag == owner->tag;
        return owner->ifindex != 0 && route_owner_get_interface(route) == owner->ifindex;
}

/* Whether the other does what is wanted, whoever made it and with whatever details. */
static bool does_the_same(const Route *wanted, const Route *other) {
        return other->type == wanted->type && other->ifindex == wanted->ifindex &&
                other->tag == wanted->tag &&
                (other->protocol == ROUTE_PROTOCOL_PPTP || other->protocol == RTPROT_KERNEL);
}

static RouteInventoryLine look_for(const Route *wanted, const Route *kernel, size_t n_kernel) {
        RouteInventoryLine line = { .route = *wanted, .purpose = find_purpose(wanted) };
        const Route *rival = route_find_rival(kernel, n_kernel, wanted);

        if (!rival) {
                line.presence = ROUTE_MISSING;
        } else if (does_the_same(wanted, rival)) {
                line.presence = ROUTE_INSTALLED;
        } else {
                line.presence = ROUTE_TAKEN;
                line.rival = *rival;
        }

        return line;
}

static int line_compare(const void *a, const void *b) {
        const RouteInventoryLine *left = a, *right = b;

        return route_compare(&left->route, &right->route);
}

int route_inventory_make(const Route *wanted, size_t n_wanted, const Route *kernel, size_t n_kernel,
                         const RouteInventoryOwner *owner, RouteInventoryLine **ret_lines,
                         size_t *ret_n) {

        RouteInventoryLine *lines;
        size_t n = 0, n_own = 0;

        for (size_t i = 0; i < n_kernel; i++)
                n_own += is_own(&kernel[i], owner);

        lines = calloc(MAX(n_wanted + n_own, 1U), sizeof(*lines));
        if (!lines)
                return -ENOMEM;

        for (size_t i = 0; i < n_wanted; i++)
                lines[n++] = look_for(&wanted[i], kernel, n_kernel);

        for (size_t i = 0; i < n_kernel; i++)
                if (is_own(&kernel[i], owner) && !route_find_rival(wanted, n_wanted, &kernel[i]))
                        lines[n++] = (RouteInventoryLine){
                                .route = kernel[i],
                                .presence = ROUTE_FURTHER,
                                .purpose = find_purpose(&kernel[i]),
                        };

        qsort(lines, n, sizeof(*lines), line_compare);
        *ret_lines = lines;
        *ret_n = n;
        return 0;
}
