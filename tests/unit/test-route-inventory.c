/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>

#include "core/base/macros.h"
#include "core/route/route-inventory.h"
#include "core/route/route-owner.h"

#define TUNNEL_IFINDEX 7
#define TAG 0x1234
#define OTHER_TAG 0x4321

static const RouteInventoryOwner owner = { .ifindex = TUNNEL_IFINDEX, .tag = TAG };

static Route make_route(const char *destination, uint8_t prefix_length, uint32_t ifindex,
                        uint8_t protocol) {

        Route route = {
                .prefix_length = prefix_length,
                .type = ifindex != 0 ? RTN_UNICAST : RTN_UNREACHABLE,
                .protocol = protocol,
                .table = RT_TABLE_MAIN,
                .ifindex = ifindex,
        };

        assert_int_equal(inet_pton(AF_INET, destination, &route.destination), 1);
        return route;
}

static Route make_cover(uint32_t tag) {
        Route route = make_route("10.0.0.0", 8, 0, ROUTE_PROTOCOL_PPTP);

        route.metric = 1;
        route.tag = tag;
        return route;
}

static Route make_pin(uint32_t ifindex) {
        Route route = make_route("192.0.2.2", 32, 2, ROUTE_PROTOCOL_PPTP);

        route.metric = ROUTE_OWNER_PIN_METRIC | ifindex;
        return route;
}

/* Compares one wanted route, or none, with one of the kernel, or none; one line is expected. */
static RouteInventoryLine compare(const Route *wanted, const Route *kernel) {
        _cleanup_free_ RouteInventoryLine *lines = NULL;
        size_t n;

        assert_int_equal(route_inventory_make(wanted, wanted != NULL, kernel, kernel != NULL,
                                              &owner, &lines, &n),
                         0);
        assert_int_equal(n, 1);
        return lines[0];
}

static size_t count_lines(const Route *kernel, const RouteInventoryOwner *of) {
        _cleanup_free_ RouteInventoryLine *lines = NULL;
        size_t n;

        assert_int_equal(route_inventory_make(NULL, 0, kernel, 1, of, &lines, &n), 0);
        return n;
}

static void test_wanted_route(void **state) {
        Route wanted = make_route("10.0.0.0", 8, TUNNEL_IFINDEX, ROUTE_PROTOCOL_PPTP);
        Route other = make_route("10.0.0.0", 8, 3, RTPROT_BOOT);
        RouteInventoryLine line;

        assert_int_equal(compare(&wanted, &wanted).presence, ROUTE_INSTALLED);
        assert_int_equal(compare(&wanted, &wanted).purpose, ROUTE_FOR_TUNNEL);
        assert_int_equal(compare(&wanted, NULL).presence, ROUTE_MISSING);

        line = compare(&wanted, &other);
        assert_int_equal(line.presence, ROUTE_TAKEN);
        assert_int_equal(line.rival.ifindex, 3);

        /* With another metric both can be there: ours is missing, its place is free. */
        other.metric = 100;
        assert_int_equal(compare(&wanted, &other).presence, ROUTE_MISSING);
}

static void test_route_to_the_peer(void **state) {
        Route wanted = make_route("10.0.0.1", 32, TUNNEL_IFINDEX, ROUTE_PROTOCOL_PPTP);
        Route kernel = make_route("10.0.0.1", 32, TUNNEL_IFINDEX, RTPROT_KERNEL);

        assert_int_equal(compare(&wanted, &kernel).presence, ROUTE_INSTALLED);

        /* What an administrator made by hand goes with the interface, and does not come back. */
        kernel.protocol = RTPROT_BOOT;
        assert_int_equal(compare(&wanted, &kernel).presence, ROUTE_TAKEN);
}

static void test_cover(void **state) {
        Route ours = make_cover(TAG), others = make_cover(OTHER_TAG);

        assert_int_equal(compare(&ours, &ours).presence, ROUTE_INSTALLED);
        assert_int_equal(compare(&ours, &ours).purpose, ROUTE_FOR_DOWN);
        assert_int_equal(compare(&ours, &others).presence, ROUTE_TAKEN);
        assert_int_equal(count_lines(&ours, &owner), 1);
        assert_int_equal(count_lines(&others, &owner), 0);
}

static void test_further_routes(void **state) {
        Route pin = make_pin(TUNNEL_IFINDEX), pin_of_other = make_pin(8);
        Route offered = make_route("10.7.0.0", 16, TUNNEL_IFINDEX, ROUTE_PROTOCOL_PPTP);
        RouteInventoryLine line = compare(NULL, &pin);

        assert_int_equal(line.presence, ROUTE_FURTHER);
        assert_int_equal(line.purpose, ROUTE_FOR_SERVER);
        assert_int_equal(count_lines(&pin_of_other, &owner), 0);
        assert_int_equal(compare(NULL, &offered).purpose, ROUTE_FOR_TUNNEL);

        /* Somebody else's route into the tunnel is theirs. */
        offered.protocol = RTPROT_STATIC;
        assert_int_equal(count_lines(&offered, &owner), 0);
}

static void test_tunnel_without_interface(void **state) {
        const RouteInventoryOwner down = { .tag = TAG };
        Route nowhere = make_route("10.0.0.0", 8, 0, ROUTE_PROTOCOL_PPTP), cover = make_cover(TAG);

        assert_int_equal(count_lines(&nowhere, &down), 0);
        assert_int_equal(count_lines(&cover, &down), 1);
        assert_int_equal(compare(&nowhere, &nowhere).presence, ROUTE_INSTALLED);
        assert_int_equal(compare(&nowhere, &nowhere).purpose, ROUTE_FOR_NOTHING);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_wanted_route),
                cmocka_unit_test(test_route_to_the_peer),
                cmocka_unit_test(test_cover),
                cmocka_unit_test(test_further_routes),
                cmocka_unit_test(test_tunnel_without_interface),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
