/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/probe.h"

#include <endian.h>
#include <errno.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/bytes.h"
#include "io/callback.h"
#include "io/clock.h"
#include "io/error-queue.h"
#include "io/socket-filter.h"

/* ICMP header (RFC 792), and the time of sending, which comes back in the answer. */
#define ECHO_HEADER_BYTES 8
#define ECHO_BYTES (ECHO_HEADER_BYTES + sizeof(uint64_t))
/* As large as an interface of ours ever is, see MTUBytes=. */
#define ECHO_MAX_BYTES (16384 - sizeof(struct iphdr))
/* With the longest IPv4 header. An Echo socket does not tell how long a cut packet was. */
#define ANSWER_MAX_BYTES (ECHO_MAX_BYTES + 60)

/*
 * Answers and errors in one turn of the loop, so that a flood does not keep the loop from its other
 * sources.
 */
#define READS_MAX 16

struct Probe {
        int fd;
        bool raw; /* and so the kernel hands us the IPv4 header, and anybody's ICMP */
        sd_event_source *source;
        struct in_addr peer;
        uint16_t id;
        uint16_t sequence;
        bool *freed; /* set by probe_free() during a callback */

        ProbeFunc func;
        void *userdata;
};

/* RFC 1071. The length is even. */
static uint16_t checksum(const uint8_t *data, size_t n_data) {
        ByteReader r = BYTE_READER(data, n_data);
        uint32_t sum = 0;

        while (byte_reader_left(&r) > 0)
                sum += byte_reader_u16(&r);
        while (sum > 0xffff)
                sum = (sum & 0xffff) + (sum >> 16);

        return (uint16_t) ~sum;
}

/* Returns false if the callback freed the probe. */
static bool probe_report(Probe *p, const ProbeAnswer *answer) {
        return callback_survived(p, p->func(p, answer, p->userdata));
}

/*
 * Whether a packet answers one of our Echos, whatever a filter has let through. If so, the time of
 * sending is stored.
 */
static bool probe_parse_answer(const Probe *p, const uint8_t *packet, size_t n_packet,
                               uint64_t *ret_sent_usec) {

        ByteReader r = BYTE_READER(packet, n_packet);
        uint16_t type_and_code, id, sequence;
        uint64_t sent_usec;

        if (p->raw) {
                size_t n_header = (byte_reader_u8(&r) & 0x0f) * 4;

                if (n_header < sizeof(struct iphdr))
                        return false;
                byte_reader_take(&r, n_header - 1);
        }

        type_and_code = byte_reader_u16(&r);
        byte_reader_u16(&r); /* checksum: the kernel has looked at it */
        id = byte_reader_u16(&r);
        sequence = byte_reader_u16(&r);
        sent_usec = (uint64_t) byte_reader_u32(&r) << 32;
        sent_usec |= byte_reader_u32(&r);
        if (r.failed || type_and_code != ICMP_ECHOREPLY << 8 || id != p->id ||
            sequence >= p->sequence)
                return false;

        *ret_sent_usec = sent_usec;
        return true;
}

/* Returns false if the callback freed the probe. */
static bool probe_take_packet(Probe *p, struct in_addr from, const uint8_t *packet,
                              size_t n_packet) {

        uint64_t sent_usec, now = clock_read_usec(CLOCK_BOOTTIME);

        if (from.s_addr != p->peer.s_addr || !probe_parse_answer(p, packet, n_packet, &sent_usec) ||
            sent_usec > now)
                return true;

        return probe_report(p,
                            &(ProbeAnswer){
                                    .n_bytes = n_packet + (p->raw ? 0 : sizeof(struct iphdr)),
                                    .round_trip_usec = now - sent_usec,
                            });
}

static int probe_on_io(_unused_ sd_event_source *source, _unused_ int fd, uint32_t revents,
                       void *userdata) {

        Probe *p = userdata;
        ErrorQueueEntry e;
        uint8_t packet[ANSWER_MAX_BYTES];

        if (revents & EPOLLERR)
                for (unsigned i = 0; i < READS_MAX && error_queue_read(p->fd, &e) > 0; i++)
                        if (!probe_report(p, &(ProbeAnswer){ .error = e.error }))
                                return 0;

        for (unsigned i = 0; i < READS_MAX; i++) {
                struct sockaddr_in from = { 0 };
                ssize_t n;

                n = recvfrom(p->fd, packet, sizeof(packet), MSG_DONTWAIT, (struct sockaddr *) &from,
                             &(socklen_t){ sizeof(from) });
                if (n < 0)
                        return 0;
                if (!probe_take_packet(p, from.sin_addr, packet, n))
                        return 0;
        }

        return 0;
}

/* Every raw ICMP socket receives all of the host's ICMP: lets in only what answers us. */
static int probe_attach_filter(Probe *p) {
        const struct sock_filter filter[] = {
                BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0), /* X: length of the IPv4 header */
                BPF_STMT(BPF_LD | BPF_B | BPF_IND, 0),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ICMP_ECHOREPLY, 0, 3),
                BPF_STMT(BPF_LD | BPF_H | BPF_IND, 4),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, p->id, 0, 1),
                BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
                BPF_STMT(BPF_RET | BPF_K, 0),
        };

        return socket_attach_filter(p->fd, filter, ELEMENTSOF(filter));
}

/*
 * An Echo socket (icmp(7)) needs no right and hears nobody else's ICMP, but the group of the
 * process must be in net.ipv4.ping_group_range, where the kernel's default has none. A raw socket
 * it is then.
 */
static int probe_open_socket(Probe *p) {
        p->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMP);
        if (p->fd >= 0)
                return 0;

        p->raw = true;
        p->fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMP);
        return p->fd < 0 ? -errno : 0;
}

/* Of an Echo socket the kernel chooses the id, and fills it in. */
static int probe_choose_id(Probe *p) {
        struct sockaddr_in local = { 0 };

        if (!p->raw) {
                if (getsockname(p->fd, (struct sockaddr *) &local, &(socklen_t){ sizeof(local) }) <
                    0)
                        return -errno;

                p->id = be16toh(local.sin_port);
                return 0;
        }

        if (getrandom(&p->id, sizeof(p->id), GRND_NONBLOCK) != sizeof(p->id))
                p->id = (uint16_t) getpid();
        return probe_attach_filter(p);
}

static int probe_open(Probe *p, const char *ifname, struct in_addr peer) {
        const struct sockaddr_in address = {
                .sin_family = AF_INET,
                .sin_addr = peer,
        };
        int r;

        r = probe_open_socket(p);
        if (r < 0)
                return r;

        if (setsockopt(p->fd, SOL_SOCKET, SO_BINDTODEVICE, ifname, strlen(ifname)) < 0 ||
            setsockopt(p->fd, SOL_IP, IP_RECVERR, &(int){ 1 }, sizeof(int)) < 0 ||
            connect(p->fd, (const struct sockaddr *) &address, sizeof(address)) < 0)
                return -errno;

        return probe_choose_id(p);
}

int probe_new(sd_event *event, const char *ifname, struct in_addr peer, ProbeFunc func,
              void *userdata, Probe **ret_probe) {

        _cleanup_(probe_freep) Probe *p = NULL;
        int r;

        p = calloc(1, sizeof(*p));
        if (!p)
                return -ENOMEM;

        p->fd = -EBADF;
        p->func = func;
        p->userdata = userdata;
        p->peer = peer;

        r = probe_open(p, ifname, peer);
        if (r < 0)
                return r;

        r = sd_event_add_io(event, &p->source, p->fd, EPOLLIN, probe_on_io, p);
        if (r < 0)
                return r;

        (void) sd_event_source_set_description(p->source, "probe");

        *ret_probe = steal_pointer(p);
        return 0;
}

Probe *probe_free(Probe *p) {
        if (!p)
                return NULL;

        callback_note_freed(p->freed);
        sd_event_source_disable_unref(p->source);
        if (p->fd >= 0)
                close(p->fd);

        free(p);
        return NULL;
}

int probe_send(Probe *p, size_t n_bytes) {
        uint64_t now = clock_read_usec(CLOCK_BOOTTIME);
        uint8_t packet[ECHO_MAX_BYTES] = { 0 };
        size_t n_packet = ECHO_BYTES;
        ByteWriter w = BYTE_WRITER(packet, sizeof(packet));
        uint16_t sum;

        if (n_bytes > sizeof(struct iphdr) + ECHO_BYTES)
                n_packet = MIN(n_bytes - sizeof(struct iphdr), sizeof(packet));

        byte_writer_u8(&w, ICMP_ECHO);
        byte_writer_u8(&w, 0);
        byte_writer_u16(&w, 0);
        byte_writer_u16(&w, p->id);
        byte_writer_u16(&w, p->sequence++);
        byte_writer_u32(&w, (uint32_t) (now >> 32));
        byte_writer_u32(&w, (uint32_t) now);

        /* Zeros behind do not change it. */
        sum = checksum(packet, ECHO_BYTES);
        packet[2] = (uint8_t) (sum >> 8);
        packet[3] = sum & 0xff;

        /* An error that came before would be taken for that of this packet. */
        (void) getsockopt(p->fd, SOL_SOCKET, SO_ERROR, &(int){ 0 }, &(socklen_t){ sizeof(int) });

        if (send(p->fd, packet, n_packet, MSG_DONTWAIT) < 0)
                return -errno;

        return 0;
}
