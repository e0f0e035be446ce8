/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The kernel's routing as far as a tunnel sees it, for the simulator and the unit tests of the
 * keepers: a table of IPv4 routes, policy rules, the tunnel's interface, and what is announced of
 * them. It does what Linux does, the silent parts above all: the routes of an interface that is set
 * down or loses its address vanish without an announcement of their own (fib_disable_ip() of
 * net/ipv4/fib_frontend.c).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/route/route-frame.h"
#include "core/route/route-keeper.h"
#include "core/route/route-ranges.h"

#define KERNEL_ROUTES_MAX 64
#define KERNEL_NEWS_MAX 64
#define KERNEL_RULES_MAX 16

/* An announcement that nobody has read yet. */
typedef struct KernelNews {
        RouteKeeperEvent event; /* LINK, VRF_LINK, ADDRESS, ADDRESS6, SOURCE, NETWORKS or ROUTE */
        uint32_t ifindex;       /* of LINK, ADDRESS and ADDRESS6 */
        Route route;            /* of ROUTE */
        RouteRule rule;         /* one that was removed; of family 0: none, and event counts */
} KernelNews;

typedef struct Kernel {
        Route routes[KERNEL_ROUTES_MAX];
        size_t n_routes;

        RouteRule rules[KERNEL_RULES_MAX];
        size_t n_rules;

        uint32_t uplinks_down; /* 1 << ifindex of other links that are set down */

        /* the tunnel's interface */
        uint32_t ifindex; /* 0: there is none; never the same again */
        uint32_t last_ifindex;
        RouteLink link;
        bool up;
        bool has_address;
        struct in6_addr local6; /* link-local */
        bool has_address6;
        bool ipv6_off;               /* the sysctl disable_ipv6 of the interface */
        unsigned n_refused_address6; /* requests for its address meanwhile */
        uint32_t master;             /* the VRF that it is in; 0: none */

        /* an address that this host does not have, and that routes send from */
        bool lacks_source;
        bool keeps_sources; /* as before some version: see kernel_set_source() */
        Route source;       /* by its preferred source */

        /* a VRF device */
        uint32_t vrf_ifindex; /* 0: there is none */
        uint32_t vrf_table;
        char vrf_name[16];
        bool vrf_down;
        bool had_vrf; /* ever: the rules for VRFs were made with the first */

        /* Elsewhere nothing is announced that others replace, as the monitor's filter has it. */
        const RouteExtent *watched[2]; /* NULL in the first: everything is */

        KernelNews news[KERNEL_NEWS_MAX];
        size_t n_news;
        bool overrun; /* announcements were lost: the next read says ENOBUFS */
} Kernel;

/* ---- the interface ---- */

/* pppd makes it, with its address, and sets it up. There is none yet. */
void kernel_create_interface(Kernel *k, const RouteLink *link);
void kernel_delete_interface(Kernel *k);
void kernel_set_up(Kernel *k, bool up);
void kernel_set_address(Kernel *k, bool present);
/* The same for its link-local IPv6 address, which goes when the interface is set down. */
void kernel_set_address6(Kernel *k, const struct in6_addr *address, bool present);
/*
 * Sets the sysctl disable_ipv6 of the interface, which takes its IPv6 address and routes away, and
 * refuses others; that it is 0 again is not announced.
 */
void kernel_set_ipv6_off(Kernel *k, bool off);
/* Announces the interface, as with another MTU. */
void kernel_announce_link(Kernel *k);

/*
 * Makes a VRF device, or removes it, which sets an interface that is in it down and up. There is
 * one at most. With the first come the rules for VRFs, which stay.
 */
void kernel_create_vrf(Kernel *k, const char *name, uint32_t table);
void kernel_delete_vrf(Kernel *k);
/* Sets that up or down. */
void kernel_set_vrf_up(Kernel *k, bool up);
/* Puts the tunnel's interface into the VRF (its ifindex), or takes it out (0). */
void kernel_set_master(Kernel *k, uint32_t master);

/*
 * Another link gets into a network of this host, or out of it: route is the kernel's own. It comes
 * behind what may be in its place already (fib_magic()).
 */
void kernel_set_network(Kernel *k, const Route *route, bool present);

/* Sets another link up or down, one with an ifindex below 10; its routes go when it is down. */
void kernel_set_uplink(Kernel *k, uint32_t ifindex, bool up);

/*
 * Takes away the address that this route sends from, of another interface, or gives it back. With
 * it IPv4 routes are dropped without a word, as older kernels do, and those of IPv6 lose their
 * source, or keep it all the same.
 */
void kernel_set_source(Kernel *k, const Route *route, bool present);

/* ---- routes ---- */

/*
 * Adds a route as RTM_NEWROUTE does. Returns 0, -EEXIST (unless replace), -ENETDOWN, -ENODEV,
 * -EACCES (IPv6 is off), -EINVAL (there is no such source), or -ENOMEM when the table is full.
 */
int kernel_add_route(Kernel *k, const Route *route, bool replace);
/* Deletes the route of the same table, destination, metric, type and interface. 0 or -ESRCH. */
int kernel_delete_route(Kernel *k, const Route *route);
/* Takes a route away without an announcement, as other kernels and namespaces may. */
void kernel_drop_route(Kernel *k, size_t i);
/* The route that is the same in all; NULL: it is not there. */
const Route *kernel_find_route(const Kernel *k, const Route *route);

/* ---- rules ---- */

/* Returns 0, -EEXIST, or -ENOMEM when there are too many. */
int kernel_add_rule(Kernel *k, const RouteRule *rule);
/* Returns 0 or -ENOENT. */
int kernel_delete_rule(Kernel *k, const RouteRule *rule);

/* ---- what the keepers ask for ---- */

typedef void (*KernelAnswerFunc)(const RouteKeeperEvent *event, void *userdata);

/*
 * Carries out what the keeper asks of the kernel, and frees the plan of a CHANGE. Runs the function
 * for each answer.
 */
void kernel_answer(Kernel *k, RouteKeeperAction *action, KernelAnswerFunc func, void *userdata);

typedef void (*KernelFrameFunc)(const RouteFrameEvent *event, void *userdata);

/*
 * The same for what the frame asks for: LIST_NETWORKS, LIST_ROUTES, CHANGE_ROUTES, LIST_RULES,
 * CHANGE_RULE.
 */
void kernel_answer_frame(Kernel *k, RouteFrameAction *action, KernelFrameFunc func, void *userdata);

/* Loses all announcements that nobody has read yet. */
void kernel_overrun(Kernel *k);
/*
 * The next announcement, or RESYNC once after an overrun. Returns false if there is none. The
 * event is valid until the next call of any function here.
 */
bool kernel_read_news(Kernel *k, KernelNews *ret_news);
