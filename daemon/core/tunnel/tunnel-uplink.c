/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Something happened to the way to the server, or time made a jump: does the link still stand?
 *
 *  the way is   waiting    resolving,       later, until   up                    closing
 *                          connecting       it is up
 *  same         -          -                -              test                  -
 *  lost         wait       -                -              wait, tell            -
 *  back         dial       dial anew        -              test                  dial at once then
 *  moved        dial       dial anew        -              test                  dial at once then
 *  readdressed  dial       dial anew        fail           fail, dial at once    dial at once then
 *
 * "Dial" is at once for a tunnel that is alone; several of one machine dial in turn.
 *
 * While the way is lost nobody is dialled, or hardly ever: TUNNEL_UPLINK_LOST_USEC.
 *
 * "Same" is a way that was disturbed for a moment. A loss ends nothing by itself: the keep-alive of
 * the link decides, and what comes back in time finds the tunnel standing.
 */

#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "core/diagnosis/catalogue.h"
#include "core/base/text.h"
#include "core/tunnel/tunnel-internal.h"

/*
 * Fails the attempt, since our end's address is gone and the server's packets reach nobody, or
 * somebody else.
 */
static void tunnel_readdressed(Tunnel *t) {
        t->redial_at_once = true;
        tunnel_add_fact_text(t, DIAGNOSIS_SOURCE_GONE, 0, TEXT_IPV4(t->control.local_address));
        tunnel_request_fail(t, true);
}

static void tunnel_uplink_test(Tunnel *t, const char *text, const char *reason, uint64_t now,
                               TunnelActions *actions) {

        tunnel_log(actions, LOG_NOTICE, CATALOGUE_MESSAGE_UPLINK_CHANGED, NULL,
                   "%s; testing the link", text);
        tunnel_verify(t, reason, now, actions);
}

static void tunnel_uplink_moved(Tunnel *t, const TunnelEvent *event, uint64_t now,
                                TunnelActions *actions) {

        const char *before = event->uplink_before, *after = event->uplink_now;
        char text[128] = "The way to the server has moved to another uplink";

        if (before[0] && strcmp(before, after) == 0)
                snprintf(text, sizeof(text),
                         "The way to the server has another gateway or source address on %s",
                         after);
        else if (before[0] && after[0])
                snprintf(text, sizeof(text), "The way to the server has moved from %s to %s",
                         before, after);
        tunnel_uplink_test(t, text, "after the way to the server moved", now, actions);
}

static void tunnel_uplink_up(Tunnel *t, const TunnelEvent *event, uint64_t now,
                             TunnelActions *actions) {

        switch (event->uplink) {
        case UPLINK_SAME:
                tunnel_uplink_test(t, "The uplink was interrupted for a moment",
                                   "after the uplink was interrupted", now, actions);
                break;
        case UPLINK_LOST:
                tunnel_log(actions, LOG_NOTICE, CATALOGUE_MESSAGE_UPLINK_CHANGED, NULL,
                           "The uplink is gone; waiting for it to come back");
                tunnel_verify_cancel(t, actions);
                break;
        case UPLINK_BACK:
                tunnel_uplink_test(t, "The uplink is back", "after the uplink came back", now,
                                   actions);
                break;
        case UPLINK_MOVED:
                tunnel_uplink_moved(t, event, now, actions);
                break;
        case UPLINK_READDRESSED:
                tunnel_readdressed(t);
                break;
        }
}

/* Dials anew over the new way: what was asked for before there is a call is lost cheaply. */
static void tunnel_uplink_redial(Tunnel *t, uint64_t now, TunnelActions *actions) {
        tunnel_repeat_forget(t);
        tunnel_log(actions, LOG_INFO, CATALOGUE_MESSAGE_UPLINK_CHANGED, NULL,
                   "There is a new way to the server; connecting at once");

        /* What is under way has had its turn. */
        if (t->state == TUNNEL_STATE_WAITING)
                tunnel_round_dial_in_turn(t, now, actions);
        else
                tunnel_request_close(t, TUNNEL_AFTER_REDIAL, true);
}

/* Puts off the next try until the way is back, since it would be in vain. */
static void tunnel_uplink_wait(Tunnel *t, uint64_t now, TunnelActions *actions) {
        uint64_t until = MAX(t->deadline_usec, now + TUNNEL_UPLINK_LOST_USEC);

        tunnel_log(actions, LOG_NOTICE, CATALOGUE_MESSAGE_UPLINK_CHANGED, NULL,
                   "There is no way to the server; waiting for one");
        t->turn = TURN_NONE;
        tunnel_set_state(t, TUNNEL_STATE_WAITING, until, actions);
}

void tunnel_uplink_on_change(Tunnel *t, const TunnelEvent *event, uint64_t now,
                             TunnelActions *actions) {

        UplinkChange change = event->uplink;
        bool news = change == UPLINK_BACK || change == UPLINK_MOVED || change == UPLINK_READDRESSED;

        if (change != UPLINK_SAME)
                t->uplink_lost = change == UPLINK_LOST;
        if (change == UPLINK_MOVED || change == UPLINK_READDRESSED)
                tunnel_size_forget(t);

        switch (t->state) {
        case TUNNEL_STATE_WAITING:
                if (news && !tunnel_is_turned_away(t))
                        tunnel_uplink_redial(t, now, actions);
                else if (change == UPLINK_LOST)
                        tunnel_uplink_wait(t, now, actions);
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
                        tunnel_readdressed(t);
                break;
        case TUNNEL_STATE_UP:
                tunnel_uplink_up(t, event, now, actions);
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

void tunnel_uplink_on_resumed(Tunnel *t, const TunnelEvent *event, uint64_t now,
                              TunnelActions *actions) {

        /* While there is no way, its return is awaited. */
        if (t->uplink_lost)
                return;

        if (t->state == TUNNEL_STATE_WAITING && !tunnel_is_turned_away(t))
                tunnel_round_dial_in_turn(t, now, actions);
        else if (t->state == TUNNEL_STATE_UP) {
                tunnel_log(actions, LOG_NOTICE, CATALOGUE_MESSAGE_RESUMED, NULL,
                           "Awake again after %zu s; testing the link", event->count);
                tunnel_verify(t, "after this machine slept", now, actions);
        }
}
