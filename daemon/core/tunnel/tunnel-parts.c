/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What an up tunnel needs applied to this host: which parts of it (TunnelPart) stand, and which are
 * awaited. What a part consists of, only the edges know.
 */

#include <stdio.h>
#include <string.h>

#include "core/tunnel/tunnel-internal.h"

/* What could not be applied of a part. */
static char *get_trouble(Tunnel *t, TunnelPart part) {
        return t->parts.trouble[__builtin_ctz(part)];
}

void tunnel_parts_apply(Tunnel *t, unsigned parts, uint64_t now, TunnelActions *actions) {
        TunnelAction *action;

        action = tunnel_add_action(actions, TUNNEL_ACTION_APPLY);
        action->apply.parts = parts;
        action->apply.link = t->link;
        t->parts.standing |= parts; /* or some of it: from here on it must be taken down */
        t->parts.pending |= parts;
        if (t->state == TUNNEL_STATE_APPLYING)
                tunnel_set_state(t, TUNNEL_STATE_APPLYING, now + TUNNEL_APPLY_USEC, actions);
}

bool tunnel_parts_applied(Tunnel *t, const TunnelEvent *event) {
        unsigned parts = event->part;

        /* IPV6CP without its routes is of no use. */
        if (parts & TUNNEL_PART_ROUTES && t->link.has_ipv6)
                parts |= TUNNEL_PART_IPV6;

        t->parts.pending &= ~parts;
        for (unsigned i = 0; i < TUNNEL_PARTS_MAX; i++)
                if (parts & 1 << i)
                        t->parts.trouble[i][0] = '\0';
        if (event->part & TUNNEL_PART_ROUTES)
                t->parts.n_routes = event->count;
        if (event->part & TUNNEL_PART_SIZES)
                t->parts.segment_bytes = (uint32_t) event->count;

        return t->parts.pending == 0;
}

bool tunnel_parts_failed(Tunnel *t, const TunnelEvent *event) {
        const char *text = event->fact.text;

        t->parts.pending &= ~event->part;
        if (event->part == TUNNEL_PART_SIZES)
                t->parts.segment_bytes = 0;
        snprintf(get_trouble(t, event->part), DIAGNOSIS_FACT_TEXT_MAX, "%s",
                 text && text[0] ? text : strerrordesc_np((int) event->fact.number));
        /* Of the others the words say how to mend them. */
        t->parts.reasons[__builtin_ctz(event->part)] =
                event->part & (TUNNEL_PART_ROUTES | TUNNEL_PART_RULES) ?
                diagnosis_judge_fact(&event->fact) :
                NULL;
        return t->parts.pending == 0;
}

/* The first part of which something could not be applied; TUNNEL_PARTS_MAX: all is well. */
static size_t find_troubled(const Tunnel *t) {
        size_t i = 0;

        while (i < TUNNEL_PARTS_MAX && t->parts.trouble[i][0] == '\0')
                i++;
        return i;
}

const char *tunnel_parts_get_trouble(const Tunnel *t) {
        size_t i = find_troubled(t);

        return i < TUNNEL_PARTS_MAX ? t->parts.trouble[i] : "";
}

const DiagnosisRow *tunnel_parts_get_reason(const Tunnel *t) {
        size_t i = find_troubled(t);

        return i < TUNNEL_PARTS_MAX ? t->parts.reasons[i] : NULL;
}

void tunnel_parts_remove(Tunnel *t, uint64_t now, TunnelActions *actions) {
        TunnelAction *action;

        action = tunnel_add_action(actions, TUNNEL_ACTION_REMOVE);
        action->parts = t->parts.pending = t->parts.standing;
        t->parts.standing = 0;
        memset(t->parts.trouble, 0, sizeof(t->parts.trouble));
        tunnel_set_state(t, TUNNEL_STATE_CLOSING_PARTS, now + TUNNEL_CLOSE_USEC, actions);
}

bool tunnel_parts_removed(Tunnel *t, const TunnelEvent *event) {
        t->parts.pending &= ~event->part;
        return t->parts.pending == 0;
}
