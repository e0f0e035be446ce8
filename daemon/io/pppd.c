/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/pppd.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/macros.h"
#include "io/callback.h"
#include "io/child-source.h"
#include "io/fd.h"

/* The descriptor's number in the child, behind its standard ones. */
#define CHILD_PLUGIN_FD 3
#define CHILD_FIRST_FREE_FD 4

#define ARGUMENTS_MAX 96
#define NUMBER_MAX_BYTES 12

/*
 * Reads in one turn of the loop: a full pipe of 64 KiB (pipe(7)), so that the last lines of a dead
 * pppd are read.
 */
#define READS_MAX (64 * 1024 / PPPD_LINE_MAX_BYTES)

struct Pppd {
        PppdLineFunc on_line;
        PppdExitedFunc on_exited;
        void *userdata;

        pid_t pid;
        sd_event_source *child; /* owns the process: kills and reaps it when released */

        int output_fd;
        sd_event_source *output;
        char line[PPPD_LINE_MAX_BYTES];
        size_t n_line;

        bool *freed; /* on the stack of a callback's caller, while that runs */
};

/* The argument vector, with room for the numbers in it. */
typedef struct Arguments {
        const char *items[ARGUMENTS_MAX];
        size_t n_items;
        char numbers[8][NUMBER_MAX_BYTES];
        size_t n_numbers;
        bool overflow;
} Arguments;

static void arguments_add(Arguments *a, const char *argument) {
        /* The last one stays NULL. */
        if (a->n_items < ARGUMENTS_MAX - 1)
                a->items[a->n_items++] = argument;
        else
                a->overflow = true;
}

static void arguments_add_number(Arguments *a, const char *option, unsigned value) {
        char *number;

        if (a->n_numbers == ELEMENTSOF(a->numbers)) {
                a->overflow = true;
                return;
        }

        number = a->numbers[a->n_numbers++];
        snprintf(number, NUMBER_MAX_BYTES, "%u", value);
        arguments_add(a, option);
        arguments_add(a, number);
}

static void arguments_add_text(Arguments *a, const char *option, const char *value) {
        arguments_add(a, option);
        arguments_add(a, value);
}

/*
 * What never changes. pppd always reads /etc/ppp/options before this, hence options that undo what
 * may stand there; the last one wins.
 */
static const char *const fixed_arguments[] = {
        /* One connection, in the foreground; pppd ends it only when it fails. */
        "nodetach",
        "logfd",
        "1",
        "nopersist",
        "maxfail",
        "1",
        "holdoff",
        "0",
        "idle",
        "0",
        "maxconnect",
        "0",
        "nomultilink",

        /*
         * Only MS-CHAPv2 answers the server. pppd's option `auth`, which would ask the server to
         * authenticate itself, is not needed: MS-CHAPv2 proves the server as well.
         */
        "noauth",
        "refuse-pap",
        "refuse-chap",
        "refuse-mschap",
        "refuse-eap",
        "hide-password",

        /* The server gives the addresses; the supervisor installs the routes. */
        "noipdefault",
        "ipcp-accept-local",
        "ipcp-accept-remote",
        "nodefaultroute",
        "noproxyarp",

        /*
         * Compressed headers save little, and broke tunnels. A server that could take them gets a
         * yes all the same: hooks/ip-configuration.c. MPPE is the plugin's business.
         */
        "novj",
        "novjccomp",
        "nobsdcomp",
        "nodeflate",
        "nopredictor1",

        /*
         * Ten tries, so that a lossy path does not end the call; how far apart is the plugin's
         * business (hooks/restart-timers.c). One try at goodbye: the transport is closed after it,
         * which ends it for sure.
         */
        "lcp-max-configure",
        "10",
        "lcp-max-terminate",
        "1",
        "ipcp-max-configure",
        "10",
        "ipcp-max-terminate",
        "1",

        /* The plugin does this better: hooks/keep-alive.c. */
        "lcp-echo-interval",
        "0",
        "lcp-echo-failure",
        "0",
};

static void arguments_fill(Arguments *a, const PppdOptions *options) {
        arguments_add(a, options->program ?: PPPD_PROGRAM);
        arguments_add_text(a, "plugin", options->plugin);
        arguments_add_number(a, "pptp-supervisor-socket", CHILD_PLUGIN_FD);

        for (size_t i = 0; i < ELEMENTSOF(fixed_arguments); i++)
                arguments_add(a, fixed_arguments[i]);

        arguments_add_text(a, "ifname", options->interface_name);
        arguments_add_text(a, "user", options->user);
        arguments_add_text(a, "remotename", options->remote_name);
        arguments_add_text(a, "ipparam", options->ip_param);

        /* The server's identifier is its own choice; ours it may choose if it insists. */
        arguments_add(a, options->ipv6_id ? "+ipv6" : "noipv6");
        if (options->ipv6_id) {
                arguments_add_text(a, "ipv6", options->ipv6_id);
                arguments_add(a, "ipv6cp-accept-local");
        }

        /* Of the MPPE policy a plugin can set everything but this; it gets the rest in SETUP. */
        arguments_add(a, options->allow_stateful ? "mppe-stateful" : "nomppe-stateful");
}

static int file_actions_fill(posix_spawn_file_actions_t *actions, int output_fd, int plugin_fd) {
        int r;

        r = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        if (r == 0)
                r = posix_spawn_file_actions_adddup2(actions, output_fd, STDOUT_FILENO);
        if (r == 0)
                r = posix_spawn_file_actions_adddup2(actions, output_fd, STDERR_FILENO);
        if (r == 0)
                r = posix_spawn_file_actions_adddup2(actions, plugin_fd, CHILD_PLUGIN_FD);
        if (r == 0)
                r = posix_spawn_file_actions_addclosefrom_np(actions, CHILD_FIRST_FREE_FD);

        return r;
}

/*
 * No signal is blocked or ignored. A session of its own keeps signals of a terminal from pppd, and
 * pppd's signals to its process group from us.
 */
static int attributes_fill(posix_spawnattr_t *attributes) {
        sigset_t none, all;
        int r;

        sigemptyset(&none);
        sigfillset(&all);

        r = posix_spawnattr_setsigmask(attributes, &none);
        if (r == 0)
                r = posix_spawnattr_setsigdefault(attributes, &all);
        if (r == 0)
                r = posix_spawnattr_setflags(attributes,
                                             POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                                     POSIX_SPAWN_SETSID);

        return r;
}

/* Neither descriptor has a number that the child's descriptors get. */
static int spawn(const Arguments *arguments, int output_fd, int plugin_fd, pid_t *ret_pid) {
        static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
        char *const environment[] = { path, NULL };
        posix_spawn_file_actions_t actions;
        posix_spawnattr_t attributes;
        int r;

        r = posix_spawn_file_actions_init(&actions);
        if (r != 0)
                return -r;

        r = posix_spawnattr_init(&attributes);
        if (r != 0) {
                (void) posix_spawn_file_actions_destroy(&actions);
                return -r;
        }

        r = file_actions_fill(&actions, output_fd, plugin_fd);
        if (r == 0)
                r = attributes_fill(&attributes);
        if (r == 0)
                r = posix_spawn(ret_pid, arguments->items[0], &actions, &attributes,
                                (char *const *) arguments->items, environment);

        (void) posix_spawnattr_destroy(&attributes);
        (void) posix_spawn_file_actions_destroy(&actions);
        return -r;
}

/*
 * Duplicates a descriptor to a number above those that the child has, so that no dup2() overwrites
 * one that is still needed.
 */
static int duplicate(int fd) {
        int copy = fcntl(fd, F_DUPFD_CLOEXEC, CHILD_FIRST_FREE_FD);

        return copy < 0 ? -errno : copy;
}

static int pppd_spawn(Pppd *p, const PppdOptions *options, int output_fd) {
        _cleanup_close_ int output_copy = -EBADF, plugin_copy = -EBADF;
        Arguments arguments = { 0 };

        arguments_fill(&arguments, options);
        if (arguments.overflow)
                return -E2BIG;

        output_copy = duplicate(output_fd);
        if (output_copy < 0)
                return output_copy;

        plugin_copy = duplicate(options->plugin_fd);
        if (plugin_copy < 0)
                return plugin_copy;

        return spawn(&arguments, output_copy, plugin_copy, &p->pid);
}

/* Hands on one line. Returns false if the callback freed us. */
static bool pppd_end_line(Pppd *p) {
        if (p->n_line == 0)
                return true;

        p->line[p->n_line] = '\0';
        p->n_line = 0;

        return callback_survived(p, p->on_line(p, p->line, p->userdata));
}

static bool pppd_add_output(Pppd *p, const char *data, size_t n_data) {
        for (size_t i = 0; i < n_data; i++) {
                bool end = data[i] == '\n';

                /* An overlong line becomes two. */
                if (!end)
                        p->line[p->n_line++] = data[i];
                if ((end || p->n_line == sizeof(p->line) - 1) && !pppd_end_line(p))
                        return false;
        }

        return true;
}

/* Reads what there is. Returns false if a callback freed us. */
static bool pppd_read_output(Pppd *p) {
        char buffer[PPPD_LINE_MAX_BYTES];
        ssize_t n;

        for (unsigned i = 0; i < READS_MAX; i++) {
                n = read(p->output_fd, buffer, sizeof(buffer));
                if (n <= 0)
                        break;
                if (!pppd_add_output(p, buffer, n))
                        return false;
        }
        if (n > 0)
                return true;

        /* The end, or an error that will not go away */
        if (n == 0 || (errno != EAGAIN && errno != EINTR))
                (void) sd_event_source_set_enabled(p->output, SD_EVENT_OFF);
        return true;
}

static int pppd_on_output(_unused_ sd_event_source *s, _unused_ int fd, _unused_ uint32_t revents,
                          void *userdata) {
        (void) pppd_read_output(userdata);
        return 0;
}

static int pppd_on_child(sd_event_source *s, const siginfo_t *si, void *userdata) {
        Pppd *p = userdata;

        child_source_stop(s);

        /* Its last lines may still be in the pipe, and the last one without a newline. */
        if (!pppd_read_output(p) || !pppd_end_line(p))
                return 0;

        p->pid = 0;
        p->on_exited(p, si->si_code, si->si_status, p->userdata);
        return 0;
}

static int pppd_watch(Pppd *p, sd_event *event) {
        int r;

        r = child_source_add(event, "pppd", p->pid, pppd_on_child, p, &p->child);
        if (r < 0)
                return r;

        r = sd_event_source_set_child_process_own(p->child, true);
        if (r < 0)
                return r;

        r = sd_event_add_io(event, &p->output, p->output_fd, EPOLLIN, pppd_on_output, p);
        if (r < 0)
                return r;

        (void) sd_event_source_set_description(p->output, "pppd-output");
        return 0;
}

int pppd_check_program(void) {
        return access(PPPD_PROGRAM, X_OK) < 0 ? -errno : 0;
}

int pppd_check_device(void) {
        _cleanup_close_ int fd = open(PPPD_DEVICE, O_RDWR | O_CLOEXEC);

        return fd < 0 ? -errno : 0;
}

int pppd_new(sd_event *event, const PppdOptions *options, PppdLineFunc on_line,
             PppdExitedFunc on_exited, void *userdata, Pppd **ret_pppd) {
        int output[2], r;
        Pppd *p;

        p = calloc(1, sizeof(*p));
        if (!p)
                return -ENOMEM;

        *p = (Pppd){
                .on_line = on_line,
                .on_exited = on_exited,
                .userdata = userdata,
                .output_fd = -EBADF,
        };

        r = pipe2(output, O_CLOEXEC | O_NONBLOCK) < 0 ? -errno : 0;
        if (r < 0) {
                pppd_free(p);
                return r;
        }
        p->output_fd = output[0];

        r = pppd_spawn(p, options, output[1]);
        close(output[1]);
        if (r >= 0)
                r = pppd_watch(p, event);
        if (r < 0) {
                pppd_free(p);
                return r;
        }

        *ret_pppd = p;
        return 0;
}

Pppd *pppd_free(Pppd *p) {
        if (!p)
                return NULL;

        callback_note_freed(p->freed);
        /* No event source owns the process that would end it */
        if (!p->child && p->pid > 0) {
                (void) kill(p->pid, SIGKILL);
                while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
                        ;
        }

        sd_event_source_disable_unref(p->child);
        sd_event_source_disable_unref(p->output);
        if (p->output_fd >= 0)
                close(p->output_fd);
        free(p);
        return NULL;
}

static int pppd_signal(Pppd *p, int signal_number) {
        if (p->pid <= 0)
                return -ESRCH;

        return sd_event_source_send_child_signal(p->child, signal_number, NULL, 0);
}

int pppd_terminate(Pppd *p) {
        return pppd_signal(p, SIGTERM);
}

int pppd_kill(Pppd *p) {
        return pppd_signal(p, SIGKILL);
}

pid_t pppd_get_pid(const Pppd *p) {
        return p->pid;
}
