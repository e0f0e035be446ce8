/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "kernel.h"

#include <endian.h>
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/macros.h"

/* The first one that the tunnels get: lo and an uplink were there before. */
#define FIRST_IFINDEX 10

static void announce(Kernel *k, const KernelNews *news) {
        if (k->n_news == KERNEL_NEWS_MAX) {
                kernel_overrun(k);
                return;
        }

        k->news[k->n_news++] = *news;
}

static void announce_link(Kernel *k, bool removed) {
        announce(k,
                 &(KernelNews){
                         .event = { .type = ROUTE_KEEPER_LINK,
                                    .link = { removed, k->up, k->master } },
                         .ifindex = k->ifindex,
                 });
}

static void announce_address(Kernel *k, bool removed) {
        announce(k,
                 &(KernelNews){
                         .event = {
                                 .type = ROUTE_KEEPER_ADDRESS,
                                 .address = { k->link.local, removed },
                         },
                         .ifindex = k->ifindex,
                 });
}

static bool has(const RouteExtent *extent, const Route *route) {
        const RouteRanges *r = route->is_ipv6 ? &extent->ipv6 : &extent->ipv4;
        uint32_t head = be32toh(route->destination.s_addr);

        for (size_t i = 0; i < r->n_items; i++)
                if (head >= r->items[i].first && head <= r->items[i].last)
                        return true;

        return false;
}

/* Of the tunnels' own routes everything is. */
static bool is_watched(const Kernel *k, const Route *route) {
        if (!k->watched[0] || route->protocol == ROUTE_PROTOCOL_PPTP)
                return true;

        for (size_t i = 0; i < ELEMENTSOF(k->watched); i++)
                if (k->watched[i] && has(k->watched[i], route))
                        return true;

        return false;
}

static void announce_route(Kernel *k, const Route *route, RouteNews news) {
        if (news == ROUTE_REPLACED && !is_watched(k, route))
                return;

        announce(k,
                 &(KernelNews){
                         .event = { .type = ROUTE_KEEPER_ROUTE, .route.news = news },
                         .route = *route,
                 });
}

/* ---- routes ---- */

static bool has_same_key(const Route *a, const Route *b) {
        return a->table == b->table && route_has_same_destination(a, b) && a->metric == b->metric;
}

void kernel_drop_route(Kernel *k, size_t i) {
        k->n_routes--;
        memmove(&k->routes[i], &k->routes[i + 1], (k->n_routes - i) * sizeof(k->routes[0]));
}

/* Whether it sends from the address that is missing. */
static bool lacks_source(const Kernel *k, const Route *route) {
        return k->lacks_source && route->is_ipv6 == k->source.is_ipv6 &&
                IN6_ARE_ADDR_EQUAL(&route->preferred_source6, &k->source.preferred_source6);
}

int kernel_add_route(Kernel *k, const Route *route, bool replace) {
        if (lacks_source(k, route))
                return -EINVAL;
        if (route->ifindex >= FIRST_IFINDEX && route->ifindex != k->ifindex)
                return -ENODEV;
        if (route->ifindex != 0 && route->ifindex == k->ifindex && !k->up)
                return -ENETDOWN;
        if (route->ifindex != 0 && route->ifindex == k->ifindex && route->is_ipv6 && k->ipv6_off)
                return -EACCES;
        if (route->ifindex < FIRST_IFINDEX && k->uplinks_down & UINT32_C(1) << route->ifindex)
                return -ENETDOWN;

        for (size_t i = 0; i < k->n_routes; i++)
                if (has_same_key(&k->routes[i], route)) {
                        if (!replace)
                                return -EEXIST;
                        k->routes[i] = *route;
                        announce_route(k, route, ROUTE_REPLACED);
                        return 0;
                }

        if (k->n_routes == KERNEL_ROUTES_MAX)
                return -ENOMEM;

        k->routes[k->n_routes++] = *route;
        announce_route(k, route, ROUTE_ADDED);
        return 0;
}

int kernel_delete_route(Kernel *k, const Route *route) {
        for (size_t i = 0; i < k->n_routes; i++)
                if (has_same_key(&k->routes[i], route) && k->routes[i].type == route->type &&
                    k->routes[i].ifindex == route->ifindex) {
                        const Route gone = k->routes[i];

                        kernel_drop_route(k, i);
                        announce_route(k, &gone, ROUTE_REMOVED);
                        return 0;
                }

        return -ESRCH;
}

const Route *kernel_find_route(const Kernel *k, const Route *route) {
        for (size_t i = 0; i < k->n_routes; i++)
                if (route_compare(&k->routes[i], route) == 0)
                        return &k->routes[i];

        return NULL;
}

/* ---- rules ---- */

int kernel_add_rule(Kernel *k, const RouteRule *rule) {
        if (route_rule_is_among(k->rules, k->n_rules, rule))
                return -EEXIST;
        if (k->n_rules == KERNEL_RULES_MAX)
                return -ENOMEM;

        k->rules[k->n_rules++] = *rule;
        return 0;
}

int kernel_delete_rule(Kernel *k, const RouteRule *rule) {
        for (size_t i = 0; i < k->n_rules; i++)
                if (route_rule_is_same(&k->rules[i], rule)) {
                        announce(k,
                                 &(KernelNews){ .event.type = ROUTE_KEEPER_TIMER, .rule = *rule });
                        k->rules[i] = k->rules[--k->n_rules];
                        return 0;
                }

        return -ENOENT;
}

/* ---- the interface ---- */

/* fib_disable_ip(): without a word. */
static void drop_ipv4_routes(Kernel *k, uint32_t ifindex) {
        for (size_t i = k->n_routes; i-- > 0;)
                if (k->routes[i].ifindex == ifindex && !k->routes[i].is_ipv6)
                        kernel_drop_route(k, i);
}

/* rt6_disable_ip(), which announces what goes. */
static void drop_ipv6_routes(Kernel *k, uint32_t ifindex) {
        for (size_t i = k->n_routes; i-- > 0;)
                if (k->routes[i].ifindex == ifindex && k->routes[i].is_ipv6) {
                        const Route gone = k->routes[i];

                        kernel_drop_route(k, i);
                        announce_route(k, &gone, ROUTE_DROPPED);
                }
}

static void drop_routes_of_interface(Kernel *k, uint32_t ifindex) {
        drop_ipv4_routes(k, ifindex);
        drop_ipv6_routes(k, ifindex);
}

static Route get_peer_route(const Kernel *k) {
        return route_set_get_peer_route(k->ifindex, k->master ? k->vrf_table : RT_TABLE_MAIN,
                                        k->link.local, k->link.peer);
}

/* fib_magic() of the kernel: behind what may be in that place already. */
static void add_peer_route(Kernel *k) {
        const Route route = get_peer_route(k);

        if (!k->up || !k->has_address || k->n_routes == KERNEL_ROUTES_MAX ||
            kernel_find_route(k, &route))
                return;

        k->routes[k->n_routes++] = route;
        announce_route(k, &route, ROUTE_ADDED);
}

/* fib_del_ifaddr(), which announces the end of its own route alone, and fib_disable_ip() */
static void drop_routes_of_address(Kernel *k) {
        const Route route = get_peer_route(k);

        if (kernel_find_route(k, &route))
                (void) kernel_delete_route(k, &route);
        drop_ipv4_routes(k, k->ifindex);
}

void kernel_create_interface(Kernel *k, const RouteLink *link) {
        k->last_ifindex = k->last_ifindex < FIRST_IFINDEX ? FIRST_IFINDEX : k->last_ifindex + 1;
        k->ifindex = k->last_ifindex;
        k->link = *link;
        k->up = k->has_address = true;
        k->has_address6 = k->ipv6_off = false;
        k->master = 0;
        announce_link(k, false);
        announce_address(k, false);
        add_peer_route(k);
}

void kernel_delete_interface(Kernel *k) {
        if (k->ifindex == 0)
                return;

        drop_routes_of_interface(k, k->ifindex);
        k->up = k->has_address = false;
        announce_link(k, true);
        k->ifindex = 0;
}

void kernel_set_address6(Kernel *k, const struct in6_addr *address, bool present) {
        if (k->ifindex == 0 || k->has_address6 == present || (present && k->ipv6_off))
                return;

        k->local6 = *address;
        k->has_address6 = present;
        announce(k,
                 &(KernelNews){
                         .event = {
                                 .type = ROUTE_KEEPER_ADDRESS6,
                                 .address6 = { k->local6, !present },
                         },
                         .ifindex = k->ifindex,
                 });
}

void kernel_set_ipv6_off(Kernel *k, bool off) {
        const struct in6_addr local6 = k->local6;

        if (k->ifindex == 0)
                return;

        k->ipv6_off = off;
        if (off) {
                drop_ipv6_routes(k, k->ifindex);
                kernel_set_address6(k, &local6, false);
        }
}

void kernel_announce_link(Kernel *k) {
        if (k->ifindex != 0)
                announce_link(k, false);
}

void kernel_set_up(Kernel *k, bool up) {
        const struct in6_addr local6 = k->local6;

        if (k->ifindex == 0 || k->up == up)
                return;

        k->up = up;
        announce_link(k, false);
        if (up)
                add_peer_route(k);
        else {
                drop_routes_of_interface(k, k->ifindex);
                kernel_set_address6(k, &local6, false);
        }
}

void kernel_set_address(Kernel *k, bool present) {
        if (k->ifindex == 0 || k->has_address == present)
                return;

        k->has_address = present;
        announce_address(k, !present);
        if (present)
                add_peer_route(k);
        else
                drop_routes_of_address(k);
}

/*
 * vrf_add_slave() and vrf_del_slave(): IPv6 is taken away (NETDEV_CHANGEUPPER), and each ends in
 * cycle_netdev(), which keeps the address of IPv4.
 */
void kernel_set_master(Kernel *k, uint32_t master) {
        const struct in6_addr local6 = k->local6;
        bool was_up = k->up;

        if (k->ifindex == 0 || k->master == master)
                return;

        k->master = master;
        announce_link(k, false);
        drop_ipv6_routes(k, k->ifindex);
        kernel_set_address6(k, &local6, false);
        if (was_up) {
                kernel_set_up(k, false);
                kernel_set_up(k, true);
        }
}

/* vrf_add_fib_rules(), which the kernel calls for the first VRF of a network namespace. */
static void add_l3mdev_rules(Kernel *k) {
        static const uint8_t families[] = { AF_INET, AF_INET6 };

        for (size_t i = 0; i < ELEMENTSOF(families); i++)
                (void) kernel_add_rule(k,
                                       &(RouteRule){
                                               .family = families[i],
                                               .action = FR_ACT_TO_TBL,
                                               .protocol = RTPROT_KERNEL,
                                               .priority = 1000,
                                               .l3mdev = true,
                                       });
}

void kernel_create_vrf(Kernel *k, const char *name, uint32_t table) {
        if (!k->had_vrf)
                add_l3mdev_rules(k);
        k->had_vrf = true;
        k->last_ifindex = k->last_ifindex < FIRST_IFINDEX ? FIRST_IFINDEX : k->last_ifindex + 1;
        k->vrf_ifindex = k->last_ifindex;
        k->vrf_table = table;
        k->vrf_down = false;
        snprintf(k->vrf_name, sizeof(k->vrf_name), "%s", name);
}

void kernel_set_vrf_up(Kernel *k, bool up) {
        if (k->vrf_ifindex == 0 || k->vrf_down == !up)
                return;

        k->vrf_down = !up;
        announce(k,
                 &(KernelNews){
                         .event = {
                                 .type = ROUTE_KEEPER_VRF_LINK,
                                 .vrf_link = { k->vrf_ifindex, up },
                         },
                 });
}

void kernel_delete_vrf(Kernel *k) {
        k->vrf_ifindex = k->vrf_table = 0;
        kernel_set_master(k, 0);
}

void kernel_set_network(Kernel *k, const Route *route, bool present) {
        if (present && k->n_routes < KERNEL_ROUTES_MAX && !kernel_find_route(k, route)) {
                k->routes[k->n_routes++] = *route;
                announce_route(k, route, ROUTE_ADDED);
        } else if (!present && kernel_find_route(k, route))
                (void) kernel_delete_route(k, route);
        else
                return;

        announce(k, &(KernelNews){ .event.type = ROUTE_KEEPER_NETWORKS });
}

void kernel_set_uplink(Kernel *k, uint32_t ifindex, bool up) {
        uint32_t bit = UINT32_C(1) << ifindex;

        k->uplinks_down = up ? k->uplinks_down & ~bit : k->uplinks_down | bit;
        if (!up)
                drop_routes_of_interface(k, ifindex);
}

void kernel_set_source(Kernel *k, const Route *route, bool present) {
        KernelNews news = {
                .event = {
                        .type = ROUTE_KEEPER_SOURCE,
                        .source = {
                                .is_ipv6 = route->is_ipv6,
                                .removed = !present,
                                .address6 = route->preferred_source6,
                        },
                },
        };

        k->lacks_source = !present;
        k->source = *route;
        for (size_t i = k->n_routes; i-- > 0;)
                if (!lacks_source(k, &k->routes[i]))
                        continue;
                else if (!k->routes[i].is_ipv6)
                        kernel_drop_route(k, i);
                else if (!k->keeps_sources)
                        k->routes[i].preferred_source6 = in6addr_any;
        announce(k, &news);
}

/* ---- answers ---- */

static void set_address(Kernel *k, const RouteKeeperAction *a, KernelAnswerFunc func,
                        void *userdata) {

        bool found = k->ifindex != 0 && k->ifindex == a->address.ifindex;
        bool is_ipv6 = a->type == ROUTE_KEEPER_ACTION_SET_ADDRESS6;
        bool refused = found && is_ipv6 && k->ipv6_off;
        bool there = found && is_ipv6 && k->has_address6;

        k->n_refused_address6 += refused;
        if (found && is_ipv6)
                kernel_set_address6(k, &a->address6.local, true);
        else if (found)
                kernel_set_address(k, true);
        func(
                &(RouteKeeperEvent){
                        .type = ROUTE_KEEPER_ADDRESS_SET,
                        .address_set.error = refused ? -EACCES :
                                there                ? -EEXIST :
                                found                ? 0 :
                                                       -ENODEV,
                },
                userdata);
}

static void find_link(const Kernel *k, const RouteKeeperAction *a, KernelAnswerFunc func,
                      void *userdata) {

        bool found = k->ifindex != 0 &&
                (a->link.name[0] ? strcmp(a->link.name, k->link.ifname) == 0 :
                                   a->link.ifindex == k->ifindex);

        bool is_vrf = k->vrf_ifindex != 0 && strcmp(a->link.name, k->vrf_name) == 0;
        RouteKeeperEvent event = {
                .type = ROUTE_KEEPER_LINK_FOUND,
                .found = {
                        .error = found ? 0 : -ENODEV,
                        .ifindex = k->ifindex,
                        .master = k->master,
                        .up = k->up,
                },
        };

        if (is_vrf) {
                event.found.error = 0;
                event.found.ifindex = k->vrf_ifindex;
                event.found.vrf_table = k->vrf_table;
                event.found.up = !k->vrf_down;
        }
        func(&event, userdata);
}

static void change_vrf(Kernel *k, const RouteKeeperAction *a, KernelAnswerFunc func,
                       void *userdata) {

        RouteKeeperEvent event = { .type = ROUTE_KEEPER_VRF_DONE };

        if (a->type == ROUTE_KEEPER_ACTION_MAKE_VRF && k->vrf_ifindex != 0)
                event.vrf_done.error = -EEXIST;
        else if (a->type == ROUTE_KEEPER_ACTION_MAKE_VRF)
                kernel_create_vrf(k, a->vrf.name, a->vrf.table);
        else if (a->type == ROUTE_KEEPER_ACTION_SET_UP_VRF && a->vrf.ifindex != k->vrf_ifindex)
                event.vrf_done.error = -ENODEV;
        else if (a->type == ROUTE_KEEPER_ACTION_SET_UP_VRF)
                kernel_set_vrf_up(k, true);
        else if (a->vrf.ifindex != k->ifindex || k->ifindex == 0 || a->vrf.master != k->vrf_ifindex)
                event.vrf_done.error = -ENODEV;
        else
                kernel_set_master(k, a->vrf.master);

        func(&event, userdata);
}

/* Of the table "local": it has the interface's own addresses, and nobody changes it. */
static Route get_local_route(const Kernel *k, bool is_ipv6) {
        Route route = {
                .is_ipv6 = is_ipv6,
                .prefix_length = is_ipv6 ? 128 : 32,
                .type = RTN_LOCAL,
                .protocol = RTPROT_KERNEL,
                .table = k->master ? k->vrf_table : RT_TABLE_LOCAL,
                .ifindex = k->ifindex,
        };

        if (is_ipv6)
                route.destination6 = k->local6;
        else
                route.destination = k->link.local;
        return route;
}

static bool is_listed(const RouteKeeperAction *a, const Route *route) {
        return (a->list.family == AF_UNSPEC || (a->list.family == AF_INET6) == route->is_ipv6) &&
                (a->list.protocol == 0 || a->list.protocol == route->protocol) &&
                (a->list.table == 0 || a->list.table == route->table);
}

static void list(const Kernel *k, const RouteKeeperAction *a, KernelAnswerFunc func,
                 void *userdata) {

        const Route local = get_local_route(k, false), local6 = get_local_route(k, true);
        Route routes[KERNEL_ROUTES_MAX + 2];
        size_t n = 0;

        for (size_t i = 0; i < k->n_routes; i++)
                if (is_listed(a, &k->routes[i]))
                        routes[n++] = k->routes[i];
        if (k->up && k->has_address && is_listed(a, &local))
                routes[n++] = local;
        if (k->up && k->has_address6 && is_listed(a, &local6))
                routes[n++] = local6;

        func(
                &(RouteKeeperEvent){
                        .type = ROUTE_KEEPER_LISTED,
                        .listed = { .routes = routes, .n_routes = n },
                },
                userdata);
}

static bool refuse(const Route *route, bool deleting, int error, KernelAnswerFunc func,
                   void *userdata) {

        /* What is to go and is gone is no refusal: io/rtnl/rtnl.c. */
        if (error == 0 || (deleting && error == -ESRCH))
                return false;

        func(
                &(RouteKeeperEvent){
                        .type = ROUTE_KEEPER_REFUSED,
                        .refused = { route, deleting, error,
                                     error == -EINVAL ? "Invalid source address" : NULL },
                },
                userdata);
        return true;
}

static void change(Kernel *k, RoutePlan *plan, KernelAnswerFunc func, void *userdata) {
        RoutePlan p = *plan;
        size_t n = 0;

        *plan = (RoutePlan){ 0 };
        for (size_t i = 0; i < p.n_clears; i++)
                n += refuse(&p.deletes[i], true, kernel_delete_route(k, &p.deletes[i]), func,
                            userdata);
        for (size_t i = 0; i < p.n_adds; i++)
                n += refuse(&p.adds[i], false, kernel_add_route(k, &p.adds[i], false), func,
                            userdata);
        for (size_t i = 0; i < p.n_replaces; i++)
                n += refuse(&p.replaces[i], false, kernel_add_route(k, &p.replaces[i], true), func,
                            userdata);
        for (size_t i = p.n_clears; i < p.n_deletes; i++)
                n += refuse(&p.deletes[i], true, kernel_delete_route(k, &p.deletes[i]), func,
                            userdata);
        route_plan_done(&p);

        func(
                &(RouteKeeperEvent){
                        .type = ROUTE_KEEPER_CHANGED,
                        .changed = { .n_refused = n },
                },
                userdata);
}

void kernel_answer(Kernel *k, RouteKeeperAction *action, KernelAnswerFunc func, void *userdata) {
        if (action->type == ROUTE_KEEPER_ACTION_FIND_LINK)
                find_link(k, action, func, userdata);
        else if (action->type == ROUTE_KEEPER_ACTION_LIST)
                list(k, action, func, userdata);
        else if (action->type == ROUTE_KEEPER_ACTION_SET_ADDRESS ||
                 action->type == ROUTE_KEEPER_ACTION_SET_ADDRESS6)
                set_address(k, action, func, userdata);
        else if (action->type == ROUTE_KEEPER_ACTION_MAKE_VRF ||
                 action->type == ROUTE_KEEPER_ACTION_JOIN_VRF ||
                 action->type == ROUTE_KEEPER_ACTION_SET_UP_VRF)
                change_vrf(k, action, func, userdata);
        else
                change(k, &action->plan, func, userdata);
}

/* ---- answers to the frame ---- */

typedef struct FrameAnswer {
        KernelFrameFunc func;
        void *userdata;
        RouteFrameEventType listed;
} FrameAnswer;

/* From the answers that the keeper gets to those of the frame. */
static void answer_frame(const RouteKeeperEvent *event, void *userdata) {
        const FrameAnswer *answer = userdata;
        RouteFrameEvent e = { .type = ROUTE_FRAME_CHANGED };

        if (event->type == ROUTE_KEEPER_LISTED) {
                e.type = answer->listed;
                e.routes.items = event->listed.routes;
                e.routes.n_items = event->listed.n_routes;
        }
        if (event->type == ROUTE_KEEPER_REFUSED) {
                e.type = ROUTE_FRAME_REFUSED;
                e.error = event->refused.error;
                e.refused.route = event->refused.route;
                e.refused.deleting = event->refused.deleting;
        }
        answer->func(&e, answer->userdata);
}

void kernel_answer_frame(Kernel *k, RouteFrameAction *action, KernelFrameFunc func,
                         void *userdata) {

        const bool of_networks = action->type == ROUTE_FRAME_ACTION_LIST_NETWORKS;
        const RouteKeeperAction all = {
                .list.protocol = of_networks ? RTPROT_KERNEL : ROUTE_PROTOCOL_PPTP,
        };
        FrameAnswer answer = {
                .func = func,
                .userdata = userdata,
                .listed = of_networks ? ROUTE_FRAME_NETWORKS_LISTED : ROUTE_FRAME_ROUTES_LISTED,
        };
        RouteFrameEvent e = { .type = ROUTE_FRAME_RULE_CHANGED };

        if (of_networks || action->type == ROUTE_FRAME_ACTION_LIST_ROUTES)
                list(k, &all, answer_frame, &answer);
        else if (action->type == ROUTE_FRAME_ACTION_CHANGE_ROUTES)
                change(k, &action->plan, answer_frame, &answer);
        else if (action->type == ROUTE_FRAME_ACTION_LIST_RULES) {
                RouteRule rules[KERNEL_RULES_MAX];

                memcpy(rules, k->rules, sizeof(rules));
                e.type = ROUTE_FRAME_RULES_LISTED;
                e.rules.items = rules;
                e.rules.n_items = k->n_rules;
                func(&e, userdata);
        } else {
                e.error = action->deleting ? kernel_delete_rule(k, &action->rule) :
                                             kernel_add_rule(k, &action->rule);
                func(&e, userdata);
        }
}

void kernel_overrun(Kernel *k) {
        k->n_news = 0;
        k->overrun = true;
}

bool kernel_read_news(Kernel *k, KernelNews *ret_news) {
        if (k->overrun) {
                k->overrun = false;
                *ret_news = (KernelNews){ .event.type = ROUTE_KEEPER_RESYNC };
                return true;
        }

        if (k->n_news == 0)
                return false;

        *ret_news = k->news[0];
        k->n_news--;
        memmove(k->news, k->news + 1, k->n_news * sizeof(k->news[0]));
        if (ret_news->event.type == ROUTE_KEEPER_ROUTE)
                ret_news->event.route.route = &ret_news->route;
        return true;
}
