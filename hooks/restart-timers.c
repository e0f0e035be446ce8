/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * When LCP, CCP, IPCP and IPV6CP ask again: the Restart timer of RFC 1661, which the supervisor
 * chooses for the server (core/ppp/restart-timer.h). pppd has an option of it for three of them,
 * but reads its options before the server has answered anything.
 */

#include "core/ppp/restart-timer.h"
#include "hooks/plugin.h"

static uint32_t restart_sec;

/* LCP has begun, and the link was not up since. */
static bool is_negotiating;

void restart_timers_set(uint32_t sec) {
        restart_sec = sec;
        lcp_fsm[0].timeouttime = (int) sec;
        ccp_fsm[0].timeouttime = (int) sec;
        ipcp_fsm[0].timeouttime = (int) sec;
        ipv6cp_fsm[0].timeouttime = (int) sec;
}

/*
 * A server that has agreed to all of LCP, and begins anew, may have had our request once more
 * while its answer was under way. What asks for that twice in a row would go on for ever.
 */
void restart_timers_set_phase(int phase) {
        if (phase == PHASE_RUNNING)
                is_negotiating = false;
        else if (phase == PHASE_ESTABLISH) {
                if (is_negotiating)
                        restart_timers_set(restart_timer_lengthen(restart_sec));
                is_negotiating = true;
        }
}
