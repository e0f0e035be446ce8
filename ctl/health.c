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

/* What ends the command where there is no tunnel to judge. */
#define HEALTH_UNKNOWN 3

static const char *const health_names[] = {
        [TUNNEL_HEALTH_OK] = "OK",
        [TUNNEL_HEALTH_WARNING] = "WARNING",
        [TUNNEL_HEALTH_CRITICAL] = "CRITICAL",
};

/*
 * For a monitoring system a | begins the performance data and a newline the long text. Both may be
 * in what a server said, or in a name.
 */
static void print_plain(const char *text) {
        for (; *text; text++)
                putchar(*text == '|' ? '/' : strchr("\r\n", *text) ? ' ' : *text);
}

static void print_health(const TunnelView *v, TunnelHealth health) {
        const Status *s = &v->status;
        Traffic traffic = tunnel_view_traffic(v);
        char text[4 * HISTORY_TEXT_MAX_BYTES];
        TextBuilder b = text_builder(text, sizeof(text));

        text_addf(&b, "%s ", v->name);
        tunnel_view_add_health(&b, v);
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
        TunnelHealth health;
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

        health = tunnel_view_judge(&views.items[0]);
        print_health(&views.items[0], health);
        tunnel_views_done(&views);
        return (int) health;
}
