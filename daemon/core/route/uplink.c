/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/route/uplink.h"

#include <assert.h>

static bool uplink_is_same(const Uplink *a, const Uplink *b) {
        return a->ifindex == b->ifindex && a->gateway.s_addr == b->gateway.s_addr &&
                IN6_ARE_ADDR_EQUAL(&a->gateway6, &b->gateway6) &&
                a->source.s_addr == b->source.s_addr;
}

UplinkChange uplink_watch_update(UplinkWatch *w, const Uplink *now) {
        bool known = w->known, was_lost = w->lost, same, was_valid;

        w->known = true;
        w->lost = !now->usable;

        if (!now->usable)
                return known && !was_lost ? UPLINK_LOST : UPLINK_SAME;

        same = uplink_is_same(&w->path, now);
        was_valid = w->path.source_valid;
        w->path = *now;

        if (!known)
                return UPLINK_SAME;
        if (!now->source_valid && (was_valid || was_lost || !same))
                return UPLINK_READDRESSED;
        if (!same)
                return UPLINK_MOVED;

        return was_lost ? UPLINK_BACK : UPLINK_SAME;
}

bool uplink_watch_is_usable(const UplinkWatch *w) {
        return w->known && !w->lost;
}

static bool uplink_route_is_better(const Route *a, const Route *b) {
        if (a->prefix_length != b->prefix_length)
                return a->prefix_length > b->prefix_length;

        return a->metric < b->metric;
}

const Route *uplink_find_route(const Route *routes, size_t n_routes, struct in_addr server,
                               uint32_t tunnel_ifindex) {

        const Route *best = NULL;

        for (size_t i = 0; i < n_routes; i++) {
                const Route *r = &routes[i];

                if (r->protocol == ROUTE_PROTOCOL_PPTP || !route_covers(r, server))
                        continue;
                if (tunnel_ifindex != 0 && r->ifindex == tunnel_ifindex)
                        continue;
                if (!best || uplink_route_is_better(r, best))
                        best = r;
        }

        return best;
}

const char *uplink_change_name(UplinkChange change) {
        switch (change) {
        case UPLINK_SAME:
                return "same";
        case UPLINK_LOST:
                return "lost";
        case UPLINK_BACK:
                return "back";
        case UPLINK_MOVED:
                return "moved";
        case UPLINK_READDRESSED:
                return "readdressed";
        }

        assert(false);
        return NULL;
}
