/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * "Did you mean": what to write instead of a key or section that does not exist. Compares with our
 * own names, and with those of other programs (config-foreign.h).
 */

#include <stdbool.h>
#include <stddef.h>

#include "core/config/config-keys.h"

/* The buffer for any hint of this file. */
#define CONFIG_HINT_BYTES 256

/*
 * What to write instead of a key that the section does not have; section is -1 outside of any.
 * Returns false if nothing comes to mind.
 */
bool config_hint_key(int section, const char *name, char *buffer, size_t n_buffer);

/*
 * Writes what to put instead of a section that does not exist: one of ours with a similar name, or
 * where the keys of another program's section go. Returns false if nothing comes to mind.
 */
bool config_hint_section(const char *name, char *buffer, size_t n_buffer);

/*
 * Writes what to put instead of a line that is no assignment, by its first word; only names of
 * other programs count. Returns false if nothing comes to mind.
 */
bool config_hint_foreign(const char *name, char *buffer, size_t n_buffer);
