/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "core/base/macros.h"
#include "core/route/route-overlap.h"

#define TUNNEL_IFINDEX 7
#define BRIDGE_IFINDEX 3

static const RouteUplink nowhere;

static Route route(const char *destination, uint8_t prefix_length, uint32_t ifindex) {
        return (Route){
                .destination = address(destination),
                .prefix_length = prefix_length,
                .type = RTN_UNICAST,
                .protocol = ifindex == TUNNEL_IFINDEX ? ROUTE_PROTOCOL_PPTP : RTPROT_KERNEL,
                .scope = RT_SCOPE_LINK,
                .table = RT_TABLE_MAIN,
                .ifindex = ifindex,
        };
}

/* Two of the tunnel's routes, in order: 10.0.0.0/8 and 192.0.2.128/25, and the default route. */
static void make_routes(Route routes[static 3]) {
        routes[0] = route("0.0.0.0", 0, TUNNEL_IFINDEX);
        routes[1] = route("10.0.0.0", 8, TUNNEL_IFINDEX);
        routes[2] = route("192.0.2.128", 25, TUNNEL_IFINDEX);
        route_sort(routes, 3);
}

static void expect(const char *network, uint8_t prefix_length, ConfigOverlapPolicy policy,
                   const char *expected) {

        const Route own = route(network, prefix_length, BRIDGE_IFINDEX);
        RouteOverlap overlaps[2];
        char text[128] = "";
        Route routes[3];
        size_t n;

        make_routes(routes);
        n = route_overlap_find(routes, 3, TUNNEL_IFINDEX, &own, 1, overlaps, 2);
        assert_int_equal(n, expected ? 1 : 0);
        if (!expected)
                return;

        route_overlap_describe(&overlaps[0], policy, "eth0", text, sizeof(text));
        assert_string_equal(text, expected);
}

static void test_finds_and_describes(void **state) {
        expect("10.1.2.0", 24, CONFIG_OVERLAP_WARN,
               "10.1.2.0/24 on eth0 lies inside 10.0.0.0/8: it stays local");
        expect("10.1.2.0", 24, CONFIG_OVERLAP_FORCE,
               "10.1.2.0/24 on eth0 lies inside 10.0.0.0/8: it goes into the tunnel, as "
               "OverlapPolicy=force says");
        expect("10.0.0.0", 8, CONFIG_OVERLAP_WARN,
               "10.0.0.0/8 on eth0 is the same network: it stays local");
        expect("10.0.0.0", 8, CONFIG_OVERLAP_SKIP,
               "10.0.0.0/8 on eth0 is the same network: it stays local");
        expect("10.0.0.0", 8, CONFIG_OVERLAP_FORCE,
               "10.0.0.0/8 on eth0 is the same network: it goes into the tunnel, as "
               "OverlapPolicy=force says");
        expect("192.0.2.0", 24, CONFIG_OVERLAP_WARN,
               "192.0.2.128/25 lies inside 192.0.2.0/24 on eth0: it goes into the tunnel");
        expect("192.0.2.0", 24, CONFIG_OVERLAP_SKIP,
               "192.0.2.128/25 lies inside 192.0.2.0/24 on eth0: it is left out, as "
               "OverlapPolicy=skip says");
        expect("192.0.2.0", 25, CONFIG_OVERLAP_WARN, NULL);
        expect("11.0.0.0", 8, CONFIG_OVERLAP_WARN, NULL);
        expect("8.0.0.0", 7, CONFIG_OVERLAP_WARN, NULL);
        expect("172.17.0.0", 16, CONFIG_OVERLAP_WARN,
               NULL); /* inside the default route, as meant */
}

static Route route6(const char *destination, uint8_t prefix_length, uint32_t ifindex) {
        Route r = route("0.0.0.0", prefix_length, ifindex);

        r.is_ipv6 = true;
        r.scope = RT_SCOPE_UNIVERSE;
        r.metric = ifindex == TUNNEL_IFINDEX ? ROUTE_IPV6_METRIC_DEFAULT : 256;
        assert_int_equal(inet_pton(AF_INET6, destination, &r.destination6), 1);
        return r;
}

static void expect6(const char *network, uint8_t prefix_length, ConfigOverlapPolicy policy,
                    const char *expected) {

        const Route own = route6(network, prefix_length, BRIDGE_IFINDEX);
        Route routes[] = {
                route("10.0.0.0", 8, TUNNEL_IFINDEX),
                route6("::", 0, TUNNEL_IFINDEX),
                route6("2001:db8::", 32, TUNNEL_IFINDEX),
                route6("fd00:1:2:3::", 64, TUNNEL_IFINDEX),
        };
        RouteOverlap overlaps[2];
        char text[128];
        size_t n;

        route_sort(routes, ELEMENTSOF(routes));
        n = route_overlap_find(routes, ELEMENTSOF(routes), TUNNEL_IFINDEX, &own, 1, overlaps, 2);
        assert_int_equal(n, expected ? 1 : 0);
        if (!expected)
                return;

        route_overlap_describe(&overlaps[0], policy, "eth0", text, sizeof(text));
        assert_string_equal(text, expected);
}

static void test_ipv6(void **state) {
        expect6("2001:db8:1:2::", 64, CONFIG_OVERLAP_WARN,
                "2001:db8:1:2::/64 on eth0 lies inside 2001:db8::/32: it stays local");
        expect6("2001:db8:1:2::", 64, CONFIG_OVERLAP_FORCE,
                "2001:db8:1:2::/64 on eth0 lies inside 2001:db8::/32: it goes into the tunnel, as "
                "OverlapPolicy=force says");
        expect6("fd00:1:2::", 48, CONFIG_OVERLAP_WARN,
                "fd00:1:2:3::/64 lies inside fd00:1:2::/48 on eth0: it goes into the tunnel");
        expect6("fd00:1:2::", 48, CONFIG_OVERLAP_SKIP,
                "fd00:1:2:3::/64 lies inside fd00:1:2::/48 on eth0: it is left out, as "
                "OverlapPolicy=skip says");
        expect6("fd00:1:3::", 48, CONFIG_OVERLAP_WARN, NULL);
        expect6("a00::", 8, CONFIG_OVERLAP_WARN, NULL); /* the bytes of 10.0.0.0/8 */
        /* Of two to one network that with the smaller metric is used: here the kernel's. */
        expect6("2001:db8::", 32, CONFIG_OVERLAP_WARN,
                "2001:db8::/32 on eth0 is the same network: it stays local");
}

/* More than there is room for are counted, and those that do harm come first. */
static void test_counts_all(void **state) {
        Route own[] = {
                route("10.1.0.0", 16, BRIDGE_IFINDEX),
                route("192.0.2.0", 24, BRIDGE_IFINDEX),
                route("10.0.0.0", 7, BRIDGE_IFINDEX),
        };
        RouteOverlap overlaps[2];
        Route routes[3];

        make_routes(routes);
        assert_int_equal(route_overlap_find(routes, 3, TUNNEL_IFINDEX, own, 3, overlaps, 2), 3);
        assert_int_equal(overlaps[0].kind, ROUTE_OVERLAP_CUTS);
        assert_int_equal(overlaps[1].kind, ROUTE_OVERLAP_CUTS);
        own[0].table = 100;
        assert_int_equal(route_overlap_find(routes, 3, TUNNEL_IFINDEX, own, 3, overlaps, 2), 2);
        assert_int_equal(route_overlap_find(NULL, 0, TUNNEL_IFINDEX, own, 3, overlaps, 2), 0);
        assert_int_equal(route_overlap_find(routes, 3, TUNNEL_IFINDEX, NULL, 0, overlaps, 2), 0);
}

/* Each of them takes something from the network: the gateway, for one. */
static void test_several_inside_one_network(void **state) {
        const Route own = route("192.0.2.0", 24, BRIDGE_IFINDEX);
        Route routes[] = {
                route("192.0.2.1", 32, TUNNEL_IFINDEX),
                route("192.0.2.128", 26, TUNNEL_IFINDEX),
                route("192.0.2.254", 32, TUNNEL_IFINDEX),
                route("192.0.3.1", 32, TUNNEL_IFINDEX),
        };
        RouteOverlap overlaps[4];

        route_sort(routes, ELEMENTSOF(routes));
        assert_int_equal(route_overlap_find(routes, ELEMENTSOF(routes), TUNNEL_IFINDEX, &own, 1,
                                            overlaps, ELEMENTSOF(overlaps)),
                         3);
        for (size_t i = 0; i < 3; i++) {
                assert_int_equal(overlaps[i].kind, ROUTE_OVERLAP_CUTS);
                assert_true(route_has_same_destination(&overlaps[i].ours, &routes[i]));
        }
}

static void test_what_is_a_network(void **state) {
        Route r = route("10.1.0.0", 16, BRIDGE_IFINDEX);

        assert_true(route_overlap_is_network(&r, TUNNEL_IFINDEX));
        assert_false(route_overlap_is_network(&r, BRIDGE_IFINDEX));
        r.protocol = RTPROT_STATIC;
        assert_false(route_overlap_is_network(&r, TUNNEL_IFINDEX));
        r = route("10.1.0.1", 32, BRIDGE_IFINDEX); /* another tunnel's peer */
        assert_false(route_overlap_is_network(&r, TUNNEL_IFINDEX));
        r = route("10.1.0.0", 16, BRIDGE_IFINDEX);
        r.type = RTN_LOCAL;
        assert_false(route_overlap_is_network(&r, TUNNEL_IFINDEX));

        r = route6("fd00:1::", 64, BRIDGE_IFINDEX);
        assert_true(route_overlap_is_network(&r, TUNNEL_IFINDEX));
        assert_false(route_overlap_is_network(&r, BRIDGE_IFINDEX));
        r.protocol = RTPROT_RA;
        assert_true(route_overlap_is_network(&r, TUNNEL_IFINDEX));
        r.gateway6.s6_addr[0] = 0xfe;
        assert_false(route_overlap_is_network(&r, TUNNEL_IFINDEX));
        r = route6("fd00:1::1", 128, BRIDGE_IFINDEX);
        assert_false(route_overlap_is_network(&r, TUNNEL_IFINDEX));
        r = route6("fe80::", 64, BRIDGE_IFINDEX);
        assert_false(route_overlap_is_network(&r, TUNNEL_IFINDEX));
}

/* Applies a policy to routes in the heap, for the networks 10.1.2.0/31 and 192.0.2.0/24. */
static Route *apply(ConfigOverlapPolicy policy, size_t *ret_n) {
        const Route own[] = {
                route("10.1.2.0", 31, BRIDGE_IFINDEX),
                route("192.0.2.0", 24, BRIDGE_IFINDEX),
        };
        Route *routes = malloc(3 * sizeof(*routes));

        assert_non_null(routes);
        make_routes(routes);
        *ret_n = 3;
        assert_int_equal(
                route_overlap_apply(policy, TUNNEL_IFINDEX, &nowhere, own, 2, &routes, ret_n), 0);
        return routes;
}

static void test_policies(void **state) {
        Route *routes, half = route("10.1.2.0", 32, TUNNEL_IFINDEX);
        size_t n;

        routes = apply(CONFIG_OVERLAP_WARN, &n);
        assert_int_equal(n, 3);
        free(routes);

        routes = apply(CONFIG_OVERLAP_SKIP, &n);
        assert_int_equal(n, 2);
        assert_int_equal(routes[1].prefix_length, 8);
        free(routes);

        routes = apply(CONFIG_OVERLAP_FORCE, &n);
        assert_int_equal(n, 5);
        assert_true(route_is_among(routes, n, &half));
        half.destination = address("10.1.2.1");
        assert_true(route_is_among(routes, n, &half));
        free(routes);
}

static void test_ipv6_policies(void **state) {
        const Route own[] = {
                route6("fd00:1:2::", 63, BRIDGE_IFINDEX),
                route6("2001:db8:1::", 48, BRIDGE_IFINDEX),
        };

        for (ConfigOverlapPolicy policy = CONFIG_OVERLAP_SKIP; policy <= CONFIG_OVERLAP_FORCE;
             policy++) {
                Route *routes = calloc(3, sizeof(*routes));
                Route half = route6("fd00:1:2::", 64, TUNNEL_IFINDEX);
                size_t n = 3;

                assert_non_null(routes);
                routes[0] = route("10.0.0.0", 8, TUNNEL_IFINDEX);
                routes[1] = route6("2001:db8:1:2::", 64, TUNNEL_IFINDEX);
                routes[2] = route6("fd00:1::", 32, TUNNEL_IFINDEX);
                assert_int_equal(
                        route_overlap_apply(policy, TUNNEL_IFINDEX, &nowhere, own, 2, &routes, &n),
                        0);
                assert_int_equal(n, policy == CONFIG_OVERLAP_SKIP ? 2 : 5);
                for (unsigned i = 0; i < 2; i++) {
                        half.destination6.s6_addr[7] = (uint8_t) i;
                        assert_int_equal(route_is_among(routes, n, &half),
                                         policy == CONFIG_OVERLAP_FORCE);
                }
                free(routes);
        }
}

/* Applies a policy to one route, for one network. Returns how many routes there are then. */
static size_t apply_one(ConfigOverlapPolicy policy, const Route *ours, const Route *network) {
        Route *routes = malloc(sizeof(*routes));
        size_t n = 1;

        assert_non_null(routes);
        routes[0] = *ours;
        assert_int_equal(
                route_overlap_apply(policy, TUNNEL_IFINDEX, &nowhere, network, 1, &routes, &n), 0);
        assert_null(route_find_rival(routes, n, network));
        free(routes);
        return n;
}

/* A route of the tunnel to just a local network, which is used after that, is never used. */
static void test_same_network(void **state) {
        Route network = route("10.0.0.0", 8, BRIDGE_IFINDEX);
        Route ours = route("10.0.0.0", 8, TUNNEL_IFINDEX);
        RouteOverlap overlap;
        char text[128];

        ours.metric = 50;
        assert_int_equal(route_overlap_find(&ours, 1, TUNNEL_IFINDEX, &network, 1, &overlap, 1), 1);
        assert_int_equal(overlap.kind, ROUTE_OVERLAP_LOCAL);
        assert_int_equal(apply_one(CONFIG_OVERLAP_WARN, &ours, &network), 1);
        assert_int_equal(apply_one(CONFIG_OVERLAP_SKIP, &ours, &network), 1);
        assert_int_equal(apply_one(CONFIG_OVERLAP_FORCE, &ours, &network), 3);

        network.metric = 100;
        assert_int_equal(route_overlap_find(&ours, 1, TUNNEL_IFINDEX, &network, 1, &overlap, 1), 1);
        assert_int_equal(overlap.kind, ROUTE_OVERLAP_CUTS);
        route_overlap_describe(&overlap, CONFIG_OVERLAP_WARN, "eth0", text, sizeof(text));
        assert_string_equal(text,
                            "10.0.0.0/8 on eth0 is the same network: it goes into the tunnel");
        route_overlap_describe(&overlap, CONFIG_OVERLAP_SKIP, "eth0", text, sizeof(text));
        assert_string_equal(text,
                            "10.0.0.0/8 on eth0 is the same network: it stays local, as "
                            "OverlapPolicy=skip says");
        assert_int_equal(apply_one(CONFIG_OVERLAP_WARN, &ours, &network), 1);
        assert_int_equal(apply_one(CONFIG_OVERLAP_SKIP, &ours, &network), 0);
        assert_int_equal(apply_one(CONFIG_OVERLAP_FORCE, &ours, &network), 3);
}

/* The kernel has room for one of two with the same metric: the network stays, or is forced. */
static void test_same_metric(void **state) {
        const Route network = route("10.0.0.0", 8, BRIDGE_IFINDEX);
        Route ours = route("10.0.0.0", 8, TUNNEL_IFINDEX);
        RouteOverlap overlap;

        assert_true(route_overlap_is_tied(&ours, 1, TUNNEL_IFINDEX, &network, 1));
        assert_int_equal(route_overlap_find(&ours, 1, TUNNEL_IFINDEX, &network, 1, &overlap, 1), 1);
        assert_int_equal(overlap.kind, ROUTE_OVERLAP_LOCAL);
        assert_int_equal(apply_one(CONFIG_OVERLAP_WARN, &ours, &network), 0);
        assert_int_equal(apply_one(CONFIG_OVERLAP_SKIP, &ours, &network), 0);
        assert_int_equal(apply_one(CONFIG_OVERLAP_FORCE, &ours, &network), 2);

        /* One that leads nowhere does not give way. */
        ours.type = RTN_BLACKHOLE;
        ours.ifindex = 0;
        assert_false(route_overlap_is_tied(&ours, 1, TUNNEL_IFINDEX, &network, 1));
}

/* A half of one forced network is another network: that has halves of its own. */
static void test_network_that_is_a_half(void **state) {
        Route own[] = {
                route("10.5.0.0", 24, BRIDGE_IFINDEX),
                route("10.5.0.0", 25, BRIDGE_IFINDEX),
        };
        Route *routes = malloc(sizeof(*routes));
        size_t n = 1;

        assert_non_null(routes);
        routes[0] = route("10.0.0.0", 8, TUNNEL_IFINDEX);
        assert_int_equal(route_overlap_apply(CONFIG_OVERLAP_FORCE, TUNNEL_IFINDEX, &nowhere, own, 2,
                                             &routes, &n),
                         0);
        assert_int_equal(n, 4);
        assert_null(route_find_rival(routes, n, &own[1]));
        own[1].prefix_length = 26;
        assert_non_null(route_find_rival(routes, n, &own[1]));
        free(routes);
}

/* The gateway to the server stays on its link, where its network is forced. */
static void test_gateway_in_a_forced_network(void **state) {
        const Route own = route("10.5.0.0", 24, BRIDGE_IFINDEX);
        RouteUplink uplink = {
                .server = address("192.0.2.9"),
                .gateway = address("10.5.0.1"),
                .ifindex = BRIDGE_IFINDEX,
        };
        Route pin = route_set_get_gateway_pin(&uplink, TUNNEL_IFINDEX);

        assert_int_equal(pin.destination.s_addr, uplink.gateway.s_addr);
        assert_int_equal(pin.gateway.s_addr, INADDR_ANY);
        assert_int_equal(pin.scope, RT_SCOPE_LINK);
        for (unsigned i = 0; i < 2; i++) {
                Route *routes = malloc(sizeof(*routes));
                size_t n = 1;

                assert_non_null(routes);
                routes[0] = route("10.0.0.0", 8, TUNNEL_IFINDEX);
                assert_int_equal(route_overlap_apply(CONFIG_OVERLAP_FORCE, TUNNEL_IFINDEX, &uplink,
                                                     &own, 1, &routes, &n),
                                 0);
                assert_int_equal(route_is_among(routes, n, &pin), i == 0);
                free(routes);
                uplink.gateway = address("10.6.0.1");
        }
}

/* In a network of two hosts, a route to the other one would be used before any host route. */
static void test_gateway_in_a_network_of_two(void **state) {
        Route own = route("10.5.0.2", 31, BRIDGE_IFINDEX);
        const Route ours = route("10.0.0.0", 8, TUNNEL_IFINDEX);
        RouteUplink uplink = {
                .server = address("192.0.2.9"),
                .gateway = address("10.5.0.3"),
                .ifindex = BRIDGE_IFINDEX,
        };
        Route halves[2];

        for (unsigned i = 0; i < 2; i++) {
                assert_int_equal(route_overlap_make_halves(&ours, &own, &uplink, halves), 1);
                assert_int_equal(halves[0].destination.s_addr, own.destination.s_addr);
                assert_int_equal(halves[0].prefix_length, 32);
                uplink.server = uplink.gateway; /* and no gateway to it */
                uplink.gateway.s_addr = INADDR_ANY;
        }

        uplink.server = address("10.5.0.2");
        assert_int_equal(route_overlap_make_halves(&ours, &own, &uplink, halves), 1);
        assert_int_equal(halves[0].destination.s_addr, address("10.5.0.3").s_addr);
        own.prefix_length = 30;
        assert_int_equal(route_overlap_make_halves(&ours, &own, &uplink, halves), 2);
        own.prefix_length = 31;
        assert_int_equal(route_overlap_make_halves(&ours, &own, &nowhere, halves), 2);
}

/* A route to just the network takes it into the tunnel: it does not stay local for one around. */
static void test_same_network_inside_another(void **state) {
        Route network = route("10.5.0.0", 24, BRIDGE_IFINDEX);
        const Route routes[] = {
                route("10.0.0.0", 8, TUNNEL_IFINDEX),
                route("10.5.0.0", 24, TUNNEL_IFINDEX),
        };
        RouteOverlap overlaps[2];

        network.metric = 100;
        assert_int_equal(route_overlap_find(routes, 2, TUNNEL_IFINDEX, &network, 1, overlaps, 2),
                         1);
        assert_int_equal(overlaps[0].kind, ROUTE_OVERLAP_CUTS);
        network.metric = 0;
        assert_int_equal(route_overlap_find(routes, 2, TUNNEL_IFINDEX, &network, 1, overlaps, 2),
                         1);
        assert_int_equal(overlaps[0].kind, ROUTE_OVERLAP_LOCAL);
        assert_int_equal(overlaps[0].ours.prefix_length, 24);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_finds_and_describes),
                cmocka_unit_test(test_counts_all),
                cmocka_unit_test(test_several_inside_one_network),
                cmocka_unit_test(test_what_is_a_network),
                cmocka_unit_test(test_policies),
                cmocka_unit_test(test_ipv6),
                cmocka_unit_test(test_ipv6_policies),
                cmocka_unit_test(test_same_network),
                cmocka_unit_test(test_same_metric),
                cmocka_unit_test(test_network_that_is_a_half),
                cmocka_unit_test(test_gateway_in_a_forced_network),
                cmocka_unit_test(test_gateway_in_a_network_of_two),
                cmocka_unit_test(test_same_network_inside_another),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
