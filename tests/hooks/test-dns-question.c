/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Name servers of a server that has none, had none, or is called for the first time. */

#include "tests/hooks/fake-pppd.h"

#include <string.h>

#define MPPE_128 (MPPE_BIT_128 | MPPE_BIT_STATELESS)

static const uint8_t peer_address[] = { 3, 6, 10, 0, 0, 1 };
static const uint8_t questions[] = { 3, 6, 10, 0, 0, 2, 129, 6, 0, 0, 0, 0, 131, 6, 0, 0, 0, 0 };
static const uint8_t given[] = { 129, 6, 10, 0, 0, 53, 131, 6, 10, 0, 0, 54 };
static const uint8_t no_address[] = { 3, 6, 0, 0, 0, 0 };
#define OPTION_BYTES 6

static void start(bool encrypted, bool no_dns) {
        PluginMessage setup = fake_pppd_make_setup();

        setup.setup.mppe.allow_128 = encrypted;
        setup.setup.ip.no_dns = no_dns;
        memcpy(&setup.setup.ip.address, questions + 2, 4);
        fake_pppd_start(&setup);
        fake_pppd_enter_network(1500);
}

/* The next request, which is for the address and, if n_options says so, for name servers. */
static uint8_t get_request(size_t n_options) {
        const SentPacket *p = fake_pppd_sent_of(PROTOCOL_IPCP);

        assert_non_null(p);
        assert_int_equal(p->data[0], CONFREQ);
        assert_int_equal(p->n_data, 4 + n_options);
        assert_memory_equal(p->data + 4, questions, n_options);
        return p->data[1];
}

static void answer(uint8_t code, uint8_t id, const uint8_t *options, size_t n_options) {
        fake_pppd_receive(PROTOCOL_IPCP, code, id, options, n_options);
}

static const PluginMessage *come_up(void) {
        answer(CONFREQ, 1, peer_address, sizeof(peer_address));
        fake_pppd_acknowledge(PROTOCOL_IPCP);
        assert_int_equal(ipcp_fsm[0].state, OPENED);
        return fake_pppd_hear_type(PLUGIN_IP_UP);
}

/* No round trip is lost: the second request is agreed to right behind the rejection. */
static void test_still_none(void **state) {
        uint8_t id;

        start(false, true);
        id = get_request(sizeof(questions));
        assert_int_equal(get_request(OPTION_BYTES), id + 1);
        answer(CONFREJ, id, questions + OPTION_BYTES, 2 * OPTION_BYTES);
        assert_int_equal(come_up()->ip_up.dns[0].s_addr, INADDR_ANY);
        (void) state;
}

/* Beside CCP, too, where what the server says waits; it is not said twice. */
static void test_still_none_beside_ccp(void **state) {
        uint8_t id;

        start(true, true);
        fake_pppd_receive_mppe(CONFREQ, 1, MPPE_128);
        id = get_request(sizeof(questions));
        assert_int_equal(get_request(OPTION_BYTES), id + 1);
        answer(CONFREJ, id, questions + OPTION_BYTES, 2 * OPTION_BYTES);
        answer(CONFACK, id + 1, questions, OPTION_BYTES);
        assert_false(fake_pppd_heard_type(PLUGIN_IP_UP));

        fake_pppd_acknowledge(PROTOCOL_CCP);
        answer(CONFREQ, 1, peer_address, sizeof(peer_address));
        assert_int_equal(ipcp_fsm[0].state, OPENED);
        assert_true(fake_pppd_heard_type(PLUGIN_IP_UP));
        (void) state;
}

/* They are taken in the same call, whose request without them no longer counts. */
static void test_some_by_now(void **state) {
        const PluginMessage *m;
        const SentPacket *p;
        uint8_t id;

        start(false, true);
        id = get_request(sizeof(questions));
        get_request(OPTION_BYTES);
        answer(CONFNAK, id, given, sizeof(given));
        p = fake_pppd_sent_of(PROTOCOL_IPCP);
        assert_int_equal(p->data[1], id + 2);
        assert_int_equal(p->n_data, 4 + sizeof(questions));
        assert_memory_equal(p->data + 4 + OPTION_BYTES, given, sizeof(given));
        answer(CONFACK, id + 1, questions, OPTION_BYTES);
        assert_int_equal(ipcp_fsm[0].state, REQSENT);

        m = come_up();
        assert_memory_equal(&m->ip_up.dns[0], given + 2, 4);
        assert_memory_equal(&m->ip_up.dns[1], given + 8, 4);
        (void) state;
}

/* The second is rejected, so there is a first one. */
static void test_one_by_now(void **state) {
        uint8_t id;

        start(false, true);
        id = get_request(sizeof(questions));
        get_request(OPTION_BYTES);
        answer(CONFREJ, id, questions + 2 * OPTION_BYTES, OPTION_BYTES);
        get_request(2 * OPTION_BYTES);
        (void) state;
}

/* An answer that comes when all is agreed on changes nothing. */
static void test_late_answer(void **state) {
        uint8_t id;

        start(false, true);
        id = get_request(sizeof(questions));
        (void) come_up();
        while (fake_pppd_sent_of(PROTOCOL_IPCP))
                ;
        answer(CONFNAK, id, given, sizeof(given));
        assert_int_equal(ipcp_fsm[0].state, OPENED);
        assert_null(fake_pppd_sent_of(PROTOCOL_IPCP));
        (void) state;
}

/* A server that rejects one at a time, and answers cut anywhere, are no news. */
static void test_rejections_of_all_kinds(void **state) {
        uint8_t id;

        start(false, true);
        id = get_request(sizeof(questions));
        get_request(OPTION_BYTES);
        answer(CONFREJ, id, questions + OPTION_BYTES, OPTION_BYTES);
        assert_null(fake_pppd_sent_of(PROTOCOL_IPCP));

        /* It is answered once. */
        answer(CONFNAK, id, given, sizeof(given));
        assert_null(fake_pppd_sent_of(PROTOCOL_IPCP));
        (void) state;
}

static void test_agreement_to_none(void **state) {
        uint8_t id;

        start(false, true);
        id = get_request(sizeof(questions));
        get_request(OPTION_BYTES);
        answer(CONFACK, id, questions, sizeof(questions));
        assert_null(fake_pppd_sent_of(PROTOCOL_IPCP));
        (void) come_up();
        (void) state;
}

/* A server that gave an address and no reason to think that it has no name servers. */
static void test_asked_in_earnest(void **state) {
        start(false, false);
        get_request(sizeof(questions));
        assert_null(fake_pppd_sent_of(PROTOCOL_IPCP));
        (void) state;
}

/* ---- called for the first time ---- */

/* Returns the identifier of the request with the questions; the next is that of the other. */
static uint8_t call_for_the_first_time(bool encrypted) {
        PluginMessage setup = fake_pppd_make_setup();
        const SentPacket *p;
        uint8_t id;

        setup.setup.mppe.allow_128 = encrypted;
        fake_pppd_start(&setup);
        fake_pppd_enter_network(1500);
        if (encrypted)
                fake_pppd_receive_mppe(CONFREQ, 1, MPPE_128);

        p = fake_pppd_sent_of(PROTOCOL_IPCP);
        assert_non_null(p);
        id = p->data[1];
        assert_int_equal(p->n_data, 4 + sizeof(questions));
        assert_memory_equal(p->data + 4, no_address, sizeof(no_address));
        assert_memory_equal(p->data + 4 + OPTION_BYTES, questions + OPTION_BYTES, 2 * OPTION_BYTES);
        p = fake_pppd_sent_of(PROTOCOL_IPCP);
        assert_non_null(p);
        assert_int_equal(p->data[1], id + 1);
        assert_int_equal(p->n_data, 4 + OPTION_BYTES);
        assert_memory_equal(p->data + 4, no_address, sizeof(no_address));
        assert_null(fake_pppd_sent_of(PROTOCOL_IPCP));
        return id;
}

/* The rejection and the address come together: one round trip, and one to agree. */
static void test_first_call_to_one_without(void **state) {
        uint8_t id = call_for_the_first_time(false);

        answer(CONFREJ, id, questions + OPTION_BYTES, 2 * OPTION_BYTES);
        assert_null(fake_pppd_sent_of(PROTOCOL_IPCP));
        answer(CONFNAK, id + 1, questions, OPTION_BYTES);
        assert_int_equal(get_request(OPTION_BYTES), id + 2);
        assert_int_equal(come_up()->ip_up.dns[0].s_addr, INADDR_ANY);
        (void) state;
}

/* As many round trips as with one request; what is said of the other no longer counts. */
static void test_first_call_to_one_with_some(void **state) {
        const uint8_t suggested[] = {
                3, 6, 10, 0, 0, 2, 129, 6, 10, 0, 0, 53, 131, 6, 10, 0, 0, 54
        };
        uint8_t id = call_for_the_first_time(false);
        const PluginMessage *m;
        const SentPacket *p;

        answer(CONFNAK, id, suggested, sizeof(suggested));
        p = fake_pppd_sent_of(PROTOCOL_IPCP);
        assert_non_null(p);
        assert_int_equal(p->data[1], id + 2);
        assert_int_equal(p->n_data, 4 + sizeof(suggested));
        assert_memory_equal(p->data + 4, suggested, sizeof(suggested));
        answer(CONFNAK, id + 1, questions, OPTION_BYTES);
        assert_null(fake_pppd_sent_of(PROTOCOL_IPCP));

        m = come_up();
        assert_memory_equal(&m->ip_up.dns[0], given + 2, 4);
        assert_memory_equal(&m->ip_up.dns[1], given + 8, 4);
        (void) state;
}

/* The request with the questions was lost, or is answered late: the name servers are not. */
static void test_first_call_with_a_loss(void **state) {
        uint8_t id = call_for_the_first_time(false);

        answer(CONFNAK, id + 1, questions, OPTION_BYTES);
        assert_int_equal(get_request(sizeof(questions)), id + 2);
        answer(CONFREJ, id, questions + OPTION_BYTES, 2 * OPTION_BYTES);
        assert_null(fake_pppd_sent_of(PROTOCOL_IPCP));

        answer(CONFREJ, id + 2, questions + OPTION_BYTES, 2 * OPTION_BYTES);
        assert_int_equal(get_request(OPTION_BYTES), id + 3);
        assert_int_equal(come_up()->ip_up.dns[0].s_addr, INADDR_ANY);
        (void) state;
}

/* Beside CCP the answers wait, and have the same effect. */
static void test_first_call_beside_ccp(void **state) {
        uint8_t id = call_for_the_first_time(true);

        answer(CONFREJ, id, questions + OPTION_BYTES, 2 * OPTION_BYTES);
        answer(CONFNAK, id + 1, questions, OPTION_BYTES);
        assert_null(fake_pppd_sent_of(PROTOCOL_IPCP));
        fake_pppd_acknowledge(PROTOCOL_CCP);
        assert_int_equal(get_request(OPTION_BYTES), id + 2);
        (void) come_up();
        (void) state;
}

/* A server whose IPCP was not ready hears the request without the questions once more. */
static void test_first_call_to_one_that_is_not_ready(void **state) {
        uint8_t id = call_for_the_first_time(true);
        const SentPacket *p;

        fake_pppd_acknowledge(PROTOCOL_CCP);
        p = fake_pppd_sent_of(PROTOCOL_IPCP);
        assert_non_null(p);
        assert_int_equal(p->data[1], id + 1);
        assert_int_equal(p->n_data, 4 + OPTION_BYTES);
        answer(CONFNAK, id + 1, questions, OPTION_BYTES);
        assert_int_equal(get_request(sizeof(questions)), id + 2);
        (void) state;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_pppd_set_up, fake_pppd_tear_down)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_still_none),
                TEST(test_still_none_beside_ccp),
                TEST(test_some_by_now),
                TEST(test_one_by_now),
                TEST(test_late_answer),
                TEST(test_rejections_of_all_kinds),
                TEST(test_agreement_to_none),
                TEST(test_asked_in_earnest),
                TEST(test_first_call_to_one_without),
                TEST(test_first_call_to_one_with_some),
                TEST(test_first_call_with_a_loss),
                TEST(test_first_call_beside_ccp),
                TEST(test_first_call_to_one_that_is_not_ready),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
