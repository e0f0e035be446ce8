/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/route/route-guard.h"

#include "core/base/macros.h"

static bool guard_goes_on(const RouteGuard *g, uint64_t now_usec) {
        return g->n_times > 0 && now_usec - g->last_usec < ROUTE_GUARD_GATHER_USEC &&
                now_usec - g->occasion_usec < ROUTE_GUARD_OCCASION_USEC;
}

RouteGuardOccasion route_guard_removed(RouteGuard *g, uint64_t now_usec) {
        bool goes_on = guard_goes_on(g, now_usec);
        bool quiet = now_usec - g->last_usec >= ROUTE_GUARD_WINDOW_USEC;

        g->last_usec = now_usec;
        if (goes_on)
                return ROUTE_GUARD_SAME;

        g->occasion_usec = now_usec;

        /*
         * While the guard is slow, only quiet ends that: removals that come once in 10 s are not
         * rare, but as frequent as we put the route back.
         */
        if (quiet || (!g->slow && now_usec - g->since_usec >= ROUTE_GUARD_WINDOW_USEC))
                *g = (RouteGuard){
                        .since_usec = now_usec,
                        .occasion_usec = now_usec,
                        .last_usec = now_usec,
                };

        if (g->slow || ++g->n_times <= ROUTE_GUARD_TIMES_MAX)
                return ROUTE_GUARD_NEXT;

        g->slow = true;
        return ROUTE_GUARD_SLOWED;
}

uint64_t route_guard_get_end(const RouteGuard *g) {
        if (g->slow)
                return g->occasion_usec + ROUTE_GUARD_SLOW_USEC;

        return MIN(g->last_usec + ROUTE_GUARD_GATHER_USEC,
                   g->occasion_usec + ROUTE_GUARD_OCCASION_USEC);
}
