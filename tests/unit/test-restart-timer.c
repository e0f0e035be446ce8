/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include "core/base/macros.h"
#include "core/ppp/restart-timer.h"

static void test_near_and_far(void **state) {
        assert_int_equal(restart_timer_choose(0), 1);
        assert_int_equal(restart_timer_choose(20 * USEC_PER_MSEC), 1);
        assert_int_equal(restart_timer_choose(USEC_PER_SEC), 1);
        assert_int_equal(restart_timer_choose(USEC_PER_SEC + 1), 2);
        assert_int_equal(restart_timer_choose(3800 * USEC_PER_MSEC), 4);
        assert_int_equal(restart_timer_choose(60 * USEC_PER_SEC), RESTART_TIMER_MAX_SEC);
        assert_int_equal(restart_timer_choose(UINT64_MAX), RESTART_TIMER_MAX_SEC);
}

static void test_longer(void **state) {
        assert_int_equal(restart_timer_lengthen(1), 2);
        assert_int_equal(restart_timer_lengthen(4), 8);
        assert_int_equal(restart_timer_lengthen(8), RESTART_TIMER_MAX_SEC);
        assert_int_equal(restart_timer_lengthen(RESTART_TIMER_MAX_SEC), RESTART_TIMER_MAX_SEC);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_near_and_far),
                cmocka_unit_test(test_longer),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
