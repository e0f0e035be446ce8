/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * How long to wait for the interface of a supervisor that was killed, and whose pppd the kernel
 * ended with it. Until it is gone, its name is taken and its routes are in the kernel.
 */

#include <stdbool.h>
#include <stdint.h>

#include "core/base/macros.h"

/*
 * The interface of a pppd that has just been killed goes within a tenth of a second. What is there
 * after so long is not of that kind, and pppd will say that the name is taken.
 */
#define PREDECESSOR_WAIT_USEC (3 * USEC_PER_SEC)
#define PREDECESSOR_POLL_USEC (50 * USEC_PER_MSEC)

typedef struct PredecessorWait {
        uint64_t give_up_usec; /* 0: no look was taken yet */
} PredecessorWait;

/*
 * Takes what a look shows: whether pppd's pid file is there, which only a pppd that was killed
 * leaves, and whether there is an interface of the tunnel's name. Returns when to look again, on
 * the clock of now_usec, or 0 to go on: there is nothing to wait for, or it took too long. The
 * first look begins the wait.
 */
uint64_t predecessor_wait_look(PredecessorWait *w, bool has_pid_file, bool has_interface,
                               uint64_t now_usec);
