/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A tunnel's routes side by side: those that its configuration asks for, and those that the kernel
 * has. For people to look at; what is done about a difference is the keeper's (route-keeper.h).
 */

#include <stddef.h>
#include <stdint.h>

#include "core/route/route-plan.h"

typedef enum RoutePresence {
        ROUTE_INSTALLED, /* it is wanted, and there */
        ROUTE_MISSING,   /* it is wanted, and its place is empty */
        ROUTE_TAKEN,     /* it is wanted, and another route is in its place */
        ROUTE_FURTHER,   /* the tunnel's, beyond those of its configuration */
        _ROUTE_PRESENCE_MAX,
} RoutePresence;

/* What a route is for, as far as the route itself tells. */
typedef enum RoutePurpose {
        ROUTE_FOR_TUNNEL,  /* into the tunnel */
        ROUTE_FOR_SERVER,  /* keeps the server's packets out of it: a pin, its floor, or a hole */
        ROUTE_FOR_DOWN,    /* refuses packets while the tunnel is down: a cover */
        ROUTE_FOR_NOTHING, /* leads nowhere, as Type= of the configuration asks */
        _ROUTE_PURPOSE_MAX,
} RoutePurpose;

typedef struct RouteInventoryLine {
        Route route; /* as it is wanted; with ROUTE_FURTHER as the kernel has it */
        RoutePresence presence;
        RoutePurpose purpose;
        Route rival; /* with ROUTE_TAKEN: the other */
} RouteInventoryLine;

/* Whose routes they are. */
typedef struct RouteInventoryOwner {
        uint32_t ifindex; /* the tunnel's interface; 0: it has none now, so nothing leads into it */
        uint32_t tag;     /* of the tunnel's name, see tunnel-tag.h */
} RouteInventoryOwner;

/*
 * Compares the wanted routes with those of the kernel, which may be all that it has. Both arrays
 * are in the order of route_compare(). The kernel's own route to the peer counts for a wanted one
 * in its place, since it leads into the tunnel as well. The lines are in the order of
 * route_compare() too; the array is the caller's to free. O(n log n). Returns 0 or -ENOMEM.
 */
int route_inventory_make(const Route *wanted, size_t n_wanted, const Route *kernel, size_t n_kernel,
                         const RouteInventoryOwner *owner, RouteInventoryLine **ret_lines,
                         size_t *ret_n);
