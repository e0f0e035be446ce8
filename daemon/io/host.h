/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What this host's kernel has and forbids: facts for a diagnosis, asked for when something failed.
 * Nothing here loads a module or changes anything.
 */

#include <stdbool.h>

/*
 * Whether a module is loaded or built into the running kernel, by its name with underscores. True
 * as well when that cannot be told: a diagnosis must not rest on it then.
 */
bool host_has_module(const char *name);

/* Whether the kernel allows approved ciphers only, of which MPPE has none. */
bool host_is_fips(void);

/*
 * Whether this is a container of some kind: as systemd found at boot or, in a unit that does not
 * see that, by the environment of systemd (PassEnvironment=container).
 */
bool host_is_container(void);

/* "::ffff:ffff:ffff:ffff" and the NUL. */
#define HOST_IPV6_ID_MAX_BYTES 24

/*
 * Writes the interface identifier of this host in a tunnel, as pppd's option ipv6 takes it. It is
 * the same for each connection, so that a link-local address stays; it tells nothing of this host
 * or its network cards, and is another one on another host or for another tunnel.
 */
void host_make_ipv6_id(const char *tunnel, char ret_id[static HOST_IPV6_ID_MAX_BYTES]);
