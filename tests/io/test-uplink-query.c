/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <errno.h>
#include <linux/rtnetlink.h>

#include "io/uplink-query.h"
#include "network.h"

#define SERVER "198.51.100.12"

typedef struct Fixture {
        sd_event *event;
        Rtnl *rtnl;
        bool done;
        int error;
        Uplink uplink;
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
                TEST(test_link_without_carrier),
                TEST(test_looks_behind_our_own_routes),
                TEST(test_way_into_the_tunnel),
                TEST(test_cancel),
        };

        network_enter();
        network_add_peer();
        return cmocka_run_group_tests(tests, NULL, NULL);
}
