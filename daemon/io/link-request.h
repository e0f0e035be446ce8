/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A request about links to the kernel (rtnetlink(7)) that waits for the answer, which is there when
 * the request has been sent. For processes that have no event loop, and for what is done both in
 * one and without. Other requests of an event loop are rtnl/rtnl.h's.
 */

#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <stdint.h>

/* Room for the requests that are made here. */
#define LINK_REQUEST_MAX_BYTES 256

/*
 * Begins a request about links (rtnetlink(7)) in a buffer of LINK_REQUEST_MAX_BYTES. flags: beside
 * NLM_F_REQUEST. Returns its header and, in ret_info, the part behind that.
 */
struct nlmsghdr *link_request_begin(uint8_t *buffer, uint16_t type, uint16_t flags,
                                    struct ifinfomsg **ret_info);

/*
 * Sends a request in the network namespace of the process, and hands all that comes back to func
 * (NULL: there is only an acknowledgement). Returns 0 or a negative errno, the kernel's among them.
 */
int link_request_ask(struct nlmsghdr *h, mnl_cb_t func, void *userdata);

/* Has the kernel remove an interface. Returns as link_request_ask() does. */
int link_request_remove(uint32_t ifindex);
