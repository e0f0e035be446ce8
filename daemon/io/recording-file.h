/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Where a tunnel's flight recorder is written to, in the form of core/status/pcapng.h: root alone
 * may read it, since it has names and addresses in it.
 */

#include <stddef.h>

typedef enum RecordingPlace {
        RECORDING_RUNNING, /* in the tunnel's run-time folder, on request */
        RECORDING_LAST,    /* beside it, which goes with the unit: what a tunnel failed with */
} RecordingPlace;

/*
 * Writes the path of the file, below a root ("": this system); the buffer has PATH_MAX bytes.
 */
void recording_file_path(const char *root, const char *name, RecordingPlace place, char *buffer,
                         size_t n_buffer);

/* Replaces the file in one step. Returns 0 or a negative errno. */
int recording_file_write(const char *name, RecordingPlace place, const void *data, size_t n_data);
