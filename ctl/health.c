/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * pptpctl health: one tunnel, in the manner of monitoring plugins: one line with performance data,
 * and the exit status 0 (ok), 1 (warning), 2 (critical) or 3 (unknown).
 */

#include <inttypes.h>
#include <string.h>
#include <sysexits.h>

#include "core/base/macros.h"
#include "ctl.h"
#include "io/clock.h"
#include "tunnel-view.h"

/* A tunnel that has been down for longer than this is critical, whatever it tries. */
#define PATIENCE_USEC (5 * USEC_PER_MINUTE)

typedef enum Health {
        HEALTH_OK,
        HEALTH_WARNING,
        HEALTH_CRITICAL,
        HEALTH_UNKNOWN,
} Health;

static const char *const health_names[] = {
        [HEALTH_OK] = "OK",
        [HEALTH_WARNING] = "WARNING",
        [HEALTH_CRITICAL] = "CRITICAL",
        [HEALTH_UNKNOWN] = "UNKNOWN",
};

/* Returns for how long a tunnel has been down, whatever it has tried meanwhile. */
static uint64_t get_down_usec(const TunnelView *v) {
        uint64_t since = v->status.history.down_since_usec;

        return since > 0 && v->now_usec > since ? v->now_usec - since : 0;
}

static Health judge(const TunnelView *v) {
        if (tunnel_view_is_up(v))
                return tunnel_view_has_trouble(v) ? HEALTH_WARNING : HEALTH_OK;
        if (v->is_alive && get_down_usec(v) <= PATIENCE_USEC)
                return HEALTH_WARNING;

        return HEALTH_CRITICAL;
}

/*
 * For a monitoring system a | begins the performance data and a newline the long text. Both may be
 * in what a server said, or in a name.
 */
static void print_plain(const char *text) {
        for (; *text; text++)
                putchar(*text == '|' ? '/' : strchr("\r\n", *text) ? ' ' : *text);
}

static void print_health(const TunnelView *v, Health health) {
        const Status *s = &v->status;
        Traffic traffic = tunnel_view_traffic(v);
        char text[4 * HISTORY_TEXT_MAX_BYTES];
        TextBuilder b = text_builder(text, sizeof(text));

        text_addf(&b, "%s is %s", v->name, tunnel_view_state(v));
        if (v->name_fault) {
                text_add(&b, ", and ");
                tunnel_view_add_name_fault(&b, v);
        } else if (tunnel_view_has_trouble(v)) {
                text_add(&b, ", but ");
                tunnel_view_add_trouble(&b, v);
                if (s->hooks_trouble[0] != '\0')
                        tunnel_view_add_hooks_remedy(&b, v);
        } else if (tunnel_view_is_up(v)) {
                text_addf(&b, ", %s to %s, %s", s->interface_name, s->server, s->encryption_sent);
        } else if (v->is_alive && get_down_usec(v) > 0) {
                text_add(&b, ", not up for ");
                tunnel_view_add_age(&b, v->now_usec - get_down_usec(v), v->now_usec);
        }
        if (!tunnel_view_is_up(v) && s->history.n_failures > 0)
                text_addf(&b, ": %s%s%s", s->history.failures[0].id,
                          s->history.failures[0].id[0] ? ": " : "", s->history.failures[0].text);

        printf("PPTP %s - ", health_names[health]);
        print_plain(text);
        printf(" | up=%" PRIu64 "s received=%" PRIu64 "B sent=%" PRIu64 "B reconnects=%" PRIu64
               "c tries=%" PRIu64 "\n",
               v->is_alive && s->up_since_usec > 0 ?
                       (v->now_usec - s->up_since_usec) / USEC_PER_SEC :
                       0,
               traffic.received_bytes, traffic.sent_bytes,
               s->history.n_connects - (s->history.n_connects > 0), s->history.retry.n_tries);
}

int ctl_health(int argc, char **argv) {
        TunnelViews views;
        CtlOptions options;
        Health health;
        int first, r;

        first = ctl_parse_options(argc, argv, 0, &options);
        if (first < 0 || argc - first != 1) {
                fprintf(stderr, "usage: pptpctl health [--root=DIRECTORY] NAME\n");
                return HEALTH_UNKNOWN;
        }

        r = tunnel_views_init(&views, options.root, argv + first, 1);
        if (r < 0 || views.n_items == 0) {
                printf("PPTP UNKNOWN - %s\n", r < 0 ? strerror(-r) : "there is no such tunnel");
                tunnel_views_done(&views);
                return HEALTH_UNKNOWN;
        }

        health = judge(&views.items[0]);
        print_health(&views.items[0], health);
        tunnel_views_done(&views);
        return (int) health;
}
