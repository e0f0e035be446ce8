/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What kind an IPv4 address is of. */

#include <netinet/in.h>
#include <stdbool.h>

/*
 * Whether a host of a network can have the address: it is not of 0.0.0.0/8 or 127.0.0.0/8, and not
 * multicast or above (RFC 1122, section 3.2.1.3). pppd takes no other from a server either.
 */
static inline bool address_is_host(struct in_addr address) {
        in_addr_t host = ntohl(address.s_addr);

        return host >> 24 != 0 && host >> 24 != 127 && host >> 28 < 0xe;
}
