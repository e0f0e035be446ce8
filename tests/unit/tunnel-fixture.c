/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "tunnel-fixture.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>

const struct in_addr addresses[2] = { { 0x020200c0 }, { 0x030200c0 } };
const struct in_addr peer_address = { 0x01010a0a };

void renew(Fixture *f) {
        tunnel_free(f->tunnel);
        f->tunnel = tunnel_new(f->config, 1);
        assert_non_null(f->tunnel);
}

void configure(Fixture *f, const char *text) {
        config_free(f->config);
        f->config = config_from_text(text);
        renew(f);
}

int setup(void **state) {
        Fixture *f = calloc(1, sizeof(*f));

        assert_non_null(f);
        f->resolved = addresses;
        f->n_resolved = 1;
        f->now_usec = 100 * USEC_PER_SEC;
        configure(f, "[Tunnel]\nServer=vpn.example\n[Authentication]\nUser=username\n");
        *state = f;
        return 0;
}

int teardown(void **state) {
        Fixture *f = *state;

        tunnel_free(f->tunnel);
        config_free(f->config);
        free(f);
        return 0;
}

/* Answers TAKE_TURN, as the supervisor does at once, and adds what follows to the actions. */
static void answer_turn(Fixture *f) {
        TunnelEvent event = { .type = TUNNEL_EVENT_TURN, .turn_usec = f->now_usec };
        TunnelActions follow;

        if (f->is_crowded) {
                event.turn_usec = MAX(f->now_usec, f->next_turn_usec);
                f->next_turn_usec = event.turn_usec + TUNNEL_TURN_USEC;
        }

        tunnel_step(f->tunnel, &event, f->now_usec, &follow);
        for (size_t i = 0; i < follow.n_items; i++) {
                assert_true(f->actions.n_items < ELEMENTSOF(f->actions.items));
                f->actions.items[f->actions.n_items++] = follow.items[i];
        }
}

void step(Fixture *f, TunnelEvent event) {
        /* Applied and removed are all together, unless a test says which; one fails. */
        if (event.part == 0)
                event.part = event.type == TUNNEL_EVENT_APPLY_FAILED ? TUNNEL_PART_ROUTES :
                                                                       TUNNEL_PARTS_ALL;
        tunnel_step(f->tunnel, &event, f->now_usec, &f->actions);
        if (find(f, TUNNEL_ACTION_TAKE_TURN))
                answer_turn(f);
        if (find(f, TUNNEL_ACTION_START_PPPD))
                f->settings = find(f, TUNNEL_ACTION_START_PPPD)->pppd.settings;
}

void step_type(Fixture *f, TunnelEventType type) {
        step(f, (TunnelEvent){ .type = type });
}

void step_fact(Fixture *f, TunnelEventType type, DiagnosisFactType fact, int64_t number) {
        step(f, (TunnelEvent){ .type = type, .fact = { .type = fact, .number = number } });
}

void step_errno(Fixture *f, TunnelEventType type, DiagnosisStage stage, int error) {
        step(f,
             (TunnelEvent){
                     .type = type,
                     .fact = { .type = DIAGNOSIS_ERRNO, .stage = stage, .number = error },
             });
}

void step_control(Fixture *f, PptpMessage message) {
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_CONTROL_MESSAGE, .control = &message });
}

void step_echo_reply(Fixture *f) {
        step_control(f, (PptpMessage){ .type = PPTP_ECHO_REPLY, .result_code = 1 });
}

void step_plugin(Fixture *f, PluginMessage message) {
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_PLUGIN, .plugin = &message });
}

void step_phase(Fixture *f, PluginPhase phase) {
        step_plugin(f, (PluginMessage){ .type = PLUGIN_PHASE, .phase.phase = phase });
}

void step_packet(Fixture *f, const uint8_t *data, size_t n_data) {
        step_plugin(f,
                    (PluginMessage){ .type = PLUGIN_PACKET,
                                     .frame = { .data = data, .n_data = n_data } });
}

void step_any_timer(Fixture *f) {
        f->now_usec = tunnel_next_deadline(f->tunnel);
        assert_true(f->now_usec != USEC_INFINITY);
        step_type(f, TUNNEL_EVENT_TIMER);
}

void step_timer(Fixture *f) {
        do
                step_any_timer(f);
        while (f->actions.n_items == 1 &&
               (find(f, TUNNEL_ACTION_COUNT) || find(f, TUNNEL_ACTION_PROBE_SIZE) ||
                find(f, TUNNEL_ACTION_PROBE_SIZE_STOP)));
}

static void step_phases(Fixture *f) {
        step_phase(f, PLUGIN_PHASE_ESTABLISH);
        step_phase(f, PLUGIN_PHASE_AUTHENTICATE);
        step_plugin(f, (PluginMessage){ .type = PLUGIN_PASSWORD_REQUEST });
        step_phase(f, PLUGIN_PHASE_NETWORK);
}

void advance(Fixture *f) {
        switch (tunnel_get_state(f->tunnel)) {
        case TUNNEL_STATE_IDLE:
                step_type(f, TUNNEL_EVENT_START);
                break;
        case TUNNEL_STATE_PREPARING:
                step(f,
                     (TunnelEvent){
                             .type = TUNNEL_EVENT_PREPARED,
                             .password_source = DIAGNOSIS_PASSWORD_FILE,
                     });
                break;
        case TUNNEL_STATE_RESOLVING:
                step(f,
                     (TunnelEvent){ .type = TUNNEL_EVENT_RESOLVED,
                                    .addresses = { f->resolved, f->n_resolved } });
                break;
        case TUNNEL_STATE_CONNECTING:
                step(f,
                     (TunnelEvent){
                             .type = TUNNEL_EVENT_CONNECTED,
                             .connected = { addresses[1], f->round_trip_usec },
                     });
                break;
        case TUNNEL_STATE_STARTING:
                step_control(f,
                             (PptpMessage){ .type = PPTP_START_CONTROL_CONNECTION_REPLY,
                                            .result_code = 1 });
                break;
        case TUNNEL_STATE_OPENING:
                step(f, (TunnelEvent){ .type = TUNNEL_EVENT_CALL_OPENED, .call_id = CALL_ID });
                break;
        case TUNNEL_STATE_CALLING:
                step_control(f,
                             (PptpMessage){
                                     .type = PPTP_OUTGOING_CALL_REPLY,
                                     .result_code = 1,
                                     .outgoing_call_reply = { .call_id = PEER_CALL_ID,
                                                              .peer_call_id = CALL_ID },
                             });
                break;
        case TUNNEL_STATE_LINKING:
                step_phases(f);
                ip_up(f, (MppeOutcome){ .bits_128 = true });
                break;
        case TUNNEL_STATE_APPLYING:
                step(f, (TunnelEvent){ .type = TUNNEL_EVENT_APPLIED, .count = 1 });
                break;
        case TUNNEL_STATE_PROBING:
                step_type(f, TUNNEL_EVENT_PROBE_REPLY);
                break;
        case TUNNEL_STATE_CLOSING_PARTS:
                step_type(f, TUNNEL_EVENT_REMOVED);
                break;
        case TUNNEL_STATE_CLOSING_LINK:
                step_fact(f, TUNNEL_EVENT_PPPD_EXITED, DIAGNOSIS_PPPD_EXITED, 5);
                break;
        case TUNNEL_STATE_CLOSING_CONTROL:
                step_control(f,
                             (PptpMessage){ .type = PPTP_STOP_CONTROL_CONNECTION_REPLY,
                                            .result_code = 1 });
                break;
        case TUNNEL_STATE_UP:
        case TUNNEL_STATE_WAITING:
        case TUNNEL_STATE_ENDED:
        case _TUNNEL_STATE_MAX:
                fail_msg("nothing leads on from %s",
                         tunnel_state_name(tunnel_get_state(f->tunnel)));
        }
}

void go_to(Fixture *f, TunnelState state) {
        TunnelState before;

        while ((before = tunnel_get_state(f->tunnel)) != state) {
                advance(f);
                assert_true(tunnel_get_state(f->tunnel) != before);
        }
}

void negotiate(Fixture *f) {
        go_to(f, TUNNEL_STATE_LINKING);
        step_phases(f);
        assert_state(f, TUNNEL_STATE_LINKING);
}

void ip_up(Fixture *f, MppeOutcome outcome) {
        step_plugin(f, (PluginMessage){
                .type = PLUGIN_IP_UP,
                .ip_up = {
                        .ifname = "onenet",
                        .local = addresses[1],
                        .peer = peer_address,
                        .transmit = outcome,
                        .receive = outcome,
                        .mtu_bytes = 1456,
                },
        });
}

void go_to_up_unproven(Fixture *f) {
        go_to(f, TUNNEL_STATE_PROBING);
        step_timer(f);
        assert_state(f, TUNNEL_STATE_UP);
}

void assert_state(const Fixture *f, TunnelState state) {
        assert_string_equal(tunnel_state_name(tunnel_get_state(f->tunnel)),
                            tunnel_state_name(state));
}

void assert_lost_because(const Fixture *f, const char *id) {
        assert_state(f, TUNNEL_STATE_CLOSING_PARTS);
        assert_string_equal(find(f, TUNNEL_ACTION_LOG)->log.row->id, id);
}

const TunnelAction *find(const Fixture *f, TunnelActionType type) {
        for (size_t i = 0; i < f->actions.n_items; i++)
                if (f->actions.items[i].type == type &&
                    (type != TUNNEL_ACTION_LOG || f->actions.items[i].log.priority < LOG_DEBUG))
                        return &f->actions.items[i];

        return NULL;
}

const TunnelAction *find_log(const Fixture *f, const char *text) {
        for (size_t i = 0; i < f->actions.n_items; i++)
                if (f->actions.items[i].type == TUNNEL_ACTION_LOG &&
                    strstr(f->actions.items[i].log.text, text))
                        return &f->actions.items[i];

        return NULL;
}

const PptpMessage *find_sent(const Fixture *f, PptpMessageType type) {
        for (size_t i = 0; i < f->actions.n_items; i++)
                if (f->actions.items[i].type == TUNNEL_ACTION_SEND &&
                    f->actions.items[i].control.type == type)
                        return &f->actions.items[i].control;

        return NULL;
}

const char *find_status(const Fixture *f) {
        const char *text = "";

        for (size_t i = 0; i < f->actions.n_items; i++)
                if (f->actions.items[i].type == TUNNEL_ACTION_STATUS)
                        text = f->actions.items[i].status.text;

        return text;
}
