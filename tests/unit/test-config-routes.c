/* SPDX-License-Identifier: GPL-2.0-or-later */

/* All routes of a configuration, against the same routes in one array. */

#include "test.h"

#include <string.h>

#include "core/base/macros.h"
#include "random-config.h"

#define ALL_MAX (RANDOM_ROUTES_MAX * (1 + RANDOM_LISTS_MAX))

/* Fills in all routes, in order. Returns how many there are. */
static size_t flatten(const RandomConfig *c, ConfigRoute ret_routes[static ALL_MAX]) {
        size_t n = c->config.n_routes;

        memcpy(ret_routes, c->routes, n * sizeof(*ret_routes));
        for (size_t i = 0; i < c->config.n_long_lists; i++)
                for (size_t j = 0; j < c->lists[i].n_prefixes; j++)
                        ret_routes[n++] = config_long_list_get(&c->lists[i], j);

        config_routes_sort(ret_routes, n);
        return n;
}

static void assert_same(const ConfigRoute *a, const ConfigRoute *b) {
        assert_int_equal(config_route_compare_place(a, b), 0);
}

static bool has_same_destination(const ConfigRoute *a, const ConfigRoute *b) {
        return a->is_ipv6 == b->is_ipv6 && a->prefix_length == b->prefix_length &&
                memcmp(&a->destination6, &b->destination6, sizeof(a->destination6)) == 0;
}

static void test_packed(void **state) {
        static const struct {
                const char *address;
                uint8_t length;
                unsigned line;
        } cases[] = {
                { "0.0.0.1", 32, 1 },
                { "10.0.0.0", 8, CONFIG_LIST_MAX_BYTES },
                { "10.0.0.0", 9, 1 },
                { "10.0.0.0", 32, 7 },
                { "10.0.0.0", 32, 8 },
                { "255.255.255.255", 32, (1 << CONFIG_PREFIX_LINE_BITS) - 1 },
        };
        uint64_t prefixes[ELEMENTSOF(cases)];
        const ConfigLongList list = {
                .common = { .file = "list", .metric = 5 },
                .prefixes = prefixes,
                .n_prefixes = ELEMENTSOF(cases),
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                ConfigRoute route;

                prefixes[i] = config_prefix_pack(ntohl(inet_addr(cases[i].address)),
                                                 cases[i].length, cases[i].line);
                assert_true(i == 0 || prefixes[i - 1] < prefixes[i]);
                route = config_long_list_get(&list, i);
                assert_int_equal(route.destination.s_addr, inet_addr(cases[i].address));
                assert_int_equal(route.prefix_length, cases[i].length);
                assert_int_equal(route.line, cases[i].line);
                assert_int_equal(route.metric, 5);
                assert_string_equal(route.file, "list");
        }

        assert_true(config_prefix_is_same(prefixes[3], prefixes[4]));
        assert_false(config_prefix_is_same(prefixes[1], prefixes[2]));
}

static void test_one_after_the_other(void **state) {
        size_t n_twice = 0;

        for (unsigned i = 0; i < 20000; i++) {
                ConfigRoute all[ALL_MAX], route;
                size_t n, n_read = 0;
                bool twice = false;
                ConfigCursor cursor;
                RandomConfig c;

                random_config_make(&c);
                n = flatten(&c, all);
                assert_int_equal(config_count_routes(&c.config), n);
                config_cursor_init(&cursor, &c.config);
                while (config_cursor_next(&cursor, &route)) {
                        assert_true(n_read < n);
                        assert_same(&route, &all[n_read]);
                        twice = twice ||
                                (n_read > 0 && has_same_destination(&route, &all[n_read - 1]));
                        n_read++;
                }
                assert_int_equal(n_read, n);
                assert_false(config_cursor_next(&cursor, &route));
                assert_true(!twice || config_may_have_routes_twice(&c.config));
                n_twice += twice;
        }

        assert_in_range(n_twice, 5000, 19999);
}

static void test_nothing_is_there_twice(void **state) {
        uint64_t prefixes[] = { config_prefix_pack(1 << 24, 8, 1),
                                config_prefix_pack(2 << 24, 8, 2),
                                config_prefix_pack(2 << 24, 9, 3) };
        uint64_t others[] = { config_prefix_pack(1 << 24, 9, 1),
                              config_prefix_pack(3 << 24, 8, 2) };
        ConfigRoute own[] = { { .destination.s_addr = htonl(1 << 24), .prefix_length = 7 } };
        ConfigLongList lists[] = { { .prefixes = prefixes, .n_prefixes = 3 },
                                   { .prefixes = others, .n_prefixes = 2 } };
        const Config c = { .routes = own, .n_routes = 1, .long_lists = lists, .n_long_lists = 2 };

        assert_false(config_may_have_routes_twice(&c));
        assert_int_equal(config_count_different_routes(&c), 6);
        own[0].prefix_length = 9;
        assert_true(config_may_have_routes_twice(&c));
        assert_int_equal(config_count_different_routes(&c), 5);
        own[0].prefix_length = 7;
        others[1] = prefixes[2];
        assert_true(config_may_have_routes_twice(&c));
        assert_int_equal(config_count_different_routes(&c), 5);
        own[0].prefix_length = 9;
        own[0].metric = 50;
        assert_int_equal(config_count_different_routes(&c), 5);
}

static void test_by_destination(void **state) {
        for (unsigned i = 0; i < 20000; i++) {
                const ConfigRoute wanted = random_route();
                ConfigRoute all[ALL_MAX], route;
                bool has_it = false;
                ConfigCursor cursor;
                RandomConfig c;
                size_t n;

                random_config_make(&c);
                n = flatten(&c, all);
                config_cursor_find(&cursor, &c.config, &wanted);
                for (size_t j = 0; j < n; j++) {
                        if (!has_same_destination(&all[j], &wanted))
                                continue;
                        assert_true(config_cursor_next(&cursor, &route));
                        assert_same(&route, &all[j]);
                        has_it = has_it || config_route_compare(&route, &wanted) == 0;
                }
                assert_false(config_cursor_next(&cursor, &route));
                assert_int_equal(config_has_route(&c.config, &wanted), has_it);
        }
}

/* Whether the first of its kind in an array is not in another. */
static bool is_change(const ConfigRoute *routes, size_t i, const ConfigRoute *others, size_t n) {
        if (i > 0 && config_route_compare(&routes[i - 1], &routes[i]) == 0)
                return false;

        for (size_t j = 0; j < n; j++)
                if (config_route_compare(&routes[i], &others[j]) == 0)
                        return false;

        return true;
}

/* Lists that are alike, moved, or gone: what changed is what one has, and the other has not. */
static void test_changes(void **state) {
        size_t n_small = 0;

        for (unsigned i = 0; i < 100000; i++) {
                ConfigRoute from[ALL_MAX], to[ALL_MAX], route, last = { 0 };
                size_t n_from, n_to, n_changes = 0, n_expected = 0;
                ConfigChanges changes;
                RandomConfig a, b;
                bool is_added;

                random_config_make(&a);
                random_config_copy(&b, &a);
                for (unsigned n = roll(4); n > 0; n--)
                        random_config_edit(&b);

                n_from = flatten(&a, from);
                n_to = flatten(&b, to);
                for (size_t j = 0; j < n_from; j++)
                        n_expected += is_change(from, j, to, n_to);
                for (size_t j = 0; j < n_to; j++)
                        n_expected += is_change(to, j, from, n_from);

                config_changes_init(&changes, &a.config, &b.config);
                while (config_changes_next(&changes, &route, &is_added)) {
                        assert_int_equal(config_has_route(&b.config, &route), is_added);
                        assert_int_equal(config_has_route(&a.config, &route), !is_added);
                        assert_true(n_changes == 0 || config_route_compare(&last, &route) < 0);
                        last = route;
                        n_changes++;
                }
                assert_int_equal(n_changes, n_expected);
                n_small += n_changes > 0 && n_changes < 4;
        }

        assert_true(n_small > 10000);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_packed),
                cmocka_unit_test(test_one_after_the_other),
                cmocka_unit_test(test_nothing_is_there_twice),
                cmocka_unit_test(test_by_destination),
                cmocka_unit_test(test_changes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
