/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * When to put back what others remove: at once, until somebody seems to be at it all the time. Then
 * a contest that nobody wins would only keep both busy, so we put back rarely, and say so.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* So many times within so long is no accident. */
#define ROUTE_GUARD_TIMES_MAX 10
#define ROUTE_GUARD_WINDOW_USEC (60 * USEC_PER_SEC)
/* A command that removes many routes is one occasion, if it is done by then. */
#define ROUTE_GUARD_GATHER_USEC (20 * USEC_PER_MSEC)
/* From then on, until a whole window was quiet. */
#define ROUTE_GUARD_SLOW_USEC (10 * USEC_PER_SEC)

/* All zeros: nothing has happened. */
typedef struct RouteGuard {
        uint64_t since_usec; /* the window's begin */
        uint64_t last_usec;
        unsigned n_times;
        bool slow;
} RouteGuard;

/*
 * Routes were removed, and nothing is yet planned for it. Returns after how long to put them back;
 * ret_slowed is true the one time that it turned slow.
 */
uint64_t route_guard_removed(RouteGuard *g, uint64_t now_usec, bool *ret_slowed);
