/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The tunnel's routes: translates between the kernel, the keeper of the routes
 * (core/route/route-keeper.h) and the tunnel. What the kernel announces goes to the keeper where it
 * is about the tunnel's own interface or routes, and to the watcher of the uplink otherwise.
 */

#include <errno.h>
#include <inttypes.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include "core/base/text.h"
#include "core/diagnosis/catalogue.h"
#include "core/route/route-watch.h"
#include "io/clock.h"
#include "io/name-servers.h"
#include "io/run-mark.h"
#include "supervisor/made-vrf.h"
#include "supervisor/supervisor-internal.h"

static void routes_step(Supervisor *s, const RouteKeeperEvent *event);

/* ---- answers of the kernel ---- */

static void on_link_found(RtnlRequest *q, int error, const char *text, const RtnlLink *link,
                          void *userdata) {

        Supervisor *s = userdata;
        RouteKeeperEvent event = {
                .type = ROUTE_KEEPER_LINK_FOUND,
                .found = { .error = error, .text = text },
        };

        if (error >= 0) {
                event.found.ifindex = link->ifindex;
                event.found.master = link->master;
                event.found.vrf_table = link->vrf_table;
                event.found.up = link->flags & IFF_UP;
        }

        s->routes.request = rtnl_request_free(q);
        routes_step(s, &event);
}

static void on_listed(RtnlRequest *q, int error, const char *text, const Route *routes,
                      size_t n_routes, void *userdata) {

        Supervisor *s = userdata;

        s->routes.request = rtnl_request_free(q);
        routes_step(s,
                    &(RouteKeeperEvent){
                            .type = ROUTE_KEEPER_LISTED,
                            .listed = { error, text, routes, n_routes },
                    });
}

static void on_refused(_unused_ RtnlRequest *q, const Route *route, bool deleting, int error,
                       const char *text, void *userdata) {

        routes_step(userdata,
                    &(RouteKeeperEvent){
                            .type = ROUTE_KEEPER_REFUSED,
                            .refused = { route, deleting, error, text },
                    });
}

static void on_changed(RtnlRequest *q, int error, _unused_ size_t n_acknowledged, size_t n_refused,
                       void *userdata) {

        Supervisor *s = userdata;

        s->routes.request = rtnl_request_free(q);
        routes_step(s,
                    &(RouteKeeperEvent){
                            .type = ROUTE_KEEPER_CHANGED,
                            .changed = { error, n_refused },
                    });
}

static void on_address_set(RtnlRequest *q, int error, const char *text, void *userdata) {
        Supervisor *s = userdata;

        s->routes.request = rtnl_request_free(q);
        routes_step(s,
                    &(RouteKeeperEvent){
                            .type = ROUTE_KEEPER_ADDRESS_SET,
                            .address_set = { error, text },
                    });
}

static void on_vrf_done(RtnlRequest *q, int error, const char *text, void *userdata) {
        Supervisor *s = userdata;

        s->routes.request = rtnl_request_free(q);
        routes_step(s,
                    &(RouteKeeperEvent){
                            .type = ROUTE_KEEPER_VRF_DONE,
                            .vrf_done = { error, text },
                    });
}

/* ---- what the keeper asks for ---- */

static int routes_find_link(Supervisor *s, const RouteKeeperAction *a) {
        return rtnl_get_link(supervisor_get_inner_rtnl(s), a->link.name[0] ? a->link.name : NULL,
                             a->link.ifindex, on_link_found, s, &s->routes.request);
}

/*
 * systemd-networkd and NetworkManager listen to routers in place of the kernel, and mark what they
 * make of an advertisement. Networks of this host are among it, as among what the kernel makes.
 */
static int routes_list(Supervisor *s, const RouteKeeperAction *a) {
        bool of_routers = a->list.protocol == RTPROT_KERNEL && a->list.family != AF_INET;
        const RtnlRouteFilter filter = {
                .family = a->list.family,
                .protocol = a->list.protocol,
                .next = of_routers ? RTPROT_RA : 0,
                .table = a->list.table,
        };

        return rtnl_list_routes(supervisor_get_inner_rtnl(s), &filter, on_listed, s,
                                &s->routes.request);
}

static int routes_change(Supervisor *s, RouteKeeperAction *a) {
        int r;

        r = rtnl_change_routes(supervisor_get_inner_rtnl(s), &a->plan, on_refused, on_changed, s,
                               &s->routes.request);
        if (r < 0)
                route_plan_done(&a->plan);

        return r;
}

/* Also for a VRF that another tunnel has made: the last tunnel that was in it removes it. */
static void routes_mark_vrf(Supervisor *s) {
        char marked[IF_NAMESIZE];
        int r;

        r = run_mark_read(RUN_MARK_VRF, s->config->name, marked, sizeof(marked));
        if (r >= 0 && strcmp(marked, s->config->vrf) != 0)
                memcpy(s->routes.former_vrf, marked, sizeof(marked));
        s->routes.keeps_vrf = false;

        r = run_mark_write(RUN_MARK_VRF, s->config->name, s->config->vrf);
        if (r < 0)
                journal_print(
                        s->journal, LOG_WARNING,
                        "Cannot note that the VRF %s is to be removed in the end: %s, ignoring",
                        s->config->vrf, strerror(-r));
}

/*
 * The tunnel was in another VRF before a reload, which it may have been the last to use. Where
 * there is none now, the mark is that one's, also if a predecessor that was killed has left it.
 */
static void routes_leave_vrf(Supervisor *s) {
        char *former = s->routes.former_vrf;
        bool has_none = s->config->vrf[0] == '\0';
        int r;

        if (has_none && s->routes.keeps_vrf)
                return;
        if (has_none &&
            run_mark_read(RUN_MARK_VRF, s->config->name, former, sizeof(s->routes.former_vrf)) < 0)
                former[0] = '\0';
        if (former[0] == '\0')
                return;

        r = strcmp(former, s->config->vrf) != 0 ?
                made_vrf_leave(s->config->name, former, s->journal) :
                0;
        former[0] = '\0';
        s->routes.keeps_vrf = r != 0; /* until this unit ends */
        if (r == 0 && has_none)
                run_mark_remove(RUN_MARK_VRF, s->config->name);
}

static int routes_make_vrf(Supervisor *s, const RouteKeeperAction *a) {
        routes_mark_vrf(s);
        journal_print(s->journal, LOG_INFO, "Making the VRF %s with table %" PRIu32, a->vrf.name,
                      a->vrf.table);
        return rtnl_make_vrf(s->rtnl, a->vrf.name, a->vrf.table, on_vrf_done, s,
                             &s->routes.request);
}

void supervisor_add_interface(const Supervisor *s, const char *words, uint32_t ifindex,
                              char *buffer, size_t n_buffer) {

        TextBuilder t = text_builder(buffer, n_buffer);
        char name[IF_NAMESIZE];

        text_add(&t, words);
        if (ifindex != 0)
                text_addf(&t, " on %s",
                          supervisor_name_interface(s, ifindex, name) ?: "an interface");
}

static const DiagnosisRow *routes_get_row(RouteKeeperSubject subject) {
        switch (subject) {
        case ROUTE_KEEPER_SUBJECT_CHANGE:
                break;
        case ROUTE_KEEPER_SUBJECT_OTHERS:
                return &catalogue_rows[CATALOGUE_NETC_07];
        case ROUTE_KEEPER_SUBJECT_SOURCE:
                return &catalogue_rows[CATALOGUE_NETC_28];
        case ROUTE_KEEPER_SUBJECT_VRF:
                return &catalogue_rows[CATALOGUE_NETC_30];
        }

        return NULL;
}

static void routes_log(Supervisor *s, const RouteKeeperAction *a) {
        const DiagnosisRow *row = routes_get_row(a->log.subject);
        char text[ROUTE_KEEPER_TEXT_MAX_BYTES + IF_NAMESIZE + 8];

        supervisor_add_interface(s, a->log.text, a->log.ifindex, text, sizeof(text));
        journal_write(s->journal, a->log.priority,
                      &(JournalFields){
                              .state = tunnel_state_name(tunnel_get_state(s->tunnel)),
                              .message_id = row ? row->message_id : NULL,
                              .row = row,
                      },
                      text);
}

/* Carries out an action that is for the kernel or the journal. Returns 0 or a negative errno. */
static int routes_execute(Supervisor *s, RouteKeeperAction *a) {
        switch (a->type) {
        case ROUTE_KEEPER_ACTION_CANCEL:
                s->routes.request = rtnl_request_free(s->routes.request);
                break;
        case ROUTE_KEEPER_ACTION_FIND_LINK:
                return routes_find_link(s, a);
        case ROUTE_KEEPER_ACTION_LIST:
                return routes_list(s, a);
        case ROUTE_KEEPER_ACTION_CHANGE:
                return routes_change(s, a);
        case ROUTE_KEEPER_ACTION_SET_ADDRESS:
                return rtnl_set_address(supervisor_get_inner_rtnl(s), a->address.ifindex,
                                        a->address.local, a->address.peer, on_address_set, s,
                                        &s->routes.request);
        case ROUTE_KEEPER_ACTION_SET_ADDRESS6:
                return rtnl_set_address6(supervisor_get_inner_rtnl(s), a->address6.ifindex,
                                         &a->address6.local, &a->address6.peer, on_address_set, s,
                                         &s->routes.request);
        case ROUTE_KEEPER_ACTION_MAKE_VRF:
                return routes_make_vrf(s, a);
        case ROUTE_KEEPER_ACTION_JOIN_VRF:
                routes_mark_vrf(s);
                return rtnl_set_master(s->rtnl, a->vrf.ifindex, a->vrf.master, on_vrf_done, s,
                                       &s->routes.request);
        case ROUTE_KEEPER_ACTION_SET_UP_VRF:
                return rtnl_set_up(s->rtnl, a->vrf.ifindex, on_vrf_done, s, &s->routes.request);
        case ROUTE_KEEPER_ACTION_LOG:
                routes_log(s, a);
                break;
        case ROUTE_KEEPER_ACTION_INSTALLED:
        case ROUTE_KEEPER_ACTION_FAILED:
        case ROUTE_KEEPER_ACTION_REMOVED:
        case ROUTE_KEEPER_ACTION_GONE:
        case ROUTE_KEEPER_ACTION_OVERLAP:
        case ROUTE_KEEPER_ACTION_LOST:
                break; /* routes_tell() */
        }

        return 0;
}

static void routes_feed(Supervisor *s, TunnelEvent *event) {
        event->part = TUNNEL_PART_ROUTES;
        supervisor_feed(s, event);
}

static void routes_failed(Supervisor *s, const RouteKeeperAction *a) {
        char text[DIAGNOSIS_FACT_TEXT_MAX];

        supervisor_add_interface(s, a->failed.text, a->failed.ifindex, text, sizeof(text));
        s->route_refused = a->failed.error == -EEXIST && !a->failed.is_vrf;
        reload_answer_fail(&s->reload_answer);
        routes_feed(s,
                    &(TunnelEvent){
                            .type = TUNNEL_EVENT_APPLY_FAILED,
                            .fact = { .type = a->failed.is_vrf ? DIAGNOSIS_VRF :
                                                                 DIAGNOSIS_ROUTE_REFUSED,
                                      .stage = DIAGNOSIS_STAGE_NETWORK,
                                      .number = -a->failed.error,
                                      .text = text },
                    });
}

/* Carries out an action that is for the tunnel. The tunnel may answer with another step at once. */
static void routes_tell(Supervisor *s, const RouteKeeperAction *a) {
        switch (a->type) {
        case ROUTE_KEEPER_ACTION_INSTALLED:
                s->route_refused = false;
                routes_leave_vrf(s);
                supervisor_tell_overlaps(s);
                supervisor_offer_installed(s, a->count);
                break;
        case ROUTE_KEEPER_ACTION_FAILED:
                routes_failed(s, a);
                break;
        case ROUTE_KEEPER_ACTION_REMOVED:
                routes_feed(s, &(TunnelEvent){ .type = TUNNEL_EVENT_REMOVED });
                break;
        case ROUTE_KEEPER_ACTION_GONE:
                supervisor_feed_fact(s, TUNNEL_EVENT_INTERFACE_GONE, DIAGNOSIS_STAGE_UP,
                                     DIAGNOSIS_INTERFACE_GONE, 0, NULL);
                break;
        case ROUTE_KEEPER_ACTION_OVERLAP:
                /* Of a tunnel that comes up it is not true before its routes are there. */
                if (tunnel_get_state(s->tunnel) == TUNNEL_STATE_UP)
                        supervisor_tell_overlaps(s);
                break;
        case ROUTE_KEEPER_ACTION_LOST:
                supervisor_feed_fact(s, TUNNEL_EVENT_EVIDENCE, DIAGNOSIS_STAGE_UP,
                                     DIAGNOSIS_ROUTE_REMOVED, (int64_t) a->note.count,
                                     a->note.text);
                break;
        case ROUTE_KEEPER_ACTION_CANCEL:
        case ROUTE_KEEPER_ACTION_FIND_LINK:
        case ROUTE_KEEPER_ACTION_MAKE_VRF:
        case ROUTE_KEEPER_ACTION_JOIN_VRF:
        case ROUTE_KEEPER_ACTION_SET_UP_VRF:
        case ROUTE_KEEPER_ACTION_LIST:
        case ROUTE_KEEPER_ACTION_CHANGE:
        case ROUTE_KEEPER_ACTION_SET_ADDRESS:
        case ROUTE_KEEPER_ACTION_SET_ADDRESS6:
        case ROUTE_KEEPER_ACTION_LOG:
                break; /* routes_execute() */
        }
}

static void routes_arm_timer(Supervisor *s) {
        uint64_t deadline = route_keeper_next_deadline(s->routes.keeper);

        (void) sd_event_source_set_time(s->routes.timer, deadline);
        (void) sd_event_source_set_enabled(
                s->routes.timer, deadline == USEC_INFINITY ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
}

/* Answers a request that could not be made: it has failed. */
static void routes_answer_failure(Supervisor *s, const RouteKeeperAction *a, int error) {
        RouteKeeperEvent event = { 0 };

        if (a->type == ROUTE_KEEPER_ACTION_FIND_LINK) {
                event.type = ROUTE_KEEPER_LINK_FOUND;
                event.found.error = error;
        } else if (a->type == ROUTE_KEEPER_ACTION_LIST) {
                event.type = ROUTE_KEEPER_LISTED;
                event.listed.error = error;
        } else if (a->type == ROUTE_KEEPER_ACTION_MAKE_VRF ||
                   a->type == ROUTE_KEEPER_ACTION_JOIN_VRF ||
                   a->type == ROUTE_KEEPER_ACTION_SET_UP_VRF) {
                event.type = ROUTE_KEEPER_VRF_DONE;
                event.vrf_done.error = error;
        } else if (a->type == ROUTE_KEEPER_ACTION_SET_ADDRESS ||
                   a->type == ROUTE_KEEPER_ACTION_SET_ADDRESS6) {
                event.type = ROUTE_KEEPER_ADDRESS_SET;
                event.address_set.error = error;
        } else {
                event.type = ROUTE_KEEPER_CHANGED;
                event.changed.error = error;
        }

        routes_step(s, &event);
}

/*
 * Feeds an event to the keeper and carries out its actions: first those for the kernel, then those
 * for the tunnel. The tunnel may answer with another step of the keeper, for which this one must be
 * over.
 */
static void routes_step(Supervisor *s, const RouteKeeperEvent *event) {
        RouteKeeperActions actions;

        route_keeper_step(s->routes.keeper, event, clock_read_usec(CLOCK_BOOTTIME), &actions);
        routes_arm_timer(s);
        supervisor_watch_routes(s); /* before anything is asked whose answer may be outdated */

        for (size_t i = 0; i < actions.n_items; i++) {
                int r;

                r = routes_execute(s, &actions.items[i]);
                if (r < 0)
                        routes_answer_failure(s, &actions.items[i], r);
        }

        for (size_t i = 0; i < actions.n_items; i++)
                routes_tell(s, &actions.items[i]);

        supervisor_answer_reload(s);
}

static int on_routes_timer(_unused_ sd_event_source *source, _unused_ uint64_t usec,
                           void *userdata) {

        routes_step(userdata, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_TIMER });
        return 0;
}

/* ---- what the server offers ---- */

void supervisor_tell_routes(Supervisor *s, size_t count) {
        s->routes.untold = true;
        s->routes.count = count;
        supervisor_tell_untold_routes(s);
}

void supervisor_tell_untold_routes(Supervisor *s) {
        if (!s->routes.untold || supervisor_frame_is_busy(s))
                return;

        s->routes.untold = false;
        routes_feed(s, &(TunnelEvent){ .type = TUNNEL_EVENT_APPLIED, .count = s->routes.count });
}

static void routes_offer(Supervisor *s, const ConfigRoute *routes, size_t n_routes) {
        routes_step(s,
                    &(RouteKeeperEvent){
                            .type = ROUTE_KEEPER_OFFER,
                            .offer = { routes, n_routes },
                    });
}

void supervisor_take_offer(Supervisor *s, const ConfigRoute *routes, size_t n_routes) {
        const TunnelLink link = s->link;

        routes_offer(s, routes, n_routes);
        supervisor_install_routes(s, &link);
}

/* ---- what the tunnel asks for ---- */

void supervisor_configure_routes(Supervisor *s) {
        routes_step(s, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_CONFIGURE, .config = s->config });
        supervisor_offer_configure(s);
        supervisor_configure_frame(s);
}

/*
 * Returns the way to the server as the watcher knows it. The call's own look-up may have been made
 * in a moment without a way that was too short for the watcher to report.
 */
static RouteUplink get_uplink(const Supervisor *s) {
        const struct in_addr server = s->call.uplink.server;
        const Uplink *path = uplink_watcher_get_path(&s->uplink_watch.watcher, server);

        if (!path)
                return s->call.uplink;

        return (RouteUplink){
                .server = server,
                .gateway = path->gateway,
                .gateway6 = path->gateway6,
                .ifindex = path->ifindex,
        };
}

void supervisor_install_routes(Supervisor *s, const TunnelLink *link) {
        struct in_addr name_servers[ROUTE_KEEPER_NAME_SERVERS_MAX];
        RouteKeeperEvent event = {
                .type = ROUTE_KEEPER_INSTALL,
                .install = {
                        .link = {
                                .local = link->local,
                                .peer = link->peer,
                                .has_ipv6 = link->has_ipv6,
                        },
                        .name_servers = name_servers,
                },
        };

        /* Routes in another namespace cannot be in the way to the server. */
        if (!supervisor_is_apart(s)) {
                event.install.uplink = get_uplink(s);
                event.install.n_name_servers =
                        name_servers_read(name_servers, ELEMENTSOF(name_servers));
        }

        s->link = *link;
        s->routes.untold = false;
        snprintf(event.install.link.ifname, sizeof(event.install.link.ifname), "%s", link->ifname);
        supervisor_offer_begin(s);
        routes_step(s, &event);
}

void supervisor_suspend_routes(Supervisor *s) {
        routes_step(s, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_SUSPEND });
}

void supervisor_take_ipv6(Supervisor *s, const struct in6_addr *local,
                          const struct in6_addr *peer) {

        routes_step(s, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_IPV6, .ipv6 = { *local, *peer } });
}

void supervisor_remove_routes(Supervisor *s) {
        s->routes.untold = false;
        supervisor_offer_end(s);
        routes_offer(s, NULL, 0);
        routes_step(s, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_REMOVE });
}

void supervisor_move_routes(Supervisor *s, const Uplink *uplink) {
        s->call.uplink.ifindex = uplink->ifindex;
        s->call.uplink.gateway = uplink->gateway;
        s->call.uplink.gateway6 = uplink->gateway6;
        if (supervisor_is_apart(s))
                return;

        routes_step(s,
                    &(RouteKeeperEvent){
                            .type = ROUTE_KEEPER_MOVE,
                            .uplink = { uplink->ifindex, uplink->gateway, uplink->gateway6 },
                    });
        supervisor_frame_move(s, &s->call.uplink);
}

/* ---- what the kernel announces ---- */

/*
 * pppd sets the MTU when it negotiates anew, and when the link ends; that it does so is told at the
 * same time, by another way. By the end of this time it has been heard.
 */
#define SUPERVISOR_LOOK_USEC (50 * USEC_PER_MSEC)

static void on_looked(RtnlRequest *q, int error, _unused_ const char *text, const RtnlLink *link,
                      void *userdata) {

        TunnelEvent event = { .type = TUNNEL_EVENT_LINK_SEEN };
        Supervisor *s = userdata;

        if (error == 0) {
                event.seen.mtu_bytes = (uint16_t) link->mtu_bytes;
                snprintf(event.seen.ifname, sizeof(event.seen.ifname), "%s", link->name);
        }
        s->look_request = rtnl_request_free(q);
        /* Our own change of the MTU is told once it is acknowledged. */
        if (error < 0 || s->mtu_request || tunnel_get_state(s->tunnel) != TUNNEL_STATE_UP)
                return;

        memcpy(s->link.ifname, event.seen.ifname, sizeof(s->link.ifname));
        s->link.mtu_bytes = event.seen.mtu_bytes;
        supervisor_feed(s, &event);
}

static int on_look_timer(_unused_ sd_event_source *source, _unused_ uint64_t usec, void *userdata) {
        Supervisor *s = userdata;

        s->look_timer = sd_event_source_disable_unref(s->look_timer);
        s->look_request = rtnl_request_free(s->look_request);
        (void) rtnl_get_link(supervisor_get_inner_rtnl(s), NULL,
                             route_keeper_get_ifindex(s->routes.keeper), on_looked, s,
                             &s->look_request);
        return 0;
}

static void look_at_link(Supervisor *s, const RtnlLink *announced) {
        if (s->look_timer ||
            (strcmp(announced->name, s->link.ifname) == 0 &&
             announced->mtu_bytes == s->link.mtu_bytes))
                return;

        if (sd_event_add_time_relative(s->event, &s->look_timer, CLOCK_BOOTTIME,
                                       SUPERVISOR_LOOK_USEC, 0, on_look_timer, s) >= 0)
                (void) sd_event_source_set_description(s->look_timer, "look-at-link");
}

void supervisor_look_stop(Supervisor *s) {
        s->look_timer = sd_event_source_disable_unref(s->look_timer);
        s->look_request = rtnl_request_free(s->look_request);
}

static void routes_on_link(Supervisor *s, const RtnlLink *link, bool removed) {
        RouteKeeperEvent event = {
                .type = ROUTE_KEEPER_LINK,
                .link = {
                        .removed = removed,
                        .up = link->flags & IFF_UP,
                        .master = link->master,
                },
        };

        if (removed) {
                supervisor_feed(
                        s,
                        &(TunnelEvent){ .type = TUNNEL_EVENT_TRAFFIC, .traffic = link->traffic });
                /* Who adds an interface's counters to the file's must not miss these meanwhile. */
                supervisor_save_status(s);
        } else
                look_at_link(s, link);
        snprintf(event.link.name, sizeof(event.link.name), "%s", link->name);
        routes_step(s, &event);
}

static void routes_on_address(Supervisor *s, const RtnlAddress *address, bool removed) {
        routes_step(s,
                    &(RouteKeeperEvent){
                            .type = ROUTE_KEEPER_ADDRESS,
                            .address = { address->address, removed },
                    });
}

/*
 * Another interface, in the namespace of the tunnel's, got or lost an address; or went up or down,
 * which takes its networks away or brings them back without a word about addresses.
 */
static void routes_on_networks(Supervisor *s) {
        routes_step(s, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_NETWORKS });
}

/* The same in this host's own namespace, where the tunnel's unreachable routes are. */
static void outer_on_networks(Supervisor *s) {
        if (!supervisor_is_apart(s))
                routes_on_networks(s);
        supervisor_frame_step(s, ROUTE_FRAME_NETWORKS);
}

/* Another interface, which may be the VRF. What becomes of ours with its end is announced, too. */
static void routes_on_vrf(Supervisor *s, const RtnlLink *link, bool removed) {
        if (!removed)
                routes_step(s,
                            &(RouteKeeperEvent){
                                    .type = ROUTE_KEEPER_VRF_LINK,
                                    .vrf_link = { link->ifindex, link->flags & IFF_UP },
                            });
}

/* One of whatever interface: routes may send from it. */
static void routes_on_source(Supervisor *s, const RtnlAddress *address, bool removed) {
        routes_step(s,
                    &(RouteKeeperEvent){
                            .type = ROUTE_KEEPER_SOURCE,
                            .source = { .removed = removed, .address = address->address },
                    });
}

static void routes_on_source6(Supervisor *s, const RtnlAddress6 *address, bool removed) {
        routes_step(s,
                    &(RouteKeeperEvent){
                            .type = ROUTE_KEEPER_SOURCE,
                            .source = {
                                    .is_ipv6 = true,
                                    .removed = removed,
                                    .address6 = address->address,
                            },
                    });
}

static void routes_on_address6(Supervisor *s, const RtnlAddress6 *address, bool removed) {
        routes_step(s,
                    &(RouteKeeperEvent){
                            .type = ROUTE_KEEPER_ADDRESS6,
                            .address6 = { address->address, removed },
                    });
}

/*
 * Whether the announcement is about a network that another interface is in. Of IPv6 it may have no
 * address there but one of a host alone, and the network from a router.
 */
static bool is_network(const Supervisor *s, const Route *route) {
        return route_overlap_is_network(route, route_keeper_get_ifindex(s->routes.keeper));
}

static void routes_on_route(Supervisor *s, const Route *route, RouteNews news) {
        routes_step(s,
                    &(RouteKeeperEvent){
                            .type = ROUTE_KEEPER_ROUTE,
                            .route = { route, news },
                    });
}

/* Asks the kernel for everything, because announcements were lost. */
static void routes_on_resync(Supervisor *s) {
        journal_print(s->journal, LOG_DEBUG,
                      "The kernel's announcements came too fast, looking for what we missed");
        routes_step(s, &(RouteKeeperEvent){ .type = ROUTE_KEEPER_RESYNC });
}

/*
 * Whether an announcement is about the tunnel's interface. If that is in another namespace, an
 * interface of the same index here is another one.
 */
static bool is_own_link(const Supervisor *s, uint32_t ifindex) {
        return !supervisor_is_apart(s) && ifindex == route_keeper_get_ifindex(s->routes.keeper);
}

static void on_link(const RtnlLink *link, bool removed, void *userdata) {
        Supervisor *s = userdata;

        if (is_own_link(s, link->ifindex))
                routes_on_link(s, link, removed);
        else {
                if (!supervisor_is_apart(s))
                        routes_on_vrf(s, link, removed);
                outer_on_networks(s);
                supervisor_cover_on_link(s, link, removed);
                supervisor_uplink_on_link(s, link, removed);
        }
}

static void on_address(const RtnlAddress *address, bool removed, void *userdata) {
        Supervisor *s = userdata;

        if (!supervisor_is_apart(s))
                routes_on_source(s, address, removed);
        if (is_own_link(s, address->ifindex))
                routes_on_address(s, address, removed);
        else {
                outer_on_networks(s);
                supervisor_cover_on_address(s, address, removed);
                supervisor_uplink_on_address(s, address, removed);
        }
}

static void on_address6(const RtnlAddress6 *address, bool removed, void *userdata) {
        Supervisor *s = userdata;

        if (!supervisor_is_apart(s))
                routes_on_source6(s, address, removed);
        if (is_own_link(s, address->ifindex))
                routes_on_address6(s, address, removed);
        else
                outer_on_networks(s);
}

static void on_route(const Route *route, RouteNews news, void *userdata) {
        Supervisor *s = userdata;

        if (!supervisor_is_apart(s))
                routes_on_route(s, route, news);
        supervisor_frame_on_route(s, route, news);
        if (is_network(s, route))
                outer_on_networks(s);
        if (route->protocol != ROUTE_PROTOCOL_PPTP)
                supervisor_uplink_on_route(s, route, route_news_is_gone(news));
}

static void on_rule(const RouteRule *rule, bool removed, void *userdata) {
        supervisor_frame_on_rule(userdata, rule, removed);
}

static void on_resync(void *userdata) {
        Supervisor *s = userdata;

        if (!supervisor_is_apart(s))
                routes_on_resync(s);
        supervisor_frame_step(s, ROUTE_FRAME_RESYNC);
        supervisor_cover_on_resync(s);
        supervisor_uplink_on_resync(s);
}

/* The same for the namespace of NetworkNamespace=, through which no packets go to the server. */

static bool is_inner_link(const Supervisor *s, uint32_t ifindex) {
        return ifindex == route_keeper_get_ifindex(s->routes.keeper);
}

static void on_inner_link(const RtnlLink *link, bool removed, void *userdata) {
        if (is_inner_link(userdata, link->ifindex))
                routes_on_link(userdata, link, removed);
        else
                routes_on_networks(userdata);
}

static void on_inner_address(const RtnlAddress *address, bool removed, void *userdata) {
        routes_on_source(userdata, address, removed);
        if (is_inner_link(userdata, address->ifindex))
                routes_on_address(userdata, address, removed);
        else
                routes_on_networks(userdata);
}

static void on_inner_address6(const RtnlAddress6 *address, bool removed, void *userdata) {
        routes_on_source6(userdata, address, removed);
        if (is_inner_link(userdata, address->ifindex))
                routes_on_address6(userdata, address, removed);
        else
                routes_on_networks(userdata);
}

static void on_inner_route(const Route *route, RouteNews news, void *userdata) {
        routes_on_route(userdata, route, news);
        if (is_network(userdata, route))
                routes_on_networks(userdata);
}

static void on_inner_resync(void *userdata) {
        routes_on_resync(userdata);
}

/* With a filter that is too old more is announced than need be, or less: that is looked up, too. */
static void watch(Supervisor *s, RtnlMonitor *monitor, const RouteWatch *watch) {
        int r;

        r = monitor ? rtnl_monitor_watch(monitor, watch) : 0;
        if (r < 0)
                journal_print(s->journal, LOG_DEBUG,
                              "Cannot choose what the kernel announces: %s, ignoring",
                              strerror(-r));
}

void supervisor_watch_routes(Supervisor *s) {
        RouteWatch outer = { 0 }, inner = { 0 };
        RouteWatch *of_tunnel = supervisor_is_apart(s) ? &inner : &outer;

        route_watch_add_uplink(&outer, &s->uplink_watch.watcher);
        route_watch_add_link(&outer, supervisor_get_cover_link(s));
        route_watch_add_frame(&outer, frame_edge_get_frame(s->frame));
        route_watch_add_tunnel(of_tunnel, s->routes.keeper);
        of_tunnel->ipv6_networks = config_has_ipv6_routes(s->config);

        watch(s, s->monitor, &outer);
        if (supervisor_is_apart(s))
                watch(s, s->inner.monitor, &inner);
}

int supervisor_routes_init(Supervisor *s) {
        static const RtnlMonitorHandlers handlers = {
                .on_link = on_link,
                .on_address = on_address,
                .on_address6 = on_address6,
                .on_route = on_route,
                .on_rule = on_rule,
                .on_resync = on_resync,
        };
        static const RtnlMonitorHandlers inner_handlers = {
                .on_link = on_inner_link,
                .on_address = on_inner_address,
                .on_address6 = on_inner_address6,
                .on_route = on_inner_route,
                .on_resync = on_inner_resync,
        };
        int r;

        s->inner.handlers = &inner_handlers;
        s->routes.watch = supervisor_watch_routes;
        s->routes.keeper = route_keeper_new();
        if (!s->routes.keeper)
                return -ENOMEM;

        r = sd_event_add_time(s->event, &s->routes.timer, CLOCK_BOOTTIME, USEC_INFINITY,
                              SUPERVISOR_TIMER_ACCURACY_USEC, on_routes_timer, s);
        if (r < 0)
                return r;

        (void) sd_event_source_set_description(s->routes.timer, "routes");
        r = supervisor_offer_init(s);
        if (r < 0)
                return r;

        r = rtnl_new(s->event, &s->rtnl);
        if (r < 0)
                return r;

        r = supervisor_frame_init(s);
        if (r < 0)
                return r;

        supervisor_configure_routes(s);

        r = rtnl_monitor_new(s->event, &handlers, s, &s->monitor);
        if (r < 0)
                return r;

        return rtnl_monitor_ignore(s->monitor, rtnl_get_port(s->rtnl));
}

void supervisor_routes_done(Supervisor *s) {
        s->routes.request = rtnl_request_free(s->routes.request);
        s->clash_request = rtnl_request_free(s->clash_request);
        s->routes.timer = sd_event_source_disable_unref(s->routes.timer);
        supervisor_offer_done(s);
        s->monitor = rtnl_monitor_free(s->monitor);
        supervisor_frame_done(s);
        s->rtnl = rtnl_free(s->rtnl);
        s->routes.keeper = route_keeper_free(s->routes.keeper);
}
