/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include "core/mppe.h"

static const MppeOutcome clear = { 0 };
static const MppeOutcome stateless_128 = { .bits_128 = true };
static const MppeOutcome stateful_128 = { .bits_128 = true, .stateful = true };
static const MppeOutcome stateless_40 = { .bits_40 = true };
static const MppeOutcome both = { .bits_128 = true, .bits_40 = true };

static void test_policy_never_accepts_less(void **state) {
        const MppePolicy strong = { .allow_128 = true };

        assert_true(mppe_policy_accepts(&strong, &stateless_128));
        assert_false(mppe_policy_accepts(&strong, &clear));
        assert_false(mppe_policy_accepts(&strong, &stateful_128));
        assert_false(mppe_policy_accepts(&strong, &stateless_40));
        assert_false(mppe_policy_accepts(&strong, &both));
}

static void test_policy_accepts_what_it_allows(void **state) {
        const MppePolicy any = { .allow_128 = true, .allow_40 = true, .allow_stateful = true };
        const MppePolicy none = { 0 };

        assert_true(mppe_policy_accepts(&any, &stateless_128));
        assert_true(mppe_policy_accepts(&any, &stateless_40));
        assert_true(mppe_policy_accepts(&any, &stateful_128));
        assert_false(mppe_policy_accepts(&any, &clear));
        assert_true(mppe_policy_accepts(&none, &clear));
}

static void test_describe(void **state) {
        char text[64];

        mppe_outcome_describe(&stateful_128, text, sizeof(text));
        assert_string_equal(text, "MPPE 128-bit stateful");
        mppe_outcome_describe(&stateless_40, text, sizeof(text));
        assert_string_equal(text, "MPPE 40-bit stateless");
        mppe_outcome_describe(&clear, text, sizeof(text));
        assert_string_equal(text, "no encryption");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_policy_never_accepts_less),
                cmocka_unit_test(test_policy_accepts_what_it_allows),
                cmocka_unit_test(test_describe),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
