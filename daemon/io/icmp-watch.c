/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/icmp-watch.h"

#include <endian.h>
#include <errno.h>
#include <linux/icmp.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/pptp/gre.h"
#include "io/socket-filter.h"

/* RFC 792: an error quotes the IPv4 header of the packet and eight bytes of what follows. */
#define QUOTE_OFFSET 8
#define QUOTED_GRE_OFFSET (QUOTE_OFFSET + 20)

struct IcmpWatch {
        int fd;
        sd_event_source *source;
        IcmpWatchFunc on_error;
        void *userdata;
};

/*
 * As the kernel translates the codes of RFC 1122, section 3.2.2.1, for sockets (net/ipv4/icmp.c).
 */
static int icmp_code_to_error(uint8_t code) {
        switch (code) {
        case ICMP_PROT_UNREACH:
                return -ENOPROTOOPT;
        case ICMP_NET_UNREACH:
        case ICMP_NET_UNKNOWN:
        case ICMP_NET_ANO:
        case ICMP_NET_UNR_TOS:
                return -ENETUNREACH;
        default:
                return -EHOSTUNREACH;
        }
}

static int icmp_watch_on_io(_unused_ sd_event_source *source, _unused_ int fd,
                            _unused_ uint32_t revents, void *userdata) {

        IcmpWatch *w = userdata;
        struct sockaddr_in from = { 0 };
        uint8_t packet[128];
        size_t n_header;
        ssize_t n;

        /*
         * Reads one packet only: the callback may free the watch, and the loop calls again while
         * more packets wait.
         */
        n = recvfrom(w->fd, packet, sizeof(packet), MSG_DONTWAIT, (struct sockaddr *) &from,
                     &(socklen_t){ sizeof(from) });
        if (n < 1)
                return 0;

        n_header = (size_t) (packet[0] & 0xf) * 4;
        if ((size_t) n < n_header + 2)
                return 0;

        w->on_error(w, icmp_code_to_error(packet[n_header + 1]), from.sin_addr, w->userdata);
        return 0;
}

/* Destination Unreachable that quotes GRE of this call: from an IPv4 header without options. */
static int icmp_watch_attach_filter(IcmpWatch *w, struct in_addr server, uint16_t peer_call_id) {
        const struct sock_filter filter[] = {
                BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
                BPF_STMT(BPF_LD | BPF_B | BPF_IND, 0),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ICMP_DEST_UNREACH, 0, 13),
                BPF_STMT(BPF_LD | BPF_B | BPF_IND, 1),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ICMP_FRAG_NEEDED, 11, 0),
                BPF_STMT(BPF_LD | BPF_B | BPF_IND, QUOTE_OFFSET),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x45, 0, 9),
                BPF_STMT(BPF_LD | BPF_B | BPF_IND, QUOTE_OFFSET + 9),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_GRE, 0, 7),
                BPF_STMT(BPF_LD | BPF_W | BPF_IND, QUOTE_OFFSET + 16),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, be32toh(server.s_addr), 0, 5),
                BPF_STMT(BPF_LD | BPF_H | BPF_IND, QUOTED_GRE_OFFSET + 2),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, GRE_PROTOCOL_PPP, 0, 3),
                BPF_STMT(BPF_LD | BPF_H | BPF_IND, QUOTED_GRE_OFFSET + 6),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, peer_call_id, 0, 1),
                BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
                BPF_STMT(BPF_RET | BPF_K, 0),
        };

        return socket_attach_filter(w->fd, filter, ELEMENTSOF(filter));
}

int icmp_watch_new(sd_event *event, struct in_addr server, uint16_t peer_call_id,
                   IcmpWatchFunc on_error, void *userdata, IcmpWatch **ret_watch) {

        _cleanup_(icmp_watch_freep) IcmpWatch *w = NULL;
        int r;

        w = calloc(1, sizeof(*w));
        if (!w)
                return -ENOMEM;

        w->on_error = on_error;
        w->userdata = userdata;
        w->fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMP);
        if (w->fd < 0)
                return -errno;

        r = icmp_watch_attach_filter(w, server, peer_call_id);
        if (r < 0)
                return r;

        r = sd_event_add_io(event, &w->source, w->fd, EPOLLIN, icmp_watch_on_io, w);
        if (r < 0)
                return r;

        (void) sd_event_source_set_description(w->source, "icmp-watch");

        *ret_watch = steal_pointer(w);
        return 0;
}

IcmpWatch *icmp_watch_free(IcmpWatch *w) {
        if (!w)
                return NULL;

        sd_event_source_disable_unref(w->source);
        if (w->fd >= 0)
                close(w->fd);

        free(w);
        return NULL;
}
