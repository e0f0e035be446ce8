/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Watches the way to the server: decides when to look it up in the kernel, and says what a look-up
 * changed. Pure: announcements of the kernel and the time come in, a question or a change goes out.
 *
 *  event                              looks the way up
 *  WATCH another server               at once
 *  our link lost its carrier          after UPLINK_DEBOUNCE_USEC: it may come back
 *  some link runs                     at once, if there is no way, or the way was disturbed
 *  an address or route went           after UPLINK_DEBOUNCE_USEC
 *  an address or route came           at once
 *  RESYNC, SLEPT                      at once
 *  ANSWER with an error               after UPLINK_RETRY_USEC
 *
 * No two look-ups are closer than UPLINK_PACE_USEC. The first look-up of a server has nothing to be
 * compared with, and so is no change, but FOUND: routes that were made by an earlier look-up of the
 * caller's own follow it. After a loss, of whatever server, the next way is a change.
 */

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/base/macros.h"
#include "core/route/uplink.h"

/* A network manager that sets an interface up anew takes its address away for some 100 ms. */
#define UPLINK_DEBOUNCE_USEC (300 * USEC_PER_MSEC)
/* A link that comes up is announced with its addresses and routes, one by one. */
#define UPLINK_PACE_USEC (100 * USEC_PER_MSEC)
/* The kernel's answer was lost, or made no sense. */
#define UPLINK_RETRY_USEC (1 * USEC_PER_SEC)

typedef enum UplinkEventType {
        UPLINK_EVENT_WATCH,           /* address: the server; INADDR_ANY: not known yet */
        UPLINK_EVENT_LINK,            /* link: any but the tunnel's own */
        UPLINK_EVENT_ADDRESS_ADDED,   /* address */
        UPLINK_EVENT_ADDRESS_REMOVED, /* address */
        UPLINK_EVENT_ROUTE_ADDED,     /* one that covers uplink_watcher_get_server() */
        UPLINK_EVENT_ROUTE_REMOVED,   /* likewise */
        UPLINK_EVENT_RESYNC,          /* announcements were lost */
        UPLINK_EVENT_SLEPT,           /* the machine, or this process, did not run for a while */
        UPLINK_EVENT_TIMER,           /* uplink_watcher_next_deadline() has come */
        UPLINK_EVENT_ANSWER,          /* answer: to the last question; it is the only one */
} UplinkEventType;

typedef struct UplinkEvent {
        UplinkEventType type;
        union {
                struct in_addr address;
                struct {
                        uint32_t ifindex;
                        bool running; /* IFF_RUNNING; false also for one that was removed */
                } link;
                struct {
                        int error; /* 0 or a negative errno */
                        Uplink uplink;
                } answer;
        };
} UplinkEvent;

typedef enum UplinkActionType {
        UPLINK_ACTION_NONE,
        UPLINK_ACTION_ASK,     /* look up the way to uplink_watcher_get_server() */
        UPLINK_ACTION_FOUND,   /* the first look-up of this server: routes are to follow its way */
        UPLINK_ACTION_CHANGED, /* change, usable */
} UplinkActionType;

typedef struct UplinkAction {
        UplinkActionType type;
        UplinkChange change; /* UPLINK_SAME: the way was disturbed and is the same again */
        bool usable;         /* there is a way, and routes that pin it are to follow it */
} UplinkAction;

/* All zeros: nobody to watch. */
typedef struct UplinkWatcher {
        UplinkWatch watch;
        struct in_addr server;
        bool check_planned;
        uint64_t check_usec;
        uint64_t asked_usec; /* when the way was last looked up; 0: never */
        bool asking;         /* since then, and not answered yet */
        bool disturbed;      /* since then, even if it is the same again */
        bool address_added;
        bool told_lost; /* the latest change but UPLINK_SAME, of whatever server */
} UplinkWatcher;

/* Takes one event at now_usec (CLOCK_BOOTTIME). Returns what to do about it. */
UplinkAction uplink_watcher_step(UplinkWatcher *w, const UplinkEvent *event, uint64_t now_usec);

/* Returns when UPLINK_EVENT_TIMER is due (microseconds of CLOCK_BOOTTIME), or USEC_INFINITY. */
uint64_t uplink_watcher_next_deadline(const UplinkWatcher *w);

/*
 * Returns the address to look up: the server's; or, while that is not known, one that takes the
 * default route; or INADDR_ANY while nothing is watched.
 */
struct in_addr uplink_watcher_get_server(const UplinkWatcher *w);

/*
 * Returns the index of the link that the way to the server is by; or 0 while any link may matter:
 * without a way, without the tunnel's local address, while the server's address is not known, or
 * while the way is being looked up, which may be by another link now.
 */
uint32_t uplink_watcher_get_link(const UplinkWatcher *w);

/*
 * Returns the way to the server as it was last looked up, or NULL if that server is not watched,
 * was not looked up yet, or has no way now. It is borrowed until the next step.
 */
const Uplink *uplink_watcher_get_path(const UplinkWatcher *w, struct in_addr server);
