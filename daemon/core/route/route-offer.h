/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Routes that the server offers (UseRoutes=): asks for them by DHCPINFORM once the interface
 * stands, and chooses what to take of the answer. Pure: events and the time come in, actions go
 * out.
 *
 *  state   what it is                          left by
 *  IDLE    nobody wants offered routes, or     BEGIN, with UseRoutes=yes
 *          there is no interface
 *  ASKING  waits for the answer, and keeps     a good PACKET; the last TIMER; END
 *          back that routes are installed
 *  DONE    has the answer, or none came        END; BEGIN of another connection
 *
 * The tunnel is ready with the offered routes in place, or ROUTE_OFFER_ASKS_MAX seconds later
 * without them. PPTP authenticates no packet, and a server need not be a friend: what is offered is
 * taken only within limits, see route_offer_step().
 */

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/macros.h"
#include "core/config/config.h"
#include "core/ppp/dhcp-message.h"

/* A round trip through a tunnel takes less; a packet may be lost. */
#define ROUTE_OFFER_ASK_USEC (1 * USEC_PER_SEC)
#define ROUTE_OFFER_ASKS_MAX 3
/* Without AllowedRoutes= no shorter prefix is taken: 10.0.0.0/8 is the largest private network. */
#define ROUTE_OFFER_LENGTH_MIN 8
/* More is not the few networks of a company; see DestinationFile= for many. */
#define ROUTE_OFFER_ROUTES_MAX 64
/* Of routes that are not taken so many are named, and the others counted. */
#define ROUTE_OFFER_NAMED_MAX 8
/* What this host has for the same prefix is used before; systemd.network(5) has 1024 for DHCP. */
#define ROUTE_OFFER_METRIC 2048
#define ROUTE_OFFER_TEXT_MAX_BYTES 768

typedef enum RouteOfferState {
        ROUTE_OFFER_IDLE,
        ROUTE_OFFER_ASKING,
        ROUTE_OFFER_DONE,
} RouteOfferState;

/* All zeros: there is no connection yet. */
typedef struct RouteOffer {
        RouteOfferState state;
        const Config *config;         /* borrowed: the one in effect */
        bool connected;               /* an interface stands */
        struct in_addr local, server; /* of this connection */
        uint32_t transaction_id;
        unsigned n_asks;
        uint64_t ask_usec; /* when to ask again, or to give up */
        bool held;         /* INSTALLED was told and is kept back */
        size_t held_count;
        bool told_fault; /* that an answer was none: once a connection */
        DhcpInformation information;
        bool has_information;
        ConfigRoute routes[ROUTE_OFFER_ROUTES_MAX]; /* that are taken */
        size_t n_routes;
} RouteOffer;

typedef enum RouteOfferEventType {
        ROUTE_OFFER_CONFIGURE, /* config: the one in effect, until the next */
        ROUTE_OFFER_BEGIN,     /* begin: routes are being installed; again for one connection */
        ROUTE_OFFER_PACKET,    /* packet: came to the DHCP client's port over the tunnel */
        ROUTE_OFFER_TIMER,     /* route_offer_next_deadline() has come */
        ROUTE_OFFER_INSTALLED, /* count: the keeper of the routes says that all are in the kernel */
        ROUTE_OFFER_END,       /* the connection ends */
} RouteOfferEventType;

typedef struct RouteOfferEvent {
        RouteOfferEventType type;
        union {
                const Config *config;
                struct {
                        struct in_addr local, server;
                        uint32_t transaction_id; /* unpredictable */
                } begin;
                struct {
                        const void *data;
                        size_t n_data;
                } packet;
                size_t count;
        };
} RouteOfferEvent;

typedef enum RouteOfferActionType {
        ROUTE_OFFER_ACTION_ASK,    /* send dhcp_inform_write() with the offer's transaction */
        ROUTE_OFFER_ACTION_CLOSE,  /* nothing more is awaited */
        ROUTE_OFFER_ACTION_ROUTES, /* the routes are others: to the keeper with them, and install */
        ROUTE_OFFER_ACTION_TELL,   /* count: to the tunnel: all are in the kernel */
        ROUTE_OFFER_ACTION_LOG,    /* log */
} RouteOfferActionType;

typedef struct RouteOfferAction {
        RouteOfferActionType type;
        union {
                size_t count;
                struct {
                        int priority; /* LOG_* of syslog.h */
                        char text[ROUTE_OFFER_TEXT_MAX_BYTES];
                } log;
        };
} RouteOfferAction;

#define ROUTE_OFFER_ACTIONS_MAX 6

typedef struct RouteOfferActions {
        RouteOfferAction items[ROUTE_OFFER_ACTIONS_MAX];
        size_t n_items;
} RouteOfferActions;

/*
 * Takes one event at now_usec (CLOCK_BOOTTIME) and fills in the actions, to be carried out in their
 * order.
 *
 * Of offered routes those are taken that lie within AllowedRoutes=. Where that is empty, those that
 * are no shorter than ROUTE_OFFER_LENGTH_MIN and do not cover the server, whose packets carry the
 * tunnel. Never taken are networks within 0.0.0.0/8, loopback, link-local, multicast or reserved
 * addresses; a shorter prefix that contains such a network, as a default route does, is another
 * matter. At most ROUTE_OFFER_ROUTES_MAX are taken. Of those that are not, the first
 * ROUTE_OFFER_NAMED_MAX are named in the journal, each with the reason.
 */
void route_offer_step(RouteOffer *o, const RouteOfferEvent *event, uint64_t now_usec,
                      RouteOfferActions *ret_actions);

/*
 * Returns what the server has answered on this connection, its name servers and domains among it,
 * borrowed until the next step; NULL if it was not asked, or has not answered.
 */
const DhcpInformation *route_offer_get_information(const RouteOffer *o);

/* Whether an answer of the server is awaited. */
bool route_offer_is_busy(const RouteOffer *o);

/* Returns when ROUTE_OFFER_TIMER is due (microseconds of CLOCK_BOOTTIME), or USEC_INFINITY. */
uint64_t route_offer_next_deadline(const RouteOffer *o);
