/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Turns among processes, and what a file may be instead of one with turns. */

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/macros.h"
#include "io/turn-file.h"

#define NOW UINT64_C(1000000000)
#define INTERVAL UINT64_C(100000)
#define LONGEST UINT64_C(60000000)
#define PROCESSES 8
#define TURNS_EACH 200

static char directory[64], path[80];

static int set_up(void **state) {
        FILE *file;

        snprintf(directory, sizeof(directory), "/tmp/test-turn-file.XXXXXX");
        assert_non_null(mkdtemp(directory));
        snprintf(path, sizeof(path), "%s/turns", directory);
        file = fopen(path, "w");
        assert_non_null(file);
        fclose(file);
        (void) state;
        return 0;
}

static int tear_down(void **state) {
        assert_int_equal(unlink(path), 0);
        assert_int_equal(rmdir(directory), 0);
        (void) state;
        return 0;
}

static uint64_t take_at(const char *server, uint64_t now) {
        uint64_t turn = 0;

        assert_int_equal(turn_file_take(path, server, now, INTERVAL, LONGEST, &turn), 0);
        return turn;
}

static void test_one_after_the_other(void **state) {
        for (uint64_t i = 0; i < 5; i++)
                assert_int_equal(take_at("vpn.example", NOW), NOW + i * INTERVAL);

        /* Nothing is saved up while nobody dials. */
        assert_int_equal(take_at("vpn.example", NOW + 10 * INTERVAL), NOW + 10 * INTERVAL);
        assert_int_equal(take_at("vpn.example", NOW + 10 * INTERVAL), NOW + 11 * INTERVAL);
        (void) state;
}

static void test_each_server_has_its_own(void **state) {
        for (unsigned i = 0; i < 100; i++)
                (void) take_at("vpn.example", NOW);
        assert_int_equal(take_at("192.0.2.2", NOW), NOW);
        (void) state;
}

/* A time that nobody can have meant: of the last boot, or of a writer with bad intentions. */
static void test_nonsense(void **state) {
        static const uint64_t nonsense[] = { NOW + LONGEST + 1, UINT64_MAX, 0 };

        for (size_t i = 0; i < ELEMENTSOF(nonsense); i++) {
                int fd = open(path, O_WRONLY | O_CLOEXEC);

                assert_true(fd >= 0);
                for (unsigned n = 0; n < 256; n++)
                        assert_int_equal(write(fd, &nonsense[i], sizeof(nonsense[i])),
                                         sizeof(nonsense[i]));
                close(fd);
                assert_int_equal(take_at("vpn.example", NOW), NOW);
                assert_int_equal(take_at("vpn.example", NOW), NOW + INTERVAL);
        }
        (void) state;
}

static void assert_fails(int error) {
        uint64_t turn = 7;

        assert_int_equal(turn_file_take(path, "vpn.example", NOW, INTERVAL, LONGEST, &turn), error);
        assert_int_equal(turn, 7);
}

static void test_no_such_file(void **state) {
        assert_int_equal(unlink(path), 0);
        assert_fails(-ENOENT);

        assert_int_equal(symlink("/dev/null", path), 0);
        assert_fails(-ELOOP);

        /* It is not made: who may write it is for tmpfiles.d to say. */
        assert_int_equal(unlink(path), 0);
        assert_fails(-ENOENT);
        assert_int_not_equal(access(path, F_OK), 0);
        assert_int_equal(mkfifo(path, 0600), 0);
        assert_true(turn_file_take(path, "vpn.example", NOW, INTERVAL, LONGEST, &(uint64_t){ 0 }) <
                    0);
        (void) state;
}

/* Another holds it and does not go on: nobody waits for that one. */
static void test_held_by_a_stopped_process(void **state) {
        struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
        int fd = open(path, O_RDWR | O_CLOEXEC);

        assert_true(fd >= 0);
        assert_int_equal(fcntl(fd, F_OFD_SETLK, &whole), 0);
        assert_fails(-EAGAIN);
        close(fd);
        assert_int_equal(take_at("vpn.example", NOW), NOW);
        (void) state;
}

static void take_turns_in_a_process(int output) {
        for (unsigned i = 0; i < TURNS_EACH; i++) {
                uint64_t turn;
                int r;

                do
                        r = turn_file_take(path, "vpn.example", NOW, INTERVAL, UINT64_MAX, &turn);
                while (r == -EAGAIN);
                if (r < 0 || write(output, &turn, sizeof(turn)) != sizeof(turn))
                        _exit(1);
        }

        _exit(0);
}

/* Many processes at once: no turn is taken twice, and none is left out. */
static void test_many_processes(void **state) {
        bool taken[PROCESSES * TURNS_EACH] = { false };
        int pipes[2], status;
        uint64_t turn;

        assert_int_equal(pipe(pipes), 0);
        for (unsigned i = 0; i < PROCESSES; i++) {
                pid_t pid = fork();

                assert_true(pid >= 0);
                if (pid == 0)
                        take_turns_in_a_process(pipes[1]);
        }
        close(pipes[1]);

        for (unsigned i = 0; i < PROCESSES * TURNS_EACH; i++) {
                uint64_t n;

                assert_int_equal(read(pipes[0], &turn, sizeof(turn)), sizeof(turn));
                n = (turn - NOW) / INTERVAL;
                assert_true(n < ELEMENTSOF(taken) && !taken[n]);
                taken[n] = true;
        }
        close(pipes[0]);

        for (unsigned i = 0; i < PROCESSES; i++) {
                assert_true(wait(&status) > 0);
                assert_int_equal(status, 0);
        }
        (void) state;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_one_after_the_other),
                TEST(test_each_server_has_its_own),
                TEST(test_nonsense),
                TEST(test_no_such_file),
                TEST(test_held_by_a_stopped_process),
                TEST(test_many_processes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
