/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * How large a packet the tunnel takes, so that what goes out on the uplink is not fragmented: the
 * kernel's PPTP driver sends without DF, and fragments of GRE are what firewalls drop first.
 */

#include <stdbool.h>
#include <stdint.h>

/* RFC 791, section 3.1: a header without options. */
#define MTU_OVERHEAD_IP_BYTES 20
/* RFC 2637, section 4.1: not in each packet. The kernel's pptp_xmit() acknowledges what has come
 * since its last packet. */
#define MTU_OVERHEAD_ACK_BYTES 4
/* The same: 8, a sequence number (4), and an acknowledgement number. */
#define MTU_OVERHEAD_GRE_BYTES (8 + 4 + MTU_OVERHEAD_ACK_BYTES)
/* RFC 1662, section 3.1: address and control (ff 03), which PPTP keeps, and the protocol field. */
#define MTU_OVERHEAD_PPP_BYTES 4
/* RFC 3078, section 3: the coherency count (2), and the encrypted protocol field inside (2). */
#define MTU_OVERHEAD_MPPE_BYTES 4

/* RFC 791, section 3.2: what every host takes; less than this breaks more than it mends. */
#define MTU_MIN_BYTES 576
/* RFC 8200, section 5. The kernel has no IPv6 on an interface with less. */
#define MTU_IPV6_MIN_BYTES 1280
/* By so many bytes a header of IPv6 (RFC 8200, section 3) is larger than one of IPv4. */
#define MTU_IPV6_EXTRA_BYTES 20
/* RFC 1661, section 6.1: the default MRU; a peer need not take more. */
#define MTU_MAX_BYTES 1500

/*
 * Returns the MTU in bytes of the PPP interface for a path to the server that takes path_mtu_bytes
 * (the route's MTU if it has one, else the link's; 0: not known, taken for Ethernet's 1500). Always
 * within MTU_MIN_BYTES and MTU_MAX_BYTES.
 */
uint32_t mtu_for_path(uint32_t path_mtu_bytes, bool encrypted);
