/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Descriptors that close themselves: _cleanup_close_ int fd = -EBADF. */

#include <errno.h>
#include <unistd.h>

#include "core/macros.h"

static inline void fd_close_pointer(int *fd) {
        if (*fd >= 0)
                close(*fd);
}
#define _cleanup_close_ _cleanup_(fd_close_pointer)
