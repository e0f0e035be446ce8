/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/base/tunnel-tag.h"

/* FNV-1a with 32 bits: http://www.isthe.com/chongo/tech/comp/fnv/ */
#define FNV_OFFSET UINT32_C(2166136261)
#define FNV_PRIME UINT32_C(16777619)

uint32_t tunnel_tag_make(const char *name) {
        uint32_t hash = FNV_OFFSET;

        for (const char *c = name; *c; c++)
                hash = (hash ^ (uint8_t) *c) * FNV_PRIME;

        /* As its author folds it: what is cut off above is mixed in below. */
        hash = (hash >> TUNNEL_TAG_BITS ^ hash) & TUNNEL_TAG_MASK;
        return hash != 0 ? hash : 1;
}
