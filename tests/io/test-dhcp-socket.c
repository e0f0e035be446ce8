/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <stdio.h>
#include <stdlib.h>
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
        char text[64]; /* the last one's payload, as far as it goes */
        size_t n_payload;
        bool free_on_packet;
} Fixture;

static void on_packet(DhcpSocket *d, const void *data, size_t n_data, void *userdata) {
        Fixture *f = userdata;

        assert_ptr_equal(d, f->socket);
        f->n_payload = n_data;
        snprintf(f->text, sizeof(f->text), "%.*s", (int) n_data, (const char *) data);
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

/* Opens another socket of the peer's that sends from that port. */
static int open_peer_port(uint16_t port) {
        const struct sockaddr_in local = { .sin_family = AF_INET, .sin_port = htons(port) };
        int fd = network_socket_in_peer(AF_INET, SOCK_DGRAM, 0);

        assert_true(fd >= 0);
        assert_int_equal(bind(fd, (const struct sockaddr *) &local, sizeof(local)), 0);
        return fd;
}

/* RFC 2131, section 4.1: a server answers from its own port. */
static void test_other_source_port(void **state) {
        Fixture *f = *state;
        Fixture other = { .server = open_peer_port(1067) };

        send_from_peer(&other, "another", DHCP_CLIENT_PORT);
        close(other.server);
        send_from_peer(f, "answer", DHCP_CLIENT_PORT);
        assert_true(network_wait(f->event, &f->got, 10 * USEC_PER_SEC));
        assert_int_equal(f->n_packets, 1);
        assert_string_equal(f->text, "answer");
}

/* Up to the largest datagram there is, which comes in more than forty fragments. */
static void test_long_answers(void **state) {
        static const size_t lengths[] = { 1472, 1473, 1500, 4000, 16384, DHCP_MESSAGE_MAX_BYTES };
        const struct sockaddr_in to = {
                .sin_family = AF_INET,
                .sin_port = htons(DHCP_CLIENT_PORT),
                .sin_addr = network_address(NETWORK_LOCAL),
        };
        static uint8_t data[DHCP_MESSAGE_MAX_BYTES];
        Fixture *f = *state;

        for (size_t i = 0; i < ELEMENTSOF(lengths); i++) {
                f->got = false;
                assert_int_equal(sendto(f->server, data, lengths[i], 0,
                                        (const struct sockaddr *) &to, sizeof(to)),
                                 lengths[i]);
                assert_true(network_wait(f->event, &f->got, 10 * USEC_PER_SEC));
                assert_int_equal(f->n_payload, lengths[i]);
        }
}

/* Whether an ICMP error comes to the peer on what it sends to the client's port. */
static bool peer_hears_error(const Fixture *f) {
        const struct timeval patience = { .tv_usec = 200000 };
        uint8_t packet[2048];
        int fd = network_socket_in_peer(AF_INET, SOCK_RAW, IPPROTO_ICMP);
        bool heard = false;
        ssize_t n;

        assert_true(fd >= 0);
        assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
        send_from_peer(f, "answer", DHCP_CLIENT_PORT);
        while (!heard && (n = recv(fd, packet, sizeof(packet), 0)) > 0)
                heard = n > (ssize_t) sizeof(struct iphdr) &&
                        packet[sizeof(struct iphdr)] == ICMP_DEST_UNREACH;
        close(fd);
        return heard;
}

/* The kernel answers none with an ICMP error while the port is held, and the socket hears them. */
static void test_port_is_held(void **state) {
        Fixture *f = *state;
        int fd;

        assert_true(peer_hears_error(f));
        fd = dhcp_port_hold("uplink", network_address(NETWORK_LOCAL));
        assert_true(fd >= 0);
        f->got = false;
        assert_false(peer_hears_error(f));
        assert_true(network_wait(f->event, &f->got, 10 * USEC_PER_SEC));

        /* Late ones, too. */
        f->socket = dhcp_socket_free(f->socket);
        assert_false(peer_hears_error(f));
        close(fd);
        assert_true(peer_hears_error(f));
}

/* A DHCP client's socket, bound to an address, "": any; returns it, or a negative errno. */
static int open_client(const char *interface_name, const char *address, bool shared) {
        const struct sockaddr_in local = {
                .sin_family = AF_INET,
                .sin_port = htons(DHCP_CLIENT_PORT),
                .sin_addr = network_address(address),
        };
        int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

        assert_true(fd >= 0);
        assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){ shared }, sizeof(int)),
                         0);
        assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface_name,
                                    (socklen_t) strlen(interface_name)),
                         0);
        if (bind(fd, (const struct sockaddr *) &local, sizeof(local)) < 0) {
                int error = errno;

                close(fd);
                return -error;
        }
        return fd;
}

/*
 * Clients of this host, before and after: on any interface with SO_REUSEADDR (dhclient), on one of
 * their own (systemd-networkd, NetworkManager), also without.
 */
static void test_port_beside_clients(void **state) {
        static const struct {
                const char *interface_name, *address;
                bool shared;
        } clients[] = {
                { "", "0.0.0.0", true },
                { "lo", "0.0.0.0", true },
                { "lo", "0.0.0.0", false },
                { "", "127.0.0.1", false },
        };
        Fixture *f = *state;

        for (size_t i = 0; i < ELEMENTSOF(clients); i++)
                for (unsigned client_first = 0; client_first < 2; client_first++) {
                        int client = -EBADF, fd;

                        if (client_first)
                                client = open_client(clients[i].interface_name, clients[i].address,
                                                     clients[i].shared);
                        fd = dhcp_port_hold("uplink", network_address(NETWORK_LOCAL));
                        assert_true(fd >= 0);
                        if (!client_first)
                                client = open_client(clients[i].interface_name, clients[i].address,
                                                     clients[i].shared);
                        assert_true(client >= 0);

                        f->got = false;
                        assert_false(peer_hears_error(f));
                        assert_true(network_wait(f->event, &f->got, 10 * USEC_PER_SEC));
                        /* What is for the tunnel is not the client's. */
                        assert_int_equal(recv(client, &(char){ 0 }, 1, MSG_DONTWAIT), -1);
                        close(client);
                        close(fd);
                }
}

/* One that shares the port with nobody hears what comes: no error, and the answer counts. */
static void test_port_of_another(void **state) {
        Fixture *f = *state;
        int client = open_client("", "0.0.0.0", false);

        assert_true(client >= 0);
        assert_int_equal(dhcp_port_hold("uplink", network_address(NETWORK_LOCAL)), -EADDRINUSE);
        f->got = false;
        assert_false(peer_hears_error(f));
        assert_true(network_wait(f->event, &f->got, 10 * USEC_PER_SEC));
        close(client);
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
        assert_int_equal(dhcp_port_hold("nowhere", network_address(NETWORK_LOCAL)), -ENODEV);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_question),
                TEST(test_answers),
                TEST(test_other_interface),
                TEST(test_freed_by_its_callback),
                TEST(test_no_interface),
                TEST(test_other_source_port),
                TEST(test_long_answers),
                TEST(test_port_is_held),
                TEST(test_port_beside_clients),
                TEST(test_port_of_another),
        };

        network_enter();
        network_add_peer();
        /* An error for each datagram, however many there are. */
        network_run("echo 0 > /proc/sys/net/ipv4/icmp_ratelimit");

        return cmocka_run_group_tests(tests, NULL, NULL);
}
