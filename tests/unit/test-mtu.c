/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include "core/ppp/mtu.h"

static void test_ethernet(void **state) {
        assert_int_equal(mtu_for_path(1500, true), 1456);
        assert_int_equal(mtu_for_path(1500, false), 1460);
        assert_int_equal(mtu_for_path(1492, true), 1448);
}

static void test_unknown_path_is_ethernet(void **state) {
        assert_int_equal(mtu_for_path(0, true), 1456);
}

static void test_bounds(void **state) {
        assert_int_equal(mtu_for_path(1, true), MTU_MIN_BYTES);
        assert_int_equal(mtu_for_path(MTU_MIN_BYTES, false), MTU_MIN_BYTES);
        assert_int_equal(mtu_for_path(MTU_MIN_BYTES + 45, true), MTU_MIN_BYTES + 1);
        assert_int_equal(mtu_for_path(1544, true), 1500);
        assert_int_equal(mtu_for_path(9000, true), 1500);
        assert_int_equal(mtu_for_path(UINT32_MAX, true), 1500);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_ethernet),
                cmocka_unit_test(test_unknown_path_is_ethernet),
                cmocka_unit_test(test_bounds),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
