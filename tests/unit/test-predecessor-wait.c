/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include "core/route/predecessor-wait.h"

#define BEGIN (1000 * USEC_PER_SEC)

static void test_nothing_to_wait_for(void **state) {
        for (unsigned bits = 0; bits < 3; bits++) {
                PredecessorWait w = { 0 };

                assert_int_equal(predecessor_wait_look(&w, bits & 1, bits & 2, BEGIN), 0);
        }
}

static void test_until_the_interface_is_gone(void **state) {
        PredecessorWait w = { 0 };
        uint64_t now = BEGIN;

        for (unsigned i = 0; i < 3; i++, now += PREDECESSOR_POLL_USEC)
                assert_int_equal(predecessor_wait_look(&w, true, true, now),
                                 now + PREDECESSOR_POLL_USEC);
        assert_int_equal(predecessor_wait_look(&w, true, false, now), 0);
}

static void test_not_for_ever(void **state) {
        PredecessorWait w = { 0 };
        uint64_t now = BEGIN, next;
        unsigned n_looks = 0;

        while ((next = predecessor_wait_look(&w, true, true, now)) != 0) {
                assert_true(next > now);
                assert_true(next <= BEGIN + PREDECESSOR_WAIT_USEC);
                assert_true(++n_looks < 1000);
                now = next;
        }
        assert_int_equal(now, BEGIN + PREDECESSOR_WAIT_USEC);
}

/* A look that comes late, as after a suspend, is the last one. */
static void test_late_look(void **state) {
        PredecessorWait w = { 0 };

        assert_true(predecessor_wait_look(&w, true, true, BEGIN) > 0);
        assert_int_equal(predecessor_wait_look(&w, true, true, BEGIN + 60 * USEC_PER_SEC), 0);
        assert_int_equal(predecessor_wait_look(&w, true, true, BEGIN + 61 * USEC_PER_SEC), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_nothing_to_wait_for),
                cmocka_unit_test(test_until_the_interface_is_gone),
                cmocka_unit_test(test_not_for_ever),
                cmocka_unit_test(test_late_look),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
