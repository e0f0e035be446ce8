/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The file "state" in a tunnel's directory below /run/pptp, for everybody to read. What stands in
 * it is the business of core/status/status.h.
 *
 * The directory goes with the unit. What the tunnel ended with, if it did not end well, is kept
 * beside it as NAME.last until the next start.
 */

#include <stddef.h>

#include "core/status/status.h"

/*
 * Replaces the file in one step: a reader sees the old text or the new one, and a disk that is full
 * leaves the old one. Returns 0 or a negative errno.
 */
int state_file_write(const char *directory, const char *text, size_t n_text);

/*
 * Reads and parses it. Returns 0; -ENOENT or -ENOTDIR if there is none, -EFBIG if it is longer than
 * STATUS_MAX_BYTES allow, -EBADMSG if it is no state file, or another negative errno. ret_status
 * stays untouched on failure.
 */
int state_file_read(const char *directory, Status *ret_status);

/*
 * Writes NAME.last beside the directory, as state_file_write() does. Returns 0 or a negative errno.
 */
int state_file_write_last(const char *directory, const char *text, size_t n_text);
/* Reads and parses NAME.last. Returns as state_file_read() does. */
int state_file_read_last(const char *directory, Status *ret_status);
/* Removes NAME.last. Returns 0, also if there is none, or a negative errno. */
int state_file_remove_last(const char *directory);

/*
 * Lists the tunnels that have either, sorted: a NULL-terminated array, to be freed with
 * names_free(). root is put in front of PATHS_RUNTIME_DIRECTORY. Returns their number or a negative
 * errno.
 */
int state_file_list(const char *root, char ***ret_names);

/* Removes it. Returns 0, also if there is none, or a negative errno. */
int state_file_remove(const char *directory);
