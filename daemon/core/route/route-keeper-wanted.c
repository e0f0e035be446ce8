/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What is to be in the kernel, and what is to change there for it. Routes that were desired before
 * count as ours until a change that replaces them is through.
 */

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/array.h"
#include "core/base/tunnel-tag.h"
#include "core/config/config-routes.h"
#include "core/route/route-cover.h"
#include "core/route/route-keeper-internal.h"
#include "core/route/route-owner.h"

void route_keeper_forget_desired(RouteKeeper *k) {
        free(steal_pointer(k->desired));
        k->n_desired = k->n_pins = 0;
        k->may_stand = false;
}

void route_keeper_forget_former(RouteKeeper *k) {
        free(steal_pointer(k->former));
        k->n_former = 0;
}

/* From now on the set that was made says nothing about the one that is wanted. */
static void keeper_forget_basis(RouteKeeper *k) {
        free(steal_pointer(k->made.changed));
        k->made.n_changed = 0;
        k->made.is_known = false;
}

static bool keeper_knows_by_former(const RouteKeeper *k, const Route *route) {
        return route_owner_get_interface(route) == 0 &&
                route_is_among(k->former, k->n_former, route);
}

void route_keeper_trim_former(RouteKeeper *k, const Route *routes, size_t n_routes) {
        size_t n_former = 0, n = 0;
        Route *former;

        for (size_t i = 0; i < n_routes && k->n_former > 0; i++)
                n_former += keeper_knows_by_former(k, &routes[i]);

        former = calloc(n_former + 1, sizeof(*former));
        if (!former)
                return;

        for (size_t i = 0; i < n_routes && n < n_former; i++)
                if (keeper_knows_by_former(k, &routes[i]))
                        former[n++] = routes[i];
        route_sort(former, n);

        free(k->former);
        k->former = former;
        k->n_former = n;
}

int route_keeper_retire_desired(RouteKeeper *k) {
        Route *former;

        if (!k->may_stand) {
                route_keeper_forget_desired(k);
                return 0;
        }

        if (k->n_former == 0) {
                free(k->former);
                k->former = steal_pointer(k->desired);
                k->n_former = k->n_desired;
        } else if (k->n_desired > 0) {
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

/* Notes a route that came, or went. After too many the set is made anew. */
static void keeper_note_change(RouteKeeper *k, const ConfigRoute *route) {
        if (!k->made.is_known)
                return;

        if (k->made.n_changed == ROUTE_KEEPER_CHANGES_MAX ||
            !ARRAY_MAKE_ROOM(k->made.changed, k->made.n_changed)) {
                keeper_forget_basis(k);
                return;
        }

        k->made.changed[k->made.n_changed] = *route;
        k->made.changed[k->made.n_changed++].file = NULL; /* goes with its configuration */
}

void route_keeper_take_config(RouteKeeper *k, const Config *config) {
        const Config *before = k->config;
        ConfigChanges changes;
        ConfigRoute route;
        bool is_added;

        k->config = config;
        k->may_have_covers = k->may_have_covers || route_cover_is_wanted(config);
        if (!before || !k->made.is_known)
                return;

        config_changes_init(&changes, before, config);
        while (k->made.is_known && config_changes_next(&changes, &route, &is_added))
                keeper_note_change(k, &route);
}

int route_keeper_take_offer(RouteKeeper *k, const ConfigRoute *routes, size_t n_routes) {
        for (size_t i = 0; i < k->n_offered; i++)
                keeper_note_change(k, &k->offered[i]);
        for (size_t i = 0; i < n_routes; i++)
                keeper_note_change(k, &routes[i]);

        free(steal_pointer(k->offered));
        k->n_offered = 0;
        if (n_routes == 0)
                return 0;

        k->offered = calloc(n_routes, sizeof(*k->offered));
        if (!k->offered)
                return -ENOMEM;

        memcpy(k->offered, routes, n_routes * sizeof(*routes));
        k->n_offered = n_routes;
        return 0;
}

int route_keeper_take_networks(RouteKeeper *k, const Route *routes, size_t n_routes) {
        bool has_peer_route = false;
        size_t n = 0;

        for (size_t i = 0; i < n_routes; i++)
                n += route_overlap_is_network(&routes[i], k->ifindex);

        free(steal_pointer(k->networks));
        k->n_networks = 0;
        k->networks = calloc(n + 1, sizeof(*k->networks));
        if (!k->networks)
                return -ENOMEM;

        for (size_t i = 0; i < n_routes; i++) {
                if (route_overlap_is_network(&routes[i], k->ifindex))
                        k->networks[k->n_networks++] = routes[i];
                has_peer_route = has_peer_route || route_keeper_is_peer_route(k, &routes[i]);
        }
        route_sort(k->networks, k->n_networks);
        k->networks_stale = false;
        /*
         * A listing in which it is may be older than the news that it was deleted. If it is not,
         * the kernel refuses ours, and that tells.
         */
        if (!has_peer_route)
                k->lacks_peer_route = true;
        return 0;
}

static bool overlaps_are_same(const RouteOverlap *a, const RouteOverlap *b) {
        return a->kind == b->kind && route_compare(&a->ours, &b->ours) == 0 &&
                route_compare(&a->network, &b->network) == 0;
}

void route_keeper_look_for_overlaps(RouteKeeper *k, RouteKeeperActions *actions) {
        RouteOverlap overlaps[ROUTE_KEEPER_OVERLAPS_MAX];
        size_t n;
        bool changed;

        n = route_overlap_find(k->desired, k->n_desired, k->ifindex, k->networks, k->n_networks,
                               overlaps, ELEMENTSOF(overlaps));
        changed = n != k->n_overlaps;
        for (size_t i = 0; i < MIN(n, ELEMENTSOF(overlaps)) && !changed; i++)
                changed = !overlaps_are_same(&overlaps[i], &k->overlaps[i]);
        if (!changed)
                return;

        memcpy(k->overlaps, overlaps, MIN(n, ELEMENTSOF(overlaps)) * sizeof(overlaps[0]));
        k->n_overlaps = n;
        route_keeper_add(actions, ROUTE_KEEPER_ACTION_OVERLAP);
}

/*
 * Makes what is desired out of what was desired before, all of which stands. What is no longer
 * desired stays as former. Returns as route_set_renew() does.
 */
static int keeper_renew_desired(RouteKeeper *k, const Config *config, RouteKeeperActions *actions) {
        RouteSet set = { k->former, k->n_former }, old;
        int r;

        r = route_set_renew(config, k->ifindex, &k->uplink, k->made.changed, k->made.n_changed,
                            &set, &k->news, &old);
        if (r != 0)
                return r;

        k->desired = set.routes;
        k->n_desired = set.n_routes;
        k->may_stand = true; /* nearly all of it does */
        k->former = old.routes;
        k->n_former = old.n_routes;
        route_keeper_look_for_overlaps(k, actions);
        return 0;
}

static int keeper_make_desired_anew(RouteKeeper *k, const Config *config,
                                    RouteKeeperActions *actions) {

        size_t n_made;
        int r;

        r = route_set_make(config, k->ifindex, k->link.peer, &k->uplink, &k->desired,
                           &k->n_desired);
        if (r < 0)
                return r;

        route_keeper_look_for_overlaps(k, actions);
        n_made = k->n_desired;
        r = route_overlap_apply(config->overlap_policy, k->ifindex, &k->uplink, k->networks,
                                k->n_networks, &k->desired, &k->n_desired);
        if (r < 0) {
                route_keeper_forget_desired(k);
                return r;
        }
        k->made.is_fitted = k->n_desired != n_made;

        /* What is desired is what stands when the change is through, and no more. */
        k->n_desired = route_drop_rivals(k->desired, k->n_desired);
        k->news = (RouteSetPart){ .n_new = k->n_desired };
        return 0;
}

static size_t keeper_count_pins(const RouteKeeper *k) {
        size_t n = 0;

        for (size_t i = 0; i < k->n_desired; i++)
                n += route_owner_is_pin(&k->desired[i]);

        return n;
}

/*
 * Notes where the new ones of the desired routes are, and the kernel's own to the peer; and where
 * the addresses are that they send from.
 */
static void keeper_note_extent(RouteKeeper *k) {
        const Route peer = route_keeper_get_peer_route(k);

        route_extent_add(&k->extent, &peer, 1);
        if (k->n_desired > 0) {
                route_extent_add(&k->extent, k->desired + k->news.first, k->news.n_new);
                route_extent_add_sources(&k->sources, k->desired + k->news.first, k->news.n_new);
        }
}

bool route_keeper_heeds_networks(const RouteKeeper *k) {
        const Route *routes = k->desired ?: k->former;
        size_t n_routes = k->desired ? k->n_desired : k->n_former;

        return k->config->overlap_policy != CONFIG_OVERLAP_WARN || k->made.is_fitted ||
                route_overlap_is_tied(routes, n_routes, k->ifindex, k->networks, k->n_networks);
}

/* Whether a network is in the place of one of the routes that came or went. */
static bool keeper_changes_tied(const RouteKeeper *k, const Config *config) {
        for (size_t i = 0; i < k->made.n_changed; i++) {
                const Route route = route_set_get_route(config, &k->made.changed[i], k->ifindex);

                if (route_find_rival(k->networks, k->n_networks, &route))
                        return true;
        }

        return false;
}

/* The networks of this host take routes out of the set, or put others in. */
static bool keeper_has_basis(const RouteKeeper *k, const Config *config,
                             const RouteSetBasis *basis) {

        return k->made.is_known && !route_keeper_heeds_networks(k) &&
                route_set_basis_is_same(basis, &k->made.basis) && !keeper_changes_tied(k, config);
}

int route_keeper_make_desired(RouteKeeper *k, RouteKeeperActions *actions) {
        _cleanup_free_ ConfigRoute *routes = NULL;
        RouteSetBasis basis;
        bool can_renew;
        Config config;
        int r;

        /*
         * The configuration as if it had the offered routes in it, which are pinned and checked
         * alike, and the VRF's table; and no IPv6 unless the server has it.
         */
        r = route_set_join(k->config, k->offered, k->n_offered, &config, &routes);
        if (r < 0)
                return r;

        if (route_keeper_wants_vrf(k))
                config.route_table = k->vrf.table;
        if (!k->link.has_ipv6)
                config.ipv6 = CONFIG_IPV6_IGNORE;

        basis = route_set_get_basis(&config, k->ifindex, k->link.peer, &k->uplink);
        if (k->desired && k->made.n_changed == 0 && keeper_has_basis(k, &config, &basis))
                return 0;

        /* Nobody else knows of routes without an interface that are not desired any more. */
        can_renew = k->settled && !k->desired && keeper_has_basis(k, &config, &basis);
        r = route_keeper_retire_desired(k);
        if (r < 0)
                return r;

        r = can_renew ? keeper_renew_desired(k, &config, actions) : ROUTE_SET_E_PIN;
        if (r == ROUTE_SET_E_PIN) {
                r = keeper_make_desired_anew(k, &config, actions);
                k->made.n_pins = r < 0 ? 0 : keeper_count_pins(k);
                k->extent = k->sources = (RouteExtent){ 0 };
                route_extent_add(&k->extent, k->former, k->n_former);
        }
        keeper_note_extent(k);

        keeper_forget_basis(k);
        if (r < 0)
                return r;

        k->made.is_known = true;
        k->made.basis = basis;
        k->n_pins = k->made.n_pins;
        return 0;
}

size_t route_keeper_count_routes(const RouteKeeper *k) {
        return k->n_desired - k->n_pins;
}

/* While the interface is down the kernel refuses its routes. */
static bool keeper_can_have(const RouteKeeper *k, const Route *route) {
        return k->link_up || route->ifindex != k->ifindex;
}

/* Whether another interface in the VRF is in a network that has the peer's address. */
static bool keeper_has_network_of_peer(const RouteKeeper *k) {
        for (size_t i = 0; i < k->n_networks; i++)
                if (k->networks[i].table == k->vrf.table &&
                    route_covers(&k->networks[i], k->link.peer))
                        return true;

        return false;
}

/*
 * The kernel makes a route to the peer, whose address is the server's choice: it may be that of our
 * gateway, of a name server, or the server's own (GRE-09), whose packets then go into the tunnel.
 * So it stays only if the configuration sends that address into the tunnel as well, and does not
 * want a route in its place that leads nowhere.
 *
 * In the table of a VRF it stays unless a neighbour there may have that address: without it the
 * kernel knows no way to the peer, not even from a socket that is bound to the interface
 * (ip_route_output_key_hash_rcu() of net/ipv4/route.c takes nothing to be on the link of an
 * interface in a VRF), and the ping that proves the tunnel could not be sent.
 */
static bool keeper_wants_peer_route(const RouteKeeper *k, const Route *ours) {
        if (k->link.peer.s_addr == k->uplink.server.s_addr && !route_keeper_wants_vrf(k))
                return false;
        if (ours && route_leads_nowhere(ours))
                return false;

        if (route_leads_to(k->desired, k->n_desired, k->ifindex, k->link.peer))
                return true;

        return route_keeper_wants_vrf(k) && !keeper_has_network_of_peer(k);
}

bool route_keeper_wants_peer_route(const RouteKeeper *k) {
        const Route peer = route_keeper_get_peer_route(k);

        return keeper_wants_peer_route(k, route_find_rival(k->desired, k->n_desired, &peer));
}

Route route_keeper_get_peer_route(const RouteKeeper *k) {
        return route_set_get_peer_route(k->ifindex,
                                        route_keeper_wants_vrf(k) ? k->vrf.table : RT_TABLE_MAIN,
                                        k->link.local, k->link.peer);
}

bool route_keeper_is_peer_route(const RouteKeeper *k, const Route *route) {
        Route peer;

        /* This is asked of each route that is listed, so the cheap part comes first. */
        if (route->protocol != RTPROT_KERNEL || route->type != RTN_UNICAST ||
            route->ifindex != k->ifindex)
                return false;

        peer = route_keeper_get_peer_route(k);
        return route_is_rival(route, &peer);
}

bool route_keeper_has_from_kernel(const RouteKeeper *k, const Route *route) {
        Route peer;

        if (k->lacks_peer_route || route->is_ipv6 ||
            route->destination.s_addr != k->link.peer.s_addr || route->type != RTN_UNICAST ||
            route->ifindex != k->ifindex)
                return false;

        peer = route_keeper_get_peer_route(k);
        /* This looks routes up, so it comes last, and only for one route. */
        return route_is_rival(route, &peer) && keeper_wants_peer_route(k, route);
}

/* Some routes of an array. Only where one of them is left out there is a copy of the others. */
typedef struct RouteSelection {
        const Route *routes;
        size_t n_routes;
        Route *copy;
} RouteSelection;

static void selection_done(RouteSelection *s) {
        free(s->copy);
}

static int selection_leave_out(RouteSelection *s, const Route *routes, size_t n_routes, size_t i) {
        if (!s->copy) {
                s->copy = calloc(n_routes, sizeof(*s->copy));
                if (!s->copy)
                        return -ENOMEM;

                memcpy(s->copy, routes, i * sizeof(*routes));
                s->routes = s->copy;
        }

        return 0;
}

/* Takes those routes of the array for which the function holds. Returns 0 or -ENOMEM. */
static int keeper_select(const RouteKeeper *k, const Route *routes, size_t n_routes,
                         bool (*is_taken)(const RouteKeeper *k, const Route *route),
                         RouteSelection *s) {

        int r;

        s->routes = routes;
        for (size_t i = 0; i < n_routes; i++) {
                if (!is_taken(k, &routes[i])) {
                        r = selection_leave_out(s, routes, n_routes, i);
                        if (r < 0)
                                return r;
                        continue;
                }

                if (s->copy)
                        s->copy[s->n_routes] = routes[i];
                s->n_routes++;
        }

        return 0;
}

static bool keeper_owns(const RouteKeeper *k, const Route *route) {
        return route_owner_is(route, k->ifindex, k->desired, k->n_desired) ||
                route_owner_is(route, k->ifindex, k->former, k->n_former);
}

/* Of the desired routes those that the kernel can have, and has not made itself. */
static bool keeper_wants(const RouteKeeper *k, const Route *route) {
        return keeper_can_have(k, route) && !route_keeper_has_from_kernel(k, route);
}

/*
 * The kernel's own route to the peer goes where nothing is to lead there; first of all if its place
 * is for one of ours that leads nowhere. Where it stands for one of ours, that is to be announced
 * whose place it is in.
 */
static int keeper_plan_peer_route(RouteKeeper *k, RoutePlan *plan) {
        const Route peer = route_keeper_get_peer_route(k);
        const Route *ours = route_find_rival(k->desired, k->n_desired, &peer);

        if (!keeper_wants_peer_route(k, ours)) {
                k->lacks_peer_route = true;
                if (ours)
                        return route_plan_add_clear(plan, &peer);
                return route_plan_add_delete(plan, &peer);
        }

        if (ours && route_keeper_has_from_kernel(k, ours))
                route_keeper_note_place(k, ours);
        return 0;
}

/*
 * A cover of this tunnel (route-cover.h) may be in the place of a route that comes with the same
 * reload that takes the cover away, sooner or later: then the route replaces it. Not so one that
 * the configuration asks for: the route is of the one before then, and about to go.
 */
static int keeper_replace_covers(const RouteKeeper *k, const Route *routes, size_t n_routes,
                                 RoutePlan *plan) {

        static const RouteUplink nowhere = { 0 };
        const uint32_t tag = k->may_have_covers ? tunnel_tag_make(k->config->name) : 0;
        _cleanup_free_ Route *covers = NULL, *wanted = NULL;
        _cleanup_free_ ConfigRoute *joined = NULL;
        size_t n_covers = 0, n_wanted, n = 0;
        Config config;
        int r;

        for (size_t i = 0; i < n_routes && tag != 0; i++)
                n_covers += route_owner_get_tag(&routes[i]) == tag;
        if (n_covers == 0 || plan->n_adds == 0)
                return 0;

        covers = calloc(n_covers, sizeof(*covers));
        if (!covers)
                return -ENOMEM;
        r = route_set_join(k->config, k->offered, k->n_offered, &config, &joined);
        if (r >= 0)
                r = route_cover_make(&config, &nowhere, k->networks, k->n_networks, &wanted,
                                     &n_wanted);
        if (r < 0)
                return r;

        for (size_t i = 0; i < n_routes; i++)
                if (route_owner_get_tag(&routes[i]) == tag &&
                    !route_find_rival(wanted, n_wanted, &routes[i]))
                        covers[n++] = routes[i];
        route_sort(covers, n);
        return route_plan_replace(plan, covers, n);
}

int route_keeper_make_plan(RouteKeeper *k, bool news_only, const Route *routes, size_t n_routes,
                           RoutePlan *ret_plan) {

        /* Without any route there is no array to point into. */
        const Route *desired =
                news_only && k->news.first > 0 ? k->desired + k->news.first : k->desired;
        size_t n_desired = news_only ? k->news.n_new : k->n_desired;

        _cleanup_(selection_done) RouteSelection owned = { 0 }, wanted = { 0 };
        int r;

        r = keeper_select(k, routes, n_routes, keeper_owns, &owned);
        if (r >= 0 && k->mode == KEEPER_KEEPING)
                r = keeper_select(k, desired, n_desired, keeper_wants, &wanted);
        if (r >= 0)
                r = route_plan_make(wanted.routes, wanted.n_routes, owned.routes, owned.n_routes,
                                    ret_plan);
        if (r < 0)
                return r;

        if (k->mode == KEEPER_KEEPING) {
                r = keeper_replace_covers(k, routes, n_routes, ret_plan);
                if (r >= 0)
                        r = keeper_plan_peer_route(k, ret_plan);
                if (r < 0)
                        route_plan_done(ret_plan);
        }

        return r;
}
