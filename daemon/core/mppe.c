/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/mppe.h"

#include <stdio.h>

uint32_t mppe_policy_get_opening(const MppePolicy *policy) {
        bool weak = policy->allow_40 && (policy->open_40 || !policy->allow_128);

        return (weak ? MPPE_BIT_40 : MPPE_BIT_128) |
                (policy->allow_stateful && policy->open_stateful ? 0 : MPPE_BIT_STATELESS);
}

uint32_t mppe_policy_choose(const MppePolicy *policy, uint32_t bits) {
        uint32_t choice;

        if (bits & MPPE_BIT_128 && policy->allow_128)
                choice = MPPE_BIT_128;
        else if (bits & MPPE_BIT_40 && policy->allow_40)
                choice = MPPE_BIT_40;
        else
                /* Its mode means nothing without its strength: we begin anew. */
                return mppe_policy_get_opening(policy);

        if (bits & MPPE_BIT_STATELESS || !policy->allow_stateful)
                choice |= MPPE_BIT_STATELESS;
        return choice;
}

bool mppe_policy_tolerates(const MppePolicy *policy, uint32_t bits) {
        return policy->tolerate_mppc || !(bits & MPPE_BIT_MPPC);
}

bool mppe_policy_accepts_bits(const MppePolicy *policy, uint32_t bits) {
        const MppeOutcome outcome = {
                .bits_128 = bits & MPPE_BIT_128,
                .bits_40 = bits & MPPE_BIT_40,
                .stateful = !(bits & MPPE_BIT_STATELESS),
        };
        uint32_t known = MPPE_BIT_STATELESS | MPPE_BIT_128 | MPPE_BIT_40;

        return mppe_policy_accepts(policy, &outcome) && !(bits & ~known);
}

void mppe_outcome_describe(const MppeOutcome *outcome, char *buffer, size_t n_buffer) {
        if (!outcome->bits_128 && !outcome->bits_40) {
                snprintf(buffer, n_buffer, "no encryption");
                return;
        }

        snprintf(buffer, n_buffer, "MPPE %s-bit %s",
                 outcome->bits_128 ? "128" : "40", outcome->stateful ? "stateful" : "stateless");
}
