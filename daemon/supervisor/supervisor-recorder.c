/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The flight recorder of the tunnel: what is recorded, and when it is written to a file. The
 * journal has what is told at its level; messages below that are recorded here, so that debugging
 * need not be on before a tunnel fails.
 */

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "io/clock.h"
#include "io/recording-file.h"
#include "supervisor/supervisor-internal.h"

static void on_message(void *userdata, const char *text) {
        Supervisor *s = userdata;

        flight_recorder_add_event(&s->recorder, clock_read_usec(CLOCK_BOOTTIME), text);
}

void supervisor_record_connection(Supervisor *s) {
        flight_recorder_connect(&s->recorder, s->control.local_address, s->control.server,
                                s->control.port);
}

void supervisor_record_control(Supervisor *s, bool sent, const uint8_t *data, size_t n_data) {
        if (data)
                flight_recorder_add_control(&s->recorder, clock_read_usec(CLOCK_BOOTTIME), sent,
                                            data, n_data);
}

void supervisor_record_message(Supervisor *s, const PptpMessage *message) {
        uint8_t data[PPTP_MESSAGE_MAX_BYTES];
        int n;

        n = pptp_message_write(message, data, sizeof(data));
        if (n > 0)
                supervisor_record_control(s, true, data, (size_t) n);
}

void supervisor_record_frame(Supervisor *s, const PluginMessage *m) {
        flight_recorder_add_frame(&s->recorder, clock_read_usec(CLOCK_BOOTTIME), m->frame.sent,
                                  m->frame.data, m->frame.n_data);
}

static int write_to(Supervisor *s, RecordingPlace place) {
        int64_t offset =
                (int64_t) (clock_read_usec(CLOCK_REALTIME) - clock_read_usec(CLOCK_BOOTTIME));
        Pcapng file = { 0 };
        int r = -ENOMEM;

        flight_recorder_write(&s->recorder, s->config->name, offset, &file);
        if (!file.failed)
                r = recording_file_write(s->config->name, place, file.data, file.n_data);
        pcapng_done(&file);

        if (r < 0)
                journal_print(s->journal, LOG_WARNING,
                              "Cannot write what is recorded of the connection: %s, ignoring",
                              strerror(-r));
        return r;
}

int supervisor_write_recording(Supervisor *s) {
        return write_to(s, RECORDING_RUNNING);
}

void supervisor_recorder_init(Supervisor *s) {
        char path[PATH_MAX];

        recording_file_path("", s->config->name, RECORDING_LAST, path, sizeof(path));
        (void) unlink(path);
        s->journal->on_dropped = on_message;
        s->journal->userdata = s;
}

void supervisor_recorder_done(Supervisor *s, int exit_status) {
        s->journal->on_dropped = NULL;
        if (s->state_directory && s->recorder.n_items > 0 && (exit_status != 0 || s->goes_on))
                (void) write_to(s, RECORDING_LAST);
        flight_recorder_done(&s->recorder);
}
