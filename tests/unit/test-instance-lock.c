/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/instance-lock.h"

static char parent[64];

static int setup(void **state) {
        snprintf(parent, sizeof(parent), "/tmp/test-instance-lock-XXXXXX");
        assert_non_null(mkdtemp(parent));
        return 0;
}

static int teardown(void **state) {
        assert_int_equal(rmdir(parent), 0); /* nothing is left in it */
        return 0;
}

static void test_only_one_has_it(void **state) {
        InstanceLock first = INSTANCE_LOCK_INIT, second = INSTANCE_LOCK_INIT,
                     other = INSTANCE_LOCK_INIT;

        assert_int_equal(instance_lock_take(&first, parent, "onenet"), 0);
        assert_int_equal(instance_lock_take(&second, parent, "onenet"), INSTANCE_LOCK_E_TAKEN);
        assert_int_equal(instance_lock_take(&other, parent, "office"), 0);
        instance_lock_release(&second);
        assert_int_equal(instance_lock_take(&second, parent, "onenet"), INSTANCE_LOCK_E_TAKEN);

        instance_lock_release(&first);
        assert_int_equal(instance_lock_take(&second, parent, "onenet"), 0);
        instance_lock_release(&second);
        instance_lock_release(&second);
        instance_lock_release(&other);
}

/* Nobody has to clear up after a holder that was killed. */
static void test_dies_with_its_holder(void **state) {
        InstanceLock lock = INSTANCE_LOCK_INIT;
        pid_t pid;

        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0)
                _exit(instance_lock_take(&lock, parent, "onenet"));

        assert_int_equal(waitpid(pid, NULL, 0), pid);
        assert_int_equal(instance_lock_take(&lock, parent, "onenet"), 0);
        instance_lock_release(&lock);
}

/* What others keep there stays. */
static void test_directory_in_use(void **state) {
        InstanceLock lock = INSTANCE_LOCK_INIT;
        char path[sizeof(parent) + 32];

        snprintf(path, sizeof(path), "%s/onenet", parent);
        assert_int_equal(mkdir(path, 0755), 0);
        snprintf(path, sizeof(path), "%s/onenet/state", parent);
        assert_int_equal(mkdir(path, 0755), 0);

        assert_int_equal(instance_lock_take(&lock, parent, "onenet"), 0);
        instance_lock_release(&lock);
        assert_int_equal(rmdir(path), 0);
        assert_int_equal(instance_lock_take(&lock, parent, "onenet"), 0);
        instance_lock_release(&lock);
}

static void test_names(void **state) {
        InstanceLock lock = INSTANCE_LOCK_INIT;

        assert_int_equal(instance_lock_take(&lock, parent, ""), -EINVAL);
        assert_int_equal(instance_lock_take(&lock, parent, ".."), -EINVAL);
        assert_int_equal(instance_lock_take(&lock, parent, "a/b"), -EINVAL);
        assert_int_equal(lock.fd, -EBADF);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_only_one_has_it, setup, teardown),
                cmocka_unit_test_setup_teardown(test_dies_with_its_holder, setup, teardown),
                cmocka_unit_test_setup_teardown(test_directory_in_use, setup, teardown),
                cmocka_unit_test_setup_teardown(test_names, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
