/* SPDX-License-Identifier: GPL-2.0-or-later */

/* pptpctl check: what the kernel has already where the tunnel's routes are to stand. */

#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>

#include "check-parts.h"
#include "core/route/route-clash.h"
#include "io/fd.h"
#include "io/namespace.h"
#include "io/rtnl/rtnl.h"

typedef struct RouteCheck {
        CheckReport *report;
        const Config *config;
        sd_event *event;
        size_t n_in_the_way;
} RouteCheck;

static void check_route(RouteCheck *v, const ConfigRoute *ours, const Route *theirs,
                        const char *device) {

        static const CheckLevel levels[] = {
                [ROUTE_CLASH_REFUSED] = CHECK_ERROR, [ROUTE_CLASH_HIDDEN] = CHECK_WARNING,
                [ROUTE_CLASH_HIDES] = CHECK_WARNING, [ROUTE_CLASH_BEFORE] = CHECK_OK,
                [ROUTE_CLASH_PART] = CHECK_OK,
        };
        RouteClash clash;

        if (!route_clash_find(ours, theirs, device, v->config->name, &clash))
                return;

        check_add(v->report, levels[clash.kind], "routes", clash.remedy[0] ? clash.remedy : NULL,
                  "%s", clash.text);
        if (levels[clash.kind] != CHECK_OK)
                v->n_in_the_way++;
}

/* The tunnel's own are not in its way, and go with it: also those that have no interface. */
static bool is_own(const RouteCheck *v, const Route *route, const char *device) {
        return strcmp(device, v->config->interface_name) == 0 ||
                (route->protocol == ROUTE_PROTOCOL_PPTP && route->ifindex == 0);
}

static void on_routes(_unused_ RtnlRequest *q, int error, _unused_ const char *text,
                      const Route *routes, size_t n_routes, void *userdata) {

        RouteCheck *v = userdata;

        for (size_t i = 0; error >= 0 && i < n_routes; i++) {
                char device[IF_NAMESIZE] = "";

                if (routes[i].table == RT_TABLE_LOCAL)
                        continue;
                if (routes[i].ifindex != 0 && !if_indextoname(routes[i].ifindex, device))
                        continue; /* it went in the meantime, and its routes with it */
                if (is_own(v, &routes[i], device))
                        continue;

                for (size_t j = 0; j < v->config->n_routes; j++)
                        check_route(v, &v->config->routes[j], &routes[i], device);
        }

        (void) sd_event_exit(v->event, error);
}

/* Stays where it is if there is no other namespace. False: that one has no routes yet. */
static bool enter_namespace(const Config *c, NamespaceVisit *visit) {
        _cleanup_close_ int fd = -EBADF;

        if (!c->network_namespace)
                return true;

        return namespace_open(c->network_namespace, &fd) == 0 && namespace_enter(fd, visit) == 0;
}

void check_routes(CheckReport *r, const Config *c) {
        _cleanup_namespace_leave_ NamespaceVisit visit = NAMESPACE_VISIT_INIT;
        _cleanup_(sd_event_unrefp) sd_event *event = NULL;
        _cleanup_(rtnl_freep) Rtnl *rtnl = NULL;
        _cleanup_(rtnl_request_freep) RtnlRequest *request = NULL;
        const RtnlRouteFilter all = {};
        RouteCheck v = { .report = r, .config = c };
        int e;

        /* What is wrong with that is check_namespace()'s. */
        if (!enter_namespace(c, &visit))
                return;

        e = sd_event_new(&event);
        v.event = event;
        if (e >= 0)
                e = rtnl_new(event, &rtnl);
        if (e >= 0)
                e = rtnl_list_routes(rtnl, &all, on_routes, &v, &request);
        if (e >= 0)
                e = sd_event_loop(event);

        if (e < 0)
                check_add(r, CHECK_WARNING, "routes", "look yourself: ip route show table all",
                          "the kernel does not list its routes: %s", strerror(-e));
        else if (v.n_in_the_way == 0)
                check_add(r, CHECK_OK, "routes", NULL, "no other route is in the way");
}
