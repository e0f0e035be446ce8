/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/ppp/restart-timer.h"

#include "core/base/macros.h"

uint32_t restart_timer_choose(uint64_t answer_usec) {
        uint64_t sec = answer_usec / USEC_PER_SEC + (answer_usec % USEC_PER_SEC > 0);

        if (sec > RESTART_TIMER_MAX_SEC)
                return RESTART_TIMER_MAX_SEC;

        return MAX((uint32_t) sec, RESTART_TIMER_MIN_SEC);
}

uint32_t restart_timer_lengthen(uint32_t sec) {
        return MIN(sec * 2, RESTART_TIMER_MAX_SEC);
}
