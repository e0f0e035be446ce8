/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/base/tunnel-tag.h"

/* FNV-1a with 32 bits: http://www.isthe.com/chongo/tech/comp/fnv/ */
#define FNV_OFFSET UINT32_C(2166136261)
#define FNV_PRIME UINT32_C(16777619)

/* Folds a hash as its author does: what is cut off above is mixed in below. */
static uint32_t fold(uint32_t hash) {
        hash = (hash >> TUNNEL_TAG_BITS ^ hash) & TUNNEL_TAG_MASK;
        return hash != 0 ? hash : 1;
}

static uint32_t hash_text(uint32_t hash, const char *text) {
        for (const char *c = text; *c; c++)
                hash = (hash ^ (uint8_t) *c) * FNV_PRIME;

        return hash;
}

uint32_t tunnel_tag_make(const char *name) {
        return fold(hash_text(FNV_OFFSET, name));
}

uint32_t tunnel_tag_get_vrf_table(const char *vrf) {
        return tunnel_tag_get_table(fold(hash_text(hash_text(FNV_OFFSET, "vrf:"), vrf)));
}
