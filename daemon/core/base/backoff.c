/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/base/backoff.h"

#include "core/base/macros.h"

void backoff_init(Backoff *b, uint64_t seed) {
        *b = (Backoff){ .random = seed ?: 1 };
}

void backoff_reset(Backoff *b) {
        b->delay_usec = 0;
}

/* xorshift64 (Marsaglia 2003), which is random enough for jitter. */
static uint64_t backoff_random(Backoff *b) {
        b->random ^= b->random << 13;
        b->random ^= b->random >> 7;
        b->random ^= b->random << 17;
        return b->random;
}

uint64_t backoff_jitter(Backoff *b, uint64_t max_usec) {
        return max_usec > 0 ? backoff_random(b) % max_usec : 0;
}

uint64_t backoff_next(Backoff *b, uint64_t min_usec, uint64_t max_usec, bool grow) {
        uint64_t delay;

        if (b->delay_usec == 0)
                delay = min_usec;
        else if (grow)
                delay = b->delay_usec > max_usec / 2 ? max_usec : b->delay_usec * 2;
        else
                delay = b->delay_usec;

        delay = MIN(delay, max_usec);
        delay = MAX(delay, min_usec);
        b->delay_usec = delay;

        return delay - backoff_jitter(b, delay / 4);
}
