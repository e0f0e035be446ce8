/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the service manager knows of tunnels' units. Everybody may ask. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct UnitState {
        const char *name;    /* of the tunnel; set by the caller */
        bool is_alive;       /* set by the caller: it runs, so that the details are not asked for */
        char active[24];     /* ActiveState=: "active", "activating", "failed", ... */
        char text[1024];     /* what it said last with STATUS=; kept after a failure */
        uint64_t since_usec; /* of CLOCK_REALTIME; 0: it never was in another state */
        uint64_t main_pid;   /* 0: nothing runs */
        int exit_status;     /* of the process that ran last */
} UnitState;

/*
 * Asks about the units pptp@NAME.service of all names over one connection: one call for all of
 * them, and those for the details at once rather than one after the other. A unit that systemd has
 * not loaded is "inactive". Returns 0 or a negative errno: there is no system bus, or systemd is
 * not on it.
 */
int units_get_states(UnitState *states, size_t n_states);

/*
 * Whether a process is part of the tunnel's unit. Reads /proc, and needs no bus. False as well if
 * there is no such process.
 */
bool unit_has_process(const char *name, uint64_t pid);
