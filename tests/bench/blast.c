/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Sends noise over TCP as fast as the other side takes it, for a number of seconds. (Zeros would be
 * unfair to a client on a pty: its framing escapes every byte below 0x20.)
 *
 *      blast serve                     answers one client after the other on port 5001
 *      blast send ADDRESS SECONDS      to the server
 *      blast receive ADDRESS SECONDS   from the server
 *
 * The side that receives counts. A client prints "BYTES SECONDS". The first half second, in which
 * TCP finds its window, is not counted.
 */

#include <arpa/inet.h>
#include <err.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PORT 5001
#define SKIP_SEC 0.5

typedef struct Result {
        uint64_t n_bytes;
        double seconds;
} Result;

static char buffer[128 * 1024];

static void fill_buffer(void) {
        uint64_t x = UINT64_C(0x9e3779b97f4a7c15); /* Marsaglia's xorshift; any seed but 0 */

        for (size_t i = 0; i < sizeof(buffer); i++) {
                x ^= x << 13;
                x ^= x >> 7;
                x ^= x << 17;
                buffer[i] = x & 0xff;
        }
}

static double now_sec(void) {
        struct timespec ts;

        clock_gettime(CLOCK_MONOTONIC, &ts);
        return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void send_for(int fd, double seconds) {
        double end = now_sec() + seconds;

        while (now_sec() < end)
                if (send(fd, buffer, sizeof(buffer), MSG_NOSIGNAL) < 0)
                        err(EXIT_FAILURE, "send");
}

static Result receive(int fd) {
        double begin = now_sec() + SKIP_SEC, last = begin;
        Result result = {};
        ssize_t l;

        /* MSG_TRUNC: the bytes are counted, not copied; the tunnel is measured, not memcpy(). */
        while ((l = recv(fd, buffer, sizeof(buffer), MSG_TRUNC)) > 0) {
                double now = now_sec();

                if (now < begin)
                        continue;
                result.n_bytes += l;
                last = now;
        }
        result.seconds = last - begin;
        return result;
}

/* One client: it says in one line which way, and for how long. */
static void serve_client(int fd) {
        char line[32] = {};
        double seconds;

        if (recv(fd, line, sizeof(line) - 1, 0) <= 0)
                return;
        if (sscanf(line, "receive %lf", &seconds) == 1) {
                send_for(fd, seconds);
        } else {
                Result result;

                if (send(fd, "go\n", 3, MSG_NOSIGNAL) < 0)
                        return;
                result = receive(fd);
                snprintf(line, sizeof(line), "%llu %.3f\n", (unsigned long long) result.n_bytes,
                         result.seconds);
                (void) !write(fd, line, strlen(line));
        }
}

static void serve(void) {
        struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(PORT) };
        int fd = socket(AF_INET, SOCK_STREAM, 0);

        signal(SIGCHLD, SIG_IGN);
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int));
        if (bind(fd, (struct sockaddr *) &any, sizeof(any)) < 0 || listen(fd, 4) < 0)
                err(EXIT_FAILURE, "bind");
        for (;;) {
                int client = accept(fd, NULL, NULL);

                if (client < 0)
                        err(EXIT_FAILURE, "accept");
                /* A process each, so that one that hangs in a dead tunnel holds up nobody. */
                if (fork() == 0) {
                        close(fd);
                        serve_client(client);
                        _exit(EXIT_SUCCESS);
                }
                close(client);
        }
}

static int connect_to(const char *text) {
        struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(PORT) };
        int fd = socket(AF_INET, SOCK_STREAM, 0);

        if (inet_pton(AF_INET, text, &address.sin_addr) != 1)
                errx(EXIT_FAILURE, "%s: not an address", text);
        if (connect(fd, (struct sockaddr *) &address, sizeof(address)) < 0)
                err(EXIT_FAILURE, "%s", text);
        return fd;
}

int main(int argc, char **argv) {
        char line[32] = {};
        int fd;

        fill_buffer();
        if (argc == 2 && strcmp(argv[1], "serve") == 0)
                serve();
        if (argc != 4)
                errx(EXIT_FAILURE,
                     "usage: blast serve | send ADDRESS SECONDS | receive ADDRESS SECONDS");

        fd = connect_to(argv[2]);
        snprintf(line, sizeof(line), "%s %s\n", argv[1], argv[3]);
        if (write(fd, line, strlen(line)) < 0)
                err(EXIT_FAILURE, "write");

        if (strcmp(argv[1], "receive") == 0) {
                Result result = receive(fd);

                printf("%llu %.3f\n", (unsigned long long) result.n_bytes, result.seconds);
        } else {
                if (recv(fd, line, sizeof(line), 0) <= 0)
                        err(EXIT_FAILURE, "recv");
                send_for(fd, atof(argv[3]));
                shutdown(fd, SHUT_WR);
                memset(line, 0, sizeof(line));
                if (recv(fd, line, sizeof(line) - 1, 0) <= 0)
                        err(EXIT_FAILURE, "recv");
                fputs(line, stdout);
        }
        return EXIT_SUCCESS;
}
