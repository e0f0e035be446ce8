/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What must change in the kernel's routing table: desired minus owned. Pure: the kernel's table
 * comes in as an array and changes go out. Which routes are whose is told in route-owner.h; foreign
 * ones are never touched.
 */

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/text.h"

/* What the kernel takes for no metric: IP6_RT_PRIO_USER of net/ip6_fib.h. */
#define ROUTE_IPV6_METRIC_DEFAULT 1024

/* "pptp" in rt_protos.d. Numbers 0-4 are the kernel's, 187-191 are taken by others. */
#define ROUTE_PROTOCOL_PPTP 172

/*
 * A route of IPv4 or IPv6. Of IPv6 the kernel keeps neither a scope (RT_SCOPE_UNIVERSE) nor the
 * interface of a route that leads nowhere; its metrics begin at ROUTE_IPV6_METRIC_DEFAULT.
 */
typedef struct Route {
        union {
                struct in_addr destination;
                struct in6_addr destination6;
        };
        union {
                struct in_addr preferred_source; /* all zeros: none */
                struct in6_addr preferred_source6;
        };
        bool is_ipv6;
        uint8_t prefix_length;
        uint8_t type;     /* RTN_* of linux/rtnetlink.h */
        uint8_t protocol; /* RTPROT_* or ROUTE_PROTOCOL_PPTP */
        uint8_t scope;    /* RT_SCOPE_* */
        uint32_t table;
        uint32_t metric;
        uint32_t ifindex;         /* 0: none (unreachable and the like) */
        struct in_addr gateway;   /* INADDR_ANY: none */
        struct in6_addr gateway6; /* a router known by its IPv6 address; "::": none */
        bool onlink;          /* RTNH_F_ONLINK: the gateway is on the link, whatever routes say */
        uint32_t mtu_bytes;   /* RTAX_MTU, 0: none */
        uint32_t tag;         /* RTAX_WINDOW of a route that leads nowhere: whose it is; 0: none */
        uint32_t next_hop_id; /* of the kernel's next-hop object, where nothing else tells */
} Route;

/* What the kernel announces of a route. It does not tell which one another took the place of. */
typedef enum RouteNews {
        ROUTE_ADDED,
        ROUTE_REPLACED, /* of the same table, destination and metric as one before */
        ROUTE_REMOVED,  /* as somebody asked through netlink */
        ROUTE_DROPPED,  /* by the kernel itself, or as asked through the old ioctl() */
} RouteNews;

static inline bool route_news_is_gone(RouteNews news) {
        return news == ROUTE_REMOVED || news == ROUTE_DROPPED;
}

/*
 * Changes to make, in this order: what is new is there before the old goes, so that no packet finds
 * neither. Only what stands in the place of a new route without being ours goes before it, as the
 * kernel would refuse the new one. Pins (route-owner.h) are added first and deleted last, so that
 * no packet for the server finds a route into the tunnel without them. The arrays belong to the
 * plan.
 */
typedef struct RoutePlan {
        size_t n_clears; /* of deletes, its first ones: before all else */
        Route *adds;
        size_t n_adds;
        Route *replaces; /* as they are to be; the kernel cannot tell them from the old */
        size_t n_replaces;
        Route *deletes;
        size_t n_deletes;
} RoutePlan;

/*
 * Sorts the routes, and leaves out those that the kernel cannot tell from one before them: of
 * several with one key only the first can be added. Returns how many are left.
 */
size_t route_drop_rivals(Route *routes, size_t n_routes);

/*
 * Computes the changes from the routes that we own in the kernel to those that we want. Order of
 * the inputs does not matter. Of desired routes that the kernel cannot tell apart (same table,
 * destination and metric) the first in the order of route_compare() is taken, and one that differs
 * from an owned one in other attributes replaces it; owned routes of another protocol are left
 * alone. O(n log n): 50,000 routes are fine. Returns 0 or -ENOMEM.
 */
int route_plan_make(const Route *desired, size_t n_desired, const Route *owned, size_t n_owned,
                    RoutePlan *ret_plan);
/*
 * Adds a deletion by hand: for the one route that is not ours by protocol and yet has to go, the
 * kernel's own to a peer that is the server (GRE-09). Returns 0 or -ENOMEM.
 */
int route_plan_add_delete(RoutePlan *plan, const Route *route);
/*
 * The same for one whose place a route of the plan is to take. It is not replaced, since that would
 * be anybody's route that stands there by then. Returns 0 or -ENOMEM.
 */
int route_plan_add_clear(RoutePlan *plan, const Route *route);
/*
 * Has the routes that are added replace those of the sorted ones that are in their places, and
 * which are of the same tunnel though they are not deleted by the plan. Returns 0 or -ENOMEM.
 */
int route_plan_replace(RoutePlan *plan, const Route *sorted, size_t n_sorted);
/*
 * Changes an array of routes as the plan has it, in the order of route_compare() and without
 * rivals, in few moves of what is between. Returns 0 or -ENOMEM, and then it is as before.
 */
int route_plan_apply(const RoutePlan *plan, Route **routes, size_t *n_routes);
/* Frees the changes; the plan is empty then. Also for one that is all zeros. */
void route_plan_done(RoutePlan *plan);

/*
 * Compares two routes by what the kernel keeps routes apart by (we set no TOS): two that are
 * equal in it cannot be added. Returns as strcmp() does.
 */
int route_compare_key(const Route *a, const Route *b);
/*
 * Compares two routes, first by what the kernel keeps them apart by, then by all their other
 * attributes. Returns a number below, equal to or above 0, as strcmp() does; equal means the same
 * in all.
 */
int route_compare(const Route *a, const Route *b);
/* Sorts routes in the order of route_compare(). */
void route_sort(Route *routes, size_t n_routes);
/* Returns whether routes in that order have one that is the same in all. */
bool route_is_among(const Route *sorted, size_t n_sorted, const Route *route);
/*
 * Returns the one of the sorted routes that the kernel cannot tell from this one, so that both
 * cannot be there, or NULL if there is none.
 */
const Route *route_find_rival(const Route *sorted, size_t n_sorted, const Route *route);
/* Returns the index of the first of the sorted routes whose key is not in front of this one's. */
size_t route_find_place(const Route *sorted, size_t n_sorted, const Route *route);
/*
 * Whether one of the sorted routes, in whatever table, sends packets for an address to an
 * interface.
 */
bool route_leads_to(const Route *sorted, size_t n_sorted, uint32_t ifindex, struct in_addr address);
/* Returns whether the kernel cannot tell the two apart: same table, destination and metric. */
bool route_is_rival(const Route *a, const Route *b);
/* Whether packets to the destination are refused or dropped, or looked up elsewhere (throw). */
bool route_leads_nowhere(const Route *route);
/* Whether the route has an address to send from. */
bool route_has_preferred_source(const Route *route);
/* Whether two routes have the same destination: family, prefix and length. */
bool route_has_same_destination(const Route *a, const Route *b);
/* Whether the route's destination covers the address. One of IPv6 covers none. */
bool route_covers(const Route *route, struct in_addr address);
/* Whether the route's destination covers all of the other's, which is of the same family. */
bool route_covers_route(const Route *route, const Route *other);
/* Adds the destination of a route, "10.0.0.0/8" or "fd00:1::/32". */
void route_add_destination(TextBuilder *t, const Route *route);
/* "10.0.0.0/8 metric 50 table 100", "unreachable 10.0.0.0/8", "192.0.2.9/32 via 192.0.2.1" */
void route_describe(const Route *route, char *buffer, size_t n_buffer);
/* Adds a routing protocol: by its name in rt_protos of iproute2, or its number. */
void route_add_protocol(TextBuilder *t, uint8_t protocol);
/*
 * "10.0.0.0/8: in its place is 10.0.0.0/8 via 192.0.2.254, protocol static": whose route is in the
 * way of ours.
 */
void route_describe_rival(const Route *ours, const Route *theirs, char *buffer, size_t n_buffer);
