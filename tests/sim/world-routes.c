/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The part of the world that a tunnel's link is in: the kernel with its interface and routes, the
 * keeper and the frame between them and the tunnel, and everybody else who has a hand in it. See
 * world.h.
 */

#include "world.h"

#include <endian.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/macros.h"
#include "core/base/tunnel-tag.h"
#include "core/route/route-cover.h"
#include "core/route/route-overlap.h"
#include "core/route/route-owner.h"
#include "core/route/route-set.h"

/*
 * For so long the tunnel may say "Up: " when it is not true: what others remove again and again
 * comes back after ROUTE_GUARD_SLOW_USEC, a lost answer is asked for again after
 * ROUTE_KEEPER_RETRY_USEC, and a step of a change takes up to ANSWER_MAX_USEC here, of four.
 */
#define ANSWER_MAX_USEC (USEC_PER_SEC / 2)
#define UNTRUE_MAX_USEC (ROUTE_GUARD_SLOW_USEC + ROUTE_KEEPER_RETRY_USEC + 6 * ANSWER_MAX_USEC)

static void keeper_step(World *w, const RouteKeeperEvent *event);
static void frame_step(World *w, const RouteFrameEvent *event);

/* ---- between the keeper and the tunnel ---- */

static void tell_failure(World *w, TunnelPart part, TunnelEventType type, DiagnosisFactType fact,
                         int64_t number) {

        tell(w, part, &(TunnelEvent){ .type = type, .fact = { .type = fact, .number = number } });
}

static void drop_request(World *w) {
        if (w->request_usec > 0 && w->request.type == ROUTE_KEEPER_ACTION_CHANGE)
                route_plan_done(&w->request.plan);
        w->request_usec = 0;
}

static void note_action(World *w, const RouteKeeperAction *a) {
        switch (a->type) {
        case ROUTE_KEEPER_ACTION_CANCEL:
                check(w, w->request_usec > 0);
                drop_request(w);
                break;
        case ROUTE_KEEPER_ACTION_FIND_LINK:
        case ROUTE_KEEPER_ACTION_MAKE_VRF:
        case ROUTE_KEEPER_ACTION_JOIN_VRF:
        case ROUTE_KEEPER_ACTION_SET_UP_VRF:
        case ROUTE_KEEPER_ACTION_LIST:
        case ROUTE_KEEPER_ACTION_CHANGE:
        case ROUTE_KEEPER_ACTION_SET_ADDRESS:
        case ROUTE_KEEPER_ACTION_SET_ADDRESS6:
                check(w, w->request_usec == 0); /* never two at once */
                w->request = *a;
                w->request_usec = w->now_usec + 1 + roll(w, ANSWER_MAX_USEC);
                break;
        case ROUTE_KEEPER_ACTION_INSTALLED:
                tell(w, TUNNEL_PART_ROUTES,
                     &(TunnelEvent){ .type = TUNNEL_EVENT_APPLIED, .count = a->count });
                break;
        case ROUTE_KEEPER_ACTION_FAILED:
                tell_failure(w, TUNNEL_PART_ROUTES, TUNNEL_EVENT_APPLY_FAILED,
                             DIAGNOSIS_ROUTE_REFUSED, -a->failed.error);
                break;
        case ROUTE_KEEPER_ACTION_REMOVED:
                tell(w, TUNNEL_PART_ROUTES, &(TunnelEvent){ .type = TUNNEL_EVENT_REMOVED });
                break;
        case ROUTE_KEEPER_ACTION_GONE:
                tell_failure(w, TUNNEL_PART_ROUTES, TUNNEL_EVENT_INTERFACE_GONE,
                             DIAGNOSIS_INTERFACE_GONE, 0);
                break;
        case ROUTE_KEEPER_ACTION_OVERLAP:
        case ROUTE_KEEPER_ACTION_LOST:
                break;
        case ROUTE_KEEPER_ACTION_LOG:
                check(w, a->log.text[0] != '\0');
                break;
        }
}

static void keeper_step(World *w, const RouteKeeperEvent *event) {
        RouteKeeperActions actions;

        route_keeper_step(w->keeper, event, w->now_usec, &actions);
        for (size_t i = 0; i < actions.n_items; i++)
                note_action(w, &actions.items[i]);
}

static void on_answer(const RouteKeeperEvent *event, void *userdata) {
        keeper_step(userdata, event);
}

/* What the keeper gets in the place of an answer that was lost (ENOBUFS). */
static RouteKeeperEvent get_lost_answer(World *w, RouteKeeperActionType request) {
        switch (request) {
        case ROUTE_KEEPER_ACTION_FIND_LINK:
                return (RouteKeeperEvent){
                        .type = ROUTE_KEEPER_LINK_FOUND,
                        .found.error = -ENOBUFS,
                };
        case ROUTE_KEEPER_ACTION_MAKE_VRF:
        case ROUTE_KEEPER_ACTION_JOIN_VRF:
        case ROUTE_KEEPER_ACTION_SET_UP_VRF:
                return (RouteKeeperEvent){
                        .type = ROUTE_KEEPER_VRF_DONE,
                        .vrf_done.error = -ENOBUFS,
                };
        case ROUTE_KEEPER_ACTION_LIST:
                return (RouteKeeperEvent){
                        .type = ROUTE_KEEPER_LISTED,
                        .listed.error = -ENOBUFS,
                };
        case ROUTE_KEEPER_ACTION_CHANGE:
                return (RouteKeeperEvent){
                        .type = ROUTE_KEEPER_CHANGED,
                        .changed.error = -ENOBUFS,
                };
        case ROUTE_KEEPER_ACTION_SET_ADDRESS:
        case ROUTE_KEEPER_ACTION_SET_ADDRESS6:
                return (RouteKeeperEvent){
                        .type = ROUTE_KEEPER_ADDRESS_SET,
                        .address_set.error = -ENOBUFS,
                };
        case ROUTE_KEEPER_ACTION_CANCEL:
        case ROUTE_KEEPER_ACTION_INSTALLED:
        case ROUTE_KEEPER_ACTION_FAILED:
        case ROUTE_KEEPER_ACTION_REMOVED:
        case ROUTE_KEEPER_ACTION_GONE:
        case ROUTE_KEEPER_ACTION_OVERLAP:
        case ROUTE_KEEPER_ACTION_LOST:
        case ROUTE_KEEPER_ACTION_LOG:
                break;
        }

        check(w, false);
        abort();
}

/* The kernel answers, or the answer is lost and so is what it was asked to do. */
static void answer(World *w) {
        RouteKeeperAction request = w->request;
        RouteKeeperEvent lost;

        w->request_usec = 0;
        if (chance(w, 90 + w->cooperation / 10)) {
                kernel_answer(&w->kernel, &request, on_answer, w);
                return;
        }

        lost = get_lost_answer(w, request.type);
        if (request.type == ROUTE_KEEPER_ACTION_CHANGE)
                route_plan_done(&request.plan);
        keeper_step(w, &lost);
}

/* ---- between the frame and the tunnel ---- */

static void drop_frame_request(World *w) {
        if (w->frame_request_usec > 0 && w->frame_request.type == ROUTE_FRAME_ACTION_CHANGE_ROUTES)
                route_plan_done(&w->frame_request.plan);
        w->frame_request_usec = 0;
}

static void note_frame_action(World *w, const RouteFrameAction *a) {
        switch (a->type) {
        case ROUTE_FRAME_ACTION_LIST_NETWORKS:
        case ROUTE_FRAME_ACTION_LIST_ROUTES:
        case ROUTE_FRAME_ACTION_CHANGE_ROUTES:
        case ROUTE_FRAME_ACTION_LIST_RULES:
        case ROUTE_FRAME_ACTION_CHANGE_RULE:
                check(w, w->frame_request_usec == 0); /* never two at once */
                w->frame_request = *a;
                w->frame_request_usec = w->now_usec + 1 + roll(w, ANSWER_MAX_USEC);
                break;
        case ROUTE_FRAME_ACTION_STANDS:
                tell(w, TUNNEL_PART_RULES, &(TunnelEvent){ .type = TUNNEL_EVENT_APPLIED });
                break;
        case ROUTE_FRAME_ACTION_FAILED:
                tell_failure(w, TUNNEL_PART_RULES, TUNNEL_EVENT_APPLY_FAILED,
                             DIAGNOSIS_ROUTE_REFUSED, -a->error);
                break;
        case ROUTE_FRAME_ACTION_DOWN:
                tell(w, TUNNEL_PART_RULES, &(TunnelEvent){ .type = TUNNEL_EVENT_REMOVED });
                break;
        case ROUTE_FRAME_ACTION_REACHED:
        case ROUTE_FRAME_ACTION_SETTLED:
                break;
        case ROUTE_FRAME_ACTION_LOG:
                check(w, a->text[0] != '\0');
                break;
        }
}

static void frame_step(World *w, const RouteFrameEvent *event) {
        RouteFrameActions actions;

        route_frame_step(w->frame, event, w->now_usec, &actions);
        for (size_t i = 0; i < actions.n_items; i++)
                note_frame_action(w, &actions.items[i]);
}

static void on_frame_answer(const RouteFrameEvent *event, void *userdata) {
        frame_step(userdata, event);
}

/* Likewise; what is refused or lost is tried again. */
static void answer_frame(World *w) {
        RouteFrameAction request = w->frame_request;
        RouteFrameEvent lost = { .type = ROUTE_FRAME_RULE_CHANGED, .error = -ENOBUFS };

        w->frame_request_usec = 0;
        if (chance(w, 90 + w->cooperation / 10)) {
                kernel_answer_frame(&w->kernel, &request, on_frame_answer, w);
                return;
        }

        if (request.type == ROUTE_FRAME_ACTION_LIST_NETWORKS)
                lost.type = ROUTE_FRAME_NETWORKS_LISTED;
        if (request.type == ROUTE_FRAME_ACTION_LIST_ROUTES)
                lost.type = ROUTE_FRAME_ROUTES_LISTED;
        if (request.type == ROUTE_FRAME_ACTION_LIST_RULES)
                lost.type = ROUTE_FRAME_RULES_LISTED;
        if (request.type == ROUTE_FRAME_ACTION_CHANGE_ROUTES) {
                lost.type = ROUTE_FRAME_CHANGED;
                route_plan_done(&request.plan);
        }
        frame_step(w, &lost);
}

static void tell_frame_news(World *w, const KernelNews *news) {
        RouteFrameEvent event = { .type = ROUTE_FRAME_RESYNC };

        if (news->rule.family != AF_UNSPEC) {
                event.type = ROUTE_FRAME_RULE;
                event.rule = &news->rule;
        } else if (news->event.type == ROUTE_KEEPER_ROUTE) {
                event.type = ROUTE_FRAME_ROUTE;
                event.route.route = &news->route;
                event.route.news = news->event.route.news;
        } else if (news->event.type == ROUTE_KEEPER_NETWORKS)
                event.type = ROUTE_FRAME_NETWORKS;
        else if (news->event.type != ROUTE_KEEPER_RESYNC)
                return;

        frame_step(w, &event);
}

/* What was announced; the socket is read when the loop comes round to it. */
static void read_news(World *w) {
        KernelNews news;

        while (kernel_read_news(&w->kernel, &news)) {
                tell_frame_news(w, &news);
                if (news.event.type == ROUTE_KEEPER_ROUTE ||
                    news.event.type == ROUTE_KEEPER_NETWORKS ||
                    news.event.type == ROUTE_KEEPER_RESYNC ||
                    news.event.type == ROUTE_KEEPER_VRF_LINK ||
                    (news.rule.family == AF_UNSPEC &&
                     news.ifindex == route_keeper_get_ifindex(w->keeper)))
                        keeper_step(w, &news.event);
        }
}

/* ---- the world's turn ---- */

uint64_t next_of_routes(const World *w) {
        uint64_t next =
                MIN(route_keeper_next_deadline(w->keeper), route_frame_next_deadline(w->frame));

        if (w->frame_request_usec > 0)
                next = MIN(next, w->frame_request_usec);
        if (w->request_usec > 0)
                next = MIN(next, w->request_usec);
        if (w->kernel.n_news > 0 || w->kernel.overrun)
                next = MIN(next, w->now_usec);

        return next;
}

void run_routes(World *w) {
        if (w->kernel.n_news > 0 || w->kernel.overrun)
                read_news(w);
        else if (w->request_usec > 0 && w->request_usec <= w->now_usec)
                answer(w);
        else if (w->frame_request_usec > 0 && w->frame_request_usec <= w->now_usec)
                answer_frame(w);
        else if (route_frame_next_deadline(w->frame) <= w->now_usec)
                frame_step(w, &(RouteFrameEvent){ .type = ROUTE_FRAME_TIMER });
        else
                keeper_step(w, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_TIMER });
}

void apply_rules(World *w) {
        frame_step(w, &(RouteFrameEvent){ .type = ROUTE_FRAME_UP });
}

void remove_rules(World *w) {
        frame_step(w, &(RouteFrameEvent){ .type = ROUTE_FRAME_DOWN });
}

void reach_server(World *w) {
        frame_step(w,
                   &(RouteFrameEvent){ .type = ROUTE_FRAME_REACH, .uplink = uplink_get_route(w) });
}

void apply_routes(World *w, const TunnelLink *link) {
        RouteKeeperEvent event = {
                .type = ROUTE_KEEPER_INSTALL,
                .install = {
                        .link = { .local = link->local, .peer = link->peer },
                        .uplink = w->call_uplink,
                },
        };
        const Uplink *path = uplink_watcher_get_path(&w->uplink.watcher, w->server);

        if (path) {
                event.install.uplink.ifindex = path->ifindex;
                event.install.uplink.gateway = path->gateway;
        }
        memcpy(event.install.link.ifname, link->ifname, sizeof(event.install.link.ifname));
        event.install.link.has_ipv6 = w->ipv6_is_applied = link->has_ipv6;
        keeper_step(w, &event);
}

void remove_routes(World *w) {
        keeper_step(w, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_REMOVE });
}

void move_routes(World *w, uint32_t ifindex, struct in_addr gateway) {
        w->call_uplink.ifindex = ifindex;
        w->call_uplink.gateway = gateway;
        keeper_step(w,
                    &(RouteKeeperEvent){
                            .type = ROUTE_KEEPER_MOVE,
                            .uplink = { .ifindex = ifindex, .gateway = gateway },
                    });
        frame_step(w,
                   &(RouteFrameEvent){
                           .type = ROUTE_FRAME_MOVE,
                           .uplink = { .ifindex = ifindex, .gateway = gateway },
                   });
}

void configure_routes(World *w) {
        w->covered = false;
        keeper_step(w, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_CONFIGURE, .config = w->config });
        frame_step(w, &(RouteFrameEvent){ .type = ROUTE_FRAME_CONFIGURE, .config = w->config });
}

/* ---- pppd ---- */

void ip_goes_up(World *w, const PluginMessage *m) {
        RouteLink link = { .local = m->ip_up.local, .peer = m->ip_up.peer };

        memcpy(link.ifname, m->ip_up.ifname, sizeof(link.ifname));
        if (w->kernel.ifindex != 0 && strcmp(w->kernel.link.ifname, link.ifname) != 0)
                kernel_delete_interface(&w->kernel);
        if (w->kernel.ifindex == 0)
                kernel_create_interface(&w->kernel, &link);
        kernel_set_address(&w->kernel, false);
        w->kernel.link = link;
        kernel_set_address(&w->kernel, true);
        kernel_set_up(&w->kernel, true);
        if (w->ipv6_is_up)
                kernel_set_address6(&w->kernel, &w->local6, true);
        w->in_force = m->ip_up.transmit;
        w->ip_is_up = true;
}

/* sifdown() of pppd's sys-linux.c: not while there is IPv6. */
void ip_goes_down(World *w) {
        keeper_step(w, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_SUSPEND });
        if (!w->ipv6_is_up)
                kernel_set_up(&w->kernel, false);
        kernel_set_address(&w->kernel, false);
        w->ip_is_up = false;
}

/*
 * sif6addr() and sif6up(); the interface may be another's business yet, see ip_goes_up(). Where
 * IPv6 is off pppd gives it up, and so this switches it on.
 */
void ipv6_goes_up(World *w, const PluginMessage *m) {
        w->ipv6_is_up = true;
        kernel_set_ipv6_off(&w->kernel, false);
        w->local6 = m->ipv6_up.local;
        if (w->ip_is_up)
                kernel_set_up(&w->kernel, true);
        if (w->kernel.up) {
                kernel_set_address6(&w->kernel, &w->kernel.local6, false);
                kernel_set_address6(&w->kernel, &w->local6, true);
        }
        keeper_step(w,
                    &(RouteKeeperEvent){
                            .type = ROUTE_KEEPER_IPV6,
                            .ipv6 = { m->ipv6_up.local, m->ipv6_up.peer },
                    });
}

/* sif6down() and cif6addr(), of which the kernel may tell before pppd does. */
void ipv6_goes_down(World *w) {
        const bool is_known = chance(w, 50);

        w->ipv6_is_up = false;
        if (!w->ip_is_up)
                kernel_set_up(&w->kernel, false);
        kernel_set_address6(&w->kernel, &w->local6, false);
        if (is_known)
                read_news(w);
        keeper_step(w, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_IPV6 });
}

/*
 * The server negotiates IPCP anew, because an acknowledgement was lost or because it likes to; or
 * all of the link, from LCP on; or CCP alone. It may never come to an end with it.
 */
void renegotiate(World *w) {
        PluginMessage up = {
                .type = PLUGIN_IP_UP,
                .ip_up = {
                        .ifname = "sim0",
                        .local = { htobe32(0x0a0a0007 + (uint32_t) roll(w, 2)) },
                        .peer = { htobe32(0x0a0a0001) },
                        .mtu_bytes = w->settings.mtu_max_bytes ?: SIM_MTU_BYTES,
                        .transmit = { .bits_128 = true },
                        .receive = { .bits_128 = true },
                },
        };
        uint64_t at_usec = w->now_usec + roll(w, USEC_PER_SEC);
        unsigned what = roll(w, 3);

        if (chance(w, 20)) {
                up.ip_up.transmit = (MppeOutcome){ .bits_40 = true };
                up.ip_up.receive = up.ip_up.transmit;
        }

        if (what > 0) {
                schedule_plugin(w, &(PluginMessage){ .type = PLUGIN_IP_DOWN });
                w->pending[w->n_pending - 1].at_usec = at_usec;
        }
        for (PluginPhase phase = PLUGIN_PHASE_ESTABLISH; what > 1 && phase <= PLUGIN_PHASE_NETWORK;
             phase++) {
                schedule_plugin(w, &(PluginMessage){ .type = PLUGIN_PHASE, .phase.phase = phase });
                w->pending[w->n_pending - 1].at_usec = ++at_usec;
        }
        if (chance(w, w->cooperation)) {
                schedule_plugin(w, &up);
                w->pending[w->n_pending - 1].at_usec = at_usec + 1 + roll(w, 10 * USEC_PER_SEC);
        }
}

/* ---- others ---- */

/* Another link of this host gets into a network, or out of it: the uplinks' may be among these. */
static void change_networks(World *w) {
        static const struct {
                uint32_t address;
                uint8_t prefix_length;
        } networks[] = { { 0x0a000000, 8 },  { 0x0a000000, 16 }, { 0x0a010200, 24 },
                         { 0xc0000200, 24 }, { 0xc0000000, 8 },  { 0x0a000000, 7 } };
        const unsigned i = roll(w, ELEMENTSOF(networks) + 2);
        const bool is_ipv6 = i >= ELEMENTSOF(networks);
        Route route = {
                .is_ipv6 = is_ipv6,
                .type = RTN_UNICAST,
                .protocol = RTPROT_KERNEL,
                .scope = is_ipv6 ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK,
                .table = RT_TABLE_MAIN,
                .ifindex = SIM_LAN_IFINDEX + roll(w, 2),
        };

        if (is_ipv6) {
                route.destination6.s6_addr[0] = 0xfd;
                route.prefix_length = i == ELEMENTSOF(networks) ? 64 : 8;
                route.metric = chance(w, 50) ? 256 : ROUTE_IPV6_METRIC_DEFAULT;
        } else {
                route.destination.s_addr = htobe32(networks[i].address);
                route.prefix_length = networks[i].prefix_length;
                route.metric = roll(w, 3);
        }
        kernel_set_network(&w->kernel, &route, chance(w, 50));
}

/* What replaces or removes the kernel's own route to a network is not announced as such. */
static bool is_network(const Route *route) {
        return route_overlap_is_network(route, 0);
}

static bool has_network_at(const World *w, const Route *place) {
        for (size_t i = 0; i < w->kernel.n_routes; i++)
                if (route_is_rival(&w->kernel.routes[i], place) && is_network(&w->kernel.routes[i]))
                        return true;

        return false;
}

/* A route of somebody else, sometimes where one of ours should be. */
static void put_foreign_route(World *w) {
        Route route = {
                .destination = { htobe32(0x0a000000) },
                .prefix_length = 8,
                .type = RTN_UNICAST,
                .protocol = RTPROT_STATIC,
                .table = RT_TABLE_MAIN,
                .ifindex = SIM_UPLINK_IFINDEX,
        };

        if (w->kernel.n_routes > 0 && chance(w, 50)) {
                const Route *ours = &w->kernel.routes[roll(w, w->kernel.n_routes)];

                route.is_ipv6 = ours->is_ipv6;
                route.destination6 = ours->destination6;
                route.prefix_length = ours->prefix_length;
                route.metric = ours->metric;
        }
        if (!has_network_at(w, &route))
                (void) kernel_add_route(&w->kernel, &route, chance(w, 50));
}

static void remove_some_route(World *w) {
        if (w->kernel.n_routes > 0) {
                const Route route = w->kernel.routes[roll(w, w->kernel.n_routes)];

                if (is_network(&route))
                        return;
                check(w, kernel_delete_route(&w->kernel, &route) == 0);
        }
}

static void remove_some_rule(World *w) {
        if (w->kernel.n_rules > 0) {
                const RouteRule rule = w->kernel.rules[roll(w, w->kernel.n_rules)];

                check(w, kernel_delete_rule(&w->kernel, &rule) == 0);
        }
}

/* Which nobody hears of; but something else is done with it that is heard of. */
static void switch_ipv6_on(World *w) {
        if (!w->kernel.ipv6_off)
                return;

        kernel_set_ipv6_off(&w->kernel, false);
        if (chance(w, 50))
                kernel_announce_link(&w->kernel);
        else
                reload(w);
}

/*
 * Takes the interface out of the VRF, sets that down or up, or removes it and maybe makes another
 * of its name.
 */
static void disturb_vrf(World *w) {
        if (chance(w, 30)) {
                kernel_set_vrf_up(&w->kernel, w->kernel.vrf_down);
                return;
        }
        if (chance(w, 50)) {
                kernel_set_master(&w->kernel, 0);
                return;
        }

        kernel_delete_vrf(&w->kernel);
        if (chance(w, 50))
                kernel_create_vrf(&w->kernel, "blue", 100 + (uint32_t) roll(w, 2));
}

void disturb_routes(World *w) {
        w->covered = false;
        switch (roll(w, 20)) {
        case 17:
        case 18:
        case 19:
                change_networks(w);
                break;
        case 9:
                remove_some_rule(w);
                break;
        case 0:
                kernel_set_up(&w->kernel, false);
                break;
        case 1:
                kernel_set_up(&w->kernel, w->ip_is_up);
                break;
        case 2: /* as fast as pppd does it */
                kernel_set_up(&w->kernel, false);
                kernel_set_up(&w->kernel, w->ip_is_up);
                break;
        case 3:
                kernel_set_address(&w->kernel, false);
                break;
        case 4:
                kernel_set_address(&w->kernel, w->ip_is_up);
                break;
        case 5:
                remove_some_route(w);
                break;
        case 6:
                put_foreign_route(w);
                break;
        case 7: /* whatever happened was announced, and nobody heard it */
                remove_some_route(w);
                kernel_set_up(&w->kernel, chance(w, 50) && w->ip_is_up);
                kernel_overrun(&w->kernel);
                break;
        case 10:
                kernel_set_address6(&w->kernel, &w->local6, false);
                break;
        case 11: /* as "ip address flush" does it */
                kernel_set_address(&w->kernel, false);
                kernel_set_address6(&w->kernel, &w->local6, false);
                break;
        case 12:
                if (w->ipv6_is_up && w->kernel.up)
                        kernel_set_address6(&w->kernel, &w->local6, true);
                break;
        case 13:
                kernel_set_ipv6_off(&w->kernel, true);
                break;
        case 14:
        case 15:
                switch_ipv6_on(w);
                break;
        case 16:
                if (w->config->vrf[0] != '\0')
                        disturb_vrf(w);
                break;
        case 8:
                if (chance(w, 20))
                        kernel_delete_interface(&w->kernel);
                break;
        }
}

/* ---- the truth ---- */

/* The networks of this host, sorted; the caller frees them. */
static Route *get_networks(const World *w, size_t *ret_n) {
        Route *networks = calloc(w->kernel.n_routes + 1, sizeof(*networks));
        size_t n = 0;

        check(w, networks);
        for (size_t i = 0; i < w->kernel.n_routes; i++)
                if (is_network(&w->kernel.routes[i]))
                        networks[n++] = w->kernel.routes[i];
        route_sort(networks, n);
        *ret_n = n;
        return networks;
}

/* The covers that are to stand, the host routes to the server and its gateway left out. */
static Route *get_covers(const World *w, size_t *ret_n) {
        const RouteUplink nowhere = { 0 };
        Route *networks, *covers;
        size_t n_networks;

        networks = get_networks(w, &n_networks);
        check(w, route_cover_make(w->config, &nowhere, networks, n_networks, &covers, ret_n) == 0);
        free(networks);
        return covers;
}

static bool has_route(const World *w, const Route *route) {
        const uint32_t table =
                w->config->vrf[0] != '\0' ? w->kernel.vrf_table : (uint32_t) RT_TABLE_MAIN;
        const Route kernels = route_set_get_peer_route(w->kernel.ifindex, table,
                                                       w->kernel.link.local, w->kernel.link.peer);

        /* The kernel's own route to the peer is as good as ours. */
        if (route->type == RTN_UNICAST && route_is_rival(route, &kernels) &&
            kernel_find_route(&w->kernel, &kernels))
                return true;

        return kernel_find_route(&w->kernel, route);
}

/*
 * Whether all routes that the configuration wants are in the kernel, and on this interface; and the
 * server, if they cover it, has its route over the uplink that is, if there is one.
 */
static bool has_all_routes(const World *w) {
        const RouteUplink uplink = uplink_get_route(w);
        Config config = *w->config;
        Route *routes, *networks;
        size_t n_routes, n_networks;
        bool all = true;

        if (config.vrf[0] != '\0')
                config.route_table = w->kernel.vrf_table;
        check(w,
              route_set_make(&config, w->kernel.ifindex, w->kernel.link.peer, &uplink, &routes,
                             &n_routes) == 0);
        networks = get_networks(w, &n_networks);
        check(w,
              route_overlap_apply(config.overlap_policy, w->kernel.ifindex, &uplink, networks,
                                  n_networks, &routes, &n_routes) == 0);
        for (size_t i = 0; i < n_routes; i++) {
                /* Of two that the kernel cannot tell apart only one can be there. */
                if (i > 0 && route_is_rival(&routes[i], &routes[i - 1]))
                        continue;
                if (routes[i].is_ipv6 && routes[i].ifindex != 0 && !w->ipv6_is_applied)
                        continue;
                all = all && has_route(w, &routes[i]);
        }

        free(routes);
        free(networks);
        return all;
}

static bool has_all_rules(const World *w) {
        RouteRule rules[ROUTE_RULES_MAX];
        size_t n = route_rule_make(w->config, true, rules);

        for (size_t i = 0; i < n; i++)
                if (!route_rule_is_among(w->kernel.rules, w->kernel.n_rules, &rules[i]))
                        return false;

        return true;
}

/* Whether nothing for the tunnel's prefixes can take another way, with RoutesOnDown=unreachable. */
static bool is_covered(const World *w) {
        RouteRule rules[ROUTE_RULES_MAX];
        size_t n_rules = route_rule_make(w->config, false, rules), n_routes;
        Route *routes = get_covers(w, &n_routes);
        bool all = true;

        for (size_t i = 0; i < n_routes; i++)
                all = all && kernel_find_route(&w->kernel, &routes[i]);
        for (size_t i = 0; i < n_rules; i++)
                all = all && route_rule_is_among(w->kernel.rules, w->kernel.n_rules, &rules[i]);

        free(routes);
        return all;
}

/* Whether the frame has heard of all that happened, and has nothing left to do. */
static bool frame_rests(const World *w) {
        return w->kernel.n_news == 0 && !w->kernel.overrun && !route_frame_is_busy(w->frame) &&
                route_frame_next_deadline(w->frame) == USEC_INFINITY;
}

/* Whether a cover of ours stands that nobody asked for. */
static bool has_leftover_cover(const World *w) {
        bool found = false;
        size_t n_routes;
        Route *routes = get_covers(w, &n_routes);

        for (size_t i = 0; i < w->kernel.n_routes; i++) {
                const Route *route = &w->kernel.routes[i];

                found = found ||
                        (route->type == RTN_UNREACHABLE &&
                         route_owner_get_tag(route) == tunnel_tag_make(w->config->name) &&
                         !route_find_rival(routes, n_routes, route));
        }

        free(routes);
        return found;
}

/*
 * Once the covers are there, nothing but others and a reload may take them away: no step of ours,
 * in whatever state the tunnel is, and not its end.
 */
void check_covers(World *w) {
        bool covered = is_covered(w);

        check(w, !frame_rests(w) || (covered && !has_leftover_cover(w)));
        check(w, covered || !w->covered);
        /* What was asked for before a reload may still be carried out after it. */
        w->covered = covered && (w->covered || !route_frame_is_busy(w->frame));
}

/* Whether the interface is in its VRF, which is up, or in none. */
static bool is_in_vrf(const World *w) {
        if (w->config->vrf[0] == '\0')
                return w->kernel.master == 0;

        return w->kernel.vrf_ifindex != 0 && w->kernel.master == w->kernel.vrf_ifindex &&
                !w->kernel.vrf_down;
}

/* Whether the interface has the link-local address that IPV6CP agreed on, if it did. */
static bool has_address6(const World *w) {
        return !w->ipv6_is_applied || !w->ipv6_is_up || w->kernel.ipv6_off ||
                (w->kernel.has_address6 && IN6_ARE_ADDR_EQUAL(&w->kernel.local6, &w->local6));
}

static bool is_true(const World *w) {
        Status s;
        char encryption[64];

        if (w->kernel.ifindex == 0 || !w->kernel.up || !w->ip_is_up || !has_all_routes(w) ||
            !has_all_rules(w) || !w->kernel.has_address || !has_address6(w) || !is_in_vrf(w))
                return false;

        tunnel_get_status(w->tunnel, &s);
        mppe_outcome_describe(&w->in_force, encryption, sizeof(encryption));
        return strcmp(s.encryption_sent, encryption) == 0;
}

void check_truth(World *w) {
        if (tunnel_get_state(w->tunnel) != TUNNEL_STATE_UP || !w->says_up || is_true(w)) {
                w->untrue_usec = 0;
                return;
        }

        if (w->untrue_usec == 0)
                w->untrue_usec = w->now_usec;
        check(w, w->now_usec - w->untrue_usec <= UNTRUE_MAX_USEC);
}

void begin_routes(World *w) {
        w->keeper = route_keeper_new();
        w->frame = route_frame_new(w->config->name);
        check(w, w->keeper && w->frame);
        w->kernel.watched[0] = route_keeper_get_extent(w->keeper);
        w->kernel.watched[1] = route_frame_get_extent(w->frame);
        configure_routes(w);
        frame_step(w, &(RouteFrameEvent){ .type = ROUTE_FRAME_START });
}

void end_routes(World *w) {
        drop_request(w);
        w->kernel.watched[0] = w->kernel.watched[1] = NULL;
        w->keeper = route_keeper_free(w->keeper);
        drop_frame_request(w);
        w->frame = route_frame_free(w->frame);
}
