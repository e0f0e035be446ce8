/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The routes of a configuration: their destinations, and the order that they are in. */

#include <stddef.h>

#include "core/base/text.h"
#include "core/config/config-keys.h"
#include "core/config/config.h"

/*
 * Makes a prefix the destination of a route that has all but that: is_ipv6 tells the kind of its
 * preferred source until then. Returns false if the two are of different kinds, which no kernel
 * takes.
 */
bool config_route_set_prefix(ConfigRoute *route, const ConfigPrefix *prefix);
/* Adds that as a problem of the route's line. Returns 0 or -ENOMEM. */
int config_route_report_source(const ConfigRoute *route, ConfigProblems *problems);

/* Whether the route has an address to send from. */
bool config_route_has_source(const ConfigRoute *route);
/* Adds the destination, "10.0.0.0/8" or "fd00:1::/32". */
void config_route_add_destination(TextBuilder *t, const ConfigRoute *route);

/* Compares the destinations alone: IPv4 before IPv6, by address, then by length. */
int config_route_compare_destination(const ConfigRoute *a, const ConfigRoute *b);
/*
 * Compares two routes by what the kernel keeps them apart by (destination, length, table, metric).
 * Returns a number below, equal to or above 0, as strcmp() does.
 */
int config_route_compare_key(const ConfigRoute *a, const ConfigRoute *b);

/* Compares all that a route says, the key first; its place does not count. Returns likewise. */
int config_route_compare(const ConfigRoute *a, const ConfigRoute *b);

/* The same, and those that are equal by their files and lines. */
int config_route_compare_place(const ConfigRoute *a, const ConfigRoute *b);

/*
 * Puts routes into the order of config_route_compare_place(). Many routes come sorted, and then one
 * look at them is all that it takes.
 */
void config_routes_sort(ConfigRoute *routes, size_t n_routes);
