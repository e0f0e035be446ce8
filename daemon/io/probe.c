/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/probe.h"

#include <endian.h>
#include <errno.h>
#include <linux/filter.h>
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
#include "io/clock.h"
#include "io/error-queue.h"

/* ICMP header (RFC 792), and the time of sending, which comes back in the answer. */
#define ECHO_HEADER_BYTES 8
#define ECHO_BYTES (ECHO_HEADER_BYTES + sizeof(uint64_t))

struct Probe {
        int fd;
        sd_event_source *source;
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
static bool probe_report(Probe *p, int error, uint64_t round_trip_usec) {
        bool freed = false;

        p->freed = &freed;
        p->func(p, error, round_trip_usec, p->userdata);
        if (freed)
                return false;

        p->freed = NULL;
        return true;
}

/* An IPv4 packet; the filter let only Echo Replies with our id through. Returns as above. */
static bool probe_take_packet(Probe *p, const uint8_t *packet, size_t n_packet) {
        ByteReader r = BYTE_READER(packet, n_packet);
        uint64_t sent_usec, now = clock_read_usec(CLOCK_BOOTTIME);
        size_t n_header;

        n_header = (byte_reader_u8(&r) & 0x0f) * 4;
        if (n_header < sizeof(struct iphdr))
                return true;

        byte_reader_take(&r, n_header - 1);
        byte_reader_take(&r, ECHO_HEADER_BYTES);
        sent_usec = (uint64_t) byte_reader_u32(&r) << 32;
        sent_usec |= byte_reader_u32(&r);
        if (r.failed || sent_usec > now)
                return true;

        return probe_report(p, 0, now - sent_usec);
}

static int probe_on_io(_unused_ sd_event_source *source, _unused_ int fd, uint32_t revents,
                       void *userdata) {

        Probe *p = userdata;
        ErrorQueueEntry e;
        uint8_t packet[256];

        if (revents & EPOLLERR)
                while (error_queue_read(p->fd, &e) > 0)
                        if (!probe_report(p, e.error, 0))
                                return 0;

        for (;;) {
                ssize_t n;

                n = recv(p->fd, packet, sizeof(packet), MSG_DONTWAIT);
                if (n < 0)
                        return 0;
                if (!probe_take_packet(p, packet, n))
                        return 0;
        }
}

/* Every raw ICMP socket hears all of the host's ICMP: take only what answers us. */
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
        const struct sock_fprog program = {
                .len = ELEMENTSOF(filter),
                .filter = (struct sock_filter *) filter,
        };

        if (setsockopt(p->fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0)
                return -errno;

        return 0;
}

static int probe_open(Probe *p, const char *ifname, struct in_addr peer) {
        const struct sockaddr_in address = {
                .sin_family = AF_INET,
                .sin_addr = peer,
        };
        int r;

        p->fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMP);
        if (p->fd < 0)
                return -errno;

        r = probe_attach_filter(p);
        if (r < 0)
                return r;

        if (setsockopt(p->fd, SOL_SOCKET, SO_BINDTODEVICE, ifname, strlen(ifname)) < 0 ||
            setsockopt(p->fd, SOL_IP, IP_RECVERR, &(int){ 1 }, sizeof(int)) < 0 ||
            connect(p->fd, (const struct sockaddr *) &address, sizeof(address)) < 0)
                return -errno;

        return 0;
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
        if (getrandom(&p->id, sizeof(p->id), GRND_NONBLOCK) != sizeof(p->id))
                p->id = (uint16_t) getpid();

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

        if (p->freed)
                *p->freed = true;

        sd_event_source_disable_unref(p->source);
        if (p->fd >= 0)
                close(p->fd);

        free(p);
        return NULL;
}

int probe_send(Probe *p) {
        uint64_t now = clock_read_usec(CLOCK_BOOTTIME);
        uint8_t packet[ECHO_BYTES];
        ByteWriter w = BYTE_WRITER(packet, sizeof(packet));
        uint16_t sum;

        byte_writer_u8(&w, ICMP_ECHO);
        byte_writer_u8(&w, 0);
        byte_writer_u16(&w, 0);
        byte_writer_u16(&w, p->id);
        byte_writer_u16(&w, p->sequence++);
        byte_writer_u32(&w, (uint32_t) (now >> 32));
        byte_writer_u32(&w, (uint32_t) now);

        sum = checksum(packet, sizeof(packet));
        packet[2] = (uint8_t) (sum >> 8);
        packet[3] = sum & 0xff;

        /* An error that came before would be taken for that of this packet. */
        (void) getsockopt(p->fd, SOL_SOCKET, SO_ERROR, &(int){ 0 }, &(socklen_t){ sizeof(int) });

        if (send(p->fd, packet, sizeof(packet), MSG_DONTWAIT) < 0)
                return -errno;

        return 0;
}
