/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What is to be in the kernel, and what is to change there for it. Routes that were desired before
 * count as ours until a change that replaces them is through.
 */

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "core/route/route-keeper-internal.h"
#include "core/route/route-owner.h"

void route_keeper_forget_desired(RouteKeeper *k) {
        free(steal_pointer(k->desired));
        k->n_desired = 0;
}

void route_keeper_forget_former(RouteKeeper *k) {
        free(steal_pointer(k->former));
        k->n_former = 0;
}

int route_keeper_retire_desired(RouteKeeper *k) {
        Route *former;

        if (k->n_desired > 0) {
                former = reallocarray(k->former, k->n_former + k->n_desired, sizeof(*former));
                if (!former)
                        return -ENOMEM;

                memcpy(former + k->n_former, k->desired, k->n_desired * sizeof(*former));
                k->former = former;
                k->n_former += k->n_desired;
                route_sort(k->former, k->n_former);
        }

        route_keeper_forget_desired(k);
        return 0;
}

int route_keeper_make_desired(RouteKeeper *k) {
        route_keeper_forget_desired(k);
        return route_set_make(k->config, k->ifindex, k->link.peer, &k->uplink, &k->desired,
                              &k->n_desired);
}

size_t route_keeper_count_routes(const RouteKeeper *k) {
        size_t n = 0;

        for (size_t i = 0; i < k->n_desired; i++)
                n += !route_owner_is_pin(&k->desired[i]);

        return n;
}

bool route_keeper_wants_routes(const RouteKeeper *k) {
        return k->mode == KEEPER_KEEPING && k->ifindex != 0 && k->n_desired > 0;
}

/* Routes on an interface that is down are refused, and no use. */
static bool keeper_can_have(const RouteKeeper *k, const Route *route) {
        return k->link_up || route->ifindex != k->ifindex;
}

/*
 * The kernel makes a route to the peer, whose address is the server's choice: it may be that of our
 * gateway, of a name server, or the server's own (GRE-09), whose packets then go into the tunnel.
 * So it stays only if the configuration sends that address into the tunnel as well.
 */
static bool keeper_wants_peer_route(const RouteKeeper *k) {
        if (k->link.peer.s_addr == k->uplink.server.s_addr)
                return false;

        for (size_t i = 0; i < k->n_desired; i++)
                if (k->desired[i].ifindex == k->ifindex &&
                    route_covers(&k->desired[i], k->link.peer))
                        return true;

        return false;
}

/* Whether the kernel's route to the peer is this one: then it does, and has no room for another. */
static bool keeper_has_from_kernel(const RouteKeeper *k, const Route *route) {
        const Route peer = route_set_get_peer_route(k->ifindex, k->link.local, k->link.peer);

        return keeper_wants_peer_route(k) && route->type == RTN_UNICAST &&
                route->ifindex == k->ifindex && route_is_rival(route, &peer);
}

int route_keeper_make_plan(const RouteKeeper *k, const Route *routes, size_t n_routes,
                           RoutePlan *ret_plan) {

        _cleanup_free_ Route *owned = calloc(n_routes + 1, sizeof(*owned));
        _cleanup_free_ Route *wanted = calloc(k->n_desired + 1, sizeof(*wanted));
        size_t n_owned = 0, n_wanted = 0;
        int r;

        if (!owned || !wanted)
                return -ENOMEM;

        for (size_t i = 0; i < n_routes; i++)
                if (route_owner_is(&routes[i], k->ifindex, k->desired, k->n_desired) ||
                    route_owner_is(&routes[i], k->ifindex, k->former, k->n_former))
                        owned[n_owned++] = routes[i];

        for (size_t i = 0; i < k->n_desired && k->mode == KEEPER_KEEPING; i++)
                if (keeper_can_have(k, &k->desired[i]) &&
                    !keeper_has_from_kernel(k, &k->desired[i]))
                        wanted[n_wanted++] = k->desired[i];

        r = route_plan_make(wanted, n_wanted, owned, n_owned, ret_plan);
        if (r < 0)
                return r;

        if (k->mode == KEEPER_KEEPING && !keeper_wants_peer_route(k)) {
                const Route swallow =
                        route_set_get_peer_route(k->ifindex, k->link.local, k->link.peer);

                r = route_plan_add_delete(ret_plan, &swallow);
                if (r < 0)
                        route_plan_done(ret_plan);
        }

        return r;
}
