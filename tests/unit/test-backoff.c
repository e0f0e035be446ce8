/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include "core/base/backoff.h"
#include "core/base/macros.h"

#define SECOND USEC_PER_SEC

static void test_doubles_up_to_the_limit(void **state) {
        static const uint64_t expected[] = { 1, 2, 4, 8, 10, 10, 10 };
        Backoff b;

        backoff_init(&b, 42);
        for (size_t i = 0; i < ELEMENTSOF(expected); i++) {
                uint64_t delay = backoff_next(&b, SECOND, 10 * SECOND, true);

                assert_in_range(delay, expected[i] * SECOND * 3 / 4, expected[i] * SECOND);
        }
}

static void test_reset_and_no_growth(void **state) {
        Backoff b;

        backoff_init(&b, 42);
        for (size_t i = 0; i < 5; i++)
                assert_in_range(backoff_next(&b, SECOND, 60 * SECOND, false), SECOND * 3 / 4,
                                SECOND);
        for (size_t i = 0; i < 5; i++)
                backoff_next(&b, SECOND, 60 * SECOND, true);
        backoff_reset(&b);
        assert_in_range(backoff_next(&b, SECOND, 60 * SECOND, true), SECOND * 3 / 4, SECOND);
}

/* As a reload of the configuration may have it. */
static void test_limits_that_change(void **state) {
        Backoff b;

        backoff_init(&b, 42);
        for (size_t i = 0; i < 7; i++)
                backoff_next(&b, SECOND, 64 * SECOND, true);
        for (size_t i = 0; i < 10; i++)
                assert_in_range(backoff_next(&b, SECOND, 10 * SECOND, i % 2), 10 * SECOND * 3 / 4,
                                10 * SECOND);
        assert_in_range(backoff_next(&b, 20 * SECOND, 30 * SECOND, false), 20 * SECOND * 3 / 4,
                        20 * SECOND);
}

static void test_extremes(void **state) {
        Backoff b;

        backoff_init(&b, 0);
        assert_int_equal(backoff_next(&b, 0, 0, true), 0);
        /* A maximum below the minimum is a minimum all the same. */
        assert_in_range(backoff_next(&b, 2 * SECOND, SECOND, true), 2 * SECOND * 3 / 4, 2 * SECOND);
        for (size_t i = 0; i < 200; i++)
                assert_true(backoff_next(&b, SECOND, UINT64_MAX, true) >= SECOND * 3 / 4);
}

static void test_seeds_differ(void **state) {
        Backoff a, b;

        backoff_init(&a, 1);
        backoff_init(&b, 2);
        for (size_t i = 0; i < 3; i++) {
                backoff_next(&a, 1000 * SECOND, 1000 * SECOND, true);
                backoff_next(&b, 1000 * SECOND, 1000 * SECOND, true);
        }
        assert_int_not_equal(backoff_next(&a, 1000 * SECOND, 1000 * SECOND, true),
                             backoff_next(&b, 1000 * SECOND, 1000 * SECOND, true));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_doubles_up_to_the_limit),
                cmocka_unit_test(test_reset_and_no_growth),
                cmocka_unit_test(test_limits_that_change),
                cmocka_unit_test(test_extremes),
                cmocka_unit_test(test_seeds_differ),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
