/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <errno.h>

#include "io/probe.h"
#include "network.h"

typedef struct Fixture {
        sd_event *event;
        Probe *probe;
        bool done;
        bool free_on_answer;
        size_t n_answers;
        int error;
        uint64_t round_trip_usec;
} Fixture;

static void on_answer(Probe *p, int error, uint64_t round_trip_usec, void *userdata) {
        Fixture *f = userdata;

        f->done = true;
        f->error = error;
        f->round_trip_usec = round_trip_usec;
        ++f->n_answers;
        if (f->free_on_answer)
                f->probe = probe_free(p);
}

static int setup(void **state) {
        Fixture *f = calloc(1, sizeof(*f));

        assert_non_null(f);
        assert_true(sd_event_new(&f->event) >= 0);
        *state = f;
        return 0;
}

static int teardown(void **state) {
        Fixture *f = *state;

        probe_free(f->probe);
        sd_event_unref(f->event);
        free(f);
        return 0;
}

static void settle(Fixture *f) {
        network_settle(f->event, 100 * USEC_PER_MSEC);
}

static void open_probe(Fixture *f, const char *ifname, const char *peer) {
        assert_int_equal(
                probe_new(f->event, ifname, network_address(peer), on_answer, f, &f->probe), 0);
}

static void test_answer(void **state) {
        Fixture *f = *state;

        open_probe(f, "uplink", NETWORK_PEER);
        assert_int_equal(probe_send(f->probe), 0);
        assert_true(network_wait(f->event, &f->done, 10 * USEC_PER_SEC));
        assert_int_equal(f->error, 0);
        assert_true(f->round_trip_usec < USEC_PER_MINUTE);
        assert_int_equal(f->n_answers, 1);
}

/* Somebody else's ping to the same host is no evidence. */
static void test_only_our_answer(void **state) {
        Fixture *f = *state, other = { .event = f->event };

        open_probe(f, "uplink", NETWORK_PEER);
        assert_int_equal(probe_new(f->event, "uplink", network_address(NETWORK_PEER), on_answer,
                                   &other, &other.probe),
                         0);
        assert_int_equal(probe_send(other.probe), 0);
        settle(f);
        assert_int_equal(f->n_answers, 0);
        assert_int_equal(other.n_answers, 1);
        probe_free(other.probe);
}

/* The route table says otherwise, and does not count. */
static void test_forced_through_the_interface(void **state) {
        Fixture *f = *state;

        network_run("ip route add unreachable 198.51.100.1");
        network_run_in_peer("ip address add 198.51.100.1/32 dev lo");
        network_run("ip link add side type veth peer name end && ip link set side up");
        open_probe(f, "side", NETWORK_PEER);
        (void) probe_send(f->probe);
        settle(f);
        assert_int_equal(f->n_answers, 0);
}

static void test_icmp_error(void **state) {
        Fixture *f = *state;

        network_run_in_peer("ip route add prohibit 198.51.100.9");
        open_probe(f, "uplink", "198.51.100.9");
        assert_int_equal(probe_send(f->probe), 0);
        assert_true(network_wait(f->event, &f->done, 10 * USEC_PER_SEC));
        assert_int_equal(f->error, -EHOSTUNREACH);
        assert_int_equal(probe_send(f->probe), 0);
}

static void test_freed_by_its_callback(void **state) {
        Fixture *f = *state;

        f->free_on_answer = true;
        open_probe(f, "uplink", NETWORK_PEER);
        assert_int_equal(probe_send(f->probe), 0);
        assert_int_equal(probe_send(f->probe), 0);
        settle(f);
        assert_int_equal(f->n_answers, 1);
        assert_null(f->probe);
}

static void test_no_interface(void **state) {
        Fixture *f = *state;

        assert_int_equal(probe_new(f->event, "nosuch", network_address(NETWORK_PEER), on_answer, f,
                                   &f->probe),
                         -ENODEV);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_answer),
                TEST(test_only_our_answer),
                TEST(test_forced_through_the_interface),
                TEST(test_icmp_error),
                TEST(test_freed_by_its_callback),
                TEST(test_no_interface),
        };

        network_enter();
        network_add_peer();

        return cmocka_run_group_tests(tests, NULL, NULL);
}
