/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * For the short runs that systemd starts outside of the unit's sandbox (ExecReload=,
 * pptp-clean-up@.service): they give up by themselves what they do not need.
 */

#include <stdbool.h>
#include <stdint.h>

/*
 * Keeps of the capabilities of this process those in the mask (bit 1 << CAP_…) and drops all others
 * for good, for itself and whatever it may run; as no_new_privs does for set-user-ID programs.
 * Capabilities that it does not have are no error. Returns 0 or a negative errno.
 */
int privileges_keep(uint64_t capabilities);

/* Whether this process may use a capability (CAP_…) now. */
bool privileges_has(unsigned capability);
