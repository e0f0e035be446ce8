/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What other tunnels of this host say of themselves in their state files. */

#include <stdbool.h>

#include "core/status/status.h"

/* Whether a tunnel of that name has a supervisor that runs. ret_status, if so: what it says. */
bool other_tunnels_read(const char *tunnel, Status *ret_status);

typedef bool (*OtherTunnelsFunc)(const Status *status, const void *userdata);

/*
 * Looks among the tunnels that run, without the one named, for one that the function holds for.
 * Between two connections it has no interface, and counts all the same. Returns 0 or a negative
 * errno.
 */
int other_tunnels_find(const char *name, OtherTunnelsFunc func, const void *userdata,
                       bool *ret_found);
