/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What core/status/server-memory.h keeps, as a file that outlives the supervisor. */

#include "core/status/server-memory.h"

/*
 * Reads the file. Returns 0 and what is understood of it, which may be nothing; or a negative
 * errno, and ret_memory stays untouched. -ENOENT is usual: there is nothing to remember.
 */
int memory_file_read(const char *path, ServerMemory *ret_memory);

/*
 * Replaces the file whole, or leaves it as it was; with nothing to remember the file is removed.
 * Returns 0 or a negative errno: -ENOENT, -ENOSPC, -EROFS, …
 */
int memory_file_write(const char *path, const ServerMemory *memory);
