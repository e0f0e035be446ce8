/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include "core/base/hash.h"

/* The vectors of FNV's authors: draft-eastlake-fnv, appendix C. */
static void test_vectors(void **state) {
        assert_true(hash_bytes("", 0) == UINT64_C(0xcbf29ce484222325));
        assert_true(hash_bytes("a", 1) == UINT64_C(0xaf63dc4c8601ec8c));
        assert_true(hash_bytes("foobar", 6) == UINT64_C(0x85944171f73967e8));
        assert_true(hash_bytes("foobar\0", 7) == UINT64_C(0x34531ca7168b8f38));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_vectors),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
