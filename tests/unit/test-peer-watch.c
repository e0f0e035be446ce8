/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Dead peer detection on paths of all kinds, for days of simulated time: how soon a path that is
 * cut is found, and that one that is alive never is.
 */

#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/macros.h"
#include "core/ppp/peer-watch.h"

#define STEP_USEC (50 * USEC_PER_MSEC)
/* By then the watch has learnt all of the path that it ever will. */
#define SETTLED_USEC (300 * USEC_PER_SEC)
#define HOUR_USEC (60 * USEC_PER_MINUTE)
#define DAY_USEC (24 * HOUR_USEC)
/* KeepAliveIntervalSec= */
#define KEEP_ALIVE_USEC (10 * USEC_PER_SEC)
#define ON_THE_WAY_MAX 256

/* A path to the peer, and what it is used for. */
typedef struct Path {
        unsigned lost_percent;     /* in each direction */
        uint64_t round_trip_usec;  /* at least a step */
        uint64_t stalls_each_usec; /* 0: never; whatever is on its way then waits */
        uint64_t stall_usec;       /* for so long */
        uint64_t echo_each_usec;   /* the peer answers no more than one echo in this time; 0: all */
        uint64_t data_each_usec;   /* 0: none */
        bool one_way;              /* nobody answers the data */
} Path;

typedef struct Packet {
        uint64_t due_usec;
        bool is_echo;
        uint8_t id;
} Packet;

typedef struct World {
        Path path;
        PeerWatch watch;
        uint64_t now_usec, cut_usec, next_check_usec, next_data_usec;
        uint64_t echo_answered_usec; /* by the peer */
        uint64_t answer_usec;        /* arrived */
        PeerWatchTraffic traffic;
        uint8_t next_id;
        size_t n_echoes;
        Packet on_the_way[ON_THE_WAY_MAX];
        size_t n_on_the_way;
        uint64_t random;
} World;

/* Numbers in a fixed order: a failure is one always. Marsaglia's xorshift64. */
static bool is_chosen(World *w, unsigned percent) {
        w->random ^= w->random << 13;
        w->random ^= w->random >> 7;
        w->random ^= w->random << 17;
        return w->random % 100 < percent;
}

/* The stall at whose beginning the clock stands, or in which it is, holds the packet to its end. */
static uint64_t get_due(const World *w) {
        uint64_t into_usec, due_usec = w->now_usec + w->path.round_trip_usec;

        if (w->path.stalls_each_usec == 0)
                return due_usec;

        into_usec = w->now_usec % w->path.stalls_each_usec;
        return into_usec < w->path.stall_usec ? due_usec + w->path.stall_usec - into_usec :
                                                due_usec;
}

static bool is_answered(World *w, bool is_echo) {
        if (w->now_usec >= w->cut_usec || is_chosen(w, w->path.lost_percent) ||
            is_chosen(w, w->path.lost_percent))
                return false;
        if (!is_echo)
                return !w->path.one_way;
        if (w->path.echo_each_usec > 0 &&
            w->now_usec - w->echo_answered_usec < w->path.echo_each_usec)
                return false;

        w->echo_answered_usec = w->now_usec;
        return true;
}

static void send_packet(World *w, bool is_echo, uint8_t id) {
        if (!is_answered(w, is_echo))
                return;

        assert_true(w->n_on_the_way < ON_THE_WAY_MAX);
        w->on_the_way[w->n_on_the_way++] = (Packet){ get_due(w), is_echo, id };
}

static void send_echo(World *w) {
        w->n_echoes++;
        peer_watch_note_echo(&w->watch, w->next_id, w->now_usec);
        send_packet(w, true, w->next_id++);
}

static void receive_packets(World *w) {
        for (size_t i = 0; i < w->n_on_the_way;) {
                Packet p = w->on_the_way[i];

                if (p.due_usec > w->now_usec) {
                        i++;
                        continue;
                }
                w->on_the_way[i] = w->on_the_way[--w->n_on_the_way];
                if (w->now_usec >= w->cut_usec)
                        continue;
                if (!p.is_echo) {
                        w->traffic.received_packets++;
                        continue;
                }
                w->answer_usec = w->now_usec;
                peer_watch_note_answer(&w->watch, p.id, w->now_usec);
        }
}

/* As the keep-alive does: in turn it asks once in an interval, whatever the link is used for. */
static PeerWatchVerdict look(World *w) {
        uint64_t wait_usec = KEEP_ALIVE_USEC;
        PeerWatchVerdict verdict;

        verdict = peer_watch_check(&w->watch, w->traffic, w->now_usec, &wait_usec);
        if (verdict == PEER_WATCH_ASK || w->now_usec - w->answer_usec >= KEEP_ALIVE_USEC)
                send_echo(w);
        if (verdict == PEER_WATCH_QUIET)
                wait_usec = KEEP_ALIVE_USEC;
        w->next_check_usec = w->now_usec + wait_usec;
        return verdict;
}

static World make_world(Path path) {
        World w = { .path = path, .cut_usec = USEC_INFINITY, .random = 88172645463325252 };

        /* An echo was answered when the link came up. */
        w.now_usec = w.next_data_usec = w.answer_usec = HOUR_USEC;
        peer_watch_reset(&w.watch);
        peer_watch_note_echo(&w.watch, w.next_id, w.now_usec - path.round_trip_usec);
        peer_watch_note_answer(&w.watch, w.next_id++, w.now_usec);
        return w;
}

/* Lives for so long. Returns false as soon as the peer is taken for dead. */
static bool live(World *w, uint64_t usec) {
        for (uint64_t end = w->now_usec + usec; w->now_usec < end; w->now_usec += STEP_USEC) {
                receive_packets(w);
                if (w->path.data_each_usec > 0 && w->now_usec >= w->next_data_usec) {
                        w->traffic.sent_packets++;
                        w->next_data_usec = w->now_usec + w->path.data_each_usec;
                        send_packet(w, false, 0);
                }
                if (w->now_usec >= w->next_check_usec && look(w) == PEER_WATCH_DEAD)
                        return false;
        }
        return true;
}

/*
 * Cuts the path at many moments, the first of them so long after it came up. Returns the longest
 * time until that is found, in microseconds.
 */
static uint64_t find_longest_after(Path path, uint64_t up_usec) {
        uint64_t longest_usec = 0;

        for (uint64_t offset = 0; offset < 3 * USEC_PER_SEC; offset += STEP_USEC) {
                World w = make_world(path);

                assert_true(live(&w, up_usec + offset));
                w.cut_usec = w.now_usec;
                assert_false(live(&w, HOUR_USEC));
                longest_usec = MAX(longest_usec, w.now_usec - w.cut_usec);
        }
        return longest_usec;
}

static uint64_t find_longest(Path path) {
        return find_longest_after(path, SETTLED_USEC);
}

static void assert_lives(Path path) {
        World w = make_world(path);

        if (!live(&w, 3 * DAY_USEC))
                fail_msg("taken for dead after %llu s and %zu echoes",
                         (unsigned long long) ((w.now_usec - HOUR_USEC) / USEC_PER_SEC),
                         w.n_echoes);
}

static const Path ordinary = {
        .round_trip_usec = 50 * USEC_PER_MSEC,
        .data_each_usec = 200 * USEC_PER_MSEC,
};

static void test_link_in_use_is_found_in_three_seconds(void **state) {
        Path path = ordinary;

        assert_in_range(find_longest(path), 2 * USEC_PER_SEC, 3200 * USEC_PER_MSEC);
        path.one_way = true;
        assert_in_range(find_longest(path), 2 * USEC_PER_SEC, 4 * USEC_PER_SEC);
        path.one_way = false;
        path.round_trip_usec = 600 * USEC_PER_MSEC;
        assert_in_range(find_longest(path), 2 * USEC_PER_SEC, 5500 * USEC_PER_MSEC);
}

/* A path of which little is known has to fail more questions: that does not take longer. */
static void test_new_link_is_found_in_three_seconds(void **state) {
        static const uint64_t round_trips[] = { 50, 100, 200, 300 };
        Path path = ordinary;

        for (size_t i = 0; i < ELEMENTSOF(round_trips); i++) {
                uint64_t round_trip_usec = round_trips[i] * USEC_PER_MSEC;

                path.round_trip_usec = round_trip_usec;
                /* 0.75 s until the first question, and the wait for its answer. */
                assert_in_range(find_longest_after(path, USEC_PER_SEC), 2 * USEC_PER_SEC,
                                3200 * USEC_PER_MSEC + 2 * round_trip_usec);
        }

        /* And as long as it takes until there is something to answer: the pings of a person. */
        path.round_trip_usec = 50 * USEC_PER_MSEC;
        path.data_each_usec = USEC_PER_SEC;
        assert_in_range(find_longest_after(path, USEC_PER_SEC), 2 * USEC_PER_SEC,
                        4100 * USEC_PER_MSEC);
}

static void test_lossy_path_is_found_later(void **state) {
        Path path = ordinary;

        path.lost_percent = 20;
        assert_in_range(find_longest(path), 3 * USEC_PER_SEC, 11 * USEC_PER_SEC);
}

static void test_idle_link_is_not_asked_more(void **state) {
        Path path = ordinary;
        World w;

        path.data_each_usec = 0;
        w = make_world(path);
        assert_true(live(&w, DAY_USEC));
        assert_in_range(w.n_echoes, 1, DAY_USEC / KEEP_ALIVE_USEC);
}

/* What is answered shows that the peer is there: nobody asks. */
static void test_busy_link_is_not_asked_more(void **state) {
        World w = make_world(ordinary);

        assert_true(live(&w, DAY_USEC));
        assert_in_range(w.n_echoes, 1, DAY_USEC / KEEP_ALIVE_USEC);
}

static void test_one_way_traffic(void **state) {
        Path path = ordinary;
        World w;

        path.one_way = true;
        w = make_world(path);
        assert_true(live(&w, HOUR_USEC));
        assert_in_range(w.n_echoes, 3600, 5000);
}

static void test_no_false_alarm(void **state) {
        static const uint64_t data[] = { 100, 1000, 1900, 5000 };

        for (size_t i = 0; i < ELEMENTSOF(data); i++)
                for (int one_way = 0; one_way < 2; one_way++) {
                        Path path = ordinary;

                        path.data_each_usec = data[i] * USEC_PER_MSEC;
                        path.one_way = one_way;
                        assert_lives(path);

                        path.lost_percent = 20;
                        assert_lives(path);

                        path.stalls_each_usec = 61 * USEC_PER_SEC;
                        path.stall_usec = 2 * USEC_PER_SEC;
                        assert_lives(path);

                        /* Few have to fail, of which the first may be lost and the rest stall. */
                        path.lost_percent = 5;
                        assert_lives(path);

                        path.lost_percent = 0;
                        assert_lives(path);

                        path.echo_each_usec = 2 * USEC_PER_SEC;
                        assert_lives(path);

                        path.round_trip_usec = 900 * USEC_PER_MSEC;
                        assert_lives(path);
                }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_link_in_use_is_found_in_three_seconds),
                cmocka_unit_test(test_new_link_is_found_in_three_seconds),
                cmocka_unit_test(test_lossy_path_is_found_later),
                cmocka_unit_test(test_idle_link_is_not_asked_more),
                cmocka_unit_test(test_busy_link_is_not_asked_more),
                cmocka_unit_test(test_one_way_traffic),
                cmocka_unit_test(test_no_false_alarm),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
