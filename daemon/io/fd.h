/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Descriptors that close themselves, _cleanup_close_ int fd = -EBADF, and small files that are read
 * and written as one.
 */

#include <errno.h>
#include <stddef.h>
#include <sys/types.h>
#include <unistd.h>

#include "core/base/macros.h"

static inline void fd_close_pointer(int *fd) {
        if (*fd >= 0)
                close(*fd);
}
#define _cleanup_close_ _cleanup_(fd_close_pointer)

/*
 * Reads to the end of the file or of the buffer, whichever comes first: who wants to know whether
 * that was all has room for a byte more. Returns the number of bytes or a negative errno.
 */
ssize_t fd_read_whole(int fd, void *buffer, size_t n_buffer);

/* Writes all of it. Returns 0 or a negative errno, and then some of it may be written. */
int fd_write_whole(int fd, const void *data, size_t n_data);
