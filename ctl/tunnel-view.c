/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "tunnel-view.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/macros.h"
#include "core/base/paths.h"
#include "core/base/tunnel-name.h"
#include "io/clock.h"
#include "io/config-directory.h"
#include "io/config-near-miss.h"
#include "io/names.h"
#include "io/state-file.h"

/* A tunnel that has been down for longer than this is critical, whatever it tries. */
#define PATIENCE_USEC (5 * USEC_PER_MINUTE)

/* ---- one tunnel ---- */

static bool process_exists(uint64_t pid) {
        return pid > 0 && pid <= INT32_MAX && (kill((pid_t) pid, 0) == 0 || errno == EPERM);
}

static void read_status(TunnelView *v, const char *root) {
        _cleanup_free_ char *directory = NULL;
        int r;

        if (asprintf(&directory, "%s" PATHS_RUNTIME_DIRECTORY "/%s", root, v->name) < 0) {
                directory = NULL;
                return;
        }

        r = state_file_read(directory, &v->status);
        if (r == -ENOENT || r == -ENOTDIR)
                r = state_file_read_last(directory, &v->status);
        if (r == -ENOENT || r == -ENOTDIR)
                return;
        if (r < 0)
                fprintf(stderr, "pptpctl: %s/state: %s, ignoring\n", directory, strerror(-r));
        v->has_status = r >= 0;
        snprintf(v->status.tunnel, sizeof(v->status.tunnel), "%s", v->name);
}

static Traffic read_traffic(const char *interface_name) {
        static const char *const files[] = { "rx_bytes", "rx_packets", "tx_bytes", "tx_packets" };
        uint64_t numbers[ELEMENTSOF(files)] = { 0 };

        for (size_t i = 0; i < ELEMENTSOF(files); i++) {
                char path[128];
                FILE *file;

                snprintf(path, sizeof(path), "/sys/class/net/%s/statistics/%s", interface_name,
                         files[i]);
                file = fopen(path, "re");
                if (!file)
                        continue;
                if (fscanf(file, "%" SCNu64, &numbers[i]) != 1)
                        numbers[i] = 0;
                fclose(file);
        }

        return (Traffic){ numbers[0], numbers[1], numbers[2], numbers[3] };
}

/*
 * The same of an interface in another network namespace, which pppd is in as well: of a process
 * everybody may read this file, proc_pid_net(5). Two lines of headings, then one for each
 * interface: eight numbers of what it received and eight of what it sent, bytes and packets first.
 */
static Traffic read_traffic_of(uint64_t pid, const char *interface_name) {
        char path[64], line[512], name[32];
        Traffic t = { 0 };
        FILE *file;

        snprintf(path, sizeof(path), "/proc/%" PRIu64 "/net/dev", pid);
        file = fopen(path, "re");
        if (!file)
                return t;

        while (fgets(line, sizeof(line), file)) {
                Traffic seen;

                if (sscanf(line,
                           " %31[^: ]: %" SCNu64 " %" SCNu64 " %*u %*u %*u %*u %*u %*u %" SCNu64
                           " %" SCNu64,
                           name, &seen.received_bytes, &seen.received_packets, &seen.sent_bytes,
                           &seen.sent_packets) == 5 &&
                    strcmp(name, interface_name) == 0)
                        t = seen;
        }

        fclose(file);
        return t;
}

/* What it left is not what it does, even if its process takes its time. */
static bool has_ended(const TunnelView *v) {
        return strcmp(v->status.state, "ended") == 0;
}

static void look_at(TunnelView *v, const char *root) {
        v->now_usec = clock_read_usec(CLOCK_BOOTTIME);
        read_status(v, root);
        if (!v->has_status || has_ended(v))
                return;

        /* The processes are those of this system; below another root it is taken at its word. */
        v->is_alive = root[0] == '\0' ? unit_has_process(v->name, v->status.supervisor_pid) :
                                        process_exists(v->status.supervisor_pid);
        if (!v->is_alive || v->status.interface_name[0] == '\0')
                return;

        v->traffic = v->status.network_namespace[0] == '\0' ?
                read_traffic(v->status.interface_name) :
                read_traffic_of(v->status.pppd_pid, v->status.interface_name);
}

/* ---- all of them ---- */

static int name_compare(const void *a, const void *b) {
        return strcmp(*(char *const *) a, *(char *const *) b);
}

static bool has_name(char **sorted, size_t n_sorted, const char *name) {
        return n_sorted > 0 && bsearch(&name, sorted, n_sorted, sizeof(*sorted), name_compare);
}

static size_t count_names(char **names) {
        size_t n = 0;

        while (names[n])
                n++;
        return n;
}

/* One call for all, and none where everything is known already. */
static void ask_service_manager(TunnelViews *views) {
        _cleanup_free_ UnitState *states = calloc(views->n_items + 1, sizeof(*states));
        bool all_alive = true;

        if (!states)
                return;

        for (size_t i = 0; i < views->n_items; i++) {
                TunnelView *v = &views->items[i];

                states[i] = (UnitState){ .name = v->name, .is_alive = v->is_alive };
                all_alive = all_alive && v->is_alive;
        }
        if (all_alive || units_get_states(states, views->n_items) < 0)
                return;

        for (size_t i = 0; i < views->n_items; i++) {
                views->items[i].has_unit = true;
                views->items[i].unit = states[i];
        }
}

static void add_view(TunnelViews *views, const char *name, bool is_configured, const char *root) {
        TunnelView *v = &views->items[views->n_items++];

        v->name = name;
        v->name_fault = tunnel_name_find_fault(name);
        v->is_configured = is_configured;
        look_at(v, root);
}

/* Those that are configured, then those that have a state although they no longer are. */
static void add_all(TunnelViews *views, const char *root) {
        size_t n;
        char **configured = config_files_get_names(views->files, &n);

        for (char **name = configured; *name; name++)
                add_view(views, *name, true, root);
        for (char **name = views->running; *name; name++)
                if (!has_name(configured, n, *name))
                        add_view(views, *name, false, root);
}

static int add_named(TunnelViews *views, const char *root, char **names, size_t n_names) {
        size_t n;
        char **configured = config_files_get_names(views->files, &n);

        views->names = calloc(n_names + 1, sizeof(*views->names));
        if (!views->names)
                return -ENOMEM;

        for (size_t i = 0; i < n_names; i++) {
                char *name = config_near_miss_strip(names[i]);

                views->names[i] = name;
                if (!name)
                        return -ENOMEM;
                add_view(views, name, has_name(configured, n, name), root);
        }

        return 0;
}

static void print_unknown(const TunnelViews *views, const TunnelView *v, const char *root) {
        const ConfigProblem *refused = config_files_get_refused(views->files);
        char hint[CONFIG_NEAR_MISS_BYTES], text[3 * CONFIG_LINE_MAX_BYTES];
        size_t n_names;

        if (refused) {
                config_problem_describe(refused, text, sizeof(text));
                fprintf(stderr, "pptpctl: whether there is a tunnel \"%s\" cannot be told: %s\n",
                        v->name, text);
                return;
        }

        fprintf(stderr, "pptpctl: there is no tunnel \"%s\"", v->name);
        if (config_near_miss_find(root, config_files_get_names(views->files, &n_names), v->name,
                                  hint, sizeof(hint)))
                fprintf(stderr, "; %s", hint);
        else if (v->name_fault)
                fprintf(stderr, ", and none can have this name: it %s", v->name_fault);
        fputc('\n', stderr);
}

/* Takes out what is of no tunnel, and says so. */
static void drop_unknown(TunnelViews *views, const char *root) {
        size_t n = 0;

        for (size_t i = 0; i < views->n_items; i++) {
                TunnelView *v = &views->items[i];
                bool is_loaded = v->has_unit && strcmp(v->unit.active, "inactive") != 0;

                if (v->is_configured || v->has_status || is_loaded) {
                        if (n != i)
                                views->items[n] = *v;
                        n++;
                        continue;
                }

                print_unknown(views, v, root);
                views->n_unknown++;
        }

        views->n_items = n;
}

/*
 * Takes out what has no configuration and is not loaded either: a slip in "systemctl start", whose
 * state file stays after "systemctl reset-failed" or the unit's end.
 */
static void drop_forgotten(TunnelViews *views) {
        size_t n = 0;

        for (size_t i = 0; i < views->n_items; i++) {
                const TunnelView *v = &views->items[i];

                if (v->is_configured || v->is_alive || !v->has_unit ||
                    strcmp(v->unit.active, "inactive") != 0)
                        views->items[n++] = *v;
        }

        views->n_items = n;
}

int tunnel_views_init(TunnelViews *views, const char *root, char **names, size_t n_names) {
        size_t n;
        int r;

        *views = (TunnelViews){ 0 };
        r = config_files_new(root, &views->files);
        if (r >= 0)
                r = state_file_list(root, &views->running);
        if (r < 0)
                return r;

        (void) config_files_get_names(views->files, &n);
        n = n_names > 0 ? n_names : n + count_names(views->running);
        views->items = calloc(n + 1, sizeof(*views->items));
        if (!views->items)
                return -ENOMEM;

        if (n_names > 0)
                r = add_named(views, root, names, n_names);
        else
                add_all(views, root);
        if (r < 0)
                return r;

        /* The service manager is that of this system. */
        if (root[0] == '\0')
                ask_service_manager(views);
        if (n_names > 0)
                drop_unknown(views, root);
        else
                drop_forgotten(views);
        return 0;
}

void tunnel_views_done(TunnelViews *views) {
        free(views->items);
        config_files_free(views->files);
        names_free(views->running);
        names_free(views->names);
        *views = (TunnelViews){ 0 };
}

bool tunnel_views_has(const char *root, const char *name) {
        _cleanup_free_ char *stripped = config_near_miss_strip(name);
        TunnelViews views;
        bool found = false;

        if (stripped && tunnel_views_init(&views, root, NULL, 0) >= 0) {
                for (size_t i = 0; i < views.n_items && !found; i++)
                        found = strcmp(views.items[i].name, stripped) == 0;
                tunnel_views_done(&views);
        }

        return found;
}

/* ---- what it comes to ---- */

bool tunnel_view_is_up(const TunnelView *v) {
        return v->is_alive && status_is_up(&v->status);
}

const char *tunnel_view_state(const TunnelView *v) {
        if (v->is_alive)
                return v->status.state;
        if (v->has_unit)
                return v->unit.active;

        if (!v->has_status)
                return "not running";
        return has_ended(v) ? "ended" : "dead";
}

uint64_t tunnel_view_realtime(const TunnelView *v, uint64_t boottime_usec) {
        return boottime_usec > 0 ? boottime_usec + (uint64_t) v->status.realtime_offset_usec : 0;
}

uint64_t tunnel_view_since(const TunnelView *v) {
        if (v->is_alive)
                return tunnel_view_realtime(v, v->status.since_usec);

        return v->has_unit ? v->unit.since_usec : 0;
}

CtlColour tunnel_view_colour(const TunnelView *v) {
        const char *state = tunnel_view_state(v);

        if (tunnel_view_is_up(v))
                return tunnel_view_has_trouble(v) ? CTL_YELLOW : CTL_GREEN;
        if (strcmp(state, "failed") == 0 || strcmp(state, "dead") == 0)
                return CTL_RED;

        return v->is_alive || strcmp(state, "inactive") != 0 ? CTL_YELLOW : CTL_GREY;
}

void tunnel_view_add_name_fault(TextBuilder *b, const TunnelView *v) {
        text_addf(b, "never starts: its name %s; ", v->name_fault);
        tunnel_name_add_remedy(b, v->name);
}

bool tunnel_view_has_trouble(const TunnelView *v) {
        return tunnel_view_is_up(v) &&
                (v->status.trouble[0] != '\0' || v->status.hooks_trouble[0] != '\0');
}

void tunnel_view_add_trouble(TextBuilder *b, const TunnelView *v) {
        const Status *s = &v->status;

        text_add(b, s->trouble);
        if (s->hooks_trouble[0] != '\0')
                text_addf(b, "%s[Hooks] %s", s->trouble[0] != '\0' ? "; " : "", s->hooks_trouble);
}

void tunnel_view_add_hooks_remedy(TextBuilder *b, const TunnelView *v) {
        text_addf(b, "; once that is mended, \"pptpctl reconnect %s\" starts the units", v->name);
}

/* Returns for how long a tunnel has been down, whatever it has tried meanwhile. */
static uint64_t get_down_usec(const TunnelView *v) {
        uint64_t since = v->status.history.down_since_usec;

        return since > 0 && v->now_usec > since ? v->now_usec - since : 0;
}

TunnelHealth tunnel_view_judge(const TunnelView *v) {
        if (tunnel_view_is_up(v))
                return tunnel_view_has_trouble(v) ? TUNNEL_HEALTH_WARNING : TUNNEL_HEALTH_OK;
        if (v->is_alive && get_down_usec(v) <= PATIENCE_USEC)
                return TUNNEL_HEALTH_WARNING;

        return TUNNEL_HEALTH_CRITICAL;
}

void tunnel_view_add_health(TextBuilder *b, const TunnelView *v) {
        const Status *s = &v->status;

        text_addf(b, "is %s", tunnel_view_state(v));
        if (v->name_fault) {
                text_add(b, ", and ");
                tunnel_view_add_name_fault(b, v);
        } else if (tunnel_view_has_trouble(v)) {
                text_add(b, ", but ");
                tunnel_view_add_trouble(b, v);
                if (s->hooks_trouble[0] != '\0')
                        tunnel_view_add_hooks_remedy(b, v);
        } else if (tunnel_view_is_up(v)) {
                text_addf(b, ", %s to %s, %s", s->interface_name, s->server, s->encryption_sent);
        } else if (v->is_alive && get_down_usec(v) > 0) {
                text_add(b, ", not up for ");
                tunnel_view_add_age(b, v->now_usec - get_down_usec(v), v->now_usec);
        }
        if (!tunnel_view_is_up(v) && s->history.n_failures > 0)
                text_addf(b, ": %s%s%s", s->history.failures[0].id,
                          s->history.failures[0].id[0] ? ": " : "", s->history.failures[0].text);
}

uint64_t tunnel_view_up_usec(const TunnelView *v) {
        uint64_t up_usec = v->status.history.up_usec, since = v->status.up_since_usec;

        return up_usec +
                (v->is_alive && since > 0 && v->now_usec > since ? v->now_usec - since : 0);
}

Traffic tunnel_view_traffic(const TunnelView *v) {
        History h = v->status.history;

        history_add_traffic(&h, &v->traffic);
        return h.traffic;
}

void tunnel_view_add_bytes(TextBuilder *b, uint64_t bytes) {
        static const char *const units[] = { "KiB", "MiB", "GiB", "TiB", "PiB" };
        double value = (double) bytes;
        size_t unit = 0;

        if (bytes < 1024) {
                text_add_count(b, bytes, "byte");
                return;
        }

        for (value /= 1024; value >= 1024 && unit + 1 < ELEMENTSOF(units); unit++)
                value /= 1024;
        text_addf(b, value < 10 ? "%.1f %s" : "%.0f %s", value, units[unit]);
}

void tunnel_view_add_age(TextBuilder *b, uint64_t since_usec, uint64_t now_usec) {
        uint64_t age = now_usec > since_usec ? now_usec - since_usec : 0;

        text_add_duration(b, age - age % USEC_PER_SEC);
}
