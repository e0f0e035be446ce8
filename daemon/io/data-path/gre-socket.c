/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/data-path/gre-socket.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/pptp/gre.h"
#include "io/callback.h"
#include "io/error-queue.h"
#include "io/socket-filter.h"
#include "io/socket-restrict.h"

struct GreSocket {
        int fd;
        sd_event_source *source;
        uint16_t call_id;
        uint16_t peer_call_id; /* 0: not known yet */

        DataPathFrame early_frames[GRE_SOCKET_EARLY_FRAMES_MAX];
        size_t n_early_frames;
        bool *freed; /* set by gre_socket_free() during a callback */

        GreSocketErrorFunc on_error;
        void *userdata;
};

/* Packets and errors at one go; the loop comes back for more. */
#define READS_MAX 64

static void gre_socket_take_packet(GreSocket *s, const uint8_t *packet, size_t n_packet) {
        DataPathFrame *frame;
        GrePacket gre;

        if (gre_packet_parse(packet, n_packet, &gre) != 0 || gre.call_id != s->call_id)
                return;

        /*
         * Once the driver is joined it passes the frame on itself. A frame that is too long for LCP
         * is not needed.
         */
        if (s->peer_call_id != 0 || gre.n_frame == 0 || gre.n_frame > sizeof(frame->data))
                return;
        if (s->n_early_frames >= ELEMENTSOF(s->early_frames))
                return;

        frame = &s->early_frames[s->n_early_frames++];
        memcpy(frame->data, gre.frame, gre.n_frame);
        frame->n_data = gre.n_frame;
}

/*
 * Reads at most READS_MAX packets, so that a flood does not keep the loop from its other sources.
 * Errors also wake the loop; they are read from the error queue, and stepped over here.
 */
static void gre_socket_read(GreSocket *s) {
        uint8_t packet[2048];

        for (unsigned i = 0; i < READS_MAX; ++i) {
                ssize_t n;

                n = recv(s->fd, packet, sizeof(packet), MSG_DONTWAIT);
                if (n >= 0)
                        gre_socket_take_packet(s, packet, n);
                else if (errno == EAGAIN)
                        return;
        }
}

/*
 * Whether an ICMP error is about our call: it quotes the GRE header that was sent, and that bears
 * the peer's call id (RFC 2637, section 4.1; RFC 792 promises those eight bytes).
 */
static bool gre_socket_owns_error(const GreSocket *s, const ErrorQueueEntry *e) {
        return e->n_payload >= 8 && (e->payload[6] << 8 | e->payload[7]) == s->peer_call_id;
}

/* Returns false if a callback freed the socket. */
static bool gre_socket_read_errors(GreSocket *s) {
        ErrorQueueEntry e;

        for (unsigned i = 0; i < READS_MAX && error_queue_read(s->fd, &e) > 0; i++)
                if (gre_socket_owns_error(s, &e) &&
                    !callback_survived(s, s->on_error(s, e.error, e.offender, s->userdata)))
                        return false;

        return true;
}

static int gre_socket_on_io(_unused_ sd_event_source *source, _unused_ int fd, uint32_t revents,
                            void *userdata) {

        GreSocket *s = userdata;

        if (revents & EPOLLERR && !gre_socket_read_errors(s))
                return 0;

        gre_socket_read(s);
        return 0;
}

/* Passes what bears our call id; the kernel hands a raw socket the IPv4 header, too. */
static int gre_socket_attach_filter(GreSocket *s) {
        const struct sock_filter filter[] = {
                BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0), /* X: length of the IPv4 header */
                BPF_STMT(BPF_LD | BPF_H | BPF_IND, 2),  /* GRE: protocol type */
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, GRE_PROTOCOL_PPP, 0, 3),
                BPF_STMT(BPF_LD | BPF_H | BPF_IND, 6), /* key: the half with the call id */
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, s->call_id, 0, 1),
                BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
                BPF_STMT(BPF_RET | BPF_K, 0),
        };

        return socket_attach_filter(s->fd, filter, ELEMENTSOF(filter));
}

static int gre_socket_open(GreSocket *s, const DataPathOptions *options) {
        const struct sockaddr_in local = {
                .sin_family = AF_INET,
                .sin_addr = options->local_address,
        };
        const struct sockaddr_in remote = {
                .sin_family = AF_INET,
                .sin_addr = options->server,
        };
        int r;

        s->fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_GRE);
        if (s->fd < 0)
                return -errno;

        /* Before connect(), which looks up the way. */
        r = socket_restrict(s->fd, options->bind_to_device, options->firewall_mark);
        if (r < 0)
                return r;

        if (bind(s->fd, (const struct sockaddr *) &local, sizeof(local)) < 0 ||
            connect(s->fd, (const struct sockaddr *) &remote, sizeof(remote)) < 0 ||
            setsockopt(s->fd, SOL_IP, IP_RECVERR, &(int){ 1 }, sizeof(int)) < 0)
                return -errno;

        return gre_socket_attach_filter(s);
}

int gre_socket_new(sd_event *event, const DataPathOptions *options, uint16_t call_id,
                   GreSocketErrorFunc on_error, void *userdata, GreSocket **ret_socket) {

        _cleanup_(gre_socket_freep) GreSocket *s = NULL;
        int r;

        s = calloc(1, sizeof(*s));
        if (!s)
                return -ENOMEM;

        s->fd = -EBADF;
        s->call_id = call_id;
        s->on_error = on_error;
        s->userdata = userdata;

        r = gre_socket_open(s, options);
        if (r < 0)
                return r;

        r = sd_event_add_io(event, &s->source, s->fd, EPOLLIN, gre_socket_on_io, s);
        if (r < 0)
                return r;

        (void) sd_event_source_set_description(s->source, "gre-socket");

        *ret_socket = steal_pointer(s);
        return 0;
}

GreSocket *gre_socket_free(GreSocket *s) {
        if (!s)
                return NULL;

        callback_note_freed(s->freed);
        sd_event_source_disable_unref(s->source);
        if (s->fd >= 0)
                close(s->fd);

        free(s);
        return NULL;
}

void gre_socket_set_peer(GreSocket *s, uint16_t peer_call_id) {
        gre_socket_read(s);
        s->peer_call_id = peer_call_id;
}

size_t gre_socket_get_early_frames(const GreSocket *s, const DataPathFrame **ret_frames) {
        *ret_frames = s->early_frames;
        return s->n_early_frames;
}

int gre_socket_test_output(GreSocket *s) {
        /* RFC 2637, section 4.1: key present, version 1, no payload, the peer's call id. */
        const uint8_t header[] = {
                0x20, 0x01, GRE_PROTOCOL_PPP >> 8, GRE_PROTOCOL_PPP & 0xff,
                0,    0,    s->peer_call_id >> 8,  s->peer_call_id & 0xff,
        };

        /* An error that came before would be taken for that of this packet. */
        (void) getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &(int){ 0 }, &(socklen_t){ sizeof(int) });

        if (send(s->fd, header, sizeof(header), MSG_DONTWAIT) < 0)
                return -errno;

        return 0;
}
