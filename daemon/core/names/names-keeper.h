/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Keeps the name servers and domains of one tunnel registered with the resolver of this host: has
 * them registered when the link has addresses, again when the resolver restarts or what is wanted
 * changes, and taken back in the end. Pure: events and the time come in, actions go out; whoever
 * carries them out talks to pptp-names (names-message.h) and answers with further events.
 *
 *  mode       what it is                              left by
 *  IDLE       nothing is registered, or asked for     APPLY
 *  ASKING     a service is asked what resolver there  MESSAGE (RESOLVER), CLOSED, TIMER
 *             is
 *  AWAITING   what the server offers is to have the   OFFER; APPLY
 *             name servers that Domains= needs
 *  PUSHING    a SET is under way                      MESSAGE (DONE), CLOSED, TIMER
 *  STANDING   the resolver has taken it               the resolver or the service goes; APPLY
 *  WAITING    it has not                              TIMER, a resolver appears; APPLY
 *  REVERTING  a REVERT is under way                   MESSAGE (DONE), CLOSED, TIMER; APPLY
 *
 * REMOVE leads from any mode to REVERTING where something may stand, and to IDLE where not.
 *
 * There are two services, asked in this order: for systemd-resolved, and for resolvconf(8) where
 * there is none. The connection to a service stays open: a service takes back what was registered
 * over a connection that is closed, and so it goes also with a supervisor that was killed.
 */

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/macros.h"
#include "core/config/config.h"
#include "core/names/names-message.h"
#include "core/names/names-set.h"

/* How long a service may take: systemd starts it, and then it asks over the bus. */
#define NAMES_KEEPER_ANSWER_USEC (5 * USEC_PER_SEC)
/* For taking back, which must not hold up a stop (TUNNEL_CLOSE_USEC). */
#define NAMES_KEEPER_REVERT_USEC (800 * USEC_PER_MSEC)
/* A restart of systemd-resolved takes less; before that it is not missed. */
#define NAMES_KEEPER_ABSENT_USEC (3 * USEC_PER_SEC)
/* The resolver hears of a new link from the kernel, as we do, and a moment later. */
#define NAMES_KEEPER_LINK_USEC (50 * USEC_PER_MSEC)
#define NAMES_KEEPER_LINK_MAX_USEC (3 * USEC_PER_SEC)
/* Between two tries after anything else, doubled each time. */
#define NAMES_KEEPER_RETRY_USEC (1 * USEC_PER_SEC)
#define NAMES_KEEPER_RETRY_MAX_USEC (60 * USEC_PER_SEC)

#define NAMES_KEEPER_TEXT_MAX_BYTES 512

/* Who registers names; each has its socket. */
typedef enum NamesService {
        NAMES_SERVICE_RESOLVED,
        NAMES_SERVICE_RESOLVCONF,
        _NAMES_SERVICE_MAX,
} NamesService;

/* "systemd-resolved", for people. */
const char *names_service_name(NamesService service);

/* Why names are not in force. */
typedef enum NamesFault {
        NAMES_FAULT_NONE,
        NAMES_FAULT_NO_RESOLVER, /* none is there that takes them */
        NAMES_FAULT_NO_SERVER,   /* Domains= asks for names, and nobody named a name server */
        NAMES_FAULT_MANAGED,     /* systemd-networkd manages the interface */
        NAMES_FAULT_NO_SPLIT,    /* the resolver cannot ask some names here and others there */
        NAMES_FAULT_REFUSED,     /* anything else; the text has it */
        _NAMES_FAULT_MAX,
} NamesFault;

/* What IPCP has agreed on. */
typedef struct NamesLink {
        uint32_t ifindex; /* 0: the interface is gone already */
        char ifname[16];
        struct in_addr servers[2]; /* INADDR_ANY: not given */
} NamesLink;

typedef enum NamesKeeperEventType {
        NAMES_KEEPER_CONFIGURE, /* config: the one in effect, until the next; that before may go */
        NAMES_KEEPER_OFFER,     /* offer: what the server offers, until the next */
        NAMES_KEEPER_APPLY,     /* link; ends in ACTION_APPLIED or ACTION_FAILED */
        NAMES_KEEPER_REMOVE,    /* ends in ACTION_REMOVED */
        NAMES_KEEPER_ANEW,      /* another link has the same names now, and had them later */
        NAMES_KEEPER_MESSAGE,   /* message */
        NAMES_KEEPER_CLOSED,    /* closed: the service is gone, or could not be reached (OPEN) */
        NAMES_KEEPER_TIMER,     /* names_keeper_next_deadline() has come */
} NamesKeeperEventType;

/*
 * Pointers are borrowed for the call of names_keeper_step(), but those of CONFIGURE and OFFER until
 * the next of its kind.
 */
typedef struct NamesKeeperEvent {
        NamesKeeperEventType type;
        NamesService service; /* MESSAGE, CLOSED */
        union {
                const Config *config;
                NamesOffer offer;
                NamesLink link;
                const NamesMessage *message;
                int error; /* CLOSED: 0 or a negative errno */
        };
} NamesKeeperEvent;

typedef enum NamesKeeperActionType {
        NAMES_KEEPER_ACTION_OPEN,    /* service; the first message is its RESOLVER */
        NAMES_KEEPER_ACTION_SEND,    /* service, message */
        NAMES_KEEPER_ACTION_CLOSE,   /* service */
        NAMES_KEEPER_ACTION_APPLIED, /* the resolver has taken it, or it need not be waited for */
        NAMES_KEEPER_ACTION_FAILED,  /* failed */
        NAMES_KEEPER_ACTION_REMOVED,
        NAMES_KEEPER_ACTION_LOG, /* log */
} NamesKeeperActionType;

typedef struct NamesKeeperAction {
        NamesKeeperActionType type;
        NamesService service;
        union {
                const NamesMessage *message; /* valid until the next step */
                struct {
                        NamesFault fault;
                        bool required; /* the tunnel is not what was asked for without it */
                        char text[NAMES_KEEPER_TEXT_MAX_BYTES];
                } failed;
                struct {
                        int priority;     /* LOG_* of syslog.h */
                        NamesFault fault; /* that it is about, or NONE */
                        bool unused;      /* it is about name servers to which no name goes */
                        char text[NAMES_KEEPER_TEXT_MAX_BYTES];
                } log;
        };
} NamesKeeperAction;

/* One step never asks for more. */
#define NAMES_KEEPER_ACTIONS_MAX 8

typedef struct NamesKeeperActions {
        NamesKeeperAction items[NAMES_KEEPER_ACTIONS_MAX];
        size_t n_items;
} NamesKeeperActions;

typedef struct NamesKeeper NamesKeeper;

/* Returns a keeper in mode IDLE, or NULL if memory is exhausted. CONFIGURE has to come first. */
NamesKeeper *names_keeper_new(void);
/* Takes NULL; returns NULL. */
NamesKeeper *names_keeper_free(NamesKeeper *k);
DEFINE_FREEP(NamesKeeper, names_keeper_free)

/* Takes one event at now_usec (CLOCK_BOOTTIME) and fills in the actions to carry out, in order. */
void names_keeper_step(NamesKeeper *k, const NamesKeeperEvent *event, uint64_t now_usec,
                       NamesKeeperActions *ret_actions);

/* When NAMES_KEEPER_TIMER is due, or USEC_INFINITY. */
uint64_t names_keeper_next_deadline(const NamesKeeper *k);

/* Whether an answer of the service is awaited. */
bool names_keeper_is_busy(const NamesKeeper *k);

/* What there is to tell of the names. */
typedef struct NamesState {
        const NamesSet *names; /* what is wanted; borrowed until the next step */
        bool standing;         /* in force, with: */
        NamesService service;
        const char *trouble; /* why not; "": it is not known yet, or nothing is wanted */
} NamesState;

/* Returns what names are wanted now, and whether they are in force. */
void names_keeper_get_state(const NamesKeeper *k, NamesState *ret_state);
