/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* IPv6 prefixes and addresses in values. */

#include "core/config/config-keys.h"

#define CONFIG_IPV6_HINT_BYTES 80

/*
 * Reads a prefix: "fd00:1::/32", or an address alone, which is a host. Its line stays 0.
 * Returns NULL, or what is wrong with it, a static text, and in ret_hint what to write.
 */
const char *config_ipv6_read_prefix(const char *word, ConfigPrefix *ret_prefix,
                                    char ret_hint[static CONFIG_IPV6_HINT_BYTES]);

/* Reads the address of a host, to send from. Returns likewise. */
const char *config_ipv6_read_source(const char *word, ConfigSource *ret_source,
                                    char ret_hint[static CONFIG_IPV6_HINT_BYTES]);
