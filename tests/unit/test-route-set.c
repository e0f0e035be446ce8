/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <linux/rtnetlink.h>
#include <string.h>

#include "address.h"
#include "core/config/config-route.h"
#include "core/config/config-routes.h"
#include "core/route/route-owner.h"
#include "core/route/route-set.h"
#include "random-config.h"

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

/* Fills in what changed, as who renews a set has noted it. Returns how much. */
static size_t list_changes(const Config *from, const Config *to, ConfigRoute *ret, size_t n_max) {
        ConfigChanges changes;
        bool is_added;
        size_t n = 0;

        config_changes_init(&changes, from, to);
        while (config_changes_next(&changes, &ret[n], &is_added))
                assert_true(++n < n_max);

        return n;
}

/* Renews a set, and compares it with one that is made anew. Returns what was found. */
static int renew(const Config *from, const Config *to, const RouteUplink *up,
                 RouteSetPart *ret_part) {

        RouteSet before = make_set(from, up), set = make_set(from, up);
        RouteSet after = make_set(to, up), old = { 0 };
        ConfigRoute changed[128];
        size_t n_changed;
        int r;

        n_changed = list_changes(from, to, changed, ELEMENTSOF(changed));
        r = route_set_renew(to, TUNNEL_IFINDEX, up, changed, n_changed, &set, ret_part, &old);
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
                assert_int_equal(r, ROUTE_SET_E_PIN);
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

/* All in front of the first change and all behind the last stays as it is. */
static void test_renews_what_changed(void **state) {
        const RouteUplink up = uplink("192.0.2.2", "192.0.2.1");
        static const struct {
                uint32_t from[4], to[4]; /* host numbers, 0: none */
                size_t first, n_old, n_new;
        } cases[] = {
                { { 1, 2, 3 }, { 1, 2, 3 }, 0, 0, 0 },
                { { 1, 2, 3 }, { 2, 3, 9 }, 0, 3, 3 },
                { { 2, 3, 4 }, { 1, 3, 4 }, 0, 1, 1 },
                { { 1, 2, 3 }, { 1, 2, 4 }, 2, 1, 1 },
                { { 1, 2, 4 }, { 1, 2, 3, 4 }, 2, 0, 1 },
                { { 1, 2, 3, 4 }, { 1, 2, 4 }, 2, 1, 0 },
                { { 1, 2, 3, 4 }, { 2, 3, 4 }, 0, 1, 0 },
                { { 1, 2, 3, 4 }, { 1, 2, 3 }, 3, 1, 0 },
                { { 1, 2, 3 }, { 0 }, 0, 3, 0 },
                { { 0 }, { 1, 2, 3 }, 0, 0, 3 },
                { { 0 }, { 0 }, 0, 0, 0 },
                { { 1, 2, 3 }, { 1, 2, 2, 3 }, 0, 0, 0 },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                ConfigRoute from[4], to[4];
                Config a = { .routes = from }, b = { .routes = to };
                RouteSetPart part;

                for (size_t j = 0; j < 4 && cases[i].from[j] != 0; j++)
                        from[a.n_routes++] = host_route(cases[i].from[j]);
                for (size_t j = 0; j < 4 && cases[i].to[j] != 0; j++)
                        to[b.n_routes++] = host_route(cases[i].to[j]);

                assert_int_equal(renew(&a, &b, &up, &part), 0);
                assert_int_equal(part.first, cases[i].first);
                assert_int_equal(part.n_old, cases[i].n_old);
                assert_int_equal(part.n_new, cases[i].n_new);
        }
}

/* Also with pins, routes to the server, rivals and several tables: the set is as one made anew. */
static void test_renews_as_it_is_made(void **state) {
        const RouteUplink up = uplink("10.0.0.5", "192.0.2.1");
        size_t n_renewed = 0;

        for (unsigned i = 0; i < 50000; i++) {
                RandomConfig a, b;
                RouteSetPart part;

                random_config_make(&a);
                random_config_copy(&b, &a);
                for (unsigned n = roll(4); n > 0; n--)
                        random_config_edit(&b);
                a.config.ipv6 = b.config.ipv6 = CONFIG_IPV6_NEGOTIATE;

                n_renewed += renew(&a.config, &b.config, &up, &part) == 0;
        }

        assert_in_range(n_renewed, 20000, 49000);
}

/* Routes that did not change, or did so in vain, may be among those that are looked at. */
static void test_renews_more_than_changed(void **state) {
        const RouteUplink up = uplink("10.0.0.5", "192.0.2.1");

        for (unsigned i = 0; i < 20000; i++) {
                ConfigRoute changed[32];
                RandomConfig c;
                RouteSetPart part;
                RouteSet set, as_made, old;
                int r;

                random_config_make(&c);
                for (size_t j = 0; j < ELEMENTSOF(changed); j++)
                        changed[j] = random_route();
                set = make_set(&c.config, &up);
                as_made = make_set(&c.config, &up);
                r = route_set_renew(&c.config, TUNNEL_IFINDEX, &up, changed, 1 + roll(31), &set,
                                    &part, &old);
                assert_true(r == 0 || r == ROUTE_SET_E_PIN);
                assert_int_equal(set.n_routes, as_made.n_routes);
                assert_same_routes(set.routes, as_made.routes, set.n_routes);
                if (r == 0)
                        free(old.routes);
                free(set.routes);
                free(as_made.routes);
        }
}

static void test_basis(void **state) {
        const RouteUplink up = uplink("192.0.2.2", "192.0.2.1");
        const Config config = { .route_table = 254 };
        const RouteSetBasis basis = route_set_get_basis(&config, TUNNEL_IFINDEX, peer, &up);
        RouteSetBasis others[12];

        for (size_t i = 0; i < ELEMENTSOF(others); i++)
                others[i] = route_set_get_basis(&config, TUNNEL_IFINDEX, peer, &up);
        assert_true(route_set_basis_is_same(&basis, &others[0]));

        others[0].ifindex++;
        others[1].peer.s_addr++;
        others[2].uplink.server.s_addr++;
        others[3].uplink.gateway.s_addr++;
        others[4].uplink.gateway6.s6_addr[15]++;
        others[5].uplink.ifindex++;
        others[6].table++;
        others[7].metric++;
        others[8].has_vrf = true;
        others[9].ipv6 = CONFIG_IPV6_NEGOTIATE;
        others[10].policy = CONFIG_OVERLAP_SKIP;
        others[11].ifindex = 0;
        for (size_t i = 0; i < ELEMENTSOF(others); i++)
                assert_false(route_set_basis_is_same(&basis, &others[i]));
}

/* With routes that a server offers, which are in no file, all are in order. */
static void test_joins_in_order(void **state) {
        ConfigRoute own[] = { host_route(1), host_route(3) }, *joined;
        const ConfigRoute more[] = { host_route(2), host_route(4), host_route(3) };
        const Config config = { .routes = own, .n_routes = 2 };
        Config all;

        own[0].file = own[1].file = "own";
        assert_int_equal(route_set_join(&config, more, ELEMENTSOF(more), &all, &joined), 0);
        assert_int_equal(all.n_routes, 5);
        for (size_t i = 1; i < all.n_routes; i++)
                assert_true(config_route_compare(&all.routes[i - 1], &all.routes[i]) <= 0);
        free(joined);
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
                cmocka_unit_test(test_renews_more_than_changed),
                cmocka_unit_test(test_basis),
                cmocka_unit_test(test_joins_in_order),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
