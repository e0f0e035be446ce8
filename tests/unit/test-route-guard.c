/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include "core/base/macros.h"
#include "core/route/route-guard.h"

#define BEGIN (1000 * USEC_PER_SEC)

static void assert_removed(RouteGuard *g, uint64_t now, uint64_t delay, bool slowed) {
        RouteGuardOccasion occasion = slowed ? ROUTE_GUARD_SLOWED : ROUTE_GUARD_NEXT;

        assert_int_equal(route_guard_removed(g, now), occasion);
        assert_int_equal(route_guard_get_end(g), now + delay);
}

static void test_now_and_then(void **state) {
        RouteGuard g = { 0 };

        for (unsigned i = 0; i < 100; i++)
                assert_removed(&g, BEGIN + i * 7 * USEC_PER_SEC, ROUTE_GUARD_GATHER_USEC, false);
}

static void test_again_and_again(void **state) {
        RouteGuard g = { 0 };
        uint64_t now = BEGIN;

        for (unsigned i = 0; i < ROUTE_GUARD_TIMES_MAX; i++, now += USEC_PER_SEC)
                assert_removed(&g, now, ROUTE_GUARD_GATHER_USEC, false);
        assert_removed(&g, now, ROUTE_GUARD_SLOW_USEC, true);

        /* Said once, however long it goes on. */
        for (unsigned i = 0; i < 50; i++) {
                now += ROUTE_GUARD_SLOW_USEC;
                assert_removed(&g, now, ROUTE_GUARD_SLOW_USEC, false);
        }

        now += ROUTE_GUARD_WINDOW_USEC;
        assert_removed(&g, now, ROUTE_GUARD_GATHER_USEC, false);
}

/* A command that removes many things takes a while, but not without end. */
static void test_one_occasion(void **state) {
        RouteGuard g = { 0 };
        uint64_t now = BEGIN, end = BEGIN + ROUTE_GUARD_OCCASION_USEC;

        assert_removed(&g, now, ROUTE_GUARD_GATHER_USEC, false);
        for (now += USEC_PER_MSEC; now < end; now += USEC_PER_MSEC) {
                assert_int_equal(route_guard_removed(&g, now), ROUTE_GUARD_SAME);
                assert_int_equal(route_guard_get_end(&g), MIN(now + ROUTE_GUARD_GATHER_USEC, end));
        }
        assert_int_equal(g.n_times, 1);

        assert_removed(&g, now, ROUTE_GUARD_GATHER_USEC, false);
        assert_removed(&g, now + ROUTE_GUARD_GATHER_USEC, ROUTE_GUARD_GATHER_USEC, false);
        assert_int_equal(g.n_times, 3);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_one_occasion),
                cmocka_unit_test(test_now_and_then),
                cmocka_unit_test(test_again_and_again),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
