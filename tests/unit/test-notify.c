/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "core/base/macros.h"
#include "io/notify.h"

static char directory[64], path[96], message[4096];
static int fd;
static sd_event *event;
static time_t later_sec;

/* A manager that reads when it is told to. */
static void listen_as_manager(const char *address) {
        struct sockaddr_un a = { .sun_family = AF_UNIX };
        size_t n = strlen(address);

        memcpy(a.sun_path, address, n);
        if (address[0] == '@')
                a.sun_path[0] = '\0';
        fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        assert_true(fd >= 0);
        assert_int_equal(bind(fd, (const struct sockaddr *) &a,
                              offsetof(struct sockaddr_un, sun_path) + n + (address[0] == '/')),
                         0);
        assert_int_equal(setenv("NOTIFY_SOCKET", address, true), 0);
}

static int setup(void **state) {
        snprintf(directory, sizeof(directory), "/tmp/test-notify-XXXXXX");
        assert_non_null(mkdtemp(directory));
        snprintf(path, sizeof(path), "%s/socket", directory);
        listen_as_manager(path);
        assert_int_equal(unsetenv("WATCHDOG_USEC"), 0);
        assert_true(sd_event_new(&event) >= 0);
        return 0;
}

static int teardown(void **state) {
        notify_done();
        event = sd_event_unref(event);
        close(fd);
        unlink(path);
        rmdir(directory);
        assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
        return 0;
}

/* The next message; "" if there is none. */
static const char *next(void) {
        ssize_t n = recv(fd, message, sizeof(message) - 1, 0);

        message[n < 0 ? 0 : n] = '\0';
        return message;
}

static void test_messages(void **state) {
        notify_status("Connecting to EXAMPLE\\vpn", 0);
        assert_string_equal(next(), "STATUS=Connecting to EXAMPLE\\\\vpn");
        notify_ready("Up", 0);
        assert_string_equal(next(), "READY=1\nSTATUS=Up");
        notify_reloading();
        assert_memory_equal(next(), "RELOADING=1\nMONOTONIC_USEC=", 27);
        notify_reloaded();
        assert_string_equal(next(), "READY=1");
        notify_extend_timeout(30000000);
        assert_string_equal(next(), "EXTEND_TIMEOUT_USEC=30000000");
        notify_stopping();
        assert_string_equal(next(), "STOPPING=1");
        assert_string_equal(next(), "");
}

static void test_nobody_listens(void **state) {
        assert_int_equal(setenv("NOTIFY_SOCKET", "vsock:2:1234", true), 0);
        notify_ready("Up", 0);
        assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
        notify_ready("Up", 0);
        assert_string_equal(next(), "");
}

static void test_abstract_address(void **state) {
        char address[64];

        close(fd);
        snprintf(address, sizeof(address), "@test-notify-%ld", (long) getpid());
        listen_as_manager(address);
        notify_stopping();
        assert_string_equal(next(), "STOPPING=1");
}

/* Returns how many messages it took until the manager had no room for more. */
static size_t fill(void) {
        size_t n = 0;

        /* More than any net.unix.max_dgram_qlen that somebody would set. */
        for (unsigned i = 0; i < 2000; i++)
                notify_status("full", 0);
        while (next()[0])
                n++;
        assert_in_range(n, 1, 1999);
        return n;
}

static void read_all(size_t n) {
        while (n-- > 0)
                assert_string_equal(next(), "STATUS=full");
}

/* What does not go waits, in order, and of one kind only the latest. */
static void test_full_socket(void **state) {
        size_t room;

        assert_int_equal(notify_init(event), 0);
        alarm(30);
        room = fill();
        /* One has waited since. */
        for (size_t i = 0; i < room; i++)
                notify_status("full", 0);
        assert_string_equal(next(), "STATUS=full");
        read_all(room - 1);

        for (size_t i = 0; i < room; i++)
                notify_status("full", 0);
        notify_status("lost", 0);
        notify_ready("Up", 0);
        notify_reloading();
        notify_reloaded();
        notify_status("lost", 0);
        notify_status("Reconnecting", 0);
        read_all(room);

        /* The loop sends it once there is room again. */
        while (!next()[0])
                assert_true(sd_event_run(event, 10 * USEC_PER_SEC) >= 0);
        alarm(0);
        if (strcmp(message, "STATUS=full") == 0)
                next();
        assert_string_equal(message, "STATUS=lost");
        assert_string_equal(next(), "READY=1\nSTATUS=Up");
        assert_memory_equal(next(), "RELOADING=1\n", 12);
        assert_string_equal(next(), "READY=1");
        assert_string_equal(next(), "STATUS=Reconnecting");
        assert_string_equal(next(), "");
}

/* And without an end of it, the oldest are forgotten. */
static void test_full_for_long(void **state) {
        size_t room = fill();

        alarm(30);
        for (size_t i = 0; i < room; i++)
                notify_status("full", 0);
        for (unsigned i = 0; i < 1000; i++) {
                notify_reloading();
                notify_reloaded();
        }
        notify_stopping();
        alarm(0);
        read_all(room);
        notify_done();
        for (unsigned i = 0; i < 7; i++)
                assert_non_null(strchr(next(), '='));
        assert_string_equal(next(), "STOPPING=1");
        assert_string_equal(next(), "");
}

static void test_watchdog(void **state) {
        assert_int_equal(setenv("WATCHDOG_USEC", "200000", true), 0);
        assert_int_equal(notify_init(event), 0);
        for (unsigned i = 0; i < 3; i++) {
                alarm(30);
                while (!next()[0])
                        assert_true(sd_event_run(event, UINT64_MAX) >= 0);
                alarm(0);
                assert_string_equal(message, "WATCHDOG=1");
        }
}

/* In the place of the C library's, for a process that has been up for as long as a test wants. */
int clock_gettime(clockid_t clock, struct timespec *ret_time) {
        long r = syscall(SYS_clock_gettime, clock, ret_time);

        ret_time->tv_sec += later_sec;
        return (int) r;
}

static int on_work(_unused_ sd_event_source *source, _unused_ void *userdata) {
        return 0;
}

/* Something other than the watchdog wakes the process. Returns what the manager is told then. */
static const char *work(void) {
        sd_event_source *source;

        assert_true(sd_event_add_defer(event, &source, on_work, NULL) >= 0);
        while (sd_event_run(event, 0) > 0)
                ;
        sd_event_source_unref(source);
        return next();
}

/* A process that is awake anyway feeds the watchdog then, and is not woken for it. */
/* The manager was busy: it is fed again as soon as there is room, not when it is too late. */
static void test_watchdog_that_was_refused(void **state) {
        int other = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        struct sockaddr_un a = { .sun_family = AF_UNIX };
        size_t n = 0;

        memcpy(a.sun_path, path, strlen(path));
        assert_int_equal(connect(other, (const struct sockaddr *) &a, sizeof(a)), 0);
        while (send(other, "STATUS=full", strlen("STATUS=full"), 0) > 0)
                n++;
        close(other);

        assert_int_equal(setenv("WATCHDOG_USEC", "600000000", true), 0);
        assert_int_equal(notify_init(event), 0);
        assert_true(sd_event_run(event, 0) >= 0);
        read_all(n);

        alarm(30);
        while (!next()[0])
                assert_true(sd_event_run(event, 10 * USEC_PER_SEC) >= 0);
        alarm(0);
        assert_string_equal(message, "WATCHDOG=1");
}

static void test_watchdog_beside_work(void **state) {
        assert_int_equal(setenv("WATCHDOG_USEC", "600000000", true), 0);
        assert_int_equal(notify_init(event), 0);
        assert_string_equal(work(), "WATCHDOG=1");
        assert_string_equal(work(), "");

        later_sec = 290;
        assert_string_equal(work(), "");
        later_sec = 310;
        assert_string_equal(work(), "WATCHDOG=1");
        assert_string_equal(next(), "");
        assert_string_equal(work(), "");
        later_sec = 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_messages),
                TEST(test_nobody_listens),
                TEST(test_abstract_address),
                TEST(test_full_socket),
                TEST(test_full_for_long),
                TEST(test_watchdog),
                TEST(test_watchdog_that_was_refused),
                TEST(test_watchdog_beside_work),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
