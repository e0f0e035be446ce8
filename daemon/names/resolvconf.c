/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * resolvconf(8): Debian's resolvconf has one list of name servers for all names. openresolv can
 * have those of an interface asked for its domains alone (-p), if programs ask a local name server,
 * or no others at all (-x). Both take them under the name of an interface, as lines of
 * resolv.conf(5) on standard input.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/macros.h"
#include "core/names/names-resolvconf.h"
#include "io/child-source.h"
#include "io/fd.h"
#include "io/resolvconf-program.h"
#include "names/backend.h"

/* Room for "tun.INTERFACE.pptp". */
#define INTERFACE_MAX_BYTES 32

struct Backend {
        sd_event *event;
        ResolvconfProgram program;
};

struct BackendRequest {
        Backend *backend;
        BackendOrder order;
        sd_event_source *source; /* of the child, or of an answer that needs none */
        bool running;            /* the child does */
        bool reverting;     /* -d, whose failure is none: what is not there cannot be deleted */
        NamesResult result; /* the answer to that, or without a child */
};

/* ---- requests ---- */

static int run_delete(Backend *b, const BackendLink *link, BackendRequest *q);

/* Nobody waits for the child any more, but for its end: the loop keeps the source until then. */
static void let_run(sd_event_source *source) {
        (void) sd_event_source_set_userdata(source, NULL);
        (void) sd_event_source_set_floating(source, true);
        sd_event_source_unref(source);
}

static BackendRequest *resolvconf_cancel(BackendRequest *q) {
        if (!q)
                return NULL;

        if (q->running)
                let_run(q->source);
        else
                sd_event_source_disable_unref(q->source);
        free(q);
        return NULL;
}
static void resolvconf_cancelp(BackendRequest **q) {
        resolvconf_cancel(*q);
}

static BackendRequest *request_new(Backend *b, const BackendOrder *order) {
        BackendRequest *q = malloc(sizeof(*q));

        if (q)
                *q = (BackendRequest){ .backend = b, .order = *order };
        return q;
}

static int on_child_exit(sd_event_source *source, const siginfo_t *info, void *userdata) {
        char text[NAMES_TEXT_MAX_BYTES] = "";
        BackendRequest *q = userdata;

        child_source_stop(source);
        if (!q)
                return 0;

        q->running = false;
        if (q->reverting || (info->si_code == CLD_EXITED && info->si_status == 0)) {
                q->order.on_done(q, q->result, text, q->order.userdata);
                return 0;
        }

        /* A script that failed halfway may have it registered. */
        (void) run_delete(q->backend, &q->order.link, NULL);
        snprintf(text, sizeof(text), "resolvconf ended with %s %d",
                 info->si_code == CLD_EXITED ? "status" : "signal", info->si_status);
        q->order.on_done(q, NAMES_RESULT_REFUSED, text, q->order.userdata);
        return 0;
}

static int on_deferred(_unused_ sd_event_source *source, void *userdata) {
        BackendRequest *q = userdata;

        q->order.on_done(q, q->result, "", q->order.userdata);
        return 0;
}

/* Answers without a child, from the loop as all answers are. */
static int request_defer(BackendRequest *q, sd_event *event, NamesResult result) {
        int r;

        q->result = result;
        r = sd_event_add_defer(event, &q->source, on_deferred, q);
        if (r >= 0)
                (void) sd_event_source_set_description(q->source, "resolvconf-deferred");
        return r;
}

/* Returns a descriptor from which the lines can be read, or a negative errno. */
static int make_input(const char *lines) {
        int fds[2], r;

        if (pipe2(fds, O_CLOEXEC) < 0)
                return -errno;

        r = fd_write_whole(fds[1], lines, strlen(lines));
        close(fds[1]);
        if (r < 0) {
                close(fds[0]);
                return r;
        }

        return fds[0];
}

/* Runs the program with no more of ours than its standard input. */
static int spawn(const char *program, char *const argv[], int input_fd, pid_t *ret_pid) {
        static char *const environment[] = { (char *) "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL };
        posix_spawn_file_actions_t actions;
        posix_spawnattr_t attributes;
        sigset_t none;
        int r;

        sigemptyset(&none);
        (void) posix_spawn_file_actions_init(&actions);
        (void) posix_spawnattr_init(&attributes);
        (void) posix_spawn_file_actions_adddup2(&actions, input_fd, STDIN_FILENO);
        (void) posix_spawnattr_setsigmask(&attributes, &none);
        (void) posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);

        r = posix_spawn(ret_pid, program, &actions, &attributes, argv, environment);
        posix_spawnattr_destroy(&attributes);
        posix_spawn_file_actions_destroy(&actions);
        return -r;
}

/* q: who is told of its end; NULL: nobody. */
static int run(Backend *b, char *const argv[], const char *lines, BackendRequest *q) {
        _cleanup_close_ int input_fd = -EBADF;
        sd_event_source *source = NULL;
        pid_t pid;
        int r;

        input_fd = make_input(lines);
        if (input_fd < 0)
                return input_fd;

        r = spawn(b->program.path, argv, input_fd, &pid);
        if (r < 0)
                return r;

        r = child_source_add(b->event, "resolvconf", pid, on_child_exit, q, &source);
        if (r < 0) {
                (void) waitpid(pid, NULL, 0);
                return r;
        }

        if (q) {
                q->source = source;
                q->running = true;
        } else
                let_run(source);
        return 0;
}

/*
 * Who registered it stands behind the interface's name, as resolvconf(8) recommends. Debian's
 * orders the list by names: those of tunnels, which are asked first, begin with "tun"
 * (/etc/resolvconf/interface-order).
 */
static void format_interface(const Backend *b, char *buffer, const BackendLink *link) {
        snprintf(buffer, INTERFACE_MAX_BYTES, "%s%s.pptp", b->program.is_openresolv ? "" : "tun.",
                 link->ifname);
}

/* Has the program delete what it has of a link; q: as with run(). */
static int run_delete(Backend *b, const BackendLink *link, BackendRequest *q) {
        char interface[INTERFACE_MAX_BYTES];
        char *const argv[] = { (char *) "resolvconf", (char *) "-d", interface, NULL };

        format_interface(b, interface, link);
        if (q)
                q->reverting = true;
        return run(b, argv, "", q);
}

/* What becomes of names for which the program is not run to add them. */
static NamesResult find_result(NamesResolvconfUse use) {
        return use == NAMES_RESOLVCONF_NO_SPLIT ? NAMES_RESULT_NO_SPLIT : NAMES_RESULT_DONE;
}

static int run_add(Backend *b, const BackendLink *link, const NamesSet *names, BackendRequest *q) {
        char interface[INTERFACE_MAX_BYTES], lines[NAMES_RESOLVCONF_MAX_BYTES];
        char *argv[5] = { (char *) "resolvconf" };
        size_t n = 1;

        format_interface(b, interface, link);
        names_resolvconf_format(names, lines, sizeof(lines));
        if (b->program.is_openresolv)
                argv[n++] = (char *) (names_resolvconf_takes_all(names) ? "-x" : "-p");
        argv[n++] = (char *) "-a";
        argv[n++] = interface;
        return run(b, argv, lines, q);
}

static int resolvconf_set(Backend *b, const BackendOrder *order, const NamesSet *names,
                          BackendRequest **ret_request) {

        _cleanup_(resolvconf_cancelp) BackendRequest *q = NULL;
        NamesResolvconfUse use;
        int r;

        q = request_new(b, order);
        if (!q)
                return -ENOMEM;

        use = names_resolvconf_choose(names, b->program.can_split);
        q->result = find_result(use);
        if (!b->program.path)
                r = request_defer(q, b->event, NAMES_RESULT_ABSENT);
        else if (use == NAMES_RESOLVCONF_ADD)
                r = run_add(b, &order->link, names, q);
        else
                r = run_delete(b, &order->link, q);
        if (r < 0)
                return r;

        *ret_request = steal_pointer(q);
        return 0;
}

static int resolvconf_revert(Backend *b, const BackendOrder *order, BackendRequest **ret_request) {

        _cleanup_(resolvconf_cancelp) BackendRequest *q = NULL;
        int r;

        if (!order->on_done)
                return b->program.path ? run_delete(b, &order->link, NULL) : 0;

        q = request_new(b, order);
        if (!q)
                return -ENOMEM;

        r = b->program.path ? run_delete(b, &order->link, q) :
                              request_defer(q, b->event, NAMES_RESULT_DONE);
        if (r < 0)
                return r;

        *ret_request = steal_pointer(q);
        return 0;
}

/* ---- its life ---- */

/* Of the other name servers it tells nothing: with DNSDefaultRoute=auto they keep their names. */
static bool resolvconf_get_state(const Backend *b, bool *ret_present, bool *ret_others) {
        *ret_present = b->program.path != NULL;
        *ret_others = true;
        return true;
}

static Backend *resolvconf_destroy(Backend *b) {
        if (!b)
                return NULL;

        sd_event_unref(b->event);
        free(b);
        return NULL;
}

static int resolvconf_create(sd_event *event, _unused_ const BackendEvents *events,
                             Backend **ret_backend) {

        Backend *b;

        b = calloc(1, sizeof(*b));
        if (!b)
                return -ENOMEM;

        b->event = sd_event_ref(event);
        b->program = resolvconf_program_find();
        *ret_backend = b;
        return 0;
}

const BackendType backend_resolvconf = {
        .create = resolvconf_create,
        .destroy = resolvconf_destroy,
        .get_state = resolvconf_get_state,
        .set = resolvconf_set,
        .revert = resolvconf_revert,
        .cancel = resolvconf_cancel,
};
