/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * A PPTP server for benchmarks: a minimal control connection in front of the kernel's PPTP channel
 * and pppd, so that the server end is as fast as a client end can be. No error is handled with
 * more than an exit, each client has a process of its own, and nobody should use it for real.
 *
 *      bench-server ADDRESS PLUGIN INSIDE FIRST-CLIENT [PPPD OPTION]...
 *
 * INSIDE is the server's address in each tunnel. A client gets the address FIRST-CLIENT there, or
 * the next one that no other has: as of pptpd, a client that calls again gets the same.
 */

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <linux/if_pppox.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define N_CLIENTS 16384

/* RFC 2637, sections 1.4 and 2: the magic cookie and the message types that matter here. */
#define MAGIC UINT32_C(0x1a2b3c4d)
#define PORT 1723

enum {
        START_REQUEST = 1,
        START_REPLY = 2,
        STOP_REQUEST = 3,
        STOP_REPLY = 4,
        ECHO_REQUEST = 5,
        ECHO_REPLY = 6,
        CALL_REQUEST = 7,
        CALL_REPLY = 8,
        CALL_CLEAR = 12,
        CALL_DISCONNECT = 13,
};

/* Lengths and offsets of RFC 2637, sections 2.1 to 2.13; the longest message is 220 bytes. */
enum {
        HEADER_BYTES = 12,
        START_BYTES = 156,
        STOP_REPLY_BYTES = 16,
        ECHO_REPLY_BYTES = 20,
        CALL_REPLY_BYTES = 32,
        CALL_DISCONNECT_BYTES = 148,
        MESSAGE_MAX_BYTES = 220,
};

typedef struct Session {
        int control_fd;
        int data_fd; /* the PPPoX socket; -EBADF without a call */
        pid_t pppd_pid;
        uint16_t call_id;
        struct in_addr local_address;
        struct in_addr client_address;
        const char *plugin;
        char addresses[2 * INET_ADDRSTRLEN]; /* as pppd's option: the server's, and the client's */
        char **pppd_options;
} Session;

static void put16(uint8_t *p, uint16_t value) {
        p[0] = value >> 8;
        p[1] = value & 0xff;
}

static uint16_t get16(const uint8_t *p) {
        return p[0] << 8 | p[1];
}

static void send_message(int fd, uint16_t type, uint8_t *message, uint16_t n_message) {
        put16(message, n_message);
        put16(message + 2, 1);
        put16(message + 4, MAGIC >> 16);
        put16(message + 6, MAGIC & 0xffff);
        put16(message + 8, type);

        if (send(fd, message, n_message, MSG_NOSIGNAL) != n_message)
                err(EXIT_FAILURE, "send");
}

/* Reads exactly n bytes; false at the end of the stream. */
static bool read_bytes(int fd, uint8_t *buffer, size_t n) {
        while (n > 0) {
                ssize_t l = recv(fd, buffer, n, 0);
                if (l <= 0)
                        return false;
                buffer += l;
                n -= l;
        }
        return true;
}

/* Opens the kernel's channel of this call and connects it to the client's call id. */
static void open_channel(Session *session, uint16_t client_call_id) {
        struct sockaddr_pppox local = {
                .sa_family = AF_PPPOX,
                .sa_protocol = PX_PROTO_PPTP,
                .sa_addr.pptp.sin_addr = session->local_address,
        };
        struct sockaddr_pppox remote = {
                .sa_family = AF_PPPOX,
                .sa_protocol = PX_PROTO_PPTP,
                .sa_addr.pptp.call_id = client_call_id,
                .sa_addr.pptp.sin_addr = session->client_address,
        };
        socklen_t n_local = sizeof(local);

        session->data_fd = socket(AF_PPPOX, SOCK_STREAM, PX_PROTO_PPTP);
        if (session->data_fd < 0)
                err(EXIT_FAILURE, "socket(AF_PPPOX)");
        /* Call id 0: the kernel chooses, from a table that all network namespaces share. */
        if (bind(session->data_fd, (struct sockaddr *) &local, sizeof(local)) < 0)
                err(EXIT_FAILURE, "bind");
        if (getsockname(session->data_fd, (struct sockaddr *) &local, &n_local) < 0)
                err(EXIT_FAILURE, "getsockname");
        if (connect(session->data_fd, (struct sockaddr *) &remote, sizeof(remote)) < 0)
                err(EXIT_FAILURE, "connect");

        session->call_id = local.sa_addr.pptp.call_id;
}

static void start_pppd(Session *session) {
        char *argv[64] = { (char *) "pppd", (char *) "nodetach", (char *) "plugin",
                           (char *) session->plugin, (char *) "bench-fd" };
        size_t n_argv = 5;
        char fd[16];

        snprintf(fd, sizeof(fd), "%d", session->data_fd);
        argv[n_argv++] = fd;
        argv[n_argv++] = session->addresses;
        for (char **option = session->pppd_options; *option && n_argv < 63; option++)
                argv[n_argv++] = *option;

        session->pppd_pid = fork();
        if (session->pppd_pid < 0)
                err(EXIT_FAILURE, "fork");
        if (session->pppd_pid == 0) {
                execv("/usr/sbin/pppd", argv);
                err(EXIT_FAILURE, "pppd");
        }

        /* pppd holds the last reference: when it goes, the channel goes. */
        close(session->data_fd);
        session->data_fd = -EBADF;
}

static void stop_pppd(Session *session) {
        if (session->pppd_pid <= 0)
                return;
        /* SIGTERM would have it wait for the client's Terminate-Ack, and the client for us. */
        kill(session->pppd_pid, SIGKILL);
        waitpid(session->pppd_pid, NULL, 0);
        session->pppd_pid = 0;
}

static void on_call_request(Session *session, const uint8_t *request) {
        uint8_t reply[CALL_REPLY_BYTES] = {};
        uint16_t client_call_id = get16(request + 12);

        open_channel(session, client_call_id);
        put16(reply + 12, session->call_id);
        put16(reply + 14, client_call_id);
        reply[16] = 1;                      /* connected */
        put16(reply + 20, 100000000 >> 16); /* connect speed */
        put16(reply + 24, 64);              /* receive window */
        send_message(session->control_fd, CALL_REPLY, reply, sizeof(reply));
        start_pppd(session);
}

static void send_disconnect(Session *session) {
        uint8_t notify[CALL_DISCONNECT_BYTES] = {};

        put16(notify + 12, session->call_id);
        notify[14] = 4; /* requested */
        send_message(session->control_fd, CALL_DISCONNECT, notify, sizeof(notify));
}

/* Answers one message; false if it ends the control connection. */
static bool on_message(Session *session, const uint8_t *message) {
        uint8_t reply[START_BYTES] = {};

        switch (get16(message + 8)) {
        case START_REQUEST:
                put16(reply + 12, 0x0100); /* version */
                reply[14] = 1;             /* ok */
                reply[19] = reply[23] = 3; /* any framing, any bearer */
                put16(reply + 24, 1);      /* channels */
                strcpy((char *) reply + 28, "bench");
                send_message(session->control_fd, START_REPLY, reply, START_BYTES);
                return true;
        case CALL_REQUEST:
                on_call_request(session, message);
                return true;
        case ECHO_REQUEST:
                memcpy(reply + 12, message + 12, 4);
                reply[16] = 1;
                send_message(session->control_fd, ECHO_REPLY, reply, ECHO_REPLY_BYTES);
                return true;
        case CALL_CLEAR:
                stop_pppd(session);
                send_disconnect(session);
                return true;
        case STOP_REQUEST:
                reply[12] = 1;
                send_message(session->control_fd, STOP_REPLY, reply, STOP_REPLY_BYTES);
                return false;
        default:
                return true;
        }
}

static void serve(Session *session) {
        uint8_t message[MESSAGE_MAX_BYTES];

        while (read_bytes(session->control_fd, message, HEADER_BYTES)) {
                uint16_t length = get16(message);

                if (length < HEADER_BYTES || length > sizeof(message))
                        errx(EXIT_FAILURE, "a message of %u bytes", length);
                if (!read_bytes(session->control_fd, message + HEADER_BYTES, length - HEADER_BYTES))
                        break;
                if (!on_message(session, message))
                        break;
        }
        stop_pppd(session);
}

/* The processes of those that have called, by the number of their address; 0: it is free. */
static pid_t clients[N_CLIENTS];

/* Who has ended since is not waited for longer than until the next client. */
static void free_addresses(void) {
        for (pid_t pid; (pid = waitpid(-1, NULL, WNOHANG)) > 0;)
                for (unsigned i = 0; i < N_CLIENTS; i++)
                        if (clients[i] == pid)
                                clients[i] = 0;
}

static unsigned find_free_address(void) {
        for (unsigned i = 0; i < N_CLIENTS; i++)
                if (clients[i] == 0)
                        return i;

        errx(EXIT_FAILURE, "more than %d clients", N_CLIENTS);
}

/* Writes the option of pppd with the addresses of the client of that number, from 0 on. */
static void choose_addresses(Session *session, const char *inside, struct in_addr first,
                             unsigned number) {

        struct in_addr client = { .s_addr = htonl(ntohl(first.s_addr) + number) };

        snprintf(session->addresses, sizeof(session->addresses), "%s:%s", inside,
                 inet_ntoa(client));
}

int main(int argc, char **argv) {
        struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(PORT) };
        struct in_addr first_client;
        int fd;

        if (argc < 5 || inet_pton(AF_INET, argv[1], &address.sin_addr) != 1 ||
            inet_pton(AF_INET, argv[4], &first_client) != 1)
                errx(EXIT_FAILURE,
                     "usage: bench-server ADDRESS PLUGIN INSIDE FIRST-CLIENT [PPPD OPTION]...");

        fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
                err(EXIT_FAILURE, "socket");
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int));
        if (bind(fd, (struct sockaddr *) &address, sizeof(address)) < 0 ||
            listen(fd, SOMAXCONN) < 0)
                err(EXIT_FAILURE, "bind");

        for (;;) {
                struct sockaddr_in client;
                unsigned number;
                socklen_t n_client = sizeof(client);
                int control_fd = accept4(fd, (struct sockaddr *) &client, &n_client, SOCK_CLOEXEC);

                if (control_fd < 0)
                        err(EXIT_FAILURE, "accept");

                free_addresses();
                number = find_free_address();
                clients[number] = fork();
                if (clients[number] < 0)
                        err(EXIT_FAILURE, "fork");

                if (clients[number] == 0) {
                        Session session = {
                                .control_fd = control_fd,
                                .data_fd = -EBADF,
                                .local_address = address.sin_addr,
                                .client_address = client.sin_addr,
                                .plugin = argv[2],
                                .pppd_options = argv + 5,
                        };

                        choose_addresses(&session, argv[3], first_client, number);
                        close(fd);
                        serve(&session);
                        _exit(EXIT_SUCCESS);
                }
                close(control_fd);
        }
}
