/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/base/hash.h"

/* The offset basis and the prime of FNV with 64 bits. */
#define HASH_BASIS UINT64_C(0xcbf29ce484222325)
#define HASH_PRIME UINT64_C(0x100000001b3)

uint64_t hash_bytes(const void *data, size_t n_data) {
        const uint8_t *bytes = data;
        uint64_t hash = HASH_BASIS;

        for (size_t i = 0; i < n_data; i++)
                hash = (hash ^ bytes[i]) * HASH_PRIME;

        return hash;
}
