/* SPDX-License-Identifier: GPL-2.0-or-later */

/* One step after the other: the interface, our routes, the pid file. See leftovers.h. */

#include "supervisor/leftovers.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "core/base/number.h"
#include "core/diagnosis/catalogue.h"
#include "core/route/predecessor-wait.h"
#include "core/route/route-owner.h"
#include "core/route/route-set.h"
#include "io/fd.h"
#include "io/namespace.h"
#include "io/rtnl/link-lookup.h"
#include "io/run-mark.h"

/* pppd's, of pathnames.h in either version; /var/run is /run. */
#define PID_FILES "/run"

struct Leftovers {
        sd_event *event; /* borrowed */
        Rtnl *rtnl;      /* borrowed, or inner_rtnl */
        Journal *journal;
        LeftoversFunc on_done;
        void *userdata;

        char interface_name[IF_NAMESIZE]; /* "": not known */
        char pid_file[sizeof(PID_FILES) + IF_NAMESIZE + sizeof("/.pid")];
        Route *named; /* in the configuration */
        size_t n_named;

        bool is_nowhere;  /* the namespace is gone, and with it all that was there */
        int namespace_fd; /* NAMESPACE_OWN: that of this process */
        Rtnl *inner_rtnl; /* NULL: likewise */

        sd_event_source *timer;
        PredecessorWait wait;
        RtnlRequest *request;
};

/* ---- pid file ---- */

/* pppd writes its process id in decimal, and a line break (create_pidfile() of its main.c). */
static bool process_exists(const char *pid_file) {
        _cleanup_close_ int fd = -EBADF;
        char text[32];
        uint64_t pid;
        ssize_t n;

        fd = open(pid_file, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0)
                return false;

        n = fd_read_whole(fd, text, sizeof(text));
        if (n <= 0 || number_take(text, (size_t) n, 10, INT_MAX, &pid) == 0 || pid == 0)
                return false;

        return kill((pid_t) pid, 0) == 0 || errno != ESRCH;
}

/* pppd removes its own unless it is killed. */
static void leftovers_remove_pid_file(Leftovers *l) {
        if (l->pid_file[0] == '\0' || process_exists(l->pid_file))
                return;

        if (unlink(l->pid_file) < 0 && errno != ENOENT)
                journal_print(l->journal, LOG_WARNING, "Cannot remove %s: %s, ignoring",
                              l->pid_file, strerror(errno));
}

static void leftovers_done(Leftovers *l) {
        leftovers_remove_pid_file(l);
        if (l->interface_name[0] != '\0')
                run_mark_remove(RUN_MARK_INTERFACE, l->interface_name);
        l->on_done(l, l->userdata);
}

/* ---- routes ---- */

static void leftovers_give_up_routes(Leftovers *l, int error, const char *text) {
        journal_print(l->journal, LOG_WARNING,
                      "Cannot remove the routes of a predecessor: %s, ignoring",
                      text ?: strerror(-error));
        leftovers_done(l);
}

static void on_route_refused(_unused_ RtnlRequest *q, const Route *route, _unused_ bool deleting,
                             int error, const char *text, void *userdata) {

        Leftovers *l = userdata;
        char description[128];

        route_describe(route, description, sizeof(description));
        journal_print(l->journal, LOG_WARNING,
                      "Cannot remove route %s of a predecessor: %s, ignoring", description,
                      text ?: strerror(-error));
}

static void on_routes_removed(RtnlRequest *q, int error, size_t n_acknowledged, size_t n_refused,
                              void *userdata) {

        Leftovers *l = userdata;

        l->request = rtnl_request_free(q);
        if (error < 0) {
                leftovers_give_up_routes(l, error, NULL);
                return;
        }

        if (n_acknowledged > n_refused) {
                const JournalFields fields = { .message_id = CATALOGUE_MESSAGE_LEFTOVERS_REMOVED };
                size_t n_removed = n_acknowledged - n_refused;
                char text[96];

                snprintf(text, sizeof(text), "Removed %zu route%s that a predecessor left behind",
                         n_removed, n_removed == 1 ? "" : "s");
                journal_write(l->journal, LOG_NOTICE, &fields, text);
        }
        leftovers_done(l);
}

static int list_interfaces(const Leftovers *l, uint32_t **ret_interfaces, size_t *ret_n) {
        _cleanup_namespace_leave_ NamespaceVisit visit = NAMESPACE_VISIT_INIT;
        struct if_nameindex *names;
        uint32_t *interfaces;
        size_t n = 0;
        int r;

        r = namespace_enter(l->namespace_fd, &visit);
        if (r < 0)
                return r;

        names = if_nameindex();
        if (!names)
                return -errno;

        while (names[n].if_index != 0)
                n++;

        interfaces = calloc(n + 1, sizeof(*interfaces));
        for (size_t i = 0; interfaces && i < n; i++)
                interfaces[i] = names[i].if_index;
        if_freenameindex(names);
        if (!interfaces)
                return -ENOMEM;

        *ret_interfaces = interfaces;
        *ret_n = n;
        return 0;
}

static int leftovers_find(const Leftovers *l, const Route *routes, size_t n_routes,
                          RoutePlan *plan) {

        _cleanup_free_ uint32_t *interfaces = NULL;
        size_t n_interfaces = 0;
        int r;

        r = list_interfaces(l, &interfaces, &n_interfaces);
        if (r < 0)
                return r;

        plan->deletes = calloc(n_routes + 1, sizeof(*plan->deletes));
        if (!plan->deletes)
                return -ENOMEM;

        plan->n_deletes = route_owner_find_leftovers(routes, n_routes, interfaces, n_interfaces,
                                                     l->named, l->n_named, plan->deletes);
        return 0;
}

static void on_routes_listed(RtnlRequest *q, int error, const char *text, const Route *routes,
                             size_t n_routes, void *userdata) {

        Leftovers *l = userdata;
        RoutePlan plan = { 0 };
        int r = error;

        if (r >= 0)
                r = leftovers_find(l, routes, n_routes, &plan);

        l->request = rtnl_request_free(q);
        if (r >= 0) {
                r = rtnl_change_routes(l->rtnl, &plan, on_route_refused, on_routes_removed, l,
                                       &l->request);
                if (r < 0)
                        route_plan_done(&plan);
        }

        if (r < 0)
                leftovers_give_up_routes(l, r, error < 0 ? text : NULL);
}

/* ---- interface ---- */

static bool interface_exists(const Leftovers *l) {
        _cleanup_namespace_leave_ NamespaceVisit visit = NAMESPACE_VISIT_INIT;

        return namespace_enter(l->namespace_fd, &visit) >= 0 &&
                link_find_index(l->interface_name) != 0;
}

static int on_interface_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        static const RtnlRouteFilter filter = { .protocol = ROUTE_PROTOCOL_PPTP };
        Leftovers *l = userdata;
        uint64_t next;
        int r;

        if (l->is_nowhere) {
                leftovers_done(l);
                return 0;
        }

        next = predecessor_wait_look(&l->wait,
                                     l->pid_file[0] != '\0' && access(l->pid_file, F_OK) == 0,
                                     interface_exists(l), usec);
        if (next > 0) {
                r = sd_event_source_set_time(source, next);
                return r < 0 ? r : sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
        }

        r = rtnl_list_routes(l->rtnl, &filter, on_routes_listed, l, &l->request);
        if (r < 0)
                leftovers_give_up_routes(l, r, NULL);

        return 0;
}

/* One that cannot be entered is reported by the attempt that follows, which needs it. */
static void leftovers_open_namespace(Leftovers *l, const char *name) {
        _cleanup_namespace_leave_ NamespaceVisit visit = NAMESPACE_VISIT_INIT;
        int r;

        r = namespace_open(name, &l->namespace_fd);
        if (r == 0)
                r = namespace_enter(l->namespace_fd, &visit);
        if (r == 0)
                r = rtnl_new(l->event, &l->inner_rtnl);

        l->is_nowhere = r != 0;
        l->rtnl = l->inner_rtnl;
}

static int leftovers_read_config(Leftovers *l, const Config *config) {
        static const RouteUplink no_uplink = { 0 };

        snprintf(l->interface_name, sizeof(l->interface_name), "%s", config->interface_name);
        snprintf(l->pid_file, sizeof(l->pid_file), PID_FILES "/%s.pid", config->interface_name);
        if (config->network_namespace)
                leftovers_open_namespace(l, config->network_namespace);

        return route_set_make(config, 0, no_uplink.server, &no_uplink, &l->named, &l->n_named);
}

int leftovers_new(sd_event *event, Rtnl *rtnl, const Config *config, Journal *journal,
                  LeftoversFunc on_done, void *userdata, Leftovers **ret_leftovers) {

        _cleanup_(leftovers_freep) Leftovers *l = NULL;
        uint64_t now;
        int r;

        l = calloc(1, sizeof(*l));
        if (!l)
                return -ENOMEM;

        *l = (Leftovers){
                .event = event,
                .rtnl = rtnl,
                .journal = journal,
                .on_done = on_done,
                .userdata = userdata,
                .namespace_fd = NAMESPACE_OWN,
        };

        r = sd_event_now(event, CLOCK_BOOTTIME, &now);
        if (r < 0)
                return r;

        r = config ? leftovers_read_config(l, config) : 0;
        if (r < 0)
                return r;

        r = sd_event_add_time(event, &l->timer, CLOCK_BOOTTIME, now, 0, on_interface_timer, l);
        if (r < 0)
                return r;

        (void) sd_event_source_set_description(l->timer, "leftovers");

        *ret_leftovers = steal_pointer(l);
        return 0;
}

Leftovers *leftovers_free(Leftovers *l) {
        if (!l)
                return NULL;

        sd_event_source_disable_unref(l->timer);
        rtnl_request_free(l->request);
        rtnl_free(l->inner_rtnl);
        if (l->namespace_fd >= 0)
                close(l->namespace_fd);
        free(l->named);
        free(l);
        return NULL;
}

/* ---- alone ---- */

static void on_all_done(Leftovers *l, void *userdata) {
        leftovers_free(l);
        (void) sd_event_exit(userdata, 0);
}

int leftovers_run(const Config *config, Journal *journal) {
        _cleanup_(sd_event_unrefp) sd_event *event = NULL;
        _cleanup_(rtnl_freep) Rtnl *rtnl = NULL;
        Leftovers *l;
        int r;

        r = sd_event_default(&event);
        if (r < 0)
                return r;

        r = rtnl_new(event, &rtnl);
        if (r < 0)
                return r;

        r = leftovers_new(event, rtnl, config, journal, on_all_done, event, &l);
        if (r < 0)
                return r;

        return sd_event_loop(event);
}
