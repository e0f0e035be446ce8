/* SPDX-License-Identifier: GPL-2.0-or-later */

/* IPCP, and the link's MTU, as the link goes up and down. */

#include "tests/hooks/fake-pppd.h"

#include <string.h>

#define MPPE_128 (MPPE_BIT_128 | MPPE_BIT_STATELESS)

static const uint8_t peer_address[] = { 3, 6, 10, 0, 0, 1 };
static const uint8_t our_address[] = { 3, 6, 10, 0, 0, 2 };

static void start(bool encrypted) {
        PluginMessage setup = fake_pppd_make_setup();

        setup.setup.mppe.allow_128 = encrypted;
        fake_pppd_start(&setup);
        fake_pppd_enter_network(1500);
}

static int hear_mtu(void) {
        return fake_pppd_hear_type(PLUGIN_IP_UP)->ip_up.mtu_bytes;
}

/* One more negotiation of IPCP, begun by the peer with another request. */
static void renegotiate(uint8_t id) {
        fake_pppd_receive(PROTOCOL_IPCP, CONFREQ, id, peer_address, sizeof(peer_address));
        fake_pppd_acknowledge(PROTOCOL_IPCP);
        assert_int_equal(ipcp_fsm[0].state, OPENED);
}

static void test_asks_for_dns(void **state) {
        const SentPacket *p;

        start(false);
        p = fake_pppd_sent_of(PROTOCOL_IPCP);
        assert_non_null(p);
        assert_int_equal(p->data[0], CONFREQ);
        assert_int_equal(p->n_data, 4 + 18);
        assert_int_equal(p->data[4 + 6], 129);
        assert_int_equal(p->data[4 + 12], 131);
}

/* What the server gave last is asked for, which it can agree to at once. */
static void test_asks_for_what_was_given_last(void **state) {
        const uint8_t given[] = { 3, 6, 10, 0, 0, 2, 129, 6, 10, 0, 0, 53, 131, 6, 10, 0, 0, 54 };
        PluginMessage setup = fake_pppd_make_setup();
        const PluginMessage *m;
        const SentPacket *p;

        setup.setup.mppe.allow_128 = false;
        memcpy(&setup.setup.ip.address, given + 2, 4);
        memcpy(&setup.setup.ip.dns[0], given + 8, 4);
        memcpy(&setup.setup.ip.dns[1], given + 14, 4);
        fake_pppd_start(&setup);
        fake_pppd_enter_network(1500);
        p = fake_pppd_sent_of(PROTOCOL_IPCP);
        assert_int_equal(p->n_data, 4 + sizeof(given));
        assert_memory_equal(p->data + 4, given, sizeof(given));

        /* A server that has no name servers any more: none of last time's is reported. */
        fake_pppd_receive(PROTOCOL_IPCP, CONFREQ, 1, peer_address, sizeof(peer_address));
        fake_pppd_receive(PROTOCOL_IPCP, CONFREJ, ipcp_fsm[0].reqid, given + 6, 12);
        fake_pppd_acknowledge(PROTOCOL_IPCP);
        m = fake_pppd_hear_type(PLUGIN_IP_UP);
        assert_memory_equal(&m->ip_up.local, given + 2, 4);
        assert_int_equal(m->ip_up.dns[0].s_addr, INADDR_ANY);
        assert_int_equal(m->ip_up.dns[1].s_addr, INADDR_ANY);
        (void) state;
}

/* Some servers have but one name server, and give it as the second. */
static void test_rejected_first_name_server(void **state) {
        const uint8_t first[] = { 129, 6, 0, 0, 0, 0 };
        const uint8_t second[] = { 131, 6, 10, 0, 0, 54 };
        const PluginMessage *m;

        start(false);
        fake_pppd_receive(PROTOCOL_IPCP, CONFREQ, 1, peer_address, sizeof(peer_address));
        fake_pppd_receive(PROTOCOL_IPCP, CONFREJ, ipcp_fsm[0].reqid, first, sizeof(first));
        fake_pppd_receive(PROTOCOL_IPCP, CONFNAK, ipcp_fsm[0].reqid, second, sizeof(second));
        fake_pppd_acknowledge(PROTOCOL_IPCP);

        m = fake_pppd_hear_type(PLUGIN_IP_UP);
        assert_int_equal(m->ip_up.dns[0].s_addr, INADDR_ANY);
        assert_memory_equal(&m->ip_up.dns[1], second + 2, 4);
        (void) state;
}

/* An address that no host may have is not configured, whatever both agreed on. */
static void test_refuses_an_address_of_no_host(void **state) {
        const uint8_t loopback[] = { 3, 6, 127, 0, 0, 1 };
        const SentPacket *p;

        start(false);
        fake_pppd_receive(PROTOCOL_IPCP, CONFREQ, 1, peer_address, sizeof(peer_address));
        fake_pppd_receive(PROTOCOL_IPCP, CONFNAK, ipcp_fsm[0].reqid, loopback, sizeof(loopback));
        while (fake_pppd_sent_of(PROTOCOL_IPCP))
                ;
        fake_pppd_acknowledge(PROTOCOL_IPCP);
        p = fake_pppd_sent_of(PROTOCOL_IPCP);
        assert_non_null(p);
        assert_int_equal(p->data[0], TERMREQ);
        assert_memory_equal(p->data + 4, IP_REQUEST_NO_HOST_TEXT, strlen(IP_REQUEST_NO_HOST_TEXT));
        assert_false(fake_pppd_heard_type(PLUGIN_IP_UP));
        (void) state;
}

/* A server that could take compressed headers is agreed with, and gets none. */
static void test_offer_of_compressed_headers(void **state) {
        /* Of pppd, of Cisco with its many slots, and without compressed slot numbers. */
        static const uint8_t offers[][6] = {
                { 2, 6, 0x00, 0x2d, 15, 1 },
                { 2, 6, 0x00, 0x2d, 255, 1 },
                { 2, 6, 0x00, 0x2d, 15, 0 },
        };

        start(false);
        for (size_t i = 0; i < ELEMENTSOF(offers); i++) {
                uint8_t request[sizeof(peer_address) + sizeof(offers[i])];
                const SentPacket *p;

                memcpy(request, peer_address, sizeof(peer_address));
                memcpy(request + sizeof(peer_address), offers[i], sizeof(offers[i]));
                while (fake_pppd_sent_of(PROTOCOL_IPCP))
                        ;
                fake_pppd_receive(PROTOCOL_IPCP, CONFREQ, 1 + i, request, sizeof(request));
                do
                        p = fake_pppd_sent_of(PROTOCOL_IPCP);
                while (p && p->data[0] == CONFREQ);
                assert_non_null(p);
                assert_int_equal(p->data[0], CONFACK);
                assert_memory_equal(p->data + 4, request, sizeof(request));

                fake_pppd_acknowledge(PROTOCOL_IPCP);
                assert_true(fake_pppd_heard_type(PLUGIN_IP_UP));
                assert_false(fake_kernel_compresses_headers());
        }
        (void) state;
}

static void test_reports_addresses(void **state) {
        const uint8_t nak[] = { 3, 6, 10, 0, 0, 2, 129, 6, 10, 0, 0, 53, 131, 6, 10, 0, 0, 54 };
        const PluginMessage *m;

        start(false);
        fake_pppd_receive(PROTOCOL_IPCP, CONFREQ, 1, peer_address, sizeof(peer_address));
        fake_pppd_receive(PROTOCOL_IPCP, CONFNAK, ipcp_fsm[0].reqid, nak, sizeof(nak));
        fake_pppd_acknowledge(PROTOCOL_IPCP);

        m = fake_pppd_hear_type(PLUGIN_IP_UP);
        assert_string_equal(m->ip_up.ifname, "onenet");
        assert_memory_equal(&m->ip_up.local, our_address + 2, 4);
        assert_memory_equal(&m->ip_up.peer, peer_address + 2, 4);
        assert_memory_equal(&m->ip_up.dns[0], nak + 8, 4);
        assert_memory_equal(&m->ip_up.dns[1], nak + 14, 4);
        assert_false(mppe_outcome_is_encrypted(&m->ip_up.transmit));
        assert_int_equal(m->ip_up.mtu_bytes, 1460);
}

static void test_mtu_with_mppe(void **state) {
        start(true);
        fake_pppd_receive_mppe(CONFREQ, 1, MPPE_128);
        /* pppd takes MPPE's growth off for each acknowledgement. */
        fake_pppd_receive_mppe(CONFREQ, 2, MPPE_128);
        fake_pppd_acknowledge(PROTOCOL_CCP);
        renegotiate(1);
        assert_int_equal(hear_mtu(), 1456);
}

/* The acknowledgement of our Configure-Ack was lost: acknowledged again, and the link stays up. */
static void test_repeated_request(void **state) {
        const SentPacket *p;

        start(true);
        fake_pppd_come_up(MPPE_128);

        fake_pppd_receive(PROTOCOL_IPCP, CONFREQ, 1, peer_address, sizeof(peer_address));
        p = fake_pppd_sent();
        assert_int_equal(p->protocol, PROTOCOL_IPCP);
        assert_int_equal(p->data[0], CONFACK);
        assert_int_equal(p->data[1], 1);
        assert_int_equal(p->n_data, 4 + sizeof(peer_address));
        assert_memory_equal(p->data + 4, peer_address, sizeof(peer_address));
        assert_null(fake_pppd_sent_of(PROTOCOL_IPCP));
        assert_int_equal(ipcp_fsm[0].state, OPENED);
        assert_false(fake_pppd_heard_type(PLUGIN_IP_DOWN));
}

/* A peer that begins anew with the same bytes waits for our request, until it is believed. */
static void test_repeated_without_end(void **state) {
        start(true);
        fake_pppd_come_up(MPPE_128);

        for (int i = 0; i < 3; i++) {
                fake_pppd_receive(PROTOCOL_IPCP, CONFREQ, 1, peer_address, sizeof(peer_address));
                assert_int_equal(ipcp_fsm[0].state, OPENED);
        }
        fake_pppd_receive(PROTOCOL_IPCP, CONFREQ, 1, peer_address, sizeof(peer_address));
        assert_int_equal(ipcp_fsm[0].state, ACKSENT);
        fake_pppd_acknowledge(PROTOCOL_IPCP);
        assert_true(fake_pppd_heard_type(PLUGIN_IP_UP));
}

/* Ignored by pppd as too short for what it says of itself, it is not remembered either. */
static void test_malformed_request(void **state) {
        unsigned char packet[] = { CONFREQ, 9, 0, 99, 3, 6, 10, 0, 0, 9 };

        start(true);
        fake_pppd_come_up(MPPE_128);
        for (int i = 0; i < 2; i++) {
                ipcp_protent.input(0, packet, sizeof(packet));
                assert_null(fake_pppd_sent_of(PROTOCOL_IPCP));
        }
}

/* Down and up are told, and the MTU is what it was. */
static void test_renegotiation(void **state) {
        start(true);
        fake_pppd_come_up(MPPE_128);

        for (uint8_t id = 2; id < 5; id++) {
                renegotiate(id);
                (void) fake_pppd_hear_type(PLUGIN_IP_DOWN);
                assert_int_equal(hear_mtu(), 1456);
        }
}

/* A peer that takes smaller frames now is heeded. */
static void test_lcp_anew(void **state) {
        const PluginMessage *m;

        start(true);
        fake_pppd_come_up(MPPE_128);
        fake_pppd_reopen_lcp(1400);
        (void) fake_pppd_hear_type(PLUGIN_IP_DOWN);
        fake_pppd_receive_mppe(CONFREQ, 7, MPPE_128);
        fake_pppd_acknowledge(PROTOCOL_CCP);
        renegotiate(7);

        m = fake_pppd_hear_type(PLUGIN_IP_UP);
        assert_int_equal(m->ip_up.mtu_bytes, 1396);
        assert_true(m->ip_up.transmit.bits_128 && m->ip_up.receive.bits_128);
        assert_false(fake_pppd_is_closing());
}

/* IPCP opens although CCP has come to nothing: no address, and the call ends. */
static void test_unencrypted(void **state) {
        start(true);
        fake_pppd_receive_mppe(CONFREQ, 1, MPPE_128);
        fake_pppd_acknowledge(PROTOCOL_CCP);
        ccp_hisoptions[0].mppe = 0;
        renegotiate(1);

        assert_int_equal(fake_pppd_hear_type(PLUGIN_POLICY_BREACH)->breach.breach,
                         PLUGIN_BREACH_OUTCOME);
        assert_false(fake_pppd_heard_type(PLUGIN_IP_UP));
        assert_true(fake_pppd_is_closing());
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_pppd_set_up, fake_pppd_tear_down)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_asks_for_dns),
                TEST(test_asks_for_what_was_given_last),
                TEST(test_rejected_first_name_server),
                TEST(test_refuses_an_address_of_no_host),
                TEST(test_offer_of_compressed_headers),
                TEST(test_reports_addresses),
                TEST(test_mtu_with_mppe),
                TEST(test_repeated_request),
                TEST(test_repeated_without_end),
                TEST(test_malformed_request),
                TEST(test_renegotiation),
                TEST(test_lcp_anew),
                TEST(test_unencrypted),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
