/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A link that is up and in doubt: the uplink changed, packets were refused, the machine slept. */

#include "tunnel-fixture.h"

#include <errno.h>
#include <string.h>

static void step_uplink(Fixture *f, UplinkChange change) {
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_UPLINK, .uplink = change });
}

/*
 * A server that answered pings and answers them no more is gone, whatever its control connection
 * says.
 */
static void test_verify_by_ping(void **state) {
        Fixture *f = *state;
        uint64_t began;

        go_to(f, TUNNEL_STATE_UP);
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

/* Where the way goes now is named, as is where it went. */
static void test_names_the_uplinks(void **state) {
        static const struct {
                TunnelEvent event;
                const char *text;
        } cases[] = {
                { { .uplink_before = "eth0", .uplink_now = "wlan0" }, "from eth0 to wlan0" },
                { { .uplink_before = "eth0", .uplink_now = "eth0" }, "source address on eth0" },
                { { .uplink_now = "wlan0" }, "moved to another uplink" },
        };
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_UP);
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                TunnelEvent event = cases[i].event;

                event.type = TUNNEL_EVENT_UPLINK;
                event.uplink = UPLINK_MOVED;
                step(f, event);
                assert_non_null(strstr(find(f, TUNNEL_ACTION_LOG)->log.text, cases[i].text));
        }
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

/*
 * Who refuses our packets may be wrong, or about to change his mind: a test tells, and not too
 * often.
 */
static void test_refused_packets_lead_to_a_test(void **state) {
        const TunnelEvent refused = {
                .type = TUNNEL_EVENT_GRE_REFUSED,
                .fact = { .type = DIAGNOSIS_ERRNO,
                          .stage = DIAGNOSIS_STAGE_LINK,
                          .number = EHOSTUNREACH,
                          .text = "198.51.100.1" },
        };
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_UP);
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

        go_to(f, TUNNEL_STATE_UP);
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

        go_to(f, TUNNEL_STATE_UP);
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

        go_to(f, TUNNEL_STATE_UP);
        step_uplink(f, UPLINK_LOST);
        step_plugin(f, (PluginMessage){ .type = PLUGIN_EXITING, .exiting.status = 15 });
        assert_lost_because(f, "NETC-21");
}

static void test_another_address_reconnects_at_once(void **state) {
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_UP);
        step_uplink(f, UPLINK_READDRESSED);
        assert_lost_because(f, "NETC-20");
        assert_non_null(strstr(find(f, TUNNEL_ACTION_LOG)->log.text, "192.0.2.3"));
        go_to(f, TUNNEL_STATE_WAITING);
        assert_true(tunnel_next_deadline(f->tunnel) == f->now_usec);
}

static void test_uplink_cuts_waiting_short(void **state) {
        static const UplinkChange news[] = { UPLINK_BACK, UPLINK_MOVED, UPLINK_READDRESSED };
        Fixture *f = *state;

        for (size_t i = 0; i < ELEMENTSOF(news); i++) {
                renew(f);
                go_to(f, TUNNEL_STATE_CONNECTING);
                step_fact(f, TUNNEL_EVENT_CONTROL_FAILED, DIAGNOSIS_ERRNO, ENETUNREACH);
                assert_state(f, TUNNEL_STATE_WAITING);
                step_uplink(f, UPLINK_SAME);
                step_uplink(f, UPLINK_LOST);
                assert_state(f, TUNNEL_STATE_WAITING);
                step_uplink(f, news[i]);
                assert_state(f, TUNNEL_STATE_PREPARING);
        }
}

/* The question to a name server or the SYN went a way that is no more. */
static void test_uplink_begins_the_dialling_anew(void **state) {
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_CONNECTING);
        step_uplink(f, UPLINK_MOVED);
        assert_non_null(find(f, TUNNEL_ACTION_CLOSE_CONTROL));
        assert_non_null(find(f, TUNNEL_ACTION_PREPARE));
        assert_state(f, TUNNEL_STATE_PREPARING);
        advance(f);
        step_uplink(f, UPLINK_BACK);
        assert_state(f, TUNNEL_STATE_PREPARING);
}

/* While the old link is taken down the new way appears: nothing more to wait for then. */
static void test_uplink_during_closing_redials_at_once(void **state) {
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_UP);
        step_plugin(f, (PluginMessage){ .type = PLUGIN_EXITING, .exiting.status = 15 });
        step_uplink(f, UPLINK_BACK);
        go_to(f, TUNNEL_STATE_WAITING);
        assert_true(tunnel_next_deadline(f->tunnel) == f->now_usec);
}

static void test_resume_tests_the_link(void **state) {
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_UP);
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_RESUMED, .count = 3600 });
        assert_non_null(find(f, TUNNEL_ACTION_PROBE));
        step_timer(f);
        assert_lost_because(f, "NETC-19");
        assert_non_null(strstr(find(f, TUNNEL_ACTION_LOG)->log.text, "slept"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_verify_by_ping),
                TEST(test_names_the_uplinks),
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
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
