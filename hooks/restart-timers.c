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
 * When the server begins LCP anew before the link was up, it may be because we repeated a request
 * whose answer was under way. With the same timer we would do so again, and it would, for ever.
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
