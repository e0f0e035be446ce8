/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/ppp/mtu.h"

#include "core/base/macros.h"

uint32_t mtu_for_path(uint32_t path_mtu_bytes, bool encrypted) {
        uint32_t overhead_bytes =
                MTU_OVERHEAD_IP_BYTES + MTU_OVERHEAD_GRE_BYTES + MTU_OVERHEAD_PPP_BYTES;

        if (encrypted)
                overhead_bytes += MTU_OVERHEAD_MPPE_BYTES;
        if (path_mtu_bytes == 0)
                path_mtu_bytes = 1500;
        if (path_mtu_bytes < MTU_MIN_BYTES + overhead_bytes)
                return MTU_MIN_BYTES;

        return MIN(path_mtu_bytes - overhead_bytes, (uint32_t) MTU_MAX_BYTES);
}
