/* SPDX-License-Identifier: GPL-2.0-or-later */

/* LCP echoes, with a peer that answers all, some, or none of them. */

#include "tests/hooks/fake-pppd.h"

#include <string.h>

static void start(unsigned interval_sec, unsigned n_probes) {
        PluginMessage setup = fake_pppd_make_setup();

        setup.setup.mppe = (MppePolicy){ 0 };
        setup.setup.keep_alive_interval_sec = interval_sec;
        setup.setup.keep_alive_probes = n_probes;
        fake_pppd_start(&setup);
        fake_pppd_enter_network(1500);
        fake_pppd_come_up(0);
}

static uint8_t last_id; /* of the echoes that were counted */

/* Echo-Requests since the last call. */
static unsigned count_echoes(void) {
        const SentPacket *p;
        unsigned n = 0;

        while ((p = fake_pppd_sent_of(PROTOCOL_LCP)))
                if (p->data[0] == ECHOREQ) {
                        last_id = p->data[1];
                        n++;
                }
        return n;
}

static void answer(void) {
        fake_pppd_receive(PROTOCOL_LCP, ECHOREP, last_id, "\1\2\3\4", 4);
}

/* So many seconds, in which each echo is answered at once. Returns how many were sent. */
static unsigned live(unsigned sec) {
        unsigned n_all = 0;

        while (sec-- > 0) {
                unsigned n;

                fake_pppd_advance(1);
                n = count_echoes();
                if (n > 0)
                        answer();
                n_all += n;
        }
        return n_all;
}

/* The seconds until the link is given up, at most max_sec. */
static unsigned seconds_to_the_end(unsigned max_sec, bool data_arrives) {
        unsigned sec = 0;

        while (sec < max_sec && !fake_pppd_is_closing()) {
                fake_pppd_advance(1);
                sec++;
                if (data_arrives)
                        fake_pppd_receive_data();
        }
        return sec;
}

static void assert_dead(void) {
        assert_true(fake_pppd_is_closing());
        assert_string_equal(fake_pppd_get_reason(), "Peer not responding");
        assert_int_equal(fake_pppd_hear_type(PLUGIN_EXITING)->exiting.status, EXIT_PEER_DEAD);
}

static void test_asks_each_interval(void **state) {
        const SentPacket *p;

        start(10, 3);
        fake_pppd_advance(1);
        p = fake_pppd_sent_of(PROTOCOL_LCP);
        assert_non_null(p);
        assert_int_equal(p->data[0], ECHOREQ);
        assert_memory_equal(p->data + 4, "\1\2\3\4", 4); /* our magic number */
        answer();
        assert_in_range(live(1000), 99, 101);
        assert_false(fake_pppd_is_closing());
}

/* An idle link wakes pppd for each echo and its answer, and for nothing else. */
static void test_idle_link_sleeps(void **state) {
        start(10, 3);
        live(20);
        fake_pppd_count_timers();
        assert_in_range(live(1000), 99, 101);
        assert_in_range(fake_pppd_count_timers(), 99, 101);
}

static unsigned count_messages(void) {
        unsigned n = 0;

        for (; fake_pppd_has_message(); n++)
                assert_int_equal(fake_pppd_hear()->type, PLUGIN_PACKET);
        return n;
}

static void wait_for_echo(void) {
        while (count_echoes() == 0)
                fake_pppd_advance_msec(50);
}

/* An echo is reported with its answer, so that both wake the supervisor once. */
static void test_echo_is_reported_with_its_answer(void **state) {
        start(10, 3);
        live(20);
        (void) count_messages();
        wait_for_echo();
        assert_int_equal(count_messages(), 0);
        answer();
        assert_int_equal(count_messages(), 2);

        /* Without an answer, a second later; and what is repeated then, at once. */
        wait_for_echo();
        assert_int_equal(count_messages(), 0);
        fake_pppd_advance(1);
        assert_int_equal(count_echoes(), 1);
        assert_int_equal(count_messages(), 2);
}

static void test_silence(void **state) {
        start(5, 3);
        live(20);
        answer();
        assert_in_range(seconds_to_the_end(60, false), 14, 16);
        assert_dead();
        /* Each second once the interval is over */
        assert_in_range(count_echoes(), 9, 11);
}

/* What we send is lost, while the peer talks on: only an answer counts. */
static void test_one_way_loss(void **state) {
        start(5, 3);
        live(20);
        answer();
        assert_in_range(seconds_to_the_end(60, true), 14, 16);
        assert_dead();
}

/* Nor do the peer's own echoes, of which it sends as many as it likes. */
static void test_requests_are_no_answers(void **state) {
        unsigned sec = 0;

        start(5, 3);
        live(20);
        answer();
        for (; sec < 60 && !fake_pppd_is_closing(); sec++) {
                fake_pppd_advance(1);
                fake_pppd_receive(PROTOCOL_LCP, ECHOREQ, (unsigned char) sec, "\5\6\7\10", 4);
        }
        assert_in_range(sec, 14, 16);
        assert_dead();
}

static void test_one_answer_is_enough(void **state) {
        start(5, 3);
        live(20);
        answer();
        for (int i = 0; i < 10; i++) {
                fake_pppd_advance(13);
                assert_true(count_echoes() > 5);
                answer();
        }
        assert_false(fake_pppd_is_closing());
}

/* The shortest that can be configured is no end before the first echo could be answered. */
static void test_one_second(void **state) {
        start(1, 1);
        live(100);
        assert_false(fake_pppd_is_closing());
        assert_in_range(seconds_to_the_end(10, false), 1, 2);
        assert_dead();
}

/* A peer that never answers is asked five times, and lives as long as anything comes. */
static void test_deaf_peer(void **state) {
        start(5, 3);
        for (int i = 0; i < 100; i++) {
                fake_pppd_receive_data();
                fake_pppd_advance(1);
        }
        assert_false(fake_pppd_is_closing());
        assert_int_equal(count_echoes(), 5);
        assert_in_range(seconds_to_the_end(60, false), 14, 16);
        assert_dead();
}

static void test_none(void **state) {
        start(0, 3);
        assert_int_equal(seconds_to_the_end(1000, false), 1000);
        assert_int_equal(count_echoes(), 0);
}

/* Other settings are heard of within half a minute, and in either direction. */
static void test_change(void **state) {
        PluginMessage setup = fake_pppd_make_setup();

        start(0, 3);
        fake_pppd_advance(100);
        setup.setup.keep_alive_interval_sec = 5;
        setup.setup.keep_alive_probes = 3;
        fake_pppd_tell(&setup);
        assert_true(live(60) > 0);

        setup.setup.keep_alive_interval_sec = 0;
        fake_pppd_tell(&setup);
        live(30);
        assert_int_equal(seconds_to_the_end(100, false), 100);
}

/* Data goes out and nothing comes back: the end is found long before the keep-alive would. */
static void test_link_in_use(void **state) {
        unsigned msec = 0;

        start(10, 3);
        live(1000);
        for (int i = 0; i < 100; i++) {
                fake_pppd_send_data();
                fake_pppd_advance_msec(100);
                fake_pppd_receive_data();
                fake_pppd_advance_msec(100);
                if (count_echoes() > 0)
                        answer();
        }
        for (; msec < 30000 && !fake_pppd_is_closing(); msec += 200) {
                fake_pppd_send_data();
                fake_pppd_advance_msec(200);
        }
        assert_in_range(msec, 2000, 3500);
        assert_dead();
}

/* Nobody answers the data, but the peer its echoes. */
static void test_one_way_use(void **state) {
        start(10, 3);
        for (int i = 0; i < 1000; i++) {
                fake_pppd_send_data();
                live(1);
        }
        assert_false(fake_pppd_is_closing());
}

/* LCP is negotiated anew: no echo meanwhile, and the time before does not count. */
static void test_lcp_anew(void **state) {
        start(5, 3);
        live(20);
        answer();
        fake_pppd_advance(12);
        fake_pppd_set_phase(PHASE_ESTABLISH);
        count_echoes();
        fake_pppd_advance(30);
        assert_int_equal(count_echoes(), 0);
        fake_pppd_set_phase(PHASE_NETWORK);
        live(60);
        assert_false(fake_pppd_is_closing());
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_pppd_set_up, fake_pppd_tear_down)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_asks_each_interval),
                TEST(test_idle_link_sleeps),
                TEST(test_echo_is_reported_with_its_answer),
                TEST(test_silence),
                TEST(test_one_way_loss),
                TEST(test_requests_are_no_answers),
                TEST(test_one_answer_is_enough),
                TEST(test_one_second),
                TEST(test_deaf_peer),
                TEST(test_none),
                TEST(test_change),
                TEST(test_link_in_use),
                TEST(test_one_way_use),
                TEST(test_lcp_anew),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
