/* SPDX-License-Identifier: GPL-2.0-or-later */

/* pptpctl check: finds routes of the kernel in the places that the tunnel's routes need. */

#include <string.h>

#include "check-parts.h"
#include "core/route/route-clash.h"
#include "core/route/route-set.h"
#include "kernel-routes.h"

/* Returns whether the kernel's route is in the way of the configuration's. */
static bool check_route(CheckReport *r, const Config *c, const ConfigRoute *ours,
                        const Route *theirs, const char *device) {

        static const CheckLevel levels[] = {
                [ROUTE_CLASH_REFUSED] = CHECK_ERROR, [ROUTE_CLASH_HIDDEN] = CHECK_WARNING,
                [ROUTE_CLASH_HIDES] = CHECK_WARNING, [ROUTE_CLASH_BEFORE] = CHECK_OK,
                [ROUTE_CLASH_PART] = CHECK_OK,
        };
        RouteClash clash;

        /* A route to the server alone has no effect, and nothing can be in its way. */
        if (!route_clash_find(ours, theirs, device, c->name, &clash) ||
            route_set_is_for_numbered_server(ours, c))
                return false;

        check_add(r, levels[clash.kind], "routes", clash.remedy[0] ? clash.remedy : NULL, "%s",
                  clash.text);
        return levels[clash.kind] != CHECK_OK;
}

/* Whether a route is the tunnel's own, with or without its interface, and so is not in the way. */
static bool is_own(const Config *c, const Route *route, const char *device) {
        return strcmp(device, c->interface_name) == 0 ||
                (route->protocol == ROUTE_PROTOCOL_PPTP && route->ifindex == 0);
}

void check_routes(CheckReport *r, const Config *c) {
        _cleanup_(kernel_routes_done) KernelRoutes kernel = { 0 };
        bool in_the_way = false;
        int e;

        e = kernel_routes_list(c, &kernel);
        if (e < 0) {
                check_add(r, CHECK_WARNING, "routes", "look yourself: ip route show table all",
                          "the kernel does not list its routes: %s", strerror(-e));
                return;
        }

        for (size_t i = 0; i < kernel.n_items; i++) {
                const char *device = kernel.devices[i];

                if (is_own(c, &kernel.items[i], device))
                        continue;
                for (size_t j = 0; j < c->n_routes; j++)
                        if (check_route(r, c, &c->routes[j], &kernel.items[i], device))
                                in_the_way = true;
        }

        if (!in_the_way)
                check_add(r, CHECK_OK, "routes", NULL, "no other route is in the way");
}
