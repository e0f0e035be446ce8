/* SPDX-License-Identifier: GPL-2.0-or-later */

/* IPV6CP: what the supervisor is told, and that nothing is configured before it is encrypted. */

#include "tests/hooks/fake-pppd.h"

#include <arpa/inet.h>
#include <string.h>

#define MPPE_128 (MPPE_BIT_128 | MPPE_BIT_STATELESS)

static const uint8_t peer_id[] = { 1, 10, 2, 0, 0, 0, 0, 0, 0, 1 };

static void open_ipv6(void) {
        memcpy(&ipv6cp_gotoptions[0].ourid, "\x10\0\0\0\0\0\0\x02", 8);
        fake_fsm_lower_up(&ipv6cp_fsm[0]);
        fake_fsm_open(&ipv6cp_fsm[0]);
}

static void request(uint8_t id) {
        fake_pppd_receive(PROTOCOL_IPV6CP, CONFREQ, id, peer_id, sizeof(peer_id));
}

static void start(const MppePolicy *policy) {
        PluginMessage setup = fake_pppd_make_setup();

        if (policy)
                setup.setup.mppe = *policy;
        fake_pppd_start(&setup);
        fake_pppd_enter_network(1500);
        open_ipv6();
}

static void assert_address(const struct in6_addr *address, const char *expected) {
        char text[INET6_ADDRSTRLEN];

        inet_ntop(AF_INET6, address, text, sizeof(text));
        assert_string_equal(text, expected);
}

static void test_addresses(void **state) {
        const PluginMessage *m;

        start(&(MppePolicy){ 0 });
        request(1);
        fake_pppd_acknowledge(PROTOCOL_IPV6CP);
        m = fake_pppd_hear_type(PLUGIN_IPV6_UP);
        assert_address(&m->ipv6_up.local, "fe80::1000:0:0:2");
        assert_address(&m->ipv6_up.peer, "fe80::200:0:0:1");

        /* Our Configure-Ack was lost; the fourth time the peer is believed. */
        for (unsigned i = 0; i < 3; i++) {
                request(1);
                assert_false(fake_pppd_heard_type(PLUGIN_IPV6_DOWN));
        }
        request(1);
        (void) fake_pppd_hear_type(PLUGIN_IPV6_DOWN);
}

/* It would be sent in the clear. */
static void test_not_before_encryption(void **state) {
        start(NULL);
        request(1);
        fake_pppd_acknowledge(PROTOCOL_IPV6CP);
        assert_false(fake_pppd_heard_type(PLUGIN_IPV6_UP));
        assert_true(fake_pppd_is_closing());
}

static void test_encrypted(void **state) {
        start(NULL);
        fake_pppd_come_up(MPPE_128);
        request(1);
        fake_pppd_acknowledge(PROTOCOL_IPV6CP);
        (void) fake_pppd_hear_type(PLUGIN_IPV6_UP);
        assert_false(fake_pppd_is_closing());
}

/* net.ipv6.conf.default.disable_ipv6=1, and ipv6.disable=1 */
static void test_host_has_none(void **state) {
        static const PluginNoIpv6 lacks[] = { PLUGIN_NO_IPV6_OFF, PLUGIN_NO_IPV6_KERNEL };

        for (size_t i = 0; i < ELEMENTSOF(lacks); i++) {
                fake_kernel_lack_ipv6(lacks[i]);
                start(&(MppePolicy){ 0 });
                assert_int_equal(fake_pppd_hear_type(PLUGIN_NO_IPV6)->no_ipv6.lack, lacks[i]);
                assert_false(ipv6cp_protent.enabled_flag);
                fake_pppd_tear_down(state);
                fake_pppd_set_up(state);
        }

        start(&(MppePolicy){ 0 });
        assert_false(fake_pppd_heard_type(PLUGIN_NO_IPV6));
        assert_true(ipv6cp_protent.enabled_flag);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_pppd_set_up, fake_pppd_tear_down)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_addresses),
                TEST(test_not_before_encryption),
                TEST(test_encrypted),
                TEST(test_host_has_none),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
