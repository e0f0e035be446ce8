/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/mppe.h"

#include <stdio.h>

void mppe_outcome_describe(const MppeOutcome *outcome, char *buffer, size_t n_buffer) {
        if (!outcome->bits_128 && !outcome->bits_40) {
                snprintf(buffer, n_buffer, "no encryption");
                return;
        }

        snprintf(buffer, n_buffer, "MPPE %s-bit %s",
                 outcome->bits_128 ? "128" : "40", outcome->stateful ? "stateful" : "stateless");
}
