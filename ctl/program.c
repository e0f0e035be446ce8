/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/fd.h"

static int set_up_files(posix_spawn_file_actions_t *actions, int input_fd, int output_fd,
                        bool is_quiet) {

        int r;

        if (input_fd >= 0)
                r = posix_spawn_file_actions_adddup2(actions, input_fd, STDIN_FILENO);
        else
                r = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY,
                                                     0);
        if (r == 0 && output_fd >= 0)
                r = posix_spawn_file_actions_adddup2(actions, output_fd, STDOUT_FILENO);
        if (r == 0 && is_quiet)
                r = posix_spawn_file_actions_addopen(actions, STDERR_FILENO, "/dev/null", O_WRONLY,
                                                     0);
        return -r;
}

static int start(const char *const *argv, int input_fd, int output_fd, bool is_quiet,
                 pid_t *ret_pid) {

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

        r = set_up_files(&actions, input_fd, output_fd, is_quiet);
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

        r = start(argv, input_fd, output_fd, false, &pid);
        return r < 0 ? r : wait_for(pid);
}

int program_capture(const char *const *argv, int input_fd, char *buffer, size_t n_buffer) {
        _cleanup_close_ int reader = -EBADF, writer = -EBADF;
        char rest[4096];
        int pipe_fds[2], r;
        ssize_t n;
        pid_t pid;

        if (pipe2(pipe_fds, O_CLOEXEC) < 0)
                return -errno;
        reader = pipe_fds[0];
        writer = pipe_fds[1];

        r = start(argv, input_fd, writer, true, &pid);
        if (r < 0)
                return r;

        close(steal_fd(writer));
        n = fd_read_whole(reader, buffer, n_buffer - 1);
        buffer[n > 0 ? n : 0] = '\0';
        /* Otherwise a full pipe would block the program for ever. */
        while (read(reader, rest, sizeof(rest)) > 0)
                ;
        return wait_for(pid);
}
