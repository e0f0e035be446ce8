/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "network.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/ip_icmp.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define EXIT_SKIP 77

static pid_t peer_pid;

static void skip(const char *what) {
        fprintf(stderr, "skipped: %s: %m\n", what);
        exit(EXIT_SKIP);
}

static void fail(const char *what) {
        fprintf(stderr, "%s: %m\n", what);
        exit(EXIT_FAILURE);
}

static void bring_up(const char *ifname) {
        struct ifreq request = {};
        int fd;

        fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
                fail("socket");

        snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", ifname);
        request.ifr_flags = IFF_UP;
        if (ioctl(fd, SIOCSIFFLAGS, &request) < 0)
                fail("SIOCSIFFLAGS");

        close(fd);
}

void network_enter(void) {
        if (unshare(CLONE_NEWNET) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
                skip("network namespace");

        bring_up("lo");
}

void network_hide(const char *directory) {
        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
            mount("tmpfs", directory, "tmpfs", 0, NULL) < 0)
                skip("mount namespace");
}

void network_write_file(const char *path, const char *text) {
        FILE *f;

        f = fopen(path, "we");
        if (!f || fputs(text, f) < 0 || fclose(f) != 0)
                fail(path);
}

static _printf_(2, 0) void run(const char *prefix, const char *format, va_list ap) {
        char command[512];
        int n;

        n = snprintf(command, sizeof(command), "%s", prefix);
        vsnprintf(command + n, sizeof(command) - n, format, ap);
        if (system(command) != 0) {
                fprintf(stderr, "command failed: %s\n", command);
                exit(EXIT_FAILURE);
        }
}

void network_run(const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        run("", format, ap);
        va_end(ap);
}

void network_run_in_peer(const char *format, ...) {
        char prefix[64];
        va_list ap;

        snprintf(prefix, sizeof(prefix), "nsenter --net=/proc/%d/ns/net ", (int) peer_pid);
        va_start(ap, format);
        run(prefix, format, ap);
        va_end(ap);
}

/* The peer is no more than a process that keeps a namespace alive as long as the test lives. */
static pid_t spawn_peer(void) {
        int ready[2];
        pid_t pid;
        char c;

        if (pipe(ready) < 0)
                fail("pipe");

        pid = fork();
        if (pid < 0)
                fail("fork");
        if (pid == 0) {
                if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || unshare(CLONE_NEWNET) < 0)
                        _exit(EXIT_SKIP);
                bring_up("lo");
                if (write(ready[1], "", 1) != 1)
                        _exit(EXIT_FAILURE);
                close(ready[1]);
                for (;;)
                        pause();
        }

        close(ready[1]);
        if (read(ready[0], &c, 1) != 1)
                skip("second network namespace");
        close(ready[0]);

        return pid;
}

void network_add_link(const char *ifname, const char *peer_ifname) {
        char command[128];

        snprintf(command, sizeof(command), "ip link add %s type veth peer name %s netns %d", ifname,
                 peer_ifname, (int) peer_pid);
        if (system(command) != 0)
                skip("veth");

        network_run("ip link set %s up", ifname);
        network_run_in_peer("ip link set %s up", peer_ifname);
}

void network_add_peer(void) {
        if (system("command -v ip nsenter >/dev/null") != 0)
                skip("iproute2 and util-linux");

        peer_pid = spawn_peer();
        network_add_link("uplink", "peer");
        network_run("ip address add " NETWORK_LOCAL "/24 dev uplink");
        network_run_in_peer("ip address add " NETWORK_PEER "/24 dev peer");
        network_run_in_peer("sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'");
        network_run("ip route add default via " NETWORK_PEER);
}

static uint64_t now_usec(void) {
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (uint64_t) t.tv_sec * USEC_PER_SEC + t.tv_nsec / 1000;
}

int network_in_child(int (*function)(void)) {
        int status;
        pid_t pid;

        pid = fork();
        if (pid < 0)
                fail("fork");
        if (pid == 0)
                _exit(-function() & 0xff);

        if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
                fail("waitpid");
        return -WEXITSTATUS(status);
}

bool network_wait(sd_event *event, const bool *done, uint64_t timeout_usec) {
        uint64_t end = now_usec() + timeout_usec;

        while (!*done) {
                uint64_t now = now_usec();
                int r;

                /* A test that did not run meanwhile hears what has come before it gives up. */
                r = sd_event_run(event, now < end ? end - now : 0);
                if (r < 0)
                        fail("sd_event_run");
                if (r == 0 && now >= end)
                        return false;
        }

        return true;
}

void network_settle(sd_event *event, uint64_t usec) {
        const bool never = false;

        (void) network_wait(event, &never, usec);
}

int network_socket_in_peer(int domain, int type, int protocol) {
        char path[64];
        int ours, theirs, fd;

        snprintf(path, sizeof(path), "/proc/%d/ns/net", (int) peer_pid);
        ours = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
        theirs = open(path, O_RDONLY | O_CLOEXEC);
        if (ours < 0 || theirs < 0 || setns(theirs, CLONE_NEWNET) < 0)
                fail(path);

        fd = socket(domain, type | SOCK_CLOEXEC, protocol);
        if (fd < 0)
                fail("socket in the peer's namespace");
        if (setns(ours, CLONE_NEWNET) < 0)
                fail("setns");

        close(ours);
        close(theirs);
        return fd;
}

int network_gre_in_peer(void) {
        const struct sockaddr_in us = {
                .sin_family = AF_INET,
                .sin_addr = network_address(NETWORK_LOCAL),
        };
        int fd;

        fd = network_socket_in_peer(AF_INET, SOCK_RAW, IPPROTO_GRE);
        if (connect(fd, (const struct sockaddr *) &us, sizeof(us)) < 0)
                fail("connect");

        return fd;
}

void network_send_gre(int fd, uint16_t protocol, uint16_t call_id, uint8_t sequence,
                      const void *frame, size_t n_frame) {

        uint8_t packet[12 + 256] = {
                0x30,
                0x01,
                protocol >> 8,
                protocol & 0xff,
                n_frame >> 8,
                n_frame & 0xff,
                call_id >> 8,
                call_id & 0xff,
                0,
                0,
                0,
                sequence,
        };

        if (n_frame > sizeof(packet) - 12)
                fail("frame");

        memcpy(packet + 12, frame, n_frame);
        if (send(fd, packet, 12 + n_frame, 0) < 0)
                fail("send");
}

static uint16_t internet_checksum(const uint8_t *packet, size_t n_packet) {
        uint32_t sum = 0;

        for (size_t i = 0; i < n_packet; i += 2)
                sum += (uint32_t) packet[i] << 8 | packet[i + 1];
        sum = (sum & 0xffff) + (sum >> 16);

        return (uint16_t) ~((sum & 0xffff) + (sum >> 16));
}

/* Made by hand, since a kernel with the GRE driver in it drops silently what it does not know. */
void network_refuse_gre(uint8_t icmp_code, uint16_t quoted_call_id) {
        const struct sockaddr_in us = {
                .sin_family = AF_INET,
                .sin_addr = network_address(NETWORK_LOCAL),
        };
        uint8_t packet[] = {
                ICMP_DEST_UNREACH,
                icmp_code,
                0,
                0,
                0,
                0,
                0,
                0,
                0x45,
                0,
                0,
                28,
                0,
                0,
                0,
                0,
                64,
                IPPROTO_GRE,
                0,
                0,
                192,
                0,
                2,
                1,
                192,
                0,
                2,
                2,
                0x20,
                0x01,
                0x88,
                0x0b,
                0,
                0,
                quoted_call_id >> 8,
                quoted_call_id & 0xff,
        };
        uint16_t checksum = internet_checksum(packet, sizeof(packet));
        int fd;

        packet[2] = checksum >> 8;
        packet[3] = checksum & 0xff;

        fd = network_socket_in_peer(AF_INET, SOCK_RAW, IPPROTO_ICMP);
        if (sendto(fd, packet, sizeof(packet), 0, (const struct sockaddr *) &us, sizeof(us)) < 0)
                fail("sendto");
        close(fd);
}

int network_listen(uint16_t *ret_port) {
        struct sockaddr_in address = {
                .sin_family = AF_INET,
                .sin_addr.s_addr = htobe32(INADDR_LOOPBACK),
        };
        socklen_t n = sizeof(address);
        int fd;

        fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
                fail("socket");
        if (bind(fd, (struct sockaddr *) &address, sizeof(address)) < 0 || listen(fd, 8) < 0)
                fail("listen");
        if (getsockname(fd, (struct sockaddr *) &address, &n) < 0)
                fail("getsockname");

        *ret_port = be16toh(address.sin_port);
        return fd;
}

struct in_addr network_address(const char *text) {
        struct in_addr address;

        if (inet_pton(AF_INET, text, &address) != 1)
                fail(text);

        return address;
}
