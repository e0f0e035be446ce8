/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * pptpctl monitor: prints a line whenever a tunnel's state or status changes. The supervisors say
 * when, and the state files what, so that one that is dead is shown, too. It needs no privileges.
 */

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>
#include <time.h>

#include "core/base/array.h"
#include "core/base/macros.h"
#include "ctl.h"
#include "monitor-wait.h"
#include "tunnel-view.h"

/* What was last printed for a tunnel. */
typedef struct Shown {
        char *name, *state, *text;
        uint64_t n_connects;
} Shown;

typedef struct Monitor {
        Shown *items;
        size_t n_items;
} Monitor;

/* While the service manager starts another supervisor, it still has the line of the last one. */
static const char *status_text(const TunnelView *v) {
        if (v->is_alive || !v->has_unit)
                return v->status.text;

        return strcmp(tunnel_view_state(v), "activating") == 0 ? "" : v->unit.text;
}

/* Returns what follows the state in a text that begins with it ("Up: ..."), or the whole text. */
static const char *skip_state(const char *text, const char *state) {
        size_t n = strlen(state);

        if (strncasecmp(text, state, n) != 0 || strncmp(text + n, ": ", 2) != 0)
                return text;

        return text + n + 2;
}

static void print_event(const TunnelView *v, JsonFormat format) {
        const char *text = skip_state(status_text(v), tunnel_view_state(v));
        char clock[16] = "";
        time_t now = time(NULL);
        struct tm tm;

        if (format != JSON_OFF) {
                Json j = json_begin(stdout, format);

                tunnel_view_write_json(v, &j);
                json_end(&j);
                return;
        }

        if (localtime_r(&now, &tm))
                (void) strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
        printf("%s %s: %s%s%s%s%s\n", clock, v->name, ctl_colour(tunnel_view_colour(v)),
               tunnel_view_state(v), ctl_colour(CTL_PLAIN), text[0] ? ": " : "", text);
        fflush(stdout);
}

static Shown *find_shown(Monitor *m, const char *name) {
        for (size_t i = 0; i < m->n_items; i++)
                if (strcmp(m->items[i].name, name) == 0)
                        return &m->items[i];

        if (!ARRAY_MAKE_ROOM(m->items, m->n_items))
                return NULL;
        m->items[m->n_items] = (Shown){ .name = strdup(name) };
        return m->items[m->n_items].name ? &m->items[m->n_items++] : NULL;
}

static void compare(Monitor *m, const TunnelView *v, JsonFormat format) {
        Shown *shown = find_shown(m, v->name);

        /* A connection may have come and gone between two looks: then another one is up. */
        if (!shown ||
            (shown->state && strcmp(shown->state, tunnel_view_state(v)) == 0 && shown->text &&
             strcmp(shown->text, status_text(v)) == 0 &&
             shown->n_connects == v->status.history.n_connects))
                return;

        print_event(v, format);
        free(shown->state);
        free(shown->text);
        shown->state = strdup(tunnel_view_state(v));
        shown->text = strdup(status_text(v));
        shown->n_connects = v->status.history.n_connects;
}

int ctl_monitor(int argc, char **argv) {
        Monitor monitor = { 0 };
        MonitorWait wait = { 0 };
        CtlOptions options;
        int first, r;

        first = ctl_parse_options(argc, argv, CTL_OPTION_JSON, &options);
        if (first < 0)
                return EX_USAGE;

        do {
                TunnelViews views;

                r = tunnel_views_init(&views, options.root, argv + first, (size_t) (argc - first));
                for (size_t i = 0; i < views.n_items && r >= 0; i++)
                        compare(&monitor, &views.items[i], options.json);
                if (views.n_unknown > 0)
                        r = -1;
                if (r >= 0)
                        monitor_wait(&wait, &views, options.root[0] == '\0');
                tunnel_views_done(&views);
        } while (r >= 0 && !ferror(stdout));

        return CTL_UNKNOWN;
}
