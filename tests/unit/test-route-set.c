/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <linux/rtnetlink.h>

#include "address.h"
#include "core/route/route-owner.h"
#include "core/route/route-set.h"

#define TUNNEL_IFINDEX 7
#define UPLINK_IFINDEX 2

static const struct in_addr peer = { 0x01010a0a };

static RouteUplink uplink(const char *server, const char *gateway) {
        return (RouteUplink){
                .server = address(server),
                .gateway = address(gateway),
                .ifindex = UPLINK_IFINDEX,
        };
}

static void test_routes_go_through_the_tunnel(void **state) {
        ConfigRoute wanted = { .destination = address("10.0.0.0"), .prefix_length = 8 };
        const Config config = { .routes = &wanted, .n_routes = 1, .route_metric = 50 };
        const RouteUplink up = uplink("192.0.2.2", "0.0.0.0");
        Route *routes;
        size_t n;

        assert_int_equal(route_set_make(&config, TUNNEL_IFINDEX, peer, &up, &routes, &n), 0);
        assert_int_equal(n, 1);
        assert_int_equal(routes[0].ifindex, TUNNEL_IFINDEX);
        assert_int_equal(routes[0].protocol, ROUTE_PROTOCOL_PPTP);
        assert_int_equal(routes[0].table, RT_TABLE_MAIN);
        assert_int_equal(routes[0].metric, 50);
        free(routes);
}

static void test_own_settings_beat_the_section(void **state) {
        ConfigRoute wanted = {
                .destination = address("10.0.0.0"),
                .prefix_length = 8,
                .has_metric = true,
                .metric = 7,
                .table = 100,
        };
        const Config config = {
                .routes = &wanted,
                .n_routes = 1,
                .route_metric = 50,
                .route_table = 200,
        };
        const RouteUplink up = uplink("192.0.2.2", "0.0.0.0");
        Route *routes;
        size_t n;

        assert_int_equal(route_set_make(&config, TUNNEL_IFINDEX, peer, &up, &routes, &n), 0);
        assert_int_equal(routes[0].metric, 7);
        assert_int_equal(routes[0].table, 100);
        free(routes);

        /* 0 is a metric, too. */
        wanted.metric = 0;
        assert_int_equal(route_set_make(&config, TUNNEL_IFINDEX, peer, &up, &routes, &n), 0);
        assert_int_equal(routes[0].metric, 0);
        free(routes);
}

/* The server must stay reachable outside of the tunnel whose packets it gets. */
static void test_server_in_the_routed_network_is_pinned(void **state) {
        ConfigRoute wanted = { .destination = address("10.0.0.0"), .prefix_length = 8 };
        const Config config = { .routes = &wanted, .n_routes = 1 };
        const RouteUplink up = uplink("10.9.8.7", "192.0.2.1");
        Route *routes;
        size_t n;

        assert_int_equal(route_set_make(&config, TUNNEL_IFINDEX, peer, &up, &routes, &n), 0);
        assert_int_equal(n, 3);
        assert_int_equal(routes[1].prefix_length, 32);
        assert_int_equal(routes[1].destination.s_addr, up.server.s_addr);
        assert_int_equal(routes[1].gateway.s_addr, up.gateway.s_addr);
        assert_int_equal(routes[1].ifindex, UPLINK_IFINDEX);
        assert_int_equal(route_owner_get_interface(&routes[1]), TUNNEL_IFINDEX);
        assert_true(route_owner_is_pin(&routes[1]));

        /* Still there when the kernel takes the pin away with its link: nothing goes in circles. */
        assert_int_equal(routes[2].type, RTN_UNREACHABLE);
        assert_int_equal(routes[2].ifindex, 0);
        assert_int_equal(routes[2].destination.s_addr, up.server.s_addr);
        assert_true(routes[2].metric > routes[1].metric);
        assert_int_equal(route_owner_get_interface(&routes[2]), TUNNEL_IFINDEX);
        assert_true(route_owner_is_pin(&routes[2]));
        assert_false(route_owner_is_pin(&routes[0]));
        free(routes);
}

/* GRE-09: the kernel's own route to the peer is as bad as one of ours. */
static void test_server_that_is_its_own_peer_is_pinned(void **state) {
        const Config config = { 0 };
        const RouteUplink up = uplink("192.0.2.2", "0.0.0.0");
        Route *routes, peer_route;
        size_t n;

        assert_int_equal(route_set_make(&config, TUNNEL_IFINDEX, up.server, &up, &routes, &n), 0);
        assert_int_equal(n, 2);
        assert_int_equal(routes[0].ifindex, UPLINK_IFINDEX);
        assert_int_equal(routes[0].prefix_length, 32);
        free(routes);

        peer_route = route_set_get_peer_route(TUNNEL_IFINDEX, RT_TABLE_MAIN, address("10.9.0.2"),
                                              up.server);
        assert_int_equal(peer_route.protocol, RTPROT_KERNEL);
        assert_int_equal(peer_route.ifindex, TUNNEL_IFINDEX);
        assert_true(route_covers(&peer_route, up.server));
}

static void test_no_uplink_no_pin(void **state) {
        ConfigRoute wanted = { .destination = address("10.0.0.0"), .prefix_length = 8 };
        const Config config = { .routes = &wanted, .n_routes = 1 };
        const RouteUplink up = { .server = address("10.9.8.7") };
        Route *routes;
        size_t n;

        assert_int_equal(route_set_make(&config, TUNNEL_IFINDEX, peer, &up, &routes, &n), 0);
        assert_int_equal(n, 1);
        free(routes);
}

static void test_types_without_interface(void **state) {
        ConfigRoute wanted[] = {
                { .destination = address("10.0.0.0"),
                  .prefix_length = 8,
                  .type = CONFIG_ROUTE_UNREACHABLE },
                { .destination = address("10.0.0.0"),
                  .prefix_length = 8,
                  .type = CONFIG_ROUTE_THROW,
                  .table = 9 },
        };
        const Config config = { .routes = wanted, .n_routes = 2 };
        const RouteUplink up = uplink("10.9.8.7", "192.0.2.1");
        Route *routes;
        size_t n;

        assert_int_equal(route_set_make(&config, TUNNEL_IFINDEX, peer, &up, &routes, &n), 0);
        assert_int_equal(n, 4);                      /* a throw route swallows nothing */
        assert_int_equal(routes[0].type, RTN_THROW); /* table 9 is before the main table */
        assert_int_equal(routes[1].type, RTN_UNREACHABLE);
        assert_int_equal(routes[1].ifindex, 0);
        assert_int_equal(routes[2].prefix_length, 32);
        free(routes);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_routes_go_through_the_tunnel),
                cmocka_unit_test(test_own_settings_beat_the_section),
                cmocka_unit_test(test_server_in_the_routed_network_is_pinned),
                cmocka_unit_test(test_server_that_is_its_own_peer_is_pinned),
                cmocka_unit_test(test_no_uplink_no_pin),
                cmocka_unit_test(test_types_without_interface),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
