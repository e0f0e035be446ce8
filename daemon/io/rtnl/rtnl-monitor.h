/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What the kernel announces about links, addresses, routes and policy rules. A filter in
 * the kernel keeps away what cannot concern a tunnel: neither a router with a full table and a
 * flapping peer wakes us, nor do hundreds of other tunnels. What passes:
 *
 *  routes      of our protocol number into a watched link, or into none (unreachable); any that
 *              cover a watched address, or took the place of another in a watched range; if IPv6
 *              networks are watched, those to a network that this host is in, by the kernel or by
 *              who listens to routers, which may overlap with a route of ours
 *  addresses   of IPv4 networks; those of a host alone (/32, as at the ends of a tunnel) on watched
 *              links; the watched source address; of IPv6 those of the tunnel, and if they are
 *              watched those of networks, but for what is link-local; of both those that are
 *              or begin as the watched ones that routes send from
 *  links       all but PPP interfaces that are not watched
 *  rules       all
 *
 * The kernel does not announce the IPv4 routes that it drops because their interface went down or
 * lost its address; the link or address event stands for them.
 */

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "core/base/macros.h"
#include "core/route/route-plan.h"
#include "core/route/route-watch.h"
#include "io/rtnl/rtnl.h"

typedef struct RtnlMonitor RtnlMonitor;

typedef struct RtnlAddress {
        uint32_t ifindex;
        struct in_addr address;
        uint8_t prefix_length;
} RtnlAddress;

typedef struct RtnlAddress6 {
        uint32_t ifindex;
        struct in6_addr address;
} RtnlAddress6;

/* Any may be NULL. The arguments are borrowed for the call. */
typedef struct RtnlMonitorHandlers {
        void (*on_link)(const RtnlLink *link, bool removed, void *userdata);
        void (*on_address)(const RtnlAddress *address, bool removed, void *userdata);
        void (*on_address6)(const RtnlAddress6 *address, bool removed, void *userdata);
        void (*on_route)(const Route *route, RouteNews news, void *userdata);
        void (*on_rule)(const RouteRule *rule, bool removed, void *userdata);
        /* Announcements were lost (ENOBUFS): ask for everything anew. */
        void (*on_resync)(void *userdata);
} RtnlMonitorHandlers;

/*
 * Subscribes to everything but routes of others. handlers is copied. Returns 0 or a negative errno.
 */
int rtnl_monitor_new(sd_event *event, const RtnlMonitorHandlers *handlers, void *userdata,
                     RtnlMonitor **ret_monitor);
/* Closes the socket; no handler runs any more. A handler may call it. Takes NULL; returns NULL. */
RtnlMonitor *rtnl_monitor_free(RtnlMonitor *m);
DEFINE_FREEP(RtnlMonitor, rtnl_monitor_free)

/*
 * What that netlink port changes of routes is not announced from now on: rtnl_get_port() of our own
 * requests, whose answers say as much. Returns 0 or a negative errno.
 */
int rtnl_monitor_ignore(RtnlMonitor *m, uint32_t port);

/*
 * Lets in what is watched from now on. A freshly watched address needs one rtnl_get_path() to start
 * from, a freshly watched link one rtnl_get_link(). Returns 0 or a negative errno; what was watched
 * before still is on failure.
 */
int rtnl_monitor_watch(RtnlMonitor *m, const RouteWatch *watch);
