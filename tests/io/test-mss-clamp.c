/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The rule as nft(8) shows it, and what it does to connections that are forwarded: the peer is on
 * both sides, and its two links are joined by the test's namespace.
 *
 *      peer, lan-peer 10.1.0.2  ──  lan 10.1.0.1, test, uplink 192.0.2.1  ──  peer 192.0.2.2
 */

#include "test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/mss-clamp.h"
#include "io/rtnl/link-lookup.h"
#include "network.h"

#define LIST "nft list ruleset"
#define COUNT(words) "test $(" LIST " | grep -c '" words "') = "
#define EMPTY "test -z \"$(" LIST ")\""

/* Where nobody is; the test's namespace has a route there. */
#define FAR "198.51.100.9"
#define FAR_SOURCE "198.51.100.1"
#define LAN_SOURCE "10.1.0.2"
#define LAN_NOBODY "10.1.0.9"

static MssClamp *clamp(const char *ifname, uint32_t mtu_bytes) {
        MssClamp *c = NULL;

        assert_int_equal(mss_clamp_new(&c), 0);
        assert_int_equal(mss_clamp_set(c, ifname, mtu_bytes), mtu_bytes - 40);
        return c;
}

/* Both directions in one table, which is exchanged whole, and gone with its owner. */
static void test_table(_unused_ void **state) {
        MssClamp *c = NULL;

        assert_int_equal(mss_clamp_new(&c), 0);
        network_run(EMPTY);

        assert_int_equal(mss_clamp_set(c, "onenet", 1400), 1360);
        network_run(COUNT("^table ip pptp-onenet") "1");
        network_run(COUNT("hook forward") "1");
        network_run(COUNT("oifname \"onenet\".*maxseg size set 1360 .*maxseg size set rt mtu") "1");
        network_run(COUNT("iifname \"onenet\".*maxseg size set 1360 .*maxseg size set rt mtu") "1");
        network_run(
                COUNT("sdifname \"onenet\".*maxseg size set 1360 .*maxseg size set rt mtu") "1");

        assert_int_equal(mss_clamp_set(c, "onenet", 1300), 1260);
        network_run(COUNT("^table") "1");
        network_run(COUNT("maxseg size set 1260") "3");

        assert_null(mss_clamp_free(c));
        network_run(EMPTY);
}

/* Nobody else can take it away, be it by mistake. */
static void test_owner(_unused_ void **state) {
        MssClamp *c = clamp("onenet", 1400);

        network_run("nft flush ruleset");
        network_run("! nft delete table ip pptp-onenet 2>/dev/null");
        network_run("! nft flush table ip pptp-onenet 2>/dev/null");
        network_run(COUNT("maxseg size set 1360") "3");
        mss_clamp_free(c);
}

/* Another program's table of that name stays as it is, and so does the table of another tunnel. */
static void test_foreign_table(_unused_ void **state) {
        MssClamp *c = NULL, *other = NULL;

        network_run("nft 'table ip pptp-onenet { chain mine { counter; }; }'");
        assert_int_equal(mss_clamp_new(&c), 0);
        assert_int_equal(mss_clamp_set(c, "onenet", 1400), -EEXIST);
        assert_int_equal(mss_clamp_set(c, "onenet", 1400), -EEXIST);
        network_run(COUNT("chain mine") "1");
        network_run("nft delete table ip pptp-onenet");

        assert_int_equal(mss_clamp_set(c, "onenet", 1400), 1360);
        assert_int_equal(mss_clamp_new(&other), 0);
        assert_true(mss_clamp_set(other, "onenet", 1300) < 0);
        network_run(COUNT("maxseg size set 1360") "3");
        assert_int_equal(mss_clamp_set(other, "another", 1300), 1260);
        network_run(COUNT("^table") "2");
        mss_clamp_free(c);
        network_run(COUNT("^table") "1");
        mss_clamp_free(other);
}

/* ---- connections that are forwarded ---- */

static int listen_on(const char *ifname) {
        struct sockaddr_ll address = {
                .sll_family = AF_PACKET,
                .sll_protocol = htons(ETH_P_ALL),
                .sll_ifindex = (int) if_nametoindex(ifname),
        };
        int fd;

        fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, htons(ETH_P_ALL));
        assert_true(fd >= 0);
        assert_int_equal(bind(fd, (struct sockaddr *) &address, sizeof(address)), 0);
        return fd;
}

/* The segment size in a SYN to that port; 0: the packet is another. */
static unsigned read_size(const uint8_t *packet, size_t n_packet, uint16_t port) {
        size_t n_ip = (size_t) (packet[0] & 15) * 4;
        const uint8_t *tcp = packet + n_ip;

        if (n_packet < n_ip + sizeof(struct tcphdr) + 4 || packet[9] != IPPROTO_TCP ||
            (tcp[2] << 8 | tcp[3]) != port || !(tcp[13] & TH_SYN))
                return 0;

        /* Linux writes the MSS in front of all other options. */
        assert_int_equal(tcp[20], TCPOPT_MAXSEG);
        return (unsigned) tcp[22] << 8 | tcp[23];
}

/* Returns the size with which a connection begins that leaves by the interface. */
static unsigned forward(const char *from, const char *to, const char *ifname) {
        static uint16_t port = 5000;
        struct sockaddr_in source = { .sin_family = AF_INET, .sin_addr = network_address(from) };
        struct sockaddr_in target = { .sin_family = AF_INET, .sin_addr = network_address(to) };
        int fd, listener = listen_on(ifname);
        struct pollfd p = { .fd = listener, .events = POLLIN };
        unsigned size = 0;

        target.sin_port = htons(++port);
        fd = network_socket_in_peer(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        assert_int_equal(bind(fd, (struct sockaddr *) &source, sizeof(source)), 0);
        assert_int_equal(connect(fd, (struct sockaddr *) &target, sizeof(target)), -1);
        assert_int_equal(errno, EINPROGRESS);

        while (size == 0) {
                uint8_t packet[256] = {};
                struct sockaddr_ll where = {};
                socklen_t n_where = sizeof(where);
                ssize_t n;

                assert_int_equal(poll(&p, 1, 10 * 1000), 1);
                n = recvfrom(listener, packet, sizeof(packet), 0, (struct sockaddr *) &where,
                             &n_where);
                assert_true(n >= 20);
                if (where.sll_pkttype == PACKET_OUTGOING && where.sll_protocol == htons(ETH_P_IP))
                        size = read_size(packet, (size_t) n, port);
        }

        close(fd);
        close(listener);
        return size;
}

/* Both directions; never more than an end has said, and never more than the route takes. */
static void test_forwarded(_unused_ void **state) {
        MssClamp *c;

        assert_int_equal(forward(LAN_SOURCE, FAR, "uplink"), 1460);
        c = clamp("uplink", 1400);
        assert_int_equal(forward(LAN_SOURCE, FAR, "uplink"), 1360);
        assert_int_equal(forward(FAR_SOURCE, LAN_NOBODY, "lan"), 1360);

        network_run("ip route replace 198.51.100.0/24 via " NETWORK_PEER " mtu 1300");
        assert_int_equal(forward(LAN_SOURCE, FAR, "uplink"), 1260);
        assert_int_equal(forward(FAR_SOURCE, LAN_NOBODY, "lan"), 1260);
        network_run("ip route delete 198.51.100.0/24");

        network_run_in_peer("ip link set lan-peer mtu 1000");
        assert_int_equal(forward(LAN_SOURCE, FAR, "uplink"), 960);
        network_run_in_peer("ip link set lan-peer mtu 1500");

        mss_clamp_free(c);
        assert_int_equal(forward(LAN_SOURCE, FAR, "uplink"), 1460);
}

static void test_link_forwards(_unused_ void **state) {
        assert_true(link_forwards_ipv4("uplink"));
        network_run("echo 0 >/proc/sys/net/ipv4/conf/uplink/forwarding");
        assert_false(link_forwards_ipv4("uplink"));
        network_run("echo 1 >/proc/sys/net/ipv4/conf/uplink/forwarding");
        assert_false(link_forwards_ipv4("nothing"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_table),         cmocka_unit_test(test_owner),
                cmocka_unit_test(test_foreign_table), cmocka_unit_test(test_forwarded),
                cmocka_unit_test(test_link_forwards),
        };

        network_enter();
        if (system("command -v nft >/dev/null && nft list ruleset >/dev/null") != 0)
                return 77;

        network_add_peer();
        network_add_link("lan", "lan-peer");
        network_run("ip address add 10.1.0.1/24 dev lan");
        network_run("ip neighbour add " LAN_NOBODY " lladdr 02:00:00:00:00:09 dev lan");
        network_run("echo 1 >/proc/sys/net/ipv4/ip_forward");
        network_run_in_peer("ip address add " LAN_SOURCE "/24 dev lan-peer");
        network_run_in_peer("ip address add " FAR_SOURCE "/32 dev peer");
        /* Each source has its own way, to addresses that the peer is not. */
        network_run_in_peer("ip route add " FAR " via 10.1.0.1");
        network_run_in_peer("ip route add " LAN_NOBODY " via " NETWORK_LOCAL " src " FAR_SOURCE);

        return cmocka_run_group_tests(tests, NULL, NULL);
}
