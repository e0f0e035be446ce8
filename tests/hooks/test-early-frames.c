/* SPDX-License-Identifier: GPL-2.0-or-later */

/* LCP's frames that came before pppd could use them. */

#include "tests/hooks/fake-pppd.h"

#include <string.h>

/* An LCP Configure-Request with a magic number, with and without address and control. */
static const uint8_t lcp_request[] = { 0xff, 0x03, 0xc0, 0x21, 1, 7, 0, 10, 5, 6, 9, 9, 9, 9 };

static void tell_frame(const uint8_t *frame, size_t n_frame) {
        fake_pppd_tell(&(PluginMessage){
                .type = PLUGIN_EARLY_FRAME,
                .frame = { .data = frame, .n_data = n_frame },
        });
}

static void start(const MppePolicy *policy) {
        PluginMessage setup = fake_pppd_make_setup();

        setup.setup.mppe = *policy;
        fake_pppd_start(&setup);
}

static void assert_acknowledged(void) {
        const SentPacket *p = fake_pppd_sent_of(PROTOCOL_LCP);

        assert_non_null(p);
        assert_int_equal(p->data[0], CONFACK);
        assert_int_equal(p->data[1], 7);
}

static void test_lcp(void **state) {
        const PluginMessage *m;

        start(&(MppePolicy){ 0 });
        tell_frame(lcp_request, sizeof(lcp_request));
        tell_frame(lcp_request + 2, sizeof(lcp_request) - 2);
        assert_true(fake_pppd_connect(1500) >= 0);
        assert_null(fake_pppd_sent_of(PROTOCOL_LCP));

        /* Not within the announcement, behind which LCP begins to listen */
        fake_pppd_set_phase(PHASE_ESTABLISH);
        assert_null(fake_pppd_sent_of(PROTOCOL_LCP));
        fake_pppd_advance(0);
        assert_acknowledged();
        assert_acknowledged();

        /* It shows like any other packet. */
        m = fake_pppd_hear_type(PLUGIN_PACKET);
        assert_false(m->frame.sent);
        assert_int_equal(m->frame.n_data, sizeof(lcp_request) - 2);
        assert_memory_equal(m->frame.data, lcp_request + 2, m->frame.n_data);
}

/* Once: LCP that begins anew has heard them. */
static void test_once(void **state) {
        start(&(MppePolicy){ 0 });
        tell_frame(lcp_request, sizeof(lcp_request));
        assert_true(fake_pppd_connect(1500) >= 0);
        fake_pppd_set_phase(PHASE_ESTABLISH);
        fake_pppd_advance(0);
        assert_acknowledged();
        fake_pppd_set_phase(PHASE_NETWORK);
        fake_pppd_set_phase(PHASE_ESTABLISH);
        fake_pppd_advance(0);
        assert_null(fake_pppd_sent_of(PROTOCOL_LCP));
}

static void test_nonsense(void **state) {
        const uint8_t chap[] = { 0xc2, 0x23, 1, 1, 0, 4 };
        uint8_t large[PLUGIN_FRAME_MAX_BYTES] = { 0xc0, 0x21, 1, 8, 0x05, 0xec };

        start(&(MppePolicy){ 0 });
        tell_frame(chap, sizeof(chap));
        tell_frame(lcp_request, 2);
        tell_frame(lcp_request, 7);
        tell_frame(large, sizeof(large));
        for (int i = 0; i < 20; i++)
                tell_frame(lcp_request, sizeof(lcp_request));
        assert_true(fake_pppd_connect(1500) >= 0);
        fake_pppd_set_phase(PHASE_ESTABLISH);
        fake_pppd_advance(0);
        while (fake_pppd_sent_of(PROTOCOL_LCP))
                ;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_pppd_set_up, fake_pppd_tear_down)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_lcp),
                TEST(test_once),
                TEST(test_nonsense),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
