/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The tunnel's state for others to read: when it is written, and what a predecessor left there. A
 * supervisor that is told to stop takes it away; one that crashes, or whose start took too long,
 * leaves it to its successor; and what one failed with is kept until the next start.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "core/base/text.h"
#include "io/clock.h"
#include "io/state-file.h"
#include "supervisor/supervisor.h"
#include "supervisor/supervisor-internal.h"

/* The shortest time between two writes: programs that follow the file are woken by each. */
#define SUPERVISOR_STATUS_INTERVAL_USEC (500 * USEC_PER_MSEC)
/* Reading two clocks takes its time; only a clock that was set is news. */
#define SUPERVISOR_CLOCK_JITTER_USEC (100 * USEC_PER_MSEC)

static void supervisor_compare_clocks(Supervisor *s) {
        int64_t offset =
                (int64_t) (clock_read_usec(CLOCK_REALTIME) - clock_read_usec(CLOCK_BOOTTIME));

        if (llabs(offset - s->realtime_offset_usec) > (int64_t) SUPERVISOR_CLOCK_JITTER_USEC)
                s->realtime_offset_usec = offset;
}

/* Fills in what there is to tell of the names. */
static void describe_names(const Supervisor *s, Status *status) {
        TextBuilder servers = text_builder(status->name_servers, sizeof(status->name_servers));
        TextBuilder domains = text_builder(status->domains, sizeof(status->domains));
        const NamesSet *names;
        NamesState state;

        names_keeper_get_state(s->names.keeper, &state);
        names = state.names;
        for (size_t i = 0; i < names->n_servers; i++)
                text_addf(&servers, "%s%s", i > 0 ? " " : "", TEXT_IPV4(names->servers[i]));
        for (size_t i = 0; i < names->n_domains; i++)
                if (!names->domains[i].of_route)
                        text_addf(&domains, "%s%s%s", domains.n_text > 0 ? " " : "",
                                  names->domains[i].route_only ? "~" : "", names->domains[i].name);

        status->names_take_all = names->default_route;
        snprintf(status->names_trouble, sizeof(status->names_trouble), "%s", state.trouble);
        if (state.standing)
                snprintf(status->names_service, sizeof(status->names_service), "%s",
                         names_service_name(state.service));
}

/* Fills in which of them are refused while the tunnel is down. */
static void describe_cover(const Supervisor *s, Status *status) {
        TextBuilder covered = text_builder(status->names_covered, sizeof(status->names_covered));
        NamesCoverState state;

        names_cover_get_state(s->cover.names, &state);
        snprintf(status->names_cover_trouble, sizeof(status->names_cover_trouble), "%s",
                 state.trouble);
        if (!state.standing)
                return;

        snprintf(status->names_cover_interface, sizeof(status->names_cover_interface), "%s",
                 state.ifname);
        for (size_t i = 0; i < state.names->n_domains; i++)
                if (!state.names->domains[i].of_route)
                        text_addf(&covered, "%s%s", covered.n_text > 0 ? " " : "",
                                  state.names->domains[i].name);
}

int supervisor_write_status(Supervisor *s, char *buffer, size_t n_buffer) {
        Status status;

        supervisor_compare_clocks(s);
        tunnel_get_status(s->tunnel, &status);
        snprintf(status.text, sizeof(status.text), "%s", s->status_text);
        describe_names(s, &status);
        describe_cover(s, &status);
        status.supervisor_pid = (uint64_t) getpid();
        status.pppd_pid = s->pppd.process ? (uint64_t) pppd_get_pid(s->pppd.process) : 0;
        status.realtime_offset_usec = s->realtime_offset_usec;
        memcpy(status.hooks_trouble, s->hooks.trouble, sizeof(status.hooks_trouble));
        if (status_is_up(&status))
                supervisor_list_overlaps(s, status.overlaps, sizeof(status.overlaps));

        return status_write(&status, buffer, n_buffer);
}

/* Returns whether the state file has what it should have. */
static bool status_is_saved(Supervisor *s) {
        char text[STATUS_MAX_BYTES];

        return supervisor_write_status(s, text, sizeof(text)) >= 0 &&
                strcmp(text, s->saved_status) == 0;
}

void supervisor_save_status(Supervisor *s) {
        char text[STATUS_MAX_BYTES];
        int n, r;

        if (!s->state_directory)
                return;

        n = supervisor_write_status(s, text, sizeof(text));
        if (n < 0 || strcmp(text, s->saved_status) == 0)
                return;

        r = state_file_write(s->state_directory, text, (size_t) n);
        if (r < 0 && !s->status_failed)
                journal_print(s->journal, LOG_WARNING, "Cannot write %s/state: %s, ignoring",
                              s->state_directory, strerror(-r));
        s->status_failed = r < 0;
        if (r >= 0)
                memcpy(s->saved_status, text, (size_t) n + 1);
        if (s->varlink)
                varlink_server_publish(s->varlink);
}

static int on_status_timer(_unused_ sd_event_source *source, _unused_ uint64_t usec,
                           void *userdata) {

        supervisor_save_status(userdata);
        return 0;
}

void supervisor_status_changed(Supervisor *s) {
        int enabled;

        if (!s->status_timer || sd_event_source_get_enabled(s->status_timer, &enabled) < 0 ||
            enabled != SD_EVENT_OFF)
                return;

        /* Most events of an idle tunnel change nothing: no reason to wake up once more. */
        if (status_is_saved(s))
                return;

        (void) sd_event_source_set_time_relative(s->status_timer, SUPERVISOR_STATUS_INTERVAL_USEC);
        (void) sd_event_source_set_enabled(s->status_timer, SD_EVENT_ONESHOT);
}

static void supervisor_inherit_status(Supervisor *s) {
        History history;
        Status left;
        int r;

        r = state_file_read(s->state_directory, &left);
        if (r == -ENOENT)
                return;

        if (r < 0) {
                journal_print(s->journal, LOG_WARNING,
                              "Cannot read %s/state of the last run: %s, ignoring",
                              s->state_directory, strerror(-r));
                return;
        }

        status_inherit(&left, clock_read_usec(CLOCK_BOOTTIME), &history);
        /* What an orderly end left is for a start that holds packets back as well. */
        if (s->config->routes_on_down != CONFIG_ROUTES_ON_DOWN_UNREACHABLE)
                history.has_worked = history.n_connects > 0;
        tunnel_set_history(s->tunnel, &history);
}

int supervisor_status_init(Supervisor *s) {
        int r;

        /* Set by the service manager, as RuntimeDirectory= says; by hand there is none. */
        s->state_directory = getenv("RUNTIME_DIRECTORY");
        if (!s->state_directory)
                return 0;

        (void) state_file_remove_last(s->state_directory);
        supervisor_inherit_status(s);
        r = sd_event_add_time_relative(s->event, &s->status_timer, CLOCK_BOOTTIME, 0, 0,
                                       on_status_timer, s);
        if (r < 0)
                return r;

        (void) sd_event_source_set_description(s->status_timer, "state-file");
        return 0;
}

/* Keeps the last state beside the directory, which systemd removes with the unit. */
static void supervisor_keep_last(Journal *journal, const char *directory, const char *text) {
        int r;

        r = state_file_write_last(directory, text, strlen(text));
        if (r < 0)
                journal_print(journal, LOG_WARNING, "Cannot write %s.last: %s, ignoring", directory,
                              strerror(-r));
}

/*
 * Whoever stops or restarts a tunnel means to begin anew, with the first of all tries. But where
 * packets are held back, a restart must not let a server that says no end the tunnel for good: that
 * it has worked is left for the successor. systemd removes the directory with a stop.
 */
static void supervisor_leave_for_restart(Supervisor *s) {
        Status status;

        tunnel_get_status(s->tunnel, &status);
        if (s->config->routes_on_down != CONFIG_ROUTES_ON_DOWN_UNREACHABLE ||
            !status.history.has_worked) {
                (void) state_file_remove(s->state_directory);
                return;
        }

        tunnel_set_history(s->tunnel,
                           &(History){ .has_worked = 1, .worked_as = status.history.worked_as });
        supervisor_save_status(s);
}

void supervisor_status_done(Supervisor *s, int exit_status) {
        s->status_timer = sd_event_source_disable_unref(s->status_timer);
        if (!s->state_directory || !s->tunnel)
                return;

        if (exit_status == 0 && !s->goes_on) {
                supervisor_leave_for_restart(s);
                return;
        }

        supervisor_save_status(s);
        if (exit_status != 0)
                supervisor_keep_last(s->journal, s->state_directory, s->saved_status);
}

void supervisor_leave_error(Journal *journal, const char *name, const char *text) {
        const char *directory = getenv("RUNTIME_DIRECTORY");
        uint64_t now = clock_read_usec(CLOCK_BOOTTIME);
        Status status = {
                .state = "ended",
                .since_usec = now,
                .supervisor_pid = (uint64_t) getpid(),
                .realtime_offset_usec = (int64_t) (clock_read_usec(CLOCK_REALTIME) - now),
        };
        char file[STATUS_MAX_BYTES];

        if (!directory)
                return;

        snprintf(status.tunnel, sizeof(status.tunnel), "%s", name);
        snprintf(status.text, sizeof(status.text), "%s", text);
        history_add_failure(&status.history, "CONFIG-ERROR", text, now);
        if (status_write(&status, file, sizeof(file)) > 0)
                supervisor_keep_last(journal, directory, file);
}
