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
 * Returns the index of such a link, or 0: there is none, or that cannot be told. Unlike
 * if_nametoindex(3) for a process with CAP_NET_ADMIN, this has no modprobe(8) look for a module of
 * the name of a link that is not there, which would take longer than all else before a connect
 * (dev_load() of the kernel's dev_ioctl.c).
 */
uint32_t link_find_index(const char *ifname);

/*
 * Whether the kernel forwards packets of the family, AF_INET or AF_INET6, that come in by this
 * link, in the network namespace of the thread: net.ipv4.conf.IFNAME.forwarding and
 * net.ipv6.conf.all.forwarding, which a unit with ProcSubset=pid cannot read. False as well if that
 * cannot be told.
 */
bool link_forwards(const char *ifname, uint8_t family);
