/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * pptpctl dump: one file to attach to a question. It has the packets that the tunnel's supervisor
 * recorded, the journal between them, and as its comment how the tunnel is and why it failed.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sysexits.h>
#include <unistd.h>

#include "core/base/number.h"
#include "core/status/flight-recorder.h"
#include "core/status/pcapng.h"
#include "ctl.h"
#include "io/fd.h"
#include "io/file-replace.h"
#include "io/recording-file.h"
#include "journal-lines.h"
#include "tunnel-view.h"

/* What is recorded, with what the file has around each item. */
#define RECORDING_MAX_BYTES (2 * FLIGHT_RECORDER_MAX_BYTES)
#define JOURNAL_ENTRIES_MAX 500
#define ENTRY_MAX_BYTES 8192
#define VERDICT_MAX_BYTES 16384

typedef struct Dump {
        Pcapng file;
        uint8_t *recording; /* what the supervisor wrote, and how far it is copied */
        size_t n_recording, pos;
        unsigned n_packets, n_messages;
} Dump;

/* ---- what is recorded ---- */

static int read_recording(Dump *d, const char *root, const char *name, RecordingPlace place) {
        _cleanup_close_ int fd = -EBADF;
        char path[PATH_MAX];
        ssize_t n;

        recording_file_path(root, name, place, path, sizeof(path));
        fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0)
                return -errno;

        d->recording = malloc(RECORDING_MAX_BYTES);
        if (!d->recording)
                return -ENOMEM;

        n = fd_read_whole(fd, d->recording, RECORDING_MAX_BYTES);
        if (n < 0)
                return (int) n;

        d->n_recording = (size_t) n;
        return 0;
}

/*
 * Has a supervisor that runs write down what it has, or takes what the last one failed with.
 * Returns 0, also if there is neither, or a negative errno.
 */
static int get_recording(Dump *d, const char *root, const char *name) {
        int r;

        if (root[0] == '\0') {
                r = ctl_call_tunnel(name, "Dump");
                if (r == 0)
                        return read_recording(d, root, name, RECORDING_RUNNING);
                if (r != -ENOENT && r != -ECONNREFUSED && r != -EPIPE)
                        return r;
        }

        r = read_recording(d, root, name, RECORDING_LAST);
        return r == -ENOENT ? 0 : r;
}

/* ---- the verdict ---- */

static void add_failure(TextBuilder *b, const TunnelView *v, const HistoryFailure *failure) {
        const DiagnosisRow *row = diagnosis_find_row(failure->id);
        char remedy[DIAGNOSIS_REMEDY_MAX_BYTES];

        text_addf(b, "%s%s%s (", failure->id, failure->id[0] ? ": " : "", failure->text);
        text_add_count(b, failure->n_times, "time");
        text_add(b, ", last ");
        tunnel_view_add_age(b, failure->at_usec, v->now_usec);
        text_add(b, " ago)\n");
        if (row)
                text_addf(b, "  %s\n",
                          status_describe_remedy(&v->status, row, remedy, sizeof(remedy)));
}

static void write_verdict(const TunnelView *v, bool has_recording, char *buffer, size_t n_buffer) {
        TextBuilder b = text_builder(buffer, n_buffer);
        const char *text = v->is_alive || !v->has_unit ? v->status.text : v->unit.text;

        text_addf(&b, "%s: %s%s%s\n", v->name, tunnel_view_state(v), text[0] ? ": " : "", text);
        if (v->has_status && v->is_alive && v->status.trouble[0])
                text_addf(&b, "but %s\n", v->status.trouble);
        for (size_t i = 0; v->has_status && i < v->status.history.n_failures; i++)
                add_failure(&b, v, &v->status.history.failures[i]);
        if (!has_recording)
                text_add(&b,
                         "No packets are recorded: no supervisor runs, and none has failed "
                         "since it was started last.\n");
}

/* ---- the file ---- */

/* Copies recorded blocks that are older than a time; those without one are older than all. */
static void copy_until(Dump *d, uint64_t usec) {
        size_t pos = d->pos;
        PcapngBlock block;

        while (pcapng_next(d->recording, d->n_recording, &pos, &block) && block.at_usec <= usec) {
                /* The section has begun already, with the verdict. */
                if (block.type != PCAPNG_SECTION)
                        pcapng_add_block(&d->file, block.data, block.n_data);
                d->n_packets += block.type == PCAPNG_PACKET;
                d->n_messages += block.type == PCAPNG_JOURNAL;
                d->pos = pos;
        }
}

/* Adds a field to an entry in journald's export format, if both have it and it fits. */
static void add_field(sd_journal *journal, const char *name, char *entry, size_t *n_entry) {
        size_t n_data, n_name = strlen(name);
        const char *data, *value;
        uint64_t n_le;
        char *at = entry + *n_entry;

        if (sd_journal_get_data(journal, name, (const void **) &data, &n_data) < 0 ||
            n_data > ENTRY_MAX_BYTES - *n_entry - sizeof(n_le) - 2)
                return;

        value = data + n_name + 1;
        n_data -= n_name + 1;
        at = mempcpy(at, name, n_name);
        if (memchr(value, '\n', n_data)) {
                n_le = htole64(n_data);
                *at++ = '\n';
                at = mempcpy(at, &n_le, sizeof(n_le));
        } else
                *at++ = '=';
        at = mempcpy(at, value, n_data);
        *at++ = '\n';
        *n_entry = (size_t) (at - entry);
}

/*
 * When the entry reached journald's socket, as the kernel noted it; journald itself may be busy and
 * come to it later, when other things have happened. Returns 0, or a negative errno.
 */
static int get_sent_usec(sd_journal *journal, uint64_t *ret_usec) {
        static const char name[] = "_SOURCE_REALTIME_TIMESTAMP";
        const char *data;
        size_t n_data;

        if (sd_journal_get_data(journal, name, (const void **) &data, &n_data) >= 0 &&
            n_data > sizeof(name) &&
            number_take(data + sizeof(name), n_data - sizeof(name), 10, UINT64_MAX, ret_usec) > 0)
                return 0;

        return sd_journal_get_realtime_usec(journal, ret_usec);
}

/* Leaves out what says more about the machine than about the tunnel. */
static void add_journal_entry(sd_journal *journal, void *userdata) {
        static const char *const fields[] = {
                "PRIORITY",    "SYSLOG_IDENTIFIER", "_PID",        "UNIT",       "MESSAGE_ID",
                "PPTP_TUNNEL", "PPTP_STATE",        "PPTP_REASON", "PPTP_CLASS", "JOB_TYPE",
                "JOB_RESULT",  "EXIT_CODE",         "EXIT_STATUS", "MESSAGE",
        };
        char entry[ENTRY_MAX_BYTES];
        Dump *d = userdata;
        size_t n_entry;
        uint64_t usec;

        if (get_sent_usec(journal, &usec) < 0)
                return;

        n_entry =
                (size_t) snprintf(entry, sizeof(entry), "__REALTIME_TIMESTAMP=%" PRIu64 "\n", usec);
        for (size_t i = 0; i < ELEMENTSOF(fields); i++)
                add_field(journal, fields[i], entry, &n_entry);

        copy_until(d, usec);
        pcapng_add_journal(&d->file, entry, n_entry);
        d->n_messages++;
}

static void make_file(Dump *d, const TunnelView *v, bool has_journal) {
        char verdict[VERDICT_MAX_BYTES], os[sizeof(((struct utsname *) NULL)->release) * 2 + 16];
        struct utsname system;

        os[0] = '\0';
        if (uname(&system) == 0)
                snprintf(os, sizeof(os), "%s %s", system.sysname, system.release);

        write_verdict(v, d->n_recording > 0, verdict, sizeof(verdict));
        pcapng_add_section(&d->file, verdict, os, "pptpctl " PROJECT_VERSION);
        copy_until(d, 0); /* the interfaces */
        if (has_journal)
                journal_lines_visit(v->name, JOURNAL_ENTRIES_MAX, add_journal_entry, d);
        copy_until(d, UINT64_MAX);
}

static int write_file(const Dump *d, const char *path) {
        if (d->file.failed)
                return -ENOMEM;
        if (!path)
                return fd_write_whole(STDOUT_FILENO, d->file.data, d->file.n_data);

        return file_replace(AT_FDCWD, path, 0600, d->file.data, d->file.n_data);
}

static int report(const char *name, int error) {
        if (error == -EACCES || error == -EPERM) {
                fprintf(stderr, "pptpctl: %s: only root may read what is recorded\n", name);
                return EX_NOPERM;
        }

        fprintf(stderr, "pptpctl: %s: no recording: %s\n", name, strerror(-error));
        return EX_UNAVAILABLE;
}

static int dump(const TunnelView *v, const CtlOptions *options) {
        Dump d = { 0 };
        int r, result = EX_OK;

        r = get_recording(&d, options->root, v->name);
        if (r < 0) {
                result = report(v->name, r);
                goto done;
        }

        make_file(&d, v, options->root[0] == '\0');
        r = write_file(&d, options->output);
        if (r < 0) {
                fprintf(stderr, "pptpctl: %s: %s\n", options->output ?: "standard output",
                        strerror(-r));
                result = EX_IOERR;
                goto done;
        }

        if (options->output)
                fprintf(stderr,
                        "%s: %u packets and %u messages, with names and addresses, and without "
                        "passwords\n",
                        options->output, d.n_packets, d.n_messages);

done:
        pcapng_done(&d.file);
        free(d.recording);
        return result;
}

int ctl_dump(int argc, char **argv) {
        TunnelViews views;
        CtlOptions options;
        int first, r, result;

        first = ctl_parse_options(argc, argv, CTL_OPTION_OUTPUT, &options);
        if (first < 0)
                return EX_USAGE;
        if (first != argc - 1) {
                fprintf(stderr, "pptpctl dump: name one tunnel; \"pptpctl list\" has all\n");
                return EX_USAGE;
        }
        if (!options.output && isatty(STDOUT_FILENO)) {
                fprintf(stderr,
                        "pptpctl dump: it is nothing to read on a terminal; add "
                        "--output=FILE, and open that with wireshark or tshark\n");
                return EX_USAGE;
        }

        r = tunnel_views_init(&views, options.root, argv + first, 1);
        if (r < 0) {
                fprintf(stderr, "pptpctl: %s\n", strerror(-r));
                result = EX_OSERR;
        } else
                result = views.n_items > 0 ? dump(&views.items[0], &options) : CTL_UNKNOWN;

        tunnel_views_done(&views);
        return result;
}
