/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A PPP frame, taken apart in every way there is, and described with and without room. */

#include "core/ppp/plugin-message.h"
#include "core/ppp/ppp-packet.h"
#include "fuzz.h"

static void check_packet(const PppPacket *packet) {
        PppOptionIterator i = ppp_option_iterator(packet);
        char message[64] = "";
        PppOption option;
        unsigned error;
        uint32_t number;
        bool retry;
        size_t n = 0;

        while (ppp_option_next(&i, &option)) {
                PppOption first;

                n += option.n_data + 2;
                fuzz_assert(n <= packet->n_data);
                fuzz_assert(option.data >= packet->data);
                fuzz_assert(option.data + option.n_data <= packet->data + packet->n_data);
                fuzz_assert(ppp_packet_find_option(packet, option.type, &first));
                fuzz_assert(first.data <= option.data);
                (void) ppp_option_get_number(&option, &number);
        }

        (void) ppp_packet_get_mppe(packet, &number);
        (void) ppp_packet_get_ras_error(packet, &number);
        (void) ppp_packet_get_chap_failure(packet, &error, &retry, message, sizeof(message));
        fuzz_assert_printable(message, sizeof(message));
        (void) ppp_code_name(packet->protocol, packet->code);
        fuzz_assert(ppp_protocol_name(packet->protocol));
}

/* Once is enough; and only packets that serve to log in, or copies of others, lose anything. */
static void check_redaction(const uint8_t *data, size_t n_data) {
        uint8_t copy[PLUGIN_FRAME_MAX_BYTES], again[PLUGIN_FRAME_MAX_BYTES];
        bool rejects = n_data > 2 && data[0] == 0xc0 && data[1] == 0x21 &&
                data[2] == PPP_CODE_PROTOCOL_REJECT;

        if (n_data < 2 || n_data > sizeof(copy))
                return;

        memcpy(copy, data, n_data);
        fuzz_assert(ppp_packet_redact(copy, n_data) <= n_data);
        memcpy(again, copy, n_data);
        (void) ppp_packet_redact(again, n_data);
        fuzz_assert(memcmp(again, copy, n_data) == 0);
        fuzz_assert(rejects || ppp_protocol_authenticates((uint16_t) (data[0] << 8 | data[1])) ||
                    memcmp(copy, data, n_data) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_data) {
        char text[PPP_DESCRIPTION_MAX_BYTES], small_text[40];
        PppPacket packet;

        if (ppp_packet_parse(data, n_data, &packet) == 0)
                check_packet(&packet);

        ppp_packet_describe(true, data, n_data, text, sizeof(text));
        fuzz_assert_printable(text, sizeof(text));
        fuzz_assert(strncmp(text, "sent [", 6) == 0);

        check_redaction(data, n_data);
        ppp_packet_describe(false, data, n_data, small_text, sizeof(small_text));
        fuzz_assert_printable(small_text, sizeof(small_text));
        return 0;
}
