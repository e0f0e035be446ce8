/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Keeps what a tunnel has in the kernel that does not need its interface, and so may be there
 * before the tunnel is up, and while it is not: policy rules (route-rule.h) and, with
 * RoutesOnDown=unreachable, its covers (route-cover.h). The routes into the interface are the
 * business of route-keeper.h. Pure: events and the time come in, actions go out.
 *
 *  START                           a predecessor's rules and covers are removed, or taken over
 *  UP                              the tunnel's routes are being installed: the rules for that
 *  DOWN                            they are being removed
 *  RELEASE                         nothing of it is to remain
 *
 * Each begins a pass, and so does whatever is announced to have gone:
 *
 *  covers wanted                   LIST_ROUTES → CHANGE_ROUTES → LIST_RULES → CHANGE_RULE …
 *  the same with OverlapPolicy=force, if the networks of this host may be others:
 *                                  LIST_NETWORKS → as above
 *  the same after a reload of few routes, if all stand:
 *                                  CHANGE_ROUTES, and the rules if they are others
 *  not wanted any more             LIST_RULES → CHANGE_RULE … → LIST_ROUTES → CHANGE_ROUTES
 *  never wanted                    LIST_RULES → CHANGE_RULE …
 *  no rules either                 no pass
 *
 * So no rule sends the packets for the server to where the covers are before the route that holds
 * them out is there. What comes in the middle of a pass has it run again. What the kernel refuses
 * is tried again with a growing pause; so is a way to the server while its uplink is down, which is
 * no failure of the covers, and is not told. With OverlapPolicy=force, NETWORKS has them listed,
 * and only if they are others a pass follows.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/macros.h"
#include "core/config/config.h"
#include "core/route/route-offer.h"
#include "core/route/route-plan.h"
#include "core/route/route-ranges.h"
#include "core/route/route-rule.h"
#include "core/route/route-set.h"

#define ROUTE_FRAME_TEXT_MAX_BYTES 512
/* Between two tries to put right what the kernel refused, doubled each time. */
#define ROUTE_FRAME_RETRY_USEC (1 * USEC_PER_SEC)
#define ROUTE_FRAME_RETRY_MAX_USEC (60 * USEC_PER_SEC)
/*
 * From the announcement of a network to the look at all of them: what comes with it is waited for,
 * but packets go there meanwhile,
 */
#define ROUTE_FRAME_GATHER_USEC (20 * USEC_PER_MSEC)
/* and between two such looks: containers get their networks one by one. */
#define ROUTE_FRAME_LOOKS_USEC (250 * USEC_PER_MSEC)
/* A change of 10,000 routes takes the kernel some tens of milliseconds. */
#define ROUTE_FRAME_PLACE_USEC (100 * USEC_PER_MSEC)

typedef enum RouteFrameEventType {
        ROUTE_FRAME_CONFIGURE, /* config: the one in effect, until the next; that before may go */
        ROUTE_FRAME_START,     /* a configuration is known */
        ROUTE_FRAME_OFFER,     /* offer: routes that want covers as well, until the next */
        ROUTE_FRAME_UP,        /* ends in ACTION_STANDS, or FAILED */
        ROUTE_FRAME_DOWN,      /* ends in ACTION_DOWN */
        ROUTE_FRAME_RELEASE,   /* ends in ACTION_DOWN */
        ROUTE_FRAME_REACH,     /* uplink: of a server that is to be reached; ends in REACHED */
        ROUTE_FRAME_MOVE,      /* uplink: likewise, which may be the same again */
        ROUTE_FRAME_RESYNC,    /* announcements of the kernel were lost */
        ROUTE_FRAME_RULE,      /* rule: one that was removed */
        ROUTE_FRAME_ROUTE,     /* route: any that is announced */
        ROUTE_FRAME_NETWORKS,  /* an interface got an address, or lost one, or went up or down */
        ROUTE_FRAME_TIMER,     /* route_frame_next_deadline() has come */
        ROUTE_FRAME_NETWORKS_LISTED, /* routes: answers LIST_NETWORKS; others may be among them */
        ROUTE_FRAME_ROUTES_LISTED,   /* routes: answers LIST_ROUTES */
        ROUTE_FRAME_REFUSED,         /* refused: one route of a CHANGE_ROUTES, before its answer */
        ROUTE_FRAME_CHANGED,         /* error: answers CHANGE_ROUTES, of what was not REFUSED */
        ROUTE_FRAME_RULES_LISTED,    /* rules: answers LIST_RULES */
        ROUTE_FRAME_RULE_CHANGED,    /* error: answers CHANGE_RULE */
} RouteFrameEventType;

/* Pointers are borrowed for the call of route_frame_step(), but for the configuration. */
typedef struct RouteFrameEvent {
        RouteFrameEventType type;
        int error; /* of an answer: 0 or a negative errno */
        union {
                const Config *config;
                struct {
                        const ConfigRoute *routes;
                        size_t n_routes; /* at most ROUTE_OFFER_ROUTES_MAX */
                } offer;
                RouteUplink uplink;
                const RouteRule *rule;
                struct {
                        const Route *route;
                        RouteNews news;
                } route;
                struct {
                        const Route *items;
                        size_t n_items;
                } routes;
                struct {
                        const RouteRule *items;
                        size_t n_items;
                } rules;
                struct {
                        const Route *route;
                        bool deleting;
                        const char *text;
                } refused;
        };
} RouteFrameEvent;

typedef enum RouteFrameActionType {
        ROUTE_FRAME_ACTION_LIST_NETWORKS, /* of the kernel and of routers, in all tables */
        ROUTE_FRAME_ACTION_LIST_ROUTES,   /* of our protocol, in all tables */
        ROUTE_FRAME_ACTION_CHANGE_ROUTES, /* plan: *takes* its arrays */
        ROUTE_FRAME_ACTION_LIST_RULES,    /* of IPv4 and IPv6 */
        ROUTE_FRAME_ACTION_CHANGE_RULE,   /* rule, deleting */
        ROUTE_FRAME_ACTION_STANDS,        /* what UP needs is in the kernel */
        ROUTE_FRAME_ACTION_FAILED,        /* text, error: it is not; tried again */
        ROUTE_FRAME_ACTION_DOWN,    /* what DOWN or RELEASE takes away is gone, or refuses to */
        ROUTE_FRAME_ACTION_REACHED, /* no cover is in the way to the server */
        ROUTE_FRAME_ACTION_SETTLED, /* a pass is over, whatever came of it */
        ROUTE_FRAME_ACTION_LOG,     /* text, priority, others: NETC-07 */
} RouteFrameActionType;

typedef struct RouteFrameAction {
        RouteFrameActionType type;
        RoutePlan plan;
        RouteRule rule;
        bool deleting;
        int error;    /* a negative errno */
        int priority; /* LOG_* of syslog.h */
        bool others;  /* somebody else did it */
        char text[ROUTE_FRAME_TEXT_MAX_BYTES];
} RouteFrameAction;

/* One step never asks for more. */
#define ROUTE_FRAME_ACTIONS_MAX 6

typedef struct RouteFrameActions {
        RouteFrameAction items[ROUTE_FRAME_ACTIONS_MAX];
        size_t n_items;
} RouteFrameActions;

typedef struct RouteFrame RouteFrame;

/* Returns the frame of the tunnel with that name, or NULL if memory is exhausted. */
RouteFrame *route_frame_new(const char *name);
/* Takes NULL; returns NULL. */
RouteFrame *route_frame_free(RouteFrame *f);
DEFINE_FREEP(RouteFrame, route_frame_free)

/*
 * Takes one event at now_usec (CLOCK_BOOTTIME) and fills in the actions to carry out, in their
 * order. Never fails: what cannot be done is an action FAILED.
 */
void route_frame_step(RouteFrame *f, const RouteFrameEvent *event, uint64_t now_usec,
                      RouteFrameActions *ret_actions);

/* Returns when ROUTE_FRAME_TIMER is due (microseconds of CLOCK_BOOTTIME), or USEC_INFINITY. */
uint64_t route_frame_next_deadline(const RouteFrame *f);
/* Returns where its routes are, as route_keeper_get_extent() does. */
const RouteExtent *route_frame_get_extent(const RouteFrame *f);
/* Whether a pass is under way, or a place is waited for. */
bool route_frame_is_busy(const RouteFrame *f);
/* Whether there may be covers or rules that hide the way to the server from a look-up. */
bool route_frame_hides_server(const RouteFrame *f);
