/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/config/config-ipv6.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "core/base/address.h"
#include "core/base/macros.h"
#include "core/base/number.h"
#include "core/base/text.h"

/* The addresses of IPv4 have so many bits in front of them, written as of IPv6. */
#define MAPPED_BITS 96
#define MAPPED_FAULT "is how programs write an IPv4 address, and no packet of IPv6 has it"

/* Returns the address without what is behind the prefix. length: 0 to 128. */
static struct in6_addr get_network(const struct in6_addr *address, unsigned length) {
        struct in6_addr network = *address;

        address_shorten(&network, 128, length);
        return network;
}

/*
 * "::ffff:10.0.0.1" is how programs that know IPv6 alone write 10.0.0.1 (RFC 4291, section
 * 2.5.5.2). The packets are IPv4, and take no route of IPv6.
 */
static bool is_mapped(const struct in6_addr *address) {
        return IN6_IS_ADDR_V4MAPPED(address);
}

/* Why packets to a prefix cannot go through a tunnel, or NULL. */
static const char *get_prefix_fault(const struct in6_addr *network, unsigned length) {
        if (length == 0)
                return NULL;
        if (IN6_IS_ADDR_MULTICAST(network))
                return "is no prefix of hosts: routes into the tunnel are not for multicast";
        if (IN6_IS_ADDR_LINKLOCAL(network))
                return "is on every link by itself, and needs no route";
        if (IN6_IS_ADDR_LOOPBACK(network))
                return "is on the loopback interface";

        return NULL;
}

const char *config_ipv6_read_prefix(const char *word, ConfigPrefix *ret_prefix,
                                    char ret_hint[static CONFIG_IPV6_HINT_BYTES]) {

        const char *slash = strchr(word, '/'), *fault;
        size_t n_address = slash ? (size_t) (slash - word) : strlen(word);
        struct in6_addr address, network;
        char text[INET6_ADDRSTRLEN];
        uint64_t length = 128;

        snprintf(text, sizeof(text), "%.*s", (int) MIN(n_address, sizeof(text) - 1), word);
        if (n_address >= sizeof(text) || inet_pton(AF_INET6, text, &address) != 1) {
                snprintf(ret_hint, CONFIG_IPV6_HINT_BYTES,
                         "write an address and a length, as in fd00:1::/32");
                return "is not an IPv6 prefix";
        }
        if (slash && !number_parse(slash + 1, 10, 128, &length)) {
                snprintf(ret_hint, CONFIG_IPV6_HINT_BYTES,
                         "write /0 to /128; /128 is a single host");
                return "has a prefix length that IPv6 lacks";
        }

        network = get_network(&address, (unsigned) length);
        if (is_mapped(&network) && length >= MAPPED_BITS) {
                snprintf(ret_hint, CONFIG_IPV6_HINT_BYTES, "write %s/%u",
                         TEXT_IPV4((struct in_addr){ network.s6_addr32[3] }),
                         (unsigned) length - MAPPED_BITS);
                return MAPPED_FAULT;
        }

        snprintf(ret_hint, CONFIG_IPV6_HINT_BYTES, "write %s/%u", TEXT_IPV6(network),
                 (unsigned) length);
        if (!IN6_ARE_ADDR_EQUAL(&network, &address))
                return "has host bits set";

        fault = get_prefix_fault(&network, (unsigned) length);
        if (fault) {
                snprintf(ret_hint, CONFIG_IPV6_HINT_BYTES, "leave it out");
                return fault;
        }

        *ret_prefix = (ConfigPrefix){
                .address6 = network,
                .is_ipv6 = true,
                .length = (uint8_t) length,
        };
        return NULL;
}

const char *config_ipv6_read_source(const char *word, ConfigSource *ret_source,
                                    char ret_hint[static CONFIG_IPV6_HINT_BYTES]) {

        struct in6_addr address;

        snprintf(ret_hint, CONFIG_IPV6_HINT_BYTES, "write one such as 2001:db8::7");
        if (inet_pton(AF_INET6, word, &address) != 1)
                return "is not an IPv6 address";
        if (IN6_IS_ADDR_UNSPECIFIED(&address) || IN6_IS_ADDR_MULTICAST(&address) ||
            IN6_IS_ADDR_LOOPBACK(&address))
                return "is not the address of a host";
        if (is_mapped(&address)) {
                snprintf(ret_hint, CONFIG_IPV6_HINT_BYTES, "write %s",
                         TEXT_IPV4((struct in_addr){ address.s6_addr32[3] }));
                return MAPPED_FAULT;
        }

        *ret_source = (ConfigSource){ .address6 = address, .is_ipv6 = true };
        return NULL;
}
