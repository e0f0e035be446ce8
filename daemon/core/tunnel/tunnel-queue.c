/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/tunnel/tunnel-queue.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "core/base/macros.h"

/* What an event has pointers to. */
typedef enum Payload {
        PAYLOAD_NONE,
        PAYLOAD_FACT,
        PAYLOAD_ADDRESSES,
        PAYLOAD_MESSAGE,
} Payload;

static Payload event_payload(TunnelEventType type) {
        switch (type) {
        case TUNNEL_EVENT_PREPARE_FAILED:
        case TUNNEL_EVENT_RESOLVE_FAILED:
        case TUNNEL_EVENT_CONTROL_FAILED:
        case TUNNEL_EVENT_CALL_FAILED:
        case TUNNEL_EVENT_PPPD_FAILED:
        case TUNNEL_EVENT_PPPD_EXITED:
        case TUNNEL_EVENT_APPLY_FAILED:
        case TUNNEL_EVENT_INTERFACE_GONE:
        case TUNNEL_EVENT_GRE_REFUSED:
        case TUNNEL_EVENT_EVIDENCE:
                return PAYLOAD_FACT;
        case TUNNEL_EVENT_RESOLVED:
                return PAYLOAD_ADDRESSES;
        case TUNNEL_EVENT_CONTROL_MESSAGE:
        case TUNNEL_EVENT_PLUGIN:
        case TUNNEL_EVENT_RELOAD:
                return PAYLOAD_MESSAGE;
        case TUNNEL_EVENT_START:
        case TUNNEL_EVENT_STOP:
        case TUNNEL_EVENT_TIMER:
        case TUNNEL_EVENT_PREPARED:
        case TUNNEL_EVENT_CONNECTED:
        case TUNNEL_EVENT_CALL_OPENED:
        case TUNNEL_EVENT_PPPD_STARTED:
        case TUNNEL_EVENT_APPLIED:
        case TUNNEL_EVENT_REMOVED:
        case TUNNEL_EVENT_PROBE_REPLY:
        case TUNNEL_EVENT_COUNTED:
        case TUNNEL_EVENT_TRAFFIC:
        case TUNNEL_EVENT_UPLINK:
        case TUNNEL_EVENT_RESUMED:
        case _TUNNEL_EVENT_MAX:
                return PAYLOAD_NONE;
        }

        return PAYLOAD_MESSAGE;
}

void tunnel_queue_add(TunnelQueue *q, const TunnelEvent *event) {
        TunnelQueued *item;
        size_t n;

        assert(q->n_items < TUNNEL_QUEUE_MAX);
        item = &q->items[q->n_items++];
        item->event = *event;

        switch (event_payload(event->type)) {
        case PAYLOAD_NONE:
                break;
        case PAYLOAD_FACT:
                if (event->fact.text)
                        snprintf(item->text, sizeof(item->text), "%s", event->fact.text);
                break;
        case PAYLOAD_ADDRESSES:
                n = MIN(event->addresses.n_items, (size_t) TUNNEL_ADDRESSES_MAX);
                memcpy(item->addresses, event->addresses.items, n * sizeof(item->addresses[0]));
                item->event.addresses.n_items = n;
                break;
        case PAYLOAD_MESSAGE:
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

        /* Its place is known only now. */
        switch (event_payload(taken->event.type)) {
        case PAYLOAD_FACT:
                if (taken->event.fact.text)
                        taken->event.fact.text = taken->text;
                break;
        case PAYLOAD_ADDRESSES:
                taken->event.addresses.items = taken->addresses;
                break;
        case PAYLOAD_NONE:
        case PAYLOAD_MESSAGE:
                break;
        }

        return &taken->event;
}
