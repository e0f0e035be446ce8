/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "core/route/route-set.h"
#include "io/rtnl/uplink-query.h"
#include "network.h"

#define SERVER "198.51.100.12"

typedef struct Fixture {
        sd_event *event;
        Rtnl *rtnl;
        bool done;
        int error;
        Uplink uplink;
        Route *listed;
        size_t n_listed;
} Fixture;

static void on_uplink(UplinkQuery *q, int error, const Uplink *uplink, void *userdata) {
        Fixture *f = userdata;

        f->done = true;
        f->error = error;
        f->uplink = uplink ? *uplink : (Uplink){ 0 };
        uplink_query_free(q);
}

static void ask(Fixture *f, const UplinkQuestion *question) {
        UplinkQuery *q;

        f->done = false;
        assert_int_equal(uplink_query_new(f->rtnl, question, on_uplink, f, &q), 0);
        assert_true(network_wait(f->event, &f->done, 10 * USEC_PER_SEC));
}

static void ask_from(Fixture *f, const char *source, uint32_t hidden_table) {
        ask(f,
            &(UplinkQuestion){
                    .server = network_address(SERVER),
                    .source = network_address(source),
                    .tunnel_name = "tunnel",
                    .tunnel_ifindex = hidden_table ? if_nametoindex("tunnel") : 0,
                    .hidden_table = hidden_table,
            });
        assert_int_equal(f->error, 0);
}

static void on_refused(RtnlRequest *q, const Route *route, bool deleting, int error,
                       const char *text, void *userdata) {

        char description[128];

        route_describe(route, description, sizeof(description));
        fail_msg("%s: %s (%s)", description, strerror(-error), text ?: "");
}

static void on_changed(RtnlRequest *q, int error, size_t n_acknowledged, size_t n_refused,
                       void *userdata) {

        Fixture *f = userdata;

        assert_int_equal(error, 0);
        rtnl_request_free(q);
        f->done = true;
}

static void on_listed(RtnlRequest *q, int error, const char *text, const Route *routes,
                      size_t n_routes, void *userdata) {

        Fixture *f = userdata;

        assert_int_equal(error, 0);
        f->listed = calloc(n_routes + 1, sizeof(*routes));
        assert_non_null(f->listed);
        memcpy(f->listed, routes, n_routes * sizeof(*routes));
        f->n_listed = n_routes;
        rtnl_request_free(q);
        f->done = true;
}

/* Adds the routes; the kernel must list them all as they are. */
static void change(Fixture *f, const Route *desired, size_t n_desired) {
        static const RtnlRouteFilter ours = { .protocol = ROUTE_PROTOCOL_PPTP };
        RtnlRequest *q;
        RoutePlan plan;

        assert_int_equal(route_plan_make(desired, n_desired, NULL, 0, &plan), 0);
        f->done = false;
        assert_int_equal(rtnl_change_routes(f->rtnl, &plan, on_refused, on_changed, f, &q), 0);
        assert_true(network_wait(f->event, &f->done, 10 * USEC_PER_SEC));

        f->done = false;
        assert_int_equal(rtnl_list_routes(f->rtnl, &ours, on_listed, f, &q), 0);
        assert_true(network_wait(f->event, &f->done, 10 * USEC_PER_SEC));
        assert_int_equal(route_plan_make(desired, n_desired, f->listed, f->n_listed, &plan), 0);
        assert_int_equal(plan.n_adds + plan.n_replaces + plan.n_deletes, 0);
        route_plan_done(&plan);
        free(f->listed);
}

static int setup(void **state) {
        Fixture *f = calloc(1, sizeof(*f));

        assert_non_null(f);
        assert_true(sd_event_new(&f->event) >= 0);
        assert_int_equal(rtnl_new(f->event, &f->rtnl), 0);
        network_run("ip link add tunnel type veth peer name far");
        network_run("ip link set tunnel up && ip link set far up");
        *state = f;
        return 0;
}

static int teardown(void **state) {
        Fixture *f = *state;

        network_run("ip link delete tunnel");
        network_run("ip route flush proto %d; ip route flush " SERVER
                    "; ip route flush root 198.51.100.0/24",
                    ROUTE_PROTOCOL_PPTP);
        rtnl_free(f->rtnl);
        sd_event_unref(f->event);
        free(f);
        return 0;
}

static void assert_over(const Fixture *f, const char *link, const char *gateway) {
        assert_true(f->uplink.usable);
        assert_int_equal(f->uplink.ifindex, if_nametoindex(link));
        assert_int_equal(f->uplink.gateway.s_addr, network_address(gateway).s_addr);
}

static void test_way(void **state) {
        Fixture *f = *state;

        network_run("ip route replace " SERVER " via " NETWORK_PEER);
        ask_from(f, "0.0.0.0", 0);
        assert_over(f, "uplink", NETWORK_PEER);
        assert_int_equal(f->uplink.source.s_addr, network_address(NETWORK_LOCAL).s_addr);
        assert_int_equal(f->uplink.table, RT_TABLE_MAIN);
        assert_int_equal(f->uplink.mtu_bytes, 1500);
        assert_true(f->uplink.source_valid);

        ask_from(f, NETWORK_LOCAL, 0);
        assert_over(f, "uplink", NETWORK_PEER);
        assert_int_equal(f->uplink.source.s_addr, network_address(NETWORK_LOCAL).s_addr);
}

static void test_source_that_is_gone(void **state) {
        Fixture *f = *state;

        network_run("ip route replace " SERVER " via " NETWORK_PEER);
        ask_from(f, "192.0.2.77", 0);
        assert_over(f, "uplink", NETWORK_PEER);
        assert_false(f->uplink.source_valid);

        network_run("ip route replace unreachable " SERVER);
        ask_from(f, "192.0.2.77", 0);
        assert_false(f->uplink.usable);
        assert_false(f->uplink.source_valid);
}

static void test_no_way(void **state) {
        Fixture *f = *state;

        network_run("ip route replace unreachable " SERVER);
        ask_from(f, NETWORK_LOCAL, 0);
        assert_false(f->uplink.usable);
        assert_true(f->uplink.source_valid);

        network_run("ip route replace blackhole " SERVER);
        ask_from(f, NETWORK_LOCAL, 0);
        assert_false(f->uplink.usable);
        assert_true(f->uplink.source_valid);
}

/* What we are bound to need not be there yet, whatever other ways there are. */
static void test_interface_that_is_missing(void **state) {
        UplinkQuestion question = {
                .server = network_address(SERVER),
                .ifindex = UPLINK_QUERY_NO_INTERFACE,
                .tunnel_name = "tunnel",
        };
        Fixture *f = *state;

        network_run("ip route replace " SERVER " via " NETWORK_PEER);
        ask(f, &question);
        assert_int_equal(f->error, 0);
        assert_false(f->uplink.usable);

        question.ifindex = if_nametoindex("uplink");
        ask(f, &question);
        assert_int_equal(f->error, 0);
        assert_over(f, "uplink", NETWORK_PEER);
}

/*
 * The way is taken into a pin as the supervisor does it, in front of a route into the tunnel that
 * covers everything; the kernel has to take it, to tell it back as it is wanted, and still to use
 * the same way. Looked up past the pin the way is the same again.
 */
static void assert_can_be_pinned(Fixture *f) {
        ConfigRoute everything = { .prefix_length = 1 }, rest = { .prefix_length = 1 };
        ConfigRoute routes[2];
        const Config config = { .routes = routes, .n_routes = 2 };
        const Uplink before = f->uplink;
        const RouteUplink uplink = {
                .server = network_address(SERVER),
                .ifindex = before.ifindex,
                .gateway = before.gateway,
                .gateway6 = before.gateway6,
        };
        Route *desired;
        size_t n_desired;

        rest.destination = network_address("128.0.0.0");
        routes[0] = everything;
        routes[1] = rest;
        assert_int_equal(route_set_make(&config, if_nametoindex("tunnel"),
                                        network_address("10.0.0.1"), &uplink, &desired, &n_desired),
                         0);
        assert_int_equal(n_desired, 4);
        change(f, desired, n_desired);

        ask_from(f, "0.0.0.0", 0);
        assert_int_equal(f->uplink.ifindex, before.ifindex);
        assert_int_equal(f->uplink.gateway.s_addr, before.gateway.s_addr);
        assert_memory_equal(&f->uplink.gateway6, &before.gateway6, sizeof(before.gateway6));

        ask_from(f, "0.0.0.0", RT_TABLE_MAIN);
        assert_int_equal(f->uplink.ifindex, before.ifindex);
        assert_int_equal(f->uplink.gateway.s_addr, before.gateway.s_addr);
        assert_memory_equal(&f->uplink.gateway6, &before.gateway6, sizeof(before.gateway6));
        free(desired);
}

/* As at hosting providers: no route of this host leads to the gateway. */
static void test_onlink_gateway(void **state) {
        Fixture *f = *state;

        network_run("ip route replace " SERVER " via 203.0.113.1 dev uplink onlink");
        ask_from(f, "0.0.0.0", 0);
        assert_over(f, "uplink", "203.0.113.1");
        assert_can_be_pinned(f);
}

static void test_gateway_with_an_ipv6_address(void **state) {
        Fixture *f = *state;
        struct in6_addr gateway;

        assert_int_equal(inet_pton(AF_INET6, "fe80::1", &gateway), 1);
        network_run("ip route replace " SERVER " via inet6 fe80::1 dev uplink");
        ask_from(f, "0.0.0.0", 0);
        assert_over(f, "uplink", "0.0.0.0");
        assert_memory_equal(&f->uplink.gateway6, &gateway, sizeof(gateway));
        assert_can_be_pinned(f);
}

/* The kernel tells of a carrier up to a second late: linkwatch of net/core/link_watch.c. */
static void wait_for_state(const char *link, const char *state) {
        network_run("until ip -brief link show %s | grep -q '^[^ ]* *%s '; do sleep 0.05; done",
                    link, state);
}

/* One of several ways that are equal: the kernel's choice, or the first that has a carrier. */
static void test_several_next_hops(void **state) {
        Fixture *f = *state;

        network_run("ip link add second type veth peer name second1");
        /* Without this the kernel may choose it, by a hash with a seed of its boot. */
        network_run("echo 1 > /proc/sys/net/ipv4/conf/second/ignore_routes_with_linkdown");
        network_run("ip address add 198.18.0.1/24 dev second && ip link set second up");
        network_run("ip route replace " SERVER
                    " nexthop via 198.18.0.254 dev second nexthop via " NETWORK_PEER " dev uplink");
        network_run("ip link set second1 down");
        wait_for_state("second", "LOWERLAYERDOWN");
        ask_from(f, "0.0.0.0", RT_TABLE_MAIN);
        assert_over(f, "uplink", NETWORK_PEER);
        assert_can_be_pinned(f);
        network_run("ip link delete second");
}

static void test_next_hop_object(void **state) {
        Fixture *f = *state;

        network_run("ip nexthop replace id 7 via " NETWORK_PEER " dev uplink");
        network_run("ip route replace " SERVER " nhid 7");
        ask_from(f, "0.0.0.0", 0);
        assert_over(f, "uplink", NETWORK_PEER);
        assert_can_be_pinned(f);
        network_run("ip route delete " SERVER " nhid 7; ip nexthop delete id 7");
}

/* Where nothing reads them but by their numbers, routes are listed without what they lead to. */
static void test_next_hop_object_by_its_number(void **state) {
        Fixture *f = *state;

        network_run("echo 0 > /proc/sys/net/ipv4/nexthop_compat_mode");
        network_run("ip nexthop replace id 7 via " NETWORK_PEER " dev uplink");
        network_run("ip route replace " SERVER " nhid 7");
        ask_from(f, "0.0.0.0", RT_TABLE_MAIN);
        assert_over(f, "uplink", NETWORK_PEER);
        assert_can_be_pinned(f);

        /* Of a group, the first member whose link has a carrier. */
        network_run("ip link add second type veth peer name second1");
        network_run("ip address add 198.18.0.1/24 dev second && ip link set second up");
        network_run("ip link set second1 up");
        network_run("ip nexthop replace id 8 via 198.18.0.254 dev second");
        network_run("ip nexthop replace id 9 group 8/7");
        network_run("ip route replace " SERVER " nhid 9");
        wait_for_state("second", "UP");
        ask_from(f, "0.0.0.0", RT_TABLE_MAIN);
        assert_over(f, "second", "198.18.0.254");
        network_run("ip link set second1 down");
        wait_for_state("second", "LOWERLAYERDOWN");
        ask_from(f, "0.0.0.0", RT_TABLE_MAIN);
        assert_over(f, "uplink", NETWORK_PEER);

        network_run("ip route delete " SERVER " nhid 9; ip nexthop flush; ip link delete second");
        network_run("echo 1 > /proc/sys/net/ipv4/nexthop_compat_mode");
}

/* The kernel keeps the route of a link without a carrier. */
static void test_link_without_carrier(void **state) {
        Fixture *f = *state;

        network_run("ip route replace " SERVER " via " NETWORK_PEER);
        network_run_in_peer("ip link set peer down");
        ask_from(f, NETWORK_LOCAL, 0);
        assert_false(f->uplink.usable);
        network_run_in_peer("ip link set peer up");
        ask_from(f, NETWORK_LOCAL, 0);
        assert_over(f, "uplink", NETWORK_PEER);
}

/* The pinned route and the one that it protects from hide what the way would be without them. */
static void test_looks_behind_our_own_routes(void **state) {
        Fixture *f = *state;

        network_run("ip route replace " SERVER " dev tunnel metric 7 proto %d",
                    ROUTE_PROTOCOL_PPTP);
        network_run("ip route replace unreachable " SERVER " metric 8 proto %d",
                    ROUTE_PROTOCOL_PPTP);
        network_run("ip route replace 198.51.100.0/25 dev tunnel");
        network_run("ip route replace 198.51.100.0/24 via " NETWORK_PEER " metric 20");
        ask_from(f, NETWORK_LOCAL, RT_TABLE_MAIN);
        assert_over(f, "uplink", NETWORK_PEER);
        assert_int_equal(f->uplink.source.s_addr, network_address(NETWORK_LOCAL).s_addr);

        /* Of several next hops the first. */
        network_run("ip route replace 198.51.100.0/24 metric 10 nexthop via " NETWORK_PEER
                    " dev uplink nexthop via 192.0.2.3 dev uplink");
        ask_from(f, "192.0.2.77", RT_TABLE_MAIN);
        assert_over(f, "uplink", NETWORK_PEER);
        assert_false(f->uplink.source_valid);
}

static void test_way_into_the_tunnel(void **state) {
        Fixture *f = *state;

        network_run("ip route replace " SERVER " dev tunnel");
        ask(f, &(UplinkQuestion){ .server = network_address(SERVER), .tunnel_name = "tunnel" });
        assert_int_equal(f->error, -ELOOP);
}

static void test_cancel(void **state) {
        const UplinkQuestion question = { .server = network_address(SERVER) };
        Fixture *f = *state;
        UplinkQuery *q;

        f->done = false;
        assert_int_equal(uplink_query_new(f->rtnl, &question, on_uplink, f, &q), 0);
        uplink_query_free(q);
        assert_false(network_wait(f->event, &f->done, 50 * USEC_PER_MSEC));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_way),
                TEST(test_source_that_is_gone),
                TEST(test_no_way),
                TEST(test_interface_that_is_missing),
                TEST(test_onlink_gateway),
                TEST(test_gateway_with_an_ipv6_address),
                TEST(test_several_next_hops),
                TEST(test_next_hop_object),
                TEST(test_next_hop_object_by_its_number),
                TEST(test_link_without_carrier),
                TEST(test_looks_behind_our_own_routes),
                TEST(test_way_into_the_tunnel),
                TEST(test_cancel),
        };

        network_enter();
        network_add_peer();
        return cmocka_run_group_tests(tests, NULL, NULL);
}
