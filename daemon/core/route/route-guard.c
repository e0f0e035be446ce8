/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/route/route-guard.h"

#include "core/base/macros.h"

uint64_t route_guard_removed(RouteGuard *g, uint64_t now_usec, bool *ret_slowed) {
        bool quiet = now_usec - g->last_usec >= ROUTE_GUARD_WINDOW_USEC;

        g->last_usec = now_usec;
        *ret_slowed = false;

        /*
         * While the guard is slow, only quiet ends that: removals that come once in 10 s are not
         * rare, but as frequent as we put the route back.
         */
        if (quiet || (!g->slow && now_usec - g->since_usec >= ROUTE_GUARD_WINDOW_USEC))
                *g = (RouteGuard){ .since_usec = now_usec, .last_usec = now_usec };

        if (!g->slow && ++g->n_times > ROUTE_GUARD_TIMES_MAX)
                g->slow = *ret_slowed = true;

        return g->slow ? ROUTE_GUARD_SLOW_USEC : ROUTE_GUARD_GATHER_USEC;
}
