/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A number for bytes that are too many to keep, or have no room where they are to be known by. */

#include <stddef.h>
#include <stdint.h>

/*
 * Returns the 64-bit FNV-1a hash of the bytes (draft-eastlake-fnv). It is the same in every process
 * and on every machine. For texts that nobody chooses in order to make two of them collide.
 */
uint64_t hash_bytes(const void *data, size_t n_data);
