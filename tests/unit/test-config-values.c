/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include "core/config/config-values.h"
#include "core/base/macros.h"

static void test_spans_that_are_none(void **state) {
        static const char *const bad[] = {
                "",
                " ",
                "s",
                "-1",
                "+1",
                "1x",
                "1 .5s",
                ".5s",
                "1.s",
                "1..5s",
                "1.1234567s",
                "infinity",
                "18446744073709551616",
                "99999999999999999999999w",
                "9223372036855s 1w",
        };
        uint64_t usec;

        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                assert_false(config_parse_time_span(bad[i], &usec));
}

static void test_spans(void **state) {
        static const struct {
                const char *text;
                uint64_t usec;
        } good[] = {
                { "0", 0 },
                { "10", 10 * USEC_PER_SEC },
                { "10s", 10 * USEC_PER_SEC },
                { "5min", 5 * USEC_PER_MINUTE },
                { "1h 30min", 90 * USEC_PER_MINUTE },
                { "1h 30", 3630 * USEC_PER_SEC },
                { "1h30min", 90 * USEC_PER_MINUTE },
                { " 2 minutes ", 2 * USEC_PER_MINUTE },
                { "250ms", 250 * USEC_PER_MSEC },
                { "1.5s", 1500 * USEC_PER_MSEC },
                { "0.000001s", 1 },
                { "1us", 1 },
                { "1µs", 1 },
                { "1d", 1440 * USEC_PER_MINUTE },
                { "1.999999w", UINT64_C(1209599395200) },
        };

        for (size_t i = 0; i < ELEMENTSOF(good); i++) {
                uint64_t usec = 77;

                assert_true(config_parse_time_span(good[i].text, &usec));
                assert_int_equal(usec, good[i].usec);
        }
}

static void test_interface_names(void **state) {
        static const char *const bad[] = {
                "",    ".",   "..",    "all",  "default", "a/b",
                "a b", "a:1", "ppp%d", "a\tb", "à",       "0123456789abcdef",
        };

        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                assert_non_null(config_interface_name_fault(bad[i]));

        assert_null(config_interface_name_fault("onenet"));
        assert_null(config_interface_name_fault("0123456789abcde"));
        assert_null(config_interface_name_fault("büro"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_spans_that_are_none),
                cmocka_unit_test(test_spans),
                cmocka_unit_test(test_interface_names),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
