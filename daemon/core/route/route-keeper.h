/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Keeps the routes of one tunnel in the kernel: installs them, follows the way to the server, puts
 * back what others take away, and removes all of them in the end. Pure: events and the time come
 * in, actions go out; whoever carries them out asks the kernel and answers with further events.
 *
 *  mode      what it is                            left by
 *  IDLE      no interface, no routes               INSTALL
 *  KEEPING   routes are, or are to be, in the      REMOVE, or the interface is GONE
 *            kernel
 *  REMOVING  they are being deleted                done; INSTALL
 *  GONE      the interface was deleted, and the    REMOVE, INSTALL
 *            kernel took its routes along
 *
 * Of a change of routes there is one request under way at a time, each answer beginning the next:
 *
 * A CHANGE that meets the route of somebody else is followed by a LIST of all, to say whose it is;
 * of a network that this host is in it is taken back, see route-overlap.h.
 *
 *  INSTALL   FIND_LINK → LIST the kernel's own (networks of this host, and for each address of the
 *            interface a local route, by whose absence it is missed)     → LIST ours → CHANGE
 *  the same while all routes stand, and nothing was announced that says otherwise:
 *            FIND_LINK                                                             → CHANGE
 *  and where an address of this host came or went meanwhile:
 *            FIND_LINK → LIST the kernel's own                                     → CHANGE
 *  REMOVE                                                               LIST ours → CHANGE
 *  put right                                                            LIST ours → CHANGE
 *  the same, where an address was taken away: SET_ADDRESS, SET_ADDRESS6 → LIST ours → CHANGE
 *  RESYNC    FIND_LINK                                                → LIST ours → CHANGE
 *  with VRF= each FIND_LINK of the interface is followed by the steps of route-keeper-vrf.c
 *  NETWORKS               LIST the kernel's own; with a policy, or where one of them is in the
 *                         place of a route, put right; the same a while after a RESYNC, or where
 *                         that LIST was not answered
 *
 * What happens in the middle of one makes it stale: when it is done, routes are put right again.
 * Whatever is not right is told (FAILED) within ROUTE_KEEPER_TELL_USEC, tried again with a growing
 * pause, and told when it is right again (INSTALLED).
 */

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/macros.h"
#include "core/config/config.h"
#include "core/route/route-guard.h"
#include "core/route/route-overlap.h"
#include "core/route/route-plan.h"
#include "core/route/route-ranges.h"
#include "core/route/route-set.h"

#define ROUTE_KEEPER_TEXT_MAX_BYTES 512
/* Places of our routes that others have taken; more is a contest about the whole table. */
#define ROUTE_KEEPER_PLACES_MAX 15
/* Each of two files has three that count (MAXNS in resolv.h). */
#define ROUTE_KEEPER_NAME_SERVERS_MAX 6
/* Networks on both sides that are named. */
#define ROUTE_KEEPER_OVERLAPS_MAX 8
/* Routes that came or went with a reload; of more the whole set is made anew. */
#define ROUTE_KEEPER_CHANGES_MAX 4096
/* Containers get their networks address by address. */
#define ROUTE_KEEPER_NETWORKS_USEC (1 * USEC_PER_SEC)
/* Routes that the kernel refused and that are named in the journal; the others are counted. */
#define ROUTE_KEEPER_REFUSALS_TOLD_MAX 8
/* pppd takes the interface down and up within milliseconds when the server renegotiates. */
#define ROUTE_KEEPER_TELL_USEC (1 * USEC_PER_SEC)
/* Between two tries to put routes right that the kernel refused, doubled each time. */
#define ROUTE_KEEPER_RETRY_USEC (1 * USEC_PER_SEC)
#define ROUTE_KEEPER_RETRY_MAX_USEC (60 * USEC_PER_SEC)

/* What IPCP has agreed on for the interface, and whether IPV6CP has. */
typedef struct RouteLink {
        char ifname[16];
        struct in_addr local;
        struct in_addr peer;
        bool has_ipv6;
} RouteLink;

typedef enum RouteKeeperEventType {
        ROUTE_KEEPER_CONFIGURE,  /* config: the one in effect, until the next; that before may go */
        ROUTE_KEEPER_OFFER,      /* offer: from the next INSTALL on these are wanted as well */
        ROUTE_KEEPER_INSTALL,    /* install; again while routes stand: to what changed */
        ROUTE_KEEPER_SUSPEND,    /* IPCP is being negotiated anew; an INSTALL follows */
        ROUTE_KEEPER_REMOVE,     /* all of them; ends in ACTION_REMOVED */
        ROUTE_KEEPER_MOVE,       /* uplink: the way to the server, which may be the same again */
        ROUTE_KEEPER_RESYNC,     /* announcements of the kernel were lost */
        ROUTE_KEEPER_LINK,       /* link: the kernel announces the tunnel's interface */
        ROUTE_KEEPER_ADDRESS,    /* address: one of the tunnel's interface */
        ROUTE_KEEPER_IPV6,       /* ipv6: what IPV6CP agreed on; all zeros: it went down */
        ROUTE_KEEPER_ADDRESS6,   /* address6: likewise announced */
        ROUTE_KEEPER_ROUTE,      /* route: any that is announced */
        ROUTE_KEEPER_SOURCE,     /* source: an address of whatever interface came or went */
        ROUTE_KEEPER_VRF_LINK,   /* vrf_link: another interface, which may be the VRF */
        ROUTE_KEEPER_NETWORKS,   /* another interface got an address, or lost one */
        ROUTE_KEEPER_TIMER,      /* route_keeper_next_deadline() has come */
        ROUTE_KEEPER_LINK_FOUND, /* found: answers FIND_LINK */
        ROUTE_KEEPER_VRF_DONE,   /* vrf_done: answers MAKE_VRF, JOIN_VRF and SET_UP_VRF */
        ROUTE_KEEPER_LISTED,     /* listed: answers LIST */
        ROUTE_KEEPER_REFUSED,    /* refused: one route of a CHANGE, before its answer */
        ROUTE_KEEPER_CHANGED,    /* changed: answers CHANGE */
        ROUTE_KEEPER_ADDRESS_SET, /* address_set: answers SET_ADDRESS and SET_ADDRESS6 */
} RouteKeeperEventType;

/* Pointers are borrowed for the call of route_keeper_step(), but for the configuration. */
typedef struct RouteKeeperEvent {
        RouteKeeperEventType type;
        union {
                const Config *config;
                struct {
                        const ConfigRoute *routes;
                        size_t n_routes;
                } offer;
                struct {
                        RouteLink link;
                        RouteUplink uplink;
                        const struct in_addr *name_servers; /* that this host asks */
                        size_t n_name_servers;              /* what is too many is left out */
                } install;
                struct {
                        uint32_t ifindex;
                        struct in_addr gateway;
                        struct in6_addr gateway6;
                } uplink;
                struct {
                        bool removed;
                        bool up;         /* IFF_UP: nobody has set it down */
                        uint32_t master; /* that it is a part of: a VRF, a bridge; 0: none */
                        char name[16];   /* "": as before */
                } link;
                struct {
                        struct in_addr address;
                        bool removed;
                } address;
                struct {
                        struct in6_addr local, peer;
                } ipv6;
                struct {
                        struct in6_addr address;
                        bool removed;
                } address6;
                struct {
                        uint32_t ifindex;
                        bool up; /* likewise */
                } vrf_link;
                struct {
                        bool is_ipv6;
                        bool removed;
                        union {
                                struct in_addr address;
                                struct in6_addr address6;
                        };
                } source;
                struct {
                        const Route *route;
                        RouteNews news;
                } route;
                struct {
                        int error; /* 0 or a negative errno, as in all answers */
                        const char *text;
                        uint32_t ifindex;
                        uint32_t master;    /* likewise */
                        uint32_t vrf_table; /* 0: it is no VRF */
                        bool up;
                } found;
                struct {
                        int error;
                        const char *text;
                } vrf_done;
                struct {
                        int error;
                        const char *text;
                        const Route *routes;
                        size_t n_routes;
                } listed;
                struct {
                        const Route *route;
                        bool deleting;
                        int error;
                        const char *text;
                } refused;
                struct {
                        int error;
                        size_t n_refused;
                } changed;
                struct {
                        int error;
                        const char *text;
                } address_set;
        };
} RouteKeeperEvent;

typedef enum RouteKeeperActionType {
        ROUTE_KEEPER_ACTION_CANCEL,       /* the request under way; its answer must not come */
        ROUTE_KEEPER_ACTION_FIND_LINK,    /* link: by its name or, if that is "", its index */
        ROUTE_KEEPER_ACTION_MAKE_VRF,     /* vrf: goes with the unit */
        ROUTE_KEEPER_ACTION_JOIN_VRF,     /* vrf */
        ROUTE_KEEPER_ACTION_SET_UP_VRF,   /* vrf */
        ROUTE_KEEPER_ACTION_LIST,         /* protocol, table (0: all) */
        ROUTE_KEEPER_ACTION_CHANGE,       /* plan: *takes* its arrays */
        ROUTE_KEEPER_ACTION_SET_ADDRESS,  /* address: of the tunnel's interface */
        ROUTE_KEEPER_ACTION_SET_ADDRESS6, /* address6: its link-local one */
        ROUTE_KEEPER_ACTION_INSTALLED,    /* count: of the configuration; all are in the kernel */
        ROUTE_KEEPER_ACTION_FAILED,       /* failed: some are not */
        ROUTE_KEEPER_ACTION_REMOVED,      /* or what could not be has been logged */
        ROUTE_KEEPER_ACTION_GONE,         /* the interface was deleted */
        ROUTE_KEEPER_ACTION_OVERLAP,      /* route_keeper_get_overlaps() are others now */
        ROUTE_KEEPER_ACTION_LOST,         /* note, count: others removed so many of our routes */
        ROUTE_KEEPER_ACTION_LOG,          /* log */
} RouteKeeperActionType;

/* What a line of the journal is about. */
typedef enum RouteKeeperSubject {
        ROUTE_KEEPER_SUBJECT_CHANGE, /* of ours */
        ROUTE_KEEPER_SUBJECT_OTHERS, /* what others did to them (NETC-07) */
        ROUTE_KEEPER_SUBJECT_SOURCE, /* an address that they send from is missing (NETC-28) */
        ROUTE_KEEPER_SUBJECT_VRF,    /* the VRF is set down (NETC-30) */
} RouteKeeperSubject;

typedef struct RouteKeeperAction {
        RouteKeeperActionType type;
        union {
                struct {
                        char name[16];
                        uint32_t ifindex;
                } link;
                struct {
                        char name[16]; /* MAKE_VRF */
                        uint32_t table;
                        uint32_t ifindex; /* JOIN_VRF: of the interface; SET_UP_VRF: of the VRF */
                        uint32_t master;  /* JOIN_VRF: the VRF */
                } vrf;
                struct {
                        uint8_t family;   /* AF_INET, AF_INET6; AF_UNSPEC: both */
                        uint8_t protocol; /* 0: any */
                        uint32_t table;   /* 0: all */
                } list;
                struct {
                        uint32_t ifindex;
                        struct in_addr local, peer;
                } address;
                struct {
                        uint32_t ifindex;
                        struct in6_addr local, peer;
                } address6;
                RoutePlan plan;
                size_t count;
                struct {
                        int error;        /* a negative errno */
                        bool is_vrf;      /* VRF= cannot be as it is configured */
                        uint32_t ifindex; /* append " on " and its name; 0: nothing */
                        char text[ROUTE_KEEPER_TEXT_MAX_BYTES];
                } failed;
                struct {
                        size_t count;
                        uint32_t ifindex; /* append " on " and its name; 0: nothing */
                        char text[ROUTE_KEEPER_TEXT_MAX_BYTES];
                } note;
                struct {
                        int priority; /* LOG_* of syslog.h */
                        RouteKeeperSubject subject;
                        uint32_t ifindex; /* append " on " and its name; 0: nothing */
                        char text[ROUTE_KEEPER_TEXT_MAX_BYTES];
                } log;
        };
} RouteKeeperAction;

/* One step never asks for more. */
#define ROUTE_KEEPER_ACTIONS_MAX 8

typedef struct RouteKeeperActions {
        RouteKeeperAction items[ROUTE_KEEPER_ACTIONS_MAX];
        size_t n_items;
} RouteKeeperActions;

typedef struct RouteKeeper RouteKeeper;

/* Returns a keeper without routes, or NULL if memory is exhausted. */
RouteKeeper *route_keeper_new(void);
/* Frees a keeper; the routes stay in the kernel. Takes NULL; returns NULL. */
RouteKeeper *route_keeper_free(RouteKeeper *k);
DEFINE_FREEP(RouteKeeper, route_keeper_free)

/*
 * Takes one event at now_usec (CLOCK_BOOTTIME) and fills in the actions to carry out, in their
 * order. Never fails: what cannot be done is an action FAILED.
 */
void route_keeper_step(RouteKeeper *k, const RouteKeeperEvent *event, uint64_t now_usec,
                       RouteKeeperActions *ret_actions);

/* Returns when ROUTE_KEEPER_TIMER is due (microseconds of CLOCK_BOOTTIME), or USEC_INFINITY. */
uint64_t route_keeper_next_deadline(const RouteKeeper *k);

/* Returns the index of the tunnel's interface that was found last, or 0 if none ever was. */
uint32_t route_keeper_get_ifindex(const RouteKeeper *k);

/* Returns the table of VRF= as it was found last, or 0 if it was not. */
uint32_t route_keeper_get_vrf_table(const RouteKeeper *k);
/* Returns whether the tunnel's interface is being looked up, and may have another index by now. */
bool route_keeper_seeks_link(const RouteKeeper *k);
/* Whether a route of ours pins the server, and so hides the way to it from a look-up. */
bool route_keeper_hides_server(const RouteKeeper *k);
/* Whether a change of routes is under way. */
bool route_keeper_is_busy(const RouteKeeper *k);
/*
 * The networks that are on both sides, of which ret_overlaps has ROUTE_KEEPER_OVERLAPS_MAX at most.
 * Borrowed until the next step. Returns how many there are.
 */
size_t route_keeper_get_overlaps(const RouteKeeper *k, const RouteOverlap **ret_overlaps);
/*
 * Returns where the routes are that are wanted, or may stand from before: what others put in the
 * place of one concerns us. Borrowed until the next step.
 */
const RouteExtent *route_keeper_get_extent(const RouteKeeper *k);
/*
 * Returns where the addresses are that the wanted routes send from (PreferredSource=): what becomes
 * of one concerns us. Borrowed until the next step.
 */
const RouteExtent *route_keeper_get_sources(const RouteKeeper *k);
/*
 * Fills in the destinations of our routes in whose places others have put theirs, borrowed until
 * the next step. Returns how many there are.
 */
size_t route_keeper_get_places(const RouteKeeper *k, const struct in_addr **ret_places);
