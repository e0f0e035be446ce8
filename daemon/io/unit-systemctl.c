/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The part of unit.h that asks systemctl(1). */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/macros.h"
#include "core/base/text.h"
#include "io/clock.h"
#include "io/program.h"
#include "io/unit.h"

/* systemd answers within milliseconds; this is for one that is busy with a boot. */
#define START_TIMEOUT_USEC (10 * USEC_PER_SEC)

/* What systemctl says is a line or two. */
#define OUTPUT_MAX_BYTES 1024
/* Of what it shows of a unit: lists of other units, of which most have few. */
#define SHOW_MAX_BYTES (16 * 1024)

static int run(const char *const argv[], char *buffer, size_t n_buffer) {
        return program_capture_all(argv, START_TIMEOUT_USEC, buffer, n_buffer);
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

/*
 * How long to wait before the second look at a job, and how much longer each time: each look is a
 * process.
 */
#define JOB_POLL_USEC (50 * USEC_PER_MSEC)
#define JOB_POLL_GROWTH 4

/* Returns the number behind "KEY=" in what systemctl shows, 0 if there is none. */
static uint64_t find_number(const char *output, const char *key) {
        const char *at = strstr(output, key);

        return at ? strtoull(at + strlen(key), NULL, 10) : 0;
}

bool unit_is_refused_later(const char *unit, uint64_t asked_usec, uint64_t deadline_usec) {
        static const char properties[] =
                "--property=Job,ActiveState,InactiveExitTimestampMonotonic,ConditionResult";
        const char *const command[] = { "systemctl", "show", properties, "--", unit, NULL };
        char output[OUTPUT_MAX_BYTES];

        for (uint64_t pause_usec = JOB_POLL_USEC;; pause_usec *= JOB_POLL_GROWTH) {
                bool waits, has_failed;
                uint64_t now;

                if (run(command, output, sizeof(output)) != 0)
                        return false;

                /*
                 * A long start is a job as well. What systemd has in Result= stays that of an
                 * earlier start where it refuses one.
                 */
                has_failed = strstr(output, "ActiveState=failed\n");
                waits = find_number(output, "Job=") > 0 &&
                        (has_failed || strstr(output, "ActiveState=inactive\n"));
                if (!waits)
                        return has_failed && strstr(output, "ConditionResult=yes\n") &&
                                find_number(output, "InactiveExitTimestampMonotonic=") < asked_usec;
                now = clock_read_usec(CLOCK_MONOTONIC);
                if (now >= deadline_usec)
                        return false;

                usleep((useconds_t) MIN(pause_usec, deadline_usec - now));
        }
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
