/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Events that wait until the step that caused them is done. A completion that is known at once (a
 * socket that cannot be opened, a password that is not there) comes while the tunnel is being
 * stepped, and must not step it again from within.
 *
 * What an event points to belongs to its sender, who is gone by then: the queue keeps copies of it.
 */

#include "core/tunnel/tunnel.h"

/* One step asks for a handful of things at the most; each of them answers once at the most. */
#define TUNNEL_QUEUE_MAX 16

typedef struct TunnelQueued {
        TunnelEvent event;
        union {
                char text[DIAGNOSIS_FACT_TEXT_MAX];
                struct in_addr addresses[TUNNEL_ADDRESSES_MAX];
        };
} TunnelQueued;

typedef struct TunnelQueue {
        TunnelQueued items[TUNNEL_QUEUE_MAX];
        size_t n_items;
        TunnelQueued taken;
} TunnelQueue;

/*
 * Adds an event with what it points to; a text that is too long is cut. Messages of the server and
 * of the plugin, and RELOAD, are refused by assertion: they only come from the event loop, never
 * from a step.
 */
void tunnel_queue_add(TunnelQueue *q, const TunnelEvent *event);

/*
 * Takes the oldest event off the queue. Returns it, borrowed until the next call, or NULL if there
 * is none.
 */
const TunnelEvent *tunnel_queue_take(TunnelQueue *q);
