/* SPDX-License-Identifier: GPL-2.0-or-later */

/* pptp-supervisor NAME: reads the tunnel's configuration and runs it. See pptp@.service(8). */

#include <errno.h>
#include <getopt.h>
#include <linux/capability.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sysexits.h>
#include <syslog.h>

#include "core/base/paths.h"
#include "io/config-files.h"
#include "io/instance-lock.h"
#include "io/journal.h"
#include "io/notify.h"
#include "io/privileges.h"
#include "supervisor/frame-edge.h"
#include "supervisor/leftovers.h"
#include "supervisor/supervisor.h"

#define CONFIG_FILE PATHS_SYSCONF_DIRECTORY "/conf.d/NAME.conf"

static const char help[] =
        "pptp-supervisor [--debug] [--clean-up] NAME\n"
        "pptp-supervisor --reload NAME\n"
        "pptp-supervisor --release NAME\n"
        "\n"
        "Brings up the PPTP tunnel NAME and keeps it up, as its configuration says:\n" CONFIG_FILE
        ". Meant to be run by \"systemctl start pptp@NAME\".\n"
        "\n"
        "  -c, --clean-up  only remove what a supervisor that was killed left behind\n"
        "  -d, --debug     show every control message and PPP control packet\n"
        "  -r, --reload    have the one that runs read its configuration anew, as \"systemctl reload\"\n"
        "                  does, and tell by the exit status what came of it\n"
        "  -u, --release   only remove the unreachable routes and policy rules of a tunnel that was\n"
        "                  stopped\n"
        "  -h, --help      this text\n"
        "  -V, --version   the version\n";

typedef struct Arguments {
        const char *name;
        bool clean_up;
        bool debug;
        bool reload;
        bool release;
} Arguments;

/* Returns -1 to go on, or an exit status. */
static int parse_arguments(int argc, char *argv[], Arguments *ret_arguments) {
        static const struct option options[] = {
                { "clean-up", no_argument, NULL, 'c' },
                { "debug", no_argument, NULL, 'd' },
                { "reload", no_argument, NULL, 'r' },
                { "release", no_argument, NULL, 'u' },
                { "help", no_argument, NULL, 'h' },
                { "version", no_argument, NULL, 'V' },
                { 0 },
        };
        int c;

        *ret_arguments = (Arguments){ 0 };
        while ((c = getopt_long(argc, argv, "cdruhV", options, NULL)) >= 0)
                switch (c) {
                case 'c':
                        ret_arguments->clean_up = true;
                        break;
                case 'd':
                        ret_arguments->debug = true;
                        break;
                case 'r':
                        ret_arguments->reload = true;
                        break;
                case 'u':
                        ret_arguments->release = true;
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
/*
 * A block as large as this is mapped by itself, and goes back to the system when it is freed. glibc
 * would raise the limit with the first such block, and keep what a large list of routes took.
 */
#define MAPPED_BLOCK_MIN_BYTES (128 * 1024)

static int set_up_process(void) {
        sigset_t mask;

        (void) mallopt(M_MMAP_THRESHOLD, MAPPED_BLOCK_MIN_BYTES);

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

/* Two supervisors of one tunnel would take each other's routes for leftovers. */
static int take_lock(InstanceLock *lock, const char *name, Journal *journal) {
        int r;

        r = instance_lock_take(lock, INSTANCE_LOCK_DEVICE, PATHS_RUNTIME_DIRECTORY, name);
        if (r == INSTANCE_LOCK_E_TAKEN) {
                journal_print(journal, LOG_ERR, "Another process runs this tunnel already");
                return EX_UNAVAILABLE;
        }
        if (r < 0) {
                journal_print(journal, LOG_ERR, "Cannot lock the tunnel %s: %s", name,
                              strerror(-r));
                return EX_OSERR;
        }

        return EX_OK;
}

/*
 * The supervisor has reported the configuration's problems. Without a configuration fewer leftovers
 * can be told to be ours.
 */
static int clean_up(const char *name, Journal *journal, InstanceLock *lock) {
        const char *result = getenv("SERVICE_RESULT");
        ConfigProblems problems = { 0 };
        Config *config = NULL;
        int r;

        supervisor_forget_tries();
        /*
         * systemd.exec(5), of ExecStopPost=: "success" means that the supervisor ended as it was
         * told to, and cleaned up.
         */
        if (result && strcmp(result, "success") == 0)
                return EX_OK;

        r = take_lock(lock, name, journal);
        if (r != EX_OK)
                return r;

        (void) config_files_load("", name, &config, &problems);
        config_problems_done(&problems);

        r = leftovers_run(config, journal);
        if (r < 0)
                journal_print(journal, LOG_ERR, "Cannot clean up: %s", strerror(-r));
        supervisor_requests_remove(name);

        config_free(config);
        return r < 0 ? EX_OSERR : EX_OK;
}

/*
 * The unit has ended for good. A successor would have taken over what is removed here, so there is
 * no need to keep one out.
 */
static int release(const char *name, Journal *journal) {
        int r;

        r = frame_edge_release(name, journal);
        if (r < 0)
                journal_print(journal, LOG_ERR, "Cannot remove unreachable routes: %s",
                              strerror(-r));

        return r < 0 ? EX_OSERR : EX_OK;
}

static int run(const char *name, Journal *journal, InstanceLock *lock) {
        char error[600], status[sizeof(error) + 32];
        Config *config = NULL;
        int r;

        r = supervisor_read_config(journal, name, &config, error, sizeof(error));
        if (r != EX_OK) {
                snprintf(status, sizeof(status), "Configuration: %s", error);
                notify_status(status, 0);
                supervisor_leave_error(journal, name, error);
                return r;
        }

        r = take_lock(lock, name, journal);
        if (r != EX_OK) {
                config_free(config);
                return r;
        }

        r = supervisor_run(config, journal);
        if (r < 0) {
                journal_print(journal, LOG_ERR, "Cannot run the tunnel: %s", strerror(-r));
                r = EX_OSERR;
        }

        return r;
}

int main(int argc, char *argv[]) {
        InstanceLock lock = INSTANCE_LOCK_INIT;
        Arguments arguments;
        Journal journal;
        int r;

        r = parse_arguments(argc, argv, &arguments);
        if (r >= 0)
                return r;

        /* These run outside of the unit's sandbox, which would take longer than they do. */
        if (arguments.reload || arguments.clean_up || arguments.release) {
                r = privileges_keep(arguments.reload ? 0 : UINT64_C(1) << CAP_NET_ADMIN);
                if (r < 0) {
                        fprintf(stderr, "pptp-supervisor: cannot give up rights: %s\n",
                                strerror(-r));
                        return EX_OSERR;
                }
        }

        if (arguments.reload)
                return supervisor_ask_reload(arguments.name);

        journal_init(&journal, arguments.name, JOURNAL_SOCKET);
        if (arguments.debug)
                journal.max_priority = LOG_DEBUG;

        r = set_up_process();
        if (r < 0) {
                journal_print(&journal, LOG_ERR, "Cannot set up the process: %s", strerror(-r));
                return EX_OSERR;
        }

        if (arguments.release)
                r = release(arguments.name, &journal);
        else
                r = (arguments.clean_up ? clean_up : run)(arguments.name, &journal, &lock);
        instance_lock_release(&lock);
        notify_done();
        journal_done(&journal);
        return r;
}
