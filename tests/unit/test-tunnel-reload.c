/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A changed configuration, and a new connection that is asked for, in every state. */

#include "tunnel-fixture.h"

#include <string.h>
#include <sysexits.h>

#define BASE "[Tunnel]\nServer=a.example b.example\n[Authentication]\nUser=username\n"
#define ROUTES "[Route]\nDestination=10.0.0.0/8\n"

static int setup_routed(void **state) {
        setup(state);
        configure(*state, BASE ROUTES);
        return 0;
}

/* The old configuration is gone at once: what still looks at it is found by the sanitizers. */
static void reload(Fixture *f, const char *text) {
        Config *old = f->config;
        ConfigDiff diff;

        f->config = config_from_text(text);
        config_diff_make(old, f->config, &diff);
        step(f,
             (TunnelEvent){
                     .type = TUNNEL_EVENT_RELOAD,
                     .reload = { .config = f->config, .diff = &diff },
             });
        config_free(old);
}

/* The server hangs up for no good reason, on a tunnel that is up. */
static void go_down(Fixture *f) {
        go_to(f, TUNNEL_STATE_UP);
        step_fact(f, TUNNEL_EVENT_CONTROL_FAILED, DIAGNOSIS_PEER_CLOSED, 0);
        assert_state(f, TUNNEL_STATE_CLOSING_PARTS);
}

/* The one entry of the journal that says what came of it. */
static void assert_said(const Fixture *f, const char *expected) {
        assert_non_null(find(f, TUNNEL_ACTION_LOG));
        assert_string_equal(find(f, TUNNEL_ACTION_LOG)->log.text, expected);
}

/* ---- while it is up ---- */

static void test_nothing_changed(void **state) {
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_UP);
        reload(f, "# The same.\n" BASE ROUTES);
        assert_state(f, TUNNEL_STATE_UP);
        assert_said(f, "Reloaded: nothing changed");
        assert_int_equal(f->actions.n_items, 1);
}

static void test_live(void **state) {
        Fixture *f = *state;
        uint64_t deadline;

        go_to(f, TUNNEL_STATE_UP);
        deadline = tunnel_next_deadline(f->tunnel);
        reload(f,
               BASE "[Route]\nDestination=172.16.0.0/12 192.168.0.0/16\n"
                    "[Tunnel]\nMTUBytes=1300\nKeepAliveProbes=5\n[Reconnect]\nDelaySec=2\n"
                    "[Authentication]\nPasswordFile=/etc/p\n");
        assert_state(f, TUNNEL_STATE_UP);
        assert_said(f,
                    "Reloaded: routes +2 -1; MTUBytes=, KeepAliveProbes=, DelaySec= changed; "
                    "PasswordFile= changed, from the next connection on");
        assert_non_null(find(f, TUNNEL_ACTION_SET_MTU));
        assert_non_null(find(f, TUNNEL_ACTION_SET_KEEP_ALIVE));
        assert_string_equal(find(f, TUNNEL_ACTION_APPLY)->apply.link.ifname, "onenet");
        assert_null(find(f, TUNNEL_ACTION_REMOVE));
        assert_true(tunnel_next_deadline(f->tunnel) == deadline);

        f->now_usec += 7 * USEC_PER_SEC;
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_APPLIED, .count = 2 });
        assert_state(f, TUNNEL_STATE_UP);
        assert_null(find(f, TUNNEL_ACTION_READY));
        assert_null(find(f, TUNNEL_ACTION_PROBE));
        assert_non_null(strstr(find(f, TUNNEL_ACTION_STATUS)->status.text, "2 routes"));
        /* It is up since it came up, not since then. */
        assert_true(find(f, TUNNEL_ACTION_STATUS)->status.since_usec ==
                    f->now_usec - 7 * USEC_PER_SEC);
}

/*
 * Who has a tunnel keeps it, even if the kernel will not have a new route. That somebody removed
 * one earlier was told by then, and is not the reason.
 */
static void test_refused_route(void **state) {
        Fixture *f = *state;
        Status status;

        go_to(f, TUNNEL_STATE_UP);
        step_fact(f, TUNNEL_EVENT_EVIDENCE, DIAGNOSIS_ROUTE_REMOVED, 1);
        reload(f, BASE ROUTES "[Route]\nDestination=172.16.0.0/12\n");
        step_fact(f, TUNNEL_EVENT_APPLY_FAILED, DIAGNOSIS_ROUTE_REFUSED, 17);
        assert_state(f, TUNNEL_STATE_UP);
        assert_int_equal(f->actions.n_items, 1);
        assert_non_null(strstr(find_status(f), "Up, but File exists: "));
        tunnel_get_status(f->tunnel, &status);
        assert_string_equal(status.trouble_reason, "NETC-22"); /* which has a remedy */
}

/* A server that takes little is not sent more because a file says so. */
static void test_mtu_of_the_peer(void **state) {
        static const uint8_t request[] = { 0xc0, 0x21, 1, 1, 0, 8, 1, 4, 0x05, 0x14 };
        static const uint8_t bare_request[] = { 0xc0, 0x21, 1, 2, 0, 4 };
        static const uint8_t absurd_request[] = { 0xc0, 0x21, 1, 3, 0, 8, 1, 4, 0, 0 };
        static const struct {
                const uint8_t *data;
                size_t n_data;
                uint32_t max_bytes;
        } cases[] = {
                { request, sizeof(request), 1300 - 4 },
                { bare_request, sizeof(bare_request), 1500 - 4 },
                { absurd_request, sizeof(absurd_request), 128 - 4 },
        };
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_UP);
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                step_packet(f, cases[i].data, cases[i].n_data);
                reload(f, i % 2 ? BASE ROUTES : BASE ROUTES "[Tunnel]\nMTUBytes=1400\n");
                assert_int_equal(find(f, TUNNEL_ACTION_SET_MTU)->mtu_max_bytes, cases[i].max_bytes);
        }
}

/* What depends on the MTU follows when the kernel has taken it. */
static void test_mtu_in_force(void **state) {
        const TunnelAction *apply;
        Fixture *f = *state;
        Status status;

        go_to(f, TUNNEL_STATE_UP);
        reload(f, BASE ROUTES "[Tunnel]\nMTUBytes=1300\n");
        assert_null(find(f, TUNNEL_ACTION_APPLY));

        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_MTU_CHANGED, .count = 1300 });
        apply = find(f, TUNNEL_ACTION_APPLY);
        assert_int_equal(apply->apply.parts, TUNNEL_PART_SIZES);
        assert_int_equal(apply->apply.link.mtu_bytes, 1300);
        assert_int_equal(find(f, TUNNEL_ACTION_PROBE_SIZE)->probe_size.n_bytes, 1300);

        step(f,
             (TunnelEvent){
                     .type = TUNNEL_EVENT_APPLIED,
                     .part = TUNNEL_PART_SIZES,
                     .count = 1260,
             });
        tunnel_get_status(f->tunnel, &status);
        assert_int_equal(status.mtu_bytes, 1300);
        assert_int_equal(status.segment_bytes, 1260);
}

static void test_clamp_mss(void **state) {
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_UP);
        reload(f, BASE ROUTES "[Network]\nClampMSS=no\n");
        assert_int_equal(find(f, TUNNEL_ACTION_APPLY)->apply.parts, TUNNEL_PART_SIZES);
        reload(f, BASE ROUTES "[Network]\nClampMSS=no\nRouteMetric=7\n");
        assert_int_equal(find(f, TUNNEL_ACTION_APPLY)->apply.parts & TUNNEL_PART_SIZES, 0);
}

static void test_reconnects_once(void **state) {
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_UP);
        reload(f, BASE ROUTES "[Tunnel]\nPort=1724\nMTUBytes=1300\n");
        assert_state(f, TUNNEL_STATE_CLOSING_PARTS);
        assert_said(f, "Reloaded: MTUBytes= changed; Port= changed, reconnecting");
        assert_non_null(find(f, TUNNEL_ACTION_REMOVE));

        /* In good order, and then at once. */
        advance(f);
        assert_non_null(find(f, TUNNEL_ACTION_TERMINATE_PPPD));
        assert_null(find(f, TUNNEL_ACTION_CLOSE_CALL));
        go_to(f, TUNNEL_STATE_PREPARING);
        go_to(f, TUNNEL_STATE_RESOLVING);
        assert_string_equal(find(f, TUNNEL_ACTION_RESOLVE)->name, "a.example");
        advance(f);
        assert_int_equal(find(f, TUNNEL_ACTION_CONNECT)->connect.port, 1724);
        go_to(f, TUNNEL_STATE_UP);
        assert_null(find(f, TUNNEL_ACTION_READY));
}

static void test_server_that_may_stay(void **state) {
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_UP);
        reload(f, "[Tunnel]\nServer=a.example c.example\n[Authentication]\nUser=username\n" ROUTES);
        assert_state(f, TUNNEL_STATE_UP);
        assert_said(f, "Reloaded: Server= changed");

        reload(f, "[Tunnel]\nServer=c.example a.example\n[Authentication]\nUser=username\n" ROUTES);
        assert_said(f, "Reloaded: Server= changed, reconnecting");
        go_to(f, TUNNEL_STATE_RESOLVING);
        assert_string_equal(find(f, TUNNEL_ACTION_RESOLVE)->name, "c.example");
}

static bool is_noted(const Fixture *f, const char *id) {
        for (size_t i = 0; i < f->actions.n_items; i++) {
                const TunnelAction *action = &f->actions.items[i];

                if (action->type == TUNNEL_ACTION_LOG && action->log.row &&
                    strcmp(action->log.row->id, id) == 0)
                        return true;
        }

        return false;
}

/* Another server has another address. That is no news, and nothing about a name. */
static void test_address_of_another_server(void **state) {
        static const struct in_addr elsewhere = { .s_addr = 0x090200c0 };
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_UP);
        reload(f, "[Tunnel]\nServer=c.example\n[Authentication]\nUser=username\n" ROUTES);
        f->resolved = &elsewhere;
        go_to(f, TUNNEL_STATE_UP);
        assert_false(is_noted(f, "NET-08"));

        /* One that stays, at another place of the list, is followed. */
        reload(f, BASE ROUTES);
        f->resolved = addresses;
        go_to(f, TUNNEL_STATE_UP);
        reload(f,
               "[Tunnel]\nServer=c.example a.example\nPort=1724\n"
               "[Authentication]\nUser=username\n" ROUTES);
        go_to(f, TUNNEL_STATE_CONNECTING);
        assert_false(is_noted(f, "NET-08"));
}

/* A second change of mind while the first is being carried out. */
static void test_again_while_reconnecting(void **state) {
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_UP);
        reload(f, BASE ROUTES "[Tunnel]\nPort=1724\n");
        reload(f, "[Tunnel]\nServer=d.example\n[Authentication]\nUser=username\n");
        assert_state(f, TUNNEL_STATE_CLOSING_PARTS);
        assert_said(f, "Reloaded: routes +0 -1; Server=, Port= changed, trying again at once");
        go_to(f, TUNNEL_STATE_RESOLVING);
        assert_string_equal(find(f, TUNNEL_ACTION_RESOLVE)->name, "d.example");
}

/* ---- before ---- */

/* What the attempt has not come to yet it just uses; what it may have used makes it start over. */
static void test_while_connecting(void **state) {
        Fixture *f = *state;

        for (TunnelState at = TUNNEL_STATE_PREPARING; at <= TUNNEL_STATE_PROBING; at++) {
                go_to(f, at);
                reload(f, BASE "[Reconnect]\nDelaySec=2\n");
                assert_state(f, at);
                assert_null(find(f, TUNNEL_ACTION_PREPARE));
                assert_int_equal(!!find(f, TUNNEL_ACTION_APPLY), at >= TUNNEL_STATE_APPLYING);

                reload(f, BASE ROUTES "[Authentication]\nPasswordFile=/etc/p\n");
                assert_non_null(strstr(find(f, TUNNEL_ACTION_LOG)->log.text, ", starting over"));
                go_to(f, TUNNEL_STATE_PREPARING);
                assert_non_null(find(f, TUNNEL_ACTION_PREPARE));
                assert_false(tunnel_get_server(f->tunnel).s_addr != INADDR_ANY);

                reload(f, BASE ROUTES);
                go_to(f, TUNNEL_STATE_PREPARING);
        }

        go_to(f, TUNNEL_STATE_UP);
        assert_non_null(find(f, TUNNEL_ACTION_READY));
}

/* pppd is given the MTU with the call, and has not made an interface yet. */
static void test_mtu_while_connecting(void **state) {
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_CALLING);
        reload(f, BASE ROUTES "[Tunnel]\nMTUBytes=1300\n");
        assert_state(f, TUNNEL_STATE_CALLING);
        go_to(f, TUNNEL_STATE_LINKING);
        reload(f, BASE ROUTES "[Tunnel]\nMTUBytes=1310\n");
        assert_state(f, TUNNEL_STATE_CLOSING_LINK);
        go_to(f, TUNNEL_STATE_APPLYING);
        reload(f, BASE ROUTES "[Tunnel]\nMTUBytes=1320\n");
        assert_state(f, TUNNEL_STATE_APPLYING);
        assert_non_null(find(f, TUNNEL_ACTION_SET_MTU));
}

/* Whoever watches the link is told from the moment that there is somebody. */
static void test_keep_alive_while_connecting(void **state) {
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_CONNECTING);
        reload(f, BASE ROUTES "[Tunnel]\nKeepAliveProbes=5\n");
        assert_null(find(f, TUNNEL_ACTION_SET_KEEP_ALIVE));
        go_to(f, TUNNEL_STATE_STARTING);
        reload(f, BASE ROUTES "[Tunnel]\nKeepAliveProbes=6\n");
        assert_state(f, TUNNEL_STATE_STARTING);
        assert_non_null(find(f, TUNNEL_ACTION_SET_KEEP_ALIVE));
}

static void test_before_start(void **state) {
        Fixture *f = *state;

        reload(f, "[Tunnel]\nServer=d.example\n[Authentication]\nUser=username\n");
        assert_state(f, TUNNEL_STATE_IDLE);
        assert_int_equal(f->actions.n_items, 0);
        go_to(f, TUNNEL_STATE_RESOLVING);
        assert_string_equal(find(f, TUNNEL_ACTION_RESOLVE)->name, "d.example");
}

/* ---- after a failure ---- */

/* Both servers fail, and the next try is some time away. */
static void go_to_waiting(Fixture *f) {
        while (tunnel_get_state(f->tunnel) != TUNNEL_STATE_WAITING) {
                if (tunnel_get_state(f->tunnel) == TUNNEL_STATE_RESOLVING)
                        step_fact(f, TUNNEL_EVENT_RESOLVE_FAILED, DIAGNOSIS_TIMEOUT, 0);
                else
                        advance(f);
        }
}

static void test_waiting(void **state) {
        Fixture *f = *state;

        go_to_waiting(f);
        reload(f, "[Tunnel]\nServer=d.example\n[Authentication]\nUser=username\n" ROUTES);
        assert_state(f, TUNNEL_STATE_PREPARING);
        assert_said(f, "Reloaded: Server= changed, trying again now");
        advance(f);
        assert_string_equal(find(f, TUNNEL_ACTION_RESOLVE)->name, "d.example");

        /* What is not in the file may have been mended as well, a password for one. */
        go_to_waiting(f);
        reload(f, "[Tunnel]\nServer=d.example\n[Authentication]\nUser=username\n" ROUTES);
        assert_state(f, TUNNEL_STATE_PREPARING);
        assert_said(f, "Reloaded: nothing changed, trying again now");
}

/* Tries of the old configuration do not count against the new one. */
static void test_waiting_forgets_tries(void **state) {
        Fixture *f = *state;

        reload(f, BASE "[Reconnect]\nMaxAttempts=2\n");
        go_to_waiting(f);
        reload(f,
               "[Tunnel]\nServer=d.example\n[Authentication]\nUser=username\n[Reconnect]\nMaxAttempts=2\n");
        go_to_waiting(f);
        assert_state(f, TUNNEL_STATE_WAITING); /* and not ENDED */
}

static void test_closing_before_a_retry(void **state) {
        Fixture *f = *state;

        go_down(f);
        reload(f, BASE ROUTES "[Reconnect]\nMaxDelaySec=7min\n");
        assert_state(f, TUNNEL_STATE_CLOSING_PARTS);
        assert_said(f, "Reloaded: MaxDelaySec= changed, trying again at once");
        go_to(f, TUNNEL_STATE_PREPARING);
}

static void test_closing_before_the_end(void **state) {
        static const uint8_t failure[] = { 0xc2, 0x23, 4, 1, 0, 9, 'E', '=', '6', '9', '1' };
        Fixture *f = *state;

        for (int mended = 0; mended < 2; mended++) {
                negotiate(f);
                step_packet(f, failure, sizeof(failure));
                step_fact(f, TUNNEL_EVENT_PPPD_EXITED, DIAGNOSIS_PPPD_EXITED, 19);
                assert_state(f, TUNNEL_STATE_CLOSING_CONTROL);

                /*
                 * A route has nothing to do with it; what the next attempt is made with may have.
                 */
                if (mended == 0) {
                        reload(f, BASE ROUTES "[Encryption]\nMPPE=any\n");
                        go_to(f, TUNNEL_STATE_PREPARING);
                } else {
                        reload(f, BASE "[Encryption]\nMPPE=any\n");
                        assert_said(f, "Reloaded: routes +0 -1");
                        go_to(f, TUNNEL_STATE_ENDED);
                        assert_int_not_equal(find(f, TUNNEL_ACTION_EXIT)->exit_status, EX_OK);
                }
        }
}

/* A stop is a stop, before and after. */
static void test_stopping(void **state) {
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_UP);
        step_type(f, TUNNEL_EVENT_STOP);
        reload(f, BASE "[Tunnel]\nPort=1724\n");
        assert_state(f, TUNNEL_STATE_CLOSING_PARTS);
        go_to(f, TUNNEL_STATE_ENDED);
        assert_int_equal(find(f, TUNNEL_ACTION_EXIT)->exit_status, EX_OK);
        reload(f, BASE);
        assert_int_equal(f->actions.n_items, 0);
}

static void test_stop_while_reconnecting(void **state) {
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_UP);
        reload(f, BASE "[Tunnel]\nPort=1724\n");
        step_type(f, TUNNEL_EVENT_STOP);
        go_to(f, TUNNEL_STATE_ENDED);
        assert_int_equal(find(f, TUNNEL_ACTION_EXIT)->exit_status, EX_OK);
}

/* ---- a new connection, because somebody wants one ---- */

static void test_reconnect(void **state) {
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_UP);
        step_type(f, TUNNEL_EVENT_RECONNECT);
        assert_state(f, TUNNEL_STATE_CLOSING_PARTS);
        assert_string_equal(find_status(f), "Reconnecting (an administrator asked)");
        go_to(f, TUNNEL_STATE_PREPARING); /* and not WAITING */

        /* In the middle of an attempt, and of the end of one that failed. */
        negotiate(f);
        step_type(f, TUNNEL_EVENT_RECONNECT);
        go_to(f, TUNNEL_STATE_PREPARING);
        go_down(f);
        step_type(f, TUNNEL_EVENT_RECONNECT);
        go_to(f, TUNNEL_STATE_PREPARING);
}

static void test_reconnect_while_waiting(void **state) {
        Fixture *f = *state;

        go_to_waiting(f);
        step_type(f, TUNNEL_EVENT_RECONNECT);
        assert_state(f, TUNNEL_STATE_PREPARING);
}

static void test_reconnect_after_the_end(void **state) {
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_UP);
        step_type(f, TUNNEL_EVENT_STOP);
        step_type(f, TUNNEL_EVENT_RECONNECT);
        assert_int_equal(f->actions.n_items, 0);
        go_to(f, TUNNEL_STATE_ENDED);
        assert_int_equal(find(f, TUNNEL_ACTION_EXIT)->exit_status, EX_OK);
        step_type(f, TUNNEL_EVENT_RECONNECT);
        assert_state(f, TUNNEL_STATE_ENDED);
}

#define TEST_ROUTED(f) cmocka_unit_test_setup_teardown(f, setup_routed, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST_ROUTED(test_nothing_changed),
                TEST_ROUTED(test_live),
                TEST_ROUTED(test_refused_route),
                TEST_ROUTED(test_mtu_of_the_peer),
                TEST_ROUTED(test_mtu_in_force),
                TEST_ROUTED(test_clamp_mss),
                TEST_ROUTED(test_reconnects_once),
                TEST_ROUTED(test_server_that_may_stay),
                TEST_ROUTED(test_address_of_another_server),
                TEST_ROUTED(test_again_while_reconnecting),
                TEST_ROUTED(test_while_connecting),
                TEST_ROUTED(test_mtu_while_connecting),
                TEST_ROUTED(test_keep_alive_while_connecting),
                TEST_ROUTED(test_before_start),
                TEST_ROUTED(test_waiting),
                TEST_ROUTED(test_waiting_forgets_tries),
                TEST_ROUTED(test_closing_before_a_retry),
                TEST_ROUTED(test_closing_before_the_end),
                TEST_ROUTED(test_stopping),
                TEST_ROUTED(test_stop_while_reconnecting),
                TEST_ROUTED(test_reconnect),
                TEST_ROUTED(test_reconnect_while_waiting),
                TEST_ROUTED(test_reconnect_after_the_end),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
