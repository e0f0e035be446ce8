/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/macros.h"
#include "io/privileges.h"

/* In a process of its own, since there is no way back. Returns its exit status. */
static int run_without(uint64_t kept, int (*function)(void)) {
        int status;
        pid_t pid;

        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0)
                _exit(privileges_keep(kept) < 0 ? 100 : function());

        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        return WEXITSTATUS(status);
}

static int change_host_name(void) {
        return sethostname("x", 0) < 0 ? errno : 0;
}

/* Of root's own rights nothing is left for what is executed either. */
static int ask_a_child(void) {
        const char *command = "! grep -E '^Cap(Eff|Prm):' /proc/self/status | cut -f 2 |"
                              " grep -q '[1-9a-f]'";

        return WEXITSTATUS(system(command));
}

static int has_no_new_privileges(void) {
        return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
}

static void test_drops(_unused_ void **state) {
        if (geteuid() != 0 || unshare(CLONE_NEWUTS) < 0)
                skip();

        assert_int_equal(run_without(UINT64_MAX, change_host_name), 0);
        assert_int_equal(run_without(UINT64_C(1) << CAP_SYS_ADMIN, change_host_name), 0);
        assert_int_equal(run_without(UINT64_C(1) << CAP_NET_ADMIN, change_host_name), EPERM);
        assert_int_equal(run_without(0, change_host_name), EPERM);
}

static int has_it(void) {
        return privileges_has(CAP_SYS_ADMIN) ? 1 : 0;
}

static void test_knows_what_it_has(_unused_ void **state) {
        if (geteuid() != 0)
                skip();

        assert_int_equal(run_without(UINT64_C(1) << CAP_SYS_ADMIN, has_it), 1);
        assert_int_equal(run_without(UINT64_C(1) << CAP_NET_ADMIN, has_it), 0);
}

static void test_no_way_back(_unused_ void **state) {
        assert_int_equal(run_without(0, has_no_new_privileges), 1);
        assert_int_equal(run_without(0, ask_a_child), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_drops),
                cmocka_unit_test(test_knows_what_it_has),
                cmocka_unit_test(test_no_way_back),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
