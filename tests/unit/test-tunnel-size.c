/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Packets of the full size: whether they get through, and what becomes of a tunnel if not. */

#include "test.h"

#include <string.h>

#include "core/ppp/mtu.h"
#include "tunnel-fixture.h"

#define LINK_BYTES 1456 /* as the fixture's IP-up has it */

/* Answers each packet of at most so many bytes until the test is over; returns its packets. */
static unsigned let_pass(Fixture *f, uint32_t max_bytes) {
        const TunnelAction *asked;
        unsigned n = 0;

        while ((asked = find(f, TUNNEL_ACTION_PROBE_SIZE))) {
                uint32_t n_bytes = asked->probe_size.n_bytes;

                assert_true(++n < 40);
                assert_int_equal(asked->probe_size.address.s_addr, peer_address.s_addr);
                assert_in_range(n_bytes, MTU_MIN_BYTES, LINK_BYTES);
                if (n_bytes <= max_bytes)
                        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_SIZE_REPLY, .count = n_bytes });
                else
                        step_any_timer(f);
        }

        return n;
}

/* One look at the counters while the tunnel is used. */
static void look(Fixture *f, Traffic traffic) {
        do
                step_any_timer(f);
        while (!find(f, TUNNEL_ACTION_COUNT));
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_COUNTED, .traffic = traffic });
}

static void test_large_ones_pass(void **state) {
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_UP);
        assert_int_equal(find(f, TUNNEL_ACTION_PROBE_SIZE)->probe_size.n_bytes, LINK_BYTES);
        assert_int_equal(let_pass(f, LINK_BYTES), 1);
        assert_state(f, TUNNEL_STATE_UP);
        assert_non_null(find(f, TUNNEL_ACTION_PROBE_SIZE_STOP));
}

/* One that is lost is sent again; an answer to another size is none. */
static void test_one_is_lost(void **state) {
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_UP);
        step_any_timer(f);
        assert_int_equal(find(f, TUNNEL_ACTION_PROBE_SIZE)->probe_size.n_bytes, LINK_BYTES);
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_SIZE_REPLY, .count = MTU_MIN_BYTES });
        step_any_timer(f);
        assert_int_equal(let_pass(f, LINK_BYTES), 1);
        assert_state(f, TUNNEL_STATE_UP);
}

/* Cleans up after the black hole, and returns the size that the next pppd is given. */
static uint32_t connect_again(Fixture *f, bool elsewhere) {
        const TunnelAction *call;

        step_type(f, TUNNEL_EVENT_REMOVED);
        step_fact(f, TUNNEL_EVENT_PPPD_EXITED, DIAGNOSIS_PPPD_EXITED, 5);
        if (elsewhere)
                step(f, (TunnelEvent){ .type = TUNNEL_EVENT_UPLINK, .uplink = UPLINK_MOVED });
        step_timer(f);
        assert_state(f, TUNNEL_STATE_PREPARING);
        go_to(f, TUNNEL_STATE_CALLING);
        advance(f);
        call = find(f, TUNNEL_ACTION_HAND_OVER_CALL);
        assert_non_null(call);
        return call->pppd.settings.mtu_max_bytes;
}

/* Named within 15 s, and the next connection keeps to what gets through. */
static void test_black_hole(void **state) {
        static const uint32_t paths[] = { MTU_MIN_BYTES, 600, 1000, 1356, LINK_BYTES - 1 };
        Fixture *f = *state;

        for (size_t i = 0; i < ELEMENTSOF(paths); i++) {
                uint32_t next_bytes;
                uint64_t since;

                renew(f);
                go_to(f, TUNNEL_STATE_UP);
                since = f->now_usec;
                (void) let_pass(f, paths[i]);
                assert_lost_because(f, "NETC-08");
                assert_in_range(f->now_usec - since, 0, 15 * USEC_PER_SEC);

                next_bytes = connect_again(f, false);
                assert_in_range(next_bytes, MTU_MIN_BYTES,
                                MAX(paths[i] - MTU_OVERHEAD_ACK_BYTES, (uint32_t) MTU_MIN_BYTES));
                assert_true(next_bytes + MTU_OVERHEAD_ACK_BYTES + 16 >= paths[i]);
        }
}

/*
 * The server holds back each packet until the next has come, since those between were lost: its
 * answers are always about the one before.
 */
static void test_answers_come_late(void **state) {
        const uint32_t path_bytes = 1356;
        Fixture *f = *state;
        uint32_t held_bytes;
        uint64_t since;

        go_to(f, TUNNEL_STATE_UP);
        since = f->now_usec;
        held_bytes = find(f, TUNNEL_ACTION_PROBE_SIZE)->probe_size.n_bytes;
        step_any_timer(f);
        for (unsigned i = 0; i < 60 && tunnel_get_state(f->tunnel) == TUNNEL_STATE_UP; i++) {
                const TunnelAction *asked = find(f, TUNNEL_ACTION_PROBE_SIZE);
                uint32_t released_bytes = held_bytes;

                if (!asked) {
                        step_any_timer(f);
                        continue;
                }
                held_bytes = asked->probe_size.n_bytes;
                if (released_bytes <= path_bytes)
                        step(f,
                             (TunnelEvent){ .type = TUNNEL_EVENT_SIZE_REPLY,
                                            .count = released_bytes });
                else
                        step_any_timer(f);
        }
        assert_lost_because(f, "NETC-08");
        assert_in_range(f->now_usec - since, 0, 15 * USEC_PER_SEC);
        assert_in_range(connect_again(f, false), path_bytes - MTU_OVERHEAD_ACK_BYTES - 16,
                        path_bytes - MTU_OVERHEAD_ACK_BYTES);
}

/* A size that was given up, and comes back after all, has passed. */
static void test_answer_after_the_verdict(void **state) {
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_UP);
        while (find(f, TUNNEL_ACTION_PROBE_SIZE)->probe_size.n_bytes == LINK_BYTES)
                step_any_timer(f);
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_SIZE_REPLY, .count = MTU_MIN_BYTES });
        assert_int_equal(find(f, TUNNEL_ACTION_PROBE_SIZE)->probe_size.n_bytes, 1016);
        step_any_timer(f);
        step_any_timer(f);
        assert_int_equal(find(f, TUNNEL_ACTION_PROBE_SIZE)->probe_size.n_bytes, 796);
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_SIZE_REPLY, .count = 1016 });
        assert_int_equal(find(f, TUNNEL_ACTION_PROBE_SIZE)->probe_size.n_bytes, 1236);
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_SIZE_REPLY, .count = LINK_BYTES });
        assert_non_null(find(f, TUNNEL_ACTION_PROBE_SIZE_STOP));
        assert_state(f, TUNNEL_STATE_UP);
}

/* Nothing is known of another path. */
static void test_another_path(void **state) {
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_UP);
        (void) let_pass(f, 1000);
        assert_lost_because(f, "NETC-08");
        assert_int_equal(connect_again(f, true), 0);
}

/* The link was deaf for a moment, and everything gets through again: no black hole. */
static void test_short_outage(void **state) {
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_UP);
        while (find(f, TUNNEL_ACTION_PROBE_SIZE)->probe_size.n_bytes == LINK_BYTES)
                step_any_timer(f);
        assert_int_equal(find(f, TUNNEL_ACTION_PROBE_SIZE)->probe_size.n_bytes, MTU_MIN_BYTES);
        (void) let_pass(f, LINK_BYTES);
        assert_state(f, TUNNEL_STATE_UP);
        assert_non_null(find(f, TUNNEL_ACTION_PROBE_SIZE_STOP));
}

/* Where no large ping is answered, or none at all any more, nothing follows from it. */
static void test_pings_are_no_evidence(void **state) {
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_UP);
        (void) let_pass(f, 100);
        assert_state(f, TUNNEL_STATE_UP);
        assert_non_null(find(f, TUNNEL_ACTION_PROBE_SIZE_STOP));

        renew(f);
        go_to_up_unproven(f);
        assert_null(find(f, TUNNEL_ACTION_PROBE_SIZE));
}

/* The path changes later: a tunnel that is used is tested at each look. */
static void test_stall(void **state) {
        Traffic traffic = { .received_packets = 10, .received_bytes = 1000, .sent_packets = 10 };
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_UP);
        (void) let_pass(f, LINK_BYTES);
        look(f, traffic);
        assert_int_equal(let_pass(f, LINK_BYTES), 1); /* the first look has nothing to compare */

        traffic.sent_packets += 1;
        traffic.received_packets += 1;
        look(f, traffic);
        assert_null(find(f, TUNNEL_ACTION_PROBE_SIZE)); /* that was the test's own packet */

        look(f, traffic);
        assert_null(find(f, TUNNEL_ACTION_PROBE_SIZE)); /* idle */

        /* Large ones came, but when? */
        traffic.sent_packets += 100;
        traffic.received_packets += 100;
        traffic.received_bytes += 100 * 1400;
        look(f, traffic);
        assert_non_null(find(f, TUNNEL_ACTION_PROBE_SIZE));
        (void) let_pass(f, 1356);
        assert_lost_because(f, "NETC-08");
}

/* One packet in five is lost, for thirty days in use. */
static void test_lossy_path(void **state) {
        Traffic traffic = { 0 };
        Fixture *f = *state;
        uint64_t random = 1;

        go_to(f, TUNNEL_STATE_UP);
        (void) let_pass(f, LINK_BYTES);
        for (unsigned i = 0; i < 30 * 24 * 3600 / 15; i++) {
                const TunnelAction *asked;

                traffic.sent_packets += 100;
                traffic.received_packets += 100;
                look(f, traffic);
                while ((asked = find(f, TUNNEL_ACTION_PROBE_SIZE))) {
                        uint32_t n_bytes = asked->probe_size.n_bytes;

                        random = random * 6364136223846793005 + 1442695040888963407;
                        if ((random >> 33) % 5 > 0)
                                step(f,
                                     (TunnelEvent){ .type = TUNNEL_EVENT_SIZE_REPLY,
                                                    .count = n_bytes });
                        else
                                step_any_timer(f);
                }
                assert_state(f, TUNNEL_STATE_UP);
        }
}

/* What is lost while the link is negotiated anew says nothing of sizes; afterwards all is new. */
static void test_link_negotiated_anew(void **state) {
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_UP);
        step_plugin(f, (PluginMessage){ .type = PLUGIN_IP_DOWN });
        assert_non_null(find(f, TUNNEL_ACTION_PROBE_SIZE_STOP));
        ip_up(f, (MppeOutcome){ .bits_128 = true });
        assert_int_equal(find(f, TUNNEL_ACTION_PROBE_SIZE)->probe_size.n_bytes, LINK_BYTES);
}

/* What ends the tunnel meanwhile ends the test. */
static void test_end(void **state) {
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_UP);
        assert_non_null(find(f, TUNNEL_ACTION_PROBE_SIZE));
        step_type(f, TUNNEL_EVENT_STOP);
        assert_non_null(find(f, TUNNEL_ACTION_PROBE_SIZE_STOP));
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_SIZE_REPLY, .count = LINK_BYTES });
        assert_state(f, TUNNEL_STATE_CLOSING_PARTS);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_large_ones_pass),
                TEST(test_one_is_lost),
                TEST(test_black_hole),
                TEST(test_answers_come_late),
                TEST(test_answer_after_the_verdict),
                TEST(test_another_path),
                TEST(test_short_outage),
                TEST(test_pings_are_no_evidence),
                TEST(test_stall),
                TEST(test_lossy_path),
                TEST(test_link_negotiated_anew),
                TEST(test_end),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
