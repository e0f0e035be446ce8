/* SPDX-License-Identifier: GPL-2.0-or-later */

/* IPCP beside CCP: our first request, and what the server says before CCP is open. */

#include "tests/hooks/fake-pppd.h"

#include <string.h>

#define MPPE_128 (MPPE_BIT_128 | MPPE_BIT_STATELESS)

static const uint8_t peer_address[] = { 3, 6, 10, 0, 0, 1 };
static const uint8_t our_address[] = { 3, 6, 10, 0, 0, 2 };

/* What we ask for first, all at once since an address is known from the last call. */
static const uint8_t request[] = { 3, 6, 10, 0, 0, 9, 129, 6, 0, 0, 0, 0, 131, 6, 0, 0, 0, 0 };

static void start(bool encrypted, bool late) {
        PluginMessage setup = fake_pppd_make_setup();

        setup.setup.mppe.allow_128 = encrypted;
        setup.setup.ip.late = late;
        memcpy(&setup.setup.ip.address, request + 2, 4);
        fake_pppd_start(&setup);
        fake_pppd_enter_network(1500);
}

static void receive_ipcp(uint8_t code, uint8_t id, const uint8_t *options, size_t n_options) {
        fake_pppd_receive(PROTOCOL_IPCP, code, id, options, n_options);
}

/* The server's request for CCP, which is acknowledged. */
static void receive_ccp_request(void) {
        fake_pppd_receive_mppe(CONFREQ, 1, MPPE_128);
}

static const SentPacket *get_sent(uint8_t code) {
        const SentPacket *p = fake_pppd_sent_of(PROTOCOL_IPCP);

        assert_non_null(p);
        assert_int_equal(p->data[0], code);
        return p;
}

static void assert_nothing_sent(void) {
        assert_null(fake_pppd_sent_of(PROTOCOL_IPCP));
}

static void assert_up(void) {
        assert_int_equal(ccp_fsm[0].state, OPENED);
        assert_int_equal(ipcp_fsm[0].state, OPENED);
        assert_true(fake_pppd_heard_type(PLUGIN_IP_UP));
        assert_false(fake_pppd_is_closing());
}

static void assert_not_up(void) {
        assert_int_not_equal(ipcp_fsm[0].state, OPENED);
        assert_false(fake_pppd_heard_type(PLUGIN_IP_UP));
}

/* The next packet of any protocol but LCP. */
static const SentPacket *get_next(unsigned protocol, uint8_t code) {
        const SentPacket *p = fake_pppd_sent();

        assert_int_equal(p->protocol, protocol);
        assert_int_equal(p->data[0], code);
        return p;
}

/* A server with pppd answers in the order in which we asked; nothing waits for CCP. */
static void test_a_round_trip_less(void **state) {
        uint8_t id;

        start(true, false);
        get_next(PROTOCOL_CCP, CONFREQ);
        receive_ccp_request();
        get_next(PROTOCOL_CCP, CONFACK);
        id = get_next(PROTOCOL_IPCP, CONFREQ)->data[1];
        assert_not_up();

        fake_pppd_acknowledge(PROTOCOL_CCP);
        receive_ipcp(CONFREQ, 1, peer_address, sizeof(peer_address));
        receive_ipcp(CONFNAK, id, our_address, sizeof(our_address));
        assert_int_equal(get_sent(CONFREQ)->data[1], id);
        get_sent(CONFACK);
        assert_int_equal(get_sent(CONFREQ)->data[1], id + 1);
        fake_pppd_acknowledge(PROTOCOL_IPCP);
        assert_up();
        (void) state;
}

/* What comes before CCP is open brings nothing up, whatever it is, and nothing of it is lost. */
static void test_no_address_before_encryption(void **state) {
        uint8_t id;

        start(true, false);
        receive_ipcp(CONFREQ, 1, peer_address, sizeof(peer_address));
        receive_ccp_request();
        id = get_sent(CONFREQ)->data[1];
        receive_ipcp(CONFACK, id, request, sizeof(request));
        receive_ipcp(CONFREQ, 2, peer_address, sizeof(peer_address));
        fake_pppd_advance_msec(2900);
        assert_nothing_sent();
        assert_not_up();

        fake_pppd_acknowledge(PROTOCOL_CCP);
        assert_int_equal(get_sent(CONFACK)->data[1], 2);
        assert_nothing_sent();
        assert_up();
        (void) state;
}

/* A server that was not ready, in each of the ways to say so, is asked again with CCP's opening. */
static void test_a_server_that_is_not_ready(void **state) {
        uint8_t id;

        start(true, false);
        receive_ccp_request();
        id = get_sent(CONFREQ)->data[1];
        receive_ipcp(TERMACK, id, NULL, 0);
        ipcp_protent.protrej(0);
        assert_nothing_sent();

        fake_pppd_acknowledge(PROTOCOL_CCP);
        assert_int_equal(get_sent(CONFREQ)->data[1], id);
        receive_ipcp(CONFREQ, 1, peer_address, sizeof(peer_address));
        fake_pppd_acknowledge(PROTOCOL_IPCP);
        assert_up();
        (void) state;
}

/* A Protocol-Reject means it once CCP is open. */
static void test_a_server_without_ipcp(void **state) {
        start(true, false);
        receive_ccp_request();
        fake_pppd_acknowledge(PROTOCOL_CCP);
        /* This may still be about the early request. */
        ipcp_protent.protrej(0);
        assert_int_equal(ipcp_fsm[0].state, REQSENT);
        ipcp_protent.protrej(0);
        assert_int_equal(ipcp_fsm[0].state, STARTING);
        (void) state;
}

/* pppd would repeat the request to its limit, and give IPCP up. */
static void test_ccp_takes_long(void **state) {
        uint8_t id;

        start(true, false);
        receive_ccp_request();
        id = get_sent(CONFREQ)->data[1];
        receive_ipcp(CONFACK, id, our_address, sizeof(our_address));
        fake_pppd_advance(3);
        assert_int_equal(ipcp_fsm[0].state, CLOSED);
        receive_ipcp(CONFREQ, 1, peer_address, sizeof(peer_address));
        assert_nothing_sent();

        fake_pppd_acknowledge(PROTOCOL_CCP);
        assert_int_equal(get_sent(CONFREQ)->data[1], id + 1);
        get_sent(CONFACK);
        assert_not_up();
        fake_pppd_acknowledge(PROTOCOL_IPCP);
        assert_up();

        /* The time that was set before has no meaning any more. */
        fake_pppd_advance(4);
        assert_int_equal(ipcp_fsm[0].state, OPENED);
        (void) state;
}

/* Nothing of a negotiation that LCP's end has cut off is left for the next. */
static void test_lcp_anew(void **state) {
        start(true, false);
        receive_ccp_request();
        receive_ipcp(CONFREQ, 1, peer_address, sizeof(peer_address));
        receive_ipcp(CONFACK, get_sent(CONFREQ)->data[1], our_address, sizeof(our_address));
        fake_pppd_set_phase(PHASE_ESTABLISH);
        fake_pppd_reopen_lcp(1500);
        assert_nothing_sent();

        receive_ccp_request();
        get_sent(CONFREQ);
        fake_pppd_acknowledge(PROTOCOL_CCP);
        get_sent(CONFREQ);
        assert_nothing_sent();
        assert_not_up();
        (void) state;
}

/* The server's request waits, the latest of several; ours goes out with CCP's opening. */
static void test_not_allowed(void **state) {
        start(true, true);
        receive_ipcp(CONFREQ, 1, peer_address, sizeof(peer_address));
        receive_ipcp(CONFREQ, 2, peer_address, sizeof(peer_address));
        receive_ccp_request();
        assert_nothing_sent();

        fake_pppd_acknowledge(PROTOCOL_CCP);
        get_sent(CONFREQ);
        assert_int_equal(get_sent(CONFACK)->data[1], 2);
        assert_nothing_sent();
        (void) state;
}

/* A server that acknowledges our request for CCP first leaves nothing to gain. */
static void test_acknowledged_first(void **state) {
        start(true, false);
        fake_pppd_acknowledge(PROTOCOL_CCP);
        assert_nothing_sent();
        receive_ccp_request();
        get_sent(CONFREQ);
        assert_nothing_sent();
        (void) state;
}

/* What we do not acknowledge for CCP begins nothing. */
static void test_weak_request(void **state) {
        start(true, false);
        fake_pppd_receive_mppe(CONFREQ, 1, MPPE_BIT_40);
        assert_nothing_sent();
        (void) state;
}

/* Without encryption IPCP is open from the start. What is no request does not wait. */
static void test_without_encryption(void **state) {
        start(false, false);
        get_sent(CONFREQ);
        receive_ipcp(CONFREQ, 1, peer_address, sizeof(peer_address));
        get_sent(CONFACK);
        (void) state;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_pppd_set_up, fake_pppd_tear_down)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_a_round_trip_less),
                TEST(test_no_address_before_encryption),
                TEST(test_a_server_that_is_not_ready),
                TEST(test_a_server_without_ipcp),
                TEST(test_ccp_takes_long),
                TEST(test_lcp_anew),
                TEST(test_not_allowed),
                TEST(test_acknowledged_first),
                TEST(test_weak_request),
                TEST(test_without_encryption),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
