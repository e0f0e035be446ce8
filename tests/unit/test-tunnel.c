/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The life of a tunnel, told event by event: what must happen, in which order, and what must not.
 * Random orders of everything are the simulator's part (tests/sim).
 */

#include "test.h"

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "core/macros.h"
#include "core/tunnel.h"

#define CALL_ID 77
#define PEER_CALL_ID 384

typedef struct Fixture {
        Config config;
        Tunnel *tunnel;
        TunnelActions actions;
        uint64_t now_usec;
} Fixture;

static char server[] = "vpn.example", second_server[] = "192.0.2.9", user[] = "username";
static char *servers[] = { server, second_server };
static const struct in_addr addresses[] = { { 0x020200c0 }, { 0x030200c0 } };
static const struct in_addr peer_address = { 0x01010a0a };

static void step(Fixture *f, TunnelEvent event) {
        event.generation = tunnel_get_generation(f->tunnel);
        tunnel_step(f->tunnel, &event, f->now_usec, &f->actions);
}

static void step_type(Fixture *f, TunnelEventType type) {
        step(f, (TunnelEvent){ .type = type });
}

static void step_fact(Fixture *f, TunnelEventType type, DiagnosisFactType fact, int64_t number) {
        step(f, (TunnelEvent){ .type = type, .fact = { .type = fact, .number = number } });
}

static void step_control(Fixture *f, PptpMessage message) {
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_CONTROL_MESSAGE, .control = &message });
}

static void step_plugin(Fixture *f, PluginMessage message) {
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_PLUGIN, .plugin = &message });
}

static void step_phase(Fixture *f, PluginPhase phase) {
        step_plugin(f, (PluginMessage){ .type = PLUGIN_PHASE, .phase.phase = phase });
}

/* Lets the next deadline come. */
static void step_any_timer(Fixture *f) {
        f->now_usec = tunnel_next_deadline(f->tunnel);
        assert_true(f->now_usec != USEC_INFINITY);
        step_type(f, TUNNEL_EVENT_TIMER);
}

static const TunnelAction *find(const Fixture *f, TunnelActionType type) {
        for (size_t i = 0; i < f->actions.n_items; i++)
                if (f->actions.items[i].type == type)
                        return &f->actions.items[i];

        return NULL;
}

/* Of the last status in this step. */
static const char *find_status(const Fixture *f) {
        const char *text = "";

        for (size_t i = 0; i < f->actions.n_items; i++)
                if (f->actions.items[i].type == TUNNEL_ACTION_STATUS)
                        text = f->actions.items[i].status.text;

        return text;
}

static void assert_status_begins(const Fixture *f, const char *text) {
        if (strncmp(find_status(f), text, strlen(text)) != 0)
                fail_msg("\"%s\" does not begin with \"%s\"", find_status(f), text);
}

static void assert_status_ends(const Fixture *f, const char *text) {
        const char *status = find_status(f);

        if (strlen(status) < strlen(text) || strcmp(status + strlen(status) - strlen(text), text) != 0)
                fail_msg("\"%s\" does not end with \"%s\"", status, text);
}

/* The same, without the looks at the counters, of which most tests know nothing. */
static void step_timer(Fixture *f) {
        do
                step_any_timer(f);
        while (f->actions.n_items == 1 && find(f, TUNNEL_ACTION_COUNT));
}

static const PptpMessage *find_sent(const Fixture *f, PptpMessageType type) {
        for (size_t i = 0; i < f->actions.n_items; i++)
                if (f->actions.items[i].type == TUNNEL_ACTION_SEND && f->actions.items[i].control.type == type)
                        return &f->actions.items[i].control;

        return NULL;
}

static void assert_state(const Fixture *f, TunnelState state) {
        assert_string_equal(tunnel_state_name(tunnel_get_state(f->tunnel)), tunnel_state_name(state));
}

static int setup(void **state) {
        Fixture *f = calloc(1, sizeof(*f));

        assert_non_null(f);
        f->config = (Config){
                .servers = servers,
                .n_servers = 1,
                .port = PPTP_PORT,
                .user = user,
                .mppe = CONFIG_MPPE_128,
                .delay_usec = USEC_PER_SEC,
                .max_delay_usec = 5 * USEC_PER_MINUTE,
        };
        f->now_usec = 100 * USEC_PER_SEC;
        f->tunnel = tunnel_new(&f->config, 1);
        assert_non_null(f->tunnel);
        *state = f;
        return 0;
}

static int teardown(void **state) {
        Fixture *f = *state;

        tunnel_free(f->tunnel);
        free(f);
        return 0;
}

static void go_to_connecting(Fixture *f, size_t n_addresses) {
        step_type(f, TUNNEL_EVENT_START);
        assert_non_null(find(f, TUNNEL_ACTION_PREPARE));
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_PREPARED, .password_known = true });
        assert_non_null(find(f, TUNNEL_ACTION_RESOLVE));
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_RESOLVED, .addresses = { addresses, n_addresses } });
        assert_non_null(find(f, TUNNEL_ACTION_CONNECT));
        assert_state(f, TUNNEL_STATE_CONNECTING);
}

static void go_to_calling(Fixture *f) {
        go_to_connecting(f, 1);
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_CONNECTED, .address = addresses[1] });
        assert_non_null(find_sent(f, PPTP_START_CONTROL_CONNECTION_REQUEST));
        step_control(f, (PptpMessage){ .type = PPTP_START_CONTROL_CONNECTION_REPLY, .result_code = 1 });
        assert_non_null(find(f, TUNNEL_ACTION_OPEN_CALL));
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_CALL_OPENED, .call_id = CALL_ID });
        assert_int_equal(find_sent(f, PPTP_OUTGOING_CALL_REQUEST)->outgoing_call_request.call_id, CALL_ID);
        assert_state(f, TUNNEL_STATE_CALLING);
}

static void go_to_linking(Fixture *f) {
        go_to_calling(f);
        step_control(f, (PptpMessage){
                .type = PPTP_OUTGOING_CALL_REPLY,
                .result_code = 1,
                .outgoing_call_reply = { .call_id = PEER_CALL_ID, .peer_call_id = CALL_ID },
        });
        assert_int_equal(find_sent(f, PPTP_SET_LINK_INFO)->link_info.call_id, PEER_CALL_ID);
        assert_int_equal(find(f, TUNNEL_ACTION_START_PPPD)->pppd.peer_call_id, PEER_CALL_ID);
        step_type(f, TUNNEL_EVENT_PPPD_STARTED);
        step_phase(f, PLUGIN_PHASE_ESTABLISH);
        step_phase(f, PLUGIN_PHASE_AUTHENTICATE);
        step_plugin(f, (PluginMessage){ .type = PLUGIN_PASSWORD_REQUEST });
        assert_non_null(find(f, TUNNEL_ACTION_SEND_PASSWORD));
        step_phase(f, PLUGIN_PHASE_NETWORK);
        assert_state(f, TUNNEL_STATE_LINKING);
}

static void ip_up(Fixture *f, MppeOutcome outcome) {
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

static void go_to_up(Fixture *f) {
        go_to_linking(f);
        ip_up(f, (MppeOutcome){ .bits_128 = true });
        assert_string_equal(find(f, TUNNEL_ACTION_INSTALL_ROUTES)->link.ifname, "onenet");
        assert_null(find(f, TUNNEL_ACTION_READY));
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_ROUTES_INSTALLED, .count = 1 });
        assert_non_null(find(f, TUNNEL_ACTION_PROBE));
        assert_null(find(f, TUNNEL_ACTION_READY));
        step_type(f, TUNNEL_EVENT_PROBE_REPLY);
        assert_state(f, TUNNEL_STATE_UP);
}

static void test_comes_up(void **state) {
        Fixture *f = *state;

        go_to_up(f);
        assert_string_equal(find(f, TUNNEL_ACTION_READY)->status.text,
                            "Up: vpn.example (192.0.2.2) on onenet, 192.0.2.3 to 10.10.1.1, "
                            "MPPE 128-bit stateless, 1 route");
}

/* Many servers answer no ping: that alone must not keep the tunnel down. */
static void test_silent_probe_is_no_failure(void **state) {
        Fixture *f = *state;

        go_to_linking(f);
        ip_up(f, (MppeOutcome){ .bits_128 = true });
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_ROUTES_INSTALLED, .count = 1 });
        step_timer(f);
        assert_non_null(find(f, TUNNEL_ACTION_READY));
}

/* LCP is happy, but the server cannot read what we send: that is not up. */
static void test_rejected_data_is_not_up(void **state) {
        static const uint8_t reject[] = { 0xc0, 0x21, 8, 1, 0, 8, 0x00, 0xfd, 1, 2 };
        Fixture *f = *state;

        go_to_linking(f);
        ip_up(f, (MppeOutcome){ .bits_128 = true });
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_ROUTES_INSTALLED, .count = 1 });
        step_plugin(f, (PluginMessage){
                .type = PLUGIN_PACKET, .frame = { .data = reject, .n_data = sizeof(reject) } });
        assert_state(f, TUNNEL_STATE_CLOSING_ROUTES);
        assert_null(find(f, TUNNEL_ACTION_READY));
}

/* A link that ends while we probe it is never called up, whatever comes first after that. */
static void test_dying_link_is_not_up(void **state) {
        static const TunnelEventType late[] = { TUNNEL_EVENT_PROBE_REPLY, TUNNEL_EVENT_TIMER };

        for (size_t i = 0; i < ELEMENTSOF(late); i++) {
                void *own;
                Fixture *f;

                setup(&own);
                f = own;
                go_to_linking(f);
                ip_up(f, (MppeOutcome){ .bits_128 = true });
                step(f, (TunnelEvent){ .type = TUNNEL_EVENT_ROUTES_INSTALLED, .count = 1 });
                step_phase(f, PLUGIN_PHASE_TERMINATE);

                if (late[i] == TUNNEL_EVENT_TIMER)
                        step_timer(f);
                else
                        step_type(f, late[i]);
                assert_null(find(f, TUNNEL_ACTION_READY));
                assert_true(tunnel_get_state(f->tunnel) != TUNNEL_STATE_UP);
                teardown(&own);
        }
        (void) state;
}

/* Some refuse a call without saying which: we have no other. */
static void test_refusal_without_call_id(void **state) {
        Fixture *f = *state;

        go_to_calling(f);
        step_control(f, (PptpMessage){
                .type = PPTP_OUTGOING_CALL_REPLY,
                .result_code = 1,
                .outgoing_call_reply = { .call_id = PEER_CALL_ID, .peer_call_id = 0 },
        });
        assert_state(f, TUNNEL_STATE_CALLING);
        step_control(f, (PptpMessage){ .type = PPTP_OUTGOING_CALL_REPLY, .result_code = 7 });
        assert_true(tunnel_get_state(f->tunnel) != TUNNEL_STATE_CALLING);
}

static void test_weaker_encryption_never_gets_routes(void **state) {
        static const MppeOutcome weaker[] = {
                { 0 },
                { .bits_40 = true },
                { .bits_128 = true, .stateful = true },
        };

        for (size_t i = 0; i < ELEMENTSOF(weaker); i++) {
                void *own;
                Fixture *f;

                setup(&own);
                f = own;
                go_to_linking(f);
                ip_up(f, weaker[i]);
                assert_null(find(f, TUNNEL_ACTION_INSTALL_ROUTES));
                assert_state(f, TUNNEL_STATE_CLOSING_LINK);
                teardown(&own);
        }
        (void) state;
}

/* Routes, LCP Terminate, Call-Clear and Stop-Control-Connection, close: each waits for the one before. */
static void test_stop_takes_down_in_order(void **state) {
        Fixture *f = *state;

        go_to_up(f);
        step_type(f, TUNNEL_EVENT_STOP);
        assert_non_null(find(f, TUNNEL_ACTION_REMOVE_ROUTES));
        assert_null(find(f, TUNNEL_ACTION_TERMINATE_PPPD));
        step_type(f, TUNNEL_EVENT_ROUTES_REMOVED);
        assert_non_null(find(f, TUNNEL_ACTION_TERMINATE_PPPD));
        assert_null(find(f, TUNNEL_ACTION_CLOSE_CALL));
        step_fact(f, TUNNEL_EVENT_PPPD_EXITED, DIAGNOSIS_PPPD_EXITED, 5);
        assert_non_null(find(f, TUNNEL_ACTION_CLOSE_CALL));
        assert_non_null(find_sent(f, PPTP_CALL_CLEAR_REQUEST));
        assert_non_null(find_sent(f, PPTP_STOP_CONTROL_CONNECTION_REQUEST));
        step_control(f, (PptpMessage){
                .type = PPTP_CALL_DISCONNECT_NOTIFY, .result_code = 4, .call.call_id = PEER_CALL_ID });
        assert_null(find(f, TUNNEL_ACTION_EXIT));
        step_control(f, (PptpMessage){ .type = PPTP_STOP_CONTROL_CONNECTION_REPLY, .result_code = 1 });
        assert_non_null(find(f, TUNNEL_ACTION_CLOSE_CONTROL));
        assert_int_equal(find(f, TUNNEL_ACTION_EXIT)->exit_status, 0);
}

/* Nobody answers, pppd hangs: the stop ends all the same, with ever harder means. */
static void test_stop_ends_without_any_answer(void **state) {
        Fixture *f = *state;
        uint64_t began;

        go_to_up(f);
        began = f->now_usec;
        step_type(f, TUNNEL_EVENT_STOP);
        step_timer(f);
        assert_non_null(find(f, TUNNEL_ACTION_TERMINATE_PPPD));
        step_timer(f);
        assert_non_null(find(f, TUNNEL_ACTION_KILL_PPPD));
        assert_non_null(find(f, TUNNEL_ACTION_CLOSE_CALL));
        step_fact(f, TUNNEL_EVENT_PPPD_EXITED, DIAGNOSIS_PPPD_EXITED, -9);
        step_timer(f);
        assert_int_equal(find(f, TUNNEL_ACTION_EXIT)->exit_status, 0);
        assert_true(f->now_usec - began < 10 * USEC_PER_SEC);
}

static void test_stop_while_connecting_is_immediate(void **state) {
        Fixture *f = *state;

        go_to_connecting(f, 1);
        step_type(f, TUNNEL_EVENT_STOP);
        assert_non_null(find(f, TUNNEL_ACTION_CLOSE_CONTROL));
        assert_non_null(find(f, TUNNEL_ACTION_EXIT));
}

static void test_stop_while_calling_clears_the_call(void **state) {
        Fixture *f = *state;

        go_to_calling(f);
        step_type(f, TUNNEL_EVENT_STOP);
        assert_int_equal(find_sent(f, PPTP_CALL_CLEAR_REQUEST)->call.call_id, CALL_ID);
}

static void test_all_addresses_and_servers_are_tried(void **state) {
        Fixture *f = *state;

        f->config.n_servers = 2;
        go_to_connecting(f, 2);
        assert_int_equal(find(f, TUNNEL_ACTION_CONNECT)->connect.address.s_addr, addresses[0].s_addr);
        step_fact(f, TUNNEL_EVENT_CONTROL_FAILED, DIAGNOSIS_ERRNO, ECONNREFUSED);
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_PREPARED, .password_known = true });
        assert_int_equal(find(f, TUNNEL_ACTION_CONNECT)->connect.address.s_addr, addresses[1].s_addr);
        step_fact(f, TUNNEL_EVENT_CONTROL_FAILED, DIAGNOSIS_ERRNO, ECONNREFUSED);
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_PREPARED, .password_known = true });
        assert_string_equal(find(f, TUNNEL_ACTION_RESOLVE)->name, second_server);
        step_fact(f, TUNNEL_EVENT_RESOLVE_FAILED, DIAGNOSIS_RESOLVE_ERROR, EAI_AGAIN);
        assert_state(f, TUNNEL_STATE_WAITING);

        /* The next round begins with the first name, looked up anew. */
        step_timer(f);
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_PREPARED, .password_known = true });
        assert_string_equal(find(f, TUNNEL_ACTION_RESOLVE)->name, server);
}

static void test_late_answers_are_dropped(void **state) {
        TunnelEvent late = { .type = TUNNEL_EVENT_CONNECTED };
        Fixture *f = *state;

        go_to_connecting(f, 2);
        late.generation = tunnel_get_generation(f->tunnel);
        step_fact(f, TUNNEL_EVENT_CONTROL_FAILED, DIAGNOSIS_ERRNO, ECONNREFUSED);
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_PREPARED, .password_known = true });
        assert_state(f, TUNNEL_STATE_CONNECTING);

        tunnel_step(f->tunnel, &late, f->now_usec, &f->actions);
        assert_int_equal(f->actions.n_items, 0);
        assert_state(f, TUNNEL_STATE_CONNECTING);
}

static void test_wrong_password_is_tried_once(void **state) {
        static const uint8_t failure[] = {
                0xc2, 0x23, 4, 1, 0, 18, 'E', '=', '6', '9', '1', ' ', 'R', '=', '0', ' ', 'V', '=', '3', ' ',
        };
        Fixture *f = *state;

        go_to_linking(f);
        step_plugin(f, (PluginMessage){
                .type = PLUGIN_PACKET, .frame = { .data = failure, .n_data = sizeof(failure) } });
        step_phase(f, PLUGIN_PHASE_TERMINATE);
        step_fact(f, TUNNEL_EVENT_PPPD_EXITED, DIAGNOSIS_PPPD_EXITED, 19);
        assert_string_equal(find(f, TUNNEL_ACTION_LOG)->log.row->id, "AUTH-01");
        assert_non_null(strstr(find(f, TUNNEL_ACTION_STATUS)->status.text, "691"));
        assert_non_null(strstr(find(f, TUNNEL_ACTION_STATUS)->status.text, "Remedy: "));
        step_timer(f);
        assert_int_equal(find(f, TUNNEL_ACTION_EXIT)->exit_status, EX_NOPERM);
}

/* Who writes User=DOMAIN\user is not told that the domain may be missing. */
static void test_domain_in_the_user_name(void **state) {
        static const uint8_t failure[] = { 0xc2, 0x23, 4, 1, 0, 9, 'E', '=', '6', '9', '1' };
        static char name[] = "DOMAIN\\user";
        Fixture *f = *state;

        f->config.user = name;
        go_to_linking(f);
        step_plugin(f, (PluginMessage){
                .type = PLUGIN_PACKET, .frame = { .data = failure, .n_data = sizeof(failure) } });
        step_fact(f, TUNNEL_EVENT_PPPD_EXITED, DIAGNOSIS_PPPD_EXITED, 19);
        assert_string_equal(find(f, TUNNEL_ACTION_LOG)->log.row->id, "AUTH-01");
        assert_null(strstr(find(f, TUNNEL_ACTION_LOG)->log.text, "Domain="));
}

/* ---- what the next attempt does differently ---- */

#define STATELESS_128 0x01, 0x00, 0x00, 0x40
#define STATELESS_40 0x01, 0x00, 0x00, 0x20

/* We ask for encryption, and the server refuses it: with a Configure-Reject, or by naming its own. */
static void refuse(Fixture *f, const uint8_t asked[static 4], const uint8_t *named) {
        uint8_t request[] = { 0x80, 0xfd, 1, 1, 0, 10, 18, 6, asked[0], asked[1], asked[2], asked[3] };
        PluginMessage m = { .type = PLUGIN_PACKET, .frame.data = request, .frame.n_data = sizeof(request) };

        if (named) {
                memcpy(request + 8, named, 4);
                step_plugin(f, m);
                memcpy(request + 8, asked, 4);
        }
        m.frame.sent = true;
        step_plugin(f, m);
        m.frame.sent = false;
        request[2] = 4;
        step_plugin(f, m);
        step_phase(f, PLUGIN_PHASE_TERMINATE);
        step_fact(f, TUNNEL_EVENT_PPPD_EXITED, DIAGNOSIS_PPPD_EXITED, 10);
}

static void refuse_128(Fixture *f) {
        refuse(f, (const uint8_t[]){ STATELESS_128 }, NULL);
}

static void refuse_40(Fixture *f) {
        refuse(f, (const uint8_t[]){ STATELESS_40 }, NULL);
}

static const TunnelAction *find_log(const Fixture *f, const char *text) {
        for (size_t i = 0; i < f->actions.n_items; i++)
                if (f->actions.items[i].type == TUNNEL_ACTION_LOG && strstr(f->actions.items[i].log.text, text))
                        return &f->actions.items[i];

        return NULL;
}

/* From the end of a call to pppd of the next, which calls the same address without a pause. */
static uint32_t go_on_to_linking(Fixture *f) {
        uint32_t opening = 0;

        if (tunnel_get_state(f->tunnel) == TUNNEL_STATE_CLOSING_CONTROL)
                step_control(f, (PptpMessage){ .type = PPTP_STOP_CONTROL_CONNECTION_REPLY, .result_code = 1 });
        assert_state(f, TUNNEL_STATE_PREPARING);
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_PREPARED, .password_known = true });
        assert_int_equal(find(f, TUNNEL_ACTION_CONNECT)->connect.address.s_addr, addresses[0].s_addr);
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_CONNECTED, .address = addresses[1] });
        step_control(f, (PptpMessage){ .type = PPTP_START_CONTROL_CONNECTION_REPLY, .result_code = 1 });
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_CALL_OPENED, .call_id = CALL_ID });
        step_control(f, (PptpMessage){
                .type = PPTP_OUTGOING_CALL_REPLY,
                .result_code = 1,
                .outgoing_call_reply = { .call_id = PEER_CALL_ID, .peer_call_id = CALL_ID },
        });
        opening = mppe_policy_get_opening(&find(f, TUNNEL_ACTION_START_PPPD)->pppd.settings.mppe);
        step_phase(f, PLUGIN_PHASE_ESTABLISH);
        step_phase(f, PLUGIN_PHASE_NETWORK);
        return opening;
}

static void come_up(Fixture *f, MppeOutcome outcome) {
        ip_up(f, outcome);
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_ROUTES_INSTALLED, .count = 1 });
        step_type(f, TUNNEL_EVENT_PROBE_REPLY);
        assert_state(f, TUNNEL_STATE_UP);
}

static void test_refused_strength_is_changed_once(void **state) {
        Fixture *f = *state;

        f->config.mppe = CONFIG_MPPE_ANY;
        go_to_linking(f);
        refuse_128(f);
        assert_string_equal(find(f, TUNNEL_ACTION_LOG)->log.row->id, "MPPE-09");
        assert_int_equal(find(f, TUNNEL_ACTION_LOG)->log.class, DIAGNOSIS_ADAPT);
        assert_non_null(find_log(f, "Trying once more with MPPE 40-bit stateless"));
        assert_null(find_log(f, "Remedy"));

        assert_int_equal(go_on_to_linking(f), MPPE_BIT_40 | MPPE_BIT_STATELESS);
        come_up(f, (MppeOutcome){ .bits_40 = true });
        assert_non_null(find(f, TUNNEL_ACTION_REMEMBER));
        assert_int_equal(server_memory_find(tunnel_get_memory(f->tunnel), server)->mppe_bits,
                         MPPE_BIT_40 | MPPE_BIT_STATELESS);
}

static void test_refused_again_is_permanent(void **state) {
        Fixture *f = *state;

        f->config.mppe = CONFIG_MPPE_ANY;
        go_to_linking(f);
        refuse_128(f);
        go_on_to_linking(f);
        refuse_40(f);
        assert_int_equal(find(f, TUNNEL_ACTION_LOG)->log.class, DIAGNOSIS_PERMANENT);
        assert_null(find_log(f, "Trying once more"));
        step_timer(f);
        assert_int_equal(find(f, TUNNEL_ACTION_EXIT)->exit_status, EX_PROTOCOL);
}

/* The server talked us into 40 bits within the call, and then refused them: it has seen all there is. */
static void test_nothing_is_tried_twice(void **state) {
        Fixture *f = *state;

        f->config.mppe = CONFIG_MPPE_ANY;
        go_to_linking(f);
        refuse_40(f);
        assert_null(find_log(f, "Trying once more"));
        step_timer(f);
        assert_int_equal(find(f, TUNNEL_ACTION_EXIT)->exit_status, EX_PROTOCOL);
}

/* With one strength and one mode there is nothing to change to, whatever the server would like. */
static void test_nothing_changes_beyond_the_configuration(void **state) {
        static const uint8_t asked[] = { STATELESS_128 }, stateful_40[] = { 0, 0, 0, 0x20 };
        Fixture *f = *state;

        go_to_linking(f);
        refuse(f, asked, stateful_40);
        assert_null(find_log(f, "Trying once more"));
        assert_non_null(find_log(f, "Remedy"));
        step_timer(f);
        assert_int_equal(find(f, TUNNEL_ACTION_EXIT)->exit_status, EX_PROTOCOL);
}

static void test_what_is_remembered_comes_first(void **state) {
        ServerMemoryEntry entry = { .server = "vpn.example", .mppe_bits = MPPE_BIT_40 | MPPE_BIT_STATELESS };
        Fixture *f = *state;

        f->config.mppe = CONFIG_MPPE_ANY;
        server_memory_set(tunnel_get_memory(f->tunnel), &entry);
        go_to_calling(f);
        step_control(f, (PptpMessage){
                .type = PPTP_OUTGOING_CALL_REPLY,
                .result_code = 1,
                .outgoing_call_reply = { .call_id = PEER_CALL_ID, .peer_call_id = CALL_ID },
        });
        assert_int_equal(mppe_policy_get_opening(&find(f, TUNNEL_ACTION_START_PPPD)->pppd.settings.mppe),
                         MPPE_BIT_40 | MPPE_BIT_STATELESS);

        /* It no longer works: forgotten, and the strongest has its turn; after that there is nothing. */
        refuse_40(f);
        assert_non_null(find(f, TUNNEL_ACTION_REMEMBER));
        assert_null(server_memory_find(tunnel_get_memory(f->tunnel), server));
        assert_non_null(find_log(f, "Trying once more with MPPE 128-bit stateless"));
        assert_int_equal(go_on_to_linking(f), MPPE_BIT_128 | MPPE_BIT_STATELESS);
        refuse_128(f);
        assert_null(find_log(f, "Trying once more"));
}

static void test_memory_is_no_authority(void **state) {
        ServerMemoryEntry entry = { .server = "vpn.example", .mppe_bits = MPPE_BIT_40 };
        Fixture *f = *state;

        server_memory_set(tunnel_get_memory(f->tunnel), &entry);
        go_to_calling(f);
        step_control(f, (PptpMessage){
                .type = PPTP_OUTGOING_CALL_REPLY,
                .result_code = 1,
                .outgoing_call_reply = { .call_id = PEER_CALL_ID, .peer_call_id = CALL_ID },
        });
        assert_int_equal(mppe_policy_get_opening(&find(f, TUNNEL_ACTION_START_PPPD)->pppd.settings.mppe),
                         MPPE_BIT_128 | MPPE_BIT_STATELESS);
        assert_false(find(f, TUNNEL_ACTION_START_PPPD)->pppd.settings.mppe.allow_40);
}

/* The link comes up, and pppd gives it up because no echo was answered; or one of them is. */
static void fall_silent(Fixture *f, bool answered) {
        static const uint8_t request[] = { 0xc0, 0x21, 9, 1, 0, 8, 1, 2, 3, 4 };
        static const uint8_t reply[] = { 0xc0, 0x21, 10, 1, 0, 8, 5, 6, 7, 8 };

        step_phase(f, PLUGIN_PHASE_RUNNING);
        if (answered)
                step_plugin(f, (PluginMessage){
                        .type = PLUGIN_PACKET, .frame = { .data = reply, .n_data = sizeof(reply) } });
        for (unsigned i = 0; i < 3; i++)
                step_plugin(f, (PluginMessage){
                        .type = PLUGIN_PACKET,
                        .frame = { .sent = true, .data = request, .n_data = sizeof(request) } });
        f->now_usec += 30 * USEC_PER_SEC;
        step_plugin(f, (PluginMessage){ .type = PLUGIN_EXITING, .exiting.status = 15 });
}

/* Everything is taken down, and pppd of the next call starts. */
static void come_back(Fixture *f, bool waits) {
        step_type(f, TUNNEL_EVENT_ROUTES_REMOVED);
        step_fact(f, TUNNEL_EVENT_PPPD_EXITED, DIAGNOSIS_PPPD_EXITED, 16);
        if (waits) {
                assert_state(f, TUNNEL_STATE_WAITING);
                step_timer(f);
                step(f, (TunnelEvent){ .type = TUNNEL_EVENT_PREPARED, .password_known = true });
                step(f, (TunnelEvent){ .type = TUNNEL_EVENT_RESOLVED, .addresses = { addresses, 1 } });
        } else {
                assert_state(f, TUNNEL_STATE_PREPARING);
                step(f, (TunnelEvent){ .type = TUNNEL_EVENT_PREPARED, .password_known = true });
        }
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_CONNECTED, .address = addresses[1] });
        step_control(f, (PptpMessage){ .type = PPTP_START_CONTROL_CONNECTION_REPLY, .result_code = 1 });
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_CALL_OPENED, .call_id = CALL_ID });
        step_control(f, (PptpMessage){
                .type = PPTP_OUTGOING_CALL_REPLY,
                .result_code = 1,
                .outgoing_call_reply = { .call_id = PEER_CALL_ID, .peer_call_id = CALL_ID },
        });
        assert_non_null(find(f, TUNNEL_ACTION_START_PPPD));
}

static void test_server_that_answers_no_echo(void **state) {
        Fixture *f = *state;

        f->config.keep_alive_interval_usec = 10 * USEC_PER_SEC;
        go_to_up(f);
        fall_silent(f, false);
        assert_string_equal(find(f, TUNNEL_ACTION_LOG)->log.row->id, "LCP-02");
        assert_null(find_log(f, "Trying once more"));

        come_back(f, true);
        assert_true(find(f, TUNNEL_ACTION_START_PPPD)->pppd.settings.keep_alive);
        step_phase(f, PLUGIN_PHASE_NETWORK);
        come_up(f, (MppeOutcome){ .bits_128 = true });
        fall_silent(f, false);
        assert_string_equal(find(f, TUNNEL_ACTION_LOG)->log.row->id, "LCP-11");
        assert_non_null(find_log(f, "Trying once more without keep-alive"));

        come_back(f, false);
        assert_false(find(f, TUNNEL_ACTION_START_PPPD)->pppd.settings.keep_alive);
        step_phase(f, PLUGIN_PHASE_NETWORK);
        come_up(f, (MppeOutcome){ .bits_128 = true });
        assert_non_null(strstr(find(f, TUNNEL_ACTION_STATUS)->status.text, "no keep-alive"));
        assert_true(server_memory_find(tunnel_get_memory(f->tunnel), server)->no_keep_alive);
        assert_int_equal(server_memory_find(tunnel_get_memory(f->tunnel), server)->mppe_bits, 0);
}

/* A path that breaks again and again is none of the server's doing, once it has answered. */
static void test_one_answered_echo_is_enough(void **state) {
        Fixture *f = *state;

        f->config.keep_alive_interval_usec = 10 * USEC_PER_SEC;
        go_to_up(f);
        for (unsigned i = 0; i < 4; i++) {
                fall_silent(f, i % 2 == 1);
                assert_string_equal(find(f, TUNNEL_ACTION_LOG)->log.row->id, "LCP-02");
                come_back(f, true);
                assert_true(find(f, TUNNEL_ACTION_START_PPPD)->pppd.settings.keep_alive);
                step_phase(f, PLUGIN_PHASE_NETWORK);
                come_up(f, (MppeOutcome){ .bits_128 = true });
        }
}

/* The account may log on again in an hour: neither the back-off nor an uplink makes it sooner. */
static void test_the_server_names_the_wait(void **state) {
        static const uint8_t failure[] = { 0xc2, 0x23, 4, 1, 0, 13, 'E', '=', '6', '4', '6', ' ', 'R', '=', '0' };
        Fixture *f = *state;

        go_to_linking(f);
        step_plugin(f, (PluginMessage){
                .type = PLUGIN_PACKET, .frame = { .data = failure, .n_data = sizeof(failure) } });
        step_fact(f, TUNNEL_EVENT_PPPD_EXITED, DIAGNOSIS_PPPD_EXITED, 19);
        step_timer(f);
        assert_state(f, TUNNEL_STATE_WAITING);
        assert_true(tunnel_next_deadline(f->tunnel) - f->now_usec >= 60 * USEC_PER_MINUTE);
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_UPLINK, .uplink = UPLINK_BACK });
        assert_state(f, TUNNEL_STATE_WAITING);
        step_timer(f);
        assert_state(f, TUNNEL_STATE_PREPARING);
}

/* A link that opens without a password was not opened by one. */
static void test_authentication_is_not_made_up(void **state) {
        static const uint8_t success[] = { 0xc2, 0x23, 3, 1, 0, 4 };
        Fixture *f = *state;

        go_to_linking(f);
        assert_null(find_log(f, "Authenticated as"));
        assert_non_null(find_log(f, "without asking for the password"));
        step_plugin(f, (PluginMessage){
                .type = PLUGIN_PACKET, .frame = { .data = success, .n_data = sizeof(success) } });
        step_phase(f, PLUGIN_PHASE_NETWORK);
        assert_non_null(find_log(f, "Authenticated as \"username\""));
}

/* Remarks are made once, not with each reconnect. */
static void test_notes_are_made_once(void **state) {
        Fixture *f = *state;

        go_to_linking(f);
        step_control(f, (PptpMessage){ .type = PPTP_SET_LINK_INFO });
        come_up(f, (MppeOutcome){ .bits_128 = true });
        assert_string_equal(find_log(f, "Set-Link-Info")->log.row->id, "CTL-11");

        step_control(f, (PptpMessage){
                .type = PPTP_CALL_DISCONNECT_NOTIFY, .result_code = 1, .call.call_id = PEER_CALL_ID });
        assert_null(find_log(f, "Set-Link-Info"));
}

static void test_lost_link_reconnects_and_stays_ready(void **state) {
        Fixture *f = *state;

        go_to_up(f);
        f->now_usec += 2 * USEC_PER_MINUTE;
        step_plugin(f, (PluginMessage){ .type = PLUGIN_EXITING, .exiting.status = 15 });
        assert_non_null(find(f, TUNNEL_ACTION_REMOVE_ROUTES));
        step_type(f, TUNNEL_EVENT_ROUTES_REMOVED);
        assert_non_null(find(f, TUNNEL_ACTION_CLOSE_CALL)); /* nobody to say goodbye to */
        step_fact(f, TUNNEL_EVENT_PPPD_EXITED, DIAGNOSIS_PPPD_EXITED, 16);
        assert_state(f, TUNNEL_STATE_WAITING);
        assert_true(tunnel_next_deadline(f->tunnel) == f->now_usec); /* it was stable: at once */
        assert_null(find(f, TUNNEL_ACTION_EXIT));
        assert_status_begins(f, "Reconnecting (");
        assert_status_ends(f, "; try 1, next in 0 s)");

        /* All along it says what happened. */
        step_timer(f);
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_PREPARED, .password_known = true });
        assert_status_begins(f, "Reconnecting (");
        assert_status_ends(f, "; try 1): Looking up vpn.example");
        step_fact(f, TUNNEL_EVENT_RESOLVE_FAILED, DIAGNOSIS_RESOLVE_ERROR, EAI_AGAIN);
        assert_status_ends(f, "; try 2, next in 1 s)");
}

/* From up to the next try, ended by the server or for want of an answer to LCP echoes. */
static void go_down(Fixture *f, bool dead) {
        if (dead)
                step_plugin(f, (PluginMessage){ .type = PLUGIN_EXITING, .exiting.status = 15 });
        else
                step_control(f, (PptpMessage){
                        .type = PPTP_CALL_DISCONNECT_NOTIFY,
                        .result_code = 1,
                        .call.call_id = PEER_CALL_ID,
                });
        step_type(f, TUNNEL_EVENT_ROUTES_REMOVED);
        step_fact(f, TUNNEL_EVENT_PPPD_EXITED, DIAGNOSIS_PPPD_EXITED, 16);
        assert_state(f, TUNNEL_STATE_WAITING);
        step_timer(f);
        assert_state(f, TUNNEL_STATE_PREPARING);
}

static void redial(Fixture *f, const struct in_addr *address) {
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_PREPARED, .password_known = true });
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_RESOLVED, .addresses = { address, 1 } });
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_CONNECTED, .address = addresses[1] });
        step_control(f, (PptpMessage){ .type = PPTP_START_CONTROL_CONNECTION_REPLY, .result_code = 1 });
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_CALL_OPENED, .call_id = CALL_ID });
        step_control(f, (PptpMessage){
                .type = PPTP_OUTGOING_CALL_REPLY,
                .result_code = 1,
                .outgoing_call_reply = { .call_id = PEER_CALL_ID, .peer_call_id = CALL_ID },
        });
        step_phase(f, PLUGIN_PHASE_ESTABLISH);
        assert_state(f, TUNNEL_STATE_LINKING);
}

/* One try to connect that nobody answers. Returns how long it took, and the wait after it. */
static uint64_t redial_in_vain(Fixture *f, uint64_t *ret_delay_usec) {
        uint64_t began, ended;

        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_PREPARED, .password_known = true });
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_RESOLVED, .addresses = { addresses, 1 } });
        assert_state(f, TUNNEL_STATE_CONNECTING);
        began = f->now_usec;
        step_timer(f);
        ended = f->now_usec;
        assert_state(f, TUNNEL_STATE_WAITING);
        step_timer(f);
        assert_state(f, TUNNEL_STATE_PREPARING);
        *ret_delay_usec = f->now_usec - ended;
        return ended - began;
}

/*
 * A server that has answered before is asked at least every two seconds, so that it is found soon when
 * the way is free again; but not for ever.
 */
static void test_short_outage(void **state) {
        Fixture *f = *state;
        uint64_t lost, took, delay;

        go_to_up(f);
        go_down(f, true);
        lost = f->now_usec;
        while (f->now_usec - lost < USEC_PER_MINUTE) {
                took = redial_in_vain(f, &delay);
                assert_true(took <= 1500 * USEC_PER_MSEC);
                assert_true(delay <= USEC_PER_SEC);
        }
        while (f->now_usec - lost < 10 * USEC_PER_MINUTE)
                took = redial_in_vain(f, &delay);
        assert_true(took == 10 * USEC_PER_SEC);
        assert_true(delay > USEC_PER_MINUTE);
}

/* The remedy is in the journal once, not with every try; what fails is there each time. */
static void test_remedy_is_told_once(void **state) {
        Fixture *f = *state;

        go_to_up(f);
        go_down(f, true);
        for (size_t i = 0; i < 3; i++) {
                step(f, (TunnelEvent){ .type = TUNNEL_EVENT_PREPARED, .password_known = true });
                step(f, (TunnelEvent){ .type = TUNNEL_EVENT_RESOLVED, .addresses = { addresses, 1 } });
                step_timer(f);
                assert_non_null(find_log(f, "does not answer"));
                assert_true(!find_log(f, "Remedy") == (i > 0));
                step_timer(f);
                assert_state(f, TUNNEL_STATE_PREPARING);
        }
}

/* One that is slow to answer TCP gets the time it needs. */
static void test_short_outage_of_a_slow_server(void **state) {
        Fixture *f = *state;
        uint64_t delay;

        go_to_up(f);
        go_down(f, true);
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_PREPARED, .password_known = true });
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_RESOLVED, .addresses = { addresses, 1 } });
        f->now_usec += USEC_PER_SEC;
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_CONNECTED, .address = addresses[1] });
        step_fact(f, TUNNEL_EVENT_CONTROL_FAILED, DIAGNOSIS_PEER_CLOSED, 0);
        step_timer(f);
        assert_true(redial_in_vain(f, &delay) == 3 * USEC_PER_SEC);
}

/* TCP passes and GRE does not: the next try comes as soon as the last one, for a while. */
static void test_outage_of_gre(void **state) {
        Fixture *f = *state;

        go_to_up(f);
        go_down(f, true);
        for (size_t i = 0; i < 3; i++) {
                uint64_t failed;

                redial(f, addresses);
                step_fact(f, TUNNEL_EVENT_PPPD_EXITED, DIAGNOSIS_PPPD_EXITED, 10);
                step_control(f, (PptpMessage){ .type = PPTP_STOP_CONTROL_CONNECTION_REPLY, .result_code = 1 });
                assert_state(f, TUNNEL_STATE_WAITING);
                failed = f->now_usec;
                step_timer(f);
                assert_true(f->now_usec - failed <= USEC_PER_SEC);
        }
}

/* A router that still holds the call that just ended swallows the next one; GRE worked, after all. */
static void test_silence_after_a_call(void **state) {
        Fixture *f = *state;

        go_to_up(f);
        go_down(f, false);
        redial(f, addresses);
        step_timer(f);
        assert_string_equal(find(f, TUNNEL_ACTION_LOG)->log.row->id, "GRE-08");
}

/* After a call whose packets got lost, the same silence says that they still do. */
static void test_silence_after_a_dead_call(void **state) {
        Fixture *f = *state;

        go_to_up(f);
        go_down(f, true);
        redial(f, addresses);
        step_timer(f);
        assert_string_equal(find(f, TUNNEL_ACTION_LOG)->log.row->id, "GRE-01");
}

static const TunnelAction *find_note(const Fixture *f, const char *id) {
        for (size_t i = 0; i < f->actions.n_items; i++) {
                const TunnelAction *action = &f->actions.items[i];

                if (action->type == TUNNEL_ACTION_LOG && action->log.row &&
                    strcmp(action->log.row->id, id) == 0)
                        return action;
        }

        return NULL;
}

static void test_notes_when_up(void **state) {
        static ConfigRoute route;
        Fixture *f = *state;

        /* Nothing is routed into the tunnel. */
        go_to_up(f);
        assert_non_null(find_note(f, "NETC-02"));
        assert_null(find_note(f, "NET-08"));

        /* The server's name leads elsewhere than when the tunnel was last up. */
        f->config.routes = &route;
        f->config.n_routes = 1;
        go_down(f, false);
        redial(f, &addresses[1]);
        step_phase(f, PLUGIN_PHASE_NETWORK);
        ip_up(f, (MppeOutcome){ .bits_128 = true });
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_ROUTES_INSTALLED, .count = 1 });
        step_type(f, TUNNEL_EVENT_PROBE_REPLY);
        assert_state(f, TUNNEL_STATE_UP);
        assert_null(find_note(f, "NETC-02"));
        assert_non_null(strstr(find_note(f, "NET-08")->log.text, "from 192.0.2.2 to 192.0.2.3"));
}

/* What a preparation says is about this attempt, whatever became of the last one. */
static void test_preparation_forgets_the_last_attempt(void **state) {
        static const uint8_t success[] = { 0xc2, 0x23, 3, 1, 0, 4 };
        Fixture *f = *state;

        go_to_up(f);
        step_plugin(f, (PluginMessage){
                .type = PLUGIN_PACKET, .frame = { .data = success, .n_data = sizeof(success) } });
        go_down(f, true);
        step_fact(f, TUNNEL_EVENT_PREPARE_FAILED, DIAGNOSIS_NO_PASSWORD, 0);
        assert_string_equal(find(f, TUNNEL_ACTION_LOG)->log.row->id, "CFG-05");
}

static void test_remembers_what_happened(void **state) {
        Fixture *f = *state;
        Status s;

        tunnel_set_history(f->tunnel, &(History){ .n_connects = 1, .up_usec = USEC_PER_MINUTE });
        go_to_up(f);
        tunnel_get_status(f->tunnel, &s);
        assert_true(status_is_up(&s));
        assert_string_equal(s.interface_name, "onenet");
        assert_string_equal(s.encryption_received, "MPPE 128-bit stateless");
        assert_int_equal(s.n_routes, 1);
        assert_int_equal(s.up_since_usec, f->now_usec);
        assert_int_equal(s.history.n_connects, 2);
        assert_int_equal(s.history.n_failures, 0);

        f->now_usec += 2 * USEC_PER_MINUTE;
        step_plugin(f, (PluginMessage){ .type = PLUGIN_EXITING, .exiting.status = 15 });
        step_type(f, TUNNEL_EVENT_ROUTES_REMOVED);
        step_fact(f, TUNNEL_EVENT_PPPD_EXITED, DIAGNOSIS_PPPD_EXITED, 16);
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_TRAFFIC, .traffic = { 100, 1, 200, 2 } });
        tunnel_get_status(f->tunnel, &s);
        assert_string_equal(s.state, "waiting");
        assert_string_equal(s.interface_name, "");
        assert_int_equal(s.n_tries, 0);
        assert_int_equal(s.next_try_usec, f->now_usec);
        assert_int_equal(s.up_since_usec, 0);
        assert_int_equal(s.history.up_usec, 3 * USEC_PER_MINUTE);
        assert_int_equal(s.history.traffic.sent_bytes, 200);
        assert_int_equal(s.history.n_failures, 1);
        assert_string_not_equal(s.history.failures[0].id, "");
}

static void test_control_echo(void **state) {
        Fixture *f = *state;
        uint64_t began;

        go_to_up(f);
        began = f->now_usec;
        step_control(f, (PptpMessage){ .type = PPTP_ECHO_REQUEST, .echo.identifier = 0xabcd });
        assert_int_equal(find_sent(f, PPTP_ECHO_REPLY)->echo.identifier, 0xabcd);

        step_timer(f);
        assert_true(f->now_usec - began == USEC_PER_MINUTE);
        assert_non_null(find_sent(f, PPTP_ECHO_REQUEST));
        step_control(f, (PptpMessage){ .type = PPTP_ECHO_REPLY, .result_code = 1 });
        step_timer(f);
        assert_non_null(find_sent(f, PPTP_ECHO_REQUEST));
        assert_state(f, TUNNEL_STATE_UP);

        step_timer(f); /* no answer this time */
        assert_state(f, TUNNEL_STATE_CLOSING_ROUTES);
}

static void test_gives_up_after_max_attempts(void **state) {
        Fixture *f = *state;

        f->config.max_attempts = 2;
        go_to_connecting(f, 1);
        step_fact(f, TUNNEL_EVENT_CONTROL_FAILED, DIAGNOSIS_ERRNO, ETIMEDOUT);
        assert_state(f, TUNNEL_STATE_WAITING);
        step_timer(f);
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_PREPARED, .password_known = true });
        step_fact(f, TUNNEL_EVENT_RESOLVE_FAILED, DIAGNOSIS_RESOLVE_ERROR, EAI_AGAIN);
        assert_int_equal(find(f, TUNNEL_ACTION_EXIT)->exit_status, EX_UNAVAILABLE);
        assert_status_begins(f, "Gave up, as MaxAttempts= says: The server's name cannot be resolved");
        assert_non_null(strstr(find_status(f), "Remedy: "));
}

static void step_uplink(Fixture *f, UplinkChange change) {
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_UPLINK, .uplink = change });
}

static void step_echo_reply(Fixture *f) {
        step_control(f, (PptpMessage){ .type = PPTP_ECHO_REPLY, .result_code = 1 });
}

/* Up, against a server that does not answer pings. */
static void go_to_up_unproven(Fixture *f) {
        go_to_linking(f);
        ip_up(f, (MppeOutcome){ .bits_128 = true });
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_ROUTES_INSTALLED, .count = 1 });
        step_timer(f);
        assert_state(f, TUNNEL_STATE_UP);
}

static void assert_lost_because(const Fixture *f, const char *id) {
        assert_state(f, TUNNEL_STATE_CLOSING_ROUTES);
        assert_string_equal(find(f, TUNNEL_ACTION_LOG)->log.row->id, id);
}

/* A server that answered pings and answers them no more is gone, whatever its control connection says. */
static void test_verify_by_ping(void **state) {
        Fixture *f = *state;
        uint64_t began;

        go_to_up(f);
        step_uplink(f, UPLINK_SAME);
        assert_int_equal(find(f, TUNNEL_ACTION_PROBE)->connect.address.s_addr, peer_address.s_addr);
        assert_non_null(find_sent(f, PPTP_ECHO_REQUEST));
        step_type(f, TUNNEL_EVENT_PROBE_REPLY);
        assert_non_null(find(f, TUNNEL_ACTION_PROBE_STOP));
        assert_state(f, TUNNEL_STATE_UP);
        step_echo_reply(f);

        began = f->now_usec;
        step_uplink(f, UPLINK_BACK);
        step_echo_reply(f);
        assert_null(find(f, TUNNEL_ACTION_PROBE_STOP));
        step_timer(f);
        assert_true(f->now_usec - began < 5 * USEC_PER_SEC);
        assert_lost_because(f, "NETC-19");
}

/* One that never did is asked over the control connection; its first ping to come is as good. */
static void test_verify_by_control_echo(void **state) {
        Fixture *f = *state;

        go_to_up_unproven(f);
        step_uplink(f, UPLINK_MOVED);
        assert_non_null(find_sent(f, PPTP_ECHO_REQUEST));
        step_echo_reply(f);
        assert_non_null(find(f, TUNNEL_ACTION_PROBE_STOP));

        step_uplink(f, UPLINK_MOVED);
        step_timer(f);
        assert_lost_because(f, "NETC-19");
}

/* Who refuses our packets may be wrong, or about to change his mind: a test tells, and not too often. */
static void test_refused_packets_lead_to_a_test(void **state) {
        const TunnelEvent refused = {
                .type = TUNNEL_EVENT_GRE_REFUSED,
                .fact = { .type = DIAGNOSIS_ERRNO, .stage = DIAGNOSIS_STAGE_LINK, .number = EHOSTUNREACH,
                          .text = "198.51.100.1" },
        };
        Fixture *f = *state;

        go_to_up(f);
        step(f, refused);
        assert_non_null(strstr(find(f, TUNNEL_ACTION_LOG)->log.text, "198.51.100.1"));
        assert_non_null(find(f, TUNNEL_ACTION_PROBE));
        step(f, refused);
        assert_int_equal(f->actions.n_items, 0);
        step_type(f, TUNNEL_EVENT_PROBE_REPLY);
        step_echo_reply(f);

        step(f, refused);
        assert_int_equal(f->actions.n_items, 0);
        f->now_usec += 61 * USEC_PER_SEC;
        step(f, refused);
        assert_non_null(find(f, TUNNEL_ACTION_PROBE));
        step_timer(f);
        assert_lost_because(f, "NETC-19");
        assert_non_null(strstr(find(f, TUNNEL_ACTION_LOG)->log.text, "refused"));
}

/* What keeps happening does not put off the end of the test. */
static void test_verify_has_an_end(void **state) {
        Fixture *f = *state;
        uint64_t deadline;

        go_to_up(f);
        step_uplink(f, UPLINK_SAME);
        deadline = tunnel_next_deadline(f->tunnel);
        f->now_usec += USEC_PER_SEC;
        step_uplink(f, UPLINK_MOVED);
        assert_null(find(f, TUNNEL_ACTION_PROBE));
        assert_true(tunnel_next_deadline(f->tunnel) == deadline);
}

/* No cable for a while: nothing is torn down for it, and nothing is asked before it is back. */
static void test_lost_uplink_is_waited_for(void **state) {
        Fixture *f = *state;

        go_to_up(f);
        step_uplink(f, UPLINK_SAME);
        step_uplink(f, UPLINK_LOST);
        assert_non_null(find(f, TUNNEL_ACTION_PROBE_STOP));
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_RESUMED, .count = 60 });
        assert_int_equal(f->actions.n_items, 0);
        assert_state(f, TUNNEL_STATE_UP);

        step_uplink(f, UPLINK_BACK);
        step_type(f, TUNNEL_EVENT_PROBE_REPLY);
        assert_state(f, TUNNEL_STATE_UP);
}

/* Then the missing cable is the reason, not that the server does not answer over it. */
static void test_lost_uplink_is_the_reason(void **state) {
        Fixture *f = *state;

        go_to_up(f);
        step_uplink(f, UPLINK_LOST);
        step_plugin(f, (PluginMessage){ .type = PLUGIN_EXITING, .exiting.status = 15 });
        assert_lost_because(f, "NETC-21");
}

static void test_another_address_reconnects_at_once(void **state) {
        Fixture *f = *state;

        go_to_up(f);
        step_uplink(f, UPLINK_READDRESSED);
        assert_lost_because(f, "NETC-20");
        assert_non_null(strstr(find(f, TUNNEL_ACTION_LOG)->log.text, "192.0.2.3"));
        step_type(f, TUNNEL_EVENT_ROUTES_REMOVED);
        step_fact(f, TUNNEL_EVENT_PPPD_EXITED, DIAGNOSIS_PPPD_EXITED, 16);
        assert_state(f, TUNNEL_STATE_WAITING);
        assert_true(tunnel_next_deadline(f->tunnel) == f->now_usec);
}

static void test_uplink_cuts_waiting_short(void **state) {
        static const UplinkChange news[] = { UPLINK_BACK, UPLINK_MOVED, UPLINK_READDRESSED };

        for (size_t i = 0; i < ELEMENTSOF(news); i++) {
                void *own;
                Fixture *f;

                setup(&own);
                f = own;
                go_to_connecting(f, 1);
                step_fact(f, TUNNEL_EVENT_CONTROL_FAILED, DIAGNOSIS_ERRNO, ENETUNREACH);
                assert_state(f, TUNNEL_STATE_WAITING);
                step_uplink(f, UPLINK_SAME);
                step_uplink(f, UPLINK_LOST);
                assert_state(f, TUNNEL_STATE_WAITING);
                step_uplink(f, news[i]);
                assert_state(f, TUNNEL_STATE_PREPARING);
                teardown(&own);
        }
        (void) state;
}

/* The question to a name server or the SYN went a way that is no more. */
static void test_uplink_begins_the_dialling_anew(void **state) {
        Fixture *f = *state;

        go_to_connecting(f, 1);
        step_uplink(f, UPLINK_MOVED);
        assert_non_null(find(f, TUNNEL_ACTION_CLOSE_CONTROL));
        assert_non_null(find(f, TUNNEL_ACTION_PREPARE));
        assert_state(f, TUNNEL_STATE_PREPARING);
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_PREPARED, .password_known = true });
        step_uplink(f, UPLINK_BACK);
        assert_state(f, TUNNEL_STATE_PREPARING);
}

/* While the old link is taken down the new way appears: nothing more to wait for then. */
static void test_uplink_during_closing_redials_at_once(void **state) {
        Fixture *f = *state;

        go_to_up(f);
        step_plugin(f, (PluginMessage){ .type = PLUGIN_EXITING, .exiting.status = 15 });
        step_uplink(f, UPLINK_BACK);
        step_type(f, TUNNEL_EVENT_ROUTES_REMOVED);
        step_fact(f, TUNNEL_EVENT_PPPD_EXITED, DIAGNOSIS_PPPD_EXITED, 16);
        assert_true(tunnel_next_deadline(f->tunnel) == f->now_usec);
}

static void test_resume_tests_the_link(void **state) {
        Fixture *f = *state;

        go_to_up(f);
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_RESUMED, .count = 3600 });
        assert_non_null(find(f, TUNNEL_ACTION_PROBE));
        step_timer(f);
        assert_lost_because(f, "NETC-19");
        assert_non_null(strstr(find(f, TUNNEL_ACTION_LOG)->log.text, "slept"));
}

/* Whoever waits for the start is asked for more time when the server answers, and only for so long. */
static void test_patience(void **state) {
        Fixture *f = *state;
        uint64_t began = f->now_usec;

        go_to_connecting(f, 1);
        assert_int_equal(tunnel_get_patience(f->tunnel), 0);
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_CONNECTED, .address = addresses[1] });
        assert_true(tunnel_get_patience(f->tunnel) > tunnel_next_deadline(f->tunnel));
        step_fact(f, TUNNEL_EVENT_CONTROL_FAILED, DIAGNOSIS_PEER_CLOSED, 0);
        assert_int_equal(tunnel_get_patience(f->tunnel), 0);

        for (;;) {
                step_timer(f);
                step(f, (TunnelEvent){ .type = TUNNEL_EVENT_PREPARED, .password_known = true });
                step(f, (TunnelEvent){ .type = TUNNEL_EVENT_RESOLVED, .addresses = { addresses, 1 } });
                step(f, (TunnelEvent){ .type = TUNNEL_EVENT_CONNECTED, .address = addresses[1] });
                if (tunnel_get_patience(f->tunnel) == 0)
                        break;
                assert_true(f->now_usec - began < 2 * USEC_PER_MINUTE);
                step_fact(f, TUNNEL_EVENT_CONTROL_FAILED, DIAGNOSIS_PEER_CLOSED, 0);
        }

        /* And who loses patience reads why it took so long. */
        step_type(f, TUNNEL_EVENT_STOP);
        assert_non_null(strstr(find(f, TUNNEL_ACTION_STATUS)->status.text, "the last attempt failed"));
}

static void test_no_patience_once_ready(void **state) {
        Fixture *f = *state;

        go_to_up(f);
        assert_int_equal(tunnel_get_patience(f->tunnel), 0);
        step_type(f, TUNNEL_EVENT_STOP);
        assert_string_equal(find(f, TUNNEL_ACTION_STATUS)->status.text, "Stopping");
}

/* Lets the next looks at the counters find so many more packets each, for so long. Stops when it falls. */
static void look(Fixture *f, Traffic *counters, uint64_t n_sent, uint64_t n_received, uint64_t usec) {
        uint64_t end = f->now_usec + usec;

        while (f->now_usec < end && tunnel_get_state(f->tunnel) == TUNNEL_STATE_UP) {
                step_any_timer(f);
                if (find_sent(f, PPTP_ECHO_REQUEST))
                        step_echo_reply(f);
                if (!find(f, TUNNEL_ACTION_COUNT))
                        continue;
                counters->sent_packets += n_sent;
                counters->received_packets += n_received;
                step(f, (TunnelEvent){ .type = TUNNEL_EVENT_COUNTED, .traffic = *counters });
                if (find(f, TUNNEL_ACTION_PROBE))
                        break;
        }
}

/* PPP is happy, we send and send, and nothing comes: the server that answered pings is asked again. */
static void test_silence_is_tested(void **state) {
        Traffic counters = { 0, 10, 0, 10 };
        Fixture *f = *state;

        go_to_up(f);
        look(f, &counters, 5, 5, 10 * USEC_PER_MINUTE);
        look(f, &counters, 0, 0, 10 * USEC_PER_MINUTE);
        assert_state(f, TUNNEL_STATE_UP);
        assert_null(find(f, TUNNEL_ACTION_PROBE));

        look(f, &counters, 5, 5, USEC_PER_MINUTE);
        look(f, &counters, 5, 0, 2 * USEC_PER_MINUTE);
        assert_non_null(find(f, TUNNEL_ACTION_PROBE));
        step_type(f, TUNNEL_EVENT_PROBE_REPLY);
        step_echo_reply(f);
        look(f, &counters, 5, 5, USEC_PER_MINUTE);
        look(f, &counters, 5, 0, 2 * USEC_PER_MINUTE);
        step_timer(f);
        assert_lost_because(f, "NETC-13");
}

/* One that never answers pings is given up for it, but not again and again: it may be meant so. */
static void test_silence_of_an_untestable_server(void **state) {
        Traffic counters = { 0, 10, 0, 10 };
        Fixture *f = *state;
        uint64_t began;

        go_to_up_unproven(f);
        began = f->now_usec;
        look(f, &counters, 5, 0, 10 * USEC_PER_MINUTE);
        assert_lost_because(f, "NETC-13");
        assert_true(f->now_usec - began > 3 * USEC_PER_MINUTE);
        step_type(f, TUNNEL_EVENT_ROUTES_REMOVED);
        step_fact(f, TUNNEL_EVENT_PPPD_EXITED, DIAGNOSIS_PPPD_EXITED, 5);
        while (tunnel_get_state(f->tunnel) != TUNNEL_STATE_PREPARING)
                step_timer(f);

        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_PREPARED, .password_known = true });
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_RESOLVED, .addresses = { addresses, 1 } });
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_CONNECTED, .address = addresses[1] });
        step_control(f, (PptpMessage){ .type = PPTP_START_CONTROL_CONNECTION_REPLY, .result_code = 1 });
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_CALL_OPENED, .call_id = CALL_ID });
        step_control(f, (PptpMessage){
                .type = PPTP_OUTGOING_CALL_REPLY,
                .result_code = 1,
                .outgoing_call_reply = { .call_id = PEER_CALL_ID, .peer_call_id = CALL_ID },
        });
        step_phase(f, PLUGIN_PHASE_NETWORK);
        ip_up(f, (MppeOutcome){ .bits_128 = true });
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_ROUTES_INSTALLED, .count = 1 });
        step_timer(f);
        counters = (Traffic){ 0, 10, 0, 10 };
        look(f, &counters, 5, 0, 30 * USEC_PER_MINUTE);
        assert_state(f, TUNNEL_STATE_UP);

        /* Once it was heard, silence means something again. */
        look(f, &counters, 5, 1, USEC_PER_MINUTE);
        look(f, &counters, 5, 0, 10 * USEC_PER_MINUTE);
        assert_lost_because(f, "NETC-13");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_comes_up),
                TEST(test_silent_probe_is_no_failure),
                TEST(test_rejected_data_is_not_up),
                TEST(test_dying_link_is_not_up),
                TEST(test_refusal_without_call_id),
                TEST(test_weaker_encryption_never_gets_routes),
                TEST(test_stop_takes_down_in_order),
                TEST(test_stop_ends_without_any_answer),
                TEST(test_stop_while_connecting_is_immediate),
                TEST(test_stop_while_calling_clears_the_call),
                TEST(test_all_addresses_and_servers_are_tried),
                TEST(test_late_answers_are_dropped),
                TEST(test_wrong_password_is_tried_once),
                TEST(test_domain_in_the_user_name),
                TEST(test_refused_strength_is_changed_once),
                TEST(test_refused_again_is_permanent),
                TEST(test_nothing_is_tried_twice),
                TEST(test_nothing_changes_beyond_the_configuration),
                TEST(test_what_is_remembered_comes_first),
                TEST(test_memory_is_no_authority),
                TEST(test_server_that_answers_no_echo),
                TEST(test_one_answered_echo_is_enough),
                TEST(test_the_server_names_the_wait),
                TEST(test_authentication_is_not_made_up),
                TEST(test_notes_are_made_once),
                TEST(test_lost_link_reconnects_and_stays_ready),
                TEST(test_short_outage),
                TEST(test_short_outage_of_a_slow_server),
                TEST(test_remedy_is_told_once),
                TEST(test_outage_of_gre),
                TEST(test_silence_after_a_call),
                TEST(test_silence_after_a_dead_call),
                TEST(test_notes_when_up),
                TEST(test_preparation_forgets_the_last_attempt),
                TEST(test_remembers_what_happened),
                TEST(test_control_echo),
                TEST(test_gives_up_after_max_attempts),
                TEST(test_verify_by_ping),
                TEST(test_verify_by_control_echo),
                TEST(test_refused_packets_lead_to_a_test),
                TEST(test_verify_has_an_end),
                TEST(test_lost_uplink_is_waited_for),
                TEST(test_lost_uplink_is_the_reason),
                TEST(test_another_address_reconnects_at_once),
                TEST(test_uplink_cuts_waiting_short),
                TEST(test_uplink_begins_the_dialling_anew),
                TEST(test_uplink_during_closing_redials_at_once),
                TEST(test_resume_tests_the_link),
                TEST(test_silence_is_tested),
                TEST(test_silence_of_an_untestable_server),
                TEST(test_patience),
                TEST(test_no_patience_once_ready),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
