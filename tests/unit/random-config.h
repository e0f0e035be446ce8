/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Random configurations of a few routes, which are in each other's way: with repeated destinations,
 * rivals, several tables and long lists, which are short here.
 */

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "core/config/config-route.h"
#include "core/config/config-routes.h"

#define RANDOM_ROUTES_MAX 8
#define RANDOM_LISTS_MAX 3

typedef struct RandomConfig {
        Config config; /* of the arrays below */
        ConfigRoute routes[RANDOM_ROUTES_MAX];
        ConfigLongList lists[RANDOM_LISTS_MAX];
        uint64_t prefixes[RANDOM_LISTS_MAX][RANDOM_ROUTES_MAX];
} RandomConfig;

static inline unsigned roll(unsigned n) {
        return (unsigned) rand() % n;
}

static inline uint64_t random_prefix(void) {
        uint8_t length = (uint8_t) (29 + roll(4));

        return config_prefix_pack((0x0a000000 + roll(16)) & UINT32_MAX << (32 - length), length,
                                  1 + roll(100));
}

/* All but the destination. */
static inline ConfigRoute random_common(const char *file) {
        bool has_metric = roll(3) == 0;

        return (ConfigRoute){
                .file = file,
                .type = roll(6) == 0 ? CONFIG_ROUTE_THROW : CONFIG_ROUTE_UNICAST,
                .table = roll(6) == 0 ? 9 : 0,
                .has_metric = has_metric,
                .metric = has_metric && roll(2) == 0 ? 5 : 0,
                .mtu_bytes = roll(6) == 0 ? 1280 : 0,
        };
}

static inline ConfigRoute random_route(void) {
        uint64_t prefix = random_prefix();
        const ConfigLongList list = { random_common("own"), &prefix, 1 };
        ConfigRoute route = config_long_list_get(&list, 0);

        if (roll(6) == 0) {
                route.is_ipv6 = true;
                route.destination6 = (struct in6_addr){ .s6_addr = { 0xfd, (uint8_t) roll(4) } };
        }

        return route;
}

/* Makes the configuration one of its own arrays, in order. */
static inline void random_config_finish(RandomConfig *c) {
        c->config.routes = c->routes;
        c->config.long_lists = c->lists;
        config_routes_sort(c->routes, c->config.n_routes);
        for (size_t i = 0; i < c->config.n_long_lists; i++) {
                c->lists[i].prefixes = c->prefixes[i];
                assert_int_equal(config_long_list_sort(&c->lists[i]), 0);
        }
}

static inline void random_config_make(RandomConfig *c) {
        static const char *const files[RANDOM_LISTS_MAX] = { "a", "b", "c" };

        *c = (RandomConfig){ .config = {
                                     .n_routes = roll(RANDOM_ROUTES_MAX + 1),
                                     .n_long_lists = roll(RANDOM_LISTS_MAX + 1),
                             } };
        for (size_t i = 0; i < c->config.n_routes; i++)
                c->routes[i] = random_route();
        for (size_t i = 0; i < c->config.n_long_lists; i++) {
                c->lists[i].common = random_common(files[i]);
                c->lists[i].n_prefixes = roll(RANDOM_ROUTES_MAX + 1);
                for (size_t j = 0; j < c->lists[i].n_prefixes; j++)
                        c->prefixes[i][j] = random_prefix();
        }

        random_config_finish(c);
}

/* Adds, removes or changes something. */
static inline void random_config_edit(RandomConfig *c) {
        size_t i = roll(RANDOM_LISTS_MAX);
        ConfigLongList *list = &c->lists[i];

        if (roll(8) == 0) {
                random_config_make(c);
                return;
        }

        if (i >= c->config.n_long_lists || roll(3) == 0) {
                size_t *n = &c->config.n_routes;

                if (*n < RANDOM_ROUTES_MAX && roll(2) == 0)
                        c->routes[(*n)++] = random_route();
                else if (*n > 0)
                        c->routes[roll((unsigned) *n)] = c->routes[*n - 1], (*n)--;
        } else if (roll(8) == 0)
                list->common = random_common(list->common.file);
        else if (roll(8) == 0) {
                /* Lists move to the front. */
                memmove(c->lists, c->lists + 1, (RANDOM_LISTS_MAX - 1) * sizeof(*c->lists));
                memmove(c->prefixes, c->prefixes + 1,
                        (RANDOM_LISTS_MAX - 1) * sizeof(*c->prefixes));
                c->config.n_long_lists--;
        } else if (list->n_prefixes < RANDOM_ROUTES_MAX && roll(2) == 0)
                c->prefixes[i][list->n_prefixes++] = random_prefix();
        else if (list->n_prefixes > 0)
                c->prefixes[i][roll((unsigned) list->n_prefixes)] = random_prefix();

        random_config_finish(c);
}

static inline void random_config_copy(RandomConfig *to, const RandomConfig *from) {
        *to = *from;
        random_config_finish(to);
}
