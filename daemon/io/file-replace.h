/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Small files that are written anew as a whole. */

#include <stddef.h>
#include <sys/types.h>

/*
 * Replaces a file in one step, or makes it, with exactly this mode, whatever the umask is: a reader
 * sees the old text or the new one, and a disk that is full leaves the old one. The path is
 * relative to the directory, or AT_FDCWD; until it is complete the new file is beside the old one
 * as .NAME.new. Returns 0 or a negative errno: -ENAMETOOLONG, -ENOENT, -ENOSPC, -EROFS, …
 */
int file_replace(int directory_fd, const char *path, mode_t mode, const void *data, size_t n_data);
