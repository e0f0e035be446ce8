/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A link that carries what we send, and nothing back. */

#include "tunnel-fixture.h"

/*
 * Lets the next looks at the counters find so many more packets each, for so long. Stops when it
 * falls.
 */
static void look(Fixture *f, Traffic *counters, uint64_t n_sent, uint64_t n_received,
                 uint64_t usec) {

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

/*
 * PPP is happy, we send and send, and nothing comes: the server that answered pings is asked again.
 */
static void test_silence_is_tested(void **state) {
        Traffic counters = { 0, 10, 0, 10 };
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_UP);
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
        go_to(f, TUNNEL_STATE_WAITING);
        step_timer(f);

        go_to_up_unproven(f);
        counters = (Traffic){ 0, 10, 0, 10 };
        look(f, &counters, 5, 0, 30 * USEC_PER_MINUTE);
        assert_state(f, TUNNEL_STATE_UP);

        /* Once it was heard, silence means something again. */
        look(f, &counters, 5, 1, USEC_PER_MINUTE);
        look(f, &counters, 5, 0, 10 * USEC_PER_MINUTE);
        assert_lost_because(f, "NETC-13");
}

/* An idle tunnel, which each LCP echo wakes: the looks need no wake-up of their own. */
static void test_looks_use_wakeups(void **state) {
        static const uint8_t reply[] = { 0xc0, 0x21, 10, 1, 0, 8, 0, 0, 0, 0 };
        const Traffic counters = { 0, 10, 0, 10 };
        unsigned n_looks = 0;
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_UP);
        for (uint64_t end, began = f->now_usec; f->now_usec < began + 10 * USEC_PER_MINUTE;) {
                end = f->now_usec + 10 * USEC_PER_SEC;
                while (tunnel_next_deadline(f->tunnel) < end) {
                        step_any_timer(f);
                        assert_null(find(f, TUNNEL_ACTION_COUNT));
                        if (find_sent(f, PPTP_ECHO_REQUEST))
                                step_echo_reply(f);
                }

                f->now_usec = end;
                step_packet(f, reply, sizeof(reply));
                if (!find(f, TUNNEL_ACTION_COUNT))
                        continue;
                n_looks++;
                step(f, (TunnelEvent){ .type = TUNNEL_EVENT_COUNTED, .traffic = counters });
        }
        assert_true(n_looks >= 40);
}

/* A deadline that has passed is left to its timer, whose lateness tells that the machine slept. */
static void test_late_look_is_left_to_its_timer(void **state) {
        static const uint8_t reply[] = { 0xc0, 0x21, 10, 1, 0, 8, 0, 0, 0, 0 };
        Fixture *f = *state;

        go_to(f, TUNNEL_STATE_UP);
        f->now_usec += 22 * USEC_PER_SEC;
        step_packet(f, reply, sizeof(reply));
        assert_null(find(f, TUNNEL_ACTION_COUNT));
        assert_true(tunnel_next_deadline(f->tunnel) <= f->now_usec);
}

/* More looks do not hide a link that is dead under sparse packets. */
static void test_sparse_packets_into_silence(void **state) {
        static const uint8_t reply[] = { 0xc0, 0x21, 10, 1, 0, 8, 0, 0, 0, 0 };
        Traffic counters = { 0, 10, 0, 10 };
        Fixture *f = *state;
        uint64_t began;

        go_to(f, TUNNEL_STATE_UP);
        began = f->now_usec;
        for (unsigned n = 0; !find(f, TUNNEL_ACTION_PROBE); n++) {
                uint64_t end = f->now_usec + 10 * USEC_PER_SEC;

                assert_true(f->now_usec - began <= 2 * USEC_PER_MINUTE);
                counters.sent_packets += n % 3 == 0; /* one each 30 s */
                while (tunnel_next_deadline(f->tunnel) < end) {
                        step_any_timer(f);
                        if (find_sent(f, PPTP_ECHO_REQUEST))
                                step_echo_reply(f);
                }
                f->now_usec = end;
                step_packet(f, reply, sizeof(reply));
                if (find(f, TUNNEL_ACTION_COUNT))
                        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_COUNTED, .traffic = counters });
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_silence_is_tested),
                TEST(test_looks_use_wakeups),
                TEST(test_late_look_is_left_to_its_timer),
                TEST(test_sparse_packets_into_silence),
                TEST(test_silence_of_an_untestable_server),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
