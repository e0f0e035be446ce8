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

/* Each writes the body behind a fresh mnl_nlmsg_put_header(). A link's name "" means: by index. */
void rtnl_message_put_route(struct nlmsghdr *h, const Route *route);
void rtnl_message_put_path_query(struct nlmsghdr *h, const RtnlPathQuery *query);
void rtnl_message_put_link_query(struct nlmsghdr *h, const char *name, uint32_t ifindex);
void rtnl_message_put_next_hop_query(struct nlmsghdr *h, uint32_t id);
void rtnl_message_put_mtu(struct nlmsghdr *h, uint32_t ifindex, uint32_t mtu_bytes);
void rtnl_message_put_route_filter(struct nlmsghdr *h, const RtnlRouteFilter *filter);

/* False if the message is cut short, of another family, or (route) an entry of the route cache. */
bool rtnl_message_get_route(const struct nlmsghdr *h, Route *ret_route);
bool rtnl_message_get_path(const struct nlmsghdr *h, RtnlPath *ret_path);
bool rtnl_message_get_next_hop(const struct nlmsghdr *h, RtnlNextHop *ret_hop);
bool rtnl_message_get_link(const struct nlmsghdr *h, RtnlLink *ret_link);
bool rtnl_message_get_address(const struct nlmsghdr *h, RtnlAddress *ret_address);

/*
 * The outcome in NLMSG_ERROR or NLMSG_DONE: 0 or a negative errno (-EBADMSG if the message is cut
 * short). The kernel's words go to the buffer, which is empty if there are none.
 */
int rtnl_message_get_error(const struct nlmsghdr *h, char text[static RTNL_MESSAGE_TEXT_MAX_BYTES]);
