/* SPDX-License-Identifier: GPL-2.0-or-later */

/* io/gre-socket and io/gre-counter: one behind the firewall, the other in front of it. */

#include "test.h"

#include <errno.h>
#include <netinet/ip_icmp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/data-path/gre-counter.h"
#include "io/data-path/gre-socket.h"
#include "network.h"

#define OUR_CALL 0x1234
#define PEER_CALL 0x5678

static const uint8_t frame[] = { 0xc0, 0x21, 1, 1, 0, 4 };

typedef struct Fixture {
        sd_event *event;
        GreSocket *socket;
        GreCounter *counter;
        int peer_fd;
        bool free_on_error;
        bool failed;
        int error;
        struct in_addr offender;
} Fixture;

static void on_error(GreSocket *s, int error, struct in_addr offender, void *userdata) {
        Fixture *f = userdata;

        f->failed = true;
        f->error = error;
        f->offender = offender;
        if (f->free_on_error)
                f->socket = gre_socket_free(s);
}

static void open_socket(Fixture *f, uint16_t call_id) {
        const DataPathOptions options = {
                .local_address = network_address(NETWORK_LOCAL),
                .server = network_address(NETWORK_PEER),
        };

        assert_int_equal(gre_socket_new(f->event, &options, call_id, on_error, f, &f->socket), 0);
}

static int setup(void **state) {
        Fixture *f = calloc(1, sizeof(*f));

        assert_non_null(f);
        assert_true(sd_event_new(&f->event) >= 0);
        assert_int_equal(gre_counter_new(0, network_address(NETWORK_PEER), OUR_CALL, &f->counter),
                         0);
        open_socket(f, OUR_CALL);
        f->peer_fd = network_gre_in_peer();
        *state = f;
        return 0;
}

static int teardown(void **state) {
        Fixture *f = *state;

        gre_socket_free(f->socket);
        gre_counter_free(f->counter);
        if (f->peer_fd >= 0)
                close(f->peer_fd);
        sd_event_unref(f->event);
        free(f);
        return 0;
}

/* One frame from the server, with a sequence number, to a call of ours. */
static void send_frame(Fixture *f, uint16_t protocol, uint16_t call_id, uint8_t marker) {
        uint8_t marked[sizeof(frame)];

        memcpy(marked, frame, sizeof(frame));
        marked[3] = marker;
        network_send_gre(f->peer_fd, protocol, call_id, marker, marked, sizeof(marked));
}

static void settle(Fixture *f) {
        network_settle(f->event, 100 * USEC_PER_MSEC);
}

static uint64_t count(Fixture *f) {
        uint64_t n;

        assert_int_equal(gre_counter_read(f->counter, &n), 0);
        return n;
}

/* Until so many frames have come, for which a busy kernel takes its time; more are seen as well. */
static void wait_for_frames(Fixture *f, uint64_t n) {
        for (unsigned i = 0; i < 100 && count(f) < n; i++)
                settle(f);

        settle(f);
        assert_int_equal(count(f), n);
}

static void test_early_frames(void **state) {
        const DataPathFrame *frames;
        Fixture *f = *state;

        send_frame(f, 0x880b, OUR_CALL, 1);
        wait_for_frames(f, 1);
        send_frame(f, 0x880b, OUR_CALL, 2); /* not read by the loop before the peer is set */
        gre_socket_set_peer(f->socket, PEER_CALL);
        send_frame(f, 0x880b, OUR_CALL, 3);
        wait_for_frames(f, 3);

        assert_int_equal(gre_socket_get_early_frames(f->socket, &frames), 2);
        for (size_t i = 0; i < 2; ++i) {
                assert_int_equal(frames[i].n_data, sizeof(frame));
                assert_int_equal(frames[i].data[0], 0xc0);
                assert_int_equal(frames[i].data[3], i + 1);
        }
}

static void test_only_our_call(void **state) {
        const DataPathFrame *frames;
        Fixture *f = *state;

        send_frame(f, 0x880b, OUR_CALL + 1, 1);
        send_frame(f, 0x0800, OUR_CALL, 1);
        settle(f);

        assert_int_equal(gre_socket_get_early_frames(f->socket, &frames), 0);
        assert_int_equal(count(f), 0);
}

/* Another tunnel's traffic does not even wake us: the kernel's filter sees to that. */
static void test_other_calls_do_not_wake_us(void **state) {
        Fixture *f = *state, other = { .event = f->event };

        assert_int_equal(
                gre_counter_new(0, network_address(NETWORK_PEER), OUR_CALL + 1, &other.counter), 0);
        send_frame(f, 0x880b, OUR_CALL + 1, 1);
        for (unsigned i = 0; i < 100 && count(&other) == 0; i++)
                usleep(100 * USEC_PER_MSEC);
        assert_int_equal(count(&other), 1);
        assert_int_equal(sd_event_run(f->event, 100 * USEC_PER_MSEC), 0);
        gre_counter_free(other.counter);
}

static void test_more_than_fit(void **state) {
        const DataPathFrame *frames;
        Fixture *f = *state;

        for (uint8_t i = 0; i < 2 * GRE_SOCKET_EARLY_FRAMES_MAX; ++i)
                send_frame(f, 0x880b, OUR_CALL, i);
        wait_for_frames(f, 2 * GRE_SOCKET_EARLY_FRAMES_MAX);

        assert_int_equal(gre_socket_get_early_frames(f->socket, &frames),
                         GRE_SOCKET_EARLY_FRAMES_MAX);
        assert_int_equal(frames[0].data[3], 0);
}

/* The counter neither wakes anybody nor minds that nobody reads. */
static void test_counter_counts_what_it_cannot_hold(void **state) {
        Fixture *f = *state;

        for (size_t i = 0; i < 1000; ++i)
                send_frame(f, 0x880b, OUR_CALL, 1);
        wait_for_frames(f, 1000);
        send_frame(f, 0x880b, OUR_CALL, 1);
        wait_for_frames(f, 1001);
}

/* Of this network namespace: no other socket of the kind is in it. */
static size_t count_packet_sockets(void) {
        FILE *file = fopen("/proc/thread-self/net/packet", "re");
        char line[256];
        size_t n = 0;

        assert_non_null(file);
        while (fgets(line, sizeof(line), file))
                ++n;
        fclose(file);
        return n - 1; /* the headline */
}

/* close(2) would wait for all processors while pppd waits for us: not before the tunnel is up. */
static void test_counter_closes_later(void **state) {
        Fixture *f = *state;

        gre_counter_close_later(f->counter, f->event);
        gre_counter_close_later(f->counter, f->event);
        settle(f);
        assert_int_equal(count_packet_sockets(), 1);
        network_settle(f->event, GRE_COUNTER_CLOSE_USEC + 500 * USEC_PER_MSEC);
        assert_int_equal(count_packet_sockets(), 0);

        /* Once more, and freed before its time. */
        gre_counter_close_later(f->counter, f->event);
        f->counter = gre_counter_free(f->counter);
        assert_int_equal(gre_counter_new(0, network_address(NETWORK_PEER), OUR_CALL, &f->counter),
                         0);
        gre_counter_close_later(f->counter, f->event);
        f->counter = gre_counter_free(f->counter);
        assert_int_equal(count_packet_sockets(), 0);
}

static void test_protocol_unreachable(void **state) {
        Fixture *f = *state;

        gre_socket_set_peer(f->socket, PEER_CALL);
        network_refuse_gre(ICMP_PROT_UNREACH, PEER_CALL);
        assert_true(network_wait(f->event, &f->failed, 10 * USEC_PER_SEC));
        assert_int_equal(f->error, -ENOPROTOOPT);
        assert_int_equal(f->offender.s_addr, network_address(NETWORK_PEER).s_addr);

        /* The error is consumed: it fails no later packet. */
        assert_int_equal(gre_socket_test_output(f->socket), 0);
}

static void test_freed_by_its_callback(void **state) {
        Fixture *f = *state;

        gre_socket_set_peer(f->socket, PEER_CALL);
        network_refuse_gre(ICMP_PROT_UNREACH, PEER_CALL);
        network_refuse_gre(ICMP_PROT_UNREACH, PEER_CALL);
        f->free_on_error = true;
        assert_true(network_wait(f->event, &f->failed, 10 * USEC_PER_SEC));
        assert_null(f->socket);
        settle(f);
}

/* Another tunnel to the same server has the same addresses: its errors are not ours. */
static void test_error_of_another_call(void **state) {
        Fixture *f = *state, other = { .event = f->event };

        gre_socket_set_peer(f->socket, PEER_CALL);
        open_socket(&other, OUR_CALL + 1);
        gre_socket_set_peer(other.socket, PEER_CALL + 1);

        network_refuse_gre(ICMP_PROT_UNREACH, PEER_CALL);
        assert_true(network_wait(f->event, &f->failed, 10 * USEC_PER_SEC));
        settle(f);
        assert_false(other.failed);
        gre_socket_free(other.socket);
}

static bool has_firewall(void) {
        return system("nft list tables >/dev/null 2>&1") == 0;
}

static void test_local_firewall(void **state) {
        Fixture *f = *state;
        int r;

        if (!has_firewall())
                skip();

        network_run("nft 'table ip t { "
                    "chain out { type filter hook output priority 0; ip protocol gre drop; }; "
                    "chain in { type filter hook input priority 0; ip protocol gre drop; }; }'");
        gre_socket_set_peer(f->socket, PEER_CALL);
        r = gre_socket_test_output(f->socket);
        send_frame(f, 0x880b, OUR_CALL, 1);
        wait_for_frames(f, 1);
        network_run("nft delete table ip t");

        assert_int_equal(r, -EPERM);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_early_frames),
                TEST(test_only_our_call),
                TEST(test_other_calls_do_not_wake_us),
                TEST(test_other_calls_do_not_wake_us),
                TEST(test_more_than_fit),
                TEST(test_counter_counts_what_it_cannot_hold),
                TEST(test_counter_closes_later),
                TEST(test_protocol_unreachable),
                TEST(test_freed_by_its_callback),
                TEST(test_error_of_another_call),
                TEST(test_local_firewall),
        };

        network_enter();
        network_add_peer();

        return cmocka_run_group_tests(tests, NULL, NULL);
}
