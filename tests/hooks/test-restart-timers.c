/* SPDX-License-Identifier: GPL-2.0-or-later */

/* When LCP, CCP, IPCP and IPV6CP ask again. */

#include "tests/hooks/fake-pppd.h"

#define MRU_BYTES 1500

static void start(void) {
        const PluginMessage setup = fake_pppd_make_setup();

        fake_pppd_start(&setup);
        assert_true(fake_pppd_connect(1500) >= 0);
}

static void assert_all(int sec) {
        assert_int_equal(lcp_fsm[0].timeouttime, sec);
        assert_int_equal(ccp_fsm[0].timeouttime, sec);
        assert_int_equal(ipcp_fsm[0].timeouttime, sec);
        assert_int_equal(ipv6cp_fsm[0].timeouttime, sec);
}

static void test_as_told(void **state) {
        start();
        assert_all(FAKE_PPPD_RESTART_SEC);
        fake_pppd_enter_network(MRU_BYTES);
        assert_all(FAKE_PPPD_RESTART_SEC);
}

/* The server takes each repeated request for a new beginning. */
static void test_longer_each_time_lcp_begins_anew(void **state) {
        start();
        fake_pppd_enter_network(MRU_BYTES);
        fake_pppd_reopen_lcp(MRU_BYTES);
        assert_all(2 * FAKE_PPPD_RESTART_SEC);
        fake_pppd_reopen_lcp(MRU_BYTES);
        assert_all(4 * FAKE_PPPD_RESTART_SEC);
}

/* A link that was up, and is negotiated anew later, has had a timer that is long enough. */
static void test_not_after_the_link_was_up(void **state) {
        start();
        fake_pppd_enter_network(MRU_BYTES);
        fake_pppd_come_up(MPPE_BIT_128 | MPPE_BIT_STATELESS);
        fake_pppd_reopen_lcp(MRU_BYTES);
        assert_all(FAKE_PPPD_RESTART_SEC);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_pppd_set_up, fake_pppd_tear_down)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_as_told),
                TEST(test_longer_each_time_lcp_begins_anew),
                TEST(test_not_after_the_link_was_up),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
