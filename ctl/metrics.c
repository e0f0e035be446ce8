/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * pptpctl metrics: all tunnels in the text of OpenMetrics, with only those types that Prometheus'
 * older format has as well. Names follow Prometheus' conventions.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "core/base/macros.h"
#include "ctl.h"
#include "io/file-replace.h"
#include "tunnel-view.h"

/* A family with one sample for each tunnel. */
typedef struct Family {
        const char *name; /* without _total */
        const char *type; /* "gauge" or "counter" */
        const char *help;
        double (*get)(const TunnelView *v);
} Family;

static double get_up(const TunnelView *v) {
        return tunnel_view_is_up(v);
}

static double get_running(const TunnelView *v) {
        return v->is_alive;
}

static double get_up_seconds(const TunnelView *v) {
        return (double) (tunnel_view_up_usec(v) / USEC_PER_MSEC) / 1000;
}

static double get_received_bytes(const TunnelView *v) {
        return (double) tunnel_view_traffic(v).received_bytes;
}

static double get_received_packets(const TunnelView *v) {
        return (double) tunnel_view_traffic(v).received_packets;
}

static double get_sent_bytes(const TunnelView *v) {
        return (double) tunnel_view_traffic(v).sent_bytes;
}

static double get_sent_packets(const TunnelView *v) {
        return (double) tunnel_view_traffic(v).sent_packets;
}

static double get_connects(const TunnelView *v) {
        return (double) v->status.history.n_connects;
}

static double get_restarts(const TunnelView *v) {
        return (double) v->status.history.n_restarts;
}

static double get_tries(const TunnelView *v) {
        return (double) v->status.history.retry.n_tries;
}

static double get_routes(const TunnelView *v) {
        return v->is_alive ? (double) v->status.n_routes : 0;
}

static double get_mtu(const TunnelView *v) {
        return v->is_alive ? (double) v->status.mtu_bytes : 0;
}

static const Family families[] = {
        { "pptp_tunnel_up", "gauge", "Whether the tunnel can be used.", get_up },
        { "pptp_tunnel_running", "gauge", "Whether its supervisor runs.", get_running },
        { "pptp_tunnel_up_seconds", "counter", "How long it was up.", get_up_seconds },
        { "pptp_tunnel_receive_bytes", "counter", "Bytes received through it.",
          get_received_bytes },
        { "pptp_tunnel_receive_packets", "counter", "Packets received through it.",
          get_received_packets },
        { "pptp_tunnel_transmit_bytes", "counter", "Bytes sent through it.", get_sent_bytes },
        { "pptp_tunnel_transmit_packets", "counter", "Packets sent through it.", get_sent_packets },
        { "pptp_tunnel_connects", "counter", "How often it came up.", get_connects },
        { "pptp_supervisor_restarts", "counter", "How often its supervisor crashed or was killed.",
          get_restarts },
        { "pptp_tunnel_tries", "gauge", "Tries in vain since it was last up.", get_tries },
        { "pptp_tunnel_routes", "gauge", "Routes that lead into it.", get_routes },
        { "pptp_tunnel_mtu_bytes", "gauge", "Largest packet in it.", get_mtu },
};

/* Prints a label; in its value the backslash, the quotation mark and the newline are escaped. */
static void print_label(FILE *out, const char *name, const char *value, bool first) {
        fprintf(out, "%s%s=\"", first ? "" : ",", name);
        for (; *value; value++)
                if (*value == '\n')
                        fputs("\\n", out);
                else
                        fprintf(out, "%s%c", *value == '\\' || *value == '"' ? "\\" : "", *value);
        fputc('"', out);
}

static void print_family(FILE *out, const Family *f, const TunnelViews *views) {
        bool is_counter = strcmp(f->type, "counter") == 0;

        fprintf(out, "# TYPE %s %s\n# HELP %s %s\n", f->name, f->type, f->name, f->help);
        for (size_t i = 0; i < views->n_items; i++) {
                fprintf(out, "%s%s{", f->name, is_counter ? "_total" : "");
                print_label(out, "tunnel", views->items[i].name, true);
                fprintf(out, "} %.15g\n", f->get(&views->items[i]));
        }
}

static void print_info(FILE *out, const TunnelViews *views) {
        fprintf(out,
                "# TYPE pptp_tunnel_state gauge\n"
                "# HELP pptp_tunnel_state 1, with what the tunnel is doing as labels.\n");
        for (size_t i = 0; i < views->n_items; i++) {
                const TunnelView *v = &views->items[i];

                fputs("pptp_tunnel_state{", out);
                print_label(out, "tunnel", v->name, true);
                print_label(out, "state", tunnel_view_state(v), false);
                print_label(out, "server", v->status.server, false);
                print_label(out, "interface", v->status.interface_name, false);
                print_label(out, "encryption", v->status.encryption_sent, false);
                fputs("} 1\n", out);
        }

        fprintf(out,
                "# TYPE pptp_tunnel_last_failure_timestamp_seconds gauge\n"
                "# HELP pptp_tunnel_last_failure_timestamp_seconds When it failed last, and its "
                "name in pptp-failures(7).\n");
        for (size_t i = 0; i < views->n_items; i++) {
                const TunnelView *v = &views->items[i];
                const HistoryFailure *failure = &v->status.history.failures[0];

                if (v->status.history.n_failures == 0)
                        continue;
                fputs("pptp_tunnel_last_failure_timestamp_seconds{", out);
                print_label(out, "tunnel", v->name, true);
                print_label(out, "reason", failure->id, false);
                fprintf(out, "} %.15g\n",
                        (double) (tunnel_view_realtime(v, failure->at_usec) / USEC_PER_MSEC) /
                                1000);
        }
}

static void print_metrics(FILE *out, const TunnelViews *views) {
        for (size_t i = 0; i < ELEMENTSOF(families); i++)
                print_family(out, &families[i], views);
        print_info(out, views);
        fputs("# EOF\n", out);
}

/* Replaces the file in one step: a collector reads the old metrics or the new ones. */
static int write_file(const char *path, const TunnelViews *views) {
        _cleanup_free_ char *text = NULL;
        size_t n_text;
        FILE *out;

        out = open_memstream(&text, &n_text);
        if (!out)
                return -errno;

        print_metrics(out, views);
        if (fclose(out) != 0)
                return -ENOMEM;

        /* Its temporary file does not end in .prom, so no collector reads that. */
        return file_replace(AT_FDCWD, path, 0644, text, n_text);
}

int ctl_metrics(int argc, char **argv) {
        TunnelViews views;
        CtlOptions options;
        int first, r;

        first = ctl_parse_options(argc, argv, CTL_OPTION_OUTPUT, &options);
        if (first < 0)
                return EX_USAGE;

        r = tunnel_views_init(&views, options.root, argv + first, (size_t) (argc - first));
        if (r >= 0 && options.output)
                r = write_file(options.output, &views);
        else if (r >= 0)
                print_metrics(stdout, &views);
        if (r < 0)
                fprintf(stderr, "pptpctl: %s%s%s\n", options.output ?: "",
                        options.output ? ": " : "", strerror(-r));

        tunnel_views_done(&views);
        return r < 0 ? EX_OSERR : 0;
}
