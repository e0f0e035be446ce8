/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/memory-file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/macros.h"
#include "io/fd.h"

int memory_file_read(const char *path, ServerMemory *ret_memory) {
        char text[SERVER_MEMORY_TEXT_MAX_BYTES];
        _cleanup_close_ int fd = -EBADF;
        ssize_t n;

        fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        if (fd < 0)
                return -errno;

        /* What is longer than anything we write is not ours, and its end may go unread. */
        n = fd_read_whole(fd, text, sizeof(text));
        if (n < 0)
                return (int) n;

        server_memory_parse(ret_memory, text, (size_t) n);
        return 0;
}

static int write_text(const char *path, const char *text, size_t n_text) {
        _cleanup_close_ int fd = -EBADF;

        fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
        if (fd < 0)
                return -errno;

        return fd_write_whole(fd, text, n_text);
}

int memory_file_write(const char *path, const ServerMemory *memory) {
        char text[SERVER_MEMORY_TEXT_MAX_BYTES], temporary[PATH_MAX];
        int r;

        if (memory->entries[0].server[0] == '\0')
                return unlink(path) < 0 && errno != ENOENT ? -errno : 0;

        r = snprintf(temporary, sizeof(temporary), "%s~", path);
        if ((size_t) r >= sizeof(temporary))
                return -ENAMETOOLONG;

        r = write_text(temporary, text, server_memory_write(memory, text, sizeof(text)));
        if (r == 0 && rename(temporary, path) < 0)
                r = -errno;
        if (r < 0)
                (void) unlink(temporary);
        return r;
}
