/* SPDX-License-Identifier: GPL-2.0-or-later */

/* An IPv4 packet as it comes from a raw socket. */

#include "core/pptp/gre.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_data) {
        GrePacket p;

        if (gre_packet_parse(data, n_data, &p) != 0)
                return 0;

        fuzz_assert(p.frame >= data + 28);
        fuzz_assert(p.n_frame <= (size_t) (data + n_data - p.frame));
        fuzz_assert(p.has_sequence || p.n_frame == 0);
        return 0;
}
