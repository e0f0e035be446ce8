/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/pptp/pptp-message.h"
#include "io/control-socket.h"
#include "io/pppd.h"
#include "network.h"

/* The two ends, and what our end said so far. */
typedef struct Fixture {
        sd_event *event;
        ControlSocket *socket;
        int listener;
        int peer; /* the server's end of the connection */
        uint16_t port;

        bool connected;
        bool ended;
        bool free_on_message;
        size_t n_messages;
        size_t n_malformed;
        PptpMessage message; /* the last */
        ControlSocketEvent end;
        struct in_addr local_address;
        uint64_t round_trip_usec;
        uint8_t data[512];
        size_t n_data;
} Fixture;

static void on_event(ControlSocket *s, const ControlSocketEvent *event, void *userdata) {
        Fixture *f = userdata;

        assert_ptr_equal(s, f->socket);
        assert_false(f->ended);

        switch (event->type) {

        case CONTROL_SOCKET_CONNECTED:
                f->connected = true;
                f->local_address = event->local_address;
                f->round_trip_usec = event->round_trip_usec;
                break;

        case CONTROL_SOCKET_MESSAGE:
                ++f->n_messages;
                f->message = *event->message;
                if (f->free_on_message)
                        f->socket = control_socket_free(s);
                break;

        case CONTROL_SOCKET_MALFORMED:
                ++f->n_malformed;
                break;

        case CONTROL_SOCKET_NOT_PPTP:
                assert_true(event->n_data <= sizeof(f->data));
                memcpy(f->data, event->data, event->n_data);
                f->n_data = event->n_data;
                __attribute__((fallthrough));

        case CONTROL_SOCKET_FAILED:
        case CONTROL_SOCKET_CLOSED:
                f->ended = true;
                f->end = *event;
                break;
        }
}

static int setup(void **state) {
        Fixture *f = calloc(1, sizeof(*f));

        assert_non_null(f);
        f->peer = -EBADF;
        assert_true(sd_event_new(&f->event) >= 0);
        f->listener = network_listen(&f->port);
        *state = f;
        return 0;
}

static int teardown(void **state) {
        Fixture *f = *state;

        control_socket_free(f->socket);
        if (f->peer >= 0)
                close(f->peer);
        close(f->listener);
        sd_event_unref(f->event);
        free(f);
        return 0;
}

static void dial(Fixture *f) {
        const ControlSocketOptions options = {
                .server = network_address("127.0.0.1"),
                .port = f->port,
        };

        assert_int_equal(control_socket_new(f->event, &options, on_event, f, &f->socket), 0);
        f->peer = accept4(f->listener, NULL, NULL, SOCK_CLOEXEC);
        assert_true(f->peer >= 0);
        assert_true(network_wait(f->event, &f->connected, 10 * USEC_PER_SEC));
}

static void settle(Fixture *f) {
        network_settle(f->event, 50 * USEC_PER_MSEC);
}

static size_t make_echo(uint8_t *buffer, uint32_t identifier) {
        const PptpMessage echo = {
                .type = PPTP_ECHO_REQUEST,
                .echo.identifier = identifier,
        };
        int n;

        n = pptp_message_write(&echo, buffer, PPTP_MESSAGE_MAX_BYTES);
        assert_true(n > 0);
        return n;
}

static void send_to_us(Fixture *f, const void *data, size_t n) {
        assert_int_equal(send(f->peer, data, n, MSG_NOSIGNAL), n);
}

static int send_echo(Fixture *f) {
        return control_socket_send(f->socket, &(PptpMessage){ .type = PPTP_ECHO_REQUEST });
}

static void test_connects(void **state) {
        Fixture *f = *state;

        dial(f);
        assert_int_equal(f->local_address.s_addr, network_address("127.0.0.1").s_addr);
        assert_in_range(f->round_trip_usec, 1, USEC_PER_SEC);
        assert_false(f->ended);
}

static void test_sends_in_order(void **state) {
        const PptpMessage a = { .type = PPTP_ECHO_REQUEST, .echo.identifier = 1 };
        const PptpMessage b = { .type = PPTP_ECHO_REQUEST, .echo.identifier = 2 };
        uint8_t expected[2 * PPTP_MESSAGE_MAX_BYTES], got[sizeof(expected)];
        Fixture *f = *state;
        size_t n;

        dial(f);
        assert_int_equal(control_socket_send(f->socket, &a), 0);
        assert_int_equal(control_socket_send(f->socket, &b), 0);

        n = make_echo(expected, 1);
        n += make_echo(expected + n, 2);
        assert_int_equal(recv(f->peer, got, n, MSG_WAITALL), n);
        assert_memory_equal(got, expected, n);

        /* The kernel may hold an acknowledgement back for a while. */
        for (int i = 0; i < 100 && control_socket_get_unacknowledged(f->socket) > 0; i++)
                settle(f);
        assert_int_equal(control_socket_get_unacknowledged(f->socket), 0);
}

static void test_send_before_connected(void **state) {
        const PptpMessage echo = { .type = PPTP_ECHO_REQUEST };
        Fixture *f = *state;
        const ControlSocketOptions options = {
                .server = network_address("127.0.0.1"),
                .port = f->port,
        };

        assert_int_equal(control_socket_new(f->event, &options, on_event, f, &f->socket), 0);
        assert_int_equal(control_socket_send(f->socket, &echo), -ENOTCONN);
}

/* A peer that does not read must not stop us, nor fill our memory. */
static void test_send_to_a_deaf_peer(void **state) {
        const PptpMessage echo = { .type = PPTP_ECHO_REQUEST };
        Fixture *f = *state;
        uint8_t buffer[65536];
        size_t n_sent = 0, n_received = 0;
        int r = 0;

        dial(f);
        while (n_sent < 10000000 && (r = control_socket_send(f->socket, &echo)) == 0)
                n_sent += 16;
        assert_int_equal(r, -ENOBUFS);
        assert_true(control_socket_get_unacknowledged(f->socket) > 0);

        /* Nothing is lost once it reads again. */
        while (n_received < n_sent) {
                ssize_t n = recv(f->peer, buffer, sizeof(buffer), MSG_DONTWAIT);

                if (n > 0)
                        n_received += n;
                else
                        sd_event_run(f->event, USEC_PER_MSEC);
        }
        assert_int_equal(n_received, n_sent);
        assert_int_equal(control_socket_send(f->socket, &echo), 0);
        assert_false(f->ended);
}

static void test_message_byte_by_byte(void **state) {
        uint8_t data[PPTP_MESSAGE_MAX_BYTES];
        Fixture *f = *state;
        size_t n;

        dial(f);
        n = make_echo(data, 7);
        for (size_t i = 0; i < n; ++i) {
                assert_int_equal(f->n_messages, 0);
                send_to_us(f, data + i, 1);
                sd_event_run(f->event, USEC_PER_SEC);
        }

        assert_int_equal(f->n_messages, 1);
        assert_int_equal(f->message.type, PPTP_ECHO_REQUEST);
        assert_int_equal(f->message.echo.identifier, 7);
}

static void test_many_messages_and_end_at_once(void **state) {
        uint8_t data[100 * 16];
        Fixture *f = *state;
        size_t n = 0;

        dial(f);
        for (uint32_t i = 0; i < 100; ++i)
                n += make_echo(data + n, i);
        assert_int_equal(n, sizeof(data));

        send_to_us(f, data, n);
        shutdown(f->peer, SHUT_WR);

        assert_true(network_wait(f->event, &f->ended, 10 * USEC_PER_SEC));
        assert_int_equal(f->n_messages, 100);
        assert_int_equal(f->message.echo.identifier, 99);
        assert_int_equal(f->end.type, CONTROL_SOCKET_CLOSED);
        assert_int_equal(f->end.error, 0);
}

/* Who never stops talking gets its turn, and so does everybody else in the loop. */
static void test_flood_leaves_the_loop_alive(void **state) {
        static uint8_t data[4096 * 16];
        Fixture *f = *state;
        size_t n = 0;

        dial(f);
        while (n < sizeof(data))
                n += make_echo(data + n, n);
        send_to_us(f, data, n);

        assert_true(sd_event_run(f->event, USEC_PER_SEC) > 0);
        assert_in_range(f->n_messages, 1, 1000);

        shutdown(f->peer, SHUT_WR);
        assert_true(network_wait(f->event, &f->ended, 10 * USEC_PER_SEC));
        assert_int_equal(f->n_messages, sizeof(data) / 16);
}

static void on_line(_unused_ Pppd *p, _unused_ const char *line, _unused_ void *userdata) {
}

static void on_exited(_unused_ Pppd *p, _unused_ int code, _unused_ int status, void *userdata) {
        *(bool *) userdata = true;
}

/* A program that ends at once stands in for pppd. Returns when it has, before the loop knows. */
static Pppd *start_and_end_pppd(Fixture *f, bool *exited) {
        PppdOptions options = {
                .program = "/bin/false",
                .plugin = "",
                .interface_name = "",
                .user = "",
                .remote_name = "",
                .ip_param = "",
        };
        siginfo_t info;
        sigset_t mask;
        Pppd *pppd;
        int fd;

        sigemptyset(&mask);
        sigaddset(&mask, SIGCHLD);
        assert_int_equal(sigprocmask(SIG_BLOCK, &mask, NULL), 0);

        fd = open("/dev/null", O_RDWR | O_CLOEXEC);
        assert_true(fd >= 0);
        options.plugin_fd = fd;
        assert_int_equal(pppd_new(f->event, &options, on_line, on_exited, exited, &pppd), 0);
        close(fd);

        assert_int_equal(waitid(P_PID, pppd_get_pid(pppd), &info, WEXITED | WNOWAIT), 0);
        return pppd;
}

/* The end of pppd is noticed in the middle of it, not when it is over. */
static void test_flood_does_not_hide_the_end_of_pppd(void **state) {
        static uint8_t data[4096 * 16];
        Fixture *f = *state;
        bool exited = false;
        size_t n = 0;
        Pppd *pppd;

        dial(f);
        pppd = start_and_end_pppd(f, &exited);
        while (n < sizeof(data))
                n += make_echo(data + n, n);
        send_to_us(f, data, n);

        assert_true(network_wait(f->event, &exited, 10 * USEC_PER_SEC));
        assert_in_range(f->n_messages, 1, sizeof(data) / 16 / 2);
        pppd_free(pppd);
}

static void test_freed_by_its_callback(void **state) {
        uint8_t data[2 * PPTP_MESSAGE_MAX_BYTES];
        Fixture *f = *state;
        size_t n;

        dial(f);
        n = make_echo(data, 1);
        n += make_echo(data + n, 2);
        f->free_on_message = true;
        send_to_us(f, data, n);
        settle(f);

        assert_int_equal(f->n_messages, 1);
        assert_null(f->socket);
}

/* The last words must arrive, even if the server has just said something that nobody read. */
static void test_last_message_survives_close(void **state) {
        const PptpMessage stop = {
                .type = PPTP_STOP_CONTROL_CONNECTION_REQUEST,
                .result_code = 1,
        };
        uint8_t data[PPTP_MESSAGE_MAX_BYTES];
        Fixture *f = *state;
        size_t n;

        dial(f);
        n = make_echo(data, 1);
        send_to_us(f, data, n);
        assert_int_equal(control_socket_send(f->socket, &stop), 0);
        f->socket = control_socket_free(f->socket);

        assert_int_equal(recv(f->peer, data, sizeof(data), MSG_WAITALL), 16);
        assert_int_equal(recv(f->peer, data, sizeof(data), 0), 0);
}

static void test_http(void **state) {
        static const char http[] = "HTTP/1.1 400 Bad Request\r\n";
        Fixture *f = *state;

        dial(f);
        send_to_us(f, http, strlen(http));

        assert_true(network_wait(f->event, &f->ended, 10 * USEC_PER_SEC));
        assert_int_equal(f->end.type, CONTROL_SOCKET_NOT_PPTP);
        assert_int_equal(f->n_data, strlen(http));
        assert_memory_equal(f->data, http, f->n_data);
        assert_int_equal(send_echo(f), -ENOTCONN);
}

static void test_unknown_message_is_skipped(void **state) {
        uint8_t data[2 * PPTP_MESSAGE_MAX_BYTES];
        Fixture *f = *state;
        size_t n;

        dial(f);
        n = make_echo(data, 1);
        data[9] = 99;
        n += make_echo(data + n, 2);
        send_to_us(f, data, n);
        settle(f);

        assert_int_equal(f->n_malformed, 1);
        assert_int_equal(f->n_messages, 1);
        assert_int_equal(f->message.echo.identifier, 2);
        assert_false(f->ended);
}

static void test_reset(void **state) {
        Fixture *f = *state;

        dial(f);
        setsockopt(f->peer, SOL_SOCKET, SO_LINGER, &(struct linger){ .l_onoff = 1 },
                   sizeof(struct linger));
        close(f->peer);
        f->peer = -EBADF;

        assert_true(network_wait(f->event, &f->ended, 10 * USEC_PER_SEC));
        assert_int_equal(f->end.type, CONTROL_SOCKET_CLOSED);
        assert_int_equal(f->end.error, -ECONNRESET);
}

/* The write finds the reset first: the error must not be lost. */
static void test_reset_found_by_a_write(void **state) {
        Fixture *f = *state;

        dial(f);
        setsockopt(f->peer, SOL_SOCKET, SO_LINGER, &(struct linger){ .l_onoff = 1 },
                   sizeof(struct linger));
        close(f->peer);
        f->peer = -EBADF;

        assert_int_equal(send_echo(f), 0);
        assert_false(f->ended);
        assert_true(network_wait(f->event, &f->ended, 10 * USEC_PER_SEC));
        assert_int_equal(f->end.type, CONTROL_SOCKET_CLOSED);
        assert_int_equal(f->end.error, -ECONNRESET);
}

static void expect_failure(Fixture *f, const char *server, int error) {
        const ControlSocketOptions options = {
                .server = network_address(server),
                .port = 1723,
        };

        assert_int_equal(control_socket_new(f->event, &options, on_event, f, &f->socket), 0);
        assert_true(network_wait(f->event, &f->ended, 10 * USEC_PER_SEC));
        assert_int_equal(f->end.type, CONTROL_SOCKET_FAILED);
        assert_int_equal(f->end.error, error);
}

static void test_refused(void **state) {
        Fixture *f = *state;

        expect_failure(f, "127.0.0.1", -ECONNREFUSED);
        assert_int_equal(f->end.offender.s_addr, INADDR_ANY);
}

/* A router on the way refuses, and is named. */
static void test_prohibited_by_a_router(void **state) {
        Fixture *f = *state;

        network_run_in_peer("ip route add prohibit 198.51.100.1");
        expect_failure(f, "198.51.100.1", -EHOSTUNREACH);
        assert_int_equal(f->end.offender.s_addr, network_address(NETWORK_PEER).s_addr);
}

/* Nobody there: our own neighbour discovery gives up, so we ourselves are the offender. */
static void test_no_neighbour(void **state) {
        Fixture *f = *state;

        expect_failure(f, "192.0.2.99", -EHOSTUNREACH);
        assert_int_equal(f->end.offender.s_addr, network_address(NETWORK_LOCAL).s_addr);
}

/* Silence is no event: the deadline is the caller's. Cancelling is free(). */
static void test_silence(void **state) {
        Fixture *f = *state;
        const ControlSocketOptions options = {
                .server = network_address("198.51.100.2"),
                .port = 1723,
        };

        network_run_in_peer("ip route add blackhole 198.51.100.2");
        assert_int_equal(control_socket_new(f->event, &options, on_event, f, &f->socket), 0);
        assert_false(network_wait(f->event, &f->ended, 200 * USEC_PER_MSEC));
        f->socket = control_socket_free(f->socket);
}

static void test_what_the_kernel_knows_at_once(void **state) {
        Fixture *f = *state;
        ControlSocketOptions options = {
                .server = network_address("198.51.100.3"),
                .port = 1723,
        };

        network_run("ip route add unreachable 198.51.100.3");
        assert_int_equal(control_socket_new(f->event, &options, on_event, f, &f->socket),
                         -EHOSTUNREACH);

        options.server = network_address(NETWORK_PEER);
        options.local_address = network_address("203.0.113.1");
        assert_int_equal(control_socket_new(f->event, &options, on_event, f, &f->socket),
                         -EADDRNOTAVAIL);

        options.local_address.s_addr = INADDR_ANY;
        options.bind_to_device = "nosuch";
        assert_int_equal(control_socket_new(f->event, &options, on_event, f, &f->socket), -ENODEV);
}

/* Only the right choice of each of the three reaches the listener. */
static void test_options(void **state) {
        Fixture *f = *state;
        const ControlSocketOptions options = {
                .server = network_address("127.0.0.1"),
                .port = f->port,
                .local_address = network_address("127.0.0.9"),
                .bind_to_device = "lo",
                .firewall_mark = 42,
        };

        assert_int_equal(control_socket_new(f->event, &options, on_event, f, &f->socket), 0);
        assert_true(network_wait(f->event, &f->connected, 10 * USEC_PER_SEC));
        assert_int_equal(f->local_address.s_addr, network_address("127.0.0.9").s_addr);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_connects),
                TEST(test_sends_in_order),
                TEST(test_send_before_connected),
                TEST(test_send_to_a_deaf_peer),
                TEST(test_message_byte_by_byte),
                TEST(test_many_messages_and_end_at_once),
                TEST(test_flood_leaves_the_loop_alive),
                TEST(test_flood_does_not_hide_the_end_of_pppd),
                TEST(test_freed_by_its_callback),
                TEST(test_last_message_survives_close),
                TEST(test_http),
                TEST(test_unknown_message_is_skipped),
                TEST(test_reset),
                TEST(test_reset_found_by_a_write),
                TEST(test_refused),
                TEST(test_prohibited_by_a_router),
                TEST(test_no_neighbour),
                TEST(test_silence),
                TEST(test_what_the_kernel_knows_at_once),
                TEST(test_options),
        };

        network_enter();
        network_add_peer();

        return cmocka_run_group_tests(tests, NULL, NULL);
}
