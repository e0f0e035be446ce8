/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What a process that has given up rights can reach of others, and leave for them. */

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <linux/netlink.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "core/base/macros.h"
#include "io/fd.h"
#include "io/namespace.h"
#include "io/privileges.h"
#include "network.h"

/* Where none of the processes looks. */
#define FOLDER "/proc/self"

static int enter(void) {
        static const char *const nowhere[] = { NULL };

        return privileges_enter_domain(FOLDER, nowhere);
}

/* Returns 0 or a negative errno. */
static int look_at(pid_t pid, const char *link) {
        _cleanup_close_ int fd = -EBADF;
        char path[64];

        snprintf(path, sizeof(path), "/proc/%d/%s", (int) pid, link);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        return fd < 0 ? -errno : 0;
}

/* The caller ends and reaps it. */
static pid_t start_process(void) {
        pid_t pid = fork();

        if (pid == 0) {
                prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
                for (;;)
                        pause();
        }

        return pid;
}

static int look_at_parent(void) {
        static const char *const links[] = { "root/etc", "cwd/.", "ns/net", "mem" };

        for (size_t i = 0; i < ELEMENTSOF(links); i++)
                if (look_at(getppid(), links[i]) < 0)
                        return -100 - (int) i;

        if (enter() < 0)
                return -50;

        for (size_t i = 0; i < ELEMENTSOF(links); i++)
                if (look_at(getppid(), links[i]) != -EACCES)
                        return -200 - (int) i;

        return 0;
}

static void test_others_are_out_of_reach(void **state) {
        assert_int_equal(network_in_child(look_at_parent), 0);
}

/* As before: its own process, its children, and a way into a namespace that is open. */
static int do_what_a_supervisor_does(void) {
        NamespaceVisit visit;
        pid_t inside, outside = getppid();
        int fd, r = 0;

        if (namespace_open("/proc/self/ns/net", &fd) != 0 || enter() < 0)
                return -1;

        inside = start_process();
        if (inside < 0)
                return -2;

        if (look_at(outside, "root/etc") != -EACCES)
                r = -3;
        else if (kill(inside, 0) < 0)
                r = -4;
        else if (look_at(inside, "root/etc") < 0)
                r = -5;
        else if (look_at(getpid(), "root/etc") < 0 || look_at(getpid(), "mountinfo") < 0)
                r = -6;
        else if (namespace_enter(fd, &visit) < 0)
                r = -7;
        else
                namespace_leave(&visit);

        kill(inside, SIGKILL);
        return waitpid(inside, NULL, 0) == inside ? r : -8;
}

static void test_nothing_else_changes(void **state) {
        assert_int_equal(network_in_child(do_what_a_supervisor_does), 0);
}

/* Both scopes came with ABI 6 of Landlock. */
static bool kernel_has_scopes(void) {
        return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) >= 6;
}

/* Returns 0 if a signal gets to a process, or a negative errno. */
static int try_signal(pid_t pid) {
        return kill(pid, 0) < 0 ? -errno : 0;
}

static int signal_others(void) {
        int refusal = kernel_has_scopes() ? -EPERM : 0, status, r = 0;
        pid_t inside;

        if (enter() < 0)
                return -1;

        inside = start_process();
        if (inside < 0)
                return -2;

        if (try_signal(getppid()) != refusal)
                r = -3;
        else if (kill(inside, SIGTERM) < 0 || waitpid(inside, &status, 0) != inside ||
                 !WIFSIGNALED(status) || WTERMSIG(status) != SIGTERM)
                r = -4;

        return r;
}

static void test_signals_stay_inside(void **state) {
        assert_int_equal(network_in_child(signal_others), 0);
}

/* As pppd may its supervisor: both are in the domain. */
static int signal_starter(void) {
        pid_t child;
        int status;

        if (enter() < 0)
                return -1;

        child = fork();
        if (child == 0)
                _exit(try_signal(getppid()) < 0);

        return child > 0 && waitpid(child, &status, 0) == child && status == 0 ? 0 : -2;
}

static void test_signals_to_the_starter(void **state) {
        assert_int_equal(network_in_child(signal_starter), 0);
}

/* PR_SET_PDEATHSIG sends in the name of the process that ends. */
static int die_before_child(void) {
        int ends[2], status;
        pid_t middle;
        char byte;

        if (enter() < 0 || pipe(ends) < 0)
                return -1;

        middle = fork();
        if (middle == 0) {
                pid_t child = start_process();

                /* It waits, and has asked for the signal, once it was seen to run. */
                usleep(50000);
                _exit(child < 0);
        }

        close(ends[1]);
        if (middle < 0 || waitpid(middle, &status, 0) != middle || status != 0)
                return -2;

        return read(ends[0], &byte, 1) == 0 ? 0 : -3;
}

static void test_death_takes_the_child_along(void **state) {
        assert_int_equal(network_in_child(die_before_child), 0);
}

/* As containerd, iscsid and multipathd have them, beyond the reach of mounts. */
static int connect_to_abstract_socket(void) {
        struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "\0test-privileges" };
        _cleanup_close_ int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        _cleanup_close_ int before = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        _cleanup_close_ int after = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const struct sockaddr *a = (const struct sockaddr *) &address;

        if (bind(listener, a, sizeof(address)) < 0 || listen(listener, 2) < 0 ||
            connect(before, a, sizeof(address)) < 0 || enter() < 0)
                return -1;

        return connect(after, a, sizeof(address)) < 0 ? -errno : 0;
}

static void test_abstract_sockets_are_out_of_reach(void **state) {
        assert_int_equal(network_in_child(connect_to_abstract_socket),
                         kernel_has_scopes() ? -EPERM : 0);
}

/* Returns 0 or a negative errno. */
static int make_file(const char *path) {
        _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

        return fd < 0 ? -errno : 0;
}

static char top[] = "/tmp/test-privileges.XXXXXX";

static int make_folders_and_files(void) {
        char own[64], inner[80], link[80], other[64], file[80], renamed[80];
        const char *const file_folders[] = { own, NULL };
        int r = 0;

        snprintf(own, sizeof(own), "%s/own", top);
        snprintf(inner, sizeof(inner), "%s/inner", own);
        snprintf(link, sizeof(link), "%s/link", own);
        snprintf(file, sizeof(file), "%s/file", own);
        snprintf(renamed, sizeof(renamed), "%s/renamed", own);
        snprintf(other, sizeof(other), "%s/other", top);
        if (mkdir(own, 0755) < 0 || make_file(other) < 0 ||
            privileges_enter_domain(own, file_folders) < 0)
                r = -2;
        else if (unlink(other) == 0 || errno != EACCES)
                r = -6;
        else if (mkdir(inner, 0755) < 0)
                r = -5;
        else if (mkdir(strcat(other, "s"), 0755) == 0 || errno != EACCES)
                r = -3;
        else if (symlink("/", link) == 0 || errno != EACCES)
                r = -4;
        else if (make_file(other) != -EACCES)
                r = -7;
        else if (make_file(file) < 0 || rename(file, renamed) < 0 || unlink(renamed) < 0)
                r = -8;

        return r;
}

static void test_no_folders_for_others(void **state) {
        assert_non_null(mkdtemp(top));
        assert_int_equal(network_in_child(make_folders_and_files), 0);
        network_run("rm -r %s", top);
}

static int enter_without_folder(void) {
        static const char *const files[] = { "/nonexistent/files", NULL };

        return privileges_enter_domain("/nonexistent/folder", files);
}

static void test_folder_that_is_missing(void **state) {
        assert_int_equal(network_in_child(enter_without_folder), 0);
}

static int open_netlink(int protocol) {
        _cleanup_close_ int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);

        return fd < 0 ? -errno : 0;
}

/* What leads out of a unit that has CAP_NET_ADMIN, and what a supervisor needs. */
static int make_calls(void) {
        static const int others[] = { NETLINK_KOBJECT_UEVENT, NETLINK_GENERIC, NETLINK_AUDIT,
                                      NETLINK_SOCK_DIAG, NETLINK_XFRM };
        char folder[] = "/tmp/test-privileges.XXXXXX";
        struct rlimit limit;
        pid_t other;
        int r = 0;

        if (!mkdtemp(folder) || open_netlink(NETLINK_KOBJECT_UEVENT) < 0)
                return -1;
        other = start_process();
        if (other < 0 || privileges_refuse_calls() < 0)
                return -2;

        for (size_t i = 0; i < ELEMENTSOF(others); i++)
                if (open_netlink(others[i]) != -EPROTONOSUPPORT)
                        r = -10 - (int) i;
        if (open_netlink(NETLINK_ROUTE) < 0 || open_netlink(NETLINK_NETFILTER) < 0)
                r = -3;
        if (prlimit(other, RLIMIT_CPU, NULL, &limit) == 0 || errno != EPERM)
                r = -4;
        if (getrlimit(RLIMIT_CPU, &limit) < 0)
                r = -5;
        if (chmod(folder, 0777) == 0 || errno != EPERM)
                r = -6;
        if (fchmodat(AT_FDCWD, folder, 0777, 0) == 0 || errno != EPERM)
                r = -7;
        if (setxattr(folder, "user.test", "", 0, 0) == 0 || errno != EPERM)
                r = -20;
        if (syscall(SYS_io_uring_setup, 1, NULL) == 0 || errno != ENOSYS)
                r = -8;

        kill(other, SIGKILL);
        rmdir(folder);
        return waitpid(other, NULL, 0) == other ? r : -9;
}

static void test_calls_are_refused(void **state) {
        assert_int_equal(network_in_child(make_calls), 0);
}

static int enter_without_rights(void) {
        int r = privileges_keep(0);

        return r < 0 ? r : enter();
}

static void test_needs_no_capability(void **state) {
        assert_int_equal(network_in_child(enter_without_rights), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_others_are_out_of_reach),
                cmocka_unit_test(test_nothing_else_changes),
                cmocka_unit_test(test_signals_stay_inside),
                cmocka_unit_test(test_signals_to_the_starter),
                cmocka_unit_test(test_death_takes_the_child_along),
                cmocka_unit_test(test_abstract_sockets_are_out_of_reach),
                cmocka_unit_test(test_needs_no_capability),
                cmocka_unit_test(test_no_folders_for_others),
                cmocka_unit_test(test_folder_that_is_missing),
                cmocka_unit_test(test_calls_are_refused),
        };
        int r;

        network_enter();
        r = network_in_child(enter);
        if (r < 0) {
                fprintf(stderr, "skipped: a domain of Landlock: error %d\n", -r);
                return 77;
        }

        return cmocka_run_group_tests(tests, NULL, NULL);
}
