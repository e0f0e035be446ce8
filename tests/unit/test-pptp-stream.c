/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <string.h>

#include "core/base/macros.h"
#include "core/pptp/pptp-stream.h"

/* A short conversation: Echo-Request 1, a type nobody knows, Call-Clear-Request 2, the longest. */
typedef struct Conversation {
        uint8_t bytes[16 + 20 + 16 + PPTP_MESSAGE_MAX_BYTES];
} Conversation;

#define HEADER(length, type) \
        0x00, (length), 0x00, 0x01, 0x1a, 0x2b, 0x3c, 0x4d, 0x00, (type), 0x00, 0x00

static Conversation conversation(void) {
        return (Conversation){ {
                HEADER(16, PPTP_ECHO_REQUEST),
                0x00,
                0x00,
                0x00,
                0x01,
                HEADER(20, 99),
                1,
                2,
                3,
                4,
                5,
                6,
                7,
                8,
                HEADER(16, PPTP_CALL_CLEAR_REQUEST),
                0x00,
                0x02,
                0x00,
                0x00,
                HEADER(220, PPTP_INCOMING_CALL_REQUEST),
                0x00,
                0x03,
        } };
}

/* What came out of a stream so far, as a word: one letter for each answer. */
typedef struct Transcript {
        char text[64];
        size_t n_text;
} Transcript;

static void transcript_add(Transcript *t, char c) {
        assert_true(t->n_text < sizeof(t->text) - 1);
        t->text[t->n_text++] = c;
        t->text[t->n_text] = '\0';
}

/* Feeds n bytes as far as they fit and takes out what there is. Returns the last answer. */
static int feed(PptpStream *s, const uint8_t *data, size_t n_data, Transcript *t) {
        int r = PPTP_STREAM_E_AGAIN;

        while (n_data > 0) {
                PptpMessage message;
                uint8_t *space;
                size_t n_space, n;

                pptp_stream_space(s, &space, &n_space);
                assert_true(n_space > 0);
                n = MIN(n_data, n_space);
                memcpy(space, data, n);
                pptp_stream_commit(s, n);
                data += n;
                n_data -= n;

                while ((r = pptp_stream_next(s, &message)) != PPTP_STREAM_E_AGAIN) {
                        if (r == PPTP_STREAM_E_MAGIC || r == PPTP_STREAM_E_LENGTH)
                                return r;

                        transcript_add(t,
                                       r == PPTP_STREAM_E_MESSAGE                      ? '?' :
                                               message.type == PPTP_ECHO_REQUEST       ? 'e' :
                                               message.type == PPTP_CALL_CLEAR_REQUEST ? 'c' :
                                                                                         'i');
                }
        }

        return r;
}

static void test_coalesced(void **state) {
        Conversation c = conversation();
        Transcript t = { 0 };
        PptpStream s;

        pptp_stream_init(&s);
        assert_int_equal(feed(&s, c.bytes, sizeof(c.bytes), &t), PPTP_STREAM_E_AGAIN);
        assert_string_equal(t.text, "e?ci");
        assert_int_equal(s.n_buffer, 0);
}

static void test_byte_by_byte(void **state) {
        Conversation c = conversation();
        Transcript t = { 0 };
        PptpStream s;

        pptp_stream_init(&s);
        for (size_t i = 0; i < sizeof(c.bytes); ++i)
                assert_int_equal(feed(&s, &c.bytes[i], 1, &t), PPTP_STREAM_E_AGAIN);
        assert_string_equal(t.text, "e?ci");
}

static void test_in_chunks_of_every_size(void **state) {
        Conversation c = conversation();

        for (size_t n = 1; n <= sizeof(c.bytes); ++n) {
                Transcript t = { 0 };
                PptpStream s;

                pptp_stream_init(&s);
                for (size_t i = 0; i < sizeof(c.bytes); i += n)
                        feed(&s, c.bytes + i, MIN(n, sizeof(c.bytes) - i), &t);
                assert_string_equal(t.text, "e?ci");
        }
}

static void test_cut_in_three_at_every_pair_of_offsets(void **state) {
        Conversation c = conversation();

        for (size_t a = 0; a <= sizeof(c.bytes); ++a)
                for (size_t b = a; b <= sizeof(c.bytes); ++b) {
                        Transcript t = { 0 };
                        PptpStream s;

                        pptp_stream_init(&s);
                        feed(&s, c.bytes, a, &t);
                        feed(&s, c.bytes + a, b - a, &t);
                        feed(&s, c.bytes + b, sizeof(c.bytes) - b, &t);
                        assert_string_equal(t.text, "e?ci");
                }
}

/* Messages that always leave a rest in the buffer, many times its size in all. */
static void test_a_long_stream(void **state) {
        uint8_t bytes[16] = { HEADER(16, PPTP_ECHO_REQUEST) };
        PptpStream s;
        size_t n_sent = 0, n_messages = 0;

        pptp_stream_init(&s);
        while (n_messages < 10000) {
                PptpMessage message;
                uint8_t *space;
                size_t n_space;

                pptp_stream_space(&s, &space, &n_space);
                assert_true(n_space >= PPTP_MESSAGE_MAX_BYTES);

                for (size_t i = 0; i < n_space; ++i, ++n_sent) {
                        bytes[15] = n_sent / 16 % 251;
                        space[i] = bytes[n_sent % 16];
                }
                pptp_stream_commit(&s, n_space);

                while (pptp_stream_next(&s, &message) == 0)
                        assert_int_equal(message.echo.identifier, n_messages++ % 251);
        }
}

static void test_not_pptp(void **state) {
        static const struct {
                const char *text;
                size_t n_text;
                int expected;
                size_t n_needed; /* the first byte that gives it away, counted from one */
        } cases[] = {
                { "HTTP/1.1 400 Bad Request\r\n", 26, PPTP_STREAM_E_LENGTH, 1 },
                { "SSH-2.0-OpenSSH_9.2\r\n", 21, PPTP_STREAM_E_LENGTH, 1 },
                { "\x15\x03\x01\x00\x02\x02\x46", 7, PPTP_STREAM_E_LENGTH, 1 },
                { "\x00\x00\x00\x01\x1a\x2b\x3c\x4d", 8, PPTP_STREAM_E_LENGTH, 2 },
                { "\x00\x0b\x00\x01\x1a\x2b\x3c\x4d", 8, PPTP_STREAM_E_LENGTH, 2 },
                { "\x00\xdd\x00\x01\x1a\x2b\x3c\x4d", 8, PPTP_STREAM_E_LENGTH, 2 },
                { "\xff\xff\x00\x01\x1a\x2b\x3c\x4d", 8, PPTP_STREAM_E_LENGTH, 1 },
                { "\x00\x10\x01\x01\x1a\x2b\x3c\x4d", 8, PPTP_STREAM_E_MAGIC, 3 },
                { "\x00\x10\x00\x02\x1a\x2b\x3c\x4d", 8, PPTP_STREAM_E_MAGIC, 4 },
                { "\x00\x10\x00\x01\x1b\x2b\x3c\x4d", 8, PPTP_STREAM_E_MAGIC, 5 },
                { "\x00\x10\x00\x01\x1a\x2b\x3c\x4e", 8, PPTP_STREAM_E_MAGIC, 8 },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); ++i) {
                const uint8_t *bytes = (const uint8_t *) cases[i].text;
                PptpMessage message = { .type = 99 };
                Transcript t = { 0 };
                PptpStream s;
                size_t n;

                pptp_stream_init(&s);
                for (n = 0; n < cases[i].n_needed - 1; ++n)
                        assert_int_equal(feed(&s, &bytes[n], 1, &t), PPTP_STREAM_E_AGAIN);
                assert_int_equal(feed(&s, &bytes[n], 1, &t), cases[i].expected);

                /* It stays so, and the bytes stay for whoever wants to show them. */
                assert_int_equal(pptp_stream_next(&s, &message), cases[i].expected);
                assert_int_equal(message.type, 99);
                assert_memory_equal(pptp_stream_peek(&s, &n), bytes, cases[i].n_needed);
                assert_int_equal(n, cases[i].n_needed);

                pptp_stream_init(&s);
                assert_int_equal(feed(&s, bytes, cases[i].n_text, &t), cases[i].expected);
                assert_string_equal(t.text, "");
        }
}

static void test_out_of_step_after_a_good_message(void **state) {
        Conversation c = conversation();
        Transcript t = { 0 };
        PptpStream s;

        c.bytes[16 + 5] ^= 1;
        pptp_stream_init(&s);
        assert_int_equal(feed(&s, c.bytes, sizeof(c.bytes), &t), PPTP_STREAM_E_MAGIC);
        assert_string_equal(t.text, "e");
}

static void test_too_short_for_its_type_is_not_final(void **state) {
        static const uint8_t bytes[] = {
                HEADER(14, PPTP_ECHO_REQUEST),
                0x00,
                0x00,
                HEADER(12, PPTP_SET_LINK_INFO),
                HEADER(16, PPTP_ECHO_REQUEST),
                0x00,
                0x00,
                0x00,
                0x01,
        };
        Transcript t = { 0 };
        PptpStream s;

        pptp_stream_init(&s);
        assert_int_equal(feed(&s, bytes, sizeof(bytes), &t), PPTP_STREAM_E_AGAIN);
        assert_string_equal(t.text, "??e");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_coalesced),
                cmocka_unit_test(test_byte_by_byte),
                cmocka_unit_test(test_in_chunks_of_every_size),
                cmocka_unit_test(test_cut_in_three_at_every_pair_of_offsets),
                cmocka_unit_test(test_a_long_stream),
                cmocka_unit_test(test_not_pptp),
                cmocka_unit_test(test_out_of_step_after_a_good_message),
                cmocka_unit_test(test_too_short_for_its_type_is_not_final),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
