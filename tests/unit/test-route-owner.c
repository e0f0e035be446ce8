/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <arpa/inet.h>
#include <linux/rtnetlink.h>

#include "core/base/macros.h"
#include "core/route/route-owner.h"

#define UPLINK 2
#define OURS 7
#define OTHERS 8 /* of a tunnel that lives beside us */
#define DEAD 5   /* of one that does no more */

static const uint32_t interfaces[] = { 1, UPLINK, OURS, OTHERS };

static Route route(const char *destination, uint8_t prefix_length, uint32_t ifindex) {
        Route r = {
                .prefix_length = prefix_length,
                .type = ifindex != 0 ? RTN_UNICAST : RTN_UNREACHABLE,
                .protocol = ROUTE_PROTOCOL_PPTP,
                .scope = ifindex != 0 ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
                .table = RT_TABLE_MAIN,
                .ifindex = ifindex,
        };

        assert_int_equal(inet_pton(AF_INET, destination, &r.destination), 1);
        return r;
}

static Route pin(const char *server, uint32_t tunnel) {
        Route r = route(server, 32, UPLINK);

        r.metric = ROUTE_OWNER_PIN_METRIC | tunnel;
        return r;
}

static bool is_leftover(const Route *r, const Route *named, size_t n_named) {
        Route left;
        size_t n;

        n = route_owner_find_leftovers(r, 1, interfaces, ELEMENTSOF(interfaces), named, n_named,
                                       &left);
        if (n > 0)
                assert_int_equal(route_compare(r, &left), 0);
        return n > 0;
}

static void test_route_of_an_interface(void **state) {
        const Route ours = route("10.0.0.0", 8, OURS), others = route("10.0.0.0", 8, OTHERS);

        assert_int_equal(route_owner_get_interface(&ours), OURS);
        assert_true(route_owner_is(&ours, OURS, NULL, 0));
        assert_false(route_owner_is(&others, OURS, NULL, 0));

        /* To be named does not make it ours: somebody else stands there. */
        assert_false(route_owner_is(&others, OURS, &others, 1));
        assert_false(is_leftover(&ours, NULL, 0));
        assert_false(is_leftover(&others, &others, 1));
}

static void test_pin(void **state) {
        const Route ours = pin("192.0.2.9", OURS), others = pin("192.0.2.9", OTHERS);
        const Route dead = pin("192.0.2.9", DEAD);
        Route floor = route("192.0.2.9", 32, 0);

        assert_int_equal(route_owner_get_interface(&dead), DEAD);
        assert_true(route_owner_is(&ours, OURS, NULL, 0));
        assert_false(route_owner_is(&others, OURS, NULL, 0));
        assert_false(route_owner_is(&dead, OURS, NULL, 0));
        assert_false(is_leftover(&ours, NULL, 0));
        assert_false(is_leftover(&others, NULL, 0));
        assert_true(is_leftover(&dead, NULL, 0));

        floor.metric = dead.metric | ROUTE_OWNER_FLOOR_METRIC;
        assert_true(route_owner_is_pin(&floor));
        assert_int_equal(route_owner_get_interface(&floor), DEAD);
        assert_true(is_leftover(&floor, NULL, 0));
        floor.metric = ours.metric | ROUTE_OWNER_FLOOR_METRIC;
        assert_true(route_owner_is(&floor, OURS, NULL, 0));
}

/* Metric= may be the index of an interface, ours or a dead one, and a host may be routed. */
static void test_host_with_the_metric_of_an_index(void **state) {
        Route others = route("192.0.2.9", 32, OTHERS);

        others.metric = OURS;
        assert_false(route_owner_is(&others, OURS, NULL, 0));
        others.metric = DEAD;
        assert_false(is_leftover(&others, NULL, 0));
}

static void test_route_without_interface(void **state) {
        const Route unreachable = route("10.0.0.0", 8, 0);
        Route named[] = { unreachable, route("172.16.0.0", 12, 0) };

        assert_int_equal(route_owner_get_interface(&unreachable), 0);
        assert_true(route_owner_is(&unreachable, OURS, named, 2));
        assert_true(route_owner_is(&unreachable, 0, named, 2));
        assert_true(is_leftover(&unreachable, named, 2));

        /* Somebody else's, for all that we know. */
        assert_false(route_owner_is(&unreachable, OURS, named + 1, 1));
        assert_false(is_leftover(&unreachable, named + 1, 1));
        assert_false(is_leftover(&unreachable, NULL, 0));

        named[0].type = RTN_BLACKHOLE;
        assert_false(is_leftover(&unreachable, named, 2));
        named[0] = unreachable;
        named[0].table = 100;
        assert_false(is_leftover(&unreachable, named, 1));
}

/* Whatever else it looks like. */
static void test_foreign_route(void **state) {
        Route routes[] = { route("10.0.0.0", 8, OURS), pin("192.0.2.9", DEAD),
                           route("10.0.0.0", 8, 0) };

        for (size_t i = 0; i < ELEMENTSOF(routes); i++) {
                routes[i].protocol = RTPROT_STATIC;
                assert_false(route_owner_is(&routes[i], OURS, &routes[i], 1));
                assert_false(route_owner_is(&routes[i], DEAD, &routes[i], 1));
                assert_false(is_leftover(&routes[i], &routes[i], 1));
        }
}

static void test_leftovers_of_a_full_table(void **state) {
        const Route routes[] = {
                route("10.0.0.0", 8, OTHERS), pin("192.0.2.9", DEAD),
                pin("192.0.2.9", OTHERS),     route("10.9.0.0", 16, 0),
                pin("192.0.2.3", DEAD + 1),   route("172.16.0.0", 12, 0),
        };
        Route left[ELEMENTSOF(routes)];
        size_t n;

        n = route_owner_find_leftovers(routes, ELEMENTSOF(routes), interfaces,
                                       ELEMENTSOF(interfaces), &routes[5], 1, left);
        assert_int_equal(n, 3);
        assert_int_equal(route_compare(&left[0], &routes[1]), 0);
        assert_int_equal(route_compare(&left[1], &routes[4]), 0);
        assert_int_equal(route_compare(&left[2], &routes[5]), 0);

        /* Without any tunnel alive all but what somebody else may have named goes. */
        assert_int_equal(route_owner_find_leftovers(routes, ELEMENTSOF(routes), interfaces, 2, NULL,
                                                    0, left),
                         4);
        assert_int_equal(route_owner_find_leftovers(routes, 0, NULL, 0, NULL, 0, left), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_route_of_an_interface),
                cmocka_unit_test(test_pin),
                cmocka_unit_test(test_host_with_the_metric_of_an_index),
                cmocka_unit_test(test_route_without_interface),
                cmocka_unit_test(test_foreign_route),
                cmocka_unit_test(test_leftovers_of_a_full_table),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
