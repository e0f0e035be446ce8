/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The MPPE option of CCP (RFC 3078, section 2.1) and what of it we are willing to accept. Shared
 * with the pppd plugin, which enforces the policy where the packets are.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The supported-bits field of the option, as a big-endian 32 bit number. */
#define MPPE_BIT_STATELESS UINT32_C(0x01000000) /* H */
#define MPPE_BIT_56 UINT32_C(0x00000080)        /* M, not implemented by Linux */
#define MPPE_BIT_128 UINT32_C(0x00000040)       /* S */
#define MPPE_BIT_40 UINT32_C(0x00000020)        /* L */
#define MPPE_BIT_OBSOLETE UINT32_C(0x00000010)  /* D */
#define MPPE_BIT_MPPC UINT32_C(0x00000001)      /* C */
#define MPPE_BITS_STRENGTH (MPPE_BIT_128 | MPPE_BIT_56 | MPPE_BIT_40)

/* [Encryption], reduced to what the negotiation needs. Nothing allowed means no encryption. */
typedef struct MppePolicy {
        bool allow_128;
        bool allow_40;
        bool allow_stateful;
        bool open_stateful; /* ask for stateful mode first: learned, or 40-bit servers of old */
        bool open_40;       /* ask for 40 bit first: learned */
        bool tolerate_mppc; /* ignore the C bit in the peer's suggestions */
} MppePolicy;

/* What was negotiated in one direction. No strength bit means: not encrypted. */
typedef struct MppeOutcome {
        bool bits_128;
        bool bits_40;
        bool stateful;
} MppeOutcome;

/* Whether a connection is to be encrypted at all; false for MPPE=no. */
static inline bool mppe_policy_requires(const MppePolicy *policy) {
        return policy->allow_128 || policy->allow_40;
}

/*
 * Whether one direction's outcome is within the policy: exactly one strength, allowed, and stateful
 * only where that is. Without a requirement every outcome is.
 */
static inline bool mppe_policy_accepts(const MppePolicy *policy, const MppeOutcome *outcome) {
        if (!mppe_policy_requires(policy))
                return true;

        return outcome->bits_128 != outcome->bits_40 && (!outcome->bits_128 || policy->allow_128) &&
                (!outcome->bits_40 || policy->allow_40) &&
                (!outcome->stateful || policy->allow_stateful);
}

static inline bool mppe_outcome_is_same(const MppeOutcome *a, const MppeOutcome *b) {
        return a->bits_128 == b->bits_128 && a->bits_40 == b->bits_40 && a->stateful == b->stateful;
}

/* Whether the direction is encrypted, with whatever strength. */
static inline bool mppe_outcome_is_encrypted(const MppeOutcome *outcome) {
        return outcome->bits_128 || outcome->bits_40;
}

/*
 * Returns the bits to ask for first: 128 before 40 and stateless before stateful, unless something
 * else has been learned and is allowed. The policy must require encryption.
 */
uint32_t mppe_policy_get_opening(const MppePolicy *policy);
/* Remembers which bits to ask for first. Bits that the policy does not allow have no effect. */
void mppe_policy_set_opening(MppePolicy *policy, uint32_t bits);

/*
 * Returns what else to ask for when the peer refused the bits of one opening: the bits that it
 * named itself (0: none), if they are acceptable, else the other strength, else the other mode; 0
 * if the policy allows nothing else.
 */
uint32_t mppe_policy_get_alternative(const MppePolicy *policy, uint32_t refused, uint32_t named);

/*
 * Returns the best that the policy allows in answer to bits that the peer suggests or requests: one
 * strength, 128 before 40, and stateless before stateful; if none of the strengths is allowed, the
 * bits to ask for first.
 */
uint32_t mppe_policy_choose(const MppePolicy *policy, uint32_t bits);

/* Whether a suggestion of the peer's may be answered: with bit C only if TolerateMPPC=yes. */
bool mppe_policy_tolerates(const MppePolicy *policy, uint32_t bits);

/*
 * Whether bits can be agreed to as they are: one strength and a mode that the policy allows, and
 * nothing else. If it does not require encryption, any of H, S and L can.
 */
bool mppe_policy_accepts_bits(const MppePolicy *policy, uint32_t bits);

/*
 * Write "MPPE 128-bit stateless", or "no encryption", for bits or for an outcome. The text is
 * NUL-terminated, and cut if the buffer is smaller than 32 bytes.
 */
void mppe_bits_describe(uint32_t bits, char *buffer, size_t n_buffer);
void mppe_outcome_describe(const MppeOutcome *outcome, char *buffer, size_t n_buffer);

/*
 * Writes the acceptable encryption as a line of text for the debug log, since no packet shows it:
 * "Acceptable encryption: MPPE=128 Stateful=no TolerateMPPC=yes". Cut below 80 bytes.
 */
void mppe_policy_describe(const MppePolicy *policy, char *buffer, size_t n_buffer);
/*
 * Reads such a line back from anywhere in a text. Returns false, with *ret_policy untouched, if
 * there is none. What to ask for first is not in it.
 */
bool mppe_policy_find(const char *text, MppePolicy *ret_policy);
