/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Both ends of a PPTP call of the kernel's driver, and nothing else: no control connection, no
 * negotiation, no pppd. What the best of clients could reach, to measure others by.
 *
 *      bare ADDRESS PEER NETNS [mppe]
 *
 * One end is at ADDRESS in this network namespace, the other at PEER in that of the file NETNS.
 * Prints the names of the two interfaces, which have no address yet, and holds them until it is
 * killed. They have the flags that pppd sets after a negotiation with its defaults; with "mppe"
 * also stateless MPPE-128.
 */

#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <linux/if_pppox.h>
#include <linux/ppp-comp.h>
#include <linux/ppp-ioctl.h>
#include <linux/ppp_defs.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* RFC 3079, section 3.4: a session key of MPPE-128. */
#define KEY_BYTES 16
#define PPP_HEADER_BYTES 2

typedef struct End {
        int netns_fd;
        struct sockaddr_pppox address;
        int socket_fd;
        int channel_fd;
        int unit_fd;
        int unit;
} End;

/* RFC 3078, section 2.1: H (stateless) and S (128 bits). */
static const uint8_t mppe_option[CILEN_MPPE] = { CI_MPPE, CILEN_MPPE, 0x01, 0x00, 0x00, 0x40 };

static void enter(const End *end) {
        if (setns(end->netns_fd, CLONE_NEWNET) < 0)
                err(EXIT_FAILURE, "setns");
}

static int open_file(const char *path) {
        int fd = open(path, O_RDWR | O_CLOEXEC);

        /* A namespace cannot be opened for writing. */
        if (fd < 0)
                fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                err(EXIT_FAILURE, "%s", path);
        return fd;
}

static void control(int fd, unsigned long request, void *argument, const char *what) {
        if (ioctl(fd, request, argument) < 0)
                err(EXIT_FAILURE, "%s", what);
}

static void open_socket(End *end, const char *address) {
        socklen_t n = sizeof(end->address);

        end->address = (struct sockaddr_pppox){
                .sa_family = AF_PPPOX,
                .sa_protocol = PX_PROTO_PPTP,
        };
        if (inet_pton(AF_INET, address, &end->address.sa_addr.pptp.sin_addr) != 1)
                errx(EXIT_FAILURE, "%s: not an address", address);

        enter(end);
        end->socket_fd = socket(AF_PPPOX, SOCK_STREAM | SOCK_CLOEXEC, PX_PROTO_PPTP);
        if (end->socket_fd < 0)
                err(EXIT_FAILURE, "socket(AF_PPPOX)");
        /* Call id 0: the kernel chooses. */
        if (bind(end->socket_fd, (struct sockaddr *) &end->address, n) < 0 ||
            getsockname(end->socket_fd, (struct sockaddr *) &end->address, &n) < 0)
                err(EXIT_FAILURE, "bind");
}

/* Makes the interface: what pppd does up to the end of IPCP. */
static void open_unit(End *end, const End *peer) {
        int channel;
        int channel_flags = SC_COMP_AC | SC_COMP_PROT;
        int unit_flags = SC_COMP_AC | SC_COMP_PROT | SC_ENABLE_IP;
        struct npioctl mode = { .protocol = PPP_IP, .mode = NPMODE_PASS };

        enter(end);
        if (connect(end->socket_fd, (struct sockaddr *) &peer->address, sizeof(peer->address)) < 0)
                err(EXIT_FAILURE, "connect");
        control(end->socket_fd, PPPIOCGCHAN, &channel, "PPPIOCGCHAN");

        end->channel_fd = open_file("/dev/ppp");
        control(end->channel_fd, PPPIOCATTCHAN, &channel, "PPPIOCATTCHAN");
        end->unit_fd = open_file("/dev/ppp");
        end->unit = -1;
        control(end->unit_fd, PPPIOCNEWUNIT, &end->unit, "PPPIOCNEWUNIT");
        control(end->channel_fd, PPPIOCCONNECT, &end->unit, "PPPIOCCONNECT");

        control(end->channel_fd, PPPIOCSFLAGS, &channel_flags, "PPPIOCSFLAGS of the channel");
        control(end->unit_fd, PPPIOCSFLAGS, &unit_flags, "PPPIOCSFLAGS");
        control(end->unit_fd, PPPIOCSNPMODE, &mode, "PPPIOCSNPMODE");
}

/* Both ends have one key for both directions: of use for nothing but a benchmark. */
static void set_keys(const End *end) {
        uint8_t option[CILEN_MPPE + KEY_BYTES] = {};
        int flags;

        memcpy(option, mppe_option, sizeof(mppe_option));
        for (size_t i = 0; i < KEY_BYTES; i++)
                option[CILEN_MPPE + i] = (uint8_t) (i * 37 + 11);
        for (int transmit = 0; transmit <= 1; transmit++) {
                struct ppp_option_data data = {
                        .ptr = option,
                        .length = sizeof(option),
                        .transmit = transmit,
                };

                control(end->unit_fd, PPPIOCSCOMPRESS, &data, "PPPIOCSCOMPRESS");
        }

        control(end->unit_fd, PPPIOCGFLAGS, &flags, "PPPIOCGFLAGS");
        flags |= SC_CCP_OPEN;
        control(end->unit_fd, PPPIOCSFLAGS, &flags, "SC_CCP_OPEN");
}

/* The driver begins to compress, and the peer's to decompress, with the Configure-Ack that it sees
 * pass by (ppp_ccp_peek() in drivers/net/ppp/ppp_generic.c). */
static void send_ack(const End *end) {
        uint8_t packet[PPP_HEADER_BYTES + CCP_HDRLEN + CILEN_MPPE] = {
                PPP_CCP >> 8, PPP_CCP & 0xff, CCP_CONFACK, 1, 0, CCP_HDRLEN + CILEN_MPPE,
        };

        memcpy(packet + PPP_HEADER_BYTES + CCP_HDRLEN, mppe_option, sizeof(mppe_option));
        if (write(end->unit_fd, packet, sizeof(packet)) != sizeof(packet))
                err(EXIT_FAILURE, "write(CCP)");
}

static void use_keys(const End *end) {
        const int running = SC_COMP_RUN | SC_DECOMP_RUN;
        int flags;

        control(end->unit_fd, PPPIOCGFLAGS, &flags, "PPPIOCGFLAGS");
        if ((flags & running) != running)
                errx(EXIT_FAILURE, "MPPE does not run: flags %#x", (unsigned) flags);
        flags |= SC_CCP_UP | SC_MUST_COMP;
        control(end->unit_fd, PPPIOCSFLAGS, &flags, "SC_CCP_UP");
}

int main(int argc, char **argv) {
        bool mppe = argc == 5 && strcmp(argv[4], "mppe") == 0;
        End ends[2];

        if (argc != 4 && !mppe)
                errx(EXIT_FAILURE, "usage: bare ADDRESS PEER NETNS [mppe]");

        ends[0].netns_fd = open_file("/proc/self/ns/net");
        ends[1].netns_fd = open_file(argv[3]);
        for (size_t i = 0; i < 2; i++)
                open_socket(&ends[i], argv[1 + i]);
        for (size_t i = 0; i < 2; i++)
                open_unit(&ends[i], &ends[!i]);

        if (mppe) {
                for (size_t i = 0; i < 2; i++)
                        set_keys(&ends[i]);
                for (size_t i = 0; i < 2; i++)
                        send_ack(&ends[i]);
                /* A packet between two namespaces of one machine is there after a softirq. */
                usleep(100000);
                for (size_t i = 0; i < 2; i++)
                        use_keys(&ends[i]);
        }

        printf("ppp%d ppp%d\n", ends[0].unit, ends[1].unit);
        fflush(stdout);
        for (;;)
                pause();
}
