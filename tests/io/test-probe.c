/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <errno.h>
#include <netinet/ip_icmp.h>
#include <sys/wait.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/probe.h"
#include "network.h"

typedef struct Fixture {
        sd_event *event;
        Probe *probe;
        bool done;
        bool free_on_answer;
        size_t n_answers;
        ProbeAnswer answer; /* the last */
} Fixture;

static void on_answer(Probe *p, const ProbeAnswer *answer, void *userdata) {
        Fixture *f = userdata;

        f->done = true;
        f->answer = *answer;
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
        assert_int_equal(probe_send(f->probe, 0), 0);
        assert_true(network_wait(f->event, &f->done, 10 * USEC_PER_SEC));
        assert_int_equal(f->answer.error, 0);
        assert_true(f->answer.round_trip_usec < USEC_PER_MINUTE);
        assert_int_equal(f->n_answers, 1);
}

/* Somebody else's ping to the same host is no evidence. */
static void test_only_our_answer(void **state) {
        Fixture *f = *state, other = { .event = f->event };

        open_probe(f, "uplink", NETWORK_PEER);
        assert_int_equal(probe_new(f->event, "uplink", network_address(NETWORK_PEER), on_answer,
                                   &other, &other.probe),
                         0);
        assert_int_equal(probe_send(other.probe, 0), 0);
        assert_true(network_wait(f->event, &other.done, 10 * USEC_PER_SEC));
        settle(f);
        assert_int_equal(f->n_answers, 0);
        assert_int_equal(other.n_answers, 1);
        probe_free(other.probe);
}

/* What the wrapped setsockopt() below sends before a filter is attached; 0: nothing. */
static size_t n_foreign_replies;

int __real_setsockopt(int fd, int level, int name, const void *value, socklen_t n_value);
int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t n_value);

/* Fills the window between socket() and its filter, which is too small to be met by chance. */
int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t n_value) {
        const struct sockaddr_in address = {
                .sin_family = AF_INET,
                .sin_addr = network_address(NETWORK_LOCAL),
        };
        /* An Echo Reply with id 1, sequence number 0, and a time of sending long ago. */
        const uint8_t reply[16] = { ICMP_ECHOREPLY, 0, 0xff, 0xfe, 0, 1 };

        if (name == SO_ATTACH_FILTER && n_foreign_replies > 0) {
                int peer = network_socket_in_peer(AF_INET, SOCK_RAW, IPPROTO_ICMP);

                for (; n_foreign_replies > 0; n_foreign_replies--)
                        assert_int_equal(sendto(peer, reply, sizeof(reply), 0,
                                                (const struct sockaddr *) &address,
                                                sizeof(address)),
                                         sizeof(reply));
                close(peer);
                usleep(100 * USEC_PER_MSEC);
        }

        return __real_setsockopt(fd, level, name, value, n_value);
}

/* Replies to others that are in the socket before its filter is are no evidence either. */
static void test_foreign_replies_before_the_filter(void **state) {
        Fixture *f = *state;

        n_foreign_replies = 6;
        open_probe(f, "uplink", NETWORK_PEER);
        settle(f);
        n_foreign_replies = 0; /* an Echo socket has no filter */
        assert_int_equal(f->n_answers, 0);
}

/* A packet of the size that was asked for: one byte more than the way takes, and it is lost. */
static void test_size(void **state) {
        Fixture *f = *state;

        network_run_in_peer("ip link set peer mtu 1000");
        open_probe(f, "uplink", NETWORK_PEER);
        /* veth takes 4 bytes more than the MTU, for a VLAN (is_skb_forwardable()). */
        (void) probe_send(f->probe, 1005);
        settle(f);
        assert_int_equal(f->n_answers, 0);
        assert_int_equal(probe_send(f->probe, 1000), 0);
        assert_true(network_wait(f->event, &f->done, 10 * USEC_PER_SEC));
        assert_int_equal(f->n_answers, 1);
        assert_int_equal(f->answer.n_bytes, 1000);
        network_run_in_peer("ip link set peer mtu 1500");
}

/* The route table says otherwise, and does not count. */
static void test_forced_through_the_interface(void **state) {
        Fixture *f = *state;

        network_run("ip route add unreachable 198.51.100.1");
        network_run_in_peer("ip address add 198.51.100.1/32 dev lo");
        network_run("ip link add side type veth peer name end && ip link set side up");
        open_probe(f, "side", NETWORK_PEER);
        (void) probe_send(f->probe, 0);
        settle(f);
        assert_int_equal(f->n_answers, 0);
}

static void test_icmp_error(void **state) {
        Fixture *f = *state;

        network_run_in_peer("ip route add prohibit 198.51.100.9");
        open_probe(f, "uplink", "198.51.100.9");
        assert_int_equal(probe_send(f->probe, 0), 0);
        assert_true(network_wait(f->event, &f->done, 10 * USEC_PER_SEC));
        assert_int_equal(f->answer.error, -EHOSTUNREACH);
        assert_int_equal(probe_send(f->probe, 0), 0);
}

static void test_freed_by_its_callback(void **state) {
        Fixture *f = *state;

        f->free_on_answer = true;
        open_probe(f, "uplink", NETWORK_PEER);
        assert_int_equal(probe_send(f->probe, 0), 0);
        assert_int_equal(probe_send(f->probe, 0), 0);
        assert_true(network_wait(f->event, &f->done, 10 * USEC_PER_SEC));
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

static int run(bool allow_echo_sockets) {
        const struct CMUnitTest tests[] = {
                TEST(test_answer),
                TEST(test_only_our_answer),
                TEST(test_size),
                TEST(test_forced_through_the_interface),
                TEST(test_icmp_error),
                TEST(test_freed_by_its_callback),
                TEST(test_foreign_replies_before_the_filter),
                TEST(test_no_interface),
        };

        network_enter();
        network_add_peer();
        if (allow_echo_sockets)
                network_run("echo 0 2147483647 >/proc/sys/net/ipv4/ping_group_range");

        return cmocka_run_group_tests_name(allow_echo_sockets ? "Echo socket" : "raw socket", tests,
                                           NULL, NULL);
}

int main(void) {
        int status;
        pid_t pid;

        /* Each kind of socket has a network of its own. At first nobody may open an Echo socket. */
        pid = fork();
        if (pid == 0)
                return run(false);
        if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
                return EXIT_FAILURE;

        return WEXITSTATUS(status) ?: run(true);
}
