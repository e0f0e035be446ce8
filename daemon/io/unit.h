/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the service manager knows of tunnels' units. Everybody may ask. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/config/hook-unit.h"

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

/*
 * Finds whose unit the process is in that has connected to a socket: writes NAME of
 * pptp@NAME.service. The process must still be there. Returns 0 or a negative errno: -ENOENT if it
 * is in no unit of a tunnel, -ESRCH if it has ended.
 */
int unit_get_tunnel_of_peer(int socket_fd, char *buffer, size_t n_buffer);

/*
 * Asks systemd what it knows of a unit, and which relations that has to the unit of the tunnel of
 * this name. Returns 0, or a negative errno if systemd does not say.
 */
int unit_get_hook_unit(const char *unit, const char *tunnel, HookUnit *ret_hook_unit);

/* Room for what unit_start() may have to say. */
#define UNIT_START_TEXT_MAX_BYTES 256

/*
 * Has systemd start a unit, by systemctl(1), which finds systemd with and without a bus. Waits
 * until systemd has queued the job, 10 seconds at most, and not until the job is done. systemd
 * refuses a job that contradicts one in its queue, such as the stop of a tunnel. Returns 0;
 * UNIT_E_REFUSED and the reason, one line; or UNIT_E_SHUTDOWN: this machine is shutting down, when
 * no unit starts. ret_text is filled for UNIT_E_REFUSED alone.
 */
enum { UNIT_E_REFUSED = 1, UNIT_E_SHUTDOWN };
int unit_start(const char *unit, char ret_text[static UNIT_START_TEXT_MAX_BYTES]);

/*
 * Whether systemd has refused a unit after it had queued the job, and the unit is "failed": it was
 * started too often for its StartLimitBurst=, or had failed before and now a unit did that it
 * requires. Either is seen by its conditions, which hold, and by when it last left the state
 * "inactive" or "failed": before it was asked for, asked_usec of CLOCK_MONOTONIC. Looks until
 * systemd has come to the job, or until deadline_usec: the job may have to wait for others.
 *
 * Not seen is a unit that is "inactive" and not started for one that it requires: systemd tells the
 * same of one that has run well, and that it has unloaded since, as it does at once with a unit
 * that no other refers to (unit_may_gc() of its src/core/unit.c).
 */
bool unit_is_refused_later(const char *unit, uint64_t asked_usec, uint64_t deadline_usec);
