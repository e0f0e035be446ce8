/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <linux/rtnetlink.h>
#include <stdlib.h>

#include "address.h"
#include "core/base/macros.h"
#include "core/route/route-ranges.h"

static bool has(const RouteRanges *r, uint32_t head) {
        for (size_t i = 0; i < r->n_items; i++)
                if (head >= r->items[i].first && head <= r->items[i].last)
                        return true;

        return false;
}

static void assert_in_order(const RouteRanges *r) {
        assert_true(r->n_items <= ROUTE_RANGES_MAX);
        for (size_t i = 0; i < r->n_items; i++) {
                assert_true(r->items[i].first <= r->items[i].last);
                assert_true(i == 0 || r->items[i - 1].last < r->items[i].first);
        }
}

static void test_a_few_are_exact(void **state) {
        static const uint32_t heads[] = { 7, 3, UINT32_MAX, 0, 100, 3, 99 };
        RouteRanges r = { 0 };

        for (size_t i = 0; i < ELEMENTSOF(heads); i++)
                route_ranges_add(&r, (RouteRange){ heads[i], heads[i] });
        assert_in_order(&r);
        assert_int_equal(r.n_items, 6);
        for (size_t i = 0; i < ELEMENTSOF(heads); i++)
                assert_true(has(&r, heads[i]));
        assert_false(has(&r, 1) || has(&r, 4) || has(&r, 101) || has(&r, UINT32_MAX - 1));
}

static void test_ranges_meet(void **state) {
        RouteRanges r = { 0 };

        route_ranges_add(&r, (RouteRange){ 10, 20 });
        route_ranges_add(&r, (RouteRange){ 40, 50 });
        route_ranges_add(&r, (RouteRange){ 30, 30 });
        assert_int_equal(r.n_items, 3);
        route_ranges_add(&r, (RouteRange){ 15, 35 });
        assert_int_equal(r.n_items, 2);
        assert_int_equal(r.items[0].first, 10);
        assert_int_equal(r.items[0].last, 35);
        route_ranges_add(&r, (RouteRange){ 0, UINT32_MAX });
        assert_int_equal(r.n_items, 1);
        assert_int_equal(r.items[0].last, UINT32_MAX);
        route_ranges_add(&r, (RouteRange){ 5, 6 });
        assert_int_equal(r.n_items, 1);
}

/* The largest gap stays one. */
static void test_many_become_few(void **state) {
        RouteRanges r = { 0 };

        for (uint32_t i = 0; i < 1000; i++)
                route_ranges_add(&r,
                                 (RouteRange){ i * 256 + (i < 500) * 0x40000000,
                                               i * 256 + (i < 500) * 0x40000000 });
        assert_in_order(&r);
        assert_true(has(&r, 999 * 256) && has(&r, 0x40000000) && has(&r, 0x40000000 + 499 * 256));
        assert_false(has(&r, 0x20000000) || has(&r, 0x50000000) || has(&r, 0));
}

/* Whatever comes in whatever order: none of them is lost. */
static void test_any_are_covered(void **state) {
        srand(1);
        for (unsigned n = 0; n < 1000; n++) {
                RouteRange added[100];
                RouteRanges r = { 0 };
                size_t n_added = 1 + (size_t) rand() % ELEMENTSOF(added);

                for (size_t i = 0; i < n_added; i++) {
                        uint32_t first = (uint32_t) rand() << (rand() % 2);
                        uint32_t length = (uint32_t) rand() >> (rand() % 32);

                        added[i].first = first;
                        added[i].last = length > UINT32_MAX - first ? UINT32_MAX : first + length;
                        route_ranges_add(&r, added[i]);
                        assert_in_order(&r);
                }
                for (size_t i = 0; i < n_added; i++)
                        assert_true(has(&r, added[i].first) && has(&r, added[i].last));
        }
}

static void test_families(void **state) {
        const Route routes[] = {
                { .destination = address("10.0.0.0"), .prefix_length = 8 },
                { .destination = address("10.1.0.0"), .prefix_length = 16 },
                { .is_ipv6 = true, .destination6 = { .s6_addr = { 0xfd, 0, 0, 1, 0, 2 } } },
                { .is_ipv6 = true },
        };
        RouteExtent p = { 0 }, others = { 0 };

        route_extent_add(&p, routes, ELEMENTSOF(routes));
        route_extent_add_extent(&others, &p);
        for (unsigned i = 0; i < 2; i++) {
                assert_int_equal(p.ipv4.n_items, 2);
                assert_true(has(&p.ipv4, 0x0a000000) && has(&p.ipv4, 0x0a010000));
                assert_int_equal(p.ipv6.n_items, 2);
                assert_true(has(&p.ipv6, 0xfd000001) && has(&p.ipv6, 0));
                p = others;
        }
        route_extent_add_all(&p);
        assert_true(has(&p.ipv4, 1) && has(&p.ipv6, UINT32_MAX));
}

/* Where networks of IPv6 may lie inside: not in a default route, which is meant to have them. */
static void test_within_ipv6(void **state) {
        const Route routes[] = {
                { .is_ipv6 = true },
                { .is_ipv6 = true, .prefix_length = 16, .destination6 = { .s6_addr = { 0xfd } } },
                { .is_ipv6 = true, .prefix_length = 48, .destination6 = { .s6_addr = { 0xfc } } },
                { .destination = address("10.0.0.0"), .prefix_length = 8 },
        };
        RouteExtent p = { 0 };

        route_extent_add(&p, routes, ELEMENTSOF(routes));
        assert_int_equal(p.within6.n_items, 2);
        assert_true(has(&p.within6, 0xfd000000) && has(&p.within6, 0xfd00ffff));
        assert_false(has(&p.within6, 0xfd010000) || has(&p.within6, 0));
        assert_true(has(&p.within6, 0xfc000000));
        assert_false(has(&p.within6, 0xfc000001));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_a_few_are_exact), cmocka_unit_test(test_ranges_meet),
                cmocka_unit_test(test_many_become_few), cmocka_unit_test(test_any_are_covered),
                cmocka_unit_test(test_families),        cmocka_unit_test(test_within_ipv6),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
