/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The state file as JSON, for Varlink: an object with a text for each of its keys. */

#include <stddef.h>

/* What a state file of so many bytes becomes at most: six for a byte that is no UTF-8. */
#define STATUS_JSON_MAX_BYTES(n_text) (6 * (n_text) + 3)

/*
 * Writes what status_write() has written as JSON: {"STATE":"up","STATUS":"Up since now"}. Returns
 * the length in bytes, without the NUL behind it, or -ENOBUFS.
 */
int status_json_write(const char *text, char *buffer, size_t n_buffer);
