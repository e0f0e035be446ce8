/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit-hooks/unit-hooks.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <systemd/sd-daemon.h>

#include "core/base/macros.h"
#include "core/base/text.h"
#include "core/config/config.h"
#include "core/status/status.h"
#include "io/clock.h"
#include "io/config-files.h"
#include "io/file-replace.h"
#include "io/hooks-channel.h"
#include "io/unit.h"

/* A supervisor sends its first packet as soon as it has connected. */
#define FIRST_TIMEOUT_MSEC 10000

/*
 * systemd comes to a job within milliseconds. One that waits for others is not waited for much
 * longer than that: the supervisor wants to hear how all units fare.
 */
#define JOBS_TIMEOUT_USEC (2 * USEC_PER_SEC)

typedef struct Hooks {
        int fd;
        const char *tunnel;
        const char *root;
        const char *directory;
        Journal *journal;
        Status up; /* as the tunnel was when it came up */
} Hooks;

/*
 * Tells the watchdog of the service manager that this process goes on (WatchdogSec= of
 * pptp-hooks@.service). One that was stopped would neither start the units of Down= nor end; once
 * the watchdog has ended it, the supervisor tells.
 */
static void tell_watchdog(void) {
        (void) sd_notify(false, "WATCHDOG=1");
}

/* Returns after how many milliseconds to tell the watchdog again, -1 if there is none. */
static int get_watchdog_msec(void) {
        uint64_t usec;

        return sd_watchdog_enabled(false, &usec) > 0 ? (int) (usec / USEC_PER_MSEC / 3) : -1;
}

/* Waits for something to read, as poll(2). */
static int await(int fd, int timeout_msec) {
        struct pollfd p = { .fd = fd, .events = POLLIN };
        int watchdog_msec = timeout_msec < 0 ? get_watchdog_msec() : -1;
        int r;

        do {
                tell_watchdog();
                r = poll(&p, 1, watchdog_msec > 0 ? watchdog_msec : timeout_msec);
        } while ((r < 0 && errno == EINTR) || (r == 0 && watchdog_msec > 0));

        return r < 0 ? -errno : r;
}

/*
 * Receives a status. Returns 1 and the status, 0 at the end of the connection, or a negative errno:
 * -EBADMSG for what is none, -ETIMEDOUT. timeout_msec is as for poll(2).
 */
static int receive_status(int fd, int timeout_msec, Status *ret_status) {
        char text[STATUS_MAX_BYTES + 1];
        ssize_t n;
        int r;

        r = await(fd, timeout_msec);
        if (r <= 0)
                return r < 0 ? r : -ETIMEDOUT;

        n = recv(fd, text, sizeof(text), 0);
        if (n < 0)
                return errno == ECONNRESET ? 0 : -errno;
        if (n == 0)
                return 0;

        return status_parse(text, (size_t) n, ret_status) == 0 ? 1 : -EBADMSG;
}

/*
 * The name by which the file is found is that of the unit, not one that the supervisor says. Each
 * event has its own: a unit of Down= may read it when the tunnel is up again.
 */
static int write_environment(const Hooks *h, bool down, const Status *last) {
        char path[PATH_MAX], text[STATUS_MAX_BYTES + sizeof("EVENT=down\n")];
        int n;

        n = status_write_event(&h->up, down, last, text, sizeof(text));
        if (n < 0)
                return n;
        if (snprintf(path, sizeof(path), "%s/%s.%s", h->directory, h->tunnel,
                     down ? "down" : "up") >= (int) sizeof(path))
                return -ENAMETOOLONG;

        return file_replace(AT_FDCWD, path, 0644, text, (size_t) n);
}

static void add_trouble(bool down, const char *unit, const char *reason, TextBuilder *trouble) {
        text_addf(trouble, "%s%s=%s is not started: %s", trouble->n_text > 0 ? "; " : "",
                  down ? "Down" : "Up", unit, reason);
}

/* Adds a unit that systemd refuses, with what mends that as far as systemd says. */
static void add_refusal(const Hooks *h, bool down, const char *unit, const char *reason,
                        TextBuilder *trouble) {

        char text[HOOK_TEXT_MAX_BYTES], remedy[HOOK_TEXT_MAX_BYTES];
        HookUnit u;

        add_trouble(down, unit, reason, trouble);
        if (unit_get_hook_unit(unit, h->tunnel, &u) == 0 &&
            hook_unit_find_fault(&u, unit, down, h->tunnel, text, remedy))
                text_addf(trouble, " (%s)", remedy);
}

static void start_units(const Hooks *h, const Config *config, bool down, TextBuilder *trouble) {
        char *const *units = down ? config->down_units : config->up_units;
        size_t n_units = down ? config->n_down_units : config->n_up_units;

        bool queued[CONFIG_UNITS_MAX] = { 0 };
        uint64_t asked[CONFIG_UNITS_MAX] = { 0 }, deadline;

        assert(n_units <= ELEMENTSOF(queued));
        for (size_t i = 0; i < n_units; i++) {
                char reason[UNIT_START_TEXT_MAX_BYTES];
                int r;

                tell_watchdog();
                asked[i] = clock_read_usec(CLOCK_MONOTONIC);
                r = unit_start(units[i], reason);
                queued[i] = r == 0;
                if (r == UNIT_E_REFUSED)
                        add_refusal(h, down, units[i], reason, trouble);
        }

        /* None of them waits for this. */
        deadline = clock_read_usec(CLOCK_MONOTONIC) + JOBS_TIMEOUT_USEC;
        for (size_t i = 0; i < n_units; i++) {
                tell_watchdog();
                if (!queued[i] || !unit_is_refused_later(units[i], asked[i], deadline))
                        continue;

                add_trouble(down, units[i],
                            "it was started too often for its StartLimitBurst=, or requires a unit "
                            "that failed",
                            trouble);
                text_addf(trouble, " (journalctl -u %s says which)", units[i]);
        }
}

/* One event: what the units are to know, then the units. */
static void run_event(const Hooks *h, bool down, const Status *last, TextBuilder *trouble) {
        const char *key = down ? "Down" : "Up";
        ConfigProblems problems = { 0 };
        Config *config = NULL;
        int r;

        r = config_files_load(h->root, h->tunnel, &config, &problems);
        if (r == CONFIG_E_INVALID)
                text_addf(
                        trouble,
                        "%s= starts nothing: the configuration is wrong by now (pptpctl check %s)",
                        key, h->tunnel);
        else if (r < 0)
                text_addf(trouble, "%s= starts nothing: no configuration: %s", key, strerror(-r));
        config_problems_done(&problems);
        if (r != 0)
                return;

        /* A unit that reads an older file would take another event for this one. */
        r = write_environment(h, down, last);
        if (r < 0)
                text_addf(trouble, "%s= starts nothing: cannot write to %s: %s", key, h->directory,
                          strerror(-r));
        else
                start_units(h, config, down, trouble);
        config_free(config);
}

int unit_hooks_serve(int fd, const char *tunnel, const char *root, const char *directory,
                     Journal *journal) {

        char text[HOOKS_TEXT_MAX_BYTES] = "";
        TextBuilder trouble = text_builder(text, sizeof(text));
        Hooks h = {
                .fd = fd,
                .tunnel = tunnel,
                .root = root,
                .directory = directory,
                .journal = journal,
        };
        Status last;
        int r;

        r = receive_status(fd, FIRST_TIMEOUT_MSEC, &h.up);
        if (r <= 0)
                return r;

        snprintf(h.up.tunnel, sizeof(h.up.tunnel), "%s", tunnel);
        (void) sd_notifyf(false, "STATUS=The tunnel %s is up", tunnel);
        run_event(&h, false, NULL, &trouble);
        if (trouble.n_text > 0)
                (void) send(fd, text, trouble.n_text, MSG_NOSIGNAL | MSG_DONTWAIT);

        /* Also where it is no status that comes: a supervisor that sends such a thing is none. */
        r = receive_status(fd, -1, &last);
        (void) sd_notifyf(false, "STATUS=The tunnel %s is not up any more", tunnel);
        trouble = text_builder(text, sizeof(text));
        run_event(&h, true, r > 0 ? &last : NULL, &trouble);
        if (trouble.n_text > 0)
                journal_print(journal, LOG_WARNING, "%s: [Hooks] %s, ignoring", tunnel, text);
        return 0;
}
