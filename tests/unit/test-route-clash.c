/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "core/base/macros.h"
#include "core/config/config-route.h"
#include "core/route/route-clash.h"

static ConfigRoute make_ours(const char *destination, uint8_t prefix_length, uint32_t metric) {
        ConfigRoute route = {
                .file = "/etc/pptp/conf.d/onenet.conf",
                .line = 9,
                .prefix_length = prefix_length,
                .metric = metric,
                .table = RT_TABLE_MAIN,
        };

        assert_int_equal(inet_pton(AF_INET, destination, &route.destination), 1);
        return route;
}

static Route make_theirs(const char *destination, uint8_t prefix_length, uint8_t protocol,
                         uint32_t metric) {

        Route route = {
                .prefix_length = prefix_length,
                .type = RTN_UNICAST,
                .protocol = protocol,
                .metric = metric,
                .table = RT_TABLE_MAIN,
                .ifindex = 3,
        };

        assert_int_equal(inet_pton(AF_INET, destination, &route.destination), 1);
        return route;
}

static void assert_clash(ConfigRoute ours, Route theirs, const char *device, RouteClashKind kind,
                         const char *text, const char *remedy) {

        RouteClash clash;

        assert_true(route_clash_find(&ours, &theirs, device, &clash));
        assert_int_equal(clash.kind, kind);
        assert_string_equal(clash.text, text);
        assert_string_equal(clash.remedy, remedy);
}

static void test_route_of_an_old_tunnel(void **state) {
        assert_clash(
                make_ours("10.0.0.0", 8, 0), make_theirs("10.0.0.0", 8, RTPROT_BOOT, 0), "ppp0",
                ROUTE_CLASH_REFUSED,
                "10.0.0.0/8 on ppp0, protocol boot, is in the place of the tunnel's 10.0.0.0/8",
                "if an old pppd has it, end that by \"poff\" and its name in /etc/ppp/peers");
}

/* Whatever the other is called, "poff" does not end it, and its name is not that of this tunnel. */
static void test_route_of_another_tunnel(void **state) {
        assert_clash(make_ours("10.0.0.0", 8, 0),
                     make_theirs("10.0.0.0", 8, ROUTE_PROTOCOL_PPTP, 0), "ppp7",
                     ROUTE_CLASH_REFUSED,
                     "10.0.0.0/8 on ppp7, protocol pptp, is in the place of the tunnel's "
                     "10.0.0.0/8",
                     "it belongs to the tunnel with the interface ppp7, see \"pptpctl\": stop "
                     "that tunnel, or write another Metric= in /etc/pptp/conf.d/onenet.conf:9");
}

/* Of a route that leads nowhere: one into the tunnel gives way to the network. */
static void test_network_that_this_host_is_in(void **state) {
        ConfigRoute ours = make_ours("10.0.0.0", 8, 0);

        ours.type = CONFIG_ROUTE_BLACKHOLE;
        assert_clash(ours, make_theirs("10.0.0.0", 8, RTPROT_KERNEL, 0), "eth0",
                     ROUTE_CLASH_REFUSED,
                     "10.0.0.0/8 on eth0, protocol kernel, is in the place of the tunnel's "
                     "10.0.0.0/8",
                     "in Destination=, name only the parts of the network that are behind the "
                     "server, /etc/pptp/conf.d/onenet.conf:9");
}

static void test_default_route(void **state) {
        Route theirs = make_theirs("0.0.0.0", 0, RTPROT_STATIC, 0);

        theirs.gateway.s_addr = htonl(0xc0000201);
        assert_clash(make_ours("0.0.0.0", 0, 0), theirs, "eth0", ROUTE_CLASH_REFUSED,
                     "0.0.0.0/0 via 192.0.2.1 on eth0, protocol static, is in the place of the "
                     "tunnel's 0.0.0.0/0",
                     "leave out the table in /etc/pptp/conf.d/onenet.conf:9, and policy rules put "
                     "the tunnel's before it; or write a Metric=");

        /* Without its own default route this host reaches no server. */
        theirs.metric = 0;
        assert_clash(
                make_ours("0.0.0.0", 0, 5), theirs, "eth0", ROUTE_CLASH_HIDDEN,
                "0.0.0.0/0 via 192.0.2.1 on eth0, protocol static, is used in the place of the "
                "tunnel's 0.0.0.0/0 metric 5",
                "leave out the metric and the table of the default route in "
                "/etc/pptp/conf.d/onenet.conf:9, and policy rules put the tunnel's before it");

        /* What a DHCP client sets has a metric, and is what the pinned server goes by. */
        assert_clash(make_ours("0.0.0.0", 0, 0), make_theirs("0.0.0.0", 0, RTPROT_DHCP, 1024),
                     "eth0", ROUTE_CLASH_BEFORE,
                     "0.0.0.0/0 metric 1024 on eth0, protocol dhcp, comes after the tunnel's "
                     "0.0.0.0/0",
                     "");
}

static void test_metrics(void **state) {
        assert_clash(make_ours("10.0.0.0", 8, 50), make_theirs("10.0.0.0", 8, RTPROT_STATIC, 20),
                     "eth1", ROUTE_CLASH_HIDDEN,
                     "10.0.0.0/8 metric 20 on eth1, protocol static, is used in the place of the "
                     "tunnel's 10.0.0.0/8 metric 50",
                     "write a Metric= below 20 in /etc/pptp/conf.d/onenet.conf:9");
        assert_clash(make_ours("10.0.0.0", 8, 50), make_theirs("10.0.0.0", 8, RTPROT_STATIC, 50),
                     "eth1", ROUTE_CLASH_REFUSED,
                     "10.0.0.0/8 metric 50 on eth1, protocol static, is in the place of the "
                     "tunnel's 10.0.0.0/8 metric 50",
                     "write a Metric= below 50 in /etc/pptp/conf.d/onenet.conf:9");
        assert_clash(
                make_ours("10.0.0.0", 8, 0), make_theirs("10.0.0.0", 8, 99, 0), "",
                ROUTE_CLASH_REFUSED,
                "10.0.0.0/8, protocol 99, is in the place of the tunnel's 10.0.0.0/8",
                "write another Metric= in /etc/pptp/conf.d/onenet.conf:9, or give it one where "
                "it is configured: the route with the lower one is used");

        /* No number is lower than 0. */
        assert_clash(make_ours("10.0.0.0", 8, 50), make_theirs("10.0.0.0", 8, RTPROT_STATIC, 0),
                     "eth1", ROUTE_CLASH_HIDDEN,
                     "10.0.0.0/8 on eth1, protocol static, is used in the place of the tunnel's "
                     "10.0.0.0/8 metric 50",
                     "give it a metric above 50 where it is configured");
}

static void test_part(void **state) {
        assert_clash(make_ours("10.0.0.0", 8, 0), make_theirs("10.1.0.0", 16, RTPROT_KERNEL, 0),
                     "eth1", ROUTE_CLASH_PART,
                     "10.1.0.0/16 on eth1, protocol kernel, stays outside: it is a part of, and "
                     "more specific than, 10.0.0.0/8",
                     "");
}

static void test_nothing_to_do_with_each_other(void **state) {
        const ConfigRoute network = make_ours("10.0.0.0", 8, 0);
        const ConfigRoute everything = make_ours("0.0.0.0", 0, 0);
        Route theirs = make_theirs("10.0.0.0", 8, RTPROT_STATIC, 0);
        RouteClash clash;

        assert_false(route_clash_find(&everything, &theirs, "eth0", &clash));

        theirs.table = 100;
        assert_false(route_clash_find(&network, &theirs, "eth0", &clash));

        theirs = make_theirs("0.0.0.0", 0, RTPROT_STATIC, 0);
        assert_false(route_clash_find(&network, &theirs, "eth0", &clash));

        theirs = make_theirs("192.168.0.0", 16, RTPROT_STATIC, 0);
        assert_false(route_clash_find(&network, &theirs, "eth0", &clash));
}

/* Before the tunnel is dialled: what the kernel would refuse, among many that it would not. */
static void test_refused_are_found(void **state) {
        ConfigRoute ours[] = { make_ours("10.1.0.0", 16, 0), make_ours("10.2.0.0", 16, 0),
                               make_ours("10.3.0.0", 16, 7), make_ours("192.168.1.0", 24, 0),
                               make_ours("10.4.0.0", 16, 0) };
        Route kernel[] = { make_theirs("0.0.0.0", 0, RTPROT_DHCP, 0),
                           make_theirs("10.0.0.0", 8, RTPROT_STATIC, 0),
                           make_theirs("10.2.0.0", 16, RTPROT_BOOT, 0),
                           make_theirs("10.3.0.0", 16, RTPROT_BOOT, 0),
                           make_theirs("10.4.0.0", 16, ROUTE_PROTOCOL_PPTP, 0),
                           make_theirs("192.168.1.0", 24, RTPROT_KERNEL, 0) };
        Config config = { .routes = ours, .n_routes = ELEMENTSOF(ours) };
        ConfigRoute first;
        const Route *other;

        kernel[4].ifindex = 0; /* of a predecessor */
        kernel[5].scope = RT_SCOPE_LINK;
        route_sort(kernel, ELEMENTSOF(kernel));
        assert_int_equal(
                route_clash_find_refused(&config, 0, kernel, ELEMENTSOF(kernel), &first, &other),
                1);
        assert_int_equal(config_route_compare(&first, &ours[1]), 0);
        assert_int_equal(other->protocol, RTPROT_BOOT);

        /* A route into the tunnel gives way to a network that this host is in; no other does. */
        ours[3].type = CONFIG_ROUTE_BLACKHOLE;
        assert_int_equal(
                route_clash_find_refused(&config, 0, kernel, ELEMENTSOF(kernel), &first, &other),
                2);
        config.n_routes = 1;
        assert_int_equal(
                route_clash_find_refused(&config, 0, kernel, ELEMENTSOF(kernel), &first, &other),
                0);
}

/* Another tunnel in the same VRF, whose table no key of the configuration names. */
static void test_refused_in_a_vrf(void **state) {
        ConfigRoute ours = make_ours("10.0.0.0", 8, 0), first;
        Route kernel = make_theirs("10.0.0.0", 8, ROUTE_PROTOCOL_PPTP, 0);
        const Config config = { .routes = &ours, .n_routes = 1, .vrf = "blue" };
        const Route *other;

        ours.table = 0;
        kernel.table = 4711;
        assert_int_equal(route_clash_find_refused(&config, 4711, &kernel, 1, &first, &other), 1);
        assert_int_equal(route_clash_find_refused(&config, 4712, &kernel, 1, &first, &other), 0);
        kernel.table = RT_TABLE_MAIN;
        assert_int_equal(route_clash_find_refused(&config, 4711, &kernel, 1, &first, &other), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_route_of_an_old_tunnel),
                cmocka_unit_test(test_route_of_another_tunnel),
                cmocka_unit_test(test_network_that_this_host_is_in),
                cmocka_unit_test(test_default_route),
                cmocka_unit_test(test_metrics),
                cmocka_unit_test(test_part),
                cmocka_unit_test(test_nothing_to_do_with_each_other),
                cmocka_unit_test(test_refused_are_found),
                cmocka_unit_test(test_refused_in_a_vrf),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
