/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The tunnel's routes: link → networks that this host is in → routes that we have there → plan →
 * changes, each step a request to the kernel whose answer begins the next. The same steps put right
 * what others, or the kernel, have taken away.
 */

#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <syslog.h>

#include "core/route/route-owner.h"
#include "core/base/text.h"
#include "supervisor/supervisor-internal.h"

/*
 * What was desired may stand in the kernel until a change is through: a reload may come while an
 * earlier one is still being carried out. Returns 0 or -ENOMEM.
 */
static int supervisor_retire_routes(Supervisor *s) {
        Route *former;

        if (s->n_desired > 0) {
                former = reallocarray(s->former, s->n_former + s->n_desired, sizeof(*former));
                if (!former)
                        return -ENOMEM;

                memcpy(former + s->n_former, s->desired, s->n_desired * sizeof(*former));
                s->former = former;
                s->n_former += s->n_desired;
                route_sort(s->former, s->n_former);
        }

        free(steal_pointer(s->desired));
        s->n_desired = 0;
        return 0;
}

static void supervisor_forget_former_routes(Supervisor *s) {
        free(steal_pointer(s->former));
        s->n_former = 0;
}

static void supervisor_forget_routes(Supervisor *s) {
        supervisor_forget_former_routes(s);
        free(steal_pointer(s->desired));
        s->n_desired = 0;
}

static void supervisor_routes_removed(Supervisor *s) {
        supervisor_feed(s,
                        &(TunnelEvent){
                                .type = TUNNEL_EVENT_REMOVED,
                                .part = TUNNEL_PART_ROUTES,
                        });
}

static void supervisor_routes_failed(Supervisor *s, int error, const char *text) {
        if (s->routes_removing) {
                supervisor_routes_removed(s);
                return;
        }

        s->change_failed = true;
        supervisor_feed(s,
                        &(TunnelEvent){
                                .type = TUNNEL_EVENT_APPLY_FAILED,
                                .part = TUNNEL_PART_ROUTES,
                                .fact = { .type = DIAGNOSIS_ROUTE_REFUSED,
                                          .stage = DIAGNOSIS_STAGE_NETWORK,
                                          .number = -error,
                                          .text = text },
                        });
}

static void on_route_refused(_unused_ RtnlRequest *q, const Route *route, bool deleting, int error,
                             const char *text, void *userdata) {

        Supervisor *s = userdata;
        char description[128];

        route_describe(route, description, sizeof(description));
        if (s->refused_error == 0) {
                TextBuilder t = text_builder(s->refused_text, sizeof(s->refused_text));

                s->refused_error = error;
                text_add(&t, description);
                if (text)
                        text_addf(&t, " (%s)", text);
        }
        journal_print(s->journal, LOG_WARNING, "Kernel refused to %s route %s: %s%s%s",
                      deleting ? "delete" : "add", description, strerror(-error), text ? ": " : "",
                      text ?: "");
}

/* Those of the configuration: what pins the server is our own affair. */
static size_t supervisor_count_routes(const Supervisor *s) {
        size_t n = 0;

        for (size_t i = 0; i < s->n_desired; i++)
                n += !route_owner_is_pin(&s->desired[i]);

        return n;
}

static void supervisor_reconcile_routes(Supervisor *s);

static void on_routes_changed(RtnlRequest *q, int error, _unused_ size_t n_acknowledged,
                              size_t n_refused, void *userdata) {

        Supervisor *s = userdata;

        s->route_request = rtnl_request_free(q);
        if (error == 0)
                supervisor_forget_former_routes(s);

        if (s->routes_stale)
                supervisor_reconcile_routes(s);
        else if (s->routes_removing)
                supervisor_routes_removed(s);
        else if (n_refused > 0)
                supervisor_routes_failed(s, s->refused_error, s->refused_text);
        else if (error < 0)
                supervisor_routes_failed(s, error, NULL);
        else
                supervisor_feed(s,
                                &(TunnelEvent){
                                        .type = TUNNEL_EVENT_APPLIED,
                                        .part = TUNNEL_PART_ROUTES,
                                        .count = supervisor_count_routes(s),
                                });
}

static void on_routes_listed(RtnlRequest *q, int error, const char *text, const Route *routes,
                             size_t n_routes, void *userdata) {

        Supervisor *s = userdata;
        _cleanup_free_ Route *owned = NULL;
        RoutePlan plan = { 0 };
        size_t n_owned = 0;
        int r = error;

        if (r >= 0) {
                owned = calloc(n_routes + 1, sizeof(*owned));
                r = owned ? 0 : -ENOMEM;
        }

        for (size_t i = 0; r >= 0 && i < n_routes; i++)
                if (route_owner_is(&routes[i], s->link_ifindex, s->desired, s->n_desired) ||
                    route_owner_is(&routes[i], s->link_ifindex, s->former, s->n_former))
                        owned[n_owned++] = routes[i];

        if (r >= 0)
                r = route_plan_make(s->desired, s->routes_removing ? 0 : s->n_desired, owned,
                                    n_owned, &plan);

        if (r >= 0 && !s->routes_removing && s->link.peer.s_addr == s->uplink.server.s_addr) {
                const Route swallow =
                        route_set_get_peer_route(s->link_ifindex, s->link.local, s->link.peer);

                r = route_plan_add_delete(&plan, &swallow);
        }

        s->route_request = rtnl_request_free(q);
        if (r >= 0) {
                s->refused_error = 0;
                r = rtnl_change_routes(s->rtnl, &plan, on_route_refused, on_routes_changed, s,
                                       &s->route_request);
                if (r < 0)
                        route_plan_done(&plan);
        }

        if (r < 0)
                supervisor_routes_failed(s, r, text);
}

/* Third step: what of ours is there already? */
static void supervisor_list_routes(Supervisor *s) {
        const RtnlRouteFilter filter = { .protocol = ROUTE_PROTOCOL_PPTP };
        int r;

        r = rtnl_list_routes(s->rtnl, &filter, on_routes_listed, s, &s->route_request);
        if (r < 0)
                supervisor_routes_failed(s, r, NULL);
}

static void on_kernel_routes_listed(RtnlRequest *q, int error, _unused_ const char *text,
                                    const Route *routes, size_t n_routes, void *userdata) {

        Supervisor *s = userdata;
        char ifname[IF_NAMESIZE], ours[128], theirs[128], both[DIAGNOSIS_FACT_TEXT_MAX];
        TextBuilder t = text_builder(both, sizeof(both));
        const Route *route, *connected;

        if (error >= 0 &&
            route_set_find_overlap(s->desired, s->n_desired, s->link_ifindex, routes, n_routes,
                                   &route, &connected)) {
                route_describe(route, ours, sizeof(ours));
                route_describe(connected, theirs, sizeof(theirs));
                text_addf(&t, "%s in the tunnel, %s on %s", ours, theirs,
                          if_indextoname(connected->ifindex, ifname) ?: "an interface");
                supervisor_feed_fact(s, TUNNEL_EVENT_EVIDENCE, DIAGNOSIS_STAGE_NETWORK,
                                     DIAGNOSIS_ROUTE_OVERLAP, 0, both);
        }

        s->route_request = rtnl_request_free(q);
        supervisor_list_routes(s);
}

/* Second step: which networks is this host in already? */
static void supervisor_list_kernel_routes(Supervisor *s) {
        const RtnlRouteFilter filter = { .protocol = RTPROT_KERNEL };
        int r;

        r = rtnl_list_routes(s->rtnl, &filter, on_kernel_routes_listed, s, &s->route_request);
        if (r < 0)
                supervisor_routes_failed(s, r, NULL);
}

static void on_tunnel_link(RtnlRequest *q, int error, const char *text, const RtnlLink *link,
                           void *userdata) {

        Supervisor *s = userdata;
        int r = error;

        s->route_request = rtnl_request_free(q);
        if (r >= 0) {
                s->link_ifindex = link->ifindex;
                r = route_set_make(s->config, link->ifindex, s->link.peer, &s->uplink, &s->desired,
                                   &s->n_desired);
        }

        if (r < 0)
                supervisor_routes_failed(s, r, text);
        else
                supervisor_list_kernel_routes(s);
}

void supervisor_install_routes(Supervisor *s, const TunnelLink *link) {
        int r;

        s->route_request = rtnl_request_free(s->route_request);
        s->routes_removing = s->routes_stale = false;
        s->link = *link;
        r = supervisor_retire_routes(s);
        if (r >= 0)
                r = rtnl_get_link(s->rtnl, link->ifname, 0, on_tunnel_link, s, &s->route_request);
        if (r < 0)
                supervisor_routes_failed(s, r, NULL);
}

void supervisor_remove_routes(Supervisor *s) {
        s->route_request = rtnl_request_free(s->route_request);
        s->routes_removing = true;
        s->routes_stale = false;
        s->n_places_taken = 0;
        supervisor_watch_routes(s);

        /* Without an interface there is nothing that could be ours. */
        if (s->link_ifindex == 0)
                supervisor_routes_removed(s);
        else
                supervisor_list_routes(s);
}

/* Puts what is in the kernel right again, while the tunnel is none the wiser. */
static void supervisor_reconcile_routes(Supervisor *s) {
        int r;

        if (s->link_ifindex == 0 || s->routes_removing)
                return;

        s->routes_stale = s->route_request;
        if (s->routes_stale)
                return;

        free(steal_pointer(s->desired));
        s->n_desired = 0;
        r = route_set_make(s->config, s->link_ifindex, s->link.peer, &s->uplink, &s->desired,
                           &s->n_desired);
        if (r < 0)
                journal_print(s->journal, LOG_ERR, "Cannot make the routes anew: %s", strerror(-r));
        else
                supervisor_list_routes(s);
}

void supervisor_move_routes(Supervisor *s, const Uplink *uplink) {
        s->uplink.gateway = uplink->gateway;
        s->uplink.ifindex = uplink->ifindex;
        supervisor_reconcile_routes(s);
}

static bool supervisor_has_routes(const Supervisor *s) {
        return s->link_ifindex != 0 && !s->routes_removing && s->n_desired > 0;
}

bool supervisor_restore_routes(Supervisor *s) {
        /* With the interface all routes on it go; that is nothing to be put right. */
        if (!supervisor_has_routes(s) || tunnel_get_state(s->tunnel) > TUNNEL_STATE_UP)
                return false;

        supervisor_reconcile_routes(s);
        return true;
}

uint32_t supervisor_get_hidden_table(const Supervisor *s) {
        if (!supervisor_has_routes(s))
                return 0;

        for (size_t i = 0; i < s->n_desired; i++)
                if (route_owner_is_pin(&s->desired[i]))
                        return s->uplink_watch.path.table ?: RT_TABLE_MAIN;

        return 0;
}

static void supervisor_interface_gone(Supervisor *s) {
        supervisor_feed_fact(s, TUNNEL_EVENT_INTERFACE_GONE, DIAGNOSIS_STAGE_UP,
                             DIAGNOSIS_INTERFACE_GONE, 0, NULL);
}

static void on_link(const RtnlLink *link, bool removed, void *userdata) {
        Supervisor *s = userdata;

        if (link->ifindex != s->link_ifindex)
                supervisor_uplink_on_link(s, link, removed);
        else if (removed) {
                supervisor_feed(
                        s,
                        &(TunnelEvent){ .type = TUNNEL_EVENT_TRAFFIC, .traffic = link->traffic });
                supervisor_interface_gone(s);
        }
}

static void on_address(const RtnlAddress *address, bool removed, void *userdata) {
        Supervisor *s = userdata;

        if (address->ifindex != s->link_ifindex)
                supervisor_uplink_on_address(s, address, removed);
}

static void on_own_route(Supervisor *s, const Route *route, RtnlRouteNews news) {
        if (news == RTNL_ROUTE_REMOVED && supervisor_has_routes(s) &&
            route_is_among(s->desired, s->n_desired, route))
                supervisor_guard_route(s, route);
}

/* It is not for us to remove, though it stands where one of ours should. */
static void on_foreign_route(Supervisor *s, const Route *route, RtnlRouteNews news) {
        const Route *ours = NULL;

        if (supervisor_has_routes(s) && news != RTNL_ROUTE_ADDED)
                ours = route_find_rival(s->desired, s->n_desired, route);
        if (ours && news == RTNL_ROUTE_REPLACED)
                supervisor_guard_replaced(s, ours, route);
        else if (ours)
                supervisor_guard_route(s, ours);

        if (route_covers(route, s->uplink_server))
                supervisor_uplink_on_route(s, news == RTNL_ROUTE_REMOVED);
}

static void on_route(const Route *route, RtnlRouteNews news, void *userdata) {
        (route->protocol == ROUTE_PROTOCOL_PPTP ? on_own_route : on_foreign_route)(userdata, route,
                                                                                   news);
}

/* Announcements were lost, and what they would have told must be asked for. */
static void on_resync(void *userdata) {
        Supervisor *s = userdata;
        char name[IF_NAMESIZE];

        journal_print(s->journal, LOG_DEBUG,
                      "The kernel's announcements came too fast, looking for what we missed");
        if (tunnel_get_state(s->tunnel) == TUNNEL_STATE_UP &&
            !if_indextoname(s->link_ifindex, name))
                supervisor_interface_gone(s);

        (void) supervisor_restore_routes(s);
        supervisor_uplink_on_resync(s);
}

int supervisor_routes_init(Supervisor *s) {
        static const RtnlMonitorHandlers handlers = {
                .on_link = on_link,
                .on_address = on_address,
                .on_route = on_route,
                .on_resync = on_resync,
        };
        int r;

        r = rtnl_new(s->event, &s->rtnl);
        if (r < 0)
                return r;

        return rtnl_monitor_new(s->event, &handlers, s, &s->monitor);
}

void supervisor_routes_done(Supervisor *s) {
        s->route_request = rtnl_request_free(s->route_request);
        supervisor_forget_routes(s);
        s->monitor = rtnl_monitor_free(s->monitor);
        s->rtnl = rtnl_free(s->rtnl);
}
