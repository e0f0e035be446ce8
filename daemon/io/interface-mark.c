/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/interface-mark.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/paths.h"
#include "io/fd.h"

#define MARKS PATHS_RUNTIME_DIRECTORY "/.interfaces"

/* As often in a row nobody happens to be that fast. */
#define TRIES_MAX 10

static void get_path(const char *interface_name, char *buffer, size_t n_buffer) {
        snprintf(buffer, n_buffer, MARKS "/%s", interface_name);
}

int interface_mark_create(const char *interface_name) {
        char path[sizeof(MARKS) + 1 + IF_NAMESIZE];
        _cleanup_close_ int fd = -EBADF;

        get_path(interface_name, path, sizeof(path));

        /* Another tunnel may take the folder away in between. */
        for (unsigned i = 0; i < TRIES_MAX && fd < 0; i++) {
                if (mkdir(MARKS, 0755) < 0 && errno != EEXIST)
                        return -errno;

                fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
                if (fd < 0 && errno != ENOENT)
                        return -errno;
        }

        return fd < 0 ? -ENOENT : 0;
}

bool interface_mark_exists(const char *interface_name) {
        char path[sizeof(MARKS) + 1 + IF_NAMESIZE];

        get_path(interface_name, path, sizeof(path));
        return access(path, F_OK) == 0;
}

void interface_mark_remove(const char *interface_name) {
        char path[sizeof(MARKS) + 1 + IF_NAMESIZE];

        get_path(interface_name, path, sizeof(path));
        (void) unlink(path);
        (void) rmdir(MARKS); /* which others may be in */
}
