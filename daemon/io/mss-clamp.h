/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Lowers the segment size that TCP connections agree on when they are forwarded through an
 * interface (RFC 9293, section 3.7.1), since the hosts at their ends do not know its MTU. The rules
 * are in a table of nf_tables that belongs to a socket of this process: the kernel lets nobody else
 * change or flush the table, and removes it with the socket, however the process ends
 * (NFT_TABLE_F_OWNER, Linux 5.12).
 */

#include <stdbool.h>
#include <stdint.h>

#include "core/base/macros.h"

typedef struct MssClamp MssClamp;

/*
 * Opens the socket in the network namespace of the thread; no rule is there yet. Returns 0 or a
 * negative errno.
 */
int mss_clamp_new(MssClamp **ret_clamp);
/* Removes the table. Returns NULL. */
MssClamp *mss_clamp_free(MssClamp *c);
DEFINE_FREEP(MssClamp, mss_clamp_free)

/*
 * Has connections through the interface agree on no more than fits packets of so many bytes, and
 * the MTU of their route; instead of what was set before, in one step. Never raises what an end has
 * chosen itself. with_ipv6: connections of IPv6 as well, on MTU_IPV6_EXTRA_BYTES less than those of
 * IPv4. Blocks until the kernel has answered. Returns the segment size of IPv4 in bytes, or a
 * negative errno, and then all is as before: -EPROTONOSUPPORT, -EOPNOTSUPP, -ENOENT or -EINVAL (the
 * kernel has no nf_tables, or a module of it is missing), -EEXIST (another program has a table of
 * the name pptp-INTERFACE), -EPERM, or another.
 */
int mss_clamp_set(MssClamp *c, const char *ifname, uint32_t mtu_bytes, bool with_ipv6);
