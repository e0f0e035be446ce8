/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The steps of a change of routes, and what begins one. See route-keeper.h. */

#include "core/route/route-keeper.h"

#include <assert.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "core/base/text.h"
#include "core/route/route-keeper-internal.h"
#include "core/route/route-owner.h"

/* ---- the steps ---- */

static void keeper_cancel(RouteKeeper *k, RouteKeeperActions *actions) {
        if (k->stage != KEEPER_QUIET)
                route_keeper_add(actions, ROUTE_KEEPER_ACTION_CANCEL);

        k->stage = KEEPER_QUIET;
        k->stale = false;
}

/* The request under way is answered. Returns which it was. */
static KeeperStage keeper_take_answer(RouteKeeper *k) {
        KeeperStage stage = k->stage;

        k->stage = KEEPER_QUIET;
        return stage;
}

static void keeper_find_link(RouteKeeper *k, KeeperStage stage, RouteKeeperActions *actions) {
        RouteKeeperAction *action = route_keeper_add(actions, ROUTE_KEEPER_ACTION_FIND_LINK);

        /* Another interface may have come by the name since. */
        if (stage == KEEPER_FINDING_LINK_AGAIN)
                action->link.ifindex = k->ifindex;
        else
                snprintf(action->link.name, sizeof(action->link.name), "%s", k->link.ifname);
        k->stage = stage;
}

/* family: AF_UNSPEC for both; protocol and table: 0 for all */
static void keeper_list(RouteKeeper *k, KeeperStage stage, uint8_t family, uint8_t protocol,
                        uint32_t table, RouteKeeperActions *actions) {

        RouteKeeperAction *action = route_keeper_add(actions, ROUTE_KEEPER_ACTION_LIST);

        action->list.family = family;
        action->list.protocol = protocol;
        action->list.table = table;
        k->stage = stage;
}

/* What the kernel made itself: networks of this host, and what stands for addresses. */
static void keeper_list_kernels(RouteKeeper *k, KeeperStage stage, RouteKeeperActions *actions) {
        keeper_list(k, stage, route_keeper_has_ipv6(k) ? AF_UNSPEC : AF_INET, RTPROT_KERNEL, 0,
                    actions);
}

/*
 * Looks whether the interface has its addresses, for each of which the kernel has a local route:
 * nobody heard of what happened to them before the interface was found, or while announcements were
 * lost. Returns whether one is missing.
 */
static bool keeper_misses_address(RouteKeeper *k, const Route *routes, size_t n_routes) {
        bool has_address = false, has_address6 = !route_keeper_has_ipv6(k);

        k->addresses_unseen = !k->link_up;
        if (!k->link_up)
                return false; /* the kernel has dropped those routes, too */

        for (size_t i = 0; i < n_routes; i++) {
                const Route *r = &routes[i];

                if (r->type != RTN_LOCAL || r->ifindex != k->ifindex)
                        continue;
                if (r->is_ipv6)
                        has_address6 |= IN6_ARE_ADDR_EQUAL(&r->destination6, &k->local6);
                else
                        has_address |= r->destination.s_addr == k->link.local.s_addr;
        }

        k->has_address = k->has_address && has_address;
        k->has_address6 = k->has_address6 && has_address6;
        return !has_address || (!has_address6 && k->address6_refused == 0);
}

static void keeper_list_ours(RouteKeeper *k, RouteKeeperActions *actions) {
        keeper_list(k, KEEPER_LISTING_OURS, AF_UNSPEC, ROUTE_PROTOCOL_PPTP, 0, actions);
}

/* The kernel makes its route to the peer along with it; others of the interface were dropped. */
static void keeper_set_address(RouteKeeper *k, RouteKeeperActions *actions) {
        RouteKeeperAction *action = route_keeper_add(actions, ROUTE_KEEPER_ACTION_SET_ADDRESS);

        action->address.ifindex = k->ifindex;
        action->address.local = k->link.local;
        action->address.peer = k->link.peer;
        k->stage = KEEPER_SETTING_ADDRESS;
}

static void keeper_set_address6(RouteKeeper *k, RouteKeeperActions *actions) {
        RouteKeeperAction *action = route_keeper_add(actions, ROUTE_KEEPER_ACTION_SET_ADDRESS6);

        action->address6.ifindex = k->ifindex;
        action->address6.local = k->local6;
        action->address6.peer = k->peer6;
        k->stage = KEEPER_SETTING_ADDRESS6;
}

/* Whether a request may be granted if it is made once more: its answer was lost, for example. */
static bool is_passing(int error) {
        return error == -ENOBUFS || error == -ENOMEM || error == -EAGAIN;
}

/*
 * How to mend what the kernel refuses the address for: addrconf_add_dev() of its
 * net/ipv6/addrconf.c says EACCES with disable_ipv6, ipv6_add_dev() EINVAL with too small an MTU.
 */
static void keeper_add_mending(const RouteKeeper *k, int error, TextBuilder *t) {
        const char *name = k->link.ifname;
        char point = strchr(name, '.') ? '/' : '.'; /* as sysctl(8) would have it */

        if (error == -EACCES)
                text_addf(t,
                          "; IPv6 was switched off there: run \"sysctl "
                          "net%cipv6%cconf%c%s%cdisable_ipv6=0\"%s, then \"systemctl reload "
                          "pptp@%s\"",
                          point, point, point, name, point,
                          k->config->network_namespace ? " in its network namespace" : "",
                          k->config->name);
        if (error == -EINVAL)
                text_add(t, "; if its MTU is below the 1280 bytes that IPv6 needs, raise that");
}

static void keeper_log_address6_refused(RouteKeeper *k, int error, const char *words,
                                        RouteKeeperActions *actions) {

        char text[ROUTE_KEEPER_TEXT_MAX_BYTES];
        TextBuilder t = text_builder(text, sizeof(text));
        bool is_known = k->guard.slow || k->address6_told == error;

        text_addf(&t, "Cannot put the address %s back on %s: %s%s%s%s", TEXT_IPV6(k->local6),
                  k->link.ifname, strerrordesc_np(-error), words ? " (" : "", words ?: "",
                  words ? ")" : "");
        keeper_add_mending(k, error, &t);
        route_keeper_log(actions, is_known ? LOG_DEBUG : LOG_WARNING, ROUTE_KEEPER_SUBJECT_OTHERS,
                         text);
        k->address6_told = error;
}

/*
 * The routes do not need it: where the kernel refuses it, it is given up until the interface, the
 * configuration or the connection is another.
 */
static void keeper_on_address6_set(RouteKeeper *k, const RouteKeeperEvent *event, uint64_t now,
                                   RouteKeeperActions *actions) {

        const char *words = event->address_set.text;

        if (is_passing(event->address_set.error)) {
                route_keeper_fail(k, event->address_set.error, words, 0, now, actions);
                return;
        }

        k->address6_refused = event->address_set.error == -EEXIST ? 0 : event->address_set.error;
        if (k->address6_refused < 0)
                keeper_log_address6_refused(k, k->address6_refused, words, actions);
        else {
                k->has_address6 = k->link_up; /* that may have been set down meanwhile */
                k->address6_told = 0;
        }
        route_keeper_put_right(k, now, actions);
}

static void keeper_on_address_set(RouteKeeper *k, const RouteKeeperEvent *event, uint64_t now,
                                  RouteKeeperActions *actions) {

        if (keeper_take_answer(k) == KEEPER_SETTING_ADDRESS6) {
                keeper_on_address6_set(k, event, now, actions);
                return;
        }

        if (event->address_set.error < 0) {
                route_keeper_fail(k, event->address_set.error, event->address_set.text, 0, now,
                                  actions);
                return;
        }

        k->has_address = true;
        k->lacks_peer_route = false;
        if (k->link_up) /* it may have been set down meanwhile, which is still to be told */
                k->down_usec = USEC_INFINITY;
        route_keeper_put_right(k, now, actions);
}

/* Plans a look at the networks of this host, unless there is to be one already. */
static void keeper_plan_networks(RouteKeeper *k, uint64_t now) {
        if (k->networks_usec == USEC_INFINITY)
                k->networks_usec = now + ROUTE_KEEPER_NETWORKS_USEC;
}

/* Makes the set of routes anew, and asks what the kernel has of them. */
static void keeper_look_at_ours(RouteKeeper *k, uint64_t now, RouteKeeperActions *actions) {
        int r = route_keeper_make_desired(k, actions);

        if (k->networks_stale)
                keeper_plan_networks(k, now);
        if (r < 0)
                route_keeper_fail(k, r, NULL, 0, now, actions);
        else
                keeper_list_ours(k, actions);
}

static void keeper_on_link_found(RouteKeeper *k, const RouteKeeperEvent *event, uint64_t now,
                                 RouteKeeperActions *actions) {

        bool again = keeper_take_answer(k) == KEEPER_FINDING_LINK_AGAIN;
        int r = event->found.error;

        if (again && r == -ENODEV) {
                route_keeper_interface_gone(k, actions);
                return;
        }

        if (r >= 0) {
                k->settled = k->settled && k->ifindex == event->found.ifindex && event->found.up;
                k->ifindex = event->found.ifindex;
                k->vrf.master = event->found.master;
                k->link_doubtful = false;
                route_keeper_note_link(k, event->found.up, now);
        }

        if (r < 0) {
                route_keeper_fail(k, r, event->found.text, 0, now, actions);
                return;
        }

        if (!again)
                route_keeper_warn_of_server_routes(k, actions);
        if (route_keeper_wants_vrf(k))
                route_keeper_enter_vrf(k, actions);
        else if (again)
                keeper_look_at_ours(k, now, actions);
        else
                route_keeper_in_vrf(k, now, actions);
}

/* Carries out what route_keeper_make_plan() says. */
static void keeper_carry_out(RouteKeeper *k, bool news_only, const Route *routes, size_t n_routes,
                             uint64_t now, RouteKeeperActions *actions) {

        char conflict[ROUTE_KEEPER_TEXT_MAX_BYTES];
        RoutePlan plan = { 0 };
        int r;

        /*
         * Warns here, where every change comes by, since the gateway may be another one than at the
         * last.
         */
        if (k->mode == KEEPER_KEEPING &&
            route_keeper_finds_conflict(k, conflict, sizeof(conflict))) {
                route_keeper_fail(k, -EADDRINUSE, conflict, 0, now, actions);
                return;
        }

        r = route_keeper_make_plan(k, news_only, routes, n_routes, &plan);
        if (r < 0) {
                route_keeper_fail(k, r, NULL, 0, now, actions);
                return;
        }

        k->settled = false;
        k->may_stand = true;
        k->refused_error = 0;
        k->refused_for_source = false;
        k->n_refused = 0;
        k->knows_no_covers = news_only && k->may_have_covers;
        k->met_cover = false;
        k->stage = KEEPER_CHANGING;
        route_keeper_add(actions, ROUTE_KEEPER_ACTION_CHANGE)->plan = plan;
}

/* Changes what differs between these, which the kernel has of ours, and what is desired. */
static void keeper_change(RouteKeeper *k, const Route *routes, size_t n_routes, uint64_t now,
                          RouteKeeperActions *actions) {

        keeper_carry_out(k, false, routes, n_routes, now, actions);
}

/* Changes what differs between what was desired when all of it stood, and what is desired. */
static void keeper_change_news(RouteKeeper *k, uint64_t now, RouteKeeperActions *actions) {
        keeper_carry_out(k, true, k->former, k->n_former, now, actions);
}

void route_keeper_in_vrf(RouteKeeper *k, uint64_t now, RouteKeeperActions *actions) {
        int r = route_keeper_make_desired(k, actions);

        if (r < 0)
                route_keeper_fail(k, r, NULL, 0, now, actions);
        /* To list a hundred thousand routes costs more than to add one to them. */
        else if (k->settled && !k->networks_stale) {
                route_keeper_warn_of_addresses(k, NULL, 0, actions);
                keeper_change_news(k, now, actions);
        } else
                keeper_list_kernels(k, KEEPER_LISTING_CONNECTED, actions);
}

/* What a look at the routes that the kernel made itself tells. */
typedef struct KernelsLook {
        bool is_answered;
        bool misses_address; /* of the interface */
        bool lost_peer_route;
        bool moot_peer_route; /* it is wanted, and was not before; or the other way round */
} KernelsLook;

/*
 * Takes the networks of this host, what stands for the interface's addresses, and the route to the
 * peer. That may stand for one of the configuration, which is not settled once it is gone. Without
 * an answer everything is as it was before, until the next look.
 */
static KernelsLook keeper_take_kernels(RouteKeeper *k, const RouteKeeperEvent *event,
                                       uint64_t now) {

        const Route *routes = event->listed.routes;
        size_t n_routes = event->listed.n_routes;
        bool lacked_peer_route = k->lacks_peer_route;
        bool wanted_peer_route = route_keeper_wants_peer_route(k);
        KernelsLook look = { 0 };

        if (event->listed.error < 0 || route_keeper_take_networks(k, routes, n_routes) < 0) {
                keeper_plan_networks(k, now);
                return look;
        }

        look.is_answered = true;
        look.misses_address = keeper_misses_address(k, routes, n_routes);
        look.lost_peer_route = k->lacks_peer_route && !lacked_peer_route;
        look.moot_peer_route = route_keeper_wants_peer_route(k) != wanted_peer_route;
        k->settled = k->settled && !look.lost_peer_route && !look.moot_peer_route;
        return look;
}

static void keeper_on_connected(RouteKeeper *k, const RouteKeeperEvent *event, uint64_t now,
                                RouteKeeperActions *actions) {

        const KernelsLook look = keeper_take_kernels(k, event, now);
        int r = 0;

        if (look.is_answered)
                route_keeper_warn_of_addresses(k, event->listed.routes, event->listed.n_routes,
                                               actions);

        if (route_keeper_heeds_networks(k))
                r = route_keeper_make_desired(k, actions);
        else
                route_keeper_look_for_overlaps(k, actions);
        if (r < 0)
                route_keeper_fail(k, r, NULL, 0, now, actions);
        else if (look.misses_address)
                route_keeper_put_right(k, now, actions);
        else if (k->settled)
                keeper_change_news(k, now, actions);
        else
                keeper_list_ours(k, actions);
}

static void keeper_on_networks(RouteKeeper *k, const RouteKeeperEvent *event, uint64_t now,
                               RouteKeeperActions *actions) {

        const KernelsLook look = keeper_take_kernels(k, event, now);
        bool is_other_set = route_keeper_heeds_networks(k);

        /* Waits a moment: pppd takes them away as well, and is about to tell. */
        if (look.misses_address)
                k->put_back_usec = MIN(k->put_back_usec, now + ROUTE_GUARD_GATHER_USEC);

        if (look.is_answered && (is_other_set || look.lost_peer_route || look.moot_peer_route))
                k->stale = true;
        else if (look.is_answered)
                route_keeper_look_for_overlaps(k, actions);

        if (k->stale)
                route_keeper_put_right(k, now, actions);
}

static void keeper_on_ours(RouteKeeper *k, const RouteKeeperEvent *event, uint64_t now,
                           RouteKeeperActions *actions) {

        _cleanup_free_ Route *doubted = NULL;
        int r = event->listed.error;

        if (r < 0) {
                route_keeper_fail(k, r, event->listed.text, 0, now, actions);
                return;
        }

        route_keeper_trim_former(k, event->listed.routes, event->listed.n_routes);
        if (k->doubts_sources && k->mode == KEEPER_KEEPING)
                r = route_keeper_doubt_sources(event->listed.routes, event->listed.n_routes,
                                               &doubted);
        if (r < 0)
                route_keeper_fail(k, r, NULL, 0, now, actions);
        else
                keeper_change(k, doubted ?: event->listed.routes, event->listed.n_routes, now,
                              actions);
}

/*
 * Whether a cover may be in the way: the change was made without a listing of what the kernel has,
 * which tells.
 */
static bool keeper_meets_cover(const RouteKeeper *k, int error) {
        return k->knows_no_covers && error == -EEXIST;
}

static void keeper_on_refused(RouteKeeper *k, const RouteKeeperEvent *event,
                              RouteKeeperActions *actions) {

        const char *words = event->refused.text;
        bool is_known = k->told || k->refusals_told;
        char description[128], text[ROUTE_KEEPER_TEXT_MAX_BYTES];

        route_describe(event->refused.route, description, sizeof(description));
        if (k->refused_error == 0) {
                k->refused_error = event->refused.error;
                k->refused_route = *event->refused.route;
                k->refused_for_source = route_keeper_lacks_source(k, event);
                if (!k->refused_for_source)
                        snprintf(k->refused_text, sizeof(k->refused_text), "%s%s%s%s", description,
                                 words ? " (" : "", words ?: "", words ? ")" : "");
        }

        if (keeper_meets_cover(k, event->refused.error)) {
                k->met_cover = true;
                return;
        }

        snprintf(text, sizeof(text), "Kernel refused to %s route %s: %s%s%s",
                 event->refused.deleting ? "delete" : "add", description,
                 strerrordesc_np(-event->refused.error), words ? ": " : "", words ?: "");
        /* The same refusal again at the next try is not reported, nor all of ten thousand. */
        route_keeper_log(actions,
                         ++k->n_refused > ROUTE_KEEPER_REFUSALS_TOLD_MAX || is_known ? LOG_DEBUG :
                                                                                       LOG_WARNING,
                         ROUTE_KEEPER_SUBJECT_CHANGE, text);
}

static void keeper_count_refused(const RouteKeeper *k, RouteKeeperActions *actions) {
        char text[ROUTE_KEEPER_TEXT_MAX_BYTES];

        if (k->n_refused <= ROUTE_KEEPER_REFUSALS_TOLD_MAX || k->told || k->refusals_told)
                return;

        snprintf(text, sizeof(text), "Kernel refused %zu more routes",
                 k->n_refused - ROUTE_KEEPER_REFUSALS_TOLD_MAX);
        route_keeper_log(actions, LOG_WARNING, ROUTE_KEEPER_SUBJECT_CHANGE, text);
}

static void keeper_fail_refused(RouteKeeper *k, uint64_t now, RouteKeeperActions *actions) {
        if (k->refused_for_source)
                route_keeper_fail_for_source(k, now, actions);
        else
                route_keeper_fail(k, k->refused_error, k->refused_text, 0, now, actions);
}

static void keeper_on_changed(RouteKeeper *k, const RouteKeeperEvent *event, uint64_t now,
                              RouteKeeperActions *actions) {

        bool again = k->stale || k->met_cover;

        (void) keeper_take_answer(k);
        keeper_count_refused(k, actions);
        k->refusals_told = again && (k->refusals_told || k->n_refused > 0);
        /* What was to be replaced or deleted is there yet if that was refused. */
        if (event->changed.error == 0 && event->changed.n_refused == 0)
                route_keeper_forget_former(k);

        if (k->mode == KEEPER_REMOVING) {
                k->mode = KEEPER_IDLE;
                route_keeper_add(actions, ROUTE_KEEPER_ACTION_REMOVED);
        } else if (again)
                route_keeper_put_right(k, now, actions);
        else if (event->changed.n_refused > 0 && k->refused_error == -EEXIST)
                keeper_list(k, KEEPER_LISTING_RIVALS, k->refused_route.is_ipv6 ? AF_INET6 : AF_INET,
                            0, k->refused_route.table, actions);
        else if (event->changed.n_refused > 0)
                keeper_fail_refused(k, now, actions);
        else if (event->changed.error < 0)
                route_keeper_fail(k, event->changed.error, NULL, 0, now, actions);
        else if (route_keeper_is_vrf_off(k))
                route_keeper_tell_vrf_off(k, now, actions);
        else if (k->link_up && k->has_address) {
                /* What was missing is mended, and that may have been the address's reason, too. */
                if (k->told)
                        k->address6_refused = 0;
                k->told = false;
                k->stood = true;
                k->doubts_sources = k->lost_source; /* one more went meanwhile */
                /* What was removed meanwhile is yet to be put back. */
                k->settled = k->put_back_usec == USEC_INFINITY;
                k->retry_usec = USEC_INFINITY;
                k->retry_delay_usec = 0;
                route_keeper_add(actions, ROUTE_KEEPER_ACTION_INSTALLED)->count =
                        route_keeper_count_routes(k);
                /* A reload forgot that it was to be put back. */
                if (route_keeper_lacks_address6(k) && k->put_back_usec == USEC_INFINITY)
                        route_keeper_put_right(k, now, actions);
        }
}

/*
 * Whether it is a network of this host that came after the last look at those: then ours is left
 * out once they are listed anew.
 */
static bool keeper_is_new_network(const RouteKeeper *k, const Route *rival) {
        return route_overlap_is_network(rival, k->ifindex) &&
                k->refused_route.type == RTN_UNICAST && k->refused_route.ifindex == k->ifindex &&
                !route_find_rival(k->networks, k->n_networks, rival);
}

/* Asks whose route is in the way. If that is gone by then, the next try adds ours. */
static void keeper_on_rivals(RouteKeeper *k, const RouteKeeperEvent *event, uint64_t now,
                             RouteKeeperActions *actions) {

        char text[ROUTE_KEEPER_TEXT_MAX_BYTES];

        for (size_t i = 0; event->listed.error >= 0 && i < event->listed.n_routes; i++) {
                const Route *rival = &event->listed.routes[i];

                if (!route_is_rival(rival, &k->refused_route))
                        continue;

                /* If it was thought to be gone, and is as good as ours, that is all there is. */
                if (k->lacks_peer_route && route_keeper_is_peer_route(k, rival)) {
                        k->lacks_peer_route = false;
                        if (route_keeper_has_from_kernel(k, &k->refused_route)) {
                                route_keeper_put_right(k, now, actions);
                                return;
                        }
                }

                if (keeper_is_new_network(k, rival)) {
                        k->stale = true;
                        keeper_list(k, KEEPER_LISTING_NETWORKS, AF_UNSPEC, RTPROT_KERNEL, 0,
                                    actions);
                        return;
                }

                route_describe_rival(&k->refused_route, rival, text, sizeof(text));
                route_keeper_fail(k, -EEXIST, text, rival->ifindex, now, actions);
                return;
        }

        route_keeper_fail(k, -EEXIST, k->refused_text, 0, now, actions);
}

/* ---- what begins a change ---- */

void route_keeper_put_right(RouteKeeper *k, uint64_t now, RouteKeeperActions *actions) {
        if (k->mode != KEEPER_KEEPING)
                return;

        k->retry_usec = USEC_INFINITY;
        /* It was never found: that is where everything begins. */
        if (k->ifindex == 0) {
                if (k->stage == KEEPER_QUIET)
                        keeper_find_link(k, KEEPER_FINDING_LINK, actions);
                return;
        }

        k->settled = false;
        k->stale = k->stage != KEEPER_QUIET;
        if (k->stale)
                return;

        /* The answer to that request was lost. */
        if (k->link_doubtful) {
                keeper_find_link(k, KEEPER_FINDING_LINK_AGAIN, actions);
                return;
        }

        /*
         * pppd sets the interface down before it takes the address away, and up afterwards; with
         * IPv6 in the tunnel it stays up.
         */
        if (!k->has_address && k->suspended)
                return;

        /*
         * Without it nobody knows which table the routes go to, and with its joining the IPv6
         * address is lost once more.
         */
        if (!route_keeper_is_in_vrf(k) || route_keeper_is_vrf_to_be_up(k)) {
                route_keeper_enter_vrf(k, actions);
                return;
        }

        if (!k->has_address && k->link_up) {
                keeper_set_address(k, actions);
                return;
        }
        if (route_keeper_lacks_address6(k) && k->link_up) {
                keeper_set_address6(k, actions);
                return;
        }

        keeper_look_at_ours(k, now, actions);
}

static void keeper_forget_plans(RouteKeeper *k) {
        k->retry_usec = k->down_usec = k->put_back_usec = k->networks_usec = USEC_INFINITY;
        k->retry_delay_usec = 0;
        k->set_down = false;
        route_keeper_forget_losses(k);
}

/* What IPV6CP agrees on, pppd has given the interface; and taken away when it goes down. */
static void keeper_take_ipv6(RouteKeeper *k, const struct in6_addr *local,
                             const struct in6_addr *peer) {

        k->local6 = *local;
        k->peer6 = *peer;
        k->has_address6 = true;
        k->address6_refused = k->address6_told = 0;
}

static void keeper_forget_ipv6(RouteKeeper *k) {
        const struct in6_addr none = { 0 };

        keeper_take_ipv6(k, &none, &none);
}

/* Who has it read again has mended something: what the kernel refused is tried at once. */
static void keeper_configure(RouteKeeper *k, const Config *config, uint64_t now) {
        route_keeper_take_config(k, config);
        if (k->retry_usec != USEC_INFINITY)
                k->retry_usec = now;
        k->address6_told = 0;
        route_keeper_reconsider_address6(k, now);
}

static void keeper_install(RouteKeeper *k, const RouteKeeperEvent *event, uint64_t now,
                           RouteKeeperActions *actions) {

        int r;

        /* What was announced of an earlier interface says nothing about this one. */
        if (k->mode != KEEPER_KEEPING) {
                k->ifindex = 0;
                k->stood = false;
                k->settled = false;
                k->n_networks = k->n_overlaps = 0;
                k->networks_stale = true;
                k->vrf.ifindex = k->vrf.table = k->vrf.master = 0;
                k->vrf.down = false;
        }

        /*
         * Nobody knows how far a change came that is cancelled here, so the routes are settled only
         * if none is under way.
         */
        k->settled = k->settled && k->stage == KEEPER_QUIET;
        keeper_cancel(k, actions);
        keeper_forget_plans(k);
        k->mode = KEEPER_KEEPING;
        k->told = k->refusals_told = false;
        k->address6_refused = k->address6_told = 0;
        k->suspended = false;
        /*
         * IPCP has seen to it, unless this comes with a reload while an address is being put back:
         * then the look at the networks tells.
         */
        k->networks_stale = k->networks_stale || !k->has_address || !k->link_up;
        /* Of those of IPv6 nobody knows before. */
        k->networks_stale |= k->link.has_ipv6 != event->install.link.has_ipv6;
        k->has_address = k->link_up = true;
        k->link_doubtful = true; /* FIND_LINK tells */
        if (k->link.peer.s_addr != event->install.link.peer.s_addr)
                k->lacks_peer_route = false;
        k->link = event->install.link;
        k->uplink = event->install.uplink;
        k->n_name_servers = MIN(event->install.n_name_servers, ELEMENTSOF(k->name_servers));
        for (size_t i = 0; i < k->n_name_servers; i++)
                k->name_servers[i] = event->install.name_servers[i];

        r = route_keeper_retire_desired(k);
        if (r < 0)
                route_keeper_fail(k, r, NULL, 0, now, actions);
        else
                keeper_find_link(k, KEEPER_FINDING_LINK, actions);
}

static void keeper_remove(RouteKeeper *k, uint64_t now, RouteKeeperActions *actions) {
        k->settled = k->settled && k->stage == KEEPER_QUIET;
        keeper_cancel(k, actions);
        keeper_forget_plans(k);
        keeper_forget_ipv6(k);
        route_keeper_forget_places(k);

        /* Without an interface no route could be ours. */
        if (k->ifindex == 0) {
                k->mode = KEEPER_IDLE;
                route_keeper_add(actions, ROUTE_KEEPER_ACTION_REMOVED);
                return;
        }

        k->mode = KEEPER_REMOVING;
        if (k->settled && k->n_former == 0)
                keeper_change(k, k->desired, k->n_desired, now, actions);
        else
                keeper_list_ours(k, actions);
}

static void keeper_move(RouteKeeper *k, const RouteKeeperEvent *event, uint64_t now,
                        RouteKeeperActions *actions) {

        k->uplink.gateway = event->uplink.gateway;
        k->uplink.gateway6 = event->uplink.gateway6;
        k->uplink.ifindex = event->uplink.ifindex;
        route_keeper_put_right(k, now, actions);
}

/* Announcements were lost: the interface may be down, or gone. */
static void keeper_resync(RouteKeeper *k, RouteKeeperActions *actions) {
        k->settled = false; /* also where a change is under way, which then asks the kernel */
        k->networks_stale = true;
        k->doubts_sources = k->sources.ipv6.n_items > 0;
        k->address6_refused = 0; /* news of the interface may be among them */
        if (k->mode != KEEPER_KEEPING || k->ifindex == 0)
                return;

        if (k->stage == KEEPER_FINDING_LINK)
                return; /* from the beginning already */

        keeper_cancel(k, actions);
        k->has_address = true; /* the look at the networks tells */
        k->link_doubtful = true;
        keeper_find_link(k, KEEPER_FINDING_LINK_AGAIN, actions);
}

void route_keeper_interface_gone(RouteKeeper *k, RouteKeeperActions *actions) {
        if (k->mode != KEEPER_KEEPING)
                return;

        /* What IPV6CP agreed on stands until that goes down, or the routes are removed. */
        keeper_cancel(k, actions);
        keeper_forget_plans(k);
        k->settled = false;
        k->mode = KEEPER_GONE;
        route_keeper_add(actions, ROUTE_KEEPER_ACTION_GONE);
}

/* Another interface got or lost an address, or went up or down: see route_overlap_find(). */
static void keeper_networks(RouteKeeper *k, uint64_t now) {
        k->networks_stale = true;
        if (k->mode == KEEPER_KEEPING)
                keeper_plan_networks(k, now);
}

static void keeper_look_at_networks(RouteKeeper *k, uint64_t now, RouteKeeperActions *actions) {
        k->networks_usec = USEC_INFINITY;
        if (k->mode != KEEPER_KEEPING || k->ifindex == 0)
                return;

        if (k->stage != KEEPER_QUIET)
                k->networks_usec = now + ROUTE_KEEPER_NETWORKS_USEC;
        else
                keeper_list_kernels(k, KEEPER_LISTING_NETWORKS, actions);
}

static void keeper_timer(RouteKeeper *k, uint64_t now, RouteKeeperActions *actions) {
        if (now >= k->put_back_usec)
                route_keeper_put_back(k, now, actions);

        if (now >= k->down_usec)
                route_keeper_tell_down(k, now, actions);

        if (now >= k->retry_usec)
                route_keeper_put_right(k, now, actions);

        if (now >= k->networks_usec)
                keeper_look_at_networks(k, now, actions);
}

/* ---- events ---- */

static void keeper_found(RouteKeeper *k, const RouteKeeperEvent *event, uint64_t now,
                         RouteKeeperActions *actions) {

        if (k->stage != KEEPER_FINDING_VRF) {
                keeper_on_link_found(k, event, now, actions);
                return;
        }

        (void) keeper_take_answer(k);
        route_keeper_on_vrf_found(k, event, now, actions);
}

static void keeper_listed(RouteKeeper *k, const RouteKeeperEvent *event, uint64_t now,
                          RouteKeeperActions *actions) {

        switch (keeper_take_answer(k)) {
        case KEEPER_LISTING_CONNECTED:
                keeper_on_connected(k, event, now, actions);
                break;
        case KEEPER_LISTING_NETWORKS:
                keeper_on_networks(k, event, now, actions);
                break;
        case KEEPER_LISTING_OURS:
                keeper_on_ours(k, event, now, actions);
                break;
        case KEEPER_LISTING_RIVALS:
                keeper_on_rivals(k, event, now, actions);
                break;
        case KEEPER_QUIET:
        case KEEPER_FINDING_LINK:
        case KEEPER_FINDING_LINK_AGAIN:
        case KEEPER_FINDING_VRF:
        case KEEPER_MAKING_VRF:
        case KEEPER_JOINING_VRF:
        case KEEPER_SETTING_VRF_UP:
        case KEEPER_CHANGING:
        case KEEPER_SETTING_ADDRESS:
        case KEEPER_SETTING_ADDRESS6:
                assert(false);
        }
}

void route_keeper_step(RouteKeeper *k, const RouteKeeperEvent *event, uint64_t now_usec,
                       RouteKeeperActions *ret_actions) {

        ret_actions->n_items = 0;

        switch (event->type) {
        case ROUTE_KEEPER_CONFIGURE:
                keeper_configure(k, event->config, now_usec);
                break;
        case ROUTE_KEEPER_OFFER:
                (void) route_keeper_take_offer(k, event->offer.routes, event->offer.n_routes);
                break;
        case ROUTE_KEEPER_INSTALL:
                keeper_install(k, event, now_usec, ret_actions);
                break;
        case ROUTE_KEEPER_REMOVE:
                keeper_remove(k, now_usec, ret_actions);
                break;
        case ROUTE_KEEPER_MOVE:
                keeper_move(k, event, now_usec, ret_actions);
                break;
        case ROUTE_KEEPER_RESYNC:
                keeper_resync(k, ret_actions);
                break;
        case ROUTE_KEEPER_SUSPEND:
                k->suspended = true;
                break;
        case ROUTE_KEEPER_LINK:
                route_keeper_link(k, event, now_usec, ret_actions);
                break;
        case ROUTE_KEEPER_ADDRESS:
                route_keeper_address(k, event->address.address, event->address.removed, now_usec,
                                     ret_actions);
                break;
        case ROUTE_KEEPER_IPV6:
                keeper_take_ipv6(k, &event->ipv6.local, &event->ipv6.peer);
                break;
        case ROUTE_KEEPER_ADDRESS6:
                route_keeper_address6(k, &event->address6.address, event->address6.removed,
                                      now_usec, ret_actions);
                break;
        case ROUTE_KEEPER_ROUTE:
                route_keeper_route(k, event->route.route, event->route.news, now_usec, ret_actions);
                break;
        case ROUTE_KEEPER_SOURCE:
                route_keeper_source(k, event, now_usec, ret_actions);
                break;
        case ROUTE_KEEPER_VRF_LINK:
                route_keeper_vrf_link(k, event, now_usec, ret_actions);
                break;
        case ROUTE_KEEPER_NETWORKS:
                keeper_networks(k, now_usec);
                break;
        case ROUTE_KEEPER_TIMER:
                keeper_timer(k, now_usec, ret_actions);
                break;
        case ROUTE_KEEPER_LINK_FOUND:
                keeper_found(k, event, now_usec, ret_actions);
                break;
        case ROUTE_KEEPER_VRF_DONE:
                route_keeper_on_vrf_done(k, event, now_usec, ret_actions);
                break;
        case ROUTE_KEEPER_LISTED:
                keeper_listed(k, event, now_usec, ret_actions);
                break;
        case ROUTE_KEEPER_REFUSED:
                keeper_on_refused(k, event, ret_actions);
                break;
        case ROUTE_KEEPER_CHANGED:
                keeper_on_changed(k, event, now_usec, ret_actions);
                break;
        case ROUTE_KEEPER_ADDRESS_SET:
                keeper_on_address_set(k, event, now_usec, ret_actions);
                break;
        }
}

/* ---- the keeper ---- */

RouteKeeper *route_keeper_new(void) {
        RouteKeeper *k;

        k = calloc(1, sizeof(*k));
        if (!k)
                return NULL;

        keeper_forget_plans(k);
        return k;
}

RouteKeeper *route_keeper_free(RouteKeeper *k) {
        if (!k)
                return NULL;

        route_keeper_forget_desired(k);
        route_keeper_forget_former(k);
        free(k->made.changed);
        free(k->offered);
        free(k->networks);
        free(k);
        return NULL;
}

uint64_t route_keeper_next_deadline(const RouteKeeper *k) {
        uint64_t of_interface = MIN(k->retry_usec, k->down_usec);
        uint64_t of_others = MIN(k->put_back_usec, k->networks_usec);

        return MIN(of_interface, of_others);
}

uint32_t route_keeper_get_ifindex(const RouteKeeper *k) {
        return k->ifindex;
}

uint32_t route_keeper_get_vrf_table(const RouteKeeper *k) {
        return k->vrf.table;
}

bool route_keeper_seeks_link(const RouteKeeper *k) {
        return k->mode == KEEPER_KEEPING &&
                (k->ifindex == 0 || k->stage == KEEPER_FINDING_LINK ||
                 k->stage == KEEPER_FINDING_LINK_AGAIN);
}

bool route_keeper_hides_server(const RouteKeeper *k) {
        return route_keeper_wants_routes(k) && k->n_pins > 0;
}

bool route_keeper_is_busy(const RouteKeeper *k) {
        return k->stage != KEEPER_QUIET;
}

size_t route_keeper_get_overlaps(const RouteKeeper *k, const RouteOverlap **ret_overlaps) {
        *ret_overlaps = k->overlaps;
        return k->n_overlaps;
}

const RouteExtent *route_keeper_get_extent(const RouteKeeper *k) {
        return &k->extent;
}

const RouteExtent *route_keeper_get_sources(const RouteKeeper *k) {
        return &k->sources;
}

size_t route_keeper_get_places(const RouteKeeper *k, const struct in_addr **ret_places) {
        *ret_places = k->places;
        return k->n_places;
}
