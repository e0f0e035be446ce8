/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/macros.h"
#include "io/clock.h"
#include "io/fd.h"

/* Its standard input, output and error. -1: nothing to read, or ours to write to. */
typedef struct Files {
        int input, output, error;
} Files;

static int set_up_files(posix_spawn_file_actions_t *actions, const Files *files) {
        int r;

        if (files->input >= 0)
                r = posix_spawn_file_actions_adddup2(actions, files->input, STDIN_FILENO);
        else
                r = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY,
                                                     0);
        if (r == 0 && files->output >= 0)
                r = posix_spawn_file_actions_adddup2(actions, files->output, STDOUT_FILENO);
        if (r == 0 && files->error >= 0)
                r = posix_spawn_file_actions_adddup2(actions, files->error, STDERR_FILENO);
        return -r;
}

static int start(const char *const *argv, const Files *files, pid_t *ret_pid) {
        posix_spawn_file_actions_t actions;
        posix_spawnattr_t attributes;
        sigset_t signals;
        int r;

        r = posix_spawn_file_actions_init(&actions);
        if (r != 0)
                return -r;
        r = posix_spawnattr_init(&attributes);
        if (r != 0) {
                posix_spawn_file_actions_destroy(&actions);
                return -r;
        }

        sigemptyset(&signals);
        sigaddset(&signals, SIGINT);
        sigaddset(&signals, SIGTERM);
        posix_spawnattr_setsigdefault(&attributes, &signals);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);

        r = set_up_files(&actions, files);
        if (r == 0)
                r = -posix_spawnp(ret_pid, argv[0], &actions, &attributes, (char *const *) argv,
                                  environ);
        posix_spawnattr_destroy(&attributes);
        posix_spawn_file_actions_destroy(&actions);
        return r;
}

static int wait_for(pid_t pid) {
        int status;

        while (waitpid(pid, &status, 0) < 0)
                if (errno != EINTR)
                        return -errno;

        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int program_run(const char *const *argv, int input_fd, int output_fd) {
        pid_t pid;
        int r;

        r = start(argv, &(Files){ .input = input_fd, .output = output_fd, .error = -1 }, &pid);
        return r < 0 ? r : wait_for(pid);
}

/* Returns how long poll(2) may wait until a moment of CLOCK_MONOTONIC, -1 for USEC_INFINITY. */
static int get_wait_msec(uint64_t deadline_usec) {
        uint64_t now = clock_read_usec(CLOCK_MONOTONIC);

        if (deadline_usec == USEC_INFINITY)
                return -1;
        return now >= deadline_usec ? 0 : (int) ((deadline_usec - now) / USEC_PER_MSEC);
}

/*
 * Reads until the program has closed the pipe, as it does by its end. What the buffer has no room
 * for is read as well: a full pipe would block the program for ever. Returns 0 or a negative errno:
 * -ETIMEDOUT.
 */
static int read_output(int fd, uint64_t deadline_usec, char *buffer, size_t n_buffer) {
        size_t n_text = 0;
        char rest[4096];

        for (;;) {
                struct pollfd p = { .fd = fd, .events = POLLIN };
                bool is_full = n_text + 1 == n_buffer;
                ssize_t n;
                int r;

                r = poll(&p, 1, get_wait_msec(deadline_usec));
                if (r == 0)
                        return -ETIMEDOUT;
                if (r < 0 && errno == EINTR)
                        continue;

                n = is_full ? read(fd, rest, sizeof(rest)) :
                              read(fd, buffer + n_text, n_buffer - 1 - n_text);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        break;
                if (!is_full)
                        n_text += (size_t) n;
        }

        buffer[n_text] = '\0';
        return 0;
}

/* error_fd: where standard error goes; -1: into the pipe as well. */
static int capture(const char *const *argv, int input_fd, int error_fd, uint64_t deadline_usec,
                   char *buffer, size_t n_buffer) {

        _cleanup_close_ int reader = -EBADF, writer = -EBADF;
        int pipe_fds[2], status, r;
        Files files;
        pid_t pid;

        if (pipe2(pipe_fds, O_CLOEXEC) < 0)
                return -errno;
        reader = pipe_fds[0];
        writer = pipe_fds[1];

        files = (Files){ input_fd, writer, error_fd >= 0 ? error_fd : writer };
        r = start(argv, &files, &pid);
        if (r < 0)
                return r;

        close(steal_fd(writer));
        r = read_output(reader, deadline_usec, buffer, n_buffer);
        if (r < 0)
                (void) kill(pid, SIGKILL);
        status = wait_for(pid);
        return r < 0 ? r : status;
}

int program_capture(const char *const *argv, int input_fd, char *buffer, size_t n_buffer) {
        _cleanup_close_ int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

        if (null < 0)
                return -errno;

        return capture(argv, input_fd, null, USEC_INFINITY, buffer, n_buffer);
}

int program_capture_all(const char *const *argv, uint64_t timeout_usec, char *buffer,
                        size_t n_buffer) {

        return capture(argv, -1, -1, clock_read_usec(CLOCK_MONOTONIC) + timeout_usec, buffer,
                       n_buffer);
}
