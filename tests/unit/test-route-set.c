/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <linux/rtnetlink.h>
#include <string.h>

#include "address.h"
#include "core/config/config-route.h"
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

/* ---- a set that is renewed ---- */

static RouteSet make_set(const Config *config, const RouteUplink *up) {
        RouteSet set;

        assert_int_equal(
                route_set_make(config, TUNNEL_IFINDEX, peer, up, &set.routes, &set.n_routes), 0);
        set.n_routes = route_drop_rivals(set.routes, set.n_routes);
        return set;
}

static void assert_same_routes(const Route *a, const Route *b, size_t n) {
        for (size_t i = 0; i < n; i++)
                assert_int_equal(route_compare(&a[i], &b[i]), 0);
}

/* Renews a set, and compares it with one that is made anew. Returns what was found. */
static int renew(const Config *from, const Config *to, const RouteUplink *from_up,
                 const RouteUplink *to_up, RouteSetPart *ret_part) {

        RouteSet before = make_set(from, from_up), set = make_set(from, from_up);
        RouteSet after = make_set(to, to_up), old = { 0 };
        int r;

        r = route_set_renew(to, TUNNEL_IFINDEX, peer, to_up, &set, ret_part, &old);
        if (r == 0) {
                size_t behind = ret_part->first + ret_part->n_old;

                assert_int_equal(set.n_routes, after.n_routes);
                assert_same_routes(set.routes, after.routes, after.n_routes);
                assert_int_equal(old.n_routes, ret_part->n_old);
                assert_same_routes(old.routes, before.routes + ret_part->first, old.n_routes);
                assert_same_routes(before.routes, after.routes, ret_part->first);
                assert_same_routes(before.routes + behind,
                                   after.routes + ret_part->first + ret_part->n_new,
                                   before.n_routes - behind);
        } else {
                assert_int_equal(r, ROUTE_SET_E_ORDER);
                assert_int_equal(set.n_routes, before.n_routes);
                assert_same_routes(set.routes, before.routes, before.n_routes);
        }

        free(before.routes);
        free(set.routes);
        free(after.routes);
        free(old.routes);
        return r;
}

static ConfigRoute host_route(uint32_t host) {
        return (ConfigRoute){
                .destination = { htonl(0x0a000000 + host) },
                .prefix_length = 32,
        };
}

/* Whatever is changed, all in front of it and all behind stays as it is. */
static void test_renews_what_changed(void **state) {
        const RouteUplink up = uplink("192.0.2.2", "192.0.2.1");
        static const struct {
                uint32_t from[4], to[4]; /* host numbers, 0: none */
                size_t first, n_old, n_new;
                bool is_out_of_order;
        } cases[] = {
                { { 1, 2, 3 }, { 1, 2, 3 }, 3, 0, 0 },
                { { 1, 2, 3 }, { 9, 2, 3 }, .is_out_of_order = true },
                { { 2, 3, 4 }, { 1, 3, 4 }, 0, 1, 1 },
                { { 1, 2, 3 }, { 1, 2, 4 }, 2, 1, 1 },
                { { 1, 2, 4 }, { 1, 2, 3, 4 }, 2, 0, 1 },
                { { 1, 2, 3, 4 }, { 1, 2, 4 }, 2, 1, 0 },
                { { 1, 2, 3, 4 }, { 2, 3, 4 }, 0, 1, 0 },
                { { 1, 2, 3, 4 }, { 1, 2, 3 }, 3, 1, 0 },
                { { 1, 2, 3 }, { 0 }, 0, 3, 0 },
                { { 0 }, { 1, 2, 3 }, 0, 0, 3 },
                { { 0 }, { 0 }, 0, 0, 0 },
                { { 1, 2, 3 }, { 1, 2, 2, 3 }, .is_out_of_order = true }, /* a rival */
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                ConfigRoute from[4], to[4];
                Config a = { .routes = from }, b = { .routes = to };
                RouteSetPart part;
                int r;

                for (size_t j = 0; j < 4 && cases[i].from[j] != 0; j++)
                        from[a.n_routes++] = host_route(cases[i].from[j]);
                for (size_t j = 0; j < 4 && cases[i].to[j] != 0; j++)
                        to[b.n_routes++] = host_route(cases[i].to[j]);

                r = renew(&a, &b, &up, &up, &part);
                assert_int_equal(r, cases[i].is_out_of_order ? ROUTE_SET_E_ORDER : 0);
                if (r != 0)
                        continue;
                assert_int_equal(part.first, cases[i].first);
                assert_int_equal(part.n_old, cases[i].n_old);
                assert_int_equal(part.n_new, cases[i].n_new);
        }
}

static size_t make_random_routes(ConfigRoute *routes, size_t n_max) {
        size_t n = (size_t) rand() % (n_max + 1);

        for (size_t i = 0; i < n; i++) {
                uint8_t length = (uint8_t) (29 + rand() % 4);
                uint32_t host = (uint32_t) rand() % 16;

                routes[i] = host_route(host & UINT32_MAX << (32 - length));
                routes[i].prefix_length = length;
                routes[i].type = rand() % 6 == 0 ? CONFIG_ROUTE_THROW : CONFIG_ROUTE_UNICAST;
                routes[i].table = rand() % 6 == 0 ? 9 : 0;
                routes[i].mtu_bytes = rand() % 6 == 0 ? 1280 : 0;
        }

        config_routes_sort(routes, n);
        return n;
}

/* Also with pins, routes to the server, rivals and several tables: the set is as one made anew. */
static void test_renews_as_it_is_made(void **state) {
        size_t n_renewed = 0;

        for (unsigned i = 0; i < 50000; i++) {
                ConfigRoute from[8] = { 0 }, to[8];
                Config a = { .routes = from }, b = { .routes = to };
                RouteUplink up = uplink("10.0.0.5", "192.0.2.1"), moved = up;
                RouteSetPart part;

                a.n_routes = make_random_routes(from, ELEMENTSOF(from) - 1);
                b.n_routes = a.n_routes;
                memcpy(to, from, sizeof(to));
                if (rand() % 2 == 0)
                        b.n_routes = make_random_routes(to, ELEMENTSOF(to));
                else if (a.n_routes > 0) {
                        to[(size_t) rand() % a.n_routes] = host_route((uint32_t) rand() % 16);
                        config_routes_sort(to, b.n_routes);
                }
                if (rand() % 8 == 0)
                        moved.gateway = address("192.0.2.9");

                n_renewed += renew(&a, &b, &up, &moved, &part) == 0;
        }

        assert_true(n_renewed > 25000);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_routes_go_through_the_tunnel),
                cmocka_unit_test(test_own_settings_beat_the_section),
                cmocka_unit_test(test_server_in_the_routed_network_is_pinned),
                cmocka_unit_test(test_server_that_is_its_own_peer_is_pinned),
                cmocka_unit_test(test_no_uplink_no_pin),
                cmocka_unit_test(test_types_without_interface),
                cmocka_unit_test(test_renews_what_changed),
                cmocka_unit_test(test_renews_as_it_is_made),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
