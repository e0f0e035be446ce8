/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <errno.h>
#include <string.h>

#include "core/base/macros.h"
#include "core/pptp/pptp-message.h"

/*
 * One message of every type, as somebody wrote it down by hand with RFC 2637 open beside: the
 * bytes up to the last that is not zero, and the length that the zeros fill up.
 */
typedef struct Sample {
        PptpMessage message;
        const char *description;
        size_t n_bytes;
        const char *head;
        size_t n_head;
} Sample;

#define HEAD(text) .head = (text), .n_head = sizeof(text) - 1

static const Sample samples[] = {
        {
                .message = {
                        .type = PPTP_START_CONTROL_CONNECTION_REQUEST,
                        .start = {
                                .version = PPTP_VERSION,
                                .framing_capabilities = 3,
                                .bearer_capabilities = 2,
                                .maximum_channels = 0x0102,
                                .firmware_revision = 0x0a0b,
                                .host_name = "local",
                                .vendor_name = "Linux",
                        },
                },
                .description = "Start-Control-Connection-Request version=1.0 framing=0x3 bearer=0x2 "
                               "channels=258 firmware=2571 host=\"local\" vendor=\"Linux\"",
                .n_bytes = 156,
                HEAD("\x00\x9c\x00\x01\x1a\x2b\x3c\x4d\x00\x01\x00\x00"
                     "\x01\x00\x00\x00"                         /* version, reserved */
                     "\x00\x00\x00\x03\x00\x00\x00\x02"         /* framing, bearer */
                     "\x01\x02\x0a\x0b"                         /* channels, firmware */
                     "local\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                     "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                     "Linux"),
        },
        {
                .message = {
                        .type = PPTP_START_CONTROL_CONNECTION_REPLY,
                        .result_code = 2,
                        .error_code = 4,
                        .start = {
                                .version = PPTP_VERSION,
                                .framing_capabilities = 1,
                                .bearer_capabilities = 3,
                                .firmware_revision = 3790,
                                .vendor_name = "Microsoft Windows NT",
                        },
                },
                .description = "Start-Control-Connection-Reply version=1.0 result=2 (general error) "
                               "error=4 (no resources) framing=0x1 bearer=0x3 channels=0 firmware=3790 "
                               "host=\"\" vendor=\"Microsoft Windows NT\"",
                .n_bytes = 156,
                HEAD("\x00\x9c\x00\x01\x1a\x2b\x3c\x4d\x00\x02\x00\x00"
                     "\x01\x00\x02\x04"                         /* version, result, error */
                     "\x00\x00\x00\x01\x00\x00\x00\x03"
                     "\x00\x00\x0e\xce"
                     "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                     "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                     "Microsoft Windows NT"),
        },
        {
                .message = {
                        .type = PPTP_STOP_CONTROL_CONNECTION_REQUEST,
                        .result_code = 3,
                },
                .description = "Stop-Control-Connection-Request reason=3 (shutting down)",
                .n_bytes = 16,
                HEAD("\x00\x10\x00\x01\x1a\x2b\x3c\x4d\x00\x03\x00\x00\x03"),
        },
        {
                .message = {
                        .type = PPTP_STOP_CONTROL_CONNECTION_REPLY,
                        .result_code = 1,
                },
                .description = "Stop-Control-Connection-Reply result=1 (closed) error=0 (none)",
                .n_bytes = 16,
                HEAD("\x00\x10\x00\x01\x1a\x2b\x3c\x4d\x00\x04\x00\x00\x01"),
        },
        {
                .message = {
                        .type = PPTP_ECHO_REQUEST,
                        .echo.identifier = 0xdeadbeef,
                },
                .description = "Echo-Request identifier=3735928559",
                .n_bytes = 16,
                HEAD("\x00\x10\x00\x01\x1a\x2b\x3c\x4d\x00\x05\x00\x00\xde\xad\xbe\xef"),
        },
        {
                .message = {
                        .type = PPTP_ECHO_REPLY,
                        .result_code = 1,
                        .error_code = 255,
                        .echo.identifier = 7,
                },
                .description = "Echo-Reply identifier=7 result=1 (alive) error=255 (unknown code)",
                .n_bytes = 20,
                HEAD("\x00\x14\x00\x01\x1a\x2b\x3c\x4d\x00\x06\x00\x00"
                     "\x00\x00\x00\x07\x01\xff"),
        },
        {
                .message = {
                        .type = PPTP_OUTGOING_CALL_REQUEST,
                        .outgoing_call_request = {
                                .call_id = 0x1234,
                                .call_serial_number = 2,
                                .minimum_bps = 2400,
                                .maximum_bps = 10000000,
                                .bearer_type = 3,
                                .framing_type = 3,
                                .receive_window_size = 64,
                                .processing_delay = 5,
                                .phone_number = "123",
                                .subaddress = "s",
                        },
                },
                .description = "Outgoing-Call-Request call-id=4660 serial=2 minimum-bps=2400 "
                               "maximum-bps=10000000 bearer=0x3 framing=0x3 window=64 delay=5 "
                               "phone=\"123\" subaddress=\"s\"",
                .n_bytes = 168,
                HEAD("\x00\xa8\x00\x01\x1a\x2b\x3c\x4d\x00\x07\x00\x00"
                     "\x12\x34\x00\x02"
                     "\x00\x00\x09\x60\x00\x98\x96\x80"         /* minimum, maximum */
                     "\x00\x00\x00\x03\x00\x00\x00\x03"         /* bearer, framing */
                     "\x00\x40\x00\x05"                         /* window, delay */
                     "\x00\x03\x00\x00"                         /* length of the number, reserved */
                     "123\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                     "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                     "s"),
        },
        {
                .message = {
                        .type = PPTP_OUTGOING_CALL_REPLY,
                        .result_code = 1,
                        .cause_code = 16,
                        .outgoing_call_reply = {
                                .call_id = 1,
                                .peer_call_id = 384,
                                .connect_speed_bps = 100000000,
                                .receive_window_size = 16384,
                                .processing_delay = 1,
                                .physical_channel_id = 0xffffffff,
                        },
                },
                .description = "Outgoing-Call-Reply call-id=1 peer-call-id=384 result=1 (connected) "
                               "error=0 (none) cause=16 speed-bps=100000000 window=16384 delay=1 "
                               "channel=4294967295",
                .n_bytes = 32,
                HEAD("\x00\x20\x00\x01\x1a\x2b\x3c\x4d\x00\x08\x00\x00"
                     "\x00\x01\x01\x80\x01\x00\x00\x10"         /* ids, result, error, cause */
                     "\x05\xf5\xe1\x00\x40\x00\x00\x01\xff\xff\xff\xff"),
        },
        {
                .message = {
                        .type = PPTP_INCOMING_CALL_REQUEST,
                        .call.call_id = 9,
                },
                .description = "Incoming-Call-Request call-id=9",
                .n_bytes = 220,
                HEAD("\x00\xdc\x00\x01\x1a\x2b\x3c\x4d\x00\x09\x00\x00\x00\x09"),
        },
        {
                .message = {
                        .type = PPTP_INCOMING_CALL_REPLY,
                        .result_code = 3,
                        .incoming_call_reply = { .call_id = 2, .peer_call_id = 9 },
                },
                .description = "Incoming-Call-Reply call-id=2 peer-call-id=9 "
                               "result=3 (call not accepted) error=0 (none)",
                .n_bytes = 24,
                HEAD("\x00\x18\x00\x01\x1a\x2b\x3c\x4d\x00\x0a\x00\x00\x00\x02\x00\x09\x03"),
        },
        {
                .message = {
                        .type = PPTP_INCOMING_CALL_CONNECTED,
                        .call.call_id = 0x0102,
                },
                .description = "Incoming-Call-Connected call-id=258",
                .n_bytes = 28,
                HEAD("\x00\x1c\x00\x01\x1a\x2b\x3c\x4d\x00\x0b\x00\x00\x01\x02"),
        },
        {
                .message = {
                        .type = PPTP_CALL_CLEAR_REQUEST,
                        .call.call_id = 0xff01,
                },
                .description = "Call-Clear-Request call-id=65281",
                .n_bytes = 16,
                HEAD("\x00\x10\x00\x01\x1a\x2b\x3c\x4d\x00\x0c\x00\x00\xff\x01"),
        },
        {
                .message = {
                        .type = PPTP_CALL_DISCONNECT_NOTIFY,
                        .result_code = 1,
                        .error_code = 6,
                        .cause_code = 31,
                        .call = { .call_id = 5, .statistics = "bye\n" },
                },
                .description = "Call-Disconnect-Notify call-id=5 result=1 (lost carrier) "
                               "error=6 (device error) cause=31 statistics=\"bye\\x0a\"",
                .n_bytes = 148,
                HEAD("\x00\x94\x00\x01\x1a\x2b\x3c\x4d\x00\x0d\x00\x00"
                     "\x00\x05\x01\x06\x00\x1f\x00\x00" "bye\n"),
        },
        {
                .message = {
                        .type = PPTP_WAN_ERROR_NOTIFY,
                        .wan_error = {
                                .call_id = 384,
                                .crc_errors = 1,
                                .framing_errors = 2,
                                .hardware_overruns = 3,
                                .buffer_overruns = 4,
                                .timeout_errors = 5,
                                .alignment_errors = 6,
                        },
                },
                .description = "WAN-Error-Notify call-id=384 crc=1 framing=2 hardware-overruns=3 "
                               "buffer-overruns=4 timeouts=5 alignment=6",
                .n_bytes = 40,
                HEAD("\x00\x28\x00\x01\x1a\x2b\x3c\x4d\x00\x0e\x00\x00"
                     "\x01\x80\x00\x00"
                     "\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03"
                     "\x00\x00\x00\x04\x00\x00\x00\x05\x00\x00\x00\x06"),
        },
        {
                .message = {
                        .type = PPTP_SET_LINK_INFO,
                        .link_info = {
                                .call_id = 1,
                                .send_accm = 0xffffffff,
                                .receive_accm = 0x000a0000,
                        },
                },
                .description = "Set-Link-Info call-id=1 send-accm=0xffffffff receive-accm=0xa0000",
                .n_bytes = 24,
                HEAD("\x00\x18\x00\x01\x1a\x2b\x3c\x4d\x00\x0f\x00\x00"
                     "\x00\x01\x00\x00\xff\xff\xff\xff\x00\x0a\x00\x00"),
        },
};

static size_t sample_bytes(const Sample *sample, uint8_t bytes[static PPTP_MESSAGE_MAX_BYTES]) {
        assert_true(sample->n_head <= sample->n_bytes);

        memset(bytes, 0, PPTP_MESSAGE_MAX_BYTES);
        memcpy(bytes, sample->head, sample->n_head);
        return sample->n_bytes;
}

static void test_there_is_a_sample_of_every_type(void **state) {
        assert_int_equal(ELEMENTSOF(samples), PPTP_SET_LINK_INFO);

        for (size_t i = 0; i < ELEMENTSOF(samples); ++i)
                assert_int_equal(samples[i].message.type, i + 1);
}

static void test_write(void **state) {
        uint8_t expected[PPTP_MESSAGE_MAX_BYTES], written[PPTP_MESSAGE_MAX_BYTES];

        for (size_t i = 0; i < ELEMENTSOF(samples); ++i) {
                size_t n = sample_bytes(&samples[i], expected);

                memset(written, 0xaa, sizeof(written));
                assert_int_equal(pptp_message_write(&samples[i].message, written, sizeof(written)),
                                 n);
                assert_memory_equal(written, expected, n);
        }
}

static void test_write_to_a_small_buffer(void **state) {
        uint8_t bytes[PPTP_MESSAGE_MAX_BYTES];

        for (size_t i = 0; i < ELEMENTSOF(samples); ++i)
                for (size_t n = 0; n < samples[i].n_bytes; ++n)
                        assert_int_equal(pptp_message_write(&samples[i].message, bytes, n),
                                         -ENOBUFS);
}

static void test_parse(void **state) {
        uint8_t bytes[PPTP_MESSAGE_MAX_BYTES];

        for (size_t i = 0; i < ELEMENTSOF(samples); ++i) {
                PptpMessage message;
                char text[PPTP_DESCRIPTION_MAX_BYTES];

                assert_int_equal(
                        pptp_message_parse(bytes, sample_bytes(&samples[i], bytes), &message), 0);
                assert_int_equal(message.type, samples[i].message.type);

                /* Every field that matters has a name and an own value: one comparison for all. */
                pptp_message_describe(&message, text, sizeof(text));
                assert_string_equal(text, samples[i].description);
        }
}

static void test_parse_cut_at_every_offset(void **state) {
        uint8_t bytes[PPTP_MESSAGE_MAX_BYTES];

        for (size_t i = 0; i < ELEMENTSOF(samples); ++i) {
                size_t n_bytes = sample_bytes(&samples[i], bytes);
                PptpMessage message = { .type = 99 };

                for (size_t n = 0; n < n_bytes; ++n) {
                        /* The length as it was, and a length that admits the cut. */
                        sample_bytes(&samples[i], bytes);
                        assert_int_equal(pptp_message_parse(bytes, n, &message),
                                         PPTP_MESSAGE_E_FORMAT);
                        bytes[1] = n;
                        assert_int_equal(pptp_message_parse(bytes, n, &message),
                                         PPTP_MESSAGE_E_FORMAT);
                }

                assert_int_equal(message.type, 99);
        }
}

static void test_parse_longer_than_its_type(void **state) {
        uint8_t bytes[PPTP_MESSAGE_MAX_BYTES];
        PptpMessage message;

        sample_bytes(&samples[PPTP_ECHO_REPLY - 1], bytes);
        bytes[1] = 24;
        assert_int_equal(pptp_message_parse(bytes, 24, &message), 0);
        assert_int_equal(message.echo.identifier, 7);
}

static void test_parse_bad_header(void **state) {
        static const size_t offsets[] = { 0, 1, 2, 3, 4, 5, 6, 7 };
        PptpMessage message;

        for (size_t i = 0; i < ELEMENTSOF(offsets); ++i) {
                uint8_t bytes[PPTP_MESSAGE_MAX_BYTES];
                size_t n = sample_bytes(&samples[0], bytes);

                bytes[offsets[i]] ^= 0x80;
                assert_int_equal(pptp_message_parse(bytes, n, &message), PPTP_MESSAGE_E_FORMAT);
        }
}

static void test_unknown_type(void **state) {
        static const uint16_t types[] = { 0, 16, 99, 256 + PPTP_ECHO_REQUEST, 0xffff };
        uint8_t bytes[PPTP_MESSAGE_MAX_BYTES];

        for (size_t i = 0; i < ELEMENTSOF(types); ++i) {
                size_t n = sample_bytes(&samples[0], bytes);
                PptpMessage message = { .type = types[i] };
                char text[64];

                bytes[8] = types[i] >> 8;
                bytes[9] = types[i] & 0xff;
                assert_int_equal(pptp_message_parse(bytes, n, &message), PPTP_MESSAGE_E_TYPE);
                assert_int_equal(pptp_message_write(&message, bytes, sizeof(bytes)), -EINVAL);
                assert_null(pptp_message_type_name(types[i]));

                pptp_message_describe(&message, text, sizeof(text));
                assert_non_null(strstr(text, "control message of type"));
        }
}

static void test_names_without_an_end(void **state) {
        uint8_t bytes[PPTP_MESSAGE_MAX_BYTES];
        size_t n = sample_bytes(&samples[PPTP_START_CONTROL_CONNECTION_REPLY - 1], bytes);
        char text[PPTP_DESCRIPTION_MAX_BYTES];
        PptpMessage message;

        memset(bytes + 28, 'h', 64);
        memset(bytes + 92, '\x1b', 64);
        assert_int_equal(pptp_message_parse(bytes, n, &message), 0);
        assert_int_equal(strlen(message.start.host_name), 64);
        assert_int_equal(strlen(message.start.vendor_name), 64);

        /* The worst that a peer can do fits the buffer that callers are told to use. */
        pptp_message_describe(&message, text, sizeof(text));
        assert_null(strchr(text, '\x1b'));
        assert_null(strstr(text, "..."));

        assert_int_equal(pptp_message_write(&message, bytes, sizeof(bytes)), 156);
        assert_int_equal(bytes[155], '\x1b');
}

static void test_bytes_behind_the_nul_do_not_matter(void **state) {
        uint8_t bytes[PPTP_MESSAGE_MAX_BYTES];
        size_t n = sample_bytes(&samples[0], bytes);
        PptpMessage message;

        memset(bytes + 28, 0xee, 64);
        memcpy(bytes + 28, "local", sizeof("local"));
        assert_int_equal(pptp_message_parse(bytes, n, &message), 0);
        assert_string_equal(message.start.host_name, "local");
        assert_int_equal(message.start.host_name[6], 0);
}

static void test_describe_in_any_room(void **state) {
        char text[PPTP_DESCRIPTION_MAX_BYTES];

        for (size_t i = 0; i < ELEMENTSOF(samples); ++i)
                for (size_t n = 1; n < 128; ++n) {
                        memset(text, '#', sizeof(text));
                        pptp_message_describe(&samples[i].message, text, n);
                        assert_true(strlen(text) < n);
                        assert_int_equal(text[n], '#');
                }
}

/* From its description a message comes back byte by byte. */
static void test_parse_description(void **state) {
        uint8_t bytes[PPTP_MESSAGE_MAX_BYTES], again[PPTP_MESSAGE_MAX_BYTES];

        for (size_t i = 0; i < ELEMENTSOF(samples); ++i) {
                size_t n = sample_bytes(&samples[i], bytes);
                PptpMessage message;

                memset(&message, 0xaa, sizeof(message));
                assert_true(pptp_message_parse_description(samples[i].description, &message));
                assert_int_equal(pptp_message_write(&message, again, sizeof(again)), n);
                assert_memory_equal(again, bytes, n);
        }
}

static void test_parse_hostile_descriptions(void **state) {
        static const char *const none[] = { "", "Echo", "Echo-Requests identifier=1",
                                            "sent [PPTP Echo-Request]" };
        PptpMessage message = { .type = PPTP_START_CONTROL_CONNECTION_REPLY, .result_code = 2 };
        char text[PPTP_DESCRIPTION_MAX_BYTES];

        for (size_t i = 0; i < ELEMENTSOF(none); i++)
                assert_false(pptp_message_parse_description(none[i], &message));

        /* A name that looks like a field, and ends like a text. */
        strcpy(message.start.host_name, "\" vendor=\"Microsoft\\\x1b");
        pptp_message_describe(&message, text, sizeof(text));
        assert_true(pptp_message_parse_description(text, &message));
        assert_string_equal(message.start.host_name, "\" vendor=\"Microsoft\\\x1b");
        assert_string_equal(message.start.vendor_name, "");

        /* Cut anywhere, too long, or without numbers. */
        for (size_t n = strlen(text); n > 0; n--) {
                text[n - 1] = '\0';
                (void) pptp_message_parse_description(text, &message);
        }

        /* Escapes with a digit too few, also at the very end of what may be read. */
        assert_true(pptp_message_parse_description(
                "Start-Control-Connection-Reply host=\"\\x4\" vendor=\"v\"", &message));
        assert_string_equal(message.start.host_name, "\x04");
        assert_string_equal(message.start.vendor_name, "v");
        strcpy(text, "Start-Control-Connection-Reply host=\"\\x4");
        memset(text + strlen(text) + 1, 'a', 16);
        assert_true(pptp_message_parse_description(text, &message));
        assert_string_equal(message.start.host_name, "\x04");

        /* No signs, and no octal numbers. */
        assert_true(
                pptp_message_parse_description("Echo-Reply identifier=-1 result=010", &message));
        assert_int_equal(message.echo.identifier, 0);
        assert_int_equal(message.result_code, 10);

        assert_true(pptp_message_parse_description("Call-Disconnect-Notify result= statistics=\"",
                                                   &message));
        assert_int_equal(message.result_code, 0);
        memset(text, 'a', sizeof(text) - 1);
        memcpy(text, "Start-Control-Connection-Reply host=\"", 37);
        text[sizeof(text) - 1] = '\0';
        assert_true(pptp_message_parse_description(text, &message));
        assert_int_equal(strlen(message.start.host_name), sizeof(message.start.host_name) - 1);
}

static void test_texts(void **state) {
        assert_string_equal(pptp_result_text(PPTP_START_CONTROL_CONNECTION_REPLY, 3),
                            "control connection already exists");
        assert_string_equal(pptp_result_text(PPTP_OUTGOING_CALL_REPLY, 3), "no carrier");
        assert_string_equal(pptp_result_text(PPTP_CALL_DISCONNECT_NOTIFY, 0), "no reason given");
        assert_string_equal(pptp_error_text(4), "no resources");

        /* Any code of any type has a text. */
        for (unsigned type = 0; type <= 256; ++type)
                for (unsigned code = 0; code <= UINT8_MAX; ++code)
                        assert_non_null(pptp_result_text(type, code));
        for (unsigned code = 7; code <= UINT8_MAX; ++code)
                assert_string_equal(pptp_error_text(code), "unknown code");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_there_is_a_sample_of_every_type),
                cmocka_unit_test(test_write),
                cmocka_unit_test(test_write_to_a_small_buffer),
                cmocka_unit_test(test_parse),
                cmocka_unit_test(test_parse_cut_at_every_offset),
                cmocka_unit_test(test_parse_longer_than_its_type),
                cmocka_unit_test(test_parse_bad_header),
                cmocka_unit_test(test_unknown_type),
                cmocka_unit_test(test_names_without_an_end),
                cmocka_unit_test(test_bytes_behind_the_nul_do_not_matter),
                cmocka_unit_test(test_describe_in_any_room),
                cmocka_unit_test(test_parse_description),
                cmocka_unit_test(test_parse_hostile_descriptions),
                cmocka_unit_test(test_texts),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
