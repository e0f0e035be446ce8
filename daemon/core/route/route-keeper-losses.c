/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What others removed and is to be put back, and when: as soon as route-guard.h says. */

#include <stdio.h>
#include <syslog.h>

#include "core/route/route-keeper-internal.h"

/* what: that was removed; source: who is likely to do it */
static void keeper_log_slowed(const char *what, const char *source, RouteKeeperActions *actions) {
        char text[ROUTE_KEEPER_TEXT_MAX_BYTES];

        snprintf(text, sizeof(text),
                 "The tunnel's %s again and again, probably by %s; putting back what is missing "
                 "more rarely now",
                 what, source);
        route_keeper_log(actions, LOG_WARNING, ROUTE_KEEPER_SUBJECT_OTHERS, text);
}

static bool keeper_has_losses(const RouteKeeper *k) {
        return k->n_lost > 0 || k->lost_rival || k->lost_source || k->lost_address ||
                k->lost_address6 || k->lost_vrf || k->lost_vrf_up;
}

void route_keeper_forget_losses(RouteKeeper *k) {
        k->n_lost = 0;
        k->lost_to_others = k->lost_rival = k->lost_source = false;
        k->lost_address = k->lost_address6 = k->lost_vrf = k->lost_vrf_up = false;
}

void route_keeper_schedule_put_back(RouteKeeper *k, const char *what, const char *source,
                                    uint64_t now, RouteKeeperActions *actions) {

        if (keeper_has_losses(k) && (k->guard.slow || now >= k->put_back_usec))
                return;

        if (route_guard_removed(&k->guard, now) == ROUTE_GUARD_SLOWED)
                keeper_log_slowed(what, source, actions);
        k->put_back_usec = route_guard_get_end(&k->guard);
}
