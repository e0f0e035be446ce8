/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The order of a configuration's routes, which they are in once it is read. */

#include <stddef.h>

#include "core/config/config.h"

/*
 * Compares two routes by what the kernel keeps them apart by (destination, length, table, metric).
 * Returns a number below, equal to or above 0, as strcmp() does.
 */
int config_route_compare_key(const ConfigRoute *a, const ConfigRoute *b);

/* Compares all that a route says, the key first; its place does not count. Returns likewise. */
int config_route_compare(const ConfigRoute *a, const ConfigRoute *b);

/*
 * Puts routes into the order of config_route_compare(), and those that are equal into that of their
 * files and lines. Large lists come sorted, and then one look at them is all that it takes.
 */
void config_routes_sort(ConfigRoute *routes, size_t n_routes);
