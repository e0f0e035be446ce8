/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include "core/base/array.h"
#include "core/base/macros.h"
#include "core/base/number.h"

#define UNTOUCHED UINT64_C(4711)

static void test_nothing_but_digits(void **state) {
        static const char *const hostile[] = {
                "",
                " ",
                " 1",
                "1 ",
                "+1",
                "-1",
                "-",
                "0x",
                "0x1",
                "1a",
                "\t1",
                "1\n",
                "1.0",
                "1,0",
                "one",
                "\xb2",
                "1e3",
                "--1",
                "18446744073709551616",
                "99999999999999999999999999",
        };

        for (size_t i = 0; i < ELEMENTSOF(hostile); i++) {
                uint64_t number = UNTOUCHED;

                if (number_parse(hostile[i], 10, UINT64_MAX, &number))
                        fail_msg("\"%s\" was taken for %llu", hostile[i],
                                 (unsigned long long) number);
                assert_int_equal(number, UNTOUCHED);
        }
}

static void test_whole_numbers(void **state) {
        uint64_t number;

        assert_true(number_parse("0", 10, 0, &number));
        assert_int_equal(number, 0);
        assert_true(number_parse("010", 10, 10, &number));
        assert_int_equal(number, 10);
        assert_true(number_parse("18446744073709551615", 10, UINT64_MAX, &number));
        assert_true(number == UINT64_MAX);
        assert_true(number_parse("ffFFffffffffffff", 16, UINT64_MAX, &number));
        assert_true(number == UINT64_MAX);
        assert_true(number_parse("000000000000000000000000000007", 10, 7, &number));
        assert_int_equal(number, 7);
}

static void test_limit(void **state) {
        uint64_t number = UNTOUCHED;

        assert_true(number_parse("255", 10, 255, &number));
        number = UNTOUCHED;
        assert_false(number_parse("256", 10, 255, &number));
        assert_false(number_parse("10000000000000000", 16, UINT64_MAX, &number));
        assert_int_equal(number, UNTOUCHED);
}

static void test_either_base(void **state) {
        uint64_t number = UNTOUCHED;

        assert_true(number_parse_any_base("0xff", 255, &number));
        assert_int_equal(number, 255);
        assert_true(number_parse_any_base("0XfF", 255, &number));
        assert_int_equal(number, 255);
        assert_true(number_parse_any_base("017", 255, &number));
        assert_int_equal(number, 17);

        number = UNTOUCHED;
        assert_false(number_parse_any_base("0x", 255, &number));
        assert_false(number_parse_any_base("0x-1", 255, &number));
        assert_false(number_parse_any_base("0x0x1", 255, &number));
        assert_false(number_parse_any_base("ff", 255, &number));
        assert_int_equal(number, UNTOUCHED);
}

/* Text of a packet or a cursor ends where it ends, not at a NUL. */
static void test_stays_within_the_text(void **state) {
        const char digits[] = { '1', '2', '3' };
        uint64_t number = UNTOUCHED;

        assert_int_equal(number_take(digits, 0, 10, UINT64_MAX, &number), 0);
        assert_int_equal(number, UNTOUCHED);
        assert_int_equal(number_take(digits, 2, 10, UINT64_MAX, &number), 2);
        assert_int_equal(number, 12);
        assert_int_equal(number_take(digits, sizeof(digits), 10, UINT64_MAX, &number), 3);
        assert_int_equal(number, 123);
        assert_int_equal(number_take("12;3", SIZE_MAX, 10, UINT64_MAX, &number), 2);
        assert_int_equal(number, 12);
        assert_int_equal(number_take("128", SIZE_MAX, 8, UINT64_MAX, &number), 2);
        assert_int_equal(number, 10);
        assert_int_equal(number_take("300 ", SIZE_MAX, 10, 255, &number), 0);
        assert_int_equal(number, 10);
}

static void test_digits(void **state) {
        for (unsigned c = 0; c <= UINT8_MAX; c++) {
                int value = -1;

                if (c >= '0' && c <= '9')
                        value = (int) c - '0';
                else if (c >= 'a' && c <= 'f')
                        value = (int) c - 'a' + 10;
                else if (c >= 'A' && c <= 'F')
                        value = (int) c - 'A' + 10;
                assert_int_equal(number_digit((char) c, 16), value);
                assert_int_equal(number_digit((char) c, 10), value < 10 ? value : -1);
                assert_int_equal(number_digit((char) c, 8), value < 8 ? value : -1);
        }
}

static void test_array_grows(void **state) {
        uint32_t *items = NULL;
        size_t n = 0;

        for (uint32_t i = 0; i < 1000; i++) {
                /* abort() tells gcc, unlike assert_true(), that nothing comes behind it. */
                if (!ARRAY_MAKE_ROOM(items, n))
                        abort();
                items[n++] = i;
        }
        for (uint32_t i = 0; i < 1000; i++)
                assert_int_equal(items[i], i);

        /* As a file of the configuration that is refused takes back what it brought. */
        n = 3;
        for (uint32_t i = 3; i < 20; i++) {
                assert_true(ARRAY_MAKE_ROOM(items, n));
                items[n++] = i + 1;
        }
        for (uint32_t i = 0; i < 20; i++)
                assert_int_equal(items[i], i < 3 ? i : i + 1);

        free(items);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_nothing_but_digits),
                cmocka_unit_test(test_whole_numbers),
                cmocka_unit_test(test_limit),
                cmocka_unit_test(test_either_base),
                cmocka_unit_test(test_stays_within_the_text),
                cmocka_unit_test(test_digits),
                cmocka_unit_test(test_array_grows),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
