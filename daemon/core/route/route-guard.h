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
/*
 * A command that removes many routes is one occasion, as long as no more time than this passes
 * between two of them,
 */
#define ROUTE_GUARD_GATHER_USEC (20 * USEC_PER_MSEC)
/* and for so long at most. */
#define ROUTE_GUARD_OCCASION_USEC (250 * USEC_PER_MSEC)
/* From then on, until a whole window was quiet. */
#define ROUTE_GUARD_SLOW_USEC (10 * USEC_PER_SEC)

/* Who may be at it: of what is on an interface, or leads packets there, */
#define ROUTE_GUARD_MANAGER "a network manager such as systemd-networkd"
/* and of a route without interface, which is no business of who manages those. */
#define ROUTE_GUARD_SCRIPT "a script or another program that manages routes"

/* All zeros: nothing has happened. */
typedef struct RouteGuard {
        uint64_t since_usec;    /* the window's begin */
        uint64_t occasion_usec; /* the occasion's */
        uint64_t last_usec;     /* the latest removal */
        unsigned n_times;
        bool slow;
} RouteGuard;

typedef enum RouteGuardOccasion {
        ROUTE_GUARD_SAME,   /* as the removal before */
        ROUTE_GUARD_NEXT,   /* another one */
        ROUTE_GUARD_SLOWED, /* another one, with which the guard turned slow */
} RouteGuardOccasion;

/* Something was removed, and it is not planned yet to put it back. Returns which occasion it is. */
RouteGuardOccasion route_guard_removed(RouteGuard *g, uint64_t now_usec);
/*
 * Returns until when more of the latest occasion may come (microseconds of the same clock), after
 * which to put all of it back; of a slow guard, when to put it back.
 */
uint64_t route_guard_get_end(const RouteGuard *g);
