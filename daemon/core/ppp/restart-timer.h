/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * How long LCP, CCP and the NCPs wait for an answer before they ask again: the Restart timer of
 * RFC 1661, section 4.6. Too long, and each lost packet costs that much. Shorter than the round
 * trip, and the request comes once more when the server has answered it already, for which the
 * server begins anew (section 4.3): again and again, and nothing ever comes up.
 */

#include <stdint.h>

/* A lost packet costs one second, not the three of RFC 1661. pppd counts whole seconds. */
#define RESTART_TIMER_MIN_SEC UINT32_C(1)
#define RESTART_TIMER_MAX_SEC UINT32_C(10)

/* Returns the Restart timer in seconds for a server whose answers take so long at most. */
uint32_t restart_timer_choose(uint64_t answer_usec);
/*
 * Returns the Restart timer in seconds after one that was too short: the server began anew. GRE may
 * take longer than the TCP that was measured.
 */
uint32_t restart_timer_lengthen(uint32_t sec);
