/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "io/firewall.h"
#include "network.h"

static void assert_chain(const char *expected) {
        char chain[128] = "";

        assert_int_equal(firewall_find_input_chain(chain, sizeof(chain)), expected ? 0 : -ENOENT);
        assert_string_equal(chain, expected ?: "");
}

static void add(const char *table, const char *chain, const char *hook, const char *policy) {
        network_run("nft add table %s", table);
        network_run("nft 'add chain %s %s { type filter hook %s priority 0; policy %s; }'", table,
                    chain, hook, policy);
}

/* In this order: what comes first would be found first. */
static void test_find(void **state) {
        assert_chain(NULL);

        /* of no concern: other hooks, other protocols, and chains that nobody calls */
        add("inet a", "out", "output", "drop");
        add("ip6 a", "in", "input", "drop");
        network_run("nft add chain inet a input");
        assert_chain(NULL);

        add("ip filter", "INPUT", "input", "accept");
        assert_chain("ip filter INPUT");

        /* who drops is rather to blame */
        add("inet guard", "from_outside", "input", "drop");
        assert_chain("inet guard from_outside");
        add("inet last", "input", "input", "drop");
        assert_chain("inet guard from_outside");
}

static void test_name_is_cut(void **state) {
        char chain[8];

        assert_int_equal(firewall_find_input_chain(chain, sizeof(chain)), 0);
        assert_int_equal(strlen(chain), sizeof(chain) - 1);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_find),
                cmocka_unit_test(test_name_is_cut),
        };

        network_enter();
        /* No nftables here, in the kernel or as a program. */
        if (system("nft list ruleset >/dev/null 2>&1") != 0)
                return 77;

        return cmocka_run_group_tests(tests, NULL, NULL);
}
