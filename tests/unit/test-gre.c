/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <string.h>

#include "core/pptp/gre.h"
#include "core/base/macros.h"

/* 192.0.2.1 to 192.0.2.2: the server's first LCP Configure-Request, sequence 0, and an ack. */
#define IPV4(total) \
        "\x45\x00\x00" total "\x12\x34\x40\x00\x40\x2f\xbe\xef\xc0\x00\x02\x01\xc0\x00\x02\x02"
#define LCP "\xc0\x21\x01\x01\x00\x04"

static const char with_both[] = IPV4("\x2c") "\x30\x81\x88\x0b\x00\x08\x01\x80"
                                             "\x00\x00\x00\x00\x00\x00\x00\x05"
                                             "\xff\x03" LCP;
static const char with_sequence[] = IPV4("\x26") "\x30\x01\x88\x0b\x00\x06\x01\x80"
                                                 "\x01\x02\x03\x04" LCP;
static const char bare_ack[] = IPV4("\x20") "\x20\x81\x88\x0b\x00\x00\x01\x80"
                                            "\x00\x00\x00\x05";

static int parse(const char *packet, size_t n_packet, GrePacket *ret_packet) {
        return gre_packet_parse((const uint8_t *) packet, n_packet, ret_packet);
}

static void test_sequence_and_acknowledgement(void **state) {
        GrePacket p;

        assert_int_equal(parse(with_both, sizeof(with_both) - 1, &p), 0);
        assert_int_equal(ntohl(p.source.s_addr), 0xc0000201);
        assert_int_equal(ntohl(p.destination.s_addr), 0xc0000202);
        assert_int_equal(p.call_id, 384);
        assert_true(p.has_sequence);
        assert_int_equal(p.sequence, 0);
        assert_true(p.has_acknowledgement);
        assert_int_equal(p.acknowledgement, 5);
        assert_int_equal(p.n_frame, 6);
        assert_memory_equal(p.frame, LCP, 6);
}

static void test_sequence_only(void **state) {
        GrePacket p;

        assert_int_equal(parse(with_sequence, sizeof(with_sequence) - 1, &p), 0);
        assert_int_equal(p.sequence, 0x01020304);
        assert_false(p.has_acknowledgement);
        assert_int_equal(p.n_frame, 6);
        assert_memory_equal(p.frame, LCP, 6);
}

static void test_bare_acknowledgement(void **state) {
        GrePacket p;

        assert_int_equal(parse(bare_ack, sizeof(bare_ack) - 1, &p), 0);
        assert_false(p.has_sequence);
        assert_int_equal(p.acknowledgement, 5);
        assert_int_equal(p.n_frame, 0);
}

static void test_ipv4_options_and_padding(void **state) {
        static const char packet[] =
                "\x46\x00\x00\x2a\x12\x34\x00\x00\x40\x2f\xbe\xef\xc0\x00\x02\x01\xc0\x00\x02\x02"
                "\x94\x04\x00\x00"
                "\x30\x01\x88\x0b\x00\x06\x01\x80\x00\x00\x00\x01" LCP "padding";
        GrePacket p;

        assert_int_equal(parse(packet, sizeof(packet) - 1, &p), 0);
        assert_int_equal(p.sequence, 1);
        assert_int_equal(p.n_frame, 6);
        assert_memory_equal(p.frame, LCP, 6);
}

static void test_cut_at_every_offset(void **state) {
        for (size_t n = 0; n < sizeof(with_both) - 1; ++n) {
                char packet[sizeof(with_both)];
                GrePacket p = { .call_id = 99 };

                /* IPv4 says more than there is; then as much as there is, and GRE says more. */
                memcpy(packet, with_both, sizeof(packet));
                assert_int_equal(parse(packet, n, &p), GRE_E_SHORT);
                packet[3] = n;
                assert_int_equal(parse(packet, n, &p), GRE_E_SHORT);
                assert_int_equal(p.call_id, 99);
        }
}

static void test_every_bit_that_must_be_as_it_is(void **state) {
        static const struct {
                size_t offset;
                uint8_t flip;
                int expected;
        } cases[] = {
                { 0, 0x20, GRE_E_FORMAT },  /* IPv6 */
                { 0, 0x01, GRE_E_FORMAT },  /* a header of 16 bytes */
                { 0, 0x0a, GRE_E_SHORT },   /* a header of 60 bytes */
                { 2, 0x80, GRE_E_SHORT },   /* total length */
                { 6, 0x20, GRE_E_FORMAT },  /* more fragments */
                { 7, 0x01, GRE_E_FORMAT },  /* fragment offset */
                { 9, 0x01, GRE_E_FORMAT },  /* protocol */
                { 20, 0x80, GRE_E_FORMAT }, /* checksum present */
                { 20, 0x40, GRE_E_FORMAT }, /* routing present */
                { 20, 0x20, GRE_E_FORMAT }, /* no key */
                { 20, 0x08, GRE_E_FORMAT }, /* strict source route */
                { 20, 0x01, GRE_E_FORMAT }, /* recursion */
                { 21, 0x08, GRE_E_FORMAT }, /* flags */
                { 21, 0x01, GRE_E_FORMAT }, /* version 0 */
                { 22, 0x80, GRE_E_FORMAT }, /* protocol type */
                { 24, 0x80, GRE_E_SHORT },  /* payload length */
                { 25, 0x01, GRE_E_SHORT },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); ++i) {
                char packet[sizeof(with_both)];
                GrePacket p = { .call_id = 99 };

                memcpy(packet, with_both, sizeof(packet));
                packet[cases[i].offset] ^= cases[i].flip;
                assert_int_equal(parse(packet, sizeof(packet) - 1, &p), cases[i].expected);
                assert_int_equal(p.call_id, 99);
        }
}

static void test_payload_without_sequence(void **state) {
        char packet[sizeof(with_sequence)];
        GrePacket p;

        memcpy(packet, with_sequence, sizeof(packet));
        packet[20] = 0x20;
        assert_int_equal(parse(packet, sizeof(packet) - 1, &p), GRE_E_FORMAT);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_sequence_and_acknowledgement),
                cmocka_unit_test(test_sequence_only),
                cmocka_unit_test(test_bare_acknowledgement),
                cmocka_unit_test(test_ipv4_options_and_padding),
                cmocka_unit_test(test_cut_at_every_offset),
                cmocka_unit_test(test_every_bit_that_must_be_as_it_is),
                cmocka_unit_test(test_payload_without_sequence),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
