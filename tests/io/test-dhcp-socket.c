/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/ppp/dhcp-message.h"
#include "io/dhcp-socket.h"
#include "network.h"

typedef struct Fixture {
        sd_event *event;
        DhcpSocket *socket;
        int server; /* port 67 at the peer */
        bool got;
        unsigned n_packets;
        char text[64]; /* the last one's payload */
        bool free_on_packet;
} Fixture;

static void on_packet(DhcpSocket *d, const void *data, size_t n_data, void *userdata) {
        Fixture *f = userdata;

        assert_ptr_equal(d, f->socket);
        assert_true(n_data < sizeof(f->text));
        memcpy(f->text, data, n_data);
        f->text[n_data] = '\0';
        f->n_packets++;
        f->got = true;
        if (f->free_on_packet)
                f->socket = dhcp_socket_free(f->socket);
}

static int setup(void **state) {
        const struct sockaddr_in local = { .sin_family = AF_INET,
                                           .sin_port = htons(DHCP_SERVER_PORT) };
        Fixture *f = calloc(1, sizeof(*f));

        assert_non_null(f);
        assert_true(sd_event_new(&f->event) >= 0);
        assert_int_equal(dhcp_socket_new(f->event, "uplink", on_packet, f, &f->socket), 0);
        f->server = network_socket_in_peer(AF_INET, SOCK_DGRAM, 0);
        assert_true(f->server >= 0);
        assert_int_equal(setsockopt(f->server, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int)),
                         0);
        assert_int_equal(bind(f->server, (const struct sockaddr *) &local, sizeof(local)), 0);
        *state = f;
        return 0;
}

static int teardown(void **state) {
        Fixture *f = *state;

        close(f->server);
        dhcp_socket_free(f->socket);
        sd_event_unref(f->event);
        free(f);
        return 0;
}

static void send_from_peer(const Fixture *f, const char *text, uint16_t port) {
        const struct sockaddr_in to = {
                .sin_family = AF_INET,
                .sin_port = htons(port),
                .sin_addr = network_address(NETWORK_LOCAL),
        };

        assert_int_equal(
                sendto(f->server, text, strlen(text), 0, (const struct sockaddr *) &to, sizeof(to)),
                strlen(text));
}

/* Whoever listens at port 67 hears it, from our address and port 68. */
static void test_question(void **state) {
        const struct timeval patience = { .tv_sec = 10 };
        uint8_t message[DHCP_INFORM_MAX_BYTES], heard[DHCP_MESSAGE_MAX_BYTES];
        struct sockaddr_in from;
        Fixture *f = *state;
        ssize_t n;

        n = (ssize_t) dhcp_inform_write(1, network_address(NETWORK_LOCAL), message);
        assert_int_equal(dhcp_socket_send(f->socket, message, (size_t) n), 0);
        assert_int_equal(
                setsockopt(f->server, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
        assert_int_equal(recvfrom(f->server, heard, sizeof(heard), 0, (struct sockaddr *) &from,
                                  &(socklen_t){ sizeof(from) }),
                         n);
        assert_memory_equal(heard, message, (size_t) n);
        assert_int_equal(from.sin_port, htons(DHCP_CLIENT_PORT));
        assert_int_equal(from.sin_addr.s_addr, network_address(NETWORK_LOCAL).s_addr);
        assert_int_equal(dhcp_socket_send(f->socket, heard, sizeof(heard)), -EMSGSIZE);
}

/* What is for another port is not ours. */
static void test_answers(void **state) {
        Fixture *f = *state;

        send_from_peer(f, "another", DHCP_CLIENT_PORT + 1);
        send_from_peer(f, "answer", DHCP_CLIENT_PORT);
        assert_true(network_wait(f->event, &f->got, 10 * USEC_PER_SEC));
        assert_int_equal(f->n_packets, 1);
        assert_string_equal(f->text, "answer");

        /* A datagram without a payload is one, too. */
        f->got = false;
        send_from_peer(f, "", DHCP_CLIENT_PORT);
        assert_true(network_wait(f->event, &f->got, 10 * USEC_PER_SEC));
        assert_string_equal(f->text, "");
}

/* Another interface of this host is not the tunnel's. */
static void test_other_interface(void **state) {
        const struct sockaddr_in to = {
                .sin_family = AF_INET,
                .sin_port = htons(DHCP_CLIENT_PORT),
                .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
        };
        Fixture *f = *state;
        int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

        assert_true(fd >= 0);
        assert_int_equal(sendto(fd, "x", 1, 0, (const struct sockaddr *) &to, sizeof(to)), 1);
        close(fd);
        network_settle(f->event, 50 * USEC_PER_MSEC);
        assert_int_equal(f->n_packets, 0);
}

static void test_freed_by_its_callback(void **state) {
        Fixture *f = *state;

        f->free_on_packet = true;
        send_from_peer(f, "one", DHCP_CLIENT_PORT);
        send_from_peer(f, "two", DHCP_CLIENT_PORT);
        assert_true(network_wait(f->event, &f->got, 10 * USEC_PER_SEC));
        network_settle(f->event, 50 * USEC_PER_MSEC);
        assert_int_equal(f->n_packets, 1);
        assert_null(f->socket);
}

static void test_no_interface(void **state) {
        Fixture *f = *state;
        DhcpSocket *other;

        assert_int_equal(dhcp_socket_new(f->event, "nowhere", on_packet, f, &other), -ENODEV);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_question),        TEST(test_answers),
                TEST(test_other_interface), TEST(test_freed_by_its_callback),
                TEST(test_no_interface),
        };

        network_enter();
        network_add_peer();

        return cmocka_run_group_tests(tests, NULL, NULL);
}
