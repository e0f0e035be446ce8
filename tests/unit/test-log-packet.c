/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <string.h>

#include "core/explain/log-packet.h"
#include "core/base/macros.h"
#include "core/ppp/ppp-packet.h"

static void check_bytes(const char *text, bool expect_sent, const uint8_t *expect,
                        size_t n_expect) {
        uint8_t frame[LOG_FRAME_MAX_BYTES];
        size_t n_frame;
        bool sent;

        assert_int_equal(log_packet_length(text, strlen(text)), strlen(text));
        assert_true(log_packet_parse(text, strlen(text), &sent, frame, &n_frame));
        assert_int_equal(sent, expect_sent);
        assert_int_equal(n_frame, n_expect);
        assert_memory_equal(frame, expect, n_expect);
}

#define CHECK(text, sent, ...)                                    \
        check_bytes(text, sent, (const uint8_t[]){ __VA_ARGS__ }, \
                    sizeof((const uint8_t[]){ __VA_ARGS__ }))

static void test_known_packets(void **state) {
        CHECK("sent [CCP ConfReq id=0x1 <mppe +H -M +S -L -D -C>]", true, 0x80, 0xfd, 1, 1, 0, 10,
              18, 6, 1, 0, 0, 0x40);
        CHECK("rcvd [CCP ConfNak id=0x1 <mppe -H -M -S +L -D +C>]", false, 0x80, 0xfd, 3, 1, 0, 10,
              18, 6, 0, 0, 0, 0x21);
        CHECK("rcvd [LCP ConfReq id=0xca <mru 1500> <asyncmap 0xa0000> <auth chap MS-v2> "
              "<magic 0xf7e591a> <pcomp>]",
              false, 0xc0, 0x21, 1, 0xca, 0, 27, 1, 4, 5, 0xdc, 2, 6, 0, 0xa, 0, 0, 3, 5, 0xc2,
              0x23, 0x81, 5, 6, 0x0f, 0x7e, 0x59, 0x1a, 7, 2);
        CHECK("rcvd [LCP TermReq id=0x3 0f 3b 01 af 00 3c cd 74 00 00 02 b3]", false, 0xc0, 0x21, 5,
              3, 0, 16, 0x0f, 0x3b, 0x01, 0xaf, 0x00, 0x3c, 0xcd, 0x74, 0, 0, 2, 0xb3);
        CHECK("sent [LCP TermReq id=0x2 \"User request\"]", true, 0xc0, 0x21, 5, 2, 0, 16, 'U', 's',
              'e', 'r', ' ', 'r', 'e', 'q', 'u', 'e', 's', 't');
        CHECK("rcvd [LCP EchoRep id=0x0 magic=0xf7e591a 98 3a]", false, 0xc0, 0x21, 10, 0, 0, 10,
              0x0f, 0x7e, 0x59, 0x1a, 0x98, 0x3a);
        CHECK("rcvd [LCP ProtRej id=0x2 80 fd 01 01]", false, 0xc0, 0x21, 8, 2, 0, 8, 0x80, 0xfd, 1,
              1);
        CHECK("rcvd [CHAP Failure id=0x1 \"E=691 R=0\"]", false, 0xc2, 0x23, 4, 1, 0, 13, 'E', '=',
              '6', '9', '1', ' ', 'R', '=', '0');
        CHECK("rcvd [CHAP Challenge id=0x2 <0a0b>, name = \"x]\"]", false, 0xc2, 0x23, 1, 2, 0, 9,
              2, 0x0a, 0x0b, 'x', ']');
        CHECK("sent [CHAP Response id=0x2 <xxxx>, name = \"u\"]", true, 0xc2, 0x23, 2, 2, 0, 8, 2,
              0, 0, 'u');
        CHECK("sent [IPCP ConfReq id=0x1 <addr 0.0.0.0> <ms-dns1 0.0.0.0>]", true, 0x80, 0x21, 1, 1,
              0, 16, 3, 6, 0, 0, 0, 0, 0x81, 6, 0, 0, 0, 0);
        CHECK("rcvd [IPCP ConfReq id=0x2e <addr 172.31.1.252> <compress VJ 07 00>]", false, 0x80,
              0x21, 1, 0x2e, 0, 16, 3, 6, 172, 31, 1, 252, 2, 6, 0, 0x2d, 7, 0);
        CHECK("rcvd [LCP ConfRej id=0x1 < 11 04 06 4e>]", false, 0xc0, 0x21, 4, 1, 0, 8, 0x11, 4, 6,
              0x4e);
        CHECK("rcvd [PAP AuthNak id=0x1 \"no\"]", false, 0xc0, 0x23, 3, 1, 0, 7, 2, 'n', 'o');
        CHECK("rcvd [EAP Request id=0x1 Identity <No message>]", false, 0xc2, 0x27, 1, 1, 0, 5, 1);
        CHECK("sent [IPCP TermAck id=0x2e]", true, 0x80, 0x21, 6, 0x2e, 0, 4);
        /* the eighth bit, widened */
        CHECK("rcvd [LCP TermReq id=0x3 \"b@j\\37777777621\\000<\\37777777715t\\377\"]", false,
              0xc0, 0x21, 5, 3, 0, 13, 'b', '@', 'j', 0x91, 0, '<', 0xcd, 't', 0xff);
        /* octal by pppd, hexadecimal by us */
        CHECK("rcvd [LCP TermReq id=0x2 \"a\\033\\\"\\x1b\"]", false, 0xc0, 0x21, 5, 2, 0, 8, 'a',
              0x1b, '"', 0x1b);
}

/* What our own debug log says is read back to the same bytes. */
static void test_own_descriptions(void **state) {
        static const struct {
                uint8_t frame[32];
                size_t n_frame;
        } frames
                [] = {
                        { { 0x80, 0xfd, 1, 1, 0, 10, 18, 6, 1, 0, 0, 0x60 }, 12 },
                        { { 0xc0, 0x21, 1,    7,    0, 19, 1, 4, 5, 0xdc, 3,
                            5,    0xc2, 0x23, 0x81, 5, 6,  1, 2, 3, 4 },
                          21 },
                        { { 0xc0, 0x21, 5, 3, 0, 16, 0x0f, 0x3b, 1, 0xaf, 0, 0x3c, 0xcd, 0x74, 0, 0,
                            2, 0xb3 },
                          18 },
                        { { 0xc0, 0x21, 9, 3, 0, 8, 1, 2, 3, 4 }, 10 },
                        { { 0xc2, 0x23, 4, 1, 0, 9, 'E', '=', '6', '9', '1' }, 11 },
                        { { 0x80, 0x21, 3, 1, 0, 10, 3, 6, 10, 0, 0, 2 }, 12 },
                        { { 0x80, 0xfd, 14, 1, 0, 4 }, 6 },
                        /* what no diagnosis asks for stands there too */
                        { { 0x80, 0xfd, 1, 1, 0, 15, 26, 4, 0x78, 0, 21, 3, 0x2f, 2, 2, 1, 2 },
                          17 },
                        { { 0xc0, 0x21, 1, 7, 0, 15, 4, 4, 0xc0, 0x25, 13, 3, 6, 13, 4, 1, 0xaa },
                          17 },
                        { { 0x80, 0x57, 1, 1, 0, 14, 1, 10, 0, 0x11, 0x22, 0x33, 0xab, 0xcd, 0, 1 },
                          16 },
                        { { 0xc2, 0x27, 1, 1, 0, 5, 1 }, 7 },
                        { { 0xc2, 0x27, 1, 1, 0, 7, 1, 'h', '"' }, 9 },
                        { { 0xc2, 0x27, 2, 1, 0, 9, 1, 'u', 's', 'e', 'r' }, 11 },
                        { { 0xc2, 0x27, 1, 2, 0, 7, 2, 'n', 'o' }, 9 },
                        { { 0xc2, 0x27, 2, 2, 0, 8, 3, 26, 13, 99 }, 10 },
                        { { 0xc2, 0x27, 1, 2, 0, 5, 25 }, 7 },
                        { { 0xc2, 0x27, 1, 2, 0, 5, 200 }, 7 },
                        { { 0xc2, 0x27, 4, 2, 0, 4 }, 6 },
                };

        for (size_t i = 0; i < ELEMENTSOF(frames); i++) {
                char text[PPP_DESCRIPTION_MAX_BYTES];

                ppp_packet_describe(true, frames[i].frame, frames[i].n_frame, text, sizeof(text));
                check_bytes(text, true, frames[i].frame, frames[i].n_frame);
        }
}

static void test_find(void **state) {
        static const struct {
                const char *text;
                size_t at;
        } cases[] = {
                { "rcvd [LCP", 0 },
                { "Mar  3 10:00:00 host pppd[12]: sent [LCP", 31 },
                { "unsent [LCP", 11 },
                { "sent", 4 },
                { "", 0 },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                assert_int_equal(log_packet_find(cases[i].text, strlen(cases[i].text)),
                                 cases[i].at);
}

static void test_length(void **state) {
        assert_int_equal(log_packet_length("rcvd [LCP ConfReq id=0x1 <mru 1500>", 35), 0);
        assert_int_equal(log_packet_length("rcvd [CHAP Success id=0x1 \"]\"", 29), 0);
        assert_int_equal(log_packet_length("rcvd [LCP x <endpoint [MAC:00]>]", 32), 32);
        assert_int_equal(log_packet_length("rcvd [LCP x] sent [LCP y]", 25), 12);
        assert_int_equal(log_packet_length("", 0), 0);
}

static void test_bare(void **state) {
        static const struct {
                const char *text;
                bool is_bare;
        } cases[] = {
                { "rcvd [LCP ConfReq id=0x1 ]", true },
                { "rcvd [CCP ConfNak id=0xca   ]", true },
                { "rcvd [IPCP ConfReq id=0x1]", false },
                { "rcvd [LCP ConfReq id=0x1 <pcomp>]", false },
                { "rcvd [LCP ConfReq id=0x1 ", false },
                { "rcvd [LCP ConfReq id=", false },
                { "", false },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                assert_int_equal(log_packet_is_bare(cases[i].text, strlen(cases[i].text)),
                                 cases[i].is_bare);
}

static void test_refused(void **state) {
        static const char *const texts[] = {
                "",
                "sent [",
                "sent []",
                "sent [LCP",
                "sent [LCP Conf",
                "sent [XYZ ConfReq id=0x1]",
                "sent [LCPConfReq id=0x1]",
                "rcvd [proto=0x57] 60 00",
                "recv [LCP ConfReq id=0x1]",
        };
        uint8_t frame[LOG_FRAME_MAX_BYTES];
        size_t n_frame;
        bool sent;

        for (size_t i = 0; i < ELEMENTSOF(texts); i++)
                assert_false(log_packet_parse(texts[i], strlen(texts[i]), &sent, frame, &n_frame));
}

/* Any cut of a line is a packet or none, and always one whose length is right. */
static void test_cuts(void **state) {
        static const char text[] =
                "rcvd [LCP ConfReq id=0xca <auth chap MS-v2> <magic 0xf7e591a> < 11 04 06 4e>]";
        uint8_t frame[LOG_FRAME_MAX_BYTES];
        PppPacket packet;
        size_t n_frame;
        bool sent;

        for (size_t n = 0; n < sizeof(text); n++)
                if (log_packet_parse(text, n, &sent, frame, &n_frame))
                        assert_int_equal(ppp_packet_parse(frame, n_frame, &packet), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_known_packets), cmocka_unit_test(test_own_descriptions),
                cmocka_unit_test(test_find),          cmocka_unit_test(test_length),
                cmocka_unit_test(test_bare),          cmocka_unit_test(test_refused),
                cmocka_unit_test(test_cuts),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
