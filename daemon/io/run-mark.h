/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Marks: files below /run/pptp. That one is there tells something to programs that ask no
 * supervisor. They outlive the supervisor that made them, and the tunnel's own run-time folder.
 */

#include <stdbool.h>
#include <stddef.h>

/*
 * By these udev knows the interface of a tunnel from other PPP interfaces, whatever its name: with
 * them units/udev.rules.in tells systemd-networkd and NetworkManager to leave it alone. The mark
 * has to be there before the interface is. The name is the interface's; no text.
 */
#define RUN_MARK_INTERFACE ".interfaces"

/*
 * A supervisor runs, or there is something for "pptp-supervisor --clean-up" to remove: a condition
 * of units/pptp-clean-up@.service.in. The name is the tunnel's; no text.
 */
#define RUN_MARK_LEFTOVERS ".leftovers"

/*
 * The tunnel's network namespace was made with the unit, and goes with it: likewise. The name is
 * the tunnel's, the text that of the namespace.
 */
#define RUN_MARK_NAMESPACE ".namespaces"

/*
 * The tunnel was in a VRF, which may have been made for it and goes with its unit: likewise. The
 * name is the tunnel's, the text that of the VRF.
 */
#define RUN_MARK_VRF ".vrfs"

/*
 * Makes a mark of this kind, and the folder for it, or replaces the text of one that is there.
 * Returns 0 or a negative errno: -EROFS, -ENOSPC, …
 */
int run_mark_write(const char *kind, const char *name, const char *text);

/*
 * Reads a mark's text, with a NUL behind it; what does not fit is cut off. Returns 0 or a negative
 * errno: -ENOENT if there is no such mark.
 */
int run_mark_read(const char *kind, const char *name, char *buffer, size_t n_buffer);

/* Whether there is a mark of that kind and name. */
bool run_mark_exists(const char *kind, const char *name);

/*
 * Looks whether a mark of this kind and another name has that text. Returns 0 or a negative errno.
 */
int run_mark_find_other(const char *kind, const char *name, const char *text, bool *ret_found);

/*
 * Takes away the marks of this kind that have that text, but those of tunnels that run or have left
 * something else (RUN_MARK_LEFTOVERS).
 */
void run_mark_remove_of_ended(const char *kind, const char *text);

/* Takes the mark away, if there is one, and the folder with the last. */
void run_mark_remove(const char *kind, const char *name);
