/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the service manager knows of a tunnel's unit. Everybody may ask. */

#include <stdint.h>

typedef struct UnitState {
        char active[24];     /* ActiveState=: "active", "activating", "failed", … */
        char text[512];      /* what it said last with STATUS=; kept after a failure */
        uint64_t since_usec; /* of CLOCK_REALTIME; 0: it never was in another state */
        uint64_t main_pid;   /* 0: nothing runs */
        int exit_status;     /* of the process that ran last */
} UnitState;

/*
 * Asks about pptp@NAME.service. A unit that nobody has is "inactive". Returns 0 or a negative
 * errno: there is no system bus, or systemd is not on it.
 */
int unit_get_state(const char *name, UnitState *ret_state);
