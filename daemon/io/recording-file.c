/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/recording-file.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>

#include "core/base/paths.h"
#include "io/file-replace.h"

void recording_file_path(const char *root, const char *name, RecordingPlace place, char *buffer,
                         size_t n_buffer) {

        snprintf(buffer, n_buffer, "%s" PATHS_RUNTIME_DIRECTORY "/%s%s", root, name,
                 place == RECORDING_LAST ? ".recording" : "/recording");
}

int recording_file_write(const char *name, RecordingPlace place, const void *data, size_t n_data) {
        char path[PATH_MAX];

        recording_file_path("", name, place, path, sizeof(path));
        return file_replace(AT_FDCWD, path, 0600, data, n_data);
}
