/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Something happened to the way to the server, or time made a jump: does the link still stand?
 *
 *  the way is   waiting    resolving,       later, until   up                    closing
 *                          connecting       it is up
 *  same         -          -                -              test                  -
 *  lost         -          -                -              wait, tell            -
 *  back         dial       dial anew        -              test                  dial at once then
 *  moved        dial       dial anew        -              test                  dial at once then
 *  readdressed  dial       dial anew        fail           fail, dial at once    dial at once then
 *
 * "Same" is a way that was disturbed for a moment. A loss ends nothing by itself: the keep-alive of
 * the link decides, and what comes back in time finds the tunnel standing. An ICMP error about our
 * packets (GRE_REFUSED) leads to a test as well.
 *
 * The test is a ping through the tunnel and an Echo-Request on the control connection. A server
 * that has answered pings since it was connected must answer them now; of one that never did, any
 * message on the control connection will do.
 */

#include <string.h>
#include <syslog.h>

#include "core/diagnosis/catalogue.h"
#include "core/base/text.h"
#include "core/tunnel/tunnel-internal.h"

static bool tunnel_is_verifying(const Tunnel *t) {
        return t->verify_deadline_usec != USEC_INFINITY;
}

void tunnel_verify(Tunnel *t, const char *reason, uint64_t now, TunnelActions *actions) {
        TunnelAction *action;

        /* One test at a time: what keeps happening must not put off its end. */
        if (t->state != TUNNEL_STATE_UP || t->link_failed || tunnel_is_verifying(t))
                return;

        t->verify_reason = reason;
        t->verify_silence = false;
        t->verify_deadline_usec = now + TUNNEL_VERIFY_USEC;
        action = tunnel_add_action(t, actions, TUNNEL_ACTION_PROBE);
        action->connect.address = t->link.peer;
        tunnel_dial_control_echo(t, now, actions);
}

static void tunnel_verify_cancel(Tunnel *t, TunnelActions *actions) {
        if (!tunnel_is_verifying(t))
                return;

        t->verify_deadline_usec = USEC_INFINITY;
        tunnel_add_action(t, actions, TUNNEL_ACTION_PROBE_STOP);
}

static void tunnel_verify_passed(Tunnel *t, TunnelActions *actions) {
        if (!tunnel_is_verifying(t))
                return;

        tunnel_verify_cancel(t, actions);
        tunnel_log(t, actions, LOG_INFO, NULL, NULL, "The link still answers %s", t->verify_reason);
}

void tunnel_verify_probe_answered(Tunnel *t, TunnelActions *actions) {
        tunnel_verify_passed(t, actions);
}

void tunnel_verify_control_answered(Tunnel *t, TunnelActions *actions) {
        if (!t->probe_answered)
                tunnel_verify_passed(t, actions);
}

void tunnel_verify_timer(Tunnel *t, uint64_t now, TunnelActions *actions) {
        t->verify_deadline_usec = USEC_INFINITY;
        if (t->verify_silence)
                tunnel_add_fact(t, DIAGNOSIS_NO_TRAFFIC,
                                (int64_t) ((now - t->heard_usec) / USEC_PER_SEC));
        tunnel_add_fact_text(t, DIAGNOSIS_LINK_SILENT, TUNNEL_VERIFY_USEC / USEC_PER_SEC,
                             t->verify_reason);
        tunnel_fail(t, now, actions, true);
}

/* Our end's address is gone: the server's packets go to somebody else, or to nobody. */
static void tunnel_readdressed(Tunnel *t, uint64_t now, TunnelActions *actions) {
        t->redial_at_once = true;
        tunnel_add_fact_text(t, DIAGNOSIS_SOURCE_GONE, 0, TEXT_IPV4(t->local_address));
        tunnel_fail(t, now, actions, true);
}

static void tunnel_uplink_test(Tunnel *t, const char *text, const char *reason, uint64_t now,
                               TunnelActions *actions) {

        tunnel_log(t, actions, LOG_NOTICE, CATALOGUE_MESSAGE_UPLINK_CHANGED, NULL,
                   "%s; testing the link", text);
        tunnel_verify(t, reason, now, actions);
}

static void tunnel_uplink_up(Tunnel *t, UplinkChange change, uint64_t now, TunnelActions *actions) {
        switch (change) {
        case UPLINK_SAME:
                tunnel_uplink_test(t, "The uplink was interrupted for a moment",
                                   "after the uplink was interrupted", now, actions);
                break;
        case UPLINK_LOST:
                tunnel_log(t, actions, LOG_NOTICE, CATALOGUE_MESSAGE_UPLINK_CHANGED, NULL,
                           "The uplink is gone; waiting for it to come back");
                tunnel_verify_cancel(t, actions);
                break;
        case UPLINK_BACK:
                tunnel_uplink_test(t, "The uplink is back", "after the uplink came back", now,
                                   actions);
                break;
        case UPLINK_MOVED:
                tunnel_uplink_test(t, "The way to the server has moved to another uplink",
                                   "after the way to the server moved", now, actions);
                break;
        case UPLINK_READDRESSED:
                tunnel_readdressed(t, now, actions);
                break;
        }
}

/*
 * What is asked before there is a call costs nobody anything, and is better asked over the new way.
 */
static void tunnel_uplink_redial(Tunnel *t, uint64_t now, TunnelActions *actions) {
        tunnel_log(t, actions, LOG_INFO, CATALOGUE_MESSAGE_UPLINK_CHANGED, NULL,
                   "There is a new way to the server; connecting at once");

        if (t->state == TUNNEL_STATE_WAITING)
                tunnel_dial_round(t, now, actions);
        else
                tunnel_close(t, TUNNEL_AFTER_REDIAL, true, now, actions);
}

void tunnel_uplink(Tunnel *t, UplinkChange change, uint64_t now, TunnelActions *actions) {
        bool news = change == UPLINK_BACK || change == UPLINK_MOVED || change == UPLINK_READDRESSED;

        if (change != UPLINK_SAME)
                t->uplink_lost = change == UPLINK_LOST;

        switch (t->state) {
        case TUNNEL_STATE_WAITING:
                if (news && !tunnel_is_turned_away(t))
                        tunnel_uplink_redial(t, now, actions);
                break;
        case TUNNEL_STATE_RESOLVING:
        case TUNNEL_STATE_CONNECTING:
                if (news)
                        tunnel_uplink_redial(t, now, actions);
                break;
        case TUNNEL_STATE_STARTING:
        case TUNNEL_STATE_OPENING:
        case TUNNEL_STATE_CALLING:
        case TUNNEL_STATE_LINKING:
        case TUNNEL_STATE_APPLYING:
        case TUNNEL_STATE_PROBING:
                if (change == UPLINK_READDRESSED)
                        tunnel_readdressed(t, now, actions);
                break;
        case TUNNEL_STATE_UP:
                tunnel_uplink_up(t, change, now, actions);
                break;
        case TUNNEL_STATE_CLOSING_PARTS:
        case TUNNEL_STATE_CLOSING_LINK:
        case TUNNEL_STATE_CLOSING_CONTROL:
                if (news)
                        t->redial_at_once = true;
                break;
        case TUNNEL_STATE_IDLE:
        case TUNNEL_STATE_PREPARING:
        case TUNNEL_STATE_ENDED:
        case _TUNNEL_STATE_MAX:
                break;
        }
}

void tunnel_resumed(Tunnel *t, size_t seconds, uint64_t now, TunnelActions *actions) {
        /* Then the return of the uplink is what to wait for. */
        if (t->uplink_lost)
                return;

        if (t->state == TUNNEL_STATE_WAITING && !tunnel_is_turned_away(t))
                tunnel_dial_round(t, now, actions);
        else if (t->state == TUNNEL_STATE_UP) {
                tunnel_log(t, actions, LOG_NOTICE, CATALOGUE_MESSAGE_RESUMED, NULL,
                           "Awake again after %zu s; testing the link", seconds);
                tunnel_verify(t, "after this machine slept", now, actions);
        }
}

/*
 * Until the link is up this is evidence. Then it is a reason to test the link and no more: it may
 * be about one packet, as while a route changes, and anybody may have sent it.
 */
void tunnel_refused(Tunnel *t, const DiagnosisFact *fact, uint64_t now, TunnelActions *actions) {
        if (t->state != TUNNEL_STATE_UP) {
                diagnosis_add_fact(t->diagnosis, fact);
                return;
        }

        if (t->uplink_lost || t->link_failed || tunnel_is_verifying(t) ||
            (t->refused_usec > 0 && now - t->refused_usec < TUNNEL_REFUSED_INTERVAL_USEC))
                return;

        t->refused_usec = now;
        tunnel_log(t, actions, LOG_NOTICE, NULL, NULL,
                   "%s says that our packets do not get through (%s); testing the link",
                   fact->text ?: "A router",
                   strerrordesc_np((int) fact->number) ?: "unknown error");
        tunnel_verify(t, "after our packets were refused", now, actions);
}
