/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A shell script in pppd's place shows what it was started with. */

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/macros.h"
#include "io/pppd.h"
#include "io/plugin-channel.h"

typedef struct Fixture {
        sd_event *event;
        Pppd *pppd;
        char script[PATH_MAX];
        char text[16384]; /* all lines, each with a newline */
        int code, status;
        bool exited;
        bool free_at_line;
        int fds[2];
} Fixture;

static void on_line(Pppd *p, const char *line, void *userdata) {
        Fixture *f = userdata;

        strncat(f->text, line, sizeof(f->text) - strlen(f->text) - 2);
        strcat(f->text, "\n");
        if (f->free_at_line)
                f->pppd = pppd_free(p);
}

static void on_exited(Pppd *p, int code, int status, void *userdata) {
        Fixture *f = userdata;

        f->code = code;
        f->status = status;
        f->exited = true;
        f->pppd = pppd_free(p);
}

static int set_up(void **state) {
        Fixture *f = calloc(1, sizeof(*f));
        sigset_t mask;

        sigemptyset(&mask);
        sigaddset(&mask, SIGCHLD);
        sigaddset(&mask, SIGTERM);
        sigprocmask(SIG_BLOCK, &mask, NULL);
        signal(SIGPIPE, SIG_IGN);

        assert_int_equal(sd_event_new(&f->event), 0);
        assert_int_equal(pipe2(f->fds, O_CLOEXEC), 0);
        strcpy(f->script, "/tmp/test-pppd.XXXXXX");
        *state = f;
        return 0;
}

static int tear_down(void **state) {
        Fixture *f = *state;

        pppd_free(f->pppd);
        sd_event_unref(f->event);
        close(f->fds[0]);
        close(f->fds[1]);
        if (f->script[0])
                unlink(f->script);
        free(f);
        return 0;
}

static void start_program(Fixture *f, bool allow_stateful) {
        PppdOptions options = {
                .program = f->script,
                .plugin = "pptp-supervisor.so",
                .plugin_fd = f->fds[0],
                .interface_name = "onenet",
                .user = "COMPANY\\joe",
                .remote_name = "onenet",
                .ip_param = "onenet",
                .allow_stateful = allow_stateful,
        };

        assert_int_equal(pppd_new(f->event, &options, on_line, on_exited, f, &f->pppd), 0);
}

static void start(Fixture *f, const char *script, bool allow_stateful) {
        int fd = mkstemp(f->script);

        assert_true(fd >= 0);
        assert_true(dprintf(fd, "#!/bin/sh\n%s\n", script) > 0);
        assert_int_equal(fchmod(fd, 0700), 0);
        close(fd);
        start_program(f, allow_stateful);
}

static void run_to_end(Fixture *f) {
        for (int i = 0; i < 200 && !f->exited; i++)
                assert_true(sd_event_run(f->event, 50 * USEC_PER_MSEC) >= 0);
        assert_true(f->exited);
}

static void test_arguments(void **state) {
        Fixture *f = *state;

        start(f, "printf '<%s>' \"$@\"; exit 7", false);
        run_to_end(f);
        assert_int_equal(f->code, CLD_EXITED);
        assert_int_equal(f->status, 7);
        assert_non_null(strstr(f->text, "<plugin><pptp-supervisor.so>"));
        assert_non_null(strstr(f->text, "<pptp-supervisor-socket><3>"));
        assert_non_null(strstr(f->text, "<user><COMPANY\\joe>"));
        assert_non_null(strstr(f->text, "<ifname><onenet>"));
        assert_non_null(strstr(f->text, "<nomppe-stateful>"));
        assert_non_null(strstr(f->text, "<lcp-echo-interval><0><lcp-echo-failure><0>"));
        assert_null(strstr(f->text, "require-mppe"));
        assert_null(strstr(f->text, "<debug>"));
}

/* Nothing but PATH, four descriptors, no signal blocked or ignored, a session of its own. */
static void test_surroundings(void **state) {
        Fixture *f = *state;

        setenv("NOTIFY_SOCKET", "/run/systemd/notify", 1);
        start(f, "exec " SURROUNDINGS, false);
        run_to_end(f);
        unsetenv("NOTIFY_SOCKET");
        assert_non_null(strstr(f->text, "PATH="));
        assert_null(strstr(f->text, "NOTIFY_SOCKET"));
        assert_non_null(strstr(f->text, "fd 0\nfd 1\nfd 2\nfd 3\n"));
        assert_null(strstr(f->text, "fd 4\n"));
        assert_non_null(strstr(f->text, "leads a session: yes"));
}

/* Started without a shell, which sees to its own signals. */
static void test_signals(void **state) {
        Fixture *f = *state;

        strcpy(f->script, SURROUNDINGS);
        start_program(f, false);
        f->script[0] = '\0';
        run_to_end(f);
        assert_non_null(strstr(f->text, "SigBlk:\t0000000000000000\n"));
        /* glibc ignores the two real-time signals that it keeps for itself. */
        assert_true(strstr(f->text, "SigIgn:\t0000000180000000\n") ||
                    strstr(f->text, "SigIgn:\t0000000000000000\n"));
}

static void test_terminate(void **state) {
        Fixture *f = *state;

        start(f, "trap 'printf bye; exit 5' TERM; echo ready; while :; do sleep 0.05; done", true);
        while (!f->text[0])
                assert_true(sd_event_run(f->event, USEC_PER_SEC) >= 0);
        assert_int_equal(pppd_terminate(f->pppd), 0);
        run_to_end(f);
        assert_int_equal(f->status, 5);
        assert_string_equal(f->text, "ready\nbye\n");
}

static void test_kill(void **state) {
        Fixture *f = *state;

        start(f, "trap '' TERM; echo ready; while :; do sleep 0.05; done", true);
        while (!f->text[0])
                assert_true(sd_event_run(f->event, USEC_PER_SEC) >= 0);
        assert_int_equal(pppd_kill(f->pppd), 0);
        run_to_end(f);
        assert_int_equal(f->code, CLD_KILLED);
        assert_int_equal(f->status, SIGKILL);
}

static void test_free_while_running(void **state) {
        Fixture *f = *state;
        pid_t pid;

        start(f, "echo one; echo two; exec sleep 60", true);
        pid = pppd_get_pid(f->pppd);
        f->free_at_line = true;
        while (!f->text[0])
                assert_true(sd_event_run(f->event, USEC_PER_SEC) >= 0);

        assert_string_equal(f->text, "one\n");
        assert_null(f->pppd);
        assert_int_equal(kill(pid, 0), -1);
        assert_int_equal(errno, ESRCH);
}

static void test_overlong_line(void **state) {
        Fixture *f = *state;

        start(f, "head -c 3000 /dev/zero | tr '\\0' x", true);
        run_to_end(f);
        assert_int_equal(strlen(f->text), 3003);
}

static int on_flood(_unused_ sd_event_source *source, _unused_ int fd, _unused_ uint32_t revents,
                    _unused_ void *userdata) {
        return 0;
}

/* The end is noticed also while another source always has something to say. */
static void test_end_in_a_flood(void **state) {
        Fixture *f = *state;
        int fds[2];

        assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
        assert_int_equal(write(fds[1], "", 1), 1);
        assert_true(sd_event_add_io(f->event, NULL, fds[0], EPOLLIN, on_flood, NULL) >= 0);

        start(f, "exit 7", true);
        for (int i = 0; i < 1000000 && !f->exited; i++)
                assert_true(sd_event_run(f->event, 50 * USEC_PER_MSEC) >= 0);
        assert_true(f->exited);
        close(fds[0]);
        close(fds[1]);
}

static void test_no_program(void **state) {
        Fixture *f = *state;
        PppdOptions options = {
                .program = "/nonexistent/pppd",
                .plugin = "",
                .plugin_fd = f->fds[0],
                .interface_name = "",
                .user = "",
                .remote_name = "",
                .ip_param = "",
        };

        assert_int_equal(pppd_new(f->event, &options, on_line, on_exited, f, &f->pppd), -ENOENT);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_arguments, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_surroundings, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_signals, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_terminate, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_kill, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_free_while_running, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_overlong_line, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_end_in_a_flood, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_no_program, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
