/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Entries of the journal that belong to a tunnel's unit. */

/*
 * Prints the last n_lines as "systemctl status" does, with an empty line in front; nothing if there
 * are none, or this user may not read them.
 */
void journal_lines_print(const char *name, int n_lines);
