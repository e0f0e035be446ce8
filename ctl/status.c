/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * pptpctl status: shows a tunnel's state file, the state of its unit, whether its configuration is
 * valid, and the last lines of its journal. Needs no privileges.
 */

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "core/base/macros.h"
#include "core/base/paths.h"
#include "core/diagnosis/diagnosis.h"
#include "core/ppp/mtu.h"
#include "ctl.h"
#include "io/clock.h"
#include "journal-lines.h"
#include "override.h"
#include "show-views.h"
#include "tunnel-view.h"

#define FIELD_MAX_BYTES 1024
/* As many as "systemctl status" shows. */
#define JOURNAL_LINES 10
/* EXIT_CREDENTIALS of systemd.exec(5): the unit never got as far as the supervisor. */
#define EXIT_CREDENTIALS 243
/* Nor here: systemd-executor(8) ends so when it cannot take over what systemd hands to it. */
#define EXIT_EXECUTOR 1

/* A field whose text is built in place. */
typedef struct FieldText {
        char buffer[FIELD_MAX_BYTES];
        TextBuilder builder;
} FieldText;

static TextBuilder *field_begin(FieldText *f) {
        f->builder = text_builder(f->buffer, sizeof(f->buffer));
        return &f->builder;
}

/* In the form that systemctl uses. */
static void add_date(TextBuilder *b, uint64_t realtime_usec) {
        time_t seconds = (time_t) (realtime_usec / USEC_PER_SEC);
        char date[64];
        struct tm tm;

        if (localtime_r(&seconds, &tm) &&
            strftime(date, sizeof(date), "%a %Y-%m-%d %H:%M:%S %Z", &tm) > 0)
                text_add(b, date);
}

static void print_traffic(const char *label, uint64_t bytes, uint64_t packets) {
        FieldText f;
        TextBuilder *b = field_begin(&f);

        tunnel_view_add_bytes(b, bytes);
        text_add(b, " in ");
        text_add_count(b, packets, "packet");
        ctl_print_field(stdout, label, f.buffer);
}

static void print_server(const Status *s) {
        FieldText f;
        TextBuilder *b = field_begin(&f);
        const char *address = TEXT_IPV4(s->server_address);

        if (s->server[0] == '\0')
                return;

        text_add(b, s->server);
        if (s->server_address.s_addr != INADDR_ANY && strcmp(address, s->server) != 0)
                text_addf(b, " (%s)", address);
        ctl_print_field(stdout, "Server", f.buffer);
}

/* Name servers to which no name goes are of no use: the line that mends it belongs to them. */
static void print_names(const Status *s) {
        FieldText f;
        TextBuilder *b = field_begin(&f);

        if (s->name_servers[0] == '\0' && s->names_trouble[0] == '\0')
                return;

        if (s->names_take_all)
                text_add(b, "all names");
        else if (s->domains[0] != '\0')
                text_add(b, s->domains);
        else
                text_add(b, "none: write Domains=~corp.example, or the like, in [Network]");
        ctl_print_field(stdout, "Names", f.buffer);

        b = field_begin(&f);
        text_add(b, s->name_servers);
        if (s->names_trouble[0] != '\0')
                text_addf(b, "%snot in force: %s", s->name_servers[0] ? ", " : "",
                          s->names_trouble);
        else if (s->names_service[0] != '\0')
                text_addf(b, ", by %s", s->names_service);
        ctl_print_field(stdout, "Asked at", f.buffer);
}

/* RoutesOnDown=unreachable for names; also while the tunnel is down. */
static void print_cover(const Status *s) {
        FieldText f;
        TextBuilder *b = field_begin(&f);

        if (s->names_covered[0] == '\0' && s->names_cover_trouble[0] == '\0')
                return;

        if (s->names_covered[0] != '\0')
                text_addf(b, "names of %s are refused, by %s", s->names_covered,
                          s->names_cover_interface);
        if (s->names_cover_trouble[0] != '\0')
                text_addf(b, "%snames are asked elsewhere: %s", f.buffer[0] ? "; other " : "",
                          s->names_cover_trouble);
        ctl_print_field(stdout, "While down", f.buffer);
}

static void print_trouble(const Status *s) {
        const DiagnosisRow *row = diagnosis_find_row(s->trouble_reason);
        char remedy[DIAGNOSIS_REMEDY_MAX_BYTES];

        ctl_print_field(stdout, "Trouble", s->trouble);
        if (status_describe_remedy(s, row, remedy, sizeof(remedy))[0] != '\0')
                ctl_print_field(stdout, "Remedy", remedy);
}

static void print_link(const TunnelView *v) {
        const Status *s = &v->status;
        FieldText f;
        TextBuilder *b = field_begin(&f);

        if (s->trouble[0] != '\0')
                print_trouble(s);
        if (s->hooks_trouble[0] != '\0') {
                text_add(b, s->hooks_trouble);
                tunnel_view_add_hooks_remedy(b, v);
                ctl_print_field(stdout, "Hooks", f.buffer);
                b = field_begin(&f);
        }

        text_addf(b, "%s, %s to %s, MTU %" PRIu64, s->interface_name, TEXT_IPV4(s->address),
                  TEXT_IPV4(s->peer_address), s->mtu_bytes);
        if (s->ipv6_address[0] != '\0')
                text_addf(b, ", IPv6 %s to %s", s->ipv6_address, s->ipv6_peer_address);
        if (s->segment_bytes > 0) {
                text_addf(b, ", forwarded TCP segments of at most %" PRIu64 " bytes",
                          s->segment_bytes);
                if (s->ipv6_address[0] != '\0')
                        text_addf(b, " (%" PRIu64 " with IPv6)",
                                  s->segment_bytes - MTU_IPV6_EXTRA_BYTES);
        }
        if (s->network_namespace[0] != '\0')
                text_addf(b, ", in network namespace %s", s->network_namespace);
        if (s->vrf[0] != '\0')
                text_addf(b, ", in VRF %s", s->vrf);
        ctl_print_field(stdout, "Interface", f.buffer);

        b = field_begin(&f);
        text_add(b, s->encryption_sent);
        if (strcmp(s->encryption_sent, s->encryption_received) != 0)
                text_addf(b, " sent, %s received", s->encryption_received);
        ctl_print_field(stdout, "Encryption", f.buffer);

        b = field_begin(&f);
        text_addf(b, "%" PRIu64, s->n_routes);
        if (s->default_route_table != 0)
                text_addf(b, ", the default route in table %" PRIu64, s->default_route_table);
        else if (s->n_routes == 0)
                text_add(b,
                         ": nothing goes into the tunnel; write [Route] sections, or have the "
                         "server offer routes for UseRoutes=yes");
        ctl_print_field(stdout, "Routes", f.buffer);
        if (s->overlaps[0] != '\0')
                ctl_print_field(stdout, "Overlaps", s->overlaps);

        print_names(s);
        print_traffic("Received", v->traffic.received_bytes, v->traffic.received_packets);
        print_traffic("Sent", v->traffic.sent_bytes, v->traffic.sent_packets);
}

static void print_next_try(const TunnelView *v) {
        const Status *s = &v->status;
        FieldText f;
        TextBuilder *b = field_begin(&f);

        text_addf(b, "in ");
        tunnel_view_add_age(b, v->now_usec, MAX(s->next_try_usec, v->now_usec));
        text_add(b, ", after ");
        text_add_count(b, s->history.retry.n_tries, "try");
        ctl_print_field(stdout, "Next try", f.buffer);
}

/* Since the unit was started, with the connection that is up now. */
static void print_history(const TunnelView *v) {
        const History *h = &v->status.history;
        Traffic traffic = tunnel_view_traffic(v);
        FieldText f;
        TextBuilder *b = field_begin(&f);

        if (h->n_connects == 0) {
                ctl_print_field(stdout, "In all", "never connected");
                return;
        }

        text_add(b, "connected ");
        text_add_count(b, h->n_connects, "time");
        text_add(b, ", up for ");
        tunnel_view_add_age(b, 0, tunnel_view_up_usec(v));
        text_add(b, ", ");
        tunnel_view_add_bytes(b, traffic.received_bytes);
        text_add(b, " received, ");
        tunnel_view_add_bytes(b, traffic.sent_bytes);
        text_add(b, " sent");
        ctl_print_field(stdout, "In all", f.buffer);
}

static void print_failure(const TunnelView *v, const HistoryFailure *failure, const char *label) {
        FieldText f;
        TextBuilder *b = field_begin(&f);

        if (failure->id[0] != '\0')
                text_addf(b, "%s: ", failure->id);
        text_addf(b, "%s (", failure->text);
        tunnel_view_add_age(b, failure->at_usec, v->now_usec);
        text_add(b, " ago");
        if (failure->n_times > 1)
                text_addf(b, ", %" PRIu64 " times, no other failure between", failure->n_times);
        text_add(b, ")");
        ctl_print_field(stdout, label, f.buffer);
}

/* What mends the last one is of interest until it is mended. */
static void print_failures(const TunnelView *v) {
        const History *h = &v->status.history;
        char remedy[DIAGNOSIS_REMEDY_MAX_BYTES];
        const DiagnosisRow *row;

        for (size_t i = 0; i < h->n_failures; i++) {
                print_failure(v, &h->failures[i], i == 0 ? "Last failure" : "Before");

                row = diagnosis_find_row(h->failures[i].id);
                status_describe_remedy(&v->status, row, remedy, sizeof(remedy));
                if (i == 0 && !tunnel_view_is_up(v) && remedy[0] != '\0')
                        ctl_print_field(stdout, "Remedy", remedy);
        }
}

static void print_processes(const Status *s) {
        FieldText f;
        TextBuilder *b = field_begin(&f);

        text_addf(b, "supervisor %" PRIu64, s->supervisor_pid);
        if (s->pppd_pid > 0)
                text_addf(b, ", pppd %" PRIu64, s->pppd_pid);
        ctl_print_field(stdout, "Processes", f.buffer);
}

/* "onenet: up since Sat 2026-11-21 12:02:11 UTC; 5 min 3 s" */
static void print_head(const TunnelView *v) {
        uint64_t since = tunnel_view_since(v);
        FieldText f;
        TextBuilder *b = field_begin(&f);

        if (since > 0) {
                text_add(b, " since ");
                add_date(b, since);
                text_add(b, "; ");
                tunnel_view_add_age(b, since, clock_read_usec(CLOCK_REALTIME));
        }
        printf("%s%s%s: %s%s%s%s\n", ctl_colour(CTL_BOLD), v->name, ctl_colour(CTL_PLAIN),
               ctl_colour(tunnel_view_colour(v)), tunnel_view_state(v), ctl_colour(CTL_PLAIN),
               f.buffer);
}

static void print_running(const TunnelView *v) {
        const Status *s = &v->status;

        if (!status_is_up(s) && s->text[0] != '\0')
                ctl_print_field(stdout, "Status", s->text);
        print_server(s);
        if (s->interface_name[0] != '\0')
                print_link(v);
        print_cover(s);
        if (s->next_try_usec > 0)
                print_next_try(v);
        print_history(v);
        print_failures(v);
        print_processes(s);
}

static void print_exit_status(const TunnelView *v) {
        FieldText f;
        TextBuilder *b = field_begin(&f);

        text_addf(b, "%d, ", v->unit.exit_status);
        if (v->unit.exit_status == EXIT_CREDENTIALS)
                text_addf(b,
                          "systemd could not read a credential of the unit; \"pptpctl check %s\" "
                          "says why",
                          v->name);
        else if (v->unit.exit_status == EXIT_EXECUTOR)
                text_add(b, "systemd could not start the supervisor; see the journal of the unit");
        else
                text_add(b, "see pptp@.service(8)");
        ctl_print_field(stdout, "Exit status", f.buffer);
}

static void print_name_fault(const TunnelView *v) {
        FieldText f;

        tunnel_view_add_name_fault(field_begin(&f), v);
        ctl_print_field(stdout, "Status", f.buffer);
}

/* Nobody keeps the state file: what the service manager says counts, and what was before. */
static void print_not_running(const TunnelView *v) {
        if (v->name_fault)
                print_name_fault(v);
        if (v->has_unit) {
                if (!v->name_fault && v->unit.text[0] != '\0' &&
                    strcmp(v->unit.active, "inactive") != 0)
                        ctl_print_field(stdout, "Status", v->unit.text);
                if (v->unit.exit_status != 0)
                        print_exit_status(v);
        }
        if (!v->has_status)
                return;

        if (strcmp(v->status.state, "ended") != 0) {
                char text[64];

                snprintf(text, sizeof(text), "its supervisor, process %" PRIu64 ", is gone",
                         v->status.supervisor_pid);
                ctl_print_field(stdout, "Stale", text);
        }
        print_server(&v->status);
        print_history(v);
        print_failures(v);
}

/*
 * Without privileges, a file that others may not read looks invalid, and need not be. The problem
 * of a DestinationFile= is put where that is named.
 */
static bool is_closed_to_us(const ConfigProblems *problems) {
        if (geteuid() == 0)
                return false;

        for (size_t i = 0; i < problems->n_items; i++) {
                const ConfigProblem *p = &problems->items[i];

                if (!p->warning &&
                    ((access(p->file, R_OK) < 0 && errno == EACCES) ||
                     strstr(p->message, strerror(EACCES))))
                        return true;
        }

        return false;
}

/* Files that are wrong now, whatever the supervisor has read. */
static void print_configuration(const TunnelView *v, const ConfigFiles *files) {
        ConfigProblems problems = { 0 };
        Config *config = NULL;
        FieldText f;
        TextBuilder *b = field_begin(&f);
        int r;

        /* What is wrong with the name was said. */
        if (!v->is_configured || v->name_fault)
                return;

        /* What the supervisor could not read counts, not what root can. */
        override_set(false);
        r = config_files_load_from(files, v->name, &config, &problems);
        override_set(true);
        if (r == CONFIG_E_INVALID && !is_closed_to_us(&problems)) {
                text_add(b, "invalid, ");
                text_add_count(b, problems.n_errors, "error");
                if (v->is_alive)
                        text_add(b, "; the tunnel goes on with what was read before");
                text_addf(b, "; \"pptpctl check %s\" tells more", v->name);
                ctl_print_field(stdout, "Configuration", f.buffer);
        }
        if (r >= 0)
                config_problems_done(&problems);
        config_free(config);
}

static void show_tunnel(const TunnelView *v, const ConfigFiles *files, int n_lines) {
        print_head(v);
        print_configuration(v, files);
        if (v->is_alive)
                print_running(v);
        else
                print_not_running(v);

        if (n_lines > 0)
                journal_lines_print(v->name, n_lines);
}

static int show(const TunnelViews *views, const CtlOptions *options, bool are_named) {
        /* Of all tunnels, the lines of the journal would hide the rest. */
        int n_lines = options->n_lines >= 0 ? options->n_lines : are_named ? JOURNAL_LINES : 0;
        int result = views->n_unknown > 0 ? CTL_UNKNOWN : 0;

        for (size_t i = 0; i < views->n_items; i++)
                if (!tunnel_view_is_up(&views->items[i]))
                        result = MAX(result, CTL_NOT_UP);

        if (options->json != JSON_OFF) {
                tunnel_views_write_json(views, options->json);
                return result;
        }

        for (size_t i = 0; i < views->n_items; i++) {
                if (i > 0)
                        putchar('\n');
                show_tunnel(&views->items[i], views->files, options->root[0] == '\0' ? n_lines : 0);
        }
        if (views->n_items == 0 && views->n_unknown == 0)
                ctl_print_no_tunnel(views->files);
        return result;
}

int ctl_status(int argc, char **argv) {
        CtlOptions options;
        int first;

        first = ctl_parse_options(argc, argv, CTL_OPTION_JSON | CTL_OPTION_WATCH | CTL_OPTION_LINES,
                                  &options);
        if (first < 0)
                return EX_USAGE;

        return show_views(&options, argv + first, (size_t) (argc - first), show);
}
