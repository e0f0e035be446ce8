/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The tunnel's state machine: which event counts in which state, and who takes it. What happens
 * within the states is in tunnel-dial.c, tunnel-link.c, tunnel-verify.c, tunnel-silence.c and
 * tunnel-close.c; what follows a failure in tunnel-retry.c, what another attempt does differently
 * in tunnel-adapt.c, and what a changed configuration does to all of them in tunnel-reload.c.
 *
 *  state        what it waits for            goes on to      deadline
 *  IDLE         START                        PREPARING or    -
 *                                            WAITING, if a predecessor was told to
 *  PREPARING    PREPARED                     RESOLVING       local work
 *  RESOLVING    RESOLVED                     CONNECTING      30 s
 *  CONNECTING   CONNECTED                    STARTING        10 s, less in a short outage
 *  STARTING     Start-Control-Conn.-Reply    OPENING         10 s
 *  OPENING      CALL_OPENED                  CALLING         local work
 *  CALLING      Outgoing-Call-Reply          LINKING         30 s
 *  LINKING      plugin: IP-up                APPLYING        30 s for each phase of PPP
 *  APPLYING     APPLIED, of each part        PROBING         30 s
 *  PROBING      PROBE_REPLY                  UP              1 s, then UP without proof
 *  UP           the end of it                CLOSING_*       -; 30 s while the server
 *                                                            negotiates the link anew
 *  CLOSING_*    each thing taken down        the next        1 s, 3 s for LCP Terminate
 *  WAITING      TIMER, UPLINK, RESUMED,      PREPARING       back-off
 *               RELOAD
 *  ENDED        nothing                      -               -
 *
 * Three more timers run beside the state's: the Echo of the control connection, once that has
 * started (tunnel-dial.c), the test of a link in doubt (tunnel-verify.c), and the look at the
 * counters of one that is up (tunnel-silence.c). What becomes of the way to the server (UPLINK)
 * counts in every state; the table of that is in tunnel-verify.c.
 *
 * In every state: STOP closes what stands and ends; a failure or a passed deadline closes and then
 * goes on by the class of the verdict: adapt to PREPARING, with other settings; transient to the
 * next address, which needs no RESOLVING, and after the last to WAITING; permanent to ENDED. RELOAD
 * is taken, with or without starting over; Echo-Requests are answered. An event of another
 * generation is dropped; pppd's exit never is one, since no attempt begins before the pppd of the
 * last has ended, and no two ever run. Neither UPLINK nor RESUMED ends a wait that the server
 * imposed. TRAFFIC is added up, whenever it comes: a connection's last figures may be later than
 * the next.
 */

#include "core/tunnel/tunnel.h"

#include <assert.h>
#include <stdlib.h>

#include "core/base/text.h"
#include "core/tunnel/tunnel-internal.h"

static const char *const state_names[_TUNNEL_STATE_MAX] = {
        [TUNNEL_STATE_IDLE] = "idle",
        [TUNNEL_STATE_PREPARING] = "preparing",
        [TUNNEL_STATE_RESOLVING] = "resolving",
        [TUNNEL_STATE_CONNECTING] = "connecting",
        [TUNNEL_STATE_STARTING] = "starting",
        [TUNNEL_STATE_OPENING] = "opening",
        [TUNNEL_STATE_CALLING] = "calling",
        [TUNNEL_STATE_LINKING] = "linking",
        [TUNNEL_STATE_APPLYING] = "applying",
        [TUNNEL_STATE_PROBING] = "probing",
        [TUNNEL_STATE_UP] = "up",
        [TUNNEL_STATE_CLOSING_PARTS] = "closing-parts",
        [TUNNEL_STATE_CLOSING_LINK] = "closing-link",
        [TUNNEL_STATE_CLOSING_CONTROL] = "closing-control",
        [TUNNEL_STATE_WAITING] = "waiting",
        [TUNNEL_STATE_ENDED] = "ended",
};

const char *tunnel_state_name(TunnelState state) {
        assert(state < _TUNNEL_STATE_MAX);
        return state_names[state];
}

Tunnel *tunnel_new(const Config *config, uint64_t seed) {
        Tunnel *t;

        t = calloc(1, sizeof(*t));
        if (!t)
                return NULL;

        t->config = config;
        t->deadline_usec = USEC_INFINITY;
        t->control_deadline_usec = USEC_INFINITY;
        t->verify_deadline_usec = USEC_INFINITY;
        t->look_deadline_usec = USEC_INFINITY;
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

TunnelState tunnel_get_state(const Tunnel *t) {
        return t->state;
}

uint32_t tunnel_get_generation(const Tunnel *t) {
        return t->generation;
}

struct in_addr tunnel_get_server(const Tunnel *t) {
        if (t->address_index >= t->n_addresses)
                return (struct in_addr){ .s_addr = INADDR_ANY };

        return t->addresses[t->address_index];
}

ServerMemory *tunnel_get_memory(Tunnel *t) {
        return &t->memory;
}

uint64_t tunnel_next_deadline(const Tunnel *t) {
        uint64_t of_call = MIN(t->deadline_usec, t->control_deadline_usec);
        uint64_t of_link = MIN(t->verify_deadline_usec, t->look_deadline_usec);

        return MIN(of_call, of_link);
}

uint64_t tunnel_get_patience(const Tunnel *t) {
        if (t->ready || t->attempt_usec - t->start_usec >= TUNNEL_PATIENCE_USEC)
                return 0;
        if (t->state < TUNNEL_STATE_STARTING || t->state > TUNNEL_STATE_PROBING)
                return 0;

        return t->deadline_usec + TUNNEL_PATIENCE_MARGIN_USEC;
}

void tunnel_set_state(Tunnel *t, TunnelState state, uint64_t deadline_usec) {
        t->state = state;
        t->deadline_usec = deadline_usec;
}

/* The action is valid until the next one is added. */
TunnelAction *tunnel_add_action(Tunnel *t, TunnelActions *actions, TunnelActionType type) {
        TunnelAction *action;

        assert(actions->n_items < TUNNEL_ACTIONS_MAX);
        action = &actions->items[actions->n_items++];
        *action = (TunnelAction){ .type = type, .generation = t->generation };
        return action;
}

DiagnosisStage tunnel_get_stage(const Tunnel *t) {
        switch (t->state) {
        case TUNNEL_STATE_IDLE:
        case TUNNEL_STATE_PREPARING:
        case TUNNEL_STATE_WAITING:
        case TUNNEL_STATE_ENDED:
        case TUNNEL_STATE_RESOLVING:
                return DIAGNOSIS_STAGE_RESOLVE;
        case TUNNEL_STATE_CONNECTING:
                return DIAGNOSIS_STAGE_CONNECT;
        case TUNNEL_STATE_STARTING:
                return DIAGNOSIS_STAGE_CONTROL;
        case TUNNEL_STATE_OPENING:
                return DIAGNOSIS_STAGE_SOCKET;
        case TUNNEL_STATE_CALLING:
                return DIAGNOSIS_STAGE_CALL;
        case TUNNEL_STATE_LINKING:
                return t->phase == PLUGIN_PHASE_INITIALIZE ? DIAGNOSIS_STAGE_PPPD :
                                                             DIAGNOSIS_STAGE_LINK;
        case TUNNEL_STATE_APPLYING:
        case TUNNEL_STATE_PROBING:
                return DIAGNOSIS_STAGE_NETWORK;
        case TUNNEL_STATE_UP:
        case TUNNEL_STATE_CLOSING_PARTS:
        case TUNNEL_STATE_CLOSING_LINK:
        case TUNNEL_STATE_CLOSING_CONTROL:
        case _TUNNEL_STATE_MAX:
                break;
        }

        return DIAGNOSIS_STAGE_UP;
}

void tunnel_add_fact_text(Tunnel *t, DiagnosisFactType type, int64_t number, const char *text) {
        diagnosis_add_fact(t->diagnosis,
                           &(DiagnosisFact){
                                   .type = type,
                                   .stage = tunnel_get_stage(t),
                                   .number = number,
                                   .text = text,
                           });
}

void tunnel_add_fact(Tunnel *t, DiagnosisFactType type, int64_t number) {
        tunnel_add_fact_text(t, type, number, NULL);
}

static void tunnel_stop(Tunnel *t, uint64_t now, TunnelActions *actions) {
        if (t->state == TUNNEL_STATE_ENDED)
                return;

        /* It may be that systemd lost patience: the reason is what is read after that. */
        if (!t->ready && t->reason[0])
                tunnel_status(t, actions,
                              "Stopped before the tunnel was up; the last attempt failed: %s",
                              t->reason);
        else
                tunnel_status(t, actions, "Stopping");
        tunnel_close(t, TUNNEL_AFTER_STOP, t->link_failed, now, actions);
}

static void tunnel_timer(Tunnel *t, uint64_t now, TunnelActions *actions) {
        if (now >= t->control_deadline_usec) {
                tunnel_dial_control_timer(t, now, actions);
                return;
        }

        if (now >= t->verify_deadline_usec) {
                tunnel_verify_timer(t, now, actions);
                return;
        }

        if (now >= t->look_deadline_usec)
                tunnel_silence_timer(t, now, actions);

        if (now < t->deadline_usec)
                return;

        /* Nobody said that data does not pass. But a link on its way out is no tunnel. */
        if (t->state == TUNNEL_STATE_PROBING && !t->link_failed) {
                tunnel_link_up(t, now, actions);
                return;
        }

        if (t->state == TUNNEL_STATE_UP && !t->link_failed) {
                tunnel_link_timer(t, now, actions);
                return;
        }

        switch (t->state) {
        case TUNNEL_STATE_WAITING:
                tunnel_dial_round(t, now, actions);
                break;
        case TUNNEL_STATE_CLOSING_PARTS:
        case TUNNEL_STATE_CLOSING_LINK:
        case TUNNEL_STATE_CLOSING_CONTROL:
                tunnel_close_timer(t, now, actions);
                break;
        case TUNNEL_STATE_PREPARING:
        case TUNNEL_STATE_RESOLVING:
        case TUNNEL_STATE_CONNECTING:
        case TUNNEL_STATE_STARTING:
        case TUNNEL_STATE_OPENING:
        case TUNNEL_STATE_CALLING:
        case TUNNEL_STATE_LINKING:
        case TUNNEL_STATE_APPLYING:
        case TUNNEL_STATE_PROBING:
        case TUNNEL_STATE_UP:
                /* When pppd is on its way out its reason counts, not that it takes its time. */
                if (!t->link_failed)
                        tunnel_add_fact(t, DIAGNOSIS_TIMEOUT, 0);
                tunnel_fail(t, now, actions, t->state != TUNNEL_STATE_CALLING);
                break;
        case TUNNEL_STATE_IDLE:
        case TUNNEL_STATE_ENDED:
        case _TUNNEL_STATE_MAX:
                assert(false);
        }
}

static void tunnel_control_failed(Tunnel *t, const TunnelEvent *event, uint64_t now,
                                  TunnelActions *actions) {

        DiagnosisFact fact = event->fact;

        t->control_started = t->call_requested = false;

        if (t->state == TUNNEL_STATE_CLOSING_CONTROL) {
                tunnel_close_next(t, now, actions);
                return;
        }

        /* The same end means something else in each state. */
        fact.stage = tunnel_get_stage(t);
        diagnosis_add_fact(t->diagnosis, &fact);
        if (!tunnel_is_closing(t))
                tunnel_fail(t, now, actions, true);
}

static void tunnel_fact_failed(Tunnel *t, const TunnelEvent *event, uint64_t now,
                               TunnelActions *actions) {

        diagnosis_add_fact(t->diagnosis, &event->fact);
        if (!tunnel_is_closing(t))
                tunnel_fail(t, now, actions, false);
        else if (t->state == TUNNEL_STATE_CLOSING_LINK && !t->pppd_running)
                tunnel_close_next(t, now, actions);
}

static bool tunnel_event_is_stale(const Tunnel *t, const TunnelEvent *event) {
        switch (event->type) {
        case TUNNEL_EVENT_START:
        case TUNNEL_EVENT_STOP:
        case TUNNEL_EVENT_TIMER:
        case TUNNEL_EVENT_TRAFFIC:
        case TUNNEL_EVENT_UPLINK:
        case TUNNEL_EVENT_RESUMED:
        case TUNNEL_EVENT_RELOAD:
                return false;
        case TUNNEL_EVENT_PREPARED:
        case TUNNEL_EVENT_PREPARE_FAILED:
        case TUNNEL_EVENT_RESOLVED:
        case TUNNEL_EVENT_RESOLVE_FAILED:
        case TUNNEL_EVENT_CONNECTED:
        case TUNNEL_EVENT_CONTROL_MESSAGE:
        case TUNNEL_EVENT_CONTROL_FAILED:
        case TUNNEL_EVENT_CALL_OPENED:
        case TUNNEL_EVENT_CALL_FAILED:
        case TUNNEL_EVENT_PPPD_STARTED:
        case TUNNEL_EVENT_PPPD_FAILED:
        case TUNNEL_EVENT_PPPD_EXITED:
        case TUNNEL_EVENT_PLUGIN:
        case TUNNEL_EVENT_APPLIED:
        case TUNNEL_EVENT_APPLY_FAILED:
        case TUNNEL_EVENT_REMOVED:
        case TUNNEL_EVENT_PROBE_REPLY:
        case TUNNEL_EVENT_INTERFACE_GONE:
        case TUNNEL_EVENT_GRE_REFUSED:
        case TUNNEL_EVENT_EVIDENCE:
        case TUNNEL_EVENT_COUNTED:
                return event->generation != t->generation || t->state == TUNNEL_STATE_WAITING;
        case _TUNNEL_EVENT_MAX:
                break;
        }

        assert(false);
        return true;
}

/* Events of the dialling states count in their own state only. */
static bool tunnel_event_is_expected(const Tunnel *t, const TunnelEvent *event) {
        static const TunnelState expected[_TUNNEL_EVENT_MAX] = {
                [TUNNEL_EVENT_START] = TUNNEL_STATE_IDLE,
                [TUNNEL_EVENT_PREPARED] = TUNNEL_STATE_PREPARING,
                [TUNNEL_EVENT_PREPARE_FAILED] = TUNNEL_STATE_PREPARING,
                [TUNNEL_EVENT_RESOLVED] = TUNNEL_STATE_RESOLVING,
                [TUNNEL_EVENT_RESOLVE_FAILED] = TUNNEL_STATE_RESOLVING,
                [TUNNEL_EVENT_CONNECTED] = TUNNEL_STATE_CONNECTING,
                [TUNNEL_EVENT_CALL_OPENED] = TUNNEL_STATE_OPENING,
                [TUNNEL_EVENT_REMOVED] = TUNNEL_STATE_CLOSING_PARTS,
        };

        switch (event->type) {
        case TUNNEL_EVENT_START:
        case TUNNEL_EVENT_PREPARED:
        case TUNNEL_EVENT_PREPARE_FAILED:
        case TUNNEL_EVENT_RESOLVED:
        case TUNNEL_EVENT_RESOLVE_FAILED:
        case TUNNEL_EVENT_CONNECTED:
        case TUNNEL_EVENT_CALL_OPENED:
        case TUNNEL_EVENT_REMOVED:
                return t->state == expected[event->type];
        case TUNNEL_EVENT_PROBE_REPLY:
                return t->state == TUNNEL_STATE_PROBING || t->state == TUNNEL_STATE_UP;
        case TUNNEL_EVENT_APPLIED:
        case TUNNEL_EVENT_APPLY_FAILED:
                /* A reload changes them while they stand. */
                return t->state >= TUNNEL_STATE_APPLYING && t->state <= TUNNEL_STATE_UP;
        case TUNNEL_EVENT_STOP:
        case TUNNEL_EVENT_TIMER:
        case TUNNEL_EVENT_CONTROL_MESSAGE:
        case TUNNEL_EVENT_CONTROL_FAILED:
        case TUNNEL_EVENT_CALL_FAILED:
        case TUNNEL_EVENT_PPPD_STARTED:
        case TUNNEL_EVENT_PPPD_FAILED:
        case TUNNEL_EVENT_PPPD_EXITED:
        case TUNNEL_EVENT_PLUGIN:
        case TUNNEL_EVENT_INTERFACE_GONE:
        case TUNNEL_EVENT_UPLINK:
        case TUNNEL_EVENT_RESUMED:
        case TUNNEL_EVENT_RELOAD:
        case TUNNEL_EVENT_GRE_REFUSED:
        case TUNNEL_EVENT_EVIDENCE:
        case TUNNEL_EVENT_COUNTED:
        case TUNNEL_EVENT_TRAFFIC:
        case _TUNNEL_EVENT_MAX:
                break;
        }

        return true;
}

/* The rule that lets the server's GRE through has its address in it, which only we know. */
static void tunnel_add_evidence(Tunnel *t, const DiagnosisFact *evidence) {
        char server[INET_ADDRSTRLEN];
        DiagnosisFact fact = *evidence;

        text_format_ipv4(server, sizeof(server), tunnel_get_server(t));
        if (fact.type == DIAGNOSIS_GRE_FRAMES)
                fact.text = server;
        diagnosis_add_fact(t->diagnosis, &fact);
}

static void tunnel_dispatch(Tunnel *t, const TunnelEvent *event, uint64_t now,
                            TunnelActions *actions) {

        switch (event->type) {
        case TUNNEL_EVENT_START:
                tunnel_start(t, now, actions);
                break;
        case TUNNEL_EVENT_STOP:
                tunnel_stop(t, now, actions);
                break;
        case TUNNEL_EVENT_TIMER:
                tunnel_timer(t, now, actions);
                break;
        case TUNNEL_EVENT_PREPARED:
                tunnel_dial_prepared(t, event, now, actions);
                break;
        case TUNNEL_EVENT_RESOLVED:
                tunnel_dial_resolved(t, event, now, actions);
                break;
        case TUNNEL_EVENT_CONNECTED:
                tunnel_dial_connected(t, event, now, actions);
                break;
        case TUNNEL_EVENT_CONTROL_MESSAGE:
                tunnel_dial_control(t, event->control, now, actions);
                break;
        case TUNNEL_EVENT_CONTROL_FAILED:
                tunnel_control_failed(t, event, now, actions);
                break;
        case TUNNEL_EVENT_CALL_OPENED:
                tunnel_dial_call_opened(t, event, now, actions);
                break;
        case TUNNEL_EVENT_PPPD_FAILED:
                t->pppd_running = false;
                tunnel_fact_failed(t, event, now, actions);
                break;
        case TUNNEL_EVENT_PREPARE_FAILED:
        case TUNNEL_EVENT_RESOLVE_FAILED:
        case TUNNEL_EVENT_CALL_FAILED:
                tunnel_fact_failed(t, event, now, actions);
                break;
        case TUNNEL_EVENT_APPLY_FAILED:
                if (t->state == TUNNEL_STATE_UP)
                        tunnel_link_apply_failed(t, event, actions);
                else
                        tunnel_fact_failed(t, event, now, actions);
                break;
        case TUNNEL_EVENT_INTERFACE_GONE:
                tunnel_link_interface_gone(t, event, now);
                break;
        case TUNNEL_EVENT_PPPD_EXITED:
                tunnel_link_exited(t, event, now, actions);
                break;
        case TUNNEL_EVENT_PLUGIN:
                tunnel_link_plugin(t, event->plugin, now, actions);
                break;
        case TUNNEL_EVENT_APPLIED:
                tunnel_link_applied(t, event, now, actions);
                break;
        case TUNNEL_EVENT_REMOVED:
                if (tunnel_parts_removed(t, event))
                        tunnel_close_next(t, now, actions);
                break;
        case TUNNEL_EVENT_PROBE_REPLY:
                if (t->link_failed)
                        break;
                t->probe_answered = true;
                if (t->state == TUNNEL_STATE_UP)
                        tunnel_verify_probe_answered(t, actions);
                else
                        tunnel_link_up(t, now, actions);
                break;
        case TUNNEL_EVENT_UPLINK:
                tunnel_uplink(t, event->uplink, now, actions);
                break;
        case TUNNEL_EVENT_RESUMED:
                tunnel_resumed(t, event->count, now, actions);
                break;
        case TUNNEL_EVENT_RELOAD:
                tunnel_reload(t, event, now, actions);
                break;
        case TUNNEL_EVENT_GRE_REFUSED:
                tunnel_refused(t, &event->fact, now, actions);
                break;
        case TUNNEL_EVENT_EVIDENCE:
                tunnel_add_evidence(t, &event->fact);
                break;
        case TUNNEL_EVENT_COUNTED:
                tunnel_silence_counted(t, &event->traffic, now, actions);
                break;
        case TUNNEL_EVENT_TRAFFIC:
                history_add_traffic(&t->history, &event->traffic);
                break;
        case TUNNEL_EVENT_PPPD_STARTED:
                break; /* the plugin's first message says more */
        case _TUNNEL_EVENT_MAX:
                assert(false);
        }
}

/* What the history has of a change of state. */
static void tunnel_remember(Tunnel *t, TunnelState before, uint64_t was_up_since_usec,
                            uint64_t now) {

        if (t->state == before)
                return;

        t->state_since_usec = now;
        if (t->state == TUNNEL_STATE_UP)
                t->history.n_connects++;
        if (before == TUNNEL_STATE_UP)
                t->history.up_usec += now - was_up_since_usec;
}

void tunnel_step(Tunnel *t, const TunnelEvent *event, uint64_t now_usec,
                 TunnelActions *ret_actions) {

        uint64_t up_since_usec = t->up_since_usec;
        TunnelState before = t->state;

        ret_actions->n_items = 0;

        /* Not even a tunnel that has ended may hold on to a configuration that is about to go. */
        if (t->state == TUNNEL_STATE_ENDED && event->type != TUNNEL_EVENT_RELOAD)
                return;
        if (tunnel_event_is_stale(t, event) || !tunnel_event_is_expected(t, event))
                return;

        tunnel_dispatch(t, event, now_usec, ret_actions);
        tunnel_remember(t, before, up_since_usec, now_usec);
}
