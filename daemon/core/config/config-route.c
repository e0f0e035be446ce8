/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/config/config-route.h"

#include <string.h>

#include "core/base/address.h"
#include "core/base/macros.h"
#include "core/base/sort.h"
#include "core/config/config-problem.h"

bool config_route_has_source(const ConfigRoute *route) {
        return route->is_ipv6 ? !IN6_IS_ADDR_UNSPECIFIED(&route->preferred_source6) :
                                route->preferred_source.s_addr != INADDR_ANY;
}

bool config_route_set_prefix(ConfigRoute *route, const ConfigPrefix *prefix) {
        bool fits = route->is_ipv6 == prefix->is_ipv6 || !config_route_has_source(route);

        route->is_ipv6 = prefix->is_ipv6;
        route->destination6 = prefix->address6;
        route->prefix_length = prefix->length;
        return fits;
}

int config_route_report_source(const ConfigRoute *route, ConfigProblems *problems) {
        char prefix[INET6_ADDRSTRLEN + 4];
        TextBuilder t = text_builder(prefix, sizeof(prefix));

        config_route_add_destination(&t, route);
        return config_problems_add(
                problems, route->file, route->line, false,
                "make a [Route] section of its own for each of them",
                "[Route] Destination=%s is %s, and PreferredSource= of its section is not", prefix,
                route->is_ipv6 ? "IPv6" : "IPv4");
}

void config_route_add_destination(TextBuilder *t, const ConfigRoute *route) {
        if (route->is_ipv6)
                text_add_ipv6(t, &route->destination6);
        else
                text_add_ipv4(t, route->destination);
        text_addf(t, "/%u", route->prefix_length);
}

int config_route_compare_destination(const ConfigRoute *a, const ConfigRoute *b) {
        int r;

        r = COMPARE(a->is_ipv6, b->is_ipv6);
        if (r == 0)
                r = address_compare(a->is_ipv6, &a->destination6, &b->destination6);
        if (r == 0)
                r = COMPARE(a->prefix_length, b->prefix_length);

        return r;
}

int config_route_compare_key(const ConfigRoute *a, const ConfigRoute *b) {
        int r;

        r = config_route_compare_destination(a, b);
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
                r = address_compare(a->is_ipv6, &a->preferred_source6, &b->preferred_source6);
        if (r == 0)
                r = COMPARE(a->mtu_bytes, b->mtu_bytes);

        return r;
}

int config_route_compare_place(const ConfigRoute *a, const ConfigRoute *b) {
        int r;

        r = config_route_compare(a, b);
        if (r == 0 && a->file != b->file)
                r = strcmp(a->file ?: "", b->file ?: "");
        if (r == 0)
                r = COMPARE(a->line, b->line);

        return r;
}

static int compare_items(const void *a, const void *b, _unused_ void *userdata) {
        return config_route_compare_place(a, b);
}

void config_routes_sort(ConfigRoute *routes, size_t n_routes) {
        sort_runs(routes, n_routes, sizeof(*routes), compare_items, NULL);
}
