/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/file-replace.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/macros.h"
#include "io/fd.h"

static int write_temporary(int directory_fd, const char *path, mode_t mode, const void *data,
                           size_t n_data) {

        _cleanup_close_ int fd = -EBADF;
        mode_t mask;
        int r;

        /* Of one that was not finished, whose mode may be another. */
        if (unlinkat(directory_fd, path, 0) < 0 && errno != ENOENT)
                return -errno;

        /* Not fchmod(2), which the supervisor has the kernel refuse (io/privileges.h). */
        mask = umask(0);
        fd = openat(directory_fd, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
        r = -errno;
        umask(mask);
        if (fd < 0)
                return r;

        return fd_write_whole(fd, data, n_data);
}

int file_replace(int directory_fd, const char *path, mode_t mode, const void *data, size_t n_data) {
        const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
        char temporary[PATH_MAX];
        int r;

        r = snprintf(temporary, sizeof(temporary), "%.*s.%s.new", (int) (name - path), path, name);
        if (r < 0 || (size_t) r >= sizeof(temporary))
                return -ENAMETOOLONG;

        r = write_temporary(directory_fd, temporary, mode, data, n_data);
        if (r >= 0 && renameat(directory_fd, temporary, directory_fd, path) < 0)
                r = -errno;
        if (r < 0)
                (void) unlinkat(directory_fd, temporary, 0);
        return r;
}
