/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What the kernel announces about links, IPv4 addresses, IPv4 routes and policy rules. A filter in
 * the kernel keeps away the routes that cannot concern a tunnel, so that a router with a full table
 * and a flapping peer does not wake us: only routes of our protocol number, routes that cover a
 * watched address, and routes that took the place of another pass.
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
#include "io/rtnl/rtnl.h"

/* The servers' addresses, and few others; the limit comes from the length of the filter. */
#define RTNL_MONITOR_WATCHED_MAX 16

typedef struct RtnlMonitor RtnlMonitor;

typedef struct RtnlAddress {
        uint32_t ifindex;
        struct in_addr address;
        uint8_t prefix_length;
} RtnlAddress;

/* Any may be NULL. The arguments are borrowed for the call. */
typedef struct RtnlMonitorHandlers {
        void (*on_link)(const RtnlLink *link, bool removed, void *userdata);
        void (*on_address)(const RtnlAddress *address, bool removed, void *userdata);
        void (*on_route)(const Route *route, RouteNews news, void *userdata);
        void (*on_rule)(const RouteRule *rule, bool removed, void *userdata);
        /* Announcements were lost (ENOBUFS): ask for everything anew. */
        void (*on_resync)(void *userdata);
} RtnlMonitorHandlers;

/* Subscribes. handlers is copied. Returns 0 or a negative errno. */
int rtnl_monitor_new(sd_event *event, const RtnlMonitorHandlers *handlers, void *userdata,
                     RtnlMonitor **ret_monitor);
/* Closes the socket; no handler runs any more. A handler may call it. Takes NULL; returns NULL. */
RtnlMonitor *rtnl_monitor_free(RtnlMonitor *m);
DEFINE_FREEP(RtnlMonitor, rtnl_monitor_free)

/*
 * What that netlink port changes of routes is not announced from now on: rtnl_get_port() of our own
 * requests, whose answers say as much. Nothing may be watched yet. Returns 0 or a negative errno.
 */
int rtnl_monitor_ignore(RtnlMonitor *m, uint32_t port);

/*
 * Replaces the set of addresses whose covering routes matter. A freshly watched address needs one
 * rtnl_get_path() to start from. Returns 0, -E2BIG above RTNL_MONITOR_WATCHED_MAX, or a negative
 * errno; the old set holds on failure.
 */
int rtnl_monitor_watch(RtnlMonitor *m, const struct in_addr *addresses, size_t n_addresses);
