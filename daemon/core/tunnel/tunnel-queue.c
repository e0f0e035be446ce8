/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/tunnel/tunnel-queue.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "core/base/macros.h"

void tunnel_queue_add(TunnelQueue *q, const TunnelEvent *event) {
        TunnelQueued *item;
        size_t n;

        assert(q->n_items < TUNNEL_QUEUE_MAX);
        item = &q->items[q->n_items++];
        item->event = *event;

        switch (tunnel_event_get_payload(event->type)) {
        case TUNNEL_PAYLOAD_NONE:
                break;
        case TUNNEL_PAYLOAD_FACT:
                if (event->fact.text)
                        snprintf(item->text, sizeof(item->text), "%s", event->fact.text);
                break;
        case TUNNEL_PAYLOAD_ADDRESSES:
                n = MIN(event->addresses.n_items, (size_t) TUNNEL_ADDRESSES_MAX);
                memcpy(item->addresses, event->addresses.items, n * sizeof(item->addresses[0]));
                item->event.addresses.n_items = n;
                break;
        case TUNNEL_PAYLOAD_MESSAGE:
                assert(false);
        }
}

const TunnelEvent *tunnel_queue_take(TunnelQueue *q) {
        TunnelQueued *taken = &q->taken;

        if (q->n_items == 0)
                return NULL;

        *taken = q->items[0];
        q->n_items--;
        memmove(q->items, q->items + 1, q->n_items * sizeof(q->items[0]));

        /* The copy's address is known only now. */
        switch (tunnel_event_get_payload(taken->event.type)) {
        case TUNNEL_PAYLOAD_FACT:
                if (taken->event.fact.text)
                        taken->event.fact.text = taken->text;
                break;
        case TUNNEL_PAYLOAD_ADDRESSES:
                taken->event.addresses.items = taken->addresses;
                break;
        case TUNNEL_PAYLOAD_NONE:
        case TUNNEL_PAYLOAD_MESSAGE:
                break;
        }

        return &taken->event;
}
