/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * RoutesOnDown=unreachable, for names: keeps questions for the tunnel's names from leaving this
 * host while the tunnel is down. systemd-resolved is given a second interface for these names, a
 * dummy with a name server on which nobody answers. It has them from the unit's start to its stop:
 *
 *  - While the tunnel is down, the cover is the only interface that has these names, and questions
 *    for them are refused at once.
 *  - While it is up, both have them. systemd-resolved asks at both, and takes an address that
 *    either answers. If there is none, it tells what was answered on the interface that got its
 *    name servers last: that has to be the tunnel's (NAMES_KEEPER_ANEW).
 *
 * So there is no moment between the two. The interface stays in the kernel, and its names in
 * systemd-resolved, when the supervisor ends or is killed: the next one takes both over, and
 * "pptp-supervisor --clean-up" removes them, as the covers of routes (core/route/route-cover.h).
 *
 *  mode      what it is                                    left by
 *  OFF       nothing is wanted, and no interface is there  START, CONFIGURE
 *  ASKING    pptp-names is asked for systemd-resolved      MESSAGE (RESOLVER), CLOSED, TIMER
 *  MAKING    the interface is made                         LINK_MADE
 *  PUSHING   a COVER is under way                          MESSAGE (DONE), CLOSED, TIMER
 *  STANDING  systemd-resolved has taken it                 the interface or the names are lost
 *  WAITING   something failed                              TIMER, the resolver appears
 *
 * CONFIGURE leads from any mode but the first to OFF, or to a new COVER where the names change.
 * OFFER likewise: what the server offers stays wanted until another offer, also while it is down.
 * RESYNC has the interface looked at while it stands, or as soon as it does: LINK_MADE.
 * Pure: events and the time come in, actions go out.
 */

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/macros.h"
#include "core/config/config.h"
#include "core/names/names-message.h"
#include "core/names/names-set.h"

/* Of the interface's name, with its NUL: IFNAMSIZ. */
#define NAMES_COVER_IFNAME_MAX_BYTES 16
#define NAMES_COVER_IFNAME_PREFIX "pptp-"

/*
 * The interface's address, and the name server on it: RFC 7600 has set aside 192.0.0.8 for a host
 * that has no address to give, and port 9 is that of "discard" (RFC 863), which nobody serves.
 * systemd-resolved asks only on interfaces that have an address.
 */
#define NAMES_COVER_ADDRESS UINT32_C(0xc0000008)
#define NAMES_COVER_PORT 9

/* How long pptp-names may take: systemd starts it, and then it asks over the bus. */
#define NAMES_COVER_ANSWER_USEC (5 * USEC_PER_SEC)
/* The resolver hears of a new interface from the kernel, a moment later. */
#define NAMES_COVER_LINK_USEC (50 * USEC_PER_MSEC)
/* What is mended sooner is not told: a restart of systemd-resolved takes less. */
#define NAMES_COVER_TELL_USEC (3 * USEC_PER_SEC)
/* Between two tries, after the first; doubled each time. */
#define NAMES_COVER_RETRY_USEC (1 * USEC_PER_SEC)
#define NAMES_COVER_RETRY_MAX_USEC (60 * USEC_PER_SEC)

#define NAMES_COVER_TEXT_MAX_BYTES 256

typedef enum NamesCoverEventType {
        NAMES_COVER_CONFIGURE, /* config: the one in effect, until the next; that before may go */
        NAMES_COVER_START,     /* a configuration is known */
        NAMES_COVER_OFFER,     /* offer: of the server that answers, in the place of that before */
        NAMES_COVER_LINK_MADE, /* made: answers MAKE_LINK */
        NAMES_COVER_LINK,      /* link: the kernel announces what became of an interface */
        NAMES_COVER_RESYNC,    /* announcements of the kernel were lost */
        NAMES_COVER_MESSAGE,   /* message: of pptp-names */
        NAMES_COVER_CLOSED,    /* pptp-names is gone, or could not be reached (OPEN) */
        NAMES_COVER_TIMER,     /* names_cover_next_deadline() has come */
} NamesCoverEventType;

/* Pointers are borrowed for the call of names_cover_step(), but for the configuration. */
typedef struct NamesCoverEvent {
        NamesCoverEventType type;
        union {
                const Config *config;
                const NamesOffer *offer;
                struct {
                        int error;        /* 0 or a negative errno */
                        uint32_t ifindex; /* of the interface, */
                        bool was_up;      /* which was there before, */
                        bool had_address; /* with its address */
                } made;
                struct {
                        uint32_t ifindex;
                        bool lost; /* it or its address was removed */
                        bool up;
                } link;
                const NamesMessage *message;
        };
} NamesCoverEvent;

typedef enum NamesCoverActionType {
        NAMES_COVER_ACTION_OPEN, /* connect to pptp-names; its first message is RESOLVER */
        NAMES_COVER_ACTION_SEND, /* message */
        NAMES_COVER_ACTION_CLOSE,
        NAMES_COVER_ACTION_MAKE_LINK,   /* make the interface, or take over the one that is there */
        NAMES_COVER_ACTION_REMOVE_LINK, /* remove it, if it is there */
        NAMES_COVER_ACTION_STOOD, /* it has been taken: the tunnel's names have to come after it */
        NAMES_COVER_ACTION_LOG,   /* text, priority, fault: NAME-07 */
} NamesCoverActionType;

typedef struct NamesCoverAction {
        NamesCoverActionType type;
        union {
                const NamesMessage *message; /* valid until the next step */
                struct {
                        int priority; /* LOG_* of syslog.h */
                        bool fault;   /* names are not refused that should be */
                        char text[NAMES_COVER_TEXT_MAX_BYTES + 128];
                } log;
        };
} NamesCoverAction;

/* One step never asks for more. */
#define NAMES_COVER_ACTIONS_MAX 4

typedef struct NamesCoverActions {
        NamesCoverAction items[NAMES_COVER_ACTIONS_MAX];
        size_t n_items;
} NamesCoverActions;

typedef struct NamesCover NamesCover;

/*
 * Returns the cover of the names of the tunnel with that name in mode OFF, or NULL if memory is
 * exhausted. CONFIGURE has to come before START.
 */
NamesCover *names_cover_new(const char *tunnel);
/* Takes NULL; returns NULL. */
NamesCover *names_cover_free(NamesCover *c);
DEFINE_FREEP(NamesCover, names_cover_free)

/* Takes one event at now_usec (CLOCK_BOOTTIME) and fills in the actions to carry out, in order. */
void names_cover_step(NamesCover *c, const NamesCoverEvent *event, uint64_t now_usec,
                      NamesCoverActions *ret_actions);

/* When NAMES_COVER_TIMER is due, or USEC_INFINITY. */
uint64_t names_cover_next_deadline(const NamesCover *c);

/* What there is to tell of it. */
typedef struct NamesCoverState {
        const NamesSet *names; /* that are to be refused; borrowed until the next step */
        bool standing;         /* systemd-resolved has them */
        const char *ifname;
        uint32_t ifindex;    /* 0: the interface is not there */
        const char *trouble; /* why names are not refused, all or some; "": nothing is wrong */
} NamesCoverState;

/* Returns which names are refused while the tunnel is down, and whether they are. */
void names_cover_get_state(const NamesCover *c, NamesCoverState *ret_state);

/*
 * Writes the name of the interface that covers the names of a tunnel: "pptp-" and the seven
 * hexadecimal digits of its tag (core/base/tunnel-tag.h). Returns the buffer.
 */
const char *names_cover_get_ifname(const char *tunnel, char buffer[NAMES_COVER_IFNAME_MAX_BYTES]);
