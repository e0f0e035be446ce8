/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/names.h"
#include "io/state-file.h"

static char directory[64], path[80], temporary[80];

static int setup(void **state) {
        strcpy(directory, "/tmp/test-state-file-XXXXXX");
        if (!mkdtemp(directory))
                return -1;

        snprintf(path, sizeof(path), "%s/state", directory);
        snprintf(temporary, sizeof(temporary), "%s/.state.new", directory);
        return 0;
}

static int teardown(void **state) {
        unlink(path);
        unlink(temporary);
        return rmdir(directory);
}

static int write_text(const char *text) {
        return state_file_write(directory, text, strlen(text));
}

/* Writes a state file of n_bytes. */
static int write_bytes(size_t n_bytes) {
        static const char head[] = "TUNNEL=onenet\nSTATE=up\n";
        char text[STATUS_MAX_BYTES + 1];

        memset(text, '\n', n_bytes);
        memcpy(text, head, sizeof(head) - 1);
        return state_file_write(directory, text, n_bytes);
}

static void test_everybody_may_read(void **state) {
        mode_t before = umask(0077);
        Status status;
        struct stat st;

        assert_int_equal(write_text("STATE=dialling\n"), 0);
        umask(before);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0644);
        assert_int_equal(access(temporary, F_OK), -1);

        assert_int_equal(write_text("STATE=up\n"), 0);
        assert_int_equal(state_file_read(directory, &status), 0);
        assert_string_equal(status.state, "up");
}

static void test_what_fits(void **state) {
        Status status = { .state = "untouched" };

        assert_int_equal(state_file_read(directory, &status), -ENOENT);
        assert_int_equal(state_file_read("/nonexistent/directory", &status), -ENOENT);
        assert_int_equal(write_bytes(STATUS_MAX_BYTES), 0);
        assert_int_equal(state_file_read(directory, &status), -EFBIG);
        assert_int_equal(write_text("no state file"), 0);
        assert_int_equal(state_file_read(directory, &status), -EBADMSG);
        assert_string_equal(status.state, "untouched");
        assert_int_equal(write_bytes(STATUS_MAX_BYTES - 1), 0);
        assert_int_equal(state_file_read(directory, &status), 0);
        assert_string_equal(status.state, "up");
}

/* Somebody put a folder in the way: the old text stays, and nothing is left behind. */
static void test_failure_keeps_the_old(void **state) {
        Status status;

        assert_int_equal(mkdir(path, 0700), 0);
        assert_int_equal(write_text("STATE=dialling\n"), -EISDIR);
        assert_int_equal(access(temporary, F_OK), -1);
        assert_int_equal(rmdir(path), 0);

        assert_int_equal(write_text("STATE=dialling\n"), 0);
        assert_int_equal(mkdir(temporary, 0700), 0);
        assert_int_equal(write_text("STATE=up\n"), -EISDIR);
        assert_int_equal(rmdir(temporary), 0);
        assert_int_equal(state_file_read(directory, &status), 0);
        assert_string_equal(status.state, "dialling");
}

/* What a crash or somebody else left in the way is no way to another file, nor its mode ours. */
static void test_leftover_in_the_way(void **state) {
        Status status;
        struct stat st;

        assert_int_equal(symlink("/dev/full", temporary), 0);
        assert_int_equal(write_text("STATE=dialling\n"), 0);
        assert_int_equal(access(temporary, F_OK), -1);

        assert_int_equal(close(open(temporary, O_WRONLY | O_CREAT | O_CLOEXEC, 0600)), 0);
        assert_int_equal(write_text("STATE=up\n"), 0);
        assert_int_equal(state_file_read(directory, &status), 0);
        assert_string_equal(status.state, "up");
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0644);
}

static void test_remove(void **state) {
        assert_int_equal(write_text("text\n"), 0);
        assert_int_equal(state_file_remove(directory), 0);
        assert_int_equal(access(path, F_OK), -1);
        assert_int_equal(state_file_remove(directory), 0);
        assert_int_equal(state_file_remove("/nonexistent/directory"), 0);
        assert_int_equal(state_file_write("/nonexistent/directory", "x", 1), -ENOENT);
}

/* Beside the directory, which goes with the unit. */
static void test_last(void **state) {
        char root[256], **names;
        Status status;

        assert_int_equal(state_file_read_last(directory, &status), -ENOENT);
        assert_int_equal(state_file_write_last(directory, "STATE=ended\n", 12), 0);
        assert_int_equal(state_file_read_last(directory, &status), 0);
        assert_string_equal(status.state, "ended");
        assert_int_equal(state_file_read(directory, &status), -ENOENT);
        assert_int_equal(state_file_remove_last(directory), 0);
        assert_int_equal(state_file_remove_last(directory), 0);
        assert_int_equal(state_file_read_last(directory, &status), -ENOENT);
        assert_int_equal(state_file_write_last("onenet", "x", 1), -EINVAL);
        assert_int_equal(state_file_write_last("/", "x", 1), -EINVAL);

        /* a tunnel is listed once, whichever it has */
        snprintf(root, sizeof(root), "mkdir -p %s/run/pptp/a %s/run/pptp/b %s/run/pptp/none",
                 directory, directory, directory);
        assert_int_equal(system(root), 0);
        snprintf(root, sizeof(root), "%s/run/pptp/b", directory);
        assert_int_equal(state_file_write(root, "x", 1), 0);
        assert_int_equal(state_file_write_last(root, "x", 1), 0);
        snprintf(root, sizeof(root), "%s/run/pptp/a", directory);
        assert_int_equal(state_file_write_last(root, "x", 1), 0);
        assert_int_equal(state_file_list(directory, &names), 2);
        assert_string_equal(names[0], "a");
        assert_string_equal(names[1], "b");
        assert_null(names[2]);
        names_free(names);

        snprintf(root, sizeof(root), "rm -r %s/run", directory);
        assert_int_equal(system(root), 0);
}

static void test_a_fifo_does_not_hold_us(void **state) {
        Status status;

        assert_int_equal(mkfifo(path, 0600), 0);
        assert_int_equal(state_file_read(directory, &status), -EBADMSG);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_everybody_may_read, setup, teardown),
                cmocka_unit_test_setup_teardown(test_what_fits, setup, teardown),
                cmocka_unit_test_setup_teardown(test_failure_keeps_the_old, setup, teardown),
                cmocka_unit_test_setup_teardown(test_leftover_in_the_way, setup, teardown),
                cmocka_unit_test_setup_teardown(test_remove, setup, teardown),
                cmocka_unit_test_setup_teardown(test_last, setup, teardown),
                cmocka_unit_test_setup_teardown(test_a_fifo_does_not_hold_us, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
