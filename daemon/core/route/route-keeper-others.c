/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What others do to our routes and to our interface. Routes that were removed come back, how soon
 * says route-guard.h; one in whose place somebody put a route of their own comes back when that one
 * goes. The IPv4 routes of an interface that is set down, or loses its address, are dropped by the
 * kernel without an announcement of their own: the one about the interface stands for them.
 */

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "core/base/text.h"
#include "core/route/route-keeper-internal.h"

/* ---- routes ---- */

/* Schedules putting back a route of ours that is gone. */
static void keeper_lose(RouteKeeper *k, const Route *route, RouteNews news, uint64_t now,
                        RouteKeeperActions *actions) {

        char description[sizeof(k->lost)], what[sizeof(description) + 32];

        route_describe(route, description, sizeof(description));
        snprintf(what, sizeof(what), "route %s is removed", description);
        k->settled = false;
        route_keeper_schedule_put_back(
                k, what, route->ifindex == 0 ? ROUTE_GUARD_SCRIPT : ROUTE_GUARD_MANAGER, now,
                actions);
        /* That is told with the address, unless it is back at once. */
        if (news == ROUTE_DROPPED && k->lost_source && route_has_preferred_source(route))
                return;
        k->lost_to_others |= news == ROUTE_REMOVED;
        if (k->n_lost++ == 0)
                snprintf(k->lost, sizeof(k->lost), "%s", description);
}

static void keeper_log_address(const RouteKeeper *k, const char *address,
                               RouteKeeperActions *actions) {

        char text[ROUTE_KEEPER_TEXT_MAX_BYTES];

        snprintf(text, sizeof(text), "Somebody removed the address %s from %s; putting it back",
                 address, k->link.ifname);
        route_keeper_log(actions, k->guard.slow ? LOG_DEBUG : LOG_NOTICE,
                         ROUTE_KEEPER_SUBJECT_OTHERS, text);
}

static void keeper_log_routes(const RouteKeeper *k, RouteKeeperActions *actions) {
        const char *verb = k->lost_to_others ? "Somebody removed" : "The kernel dropped";
        char text[ROUTE_KEEPER_TEXT_MAX_BYTES];
        TextBuilder t = text_builder(text, sizeof(text));

        if (k->n_lost == 1)
                text_addf(&t, "%s the route %s", verb, k->lost);
        else
                text_addf(&t, "%s %zu routes, %s among them", verb, k->n_lost, k->lost);
        text_add(&t, "; putting back what is missing");
        route_keeper_log(actions, k->guard.slow ? LOG_DEBUG : LOG_NOTICE,
                         k->lost_to_others ? ROUTE_KEEPER_SUBJECT_OTHERS :
                                             ROUTE_KEEPER_SUBJECT_CHANGE,
                         text);
}

static void keeper_log_flap(const RouteKeeper *k, RouteKeeperActions *actions) {
        char text[ROUTE_KEEPER_TEXT_MAX_BYTES];

        snprintf(text, sizeof(text),
                 "Somebody set the interface %s down and up again; putting back what is missing",
                 k->link.ifname);
        route_keeper_log(actions, k->guard.slow ? LOG_DEBUG : LOG_NOTICE,
                         ROUTE_KEEPER_SUBJECT_OTHERS, text);
}

void route_keeper_put_back(RouteKeeper *k, uint64_t now, RouteKeeperActions *actions) {
        RouteKeeperAction *action;

        k->put_back_usec = USEC_INFINITY;
        /* What the kernel removed along with that is told by it. */
        if (k->lost_vrf) {
                k->n_lost = 0;
                k->lost_address6 = false;
        }
        if (k->n_lost > 0 && k->lost_to_others) {
                action = route_keeper_add(actions, ROUTE_KEEPER_ACTION_LOST);
                action->note.count = k->n_lost;
                snprintf(action->note.text, sizeof(action->note.text), "%s", k->lost);
        }

        if (k->lost_address6 && k->mode == KEEPER_KEEPING && k->link_up &&
            route_keeper_lacks_address6(k))
                keeper_log_address(k, TEXT_IPV6(k->local6), actions);
        if (k->lost_address && k->mode == KEEPER_KEEPING && k->link_up && !k->suspended)
                keeper_log_address(k, TEXT_IPV4(k->link.local), actions);
        else if (k->n_lost > 0 && route_keeper_wants_routes(k))
                keeper_log_routes(k, actions);

        route_keeper_forget_losses(k);
        route_keeper_put_right(k, now, actions);
}

/*
 * The same place may change hands more than once. One of IPv6 is not watched: the route comes back
 * with the next try.
 */
void route_keeper_note_place(RouteKeeper *k, const Route *ours) {
        const struct in_addr place = ours->destination;

        if (ours->is_ipv6)
                return;

        for (size_t i = 0; i < k->n_places; i++)
                if (k->places[i].s_addr == place.s_addr)
                        return;

        /* Over this number, a route comes back with the rest of them. */
        if (k->n_places < ELEMENTSOF(k->places))
                k->places[k->n_places++] = place;
}

/* Somebody else's route stands where one of ours stood. */
static void keeper_replaced(RouteKeeper *k, const Route *ours, const Route *theirs, uint64_t now,
                            RouteKeeperActions *actions) {

        char text[ROUTE_KEEPER_TEXT_MAX_BYTES], route[128];
        TextBuilder t = text_builder(text, sizeof(text));

        k->settled = false;
        route_keeper_note_place(k, ours);

        route_describe(ours, route, sizeof(route));
        text_addf(&t, "Somebody put a route of their own in the place of %s", route);
        route_describe(theirs, route, sizeof(route));
        text_addf(&t, ": %s; the tunnel's comes back when that is removed", route);
        /* In a contest the next one is named once the routes have been complete in between. */
        route_keeper_log(actions, k->guard.slow && k->told ? LOG_DEBUG : LOG_WARNING,
                         ROUTE_KEEPER_SUBJECT_OTHERS, text);

        k->stale |= k->stage != KEEPER_QUIET; /* a change that is under way did not see it */
        k->told = true;                       /* in the journal, by this */
        route_describe_rival(ours, theirs, text, sizeof(text));
        route_keeper_fail(k, -EEXIST, text, theirs->ifindex, now, actions);
}

/* That is gone. Nobody has removed anything of ours. */
static void keeper_regain_place(RouteKeeper *k, uint64_t now, RouteKeeperActions *actions) {
        k->settled = false;
        route_keeper_schedule_put_back(k, "route is replaced", ROUTE_GUARD_SCRIPT, now, actions);
        k->lost_rival = true;
}

void route_keeper_forget_places(RouteKeeper *k) {
        k->n_places = 0;
}

/* Whether a route that was desired before, and may stand, was removed or replaced. */
static bool keeper_concerns_former(const RouteKeeper *k, const Route *route) {
        if (route->protocol == ROUTE_PROTOCOL_PPTP)
                return route_is_among(k->former, k->n_former, route);

        return route_find_rival(k->former, k->n_former, route);
}

/*
 * The kernel announces which IPv6 routes it drops with an interface that is set down, and that it
 * drops the route to the peer with the address.
 */
static bool keeper_was_dropped(const RouteKeeper *k, const Route *route) {
        if (route_keeper_is_peer_route(k, route))
                return !k->link_up || !k->has_address;

        return route->is_ipv6 && route->ifindex == k->ifindex && !k->link_up;
}

/* Notes what became of the kernel's own route to the peer. */
static void keeper_note_peer_route(RouteKeeper *k, const Route *route, RouteNews news) {
        const Route peer = route_keeper_get_peer_route(k);

        if (news == ROUTE_REPLACED && route_is_rival(route, &peer))
                k->lacks_peer_route = true;
        if (route_news_is_gone(news) && route_keeper_is_peer_route(k, route))
                k->lacks_peer_route = true;
}

void route_keeper_route(RouteKeeper *k, const Route *route, RouteNews news, uint64_t now,
                        RouteKeeperActions *actions) {

        const Route *ours;

        if (news == ROUTE_ADDED)
                return;

        keeper_note_peer_route(k, route, news);

        /*
         * While a change is under way nothing is put back, but the routes are no longer complete.
         */
        if (keeper_concerns_former(k, route))
                k->settled = false;
        if (!route_keeper_wants_routes(k))
                return;

        if (route->protocol == ROUTE_PROTOCOL_PPTP) {
                if (route_news_is_gone(news) && !keeper_was_dropped(k, route) &&
                    route_is_among(k->desired, k->n_desired, route))
                        keeper_lose(k, route, news, now, actions);
                return;
        }

        /* Says that a route of somebody else stands where one of ours should; it is not removed. */
        ours = route_find_rival(k->desired, k->n_desired, route);
        /* We remove that where ours leads nowhere. */
        if (ours && route_leads_nowhere(ours) && route_keeper_is_peer_route(k, route))
                return;
        if (ours && news == ROUTE_REPLACED)
                keeper_replaced(k, ours, route, now, actions);
        else if (ours && route_keeper_is_peer_route(k, route) && !keeper_was_dropped(k, route))
                keeper_lose(k, ours, news, now, actions);
        else if (ours && !keeper_was_dropped(k, route))
                keeper_regain_place(k, now, actions);
}

/* ---- the interface ---- */

/* The tunnel is told after a while, since the interface may be up again by then. */
static void keeper_unusable(RouteKeeper *k, uint64_t now) {
        if (k->down_usec == USEC_INFINITY && !k->told)
                k->down_usec = now + ROUTE_KEEPER_TELL_USEC;
}

void route_keeper_tell_down(RouteKeeper *k, uint64_t now, RouteKeeperActions *actions) {
        char text[ROUTE_KEEPER_TEXT_MAX_BYTES];

        k->down_usec = USEC_INFINITY;
        if (k->link_up && k->has_address)
                return;

        if (!k->link_up)
                snprintf(text, sizeof(text), "interface %s was set down", k->link.ifname);
        else
                snprintf(text, sizeof(text), "address %s was removed from %s",
                         TEXT_IPV4(k->link.local), k->link.ifname);
        route_keeper_fail(k, k->link_up ? -EADDRNOTAVAIL : -ENETDOWN, text, 0, now, actions);
        k->retry_usec = USEC_INFINITY; /* its announcement begins the next try */
}

void route_keeper_note_link(RouteKeeper *k, bool up, uint64_t now) {
        if (up && !k->link_up)
                k->lacks_peer_route = false;
        if (up && k->addresses_unseen)
                k->networks_usec = MIN(k->networks_usec, now + ROUTE_KEEPER_NETWORKS_USEC);
        k->link_up = up;
        k->settled = k->settled && up;
        /* addrconf_ifdown() of the kernel takes away what is link-local, whatever it keeps. */
        k->has_address6 = k->has_address6 && up;
        if (!up)
                keeper_unusable(k, now);
        else if (k->has_address)
                k->down_usec = USEC_INFINITY;
}

/*
 * Looks for the interface once more if it is not in its VRF: what is announced now may be older
 * than its joining.
 */
static void keeper_check_vrf(RouteKeeper *k, uint32_t master, uint64_t now,
                             RouteKeeperActions *actions) {

        if (!route_keeper_wants_vrf(k) || !route_keeper_is_in_vrf(k) || master == k->vrf.ifindex)
                return;

        k->link_doubtful = true;
        k->settled = false;
        if (!k->stood)
                return; /* the kernel sets it down and up, too, with which the next look begins */

        route_keeper_schedule_put_back(k, "interface is taken out of its VRF", ROUTE_GUARD_MANAGER,
                                       now, actions);
        k->lost_vrf = true;
}

/*
 * Tells of it where nothing else does: pppd sets the interface down and up as well, when the server
 * renegotiates, and says so; that it was down for long was told. A VRF does it to whatever joins or
 * leaves it.
 */
static void keeper_tell_up_again(RouteKeeper *k, RouteKeeperActions *actions) {
        bool by_others = k->set_down && !k->told && !k->suspended && !k->lost_vrf;

        k->set_down = false;
        if (by_others)
                keeper_log_flap(k, actions);
}

void route_keeper_link(RouteKeeper *k, const RouteKeeperEvent *event, uint64_t now,
                       RouteKeeperActions *actions) {

        bool was_up = k->link_up, was_settled = k->settled;

        if (k->mode != KEEPER_KEEPING)
                return;

        if (event->link.removed) {
                route_keeper_interface_gone(k, actions);
                return;
        }

        /* Who has renamed it is told of by others. */
        if (event->link.name[0])
                memcpy(k->link.ifname, event->link.name, sizeof(k->link.ifname));
        route_keeper_note_link(k, event->link.up, now);
        keeper_check_vrf(k, event->link.master, now, actions);
        route_keeper_reconsider_address6(k, now);
        if (!event->link.up && was_up)
                k->set_down = was_settled && !k->suspended;
        if (event->link.up && !was_up) {
                keeper_tell_up_again(k, actions);
                route_keeper_put_right(k, now, actions);
        }
}

void route_keeper_address(RouteKeeper *k, struct in_addr address, bool removed, uint64_t now,
                          RouteKeeperActions *actions) {

        if (k->mode != KEEPER_KEEPING || address.s_addr != k->link.local.s_addr)
                return;

        k->has_address = !removed;
        k->settled = false;
        if (removed) {
                keeper_unusable(k, now);
                route_keeper_schedule_put_back(k, "address is removed", ROUTE_GUARD_MANAGER, now,
                                               actions);
                k->lost_address = true;
                return;
        }

        k->lacks_peer_route = false;
        if (k->link_up)
                k->down_usec = USEC_INFINITY;
        /* Waits a moment: when the kernel announces that, it is still dropping routes. */
        k->put_back_usec = MIN(k->put_back_usec, now + ROUTE_GUARD_GATHER_USEC);
}

void route_keeper_reconsider_address6(RouteKeeper *k, uint64_t now) {
        if (k->address6_refused == 0)
                return;

        k->address6_refused = 0;
        if (k->mode == KEEPER_KEEPING && k->link_up && route_keeper_lacks_address6(k))
                k->put_back_usec = MIN(k->put_back_usec, now + ROUTE_GUARD_GATHER_USEC);
}

/* pppd takes it away as well, and says that IPV6CP is down: before it is to be put back. */
void route_keeper_address6(RouteKeeper *k, const struct in6_addr *address, bool removed,
                           uint64_t now, RouteKeeperActions *actions) {

        bool is_own = IN6_ARE_ADDR_EQUAL(address, &k->local6);

        if (k->mode != KEEPER_KEEPING)
                return;

        if (is_own)
                k->has_address6 = !removed;
        if (!removed) /* the kernel takes addresses again */
                route_keeper_reconsider_address6(k, now);
        if (!is_own || !route_keeper_lacks_address6(k) || !k->link_up)
                return;
        /* The kernel takes it away from what joins a VRF; the change under way sees to it. */
        if (!k->stood || k->stage == KEEPER_JOINING_VRF)
                return;

        route_keeper_schedule_put_back(k, "IPv6 address is removed", ROUTE_GUARD_MANAGER, now,
                                       actions);
        k->lost_address6 = true;
}
