/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/route/route-watch.h"

#include <assert.h>
#include <string.h>

#include "core/base/macros.h"

static void watch_add_address(RouteWatch *w, struct in_addr address) {
        assert(w->n_addresses < ELEMENTSOF(w->addresses));

        w->addresses[w->n_addresses++] = address;
}

void route_watch_add_link(RouteWatch *w, uint32_t ifindex) {
        if (ifindex == 0)
                return;
        for (size_t i = 0; i < w->n_links; i++)
                if (w->links[i] == ifindex)
                        return;

        assert(w->n_links < ELEMENTSOF(w->links));
        w->links[w->n_links++] = ifindex;
}

void route_watch_add_tunnel(RouteWatch *w, const RouteKeeper *k) {
        const struct in_addr *places;
        size_t n_places = route_keeper_get_places(k, &places);

        for (size_t i = 0; i < n_places; i++)
                watch_add_address(w, places[i]);
        route_extent_add_extent(&w->replaced, route_keeper_get_extent(k));
        route_extent_add_extent(&w->sources, route_keeper_get_sources(k));

        route_watch_add_link(w, route_keeper_get_ifindex(k));
        /* The kernel has what is unreachable of IPv6 on this link. */
        route_watch_add_link(w, ROUTE_WATCH_LOOPBACK);
        w->tunnel = route_keeper_get_ifindex(k);
        w->seeks_tunnel = route_keeper_seeks_link(k);
        w->all_links |= w->seeks_tunnel;
}

void route_watch_add_frame(RouteWatch *w, const RouteFrame *f) {
        route_extent_add_extent(&w->replaced, route_frame_get_extent(f));
}

void route_watch_add_uplink(RouteWatch *w, const UplinkWatcher *u) {
        uint32_t ifindex = uplink_watcher_get_link(u);

        watch_add_address(w, uplink_watcher_get_server(u));
        route_watch_add_link(w, ifindex);
        /* Of covers, as of the tunnel's routes. */
        route_watch_add_link(w, ROUTE_WATCH_LOOPBACK);
        w->source = u->watch.path.source;
        w->all_links |= ifindex == 0;
}

static bool ranges_equal(const RouteRanges *a, const RouteRanges *b) {
        return a->n_items == b->n_items &&
                memcmp(a->items, b->items, a->n_items * sizeof(a->items[0])) == 0;
}

static bool extents_equal(const RouteExtent *a, const RouteExtent *b) {
        return ranges_equal(&a->ipv4, &b->ipv4) && ranges_equal(&a->ipv6, &b->ipv6) &&
                ranges_equal(&a->within6, &b->within6);
}

bool route_watch_equal(const RouteWatch *a, const RouteWatch *b) {
        return a->n_addresses == b->n_addresses && a->n_links == b->n_links &&
                a->source.s_addr == b->source.s_addr && a->all_links == b->all_links &&
                a->tunnel == b->tunnel && a->seeks_tunnel == b->seeks_tunnel &&
                a->ipv6_networks == b->ipv6_networks && extents_equal(&a->replaced, &b->replaced) &&
                extents_equal(&a->sources, &b->sources) &&
                memcmp(a->addresses, b->addresses, a->n_addresses * sizeof(a->addresses[0])) == 0 &&
                memcmp(a->links, b->links, a->n_links * sizeof(a->links[0])) == 0;
}
