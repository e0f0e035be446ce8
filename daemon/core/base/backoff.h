/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * How long to wait before the next try: doubling, with jitter so that the clients of a server that
 * went down do not all come back in the same second. Deterministic for a given seed.
 */

#include <stdbool.h>
#include <stdint.h>

typedef struct Backoff {
        uint64_t random;     /* state of the generator, never 0 */
        uint64_t delay_usec; /* the last delay before jitter, 0: none yet */
} Backoff;

void backoff_init(Backoff *b, uint64_t seed);

/* The next failure starts with the shortest delay again. */
void backoff_reset(Backoff *b);

/*
 * Returns the next delay in microseconds: between three quarters of the doubled delay and the
 * whole of it. grow = false repeats the last step instead of doubling.
 */
uint64_t backoff_next(Backoff *b, uint64_t min_usec, uint64_t max_usec, bool grow);
