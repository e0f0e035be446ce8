/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Requests to the kernel's routing over rtnetlink, asynchronous: every request gets exactly one
 * completion from the event loop, never from within the function that made it. Changes announced
 * by the kernel come from rtnl-monitor.h, over a socket of their own.
 *
 * A request belongs to its caller, who frees it, before or after it has completed, also from its
 * own callback. Freeing it earlier cancels: the callback will not run; what the kernel has already
 * been told still happens.
 */

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "core/status/history.h"
#include "core/base/macros.h"
#include "core/route/route-plan.h"
#include "core/route/route-rule.h"

typedef struct Rtnl Rtnl;
typedef struct RtnlRequest RtnlRequest;

/* What the kernel says of a network interface. */
typedef struct RtnlLink {
        uint32_t ifindex;
        char name[IFNAMSIZ];
        uint32_t flags; /* IFF_*: IFF_UP administratively, IFF_LOWER_UP a carrier */
        uint32_t mtu_bytes;
        uint32_t master;    /* that it is a part of: a VRF, a bridge; 0: none */
        char kind[16];      /* "vrf", "dummy", ...; "": it has none, as Ethernet */
        uint32_t vrf_table; /* of a VRF device; 0: it is none */
        Traffic traffic;    /* in the announcement of a removal: for ever */
} RtnlLink;

/* Where packets to an address go right now, policy rules and learned path MTUs included. */
typedef struct RtnlPath {
        uint8_t type; /* RTN_UNICAST, RTN_LOCAL, … */
        uint32_t table;
        uint32_t ifindex;
        struct in_addr gateway;   /* INADDR_ANY: the address is on the link, */
        struct in6_addr gateway6; /* unless the router is known by this address alone; "::": none */
        struct in_addr preferred_source;
        uint32_t mtu_bytes; /* of the route, set or learned; 0: the link's */
} RtnlPath;

/* The most members of a group that are told; a group of more is larger than it need be here. */
#define RTNL_NEXT_HOP_MEMBERS_MAX 16

/* A next-hop object: an interface with or without a gateway, or a group of others. */
typedef struct RtnlNextHop {
        uint32_t ifindex;
        bool is_down; /* it is dead, or its link has no carrier */
        struct in_addr gateway;
        struct in6_addr gateway6;
        uint32_t members[RTNL_NEXT_HOP_MEMBERS_MAX]; /* their ids */
        size_t n_members;
} RtnlNextHop;

/* A question for the path. Members that are 0 do not restrict it. */
typedef struct RtnlPathQuery {
        struct in_addr destination;
        struct in_addr source;
        uint32_t firewall_mark;
        uint32_t ifindex;
} RtnlPathQuery;

/* Which routes to list. Filtered by the kernel. */
typedef struct RtnlRouteFilter {
        uint8_t family;   /* AF_INET, AF_INET6; AF_UNSPEC: both */
        uint8_t protocol; /* ROUTE_PROTOCOL_PPTP; 0: any */
        uint8_t next;     /* another protocol, whose routes are listed behind those; 0: none */
        uint32_t table;   /* 0: every table */
        uint32_t ifindex; /* 0: any, also routes without interface */
} RtnlRouteFilter;

/* One route that the kernel refused. Runs before the completion. error is a negative errno. */
typedef void (*RtnlRefusedFunc)(RtnlRequest *q, const Route *route, bool deleting, int error,
                                const char *text, void *userdata);

/*
 * Completions. error is 0 or a negative errno, text the kernel's own words (extended
 * acknowledgement) or NULL; the rest is valid only if error is 0, and borrowed for the call.
 */
typedef void (*RtnlChangeFunc)(RtnlRequest *q, int error, size_t n_acknowledged, size_t n_refused,
                               void *userdata);
typedef void (*RtnlDoneFunc)(RtnlRequest *q, int error, const char *text, void *userdata);
typedef void (*RtnlPathFunc)(RtnlRequest *q, int error, const char *text, const RtnlPath *path,
                             void *userdata);
typedef void (*RtnlLinkFunc)(RtnlRequest *q, int error, const char *text, const RtnlLink *link,
                             void *userdata);
typedef void (*RtnlNextHopFunc)(RtnlRequest *q, int error, const char *text, const RtnlNextHop *hop,
                                void *userdata);
typedef void (*RtnlRoutesFunc)(RtnlRequest *q, int error, const char *text, const Route *routes,
                               size_t n_routes, void *userdata);
typedef void (*RtnlRulesFunc)(RtnlRequest *q, int error, const char *text, const RouteRule *rules,
                              size_t n_rules, void *userdata);

/* Opens the socket. Returns 0 or a negative errno. */
int rtnl_new(sd_event *event, Rtnl **ret_rtnl);
/*
 * Closes the socket. Requests that are under way never complete; they are still their callers' to
 * free. Takes NULL; returns NULL.
 */
Rtnl *rtnl_free(Rtnl *r);
DEFINE_FREEP(Rtnl, rtnl_free)

/*
 * Returns the socket's netlink port, which the kernel puts into announcements of what this socket
 * has changed.
 */
uint32_t rtnl_get_port(const Rtnl *r);

/*
 * Frees a request; one that is under way is cancelled, and its callback does not run. Takes NULL;
 * returns NULL.
 */
RtnlRequest *rtnl_request_free(RtnlRequest *q);
DEFINE_FREEP(RtnlRequest, rtnl_request_free)

/*
 * Carries out a plan in its order, hundreds of messages with each system call; the loop runs in
 * between, and 100,000 routes are fine. Of every route the kernel has said whether it took it. A
 * route to delete that is gone already counts as acknowledged. A route to add never replaces
 * another of the same key (route-plan.h): that is -EEXIST.
 *
 * Returns 0, and *takes* the plan's arrays; or a negative errno, and the plan stays the caller's.
 * on_refused may be NULL. on_done has the error 0 also when routes were refused, and -ENOBUFS if
 * answers were lost.
 */
int rtnl_change_routes(Rtnl *r, RoutePlan *plan, RtnlRefusedFunc on_refused, RtnlChangeFunc on_done,
                       void *userdata, RtnlRequest **ret_request);

/*
 * Looks up the path that a packet would take. Returns 0 or a negative errno. on_done has the error
 * -ENETUNREACH if there is none, and -EHOSTUNREACH, -EACCES or -EINVAL if the route is unreachable,
 * prohibit or blackhole (fib_props of the kernel's net/ipv4/fib_semantics.c).
 */
int rtnl_get_path(Rtnl *r, const RtnlPathQuery *query, RtnlPathFunc on_done, void *userdata,
                  RtnlRequest **ret_request);

/*
 * Looks up an interface by its name or, if name is NULL, by its index. Returns 0 or a negative
 * errno. on_done has the error -ENODEV if there is none.
 */
int rtnl_get_link(Rtnl *r, const char *name, uint32_t ifindex, RtnlLinkFunc on_done, void *userdata,
                  RtnlRequest **ret_request);

/*
 * Looks up a next-hop object by its id. Returns 0 or a negative errno. on_done has the error
 * -ENOENT if there is none.
 */
int rtnl_get_next_hop(Rtnl *r, uint32_t id, RtnlNextHopFunc on_done, void *userdata,
                      RtnlRequest **ret_request);

/*
 * Sets the MTU of an interface, in bytes. Returns 0 or a negative errno. on_done has the error
 * -ENODEV if there is no such interface, and -EINVAL if the interface cannot have that MTU.
 */
int rtnl_set_mtu(Rtnl *r, uint32_t ifindex, uint32_t mtu_bytes, RtnlDoneFunc on_done,
                 void *userdata, RtnlRequest **ret_request);

/*
 * Gives a point-to-point interface its address, which is not INADDR_ANY, and that of its far end;
 * one that it has already is no error. Returns 0 or a negative errno. on_done has the error -ENODEV
 * if there is no such interface.
 */
int rtnl_set_address(Rtnl *r, uint32_t ifindex, struct in_addr local, struct in_addr peer,
                     RtnlDoneFunc on_done, void *userdata, RtnlRequest **ret_request);

/*
 * The same with link-local addresses of IPv6, which are borrowed for the call and not "::". If it
 * has that address already on_done has -EEXIST: the kernel is not to replace it, since it loses the
 * local route then where that is in the table of a VRF, next to another for the same prefix
 * (modify_prefix_route() of its net/ipv6/addrconf.c).
 */
int rtnl_set_address6(Rtnl *r, uint32_t ifindex, const struct in6_addr *local,
                      const struct in6_addr *peer, RtnlDoneFunc on_done, void *userdata,
                      RtnlRequest **ret_request);

/*
 * Makes a VRF device with that routing table, and sets it up. Returns 0 or a negative errno.
 * on_done has the error -EEXIST if there is an interface of that name, and -EOPNOTSUPP if the
 * kernel has no VRFs.
 */
int rtnl_make_vrf(Rtnl *r, const char *name, uint32_t table, RtnlDoneFunc on_done, void *userdata,
                  RtnlRequest **ret_request);

/*
 * Sets an interface up. Returns 0 or a negative errno. on_done has the error -ENODEV if there is no
 * such interface.
 */
int rtnl_set_up(Rtnl *r, uint32_t ifindex, RtnlDoneFunc on_done, void *userdata,
                RtnlRequest **ret_request);

/*
 * Puts an interface into a VRF device (both by index); one that is in it already stays. Returns 0
 * or a negative errno. on_done has the error -ENODEV if there is no such interface, and -EINVAL if
 * there is no such VRF.
 */
int rtnl_set_master(Rtnl *r, uint32_t ifindex, uint32_t master, RtnlDoneFunc on_done,
                    void *userdata, RtnlRequest **ret_request);

/*
 * Lists the routes that the filter, borrowed for the call, lets through. Returns 0 or a negative
 * errno.
 */
int rtnl_list_routes(Rtnl *r, const RtnlRouteFilter *filter, RtnlRoutesFunc on_done, void *userdata,
                     RtnlRequest **ret_request);

/* Lists the policy rules of IPv4 and IPv6. Returns 0 or a negative errno. */
int rtnl_list_rules(Rtnl *r, RtnlRulesFunc on_done, void *userdata, RtnlRequest **ret_request);

/*
 * Adds or deletes one policy rule, which is borrowed for the call. Returns 0 or a negative errno.
 * on_done has the error -EEXIST if a rule to add is there, and -ENOENT if one to delete is not.
 */
int rtnl_change_rule(Rtnl *r, const RouteRule *rule, bool deleting, RtnlDoneFunc on_done,
                     void *userdata, RtnlRequest **ret_request);
