/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The tunnel's state machine: which event counts in which state, and who takes it. What happens in
 * the states is in the other files; tunnel-internal.h lists them.
 *
 *  state        what it waits for            goes on to      deadline
 *  IDLE         START                        PREPARING or    -
 *                                            WAITING, if a predecessor was told to
 *  PREPARING    PREPARED                     RESOLVING       local work
 *  RESOLVING    RESOLVED                     CONNECTING      30 s; 1 s in a short outage:
 *                                                            then to where it was up last,
 *                                                            and the look-up goes on
 *  CONNECTING   CONNECTED                    STARTING        10 s, less in a short outage
 *               (pppd starts, and waits)
 *  STARTING     Start-Control-Conn.-Reply    OPENING         10 s
 *  OPENING      CALL_OPENED                  CALLING         local work
 *  CALLING      Outgoing-Call-Reply          LINKING         30 s
 *  LINKING      plugin: IP-up                APPLYING        30 s for each phase of PPP
 *  APPLYING     APPLIED, of each part        PROBING         30 s
 *               (pings meanwhile)            UP, if answered already
 *  PROBING      PROBE_REPLY                  UP              1 s, then UP without proof
 *  UP           the end of it                CLOSING_*       -; 30 s while the server
 *                                                            negotiates the link anew
 *  CLOSING_*    each thing taken down        the next        1 s, 3 s for LCP Terminate
 *  WAITING      TIMER, UPLINK, RESUMED,      PREPARING       back-off
 *               RELOAD, RECONNECT
 *  ENDED        nothing                      -               -
 *
 * Four more timers run beside the state's: the Echo of the control connection, once that has
 * started (tunnel-echo.c), the test of a link in doubt (tunnel-verify.c), the look at the counters
 * of one that is up (tunnel-silence.c), and the test with large packets (tunnel-size.c). What
 * becomes of the way to the server (UPLINK) counts in every state; the table of that is in
 * tunnel-uplink.c.
 *
 * In every state: STOP closes what stands and ends; a failure or a passed deadline closes and then
 * goes on by the class of the verdict: adapt to PREPARING, with other settings; transient to the
 * next address, which needs no RESOLVING, and after the last to WAITING; permanent to ENDED. RELOAD
 * is taken, with or without starting over; RECONNECT closes and dials again; Echo-Requests are
 * answered. From STARTING on pppd runs, and its end is the end of the attempt. No attempt begins
 * before the pppd of the last has ended and all else of it is closed, so that no two pppds ever
 * run, and no late answer comes. Neither UPLINK nor RESUMED ends a wait that the server imposed.
 * TRAFFIC is added up, whenever it comes: a connection's last figures may be later than the next.
 */

#include "core/tunnel/tunnel.h"

#include <assert.h>
#include <stdlib.h>
#include <syslog.h>

#include "core/base/text.h"
#include "core/tunnel/tunnel-internal.h"

/* ---- events that no other file takes ---- */

static void on_stop(Tunnel *t, _unused_ const TunnelEvent *event, _unused_ uint64_t now,
                    TunnelActions *actions) {

        /*
         * systemd may have stopped a start that took too long: the status then names the last
         * failure.
         */
        if (t->history.n_connects == 0 && t->failure.reason[0])
                tunnel_status(actions,
                              "Stopped before the tunnel was up; the last attempt failed: %s",
                              t->failure.reason);
        else
                tunnel_status(actions, "Stopping");
        tunnel_request_close(t, TUNNEL_AFTER_STOP, t->ppp.dying);
}

/* What stands is closed in the orderly way; a wait, also one that the server imposed, is over. */
static void on_reconnect(Tunnel *t, _unused_ const TunnelEvent *event, _unused_ uint64_t now,
                         TunnelActions *actions) {

        bool is_closing = tunnel_is_closing(t);

        /* A tunnel that is stopping, or has failed for good, stays so. */
        if (is_closing && t->after != TUNNEL_AFTER_RETRY && t->after != TUNNEL_AFTER_ADAPT &&
            t->after != TUNNEL_AFTER_REDIAL)
                return;

        tunnel_repeat_forget(t);
        t->failure.asked = true;
        tunnel_log(actions, LOG_NOTICE, NULL, NULL, "Connecting anew, as pptpctl reconnect asks");
        if (t->state == TUNNEL_STATE_WAITING) {
                tunnel_request_redial(t);
                return;
        }
        if (is_closing) {
                t->after = TUNNEL_AFTER_REDIAL;
                return;
        }

        tunnel_status(actions, "%s (an administrator asked)", tunnel_describe_effort(t));
        tunnel_request_close(t, TUNNEL_AFTER_REDIAL, t->ppp.dying);
}

/* The deadline of the state has passed. */
static void on_state_timer(Tunnel *t, uint64_t now, TunnelActions *actions) {
        switch (t->state) {
        case TUNNEL_STATE_WAITING:
                t->failure.asked = false;
                tunnel_round_dial_in_turn(t, now, actions);
                return;
        case TUNNEL_STATE_CLOSING_PARTS:
        case TUNNEL_STATE_CLOSING_LINK:
        case TUNNEL_STATE_CLOSING_CONTROL:
                tunnel_close_timer(t, now, actions);
                return;
        case TUNNEL_STATE_PROBING:
                /*
                 * No evidence says that data does not pass, so the tunnel is up; but not if pppd is
                 * about to end.
                 */
                if (!t->ppp.dying) {
                        tunnel_link_up(t, now, actions);
                        return;
                }
                break;
        case TUNNEL_STATE_RESOLVING:
                tunnel_add_fact(t, DIAGNOSIS_TIMEOUT, 0);
                if (!tunnel_dial_last_address(t, now, actions))
                        tunnel_request_fail(t, true);
                return;
        case TUNNEL_STATE_PREPARING:
        case TUNNEL_STATE_CONNECTING:
        case TUNNEL_STATE_STARTING:
        case TUNNEL_STATE_OPENING:
        case TUNNEL_STATE_CALLING:
        case TUNNEL_STATE_LINKING:
        case TUNNEL_STATE_APPLYING:
                break;
        case TUNNEL_STATE_UP:
                if (!t->ppp.dying) {
                        tunnel_link_timer(t);
                        return;
                }
                break;
        case TUNNEL_STATE_IDLE:
        case TUNNEL_STATE_ENDED:
        case _TUNNEL_STATE_MAX:
                assert(false);
        }

        /* If pppd is about to end, its reason counts, and not that it takes its time. */
        if (!t->ppp.dying)
                tunnel_add_fact(t, DIAGNOSIS_TIMEOUT, 0);
        tunnel_request_fail(t, t->state != TUNNEL_STATE_CALLING);
}

static void on_timer(Tunnel *t, _unused_ const TunnelEvent *event, uint64_t now,
                     TunnelActions *actions) {

        if (now >= t->control.deadline_usec) {
                tunnel_echo_timer(t, now, actions);
                return;
        }

        if (now >= t->verify.deadline_usec) {
                tunnel_verify_timer(t, now);
                return;
        }

        if (now >= t->size.deadline_usec)
                tunnel_size_timer(t, now, actions);

        if (now >= t->ipv6.deadline_usec)
                tunnel_link_ipv6_timer(t, now, actions);

        if (now >= t->silence.look_deadline_usec)
                tunnel_silence_timer(t, now, actions);

        if (now >= t->deadline_usec)
                on_state_timer(t, now, actions);
}

/* Takes the failure of something that the attempt needs before there is a call. */
static void on_attempt_failed(Tunnel *t, const TunnelEvent *event, _unused_ uint64_t now,
                              _unused_ TunnelActions *actions) {

        diagnosis_add_fact(t->diagnosis, &event->fact);
        tunnel_request_fail(t, false);
}

/* Adds evidence. A rule that lets the server's GRE through needs its address, known here alone. */
static void on_evidence(Tunnel *t, const TunnelEvent *event, _unused_ uint64_t now,
                        _unused_ TunnelActions *actions) {

        char server[INET_ADDRSTRLEN];
        DiagnosisFact fact = event->fact;

        text_format_ipv4(server, sizeof(server), tunnel_get_server(t));
        if (fact.type == DIAGNOSIS_GRE_FRAMES)
                fact.text = server;
        diagnosis_add_fact(t->diagnosis, &fact);
}

static void on_traffic(Tunnel *t, const TunnelEvent *event, _unused_ uint64_t now,
                       _unused_ TunnelActions *actions) {

        history_add_traffic(&t->history, &event->traffic);
}

/* ---- all events ---- */

/*
 * What an event points to, the first and the last of the states in which it counts (in the order of
 * TunnelState), and who takes it. In any other state it is dropped.
 */
typedef struct EventRule {
        TunnelPayload payload;
        TunnelState first_state;
        TunnelState last_state;
        TunnelHandler *handler;
} EventRule;

#define RULE(payload, first, last, handler) \
        { TUNNEL_PAYLOAD_##payload, TUNNEL_STATE_##first, TUNNEL_STATE_##last, handler }

/* clang-format off */
static const EventRule rules[_TUNNEL_EVENT_MAX] = {
        [TUNNEL_EVENT_START]           = RULE(NONE, IDLE, IDLE, tunnel_round_on_start),
        [TUNNEL_EVENT_STOP]            = RULE(NONE, IDLE, WAITING, on_stop),
        [TUNNEL_EVENT_TIMER]           = RULE(NONE, PREPARING, WAITING, on_timer),
        [TUNNEL_EVENT_PREPARED]        = RULE(NONE, PREPARING, PREPARING, tunnel_dial_on_prepared),
        [TUNNEL_EVENT_PREPARE_FAILED]  = RULE(FACT, PREPARING, PREPARING, on_attempt_failed),
        [TUNNEL_EVENT_RESOLVED]        = RULE(ADDRESSES, RESOLVING, CONNECTING,
                                              tunnel_dial_on_resolved),
        [TUNNEL_EVENT_RESOLVE_FAILED]  = RULE(FACT, RESOLVING, CONNECTING,
                                              tunnel_dial_on_resolve_failed),
        [TUNNEL_EVENT_CONNECTED]       = RULE(NONE, CONNECTING, CONNECTING,
                                              tunnel_dial_on_connected),
        [TUNNEL_EVENT_CONTROL_MESSAGE] = RULE(MESSAGE, STARTING, CLOSING_CONTROL,
                                              tunnel_control_on_message),
        [TUNNEL_EVENT_CONTROL_FAILED]  = RULE(FACT, CONNECTING, CLOSING_CONTROL,
                                              tunnel_control_on_failed),
        [TUNNEL_EVENT_CALL_OPENED]     = RULE(NONE, OPENING, OPENING, tunnel_dial_on_call_opened),
        [TUNNEL_EVENT_CALL_FAILED]     = RULE(FACT, OPENING, LINKING, on_attempt_failed),
        [TUNNEL_EVENT_PPPD_FAILED]     = RULE(FACT, STARTING, CLOSING_LINK,
                                              tunnel_link_on_pppd_failed),
        [TUNNEL_EVENT_PPPD_EXITED]     = RULE(FACT, STARTING, CLOSING_LINK,
                                              tunnel_link_on_pppd_exited),
        [TUNNEL_EVENT_PLUGIN]          = RULE(MESSAGE, STARTING, CLOSING_LINK,
                                              tunnel_link_on_plugin),
        [TUNNEL_EVENT_APPLIED]         = RULE(NONE, APPLYING, UP, tunnel_link_on_applied),
        [TUNNEL_EVENT_APPLY_FAILED]    = RULE(FACT, APPLYING, UP, tunnel_link_on_apply_failed),
        [TUNNEL_EVENT_REMOVED]         = RULE(NONE, CLOSING_PARTS, CLOSING_PARTS,
                                              tunnel_close_on_removed),
        [TUNNEL_EVENT_PROBE_REPLY]     = RULE(NONE, APPLYING, UP, tunnel_link_on_probe_reply),
        [TUNNEL_EVENT_SIZE_REPLY]      = RULE(NONE, UP, UP, tunnel_size_on_reply),
        [TUNNEL_EVENT_MTU_CHANGED]     = RULE(NONE, APPLYING, UP, tunnel_link_on_mtu_changed),
        [TUNNEL_EVENT_LINK_SEEN]       = RULE(NONE, UP, UP, tunnel_link_on_seen),
        [TUNNEL_EVENT_INTERFACE_GONE]  = RULE(FACT, APPLYING, UP, tunnel_link_on_interface_gone),
        [TUNNEL_EVENT_NAMESPACE_GONE]  = RULE(FACT, RESOLVING, UP, on_attempt_failed),
        [TUNNEL_EVENT_NAMESPACE_BACK]  = RULE(NONE, CLOSING_PARTS, WAITING,
                                              tunnel_round_on_namespace_back),
        [TUNNEL_EVENT_UPLINK]          = RULE(NONE, IDLE, WAITING, tunnel_uplink_on_change),
        [TUNNEL_EVENT_RESUMED]         = RULE(NONE, IDLE, WAITING, tunnel_uplink_on_resumed),
        /*
         * A tunnel that has ended takes the new configuration as well, since the old one is freed.
         */
        [TUNNEL_EVENT_RELOAD]          = RULE(MESSAGE, IDLE, ENDED, tunnel_reload_on_changed),
        [TUNNEL_EVENT_RECONNECT]       = RULE(NONE, PREPARING, WAITING, on_reconnect),
        [TUNNEL_EVENT_GRE_REFUSED]     = RULE(FACT, OPENING, CLOSING_LINK,
                                              tunnel_verify_on_refused),
        [TUNNEL_EVENT_EVIDENCE]        = RULE(FACT, PREPARING, CLOSING_CONTROL, on_evidence),
        [TUNNEL_EVENT_COUNTED]         = RULE(NONE, UP, UP, tunnel_silence_on_counted),
        [TUNNEL_EVENT_TRAFFIC]         = RULE(NONE, IDLE, WAITING, on_traffic),
        [TUNNEL_EVENT_TURN]            = RULE(NONE, WAITING, WAITING, tunnel_round_on_turn),
};
/* clang-format on */

TunnelPayload tunnel_event_get_payload(TunnelEventType type) {
        assert(type < _TUNNEL_EVENT_MAX);
        return rules[type].payload;
}

/* Does what the handlers have requested, and what that requests in turn. */
static void carry_out_requests(Tunnel *t, uint64_t now, TunnelActions *actions) {
        while (t->request.type != TUNNEL_REQUEST_NONE) {
                const TunnelRequest request = t->request;

                t->request = (TunnelRequest){ 0 };
                switch (request.type) {
                case TUNNEL_REQUEST_FAIL:
                        tunnel_fail(t, request.abrupt, now, actions);
                        break;
                case TUNNEL_REQUEST_CLOSE:
                        tunnel_close(t, request.after, request.abrupt, now, actions);
                        break;
                case TUNNEL_REQUEST_FOLLOW:
                        tunnel_round_follow(t, now, actions);
                        break;
                case TUNNEL_REQUEST_REDIAL:
                        tunnel_round_begin(t, now, actions);
                        break;
                case TUNNEL_REQUEST_NONE:
                        break;
                }
        }
}

/* Notes a change of state in the history. */
static void remember_change(Tunnel *t, TunnelState before, uint64_t was_up_since_usec,
                            uint64_t now) {

        if (t->state == before)
                return;

        t->state_since_usec = now;
        if (t->state == TUNNEL_STATE_UP) {
                t->history.n_connects++;
                t->history.has_worked = 1;
                t->history.worked_as = tunnel_identify(t->config, t->candidates.server_index);
                t->history.down_since_usec = 0;
        } else if (t->history.down_since_usec == 0) {
                t->history.down_since_usec = now;
        }
        if (before == TUNNEL_STATE_UP)
                t->history.up_usec += now - was_up_since_usec;
}

void tunnel_step(Tunnel *t, const TunnelEvent *event, uint64_t now_usec,
                 TunnelActions *ret_actions) {

        const EventRule *rule = &rules[event->type];
        uint64_t up_since_usec = t->up_since_usec;
        TunnelState before = t->state;

        assert(event->type < _TUNNEL_EVENT_MAX);
        ret_actions->n_items = 0;

        if (t->state < rule->first_state || t->state > rule->last_state)
                return;

        rule->handler(t, event, now_usec, ret_actions);
        carry_out_requests(t, now_usec, ret_actions);
        remember_change(t, before, up_since_usec, now_usec);
}

/* ---- its life in memory ---- */

Tunnel *tunnel_new(const Config *config, uint64_t seed) {
        Tunnel *t;

        t = calloc(1, sizeof(*t));
        if (!t)
                return NULL;

        t->config = config;
        t->deadline_usec = USEC_INFINITY;
        t->control.deadline_usec = USEC_INFINITY;
        t->verify.deadline_usec = USEC_INFINITY;
        t->silence.look_deadline_usec = USEC_INFINITY;
        t->size.deadline_usec = USEC_INFINITY;
        tunnel_ipv6_forget(t);
        backoff_init(&t->backoff, seed);

        t->diagnosis = diagnosis_new();
        if (!t->diagnosis)
                return tunnel_free(t);

        return t;
}

Tunnel *tunnel_free(Tunnel *t) {
        if (!t)
                return NULL;

        diagnosis_free(t->diagnosis);
        free(t);
        return NULL;
}
