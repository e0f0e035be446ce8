/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/dhcp-socket.h"

#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/ppp/dhcp-message.h"
#include "io/callback.h"
#include "io/fd.h"
#include "io/socket-filter.h"

/* Datagrams read before others have a turn on the loop. */
#define READS_PER_TURN 8

struct DhcpSocket {
        int fd;
        sd_event_source *source;
        DhcpSocketFunc on_packet;
        void *userdata;
        bool *freed; /* set by dhcp_socket_free() during a callback */
        /* The socket has whole datagrams: the kernel puts fragments together first. */
        uint8_t packet[IP_MAXPACKET];
};

/* Where the payload of a datagram begins; 0: it is none from a server's port to ours. */
static size_t find_payload(const uint8_t *packet, size_t n_packet) {
        struct udphdr udp;
        struct ip ip;
        size_t n_ip;

        if (n_packet < sizeof(ip))
                return 0;

        memcpy(&ip, packet, sizeof(ip));
        n_ip = (size_t) ip.ip_hl * 4;
        if (n_ip < sizeof(ip) || n_packet < n_ip + sizeof(udp))
                return 0;

        memcpy(&udp, packet + n_ip, sizeof(udp));
        return udp.uh_sport == htons(DHCP_SERVER_PORT) && udp.uh_dport == htons(DHCP_CLIENT_PORT) ?
                n_ip + sizeof(udp) :
                0;
}

static int on_io(_unused_ sd_event_source *source, int fd, _unused_ uint32_t revents,
                 void *userdata) {

        DhcpSocket *d = userdata;

        for (unsigned i = 0; i < READS_PER_TURN; i++) {
                ssize_t n = recv(fd, d->packet, sizeof(d->packet), MSG_DONTWAIT);
                size_t begin;

                /* An error waits here for the interface that went: others tell of that. */
                if (n < 0)
                        return 0;

                begin = find_payload(d->packet, (size_t) n);
                if (begin > 0 &&
                    !callback_survived(
                            d, d->on_packet(d, d->packet + begin, (size_t) n - begin, d->userdata)))
                        return 0;
        }

        return 0;
}

/* Of all UDP on the interface what goes from port to port, to spare us the rest. */
static int attach_filter(int fd) {
        const struct sock_filter filter[] = {
                BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0), /* the length of the IP header */
                BPF_STMT(BPF_LD | BPF_W | BPF_IND, offsetof(struct udphdr, uh_sport)),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, DHCP_SERVER_PORT << 16 | DHCP_CLIENT_PORT, 0,
                         1),
                BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
                BPF_STMT(BPF_RET | BPF_K, 0),
        };

        return socket_attach_filter(fd, filter, ELEMENTSOF(filter));
}

static int dhcp_socket_open(const char *interface_name) {
        _cleanup_close_ int fd = -EBADF;
        int r;

        fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_UDP);
        if (fd < 0)
                return -errno;

        if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface_name,
                       (socklen_t) strlen(interface_name)) < 0 ||
            setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &(int){ 1 }, sizeof(int)) < 0)
                return -errno;

        /* What came from another interface before it was bound is dropped by this. */
        r = attach_filter(fd);
        return r < 0 ? r : steal_fd(fd);
}

int dhcp_port_hold(const char *interface_name, struct in_addr address) {
        static const struct sock_filter nothing[] = { BPF_STMT(BPF_RET | BPF_K, 0) };
        const struct sockaddr_in local = {
                .sin_family = AF_INET,
                .sin_port = htons(DHCP_CLIENT_PORT),
                .sin_addr = address,
        };
        _cleanup_close_ int fd = -EBADF;
        int r;

        fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return -errno;

        /*
         * Beside the socket of a DHCP client of this host, for any address, with which it must be
         * able to start later, too. The address need not be on the interface: the routes of a VRF
         * may be on their way.
         */
        if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int)) < 0 ||
            setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &(int){ 1 }, sizeof(int)) < 0 ||
            setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface_name,
                       (socklen_t) strlen(interface_name)) < 0)
                return -errno;

        r = socket_replace_filter(fd, nothing, ELEMENTSOF(nothing));
        if (r < 0)
                return r;

        return bind(fd, (const struct sockaddr *) &local, sizeof(local)) < 0 ? -errno :
                                                                               steal_fd(fd);
}

int dhcp_socket_new(sd_event *event, const char *interface_name, DhcpSocketFunc on_packet,
                    void *userdata, DhcpSocket **ret_socket) {

        _cleanup_(dhcp_socket_freep) DhcpSocket *d = NULL;
        int r;

        d = calloc(1, sizeof(*d));
        if (!d)
                return -ENOMEM;

        d->on_packet = on_packet;
        d->userdata = userdata;
        d->fd = dhcp_socket_open(interface_name);
        if (d->fd < 0)
                return d->fd;

        r = sd_event_add_io(event, &d->source, d->fd, EPOLLIN, on_io, d);
        if (r < 0)
                return r;

        (void) sd_event_source_set_description(d->source, "dhcp");
        *ret_socket = steal_pointer(d);
        return 0;
}

DhcpSocket *dhcp_socket_free(DhcpSocket *d) {
        if (!d)
                return NULL;

        callback_note_freed(d->freed);
        sd_event_source_disable_unref(d->source);
        if (d->fd >= 0)
                close(d->fd);
        free(d);
        return NULL;
}

int dhcp_socket_send(DhcpSocket *d, const void *data, size_t n_data) {
        static const struct sockaddr_in all = {
                .sin_family = AF_INET,
                .sin_addr.s_addr = INADDR_BROADCAST,
        };
        uint8_t packet[sizeof(struct udphdr) + DHCP_INFORM_MAX_BYTES];
        /* No checksum: an IPv4 datagram may go without (RFC 768), and PPP has its own. */
        const struct udphdr udp = {
                .uh_sport = htons(DHCP_CLIENT_PORT),
                .uh_dport = htons(DHCP_SERVER_PORT),
                .uh_ulen = htons((uint16_t) (sizeof(udp) + n_data)),
        };

        if (n_data > DHCP_INFORM_MAX_BYTES)
                return -EMSGSIZE;

        memcpy(packet, &udp, sizeof(udp));
        memcpy(packet + sizeof(udp), data, n_data);
        if (sendto(d->fd, packet, sizeof(udp) + n_data, 0, (const struct sockaddr *) &all,
                   sizeof(all)) < 0)
                return -errno;

        return 0;
}
