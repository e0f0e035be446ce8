/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What an up tunnel is while the server negotiates its link anew, or something of it is missing. */

#include "tunnel-fixture.h"

#include <errno.h>
#include <string.h>

static const MppeOutcome strong = { .bits_128 = true };

static void step_ip_down(Fixture *f) {
        step_plugin(f, (PluginMessage){ .type = PLUGIN_IP_DOWN });
}

static void step_applied(Fixture *f) {
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_APPLIED, .count = 3 });
}

static void assert_says_up(const Fixture *f, bool up) {
        assert_int_equal(strncmp(find_status(f), "Up: ", 4) == 0, up);
}

/* IPCP opens once more, with or without telling that it was closed. */
static void test_everything_counts_anew(void **state) {
        Fixture *f = *state;
        const TunnelAction *apply;

        go_to(f, TUNNEL_STATE_UP);
        ip_up(f, strong);
        assert_state(f, TUNNEL_STATE_UP);
        apply = find(f, TUNNEL_ACTION_APPLY);
        assert_non_null(apply);
        assert_int_equal(apply->apply.parts, TUNNEL_PARTS_ALL);
        assert_int_equal(apply->apply.link.peer.s_addr, peer_address.s_addr);
        assert_null(find_log(f, "Encrypted with")); /* the same as before is no news */

        step_applied(f);
        assert_says_up(f, true);
        assert_null(find(f, TUNNEL_ACTION_READY)); /* that was said */
        assert_null(find(f, TUNNEL_ACTION_PROBE));
        assert_non_null(strstr(find_status(f), "3 routes"));
}

static void test_another_encryption_shows(void **state) {
        Fixture *f = *state;
        Status status;

        configure(f,
                  "[Tunnel]\nServer=vpn.example\n[Authentication]\nUser=username\n"
                  "[Encryption]\nMPPE=any\n");
        go_to(f, TUNNEL_STATE_UP);
        ip_up(f, (MppeOutcome){ .bits_40 = true });
        assert_non_null(find_log(f, "Encrypted with MPPE 40-bit"));
        tunnel_get_status(f->tunnel, &status);
        assert_string_equal(status.encryption_sent, "MPPE 40-bit stateless");

        step_applied(f);
        assert_non_null(strstr(find_status(f), "MPPE 40-bit stateless"));
}

static void test_weaker_than_the_policy_ends_the_call(void **state) {
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_UP);
        ip_up(f, (MppeOutcome){ 0 });
        assert_null(find(f, TUNNEL_ACTION_APPLY));
        assert_state(f, TUNNEL_STATE_CLOSING_PARTS);
}

static void test_is_not_up_meanwhile(void **state) {
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_UP);
        step_ip_down(f);
        assert_state(f, TUNNEL_STATE_UP);
        assert_non_null(find_log(f, "negotiates the link anew"));
        assert_string_not_equal(find_status(f), "");
        assert_says_up(f, false);

        /* What was asked for before comes to an end. */
        step_applied(f);
        assert_says_up(f, false);

        step_phase(f, PLUGIN_PHASE_ESTABLISH);
        step_phase(f, PLUGIN_PHASE_AUTHENTICATE);
        step_phase(f, PLUGIN_PHASE_NETWORK);
        assert_says_up(f, false);
        ip_up(f, strong);
        step_applied(f);
        assert_says_up(f, true);
}

static void test_does_not_wait_for_ever(void **state) {
        Fixture *f = *state;
        uint64_t began;

        go_to(f, TUNNEL_STATE_UP);
        began = f->now_usec;
        step_ip_down(f);
        while (tunnel_get_state(f->tunnel) == TUNNEL_STATE_UP)
                step_any_timer(f);
        assert_int_equal(f->now_usec - began, 30 * USEC_PER_SEC);
        assert_lost_because(f, "NETC-19");
}

/* Before the tunnel was ever up: one step back. */
static void test_goes_back_to_linking(void **state) {
        static const TunnelState states[] = { TUNNEL_STATE_APPLYING, TUNNEL_STATE_PROBING };
        Fixture *f = *state;

        for (size_t i = 0; i < ELEMENTSOF(states); i++) {
                renew(f);
                go_to(f, states[i]);
                step_ip_down(f);
                assert_state(f, TUNNEL_STATE_LINKING);
                assert_non_null(find(f, TUNNEL_ACTION_PROBE_STOP));

                ip_up(f, strong);
                assert_state(f, TUNNEL_STATE_APPLYING);
                go_to(f, TUNNEL_STATE_UP);
        }
}

static void step_apply_failed_by(Fixture *f, int error, const char *text) {
        step(f, (TunnelEvent){
                .type = TUNNEL_EVENT_APPLY_FAILED,
                .fact = {
                        .type = DIAGNOSIS_ROUTE_REFUSED,
                        .stage = DIAGNOSIS_STAGE_NETWORK,
                        .number = error,
                        .text = text,
                },
        });
}

static void step_apply_failed(Fixture *f, const char *text) {
        step_apply_failed_by(f, ENETDOWN, text);
}

static void test_tells_what_is_missing(void **state) {
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_UP);
        step_apply_failed(f, "interface onenet was set down");
        assert_state(f, TUNNEL_STATE_UP);
        assert_non_null(strstr(find_status(f), "Up, but interface onenet was set down: "));
        step_apply_failed(f, NULL);
        assert_non_null(strstr(find_status(f), "Up, but Network is down: "));

        step_applied(f);
        assert_non_null(find_log(f, "The tunnel is complete again"));
        assert_says_up(f, true);
        step_applied(f);
        assert_null(find_log(f, "The tunnel is complete again"));
}

/* The gateway's address as our own cuts the server off: that is not a tunnel with a flaw. */
static void test_an_address_that_cannot_be_ends_the_call(void **state) {
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_UP);
        step_ip_down(f);
        ip_up(f, strong);
        step_apply_failed_by(f, EADDRINUSE, "the server gave this host the address 192.0.2.254");
        assert_lost_because(f, "NETC-23");
}

/* READY=1 means usable, and one second is not too long to wait for that. */
static void test_nothing_may_be_missing_at_first(void **state) {
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_PROBING);
        step_apply_failed(f, "interface onenet was set down");
        assert_state(f, TUNNEL_STATE_CLOSING_PARTS);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_everything_counts_anew),
                TEST(test_another_encryption_shows),
                TEST(test_weaker_than_the_policy_ends_the_call),
                TEST(test_is_not_up_meanwhile),
                TEST(test_does_not_wait_for_ever),
                TEST(test_goes_back_to_linking),
                TEST(test_tells_what_is_missing),
                TEST(test_an_address_that_cannot_be_ends_the_call),
                TEST(test_nothing_may_be_missing_at_first),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
