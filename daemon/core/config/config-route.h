/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The order of a configuration's routes, for whoever compares them. */

#include <stddef.h>

#include "core/config/config.h"

/*
 * Compares two routes by what the kernel keeps them apart by (destination, length, table, metric).
 * Returns a number below, equal to or above 0, as strcmp() does.
 */
int config_route_compare_key(const ConfigRoute *a, const ConfigRoute *b);

/* Compares all that a route says, the key first; its place does not count. Returns likewise. */
int config_route_compare(const ConfigRoute *a, const ConfigRoute *b);

/* Either of these. */
typedef int ConfigRouteCompare(const ConfigRoute *a, const ConfigRoute *b);

/*
 * Returns an array of pointers to the configuration's n_routes routes, in the order of the
 * function, and those that are equal in the order of their places; or NULL if memory is exhausted.
 * The caller frees the array; the routes are borrowed. Large lists come sorted, and then one look
 * at them is all that it takes.
 */
const ConfigRoute **config_routes_sort(const Config *c, ConfigRouteCompare *compare);
