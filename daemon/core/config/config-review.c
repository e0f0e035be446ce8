/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/config/config-review.h"

#include <arpa/inet.h>

#include "core/base/text.h"
#include "core/config/config-problem.h"
#include "core/config/config-route.h"
#include "core/config/config-routes.h"

static int warn_no_routes(const Config *c, ConfigProblems *problems) {
        if (config_count_routes(c) > 0 || c->use_routes)
                return 0;

        return config_problems_add(
                problems, c->files[0], 0, true,
                "add a [Route] section with Destination= for each network behind "
                "the server",
                "has no route: the tunnel comes up, and nothing uses it");
}

static int warn_same_route(const ConfigRoute *first, const ConfigRoute *second,
                           ConfigProblems *problems) {

        char hint[CONFIG_LINE_MAX_BYTES], prefix[INET6_ADDRSTRLEN + 4];
        TextBuilder b;

        b = text_builder(prefix, sizeof(prefix));
        config_route_add_destination(&b, second);
        b = text_builder(hint, sizeof(hint));
        text_addf(&b, "it stands in %s:%u as well: remove one of them, or give it a Metric=",
                  first->file, first->line);
        return config_problems_add(problems, second->file, second->line, true, hint,
                                   "[Route] Destination=%s is there twice", prefix);
}

static int warn_same_routes(const Config *c, ConfigProblems *problems) {
        ConfigRoute first, second;
        ConfigCursor cursor;
        int r = 0;

        if (!config_may_have_routes_twice(c))
                return 0;

        config_cursor_init(&cursor, c);
        for (bool has_first = config_cursor_next(&cursor, &first);
             has_first && r >= 0 && config_cursor_next(&cursor, &second); first = second)
                if (config_route_compare_key(&first, &second) == 0)
                        r = warn_same_route(&first, &second, problems);

        return r;
}

/* Warns of the routes to one server, which has the address. */
static int warn_server(const Config *c, const char *server, struct in_addr address,
                       ConfigProblems *problems) {

        ConfigRoute route = { .destination = address, .prefix_length = 32 };
        ConfigCursor cursor;
        int r = 0;

        config_cursor_find(&cursor, c, &route);
        while (r >= 0 && config_cursor_next(&cursor, &route))
                if (route.type == CONFIG_ROUTE_UNICAST)
                        r = config_problems_add(
                                problems, route.file, route.line, true,
                                "remove it: the server's own packets cannot go through the tunnel "
                                "that they carry",
                                "[Route] Destination=%s/32 is the server itself, and has no effect",
                                server);

        return r;
}

/*
 * Its packets need the way outside, unless the routes are in a namespace or VRF of their own. A
 * server that is known by a name is not looked up for this.
 */
static int warn_servers(const Config *c, ConfigProblems *problems) {
        int r = 0;

        if (c->network_namespace || c->vrf[0] != '\0')
                return 0;

        for (size_t i = 0; i < c->n_servers && r >= 0; i++) {
                struct in_addr address;

                if (inet_pton(AF_INET, c->servers[i], &address) == 1)
                        r = warn_server(c, c->servers[i], address, problems);
        }

        return r;
}

int config_review(const Config *c, ConfigProblems *problems) {
        int r;

        r = warn_no_routes(c, problems);
        if (r >= 0)
                r = warn_same_routes(c, problems);
        if (r >= 0)
                r = warn_servers(c, problems);
        return r;
}
