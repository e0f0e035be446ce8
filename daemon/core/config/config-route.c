/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/config/config-route.h"

#include <endian.h>
#include <stdlib.h>

#include "core/base/macros.h"
#include "core/base/sort.h"

static int compare_addresses(struct in_addr a, struct in_addr b) {
        return COMPARE(be32toh(a.s_addr), be32toh(b.s_addr));
}

int config_route_compare_key(const ConfigRoute *a, const ConfigRoute *b) {
        int r;

        r = compare_addresses(a->destination, b->destination);
        if (r == 0)
                r = COMPARE(a->prefix_length, b->prefix_length);
        if (r == 0)
                r = COMPARE(a->table, b->table);
        if (r == 0)
                r = COMPARE(a->metric, b->metric);

        return r;
}

int config_route_compare(const ConfigRoute *a, const ConfigRoute *b) {
        int r;

        r = config_route_compare_key(a, b);
        if (r == 0)
                r = COMPARE(a->type, b->type);
        if (r == 0)
                r = compare_addresses(a->preferred_source, b->preferred_source);
        if (r == 0)
                r = COMPARE(a->mtu_bytes, b->mtu_bytes);

        return r;
}

/* All routes are in one array, so that their addresses tell their order there. */
static int compare_items(const void *x, const void *y, void *userdata) {
        ConfigRouteCompare *const *compare = userdata;
        const ConfigRoute *a = *(const ConfigRoute *const *) x,
                          *b = *(const ConfigRoute *const *) y;
        int r = (*compare)(a, b);

        return r ?: COMPARE(a, b);
}

const ConfigRoute **config_routes_sort(const Config *c, ConfigRouteCompare *compare) {
        const ConfigRoute **sorted;

        sorted = calloc(c->n_routes + 1, sizeof(*sorted));
        if (!sorted)
                return NULL;

        for (size_t i = 0; i < c->n_routes; i++)
                sorted[i] = &c->routes[i];
        sort_runs(sorted, c->n_routes, sizeof(*sorted), compare_items, &compare);

        return sorted;
}
