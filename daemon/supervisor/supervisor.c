/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The event loop: signals, the tunnel's timer, and the way of an event through the state machine to
 * the edges. See supervisor.h.
 */

#include "supervisor/supervisor.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <syslog.h>
#include <time.h>

#include "core/base/paths.h"
#include "io/memory-file.h"
#include "io/notify.h"
#include "io/run-mark.h"
#include "io/clock.h"
#include "io/spare-memory.h"
#include "io/state-file.h"
#include "io/turn-file.h"
#include "supervisor/supervisor-internal.h"

/*
 * A start and an attempt need more memory than a tunnel that is up. So long after the last word of
 * either the rest goes back: not while it is going to be needed at once, and by a timer that may
 * wait for another's wake-up.
 */
#define SUPERVISOR_SPARE_DELAY_USEC (10 * USEC_PER_SEC)
#define SUPERVISOR_SPARE_ACCURACY_USEC (10 * USEC_PER_SEC)

/* A timer that is this late means that the process did not run. */
#define SUPERVISOR_LATE_USEC (5 * USEC_PER_SEC)

static uint64_t supervisor_now(Supervisor *s) {
        uint64_t now;

        (void) sd_event_now(s->event, CLOCK_BOOTTIME, &now);
        return now;
}

static void supervisor_log(Supervisor *s, const TunnelAction *action) {
        journal_write(s->journal, action->log.priority,
                      &(JournalFields){
                              .state = tunnel_state_name(tunnel_get_state(s->tunnel)),
                              .message_id = action->log.message_id,
                              .row = action->log.row,
                              .class = action->log.class,
                      },
                      action->log.text);
}

/* From now on that signal is the watchdog's, for a process that does not turn its loop any more. */
static void supervisor_end_start(Supervisor *s) {
        sigset_t mask;

        s->start_timeout = sd_event_source_disable_unref(s->start_timeout);
        sigemptyset(&mask);
        sigaddset(&mask, SIGABRT);
        (void) sigprocmask(SIG_UNBLOCK, &mask, NULL);
}

static int on_spare_timer(_unused_ sd_event_source *source, _unused_ uint64_t usec,
                          _unused_ void *userdata) {

        spare_memory_release();
        return 0;
}

static void supervisor_set_status(Supervisor *s, const TunnelAction *action) {
        bool ready = action->type == TUNNEL_ACTION_READY;

        (void) sd_event_source_set_time_relative(s->spare_timer, SUPERVISOR_SPARE_DELAY_USEC);
        (void) sd_event_source_set_enabled(s->spare_timer, SD_EVENT_ONESHOT);

        memcpy(s->status_text, action->status.text, sizeof(s->status_text));
        /* The state file is up to date before READY=1. */
        if (ready) {
                supervisor_save_status(s);
                supervisor_end_start(s);
        }
        /* Before READY=1, after which a change comes with a reload of its own. */
        if (ready && !s->ready)
                supervisor_reload_what_changed(s);
        s->ready = s->ready || ready;
        (ready ? notify_ready : notify_status)(action->status.text, action->status.since_usec);
}

static void supervisor_get_memory_path(Supervisor *s, char *buffer, size_t n_buffer) {
        snprintf(buffer, n_buffer, PATHS_MEMORY_DIRECTORY "/%s.servers", s->config->name);
}

/* Loads what a predecessor learnt about servers; without it an attempt may fail once more. */
static void supervisor_load_memory(Supervisor *s) {
        char path[PATH_MAX];
        int r;

        supervisor_get_memory_path(s, path, sizeof(path));
        r = memory_file_read(path, tunnel_get_memory(s->tunnel));
        if (r < 0 && r != -ENOENT)
                journal_print(s->journal, LOG_WARNING, "Cannot read %s: %s, ignoring", path,
                              strerror(-r));
}

static void supervisor_store_memory(Supervisor *s) {
        char path[PATH_MAX];
        int r;

        supervisor_get_memory_path(s, path, sizeof(path));
        r = memory_file_write(path, tunnel_get_memory(s->tunnel));
        if (r < 0 && !s->memory_failed)
                journal_print(s->journal, LOG_WARNING,
                              "Cannot remember in %s what the server wants: %s, ignoring", path,
                              strerror(-r));
        s->memory_failed = r < 0;
}

/*
 * The rule that keeps a late answer away from a later attempt: nothing that could give one is left.
 * What the tunnel has closed is freed, and pppd's exit was waited for. A look at the counters may
 * be under way yet; and so may the removal of routes, whose keeper lives on, but drops it when it
 * is to install others.
 */
static void supervisor_begin_attempt(Supervisor *s) {
        assert(!s->control.resolver && !s->control.socket);
        assert(!s->call.path && !s->call.query);
        assert(!s->pppd.process && !s->pppd.plugin);
        assert(!s->probe);

        s->count_request = rtnl_request_free(s->count_request);
        supervisor_look_stop(s);
}

/* Where turns cannot be taken, the tunnel dials at once, as it would if it were alone. */
static void supervisor_take_turn(Supervisor *s, const char *server) {
        TunnelEvent event = { .type = TUNNEL_EVENT_TURN };
        uint64_t now = supervisor_now(s);

        if (turn_file_take(TURN_FILE_PATH, server, now, TUNNEL_TURN_USEC, TUNNEL_TURNS_MAX_USEC,
                           &event.turn_usec) < 0)
                event.turn_usec = now;
        supervisor_feed(s, &event);
}

/* Has each part applied by the file that knows it; it answers with APPLIED or APPLY_FAILED. */
static void supervisor_apply(Supervisor *s, unsigned parts, const TunnelLink *link) {
        if (parts & TUNNEL_PART_ROUTES)
                supervisor_install_routes(s, link);
        if (parts & TUNNEL_PART_RULES)
                supervisor_frame_step(s, ROUTE_FRAME_UP);
        if (parts & TUNNEL_PART_NAMES)
                supervisor_apply_names(s, link);
        if (parts & TUNNEL_PART_SIZES)
                supervisor_apply_sizes(s, link);
}

/* Likewise; each part answers with REMOVED. */
static void supervisor_remove(Supervisor *s, unsigned parts) {
        if (parts & TUNNEL_PART_NAMES)
                supervisor_remove_names(s);
        if (parts & TUNNEL_PART_SIZES)
                supervisor_remove_sizes(s);
        if (parts & TUNNEL_PART_ROUTES)
                supervisor_remove_routes(s);
        if (parts & TUNNEL_PART_RULES)
                supervisor_frame_step(s, ROUTE_FRAME_DOWN);
}

static void supervisor_execute(Supervisor *s, const TunnelAction *action) {
        switch (action->type) {
        case TUNNEL_ACTION_PREPARE:
                supervisor_begin_attempt(s);
                if (!s->route_refused || !supervisor_look_for_clashes(s))
                        supervisor_prepare(s);
                break;
        case TUNNEL_ACTION_RESOLVE:
                supervisor_resolve(s, action->name, action->timeout_usec);
                break;
        case TUNNEL_ACTION_CONNECT:
                supervisor_connect(s, action->connect.address, action->connect.port);
                break;
        case TUNNEL_ACTION_SEND:
                supervisor_send(s, &action->control);
                break;
        case TUNNEL_ACTION_CLOSE_CONTROL:
                supervisor_close_control(s);
                break;
        case TUNNEL_ACTION_OPEN_CALL:
                supervisor_open_call(s, action->connect.address);
                break;
        case TUNNEL_ACTION_START_PPPD:
                supervisor_start_pppd(s, &action->pppd.settings);
                break;
        case TUNNEL_ACTION_HAND_OVER_CALL:
                supervisor_hand_over_call(s, action->pppd.peer_call_id, &action->pppd.settings);
                break;
        case TUNNEL_ACTION_CLOSE_CALL:
                supervisor_close_call(s);
                break;
        case TUNNEL_ACTION_TERMINATE_PPPD:
                if (s->pppd.process)
                        pppd_terminate(s->pppd.process);
                break;
        case TUNNEL_ACTION_KILL_PPPD:
                if (s->pppd.process)
                        pppd_kill(s->pppd.process);
                break;
        case TUNNEL_ACTION_SEND_PASSWORD:
                supervisor_send_password(s);
                break;
        case TUNNEL_ACTION_APPLY:
                supervisor_apply(s, action->apply.parts, &action->apply.link);
                break;
        case TUNNEL_ACTION_REMOVE:
                supervisor_remove(s, action->parts);
                break;
        case TUNNEL_ACTION_SET_KEEP_ALIVE:
                supervisor_set_keep_alive(s, &action->pppd.settings);
                break;
        case TUNNEL_ACTION_SET_MTU:
                supervisor_set_mtu(s, action->mtu_max_bytes);
                break;
        case TUNNEL_ACTION_PROBE:
                supervisor_probe(s, action->connect.address);
                break;
        case TUNNEL_ACTION_PROBE_STOP:
                supervisor_probe_stop(s);
                break;
        case TUNNEL_ACTION_PROBE_SIZE:
                supervisor_probe_size(s, action->probe_size.address, action->probe_size.n_bytes);
                break;
        case TUNNEL_ACTION_PROBE_SIZE_STOP:
                supervisor_probe_size_stop(s);
                break;
        case TUNNEL_ACTION_TAKE_TURN:
                supervisor_take_turn(s, action->name);
                break;
        case TUNNEL_ACTION_COUNT:
                supervisor_count_traffic(s);
                break;
        case TUNNEL_ACTION_REMEMBER:
                supervisor_store_memory(s);
                break;
        case TUNNEL_ACTION_LOG:
                supervisor_log(s, action);
                break;
        case TUNNEL_ACTION_STATUS:
        case TUNNEL_ACTION_READY:
                supervisor_set_status(s, action);
                break;
        case TUNNEL_ACTION_EXIT:
                (void) sd_event_exit(s->event, action->exit_status);
                break;
        case _TUNNEL_ACTION_MAX:
                assert(false);
        }
}

static void supervisor_arm_timer(Supervisor *s) {
        uint64_t deadline = tunnel_next_deadline(s->tunnel);

        (void) sd_event_source_set_time(s->timer, deadline);
        (void) sd_event_source_set_enabled(
                s->timer, deadline == USEC_INFINITY ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
}

/* Extends the service manager's start timeout while an attempt may yet succeed. */
static void supervisor_ask_patience(Supervisor *s) {
        uint64_t patience = tunnel_get_patience(s->tunnel), now = supervisor_now(s);

        if (patience <= s->patience_usec || patience <= now)
                return;

        s->patience_usec = patience;
        notify_extend_timeout(patience - now);
}

static void supervisor_step(Supervisor *s, const TunnelEvent *event) {
        TunnelActions actions;

        tunnel_step(s->tunnel, event, supervisor_now(s), &actions);
        for (size_t i = 0; i < actions.n_items; i++)
                supervisor_execute(s, &actions.items[i]);
}

/* No event is left: what follows from the state that the tunnel is in now. */
static void supervisor_rest(Supervisor *s) {
        supervisor_tell_untold_routes(s);
        supervisor_arm_timer(s);
        supervisor_ask_patience(s);
        supervisor_follow_hooks(s);
        supervisor_status_changed(s);
        supervisor_answer_reload(s);
}

static int on_timer(_unused_ sd_event_source *source, uint64_t usec, void *userdata) {
        Supervisor *s = userdata;
        uint64_t late_usec = supervisor_now(s) - usec;

        /*
         * The process was stopped by a signal, or the host of this virtual machine slept: no clock
         * shows more than this.
         */
        if (late_usec >= SUPERVISOR_LATE_USEC)
                supervisor_slept(s, late_usec);

        /* A deadline may end the attempt: collects what was counted until now for the verdict. */
        supervisor_gather_evidence(s);
        supervisor_feed(s, &(TunnelEvent){ .type = TUNNEL_EVENT_TIMER });
        return 0;
}

static int on_stop_signal(_unused_ sd_event_source *source, const struct signalfd_siginfo *si,
                          void *userdata) {

        Supervisor *s = userdata;

        notify_stopping();
        s->stopping = true;
        /* The unit has TimeoutStartFailureMode=abort to tell this end from one that is wanted. */
        s->goes_on = si->ssi_signo == SIGABRT;
        /*
         * A predecessor's leftovers are removed first: after an orderly stop nobody looks for them.
         */
        if (!s->leftovers)
                supervisor_feed(s, &(TunnelEvent){ .type = TUNNEL_EVENT_STOP });
        return 0;
}

static int supervisor_init(Supervisor *s) {
        uint64_t seed;
        int r;

        r = sd_event_default(&s->event);
        if (r < 0)
                return r;

        r = sd_event_add_signal(s->event, NULL, SIGTERM, on_stop_signal, s);
        if (r < 0)
                return r;

        r = sd_event_add_signal(s->event, NULL, SIGINT, on_stop_signal, s);
        if (r < 0)
                return r;

        r = sd_event_add_signal(s->event, &s->start_timeout, SIGABRT, on_stop_signal, s);
        if (r < 0)
                return r;

        (void) sd_event_source_set_description(s->start_timeout, "start-timeout");
        r = sd_event_add_time(s->event, &s->timer, CLOCK_BOOTTIME, USEC_INFINITY,
                              SUPERVISOR_TIMER_ACCURACY_USEC, on_timer, s);
        if (r < 0)
                return r;

        (void) sd_event_source_set_description(s->timer, "tunnel");

        r = sd_event_add_time(s->event, &s->spare_timer, CLOCK_BOOTTIME, USEC_INFINITY,
                              SUPERVISOR_SPARE_ACCURACY_USEC, on_spare_timer, s);
        if (r < 0)
                return r;

        (void) sd_event_source_set_description(s->spare_timer, "spare-memory");

        r = notify_init(s->event);
        if (r < 0)
                return r;

        if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
                return -EIO;

        s->tunnel = tunnel_new(s->config, seed);
        if (!s->tunnel)
                return -ENOMEM;

        supervisor_load_memory(s);
        supervisor_recorder_init(s);
        r = supervisor_status_init(s);
        if (r < 0)
                return r;

        r = supervisor_names_init(s);
        if (r < 0)
                return r;

        r = supervisor_cover_init(s);
        if (r < 0)
                return r;

        r = supervisor_routes_init(s);
        if (r < 0)
                return r;

        r = supervisor_uplink_init(s);
        if (r < 0)
                return r;

        supervisor_requests_init(s);
        supervisor_varlink_init(s);
        return supervisor_reload_init(s);
}

static void supervisor_done(Supervisor *s) {
        supervisor_requests_done(s);
        supervisor_varlink_done(s);
        supervisor_hooks_done(s);
        leftovers_free(s->leftovers);
        supervisor_link_done(s);
        plugin_channel_free(s->pppd.plugin);
        pppd_free(s->pppd.process);
        supervisor_close_call(s);
        supervisor_close_control(s);
        supervisor_uplink_done(s);
        supervisor_sizes_done(s);
        supervisor_namespace_done(s);
        supervisor_cover_done(s);
        supervisor_names_done(s);
        supervisor_routes_done(s);
        tunnel_free(s->tunnel);
        run_mark_remove(RUN_MARK_INTERFACE, s->config->interface_name);
        sd_event_source_disable_unref(s->start_timeout);
        sd_event_source_disable_unref(s->late_reload);
        sd_event_source_disable_unref(s->timer);
        sd_event_source_disable_unref(s->spare_timer);
        notify_done();
        sd_event_unref(s->event);
        config_free(s->config);
}

static void on_leftovers_gone(Leftovers *l, void *userdata) {
        Supervisor *s = userdata;

        s->leftovers = leftovers_free(l);
        if (!s->stopping)
                (void) supervisor_look_for_clashes(s);
        supervisor_feed(s,
                        &(TunnelEvent){
                                .type = s->stopping ? TUNNEL_EVENT_STOP : TUNNEL_EVENT_START,
                        });
}

/*
 * The mark is there as long as the kernel or the disk may have something that a supervisor would
 * have removed. It has been removed at an orderly end, but for what RoutesOnDown=unreachable keeps
 * until it is known that no other supervisor follows.
 */
static void supervisor_set_mark(Supervisor *s) {
        int r;

        r = run_mark_write(RUN_MARK_LEFTOVERS, s->config->name, "");
        if (r < 0)
                journal_print(s->journal, LOG_WARNING,
                              "Cannot note that there is something to clean up: %s, ignoring",
                              strerror(-r));
}

/* A negative exit_status: the supervisor was not set up, and has removed nothing. */
static void supervisor_clear_mark(Supervisor *s, int exit_status) {
        if (exit_status >= 0 && !supervisor_frame_hides_server(s) && !supervisor_frame_is_busy(s))
                run_mark_remove(RUN_MARK_LEFTOVERS, s->config->name);
}

int supervisor_run(Config *config, Journal *journal) {
        _cleanup_free_ Supervisor *s = NULL;
        int r;

        s = malloc(sizeof(*s));
        if (!s) {
                config_free(config);
                return -ENOMEM;
        }

        /* Not all of it: of the state file's room, 24 KiB, only what is written takes memory. */
        memset(s, 0, offsetof(Supervisor, saved_status));
        s->saved_status[0] = '\0';
        s->config = config;
        s->journal = journal;
        s->inner.fd = NAMESPACE_OWN;
        s->routes.offer_port_fd = -EBADF;
        s->step = supervisor_step;
        s->rest = supervisor_rest;

        supervisor_set_mark(s);
        r = supervisor_init(s);
        /* First of all, so that covers of a predecessor stand without a gap. */
        if (r >= 0) {
                supervisor_frame_step(s, ROUTE_FRAME_START);
                supervisor_start_cover(s);
        }
        if (r >= 0)
                r = leftovers_new(s->event, s->rtnl, config, journal, on_leftovers_gone, s,
                                  &s->leftovers);
        if (r >= 0) {
                notify_status("Clearing up after a predecessor, if there was one", 0);
                r = sd_event_loop(s->event);
        }

        supervisor_status_done(s, r);
        supervisor_recorder_done(s, r);
        supervisor_clear_mark(s, r);
        supervisor_done(s);
        return r;
}
