/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What programs ask is answered; and those that mean no good cost nothing and nobody. */

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "io/clock.h"
#include "io/varlink-server.h"

#define STATE_BYTES 20000
#define NOBODY 65534

typedef struct Fixture {
        char folder[64], path[128];
        sd_event *event;
        VarlinkServer *server;
        char state[STATE_BYTES];
        unsigned n_calls, n_states;
} Fixture;

static void on_call(VarlinkConnection *c, const char *method, const VarlinkMessage *call,
                    void *userdata) {

        Fixture *f = userdata;

        f->n_calls++;
        if (strcmp(method, "Follow") == 0)
                varlink_follow(c);
        else if (strcmp(method, "Root") == 0)
                varlink_reply(c, varlink_connection_is_root(c) ? "{\"root\":true}" : NULL, false);
        else if (strcmp(method, "Nothing") != 0)
                varlink_fail(c, "a.b.Odd", "method", call->method);
}

static void on_follow(VarlinkConnection *c, void *userdata) {
        Fixture *f = userdata;

        f->n_states++;
        varlink_reply(c, f->state, true);
}

static const VarlinkService service = {
        .vendor = "v",
        .product = "p",
        .version = "1",
        .url = "u",
        .interface = "a.b",
        .description = "interface a.b\nmethod Follow() -> ()\n",
        .on_call = on_call,
        .on_follow = on_follow,
};

static int setup(void **state) {
        Fixture *f = calloc(1, sizeof(*f));

        assert_non_null(f);
        memset(f->state, 'x', sizeof(f->state) - 1);
        memcpy(f->state, "{\"a\":\"", 6);
        memcpy(f->state + sizeof(f->state) - 3, "\"}", 2);
        strcpy(f->folder, "/tmp/varlink-server-XXXXXX");
        assert_non_null(mkdtemp(f->folder));
        assert_int_equal(chmod(f->folder, 0755), 0);
        snprintf(f->path, sizeof(f->path), "%s/socket", f->folder);
        assert_true(sd_event_new(&f->event) >= 0);
        assert_int_equal(varlink_server_new(f->event, f->path, &service, f, &f->server), 0);
        *state = f;
        return 0;
}

static int teardown(void **state) {
        Fixture *f = *state;

        varlink_server_free(f->server);
        sd_event_unref(f->event);
        /* Nothing is left in it, or this fails. */
        assert_int_equal(rmdir(f->folder), 0);
        free(f);
        return 0;
}

/* Turns the loop until nothing happens any more. */
static void settle(Fixture *f) {
        while (sd_event_run(f->event, 20 * 1000) > 0)
                ;
}

static int connect_to(const Fixture *f) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        assert_true(fd >= 0);
        strcpy(address.sun_path, f->path);
        assert_int_equal(connect(fd, (const struct sockaddr *) &address, sizeof(address)), 0);
        assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
        return fd;
}

/* What is there to read, as text; NUL becomes "|". "end" behind it: the server has hung up. */
static const char *heard(int fd) {
        static char text[1024 * 1024];
        ssize_t n = 0, n_text = 0;

        while ((n = recv(fd, text + n_text, sizeof(text) - 8 - (size_t) n_text, 0)) > 0)
                n_text += n;
        for (ssize_t i = 0; i < n_text; i++)
                if (text[i] == '\0')
                        text[i] = '|';
        strcpy(text + n_text, n == 0 || errno == ECONNRESET ? "end" : "");
        return text;
}

static void say(int fd, const char *text) {
        assert_int_equal(send(fd, text, strlen(text) + 1, MSG_NOSIGNAL), strlen(text) + 1);
}

static void expect_answer(Fixture *f, const char *call, const char *answer) {
        int fd = connect_to(f);

        say(fd, call);
        settle(f);
        assert_string_equal(heard(fd), answer);
        close(fd);
        settle(f);
}

static void test_service(void **state) {
        Fixture *f = *state;
        struct stat st;

        assert_int_equal(stat(f->path, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0666);

        expect_answer(f, "{\"method\":\"org.varlink.service.GetInfo\"}",
                      "{\"parameters\":{\"vendor\":\"v\",\"product\":\"p\",\"version\":\"1\","
                      "\"url\":\"u\",\"interfaces\":[\"org.varlink.service\",\"a.b\"]}}|");
        expect_answer(f,
                      "{\"method\":\"org.varlink.service.GetInterfaceDescription\","
                      "\"parameters\":{\"interface\":\"a.b\"}}",
                      "{\"parameters\":{\"description\":"
                      "\"interface a.b\\nmethod Follow() -> ()\\n\"}}|");
        expect_answer(f,
                      "{\"method\":\"org.varlink.service.GetInterfaceDescription\","
                      "\"parameters\":{\"interface\":\"a.\\\"c\"}}",
                      "{\"error\":\"org.varlink.service.InterfaceNotFound\","
                      "\"parameters\":{\"interface\":\"a.\\\"c\"}}|");
        expect_answer(f, "{\"method\":\"org.varlink.service.GetInterfaceDescription\"}",
                      "{\"error\":\"org.varlink.service.InvalidParameter\","
                      "\"parameters\":{\"parameter\":\"interface\"}}|");
        expect_answer(f, "{\"method\":\"org.varlink.service.None\"}",
                      "{\"error\":\"org.varlink.service.MethodNotFound\","
                      "\"parameters\":{\"method\":\"org.varlink.service.None\"}}|");
        expect_answer(f, "{\"method\":\"c.d\"}",
                      "{\"error\":\"org.varlink.service.InterfaceNotFound\","
                      "\"parameters\":{\"interface\":\"c\"}}|");
        expect_answer(f, "{\"method\":\"none\"}",
                      "{\"error\":\"org.varlink.service.InterfaceNotFound\","
                      "\"parameters\":{\"interface\":\"\"}}|");
        assert_int_equal(f->n_calls, 0);
        expect_answer(f, "{\"method\":\"a.b.Odd\"}",
                      "{\"error\":\"a.b.Odd\",\"parameters\":{\"method\":\"a.b.Odd\"}}|");
        /* One that nobody answered gets an answer all the same. */
        expect_answer(f, "{\"method\":\"a.b.Nothing\"}",
                      "{\"error\":\"org.varlink.service.MethodNotFound\","
                      "\"parameters\":{\"method\":\"a.b.Nothing\"}}|");
        assert_int_equal(f->n_calls, 2);
}

/* Several at once, one byte after the other, and without an answer. */
static void test_stream(void **state) {
        static const char calls[] = "{\"method\":\"a.b.Root\"}\0"
                                    "{\"method\":\"a.b.Root\",\"oneway\":true}\0"
                                    "{\"method\":\"a.b.Root\"}";
        static const char answers[] =
                "{\"parameters\":{\"root\":true}}|{\"parameters\":{\"root\":true}}|";
        Fixture *f = *state;
        int fd = connect_to(f);

        if (geteuid() != 0)
                skip();

        assert_int_equal(send(fd, calls, sizeof(calls), 0), sizeof(calls));
        settle(f);
        assert_string_equal(heard(fd), answers);
        assert_int_equal(f->n_calls, 3);
        for (size_t i = 0; i < sizeof(calls); i++) {
                assert_int_equal(send(fd, calls + i, 1, 0), 1);
                assert_true(sd_event_run(f->event, 20 * 1000) >= 0);
        }
        settle(f);
        assert_string_equal(heard(fd), answers);
        close(fd);
}

/* What is no call ends the connection, and nothing else. */
static void test_nonsense(void **state) {
        static const char *const calls[] = {
                "",         "{}",
                "GET /",    "{\"method\":\"\"}",
                "[1]",      "{\"method\":\"a.b.Root\",\"upgrade\":true}",
                "\xff\xfe", "{\"method\":\"a.b.Root\",\"more\":1}",
        };
        Fixture *f = *state;

        for (size_t i = 0; i < ELEMENTSOF(calls); i++)
                expect_answer(f, calls[i], "end");
        assert_int_equal(f->n_calls, 0);
}

/* Ten megabytes without an end are not read, and not kept. */
static void test_endless_call(void **state) {
        static char block[65536];
        Fixture *f = *state;
        size_t n_taken = 0;
        int fd = connect_to(f);
        ssize_t n;

        memset(block, ' ', sizeof(block));
        for (unsigned i = 0; i < 160; i++) {
                n = send(fd, block, sizeof(block), MSG_NOSIGNAL);
                if (n < 0 && errno != EAGAIN)
                        break;
                n_taken += n > 0 ? (size_t) n : 0;
                settle(f);
        }

        /* The kernel's buffer, and what a call may have. */
        assert_true(n_taken < 1024 * 1024);
        assert_string_equal(heard(fd), "end");
        close(fd);
}

/* Who follows and does not read makes no work, gets the latest in the end, and nobody waits. */
static void test_slow_reader(void **state) {
        Fixture *f = *state;
        int slow = connect_to(f), quick = connect_to(f);
        const char *text;
        size_t n_text;

        say(slow, "{\"method\":\"a.b.Follow\",\"more\":true}");
        say(quick, "{\"method\":\"a.b.Follow\",\"more\":true}");
        settle(f);
        assert_int_equal(f->n_states, 2);
        for (unsigned i = 0; i < 1000; i++) {
                varlink_server_publish(f->server);
                (void) heard(quick);
                assert_true(sd_event_run(f->event, 0) >= 0);
        }
        /* The quick one has had all; the slow one as many as the kernel had room for. */
        assert_true(f->n_states > 1000 && f->n_states < 1002 + 100);

        f->state[6] = 'y';
        varlink_server_publish(f->server);
        for (n_text = 0; (text = heard(slow))[0] != '\0'; settle(f))
                n_text += strlen(text);
        assert_true(n_text < 100 * STATE_BYTES);

        /* Once it reads, it is like the others. */
        varlink_server_publish(f->server);
        settle(f);
        assert_non_null(strstr(heard(slow), "{\"parameters\":{\"a\":\"yx"));

        /* Nor may it say any more. */
        say(quick, "{\"method\":\"a.b.Root\"}");
        settle(f);
        assert_non_null(strstr(heard(quick), "end"));
        close(slow);
        close(quick);
        settle(f);
        varlink_server_publish(f->server);
}

/* The latest comes by itself when there is room again. */
static void test_stale(void **state) {
        Fixture *f = *state;
        bool has_latest = false;
        int fd = connect_to(f);

        say(fd, "{\"method\":\"a.b.Follow\",\"more\":true}");
        settle(f);
        for (unsigned i = 0; i < 100; i++)
                varlink_server_publish(f->server);
        f->state[6] = 'z';
        varlink_server_publish(f->server);
        for (unsigned i = 0; i < 20; i++) {
                has_latest = has_latest || strstr(heard(fd), "{\"a\":\"zx");
                settle(f);
        }
        assert_true(has_latest);
        close(fd);
}

/* A user with thousands of connections: others, and root, get theirs. */
static void test_many_connections(void **state) {
        Fixture *f = *state;
        int pipe_fds[2], status;
        uint64_t end_usec, cpu_usec;
        char byte;
        pid_t pid;

        if (geteuid() != 0)
                skip();

        assert_int_equal(pipe(pipe_fds), 0);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                int fds[64], fd;
                unsigned n_open = 0;

                if (setresuid(NOBODY, NOBODY, NOBODY) < 0)
                        _exit(99);
                for (unsigned i = 0; i < ELEMENTSOF(fds); i++)
                        fds[i] = connect_to(f);
                /* And those that come and go. */
                for (unsigned i = 0; i < 100; i++) {
                        fd = connect_to(f);
                        close(fd);
                }
                if (read(pipe_fds[0], &byte, 1) != 1)
                        _exit(98);
                for (unsigned i = 0; i < ELEMENTSOF(fds); i++)
                        n_open += strcmp(heard(fds[i]), "end") != 0;
                _exit((int) n_open);
        }

        /* They are taken and refused, for which the loop wakes up twenty times a second. */
        cpu_usec = clock_read_usec(CLOCK_PROCESS_CPUTIME_ID);
        end_usec = clock_read_usec(CLOCK_MONOTONIC) + 5 * USEC_PER_SEC;
        while (clock_read_usec(CLOCK_MONOTONIC) < end_usec)
                assert_true(sd_event_run(f->event, 100 * 1000) >= 0);
        cpu_usec = clock_read_usec(CLOCK_PROCESS_CPUTIME_ID) - cpu_usec;
        print_message("%llu us of CPU time\n", (unsigned long long) cpu_usec);
        assert_true(cpu_usec < USEC_PER_SEC / 2);
        expect_answer(f, "{\"method\":\"a.b.Root\"}", "{\"parameters\":{\"root\":true}}|");
        assert_int_equal(write(pipe_fds[1], "x", 1), 1);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(WEXITSTATUS(status), VARLINK_USER_CONNECTIONS_MAX);
        close(pipe_fds[0]);
        close(pipe_fds[1]);
}

/* Root's own have an end, too. */
static void test_connections_of_root(void **state) {
        Fixture *f = *state;
        int fds[VARLINK_CONNECTIONS_MAX + 5];
        unsigned n_open = 0;

        /* A few at a time, since no more may wait. */
        for (unsigned i = 0; i < ELEMENTSOF(fds); i++) {
                fds[i] = connect_to(f);
                if (i % 5 == 4)
                        settle(f);
        }
        settle(f);
        for (unsigned i = 0; i < ELEMENTSOF(fds); i++) {
                n_open += strcmp(heard(fds[i]), "end") != 0;
                close(fds[i]);
        }
        assert_int_equal(n_open,
                         geteuid() == 0 ? VARLINK_CONNECTIONS_MAX : VARLINK_USER_CONNECTIONS_MAX);
        settle(f);
        expect_answer(f, "{\"method\":\"a.b.Odd\"}",
                      "{\"error\":\"a.b.Odd\",\"parameters\":{\"method\":\"a.b.Odd\"}}|");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_service),          TEST(test_stream),
                TEST(test_nonsense),         TEST(test_endless_call),
                TEST(test_slow_reader),      TEST(test_stale),
                TEST(test_many_connections), TEST(test_connections_of_root),
        };

        /* Who waits for what does not come would wait for ever. */
        alarm(60);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
