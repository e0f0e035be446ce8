/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Which names a tunnel may have, and which come nearest to others. */

#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/macros.h"
#include "core/base/tunnel-name.h"

static void test_faults(void **state) {
        static const char *const good[] = { "onenet", "a", "A-b_c.9", "-x", "9" };
        static const char *const bad[] = {
                "x@y", "a;b", "a b", "a:b", "\xc3\xbc", "a\\x20b", "a/b", "a%b", "a\nb", "a\"b",
        };
        char name[TUNNEL_NAME_MAX_BYTES + 2];

        for (size_t i = 0; i < ELEMENTSOF(good); i++)
                assert_null(tunnel_name_find_fault(good[i]));
        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                assert_string_equal(tunnel_name_find_fault(bad[i]),
                                    "has other characters than letters, digits, _, - and .");

        memset(name, 'a', sizeof(name) - 1);
        name[sizeof(name) - 1] = '\0';
        assert_string_equal(tunnel_name_find_fault(name),
                            "is longer than the 186 characters that it may have");
        assert_null(tunnel_name_find_fault(name + 1));
}

static void test_make(void **state) {
        static const struct {
                const char *text, *name;
        } cases[] = {
                { "onenet", "onenet" },
                { "x@y", "x-y" },
                { "a;b c", "a-b-c" },
                { "caf\xc3\xa9 1", "caf--1" },
                { "caf\\xc3\\xa9\\x201", "caf--1" },
                { "a\\x2db", "a-b" },
                { "\xc3\xbc", "_" },
                { "\\xc3\\xbc", "_" },
                { "-a", "_a" },
                { ".a.b", "_a.b" },
                { "a\\x2", "a-x2" },
                { "\xbf", "_" },
                { "", "" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_free_ char *name = tunnel_name_make(cases[i].text, strlen(cases[i].text));

                assert_non_null(name);
                assert_string_equal(name, cases[i].name);
                assert_null(tunnel_name_find_fault(name));
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_faults),
                cmocka_unit_test(test_make),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
