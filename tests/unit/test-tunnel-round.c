/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What follows a failure: whether there is another try, of what, when, and what is said of it. */

#include "tunnel-fixture.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <syslog.h>

static void assert_status_begins(const Fixture *f, const char *text) {
        if (strncmp(find_status(f), text, strlen(text)) != 0)
                fail_msg("\"%s\" does not begin with \"%s\"", find_status(f), text);
}

static void assert_status_ends(const Fixture *f, const char *text) {
        const char *status = find_status(f);

        if (strlen(status) < strlen(text) ||
            strcmp(status + strlen(status) - strlen(text), text) != 0)
                fail_msg("\"%s\" does not end with \"%s\"", status, text);
}

static void test_all_addresses_and_servers_are_tried(void **state) {
        Fixture *f = *state;

        configure(f, "[Tunnel]\nServer=vpn.example 192.0.2.9\n[Authentication]\nUser=username\n");
        f->n_resolved = 2;
        go_to(f, TUNNEL_STATE_CONNECTING);
        assert_int_equal(find(f, TUNNEL_ACTION_CONNECT)->connect.address.s_addr,
                         addresses[0].s_addr);
        step_fact(f, TUNNEL_EVENT_CONTROL_FAILED, DIAGNOSIS_ERRNO, ECONNREFUSED);
        advance(f);
        assert_int_equal(find(f, TUNNEL_ACTION_CONNECT)->connect.address.s_addr,
                         addresses[1].s_addr);
        step_fact(f, TUNNEL_EVENT_CONTROL_FAILED, DIAGNOSIS_ERRNO, ECONNREFUSED);
        advance(f);
        assert_string_equal(find(f, TUNNEL_ACTION_RESOLVE)->name, "192.0.2.9");
        step_fact(f, TUNNEL_EVENT_RESOLVE_FAILED, DIAGNOSIS_RESOLVE_ERROR, EAI_AGAIN);
        assert_state(f, TUNNEL_STATE_WAITING);

        /* The next round begins with the first name, looked up anew. */
        step_timer(f);
        advance(f);
        assert_string_equal(find(f, TUNNEL_ACTION_RESOLVE)->name, "vpn.example");
}

/* Takes down what the attempt has: pppd, and maybe the control connection. */
static void clean_up(Fixture *f) {
        while (tunnel_get_state(f->tunnel) >= TUNNEL_STATE_CLOSING_PARTS &&
               tunnel_get_state(f->tunnel) <= TUNNEL_STATE_CLOSING_CONTROL)
                advance(f);
}

/* A web server in the place of a PPTP server, for one. */
static void fail_for_good(Fixture *f) {
        go_to(f, TUNNEL_STATE_STARTING);
        step_fact(f, TUNNEL_EVENT_CONTROL_FAILED, DIAGNOSIS_NOT_PPTP, 0);
}

/* What is wrong with the second server is no reason to forget the first, which may be back soon. */
static void test_one_bad_server_ends_nothing(void **state) {
        Fixture *f = *state;

        configure(f, "[Tunnel]\nServer=192.0.2.2 192.0.2.9\n[Authentication]\nUser=username\n");
        go_to(f, TUNNEL_STATE_CONNECTING);
        step_fact(f, TUNNEL_EVENT_CONTROL_FAILED, DIAGNOSIS_ERRNO, ECONNREFUSED);
        fail_for_good(f);
        assert_string_equal(find(f, TUNNEL_ACTION_LOG)->log.row->id, "CTL-06");
        assert_int_equal(find(f, TUNNEL_ACTION_LOG)->log.class, DIAGNOSIS_TRANSIENT);
        clean_up(f);
        assert_state(f, TUNNEL_STATE_WAITING);

        /* When none is left that might come back, there is nothing to wait for. */
        step_timer(f);
        fail_for_good(f);
        clean_up(f);
        assert_state(f, TUNNEL_STATE_PREPARING);
        fail_for_good(f);
        clean_up(f);
        assert_int_equal(find(f, TUNNEL_ACTION_EXIT)->exit_status, EX_PROTOCOL);
}

/* No server does better without a pppd here, though one of them may be back soon. */
static void test_no_pppd_is_no_matter_of_the_server(void **state) {
        Fixture *f = *state;

        configure(f, "[Tunnel]\nServer=192.0.2.2 192.0.2.9\n[Authentication]\nUser=username\n");
        go_to(f, TUNNEL_STATE_CONNECTING);
        step_fact(f, TUNNEL_EVENT_CONTROL_FAILED, DIAGNOSIS_ERRNO, ECONNREFUSED);
        go_to(f, TUNNEL_STATE_STARTING);
        step_errno(f, TUNNEL_EVENT_PPPD_FAILED, DIAGNOSIS_STAGE_PPPD, ENOENT);
        assert_string_equal(find(f, TUNNEL_ACTION_LOG)->log.row->id, "SYS-01");
        assert_int_equal(find(f, TUNNEL_ACTION_LOG)->log.class, DIAGNOSIS_PERMANENT);
        clean_up(f);
        assert_state(f, TUNNEL_STATE_ENDED);
}

/* A name without IPv4, and a server without encryption: there may be a better one. */
static void test_next_server_after_a_bad_one(void **state) {
        static const uint8_t reject_ccp[] = { 0xc0, 0x21, 8, 1, 0, 6, 0x80, 0xfd };
        Fixture *f = *state;

        configure(
                f,
                "[Tunnel]\nServer=six.example bare.example vpn.example\n[Authentication]\nUser=username\n");
        go_to(f, TUNNEL_STATE_RESOLVING);
        step_fact(f, TUNNEL_EVENT_RESOLVE_FAILED, DIAGNOSIS_RESOLVE_ERROR, EAI_ADDRFAMILY);
        assert_string_equal(find(f, TUNNEL_ACTION_LOG)->log.row->id, "NET-02");
        negotiate(f);
        step_packet(f, reject_ccp, sizeof(reject_ccp));
        step_fact(f, TUNNEL_EVENT_PPPD_EXITED, DIAGNOSIS_PPPD_EXITED, 10);
        assert_string_equal(find(f, TUNNEL_ACTION_LOG)->log.row->id, "MPPE-10");
        go_to(f, TUNNEL_STATE_RESOLVING);
        assert_string_equal(find(f, TUNNEL_ACTION_RESOLVE)->name, "vpn.example");
        go_to(f, TUNNEL_STATE_UP);
}

/* It is the account that counts the tries, whichever server they are made at. */
static void test_wrong_password_is_tried_once(void **state) {
        static const uint8_t failure[] = {
                0xc2, 0x23, 4,   1,   0,   18,  'E', '=', '6', '9',
                '1',  ' ',  'R', '=', '0', ' ', 'V', '=', '3', ' ',
        };
        Fixture *f = *state;

        configure(f, "[Tunnel]\nServer=192.0.2.2 192.0.2.9\n[Authentication]\nUser=username\n");
        negotiate(f);
        step_packet(f, failure, sizeof(failure));
        step_phase(f, PLUGIN_PHASE_TERMINATE);
        step_fact(f, TUNNEL_EVENT_PPPD_EXITED, DIAGNOSIS_PPPD_EXITED, 19);
        assert_string_equal(find(f, TUNNEL_ACTION_LOG)->log.row->id, "AUTH-01");
        assert_non_null(strstr(find_status(f), "691"));
        assert_non_null(strstr(find_status(f), " [AUTH-01]. Remedy: "));
        assert_non_null(strstr(find_status(f), "the password is from PasswordFile="));
        assert_non_null(strstr(find(f, TUNNEL_ACTION_LOG)->log.text, " [AUTH-01]"));
        step_timer(f);
        assert_int_equal(find(f, TUNNEL_ACTION_EXIT)->exit_status, EX_NOPERM);
}

/* Who writes User=DOMAIN\user is not told that the domain may be missing. */
static void test_domain_in_the_user_name(void **state) {
        static const uint8_t failure[] = { 0xc2, 0x23, 4, 1, 0, 9, 'E', '=', '6', '9', '1' };
        Fixture *f = *state;

        configure(f, "[Tunnel]\nServer=vpn.example\n[Authentication]\nUser=DOMAIN\\user\n");
        negotiate(f);
        step_packet(f, failure, sizeof(failure));
        step_fact(f, TUNNEL_EVENT_PPPD_EXITED, DIAGNOSIS_PPPD_EXITED, 19);
        assert_string_equal(find(f, TUNNEL_ACTION_LOG)->log.row->id, "AUTH-01");
        assert_null(strstr(find(f, TUNNEL_ACTION_LOG)->log.text, "Domain="));
}

/* Whose server listens on another port than the file has sees which one was tried. */
static void test_a_refusal_names_the_port(void **state) {
        Fixture *f = *state;

        f->config->max_attempts = 1;
        f->config->port = 1724;
        go_to(f, TUNNEL_STATE_CONNECTING);
        step_fact(f, TUNNEL_EVENT_CONTROL_FAILED, DIAGNOSIS_ERRNO, ECONNREFUSED);
        assert_non_null(strstr(find_status(f), "(port 1724: Connection refused) [NET-03]"));
}

static void test_gives_up_after_max_attempts(void **state) {
        Fixture *f = *state;

        f->config->max_attempts = 2;
        go_to(f, TUNNEL_STATE_CONNECTING);
        step_fact(f, TUNNEL_EVENT_CONTROL_FAILED, DIAGNOSIS_ERRNO, ETIMEDOUT);
        assert_state(f, TUNNEL_STATE_WAITING);
        step_timer(f);
        advance(f);
        step_fact(f, TUNNEL_EVENT_RESOLVE_FAILED, DIAGNOSIS_RESOLVE_ERROR, EAI_AGAIN);
        assert_int_equal(find(f, TUNNEL_ACTION_EXIT)->exit_status, EX_UNAVAILABLE);
        assert_status_begins(f,
                             "Gave up, as MaxAttempts= says: The server's name cannot be resolved");
        assert_non_null(strstr(find_status(f), "Remedy: "));
}

/* A status line that has no room for all of the remedy ends with one of its sentences. */
static void test_remedies_are_cut_between_sentences(void **state) {
        Fixture *f = *state;
        char text[DIAGNOSIS_FACT_TEXT_MAX] = { 0 };

        memset(text, 'x', sizeof(text) - 1);
        f->config->max_attempts = 1;
        go_to(f, TUNNEL_STATE_APPLYING);
        step(f,
             (TunnelEvent){
                     .type = TUNNEL_EVENT_APPLY_FAILED,
                     .fact = { .type = DIAGNOSIS_ROUTE_REFUSED, .number = EEXIST, .text = text } });
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_REMOVED });
        step_fact(f, TUNNEL_EVENT_PPPD_EXITED, DIAGNOSIS_PPPD_EXITED, 5);
        step_timer(f);
        assert_status_begins(f, "Gave up, as MaxAttempts= says: Another route");
        assert_status_ends(f, ".");
        assert_null(strstr(find_status(f), "..."));
}

static void test_gives_up_after_one_attempt(void **state) {
        Fixture *f = *state;

        f->config->max_attempts = 1;
        go_to(f, TUNNEL_STATE_CONNECTING);
        step_fact(f, TUNNEL_EVENT_CONTROL_FAILED, DIAGNOSIS_ERRNO, ETIMEDOUT);
        assert_int_equal(find(f, TUNNEL_ACTION_EXIT)->exit_status, EX_UNAVAILABLE);
        assert_non_null(find_log(f, "Giving up after 1 try, "));
}

/* The account may log on again in an hour: neither the back-off nor an uplink makes it sooner. */
static void test_the_server_names_the_wait(void **state) {
        static const uint8_t failure[] = { 0xc2, 0x23, 4,   1,   0,   13,  'E', '=',
                                           '6',  '4',  '6', ' ', 'R', '=', '0' };
        Fixture *f = *state;

        negotiate(f);
        step_packet(f, failure, sizeof(failure));
        step_fact(f, TUNNEL_EVENT_PPPD_EXITED, DIAGNOSIS_PPPD_EXITED, 19);
        step_timer(f);
        assert_state(f, TUNNEL_STATE_WAITING);
        assert_true(tunnel_next_deadline(f->tunnel) - f->now_usec >= 60 * USEC_PER_MINUTE);
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_UPLINK, .uplink = UPLINK_BACK });
        assert_state(f, TUNNEL_STATE_WAITING);
        step_timer(f);
        assert_state(f, TUNNEL_STATE_PREPARING);
}

/*
 * As when a start took too long: the next supervisor knows what the state file tells of the last.
 */
static void succeed(Fixture *f) {
        Status left;
        History history;

        step_type(f, TUNNEL_EVENT_STOP);
        if (tunnel_get_state(f->tunnel) != TUNNEL_STATE_ENDED)
                go_to(f, TUNNEL_STATE_ENDED);
        tunnel_get_status(f->tunnel, &left);
        f->now_usec += USEC_PER_SEC;
        status_inherit(&left, f->now_usec, &history);
        renew(f);
        tunnel_set_history(f->tunnel, &history);
        step_type(f, TUNNEL_EVENT_START);
}

/*
 * One try that a closed port answers, and the wait after it, if that is over before the time given.
 */
static void redial_refused(Fixture *f, uint64_t until) {
        go_to(f, TUNNEL_STATE_CONNECTING);
        step_fact(f, TUNNEL_EVENT_CONTROL_FAILED, DIAGNOSIS_ERRNO, ECONNREFUSED);
        assert_state(f, TUNNEL_STATE_WAITING);
        if (tunnel_next_deadline(f->tunnel) < until)
                step_timer(f);
        else
                f->now_usec = until;
}

/*
 * A server that was away from the beginning, and is for hours. systemd's patience with a start ends
 * each 90 s; the next supervisor tries at once, and otherwise as rarely as the last one would.
 */
static void test_successors_go_on_with_the_back_off(void **state) {
        const uint64_t start_usec = 90 * USEC_PER_SEC;
        Fixture *f = *state;

        for (unsigned start = 0; start < 200; start++) {
                uint64_t until = f->now_usec + start_usec;
                unsigned n_tries = 0;

                for (; f->now_usec < until; n_tries++)
                        redial_refused(f, until);
                assert_true(start == 0 ? n_tries > 60 : start < 50 || n_tries == 1);
                succeed(f);
                assert_state(f, TUNNEL_STATE_PREPARING);
        }
}

/* So MaxAttempts= is used up some time, and the text tells which try it is. */
static void test_successors_go_on_counting(void **state) {
        Fixture *f = *state;

        f->config->max_attempts = 3;
        for (unsigned i = 1; i < 3; i++) {
                go_to(f, TUNNEL_STATE_CONNECTING);
                step_fact(f, TUNNEL_EVENT_CONTROL_FAILED, DIAGNOSIS_ERRNO, ECONNREFUSED);
                assert_state(f, TUNNEL_STATE_WAITING);
                succeed(f);
                advance(f);
                assert_status_begins(f, "Connecting (");
                assert_status_ends(f,
                                   i == 1 ? "; try 2): Looking up vpn.example" :
                                            "; try 3): Looking up vpn.example");
        }
        go_to(f, TUNNEL_STATE_CONNECTING);
        step_fact(f, TUNNEL_EVENT_CONTROL_FAILED, DIAGNOSIS_ERRNO, ECONNREFUSED);
        assert_int_equal(find(f, TUNNEL_ACTION_EXIT)->exit_status, EX_UNAVAILABLE);
}

static void test_successors_wait_as_the_server_said(void **state) {
        static const uint8_t failure[] = { 0xc2, 0x23, 4,   1,   0,   13,  'E', '=',
                                           '6',  '4',  '6', ' ', 'R', '=', '0' };
        Fixture *f = *state;
        uint64_t until;

        negotiate(f);
        step_packet(f, failure, sizeof(failure));
        step_fact(f, TUNNEL_EVENT_PPPD_EXITED, DIAGNOSIS_PPPD_EXITED, 19);
        step_timer(f);
        assert_state(f, TUNNEL_STATE_WAITING);
        until = tunnel_next_deadline(f->tunnel);

        succeed(f);
        assert_state(f, TUNNEL_STATE_WAITING);
        assert_true(tunnel_next_deadline(f->tunnel) == until);
        assert_status_begins(f, "Connecting (The account may not be used at this hour");
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_UPLINK, .uplink = UPLINK_BACK });
        assert_state(f, TUNNEL_STATE_WAITING);
        step_timer(f);
        assert_state(f, TUNNEL_STATE_PREPARING);
        succeed(f);
        assert_state(f, TUNNEL_STATE_PREPARING);
}

static void test_lost_link_reconnects_and_stays_ready(void **state) {
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_UP);
        f->now_usec += 2 * USEC_PER_MINUTE;
        step_plugin(f, (PluginMessage){ .type = PLUGIN_EXITING, .exiting.status = 15 });
        assert_non_null(find(f, TUNNEL_ACTION_REMOVE));
        step_type(f, TUNNEL_EVENT_REMOVED);
        assert_non_null(find(f, TUNNEL_ACTION_CLOSE_CALL)); /* nobody to say goodbye to */
        step_fact(f, TUNNEL_EVENT_PPPD_EXITED, DIAGNOSIS_PPPD_EXITED, 16);
        assert_state(f, TUNNEL_STATE_WAITING);
        /* It was stable: at once, but not in the same instant as everybody else. */
        assert_in_range(tunnel_next_deadline(f->tunnel), f->now_usec, f->now_usec + USEC_PER_SEC);
        assert_null(find(f, TUNNEL_ACTION_EXIT));
        assert_status_begins(f, "Reconnecting (");

        /* All along it says what happened. */
        step_timer(f);
        advance(f);
        assert_status_begins(f, "Reconnecting (");
        assert_status_ends(f, "; try 1): Looking up vpn.example");
        step_fact(f, TUNNEL_EVENT_RESOLVE_FAILED, DIAGNOSIS_RESOLVE_ERROR, EAI_NONAME);
        assert_status_ends(f, "; try 2, next in 1 s)");
}

/* From up to the wait, ended by the server or for want of an answer to LCP echoes. */
static void go_down_to_waiting(Fixture *f, bool dead) {
        if (dead)
                step_plugin(f, (PluginMessage){ .type = PLUGIN_EXITING, .exiting.status = 15 });
        else
                step_control(f,
                             (PptpMessage){
                                     .type = PPTP_CALL_DISCONNECT_NOTIFY,
                                     .result_code = 1,
                                     .call.call_id = PEER_CALL_ID,
                             });
        go_to(f, TUNNEL_STATE_WAITING);
}

/* The same, and on to the next try. */
static void go_down(Fixture *f, bool dead) {
        go_down_to_waiting(f, dead);
        step_timer(f);
        assert_state(f, TUNNEL_STATE_PREPARING);
}

/* ---- what has worked is never wrong for good ---- */

/* Bytes that are no PPTP, or a Terminate-Request with a reason: anybody may have sent them. */
static void test_end_of_a_link_is_never_permanent(void **state) {
        static const uint8_t terminate[] = { 0xc0, 0x21, 5, 9, 0, 9, 'E', '=', '6', '9', '1' };
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_UP);
        step_fact(f, TUNNEL_EVENT_CONTROL_FAILED, DIAGNOSIS_NOT_PPTP, 0);
        assert_int_equal(find(f, TUNNEL_ACTION_LOG)->log.class, DIAGNOSIS_TRANSIENT);
        go_to(f, TUNNEL_STATE_WAITING);

        renew(f);
        go_to(f, TUNNEL_STATE_UP);
        f->now_usec += 30 * 24 * 60 * USEC_PER_MINUTE;
        step_packet(f, terminate, sizeof(terminate));
        step_phase(f, PLUGIN_PHASE_TERMINATE);
        step_fact(f, TUNNEL_EVENT_PPPD_EXITED, DIAGNOSIS_PPPD_EXITED, 5);
        assert_int_equal(find(f, TUNNEL_ACTION_LOG)->log.class, DIAGNOSIS_TRANSIENT);
        go_to(f, TUNNEL_STATE_WAITING);
}

/* A firewall that is being reloaded refuses our packets; that is over in a moment. */
static void refuse_to_send(Fixture *f) {
        go_to(f, TUNNEL_STATE_OPENING);
        step_errno(f, TUNNEL_EVENT_CALL_FAILED, DIAGNOSIS_STAGE_SOCKET, EPERM);
        clean_up(f);
}

/* Nor by any number of failures, of this host or of whoever answers in the server's place. */
static void fail_again_and_again(Fixture *f) {
        for (unsigned i = 0; i < 10; i++) {
                if (i % 2 == 0)
                        refuse_to_send(f);
                else
                        fail_for_good(f);
                clean_up(f);
                assert_state(f, TUNNEL_STATE_WAITING);
                step_timer(f);
        }
}

static void test_what_has_worked_is_tried_for_ever(void **state) {
        Fixture *f = *state;

        /* Before it has worked nothing speaks against it, and it says what that means. */
        f->config->routes_on_down = CONFIG_ROUTES_ON_DOWN_UNREACHABLE;
        refuse_to_send(f);
        assert_state(f, TUNNEL_STATE_ENDED);
        assert_non_null(find_log(f, "What RoutesOnDown= has held back takes"));

        renew(f);
        go_to(f, TUNNEL_STATE_UP);
        go_down(f, false);
        fail_again_and_again(f);

        /* Likewise where it worked in the process before this one, which crashed. */
        renew(f);
        tunnel_set_history(f->tunnel, &(History){ .has_worked = 1 });
        fail_again_and_again(f);
}

/* ---- a password that was accepted before ---- */

static void be_refused(Fixture *f) {
        static const uint8_t failure[] = { 0xc2, 0x23, 4,   1,   0,   13,  'E', '=',
                                           '6',  '9',  '1', ' ', 'R', '=', '0' };

        negotiate(f);
        step_packet(f, failure, sizeof(failure));
        step_fact(f, TUNNEL_EVENT_PPPD_EXITED, DIAGNOSIS_PPPD_EXITED, 19);
}

static void refuse_password(Fixture *f) {
        be_refused(f);
        assert_string_equal(find(f, TUNNEL_ACTION_LOG)->log.row->id, "AUTH-18");
        go_to(f, TUNNEL_STATE_WAITING);
}

/* So seldom that no account is locked, for as long as it takes, and no uplink makes it sooner. */
static void assert_refusals_are_slow(Fixture *f) {
        uint64_t began = f->now_usec;
        unsigned n_half_hour = 0, n_hour = 0;

        for (unsigned i = 0; i < 12; i++) {
                uint64_t elapsed = f->now_usec - began;

                refuse_password(f);
                n_half_hour += elapsed < 30 * USEC_PER_MINUTE;
                n_hour += elapsed < 60 * USEC_PER_MINUTE;
                step(f, (TunnelEvent){ .type = TUNNEL_EVENT_UPLINK, .uplink = UPLINK_BACK });
                assert_state(f, TUNNEL_STATE_WAITING);
                step_timer(f);
                assert_state(f, TUNNEL_STATE_PREPARING);
        }
        assert_int_equal(n_half_hour, 3);
        assert_int_equal(n_hour, 5);
}

static void test_refusal_after_success_is_retried_slowly(void **state) {
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_UP);
        go_down(f, false);
        assert_refusals_are_slow(f);
        go_to(f, TUNNEL_STATE_UP);
        go_down(f, false);
        refuse_password(f);
        assert_true(tunnel_next_deadline(f->tunnel) - f->now_usec < 2 * USEC_PER_MINUTE);
}

/* It may have worked in the process before this one. */
static void test_refusal_after_remembered_success(void **state) {
        Fixture *f = *state;

        tunnel_set_history(f->tunnel, &(History){ .has_worked = 1 });
        assert_refusals_are_slow(f);
}

/* What the status line says after kill -9, too. */
static void test_successor_reconnects(void **state) {
        Fixture *f = *state;

        tunnel_set_history(f->tunnel, &(History){ .n_connects = 1, .has_worked = 1 });
        go_to(f, TUNNEL_STATE_RESOLVING);
        step_fact(f, TUNNEL_EVENT_RESOLVE_FAILED, DIAGNOSIS_RESOLVE_ERROR, EAI_AGAIN);
        assert_status_begins(f, "Reconnecting (");
}

/* What an administrator tries sooner is a try, but the waits do not become longer by it. */
static void test_refusals_that_were_asked_for(void **state) {
        static const TunnelEventType asks[] = { TUNNEL_EVENT_RECONNECT, TUNNEL_EVENT_RELOAD };
        Fixture *f = *state;

        for (size_t i = 0; i < ELEMENTSOF(asks); i++) {
                const ConfigDiff nothing = { 0 };

                renew(f);
                go_to(f, TUNNEL_STATE_UP);
                go_down(f, false);
                refuse_password(f);
                for (unsigned j = 0; j < 3; j++) {
                        f->now_usec += 5 * USEC_PER_SEC;
                        step(f,
                             (TunnelEvent){
                                     .type = asks[i],
                                     .reload = { .config = f->config, .diff = &nothing },
                             });
                        assert_state(f, TUNNEL_STATE_PREPARING);
                        refuse_password(f);
                        assert_in_range(tunnel_next_deadline(f->tunnel) - f->now_usec,
                                        USEC_PER_MINUTE, 2 * USEC_PER_MINUTE);
                }
                step_timer(f);
                refuse_password(f);
                assert_true(tunnel_next_deadline(f->tunnel) - f->now_usec >= 10 * USEC_PER_MINUTE);
        }
}

#define OTHER_USER "[Tunnel]\nServer=vpn.example\n[Authentication]\nUser=other\n"

/*
 * Of another server or user nothing is known: a refusal says what it says at a first start. In the
 * same process, the unit has been up nevertheless, and goes on.
 */
static void test_another_user_has_not_worked(void **state) {
        Fixture *f = *state;
        Status s;

        go_to(f, TUNNEL_STATE_UP);
        tunnel_get_status(f->tunnel, &s);
        assert_int_equal(s.history.has_worked, 1);
        renew(f);
        tunnel_set_history(f->tunnel, &s.history);
        refuse_password(f);

        configure(f, OTHER_USER);
        tunnel_set_history(f->tunnel, &s.history);
        be_refused(f);
        assert_string_equal(find(f, TUNNEL_ACTION_LOG)->log.row->id, "AUTH-01");
        clean_up(f);
        assert_state(f, TUNNEL_STATE_ENDED);

        configure(f, "[Tunnel]\nServer=other.example\n[Authentication]\nUser=username\n");
        tunnel_set_history(f->tunnel, &s.history);
        be_refused(f);
        clean_up(f);
        assert_state(f, TUNNEL_STATE_ENDED);
}

/* ---- waits ---- */

/* Every wait is in the journal, with its length. */
static void test_waits_are_logged(void **state) {
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_CONNECTING);
        step_fact(f, TUNNEL_EVENT_CONTROL_FAILED, DIAGNOSIS_ERRNO, ECONNREFUSED);
        assert_non_null(find_log(f, "Trying again in "));
}

/* Refuses the next connection. Returns the line of the journal about it, or NULL. */
static const TunnelAction *refuse_connection(Fixture *f) {
        const TunnelAction *line;

        go_to(f, TUNNEL_STATE_CONNECTING);
        step_fact(f, TUNNEL_EVENT_CONTROL_FAILED, DIAGNOSIS_ERRNO, ECONNREFUSED);
        assert_state(f, TUNNEL_STATE_WAITING);
        line = find_log(f, "No tunnel to ");
        assert_int_equal(find_log(f, "Trying again in ")->log.priority,
                         line ? LOG_INFO : LOG_DEBUG);
        return line;
}

/* It is dialled every second; the journal has it once, and then how often it was. */
static void test_same_failure_is_logged_now_and_then(void **state) {
        Fixture *f = *state;
        uint64_t began, logged;
        unsigned n_tries = 1;

        assert_non_null(refuse_connection(f));
        began = logged = f->now_usec;
        while (f->now_usec - began < 100 * USEC_PER_SEC) {
                const TunnelAction *line;
                char times[64];

                step_timer(f);
                line = refuse_connection(f);
                n_tries++;
                assert_int_equal(!line, f->now_usec - logged < USEC_PER_MINUTE);
                if (!line)
                        continue;

                snprintf(times, sizeof(times), "; %u tries in 1 min", n_tries);
                assert_non_null(strstr(line->log.text, times));
                logged = f->now_usec;
        }
        assert_true(n_tries > 50 && logged > began);

        /* Another reason is news; and so is the old one, once somebody has done something. */
        step_timer(f);
        go_to(f, TUNNEL_STATE_STARTING);
        step_fact(f, TUNNEL_EVENT_CONTROL_FAILED, DIAGNOSIS_PEER_CLOSED, 0);
        assert_non_null(find_log(f, "No tunnel to "));
        go_to(f, TUNNEL_STATE_WAITING);
        step_timer(f);
        assert_null(refuse_connection(f));
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_RECONNECT });
        assert_non_null(refuse_connection(f));
}

/* Two servers that fail in turn are two failures that are known. */
static void test_same_failures_of_two_servers(void **state) {
        Fixture *f = *state;
        unsigned n_lines = 0;

        configure(f, "[Tunnel]\nServer=192.0.2.2 192.0.2.9\n[Authentication]\nUser=username\n");
        for (unsigned i = 0; i < 20; i++) {
                go_to(f, TUNNEL_STATE_CONNECTING);
                step_fact(f, TUNNEL_EVENT_CONTROL_FAILED, DIAGNOSIS_ERRNO, ECONNREFUSED);
                n_lines += find_log(f, "No tunnel to ") != NULL;
                if (tunnel_get_state(f->tunnel) == TUNNEL_STATE_WAITING)
                        step_timer(f);
        }
        assert_int_equal(n_lines, 2);
}

/* What was reached counts: ten deaths, each after a good connect, are not one long outage. */
static void test_connection_resets_the_back_off(void **state) {
        Fixture *f = *state;

        for (unsigned i = 0; i < 10; i++) {
                go_to(f, TUNNEL_STATE_UP);
                f->now_usec += 5 * USEC_PER_SEC;
                step_fact(f, TUNNEL_EVENT_CONTROL_FAILED, DIAGNOSIS_PEER_CLOSED, 0);
                go_to(f, TUNNEL_STATE_WAITING);
                assert_true(tunnel_next_deadline(f->tunnel) - f->now_usec <= 8 * USEC_PER_SEC);
                /* Yet not at once: the server may throw us out on purpose. */
                assert_true(tunnel_next_deadline(f->tunnel) > f->now_usec);
                step_timer(f);
        }

        go_to(f, TUNNEL_STATE_CONNECTING);
        step_fact(f, TUNNEL_EVENT_CONTROL_FAILED, DIAGNOSIS_ERRNO, ECONNREFUSED);
        assert_true(tunnel_next_deadline(f->tunnel) - f->now_usec <= 2 * USEC_PER_SEC);
}

/* The server goes away: its clients do not all come back in the same instant. */
static void test_first_redial_is_spread(void **state) {
        uint64_t first = USEC_INFINITY, last = 0;
        Fixture *f = *state;

        for (uint64_t seed = 1; seed <= 20; seed++) {
                uint64_t wait;

                tunnel_free(f->tunnel);
                f->tunnel = tunnel_new(f->config, seed * UINT64_C(0x9e3779b97f4a7c15));
                assert_non_null(f->tunnel);
                go_to(f, TUNNEL_STATE_UP);
                f->now_usec += 2 * USEC_PER_MINUTE;
                step_fact(f, TUNNEL_EVENT_CONTROL_FAILED, DIAGNOSIS_PEER_CLOSED, 0);
                go_to(f, TUNNEL_STATE_WAITING);
                wait = tunnel_next_deadline(f->tunnel) - f->now_usec;
                first = MIN(first, wait);
                last = MAX(last, wait);
        }
        assert_true(first < USEC_PER_SEC / 4 && last > USEC_PER_SEC / 4 * 3);
        assert_true(last < USEC_PER_SEC);
}

/* ---- many tunnels on one machine ---- */

#define CROWD 200
#define CROWD_CALLS_MAX 20 /* in any second */
#define CROWD_DIALS_MAX 10000

/* Tunnels of one machine with one server, and when each of them was dialled. */
typedef struct Crowd {
        Fixture *f;
        Tunnel *tunnels[CROWD];
        uint64_t dials[CROWD_DIALS_MAX]; /* in the order of time */
        size_t n_dials;
        unsigned calls_max; /* in any second, at the server */
} Crowd;

/* The next step goes to this one. */
static void choose(Crowd *c, size_t i) {
        c->f->tunnel = c->tunnels[i];
}

/* All of them are up, and have been for a while. */
static Crowd *crowd_new(Fixture *f) {
        Crowd *c = calloc(1, sizeof(*c));

        assert_non_null(c);
        c->f = f;
        c->calls_max = CROWD_CALLS_MAX;
        tunnel_free(f->tunnel);
        for (size_t i = 0; i < CROWD; i++) {
                c->tunnels[i] = tunnel_new(f->config, (i + 1) * UINT64_C(0x9e3779b97f4a7c15));
                assert_non_null(c->tunnels[i]);
                choose(c, i);
                go_to(f, TUNNEL_STATE_UP);
        }
        f->now_usec += 2 * USEC_PER_MINUTE;
        f->is_crowded = true;
        return c;
}

static void crowd_free(Crowd *c) {
        for (size_t i = 0; i < CROWD; i++)
                tunnel_free(c->tunnels[i]);
        c->f->tunnel = NULL;
        free(c);
}

/* The one that waits and is due first; CROWD: none waits. */
static size_t find_next(const Crowd *c) {
        size_t next = CROWD;

        for (size_t i = 0; i < CROWD; i++)
                if (tunnel_get_state(c->tunnels[i]) == TUNNEL_STATE_WAITING &&
                    (next == CROWD ||
                     tunnel_next_deadline(c->tunnels[i]) < tunnel_next_deadline(c->tunnels[next])))
                        next = i;

        return next;
}

/* Lets all of them dial until they are up, which the server allows from then on. */
static void crowd_come_back(Crowd *c, uint64_t server_is_back_usec) {
        Fixture *f = c->f;

        for (size_t next; (next = find_next(c)) < CROWD;) {
                choose(c, next);
                step_timer(f);
                if (tunnel_get_state(f->tunnel) == TUNNEL_STATE_WAITING)
                        continue; /* for its turn */

                go_to(f, TUNNEL_STATE_CONNECTING);
                assert_true(c->n_dials < CROWD_DIALS_MAX);
                c->dials[c->n_dials++] = f->now_usec;
                if (f->now_usec < server_is_back_usec)
                        step_fact(f, TUNNEL_EVENT_CONTROL_FAILED, DIAGNOSIS_ERRNO, ECONNREFUSED);
                else
                        go_to(f, TUNNEL_STATE_UP);
        }

        for (size_t i = c->calls_max; i < c->n_dials; i++)
                assert_true(c->dials[i] - c->dials[i - c->calls_max] >= USEC_PER_SEC);
}

static void crowd_lose_server(Crowd *c) {
        for (size_t i = 0; i < CROWD; i++) {
                choose(c, i);
                step_fact(c->f, TUNNEL_EVENT_CONTROL_FAILED, DIAGNOSIS_PEER_CLOSED, 0);
                go_to(c->f, TUNNEL_STATE_WAITING);
        }
}

/* The server is started anew: they are back in half a minute, and it is not overrun. */
static void test_crowd_after_a_restart(void **state) {
        for (unsigned outage_sec = 0; outage_sec <= 3; outage_sec++) {
                Crowd *c = crowd_new(*state);
                uint64_t lost = c->f->now_usec;

                crowd_lose_server(c);
                crowd_come_back(c, lost + outage_sec * USEC_PER_SEC);
                assert_true(c->f->now_usec - lost <= 30 * USEC_PER_SEC);
                crowd_free(c);
        }
}

/* It is away for longer. */
static void test_crowd_in_an_outage(void **state) {
        for (unsigned outage_sec = 10; outage_sec <= 90; outage_sec += 20) {
                Crowd *c = crowd_new(*state);
                uint64_t back = c->f->now_usec + outage_sec * USEC_PER_SEC;

                crowd_lose_server(c);
                crowd_come_back(c, back);
                assert_true(c->f->now_usec - back <= 30 * USEC_PER_SEC);
                crowd_free(c);
        }
}

/* MaxDelaySec= is the longest wait, whatever a turn for each of so many would take. */
static void test_crowd_with_a_short_limit(void **state) {
        Fixture *f = *state;

        configure(f,
                  "[Tunnel]\nServer=192.0.2.2\n[Authentication]\nUser=username\n"
                  "[Reconnect]\nDelaySec=1s\nMaxDelaySec=3s\n");
        go_to(f, TUNNEL_STATE_UP);
        f->now_usec += 2 * USEC_PER_MINUTE;
        f->is_crowded = true;
        f->next_turn_usec = f->now_usec + USEC_PER_MINUTE;
        step_fact(f, TUNNEL_EVENT_CONTROL_FAILED, DIAGNOSIS_PEER_CLOSED, 0);
        go_to(f, TUNNEL_STATE_WAITING);
        step_timer(f);
        assert_state(f, TUNNEL_STATE_WAITING);
        assert_true(tunnel_next_deadline(f->tunnel) - f->now_usec <= 3 * USEC_PER_SEC);
        step_timer(f);
        assert_state(f, TUNNEL_STATE_PREPARING);
}

/* Then they are spread over that wait, and not all at its end. */
static void test_short_limit_spreads_a_crowd(void **state) {
        Crowd *c;

        configure(*state,
                  "[Tunnel]\nServer=192.0.2.2\n[Authentication]\nUser=username\n"
                  "[Reconnect]\nDelaySec=1s\nMaxDelaySec=5s\n");
        c = crowd_new(*state);
        c->calls_max = 2 * CROWD / 5;
        crowd_lose_server(c);
        crowd_come_back(c, c->f->now_usec + 2 * USEC_PER_SEC);
        crowd_free(c);
}

/* An uplink that comes and goes: each tunnel keeps its turn, and the queue does not grow. */
static void test_crowd_with_a_flapping_uplink(void **state) {
        const TunnelEvent lost = { .type = TUNNEL_EVENT_UPLINK, .uplink = UPLINK_LOST };
        const TunnelEvent back = { .type = TUNNEL_EVENT_UPLINK, .uplink = UPLINK_BACK };
        Crowd *c = crowd_new(*state);
        uint64_t last_back;

        crowd_lose_server(c);
        for (unsigned n = 0; n < 6; n++) {
                for (size_t i = 0; i < CROWD; i++) {
                        choose(c, i);
                        step(c->f, lost);
                }
                c->f->now_usec += 100 * USEC_PER_MSEC;
                for (size_t i = 0; i < CROWD; i++) {
                        choose(c, i);
                        if (tunnel_get_state(c->tunnels[i]) == TUNNEL_STATE_WAITING)
                                step(c->f, back);
                }
        }
        last_back = c->f->now_usec;
        while (find_next(c) < CROWD) {
                choose(c, find_next(c));
                step_timer(c->f);
                if (tunnel_get_state(c->f->tunnel) != TUNNEL_STATE_WAITING)
                        go_to(c->f, TUNNEL_STATE_UP);
        }
        assert_true(c->f->now_usec - last_back <= 30 * USEC_PER_SEC);
        crowd_free(c);
}

/* One of hundreds, which the others have not followed: it does not wait for any of them. */
static void test_lone_loss_in_a_crowd(void **state) {
        Crowd *c = crowd_new(*state);
        Fixture *f = c->f;
        uint64_t lost = f->now_usec;

        choose(c, CROWD - 1);
        step_fact(f, TUNNEL_EVENT_CONTROL_FAILED, DIAGNOSIS_PEER_CLOSED, 0);
        go_to(f, TUNNEL_STATE_WAITING);
        step_timer(f);
        assert_state(f, TUNNEL_STATE_PREPARING);
        assert_true(f->now_usec - lost <= USEC_PER_SEC);
        crowd_free(c);
}

/* The supervisor does not answer: the tunnel dials all the same. */
static void test_turn_that_never_comes(void **state) {
        const TunnelEvent timer = { .type = TUNNEL_EVENT_TIMER };
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_UP);
        go_down_to_waiting(f, false);
        for (unsigned i = 0; i < 2; i++) {
                assert_state(f, TUNNEL_STATE_WAITING);
                f->now_usec = tunnel_next_deadline(f->tunnel);
                tunnel_step(f->tunnel, &timer, f->now_usec, &f->actions);
                assert_int_equal(find(f, TUNNEL_ACTION_TAKE_TURN) != NULL, i == 0);
        }
        assert_state(f, TUNNEL_STATE_PREPARING);
}

/* Without an uplink a turn is of no use; it is given up, and another taken when the way is back. */
static void test_turn_is_given_up_without_an_uplink(void **state) {
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_UP);
        f->now_usec += 2 * USEC_PER_MINUTE;
        f->is_crowded = true;
        f->next_turn_usec = f->now_usec + 10 * USEC_PER_SEC;
        go_down_to_waiting(f, false);
        step_timer(f);
        assert_state(f, TUNNEL_STATE_WAITING);
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_UPLINK, .uplink = UPLINK_LOST });
        f->now_usec += 30 * USEC_PER_SEC;
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_UPLINK, .uplink = UPLINK_BACK });
        assert_state(f, TUNNEL_STATE_PREPARING);
}

/* The cable comes back, or the machine wakes up: that is one moment for all of them as well. */
static void test_crowd_with_a_new_uplink(void **state) {
        static const TunnelEvent news[] = {
                { .type = TUNNEL_EVENT_UPLINK, .uplink = UPLINK_BACK },
                { .type = TUNNEL_EVENT_RESUMED, .count = 3600 },
        };

        for (size_t n = 0; n < ELEMENTSOF(news); n++) {
                Crowd *c = crowd_new(*state);
                uint64_t back;

                crowd_lose_server(c);
                for (size_t i = 0; i < CROWD && news[n].type == TUNNEL_EVENT_UPLINK; i++) {
                        choose(c, i);
                        step(c->f,
                             (TunnelEvent){ .type = TUNNEL_EVENT_UPLINK, .uplink = UPLINK_LOST });
                }
                back = c->f->now_usec;
                for (size_t i = 0; i < CROWD; i++) {
                        choose(c, i);
                        step(c->f, news[n]);
                }
                crowd_come_back(c, 0);
                assert_true(c->f->now_usec - back <= 30 * USEC_PER_SEC);
                crowd_free(c);
        }
}

/* No cable, and that is known: nobody is dialled, and the cable ends the wait. */
static void test_nobody_is_dialled_without_an_uplink(void **state) {
        Fixture *f = *state;

        configure(f, "[Tunnel]\nServer=192.0.2.2 192.0.2.9\n[Authentication]\nUser=username\n");
        go_to(f, TUNNEL_STATE_UP);
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_UPLINK, .uplink = UPLINK_LOST });
        step_plugin(f, (PluginMessage){ .type = PLUGIN_EXITING, .exiting.status = 15 });
        go_to(f, TUNNEL_STATE_WAITING);
        assert_true(tunnel_next_deadline(f->tunnel) - f->now_usec >= USEC_PER_MINUTE);
        assert_non_null(find_log(f, "or when there is a way to the server"));
        step_timer(f);
        go_to(f, TUNNEL_STATE_CONNECTING);
        step_fact(f, TUNNEL_EVENT_CONTROL_FAILED, DIAGNOSIS_ERRNO, ENETUNREACH);
        assert_state(f, TUNNEL_STATE_WAITING);
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_UPLINK, .uplink = UPLINK_BACK });
        assert_state(f, TUNNEL_STATE_PREPARING);

        /* The same when it goes during a wait. */
        go_to(f, TUNNEL_STATE_UP);
        go_down_to_waiting(f, false);
        assert_true(tunnel_next_deadline(f->tunnel) - f->now_usec < USEC_PER_MINUTE);
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_UPLINK, .uplink = UPLINK_LOST });
        assert_true(tunnel_next_deadline(f->tunnel) - f->now_usec >= USEC_PER_MINUTE);
}

/* A name that stays taken is a mistake in a file: no use in trying each second for ever. */
static void assert_is_tried_rarely(Fixture *f, DiagnosisFactType type, const char *id) {
        uint64_t began = f->now_usec;
        unsigned n_tries = 0;

        while (f->now_usec - began < 10 * USEC_PER_MINUTE) {
                go_to(f, TUNNEL_STATE_PREPARING);
                step_fact(f, TUNNEL_EVENT_PREPARE_FAILED, type, ENOENT);
                if (n_tries == 0)
                        assert_string_equal(find(f, TUNNEL_ACTION_LOG)->log.row->id, id);
                n_tries++;
                step_timer(f);
        }
        assert_in_range(n_tries, 15, 40);
}

static void test_taken_name_is_tried_rarely(void **state) {
        assert_is_tried_rarely(*state, DIAGNOSIS_INTERFACE_TAKEN, "SYS-08");
}

/* Its coming is announced, and ends the wait. */
static void test_missing_namespace_is_looked_for_rarely(void **state) {
        Fixture *f = *state;

        assert_is_tried_rarely(f, DIAGNOSIS_NAMESPACE, "SYS-11");
        step_fact(f, TUNNEL_EVENT_PREPARE_FAILED, DIAGNOSIS_NAMESPACE, ENOENT);
        assert_state(f, TUNNEL_STATE_WAITING);
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_NAMESPACE_BACK });
        assert_state(f, TUNNEL_STATE_PREPARING);

        /* No server imposed it: what is new may have to do with it. */
        step_fact(f, TUNNEL_EVENT_PREPARE_FAILED, DIAGNOSIS_NAMESPACE, ENOENT);
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_UPLINK, .uplink = UPLINK_BACK });
        assert_state(f, TUNNEL_STATE_PREPARING);
}

static void redial(Fixture *f) {
        go_to(f, TUNNEL_STATE_LINKING);
        step_phase(f, PLUGIN_PHASE_ESTABLISH);
}

/* One try to connect that nobody answers. Returns how long it took, and the wait after it. */
static uint64_t redial_in_vain(Fixture *f, uint64_t *ret_delay_usec) {
        uint64_t began, ended;

        go_to(f, TUNNEL_STATE_CONNECTING);
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
 * A server that has answered before is asked at least every two seconds, so that it is found soon
 * when the way is free again; then ever more rarely, but so that this makes the outage little
 * longer.
 */
static void test_short_outage(void **state) {
        Fixture *f = *state;
        uint64_t lost, took, delay;

        go_to(f, TUNNEL_STATE_UP);
        go_down(f, true);
        lost = f->now_usec;
        while (f->now_usec - lost < 5 * USEC_PER_MINUTE) {
                took = redial_in_vain(f, &delay);
                assert_true(took <= 1500 * USEC_PER_MSEC);
                assert_true(delay <= USEC_PER_SEC);
        }
        while (f->now_usec - lost < 60 * USEC_PER_MINUTE) {
                uint64_t so_far = f->now_usec - lost;

                took = redial_in_vain(f, &delay);
                assert_true(so_far < 6 * USEC_PER_MINUTE || took == 10 * USEC_PER_SEC);
                assert_true(delay <= USEC_PER_SEC || delay <= (so_far + took) / 10);
                assert_true(so_far < 10 * USEC_PER_MINUTE || delay >= 20 * USEC_PER_SEC);
        }
        assert_true(delay > 3 * USEC_PER_MINUTE);
}

/* Up, then lost, and looking up the server's name again. */
static void look_up_again(Fixture *f) {
        go_to(f, TUNNEL_STATE_UP);
        go_down(f, true);
        go_to(f, TUNNEL_STATE_RESOLVING);
}

static void assert_dials(const Fixture *f, const char *address) {
        assert_state(f, TUNNEL_STATE_CONNECTING);
        assert_string_equal(TEXT_IPV4(find(f, TUNNEL_ACTION_CONNECT)->connect.address), address);
}

/* What cut the server off cut off the name servers: it is dialled where it was, at once. */
static void test_outage_of_name_servers(void **state) {
        Fixture *f = *state;
        uint64_t began;

        look_up_again(f);
        began = f->now_usec;
        step_timer(f);
        assert_true(f->now_usec - began <= USEC_PER_SEC);
        assert_dials(f, "192.0.2.2");
        assert_non_null(find_log(f,
                                 "No name server has answered for vpn.example yet; trying "
                                 "192.0.2.2, where the tunnel was up"));

        /* Neither answers: it may have moved, so that the name is what is missing. */
        step_fact(f, TUNNEL_EVENT_RESOLVE_FAILED, DIAGNOSIS_RESOLVE_ERROR, EAI_AGAIN);
        assert_state(f, TUNNEL_STATE_CONNECTING);
        step_timer(f);
        assert_state(f, TUNNEL_STATE_WAITING);
        assert_string_equal(find_log(f, "No tunnel to ")->log.row->id, "NET-01");
        assert_non_null(
                find_log(f, "; 192.0.2.2, where the tunnel was up, does not answer either"));

        /* A name server that says that it has failed is not waited for. */
        step_timer(f);
        go_to(f, TUNNEL_STATE_RESOLVING);
        step_fact(f, TUNNEL_EVENT_RESOLVE_FAILED, DIAGNOSIS_RESOLVE_ERROR, EAI_AGAIN);
        assert_dials(f, "192.0.2.2");

        /* What comes of an address that answers has nothing to do with its name. */
        go_to(f, TUNNEL_STATE_STARTING);
        step_fact(f, TUNNEL_EVENT_CONTROL_FAILED, DIAGNOSIS_PEER_CLOSED, 0);
        assert_string_not_equal(find_log(f, "No tunnel to ")->log.row->id, "NET-01");
}

/* Another process, with what that before this one left in its files. */
static void begin_after(Fixture *f, const char *servers, const History *history) {
        char text[SERVER_MEMORY_TEXT_MAX_BYTES], config[512];
        size_t n = server_memory_write(tunnel_get_memory(f->tunnel), text, sizeof(text));

        snprintf(config, sizeof(config), "[Tunnel]\nServer=%s\n[Authentication]\nUser=username\n",
                 servers);
        configure(f, config);
        server_memory_parse(tunnel_get_memory(f->tunnel), text, n);
        tunnel_set_history(f->tunnel, history);
        go_to(f, TUNNEL_STATE_RESOLVING);
}

static const History crashed = { .n_connects = 1, .has_worked = 1 };

/* A crash forgets no address: the start after it does not wait for name servers either. */
static void test_crash_in_outage_of_name_servers(void **state) {
        Fixture *f = *state;
        uint64_t began;

        go_to(f, TUNNEL_STATE_UP);
        begin_after(f, "vpn.example", &crashed);
        began = f->now_usec;
        step_timer(f);
        assert_true(f->now_usec - began <= USEC_PER_SEC);
        assert_dials(f, "192.0.2.2");

        /* Another server's address is none of this one's. */
        begin_after(f, "other.example", &crashed);
        assert_true(tunnel_next_deadline(f->tunnel) - f->now_usec == 30 * USEC_PER_SEC);
        step_timer(f);
        assert_state(f, TUNNEL_STATE_WAITING);

        /* Nor is it taken after a stop, whose end of the tunnel leaves no history. */
        begin_after(f, "vpn.example", &(History){ 0 });
        assert_true(tunnel_next_deadline(f->tunnel) - f->now_usec == 30 * USEC_PER_SEC);
        step_timer(f);
        assert_state(f, TUNNEL_STATE_WAITING);
}

/* Each server has an address of its own, whichever it was that the tunnel was up with last. */
static void test_outage_of_name_servers_of_two(void **state) {
        static const struct in_addr of_b = { 0x090200c0 }; /* 192.0.2.9 */
        Fixture *f = *state;

        configure(f, "[Tunnel]\nServer=b.example\n[Authentication]\nUser=username\n");
        f->resolved = &of_b;
        go_to(f, TUNNEL_STATE_UP);
        f->resolved = addresses;
        begin_after(f, "a.example b.example", &crashed);
        go_to(f, TUNNEL_STATE_UP);
        go_down(f, true);
        go_to(f, TUNNEL_STATE_RESOLVING);
        for (unsigned i = 0; i < 2; i++) {
                uint64_t began = f->now_usec;

                step_timer(f);
                assert_true(f->now_usec - began <= USEC_PER_SEC);
                assert_dials(f, i == 0 ? "192.0.2.2" : "192.0.2.9");
                step_timer(f);
                if (i == 0)
                        go_to(f, TUNNEL_STATE_RESOLVING);
        }
        assert_state(f, TUNNEL_STATE_WAITING);
}

/* A long outage: the name servers have the time they need, and then the address its turn. */
static void test_long_outage_of_name_servers(void **state) {
        Fixture *f = *state;
        uint64_t delay, began;

        go_to(f, TUNNEL_STATE_UP);
        go_down(f, true);
        for (began = f->now_usec; f->now_usec - began < 6 * USEC_PER_MINUTE;)
                (void) redial_in_vain(f, &delay);
        go_to(f, TUNNEL_STATE_RESOLVING);
        assert_true(tunnel_next_deadline(f->tunnel) - f->now_usec == 30 * USEC_PER_SEC);
        step_fact(f, TUNNEL_EVENT_RESOLVE_FAILED, DIAGNOSIS_TIMEOUT, 0);
        assert_dials(f, "192.0.2.2");
}

static void answer_late(Fixture *f, const struct in_addr *address) {
        step(f,
             (TunnelEvent){
                     .type = TUNNEL_EVENT_RESOLVED,
                     .addresses = { .items = address, .n_items = 1 },
             });
        assert_state(f, TUNNEL_STATE_CONNECTING);
}

static const struct in_addr moved = { 0x090200c0 }; /* 192.0.2.9 */

/* The server has moved, and its name server is slow: what it answers late is dialled next. */
static void test_late_answer(void **state) {
        Fixture *f = *state;

        f->config->max_attempts = 1;
        look_up_again(f);
        step_timer(f);
        assert_dials(f, "192.0.2.2");
        answer_late(f, &moved);
        step_timer(f);
        assert_state(f, TUNNEL_STATE_PREPARING);
        step_type(f, TUNNEL_EVENT_PREPARED);
        assert_dials(f, "192.0.2.9");
}

/* It is not taken for another server's, and not for that of a later round. */
static void test_late_answer_of_one_of_two(void **state) {
        Fixture *f = *state;

        configure(f, "[Tunnel]\nServer=a.example b.example\n[Authentication]\nUser=username\n");
        look_up_again(f);
        step_timer(f);
        answer_late(f, &moved);
        step_timer(f);
        step_type(f, TUNNEL_EVENT_PREPARED);
        assert_dials(f, "192.0.2.9");
        step_timer(f);
        step_type(f, TUNNEL_EVENT_PREPARED);
        assert_state(f, TUNNEL_STATE_RESOLVING);
        assert_string_equal(find(f, TUNNEL_ACTION_RESOLVE)->name, "b.example");
}

/* A name server that says that there is no such name: then nobody is dialled. */
static void test_name_that_is_gone(void **state) {
        Fixture *f = *state;

        look_up_again(f);
        step_fact(f, TUNNEL_EVENT_RESOLVE_FAILED, DIAGNOSIS_RESOLVE_ERROR, EAI_NONAME);
        assert_state(f, TUNNEL_STATE_WAITING);
}

/* What a name server has answered in the end, or what did not matter, is not to blame. */
static void test_late_name_is_not_to_blame(void **state) {
        Fixture *f = *state;

        look_up_again(f);
        step_timer(f);
        go_to(f, TUNNEL_STATE_STARTING);
        step_fact(f, TUNNEL_EVENT_PPPD_EXITED, DIAGNOSIS_PPPD_EXITED, 2);
        assert_string_equal(find_log(f, "No tunnel to ")->log.row->id, "CFG-01");

        renew(f);
        look_up_again(f);
        step_timer(f);
        answer_late(f, &addresses[0]);
        step_timer(f);
        assert_string_equal(find_log(f, "No tunnel to ")->log.row->id, "NET-06");
}

/* Somebody answers at the old address, and it is not the server any more. */
static void test_server_that_has_moved(void **state) {
        Fixture *f = *state;

        look_up_again(f);
        step_timer(f);
        step_type(f, TUNNEL_EVENT_CONNECTED);
        step_fact(f, TUNNEL_EVENT_CONTROL_FAILED, DIAGNOSIS_PEER_CLOSED, 0);
        go_to(f, TUNNEL_STATE_WAITING);
        step_timer(f);
        go_to(f, TUNNEL_STATE_RESOLVING);
        assert_true(tunnel_next_deadline(f->tunnel) - f->now_usec == 30 * USEC_PER_SEC);

        renew(f);
        look_up_again(f);
        step_timer(f);
        step_errno(f, TUNNEL_EVENT_CONTROL_FAILED, DIAGNOSIS_STAGE_CONNECT, ECONNREFUSED);
        go_to(f, TUNNEL_STATE_WAITING);
        step_timer(f);
        go_to(f, TUNNEL_STATE_RESOLVING);
        assert_true(tunnel_next_deadline(f->tunnel) - f->now_usec == 30 * USEC_PER_SEC);
}

/* One that is slow to answer TCP gets the time it needs. */
static void test_short_outage_of_a_slow_server(void **state) {
        Fixture *f = *state;
        uint64_t delay;

        go_to(f, TUNNEL_STATE_UP);
        go_down(f, true);
        go_to(f, TUNNEL_STATE_CONNECTING);
        f->now_usec += USEC_PER_SEC;
        go_to(f, TUNNEL_STATE_STARTING);
        step_fact(f, TUNNEL_EVENT_CONTROL_FAILED, DIAGNOSIS_PEER_CLOSED, 0);
        go_to(f, TUNNEL_STATE_WAITING);
        step_timer(f);
        assert_true(redial_in_vain(f, &delay) == 3 * USEC_PER_SEC);
}

/* TCP passes and GRE does not: the next try comes as soon as the last one, for a while. */
static void test_outage_of_gre(void **state) {
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_UP);
        go_down(f, true);
        for (size_t i = 0; i < 3; i++) {
                uint64_t failed;

                redial(f);
                step_fact(f, TUNNEL_EVENT_PPPD_EXITED, DIAGNOSIS_PPPD_EXITED, 10);
                go_to(f, TUNNEL_STATE_WAITING);
                failed = f->now_usec;
                step_timer(f);
                assert_true(f->now_usec - failed <= USEC_PER_SEC);
        }
}

/* The remedy is in the journal once, and what fails again now and then. */
static void test_remedy_is_told_once(void **state) {
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_UP);
        go_down(f, true);
        for (size_t i = 0; i < 3; i++) {
                go_to(f, TUNNEL_STATE_CONNECTING);
                step_timer(f);
                assert_true(!find_log(f, "does not answer") == (i == 1));
                assert_true(!find_log(f, "Remedy") == (i > 0));
                step_timer(f);
                assert_state(f, TUNNEL_STATE_PREPARING);
                f->now_usec += USEC_PER_MINUTE / 2;
        }
}

/*
 * A router that still holds the call that just ended swallows the next one; GRE worked, after all.
 */
static void test_silence_after_a_call(void **state) {
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_UP);
        go_down(f, false);
        redial(f);
        step_timer(f);
        assert_string_equal(find(f, TUNNEL_ACTION_LOG)->log.row->id, "GRE-08");
}

/* After a call whose packets got lost, the same silence says that they still do. */
static void test_silence_after_a_dead_call(void **state) {
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_UP);
        go_down(f, true);
        redial(f);
        step_timer(f);
        assert_string_equal(find(f, TUNNEL_ACTION_LOG)->log.row->id, "GRE-01");
}

/* What a preparation says is about this attempt, whatever became of the last one. */
static void test_preparation_forgets_the_last_attempt(void **state) {
        static const uint8_t success[] = { 0xc2, 0x23, 3, 1, 0, 4 };
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_UP);
        step_packet(f, success, sizeof(success));
        go_down(f, true);
        step_fact(f, TUNNEL_EVENT_PREPARE_FAILED, DIAGNOSIS_NO_PASSWORD, 0);
        assert_string_equal(find(f, TUNNEL_ACTION_LOG)->log.row->id, "CFG-05");
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
        Fixture *f = *state;

        /* Nothing is routed into the tunnel. */
        go_to(f, TUNNEL_STATE_UP);
        assert_non_null(find_note(f, "NETC-02"));
        assert_null(find_note(f, "NET-08"));

        configure(f,
                  "[Tunnel]\nServer=vpn.example\n[Authentication]\nUser=username\n"
                  "[Route]\nDestination=10.0.0.0/8\n");
        go_to(f, TUNNEL_STATE_UP);
        assert_null(find_note(f, "NETC-02"));
        assert_null(find_note(f, "NET-08"));

        /* The server's name leads elsewhere than when the tunnel was last up. */
        go_down(f, false);
        f->resolved = &addresses[1];
        go_to(f, TUNNEL_STATE_UP);
        assert_non_null(strstr(find_note(f, "NET-08")->log.text, "from 192.0.2.2 to 192.0.2.3"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_all_addresses_and_servers_are_tried),
                TEST(test_one_bad_server_ends_nothing),
                TEST(test_no_pppd_is_no_matter_of_the_server),
                TEST(test_next_server_after_a_bad_one),
                TEST(test_wrong_password_is_tried_once),
                TEST(test_domain_in_the_user_name),
                TEST(test_a_refusal_names_the_port),
                TEST(test_gives_up_after_max_attempts),
                TEST(test_remedies_are_cut_between_sentences),
                TEST(test_gives_up_after_one_attempt),
                TEST(test_the_server_names_the_wait),
                TEST(test_successors_go_on_with_the_back_off),
                TEST(test_successors_go_on_counting),
                TEST(test_successors_wait_as_the_server_said),
                TEST(test_lost_link_reconnects_and_stays_ready),
                TEST(test_short_outage),
                TEST(test_outage_of_name_servers),
                TEST(test_crash_in_outage_of_name_servers),
                TEST(test_outage_of_name_servers_of_two),
                TEST(test_long_outage_of_name_servers),
                TEST(test_late_answer),
                TEST(test_late_answer_of_one_of_two),
                TEST(test_name_that_is_gone),
                TEST(test_late_name_is_not_to_blame),
                TEST(test_server_that_has_moved),
                TEST(test_short_outage_of_a_slow_server),
                TEST(test_outage_of_gre),
                TEST(test_remedy_is_told_once),
                TEST(test_end_of_a_link_is_never_permanent),
                TEST(test_what_has_worked_is_tried_for_ever),
                TEST(test_refusals_that_were_asked_for),
                TEST(test_another_user_has_not_worked),
                TEST(test_successor_reconnects),
                TEST(test_refusal_after_success_is_retried_slowly),
                TEST(test_refusal_after_remembered_success),
                TEST(test_waits_are_logged),
                TEST(test_same_failure_is_logged_now_and_then),
                TEST(test_same_failures_of_two_servers),
                TEST(test_connection_resets_the_back_off),
                TEST(test_first_redial_is_spread),
                TEST(test_crowd_after_a_restart),
                TEST(test_crowd_in_an_outage),
                TEST(test_crowd_with_a_short_limit),
                TEST(test_short_limit_spreads_a_crowd),
                TEST(test_crowd_with_a_flapping_uplink),
                TEST(test_lone_loss_in_a_crowd),
                TEST(test_turn_that_never_comes),
                TEST(test_turn_is_given_up_without_an_uplink),
                TEST(test_crowd_with_a_new_uplink),
                TEST(test_nobody_is_dialled_without_an_uplink),
                TEST(test_taken_name_is_tried_rarely),
                TEST(test_missing_namespace_is_looked_for_rarely),
                TEST(test_silence_after_a_call),
                TEST(test_silence_after_a_dead_call),
                TEST(test_preparation_forgets_the_last_attempt),
                TEST(test_notes_when_up),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
