/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/config/config-review.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/config/config-problem.h"

#define COMPARE(a, b) (((a) > (b)) - ((a) < (b)))

static int warn_no_routes(const Config *c, ConfigProblems *problems) {
        if (c->n_routes > 0)
                return 0;

        return config_problems_add(
                problems, c->files[0], 0, true,
                "add a [Route] section with Destination= for each network behind "
                "the server",
                "has no route: the tunnel comes up, and nothing uses it");
}

/* What the kernel tells routes apart by, then the order in which they stand there. */
static int route_compare(const void *x, const void *y) {
        const ConfigRoute *a = *(const ConfigRoute *const *) x,
                          *b = *(const ConfigRoute *const *) y;
        int r;

        r = COMPARE(ntohl(a->destination.s_addr), ntohl(b->destination.s_addr));
        if (r == 0)
                r = COMPARE(a->prefix_length, b->prefix_length);
        if (r == 0)
                r = COMPARE(a->table, b->table);
        if (r == 0)
                r = COMPARE(a->metric, b->metric);

        return r;
}

static int compare_with_place(const void *x, const void *y) {
        int r = route_compare(x, y);

        return r ?: COMPARE(*(const ConfigRoute *const *) x, *(const ConfigRoute *const *) y);
}

/* Whether a route does not come behind all those before it; of a long list one look tells. */
static bool has_disorder(const Config *c) {
        for (size_t i = 1; i < c->n_routes; i++)
                if (route_compare(&(const ConfigRoute *){ &c->routes[i - 1] },
                                  &(const ConfigRoute *){ &c->routes[i] }) >= 0)
                        return true;

        return false;
}

static int warn_same_routes(const Config *c, ConfigProblems *problems) {
        _cleanup_free_ const ConfigRoute **sorted = NULL;
        int r = 0;

        if (!has_disorder(c))
                return 0;

        sorted = calloc(c->n_routes + 1, sizeof(*sorted));
        if (!sorted)
                return -ENOMEM;

        for (size_t i = 0; i < c->n_routes; i++)
                sorted[i] = &c->routes[i];
        qsort(sorted, c->n_routes, sizeof(*sorted), compare_with_place);

        for (size_t i = 1; i < c->n_routes && r >= 0; i++) {
                const ConfigRoute *first = sorted[i - 1], *second = sorted[i];
                char hint[CONFIG_LINE_MAX_BYTES];
                TextBuilder b = text_builder(hint, sizeof(hint));

                if (route_compare(&first, &second) != 0)
                        continue;

                text_addf(&b,
                          "it stands in %s:%u as well: remove one of them, or give it a Metric=",
                          first->file, first->line);
                r = config_problems_add(problems, second->file, second->line, true, hint,
                                        "[Route] Destination=%s/%u is there twice",
                                        TEXT_IPV4(second->destination), second->prefix_length);
        }

        return r;
}

/* Its packets need the way outside; a server that is known by a name is not looked up for this. */
static int warn_servers(const Config *c, ConfigProblems *problems) {
        int r = 0;

        for (size_t i = 0; i < c->n_servers && r >= 0; i++) {
                struct in_addr server;

                if (inet_pton(AF_INET, c->servers[i], &server) != 1)
                        continue;

                for (size_t j = 0; j < c->n_routes && r >= 0; j++) {
                        const ConfigRoute *route = &c->routes[j];

                        if (route->prefix_length == 32 && route->type == CONFIG_ROUTE_UNICAST &&
                            route->destination.s_addr == server.s_addr)
                                r = config_problems_add(
                                        problems, route->file, route->line, true,
                                        "remove it: the server's own packets cannot go through "
                                        "the tunnel that they carry",
                                        "[Route] Destination=%s/32 is the server itself, and has "
                                        "no effect",
                                        c->servers[i]);
                }
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
