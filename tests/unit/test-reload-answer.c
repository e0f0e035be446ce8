/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include "core/config/reload-answer.h"

static void test_waits_for_the_last_change(void **state) {
        ReloadAnswer a = { 0 };
        bool failed = true;

        assert_false(reload_answer_take(&a, false, &failed)); /* nobody asked */
        reload_answer_begin(&a);
        reload_answer_await(&a);
        assert_false(reload_answer_take(&a, true, &failed));
        assert_true(reload_answer_take(&a, false, &failed));
        assert_false(failed);
        assert_false(reload_answer_take(&a, false, &failed)); /* once */
}

static void test_failure(void **state) {
        ReloadAnswer a = { 0 };
        bool failed = false;

        reload_answer_fail(&a); /* before, and of no concern */
        reload_answer_begin(&a);
        reload_answer_await(&a);
        reload_answer_fail(&a);
        assert_true(reload_answer_take(&a, false, &failed));
        assert_true(failed);

        reload_answer_begin(&a);
        reload_answer_await(&a);
        assert_true(reload_answer_take(&a, false, &failed));
        assert_false(failed);
}

/* SIGHUP in the middle, or another client: what failed for the first is still to be told. */
static void test_another_reload_forgets_nothing(void **state) {
        ReloadAnswer a = { 0 };
        bool failed = false;

        reload_answer_begin(&a);
        reload_answer_await(&a);
        reload_answer_fail(&a);
        reload_answer_begin(&a);
        assert_true(reload_answer_take(&a, false, &failed));
        assert_true(failed);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_waits_for_the_last_change),
                cmocka_unit_test(test_failure),
                cmocka_unit_test(test_another_reload_forgets_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
