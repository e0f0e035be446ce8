/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/config/config-route.h"

#include <endian.h>
#include <string.h>

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

static int compare_items(const void *x, const void *y, _unused_ void *userdata) {
        const ConfigRoute *a = x, *b = y;
        int r;

        /* So it is with nearly all, which need not take three calls. */
        if (a->destination.s_addr != b->destination.s_addr)
                return compare_addresses(a->destination, b->destination);

        r = config_route_compare(a, b);
        if (r == 0 && a->file != b->file)
                r = strcmp(a->file, b->file);
        if (r == 0)
                r = COMPARE(a->line, b->line);

        return r;
}

void config_routes_sort(ConfigRoute *routes, size_t n_routes) {
        sort_runs(routes, n_routes, sizeof(*routes), compare_items, NULL);
}
