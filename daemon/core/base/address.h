/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What kind an IPv4 address is of; prefixes, and the order of addresses. */

#include <endian.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>

#include "core/base/macros.h"

/*
 * Whether a host of a network can have the address: it is not of 0.0.0.0/8 or 127.0.0.0/8, and not
 * multicast or above (RFC 1122, section 3.2.1.3). pppd takes no other from a server either.
 */
static inline bool address_is_host(struct in_addr address) {
        in_addr_t host = ntohl(address.s_addr);

        return host >> 24 != 0 && host >> 24 != 127 && host >> 28 < 0xe;
}

/* Shortens a prefix from one length in bits to another: clears the bits in between. */
static inline void address_shorten(struct in6_addr *address, unsigned from, unsigned to) {
        for (unsigned bit = to; bit < from; bit++)
                address->s6_addr[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
}

/* Compares two addresses of the same family; one of IPv4 is in the first bytes. */
static inline int address_compare(bool is_ipv6, const struct in6_addr *a,
                                  const struct in6_addr *b) {

        if (is_ipv6)
                return memcmp(a, b, sizeof(*a));

        return COMPARE(be32toh(a->s6_addr32[0]), be32toh(b->s6_addr32[0]));
}
