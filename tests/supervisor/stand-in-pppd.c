/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * A program in pppd's place, for kernels without PPP: takes pppd's arguments, speaks the messages
 * of our plugin, and has a TUN device for an interface, at whose far end a peer answers pings and
 * offers a route (STAND_IN_OFFER).
 * ipparam says what to do otherwise:
 *
 *      refused         the server does not accept the password, whatever it is
 *      asks-again      the server asks for the password once more while the link is up
 *      deaf            SIGTERM has no effect
 *      late            the peer does not hear the first four pings
 */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/macros.h"
#include "core/ppp/plugin-message.h"
#include "core/ppp/pppd-exit.h"
#include "stand-ins.h"

static int plugin_fd, transport_fd = -EBADF;
static unsigned frame_bytes;
static const char *ip_param = "";

#define LATE_PINGS 4
static unsigned n_pings;

static void say(const PluginMessage *m) {
        uint8_t buffer[PLUGIN_MESSAGE_MAX_BYTES];
        int n = plugin_message_write(m, buffer, sizeof(buffer));

        if (n < 0 || send(plugin_fd, buffer, (size_t) n, 0) != n)
                exit(PPPD_EXIT_FATAL);
}

static void say_phase(PluginPhase phase) {
        say(&(PluginMessage){ .type = PLUGIN_PHASE, .phase.phase = phase });
}

/* What the plugin reports of every packet. */
static void say_packet(bool sent, const void *frame, size_t n_frame) {
        say(&(PluginMessage){
                .type = PLUGIN_PACKET,
                .frame = { .sent = sent, .data = frame, .n_data = n_frame },
        });
}

static _Noreturn void end(PppdExit status) {
        say(&(PluginMessage){ .type = PLUGIN_EXITING, .exiting.status = (int) status });
        exit((int) status);
}

/* Returns false when the supervisor has closed its end. */
static bool hear(PluginMessage *ret_message, uint8_t *buffer, size_t n_buffer) {
        ssize_t n = recv(plugin_fd, buffer, n_buffer, 0);

        return n > 0 && plugin_message_parse(buffer, (size_t) n, ret_message) == 0;
}

/* Returns false for a message that is not TRANSPORT. */
static bool hear_transport(void) {
        union {
                struct cmsghdr header;
                uint8_t bytes[CMSG_SPACE(sizeof(int))];
        } control;
        uint8_t buffer[PLUGIN_MESSAGE_MAX_BYTES];
        struct iovec vector = { .iov_base = buffer, .iov_len = sizeof(buffer) };
        struct msghdr packet = {
                .msg_iov = &vector,
                .msg_iovlen = 1,
                .msg_control = control.bytes,
                .msg_controllen = sizeof(control.bytes),
        };
        ssize_t n = recvmsg(plugin_fd, &packet, MSG_CMSG_CLOEXEC);
        PluginMessage m;

        if (n <= 0 || plugin_message_parse(buffer, (size_t) n, &m) != 0)
                exit(PPPD_EXIT_FATAL);
        if (m.type != PLUGIN_TRANSPORT)
                return false;
        if (!CMSG_FIRSTHDR(&packet))
                exit(PPPD_EXIT_FATAL);

        memcpy(&transport_fd, CMSG_DATA(CMSG_FIRSTHDR(&packet)), sizeof(transport_fd));
        frame_bytes = m.transport.frame_bytes;
        return true;
}

/* As the plugin's connect(): until the supervisor hands over the call, or a signal comes. */
static void wait_for_call(int signals) {
        struct pollfd fds[] = {
                { .fd = plugin_fd, .events = POLLIN },
                { .fd = signals, .events = POLLIN },
        };

        do {
                if (poll(fds, ELEMENTSOF(fds), -1) < 0)
                        exit(PPPD_EXIT_FATAL);
                if (fds[1].revents)
                        end(PPPD_EXIT_OUR_SIGNAL);
        } while (!hear_transport());
}

static void authenticate(void) {
        static const uint8_t response[] = "\xc2\x23\x02\x01\x00\x11" STAND_IN_RESPONSE "jane";
        static const uint8_t refusal[] = "\xc2\x23\x04\x01\x00\x10"
                                         "E=691 R=0 V=3";
        uint8_t buffer[PLUGIN_MESSAGE_MAX_BYTES + 1];
        PluginMessage m;

        say_phase(PLUGIN_PHASE_AUTHENTICATE);
        say(&(PluginMessage){ .type = PLUGIN_PASSWORD_REQUEST });
        do
                if (!hear(&m, buffer, sizeof(buffer)))
                        exit(PPPD_EXIT_FATAL);
        while (m.type != PLUGIN_PASSWORD);
        say_packet(true, response, sizeof(response) - 1);

        if (!m.password.found || m.password.n_secret != strlen(STAND_IN_PASSWORD) ||
            memcmp(m.password.secret, STAND_IN_PASSWORD, m.password.n_secret) != 0 ||
            strcmp(ip_param, "refused") == 0) {
                say_packet(false, refusal, sizeof(refusal) - 1);
                end(PPPD_EXIT_OUR_AUTH);
        }
}

static void set_address(int fd, unsigned long what, const char *ifname, const char *address) {
        struct ifreq request = {};
        struct sockaddr_in in = { .sin_family = AF_INET };

        snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", ifname);
        if (inet_pton(AF_INET, address, &in.sin_addr) != 1)
                exit(PPPD_EXIT_FATAL);
        memcpy(&request.ifr_addr, &in, sizeof(in));
        if (ioctl(fd, what, &request) < 0)
                exit(PPPD_EXIT_FATAL);
}

/* The interface goes when its descriptor is closed, as pppd's does. */
static int make_interface(const char *ifname, int mtu_bytes) {
        struct ifreq request = { .ifr_flags = IFF_TUN | IFF_NO_PI };
        int tun = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
        int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

        snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", ifname);
        if (tun < 0 || fd < 0 || ioctl(tun, TUNSETIFF, &request) < 0)
                exit(PPPD_EXIT_FATAL);
        set_address(fd, SIOCSIFADDR, ifname, STAND_IN_LOCAL);
        set_address(fd, SIOCSIFDSTADDR, ifname, STAND_IN_PEER);
        request.ifr_mtu = mtu_bytes;
        if (ioctl(fd, SIOCSIFMTU, &request) < 0)
                exit(PPPD_EXIT_FATAL);
        request.ifr_flags = IFF_UP;
        if (ioctl(fd, SIOCSIFFLAGS, &request) < 0)
                exit(PPPD_EXIT_FATAL);

        close(fd);
        return tun;
}

/* RFC 1071, of an even number of bytes, with zeros where it is to be put. */
static uint16_t checksum(const void *data, size_t n_data) {
        const uint8_t *bytes = data;
        uint32_t sum = 0;

        for (size_t i = 0; i < n_data; i += 2)
                sum += (uint32_t) bytes[i] << 8 | bytes[i + 1];
        sum = (sum & 0xffff) + (sum >> 16);
        return htobe16((uint16_t) ~((sum & 0xffff) + (sum >> 16)));
}

/* BOOTP's fields in front of the options, RFC 2131, section 2. */
#define DHCP_FIXED_BYTES 236

/* So long a server thinks: whoever does not wait for the answer is seen not to. */
#define DHCP_DELAY_USEC 200000

/* A packet that comes while the interface is set down is lost, as it is with PPP. */
static void write_packet(int tun, const void *packet, size_t n_packet) {
        ssize_t n = write(tun, packet, n_packet);

        if (n != (ssize_t) n_packet && !(n < 0 && errno == EIO))
                exit(PPPD_EXIT_FATAL);
}

/* Answers a DHCPINFORM: with the question's own fields, and STAND_IN_OFFER behind them. */
static void answer_inform(int tun, const struct iphdr *question, const uint8_t *inform) {
        static const uint8_t options[] = {
                0x63, 0x82, 0x53, 0x63,                  /* the cookie */
                53,   1,    5,                           /* DHCPACK */
                121,  7,    16,   10,   50, 10, 7, 0, 1, /* RFC 3442 */
                255,
        };
        struct {
                struct iphdr ip;
                struct udphdr udp;
                uint8_t message[DHCP_FIXED_BYTES + sizeof(options)];
        } reply = {
                .ip = { .version = 4,
                        .ihl = 5,
                        .tot_len = htobe16(sizeof(reply)),
                        .ttl = 64,
                        .protocol = IPPROTO_UDP,
                        .saddr = inet_addr(STAND_IN_PEER),
                        .daddr = question->saddr },
                .udp = { .source = htobe16(67),
                         .dest = htobe16(68),
                         .len = htobe16(sizeof(reply) - sizeof(reply.ip)) },
        };

        memcpy(reply.message, inform, DHCP_FIXED_BYTES);
        reply.message[0] = 2; /* BOOTREPLY */
        memcpy(reply.message + DHCP_FIXED_BYTES, options, sizeof(options));
        reply.ip.check = checksum(&reply.ip, sizeof(reply.ip));
        usleep(DHCP_DELAY_USEC);
        write_packet(tun, &reply, sizeof(reply));
}

/* The peer behind the interface answers pings and questions for routes, and nothing else. */
static void answer(int tun) {
        uint8_t packet[2048];
        ssize_t n = read(tun, packet, sizeof(packet));
        struct iphdr *ip = (struct iphdr *) packet;
        struct icmphdr *icmp = (struct icmphdr *) (packet + sizeof(*ip));
        uint32_t source;

        if (n >= (ssize_t) (sizeof(*ip) + sizeof(struct udphdr) + DHCP_FIXED_BYTES) &&
            ip->version == 4 && ip->protocol == IPPROTO_UDP) {
                answer_inform(tun, ip, packet + sizeof(*ip) + sizeof(struct udphdr));
                return;
        }
        if (n < (ssize_t) (sizeof(*ip) + sizeof(*icmp)) || ip->version != 4 ||
            ip->protocol != IPPROTO_ICMP || icmp->type != ICMP_ECHO)
                return;
        if (strcmp(ip_param, "late") == 0 && n_pings++ < LATE_PINGS)
                return;

        source = ip->saddr;
        ip->saddr = ip->daddr;
        ip->daddr = source;
        icmp->type = ICMP_ECHOREPLY;
        /* RFC 1624: the type was 8 in the upper byte of a word, and is 0. */
        icmp->checksum =
                htobe16(be16toh(icmp->checksum) + 0x0800 + (be16toh(icmp->checksum) >= 0xf800));
        write_packet(tun, packet, (size_t) n);
}

static void run(int tun, int signals) {
        uint8_t buffer[PLUGIN_MESSAGE_MAX_BYTES + 1];
        PluginMessage m;

        for (;;) {
                struct pollfd fds[] = {
                        { .fd = plugin_fd, .events = POLLIN },
                        { .fd = transport_fd, .events = POLLIN },
                        { .fd = tun, .events = POLLIN },
                        { .fd = signals, .events = POLLIN },
                };

                if (poll(fds, ELEMENTSOF(fds), -1) < 0)
                        exit(PPPD_EXIT_FATAL);
                if (fds[0].revents && !hear(&m, buffer, sizeof(buffer)))
                        exit(PPPD_EXIT_FATAL);
                if (fds[1].revents)
                        end(PPPD_EXIT_HANGUP);
                if (fds[2].revents)
                        answer(tun);
                if (fds[3].revents) {
                        say(&(PluginMessage){ .type = PLUGIN_IP_DOWN });
                        end(PPPD_EXIT_OUR_SIGNAL);
                }
        }
}

int main(int argc, char *argv[]) {
        static const uint8_t request[] = { 0xc0, 0x21, 1, 1, 0, 8, 5, 6, 1, 2, 3, 4 };
        uint8_t buffer[PLUGIN_MESSAGE_MAX_BYTES + 1];
        const char *ifname = "";
        bool has_ipv6 = false;
        uint16_t mtu_bytes;
        PluginMessage m;
        sigset_t mask;
        int tun, signals;

        for (int i = 1; i + 1 < argc; i++)
                if (strcmp(argv[i], "+ipv6") == 0)
                        has_ipv6 = true;
                else if (strcmp(argv[i], "ifname") == 0)
                        ifname = argv[i + 1];
                else if (strcmp(argv[i], "ipparam") == 0)
                        ip_param = argv[i + 1];
                else if (strcmp(argv[i], "pptp-supervisor-socket") == 0)
                        plugin_fd = atoi(argv[i + 1]);

        sigemptyset(&mask);
        sigaddset(&mask, SIGTERM);
        sigprocmask(SIG_BLOCK, &mask, NULL);
        if (strcmp(ip_param, "deaf") == 0)
                sigemptyset(&mask);
        signals = signalfd(-1, &mask, SFD_CLOEXEC);

        puts("stand-in for pppd");
        fflush(stdout);
        if (!hear(&m, buffer, sizeof(buffer)) || m.type != PLUGIN_SETUP)
                exit(PPPD_EXIT_OPTIONS);
        say(&(PluginMessage){ .type = PLUGIN_HELLO, .hello.pppd_version = "2.5.2" });
        wait_for_call(signals);
        say_phase(PLUGIN_PHASE_ESTABLISH);
        say_packet(true, request, sizeof(request));
        say_packet(false, request, sizeof(request));
        authenticate();
        say_phase(PLUGIN_PHASE_NETWORK);

        mtu_bytes = (uint16_t) (frame_bytes - 4); /* MPPE's */
        tun = make_interface(ifname, mtu_bytes);
        m = (PluginMessage){
                .type = PLUGIN_IP_UP,
                .ip_up = {
                        .local.s_addr = inet_addr(STAND_IN_LOCAL),
                        .peer.s_addr = inet_addr(STAND_IN_PEER),
                        .transmit.bits_128 = true,
                        .receive.bits_128 = true,
                        .mtu_bytes = mtu_bytes,
                },
        };
        snprintf(m.ip_up.ifname, sizeof(m.ip_up.ifname), "%s", ifname);
        say(&m);
        say_phase(PLUGIN_PHASE_RUNNING);
        if (has_ipv6)
                say(&(PluginMessage){
                        .type = PLUGIN_IPV6_UP,
                        .ipv6_up.local.s6_addr = { 0xfe, 0x80, [15] = 2 },
                        .ipv6_up.peer.s6_addr = { 0xfe, 0x80, [15] = 1 },
                });
        if (strcmp(ip_param, "asks-again") == 0)
                say(&(PluginMessage){ .type = PLUGIN_PASSWORD_REQUEST });
        run(tun, signals);
        return PPPD_EXIT_OK;
}
