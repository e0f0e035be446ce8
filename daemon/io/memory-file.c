/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/memory-file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/base/macros.h"
#include "io/fd.h"
#include "io/file-replace.h"

int memory_file_read(const char *path, ServerMemory *ret_memory) {
        char text[SERVER_MEMORY_TEXT_MAX_BYTES];
        _cleanup_close_ int fd = -EBADF;
        ssize_t n;

        fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        if (fd < 0)
                return -errno;

        /* A file that is longer than any that we write is not ours; its end may stay unread. */
        n = fd_read_whole(fd, text, sizeof(text));
        if (n < 0)
                return (int) n;

        server_memory_parse(ret_memory, text, (size_t) n);
        return 0;
}

int memory_file_write(const char *path, const ServerMemory *memory) {
        char text[SERVER_MEMORY_TEXT_MAX_BYTES];

        if (memory->entries[0].server[0] == '\0')
                return unlink(path) < 0 && errno != ENOENT ? -errno : 0;

        return file_replace(AT_FDCWD, path, 0644, text,
                            server_memory_write(memory, text, sizeof(text)));
}
