/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Sends datagrams to and fro, a train of them at a time, and counts them. Unlike TCP, which may
 * acknowledge each segment or every tenth as the two ends happen to run, it has the machine do the
 * same for each packet each time.
 *
 *      datagrams serve                     sends back what comes to port 5002
 *      datagrams BYTES ADDRESS SECONDS     prints "PACKETS SECONDS"
 *
 * BYTES are those of a packet with its headers. Each train is waited for before the next one
 * leaves, and a lost packet is an error.
 */

#include <arpa/inet.h>
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define PORT 5002
#define HEADER_BYTES 28 /* IP and UDP */
#define TRAIN 32        /* few enough for the least of all queues on the way: a socket's buffer */
#define PATIENCE_SEC 5

static char buffer[65536];

static void serve(void) {
        struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(PORT) };
        int fd = socket(AF_INET, SOCK_DGRAM, 0);

        if (bind(fd, (struct sockaddr *) &address, sizeof(address)) < 0)
                err(EXIT_FAILURE, "bind");
        for (;;) {
                socklen_t n_address = sizeof(address);
                ssize_t l = recvfrom(fd, buffer, sizeof(buffer), 0, (struct sockaddr *) &address,
                                     &n_address);

                if (l >= 0)
                        (void) sendto(fd, buffer, l, 0, (struct sockaddr *) &address, n_address);
        }
}

static double now_sec(void) {
        struct timespec ts;

        clock_gettime(CLOCK_MONOTONIC, &ts);
        return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void exchange_train(int fd, size_t n_bytes) {
        for (int i = 0; i < TRAIN; i++)
                if (send(fd, buffer, n_bytes, 0) < 0)
                        err(EXIT_FAILURE, "send");
        for (int i = 0; i < TRAIN; i++)
                if (recv(fd, buffer, sizeof(buffer), 0) != (ssize_t) n_bytes)
                        err(EXIT_FAILURE, "recv");
}

int main(int argc, char **argv) {
        struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(PORT) };
        struct timeval patience = { .tv_sec = PATIENCE_SEC };
        uint64_t n_packets = 0;
        double begin, now;
        size_t n_bytes;
        int fd;

        if (argc == 2 && strcmp(argv[1], "serve") == 0)
                serve();
        if (argc != 4 || inet_pton(AF_INET, argv[2], &address.sin_addr) != 1)
                errx(EXIT_FAILURE, "usage: datagrams serve | BYTES ADDRESS SECONDS");

        n_bytes = strtoul(argv[1], NULL, 10) - HEADER_BYTES;
        fd = socket(AF_INET, SOCK_DGRAM, 0);
        if (connect(fd, (struct sockaddr *) &address, sizeof(address)) < 0)
                err(EXIT_FAILURE, "%s", argv[2]);
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));

        exchange_train(fd, n_bytes);
        begin = now = now_sec();
        while (now < begin + atof(argv[3])) {
                exchange_train(fd, n_bytes);
                n_packets += (uint64_t) 2 * TRAIN;
                now = now_sec();
        }

        printf("%llu %.6f\n", (unsigned long long) n_packets, now - begin);
        return EXIT_SUCCESS;
}
