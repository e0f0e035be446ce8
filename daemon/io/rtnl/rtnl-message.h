/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * rtnetlink messages as structs and back, for rtnl.h and rtnl-monitor.h. No socket here: what is
 * read has been framed by mnl_nlmsg_ok(), and is not trusted further than that.
 */

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stddef.h>

#include "io/rtnl/rtnl-monitor.h"
#include "io/rtnl/rtnl.h"

/* The longest route message that rtnl_message_put_route() writes, header included. */
#define RTNL_MESSAGE_ROUTE_MAX_BYTES 128
/* The kernel's extended acknowledgements are short sentences. */
#define RTNL_MESSAGE_TEXT_MAX_BYTES 160

/*
 * Each of these writes the body of a message behind a fresh mnl_nlmsg_put_header(). The caller sets
 * the type and the flags.
 */

/* A route to add or to delete: RTM_NEWROUTE, RTM_DELROUTE. */
void rtnl_message_put_route(struct nlmsghdr *h, const Route *route);
/* The question which route the kernel would take: RTM_GETROUTE. */
void rtnl_message_put_path_query(struct nlmsghdr *h, const RtnlPathQuery *query);
/* The question for a link by its name or, with the name "", by its index: RTM_GETLINK. */
void rtnl_message_put_link_query(struct nlmsghdr *h, const char *name, uint32_t ifindex);
/* The question for a next-hop object: RTM_GETNEXTHOP. */
void rtnl_message_put_next_hop_query(struct nlmsghdr *h, uint32_t id);
/* Another MTU for a link: RTM_SETLINK. */
void rtnl_message_put_mtu(struct nlmsghdr *h, uint32_t ifindex, uint32_t mtu_bytes);
/* An IPv4 address of a link that has a peer: RTM_NEWADDR. */
void rtnl_message_put_address(struct nlmsghdr *h, uint32_t ifindex, struct in_addr local,
                              struct in_addr peer);
/* A link-local IPv6 address of a link that has a peer: RTM_NEWADDR. */
void rtnl_message_put_address6(struct nlmsghdr *h, uint32_t ifindex, const struct in6_addr *local,
                               const struct in6_addr *peer);
/* A VRF to make, with its routing table: RTM_NEWLINK. */
void rtnl_message_put_vrf(struct nlmsghdr *h, const char *name, uint32_t table);
/* A link to set up, by index: RTM_SETLINK. */
void rtnl_message_put_up(struct nlmsghdr *h, uint32_t ifindex);
/* The VRF that a link is to join, by index; 0: to leave the one that it is in: RTM_SETLINK. */
void rtnl_message_put_master(struct nlmsghdr *h, uint32_t ifindex, uint32_t master);
/* Which routes a dump has: RTM_GETROUTE. */
void rtnl_message_put_route_filter(struct nlmsghdr *h, const RtnlRouteFilter *filter);
/* A policy rule to add or to delete: RTM_NEWRULE, RTM_DELRULE. */
void rtnl_message_put_rule(struct nlmsghdr *h, const RouteRule *rule);
/* A dump of the policy rules of all families: RTM_GETRULE. */
void rtnl_message_put_rule_filter(struct nlmsghdr *h);

/*
 * Reads a route of RTM_NEWROUTE or RTM_DELROUTE. Returns false, with ret_route untouched, if the
 * message is cut short, not of IPv4, or an entry of the route cache (RTM_F_CLONED).
 */
bool rtnl_message_get_route(const struct nlmsghdr *h, Route *ret_route);
/*
 * Reads a policy rule of RTM_NEWRULE or RTM_DELRULE. Returns false, with ret_rule untouched, if the
 * message is cut short, or of neither IPv4 nor IPv6.
 */
bool rtnl_message_get_rule(const struct nlmsghdr *h, RouteRule *ret_rule);
/*
 * Reads the answer to RTM_GETROUTE for one address. Returns false, with ret_path untouched, if the
 * message is cut short or not of IPv4.
 */
bool rtnl_message_get_path(const struct nlmsghdr *h, RtnlPath *ret_path);
/*
 * Reads a next-hop object of RTM_NEWNEXTHOP. Returns false, with ret_hop untouched, if the message
 * is cut short.
 */
bool rtnl_message_get_next_hop(const struct nlmsghdr *h, RtnlNextHop *ret_hop);
/*
 * Reads an interface of RTM_NEWLINK or RTM_DELLINK. Returns false, with ret_link untouched, if the
 * message is cut short, or about a bridge's port (AF_BRIDGE).
 */
bool rtnl_message_get_link(const struct nlmsghdr *h, RtnlLink *ret_link);
/*
 * Reads an address of RTM_NEWADDR or RTM_DELADDR. Returns false, with ret_address untouched, if the
 * message is cut short or not of IPv4.
 */
bool rtnl_message_get_address(const struct nlmsghdr *h, RtnlAddress *ret_address);
/* The same for an address of IPv6. */
bool rtnl_message_get_address6(const struct nlmsghdr *h, RtnlAddress6 *ret_address);

/*
 * Reads the outcome in NLMSG_ERROR or NLMSG_DONE. Returns 0, a negative errno of the kernel's, or
 * -EBADMSG if the message is cut short. The kernel's words (NLMSGERR_ATTR_MSG) go to text, which is
 * empty if there are none.
 */
int rtnl_message_get_error(const struct nlmsghdr *h, char text[static RTNL_MESSAGE_TEXT_MAX_BYTES]);
