/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <linux/rtnetlink.h>

#include "address.h"
#include "core/base/macros.h"
#include "core/route/uplink.h"

#define TUNNEL_IFINDEX 7

static Uplink over(uint32_t ifindex, const char *gateway, const char *source) {
        return (Uplink){
                .usable = true,
                .source_valid = true,
                .ifindex = ifindex,
                .gateway = address(gateway),
                .source = address(source),
        };
}

static void assert_change(UplinkWatch *w, Uplink now, UplinkChange change) {
        assert_string_equal(uplink_change_name(uplink_watch_update(w, &now)),
                            uplink_change_name(change));
        assert_int_equal(uplink_watch_is_usable(w), now.usable);
}

static Uplink unusable(Uplink u) {
        u.usable = false;
        return u;
}

static Uplink without_source(Uplink u) {
        u.source_valid = false;
        return u;
}

static void test_only_changes_count(void **state) {
        const Uplink a = over(2, "192.0.2.254", "192.0.2.1"),
                     b = over(3, "198.51.100.1", "192.0.2.1");
        Uplink mtu = b;
        UplinkWatch w = { 0 };

        assert_false(uplink_watch_is_usable(&w));
        assert_change(&w, a, UPLINK_SAME);
        assert_change(&w, a, UPLINK_SAME);
        assert_change(&w, b, UPLINK_MOVED);
        mtu.mtu_bytes = 1400;
        assert_change(&w, mtu, UPLINK_SAME);
        assert_change(&w, over(3, "198.51.100.2", "192.0.2.1"), UPLINK_MOVED);
}

static void test_loss_and_return(void **state) {
        const Uplink a = over(2, "192.0.2.254", "192.0.2.1"),
                     b = over(3, "198.51.100.1", "192.0.2.1");
        UplinkWatch w = { 0 };

        assert_change(&w, a, UPLINK_SAME);
        assert_change(&w, unusable((Uplink){ 0 }), UPLINK_LOST);
        assert_change(&w, unusable((Uplink){ 0 }), UPLINK_SAME);
        assert_change(&w, a, UPLINK_BACK);
        assert_change(&w, unusable(a), UPLINK_LOST);
        assert_change(&w, b, UPLINK_MOVED);
}

/* Nothing is known of the time before: the first way to appear is good news. */
static void test_starts_without_a_way(void **state) {
        UplinkWatch w = { 0 };

        assert_change(&w, unusable((Uplink){ 0 }), UPLINK_SAME);
        assert_change(&w, over(2, "192.0.2.254", "192.0.2.1"), UPLINK_MOVED);
}

static void test_address(void **state) {
        const Uplink a = over(2, "192.0.2.254", "192.0.2.1"),
                     b = over(2, "192.0.2.254", "192.0.2.9");
        UplinkWatch w = { 0 };

        assert_change(&w, a, UPLINK_SAME);
        assert_change(&w, without_source(b), UPLINK_READDRESSED);
        assert_change(&w, without_source(b), UPLINK_SAME); /* said once */

        /* Gone together with the way: it may come back with it, or not. */
        w = (UplinkWatch){ 0 };
        assert_change(&w, a, UPLINK_SAME);
        assert_change(&w, unusable(without_source(a)), UPLINK_LOST);
        assert_change(&w, a, UPLINK_BACK);
        assert_change(&w, unusable(without_source(a)), UPLINK_LOST);
        assert_change(&w, without_source(b), UPLINK_READDRESSED);

        /* What was dialled in the meantime is bound to an address that is still not there. */
        assert_change(&w, unusable(without_source(b)), UPLINK_LOST);
        assert_change(&w, without_source(b), UPLINK_READDRESSED);
}

static Route route(const char *destination, uint8_t prefix_length, uint32_t metric,
                   uint32_t ifindex) {

        return (Route){
                .destination = address(destination),
                .prefix_length = prefix_length,
                .type = RTN_UNICAST,
                .protocol = RTPROT_STATIC,
                .metric = metric,
                .ifindex = ifindex,
        };
}

static void test_finds_the_route_behind(void **state) {
        const struct in_addr server = address("10.9.8.7");
        Route routes[] = {
                route("0.0.0.0", 0, 100, 2),
                route("0.0.0.0", 0, 50, 3),
                route("10.0.0.0", 8, 0, TUNNEL_IFINDEX),
                route("10.9.8.7", 32, 7, 2),
                route("11.0.0.0", 8, 0, 4),
                route("10.9.0.0", 16, 600, 5),
        };

        routes[3].protocol = ROUTE_PROTOCOL_PPTP;
        assert_ptr_equal(uplink_find_route(routes, 6, server, TUNNEL_IFINDEX), &routes[5]);
        assert_ptr_equal(uplink_find_route(routes, 5, server, TUNNEL_IFINDEX), &routes[1]);
        assert_ptr_equal(uplink_find_route(routes, 1, server, TUNNEL_IFINDEX), &routes[0]);
        assert_null(uplink_find_route(routes, 0, server, TUNNEL_IFINDEX));
        assert_null(uplink_find_route(&routes[2], 3, server, TUNNEL_IFINDEX));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_only_changes_count),
                cmocka_unit_test(test_loss_and_return),
                cmocka_unit_test(test_starts_without_a_way),
                cmocka_unit_test(test_address),
                cmocka_unit_test(test_finds_the_route_behind),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
