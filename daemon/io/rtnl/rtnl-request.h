/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The inside of rtnl.h: rtnl-request.c makes, sends and ends requests, rtnl.c has the socket and
 * decides whose turn it is.
 */

#include <libmnl/libmnl.h>
#include <stdbool.h>

#include "io/rtnl/rtnl.h"

/*
 * Route changes in one sendmsg(), and so answers in the socket at once. More gains nothing: the
 * kernel's work per route prevails.
 */
#define RTNL_CHANGE_WINDOW 400

typedef enum RtnlRequestStage {
        RTNL_REQUEST_ASKING, /* a question or an order: path, link, next hop, MTU, rule */
        RTNL_REQUEST_LISTING,
        RTNL_REQUEST_CHANGING,
} RtnlRequestStage;

struct RtnlRequest {
        Rtnl *rtnl; /* NULL: completed, or the socket is gone */
        RtnlRequest *previous, *next;

        RtnlRequestStage stage;
        bool sent;         /* ASKING, LISTING: the question; CHANGING: all of it */
        uint32_t sequence; /* of the question, or of the window's first change */

        /* The question. */
        RtnlPathQuery path_query;
        char link_name[IFNAMSIZ]; /* "": by index */
        uint32_t link_ifindex;
        uint32_t next_hop_id;
        uint32_t mtu_bytes;
        uint32_t vrf_table;            /* an order with this makes a VRF, */
        uint32_t master;               /* with this, puts an interface into one; */
        bool set_up;                   /* with this, sets an interface up; */
        struct in_addr local, peer;    /* with these, gives an address, */
        struct in6_addr local6, peer6; /* or with these, in place of an MTU */
        RtnlRouteFilter filter;
        RouteRule rule; /* of a family other than 0: to add, or to delete */
        bool deleting;

        /* Listing: the one or the other. */
        Route *routes;
        size_t n_routes;
        size_t n_before; /* of these, listed by the filter's first protocol */
        RouteRule *rules;
        size_t n_rules;
        bool interrupted;
        unsigned n_tries;

        /* Changing: in the order of the plan. */
        RoutePlan plan;
        size_t n_sent, n_answered, n_refused;
        size_t n_window; /* of n_sent, how many the last window holds */

        /* The completion; one of them is set. */
        RtnlPathFunc on_path;
        RtnlLinkFunc on_link;
        RtnlNextHopFunc on_next_hop;
        RtnlRoutesFunc on_routes;
        RtnlRulesFunc on_rules;
        RtnlDoneFunc on_set;
        RtnlChangeFunc on_changed;
        RtnlRefusedFunc on_refused;
        void *userdata;
};

struct Rtnl {
        struct mnl_socket *socket;
        sd_event_source *io_source;
        sd_event_source *defer_source; /* sends what waits */
        RtnlRequest *first, *last;
        uint32_t sequence;        /* the last one used */
        uint32_t list_sequence;   /* of the dump under way; 0: none */
        uint32_t change_sequence; /* of the window's last change; 0: none under way */
        bool *freed;              /* set by rtnl_free() during a callback */
};

static inline size_t rtnl_request_n_changes(const RtnlRequest *q) {
        return q->plan.n_adds + q->plan.n_replaces + q->plan.n_deletes;
}

typedef enum RtnlChange {
        RTNL_CHANGE_ADD,
        RTNL_CHANGE_REPLACE,
        RTNL_CHANGE_DELETE,
} RtnlChange;

/*
 * Returns the route of the i-th message of a change, counted from 0 over adds, replaces and
 * deletes, and in ret_change what happens to it. Borrowed from the request's plan.
 */
const Route *rtnl_request_get_change(const RtnlRequest *q, size_t i, RtnlChange *ret_change);

/*
 * Sends the question of a path, link or listing, or the order to set an MTU. Returns 0 or a
 * negative errno.
 */
int rtnl_request_send_question(RtnlRequest *q);
/* Sends the next window of changes. Returns 0 or a negative errno. */
int rtnl_request_send_changes(RtnlRequest *q);

/* Takes the request off the socket's list: nothing will come for it. */
void rtnl_request_unlink(RtnlRequest *q);

/*
 * Ends a request: unlinks it and runs its callback, which may free it. error is 0 or a negative
 * errno, text the kernel's words or NULL, answer the RtnlPath, RtnlLink or RtnlNextHop that the
 * callback gets, NULL for other requests.
 */
void rtnl_request_complete(RtnlRequest *q, int error, const char *text, const void *answer);
