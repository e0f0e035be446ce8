/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/data-path/gre-counter.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "core/pptp/gre.h"
#include "io/socket-filter.h"

/* What the filter lets into the buffer of each packet; nobody reads it. */
#define SNAP_BYTES 1

struct GreCounter {
        int fd; /* -EBADF: closed */
        sd_event_source *closing;
        uint64_t n_frames;
};

/* GRE of PPTP's kind from the server with our call id. Of fragments the first has the header. */
static int gre_counter_attach_filter(GreCounter *c, struct in_addr server, uint16_t call_id) {
        const struct sock_filter filter[] = {
                BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_GRE, 0, 10),
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 12),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, be32toh(server.s_addr), 0, 8),
                BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 6),
                BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x1fff, 6, 0), /* fragment offset */
                BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
                BPF_STMT(BPF_LD | BPF_H | BPF_IND, 2),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, GRE_PROTOCOL_PPP, 0, 3),
                BPF_STMT(BPF_LD | BPF_H | BPF_IND, 6),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call_id, 0, 1),
                BPF_STMT(BPF_RET | BPF_K, SNAP_BYTES),
                BPF_STMT(BPF_RET | BPF_K, 0),
        };

        return socket_attach_filter(c->fd, filter, ELEMENTSOF(filter));
}

int gre_counter_new(uint32_t ifindex, struct in_addr server, uint16_t call_id,
                    GreCounter **ret_counter) {

        const struct sockaddr_ll address = {
                .sll_family = AF_PACKET,
                .sll_protocol = htobe16(ETH_P_IP),
                .sll_ifindex = (int) ifindex,
        };
        _cleanup_(gre_counter_freep) GreCounter *c = NULL;
        int r;

        c = calloc(1, sizeof(*c));
        if (!c)
                return -ENOMEM;

        /* Protocol 0: the socket receives nothing until bind() selects a protocol. */
        c->fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (c->fd < 0)
                return -errno;

        r = gre_counter_attach_filter(c, server, call_id);
        if (r < 0)
                return r;

        /* A full buffer is still counted, so the smallest will do. */
        (void) setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &(int){ 1 }, sizeof(int));

        if (bind(c->fd, (const struct sockaddr *) &address, sizeof(address)) < 0)
                return -errno;

        *ret_counter = steal_pointer(c);
        return 0;
}

static void gre_counter_close(GreCounter *c) {
        c->closing = sd_event_source_disable_unref(c->closing);
        if (c->fd >= 0)
                close(c->fd);
        c->fd = -EBADF;
}

GreCounter *gre_counter_free(GreCounter *c) {
        if (!c)
                return NULL;

        gre_counter_close(c);
        free(c);
        return NULL;
}

static int on_closing(_unused_ sd_event_source *s, _unused_ uint64_t usec, void *userdata) {
        gre_counter_close(userdata);
        return 0;
}

void gre_counter_close_later(GreCounter *c, sd_event *event) {
        if (c->fd < 0 || c->closing)
                return;

        /* Accuracy 0: the default, a quarter of a second. */
        if (sd_event_add_time_relative(event, &c->closing, CLOCK_BOOTTIME, GRE_COUNTER_CLOSE_USEC,
                                       0, on_closing, c) < 0) {
                gre_counter_close(c);
                return;
        }

        (void) sd_event_source_set_description(c->closing, "gre-counter");
}

int gre_counter_read(GreCounter *c, uint64_t *ret_n_frames) {
        struct tpacket_stats stats;

        /* Reading sets the kernel's numbers to zero; tp_packets includes what was not buffered. */
        if (getsockopt(c->fd, SOL_PACKET, PACKET_STATISTICS, &stats,
                       &(socklen_t){ sizeof(stats) }) < 0)
                return -errno;

        c->n_frames += stats.tp_packets;
        *ret_n_frames = c->n_frames;
        return 0;
}
