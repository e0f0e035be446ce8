/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <string.h>

#include "core/base/macros.h"
#include "core/ppp/ppp-packet.h"

/* A frame as a string literal, without its NUL. */
typedef struct Frame {
        const char *bytes;
        size_t n_bytes;
} Frame;

#define FRAME(text) \
        { (text), sizeof(text) - 1 }

static PppPacket parse(Frame frame) {
        PppPacket packet;

        assert_int_equal(ppp_packet_parse((const uint8_t *) frame.bytes, frame.n_bytes, &packet),
                         0);
        return packet;
}

#define PARSE(text) parse((Frame) FRAME(text))

static const char *describe(bool sent, Frame frame) {
        static char text[PPP_DESCRIPTION_MAX_BYTES];

        ppp_packet_describe(sent, (const uint8_t *) frame.bytes, frame.n_bytes, text, sizeof(text));
        return text;
}

/* What pppd printed, or would have, for what went over the wire. */
static const struct {
        bool sent;
        const char *expected;
        Frame frame;
} samples[] = {
        /* The Contivity of 2003, from its own log. */
        { true,
          "sent [LCP ConfReq id=0x1 <mru 1000> <asyncmap 0x0> <magic 0x68699bb0> <pcomp> <accomp>]",
          FRAME("\xc0\x21\x01\x01\x00\x18\x01\x04\x03\xe8\x02\x06\0\0\0\0\x05\x06\x68\x69\x9b\xb0\x07\x02\x08\x02") },
        { false,
          "rcvd [LCP ConfReq id=0xca <mru 1500> <asyncmap 0xa0000> <auth chap MS-v2> <magic 0xf7e591a> "
          "<pcomp> <accomp>]",
          FRAME("\xc0\x21\x01\xca\x00\x1d\x01\x04\x05\xdc\x02\x06\x00\x0a\x00\x00\x03\x05\xc2\x23\x81"
                "\x05\x06\x0f\x7e\x59\x1a\x07\x02\x08\x02") },
        { true, "sent [LCP EchoReq id=0x0 magic=0x68699bb0]",
          FRAME("\xc0\x21\x09\x00\x00\x08\x68\x69\x9b\xb0") },
        { false, "rcvd [LCP EchoRep id=0x0 magic=0xf7e591a 98 3a]",
          FRAME("\xc0\x21\x0a\x00\x00\x0a\x0f\x7e\x59\x1a\x98\x3a") },
        { false,
          "rcvd [CHAP Challenge id=0x2 <752efeec9ce211983acacf9d3d9044b2>, name = \"172.31.1.252\"]",
          FRAME("\xc2\x23\x01\x02\x00\x21\x10\x75\x2e\xfe\xec\x9c\xe2\x11\x98\x3a\xca\xcf\x9d\x3d\x90\x44\xb2"
                "172.31.1.252") },
        { true, "sent [CCP ConfReq id=0x1 <mppe +H -M -S +L -D -C>]",
          FRAME("\x80\xfd\x01\x01\x00\x0a\x12\x06\x01\x00\x00\x20") },
        { false, "rcvd [IPCP ConfReq id=0x2e <addr 172.31.1.252> <compress VJ 07 00>]",
          FRAME("\x80\x21\x01\x2e\x00\x10\x03\x06\xac\x1f\x01\xfc\x02\x06\x00\x2d\x07\x00") },
        { true, "sent [IPCP TermAck id=0x2e]", FRAME("\x80\x21\x06\x2e\x00\x04") },
        { false, "rcvd [CCP ConfNak id=0x1 <mppe -H -M -S +L -D +C>]",
          FRAME("\x80\xfd\x03\x01\x00\x0a\x12\x06\x00\x00\x00\x21") },
        { true, "sent [LCP TermReq id=0x2 \"MPPE required but peer negotiation failed\"]",
          FRAME("\xc0\x21\x05\x02\x00\x2d"
                "MPPE required but peer negotiation failed") },
        /* The university's server. */
        { false, "rcvd [CCP ConfReq id=0x64 <mppe -H -M +S -L -D +C>]",
          FRAME("\x80\xfd\x01\x64\x00\x0a\x12\x06\x00\x00\x00\x41") },
        { true, "sent [CCP ConfRej id=0x64 <mppe -H -M +S -L -D +C>]",
          FRAME("\x80\xfd\x04\x64\x00\x0a\x12\x06\x00\x00\x00\x41") },
        { false, "rcvd [CCP ConfNak id=0x1 <mppe +H -M +S -L -D +C>]",
          FRAME("\x80\xfd\x03\x01\x00\x0a\x12\x06\x01\x00\x00\x41") },
        /* Windows' way to say 691. */
        { false, "rcvd [LCP TermReq id=0x3 0f 3b 01 af 00 3c cd 74 00 00 02 b3]",
          FRAME("\xc0\x21\x05\x03\x00\x10\x0f\x3b\x01\xaf\x00\x3c\xcd\x74\x00\x00\x02\xb3") },
        /* The rest of LCP. */
        { false,
          "rcvd [LCP ConfReq id=0x1 < 0d 02> <callback CBCP> <mrru 1614> <ssnhf> "
          "<endpoint [local:6d.79]> <endpoint [MAC:00:1a:2b:3c:4d:5e]> < 17 04 00 01>]",
          FRAME("\xc0\x21\x01\x01\x00\x21\x0d\x02\x0d\x03\x06\x11\x04\x06\x4e\x12\x02"
                "\x13\x05\x01my\x13\x09\x03\x00\x1a\x2b\x3c\x4d\x5e\x17\x04\x00\x01") },
        { false,
          "rcvd [LCP ConfReq id=0x1 <auth pap> <auth eap> <auth chap MD5> <auth chap MS> "
          "<auth chap 06> <auth chap> <auth 0xc025 01> <quality lqr 00 00 03 e8>]",
          FRAME("\xc0\x21\x01\x01\x00\x2c\x03\x04\xc0\x23\x03\x04\xc2\x27\x03\x05\xc2\x23\x05\x03\x05\xc2\x23\x80"
                "\x03\x05\xc2\x23\x06\x03\x04\xc2\x23\x03\x05\xc0\x25\x01\x04\x08\xc0\x25\x00\x00\x03\xe8") },
        { false, "rcvd [LCP ProtRej id=0x4 80 fd 01 01 00 0a 12 06 01 00 00 40]",
          FRAME("\xc0\x21\x08\x04\x00\x10\x80\xfd\x01\x01\x00\x0a\x12\x06\x01\x00\x00\x40") },
        { false, "rcvd [LCP Ident id=0x2 magic=0x7a6b5c4d \"MSRASV5.20\"]",
          FRAME("\xc0\x21\x0c\x02\x00\x12\x7a\x6b\x5c\x4dMSRASV5.20") },
        { false, "rcvd [LCP code=0x63 id=0x1 aa]", FRAME("\xc0\x21\x63\x01\x00\x05\xaa") },
        { false, "rcvd [LCP CodeRej id=0x1 63 01 00 04]",
          FRAME("\xc0\x21\x07\x01\x00\x08\x63\x01\x00\x04") },
        /* CCP, IPCP, IPV6CP. */
        { false, "rcvd [CCP ConfRej id=0x1 <deflate 15> <bsd v1 15> <predictor 1> < 18 04 78 00>]",
          FRAME("\x80\xfd\x04\x01\x00\x11\x1a\x04\x78\x00\x15\x03\x2f\x01\x02\x18\x04\x78\x00") },
        { false, "rcvd [CCP ConfReq id=0x1 <mppe +H -M -S -L -D -C +U (81 00 00 00)>]",
          FRAME("\x80\xfd\x01\x01\x00\x0a\x12\x06\x81\x00\x00\x00") },
        { false, "rcvd [CCP ResetReq id=0x5]", FRAME("\x80\xfd\x0e\x05\x00\x04") },
        { true,
          "sent [IPCP ConfReq id=0x1 <addr 0.0.0.0> <ms-dns1 10.1.2.3> <ms-dns2 10.1.2.4> <ms-wins 0.0.0.0>]",
          FRAME("\x80\x21\x01\x01\x00\x1c\x03\x06\0\0\0\0\x81\x06\x0a\x01\x02\x03\x83\x06\x0a\x01\x02\x04"
                "\x82\x06\0\0\0\0") },
        { true, "sent [IPV6CP ConfReq id=0x1 <addr fe80::021a:2bff:fe3c:4d5e>]",
          FRAME("\x80\x57\x01\x01\x00\x0e\x01\x0a\x02\x1a\x2b\xff\xfe\x3c\x4d\x5e") },
        /* Who may know what: no password, no response. */
        { true, "sent [PAP AuthReq id=0x1 user=\"bob\" password=<hidden>]",
          FRAME("\xc0\x23\x01\x01\x00\x0f\x03"
                "bob\x06secret") },
        { false, "rcvd [PAP AuthNak id=0x1 \"Login incorrect\"]",
          FRAME("\xc0\x23\x03\x01\x00\x14\x0fLogin incorrect") },
        { true, "sent [CHAP Response id=0x2 <hidden>, name = \"D\\\\bob\"]",
          FRAME("\xc2\x23\x02\x02\x00\x0e\x04secrD\\bob") },
        { false, "rcvd [CHAP Failure id=0x2 \"E=691 R=1 V=3 M=\\\"no\\\"\\x1b\"]",
          FRAME("\xc2\x23\x04\x02\x00\x19"
                "E=691 R=1 V=3 M=\"no\"\x1b") },
        { false, "rcvd [EAP Request id=0x0 Identity]", FRAME("\xc2\x27\x01\x00\x00\x05\x01") },
        { true, "sent [EAP Response id=0x0 Identity <Name \"bob\">]",
          FRAME("\xc2\x27\x02\x00\x00\x08\x01"
                "bob") },
        { true, "sent [EAP Response id=0x1 Nak <Suggested-type MSCHAPv2 type=99>]",
          FRAME("\xc2\x27\x02\x01\x00\x07\x03\x1a\x63") },
        { true, "sent [EAP Response id=0x1 MD5-Challenge <hidden>]",
          FRAME("\xc2\x27\x02\x01\x00\x0a\x04\x05secr") },
        { false, "rcvd [EAP Success id=0x1]", FRAME("\xc2\x27\x03\x01\x00\x04") },
        /* Address and control in front, padding behind, data, and what nobody knows. */
        { false, "rcvd [LCP TermAck id=0x2] 00 00", FRAME("\xff\x03\xc0\x21\x06\x02\x00\x04\0\0") },
        { false, "rcvd [Compressed data] 90 00 de ad", FRAME("\x00\xfd\x90\x00\xde\xad") },
        { false, "rcvd [proto=0x802b] 01", FRAME("\x80\x2b\x01") },
        { false, "rcvd [LCP malformed] 01 01 00 05", FRAME("\xc0\x21\x01\x01\x00\x05") },
        { false, "rcvd [too short] c0", FRAME("\xc0") },
        { false, "rcvd [too short]", FRAME("") },
};

static void test_describe(void **state) {
        for (size_t i = 0; i < ELEMENTSOF(samples); ++i)
                assert_string_equal(describe(samples[i].sent, samples[i].frame),
                                    samples[i].expected);
}

/* Cut at every offset, into a buffer of every size: terminated, and never beyond. */
static void test_describe_cut_at_every_offset(void **state) {
        char text[PPP_DESCRIPTION_MAX_BYTES];

        for (size_t i = 0; i < ELEMENTSOF(samples); ++i)
                for (size_t n = 0; n <= samples[i].frame.n_bytes; ++n)
                        for (size_t n_text = 1; n_text < 160; n_text += 7) {
                                memset(text, '#', sizeof(text));
                                ppp_packet_describe(false, (const uint8_t *) samples[i].frame.bytes,
                                                    n, text, n_text);
                                assert_true(strlen(text) < n_text);
                                assert_int_equal(text[n_text], '#');
                        }
}

/*
 * Secrets stay hidden however the packet around them is broken: cut at every offset, with any
 * length, and rejected by the peer as a whole.
 */
static void expect_hidden(const char *bytes, size_t n_bytes) {
        const char *text = describe(true, (Frame){ bytes, n_bytes });
        char copy[64], again[64];
        size_t n_hidden;

        assert_null(strstr(text, "SEC"));
        assert_null(strstr(text, "53 45"));
        assert_null(strstr(text, "5345"));

        /* Nor does it stay in the packet; and once is enough. */
        memcpy(copy, bytes, n_bytes);
        n_hidden = ppp_packet_redact((uint8_t *) copy, n_bytes);
        assert_true(n_hidden <= n_bytes);
        assert_null(memmem(copy, n_bytes, "SEC", 3));
        memcpy(again, copy, n_bytes);
        (void) ppp_packet_redact((uint8_t *) again, n_bytes);
        assert_memory_equal(again, copy, n_bytes);
}

static void test_secrets_stay_hidden(void **state) {
        static const Frame frames[] = {
                FRAME("\xc0\x23\x01\x01\x00\x0f\x03"
                      "bob\x06SECRET"),
                FRAME("\xc2\x23\x02\x02\x00\x0e\x06SECRETbob"),
                FRAME("\xc2\x27\x02\x01\x00\x0c\x04\x06SECRET"),
                FRAME("\xc0\x21\x08\x04\x00\x15\xc0\x23\x01\x01\x00\x0f\x03"
                      "bob\x06SECRET"),
                FRAME("\xc0\x21\x08\x04\x00\x11\xc2\x23\x02\x02\x00\x0e\x06SECRET"),
        };

        for (size_t i = 0; i < ELEMENTSOF(frames); ++i)
                for (size_t n = 0; n <= frames[i].n_bytes; ++n)
                        expect_hidden(frames[i].bytes, n);

        /* Any length field: what it leaves outside of the packet is no padding here. */
        for (size_t i = 0; i < ELEMENTSOF(frames); ++i)
                for (unsigned length = 0; length < 0x120; ++length) {
                        char bytes[64];

                        memcpy(bytes, frames[i].bytes, frames[i].n_bytes);
                        bytes[4] = length >> 8;
                        bytes[5] = length & 0xff;
                        expect_hidden(bytes, frames[i].n_bytes);
                }
}

/* What is shown of all other packets stays as it is. */
static void test_redact_leaves_the_rest(void **state) {
        for (size_t i = 0; i < ELEMENTSOF(samples); ++i) {
                uint8_t copy[128];
                size_t n = samples[i].frame.n_bytes;

                memcpy(copy, samples[i].frame.bytes, n);
                if (ppp_packet_redact(copy, n) > 0)
                        assert_non_null(strstr(samples[i].expected, "<hidden>"));
                else
                        assert_memory_equal(copy, samples[i].frame.bytes, n);
                assert_string_equal(describe(samples[i].sent, (Frame){ (const char *) copy, n }),
                                    samples[i].expected);
        }
}

static void test_frame_is_control(void **state) {
        static const Frame control[] = { FRAME("\xc0\x21"), FRAME("\x80\xfd\x01"),
                                         FRAME("\xc2\x23") };
        static const Frame other[] = { FRAME(""),         FRAME("\xc0"),
                                       FRAME("\x00\x21"), FRAME("\x00\xfd"),
                                       FRAME("\x21\x45"), FRAME("\xfd\x90"),
                                       FRAME("\x40\x21"), FRAME("\xff\x03\xc0\x21") };

        for (size_t i = 0; i < ELEMENTSOF(control); ++i)
                assert_true(ppp_frame_is_control((const uint8_t *) control[i].bytes,
                                                 control[i].n_bytes));
        for (size_t i = 0; i < ELEMENTSOF(other); ++i)
                assert_false(
                        ppp_frame_is_control((const uint8_t *) other[i].bytes, other[i].n_bytes));
}

static void test_long_rest_is_cut(void **state) {
        char bytes[256] = "\xc0\x21\x0b\x01\x01\x00";
        const char *text = describe(false, (Frame){ bytes, 258 - 2 });

        /* The length says 256, and 254 are there. */
        assert_non_null(strstr(text, "malformed"));
        assert_non_null(strstr(text, " 00 ..."));

        bytes[5] = (char) 0xfe;
        bytes[4] = 0;
        text = describe(false, (Frame){ bytes, sizeof(bytes) });
        assert_string_equal(text + strlen(text) - 5, " ...]");
        assert_true(strlen(text) < 160);
}

static void test_parse_envelope(void **state) {
        PppPacket packet = PARSE("\xc0\x21\x09\x07\x00\x06\xaa\xbb\xcc");

        assert_int_equal(packet.protocol, PPP_PROTO_LCP);
        assert_int_equal(packet.code, PPP_CODE_ECHO_REQUEST);
        assert_int_equal(packet.id, 7);
        assert_int_equal(packet.n_data, 2);
        assert_memory_equal(packet.data, "\xaa\xbb", 2);
}

static void test_parse_hostile_lengths(void **state) {
        static const struct {
                Frame frame;
                int expected;
        } cases[] = {
                { FRAME(""), PPP_PACKET_E_SHORT },
                { FRAME("\xff\x03"), PPP_PACKET_E_SHORT },
                { FRAME("\xff\x03\xc0"), PPP_PACKET_E_SHORT },
                { FRAME("\xc0\x21\x01\x01\x00"), PPP_PACKET_E_SHORT },
                { FRAME("\xc0\x21\x01\x01\x00\x00"), PPP_PACKET_E_SHORT },
                { FRAME("\xc0\x21\x01\x01\x00\x03\x00\x00"), PPP_PACKET_E_SHORT },
                { FRAME("\xc0\x21\x01\x01\xff\xff\x00\x00"), PPP_PACKET_E_SHORT },
                { FRAME("\xc0\x21\x01\x01\x00\x05"), PPP_PACKET_E_SHORT },
                { FRAME("\x00\x21\x45\x00\x00\x14"), PPP_PACKET_E_PROTOCOL },
                { FRAME("\x80\x2b\x01\x01\x00\x04"), PPP_PACKET_E_PROTOCOL },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); ++i) {
                PppPacket packet = { .code = 99 };

                assert_int_equal(ppp_packet_parse((const uint8_t *) cases[i].frame.bytes,
                                                  cases[i].frame.n_bytes, &packet),
                                 cases[i].expected);
                assert_int_equal(packet.code, 99);
        }
}

static void test_options(void **state) {
        PppPacket packet = PARSE(
                "\x80\x21\x01\x01\x00\x11\x03\x06\x0a\x00\x00\x01\x02\x06\x00\x2d\x0f\x01\x07");
        PppOption option;
        uint32_t number;

        assert_true(ppp_packet_find_option(&packet, PPP_IPCP_OPTION_ADDRESS, &option));
        assert_true(ppp_option_get_number(&option, &number));
        assert_int_equal(number, 0x0a000001);
        assert_false(ppp_packet_find_option(&packet, PPP_IPCP_OPTION_DNS1, &option));

        /* The last byte is the type of an option that was cut off. */
        assert_false(ppp_packet_find_option(&packet, 7, &option));
}

static void test_malformed_options_end_the_list(void **state) {
        static const Frame frames[] = {
                FRAME("\xc0\x21\x01\x01\x00\x0a\x01\x00\x05\xdc\x07\x02"),
                FRAME("\xc0\x21\x01\x01\x00\x0a\x01\x01\x05\xdc\x07\x02"),
                FRAME("\xc0\x21\x01\x01\x00\x0a\x01\x07\x05\xdc\x07\x02"),
                FRAME("\xc0\x21\x01\x01\x00\x0a\x01\xff\x05\xdc\x07\x02"),
        };

        for (size_t i = 0; i < ELEMENTSOF(frames); ++i) {
                PppPacket packet = parse(frames[i]);
                PppOption option;

                assert_false(ppp_packet_find_option(&packet, PPP_LCP_OPTION_MRU, &option));
                assert_false(ppp_packet_find_option(&packet, PPP_LCP_OPTION_PFC, &option));
        }
}

static void test_only_configure_packets_have_options(void **state) {
        PppPacket echo = PARSE("\xc0\x21\x09\x01\x00\x08\x07\x02\x08\x02");
        PppPacket chap = PARSE("\xc2\x23\x01\x01\x00\x08\x07\x02\x08\x02");
        PppOption option;

        assert_false(ppp_packet_find_option(&echo, 7, &option));
        assert_false(ppp_packet_find_option(&chap, 7, &option));
}

static void test_option_number(void **state) {
        static const uint8_t bytes[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
        static const size_t lengths[] = { 0, 3, 5, 8 };
        uint32_t number = 42;

        assert_true(ppp_option_get_number(&(PppOption){ .data = bytes, .n_data = 1 }, &number));
        assert_int_equal(number, 1);
        assert_true(ppp_option_get_number(&(PppOption){ .data = bytes, .n_data = 2 }, &number));
        assert_int_equal(number, 0x0102);

        for (size_t i = 0; i < ELEMENTSOF(lengths); ++i)
                assert_false(ppp_option_get_number(
                        &(PppOption){ .data = bytes, .n_data = lengths[i] }, &number));
        assert_int_equal(number, 0x0102);
}

static void test_mppe(void **state) {
        PppPacket contivity = PARSE("\x80\xfd\x03\x01\x00\x0a\x12\x06\x00\x00\x00\x21");
        PppPacket short_option = PARSE("\x80\xfd\x03\x01\x00\x08\x12\x04\x00\x00");
        PppPacket ipcp = PARSE("\x80\x21\x03\x01\x00\x0a\x12\x06\x00\x00\x00\x21");
        uint32_t bits = 0;
        char text[24];

        assert_true(ppp_packet_get_mppe(&contivity, &bits));
        assert_int_equal(bits, 0x21);
        ppp_mppe_describe(bits, text, sizeof(text));
        assert_string_equal(text, "-H -M -S +L -D +C");

        assert_false(ppp_packet_get_mppe(&short_option, &bits));
        assert_false(ppp_packet_get_mppe(&ipcp, &bits));

        ppp_mppe_describe(UINT32_MAX, text, sizeof(text));
        assert_string_equal(text, "+H +M +S +L +D +C");
}

static void test_ras_error(void **state) {
        PppPacket windows =
                PARSE("\xc0\x21\x05\x03\x00\x10\x0f\x3b\x01\xaf\x00\x3c\xcd\x74\x00\x00\x02\xb3");
        PppPacket ccp =
                PARSE("\x80\xfd\x05\x03\x00\x10\x0f\x3b\x01\xaf\x00\x3c\xcd\x74\x00\x00\x02\xe6");
        static const Frame others[] = {
                FRAME("\xc0\x21\x05\x03\x00\x04"),
                FRAME("\xc0\x21\x05\x03\x00\x0f\x0f\x3b\x01\xaf\x00\x3c\xcd\x74\x00\x00\x02"),
                FRAME("\xc0\x21\x05\x03\x00\x10\x0f\x3b\x01\xaf\x00\x3c\xcd\x75\x00\x00\x02\xb3"),
                FRAME("\xc0\x21\x06\x03\x00\x10\x0f\x3b\x01\xaf\x00\x3c\xcd\x74\x00\x00\x02\xb3"),
                FRAME("\xc2\x23\x05\x03\x00\x10\x0f\x3b\x01\xaf\x00\x3c\xcd\x74\x00\x00\x02\xb3"),
                FRAME("\xc0\x21\x05\x03\x00\x10User request"),
        };
        uint32_t error = 0;

        assert_true(ppp_packet_get_ras_error(&windows, &error));
        assert_int_equal(error, 691);
        assert_true(ppp_packet_get_ras_error(&ccp, &error));
        assert_int_equal(error, 742);

        for (size_t i = 0; i < ELEMENTSOF(others); ++i) {
                PppPacket packet = parse(others[i]);

                assert_false(ppp_packet_get_ras_error(&packet, &error));
        }
        assert_int_equal(error, 742);
}

static void test_rejected_protocol(void **state) {
        PppPacket ipv6cp = PARSE("\xc0\x21\x08\x03\x00\x08\x80\x57\x01\x01");
        static const Frame others[] = {
                FRAME("\xc0\x21\x08\x03\x00\x04\x80\x57"),
                FRAME("\xc0\x21\x08\x03\x00\x05\x80\x57"),
                FRAME("\xc0\x21\x07\x03\x00\x08\x80\x57\x01\x01"),
                FRAME("\x80\x21\x08\x03\x00\x08\x80\x57\x01\x01"),
        };
        uint16_t protocol = 0;

        assert_true(ppp_packet_get_rejected(&ipv6cp, &protocol));
        assert_int_equal(protocol, PPP_PROTO_IPV6CP);

        for (size_t i = 0; i < ELEMENTSOF(others); ++i) {
                PppPacket packet = parse(others[i]);

                assert_false(ppp_packet_get_rejected(&packet, &protocol));
        }
        assert_int_equal(protocol, PPP_PROTO_IPV6CP);
}

static void test_chap_failure(void **state) {
        static const struct {
                const char *text;
                bool found;
                unsigned error;
                bool retry;
                const char *message;
        } cases[] = {
                { "E=691 R=1 C=0123456789ABCDEF0123456789ABCDEF V=3 M=Access denied", true, 691,
                  true, "Access denied" },
                { "E=647 R=0", true, 647, false, "" },
                { "R=1 E=649 V=3", true, 649, true, "" },
                { "E=691 R=0 M=E=5 R=1 \x1b[0m", true, 691, false, "E=5 R=1 \\x1b[0m" },
                { "E=691", true, 691, false, "" },
                { "E=691 M=", true, 691, false, "" },
                { " E=691  R=1 ", true, 691, true, "" },
                { "E= R=1", false, 0, false, "" },
                { "E=x R=1", false, 0, false, "" },
                { "E=99999999999999999999 R=1", false, 0, false, "" },
                { "M=E=691", false, 0, false, "" },
                { "Login incorrect", false, 0, false, "" },
                { "XE=691", false, 0, false, "" },
                { "E", false, 0, false, "" },
                { "", false, 0, false, "" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); ++i) {
                PppPacket packet = {
                        .protocol = PPP_PROTO_CHAP,
                        .code = PPP_CHAP_FAILURE,
                        .data = (const uint8_t *) cases[i].text,
                        .n_data = strlen(cases[i].text),
                };
                unsigned error = 0;
                bool retry = false;
                char message[64] = "";

                assert_int_equal(ppp_packet_get_chap_failure(&packet, &error, &retry, message,
                                                             sizeof(message)),
                                 cases[i].found);
                assert_int_equal(error, cases[i].error);
                assert_int_equal(retry, cases[i].retry);
                assert_string_equal(message, cases[i].message);
        }
}

static void test_chap_failure_is_a_failure_of_chap(void **state) {
        PppPacket success = PARSE("\xc2\x23\x03\x01\x00\x09"
                                  "E=691");
        PppPacket lcp = PARSE("\xc0\x21\x04\x01\x00\x09"
                              "E=691");
        unsigned error;
        char message[8];
        bool retry;

        assert_false(
                ppp_packet_get_chap_failure(&success, &error, &retry, message, sizeof(message)));
        assert_false(ppp_packet_get_chap_failure(&lcp, &error, &retry, message, sizeof(message)));
}

static void test_names(void **state) {
        assert_string_equal(ppp_protocol_name(PPP_PROTO_CHAP), "CHAP");
        assert_null(ppp_protocol_name(0x802b));
        assert_string_equal(ppp_code_name(PPP_PROTO_LCP, PPP_CODE_PROTOCOL_REJECT), "ProtRej");
        assert_string_equal(ppp_code_name(PPP_PROTO_CCP, PPP_CODE_RESET_REQUEST), "ResetReq");
        assert_null(ppp_code_name(PPP_PROTO_CCP, PPP_CODE_PROTOCOL_REJECT));
        assert_null(ppp_code_name(PPP_PROTO_IPCP, PPP_CODE_RESET_REQUEST));

        for (unsigned protocol = 0; protocol <= UINT16_MAX; ++protocol)
                for (unsigned code = 0; code <= UINT8_MAX; ++code)
                        (void) ppp_code_name(protocol, code);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_describe),
                cmocka_unit_test(test_describe_cut_at_every_offset),
                cmocka_unit_test(test_secrets_stay_hidden),
                cmocka_unit_test(test_redact_leaves_the_rest),
                cmocka_unit_test(test_frame_is_control),
                cmocka_unit_test(test_long_rest_is_cut),
                cmocka_unit_test(test_parse_envelope),
                cmocka_unit_test(test_parse_hostile_lengths),
                cmocka_unit_test(test_options),
                cmocka_unit_test(test_malformed_options_end_the_list),
                cmocka_unit_test(test_only_configure_packets_have_options),
                cmocka_unit_test(test_option_number),
                cmocka_unit_test(test_mppe),
                cmocka_unit_test(test_ras_error),
                cmocka_unit_test(test_rejected_protocol),
                cmocka_unit_test(test_chap_failure),
                cmocka_unit_test(test_chap_failure_is_a_failure_of_chap),
                cmocka_unit_test(test_names),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
