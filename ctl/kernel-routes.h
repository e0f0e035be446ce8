/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The kernel's routing tables, in the network namespace that a tunnel's interface is in. */

#include <net/if.h>
#include <stddef.h>
#include <stdint.h>

#include "core/config/config.h"
#include "core/route/route-plan.h"

typedef struct KernelRoutes {
        Route *items; /* IPv4, of all tables but "local", in the order of route_compare() */
        size_t n_items;
        char (*devices)[IF_NAMESIZE]; /* of each item; "" for one without interface */
        uint32_t tunnel_ifindex;      /* of the tunnel's interface; 0: there is none */
} KernelRoutes;

/*
 * Lists the kernel's routes in the namespace of the tunnel, which has none if it does not exist
 * yet. Release them with kernel_routes_done(). Returns 0; -EPERM if another namespace may not be
 * entered, for which CAP_SYS_ADMIN is needed; or another negative errno.
 */
int kernel_routes_list(const Config *c, KernelRoutes *ret_routes);
/* Frees what kernel_routes_list() has found. Also for one that is all zeros. */
void kernel_routes_done(KernelRoutes *routes);
