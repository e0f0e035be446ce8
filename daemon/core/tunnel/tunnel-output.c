/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The primitives of the state machine: every action that it asks for, every change of its state and
 * every piece of evidence goes through here.
 */

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <syslog.h>

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

/* ---- actions ---- */

TunnelAction *tunnel_add_action(TunnelActions *actions, TunnelActionType type) {
        TunnelAction *action;

        assert(actions->n_items < TUNNEL_ACTIONS_MAX);
        action = &actions->items[actions->n_items++];
        *action = (TunnelAction){ .type = type };
        return action;
}

void tunnel_set_state(Tunnel *t, TunnelState state, uint64_t deadline_usec,
                      TunnelActions *actions) {

        if (state != t->state)
                tunnel_log(actions, LOG_DEBUG, NULL, NULL, "State: %s, was %s",
                           tunnel_state_name(state), tunnel_state_name(t->state));

        /*
         * The deadline of an attempt is not extended for ever, however often the server begins a
         * phase anew.
         */
        if (state >= TUNNEL_STATE_LINKING && state <= TUNNEL_STATE_PROBING)
                deadline_usec = MIN(deadline_usec, t->ppp.call_usec + TUNNEL_LINK_MAX_USEC);
        /* Nor does the next step of an attempt give pppd more time to end. */
        if (t->ppp.dying && state <= TUNNEL_STATE_UP)
                deadline_usec = MIN(deadline_usec, t->ppp.exit_by_usec);

        t->state = state;
        t->deadline_usec = deadline_usec;
}

void tunnel_send(TunnelActions *actions, const PptpMessage *message) {
        tunnel_add_action(actions, TUNNEL_ACTION_SEND)->control = *message;
}

TunnelAction *tunnel_log(TunnelActions *actions, int priority, const char *message_id,
                         const DiagnosisRow *row, const char *format, ...) {

        TunnelAction *action;
        va_list ap;

        action = tunnel_add_action(actions, TUNNEL_ACTION_LOG);
        action->log.priority = priority;
        action->log.message_id = message_id;
        action->log.row = row;
        action->log.class = row ? row->class : DIAGNOSIS_INFORM;

        va_start(ap, format);
        vsnprintf(action->log.text, sizeof(action->log.text), format, ap);
        va_end(ap);
        return action;
}

void tunnel_status(TunnelActions *actions, const char *format, ...) {
        TunnelAction *action;
        va_list ap;

        action = tunnel_add_action(actions, TUNNEL_ACTION_STATUS);
        action->status.since_usec = 0;

        va_start(ap, format);
        vsnprintf(action->status.text, sizeof(action->status.text), format, ap);
        va_end(ap);
}

/* ---- evidence ---- */

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
                return t->ppp.phase == PLUGIN_PHASE_INITIALIZE ? DIAGNOSIS_STAGE_PPPD :
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

/* ---- requests ---- */

bool tunnel_is_closing(const Tunnel *t) {
        return t->state >= TUNNEL_STATE_CLOSING_PARTS && t->state <= TUNNEL_STATE_CLOSING_CONTROL;
}

bool tunnel_is_watched(const Tunnel *t) {
        return t->state == TUNNEL_STATE_UP && !t->ppp.dying && t->approach.settings.keep_alive &&
                t->config->keep_alive_interval_usec > 0;
}

static void tunnel_request(Tunnel *t, TunnelRequest request) {
        if (t->request.type == TUNNEL_REQUEST_NONE)
                t->request = request;
}

void tunnel_request_fail(Tunnel *t, bool abrupt) {
        tunnel_request(t, (TunnelRequest){ .type = TUNNEL_REQUEST_FAIL, .abrupt = abrupt });
}

void tunnel_request_close(Tunnel *t, TunnelAfter after, bool abrupt) {
        tunnel_request(t,
                       (TunnelRequest){
                               .type = TUNNEL_REQUEST_CLOSE,
                               .after = after,
                               .abrupt = abrupt,
                       });
}

void tunnel_request_follow(Tunnel *t) {
        tunnel_request(t, (TunnelRequest){ .type = TUNNEL_REQUEST_FOLLOW });
}

void tunnel_request_redial(Tunnel *t) {
        tunnel_request(t, (TunnelRequest){ .type = TUNNEL_REQUEST_REDIAL });
}
