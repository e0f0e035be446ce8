/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <stdlib.h>
#include <unistd.h>

#include "io/host.h"

/* This may be a container, of which systemd tells by a file. */
static void test_container(void **state) {
        bool by_file = access("/run/systemd/container", F_OK) == 0;

        unsetenv("container");
        assert_int_equal(host_is_container(), by_file);
        setenv("container", "", 1);
        assert_int_equal(host_is_container(), by_file);
        setenv("container", "lxc", 1);
        assert_true(host_is_container());
        (void) state;
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_container),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
