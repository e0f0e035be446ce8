/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "kernel-routes.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "io/fd.h"
#include "io/namespace.h"
#include "io/rtnl/link-lookup.h"
#include "io/rtnl/rtnl.h"

typedef struct Listing {
        sd_event *event;
        KernelRoutes *routes;
} Listing;

/*
 * Finds the name of a route's interface ("": it has none), as a rule that of the route before.
 * Returns false if it has gone in the meantime.
 */
static bool find_device(const KernelRoutes *k, uint32_t ifindex, char device[static IF_NAMESIZE]) {
        const size_t n = k->n_items;

        if (ifindex == 0)
                device[0] = '\0';
        else if (n > 0 && k->items[n - 1].ifindex == ifindex)
                memcpy(device, k->devices[n - 1], IF_NAMESIZE);
        else
                return if_indextoname(ifindex, device);

        return true;
}

/* Passes over routes of interfaces that have gone in the meantime, as the routes have. */
static int take_routes(KernelRoutes *k, const Route *routes, size_t n_routes) {
        k->items = calloc(n_routes + 1, sizeof(*k->items));
        k->devices = calloc(n_routes + 1, sizeof(*k->devices));
        if (!k->items || !k->devices)
                return -ENOMEM;

        if (n_routes > 0) /* memcpy() takes no NULL */
                memcpy(k->items, routes, n_routes * sizeof(*routes));
        route_sort(k->items, n_routes);

        for (size_t i = 0; i < n_routes; i++) {
                const Route *route = &k->items[i];

                if (route->table != RT_TABLE_LOCAL &&
                    find_device(k, route->ifindex, k->devices[k->n_items]))
                        k->items[k->n_items++] = *route;
        }

        return 0;
}

static void on_routes(_unused_ RtnlRequest *q, int error, _unused_ const char *text,
                      const Route *routes, size_t n_routes, void *userdata) {

        Listing *listing = userdata;

        if (error >= 0)
                error = take_routes(listing->routes, routes, n_routes);
        (void) sd_event_exit(listing->event, error);
}

/* Enters the tunnel's namespace, if it has one of its own. Returns 0 or a negative errno. */
static int enter_namespace(const Config *c, NamespaceVisit *visit) {
        _cleanup_close_ int fd = -EBADF;
        int r;

        if (!c->network_namespace)
                return 0;

        r = namespace_open(c->network_namespace, &fd);
        if (r == NAMESPACE_E_OTHER)
                r = -ENOENT;
        return r < 0 ? r : namespace_enter(fd, visit);
}

static int list(KernelRoutes *routes) {
        _cleanup_(sd_event_unrefp) sd_event *event = NULL;
        _cleanup_(rtnl_freep) Rtnl *rtnl = NULL;
        _cleanup_(rtnl_request_freep) RtnlRequest *request = NULL;
        const RtnlRouteFilter all = {};
        Listing listing = { .routes = routes };
        int r;

        r = sd_event_new(&event);
        if (r < 0)
                return r;

        listing.event = event;
        r = rtnl_new(event, &rtnl);
        if (r >= 0)
                r = rtnl_list_routes(rtnl, &all, on_routes, &listing, &request);

        return r < 0 ? r : sd_event_loop(event);
}

int kernel_routes_list(const Config *c, KernelRoutes *ret_routes) {
        _cleanup_namespace_leave_ NamespaceVisit visit = NAMESPACE_VISIT_INIT;
        int r;

        *ret_routes = (KernelRoutes){ 0 };
        r = enter_namespace(c, &visit);
        if (r == -ENOENT)
                return 0;
        if (r < 0)
                return r;

        ret_routes->tunnel_ifindex = link_find_index(c->interface_name);
        r = list(ret_routes);
        if (r < 0)
                kernel_routes_done(ret_routes);
        return r;
}

void kernel_routes_done(KernelRoutes *routes) {
        free(routes->items);
        free(routes->devices);
        *routes = (KernelRoutes){ 0 };
}
