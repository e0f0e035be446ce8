/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * VRF=: puts the tunnel's interface into a VRF device, and makes that if there is none of its name.
 * When an interface joins or leaves one the kernel sets it down and up (cycle_netdev() of
 * drivers/net/vrf.c) and takes all of its IPv6 away (NETDEV_CHANGEUPPER in addrconf_notify() of
 * net/ipv6/addrconf.c), so this comes before its addresses and routes. Which table those go to is
 * the VRF's to say.
 *
 *  FIND_LINK the VRF                             → JOIN_VRF → LIST the kernel's own → …
 *  there is none:    → MAKE_VRF → FIND_LINK it   → JOIN_VRF → …
 */

#include <errno.h>
#include <stdio.h>
#include <syslog.h>

#include "core/base/tunnel-tag.h"
#include "core/route/route-keeper-internal.h"

/* is_vrf: another try does not mend it. While routes are being removed it does not matter. */
static void vrf_fail(RouteKeeper *k, int error, const char *what, const char *words, uint64_t now,
                     RouteKeeperActions *actions) {

        char text[ROUTE_KEEPER_TEXT_MAX_BYTES];

        snprintf(text, sizeof(text), "VRF %s %s%s%s", k->config->vrf, what, words ? ": " : "",
                 words ?: "");
        route_keeper_fail(k, error, text, 0, now, actions);
        if (actions->items[actions->n_items - 1].type == ROUTE_KEEPER_ACTION_FAILED)
                actions->items[actions->n_items - 1].failed.is_vrf = error == -EOPNOTSUPP;
}

static void vrf_find(RouteKeeper *k, RouteKeeperActions *actions) {
        RouteKeeperAction *action = route_keeper_add(actions, ROUTE_KEEPER_ACTION_FIND_LINK);

        snprintf(action->link.name, sizeof(action->link.name), "%s", k->config->vrf);
        k->stage = KEEPER_FINDING_VRF;
}

static void vrf_make(RouteKeeper *k, RouteKeeperActions *actions) {
        RouteKeeperAction *action = route_keeper_add(actions, ROUTE_KEEPER_ACTION_MAKE_VRF);

        snprintf(action->vrf.name, sizeof(action->vrf.name), "%s", k->config->vrf);
        action->vrf.table = tunnel_tag_get_vrf_table(k->config->vrf);
        k->vrf.made = true;
        k->stage = KEEPER_MAKING_VRF;
}

static void vrf_join(RouteKeeper *k, RouteKeeperActions *actions) {
        RouteKeeperAction *action = route_keeper_add(actions, ROUTE_KEEPER_ACTION_JOIN_VRF);
        char text[ROUTE_KEEPER_TEXT_MAX_BYTES];

        if (k->stood) {
                snprintf(text, sizeof(text), "Somebody took %s out of VRF %s; putting it back",
                         k->link.ifname, k->config->vrf);
                route_keeper_log(actions, k->guard.slow ? LOG_DEBUG : LOG_NOTICE,
                                 ROUTE_KEEPER_SUBJECT_OTHERS, text);
        }

        k->settled = false; /* the kernel drops the interface's routes */
        action->vrf.ifindex = k->ifindex;
        action->vrf.master = k->vrf.ifindex;
        k->stage = KEEPER_JOINING_VRF;
}

void route_keeper_enter_vrf(RouteKeeper *k, RouteKeeperActions *actions) {
        k->vrf.made = false;
        vrf_find(k, actions);
}

void route_keeper_on_vrf_found(RouteKeeper *k, const RouteKeeperEvent *event, uint64_t now,
                               RouteKeeperActions *actions) {

        int error = event->found.error;

        if (error == -ENODEV && !k->vrf.made) {
                vrf_make(k, actions);
                return;
        }
        if (error >= 0 && event->found.vrf_table == 0) {
                vrf_fail(k, -EOPNOTSUPP, "is an interface of another kind", NULL, now, actions);
                return;
        }
        if (error < 0) {
                vrf_fail(k, error, "cannot be looked up", event->found.text, now, actions);
                return;
        }

        k->vrf.ifindex = event->found.ifindex;
        k->vrf.table = event->found.vrf_table;
        if (k->vrf.master != k->vrf.ifindex)
                vrf_join(k, actions);
        else
                route_keeper_in_vrf(k, now, actions);
}

void route_keeper_on_vrf_done(RouteKeeper *k, const RouteKeeperEvent *event, uint64_t now,
                              RouteKeeperActions *actions) {

        int error = event->vrf_done.error;
        bool making = k->stage == KEEPER_MAKING_VRF;

        k->stage = KEEPER_QUIET;
        /* Another tunnel may have made it meanwhile. */
        if (making && (error >= 0 || error == -EEXIST)) {
                vrf_find(k, actions);
                return;
        }
        if (error < 0) {
                vrf_fail(k, error, making ? "cannot be made" : "does not take the interface",
                         event->vrf_done.text, now, actions);
                return;
        }

        k->vrf.master = k->vrf.ifindex;
        route_keeper_in_vrf(k, now, actions);
}
