/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <stdio.h>
#include <string.h>

#include "core/status/history.h"
#include "core/base/macros.h"

static void test_the_latest_is_first(void **state) {
        History h = { 0 };
        char text[16];

        for (unsigned i = 0; i < 3 * HISTORY_FAILURES_MAX; i++) {
                snprintf(text, sizeof(text), "reason %u", i);
                history_add_failure(&h, "NET-03", text, i);
                assert_int_equal(h.n_failures, MIN(i + 1, (unsigned) HISTORY_FAILURES_MAX));
                assert_string_equal(h.failures[0].text, text);
        }

        for (size_t i = 0; i < h.n_failures; i++)
                assert_int_equal(h.failures[i].at_usec, 3 * HISTORY_FAILURES_MAX - 1 - i);
}

/* A server that is out all night says the same each time; what was before is worth more. */
static void test_the_same_again_is_one(void **state) {
        History h = { 0 };

        history_add_failure(&h, "LNK-01", "lost", 1);
        for (unsigned i = 2; i < 100; i++)
                history_add_failure(&h, "NET-03", "refused", i);
        history_add_failure(&h, "NET-03", "refused (by another)", 100);

        assert_int_equal(h.n_failures, 3);
        assert_int_equal(h.failures[0].n_times, 1);
        assert_int_equal(h.failures[1].n_times, 98);
        assert_int_equal(h.failures[1].at_usec, 99);
        assert_string_equal(h.failures[2].id, "LNK-01");
}

static void test_what_is_too_long_is_cut(void **state) {
        char text[2 * HISTORY_TEXT_MAX_BYTES];
        History h = { 0 };

        memset(text, 'x', sizeof(text));
        text[sizeof(text) - 1] = '\0';
        history_add_failure(&h, text, text, 1);
        history_add_failure(&h, text, text, 2);
        assert_int_equal(h.n_failures, 1);
        assert_int_equal(strlen(h.failures[0].text), HISTORY_TEXT_MAX_BYTES - 1);
}

static void test_traffic_adds_up(void **state) {
        const Traffic one = { 1, 2, UINT64_C(1) << 40, 4 };
        History h = { 0 };

        history_add_traffic(&h, &one);
        history_add_traffic(&h, &one);
        assert_int_equal(h.traffic.received_bytes, 2);
        assert_int_equal(h.traffic.received_packets, 4);
        assert_int_equal(h.traffic.sent_bytes, UINT64_C(1) << 41);
        assert_int_equal(h.traffic.sent_packets, 8);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_the_latest_is_first),
                cmocka_unit_test(test_the_same_again_is_one),
                cmocka_unit_test(test_what_is_too_long_is_cut),
                cmocka_unit_test(test_traffic_adds_up),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
