/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * pptpctl check: finds routes of the kernel in the places that the tunnel's routes need, and
 * networks that are on both sides.
 */

#include <errno.h>
#include <ifaddrs.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check-parts.h"
#include "core/base/text.h"
#include "core/config/config-route.h"
#include "core/route/route-clash.h"
#include "core/route/route-overlap.h"
#include "core/route/route-set.h"
#include "kernel-routes.h"

/* Returns whether the kernel's route is in the way of the configuration's. */
static bool check_route(CheckReport *r, const Config *c, const ConfigRoute *ours,
                        const Route *theirs, const char *device) {

        static const CheckLevel levels[] = {
                [ROUTE_CLASH_REFUSED] = CHECK_ERROR,
                [ROUTE_CLASH_HIDDEN] = CHECK_WARNING,
                [ROUTE_CLASH_BEFORE] = CHECK_OK,
                [ROUTE_CLASH_PART] = CHECK_OK,
        };
        RouteClash clash;

        /* A route to the server alone has no effect, and nothing can be in its way. */
        if (!route_clash_find(ours, theirs, device, &clash) ||
            route_set_is_for_numbered_server(ours, c))
                return false;

        /* An overlap, and named as one. */
        if (ours->type == CONFIG_ROUTE_UNICAST && ours->prefix_length > 0 &&
            route_overlap_is_network(theirs, 0))
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

/* ---- networks on both sides ---- */

/* Stands for the tunnel's interface, which may not be there yet. */
#define TUNNEL_IFINDEX UINT32_MAX
#define OVERLAPS_MAX 64

/* Returns the place of the first route of the configuration to that network. */
static const ConfigRoute *find_config_route(const Config *c, const Route *route) {
        for (size_t i = 0; i < c->n_routes; i++) {
                const Route key = route_set_get_key(&c->routes[i]);

                if (route_has_same_destination(&key, route))
                        return &c->routes[i];
        }

        return NULL;
}

static void report_overlap(CheckReport *r, const Config *c, const RouteOverlap *overlap,
                           const char *device) {

        const ConfigRoute *ours = find_config_route(c, &overlap->ours);
        char text[256], remedy[CONFIG_LINE_MAX_BYTES];

        route_overlap_describe(overlap, c->overlap_policy, device, text, sizeof(text));
        if (c->overlap_policy != CONFIG_OVERLAP_WARN || !ours) {
                check_add(r, CHECK_OK, "routes", NULL, "%s", text);
                return;
        }

        snprintf(remedy, sizeof(remedy),
                 "name only networks behind the server in %s:%u, or set OverlapPolicy=%s in "
                 "[Network]",
                 ours->file, ours->line,
                 overlap->kind == ROUTE_OVERLAP_LOCAL ? "force, which sends it into the tunnel" :
                                                        "skip, which leaves it local");
        check_add(r, CHECK_WARNING, "routes", remedy, "%s", text);
}

static const char *find_device(const KernelRoutes *kernel, const Route *network) {
        for (size_t i = 0; i < kernel->n_items; i++)
                if (kernel->items[i].ifindex == network->ifindex)
                        return kernel->devices[i];

        return "";
}

/* Returns how many overlaps it has reported, or -ENOMEM. */
static int check_overlaps(CheckReport *r, const Config *c, const KernelRoutes *kernel) {
        _cleanup_free_ Route *ours = NULL, *networks = NULL;
        RouteOverlap overlaps[OVERLAPS_MAX];
        size_t n_ours, n_networks = 0, n;
        Config in_vrf = *c;
        int e, n_reported = 0;

        if (c->vrf[0] != '\0')
                in_vrf.route_table = check_vrf_get_table(c->vrf);
        e = route_set_make(&in_vrf, TUNNEL_IFINDEX, (struct in_addr){ 0 }, &(RouteUplink){ 0 },
                           &ours, &n_ours);
        if (e < 0)
                return e;

        networks = calloc(kernel->n_items + 1, sizeof(*networks));
        if (!networks)
                return -ENOMEM;

        for (size_t i = 0; i < kernel->n_items; i++)
                if (route_overlap_is_network(&kernel->items[i], kernel->tunnel_ifindex))
                        networks[n_networks++] = kernel->items[i];

        n = route_overlap_find(ours, n_ours, TUNNEL_IFINDEX, networks, n_networks, overlaps,
                               ELEMENTSOF(overlaps));
        for (size_t i = 0; i < MIN(n, ELEMENTSOF(overlaps)); i++) {
                const ConfigRoute *route = find_config_route(c, &overlaps[i].ours);

                /* It is not installed, of which the files' problems tell. */
                if (route && route_set_is_for_numbered_server(route, c))
                        continue;
                report_overlap(r, c, &overlaps[i], find_device(kernel, &overlaps[i].network));
                n_reported++;
        }
        if (n > ELEMENTSOF(overlaps))
                check_add(r, CHECK_WARNING, "routes", NULL,
                          "and %zu more overlaps with networks of this host",
                          n - ELEMENTSOF(overlaps));

        return n_reported;
}

static bool is_source(const ConfigRoute *route, const struct sockaddr *address) {
        const void *a = address;

        if (!address || address->sa_family != (route->is_ipv6 ? AF_INET6 : AF_INET))
                return false;
        if (!route->is_ipv6)
                return ((const struct sockaddr_in *) a)->sin_addr.s_addr ==
                        route->preferred_source.s_addr;

        return IN6_ARE_ADDR_EQUAL(&((const struct sockaddr_in6 *) a)->sin6_addr,
                                  &route->preferred_source6);
}

/* Whether this host has the route's source; true as well if that cannot be found out. */
static bool host_has_source(const ConfigRoute *route) {
        struct ifaddrs *addresses;
        bool found = false;

        if (getifaddrs(&addresses) < 0)
                return true;

        for (const struct ifaddrs *a = addresses; a && !found; a = a->ifa_next)
                found = is_source(route, a->ifa_addr);
        freeifaddrs(addresses);
        return found;
}

/* Of a network namespace it is not known which addresses it will have. */
static void check_sources(CheckReport *r, const Config *c) {
        for (size_t i = 0; i < c->n_routes && !c->network_namespace; i++) {
                const ConfigRoute *route = &c->routes[i];
                char remedy[CONFIG_LINE_MAX_BYTES];
                size_t j;

                if (!config_route_has_source(route) || host_has_source(route))
                        continue;
                /* A section with many destinations has one source. */
                for (j = 0; j < i; j++)
                        if (c->routes[j].line == route->line &&
                            strcmp(c->routes[j].file, route->file) == 0)
                                break;
                if (j < i)
                        continue;

                snprintf(remedy, sizeof(remedy),
                         "write an address of this host into PreferredSource= of the [Route] "
                         "section of %s:%u",
                         route->file, route->line);
                check_add(r, CHECK_WARNING, "routes", remedy,
                          "this host does not have PreferredSource=%s now",
                          route->is_ipv6 ? TEXT_IPV6(route->preferred_source6) :
                                           TEXT_IPV4(route->preferred_source));
        }
}

void check_routes(CheckReport *r, const Config *c) {
        _cleanup_(kernel_routes_done) KernelRoutes kernel = { 0 };
        bool in_the_way = false;
        int e;

        check_sources(r, c);
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

        e = check_overlaps(r, c, &kernel);
        if (e < 0)
                check_add(r, CHECK_WARNING, "routes", NULL, "overlaps are not known: %s",
                          strerror(-e));
        else if (!in_the_way && e == 0)
                check_add(r, CHECK_OK, "routes", NULL, "no other route is in the way");
}
