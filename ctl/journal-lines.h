/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Entries of the journal that belong to a tunnel's unit. */

#include <systemd/sd-journal.h>

/* Hears of an entry, the one at which the journal stands. */
typedef void (*JournalEntryFunc)(sd_journal *journal, void *userdata);

/*
 * Calls a function for each of the last n_lines entries, the oldest first. Returns how many there
 * are, 0 also if this user may not read them.
 */
int journal_lines_visit(const char *name, int n_lines, JournalEntryFunc func, void *userdata);

/*
 * Prints the last n_lines as "systemctl status" does, with an empty line in front; nothing if there
 * are none, or this user may not read them.
 */
void journal_lines_print(const char *name, int n_lines);
