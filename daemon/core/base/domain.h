/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Domain names as text: what is one, and the zones in which addresses are looked up. */

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* RFC 1035, section 2.3.4: 255 bytes on the wire are 253 characters of text; and a NUL. */
#define DOMAIN_MAX_BYTES 254

/* The zones of one prefix at most: an IPv4 prefix of /1, /9, /17 or /25 has as many. */
#define DOMAIN_ZONES_MAX 128

/*
 * Whether a text is a host name as RFC 1123, section 2.1 has it, plus the underscore that many use;
 * in labels of 1 to 63 characters. It may end in a dot. An IPv4 address is one as well. The whole
 * length is the caller's to check.
 */
bool domain_is_host_name(const char *name);

/* Puts a host name into the one form in which it is compared: lower case, no dot at its end. */
void domain_normalize(char *name);

/*
 * Whether a name is a domain, or below it. The domain is in that form, or "." for all names; the
 * name may be in any.
 */
bool domain_is_below(const char *name, const char *domain);

/*
 * How many zones below in-addr.arpa (RFC 1035, section 3.5) or, of IPv6, below ip6.arpa (RFC 3596,
 * section 2.5) cover just the addresses of a prefix: 1 to DOMAIN_ZONES_MAX, of IPv6 at most 8; 0
 * for a prefix of length 0, which has no zone of its own. length: 0 to 32, of IPv6 to 128.
 */
size_t domain_count_zones(bool is_ipv6, uint8_t length);

/*
 * Writes the zone of a prefix with this number, from 0 on: "16.172.in-addr.arpa". address: of the
 * prefix, 4 bytes or, of IPv6, 16.
 */
void domain_format_zone(char *buffer, size_t n_buffer, bool is_ipv6, const void *address,
                        uint8_t length, size_t number);

/* Whether a domain is the zone in which IPv4 or IPv6 addresses are looked up, or a part of it. */
bool domain_is_reverse_zone(const char *name);
