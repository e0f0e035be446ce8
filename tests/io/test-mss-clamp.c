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
/* The same for IPv6. */
#define FAR6 "fd00:9::9"
#define FAR_SOURCE6 "fd00:9::1"
#define LAN_SOURCE6 "fd00:1::2"
#define LAN_NOBODY6 "fd00:1::9"
#define UPLINK_PEER6 "fd00:2::2"

static MssClamp *clamp(const char *ifname, uint32_t mtu_bytes) {
        MssClamp *c = NULL;

        assert_int_equal(mss_clamp_new(&c), 0);
        assert_int_equal(mss_clamp_set(c, ifname, mtu_bytes, false), mtu_bytes - 40);
        return c;
}

/* Both directions in one table, which is exchanged whole, and gone with its owner. */
static void test_table(_unused_ void **state) {
        MssClamp *c = NULL;

        assert_int_equal(mss_clamp_new(&c), 0);
        network_run(EMPTY);

        assert_int_equal(mss_clamp_set(c, "onenet", 1400, false), 1360);
        network_run(COUNT("^table ip pptp-onenet") "1");
        network_run(COUNT("hook forward") "1");
        network_run(COUNT("oifname \"onenet\".*maxseg size set 1360 .*maxseg size set rt mtu") "1");
        network_run(COUNT("iifname \"onenet\".*maxseg size set 1360 .*maxseg size set rt mtu") "1");
        network_run(
                COUNT("sdifname \"onenet\".*maxseg size set 1360 .*maxseg size set rt mtu") "1");

        assert_int_equal(mss_clamp_set(c, "onenet", 1300, false), 1260);
        network_run(COUNT("^table") "1");
        network_run(COUNT("maxseg size set 1260") "3");

        /* The interface has another name now. */
        assert_int_equal(mss_clamp_set(c, "another", 1300, false), 1260);
        network_run(COUNT("^table") "1");
        network_run(COUNT("^table ip pptp-another") "1");
        network_run(COUNT("oifname \"another\"") "1");

        assert_null(mss_clamp_free(c));
        network_run(EMPTY);
}

/* With IPv6, whose headers are larger; then without, and so in a table of another family. */
static void test_ipv6_table(_unused_ void **state) {
        MssClamp *c = NULL;

        assert_int_equal(mss_clamp_new(&c), 0);
        assert_int_equal(mss_clamp_set(c, "onenet", 1400, true), 1360);
        network_run(COUNT("^table inet pptp-onenet") "1");
        network_run(COUNT("ipv4.*maxseg size set 1360 .*maxseg size set rt mtu") "3");
        network_run(COUNT("ipv6.*maxseg size set 1340 .*maxseg size set rt mtu") "3");
        network_run(COUNT("ipv6.*oifname \"onenet\"") "1");

        assert_int_equal(mss_clamp_set(c, "onenet", 1300, true), 1260);
        network_run(COUNT("^table") "1");
        network_run(COUNT("maxseg size set 1240") "3");
        assert_int_equal(mss_clamp_set(c, "onenet", 1300, false), 1260);
        network_run(COUNT("^table") "1");
        network_run(COUNT("^table ip pptp-onenet") "1");
        network_run(COUNT("maxseg size set") "3");

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
        assert_int_equal(mss_clamp_set(c, "onenet", 1400, false), -EEXIST);
        assert_int_equal(mss_clamp_set(c, "onenet", 1400, false), -EEXIST);
        network_run(COUNT("chain mine") "1");
        network_run("nft delete table ip pptp-onenet");

        assert_int_equal(mss_clamp_set(c, "onenet", 1400, false), 1360);
        assert_int_equal(mss_clamp_new(&other), 0);
        assert_true(mss_clamp_set(other, "onenet", 1300, false) < 0);
        network_run(COUNT("maxseg size set 1360") "3");
        assert_int_equal(mss_clamp_set(other, "another", 1300, false), 1260);
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
        bool is_ipv6 = packet[0] >> 4 == 6;
        size_t n_ip = is_ipv6 ? 40 : (size_t) (packet[0] & 15) * 4;
        const uint8_t *tcp = packet + n_ip;

        if (n_packet < n_ip + sizeof(struct tcphdr) + 4 || packet[is_ipv6 ? 6 : 9] != IPPROTO_TCP ||
            (tcp[2] << 8 | tcp[3]) != port || !(tcp[13] & TH_SYN))
                return 0;

        /* Linux writes the MSS in front of all other options. */
        assert_int_equal(tcp[20], TCPOPT_MAXSEG);
        return (unsigned) tcp[22] << 8 | tcp[23];
}

static socklen_t make_address(const char *text, uint16_t port, struct sockaddr_storage *ret) {
        struct sockaddr_in6 *v6 = (struct sockaddr_in6 *) ret;
        struct sockaddr_in *v4 = (struct sockaddr_in *) ret;

        *ret = (struct sockaddr_storage){};
        if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
                v6->sin6_family = AF_INET6;
                v6->sin6_port = htons(port);
                return sizeof(*v6);
        }

        v4->sin_family = AF_INET;
        v4->sin_addr = network_address(text);
        v4->sin_port = htons(port);
        return sizeof(*v4);
}

/* Returns the size with which a connection begins that leaves by the interface. */
static unsigned forward(const char *from, const char *to, const char *ifname) {
        static uint16_t port = 5000;
        int fd, listener = listen_on(ifname);
        struct pollfd p = { .fd = listener, .events = POLLIN };
        struct sockaddr_storage source, target;
        socklen_t n_address;
        unsigned size = 0;

        make_address(from, 0, &source);
        n_address = make_address(to, ++port, &target);
        fd = network_socket_in_peer(source.ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
        assert_int_equal(bind(fd, (struct sockaddr *) &source, n_address), 0);
        assert_int_equal(connect(fd, (struct sockaddr *) &target, n_address), -1);
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
                if (where.sll_pkttype == PACKET_OUTGOING &&
                    (where.sll_protocol == htons(ETH_P_IP) ||
                     where.sll_protocol == htons(ETH_P_IPV6)))
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

static void test_forwarded_ipv6(_unused_ void **state) {
        MssClamp *c = NULL;

        assert_int_equal(forward(LAN_SOURCE6, FAR6, "uplink"), 1440);
        assert_int_equal(mss_clamp_new(&c), 0);
        assert_int_equal(mss_clamp_set(c, "uplink", 1400, true), 1360);
        assert_int_equal(forward(LAN_SOURCE, FAR, "uplink"), 1360);
        assert_int_equal(forward(LAN_SOURCE6, FAR6, "uplink"), 1340);
        assert_int_equal(forward(FAR_SOURCE6, LAN_NOBODY6, "lan"), 1340);

        network_run("ip -6 route replace fd00:9::/64 via " UPLINK_PEER6 " mtu 1300");
        assert_int_equal(forward(LAN_SOURCE6, FAR6, "uplink"), 1240);
        assert_int_equal(forward(FAR_SOURCE6, LAN_NOBODY6, "lan"), 1240);

        mss_clamp_free(c);
        assert_int_equal(forward(LAN_SOURCE6, FAR6, "uplink"), 1440);
}

static void test_link_forwards(_unused_ void **state) {
        assert_true(link_forwards("uplink", AF_INET6));
        network_run("echo 0 >/proc/sys/net/ipv6/conf/all/forwarding");
        assert_false(link_forwards("uplink", AF_INET6));
        network_run("echo 1 >/proc/sys/net/ipv6/conf/all/forwarding");

        assert_true(link_forwards("uplink", AF_INET));
        network_run("echo 0 >/proc/sys/net/ipv4/conf/uplink/forwarding");
        assert_false(link_forwards("uplink", AF_INET));
        network_run("echo 1 >/proc/sys/net/ipv4/conf/uplink/forwarding");
        assert_false(link_forwards("nothing", AF_INET));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_table),          cmocka_unit_test(test_owner),
                cmocka_unit_test(test_foreign_table),  cmocka_unit_test(test_ipv6_table),
                cmocka_unit_test(test_forwarded_ipv6), cmocka_unit_test(test_forwarded),
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

        network_run("echo 1 >/proc/sys/net/ipv6/conf/all/forwarding");
        network_run("ip -6 address add fd00:1::1/64 dev lan nodad");
        network_run("ip -6 address add fd00:2::1/64 dev uplink nodad");
        network_run("ip -6 neighbour add " LAN_NOBODY6 " lladdr 02:00:00:00:00:09 dev lan");
        network_run("ip -6 route add fd00:9::/64 via " UPLINK_PEER6);
        network_run_in_peer("ip -6 address add " LAN_SOURCE6 "/64 dev lan-peer nodad");
        network_run_in_peer("ip -6 address add " UPLINK_PEER6 "/64 dev peer nodad");
        network_run_in_peer("ip -6 address add " FAR_SOURCE6 "/128 dev peer nodad");
        network_run_in_peer("ip -6 route add " FAR6 " via fd00:1::1");
        network_run_in_peer("ip -6 route add " LAN_NOBODY6 " via fd00:2::1 src " FAR_SOURCE6);

        return cmocka_run_group_tests(tests, NULL, NULL);
}
