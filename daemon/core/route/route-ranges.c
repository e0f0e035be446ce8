/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/route/route-ranges.h"

#include <endian.h>
#include <string.h>

#include "core/base/macros.h"

static void ranges_remove(RouteRange *items, size_t *n_items, size_t i) {
        (*n_items)--;
        memmove(&items[i], &items[i + 1], (*n_items - i) * sizeof(items[0]));
}

static void ranges_join_nearest(RouteRange *items, size_t *n_items) {
        size_t nearest = 1;

        for (size_t i = 2; i < *n_items; i++)
                if (items[i].first - items[i - 1].last <
                    items[nearest].first - items[nearest - 1].last)
                        nearest = i;

        items[nearest - 1].last = items[nearest].last;
        ranges_remove(items, n_items, nearest);
}

void route_ranges_add(RouteRanges *r, RouteRange range) {
        RouteRange items[ROUTE_RANGES_MAX + 1]; /* one more, before two are joined */
        size_t n = r->n_items, i = n;

        /* As a rule it is at the end, or in the last one. */
        while (i > 0 && r->items[i - 1].last >= range.first)
                i--;

        if (i < n && r->items[i].first <= range.last) {
                r->items[i].first = MIN(r->items[i].first, range.first);
                r->items[i].last = MAX(r->items[i].last, range.last);
                while (i + 1 < r->n_items && r->items[i + 1].first <= r->items[i].last) {
                        r->items[i].last = MAX(r->items[i].last, r->items[i + 1].last);
                        ranges_remove(r->items, &r->n_items, i + 1);
                }
                return;
        }

        memcpy(items, r->items, i * sizeof(items[0]));
        items[i] = range;
        memcpy(items + i + 1, r->items + i, (n - i) * sizeof(items[0]));
        n++;
        if (n > ROUTE_RANGES_MAX)
                ranges_join_nearest(items, &n);

        memcpy(r->items, items, n * sizeof(items[0]));
        r->n_items = n;
}

/* An IPv4 address is in the same place (the unions of Route) as the beginning of one of IPv6. */
static uint32_t get_head(const struct in6_addr *address) {
        uint32_t head;

        memcpy(&head, address, sizeof(head));
        return be32toh(head);
}

static void extent_add_address(RouteExtent *p, bool is_ipv6, const struct in6_addr *address) {
        const uint32_t head = get_head(address);

        route_ranges_add(is_ipv6 ? &p->ipv6 : &p->ipv4, (RouteRange){ head, head });
}

/* From the first 32 bits of the first address that a route covers to those of the last. */
static RouteRange get_range_within(const Route *route) {
        const uint32_t head = get_head(&route->destination6);
        const uint32_t rest = route->prefix_length < 32 ? UINT32_MAX >> route->prefix_length : 0;

        return (RouteRange){ head, head | rest };
}

void route_extent_add(RouteExtent *p, const Route *routes, size_t n_routes) {
        for (size_t i = 0; i < n_routes; i++) {
                extent_add_address(p, routes[i].is_ipv6, &routes[i].destination6);
                if (routes[i].is_ipv6 && routes[i].prefix_length > 0)
                        route_ranges_add(&p->within6, get_range_within(&routes[i]));
        }
}

void route_extent_add_sources(RouteExtent *p, const Route *routes, size_t n_routes) {
        for (size_t i = 0; i < n_routes; i++)
                if (route_has_preferred_source(&routes[i]))
                        extent_add_address(p, routes[i].is_ipv6, &routes[i].preferred_source6);
}

void route_extent_add_extent(RouteExtent *p, const RouteExtent *others) {
        for (size_t i = 0; i < others->ipv4.n_items; i++)
                route_ranges_add(&p->ipv4, others->ipv4.items[i]);
        for (size_t i = 0; i < others->ipv6.n_items; i++)
                route_ranges_add(&p->ipv6, others->ipv6.items[i]);
        for (size_t i = 0; i < others->within6.n_items; i++)
                route_ranges_add(&p->within6, others->within6.items[i]);
}

void route_extent_add_all(RouteExtent *p) {
        route_ranges_add(&p->ipv4, (RouteRange){ 0, UINT32_MAX });
        route_ranges_add(&p->ipv6, (RouteRange){ 0, UINT32_MAX });
        route_ranges_add(&p->within6, (RouteRange){ 0, UINT32_MAX });
}
