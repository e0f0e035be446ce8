/* SPDX-License-Identifier: GPL-2.0-or-later */

/* pptp-supervisor NAME: reads the tunnel's configuration and runs it. See pptp@.service(8). */

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sysexits.h>
#include <syslog.h>

#include "io/config-files.h"
#include "io/journal.h"
#include "io/notify.h"
#include "leftovers.h"
#include "supervisor.h"

static const char help[] =
        "pptp-supervisor [--debug] [--clean-up] NAME\n"
        "\n"
        "Brings up the PPTP tunnel NAME and keeps it up, as its configuration says:\n"
        "/etc/pptp/conf.d/NAME.conf. Meant to be run by \"systemctl start pptp@NAME\".\n"
        "\n"
        "  -c, --clean-up  only remove what a supervisor that was killed left behind\n"
        "  -d, --debug     show every control message and PPP control packet\n"
        "  -h, --help      this text\n"
        "  -V, --version   the version\n";

#define PROBLEM_TEXT_MAX_BYTES 512

typedef struct Arguments {
        const char *name;
        bool clean_up;
        bool debug;
} Arguments;

/* Returns -1 to go on, or an exit status. */
static int parse_arguments(int argc, char *argv[], Arguments *ret_arguments) {
        static const struct option options[] = {
                { "clean-up", no_argument, NULL, 'c' },
                { "debug", no_argument, NULL, 'd' },
                { "help", no_argument, NULL, 'h' },
                { "version", no_argument, NULL, 'V' },
                { 0 },
        };
        int c;

        *ret_arguments = (Arguments){ 0 };
        while ((c = getopt_long(argc, argv, "cdhV", options, NULL)) >= 0)
                switch (c) {
                case 'c':
                        ret_arguments->clean_up = true;
                        break;
                case 'd':
                        ret_arguments->debug = true;
                        break;
                case 'h':
                        fputs(help, stdout);
                        return EX_OK;
                case 'V':
                        puts("pptp-supervisor " PROJECT_VERSION);
                        return EX_OK;
                default:
                        return EX_USAGE;
                }

        if (optind != argc - 1) {
                fputs(help, stderr);
                return EX_USAGE;
        }

        ret_arguments->name = argv[optind];
        return -1;
}

/* Signals arrive through the event loop; a password must not end up in a core file. */
static int set_up_process(void) {
        sigset_t mask;

        sigemptyset(&mask);
        sigaddset(&mask, SIGTERM);
        sigaddset(&mask, SIGINT);
        sigaddset(&mask, SIGHUP);
        sigaddset(&mask, SIGCHLD);
        if (sigprocmask(SIG_BLOCK, &mask, NULL) < 0)
                return -errno;

        if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
                return -errno;

        if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
                return -errno;

        return 0;
}

/* Every problem of every file, each with its place and its remedy; the status line has the first. */
static void report_problems(const Journal *journal, const ConfigProblems *problems) {
        const ConfigProblem *first = NULL;
        char text[PROBLEM_TEXT_MAX_BYTES], status[PROBLEM_TEXT_MAX_BYTES + 64];

        for (size_t i = 0; i < problems->n_items; i++) {
                const ConfigProblem *p = &problems->items[i];

                config_problem_describe(p, text, sizeof(text));
                journal_write(journal, p->warning ? LOG_WARNING : LOG_ERR, NULL, text);
                if (!first && !p->warning)
                        first = p;
        }

        if (!first)
                return;

        config_problem_describe(first, text, sizeof(text));
        snprintf(status, sizeof(status), "Configuration: %zu error%s, the first: %s",
                 problems->n_errors, problems->n_errors == 1 ? "" : "s", text);
        notify_status(status, false);
}

/* Its problems are the supervisor's to report: without it, there is less that can be told to be ours. */
static int clean_up(const char *name, const Journal *journal) {
        ConfigProblems problems = { 0 };
        Config *config = NULL;
        int r;

        (void) config_files_load("", name, &config, &problems);
        config_problems_done(&problems);

        r = leftovers_run(config, journal);
        if (r < 0)
                journal_print(journal, LOG_ERR, "Cannot clean up: %s", strerror(-r));

        config_free(config);
        return r < 0 ? EX_OSERR : EX_OK;
}

static int run(const char *name, const Journal *journal) {
        ConfigProblems problems = { 0 };
        Config *config = NULL;
        int r;

        r = config_files_load("", name, &config, &problems);
        report_problems(journal, &problems);
        config_problems_done(&problems);
        if (r < 0) {
                journal_print(journal, LOG_ERR, "Cannot read the configuration: %s", strerror(-r));
                return EX_OSERR;
        }
        if (r > 0)
                return EX_CONFIG;

        r = supervisor_run(config, journal);
        if (r < 0) {
                journal_print(journal, LOG_ERR, "Cannot run the tunnel: %s", strerror(-r));
                r = EX_OSERR;
        }

        config_free(config);
        return r;
}

int main(int argc, char *argv[]) {
        Arguments arguments;
        Journal journal;
        int r;

        r = parse_arguments(argc, argv, &arguments);
        if (r >= 0)
                return r;

        journal_init(&journal, arguments.name);
        if (arguments.debug)
                journal.max_priority = LOG_DEBUG;

        r = set_up_process();
        if (r < 0) {
                journal_print(&journal, LOG_ERR, "Cannot set up the process: %s", strerror(-r));
                return EX_OSERR;
        }

        return arguments.clean_up ? clean_up(arguments.name, &journal) : run(arguments.name, &journal);
}
