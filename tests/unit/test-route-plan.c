/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/macros.h"
#include "core/base/tunnel-tag.h"
#include "core/route/route-owner.h"
#include "core/route/route-plan.h"

static Route make_route(const char *destination, uint8_t prefix_length) {
        Route r = {
                .prefix_length = prefix_length,
                .type = RTN_UNICAST,
                .protocol = ROUTE_PROTOCOL_PPTP,
                .scope = RT_SCOPE_LINK,
                .table = RT_TABLE_MAIN,
                .ifindex = 7,
        };

        assert_int_equal(inet_pton(AF_INET, destination, &r.destination), 1);
        return r;
}

static void assert_plan(const Route *desired, size_t n_desired, const Route *owned, size_t n_owned,
                        size_t n_deletes, size_t n_adds) {

        RoutePlan plan;

        assert_int_equal(route_plan_make(desired, n_desired, owned, n_owned, &plan), 0);
        assert_int_equal(plan.n_deletes, n_deletes);
        assert_int_equal(plan.n_adds, n_adds);
        assert_int_equal(plan.n_replaces, 0);
        route_plan_done(&plan);
        assert_null(plan.adds);
        assert_null(plan.deletes);
}

static void test_nothing(void **state) {
        assert_plan(NULL, 0, NULL, 0, 0, 0);
}

static void test_difference(void **state) {
        const Route a = make_route("10.0.0.0", 8);
        const Route b = make_route("172.16.0.0", 12);
        const Route c = make_route("192.168.0.0", 16);
        const Route desired[] = { c, a };
        const Route owned[] = { a, b };
        RoutePlan plan;

        assert_int_equal(route_plan_make(desired, 2, owned, 2, &plan), 0);
        assert_int_equal(plan.n_deletes, 1);
        assert_int_equal(route_compare(&plan.deletes[0], &b), 0);
        assert_int_equal(plan.n_adds, 1);
        assert_int_equal(route_compare(&plan.adds[0], &c), 0);
        route_plan_done(&plan);

        /* Once carried out there is nothing left to do, in whatever order the kernel lists them. */
        assert_plan(desired, 2, (Route[]){ a, c }, 2, 0, 0);
        assert_plan(desired, 2, (Route[]){ c, a }, 2, 0, 0);
        assert_plan(NULL, 0, desired, 2, 2, 0);
        assert_plan(desired, 2, NULL, 0, 0, 2);
}

static void test_foreign_is_never_touched(void **state) {
        const Route wanted = make_route("10.0.0.0", 8);
        Route foreign[3];

        for (size_t i = 0; i < ELEMENTSOF(foreign); ++i)
                foreign[i] = make_route("10.0.0.0", 8 + i);
        foreign[0].protocol = RTPROT_STATIC;
        foreign[1].protocol = RTPROT_KERNEL;
        foreign[2].protocol = RTPROT_DHCP;

        assert_plan(NULL, 0, foreign, ELEMENTSOF(foreign), 0, 0);
        /* Also if the same destination is wanted: the kernel then says EEXIST, which is right. */
        assert_plan(&wanted, 1, foreign, ELEMENTSOF(foreign), 0, 1);
}

static void test_deletion_by_hand(void **state) {
        const Route foreign = { .prefix_length = 32, .protocol = RTPROT_KERNEL };
        const Route own = make_route("10.0.0.0", 8);
        RoutePlan plan;

        assert_int_equal(route_plan_make(NULL, 0, &own, 1, &plan), 0);
        assert_int_equal(route_plan_add_delete(&plan, &foreign), 0);
        assert_int_equal(plan.n_deletes, 2);
        assert_int_equal(plan.deletes[1].protocol, RTPROT_KERNEL);
        route_plan_done(&plan);
}

static void test_duplicates_collapse(void **state) {
        const Route a = make_route("10.0.0.0", 8);
        Route smaller_mtu = a, other_metric = a, other_table = a;

        smaller_mtu.mtu_bytes = 1280;
        other_metric.metric = 50;
        other_table.table = 100;

        assert_plan((Route[]){ a, a, a }, 3, NULL, 0, 0, 1);
        assert_plan((Route[]){ smaller_mtu, a }, 2, NULL, 0, 0, 1);
        assert_plan((Route[]){ a, other_metric, other_table }, 3, NULL, 0, 0, 3);
        assert_plan((Route[]){ a, a }, 2, &a, 1, 0, 0);

        /* What was desired twice is in the kernel once, and stays as long as it is desired. */
        assert_plan(&a, 1, (Route[]){ a, a }, 2, 0, 0);
        assert_plan(NULL, 0, (Route[]){ a, a }, 2, 1, 0);
}

static size_t make_random_set(Route *routes, size_t n_max, bool kernel) {
        size_t n = (size_t) rand() % (n_max + 1);
        uint32_t sizes = (uint32_t) rand();

        for (size_t i = 0; i < n; i++) {
                routes[i] = make_route("10.0.0.0", 8 + (uint8_t) (rand() % 3));
                /* The kernel has one route of a key, though that may be listed twice. */
                routes[i].mtu_bytes =
                        kernel ? sizes >> routes[i].prefix_length & 1 : (uint32_t) rand() % 2;
        }
        return n;
}

/* Sorted sets are compared by their ends first, and the difference may be anywhere. */
static void test_order_does_not_matter(void **state) {
        for (unsigned i = 0; i < 20000; i++) {
                Route desired[6], owned[6];
                size_t n_desired = make_random_set(desired, ELEMENTSOF(desired), false);
                size_t n_owned = make_random_set(owned, ELEMENTSOF(owned), true);
                RoutePlan unsorted, sorted;

                assert_int_equal(route_plan_make(desired, n_desired, owned, n_owned, &unsorted), 0);
                route_sort(desired, n_desired);
                route_sort(owned, n_owned);
                assert_int_equal(route_plan_make(desired, n_desired, owned, n_owned, &sorted), 0);

                assert_int_equal(sorted.n_adds, unsorted.n_adds);
                assert_int_equal(sorted.n_replaces, unsorted.n_replaces);
                assert_int_equal(sorted.n_deletes, unsorted.n_deletes);
                route_plan_done(&unsorted);
                route_plan_done(&sorted);
        }
}

/*
 * Whichever attribute differs: the new takes the place of the old, and there is no moment without.
 */
static void test_replaced_attributes(void **state) {
        const Route owned = make_route("10.0.0.0", 8);
        Route changed[6];
        RoutePlan plan;

        for (size_t i = 0; i < ELEMENTSOF(changed); ++i)
                changed[i] = owned;
        changed[0].ifindex = 8;
        changed[1].gateway.s_addr = htobe32(0xc0000201);
        changed[2].preferred_source.s_addr = htobe32(0x0a000001);
        changed[3].mtu_bytes = 1400;
        changed[4].type = RTN_UNREACHABLE;
        changed[5].scope = RT_SCOPE_UNIVERSE;

        for (size_t i = 0; i < ELEMENTSOF(changed); ++i) {
                assert_int_not_equal(route_compare(&changed[i], &owned), 0);
                assert_int_equal(route_compare(&changed[i], &owned),
                                 -route_compare(&owned, &changed[i]));

                assert_int_equal(route_plan_make(&changed[i], 1, &owned, 1, &plan), 0);
                assert_int_equal(plan.n_adds + plan.n_deletes, 0);
                assert_int_equal(plan.n_replaces, 1);
                assert_int_equal(route_compare(&plan.replaces[0], &changed[i]), 0);
                route_plan_done(&plan);
        }
}

/* What the kernel tells apart is another route. Nothing foreign is ever replaced. */
static void test_replaces_only_its_own(void **state) {
        const Route a = make_route("10.0.0.0", 8), b = make_route("10.0.0.0", 16);
        Route other_metric = a, other_table = a, foreign = a, smaller_mtu = a;

        other_metric.metric = 50;
        other_table.table = 100;
        foreign.protocol = RTPROT_STATIC;
        smaller_mtu.mtu_bytes = 1280;

        assert_plan(&other_metric, 1, &a, 1, 1, 1);
        assert_plan(&other_table, 1, &a, 1, 1, 1);
        assert_plan(&b, 1, &a, 1, 1, 1);
        assert_plan(&smaller_mtu, 1, &foreign, 1, 0, 1);
}

/* Among many others, and when a predecessor left two behind that differ from what is wanted. */
static void test_replaces_among_others(void **state) {
        const Route a = make_route("10.0.0.0", 8), b = make_route("10.1.0.0", 16);
        const Route c = make_route("10.2.0.0", 16), d = make_route("10.3.0.0", 16);
        Route new_b = b, old_b = b;
        RoutePlan plan;

        new_b.mtu_bytes = 1280;
        old_b.mtu_bytes = 1300;
        assert_int_equal(
                route_plan_make((Route[]){ d, new_b, c }, 3, (Route[]){ old_b, d, b, a }, 4, &plan),
                0);

        assert_int_equal(plan.n_adds, 1);
        assert_int_equal(route_compare(&plan.adds[0], &c), 0);
        assert_int_equal(plan.n_replaces, 1);
        assert_int_equal(route_compare(&plan.replaces[0], &new_b), 0);
        assert_int_equal(plan.n_deletes, 2);
        assert_int_equal(route_compare(&plan.deletes[0], &a), 0);
        assert_int_equal(route_compare(&plan.deletes[1], &old_b), 0);
        route_plan_done(&plan);
}

/* In order, without rivals, and in a few places alike. */
static size_t make_random(Route *routes, size_t n_routes) {
        for (size_t i = 0; i < n_routes; i++) {
                routes[i] = make_route("10.0.0.0", 16);
                routes[i].destination.s_addr = htonl(0x0a000000 + ((uint32_t) rand() % 40 << 16));
                routes[i].metric = (uint32_t) rand() % 2;
                routes[i].mtu_bytes = (uint32_t) rand() % 2;
        }

        return route_drop_rivals(routes, n_routes);
}

/* What is owned, and changed as the kernel is, is what is desired. */
static void test_is_applied_to_an_array(void **state) {
        srand(1);
        for (unsigned i = 0; i < 2000; i++) {
                size_t n, n_desired;
                Route *owned = calloc(50, sizeof(*owned)), desired[50];
                RoutePlan plan;

                assert_non_null(owned);
                n = make_random(owned, (size_t) rand() % 50);
                n_desired = make_random(desired, (size_t) rand() % 50);
                assert_int_equal(route_plan_make(desired, n_desired, owned, n, &plan), 0);
                assert_int_equal(route_plan_apply(&plan, &owned, &n), 0);
                assert_int_equal(n, n_desired);
                for (size_t j = 0; j < n; j++)
                        assert_int_equal(route_compare(&owned[j], &desired[j]), 0);
                route_plan_done(&plan);
                free(owned);
        }
}

static void test_fifty_thousand(void **state) {
        const size_t n = 50000;
        Route *desired, *owned;
        RoutePlan plan;

        desired = calloc(n, sizeof(*desired));
        owned = calloc(n, sizeof(*owned));
        assert_non_null(desired);
        assert_non_null(owned);

        /* Owned is the same backwards, but for every tenth, which is off by one table. */
        for (size_t i = 0; i < n; ++i) {
                desired[i] = make_route("0.0.0.0", 32);
                desired[i].destination.s_addr = htobe32((uint32_t) (i * 2654435761u));
                owned[n - 1 - i] = desired[i];
                if (i % 10 == 0)
                        owned[n - 1 - i].table = 100;
        }

        assert_int_equal(route_plan_make(desired, n, owned, n, &plan), 0);
        assert_int_equal(plan.n_deletes, n / 10);
        assert_int_equal(plan.n_adds, n / 10);
        for (size_t i = 0; i < plan.n_deletes; ++i)
                assert_int_equal(plan.deletes[i].table, 100);
        for (size_t i = 1; i < plan.n_adds; ++i)
                assert_true(route_compare(&plan.adds[i - 1], &plan.adds[i]) < 0);

        route_plan_done(&plan);
        free(desired);
        free(owned);
}

static void assert_covers(const char *destination, uint8_t prefix_length, const char *address,
                          bool covers) {

        const Route r = make_route(destination, prefix_length);
        struct in_addr a;

        assert_int_equal(inet_pton(AF_INET, address, &a), 1);
        assert_int_equal(route_covers(&r, a), covers);
}

/*
 * A packet for the server that is on its way meanwhile must not find the route into the tunnel
 * alone, in whatever order their tables and destinations are.
 */
static void test_pins_stand_longest(void **state) {
        Route routes[] = {
                make_route("10.0.0.0", 8),     make_route("10.9.8.7", 32),
                make_route("172.16.0.0", 12),  make_route("192.0.2.2", 32),
                make_route("192.0.2.128", 25), make_route("0.0.0.0", 0),
        };
        RoutePlan plan;

        routes[1].metric = routes[3].metric = ROUTE_OWNER_PIN_METRIC | 7;
        routes[5].table = tunnel_tag_get_table(1);

        assert_int_equal(route_plan_make(NULL, 0, routes, 6, &plan), 0);
        assert_int_equal(plan.n_deletes, 6);
        for (size_t i = 0; i < 6; i++)
                assert_int_equal(route_owner_is_pin(&plan.deletes[i]), i >= 4);

        /* Also where a place is cleared first. */
        assert_int_equal(route_plan_add_clear(&plan, &routes[4]), 0);
        assert_int_equal(plan.n_clears, 1);
        assert_int_equal(route_compare(&plan.deletes[0], &routes[4]), 0);
        for (size_t i = 0; i < 7; i++)
                assert_int_equal(route_owner_is_pin(&plan.deletes[i]), i >= 5);
        route_plan_done(&plan);

        assert_int_equal(route_plan_make(routes, 6, NULL, 0, &plan), 0);
        assert_int_equal(plan.n_adds, 6);
        for (size_t i = 0; i < 6; i++)
                assert_int_equal(route_owner_is_pin(&plan.adds[i]), i < 2);
        route_plan_done(&plan);
}

static void test_covers(void **state) {
        assert_covers("0.0.0.0", 0, "255.255.255.255", true);
        assert_covers("10.0.0.0", 8, "10.255.255.255", true);
        assert_covers("10.0.0.0", 8, "11.0.0.0", false);
        assert_covers("192.0.2.128", 25, "192.0.2.127", false);
        assert_covers("192.0.2.7", 32, "192.0.2.7", true);
        assert_covers("192.0.2.7", 32, "192.0.2.6", false);
        assert_covers("128.0.0.0", 1, "200.1.2.3", true);
        assert_covers("10.0.0.0", 33, "10.0.0.0", false);
}

static void test_describe(void **state) {
        Route r = make_route("10.0.0.0", 8);
        char text[128];

        route_describe(&r, text, sizeof(text));
        assert_string_equal(text, "10.0.0.0/8");

        r.metric = 50;
        r.table = 100;
        r.type = RTN_UNREACHABLE;
        route_describe(&r, text, sizeof(text));
        assert_string_equal(text, "unreachable 10.0.0.0/8 metric 50 table 100");

        r = make_route("192.0.2.9", 32);
        r.gateway.s_addr = htobe32(0xc0000201);
        route_describe(&r, text, sizeof(text));
        assert_string_equal(text, "192.0.2.9/32 via 192.0.2.1");
}

/* As many as a full table: each is found, and none that differs in anything. */
static void test_is_among(void **state) {
        enum { N_ROUTES = 50000 };
        Route *routes = calloc(N_ROUTES, sizeof(*routes));
        Route other;

        assert_non_null(routes);
        for (uint32_t i = 0; i < N_ROUTES; i++) {
                routes[i] = make_route("10.0.0.0", 32);
                routes[i].destination.s_addr += htonl(i * 7919 % N_ROUTES);
        }
        other = routes[N_ROUTES / 2];
        route_sort(routes, N_ROUTES);

        for (uint32_t i = 0; i < N_ROUTES; i++)
                assert_true(route_is_among(routes, N_ROUTES, &routes[i]));
        assert_true(route_is_among(routes, N_ROUTES, &other));
        other.mtu_bytes = 1400;
        assert_false(route_is_among(routes, N_ROUTES, &other));
        assert_false(route_is_among(NULL, 0, &other));

        /* Whatever else differs, the kernel has room for one of them. */
        other.protocol = RTPROT_BOOT;
        assert_non_null(route_find_rival(routes, N_ROUTES, &other));
        other.metric = 7;
        assert_null(route_find_rival(routes, N_ROUTES, &other));
        assert_null(route_find_rival(NULL, 0, &other));
        free(routes);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_nothing),
                cmocka_unit_test(test_difference),
                cmocka_unit_test(test_foreign_is_never_touched),
                cmocka_unit_test(test_deletion_by_hand),
                cmocka_unit_test(test_duplicates_collapse),
                cmocka_unit_test(test_order_does_not_matter),
                cmocka_unit_test(test_replaced_attributes),
                cmocka_unit_test(test_replaces_only_its_own),
                cmocka_unit_test(test_replaces_among_others),
                cmocka_unit_test(test_is_applied_to_an_array),
                cmocka_unit_test(test_fifty_thousand),
                cmocka_unit_test(test_pins_stand_longest),
                cmocka_unit_test(test_covers),
                cmocka_unit_test(test_describe),
                cmocka_unit_test(test_is_among),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
