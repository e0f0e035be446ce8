/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * How long to wait before the next try: doubling, with jitter so that the clients of a server that
 * went down do not all come back in the same second. Deterministic for a given seed. It knows
 * neither a clock nor how often to try.
 */

#include <stdbool.h>
#include <stdint.h>

typedef struct Backoff {
        uint64_t random;     /* state of the generator, never 0 */
        uint64_t delay_usec; /* the last delay before jitter, 0: none yet */
} Backoff;

/* Begins with the shortest delay. Equal seeds give equal delays; any seed will do. */
void backoff_init(Backoff *b, uint64_t seed);

/* The next delay is the shortest again. The jitter goes on where it was. */
void backoff_reset(Backoff *b);

/* Returns a random time below max_usec. */
uint64_t backoff_jitter(Backoff *b, uint64_t max_usec);

/*
 * Returns the next delay in microseconds: more than three quarters of the last one doubled, and at
 * most all of that; at first of min_usec, never of more than max_usec unless min_usec is. grow =
 * false repeats the last one instead of doubling it.
 */
uint64_t backoff_next(Backoff *b, uint64_t min_usec, uint64_t max_usec, bool grow);
