/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/instance-lock.h"

static char parent[64];
/* A file in the place of /dev/ppp */
static char device[sizeof(parent) + sizeof("/ppp")];

static int setup(void **state) {
        int fd;

        snprintf(parent, sizeof(parent), "/tmp/test-instance-lock-XXXXXX");
        assert_non_null(mkdtemp(parent));
        snprintf(device, sizeof(device), "%s/ppp", parent);
        fd = open(device, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        assert_true(fd >= 0);
        close(fd);
        return 0;
}

static int teardown(void **state) {
        (void) unlink(device);
        assert_int_equal(rmdir(parent), 0); /* nothing is left in it */
        return 0;
}

static void test_only_one_has_it(void **state) {
        InstanceLock first = INSTANCE_LOCK_INIT, second = INSTANCE_LOCK_INIT,
                     other = INSTANCE_LOCK_INIT;

        assert_int_equal(instance_lock_take(&first, device, parent, "onenet"), 0);
        assert_int_equal(instance_lock_take(&second, device, parent, "onenet"),
                         INSTANCE_LOCK_E_TAKEN);
        assert_int_equal(instance_lock_take(&other, device, parent, "office"), 0);
        instance_lock_release(&second);
        assert_int_equal(instance_lock_take(&second, device, parent, "onenet"),
                         INSTANCE_LOCK_E_TAKEN);

        instance_lock_release(&first);
        assert_int_equal(instance_lock_take(&second, device, parent, "onenet"), 0);
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
                _exit(instance_lock_take(&lock, device, parent, "onenet"));

        assert_int_equal(waitpid(pid, NULL, 0), pid);
        assert_int_equal(instance_lock_take(&lock, device, parent, "onenet"), 0);
        instance_lock_release(&lock);
}

/* Locks what another user can open, as flock(1) does. Returns how many things that were. */
static int lock_as_nobody(const char *directory) {
        const char *paths[] = { device, parent, directory };
        int n = 0;

        if (setgid(65534) < 0 || setuid(65534) < 0)
                return -1;

        for (size_t i = 0; i < ELEMENTSOF(paths); i++) {
                int fd = open(paths[i], O_RDONLY | O_CLOEXEC);

                n += fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0;
        }
        return n;
}

/* A local user who may look into the directories cannot keep the tunnel from coming back. */
static void test_other_users_cannot_hold_it(void **state) {
        InstanceLock lock = INSTANCE_LOCK_INIT;
        char path[sizeof(parent) + 32], c;
        int locked[2];
        pid_t pid;

        if (getuid() != 0)
                skip();

        /* A predecessor that was killed has left its directory. */
        assert_int_equal(chmod(parent, 0755), 0);
        assert_int_equal(instance_lock_take(&lock, device, parent, "onenet"), 0);
        assert_int_equal(close(lock.fd), 0);

        assert_int_equal(pipe(locked), 0);
        snprintf(path, sizeof(path), "%s/onenet", parent);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
                c = (char) lock_as_nobody(path);
                (void) !write(locked[1], &c, 1);
                pause();
        }

        assert_int_equal(read(locked[0], &c, 1), 1);
        assert_int_equal(c, 2); /* the directories, but not the device */
        assert_int_equal(instance_lock_take(&lock, device, parent, "onenet"), 0);
        instance_lock_release(&lock);

        assert_int_equal(kill(pid, SIGKILL), 0);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        close(locked[0]);
        close(locked[1]);
}

/* A full or read-only /run costs the directory, not the lock. */
static void test_no_room(void **state) {
        InstanceLock first = INSTANCE_LOCK_INIT, second = INSTANCE_LOCK_INIT;

        assert_int_equal(instance_lock_take(&first, device, "/proc/nowhere", "onenet"), 0);
        assert_int_equal(instance_lock_take(&second, device, "/proc/nowhere", "onenet"),
                         INSTANCE_LOCK_E_TAKEN);
        instance_lock_release(&first);
        assert_int_equal(instance_lock_take(&second, device, "/proc/nowhere", "onenet"), 0);
        instance_lock_release(&second);
}

/* A kernel without PPP is for somebody else to report. */
static void test_no_device(void **state) {
        InstanceLock lock = INSTANCE_LOCK_INIT;

        assert_int_equal(unlink(device), 0);
        assert_int_equal(instance_lock_take(&lock, device, parent, "onenet"), 0);
        instance_lock_release(&lock);
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

        assert_int_equal(instance_lock_take(&lock, device, parent, "onenet"), 0);
        instance_lock_release(&lock);
        assert_int_equal(rmdir(path), 0);
        assert_int_equal(instance_lock_take(&lock, device, parent, "onenet"), 0);
        instance_lock_release(&lock);
}

static void test_names(void **state) {
        InstanceLock lock = INSTANCE_LOCK_INIT;

        assert_int_equal(instance_lock_take(&lock, device, parent, ""), -EINVAL);
        assert_int_equal(instance_lock_take(&lock, device, parent, ".."), -EINVAL);
        assert_int_equal(instance_lock_take(&lock, device, parent, "a/b"), -EINVAL);
        assert_int_equal(lock.fd, -EBADF);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_only_one_has_it, setup, teardown),
                cmocka_unit_test_setup_teardown(test_dies_with_its_holder, setup, teardown),
                cmocka_unit_test_setup_teardown(test_other_users_cannot_hold_it, setup, teardown),
                cmocka_unit_test_setup_teardown(test_no_room, setup, teardown),
                cmocka_unit_test_setup_teardown(test_no_device, setup, teardown),
                cmocka_unit_test_setup_teardown(test_directory_in_use, setup, teardown),
                cmocka_unit_test_setup_teardown(test_names, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
