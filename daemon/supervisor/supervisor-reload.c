/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The configuration: read when the supervisor starts, and again when it is told to (SIGHUP, or
 * "systemctl reload" through a socket, supervisor-requests.c). A configuration with errors changes
 * nothing; one without replaces the one before, which is freed once the tunnel has let go of it.
 */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <syslog.h>

#include "core/diagnosis/catalogue.h"
#include "io/config-files.h"
#include "io/notify.h"
#include "io/run-mark.h"
#include "supervisor/supervisor.h"
#include "supervisor/supervisor-internal.h"

#define PROBLEM_TEXT_MAX_BYTES 512

/* ---- reading ---- */

static void report_problems(Journal *journal, const ConfigProblems *problems) {
        char text[PROBLEM_TEXT_MAX_BYTES];

        for (size_t i = 0; i < problems->n_items; i++) {
                const ConfigProblem *p = &problems->items[i];
                const JournalFields fields = { .message_id = CATALOGUE_MESSAGE_CONFIG_ERROR };

                config_problem_describe(p, text, sizeof(text));
                journal_write(journal, p->warning ? LOG_WARNING : LOG_ERR,
                              p->warning ? NULL : &fields, text);
        }
}

static void describe_first_error(const ConfigProblems *problems, char *buffer, size_t n_buffer) {
        char text[PROBLEM_TEXT_MAX_BYTES] = "";

        for (size_t i = 0; i < problems->n_items && !text[0]; i++)
                if (!problems->items[i].warning)
                        config_problem_describe(&problems->items[i], text, sizeof(text));

        snprintf(buffer, n_buffer, "%zu error%s, the first: %s", problems->n_errors,
                 problems->n_errors == 1 ? "" : "s", text);
}

int supervisor_read_config(Journal *journal, const char *name, Config **ret_config, char *error,
                           size_t n_error) {

        ConfigProblems problems = { 0 };
        int r;

        r = config_files_load("", name, ret_config, &problems);
        report_problems(journal, &problems);
        if (r > 0)
                describe_first_error(&problems, error, n_error);
        else if (r < 0) {
                snprintf(error, n_error, "%s", strerror(-r));
                journal_print(journal, LOG_ERR, "The configuration cannot be read: %s", error);
        }

        config_problems_done(&problems);
        if (r == 0)
                return EX_OK;

        return r > 0 ? EX_CONFIG : EX_OSERR;
}

/* ---- taking over ---- */

/* Puts a configuration in effect, and *takes* it. */
static void supervisor_take_config(Supervisor *s, Config *config) {
        Config *old = s->config;
        ConfigDiff diff;

        config_diff_make(old, config, &diff);
        s->config = config;
        supervisor_configure_routes(s);
        supervisor_configure_names(s);
        supervisor_configure_cover(s);
        supervisor_feed(s,
                        &(TunnelEvent){
                                .type = TUNNEL_EVENT_RELOAD,
                                .reload = { .config = config, .diff = &diff },
                        });
        if (strcmp(old->interface_name, config->interface_name) != 0)
                run_mark_remove(RUN_MARK_INTERFACE, old->interface_name);
        config_free(old);
}

static int supervisor_reload(Supervisor *s) {
        char error[PROBLEM_TEXT_MAX_BYTES + 64];
        Config *config = NULL;
        int result;

        /* A service that was never ready must not say READY=1 behind RELOADING=1. */
        if (s->ready)
                notify_reloading();

        reload_answer_begin(&s->reload_answer);
        result = supervisor_read_config(s->journal, s->config->name, &config, error, sizeof(error));
        if (result == EX_OK)
                supervisor_take_config(s, config);
        else {
                char text[sizeof(error) + 64];

                snprintf(text, sizeof(text),
                         "Not reloaded, nothing is changed; a restart would fail: %s", error);
                journal_write(s->journal, LOG_ERR,
                              &(JournalFields){ .message_id = CATALOGUE_MESSAGE_RELOAD_FAILED },
                              text);
        }

        if (s->ready)
                notify_reloaded();
        return result;
}

static int on_late_reload(_unused_ sd_event_source *source, void *userdata) {
        Supervisor *s = userdata;

        s->late_reload = sd_event_source_disable_unref(s->late_reload);
        journal_print(s->journal, LOG_NOTICE,
                      "The configuration was changed while the unit started; reading it again");
        (void) supervisor_reload(s);
        return 0;
}

void supervisor_reload_what_changed(Supervisor *s) {
        if (s->config->read_usec > 0 && config_files_have_changed("", s->config) &&
            sd_event_add_defer(s->event, &s->late_reload, on_late_reload, s) >= 0)
                (void) sd_event_source_set_description(s->late_reload, "late-reload");
}

static int on_reload_signal(_unused_ sd_event_source *source,
                            _unused_ const struct signalfd_siginfo *si, void *userdata) {

        (void) supervisor_reload(userdata);
        return 0;
}

void supervisor_reload_asked(Supervisor *s) {
        int result;

        result = supervisor_reload(s);
        if (result != EX_OK) {
                request_socket_answer(s->requests.reload, result);
                return;
        }

        reload_answer_await(&s->reload_answer);
        supervisor_answer_reload(s);
}

int supervisor_reload_init(Supervisor *s) {
        return sd_event_add_signal(s->event, NULL, SIGHUP, on_reload_signal, s);
}
