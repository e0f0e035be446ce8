/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Looks a link up by its name, and waits for the answer (io/link-request.h). */

#include <stdbool.h>

#include "io/rtnl/rtnl.h"

/*
 * Looks in the network namespace of the process. Returns 0, -ENODEV if no link has the name, or
 * another negative errno.
 */
int link_lookup(const char *ifname, RtnlLink *ret_link);

/*
 * Whether the kernel forwards IPv4 packets that come in by this link, in the network namespace of
 * the thread: net.ipv4.conf.IFNAME.forwarding, which a unit with ProcSubset=pid cannot read. False
 * as well if that cannot be told.
 */
bool link_forwards_ipv4(const char *ifname);
