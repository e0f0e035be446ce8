/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The life of a tunnel, told event by event: what must happen, in which order, and what must not.
 * The files beside this one, test-tunnel-*.c, tell what happens when it fails, is in doubt, or
 * changes; random orders of everything are the simulator's part (tests/sim).
 */

#include "tunnel-fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

/* Each thing is asked for when what it needs stands, and READY is said when all of it does. */
static void test_comes_up(void **state) {
        Fixture *f = *state;

        advance(f);
        assert_non_null(find(f, TUNNEL_ACTION_PREPARE));
        advance(f);
        assert_string_equal(find(f, TUNNEL_ACTION_RESOLVE)->name, "vpn.example");
        advance(f);
        assert_int_equal(find(f, TUNNEL_ACTION_CONNECT)->connect.address.s_addr,
                         addresses[0].s_addr);
        advance(f);
        assert_non_null(find_sent(f, PPTP_START_CONTROL_CONNECTION_REQUEST));
        assert_non_null(find(f, TUNNEL_ACTION_START_PPPD));
        advance(f);
        assert_non_null(find(f, TUNNEL_ACTION_OPEN_CALL));
        advance(f);
        assert_int_equal(find_sent(f, PPTP_OUTGOING_CALL_REQUEST)->outgoing_call_request.call_id,
                         CALL_ID);
        advance(f);
        assert_int_equal(find_sent(f, PPTP_SET_LINK_INFO)->link_info.call_id, PEER_CALL_ID);
        assert_int_equal(find(f, TUNNEL_ACTION_HAND_OVER_CALL)->pppd.peer_call_id, PEER_CALL_ID);

        step_phase(f, PLUGIN_PHASE_ESTABLISH);
        step_phase(f, PLUGIN_PHASE_AUTHENTICATE);
        step_plugin(f, (PluginMessage){ .type = PLUGIN_PASSWORD_REQUEST });
        assert_non_null(find(f, TUNNEL_ACTION_SEND_PASSWORD));
        step_phase(f, PLUGIN_PHASE_NETWORK);
        assert_state(f, TUNNEL_STATE_LINKING);

        ip_up(f, (MppeOutcome){ .bits_128 = true });
        assert_string_equal(find(f, TUNNEL_ACTION_APPLY)->apply.link.ifname, "onenet");
        assert_non_null(find(f, TUNNEL_ACTION_PROBE));
        assert_null(find(f, TUNNEL_ACTION_READY));
        advance(f);
        assert_null(find(f, TUNNEL_ACTION_PROBE));
        assert_null(find(f, TUNNEL_ACTION_READY));
        advance(f);
        assert_state(f, TUNNEL_STATE_UP);
        assert_string_equal(find(f, TUNNEL_ACTION_READY)->status.text,
                            "Up: vpn.example (192.0.2.2) on onenet, 192.0.2.3 to 10.10.1.1, "
                            "MPPE 128-bit stateless, 1 route");
}

/* The answer to a ping that came while routes were being installed is not waited for again. */
static void test_ping_answered_before_the_routes_are_there(void **state) {
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_APPLYING);
        step_type(f, TUNNEL_EVENT_PROBE_REPLY);
        assert_state(f, TUNNEL_STATE_APPLYING);
        assert_null(find(f, TUNNEL_ACTION_READY));
        advance(f);
        assert_state(f, TUNNEL_STATE_UP);
        assert_non_null(find(f, TUNNEL_ACTION_READY));
        assert_non_null(find(f, TUNNEL_ACTION_PROBE_STOP));

        /* Of a link that was negotiated anew before that, it proves nothing. */
        renew(f);
        go_to(f, TUNNEL_STATE_APPLYING);
        step_type(f, TUNNEL_EVENT_PROBE_REPLY);
        ip_up(f, (MppeOutcome){ .bits_128 = true });
        assert_non_null(find(f, TUNNEL_ACTION_PROBE));
        advance(f);
        assert_state(f, TUNNEL_STATE_PROBING);
        assert_null(find(f, TUNNEL_ACTION_READY));
}

/* Many servers answer no ping: that alone must not keep the tunnel down. */
static void test_silent_probe_is_no_failure(void **state) {
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_PROBING);
        step_timer(f);
        assert_non_null(find(f, TUNNEL_ACTION_READY));
}

/* Nothing is asked again, and nothing taken for silence, before its answer can be there. */
static void test_far_server(void **state) {
        Fixture *f = *state;
        uint64_t began;

        f->round_trip_usec = 2400 * USEC_PER_MSEC;
        go_to(f, TUNNEL_STATE_PROBING);
        assert_int_equal(f->settings.restart_sec, 5);
        began = f->now_usec;
        step_timer(f);
        assert_state(f, TUNNEL_STATE_UP);
        assert_int_equal(f->now_usec - began, 4800 * USEC_PER_MSEC);

        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_UPLINK, .uplink = UPLINK_MOVED });
        began = f->now_usec;
        step_timer(f);
        assert_int_equal(f->now_usec - began, 4800 * USEC_PER_MSEC);
        assert_state(f, TUNNEL_STATE_CLOSING_PARTS);
}

static void test_near_server(void **state) {
        Fixture *f = *state;
        uint64_t began;

        f->round_trip_usec = 20 * USEC_PER_MSEC;
        go_to(f, TUNNEL_STATE_PROBING);
        assert_int_equal(f->settings.restart_sec, 1);
        began = f->now_usec;
        step_timer(f);
        assert_int_equal(f->now_usec - began, USEC_PER_SEC);
}

/* LCP is happy, but the server cannot read what we send: that is not up. */
static void test_rejected_data_is_not_up(void **state) {
        static const uint8_t reject[] = { 0xc0, 0x21, 8, 1, 0, 8, 0x00, 0xfd, 1, 2 };
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_PROBING);
        step_packet(f, reject, sizeof(reject));
        assert_state(f, TUNNEL_STATE_CLOSING_PARTS);
        assert_null(find(f, TUNNEL_ACTION_READY));
}

/*
 * The server rejects protocols that do not exist, one packet after the other: it decrypts with
 * another key. A few over a long time are flipped bits.
 */
static void test_garbled_data_ends_the_link(void **state) {
        static const uint8_t reject[] = { 0xc0, 0x21, 8, 1, 0, 8, 0x60, 0xbc, 1, 2 };
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_UP);
        for (unsigned i = 0; i < 10; i++) {
                step_packet(f, reject, sizeof(reject));
                assert_state(f, TUNNEL_STATE_UP);
                f->now_usec += 11 * USEC_PER_SEC;
        }

        for (unsigned i = 0; i < 5; i++) {
                assert_state(f, TUNNEL_STATE_UP);
                step_packet(f, reject, sizeof(reject));
        }
        assert_state(f, TUNNEL_STATE_CLOSING_PARTS);
        assert_non_null(find_log(f, "[LCP-08]"));
}

/* A link that ends while we probe it is never called up, whatever comes first after that. */
static void test_dying_link_is_not_up(void **state) {
        static const TunnelEventType late[] = { TUNNEL_EVENT_PROBE_REPLY, TUNNEL_EVENT_TIMER };
        Fixture *f = *state;

        for (size_t i = 0; i < ELEMENTSOF(late); i++) {
                renew(f);
                go_to(f, TUNNEL_STATE_PROBING);
                step_phase(f, PLUGIN_PHASE_TERMINATE);

                if (late[i] == TUNNEL_EVENT_TIMER)
                        step_timer(f);
                else
                        step_type(f, late[i]);
                assert_null(find(f, TUNNEL_ACTION_READY));
                assert_true(tunnel_get_state(f->tunnel) != TUNNEL_STATE_UP);
        }
}

/* Some refuse a call without saying which: we have no other. */
static void test_refusal_without_call_id(void **state) {
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_CALLING);
        step_control(f,
                     (PptpMessage){
                             .type = PPTP_OUTGOING_CALL_REPLY,
                             .result_code = 1,
                             .outgoing_call_reply = { .call_id = PEER_CALL_ID, .peer_call_id = 0 },
                     });
        assert_state(f, TUNNEL_STATE_CALLING);
        step_control(f, (PptpMessage){ .type = PPTP_OUTGOING_CALL_REPLY, .result_code = 7 });
        assert_true(tunnel_get_state(f->tunnel) != TUNNEL_STATE_CALLING);
}

/* Neither in the one direction nor in the other. */
static void test_weaker_encryption_never_gets_routes(void **state) {
        static const MppeOutcome weaker[] = {
                { 0 },
                { .bits_40 = true },
                { .bits_128 = true, .stateful = true },
        };
        Fixture *f = *state;

        for (size_t i = 0; i < ELEMENTSOF(weaker); i++) {
                renew(f);
                negotiate(f);
                ip_up(f, weaker[i]);
                assert_null(find(f, TUNNEL_ACTION_APPLY));
                assert_state(f, TUNNEL_STATE_CLOSING_LINK);

                for (unsigned receiving = 0; receiving < 2; receiving++) {
                        PluginMessage m = {
                                .type = PLUGIN_IP_UP,
                                .ip_up = { .ifname = "onenet",
                                           .transmit = { .bits_128 = true },
                                           .receive = { .bits_128 = true } },
                        };

                        *(receiving ? &m.ip_up.receive : &m.ip_up.transmit) = weaker[i];
                        renew(f);
                        negotiate(f);
                        step_plugin(f, m);
                        assert_null(find(f, TUNNEL_ACTION_APPLY));
                        assert_state(f, TUNNEL_STATE_CLOSING_LINK);
                }
        }
}

/* The server asked for one, and pppd had none: it is not said that nobody asked. */
static void test_question_without_answer(void **state) {
        /* LCP Configure-Reject of CHAP with MS-CHAPv2 */
        static const uint8_t reject[] = { 0xc0, 0x21, 4, 1, 0, 9, 3, 5, 0xc2, 0x23, 0x81 };
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_LINKING);
        step_plugin(f,
                    (PluginMessage){
                            .type = PLUGIN_PACKET,
                            .frame = { .sent = true, .data = reject, .n_data = sizeof(reject) } });
        step_phase(f, PLUGIN_PHASE_NETWORK);
        assert_null(find_log(f, "without asking for the password"));
}

/* A link that opens without a password was not opened by one. */
static void test_authentication_is_not_made_up(void **state) {
        static const uint8_t success[] = { 0xc2, 0x23, 3, 1, 0, 4 };
        Fixture *f = *state;

        negotiate(f);
        assert_null(find_log(f, "Authenticated as"));
        assert_non_null(find_log(f, "without asking for the password"));
        step_packet(f, success, sizeof(success));
        step_phase(f, PLUGIN_PHASE_NETWORK);
        assert_non_null(find_log(f, "Authenticated as \"username\""));

        /* On its way down pppd comes by the same phase. */
        go_to(f, TUNNEL_STATE_UP);
        step_phase(f, PLUGIN_PHASE_NETWORK);
        assert_null(find_log(f, "Authenticated as"));
}

/* Every change of state is in the journal, for those who look closely. */
static void test_states_are_logged(void **state) {
        Fixture *f = *state;

        for (TunnelState at = TUNNEL_STATE_PREPARING; at <= TUNNEL_STATE_UP; at++) {
                const TunnelAction *log;

                go_to(f, at);
                log = find_log(f, "State: ");
                assert_non_null(log);
                assert_int_equal(log->log.priority, LOG_DEBUG);
                assert_non_null(strstr(log->log.text, tunnel_state_name(at)));
        }
}

/* Remarks are made once, not with each reconnect. */
static void test_notes_are_made_once(void **state) {
        Fixture *f = *state;

        negotiate(f);
        step_control(f, (PptpMessage){ .type = PPTP_SET_LINK_INFO });
        go_to(f, TUNNEL_STATE_UP);
        assert_string_equal(find_log(f, "Set-Link-Info")->log.row->id, "CTL-11");

        step_control(f,
                     (PptpMessage){ .type = PPTP_CALL_DISCONNECT_NOTIFY,
                                    .result_code = 1,
                                    .call.call_id = PEER_CALL_ID });
        assert_null(find_log(f, "Set-Link-Info"));
}

/*
 * Routes, LCP Terminate, Call-Clear and Stop-Control-Connection, close: each waits for the one
 * before.
 */
static void test_stop_takes_down_in_order(void **state) {
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_UP);
        step_type(f, TUNNEL_EVENT_STOP);
        assert_non_null(find(f, TUNNEL_ACTION_REMOVE));
        assert_null(find(f, TUNNEL_ACTION_TERMINATE_PPPD));
        step_type(f, TUNNEL_EVENT_REMOVED);
        assert_non_null(find(f, TUNNEL_ACTION_TERMINATE_PPPD));
        assert_null(find(f, TUNNEL_ACTION_CLOSE_CALL));
        step_fact(f, TUNNEL_EVENT_PPPD_EXITED, DIAGNOSIS_PPPD_EXITED, 5);
        assert_non_null(find(f, TUNNEL_ACTION_CLOSE_CALL));
        assert_non_null(find_sent(f, PPTP_CALL_CLEAR_REQUEST));
        assert_non_null(find_sent(f, PPTP_STOP_CONTROL_CONNECTION_REQUEST));
        step_control(f,
                     (PptpMessage){ .type = PPTP_CALL_DISCONNECT_NOTIFY,
                                    .result_code = 4,
                                    .call.call_id = PEER_CALL_ID });
        assert_null(find(f, TUNNEL_ACTION_EXIT));
        step_control(f,
                     (PptpMessage){ .type = PPTP_STOP_CONTROL_CONNECTION_REPLY, .result_code = 1 });
        assert_non_null(find(f, TUNNEL_ACTION_CLOSE_CONTROL));
        assert_int_equal(find(f, TUNNEL_ACTION_EXIT)->exit_status, 0);
}

/* Nobody answers, pppd hangs: the stop ends all the same, with ever harder means. */
static void test_stop_ends_without_any_answer(void **state) {
        Fixture *f = *state;
        uint64_t began;

        go_to(f, TUNNEL_STATE_UP);
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

        go_to(f, TUNNEL_STATE_CONNECTING);
        step_type(f, TUNNEL_EVENT_STOP);
        assert_non_null(find(f, TUNNEL_ACTION_CLOSE_CONTROL));
        assert_non_null(find(f, TUNNEL_ACTION_EXIT));
}

static void test_stop_while_calling_clears_the_call(void **state) {
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_CALLING);
        step_type(f, TUNNEL_EVENT_STOP);
        assert_non_null(find(f, TUNNEL_ACTION_TERMINATE_PPPD));
        advance(f);
        assert_int_equal(find_sent(f, PPTP_CALL_CLEAR_REQUEST)->call.call_id, CALL_ID);
}

/*
 * pppd ends, or cannot be started, while the server is still asked for a call. A SYN that nobody
 * answers costs no pppd.
 */
static void test_pppd_ends_while_it_waits(void **state) {
        Fixture *f = *state;

        for (TunnelState at = TUNNEL_STATE_STARTING; at <= TUNNEL_STATE_CALLING; at++) {
                renew(f);
                go_to(f, TUNNEL_STATE_CONNECTING);
                assert_null(find(f, TUNNEL_ACTION_START_PPPD));
                go_to(f, at);
                step_fact(f, TUNNEL_EVENT_PPPD_EXITED, DIAGNOSIS_PPPD_EXITED, -9);
                assert_string_equal(find(f, TUNNEL_ACTION_LOG)->log.row->id, "PPPD-02");
                assert_null(find(f, TUNNEL_ACTION_TERMINATE_PPPD));
                go_to(f, TUNNEL_STATE_WAITING);
        }

        renew(f);
        go_to(f, TUNNEL_STATE_STARTING);
        step_errno(f, TUNNEL_EVENT_PPPD_FAILED, DIAGNOSIS_STAGE_PPPD, ENOENT);
        assert_string_equal(find(f, TUNNEL_ACTION_LOG)->log.row->id, "SYS-01");

        /* Given the call it does nothing: it is no silence of the server's. */
        renew(f);
        go_to(f, TUNNEL_STATE_LINKING);
        step_timer(f);
        assert_string_equal(find(f, TUNNEL_ACTION_LOG)->log.row->id, "PPPD-04");
}

/* What it says before that is no news of a link: the server has not accepted a call yet. */
static void test_pppd_says_too_much_while_it_waits(void **state) {
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_CALLING);
        step_phase(f, PLUGIN_PHASE_NETWORK);
        step_plugin(f, (PluginMessage){ .type = PLUGIN_PASSWORD_REQUEST });
        assert_null(find(f, TUNNEL_ACTION_SEND_PASSWORD));
        ip_up(f, (MppeOutcome){ .bits_128 = true });
        assert_state(f, TUNNEL_STATE_CALLING);
        step_plugin(f, (PluginMessage){ .type = PLUGIN_IP_DOWN });
        assert_state(f, TUNNEL_STATE_CALLING);

        /* But that it ends is, also if the call comes about meanwhile. */
        step_plugin(f, (PluginMessage){ .type = PLUGIN_EXITING, .exiting.status = 5 });
        go_to(f, TUNNEL_STATE_LINKING);
        assert_true(tunnel_next_deadline(f->tunnel) <= f->now_usec + 5 * USEC_PER_SEC);
        step_fact(f, TUNNEL_EVENT_PPPD_EXITED, DIAGNOSIS_PPPD_EXITED, 5);
        assert_state(f, TUNNEL_STATE_CLOSING_CONTROL);
}

/* A pppd that says that it ends, and does not: what the server answers gives it no more time. */
static void test_pppd_does_not_end_while_it_waits(void **state) {
        Fixture *f = *state;

        for (TunnelState at = TUNNEL_STATE_STARTING; at <= TUNNEL_STATE_CALLING; at++) {
                uint64_t ends_usec;

                renew(f);
                go_to(f, at);
                step_plugin(f, (PluginMessage){ .type = PLUGIN_EXITING, .exiting.status = 5 });
                ends_usec = f->now_usec + 3 * USEC_PER_SEC;
                while (tunnel_get_state(f->tunnel) < TUNNEL_STATE_LINKING) {
                        assert_int_equal(tunnel_next_deadline(f->tunnel), ends_usec);
                        f->now_usec += USEC_PER_SEC / 2;
                        go_to(f, tunnel_get_state(f->tunnel) + 1);
                }
                assert_int_equal(tunnel_next_deadline(f->tunnel), ends_usec);
                step_any_timer(f);
                assert_state(f, TUNNEL_STATE_CLOSING_LINK);
                assert_int_equal(f->now_usec, ends_usec);
        }
}

/* The call cannot be given to the pppd that waits for it, which has to end first. */
static void test_call_that_cannot_be_handed_over(void **state) {
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_LINKING);
        step_errno(f, TUNNEL_EVENT_CALL_FAILED, DIAGNOSIS_STAGE_SOCKET, EPROTONOSUPPORT);
        assert_string_equal(find(f, TUNNEL_ACTION_LOG)->log.row->id, "SYS-05");
        assert_non_null(find(f, TUNNEL_ACTION_TERMINATE_PPPD));
        assert_state(f, TUNNEL_STATE_CLOSING_LINK);
}

/* What may answer to what the tunnel has asked for, and is not closed yet. */
typedef struct Open {
        bool control, call, probe, parts, pppd;
} Open;

static void note_open(const Fixture *f, Open *open) {
        for (size_t i = 0; i < f->actions.n_items; i++) {
                TunnelActionType type = f->actions.items[i].type;

                if (type == TUNNEL_ACTION_PREPARE)
                        assert_memory_equal(open, &(Open){ 0 }, sizeof(*open));
                if (type == TUNNEL_ACTION_RESOLVE || type == TUNNEL_ACTION_CONNECT)
                        open->control = true;
                if (type == TUNNEL_ACTION_CLOSE_CONTROL)
                        open->control = false;
                if (type == TUNNEL_ACTION_OPEN_CALL || type == TUNNEL_ACTION_CLOSE_CALL)
                        open->call = type == TUNNEL_ACTION_OPEN_CALL;
                if (type == TUNNEL_ACTION_PROBE || type == TUNNEL_ACTION_PROBE_STOP)
                        open->probe = type == TUNNEL_ACTION_PROBE;
                if (type == TUNNEL_ACTION_APPLY || type == TUNNEL_ACTION_REMOVE)
                        open->parts = type == TUNNEL_ACTION_APPLY;
                if (type == TUNNEL_ACTION_START_PPPD)
                        open->pppd = true;
        }
}

/*
 * However far an attempt came: when the next one begins, everything of it that could answer was
 * closed, and pppd has ended. So no late answer reaches a later attempt.
 */
static void test_nothing_is_left_to_answer_late(void **state) {
        Fixture *f = *state;

        for (TunnelState at = TUNNEL_STATE_RESOLVING; at <= TUNNEL_STATE_UP; at++) {
                Open open = { 0 };

                renew(f);
                while (tunnel_get_state(f->tunnel) != at) {
                        advance(f);
                        note_open(f, &open);
                }
                step_fact(f,
                          at == TUNNEL_STATE_RESOLVING ? TUNNEL_EVENT_RESOLVE_FAILED :
                                                         TUNNEL_EVENT_CONTROL_FAILED,
                          DIAGNOSIS_ERRNO, ECONNRESET);
                note_open(f, &open);
                while (tunnel_get_state(f->tunnel) != TUNNEL_STATE_WAITING) {
                        if (tunnel_get_state(f->tunnel) == TUNNEL_STATE_CLOSING_LINK)
                                open.pppd = false;
                        advance(f);
                        note_open(f, &open);
                }
                step_timer(f);
                assert_non_null(find(f, TUNNEL_ACTION_PREPARE));
                note_open(f, &open);
        }
}

static void test_control_echo(void **state) {
        Fixture *f = *state;
        uint64_t began;

        go_to(f, TUNNEL_STATE_UP);
        began = f->now_usec;
        step_control(f, (PptpMessage){ .type = PPTP_ECHO_REQUEST, .echo.identifier = 0xabcd });
        assert_int_equal(find_sent(f, PPTP_ECHO_REPLY)->echo.identifier, 0xabcd);

        step_timer(f);
        assert_true(f->now_usec - began == USEC_PER_MINUTE);
        assert_non_null(find_sent(f, PPTP_ECHO_REQUEST));
        step_echo_reply(f);
        step_timer(f);
        assert_non_null(find_sent(f, PPTP_ECHO_REQUEST));
        assert_state(f, TUNNEL_STATE_UP);

        /* No answer this time, nor the next: but LCP echoes say that the link is alive. */
        for (unsigned i = 0; i < 4; i++)
                step_timer(f);
        assert_state(f, TUNNEL_STATE_UP);
        step_echo_reply(f);
        assert_state(f, TUNNEL_STATE_UP);
}

/* Where there are no LCP echoes, the control connection alone tells when the server is gone. */
static void test_control_echo_without_keep_alive(void **state) {
        Fixture *f = *state;

        f->config->keep_alive_interval_usec = 0;
        go_to(f, TUNNEL_STATE_UP);
        step_timer(f);
        step_timer(f);
        assert_lost_because(f, "CTL-10");
}

/* TCP gives up while GRE flows: only an end by the server is the end of the tunnel. */
static void test_broken_control_connection_ends_nothing(void **state) {
        static const int ends[] = { ECONNRESET, EPIPE };
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_UP);
        step_fact(f, TUNNEL_EVENT_CONTROL_FAILED, DIAGNOSIS_ERRNO, ETIMEDOUT);
        assert_state(f, TUNNEL_STATE_UP);
        assert_non_null(find_log(f, "The control connection broke"));
        f->now_usec += 10 * USEC_PER_MINUTE;
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_UPLINK, .uplink = UPLINK_SAME });
        assert_null(find_sent(f, PPTP_ECHO_REQUEST));
        step_type(f, TUNNEL_EVENT_PROBE_REPLY);
        assert_state(f, TUNNEL_STATE_UP);
        step_plugin(f, (PluginMessage){ .type = PLUGIN_EXITING, .exiting.status = 15 });
        assert_lost_because(f, "LCP-02");

        for (size_t i = 0; i < ELEMENTSOF(ends); i++) {
                renew(f);
                go_to(f, TUNNEL_STATE_UP);
                step_fact(f, TUNNEL_EVENT_CONTROL_FAILED, DIAGNOSIS_ERRNO, ends[i]);
                assert_state(f, TUNNEL_STATE_CLOSING_PARTS);
        }
        renew(f);
        go_to(f, TUNNEL_STATE_UP);
        step_fact(f, TUNNEL_EVENT_CONTROL_FAILED, DIAGNOSIS_PEER_CLOSED, 0);
        assert_state(f, TUNNEL_STATE_CLOSING_PARTS);
}

/* Each phase of PPP has its time, but a server that begins one after the other has not. */
static void test_negotiation_has_an_end(void **state) {
        Fixture *f = *state;
        uint64_t began;

        go_to(f, TUNNEL_STATE_LINKING);
        began = f->now_usec;
        while (tunnel_get_state(f->tunnel) == TUNNEL_STATE_LINKING) {
                assert_true(f->now_usec - began < 5 * USEC_PER_MINUTE);
                f->now_usec += 20 * USEC_PER_SEC;
                if (tunnel_next_deadline(f->tunnel) <= f->now_usec)
                        step_type(f, TUNNEL_EVENT_TIMER);
                if (find_sent(f, PPTP_ECHO_REQUEST))
                        step_echo_reply(f);
                step_phase(f, PLUGIN_PHASE_ESTABLISH);
        }
        assert_state(f, TUNNEL_STATE_CLOSING_LINK);
}

/* An operator ends the session. Whichever layer goes first, our encryption is not to blame. */
static void test_kick_is_no_matter_of_encryption(void **state) {
        static const uint8_t lcp[] = { 0xc0, 0x21, 5, 9, 0, 4 }, ccp[] = { 0x80, 0xfd, 5, 9, 0, 4 };
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_UP);
        step_packet(f, lcp, sizeof(lcp));
        step_phase(f, PLUGIN_PHASE_TERMINATE);
        step_fact(f, TUNNEL_EVENT_PPPD_EXITED, DIAGNOSIS_PPPD_EXITED, 5);
        assert_lost_because(f, "LCP-04");
        assert_null(strstr(find_log(f, "Remedy: ")->log.text, "MPPE"));

        renew(f);
        go_to(f, TUNNEL_STATE_UP);
        step_packet(f, ccp, sizeof(ccp));
        step_plugin(f,
                    (PluginMessage){ .type = PLUGIN_POLICY_BREACH,
                                     .breach.breach = PLUGIN_BREACH_ENCRYPTION_OFF });
        assert_lost_because(f, "MPPE-15");
        assert_int_equal(find(f, TUNNEL_ACTION_LOG)->log.class, DIAGNOSIS_TRANSIENT);
        assert_null(strstr(find_log(f, "Remedy: ")->log.text, "MPPE"));
}

/* pppd is killed and its interface goes with it, which is announced first: that is no reason. */
static void test_killed_pppd_is_the_reason(void **state) {
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_UP);
        step_fact(f, TUNNEL_EVENT_INTERFACE_GONE, DIAGNOSIS_INTERFACE_GONE, 0);
        step_fact(f, TUNNEL_EVENT_PPPD_EXITED, DIAGNOSIS_PPPD_EXITED, -9);
        assert_lost_because(f, "PPPD-02");

        renew(f);
        go_to(f, TUNNEL_STATE_UP);
        step_fact(f, TUNNEL_EVENT_INTERFACE_GONE, DIAGNOSIS_INTERFACE_GONE, 0);
        step_fact(f, TUNNEL_EVENT_PPPD_EXITED, DIAGNOSIS_PPPD_EXITED, 16);
        assert_lost_because(f, "NETC-17");

        /* "kill" without a number: pppd takes its time to say goodbye, and exits in good order. */
        renew(f);
        go_to(f, TUNNEL_STATE_UP);
        step_fact(f, TUNNEL_EVENT_INTERFACE_GONE, DIAGNOSIS_INTERFACE_GONE, 0);
        step_fact(f, TUNNEL_EVENT_PPPD_EXITED, DIAGNOSIS_PPPD_EXITED, 5);
        assert_lost_because(f, "PPPD-02");
}

#define IN_NAMESPACE                     \
        "[Tunnel]\nServer=vpn.example\n" \
        "NetworkNamespace=blue\n"        \
        "[Authentication]\nUser=u\n"

/* NetworkNamespace=: it may come later, and be taken away; each return of it ends the wait. */
static void test_namespace_comes_and_goes(void **state) {
        Fixture *f = *state;
        Status s;

        configure(f, IN_NAMESPACE);
        go_to(f, TUNNEL_STATE_PREPARING);
        step_fact(f, TUNNEL_EVENT_PREPARE_FAILED, DIAGNOSIS_NAMESPACE, ENOENT);
        assert_state(f, TUNNEL_STATE_WAITING);
        assert_non_null(strstr(find_status(f), "network namespace"));
        /* Nothing but the namespace is missing: one with a path comes without a restart. */
        assert_non_null(find_log(f, "Remedy: "));
        assert_null(find_log(f, "restart"));
        step_type(f, TUNNEL_EVENT_NAMESPACE_BACK);
        assert_state(f, TUNNEL_STATE_PREPARING);

        go_to(f, TUNNEL_STATE_UP);
        tunnel_get_status(f->tunnel, &s);
        assert_string_equal(s.network_namespace, "blue");
        step_type(f, TUNNEL_EVENT_NAMESPACE_BACK); /* it was never away */
        assert_state(f, TUNNEL_STATE_UP);

        step_fact(f, TUNNEL_EVENT_NAMESPACE_GONE, DIAGNOSIS_NAMESPACE, ENOENT);
        assert_lost_because(f, "SYS-11");
        step_type(f, TUNNEL_EVENT_REMOVED);
        assert_state(f, TUNNEL_STATE_CLOSING_LINK);
        step_fact(f, TUNNEL_EVENT_NAMESPACE_GONE, DIAGNOSIS_NAMESPACE, ENOENT); /* once is enough */
        step_type(f, TUNNEL_EVENT_NAMESPACE_BACK);
        step_fact(f, TUNNEL_EVENT_PPPD_EXITED, DIAGNOSIS_PPPD_EXITED, 5);
        step_timer(f); /* nobody answers the goodbye */
        assert_state(f, TUNNEL_STATE_WAITING);
        assert_int_equal(tunnel_next_deadline(f->tunnel), f->now_usec);
}

/* A wait that another failure is the reason of is not ended by a namespace. */
static void test_namespace_is_not_what_is_missing(void **state) {
        Fixture *f = *state;

        configure(f, IN_NAMESPACE);
        go_to(f, TUNNEL_STATE_PREPARING);
        step_fact(f, TUNNEL_EVENT_PREPARE_FAILED, DIAGNOSIS_INTERFACE_TAKEN, 0);
        assert_state(f, TUNNEL_STATE_WAITING);
        step_type(f, TUNNEL_EVENT_NAMESPACE_BACK);
        assert_state(f, TUNNEL_STATE_WAITING);
}

/* Without the right to enter it another try is in vain. */
static void test_namespace_is_forbidden(void **state) {
        Fixture *f = *state;

        configure(f, IN_NAMESPACE);
        go_to(f, TUNNEL_STATE_PREPARING);
        step_fact(f, TUNNEL_EVENT_PREPARE_FAILED, DIAGNOSIS_NAMESPACE, EPERM);
        assert_state(f, TUNNEL_STATE_ENDED);
        assert_non_null(find_log(f, "systemctl daemon-reload"));
}

static void test_remembers_what_happened(void **state) {
        Fixture *f = *state;
        uint64_t lost_usec;
        Status s;

        tunnel_set_history(
                f->tunnel,
                &(History){ .n_connects = 1, .has_worked = 1, .up_usec = USEC_PER_MINUTE });
        go_to(f, TUNNEL_STATE_UP);
        tunnel_get_status(f->tunnel, &s);
        assert_true(status_is_up(&s));
        assert_string_equal(s.interface_name, "onenet");
        assert_string_equal(s.encryption_received, "MPPE 128-bit stateless");
        assert_int_equal(s.n_routes, 1);
        assert_int_equal(s.up_since_usec, f->now_usec);
        assert_int_equal(s.history.n_connects, 2);
        assert_int_equal(s.history.n_failures, 0);
        assert_int_equal(s.history.down_since_usec, 0);

        f->now_usec += 2 * USEC_PER_MINUTE;
        lost_usec = f->now_usec;
        step_plugin(f, (PluginMessage){ .type = PLUGIN_EXITING, .exiting.status = 15 });
        go_to(f, TUNNEL_STATE_WAITING);
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_TRAFFIC, .traffic = { 100, 1, 200, 2 } });
        tunnel_get_status(f->tunnel, &s);
        assert_string_equal(s.state, "waiting");
        assert_string_equal(s.interface_name, "");
        assert_int_equal(s.history.retry.n_tries, 0);
        assert_in_range(s.next_try_usec, f->now_usec, f->now_usec + USEC_PER_SEC);
        assert_int_equal(s.up_since_usec, 0);
        assert_int_equal(s.history.up_usec, 3 * USEC_PER_MINUTE);
        assert_int_equal(s.history.traffic.sent_bytes, 200);
        assert_int_equal(s.history.n_failures, 1);
        assert_string_not_equal(s.history.failures[0].id, "");
        assert_int_equal(s.history.down_since_usec, lost_usec);

        /* A try does not begin anew what is counted until the tunnel is up. */
        step_any_timer(f);
        go_to(f, TUNNEL_STATE_CONNECTING);
        tunnel_get_status(f->tunnel, &s);
        assert_int_equal(s.history.down_since_usec, lost_usec);
        go_to(f, TUNNEL_STATE_UP);
        tunnel_get_status(f->tunnel, &s);
        assert_int_equal(s.history.down_since_usec, 0);
}

/*
 * Whoever waits for the start is asked for more time when the server answers, and only for so long.
 */
static void test_patience(void **state) {
        Fixture *f = *state;
        uint64_t began = f->now_usec;

        go_to(f, TUNNEL_STATE_CONNECTING);
        assert_int_equal(tunnel_get_patience(f->tunnel), 0);
        advance(f);
        assert_true(tunnel_get_patience(f->tunnel) > tunnel_next_deadline(f->tunnel));
        step_fact(f, TUNNEL_EVENT_CONTROL_FAILED, DIAGNOSIS_PEER_CLOSED, 0);
        assert_int_equal(tunnel_get_patience(f->tunnel), 0);

        for (;;) {
                go_to(f, TUNNEL_STATE_WAITING);
                step_timer(f);
                go_to(f, TUNNEL_STATE_STARTING);
                if (tunnel_get_patience(f->tunnel) == 0)
                        break;
                assert_true(f->now_usec - began < 2 * USEC_PER_MINUTE);
                step_fact(f, TUNNEL_EVENT_CONTROL_FAILED, DIAGNOSIS_PEER_CLOSED, 0);
        }

        /* And who loses patience reads why it took so long. */
        step_type(f, TUNNEL_EVENT_STOP);
        assert_non_null(strstr(find_status(f), "the last attempt failed"));
}

/* Until pppd is on its way out: then there is no more time for anything. */
static void test_each_phase_has_its_own_time(void **state) {
        Fixture *f = *state;
        uint64_t deadline;

        go_to(f, TUNNEL_STATE_LINKING);
        for (PluginPhase phase = PLUGIN_PHASE_ESTABLISH; phase <= PLUGIN_PHASE_NETWORK; phase++) {
                deadline = tunnel_next_deadline(f->tunnel);
                f->now_usec += USEC_PER_SEC;
                step_phase(f, phase);
                assert_true(tunnel_next_deadline(f->tunnel) == deadline + USEC_PER_SEC);
        }

        deadline = tunnel_next_deadline(f->tunnel);
        f->now_usec += USEC_PER_SEC;
        step_phase(f, PLUGIN_PHASE_TERMINATE);
        assert_true(tunnel_next_deadline(f->tunnel) <= deadline);
        deadline = tunnel_next_deadline(f->tunnel);
        step_phase(f, PLUGIN_PHASE_ESTABLISH);
        assert_true(tunnel_next_deadline(f->tunnel) <= deadline);
}

static void test_no_patience_once_ready(void **state) {
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_UP);
        assert_int_equal(tunnel_get_patience(f->tunnel), 0);
        step_type(f, TUNNEL_EVENT_STOP);
        assert_string_equal(find_status(f), "Stopping");
}

/* Without encryption the journal says whether the server would have had some. */
/* Of the first one it is said, once, and not of one that the interface takes. */
static void test_route_larger_than_the_interface(void **state) {
        static const char base[] =
                "[Tunnel]\nServer=vpn.example\n[Authentication]\nUser=username\n";
        const TunnelAction *log;
        Fixture *f = *state;
        char text[512];

        for (unsigned mtu_bytes = 1456; mtu_bytes <= 1457; mtu_bytes++) {
                snprintf(text, sizeof(text),
                         "%s[Route]\nDestination=10.0.0.0/8 10.9.0.0/16\nMTUBytes=%u\n", base,
                         mtu_bytes);
                configure(f, text);
                go_to(f, TUNNEL_STATE_LINKING);
                ip_up(f, (MppeOutcome){ .bits_128 = true });
                log = find_log(f, ": MTUBytes=");
                assert_true((log != NULL) == (mtu_bytes > 1456));
        }
        assert_int_equal(log->log.priority, LOG_WARNING);
        assert_non_null(strstr(log->log.text,
                               "MTUBytes=1457 of [Route] is more than the 1456 of the interface"));
}

/* Said in the journal and in the status, and no reason to be without a tunnel. */
static void test_optional_part(void **state) {
        Fixture *f = *state;
        Status status;

        go_to(f, TUNNEL_STATE_APPLYING);
        step(f,
             (TunnelEvent){
                     .type = TUNNEL_EVENT_EVIDENCE,
                     .fact = { .type = DIAGNOSIS_CLAMP_REFUSED, .text = "it may be too large" },
             });
        step(f,
             (TunnelEvent){
                     .type = TUNNEL_EVENT_APPLY_FAILED,
                     .part = TUNNEL_PART_SIZES,
                     .optional = true,
                     .fact = { .number = EOPNOTSUPP, .text = "it may be too large" },
             });
        assert_state(f, TUNNEL_STATE_APPLYING);
        step(f,
             (TunnelEvent){
                     .type = TUNNEL_EVENT_APPLIED,
                     .part = TUNNEL_PARTS_ALL & ~TUNNEL_PART_SIZES,
                     .count = 1,
             });
        assert_state(f, TUNNEL_STATE_PROBING);

        advance(f);
        assert_state(f, TUNNEL_STATE_UP);
        assert_non_null(find_log(f, "ClampMSS= has no effect (it may be too large)"));
        assert_non_null(
                strstr(find(f, TUNNEL_ACTION_READY)->status.text, "Up, but it may be too large: "));
        tunnel_get_status(f->tunnel, &status);
        assert_int_equal(status.segment_bytes, 0);
}

static void test_no_encryption(void **state) {
        const uint8_t request[] = { 0x80, 0xfd, 1, 1, 0, 10, 18, 6, 1, 0, 0, 0x40 };
        Fixture *f = *state;

        configure(f,
                  "[Tunnel]\nServer=vpn.example\n[Authentication]\nUser=joe\n"
                  "[Encryption]\nMPPE=no\n");
        negotiate(f);
        ip_up(f, (MppeOutcome){ 0 });
        assert_non_null(find_log(f, "the server did not ask for encryption"));

        renew(f);
        negotiate(f);
        step_packet(f, request, sizeof(request));
        ip_up(f, (MppeOutcome){ 0 });
        assert_null(find_log(f, "did not ask"));
        assert_non_null(
                find_log(f, "the server asked for MPPE 128-bit stateless, which MPPE=no refused"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_comes_up),
                TEST(test_optional_part),
                TEST(test_route_larger_than_the_interface),
                TEST(test_no_encryption),
                TEST(test_ping_answered_before_the_routes_are_there),
                TEST(test_silent_probe_is_no_failure),
                TEST(test_far_server),
                TEST(test_near_server),
                TEST(test_rejected_data_is_not_up),
                TEST(test_garbled_data_ends_the_link),
                TEST(test_dying_link_is_not_up),
                TEST(test_refusal_without_call_id),
                TEST(test_weaker_encryption_never_gets_routes),
                TEST(test_question_without_answer),
                TEST(test_authentication_is_not_made_up),
                TEST(test_notes_are_made_once),
                TEST(test_stop_takes_down_in_order),
                TEST(test_stop_ends_without_any_answer),
                TEST(test_stop_while_connecting_is_immediate),
                TEST(test_stop_while_calling_clears_the_call),
                TEST(test_pppd_ends_while_it_waits),
                TEST(test_pppd_says_too_much_while_it_waits),
                TEST(test_pppd_does_not_end_while_it_waits),
                TEST(test_call_that_cannot_be_handed_over),
                TEST(test_nothing_is_left_to_answer_late),
                TEST(test_control_echo),
                TEST(test_control_echo_without_keep_alive),
                TEST(test_broken_control_connection_ends_nothing),
                TEST(test_negotiation_has_an_end),
                TEST(test_kick_is_no_matter_of_encryption),
                TEST(test_killed_pppd_is_the_reason),
                TEST(test_states_are_logged),
                TEST(test_namespace_comes_and_goes),
                TEST(test_namespace_is_not_what_is_missing),
                TEST(test_namespace_is_forbidden),
                TEST(test_remembers_what_happened),
                TEST(test_patience),
                TEST(test_each_phase_has_its_own_time),
                TEST(test_no_patience_once_ready),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
