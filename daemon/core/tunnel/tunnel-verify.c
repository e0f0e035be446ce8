/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The test whether a link in doubt is alive: a ping through the tunnel and an Echo-Request on the
 * control connection. A server that has answered pings since it was connected must answer them now;
 * of one that never did, any message on the control connection will do.
 */

#include <string.h>
#include <syslog.h>

#include "core/tunnel/tunnel-internal.h"

static bool tunnel_is_verifying(const Tunnel *t) {
        return t->verify.deadline_usec != USEC_INFINITY;
}

/* Returns how long the answers of a test may take. */
static uint64_t tunnel_verify_get_patience(const Tunnel *t) {
        return MAX(TUNNEL_VERIFY_USEC, t->control.answer_usec);
}

void tunnel_verify(Tunnel *t, const char *reason, uint64_t now, TunnelActions *actions) {
        TunnelAction *action;

        /* One test at a time, so that news that keep coming do not put off its end. */
        if (t->state != TUNNEL_STATE_UP || t->ppp.dying || tunnel_is_verifying(t))
                return;

        /*
         * This server answers no ping, and the control connection by which it could answer is gone:
         * the link fails at once.
         */
        if (!t->verify.ping_answered && !t->control.started)
                return;

        t->verify.reason = reason;
        t->verify.of_silence = false;
        t->verify.deadline_usec = now + tunnel_verify_get_patience(t);
        action = tunnel_add_action(actions, TUNNEL_ACTION_PROBE);
        action->connect.address = t->link.peer;
        tunnel_echo_send(t, now, actions);
}

void tunnel_verify_cancel(Tunnel *t, TunnelActions *actions) {
        if (!tunnel_is_verifying(t))
                return;

        t->verify.deadline_usec = USEC_INFINITY;
        tunnel_add_action(actions, TUNNEL_ACTION_PROBE_STOP);
}

static void tunnel_verify_passed(Tunnel *t, TunnelActions *actions) {
        if (!tunnel_is_verifying(t))
                return;

        tunnel_verify_cancel(t, actions);
        tunnel_log(actions, LOG_INFO, NULL, NULL, "The link still answers %s", t->verify.reason);
}

void tunnel_verify_probe_answered(Tunnel *t, TunnelActions *actions) {
        tunnel_verify_passed(t, actions);
}

void tunnel_verify_control_answered(Tunnel *t, TunnelActions *actions) {
        if (!t->verify.ping_answered)
                tunnel_verify_passed(t, actions);
}

void tunnel_verify_timer(Tunnel *t, uint64_t now) {
        t->verify.deadline_usec = USEC_INFINITY;
        if (t->verify.of_silence)
                tunnel_add_fact(t, DIAGNOSIS_NO_TRAFFIC,
                                (int64_t) ((now - t->silence.heard_usec) / USEC_PER_SEC));
        tunnel_add_fact_text(t, DIAGNOSIS_LINK_SILENT,
                             (int64_t) (tunnel_verify_get_patience(t) / USEC_PER_SEC),
                             t->verify.reason);
        tunnel_request_fail(t, true);
}

/*
 * Until the link is up this is evidence. Then it is a reason to test the link and no more: it may
 * be about one packet, as while a route changes, and anybody may have sent it.
 */
void tunnel_verify_on_refused(Tunnel *t, const TunnelEvent *event, uint64_t now,
                              TunnelActions *actions) {

        const DiagnosisFact *fact = &event->fact;

        if (t->state != TUNNEL_STATE_UP) {
                diagnosis_add_fact(t->diagnosis, fact);
                return;
        }

        if (t->uplink_lost || t->ppp.dying || tunnel_is_verifying(t) ||
            (t->verify.refused_usec > 0 &&
             now - t->verify.refused_usec < TUNNEL_REFUSED_INTERVAL_USEC))
                return;

        t->verify.refused_usec = now;
        tunnel_log(actions, LOG_NOTICE, NULL, NULL,
                   "%s says that our packets do not get through (%s); testing the link",
                   fact->text ?: "A router",
                   strerrordesc_np((int) fact->number) ?: "unknown error");
        tunnel_verify(t, "after our packets were refused", now, actions);
}
