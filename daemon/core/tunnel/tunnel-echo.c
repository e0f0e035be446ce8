/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Whether the control connection is alive: an Echo-Request after a minute without a message, as RFC
 * 2637, section 3.1.4 wants it, or at once when the link is in doubt.
 */

#include <syslog.h>

#include "core/tunnel/tunnel-internal.h"

void tunnel_echo_reset(Tunnel *t, uint64_t now) {
        t->control.echo_pending = t->control.silent = false;
        t->control.deadline_usec = now + TUNNEL_CONTROL_IDLE_USEC;
}

void tunnel_echo_send(Tunnel *t, uint64_t now, TunnelActions *actions) {
        if (t->control.echo_pending || !t->control.started)
                return;

        t->control.echo_pending = true;
        t->control.deadline_usec = now + TUNNEL_CONTROL_ECHO_USEC;
        tunnel_send(actions,
                    &(PptpMessage){
                            .type = PPTP_ECHO_REQUEST,
                            .echo.identifier = ++t->control.echo_identifier,
                    });
}

void tunnel_echo_timer(Tunnel *t, uint64_t now, TunnelActions *actions) {
        if (!t->control.echo_pending) {
                tunnel_echo_send(t, now, actions);
                return;
        }

        /*
         * TCP may be cut for a while when GRE is not. While the link is up LCP echoes decide, and
         * this only asks again.
         */
        if (tunnel_is_watched(t)) {
                if (!t->control.silent)
                        tunnel_log(actions, LOG_NOTICE, NULL, NULL,
                                   "The control connection does not answer; the tunnel stays as "
                                   "long as data passes");
                t->control.silent = true;
                t->control.echo_pending = false;
                t->control.deadline_usec = now + TUNNEL_CONTROL_IDLE_USEC;
                return;
        }

        t->control.deadline_usec = USEC_INFINITY;
        tunnel_add_fact(t, DIAGNOSIS_ECHO_LOST, 0);
        tunnel_request_fail(t, true);
}
