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
 *  it was set down, and tunnels have made it:     → JOIN_VRF → SET_UP_VRF → …
 *
 * While a VRF is down the kernel has no way to what is in it, whatever the routes in its table say.
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

/* By its table, as those who remove it know it (supervisor/made-vrf.h). */
static bool vrf_is_made(const RouteKeeper *k) {
        return k->vrf.table == tunnel_tag_get_vrf_table(k->config->vrf);
}

static bool vrf_is_down(const RouteKeeper *k) {
        return route_keeper_wants_vrf(k) && k->vrf.ifindex != 0 && k->vrf.down;
}

bool route_keeper_is_vrf_to_be_up(const RouteKeeper *k) {
        return vrf_is_down(k) && vrf_is_made(k);
}

bool route_keeper_is_vrf_off(const RouteKeeper *k) {
        return vrf_is_down(k) && !vrf_is_made(k);
}

void route_keeper_tell_vrf_off(RouteKeeper *k, uint64_t now, RouteKeeperActions *actions) {
        char text[ROUTE_KEEPER_TEXT_MAX_BYTES];
        const char *name = k->config->vrf;

        /* The diagnosis of an attempt says the rest. */
        if (k->stood)
                snprintf(text, sizeof(text), "VRF %s is set down; run \"ip link set %s up\"", name,
                         name);
        else
                snprintf(text, sizeof(text), "%s", name);
        route_keeper_fail_for_vrf(k, text, now, actions);
        k->retry_usec = USEC_INFINITY;
}

void route_keeper_vrf_link(RouteKeeper *k, const RouteKeeperEvent *event, uint64_t now,
                           RouteKeeperActions *actions) {

        if (k->mode != KEEPER_KEEPING || !route_keeper_wants_vrf(k) || k->vrf.ifindex == 0 ||
            event->vrf_link.ifindex != k->vrf.ifindex || event->vrf_link.up != k->vrf.down)
                return;

        k->vrf.down = !event->vrf_link.up;
        k->settled = false;
        if (route_keeper_is_vrf_to_be_up(k) && k->stood) {
                route_keeper_schedule_put_back(k, "VRF is set down", ROUTE_GUARD_MANAGER, now,
                                               actions);
                k->lost_vrf_up = true;
        } else
                k->put_back_usec = MIN(k->put_back_usec, now + ROUTE_GUARD_GATHER_USEC);
}

static void vrf_set_up(RouteKeeper *k, RouteKeeperActions *actions) {
        RouteKeeperAction *action = route_keeper_add(actions, ROUTE_KEEPER_ACTION_SET_UP_VRF);
        char text[ROUTE_KEEPER_TEXT_MAX_BYTES];

        if (k->stood) {
                snprintf(text, sizeof(text), "Somebody set the VRF %s down; setting it up again",
                         k->config->vrf);
                route_keeper_log(actions, k->guard.slow ? LOG_DEBUG : LOG_NOTICE,
                                 ROUTE_KEEPER_SUBJECT_OTHERS, text);
        }

        action->vrf.ifindex = k->vrf.ifindex;
        k->stage = KEEPER_SETTING_VRF_UP;
}

/* It is known: joins it if need be, sets it up if need be, and goes on to the routes. */
static void vrf_use(RouteKeeper *k, uint64_t now, RouteKeeperActions *actions) {
        if (k->vrf.master != k->vrf.ifindex)
                vrf_join(k, actions);
        else if (route_keeper_is_vrf_to_be_up(k))
                vrf_set_up(k, actions);
        else
                route_keeper_in_vrf(k, now, actions);
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
        k->vrf.down = !event->found.up;
        vrf_use(k, now, actions);
}

void route_keeper_on_vrf_done(RouteKeeper *k, const RouteKeeperEvent *event, uint64_t now,
                              RouteKeeperActions *actions) {

        int error = event->vrf_done.error;
        KeeperStage stage = k->stage;
        bool making = stage == KEEPER_MAKING_VRF;

        k->stage = KEEPER_QUIET;
        /* Another tunnel may have made it meanwhile. */
        if (making && (error >= 0 || error == -EEXIST)) {
                vrf_find(k, actions);
                return;
        }
        if (error < 0) {
                vrf_fail(k, error,
                         making                                 ? "cannot be made" :
                                 stage == KEEPER_SETTING_VRF_UP ? "cannot be set up" :
                                                                  "does not take the interface",
                         event->vrf_done.text, now, actions);
                return;
        }

        if (stage == KEEPER_SETTING_VRF_UP)
                k->vrf.down = false;
        else
                k->vrf.master = k->vrf.ifindex;
        vrf_use(k, now, actions);
}
