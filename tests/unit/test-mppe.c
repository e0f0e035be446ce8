/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include "core/ppp/mppe.h"

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

/* The suggestions of the servers in the catalogue, under the policies that meet them. */
static void test_choose(void **state) {
        const MppePolicy strong = { .allow_128 = true, .tolerate_mppc = true };
        const MppePolicy any = { .allow_128 = true, .allow_40 = true, .tolerate_mppc = true };
        const MppePolicy old = { .allow_40 = true, .allow_stateful = true, .open_stateful = true };
        const uint32_t h = MPPE_BIT_STATELESS, s = MPPE_BIT_128, l = MPPE_BIT_40, c = MPPE_BIT_MPPC;

        assert_int_equal(mppe_policy_get_opening(&strong), h | s);
        assert_int_equal(mppe_policy_get_opening(&any), h | s);
        assert_int_equal(mppe_policy_get_opening(&old), l);

        assert_int_equal(mppe_policy_choose(&strong, h | s | c), h | s);
        assert_int_equal(mppe_policy_choose(&strong, h | s | l), h | s);
        assert_int_equal(mppe_policy_choose(&strong, l | c), h | s);
        assert_int_equal(mppe_policy_choose(&strong, s), h | s);
        assert_int_equal(mppe_policy_choose(&strong, 0), h | s);
        assert_int_equal(mppe_policy_choose(&any, h | l), h | l);
        assert_int_equal(mppe_policy_choose(&any, h | l | s | c), h | s);
        assert_int_equal(mppe_policy_choose(&old, l | c), l);
        assert_int_equal(mppe_policy_choose(&old, h | l), h | l);
        assert_int_equal(mppe_policy_choose(&old, h | s), l);
}

/*
 * What the server named first, then the other strength, then the other mode; never more than
 * allowed.
 */
static void test_alternative(void **state) {
        const MppePolicy strong = { .allow_128 = true },
                         any = { .allow_128 = true, .allow_40 = true };
        const MppePolicy all = { .allow_128 = true, .allow_40 = true, .allow_stateful = true };
        const MppePolicy modes = { .allow_128 = true, .allow_stateful = true }, none = { 0 };
        const uint32_t h = MPPE_BIT_STATELESS, s = MPPE_BIT_128, l = MPPE_BIT_40;

        assert_int_equal(mppe_policy_get_alternative(&strong, h | s, 0), 0);
        assert_int_equal(mppe_policy_get_alternative(&strong, h | s, h | l), 0);
        assert_int_equal(mppe_policy_get_alternative(&strong, h | s, s), 0);
        assert_int_equal(mppe_policy_get_alternative(&none, 0, h | s), 0);
        assert_int_equal(mppe_policy_get_alternative(&any, h | s, 0), h | l);
        assert_int_equal(mppe_policy_get_alternative(&any, h | s, l), h | l);
        assert_int_equal(mppe_policy_get_alternative(&any, h | l, 0), h | s);
        assert_int_equal(mppe_policy_get_alternative(&all, h | s, l), l);
        assert_int_equal(mppe_policy_get_alternative(&all, h | s, s), s);
        assert_int_equal(mppe_policy_get_alternative(&all, h | s, h), h | l);
        assert_int_equal(mppe_policy_get_alternative(&modes, h | s, 0), s);
        (void) state;
}

static void test_set_opening(void **state) {
        MppePolicy all = { .allow_128 = true, .allow_40 = true, .allow_stateful = true };
        MppePolicy strong = { .allow_128 = true };

        mppe_policy_set_opening(&all, MPPE_BIT_40);
        assert_int_equal(mppe_policy_get_opening(&all), MPPE_BIT_40);
        mppe_policy_set_opening(&all, MPPE_BIT_128 | MPPE_BIT_STATELESS);
        assert_int_equal(mppe_policy_get_opening(&all), MPPE_BIT_128 | MPPE_BIT_STATELESS);
        mppe_policy_set_opening(&strong, MPPE_BIT_40);
        assert_int_equal(mppe_policy_get_opening(&strong), MPPE_BIT_128 | MPPE_BIT_STATELESS);
        (void) state;
}

static void test_accepts_bits(void **state) {
        const MppePolicy strong = { .allow_128 = true };
        const uint32_t h = MPPE_BIT_STATELESS, s = MPPE_BIT_128;

        assert_true(mppe_policy_accepts_bits(&strong, h | s));
        assert_false(mppe_policy_accepts_bits(&strong, s));
        assert_false(mppe_policy_accepts_bits(&strong, h));
        assert_false(mppe_policy_accepts_bits(&strong, h | s | MPPE_BIT_40));
        assert_false(mppe_policy_accepts_bits(&strong, h | s | MPPE_BIT_56));
        assert_false(mppe_policy_accepts_bits(&strong, h | s | MPPE_BIT_MPPC));
        assert_false(mppe_policy_accepts_bits(&strong, h | s | MPPE_BIT_OBSOLETE));
        assert_false(mppe_policy_accepts_bits(&strong, h | s | UINT32_C(0x00010000)));
}

static void test_tolerates(void **state) {
        assert_true(mppe_policy_tolerates(&(MppePolicy){ .tolerate_mppc = true }, MPPE_BIT_MPPC));
        assert_false(mppe_policy_tolerates(&(MppePolicy){ 0 }, MPPE_BIT_MPPC));
        assert_true(mppe_policy_tolerates(&(MppePolicy){ 0 }, MPPE_BIT_128));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_policy_never_accepts_less),
                cmocka_unit_test(test_policy_accepts_what_it_allows),
                cmocka_unit_test(test_describe),
                cmocka_unit_test(test_choose),
                cmocka_unit_test(test_alternative),
                cmocka_unit_test(test_set_opening),
                cmocka_unit_test(test_accepts_bits),
                cmocka_unit_test(test_tolerates),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
