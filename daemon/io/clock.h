/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What a clock says now, in microseconds. */

#include <stdint.h>
#include <time.h>

#include "core/base/macros.h"

static inline uint64_t clock_to_usec(struct timespec t) {
        return (uint64_t) t.tv_sec * USEC_PER_SEC + (uint64_t) t.tv_nsec / 1000;
}

static inline uint64_t clock_read_usec(clockid_t clock) {
        struct timespec t;

        (void) clock_gettime(clock, &t);
        return clock_to_usec(t);
}
