/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * pptpctl status: what the state file of a tunnel tells, what the service manager knows of its
 * unit, and whether the two agree. Needs no privileges.
 */

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "core/diagnosis/diagnosis.h"
#include "core/base/macros.h"
#include "core/status/status.h"
#include "core/base/text.h"
#include "ctl.h"
#include "io/clock.h"
#include "io/config-files.h"
#include "io/names.h"
#include "io/state-file.h"
#include "io/unit.h"

/* The exit statuses of systemctl status; that of several tunnels is the highest. */
#define STATUS_NOT_UP 3
#define STATUS_UNKNOWN 4

#define FIELD_MAX_BYTES 1024

/* All that can be found out about one tunnel. */
typedef struct Tunnel {
        const char *name;
        bool has_status;
        bool has_unit;
        bool is_alive; /* the supervisor that wrote the status */
        Status status;
        UnitState unit;
        uint64_t now_usec; /* CLOCK_BOOTTIME */
} Tunnel;

/* A field whose text is built in place. */
typedef struct FieldText {
        char buffer[FIELD_MAX_BYTES];
        TextBuilder builder;
} FieldText;

static TextBuilder *field_begin(FieldText *f) {
        f->builder = text_builder(f->buffer, sizeof(f->buffer));
        return &f->builder;
}

/* ---- what there is to know ---- */

static bool process_exists(uint64_t pid) {
        return pid > 0 && pid <= INT32_MAX && (kill((pid_t) pid, 0) == 0 || errno == EPERM);
}

static void read_status(Tunnel *t, const char *root) {
        _cleanup_free_ char *directory = NULL;
        char text[STATUS_MAX_BYTES];
        int r;

        if (asprintf(&directory, "%s" STATE_FILE_DIRECTORY "/%s", root, t->name) < 0) {
                directory = NULL;
                return;
        }

        r = state_file_read(directory, text, sizeof(text));
        if (r == -ENOENT || r == -ENOTDIR)
                return;
        if (r >= 0)
                r = status_parse(text, (size_t) r, &t->status) == 0 ? 0 : -EBADMSG;
        if (r < 0)
                fprintf(stderr, "pptpctl: %s/state: %s, ignoring\n", directory, strerror(-r));
        t->has_status = r >= 0;
}

static Tunnel inspect(const char *root, const char *name) {
        Tunnel t = { .name = name, .now_usec = clock_read_usec(CLOCK_BOOTTIME) };

        read_status(&t, root);
        /* The service manager is that of this system. */
        t.has_unit = root[0] == '\0' && unit_get_state(name, &t.unit) >= 0;
        t.is_alive = t.has_status &&
                (t.has_unit ? t.status.supervisor_pid == t.unit.main_pid && t.unit.main_pid > 0 :
                              process_exists(t.status.supervisor_pid));
        return t;
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

/* ---- how it is said ---- */

static void add_bytes(TextBuilder *b, uint64_t bytes) {
        static const char *const units[] = { "KiB", "MiB", "GiB", "TiB", "PiB" };
        double value = (double) bytes;
        size_t unit = 0;

        if (bytes < 1024) {
                text_addf(b, "%" PRIu64 " bytes", bytes);
                return;
        }

        for (value /= 1024; value >= 1024 && unit + 1 < ELEMENTSOF(units); unit++)
                value /= 1024;
        text_addf(b, value < 10 ? "%.1f %s" : "%.0f %s", value, units[unit]);
}

static void add_count(TextBuilder *b, uint64_t n, const char *what) {
        text_addf(b, "%" PRIu64 " %s%s", n, what, n == 1 ? "" : "s");
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

/* How long ago, to the second: nobody needs the milliseconds since. */
static void add_age(TextBuilder *b, uint64_t since_usec, uint64_t now_usec) {
        uint64_t age = now_usec > since_usec ? now_usec - since_usec : 0;

        text_add_duration(b, age - age % USEC_PER_SEC);
}

static void print_traffic(const char *label, uint64_t bytes, uint64_t packets) {
        FieldText f;
        TextBuilder *b = field_begin(&f);

        add_bytes(b, bytes);
        text_add(b, " in ");
        add_count(b, packets, "packet");
        ctl_print_field(stdout, label, f.buffer);
}

static void print_server(const Status *s) {
        FieldText f;
        TextBuilder *b = field_begin(&f);
        const char *address = TEXT_IPV4(s->server_address);

        text_add(b, s->server);
        if (s->server_address.s_addr != INADDR_ANY && strcmp(address, s->server) != 0)
                text_addf(b, " (%s)", address);
        ctl_print_field(stdout, "Server", f.buffer);
}

static void print_link(const Status *s, const Traffic *traffic) {
        FieldText f;
        TextBuilder *b = field_begin(&f);

        text_addf(b, "%s, %s to %s, MTU %" PRIu64, s->interface_name, TEXT_IPV4(s->address),
                  TEXT_IPV4(s->peer_address), s->mtu_bytes);
        ctl_print_field(stdout, "Interface", f.buffer);

        b = field_begin(&f);
        text_add(b, s->encryption_sent);
        if (strcmp(s->encryption_sent, s->encryption_received) != 0)
                text_addf(b, " sent, %s received", s->encryption_received);
        ctl_print_field(stdout, "Encryption", f.buffer);

        b = field_begin(&f);
        text_addf(b, "%" PRIu64, s->n_routes);
        ctl_print_field(stdout, "Routes", f.buffer);

        print_traffic("Received", traffic->received_bytes, traffic->received_packets);
        print_traffic("Sent", traffic->sent_bytes, traffic->sent_packets);
}

static void print_next_try(const Tunnel *t) {
        const Status *s = &t->status;
        FieldText f;
        TextBuilder *b = field_begin(&f);

        text_addf(b, "in ");
        add_age(b, t->now_usec, MAX(s->next_try_usec, t->now_usec));
        text_add(b, ", after ");
        add_count(b, s->history.retry.n_tries, "try");
        ctl_print_field(stdout, "Next try", f.buffer);
}

/* Since the unit was started, with the connection that is up now. */
static void print_history(const Tunnel *t, const Traffic *traffic) {
        const Status *s = &t->status;
        const History *h = &s->history;
        uint64_t up_usec = h->up_usec;
        FieldText f;
        TextBuilder *b = field_begin(&f);

        if (t->is_alive && s->up_since_usec > 0 && t->now_usec > s->up_since_usec)
                up_usec += t->now_usec - s->up_since_usec;

        text_add(b, "connected ");
        add_count(b, h->n_connects, "time");
        if (h->n_connects > 0) {
                text_add(b, ", up for ");
                add_age(b, 0, up_usec);
                text_add(b, ", ");
                add_bytes(b, h->traffic.received_bytes + traffic->received_bytes);
                text_add(b, " received, ");
                add_bytes(b, h->traffic.sent_bytes + traffic->sent_bytes);
                text_add(b, " sent");
        }
        ctl_print_field(stdout, "In all", f.buffer);
}

static void print_failure(const Tunnel *t, const HistoryFailure *failure, const char *label) {
        FieldText f;
        TextBuilder *b = field_begin(&f);

        if (failure->id[0] != '\0')
                text_addf(b, "%s: ", failure->id);
        text_addf(b, "%s (", failure->text);
        add_age(b, failure->at_usec, t->now_usec);
        text_add(b, " ago");
        if (failure->n_times > 1)
                text_addf(b, ", %" PRIu64 " times in a row", failure->n_times);
        text_add(b, ")");
        ctl_print_field(stdout, label, f.buffer);
}

/* What mends the last one is of interest until it is mended. */
static void print_failures(const Tunnel *t) {
        const History *h = &t->status.history;
        bool is_up = t->is_alive && status_is_up(&t->status);
        const DiagnosisRow *row;

        for (size_t i = 0; i < h->n_failures; i++) {
                print_failure(t, &h->failures[i], i == 0 ? "Last failure" : "Before");

                row = diagnosis_find_row(h->failures[i].id);
                if (i == 0 && !is_up && row && row->remedy)
                        ctl_print_field(stdout, "Remedy", row->remedy);
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
static void print_head(const Tunnel *t, const char *state, uint64_t realtime_usec,
                       uint64_t now_usec) {

        FieldText f;
        TextBuilder *b = field_begin(&f);

        text_addf(b, "%s: %s", t->name, state);
        if (realtime_usec > 0) {
                text_add(b, " since ");
                add_date(b, realtime_usec);
                text_add(b, "; ");
                add_age(b, realtime_usec, now_usec);
        }
        puts(f.buffer);
}

static void print_running(const Tunnel *t) {
        const Status *s = &t->status;
        Traffic traffic = { 0 };

        print_head(t, s->state, s->since_usec + (uint64_t) s->realtime_offset_usec,
                   t->now_usec + (uint64_t) s->realtime_offset_usec);
        if (!status_is_up(s) && s->text[0] != '\0')
                ctl_print_field(stdout, "Status", s->text);
        print_server(s);
        if (s->interface_name[0] != '\0') {
                traffic = read_traffic(s->interface_name);
                print_link(s, &traffic);
        }
        if (s->next_try_usec > 0)
                print_next_try(t);
        print_history(t, &traffic);
        print_failures(t);
        print_processes(s);
}

/* Nobody keeps the state file: what the service manager says counts, and what was before. */
static void print_not_running(const Tunnel *t) {
        char text[64];

        if (t->has_unit) {
                print_head(t, t->unit.active, t->unit.since_usec, clock_read_usec(CLOCK_REALTIME));
                if (t->unit.text[0] != '\0' && strcmp(t->unit.active, "inactive") != 0)
                        ctl_print_field(stdout, "Status", t->unit.text);
                if (t->unit.exit_status != 0) {
                        snprintf(text, sizeof(text), "%d, see pptp@.service(8)",
                                 t->unit.exit_status);
                        ctl_print_field(stdout, "Exit status", text);
                }
        } else
                print_head(t, t->has_status ? "dead" : "not running", 0, 0);

        if (t->has_status) {
                snprintf(text, sizeof(text), "its supervisor, process %" PRIu64 ", is gone",
                         t->status.supervisor_pid);
                ctl_print_field(stdout, "Stale", text);
                print_server(&t->status);
                print_history(t, &(Traffic){ 0 });
                print_failures(t);
        }
}

/* ---- which tunnels ---- */

static int show_tunnel(const char *root, const char *name, bool is_known, bool *first) {
        Tunnel t = inspect(root, name);

        if (!is_known && !t.has_status && (!t.has_unit || strcmp(t.unit.active, "inactive") == 0)) {
                fprintf(stderr, "pptpctl: there is no tunnel \"%s\"\n", name);
                return STATUS_UNKNOWN;
        }

        if (!*first)
                putchar('\n');
        *first = false;

        if (t.is_alive)
                print_running(&t);
        else
                print_not_running(&t);
        return t.is_alive && status_is_up(&t.status) ? 0 : STATUS_NOT_UP;
}

static bool has_name(char **names, const char *name) {
        for (; *names; names++)
                if (strcmp(*names, name) == 0)
                        return true;

        return false;
}

/* Those that are configured, then those that run although they no longer are. */
static int show_all(const char *root, char **configured, char **running) {
        bool first = true;
        int result = 0;

        for (char **name = configured; *name; name++)
                result = MAX(result, show_tunnel(root, *name, true, &first));
        for (char **name = running; *name; name++)
                if (!has_name(configured, *name))
                        result = MAX(result, show_tunnel(root, *name, true, &first));
        if (first)
                printf("There is no tunnel; /etc/pptp/conf.d/NAME.conf defines one.\nSee pptp.conf(5).\n");

        return result;
}

static int show_named(const char *root, char **configured, char **names, int n_names) {
        bool first = true;
        int result = 0;

        for (int i = 0; i < n_names; i++)
                if (names[i][0] == '\0' || names[i][0] == '.' || strchr(names[i], '/')) {
                        fprintf(stderr, "pptpctl: \"%s\" is no name of a tunnel\n", names[i]);
                        result = STATUS_UNKNOWN;
                } else
                        result = MAX(result,
                                     show_tunnel(root, names[i], has_name(configured, names[i]),
                                                 &first));

        return result;
}

int ctl_status(int argc, char **argv) {
        _cleanup_(config_files_freep) ConfigFiles *files = NULL;
        char **configured, **running = NULL;
        const char *root = "";
        int first = 1, result, r;
        size_t n;

        if (first < argc && strncmp(argv[first], "--root=", 7) == 0)
                root = argv[first++] + 7;

        if (first < argc && argv[first][0] == '-') {
                fprintf(stderr, "usage: pptpctl status [--root=DIRECTORY] [NAME...]\n");
                return EX_USAGE;
        }

        r = config_files_new(root, &files);
        if (r >= 0)
                r = state_file_list(root, &running);
        if (r < 0) {
                fprintf(stderr, "pptpctl: %s\n", strerror(-r));
                return EX_OSERR;
        }

        configured = config_files_get_names(files, &n);
        result = first == argc ? show_all(root, configured, running) :
                                 show_named(root, configured, argv + first, argc - first);
        names_free(running);
        return result;
}
