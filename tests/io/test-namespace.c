/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/fd.h"
#include "io/mount-watch.h"
#include "io/namespace-maker.h"
#include "io/namespace.h"
#include "network.h"

#define BLUE NAMESPACE_DIRECTORY "/blue"

static int make_blue(void) {
        return namespace_make("blue");
}

/* Its use as an exit status, above those that stand for an errno. */
static int find_use_of_blue(void) {
        NamespaceUse use = NAMESPACE_USE_FOREIGN;
        int fd, r;

        r = namespace_open("blue", &fd);
        if (r == 0)
                r = namespace_find_use(fd, &use);

        return r == 0 ? -200 - (int) use : -1;
}

static int remove_blue(void **state) {
        (void) namespace_remove("blue");
        (void) unlink(BLUE);
        return 0;
}

static void test_open(void **state) {
        int fd = -EBADF;

        assert_int_equal(namespace_open("blue", &fd), -ENOENT);
        assert_int_equal(namespace_open("/proc/self/status", &fd), NAMESPACE_E_OTHER);
        assert_int_equal(namespace_open("/proc/self/ns/mnt", &fd), NAMESPACE_E_OTHER);
        assert_int_equal(fd, -EBADF);

        assert_int_equal(namespace_open("/proc/self/ns/net", &fd), 0);
        close(fd);
}

/* What is opened during a visit stays there; the visitor does not. */
static void test_visit(void **state) {
        _cleanup_close_ int fd = -EBADF, other = -EBADF;
        NamespaceVisit visit;

        assert_int_equal(network_in_child(make_blue), 0);
        network_run("ip link add here type veth peer name hither");

        assert_int_equal(namespace_enter(NAMESPACE_OWN, &visit), 0);
        assert_true(if_nametoindex("here") > 0);
        namespace_leave(&visit);

        assert_int_equal(namespace_open("blue", &fd), 0);
        assert_int_equal(namespace_enter(fd, &visit), 0);
        assert_int_equal(if_nametoindex("here"), 0);
        assert_int_equal(namespace_open("/proc/thread-self/ns/net", &other), 0);
        assert_true(namespace_is_same(fd, other));
        namespace_leave(&visit);

        assert_true(if_nametoindex("here") > 0);
        namespace_leave(&visit); /* only the first counts */
        network_run("ip link delete here");
}

static void test_visit_of_what_is_none(void **state) {
        _cleanup_close_ int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
        NamespaceVisit visit = NAMESPACE_VISIT_INIT;

        assert_int_equal(namespace_enter(fd, &visit), -EINVAL);
        assert_int_equal(visit.home_fd, -EBADF);
}

/* One name, one namespace: and for a process that is in it, it stays. */
static void test_make_and_remove(void **state) {
        int fd;

        assert_int_equal(network_in_child(make_blue), 0);
        assert_int_equal(network_in_child(make_blue), -EEXIST);
        network_run("ip -n blue link show lo | grep -q UP,LOWER_UP");
        assert_int_equal(network_in_child(find_use_of_blue), -200 - NAMESPACE_USE_NONE);

        assert_int_equal(namespace_remove("blue"), 0);
        assert_int_equal(namespace_open("blue", &fd), -ENOENT);
        assert_true(access(BLUE, F_OK) < 0);
        assert_int_equal(namespace_remove("blue"), -ENOENT);
}

static void test_use(void **state) {
        pid_t pid;

        network_run("ip netns add blue");
        assert_int_equal(network_in_child(find_use_of_blue), -200 - NAMESPACE_USE_FOREIGN);
        network_run("ip netns delete blue");

        assert_int_equal(network_in_child(make_blue), 0);
        network_run("ip -n blue link add inner type veth peer name outer");
        assert_int_equal(network_in_child(find_use_of_blue), -200 - NAMESPACE_USE_NONE);
        network_run("ip -n blue link set inner up");
        assert_int_equal(network_in_child(find_use_of_blue), -200 - NAMESPACE_USE_INTERFACES);
        network_run("ip -n blue link delete inner");

        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
                execlp("ip", "ip", "netns", "exec", "blue", "sleep", "60", NULL);
                _exit(1);
        }
        for (unsigned i = 0; i < 100 && network_in_child(find_use_of_blue) == -200; i++)
                usleep(50 * 1000);
        assert_int_equal(network_in_child(find_use_of_blue), -200 - NAMESPACE_USE_PROCESSES);
        kill(pid, SIGKILL);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        assert_int_equal(network_in_child(find_use_of_blue), -200 - NAMESPACE_USE_NONE);
}

static int look_for_blue(int fd) {
        char byte;

        /* As the sandbox of a unit has them. */
        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0 ||
            write(fd, "", 1) != 1 || read(fd, &byte, 1) != 1)
                return -errno;

        return namespace_open("blue", &fd);
}

/* Copies of the mounts that were made before, such as those of running units, have the name too. */
static void test_units_see_the_name(void **state) {
        int ends[2], status;
        char byte;
        pid_t pid;

        assert_int_equal(network_in_child(make_blue),
                         0); /* which makes the folder a mount of its own */
        assert_int_equal(namespace_remove("blue"), 0);
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0)
                _exit(-look_for_blue(ends[1]) & 0xff);

        assert_int_equal(read(ends[0], &byte, 1), 1);
        assert_int_equal(network_in_child(make_blue), 0);
        assert_int_equal(write(ends[0], "", 1), 1);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
        close(ends[0]);
        close(ends[1]);
}

static void on_mounts(_unused_ MountWatch *w, void *userdata) {
        *(bool *) userdata = true;
}

/* Each mount and each end of one is told, and nothing else. */
static void test_mount_watch(void **state) {
        sd_event *event;
        bool changed = false;
        MountWatch *w;

        assert_true(sd_event_new(&event) >= 0);
        assert_int_equal(mount_watch_new(event, on_mounts, &changed, &w), 0);
        network_settle(event, 50 * USEC_PER_MSEC);
        changed = false;
        network_settle(event, 50 * USEC_PER_MSEC);
        assert_false(changed);

        network_run("ip netns add blue");
        assert_true(network_wait(event, &changed, 10 * USEC_PER_SEC));
        network_settle(event, 50 * USEC_PER_MSEC);
        changed = false;
        network_run("ip netns delete blue");
        assert_true(network_wait(event, &changed, 10 * USEC_PER_SEC));

        mount_watch_free(w);
        sd_event_unref(event);
}

/* The names of this machine are not to be seen, nor those of the test by others. */
static void hide_names(void) {
        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
            mount("none", "/run", "tmpfs", 0, NULL) < 0) {
                fprintf(stderr, "skipped: mounts of its own: %m\n");
                exit(77);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_open),
                cmocka_unit_test_teardown(test_visit, remove_blue),
                cmocka_unit_test(test_visit_of_what_is_none),
                cmocka_unit_test_teardown(test_make_and_remove, remove_blue),
                cmocka_unit_test_teardown(test_use, remove_blue),
                cmocka_unit_test_teardown(test_units_see_the_name, remove_blue),
                cmocka_unit_test_teardown(test_mount_watch, remove_blue),
        };

        network_enter();
        hide_names();
        return cmocka_run_group_tests(tests, NULL, NULL);
}
