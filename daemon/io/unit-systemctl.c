/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The part of unit.h that asks systemctl(1). */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/macros.h"
#include "core/base/text.h"
#include "io/clock.h"
#include "io/fd.h"
#include "io/unit.h"

/* systemd answers within milliseconds; this is for one that is busy with a boot. */
#define START_TIMEOUT_USEC (10 * USEC_PER_SEC)

/* What systemctl says is a line or two. */
#define OUTPUT_MAX_BYTES 1024
/* Of what it shows of a unit: lists of other units, of which most have few. */
#define SHOW_MAX_BYTES (16 * 1024)
/* UNIT_NAME_MAX of systemd's src/basic/unit-def.h, with the NUL. */
#define UNIT_NAME_MAX_BYTES 256

/* Its output goes into the pipe. Returns 0 or a negative errno. */
static int spawn(const char *const argv[], int output_fd, pid_t *ret_pid) {
        posix_spawn_file_actions_t actions;
        int r;

        r = posix_spawn_file_actions_init(&actions);
        if (r != 0)
                return -r;

        r = posix_spawn_file_actions_adddup2(&actions, output_fd, STDOUT_FILENO);
        if (r == 0)
                r = posix_spawn_file_actions_adddup2(&actions, output_fd, STDERR_FILENO);
        if (r == 0)
                r = posix_spawnp(ret_pid, argv[0], &actions, NULL, (char *const *) argv, environ);

        (void) posix_spawn_file_actions_destroy(&actions);
        return -r;
}

/*
 * Reads until the program has closed the pipe, as it does by its end. Returns 0 or a negative
 * errno: -ETIMEDOUT.
 */
static int read_output(int fd, char *buffer, size_t n_buffer) {
        const uint64_t deadline = clock_read_usec(CLOCK_MONOTONIC) + START_TIMEOUT_USEC;
        size_t n_text = 0;

        for (;;) {
                struct pollfd p = { .fd = fd, .events = POLLIN };
                uint64_t now = clock_read_usec(CLOCK_MONOTONIC);
                char chunk[OUTPUT_MAX_BYTES];
                ssize_t n;

                if (now >= deadline || poll(&p, 1, (int) ((deadline - now) / USEC_PER_MSEC)) == 0)
                        return -ETIMEDOUT;

                n = read(fd, chunk, sizeof(chunk));
                if (n < 0 && errno != EINTR)
                        return -errno;
                if (n == 0)
                        break;
                if (n > 0) {
                        size_t n_taken = MIN((size_t) n, n_buffer - 1 - n_text);

                        memcpy(buffer + n_text, chunk, n_taken);
                        n_text += n_taken;
                }
        }

        buffer[n_text] = '\0';
        return 0;
}

/*
 * Runs a program to its end. Returns its exit status, with what it has printed in the buffer; or a
 * negative errno.
 */
static int run(const char *const argv[], char *buffer, size_t n_buffer) {
        _cleanup_close_ int from = -EBADF;
        int ends[2], status, r;
        pid_t pid;

        if (pipe2(ends, O_CLOEXEC) < 0)
                return -errno;

        from = ends[0];
        r = spawn(argv, ends[1], &pid);
        close(ends[1]);
        if (r < 0)
                return r;

        r = read_output(from, buffer, n_buffer);
        if (r < 0)
                (void) kill(pid, SIGKILL);
        while (waitpid(pid, &status, 0) < 0)
                if (errno != EINTR)
                        return -errno;

        if (r < 0)
                return r;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -EPROTO;
}

static bool is_shutting_down(void) {
        static const char *const command[] = { "systemctl", "is-system-running", NULL };
        char output[OUTPUT_MAX_BYTES];

        return run(command, output, sizeof(output)) >= 0 && strcmp(output, "stopping\n") == 0;
}

/* "Failed to start x.service: Unit x.service not found.\n" becomes what the middle says. */
static void shorten(char *output, const char *unit, char text[static UNIT_START_TEXT_MAX_BYTES]) {
        char prefix[sizeof("Failed to start : ") + UNIT_START_TEXT_MAX_BYTES];
        char *line = output;
        size_t n;

        snprintf(prefix, sizeof(prefix), "Failed to start %s: ", unit);
        if (strncmp(line, prefix, strlen(prefix)) == 0)
                line += strlen(prefix);
        n = strcspn(line, "\n");
        while (n > 0 && line[n - 1] == '.')
                n--;

        text_escape(text, UNIT_START_TEXT_MAX_BYTES, line, n);
}

int unit_start(const char *unit, char ret_text[static UNIT_START_TEXT_MAX_BYTES]) {
        const char *const command[] = {
                "systemctl", "start", "--no-block", "--job-mode=fail", "--", unit, NULL,
        };
        char output[OUTPUT_MAX_BYTES];
        int r;

        r = run(command, output, sizeof(output));
        if (r == 0)
                return 0;
        if (r > 0 && is_shutting_down())
                return UNIT_E_SHUTDOWN;

        if (r == -ETIMEDOUT)
                snprintf(ret_text, UNIT_START_TEXT_MAX_BYTES, "systemd does not answer");
        else if (r < 0)
                snprintf(ret_text, UNIT_START_TEXT_MAX_BYTES, "systemctl cannot be run: %s",
                         strerror(-r));
        else
                shorten(output, unit, ret_text);
        return UNIT_E_REFUSED;
}

/* Whether one of the words between blanks is the tunnel's unit. */
static bool has_unit_of(const char *words, const char *tunnel) {
        char unit[UNIT_NAME_MAX_BYTES];
        size_t n_word;

        snprintf(unit, sizeof(unit), "pptp@%s.service", tunnel);
        for (; *words != '\0'; words += n_word + strspn(words + n_word, " ")) {
                n_word = strcspn(words, " ");
                if (n_word == strlen(unit) && strncmp(words, unit, n_word) == 0)
                        return true;
        }

        return false;
}

/* Takes "PartOf=a.service b.service" or another property of those asked for. */
static void take_property(HookUnit *u, const char *tunnel, const char *name, const char *value) {
        if (strcmp(name, "LoadState") == 0)
                snprintf(u->load_state, sizeof(u->load_state), "%s", value);
        else if (strcmp(name, "UnitFileState") == 0)
                u->is_masked_at_runtime = strcmp(value, "masked-runtime") == 0;

        for (size_t i = 0; i < _HOOK_RELATION_MAX; i++)
                if (strcmp(name, hook_relation_name(i)) == 0)
                        u->relations[i] = has_unit_of(value, tunnel);
}

int unit_get_hook_unit(const char *unit, const char *tunnel, HookUnit *ret_hook_unit) {
        char properties[256], output[SHOW_MAX_BYTES], *rest = output, *line;
        const char *const command[] = { "systemctl", "show", properties, "--", unit, NULL };
        TextBuilder b = text_builder(properties, sizeof(properties));
        HookUnit u = { 0 };
        int r;

        text_add(&b, "--property=LoadState,UnitFileState");
        for (size_t i = 0; i < _HOOK_RELATION_MAX; i++)
                text_addf(&b, ",%s", hook_relation_name(i));
        r = run(command, output, sizeof(output));
        if (r != 0)
                return r < 0 ? r : -EIO;

        while ((line = strsep(&rest, "\n"))) {
                char *value = strchr(line, '=');

                if (!value)
                        continue;
                *value++ = '\0';
                take_property(&u, tunnel, line, value);
        }
        if (u.load_state[0] == '\0')
                return -EIO;

        *ret_hook_unit = u;
        return 0;
}
