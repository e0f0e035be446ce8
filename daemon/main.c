/* SPDX-License-Identifier: GPL-2.0-or-later */

/* pptp-supervisor NAME: reads the tunnel's configuration and runs it. See pptp@.service(8). */

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <linux/capability.h>
#include <malloc.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sysexits.h>
#include <syslog.h>
#include <unistd.h>

#include "core/base/macros.h"
#include "core/base/number.h"
#include "core/base/paths.h"
#include "io/config-files.h"
#include "io/instance-lock.h"
#include "io/journal.h"
#include "io/namespace-maker.h"
#include "io/notify.h"
#include "io/privileges.h"
#include "io/recording-file.h"
#include "io/rtnl/cover-link.h"
#include "io/run-mark.h"
#include "io/state-file.h"
#include "supervisor/frame-edge.h"
#include "supervisor/leftovers.h"
#include "supervisor/made-namespace.h"
#include "supervisor/made-vrf.h"
#include "supervisor/supervisor.h"

#define KEEP(capability) (UINT64_C(1) << (capability))

#define CONFIG_FILE PATHS_SYSCONF_DIRECTORY "/conf.d/NAME.conf"

static const char help[] =
        "pptp-supervisor [--debug] NAME\n"
        "pptp-supervisor --clean-up NAME\n"
        "pptp-supervisor --reload NAME\n"
        "pptp-supervisor --make-namespace NAME\n"
        "pptp-supervisor --owns-interface INDEX\n"
        "\n"
        "Brings up the PPTP tunnel NAME and keeps it up, as its configuration says:\n" CONFIG_FILE
        ". Meant to be run by \"systemctl start pptp@NAME\".\n"
        "\n"
        "  -c, --clean-up  for a tunnel that has ended: remove what a supervisor that was killed left\n"
        "                  behind, and what RoutesOnDown=unreachable has kept\n"
        "  -d, --debug     show every control message and PPP control packet\n"
        "  -r, --reload    have the one that runs read its configuration anew, as \"systemctl reload\"\n"
        "                  does, and tell by the exit status what came of it\n"
        "  -n, --make-namespace\n"
        "                  before the tunnel starts: make the network namespace that it is to be in, if\n"
        "                  that has a plain name and is not there; --clean-up removes it\n"
        "  -o, --owns-interface  tell by the exit status whether a tunnel has the network\n"
        "                  interface of this index: for rules of udev\n"
        "  -h, --help      this text\n"
        "  -V, --version   the version\n";

typedef struct Arguments {
        const char *name;
        bool clean_up;
        bool debug;
        bool reload;
        bool make_namespace;
        bool owns_interface;
} Arguments;

/* Returns -1 to go on, or an exit status. */
static int parse_arguments(int argc, char *argv[], Arguments *ret_arguments) {
        static const struct option options[] = {
                { "clean-up", no_argument, NULL, 'c' },
                { "debug", no_argument, NULL, 'd' },
                { "reload", no_argument, NULL, 'r' },
                { "make-namespace", no_argument, NULL, 'n' },
                { "help", no_argument, NULL, 'h' },
                { "owns-interface", no_argument, NULL, 'o' },
                { "version", no_argument, NULL, 'V' },
                { 0 },
        };
        int c;

        *ret_arguments = (Arguments){ 0 };
        while ((c = getopt_long(argc, argv, "cdnrohV", options, NULL)) >= 0)
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
                case 'n':
                        ret_arguments->make_namespace = true;
                        break;
                case 'o':
                        ret_arguments->owns_interface = true;
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

/*
 * A block as large as this is mapped by itself, and goes back to the system when it is freed. glibc
 * would raise the limit with the first such block, and keep what a large list of routes took.
 */
#define MAPPED_BLOCK_MIN_BYTES (128 * 1024)

/* Signals arrive through the event loop; a password must not end up in a core file. */
static int set_up_process(void) {
        sigset_t mask;

        (void) mallopt(M_MMAP_THRESHOLD, MAPPED_BLOCK_MIN_BYTES);

        sigemptyset(&mask);
        sigaddset(&mask, SIGTERM);
        sigaddset(&mask, SIGINT);
        sigaddset(&mask, SIGHUP);
        sigaddset(&mask, SIGABRT);
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

/* Nobody else looks for it there: systemd leaves it if the unit stops while it waits to restart. */
static void remove_runtime_directory(const char *name) {
        char path[PATH_MAX];

        recording_file_path("", name, RECORDING_RUNNING, path, sizeof(path));
        (void) unlink(path);
        supervisor_requests_remove(name);
        snprintf(path, sizeof(path), PATHS_RUNTIME_DIRECTORY "/%s", name);
        (void) state_file_remove(path);
        (void) rmdir(path);
}

/*
 * Of a killed supervisor, then of RoutesOnDown=unreachable, then of the unit. The supervisor has
 * reported the configuration's problems; without a configuration fewer leftovers can be told to be
 * the tunnel's.
 */
static int remove_all(const char *name, Journal *journal) {
        ConfigProblems problems = { 0 };
        Config *config = NULL;
        int q, r;

        (void) config_files_load("", name, &config, &problems);
        config_problems_done(&problems);
        if ((!config || !config->network_namespace) && !made_namespace_is_noted(name))
                (void) privileges_keep(KEEP(CAP_NET_ADMIN));

        r = leftovers_run(config, journal);
        if (r < 0)
                journal_print(journal, LOG_ERR, "Cannot clean up: %s", strerror(-r));

        q = frame_edge_release(name, journal);
        if (q < 0)
                journal_print(journal, LOG_ERR, "Cannot remove unreachable routes: %s",
                              strerror(-q));
        r = MIN(r, q);

        q = cover_link_remove(name);
        if (q < 0)
                journal_print(journal, LOG_ERR,
                              "Cannot remove the interface that refuses the tunnel's names: %s",
                              strerror(-q));

        remove_runtime_directory(name);
        (void) made_vrf_remove(name, journal);
        (void) made_namespace_remove(name, journal);
        config_free(config);
        return MIN(r, q);
}

static int clean_up(const char *name, Journal *journal, InstanceLock *lock) {
        static char unit[NAME_MAX + 1];
        int r;

        /* The process is of another unit; "journalctl -u pptp@NAME" is to show what it says. */
        snprintf(unit, sizeof(unit), "pptp@%s.service", name);
        journal->unit = unit;

        r = take_lock(lock, name, journal);
        if (r != EX_OK)
                return r;

        r = remove_all(name, journal);
        if (r < 0)
                return EX_OSERR;

        run_mark_remove(RUN_MARK_LEFTOVERS, name);
        return EX_OK;
}

/* Problems of the configuration are the supervisor's to report. */
static int make_namespace(const char *name, Journal *journal, _unused_ InstanceLock *lock) {
        ConfigProblems problems = { 0 };
        Config *config = NULL;
        int r = 0;

        (void) config_files_load("", name, &config, &problems);
        config_problems_done(&problems);
        if (config)
                r = made_namespace_make(config, journal);

        config_free(config);
        return r < 0 ? EX_OSERR : EX_OK;
}

/*
 * A supervisor that is taken over, and pppd with it, must not get out of its unit by another
 * process, nor by a folder of instructions for one. This comes before any other process is started:
 * one from outside of the domain could not be signalled from inside. Not every kernel has Landlock,
 * and by hand the right to use it may be missing: the tunnel runs without.
 */
static int enter_domain(Journal *journal) {
        /* pppd has its pid file in /run itself. */
        static const char *const file_folders[] = { "/run", PATHS_MEMORY_DIRECTORY, NULL };
        int r;

        r = privileges_enter_domain(PATHS_RUNTIME_DIRECTORY, file_folders);
        if (r == -ENOSYS || r == -EOPNOTSUPP || r == -EPERM) {
                journal_print(journal, LOG_DEBUG, "No Landlock here: %s, ignoring", strerror(-r));
                return 0;
        }
        if (r < 0)
                journal_print(journal, LOG_ERR, "Cannot enter a domain of Landlock: %s",
                              strerror(-r));

        return r;
}

/* For the same reason, and as early. Every kernel of a distribution can do it. */
static int refuse_calls(Journal *journal) {
        int r;

        r = privileges_refuse_calls();
        if (r == -EINVAL || r == -EACCES) {
                journal_print(journal, LOG_DEBUG, "Cannot filter system calls: %s, ignoring",
                              strerror(-r));
                return 0;
        }
        if (r < 0)
                journal_print(journal, LOG_ERR, "Cannot filter system calls: %s", strerror(-r));

        return r;
}

static int run(const char *name, Journal *journal, InstanceLock *lock) {
        char error[600], status[sizeof(error) + 32];
        Config *config = NULL;
        int r;

        r = enter_domain(journal);
        if (r >= 0)
                r = refuse_calls(journal);
        if (r < 0)
                return EX_OSERR;

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

/*
 * What runs beside the tunnel does so outside of the unit's sandbox, which would take longer to
 * build than they run: it gives up by itself what it does not need.
 */
static int give_up_rights(const Arguments *arguments) {
        bool ends_namespace = (arguments->clean_up || arguments->make_namespace) &&
                made_namespace_is_noted(arguments->name);
        uint64_t kept = 0;
        int r;

        if (!arguments->reload && !arguments->clean_up && !arguments->make_namespace)
                return 0;

        if (arguments->make_namespace || ends_namespace) {
                r = namespace_use_host_mounts();
                if (r < 0)
                        return r;
        }

        if (!arguments->reload)
                kept = KEEP(CAP_NET_ADMIN);
        if (arguments->clean_up || arguments->make_namespace)
                kept |= KEEP(CAP_SYS_ADMIN);
        if (ends_namespace) /* and look at the processes of others */
                kept |= KEEP(CAP_SYS_PTRACE);

        return privileges_keep(kept);
}

/* By the name that it has now: at its first event, udev may know another, that pppd changed. */
static bool owns_interface(const char *index) {
        char name[IF_NAMESIZE];
        uint64_t number;

        return number_parse(index, 10, UINT32_MAX, &number) &&
                if_indextoname((unsigned) number, name) &&
                run_mark_exists(RUN_MARK_INTERFACE, name);
}

int main(int argc, char *argv[]) {
        InstanceLock lock = INSTANCE_LOCK_INIT;
        Arguments arguments;
        Journal journal;
        int r;

        r = parse_arguments(argc, argv, &arguments);
        if (r >= 0)
                return r;

        r = give_up_rights(&arguments);
        if (r < 0) {
                fprintf(stderr, "pptp-supervisor: cannot set up the process: %s\n", strerror(-r));
                return EX_OSERR;
        }

        if (arguments.owns_interface)
                return owns_interface(arguments.name) ? EXIT_SUCCESS : EXIT_FAILURE;
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

        r = (arguments.make_namespace   ? make_namespace :
                     arguments.clean_up ? clean_up :
                                          run)(arguments.name, &journal, &lock);
        instance_lock_release(&lock);
        notify_done();
        journal_done(&journal);
        return r;
}
