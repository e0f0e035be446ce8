/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * pptp-hooks: which units it has systemd start, and when. A script in the place of systemctl(1)
 * writes down what it is asked for.
 */

#include "../unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/macros.h"
#include "core/base/paths.h"
#include "io/clock.h"
#include "io/program.h"
#include "io/unit.h"
#include "unit-hooks/unit-hooks.h"

#define UP "STATE=up\nTUNNEL=other\nADDRESS=10.0.0.2\nUP_SINCE_BOOTTIME=1000\n"
#define LAST                                                                           \
        "STATE=closing-link\nFAILURE_1_AT_BOOTTIME=2000\nFAILURE_1_AT_REALTIME=2000\n" \
        "FAILURE_1_TIMES=1\nFAILURE_1_REASON=LCP-01\nFAILURE_1_TEXT=silent\n"

#define GOOD "[Tunnel]\nServer=vpn.example\n[Authentication]\nUser=alice\n"

typedef struct Fixture {
        char root[64];
        int fd;         /* the supervisor's end */
        int journal_fd; /* where the journal would read */
        pid_t pid;
} Fixture;

static void write_file(const Fixture *f, const char *path, mode_t mode, const char *text) {
        char whole[256];
        FILE *file;

        snprintf(whole, sizeof(whole), "%s/%s", f->root, path);
        file = fopen(whole, "we");
        assert_non_null(file);
        fputs(text, file);
        fclose(file);
        assert_int_equal(chmod(whole, mode), 0);
}

static void configure(const Fixture *f, const char *text) {
        write_file(f, PATHS_SYSCONF_DIRECTORY "/conf.d/onenet.conf", 0644, text);
}

static int setup(void **state) {
        Fixture *f = calloc(1, sizeof(*f));
        char text[1024];

        assert_non_null(f);
        *state = f;
        strcpy(f->root, "/tmp/test-unit-hooks.XXXXXX");
        assert_non_null(mkdtemp(f->root));
        snprintf(text, sizeof(text), "mkdir -p %s" PATHS_SYSCONF_DIRECTORY "/conf.d %s/run",
                 f->root, f->root);
        assert_int_equal(system(text), 0);

        snprintf(text, sizeof(text),
                 "#!/bin/sh\n"
                 "[ \"$1\" = is-system-running ] && { cat %s/system 2>/dev/null; exit 1; }\n"
                 "for unit; do :; done\n"
                 "[ \"$1\" = show ] && { echo $unit >>%s/looked; cat %s/show.$unit 2>/dev/null ||\n"
                 "        printf 'LoadState=not-found\\nUnitFileState=\\n'; exit 0; }\n"
                 "case $unit in missing*)\n"
                 "        echo \"Failed to start $unit: Unit $unit not found.\" >&2\n"
                 "        exit 5 ;; esac\n"
                 "echo \"$@\" >>%s/asked\n",
                 f->root, f->root, f->root, f->root);
        write_file(f, "systemctl", 0755, text);
        snprintf(text, sizeof(text), "%s:/usr/bin:/bin", f->root);
        assert_int_equal(setenv("PATH", text, 1), 0);
        return 0;
}

static int teardown(void **state) {
        Fixture *f = *state;
        char command[128];

        snprintf(command, sizeof(command), "rm -r %s", f->root);
        assert_int_equal(system(command), 0);
        free(f);
        return 0;
}

/* Nobody waits for ever for what is not said. */
static void limit_wait(int fd) {
        const struct timeval limit = { .tv_sec = 20 };

        assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)), 0);
}

/* Serves a connection in a process of its own, as systemd has it done. */
static void connect_to_it(Fixture *f) {
        char path[128], directory[128];
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int ends[2];

        snprintf(path, sizeof(path), "%s/journal", f->root);
        snprintf(directory, sizeof(directory), "%s/run", f->root);
        (void) unlink(path);
        f->journal_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        strcpy(address.sun_path, path);
        assert_int_equal(bind(f->journal_fd, (struct sockaddr *) &address, sizeof(address)), 0);
        assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
        f->fd = ends[0];
        limit_wait(f->fd);
        fflush(NULL);
        f->pid = fork();
        assert_true(f->pid >= 0);
        if (f->pid == 0) {
                Journal journal;

                close(ends[0]);
                journal_init(&journal, "onenet", path);
                _exit(-unit_hooks_serve(ends[1], "onenet", f->root, directory, &journal));
        }
        close(ends[1]);
}

/* Hangs up, and waits for its end. Returns the positive errno that it ended with, or 0. */
static int hang_up(Fixture *f) {
        int status;

        close(f->fd);
        assert_int_equal(waitpid(f->pid, &status, 0), f->pid);
        close(f->journal_fd);
        assert_true(WIFEXITED(status));
        return WEXITSTATUS(status);
}

static void say(const Fixture *f, const char *text) {
        assert_int_equal(send(f->fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* The whole of a file, "" if it is not there. In static memory. */
static const char *text_of(const Fixture *f, const char *name) {
        static char text[8192];
        char path[128];
        FILE *file;
        size_t n = 0;

        snprintf(path, sizeof(path), "%s/%s", f->root, name);
        file = fopen(path, "re");
        if (file) {
                n = fread(text, 1, sizeof(text) - 1, file);
                fclose(file);
        }
        text[n] = '\0';
        return text;
}

/* The next thing that the supervisor is told. */
static void assert_told(Fixture *f, const char *expected) {
        char text[1024];
        ssize_t n;

        n = recv(f->fd, text, sizeof(text) - 1, 0);
        assert_true(n > 0);
        text[n] = '\0';
        assert_string_equal(text, expected);
}

#define FAILED "ActiveState=failed\nConditionResult=yes\nInactiveExitTimestampMonotonic="
#define ASK(unit) "start --no-block --job-mode=fail -- " unit "\n"

static void test_up_and_down(void **state) {
        Fixture *f = *state;

        configure(f, GOOD "[Hooks]\nUp=a@%i.service b.target\nDown=c.service\n");
        connect_to_it(f);
        say(f, UP);
        say(f, LAST);
        assert_int_equal(hang_up(f), 0);
        assert_string_equal(text_of(f, "asked"),
                            ASK("a@onenet.service") ASK("b.target") ASK("c.service"));

        /* The name is not what the supervisor says. */
        assert_non_null(strstr(text_of(f, "run/onenet.up"), "EVENT=up\n"));
        assert_non_null(strstr(text_of(f, "run/onenet.up"), "TUNNEL=onenet\n"));
        assert_non_null(strstr(text_of(f, "run/onenet.down"), "EVENT=down\n"));
        assert_non_null(strstr(text_of(f, "run/onenet.down"), "ADDRESS=10.0.0.2\n"));
        assert_non_null(strstr(text_of(f, "run/onenet.down"), "FAILURE_1_REASON=LCP-01\n"));
}

/* A supervisor that was killed says nothing more; and what it cannot have said has no effect. */
static void test_no_last_word(void **state) {
        Fixture *f = *state;

        configure(f, GOOD "[Hooks]\nDown=c.service\n");
        connect_to_it(f);
        say(f, UP "LD_PRELOAD=/run/evil.so\nC_SERVICE=evil.service\n");
        assert_int_equal(hang_up(f), 0);
        assert_string_equal(text_of(f, "asked"), ASK("c.service"));
        assert_non_null(strstr(text_of(f, "run/onenet.down"), "ADDRESS=10.0.0.2\n"));
        assert_null(strstr(text_of(f, "run/onenet.down"), "FAILURE"));
        assert_null(strstr(text_of(f, "run/onenet.down"), "evil"));
}

static void test_nonsense(void **state) {
        Fixture *f = *state;

        configure(f, GOOD "[Hooks]\nUp=a.service\nDown=c.service\n");
        connect_to_it(f);
        say(f, "a.service");
        assert_int_equal(hang_up(f), EBADMSG);
        connect_to_it(f);
        assert_int_equal(hang_up(f), 0);
        assert_string_equal(text_of(f, "asked"), "");
}

/* The supervisor is told of Up=, and journald of Down=, since the supervisor may be gone. */
static void test_missing_units(void **state) {
        Fixture *f = *state;
        char text[1024];
        ssize_t n;

        configure(f,
                  GOOD "[Hooks]\nUp=missing.service a.service missing2.service\n"
                       "Down=missing.service c.service\n");
        write_file(f, "show.missing2.service", 0644, "LoadState=masked\nUnitFileState=masked\n");
        connect_to_it(f);
        say(f, UP);
        assert_told(f,
                    "Up=missing.service is not started: Unit missing.service not found "
                    "(write the unit, or its right name, then systemctl daemon-reload); "
                    "Up=missing2.service is not started: Unit missing2.service not found "
                    "(systemctl unmask missing2.service)");
        shutdown(f->fd, SHUT_WR);
        assert_int_equal(recv(f->fd, text, sizeof(text), 0), 0);
        n = recv(f->journal_fd, text, sizeof(text) - 1, 0);
        assert_true(n > 0);
        text[n] = '\0';
        assert_non_null(strstr(text,
                               "onenet: [Hooks] Down=missing.service is not started: Unit "
                               "missing.service not found (write the unit, or its right name, "
                               "then systemctl daemon-reload), ignoring"));
        assert_non_null(strstr(text, "PPTP_TUNNEL=onenet"));
        assert_int_equal(hang_up(f), 0);
        assert_string_equal(text_of(f, "asked"), ASK("a.service") ASK("c.service"));
}

/*
 * systemd queues a job, and refuses it only when it comes to it. One that waits for another is not
 * waited for, with few looks at it, and one that failed in another way has been started. systemd
 * unloads one that has run well, and knows no more of it than of one that has never run.
 */
static void test_start_limit(void **state) {
        Fixture *f = *state;
        size_t looks = 0;

        configure(f,
                  GOOD "[Hooks]\nUp=often.service late.service bad.service fine.service "
                       "unmet.service done.service\n");
        write_file(f, "show.often.service", 0644, "Job=\n" FAILED "5\n");
        write_file(f, "show.late.service", 0644, "Job=7\n" FAILED "5\n");
        write_file(f, "show.bad.service", 0644, "Job=\n" FAILED "9000000000000000000\n");
        write_file(f, "show.fine.service", 0644,
                   "Job=8\nActiveState=activating\nInactiveExitTimestampMonotonic=5\n");
        write_file(f, "show.unmet.service", 0644,
                   "Job=\nActiveState=failed\nConditionResult=no\n"
                   "InactiveExitTimestampMonotonic=5\n");
        write_file(f, "show.done.service", 0644,
                   "Job=\nActiveState=inactive\nConditionResult=no\n"
                   "InactiveExitTimestampMonotonic=0\n");
        connect_to_it(f);
        say(f, UP);
        assert_told(f,
                    "Up=often.service is not started: it was started too often for its "
                    "StartLimitBurst=, or requires a unit that failed (journalctl -u "
                    "often.service says which)");
        assert_int_equal(hang_up(f), 0);
        assert_string_equal(text_of(f, "asked"),
                            ASK("often.service") ASK("late.service") ASK("bad.service")
                                    ASK("fine.service") ASK("unmet.service") ASK("done.service"));
        for (const char *at = text_of(f, "looked"); (at = strstr(at, "late.service")); at++)
                looks++;
        assert_in_range(looks, 2, 5);
}

/* While it waits it tells the watchdog, and a process that is stopped does not. */
static void test_watchdog(void **state) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        Fixture *f = *state;
        char text[256];
        int fd;

        fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        assert_true(fd >= 0);
        limit_wait(fd);
        snprintf(address.sun_path, sizeof(address.sun_path), "%s/notify", f->root);
        assert_int_equal(bind(fd, (struct sockaddr *) &address, sizeof(address)), 0);
        assert_int_equal(setenv("NOTIFY_SOCKET", address.sun_path, 1), 0);
        assert_int_equal(setenv("WATCHDOG_USEC", "60000", 1), 0);

        configure(f, GOOD "[Hooks]\nDown=c.service\n");
        connect_to_it(f);
        unsetenv("NOTIFY_SOCKET");
        unsetenv("WATCHDOG_USEC");
        say(f, UP);
        do
                memset(text, 0, sizeof(text));
        while (recv(fd, text, sizeof(text) - 1, 0) > 0 && !strstr(text, "STATUS="));
        for (size_t i = 0; i < 5; i++) {
                memset(text, 0, sizeof(text));
                assert_true(recv(fd, text, sizeof(text) - 1, 0) > 0);
                assert_string_equal(text, "WATCHDOG=1");
        }
        assert_int_equal(hang_up(f), 0);
        close(fd);
}

/* What systemd says of a unit: which of its relations are to the tunnel's. */
static void test_relations(void **state) {
        Fixture *f = *state;
        HookUnit u;

        write_file(f, "show.x.service", 0644,
                   "LoadState=loaded\nUnitFileState=static\n"
                   "Requires=sysinit.target pptp@onenet.service2\n"
                   "BindsTo=a.service pptp@onenet.service\nPartOf=pptp@onenet.service b.service\n"
                   "Wants=pptp@onenet\nConflicts=\n");
        assert_int_equal(unit_get_hook_unit("x.service", "onenet", &u), 0);
        assert_string_equal(u.load_state, "loaded");
        assert_false(u.is_masked_at_runtime);
        for (size_t i = 0; i < _HOOK_RELATION_MAX; i++)
                assert_int_equal(u.relations[i], i == HOOK_BINDS_TO || i == HOOK_PART_OF);

        write_file(f, "show.x.service", 0644, "LoadState=masked\nUnitFileState=masked-runtime\n");
        assert_int_equal(unit_get_hook_unit("x.service", "onenet", &u), 0);
        assert_true(u.is_masked_at_runtime);
        write_file(f, "show.x.service", 0644, "");
        assert_int_equal(unit_get_hook_unit("x.service", "onenet", &u), -EIO);
}

/* Another program: all that it says, cut at the buffer, and killed once its time is over. */
static void test_program(void **state) {
        static const char *const both[] = { "sh", "-c", "echo a; echo b >&2; exit 3", NULL };
        static const char *const much[] = { "sh", "-c", "yes | head -c 200000", NULL };
        static const char *const slow[] = { "sh", "-c", "echo a; exec sleep 60", NULL };
        char text[8];

        assert_int_equal(program_capture_all(both, USEC_PER_MINUTE, text, sizeof(text)), 3);
        assert_string_equal(text, "a\nb\n");
        assert_int_equal(program_capture(both, -1, text, sizeof(text)), 3);
        assert_string_equal(text, "a\n");
        assert_int_equal(program_capture_all(much, USEC_PER_MINUTE, text, sizeof(text)), 0);
        assert_string_equal(text, "y\ny\ny\ny");
        assert_int_equal(program_capture_all(slow, 10 * USEC_PER_MSEC, text, sizeof(text)),
                         -ETIMEDOUT);
}

/* Nothing starts any more, which is no news at a shutdown. */
static void test_shutdown(void **state) {
        Fixture *f = *state;
        char text[64];

        configure(f, GOOD "[Hooks]\nDown=missing.service\n");
        write_file(f, "system", 0644, "stopping\n");
        connect_to_it(f);
        say(f, UP);
        shutdown(f->fd, SHUT_WR);
        assert_int_equal(recv(f->fd, text, sizeof(text), 0), 0);
        assert_int_equal(recv(f->journal_fd, text, sizeof(text), 0), -1);
        assert_int_equal(errno, EAGAIN);
        assert_int_equal(hang_up(f), 0);
}

/* The files are read for each event: a mistake in them is told, and no older units are used. */
static void test_changed_configuration(void **state) {
        Fixture *f = *state;

        configure(f, GOOD "[Hooks]\nUp=backup\n");
        connect_to_it(f);
        say(f, UP);
        assert_told(f,
                    "Up= starts nothing: the configuration is wrong by now (pptpctl check "
                    "onenet)");
        configure(f, GOOD "[Hooks]\nDown=d.service\n");
        assert_int_equal(hang_up(f), 0);
        assert_string_equal(text_of(f, "asked"), ASK("d.service"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_up_and_down, setup, teardown),
                cmocka_unit_test_setup_teardown(test_no_last_word, setup, teardown),
                cmocka_unit_test_setup_teardown(test_nonsense, setup, teardown),
                cmocka_unit_test_setup_teardown(test_missing_units, setup, teardown),
                cmocka_unit_test_setup_teardown(test_start_limit, setup, teardown),
                cmocka_unit_test_setup_teardown(test_watchdog, setup, teardown),
                cmocka_unit_test_setup_teardown(test_relations, setup, teardown),
                cmocka_unit_test_setup_teardown(test_program, setup, teardown),
                cmocka_unit_test_setup_teardown(test_shutdown, setup, teardown),
                cmocka_unit_test_setup_teardown(test_changed_configuration, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
