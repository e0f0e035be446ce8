/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/ppp/mppe.h"

#include <stdio.h>
#include <string.h>

#include "core/base/macros.h"

static MppeOutcome mppe_outcome_of_bits(uint32_t bits) {
        return (MppeOutcome){
                .bits_128 = bits & MPPE_BIT_128,
                .bits_40 = bits & MPPE_BIT_40,
                .stateful = !(bits & MPPE_BIT_STATELESS),
        };
}

uint32_t mppe_policy_get_opening(const MppePolicy *policy) {
        bool weak = policy->allow_40 && (policy->open_40 || !policy->allow_128);

        return (weak ? MPPE_BIT_40 : MPPE_BIT_128) |
                (policy->allow_stateful && policy->open_stateful ? 0 : MPPE_BIT_STATELESS);
}

void mppe_policy_set_opening(MppePolicy *policy, uint32_t bits) {
        policy->open_40 = bits & MPPE_BIT_40;
        policy->open_stateful = !(bits & MPPE_BIT_STATELESS);
}

uint32_t mppe_policy_get_alternative(const MppePolicy *policy, uint32_t refused, uint32_t named) {
        const uint32_t candidates[] = {
                named & MPPE_BITS_STRENGTH ? mppe_policy_choose(policy, named) : 0,
                refused ^ (MPPE_BIT_128 | MPPE_BIT_40),
                refused ^ MPPE_BIT_STATELESS,
        };

        for (size_t i = 0; mppe_policy_requires(policy) && i < ELEMENTSOF(candidates); i++)
                if (candidates[i] != 0 && candidates[i] != refused &&
                    mppe_policy_accepts_bits(policy, candidates[i]))
                        return candidates[i];

        return 0;
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
        const MppeOutcome outcome = mppe_outcome_of_bits(bits);
        uint32_t known = MPPE_BIT_STATELESS | MPPE_BIT_128 | MPPE_BIT_40;

        return mppe_policy_accepts(policy, &outcome) && !(bits & ~known);
}

void mppe_outcome_describe(const MppeOutcome *outcome, char *buffer, size_t n_buffer) {
        if (!outcome->bits_128 && !outcome->bits_40) {
                snprintf(buffer, n_buffer, "no encryption");
                return;
        }

        snprintf(buffer, n_buffer, "MPPE %s-bit %s", outcome->bits_128 ? "128" : "40",
                 outcome->stateful ? "stateful" : "stateless");
}

void mppe_bits_describe(uint32_t bits, char *buffer, size_t n_buffer) {
        const MppeOutcome outcome = mppe_outcome_of_bits(bits);

        mppe_outcome_describe(&outcome, buffer, n_buffer);
}

#define POLICY_HEAD "Acceptable encryption: "

void mppe_policy_describe(const MppePolicy *policy, char *buffer, size_t n_buffer) {
        snprintf(buffer, n_buffer, POLICY_HEAD "MPPE=%s Stateful=%s TolerateMPPC=%s",
                 policy->allow_128 && policy->allow_40 ? "any" :
                         policy->allow_128             ? "128" :
                         policy->allow_40              ? "40" :
                                                         "no",
                 policy->allow_stateful ? "yes" : "no", policy->tolerate_mppc ? "yes" : "no");
}

bool mppe_policy_find(const char *text, MppePolicy *ret_policy) {
        const char *at = strstr(text, POLICY_HEAD);
        char mppe[4], stateful[4], mppc[4];
        bool any;

        if (!at ||
            sscanf(at, POLICY_HEAD "MPPE=%3s Stateful=%3s TolerateMPPC=%3s", mppe, stateful,
                   mppc) != 3)
                return false;

        any = strcmp(mppe, "any") == 0;
        *ret_policy = (MppePolicy){
                .allow_128 = any || strcmp(mppe, "128") == 0,
                .allow_40 = any || strcmp(mppe, "40") == 0,
                .allow_stateful = strcmp(stateful, "yes") == 0,
                .tolerate_mppc = strcmp(mppc, "yes") == 0,
        };
        return true;
}
