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
 * Whether the kernel forwards IPv4 packets that come in by this interface, in the network namespace
 * of the thread.
 */
bool host_forwards(const char *ifname);

/* Whether this is a container of some kind, as systemd found at boot. */
bool host_is_container(void);
