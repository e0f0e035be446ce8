/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Names of tunnels: each is the name of a file and the instance of a unit, and mostly of an
 * interface as well. It has letters, digits, _, - and . alone. systemd takes more in the name of a
 * unit, but systemctl(1) and systemd-escape(1) write other characters as \xHH, and systemd 257
 * cannot start a unit with a backslash in its name.
 */

#include <stddef.h>

#include "core/base/text.h"

/*
 * Leaves room for what stands around it in a file's name of 255 bytes: units of a tunnel
 * (pptp-clean-up@NAME.service), its credential (pptp.NAME.password.cred) and their temporary files.
 */
#define TUNNEL_NAME_MAX_BYTES 186

/* Returns what is wrong with a name, to stand behind it ("is longer than ..."), or NULL. Static. */
const char *tunnel_name_find_fault(const char *name);

/*
 * Undoes what systemd-escape(1) did. Returns the text on the heap, or NULL if memory is exhausted.
 */
char *tunnel_name_unescape(const char *text);

/*
 * Makes a name out of a text of that many bytes: what systemd-escape(1) did is undone, and each
 * character that a name cannot have becomes a dash, or a _ at the beginning. Returns it on the
 * heap, or NULL if memory is exhausted.
 */
char *tunnel_name_make(const char *text, size_t n_text);

/*
 * Adds what mends such a name, with the one that tunnel_name_make() makes of it: "rename the file
 * to ...". Without memory, or where no good name comes out, the words name none.
 */
void tunnel_name_add_remedy(TextBuilder *t, const char *name);
