/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What of IPv6 reaches the kernel, and what would let the server make routes of this host's. */

#include "tests/hooks/fake-pppd.h"

#include <string.h>

#define INBOUND 0
#define OUTBOUND 1
#define PROTOCOL_IPV4 0x21
#define PROTOCOL_IPV6 0x57

static const uint8_t peer_id[] = { 1, 10, 2, 0, 0, 0, 0, 0, 0, 1 };

static void open_ipv6(bool accept_router) {
        PluginMessage setup = fake_pppd_make_setup();

        setup.setup.mppe = (MppePolicy){ 0 };
        setup.setup.accept_router = accept_router;
        fake_pppd_start(&setup);
        fake_pppd_enter_network(1500);
        memcpy(&ipv6cp_gotoptions[0].ourid, "\x10\0\0\0\0\0\0\x02", 8);
        fake_fsm_lower_up(&ipv6cp_fsm[0]);
        fake_fsm_open(&ipv6cp_fsm[0]);
}

static void come_up(bool accept_router) {
        open_ipv6(accept_router);
        fake_pppd_receive(PROTOCOL_IPV6CP, CONFREQ, 1, peer_id, sizeof(peer_id));
        fake_pppd_acknowledge(PROTOCOL_IPV6CP);
        assert_true(fake_pppd_heard_type(PLUGIN_IPV6_UP));
}

typedef struct Packet {
        uint8_t direction, protocol, next_header, hop_limit, source, type;
} Packet;

/* A packet of the server's: of a link-local address (0xfe), or of any other. */
static bool passes(Packet p) {
        uint8_t data[4 + 40 + 16] = { p.direction, 0, 0, p.protocol };

        data[4] = 0x60;
        data[4 + 6] = p.next_header;
        data[4 + 7] = p.hop_limit;
        data[4 + 8] = p.source;
        data[4 + 9] = p.source == 0xfe ? 0x80 : 0;
        data[4 + 40] = p.type;
        return fake_kernel_passes(data, sizeof(data));
}

static const Packet forbidden[] = {
        { INBOUND, PROTOCOL_IPV6, IPPROTO_ICMPV6, 255, 0xfe, 134 },
        { INBOUND, PROTOCOL_IPV6, IPPROTO_ICMPV6, 255, 0xfe, 137 },
        /* behind an extension header, of which the kernel looks past any number */
        { INBOUND, PROTOCOL_IPV6, IPPROTO_HOPOPTS, 255, 0xfe, IPPROTO_ICMPV6 },
        { INBOUND, PROTOCOL_IPV6, IPPROTO_DSTOPTS, 255, 0xfe, IPPROTO_ICMPV6 },
        { INBOUND, PROTOCOL_IPV6, IPPROTO_ROUTING, 255, 0xfe, IPPROTO_ICMPV6 },
        { INBOUND, PROTOCOL_IPV6, IPPROTO_FRAGMENT, 255, 0xfe, IPPROTO_ICMPV6 },
        { INBOUND, PROTOCOL_IPV6, IPPROTO_AH, 255, 0xfe, IPPROTO_ICMPV6 },
};

static const Packet allowed[] = {
        /* neighbours, an echo, and data */
        { INBOUND, PROTOCOL_IPV6, IPPROTO_ICMPV6, 255, 0xfe, 135 },
        { INBOUND, PROTOCOL_IPV6, IPPROTO_ICMPV6, 255, 0xfe, 136 },
        { INBOUND, PROTOCOL_IPV6, IPPROTO_ICMPV6, 64, 0xfe, 128 },
        { INBOUND, PROTOCOL_IPV6, IPPROTO_ICMPV6, 255, 0x20, 128 },
        { INBOUND, PROTOCOL_IPV6, IPPROTO_UDP, 255, 0xfe, 134 },
        { INBOUND, PROTOCOL_IPV6, IPPROTO_TCP, 255, 0xfe, 134 },
        { INBOUND, PROTOCOL_IPV6, IPPROTO_HOPOPTS, 1, 0xfe, IPPROTO_ICMPV6 },
        /* which the kernel does not believe: not from this link */
        { INBOUND, PROTOCOL_IPV6, IPPROTO_ICMPV6, 254, 0xfe, 134 },
        /* ours, and IPv4 with the same bytes */
        { OUTBOUND, PROTOCOL_IPV6, IPPROTO_ICMPV6, 255, 0xfe, 134 },
        { INBOUND, PROTOCOL_IPV4, IPPROTO_ICMPV6, 255, 0xfe, 134 },
};

static void test_routes_of_the_server(void **state) {
        come_up(false);
        for (size_t i = 0; i < ELEMENTSOF(forbidden); i++)
                assert_false(passes(forbidden[i]));
        for (size_t i = 0; i < ELEMENTSOF(allowed); i++)
                assert_true(passes(allowed[i]));
        (void) state;
}

/* With ::/0 everything goes into the tunnel anyway, and the server may give an address. */
static void test_router_is_accepted(void **state) {
        come_up(true);
        for (size_t i = 0; i < ELEMENTSOF(forbidden); i++)
                assert_true(passes(forbidden[i]));
        (void) state;
}

/* A packet too short for its headers. */
static void test_short_packets(void **state) {
        uint8_t data[4 + 40 + 1] = { INBOUND, 0, 0, PROTOCOL_IPV6 };

        come_up(false);
        data[4 + 6] = IPPROTO_ICMPV6;
        data[4 + 7] = 255;
        data[4 + 8] = 0xfe;
        data[4 + 9] = 0x80;
        data[4 + 40] = 134;
        for (size_t n = 4 + 10; n <= sizeof(data); n++)
                assert_false(fake_kernel_passes(data, n));
        (void) state;
}

/* Where the kernel has no filters for PPP, there is no IPv6. */
static void test_no_filter(void **state) {
        fake_kernel_refuse_filters();
        open_ipv6(false);
        fake_pppd_receive(PROTOCOL_IPV6CP, CONFREQ, 1, peer_id, sizeof(peer_id));
        fake_pppd_acknowledge(PROTOCOL_IPV6CP);
        assert_false(fake_pppd_heard_type(PLUGIN_IPV6_UP));
        assert_false(fake_pppd_is_closing());
        (void) state;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_pppd_set_up, fake_pppd_tear_down)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_routes_of_the_server),
                TEST(test_router_is_accepted),
                TEST(test_short_packets),
                TEST(test_no_filter),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
