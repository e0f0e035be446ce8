/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Addresses that get into each other's way: the server's, this host's, the gateway's. */

#include <linux/rtnetlink.h>
#include <stdio.h>
#include <syslog.h>

#include "core/base/text.h"
#include "core/config/config-routes.h"
#include "core/route/route-keeper-internal.h"

void route_keeper_warn_of_server_routes(const RouteKeeper *k, RouteKeeperActions *actions) {
        const struct in_addr server = k->uplink.server;
        char text[ROUTE_KEEPER_TEXT_MAX_BYTES];
        ConfigRoute r = { .destination = server, .prefix_length = 32 };
        ConfigCursor cursor;

        config_cursor_find(&cursor, k->config, &r);
        while (config_cursor_next(&cursor, &r)) {
                if (!route_set_is_for_server(k->config, &r, server))
                        continue;

                snprintf(text, sizeof(text),
                         "%s:%u: [Route] Destination=%s/32 is the server itself, and has no "
                         "effect: the tunnel's own packets cannot go through the tunnel",
                         r.file ?: k->config->name, r.line, TEXT_IPV4(server));
                route_keeper_log(actions, LOG_WARNING, ROUTE_KEEPER_SUBJECT_CHANGE, text);
                return; /* the same address a second time has no further effect */
        }
}

bool route_keeper_finds_conflict(const RouteKeeper *k, char *buffer, size_t n_buffer) {
        struct in_addr local = k->link.local;
        const char *whose;

        if (route_keeper_wants_vrf(k))
                return false; /* there it is local to what is in the VRF */

        if (local.s_addr == k->uplink.server.s_addr)
                whose = "the server's own";
        else if (local.s_addr == k->uplink.gateway.s_addr)
                whose = "that of this host's gateway";
        else
                return false;

        snprintf(buffer, n_buffer, "the server gave this host the address %s, which is %s",
                 TEXT_IPV4(local), whose);
        return true;
}

void route_keeper_warn_of_addresses(const RouteKeeper *k, const Route *routes, size_t n_routes,
                                    RouteKeeperActions *actions) {

        char text[ROUTE_KEEPER_TEXT_MAX_BYTES] = "";

        if (route_keeper_wants_vrf(k))
                return; /* likewise */

        if (k->link.peer.s_addr == k->uplink.gateway.s_addr)
                snprintf(text, sizeof(text),
                         "The server calls itself %s in the tunnel, which is this host's gateway; "
                         "the way to that stays outside",
                         TEXT_IPV4(k->link.peer));

        for (size_t i = 0; i < n_routes; i++)
                if (routes[i].type == RTN_LOCAL && routes[i].ifindex != k->ifindex &&
                    route_covers(&routes[i], k->link.local))
                        snprintf(text, sizeof(text),
                                 "The server gave this host the address %s, which another "
                                 "interface of it has already",
                                 TEXT_IPV4(k->link.local));

        for (size_t i = 0; i < k->n_name_servers; i++)
                if (k->name_servers[i].s_addr == k->link.local.s_addr)
                        snprintf(text, sizeof(text),
                                 "The server gave this host the address %s, which is that of its "
                                 "name server; names are asked of this host itself now",
                                 TEXT_IPV4(k->link.local));

        if (text[0])
                route_keeper_log(actions, LOG_WARNING, ROUTE_KEEPER_SUBJECT_CHANGE, text);
}
