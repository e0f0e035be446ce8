/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include "core/diagnosis/catalogue.h"
#include "io/journal.h"

/* In the place of journald, which reads when a test wants it to. */
typedef struct Fixture {
        char directory[64];
        char path[96];
        int fd;
        Journal journal;
        char entry[8192];
        size_t n_entry;
} Fixture;

static void listen_as_journald(Fixture *f) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };

        f->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        assert_true(f->fd >= 0);
        snprintf(address.sun_path, sizeof(address.sun_path), "%s", f->path);
        assert_int_equal(bind(f->fd, (const struct sockaddr *) &address, sizeof(address)), 0);
}

static int setup(void **state) {
        Fixture *f = calloc(1, sizeof(*f));

        assert_non_null(f);
        assert_int_equal(unsetenv("SYSTEMD_LOG_LEVEL"), 0);
        snprintf(f->directory, sizeof(f->directory), "/tmp/test-journal-XXXXXX");
        assert_non_null(mkdtemp(f->directory));
        snprintf(f->path, sizeof(f->path), "%s/socket", f->directory);
        listen_as_journald(f);
        journal_init(&f->journal, "onenet", f->path);
        f->journal.to_stderr = false;
        *state = f;
        return 0;
}

static int teardown(void **state) {
        Fixture *f = *state;

        journal_done(&f->journal);
        close(f->fd);
        unlink(f->path);
        rmdir(f->directory);
        free(f);
        return 0;
}

/* Reads an entry. Returns false if there is none. */
static bool next(Fixture *f) {
        ssize_t n = recv(f->fd, f->entry, sizeof(f->entry) - 1, 0);

        if (n < 0) {
                assert_int_equal(errno, EAGAIN);
                return false;
        }

        f->n_entry = (size_t) n;
        f->entry[n] = '\0';
        return true;
}

/*
 * journald has a new socket, and this process sees the old one: standard error leads to it still.
 * Not one that is not the journal's.
 */
static void test_socket_that_is_gone(void **state) {
        Fixture *f = *state;
        int ends[2], old = dup(STDERR_FILENO);
        char line[1024], stream[64];
        struct stat st;
        ssize_t n;

        assert_true(old >= 0);
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
        assert_int_equal(fstat(ends[0], &st), 0);
        snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long) st.st_dev,
                 (unsigned long long) st.st_ino);
        assert_int_equal(setenv("JOURNAL_STREAM", stream, 1), 0);
        journal_done(&f->journal);
        journal_init(&f->journal, "onenet", f->path);
        f->journal.to_stderr = false;
        assert_int_equal(f->journal.stream_fd, -EBADF);

        assert_int_equal(dup2(ends[0], STDERR_FILENO), STDERR_FILENO);
        journal_done(&f->journal);
        journal_init(&f->journal, "onenet", f->path);
        assert_int_equal(dup2(old, STDERR_FILENO), STDERR_FILENO);
        assert_int_equal(f->journal.stream_fd, STDERR_FILENO);
        f->journal.stream_fd = ends[0];

        journal_print(&f->journal, LOG_WARNING, "by its socket");
        assert_true(next(f));
        close(f->fd);
        journal_print(&f->journal, LOG_WARNING, "by the stream");
        unlink(f->path);
        journal_print(&f->journal, LOG_NOTICE, "and again");
        assert_int_equal(f->journal.n_lost, 0);
        n = recv(ends[1], line, sizeof(line) - 1, MSG_DONTWAIT);
        assert_true(n > 0);
        line[n] = '\0';
        assert_string_equal(line, "<4>by the stream\n<5>and again\n");

        /* A full one does not block. */
        for (size_t i = 0; i < 10000; i++)
                journal_print(&f->journal, LOG_NOTICE, "%700s", "much");
        assert_true(f->journal.n_lost > 0);

        /* Back again, and told of. */
        listen_as_journald(f);
        journal_print(&f->journal, LOG_NOTICE, "back");
        assert_true(next(f));
        assert_non_null(strstr(f->entry, "missing here"));

        unsetenv("JOURNAL_STREAM");
        close(ends[0]);
        close(ends[1]);
        close(old);
}

static void test_fields(void **state) {
        const JournalFields fields = {
                .state = "connecting",
                .message_id = "0123456789abcdef0123456789abcdef",
                .row = &catalogue_rows[0],
                .class = DIAGNOSIS_TRANSIENT,
        };
        Fixture *f = *state;
        char expected[512];

        journal_print(&f->journal, LOG_NOTICE, "%s, %d", "a sentence", 7);
        assert_true(next(f));
        assert_string_equal(f->entry,
                            "MESSAGE=a sentence, 7\n"
                            "PRIORITY=5\n"
                            "SYSLOG_IDENTIFIER=pptp-supervisor\n"
                            "PPTP_TUNNEL=onenet\n");

        journal_write(&f->journal, LOG_ERR, &fields, "failed");
        assert_true(next(f));
        snprintf(expected, sizeof(expected),
                 "MESSAGE=failed\nPRIORITY=3\nSYSLOG_IDENTIFIER=pptp-supervisor\n"
                 "PPTP_TUNNEL=onenet\nPPTP_STATE=connecting\n"
                 "MESSAGE_ID=0123456789abcdef0123456789abcdef\nPPTP_REASON=%s\nPPTP_CLASS=%s\n",
                 catalogue_rows[0].id, diagnosis_class_name(DIAGNOSIS_TRANSIENT));
        assert_string_equal(f->entry, expected);

        journal_print(&f->journal, LOG_DEBUG, "not at this level");
        assert_false(next(f));

        /* "journalctl -u" finds it, although the process is of another unit. */
        f->journal.unit = "pptp@onenet.service";
        journal_print(&f->journal, LOG_NOTICE, "elsewhere");
        assert_true(next(f));
        assert_non_null(strstr(f->entry, "\nOBJECT_SYSTEMD_UNIT=pptp@onenet.service\n"));
}

/* A line break in a value begins no field of its own. */
static void test_line_break(void **state) {
        static const char begin[] = "MESSAGE\n";
        static const char text[] = "two\nPRIORITY=0";
        const uint64_t n_text = htole64(strlen(text));
        Fixture *f = *state;

        journal_write(&f->journal, LOG_INFO, NULL, text);
        assert_true(next(f));
        assert_memory_equal(f->entry, begin, strlen(begin));
        assert_memory_equal(f->entry + strlen(begin), &n_text, sizeof(n_text));
        assert_memory_equal(f->entry + strlen(begin) + sizeof(n_text), text, strlen(text));
        assert_memory_equal(f->entry + strlen(begin) + sizeof(n_text) + strlen(text),
                            "\nPRIORITY=6\n", strlen("\nPRIORITY=6\n"));
}

/* Too long a value leaves out no field but its own, and writes past no end. */
static void test_long_values(void **state) {
        Fixture *f = *state;
        char text[8192];

        memset(text, 'x', sizeof(text) - 1);
        text[sizeof(text) - 1] = '\0';
        journal_write(&f->journal, LOG_INFO,
                      &(JournalFields){ .state = text, .message_id = "1234" }, text);
        assert_true(next(f));
        assert_in_range(f->n_entry, 700, 1000);
        assert_non_null(strstr(f->entry, "\nMESSAGE_ID=1234\n"));
        assert_null(strstr(f->entry, "PPTP_STATE"));
}

/* A journald that does not read holds nobody up; what it misses is said once it reads again. */
static void test_full_socket(void **state) {
        Fixture *f = *state;
        char expected[128];
        size_t n = 0;

        alarm(30);
        for (unsigned i = 0; i < 5000; i++)
                journal_print(&f->journal, LOG_INFO, "message %u", i);
        alarm(0);

        while (next(f))
                n++;
        assert_in_range(n, 1, 4999);

        journal_print(&f->journal, LOG_INFO, "later");
        assert_true(next(f));
        snprintf(expected, sizeof(expected),
                 "MESSAGE=%zu messages are missing here: the journal did not take them\nPRIORITY=4",
                 5000 - n);
        assert_memory_equal(f->entry, expected, strlen(expected));
        assert_true(next(f));
        assert_memory_equal(f->entry, "MESSAGE=later\n", strlen("MESSAGE=later\n"));

        journal_print(&f->journal, LOG_INFO, "and on");
        assert_true(next(f));
        assert_memory_equal(f->entry, "MESSAGE=and on\n", strlen("MESSAGE=and on\n"));
        assert_false(next(f));
}

/* journald may come late, and be another one after an update. */
static void test_another_journald(void **state) {
        Fixture *f = *state;

        close(f->fd);
        journal_print(&f->journal, LOG_INFO, "to nobody");
        assert_int_equal(unlink(f->path), 0);
        journal_print(&f->journal, LOG_INFO, "to nobody");
        listen_as_journald(f);
        journal_print(&f->journal, LOG_INFO, "to the next");
        assert_true(next(f));
        assert_memory_equal(f->entry, "MESSAGE=2 messages", strlen("MESSAGE=2 messages"));
        assert_true(next(f));
        assert_memory_equal(f->entry, "MESSAGE=to the next\n", strlen("MESSAGE=to the next\n"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_socket_that_is_gone), TEST(test_fields),      TEST(test_line_break),
                TEST(test_long_values),         TEST(test_full_socket), TEST(test_another_journald),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
