/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The server's Success gets lost, and its network packets show that there was one. */

#include "tests/hooks/fake-pppd.h"

#include <string.h>

#define CHAP_RESPONSE 2

static const unsigned char response[] = {
        0xff, 0x03, 0xc2, 0x23, CHAP_RESPONSE, 9, 0, 8, 'j', 'o', 'e', '!',
};

static void start(void) {
        PluginMessage setup = fake_pppd_make_setup();

        fake_pppd_start(&setup);
        fake_pppd_set_phase(PHASE_ESTABLISH);
        fake_pppd_set_phase(PHASE_AUTHENTICATE);
}

static void send_response(void) {
        unsigned char packet[sizeof(response)];

        memcpy(packet, response, sizeof(response));
        output(0, packet, sizeof(packet));
        assert_non_null(fake_pppd_sent_of(PROTOCOL_CHAP));
}

static void receive_ccp(void) {
        fake_pppd_receive_mppe(CONFREQ, 1, MPPE_BIT_128 | MPPE_BIT_STATELESS);
}

static void test_repeats(void **state) {
        const SentPacket *p;

        start();
        send_response();
        receive_ccp();
        p = fake_pppd_sent_of(PROTOCOL_CHAP);
        assert_non_null(p);
        assert_int_equal(p->n_data, sizeof(response) - 4);
        assert_memory_equal(p->data, response + 4, p->n_data);
}

/* Nothing else is a sign; what a server takes for another wrong password may lock the account. */
static void test_no_sign(void **state) {
        start();
        send_response();
        fake_pppd_receive(PROTOCOL_LCP, ECHOREQ, 1, "\0\0\0\0", 4);
        fake_pppd_receive(PROTOCOL_CHAP, 4, 9, "E=691", 5);
        assert_null(fake_pppd_sent_of(PROTOCOL_CHAP));
}

static void test_no_response_yet(void **state) {
        start();
        receive_ccp();
        assert_null(fake_pppd_sent_of(PROTOCOL_CHAP));
}

static void test_authenticated(void **state) {
        start();
        send_response();
        fake_pppd_set_phase(PHASE_NETWORK);
        receive_ccp();
        assert_null(fake_pppd_sent_of(PROTOCOL_CHAP));
}

/*
 * Some servers ask again while the link is up (RFC 1994, section 2): what comes then is no sign of
 * a lost Success.
 */
static void test_asked_again(void **state) {
        start();
        fake_pppd_set_phase(PHASE_NETWORK);
        send_response();
        receive_ccp();
        assert_null(fake_pppd_sent_of(PROTOCOL_CHAP));
}

/* The response of a former negotiation answers another challenge. */
static void test_former_response(void **state) {
        start();
        send_response();
        fake_pppd_set_phase(PHASE_ESTABLISH);
        fake_pppd_set_phase(PHASE_AUTHENTICATE);
        receive_ccp();
        assert_null(fake_pppd_sent_of(PROTOCOL_CHAP));
}

/* A challenge of the peer's, and a response that no name is long enough for. */
static void test_other_chap(void **state) {
        unsigned char packet[600] = { 0xff, 0x03, 0xc2, 0x23, CHAP_RESPONSE, 9, 2, 84 };
        unsigned char challenge[] = { 0xff, 0x03, 0xc2, 0x23, 1, 9, 0, 4 };

        start();
        output(0, packet, sizeof(packet));
        output(0, challenge, sizeof(challenge));
        while (fake_pppd_sent_of(PROTOCOL_CHAP))
                ;
        receive_ccp();
        assert_null(fake_pppd_sent_of(PROTOCOL_CHAP));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_pppd_set_up, fake_pppd_tear_down)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_repeats),       TEST(test_no_sign),         TEST(test_no_response_yet),
                TEST(test_authenticated), TEST(test_former_response), TEST(test_other_chap),
                TEST(test_asked_again),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
