/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Who asks for a reload waits for the answer, and gets the one that was meant for him. */

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "io/request-socket.h"

#define N_CLIENTS 3
#define NO_ANSWER 99

typedef struct Fixture {
        char folder[64];
        char path[128];
        sd_event *event;
        RequestSocket *socket;
        unsigned n_asked;
} Fixture;

static void on_asked(RequestSocket *s, void *userdata) {
        Fixture *f = userdata;

        assert_ptr_equal(s, f->socket);
        f->n_asked++;
}

static int setup(void **state) {
        Fixture *f = calloc(1, sizeof(*f));

        assert_non_null(f);
        strcpy(f->folder, "/tmp/request-socket-XXXXXX");
        assert_non_null(mkdtemp(f->folder));
        snprintf(f->path, sizeof(f->path), "%s/reload", f->folder);
        assert_true(sd_event_new(&f->event) >= 0);
        assert_int_equal(request_socket_new(f->event, f->path, on_asked, f, &f->socket), 0);
        *state = f;
        return 0;
}

static int teardown(void **state) {
        Fixture *f = *state;

        request_socket_free(f->socket);
        sd_event_unref(f->event);
        /* Nothing is left in it, or this fails. */
        assert_int_equal(rmdir(f->folder), 0);
        free(f);
        return 0;
}

/* A process that asks, and ends with the answer. */
static pid_t start_client(const Fixture *f) {
        pid_t pid = fork();

        assert_true(pid >= 0);
        if (pid == 0) {
                int answer;

                _exit(request_socket_ask(f->path, &answer) == 0 ? answer : NO_ANSWER);
        }

        return pid;
}

static int end_client(pid_t pid) {
        int status;

        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        return WEXITSTATUS(status);
}

static void wait_until_asked(Fixture *f, unsigned n_times) {
        while (f->n_asked < n_times)
                assert_true(sd_event_run(f->event, 10 * 1000 * 1000) > 0);
}

static void test_answer(void **state) {
        Fixture *f = *state;
        struct stat st;
        pid_t pid;

        assert_int_equal(stat(f->path, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);

        pid = start_client(f);
        wait_until_asked(f, 1);
        request_socket_answer(f->socket, 78);
        assert_int_equal(end_client(pid), 78);
}

/* One after the other, and each gets his own. */
static void test_several(void **state) {
        Fixture *f = *state;
        unsigned sum = 0;
        pid_t pids[N_CLIENTS];

        for (unsigned i = 0; i < N_CLIENTS; i++)
                pids[i] = start_client(f);

        for (unsigned i = 0; i < N_CLIENTS; i++) {
                wait_until_asked(f, i + 1);
                assert_int_equal(sd_event_run(f->event, 1000), 0);
                assert_int_equal(f->n_asked, i + 1);
                request_socket_answer(f->socket, 1 << i);
        }

        for (unsigned i = 0; i < N_CLIENTS; i++)
                sum += end_client(pids[i]);
        assert_int_equal(sum, (1 << N_CLIENTS) - 1);
}

static void test_client_is_gone(void **state) {
        Fixture *f = *state;
        pid_t pid = start_client(f);

        wait_until_asked(f, 1);
        assert_int_equal(kill(pid, SIGKILL), 0);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        request_socket_answer(f->socket, 0);
        request_socket_answer(f->socket, 0); /* nobody waits: nothing happens */

        pid = start_client(f);
        wait_until_asked(f, 2);
        request_socket_answer(f->socket, 7);
        assert_int_equal(end_client(pid), 7);
}

static void test_supervisor_is_gone(void **state) {
        Fixture *f = *state;
        pid_t pid = start_client(f);
        int answer, fd;

        wait_until_asked(f, 1);
        f->socket = request_socket_free(f->socket);
        assert_int_equal(end_client(pid), NO_ANSWER);
        assert_int_equal(request_socket_ask(f->path, &answer), -ENOENT);

        /* What a supervisor left that was killed is no hindrance to the next. */
        fd = open(f->path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
        assert_true(fd >= 0);
        close(fd);
        assert_int_equal(request_socket_ask(f->path, &answer), -ECONNREFUSED);
        assert_int_equal(request_socket_new(f->event, f->path, on_asked, f, &f->socket), 0);
}

static void test_bad_paths(void **state) {
        Fixture *f = *state;
        RequestSocket *s = NULL;
        char path[512];
        int answer;

        snprintf(path, sizeof(path), "%s/%0200d", f->folder, 0);
        assert_int_equal(request_socket_new(f->event, path, on_asked, f, &s), -ENAMETOOLONG);
        assert_int_equal(request_socket_ask(path, &answer), -ENAMETOOLONG);
        snprintf(path, sizeof(path), "%s/none/reload", f->folder);
        assert_int_equal(request_socket_new(f->event, path, on_asked, f, &s), -ENOENT);
        assert_null(s);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_answer),         TEST(test_several),
                TEST(test_client_is_gone), TEST(test_supervisor_is_gone),
                TEST(test_bad_paths),
        };

        /* Who waits for what does not come would wait for ever. */
        alarm(60);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
