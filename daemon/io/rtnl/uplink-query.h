/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Asks the kernel for the way to the server: the route, past a host route of our own that hides it,
 * the link that it goes over, and whether our address is still there. Some questions of rtnl.h in a
 * row; one answer. Nothing is changed for it, so that there is no moment in which packets to the
 * server go astray.
 */

#include <netinet/in.h>
#include <stdint.h>

#include "core/base/macros.h"
#include "core/route/uplink.h"
#include "io/rtnl/rtnl.h"

typedef struct UplinkQuery UplinkQuery;

/* The index of no interface: there is no way over what is not there. */
#define UPLINK_QUERY_NO_INTERFACE ((uint32_t) INT32_MAX)

typedef struct UplinkQuestion {
        struct in_addr server;
        struct in_addr source; /* what we are bound to; INADDR_ANY: the kernel chooses */
        uint32_t firewall_mark;
        uint32_t ifindex;        /* that we are bound to; 0: any */
        const char *tunnel_name; /* its interface; not kept; NULL: it has none here */
        uint32_t tunnel_ifindex; /* 0: there is none */
        uint32_t hidden_table;   /* a route of our own hides the way in there; 0: nowhere */
} UplinkQuestion;

/*
 * error is 0 and uplink valid, also if there is no way; or a negative errno: the kernel's answer
 * was lost (-ENOBUFS), or the way leads into the tunnel itself (-ELOOP). May free the query.
 */
typedef void (*UplinkQueryFunc)(UplinkQuery *q, int error, const Uplink *uplink, void *userdata);

/*
 * Asks the question, of which nothing is kept. The answer comes from the event loop, once. Returns
 * 0 and a query that the caller frees, with or without an answer; or a negative errno.
 */
int uplink_query_new(Rtnl *rtnl, const UplinkQuestion *question, UplinkQueryFunc func,
                     void *userdata, UplinkQuery **ret_query);
/*
 * Ends the look-up; if the answer has not come yet, it does not come any more. Takes NULL; returns
 * NULL.
 */
UplinkQuery *uplink_query_free(UplinkQuery *q);
DEFINE_FREEP(UplinkQuery, uplink_query_free)
