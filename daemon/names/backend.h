/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A resolver that takes name servers and domains for a link: what names-server.c needs of one.
 * resolved.c is one, resolvconf.c another.
 */

#include <stdbool.h>
#include <systemd/sd-event.h>

#include "core/names/names-message.h"

/* A link of this host. */
typedef struct BackendLink {
        uint32_t ifindex;
        char ifname[16];
} BackendLink;

typedef struct Backend Backend;
typedef struct BackendRequest BackendRequest;

/* The answer; the request ends with it and is freed by whoever was answered. text: may be "". */
typedef void (*BackendDoneFunc)(BackendRequest *q, NamesResult result, const char *text,
                                void *userdata);

/* What a request is about, and who is answered. */
typedef struct BackendOrder {
        BackendLink link;
        BackendDoneFunc on_done;
        void *userdata;
        bool anew; /* of set(): what was registered is taken back first */
} BackendOrder;

/* Whether there is a resolver, or what else it has, is known for the first time or has changed. */
typedef void (*BackendChangedFunc)(void *userdata);

/*
 * A link that has a name server. Returns whether that was registered by us: it does not count as
 * others'.
 */
typedef bool (*BackendOnLinkFunc)(uint32_t ifindex, void *userdata);

/* on_link() was called for each link that has a name server: others have none, or none any more. */
typedef void (*BackendOnLookedFunc)(void *userdata);

typedef struct BackendEvents {
        BackendChangedFunc on_changed;
        BackendOnLinkFunc on_link;
        BackendOnLookedFunc on_looked;
        void *userdata;
} BackendEvents;

/* Every call returns 0 or a negative errno and never blocks. */
typedef struct BackendType {
        int (*create)(sd_event *event, const BackendEvents *events, Backend **ret_backend);
        Backend *(*destroy)(Backend *b);
        /* What there is. Returns false while that is not known. */
        bool (*get_state)(const Backend *b, bool *ret_present, bool *ret_others);
        /*
         * Has names registered in the place of those that were; takes them back where that fails.
         */
        int (*set)(Backend *b, const BackendOrder *order, const NamesSet *names,
                   BackendRequest **ret_request);
        /*
         * The same for names that are refused, by a link on which nobody answers
         * (core/names/names-cover.h); but nothing is taken back. NULL: it cannot do that.
         */
        int (*cover)(Backend *b, const BackendOrder *order, const NamesSet *names,
                     BackendRequest **ret_request);
        /*
         * Takes back what was registered. order->on_done may be NULL: nobody is answered, and
         * ret_request is NULL as well.
         */
        int (*revert)(Backend *b, const BackendOrder *order, BackendRequest **ret_request);
        /*
         * No answer will come; what was sent is done all the same. NULL is nothing. Returns NULL.
         */
        BackendRequest *(*cancel)(BackendRequest *q);
} BackendType;

/* systemd-resolved, over the system's bus. */
extern const BackendType backend_resolved;
/* resolvconf(8): Debian's resolvconf, or openresolv. */
extern const BackendType backend_resolvconf;
