/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What the kernel has already where a route of the configuration is to stand, told before the
 * tunnel is started: an older tunnel's route, the network that this host is in, a default route.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/config/config.h"
#include "core/route/route-plan.h"

typedef enum RouteClashKind {
        ROUTE_CLASH_REFUSED, /* the kernel has room for one of the two, and has the other */
        ROUTE_CLASH_HIDDEN,  /* the other is used in the place of ours, by its lower metric */
        ROUTE_CLASH_BEFORE,  /* ours is used before the other, as is meant */
        ROUTE_CLASH_PART,    /* the other is a part of ours, and stays outside of the tunnel */
} RouteClashKind;

typedef struct RouteClash {
        RouteClashKind kind;
        char text[400];   /* the other route, its device and protocol */
        char remedy[400]; /* empty where there is nothing to mend */
} RouteClash;

/*
 * Compares a route of the configuration with one that the kernel has on an interface other than the
 * tunnel's. device is the name of that interface, "" if the route has none. Returns true and what
 * the clash is, or false if neither gets in the way of the other; ret_clash is of no use then.
 */
bool route_clash_find(const ConfigRoute *ours, const Route *theirs, const char *device,
                      RouteClash *ret_clash);

/*
 * Finds the routes of the configuration that the kernel would refuse, because it has another in the
 * place of each; networks that this host is in are not among these, since the tunnel's route gives
 * way to them (route-overlap.h). vrf_table: the one of VRF=, 0 without. kernel: its routes in the
 * order of route_compare(), while the tunnel's interface does not exist. Returns how many there
 * are; if any, the first and the one in its place, which is borrowed.
 */
size_t route_clash_find_refused(const Config *config, uint32_t vrf_table, const Route *kernel,
                                size_t n_kernel, ConfigRoute *ret_ours, const Route **ret_theirs);
