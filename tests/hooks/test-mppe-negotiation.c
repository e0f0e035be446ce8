/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * CCP with peers of all kinds. The names in brackets are the rows of the failure catalogue
 * (daemon/core/diagnosis/catalogue.ini) that such peers end up in.
 */

#include "tests/hooks/fake-pppd.h"

#include <string.h>

#define H MPPE_BIT_STATELESS
#define M MPPE_BIT_56
#define S MPPE_BIT_128
#define L MPPE_BIT_40
#define D MPPE_BIT_OBSOLETE
#define C MPPE_BIT_MPPC

static const MppePolicy only_128 = { .allow_128 = true, .tolerate_mppc = true };
static const MppePolicy strict = { .allow_128 = true };
static const MppePolicy only_40 = { .allow_40 = true, .tolerate_mppc = true };
static const MppePolicy anything = {
        .allow_128 = true,
        .allow_40 = true,
        .allow_stateful = true,
        .tolerate_mppc = true,
};
static const MppePolicy stateful_40 = {
        .allow_40 = true,
        .allow_stateful = true,
        .tolerate_mppc = true,
};

static const uint8_t peer_address[] = { 3, 6, 10, 0, 0, 1 };

static void start(const MppePolicy *policy) {
        PluginMessage setup = fake_pppd_make_setup();

        setup.setup.mppe = *policy;
        fake_pppd_start(&setup);
        fake_pppd_enter_network(1500);
}

/* What we ask for, in our latest request. */
static uint32_t asked(void) {
        return fake_pppd_get_mppe(fake_pppd_sent_of(PROTOCOL_CCP), CONFREQ);
}

static void nak(uint32_t bits) {
        fake_pppd_receive_mppe(CONFNAK, ccp_fsm[0].reqid, bits);
}

static void request(uint8_t id, uint32_t bits) {
        fake_pppd_receive_mppe(CONFREQ, id, bits);
}

/* What we answer to the peer's request. */
static void assert_answer(uint8_t code, uint32_t bits) {
        assert_int_equal(fake_pppd_get_mppe(fake_pppd_sent_of(PROTOCOL_CCP), code), bits);
}

static void assert_breach(PluginBreach breach) {
        assert_int_equal(fake_pppd_hear_type(PLUGIN_POLICY_BREACH)->breach.breach, breach);
        assert_false(fake_pppd_heard_type(PLUGIN_POLICY_BREACH));
        assert_true(fake_pppd_is_closing());
        assert_int_equal(pppd_get_status(), EXIT_NEGOTIATION_FAILED);
}

static void assert_up(uint32_t bits) {
        const MppeOutcome outcome = {
                .bits_128 = bits & S,
                .bits_40 = bits & L,
                .stateful = !(bits & H),
        };
        const PluginMessage *m;

        assert_int_equal(ccp_fsm[0].state, OPENED);
        fake_pppd_receive(PROTOCOL_IPCP, CONFREQ, 1, peer_address, sizeof(peer_address));
        fake_pppd_acknowledge(PROTOCOL_IPCP);
        m = fake_pppd_hear_type(PLUGIN_IP_UP);
        assert_memory_equal(&m->ip_up.transmit, &outcome, sizeof(outcome));
        assert_memory_equal(&m->ip_up.receive, &outcome, sizeof(outcome));
        assert_false(fake_pppd_is_closing());
}

/* ---- what we ask for ---- */

static void test_opening(void **state) {
        start(&only_128);
        assert_int_equal(asked(), H | S);
}

static void test_opening_40(void **state) {
        start(&only_40);
        assert_int_equal(asked(), H | L);
}

static void test_opening_learnt(void **state) {
        MppePolicy policy = anything;

        mppe_policy_set_opening(&policy, L);
        start(&policy);
        assert_int_equal(asked(), L);
}

static void test_agreement(void **state) {
        start(&only_128);
        request(1, H | S);
        assert_int_equal(asked(), H | S);
        assert_answer(CONFACK, H | S);
        fake_pppd_acknowledge(PROTOCOL_CCP);
        assert_up(H | S);
}

/* ---- the peer suggests something else ---- */

/* [MPPE-01] compression in every suggestion, from a server that agrees to the rest */
static void test_mppc_is_ignored(void **state) {
        start(&only_128);
        asked();
        nak(H | S | C);
        assert_int_equal(asked(), H | S);
}

static void test_mppc_is_refused_on_demand(void **state) {
        start(&strict);
        nak(H | S | C);
        assert_breach(PLUGIN_BREACH_NAK_LOOP);
}

/* [MPPE-02] */
static void test_stateful_suggested(void **state) {
        start(&anything);
        asked();
        nak(S);
        assert_int_equal(asked(), S);
}

static void test_stateful_suggested_in_vain(void **state) {
        start(&only_128);
        for (int i = 0; i < 5; i++) {
                assert_int_equal(asked(), H | S);
                nak(S);
                assert_false(fake_pppd_is_closing());
        }
        nak(S);
        assert_breach(PLUGIN_BREACH_NAK_LOOP);
}

/* [MPPE-03] Contivity of 2003 */
static void test_contivity(void **state) {
        start(&stateful_40);
        asked();
        nak(L | C);
        assert_int_equal(asked(), L);
        request(1, L);
        assert_answer(CONFACK, L);
        fake_pppd_acknowledge(PROTOCOL_CCP);
        assert_up(L);
}

/* [MPPE-04] another strength than is allowed, and one that Linux does not have */
static void test_40_suggested(void **state) {
        start(&anything);
        asked();
        nak(H | L);
        assert_int_equal(asked(), H | L);
}

static void test_40_suggested_in_vain(void **state) {
        start(&only_128);
        for (int i = 0; i < 6; i++)
                nak(H | L);
        assert_breach(PLUGIN_BREACH_NAK_LOOP);
}

static void test_56_suggested(void **state) {
        start(&anything);
        for (int i = 0; i < 6; i++)
                nak(H | M);
        assert_breach(PLUGIN_BREACH_NAK_LOOP);
}

/* [MPPE-21] 128 and 40 by turns, which an older pppd follows for ever */
static void test_flip_flop(void **state) {
        start(&only_128);
        for (int i = 0; i < 6; i++)
                nak(i % 2 ? S : H | L);
        assert_breach(PLUGIN_BREACH_NAK_LOOP);
}

static void test_obsolete_bit(void **state) {
        start(&only_128);
        asked();
        nak(H | S | D);
        assert_int_equal(asked(), H | S);
}

/* The limit is of one negotiation: LCP that begins anew begins with none. */
static void test_limit_is_of_one_negotiation(void **state) {
        start(&only_128);
        for (int i = 0; i < 5; i++)
                nak(H | L);
        fake_pppd_reopen_lcp(1500);
        for (int i = 0; i < 5; i++)
                nak(H | L);
        assert_false(fake_pppd_is_closing());
}

static void test_malformed_nak(void **state) {
        const uint8_t other[] = { 17, 6, 0, 0, 0, 0 };

        start(&only_128);
        fake_pppd_receive(PROTOCOL_CCP, CONFNAK, ccp_fsm[0].reqid, other, sizeof(other));
        assert_true(fake_pppd_is_closing());
}

/* [MPPE-09] the rejection itself is pppd's business */
static void test_rejected(void **state) {
        const uint8_t option[] = { CI_MPPE, CILEN_MPPE, 1, 0, 0, 0x40 };

        start(&only_128);
        fake_pppd_receive(PROTOCOL_CCP, CONFREJ, ccp_fsm[0].reqid, option, sizeof(option));
        assert_true(fake_pppd_is_closing());
        assert_string_equal(fake_pppd_get_reason(), "MPPE required but peer refused");
}

/* ---- the peer asks for something else ---- */

static void test_request_is_corrected(void **state) {
        start(&only_128);
        asked();
        request(1, H | S | L);
        assert_answer(CONFNAK, H | S);
        request(2, S);
        assert_answer(CONFNAK, H | S);
        request(3, H | S | C);
        assert_answer(CONFNAK, H | S);
        request(4, H | S);
        assert_answer(CONFACK, H | S);
}

/* [MPPE-12] no strength, and no option at all */
static void test_no_strength(void **state) {
        start(&only_128);
        asked();
        request(1, H);
        assert_answer(CONFNAK, H | S);
        fake_pppd_receive(PROTOCOL_CCP, CONFREQ, 2, NULL, 0);
        assert_answer(CONFNAK, H | S);
}

/* [MPPE-14] */
static void test_everything_off(void **state) {
        start(&only_128);
        for (uint8_t id = 1; id <= 6; id++)
                request(id, 0);
        assert_breach(PLUGIN_BREACH_NAK_LOOP);
}

/* Other compressions, and options that make no sense, are rejected; MPPE is asked for again. */
static void test_other_options(void **state) {
        const uint8_t deflate_too[] = { 26, 4, 0x78, 0, CI_MPPE, CILEN_MPPE, 1, 0, 0, 0x40 };
        const uint8_t short_one[] = { CI_MPPE, 4, 1, 0 };
        const uint8_t cut[] = { CI_MPPE, CILEN_MPPE, 1, 0, 0 };
        const uint8_t no_length[] = { CI_MPPE, 0, 1, 0, 0, 0x40 };
        const struct {
                const uint8_t *options;
                size_t n_options, n_rejected;
        } cases[] = {
                { deflate_too, sizeof(deflate_too), 4 },
                { short_one, sizeof(short_one), sizeof(short_one) },
                { cut, sizeof(cut), sizeof(cut) },
                { no_length, sizeof(no_length), sizeof(no_length) },
        };

        start(&only_128);
        asked();
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                const SentPacket *p;

                fake_pppd_receive(PROTOCOL_CCP, CONFREQ, 1, cases[i].options, cases[i].n_options);
                p = fake_pppd_sent_of(PROTOCOL_CCP);
                assert_int_equal(p->data[0], CONFREJ);
                assert_int_equal(p->n_data, 4 + cases[i].n_rejected);
                assert_memory_equal(p->data + 4, cases[i].options, cases[i].n_rejected);
        }
}

/* ---- the outcome ---- */

/* [MPPE-20] one direction is not what was asked for: neither CCP nor IPCP comes up */
static void test_outcome(void **state) {
        const uint8_t outcomes[] = { 0, MPPE_OPT_40, MPPE_OPT_128 | MPPE_OPT_STATEFUL };
        const size_t i = (size_t) (uintptr_t) *state;

        start(&only_128);
        request(1, H | S);
        (i % 2 ? ccp_hisoptions : ccp_gotoptions)[0].mppe = outcomes[i / 2];
        ccp_fsm[0].callbacks->up(&ccp_fsm[0]);
        assert_breach(PLUGIN_BREACH_OUTCOME);

        /* Nor by what the server says of addresses after that */
        fake_pppd_receive(PROTOCOL_IPCP, CONFREQ, 1, peer_address, sizeof(peer_address));
        fake_pppd_acknowledge(PROTOCOL_IPCP);
        assert_int_not_equal(ipcp_fsm[0].state, OPENED);
}

static int set_up_outcome(void **state, size_t i) {
        int r = fake_pppd_set_up(state);

        *state = (void *) (uintptr_t) i;
        return r;
}

#define OUTCOME(i)                                    \
        static int set_up_outcome_##i(void **state) { \
                return set_up_outcome(state, i);      \
        }

OUTCOME(0)
OUTCOME(1)
OUTCOME(2)
OUTCOME(3)
OUTCOME(4)
OUTCOME(5)

/* ---- while it is up ---- */

static void come_up(void) {
        start(&only_128);
        fake_pppd_come_up(H | S);
}

static void come_up_without_addresses(void) {
        start(&only_128);
        request(1, H | S);
        asked();
        assert_answer(CONFACK, H | S);
        fake_pppd_acknowledge(PROTOCOL_CCP);
        assert_true(fake_kernel_encrypts());
}

/*
 * Our acknowledgement was lost, so the peer asks the same once more. The kernel has stopped
 * encrypting with that, and must begin again.
 */
static void test_lost_acknowledgement(void **state) {
        come_up_without_addresses();

        for (int i = 0; i < 3; i++) {
                request(1, H | S);
                assert_answer(CONFACK, H | S);
                assert_true(fake_kernel_encrypts());
                assert_true(fake_kernel_decrypts());
        }
        assert_up(H | S);
}

/* Encryption cannot begin again, so the request is as good as a new one, which ends the call. */
static void test_lost_acknowledgement_and_no_key(void **state) {
        come_up_without_addresses();
        fake_kernel_refuse_keys();
        request(1, H | S);
        assert_breach(PLUGIN_BREACH_ENCRYPTION_OFF);
}

/* With addresses agreed on, data may have gone out in clear text since the request came. */
static void test_asked_again_while_up(void **state) {
        come_up();
        assert_true(fake_kernel_encrypts());
        request(1, H | S);
        assert_breach(PLUGIN_BREACH_ENCRYPTION_OFF);
}

/* ---- the kernel's keys ---- */

/* Our request and its repetition come to the server together, and it acknowledges both. */
static void test_acknowledged_twice(void **state) {
        start(&only_128);
        asked();
        fake_pppd_repeat_request();
        asked();
        fake_pppd_acknowledge_twice(0);
        assert_false(fake_kernel_decrypts());
        assert_int_equal(asked(), H | S);

        fake_pppd_acknowledge(PROTOCOL_CCP);
        request(1, H | S);
        assert_true(fake_kernel_decrypts());
        assert_true(fake_kernel_encrypts());
        assert_up(H | S);
}

/* The first Ack belongs to an older request, of which pppd knows nothing any more. */
static void test_late_acknowledgement(void **state) {
        const uint8_t option[] = { CI_MPPE, CILEN_MPPE, 1, 0, 0, 0x40 };

        start(&only_128);
        request(1, H | S);
        asked();
        fake_pppd_receive(PROTOCOL_CCP, CONFACK, ccp_fsm[0].reqid + 7, option, sizeof(option));
        fake_pppd_acknowledge(PROTOCOL_CCP);
        assert_false(fake_kernel_decrypts());
        fake_pppd_acknowledge(PROTOCOL_CCP);
        assert_true(fake_kernel_decrypts());
        assert_up(H | S);
}

/* Each repetition has one Ack, as it should be. */
static void test_repeated_request(void **state) {
        start(&only_128);
        for (int i = 0; i < 3; i++) {
                asked();
                fake_pppd_acknowledge(PROTOCOL_CCP);
                assert_true(fake_kernel_decrypts());
                fake_pppd_repeat_request();
        }
        fake_pppd_acknowledge(PROTOCOL_CCP);
        request(1, H | S);
        assert_up(H | S);
}

/* CCP is up with the first Ack, when the second has spoilt the key: too late to ask again. */
static void test_acknowledged_twice_at_the_end(void **state) {
        start(&only_128);
        request(1, H | S);
        fake_pppd_acknowledge_twice(0);
        assert_breach(PLUGIN_BREACH_KEYS);
}

static void test_acknowledged_twice_and_asked(void **state) {
        start(&only_128);
        fake_pppd_acknowledge_twice(H | S);
        assert_breach(PLUGIN_BREACH_KEYS);
}

/* The kernel does not look at an Ack that arrives once CCP is up. */
static void test_acknowledged_once_more_while_up(void **state) {
        start(&only_128);
        request(1, H | S);
        fake_pppd_acknowledge(PROTOCOL_CCP);
        fake_pppd_acknowledge(PROTOCOL_CCP);
        assert_true(fake_kernel_decrypts());
        assert_up(H | S);
}

/* What was there when CCP came up has been read after a second; an Ack then is a new one. */
static void test_acknowledged_after_a_backlog(void **state) {
        start(&only_128);
        request(1, H | S);
        fake_kernel_set_readable(true);
        fake_pppd_acknowledge(PROTOCOL_CCP);
        fake_kernel_set_readable(false);
        fake_pppd_advance(1);
        fake_pppd_acknowledge(PROTOCOL_CCP);
        assert_up(H | S);
}

/* A server that does it each time. */
static void test_always_acknowledged_twice(void **state) {
        start(&only_128);
        for (int i = 0; i < 5; i++) {
                fake_pppd_acknowledge_twice(0);
                assert_false(fake_pppd_is_closing());
        }
        fake_pppd_acknowledge_twice(0);
        assert_breach(PLUGIN_BREACH_KEYS);
}

/* [MPPE-15] */
static void test_terminated(void **state) {
        come_up();
        fake_pppd_receive(PROTOCOL_CCP, TERMREQ, 9, NULL, 0);
        assert_breach(PLUGIN_BREACH_ENCRYPTION_OFF);
}

static void test_negotiated_anew(void **state) {
        come_up();
        request(2, H | S);
        assert_breach(PLUGIN_BREACH_ENCRYPTION_OFF);
}

static void test_protocol_reject(void **state) {
        come_up();
        ccp_protent.protrej(0);
        assert_breach(PLUGIN_BREACH_ENCRYPTION_OFF);
}

/* LCP goes down, and CCP with it: the link begins anew, and CCP within the same policy. */
static void test_lcp_anew(void **state) {
        come_up();
        fake_pppd_reopen_lcp(1500);
        assert_false(fake_pppd_is_closing());
        assert_int_equal(asked(), H | S);
        request(5, H | S);
        fake_pppd_acknowledge(PROTOCOL_CCP);
        assert_up(H | S);
}

/* ---- MPPE=no ---- */

/* [MPPE-11] politely declined twice, and for good the third time */
static void test_clear(void **state) {
        const uint8_t option[] = { CI_MPPE, CILEN_MPPE, 1, 0, 0, 0x40 };

        start(&(MppePolicy){ 0 });
        for (uint8_t id = 1; id <= 3; id++) {
                const SentPacket *p;

                assert_true(ccp_protent.enabled_flag);
                fake_pppd_receive(PROTOCOL_CCP, CONFREQ, id, option, sizeof(option));
                do
                        p = fake_pppd_sent_of(PROTOCOL_CCP);
                while (p->data[0] == CONFREQ);
                assert_int_equal(p->data[0], CONFREJ);
                assert_memory_equal(p->data + 4, option, sizeof(option));
        }
        assert_false(ccp_protent.enabled_flag);
        assert_false(fake_pppd_is_closing());
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_pppd_set_up, fake_pppd_tear_down)
#define TEST_OUTCOME(i) \
        cmocka_unit_test_setup_teardown(test_outcome, set_up_outcome_##i, fake_pppd_tear_down)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_opening),
                TEST(test_opening_40),
                TEST(test_opening_learnt),
                TEST(test_agreement),
                TEST(test_mppc_is_ignored),
                TEST(test_mppc_is_refused_on_demand),
                TEST(test_stateful_suggested),
                TEST(test_stateful_suggested_in_vain),
                TEST(test_contivity),
                TEST(test_40_suggested),
                TEST(test_40_suggested_in_vain),
                TEST(test_56_suggested),
                TEST(test_flip_flop),
                TEST(test_obsolete_bit),
                TEST(test_limit_is_of_one_negotiation),
                TEST(test_malformed_nak),
                TEST(test_rejected),
                TEST(test_request_is_corrected),
                TEST(test_no_strength),
                TEST(test_everything_off),
                TEST(test_other_options),
                TEST_OUTCOME(0),
                TEST_OUTCOME(1),
                TEST_OUTCOME(2),
                TEST_OUTCOME(3),
                TEST_OUTCOME(4),
                TEST_OUTCOME(5),
                TEST(test_lost_acknowledgement),
                TEST(test_lost_acknowledgement_and_no_key),
                TEST(test_asked_again_while_up),
                TEST(test_acknowledged_twice),
                TEST(test_late_acknowledgement),
                TEST(test_repeated_request),
                TEST(test_acknowledged_twice_at_the_end),
                TEST(test_acknowledged_twice_and_asked),
                TEST(test_acknowledged_once_more_while_up),
                TEST(test_acknowledged_after_a_backlog),
                TEST(test_always_acknowledged_twice),
                TEST(test_terminated),
                TEST(test_negotiated_anew),
                TEST(test_protocol_reject),
                TEST(test_lcp_anew),
                TEST(test_clear),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
