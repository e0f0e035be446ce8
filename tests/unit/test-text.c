/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <arpa/inet.h>
#include <limits.h>
#include <string.h>

#include "core/base/text.h"

static void test_escape(void **state) {
        static const struct {
                const char *data;
                size_t n_data;
                const char *expected;
        } cases[] = {
                { "", 0, "" },
                { "plain text ~", 12, "plain text ~" },
                { "DOMAIN\\user", 11, "DOMAIN\\\\user" },
                { "\x1b[2J", 4, "\\x1b[2J" },
                { "a\0b", 3, "a\\x00b" },
                { "\x7f\x80\xff\n", 4, "\\x7f\\x80\\xff\\x0a" },
                { "\xc3\xa4", 2, "\\xc3\\xa4" },
        };
        char text[64];

        for (size_t i = 0; i < ELEMENTSOF(cases); ++i)
                assert_string_equal(text_escape(text, sizeof(text), cases[i].data, cases[i].n_data),
                                    cases[i].expected);
}

static void test_quotes_cannot_be_closed_from_inside(void **state) {
        char text[64];
        TextBuilder t = text_builder(text, sizeof(text));

        text_add_quoted(&t, "a\" name=\"root\\", 14);
        assert_string_equal(text, "\"a\\\" name=\\\"root\\\\\"");
}

/* Whatever the room is: terminated, never beyond the buffer, cut between two units only. */
static void test_cut_at_every_length(void **state) {
        static const char data[] = "ab\x01\\\x02z";
        static const char *const expected[] = {
                "",      ".",     "..",    "...",        "a...",       "ab...",
                "ab...", "ab...", "ab...", "ab\\x01...", "ab\\x01...", "ab\\x01\\\\...",
        };
        char text[32];

        for (size_t n = 1; n <= ELEMENTSOF(expected); ++n) {
                TextBuilder t;

                memset(text, '#', sizeof(text));
                t = text_builder(text, n);
                text_add_escaped(&t, data, sizeof(data) - 1);

                assert_string_equal(text, expected[n - 1]);
                assert_true(t.truncated);
                assert_int_equal(t.n_text, strlen(text));
                assert_int_equal(text[n], '#');
        }

        assert_string_equal(text_escape(text, 14, data, sizeof(data) - 1), "ab\\x01\\\\\\x02z");
}

static void test_what_just_fits_is_not_cut(void **state) {
        char text[8];
        TextBuilder t = text_builder(text, sizeof(text));

        text_add(&t, "abc");
        text_addf(&t, "%d", 4567);
        assert_false(t.truncated);
        assert_string_equal(text, "abc4567");
}

static void test_truncation_is_sticky(void **state) {
        char text[8];
        TextBuilder t = text_builder(text, sizeof(text));

        text_addf(&t, "%s", "abcdefgh");
        assert_string_equal(text, "abcd...");
        text_add(&t, "x");
        text_addf(&t, "%d", 1);
        text_add_hex(&t, "x", 1, "");
        text_add_quoted(&t, "x", 1);
        assert_string_equal(text, "abcd...");
}

static void test_hex(void **state) {
        char text[32];
        TextBuilder t = text_builder(text, sizeof(text));

        text_add_hex(&t, "\x00\x3c\xcd\x74", 4, " ");
        text_add(&t, "|");
        text_add_hex(&t, "\xff\x03", 2, "");
        text_add_hex(&t, NULL, 0, " ");
        assert_string_equal(text, "00 3c cd 74|ff03");
}

static void test_count(void **state) {
        char text[64];
        TextBuilder t = text_builder(text, sizeof(text));

        text_add_count(&t, 0, "route");
        text_add(&t, ", ");
        text_add_count(&t, 1, "route");
        text_add(&t, ", ");
        text_add_count(&t, 2, "route");
        text_add(&t, ", ");
        text_add_count(&t, 1, "try");
        text_add(&t, ", ");
        text_add_count(&t, UINT64_MAX, "try");
        assert_string_equal(text, "0 routes, 1 route, 2 routes, 1 try, 18446744073709551615 tries");
}

static void test_duration(void **state) {
        static const struct {
                uint64_t usec;
                const char *expected;
        } cases[] = {
                { 0, "0 s" },
                { 250, "250 us" },
                { 40 * USEC_PER_MSEC + 999, "40 ms" },
                { USEC_PER_SEC, "1 s" },
                { 1049 * USEC_PER_MSEC, "1 s" },
                { 3299 * USEC_PER_MSEC, "3.2 s" },
                { 59900 * USEC_PER_MSEC, "59 s" },
                { 5 * USEC_PER_MINUTE, "5 min" },
                { 90 * USEC_PER_SEC, "1 min 30 s" },
                { 125 * USEC_PER_MINUTE + 59 * USEC_PER_SEC, "2 h 5 min" },
                { 60 * USEC_PER_MINUTE + 59 * USEC_PER_SEC, "1 h" },
                { 76 * 60 * USEC_PER_MINUTE, "3 d 4 h" },
                { USEC_INFINITY - 1, "213503982 d 8 h" },
                { USEC_INFINITY, "for ever" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); ++i) {
                char text[32];
                TextBuilder t = text_builder(text, sizeof(text));

                text_add_duration(&t, cases[i].usec);
                assert_string_equal(text, cases[i].expected);
        }
}

static void test_time_span(void **state) {
        static const struct {
                uint64_t usec;
                const char *expected;
        } cases[] = {
                { 0, "0" },
                { 10 * USEC_PER_SEC, "10s" },
                { 90 * USEC_PER_SEC, "1min 30s" },
                { 1500 * USEC_PER_MSEC, "1s 500ms" },
                { 90 * USEC_PER_MINUTE + 1, "1h 30min 1us" },
                { USEC_INFINITY - 1, "213503982d 8h 1min 49s 551ms 614us" },
                { USEC_INFINITY, "infinity" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); ++i)
                assert_string_equal(TEXT_TIME_SPAN(cases[i].usec), cases[i].expected);
}

static void test_ipv4(void **state) {
        assert_string_equal(TEXT_IPV4((struct in_addr){ htonl(0xffffffff) }), "255.255.255.255");
        assert_string_equal(TEXT_IPV4((struct in_addr){ htonl(0x0a000001) }), "10.0.0.1");
}

static void test_take_escape(void **state) {
        static const struct {
                const char *text;
                size_t n_text, n_taken;
                char c;
        } samples[] = {
                { "x1b", 3, 3, 0x1b },   { "x1bc", 4, 3, 0x1b }, { "xFF", 3, 3, '\xff' },
                { "x4\"", 3, 2, 0x04 },  { "x1b", 2, 2, 0x01 },  { "x1b", 1, 1, 0 },
                { "x-1", 3, 1, 0 },      { "x 1", 3, 1, 0 },     { "x0x1", 4, 2, 0 },
                { "101", 3, 3, 'A' },    { "1012", 4, 3, 'A' },  { "18", 2, 1, 1 },
                { "777", 3, 3, '\xff' }, { "9", 1, 1, '9' },     { "n", 1, 1, '\n' },
                { "s", 1, 1, ' ' },      { "\\", 1, 1, '\\' },   { "\"", 1, 1, '"' },
                { "", 1, 1, '\0' },      { "z", 1, 1, 'z' },
        };

        for (size_t i = 0; i < ELEMENTSOF(samples); i++) {
                char c = 'Q';

                assert_int_equal(text_take_escape(samples[i].text, samples[i].n_text, &c),
                                 samples[i].n_taken);
                assert_int_equal(c, samples[i].c);
        }
}

static void test_edit_distance(void **state) {
        assert_int_equal(text_edit_distance("", ""), 0);
        assert_int_equal(text_edit_distance("abc", ""), 3);
        assert_int_equal(text_edit_distance("Server", "server"), 0);
        assert_int_equal(text_edit_distance("Server", "Sever"), 1);
        assert_int_equal(text_edit_distance("Server", "Sevrer"), 1);
        assert_int_equal(text_edit_distance("Port", "Prto"), 2);
        assert_int_equal(text_edit_distance("kitten", "sitting"), 3);
        assert_int_equal(text_edit_distance("x", "01234567890123456789012345678901234567890"),
                         UINT_MAX);
}

static void test_hides_controls(void **state) {
        char text[] = "eth0 \033[31m\x7f~\xc3\xa4";

        text_hide_controls(text);
        assert_string_equal(text, "eth0 ?[31m?~??");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_hides_controls),
                cmocka_unit_test(test_escape),
                cmocka_unit_test(test_quotes_cannot_be_closed_from_inside),
                cmocka_unit_test(test_cut_at_every_length),
                cmocka_unit_test(test_what_just_fits_is_not_cut),
                cmocka_unit_test(test_truncation_is_sticky),
                cmocka_unit_test(test_hex),
                cmocka_unit_test(test_count),
                cmocka_unit_test(test_duration),
                cmocka_unit_test(test_time_span),
                cmocka_unit_test(test_ipv4),
                cmocka_unit_test(test_take_escape),
                cmocka_unit_test(test_edit_distance),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
