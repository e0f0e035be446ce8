/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if_arp.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "io/clock.h"
#include "io/rtnl/rtnl-monitor.h"
#include "network.h"

typedef struct Fixture {
        sd_event *event;
        RtnlMonitor *monitor;
        size_t n_links, n_addresses, n_addresses6, n_routes, n_resyncs;
        RtnlLink link;
        RtnlAddress address;
        RtnlAddress6 address6;
        Route route;
        RouteNews news;
        bool link_removed, address_removed, address6_removed, route_removed;
        bool free_on_route;
        bool changed; /* a request of ours was answered */
} Fixture;

static void on_link(const RtnlLink *link, bool removed, void *userdata) {
        Fixture *f = userdata;

        ++f->n_links;
        f->link = *link;
        f->link_removed = removed;
}

static void on_address(const RtnlAddress *address, bool removed, void *userdata) {
        Fixture *f = userdata;

        ++f->n_addresses;
        f->address = *address;
        f->address_removed = removed;
}

static void on_address6(const RtnlAddress6 *address, bool removed, void *userdata) {
        Fixture *f = userdata;

        ++f->n_addresses6;
        f->address6 = *address;
        f->address6_removed = removed;
}

static void on_route(const Route *route, RouteNews news, void *userdata) {
        Fixture *f = userdata;

        ++f->n_routes;
        f->route = *route;
        f->news = news;
        f->route_removed = route_news_is_gone(news);
        if (f->free_on_route)
                f->monitor = rtnl_monitor_free(f->monitor);
}

static void on_resync(void *userdata) {
        Fixture *f = userdata;

        ++f->n_resyncs;
}

static void on_changed(_unused_ RtnlRequest *q, int error, size_t n_acknowledged, size_t n_refused,
                       void *userdata) {

        Fixture *f = userdata;

        f->changed = error == 0 && n_acknowledged == 1 && n_refused == 0;
}

static const RtnlMonitorHandlers handlers = {
        .on_link = on_link,
        .on_address = on_address,
        .on_address6 = on_address6,
        .on_route = on_route,
        .on_resync = on_resync,
};

static int setup(void **state) {
        Fixture *f = calloc(1, sizeof(*f));

        assert_non_null(f);
        assert_true(sd_event_new(&f->event) >= 0);
        assert_int_equal(rtnl_monitor_new(f->event, &handlers, f, &f->monitor), 0);
        *state = f;
        return 0;
}

static int teardown(void **state) {
        Fixture *f = *state;

        rtnl_monitor_free(f->monitor);
        sd_event_unref(f->event);
        free(f);
        return 0;
}

static void settle(Fixture *f) {
        network_settle(f->event, 50 * USEC_PER_MSEC);
}

static void test_link_and_address(void **state) {
        Fixture *f = *state;

        network_run("ip link add some type veth peer name other");
        settle(f);
        assert_true(f->n_links > 0);
        assert_false(f->link_removed);

        network_run("ip link set some mtu 1400 up");
        settle(f);
        assert_string_equal(f->link.name, "some");
        assert_int_equal(f->link.mtu_bytes, 1400);

        network_run("ip address add 198.51.100.7 peer 198.51.100.8 dev some");
        settle(f);
        assert_int_equal(f->n_addresses, 1);
        assert_int_equal(f->address.address.s_addr, network_address("198.51.100.7").s_addr);
        assert_int_equal(f->address.ifindex, f->link.ifindex);

        network_run("ip address flush dev some");
        settle(f);
        assert_int_equal(f->n_addresses, 2);
        assert_true(f->address_removed);

        network_run("ip link delete some");
        settle(f);
        assert_true(f->link_removed);
}

/* Those of tunnels pass at first, whatever they cover. */
static void test_own_routes(void **state) {
        Fixture *f = *state;

        network_run("ip route add 10.0.0.0/8 dev uplink proto %d metric 5", ROUTE_PROTOCOL_PPTP);
        settle(f);
        assert_int_equal(f->n_routes, 1);
        assert_false(f->route_removed);
        assert_int_equal(f->route.prefix_length, 8);
        assert_int_equal(f->route.metric, 5);
        assert_int_equal(f->route.protocol, ROUTE_PROTOCOL_PPTP);

        network_run("ip route delete 10.0.0.0/8");
        settle(f);
        assert_int_equal(f->n_routes, 2);
        assert_int_equal(f->news, ROUTE_REMOVED);
}

/* Also of IPv6; those of others are of no interest unless they took the place of another. */
static void test_ipv6_routes(void **state) {
        Fixture *f = *state;

        network_run("ip -6 route add fd00:1::/32 dev uplink proto %d", ROUTE_PROTOCOL_PPTP);
        settle(f);
        assert_int_equal(f->n_routes, 1);
        assert_true(f->route.is_ipv6);
        assert_int_equal(f->route.metric, ROUTE_IPV6_METRIC_DEFAULT);

        network_run("ip -6 route add fd00:2::/32 dev uplink; ip -6 route delete fd00:2::/32");
        settle(f);
        assert_int_equal(f->n_routes, 1);

        network_run("ip -6 route delete fd00:1::/32");
        settle(f);
        assert_int_equal(f->n_routes, 2);
        assert_int_equal(f->news, ROUTE_REMOVED);

        /* What the kernel drops by itself is another thing. */
        network_run("ip -6 route add fd00:1::/32 dev uplink proto %d", ROUTE_PROTOCOL_PPTP);
        network_run("ip link set uplink down");
        settle(f);
        assert_int_equal(f->news, ROUTE_DROPPED);
        network_run("ip link set uplink up");
}

/* What our own requests do is answered, and not announced as well; what others do is. */
static void test_own_requests(void **state) {
        const Route route = {
                .destination = network_address("10.0.0.0"),
                .prefix_length = 8,
                .type = RTN_UNICAST,
                .protocol = ROUTE_PROTOCOL_PPTP,
                .scope = RT_SCOPE_LINK,
                .table = RT_TABLE_MAIN,
                .ifindex = if_nametoindex("uplink"),
        };
        Fixture *f = *state;
        RtnlRequest *request;
        RoutePlan plan;
        Rtnl *rtnl;

        assert_int_equal(rtnl_new(f->event, &rtnl), 0);
        assert_int_equal(rtnl_monitor_ignore(f->monitor, rtnl_get_port(rtnl)), 0);
        assert_int_equal(route_plan_make(&route, 1, NULL, 0, &plan), 0);
        assert_int_equal(rtnl_change_routes(rtnl, &plan, NULL, on_changed, f, &request), 0);
        assert_true(network_wait(f->event, &f->changed, 10 * USEC_PER_SEC));
        settle(f);
        assert_int_equal(f->n_routes, 0);

        network_run("ip route delete 10.0.0.0/8");
        assert_true(network_wait(f->event, &f->route_removed, 10 * USEC_PER_SEC));
        assert_int_equal(f->n_routes, 1);
        assert_true(f->route_removed);
        rtnl_request_free(request);
        rtnl_free(rtnl);
}

/*
 * Of what took another's place it is told whatever it covers: it may have been ours that was there.
 */
static void test_replaced_routes(void **state) {
        Fixture *f = *state;

        network_run("ip route add 10.0.0.0/8 dev uplink proto %d metric 5", ROUTE_PROTOCOL_PPTP);
        network_run("ip route replace 10.0.0.0/8 via " NETWORK_PEER " metric 5");
        settle(f);
        assert_int_equal(f->n_routes, 2);
        assert_int_equal(f->news, ROUTE_REPLACED);
        assert_int_equal(f->route.metric, 5);
        assert_int_not_equal(f->route.protocol, ROUTE_PROTOCOL_PPTP);

        /* Where nothing was, nothing is replaced. */
        network_run("ip route delete 10.0.0.0/8 metric 5");
        network_run("ip route replace 10.0.0.0/8 via " NETWORK_PEER " metric 5");
        network_run("ip route delete 10.0.0.0/8 metric 5");
        settle(f);
        assert_int_equal(f->n_routes, 2);
}

static void expect_replaced(Fixture *f, const char *destination, bool passes) {
        f->n_routes = 0;
        network_run("ip route add %s dev uplink metric 9 proto bgp", destination);
        network_run("ip route replace %s dev uplink metric 9 proto static", destination);
        network_run("ip route delete %s metric 9", destination);
        settle(f);
        assert_int_equal(f->n_routes, passes);
        assert_true(!passes || f->news == ROUTE_REPLACED);
}

/* It cannot have been ours where none of ours is. Nobody is woken by what others replace there. */
static void test_replaced_routes_elsewhere(void **state) {
        const RouteRange ipv4[] = { { 0x0a000000, 0x0a000000 }, { 0x14000000, 0x14ff0000 } };
        const RouteRange ipv6[] = { { 0xfd000001, 0xfd000001 }, { 0xfd000005, 0xfd000006 } };
        RouteWatch watch = { 0 };
        Fixture *f = *state;

        assert_int_equal(rtnl_monitor_watch(f->monitor, &watch), 0);
        expect_replaced(f, "10.0.0.0/8", false);
        expect_replaced(f, "fd00:1::/32", false);

        for (size_t i = 0; i < ELEMENTSOF(ipv4); i++) {
                route_ranges_add(&watch.replaced.ipv4, ipv4[i]);
                route_ranges_add(&watch.replaced.ipv6, ipv6[i]);
        }
        assert_int_equal(rtnl_monitor_watch(f->monitor, &watch), 0);
        expect_replaced(f, "9.0.0.0/8", false);
        expect_replaced(f, "10.0.0.0/8", true);
        expect_replaced(f, "10.0.0.0/16", true); /* the length is not looked at */
        expect_replaced(f, "10.0.0.1", false);
        expect_replaced(f, "20.0.0.0/16", true);
        expect_replaced(f, "20.7.0.0/24", true);
        expect_replaced(f, "20.255.0.0/16", true);
        expect_replaced(f, "20.255.0.1", false);
        expect_replaced(f, "0.0.0.0/0", false);
        expect_replaced(f, "fd00::/32", false);
        expect_replaced(f, "fd00:1::/32", true);
        expect_replaced(f, "fd00:1::/64", true);
        expect_replaced(f, "fd00:4::/32", false);
        expect_replaced(f, "fd00:5::/32", true);
        expect_replaced(f, "fd00:6:7::/48", true);
        expect_replaced(f, "fd00:7::/32", false);
        expect_replaced(f, "::/0", false);

        /* As many as there can be, the default route among them. */
        watch.replaced = (RouteExtent){ 0 };
        for (uint32_t i = 0; i < ROUTE_RANGES_MAX; i++) {
                const uint32_t head = i * 0x01000000;

                route_ranges_add(&watch.replaced.ipv4, (RouteRange){ head, head });
                route_ranges_add(&watch.replaced.ipv6, (RouteRange){ head, head });
                route_ranges_add(&watch.replaced.within6, (RouteRange){ head, head });
        }
        for (size_t i = 0; i < ELEMENTSOF(watch.addresses); i++)
                watch.addresses[watch.n_addresses++] = network_address("172.31.255.1");
        for (size_t i = 0; i < ELEMENTSOF(watch.links); i++)
                route_watch_add_link(&watch, 1000 + (uint32_t) i);
        watch.ipv6_networks = true;
        assert_int_equal(rtnl_monitor_watch(f->monitor, &watch), 0);
        assert_int_equal(rtnl_monitor_ignore(f->monitor, 4711), 0); /* the longest filter */
        expect_replaced(f, "::/0", true);
        expect_replaced(f, "15.0.0.0/8", true);
        expect_replaced(f, "15.0.0.1", false);
        expect_replaced(f, "16.0.0.0/8", false);
        watch.n_addresses = 0;
        assert_int_equal(rtnl_monitor_watch(f->monitor, &watch), 0);
        expect_replaced(f, "0.0.0.0/0", true);
}

static void expect_network6(Fixture *f, const char *destination, const char *protocol,
                            bool passes) {

        f->n_routes = 0;
        network_run("ip -6 route add %s dev uplink proto %s", destination, protocol);
        settle(f);
        assert_int_equal(f->n_routes, passes);
        network_run("ip -6 route delete %s dev uplink proto %s", destination, protocol);
        settle(f);
        assert_int_equal(f->n_routes, 2 * passes);
        assert_true(!passes || f->route_removed);
}

/* A network that a router tells of, with or without an address in it, where ours may overlap. */
static void test_networks6_of_routers(void **state) {
        RouteWatch watch = { 0 };
        Fixture *f = *state;

        route_ranges_add(&watch.replaced.within6, (RouteRange){ 0xfd000001, 0xfd000002 });
        assert_int_equal(rtnl_monitor_watch(f->monitor, &watch), 0);
        expect_network6(f, "fd00:1:5::/64", "ra", false);

        watch.ipv6_networks = true;
        assert_int_equal(rtnl_monitor_watch(f->monitor, &watch), 0);
        expect_network6(f, "fd00:1:5::/64", "ra", true);
        expect_network6(f, "fd00:2::/64", "kernel", true);
        expect_network6(f, "fd00::/16", "ra", true); /* ours may be a part of it */
        expect_network6(f, "fd00:3::/64", "ra", false);
        expect_network6(f, "fd00:1:5::/64", "bgp", false);
        expect_network6(f, "fd00:1:5::7/128", "ra", false);
        expect_network6(f, "fe80:1::/64", "kernel", false);
        expect_network6(f, "default", "ra", false);
        f->n_routes = 0;
        network_run("ip -6 route add unreachable fd00:1:5::/64 dev lo proto ra");
        network_run("ip -6 route delete unreachable fd00:1:5::/64 dev lo proto ra");
        settle(f);
        assert_int_equal(f->n_routes, 0);
}

static void expect_route(Fixture *f, const char *destination, bool passes) {
        f->n_routes = 0;
        network_run("ip route add %s via " NETWORK_PEER " metric 9", destination);
        network_run("ip route delete %s via " NETWORK_PEER " metric 9", destination);
        settle(f);
        assert_int_equal(f->n_routes, passes ? 2 : 0);
}

static void test_watched_addresses(void **state) {
        RouteWatch watch = { 0 };
        Fixture *f = *state;

        expect_route(f, "203.0.113.9", false);
        expect_route(f, "default", false);

        for (size_t i = 0; i < ELEMENTSOF(watch.addresses); ++i)
                watch.addresses[watch.n_addresses++] = network_address("172.31.255.1");
        watch.addresses[3] = network_address("203.0.113.9");
        for (size_t i = 0; i < ELEMENTSOF(watch.links); ++i)
                route_watch_add_link(&watch, 1000 + (uint32_t) i);
        assert_int_equal(rtnl_monitor_watch(f->monitor, &watch), 0);

        expect_route(f, "203.0.113.9", true);
        expect_route(f, "203.0.113.8", false);
        expect_route(f, "203.0.113.8/31", true);
        expect_route(f, "203.0.113.0/24", true);
        expect_route(f, "203.0.112.0/24", false);
        expect_route(f, "128.0.0.0/1", true);
        expect_route(f, "0.0.0.0/1", false);
        expect_route(f, "default", true);
        expect_route(f, "172.16.0.0/12", true);
        expect_route(f, "203.0.113.9/32 table 100", true);

        watch.n_addresses = 0;
        assert_int_equal(rtnl_monitor_watch(f->monitor, &watch), 0);
        expect_route(f, "203.0.113.9", false);
}

/* Makes an interface that the kernel announces as a tunnel's. Returns its descriptor. */
static int make_ppp_link(const char *name) {
        struct ifreq request = { .ifr_flags = IFF_TUN | IFF_NO_PI };
        int fd;

        fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
        if (fd < 0)
                return -errno;

        snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
        assert_int_equal(ioctl(fd, TUNSETIFF, &request), 0);
        assert_int_equal(ioctl(fd, TUNSETLINK, (unsigned long) ARPHRD_PPP), 0);
        return fd;
}

/* All that becomes of a tunnel's interface between its first address and its end. */
static void use_ppp_link(const char *name) {
        network_run("ip link set %s up", name);
        network_run("ip address add 198.51.100.7 peer 198.51.100.8 dev %s", name);
        network_run("ip route add 10.0.0.0/8 dev %s proto %d", name, ROUTE_PROTOCOL_PPTP);
        network_run("ip route delete 10.0.0.0/8");
        network_run("ip address flush dev %s", name);
        network_run("ip link set %s down", name);
}

static void expect_link(Fixture *f, const char *name, bool passes) {
        f->n_links = f->n_addresses = f->n_routes = 0;
        use_ppp_link(name);
        if (!passes) {
                /* Nothing to read, so that it was not even woken. */
                assert_int_equal(sd_event_run(f->event, 0), 0);
                return;
        }

        settle(f);
        assert_true(f->n_links >= 2);
        assert_int_equal(f->n_addresses, 2);
        assert_int_equal(f->n_routes, 2);
}

/* Of hundreds of other tunnels that come and go none wakes us. */
static void test_other_tunnels(void **state) {
        const RouteWatch all = { .all_links = true };
        RouteWatch watch = { 0 };
        Fixture *f = *state;
        int own, other;

        own = make_ppp_link("own");
        other = make_ppp_link("other");
        if (own < 0 || other < 0)
                skip();

        expect_link(f, "own", true); /* at first, everything counts */
        expect_link(f, "other", true);

        route_watch_add_link(&watch, if_nametoindex("own"));
        assert_int_equal(rtnl_monitor_watch(f->monitor, &watch), 0);
        expect_link(f, "own", true);
        expect_link(f, "other", false);
        expect_link(f, "own", true);
        close(other); /* its end, too */
        assert_int_equal(sd_event_run(f->event, 0), 0);

        assert_int_equal(rtnl_monitor_watch(f->monitor, &all), 0);
        other = make_ppp_link("other");
        expect_link(f, "other", true);
        close(own);
        close(other);
}

/*
 * The kernel announces an address of IPv6 from a worker (addrconf_dad_work()), and so some time
 * later; one that is deleted before, never.
 */
static void expect_addresses6(Fixture *f, size_t n) {
        uint64_t start = clock_read_usec(CLOCK_MONOTONIC);

        do
                settle(f);
        while (f->n_addresses6 < n && clock_read_usec(CLOCK_MONOTONIC) - start < 10 * USEC_PER_SEC);
        assert_int_equal(f->n_addresses6, n);
}

/* Those of IPv6, with a peer or without, of the tunnel's interface alone. */
static void test_ipv6_addresses(void **state) {
        Route source = { .is_ipv6 = true };
        RouteWatch watch = { .n_links = 1, .all_links = true };
        Fixture *f = *state;

        network_run("ip link add some type veth peer name far && ip link set far up && "
                    "ip link set some addrgenmode none up");
        settle(f);
        watch.links[0] = watch.tunnel = if_nametoindex("some");

        for (unsigned i = 0; i < 2; i++) {
                assert_int_equal(rtnl_monitor_watch(f->monitor, &watch), 0);
                f->n_addresses6 = 0;
                network_run("ip -6 address add fe80::7 peer fe80::1 dev some nodad");
                expect_addresses6(f, i == 0 ? 1 : 0);
                if (i == 0) {
                        assert_int_equal(f->address6.address.s6_addr[15], 7);
                        assert_int_equal(f->address6.ifindex, watch.tunnel);
                        assert_false(f->address6_removed);
                }
                network_run("ip -6 address delete fe80::7 peer fe80::1 dev some");
                network_run("ip -6 address add fe80::8/64 dev some nodad");
                expect_addresses6(f, i == 0 ? 3 : 0);
                network_run("ip -6 address delete fe80::8/64 dev some");
                expect_addresses6(f, i == 0 ? 4 : 0);
                if (i == 0) {
                        assert_int_equal(f->address6.address.s6_addr[15], 8);
                        assert_true(f->address6_removed);
                }
                watch.tunnel += 100;
                watch.all_links = false;
        }

        /* The networks of this host, but neither its hosts nor what is link-local. */
        watch.ipv6_networks = true;
        assert_int_equal(rtnl_monitor_watch(f->monitor, &watch), 0);
        network_run("ip -6 address add fe80::9/64 dev some nodad && "
                    "ip -6 address add fd00::9/128 dev some nodad && "
                    "ip -6 address add fd00:9::9/64 dev some nodad");
        expect_addresses6(f, 1);
        assert_int_equal(f->address6.address.s6_addr[3], 9);
        network_run("ip -6 address delete fe80::9/64 dev some && "
                    "ip -6 address delete fd00::9/128 dev some && "
                    "ip -6 address delete fd00:9::9/64 dev some");
        expect_addresses6(f, 2);

        /* And what routes send from, on whatever link. */
        source.preferred_source6.s6_addr[0] = 0xfd;
        route_extent_add_sources(&watch.sources, &source, 1);
        assert_int_equal(rtnl_monitor_watch(f->monitor, &watch), 0);
        network_run("ip -6 address add fd00::9/128 dev some nodad && "
                    "ip -6 address add fd01::9/128 dev some nodad && "
                    "ip -6 address add fd00::7 peer fd01::8 dev some nodad");
        expect_addresses6(f, 4);
        network_run("ip -6 address delete fd01::9/128 dev some && "
                    "ip -6 address delete fd00::9/128 dev some && "
                    "ip -6 address delete fd00::7 peer fd01::8 dev some");
        expect_addresses6(f, 6);
        network_run("ip link delete some");
}

/* What may change the way to the server, or be on both sides of the tunnel. */
static void test_unwatched_links(void **state) {
        const Route source = { .preferred_source = network_address("198.51.100.11") };
        RouteWatch watch = { .source = network_address("198.51.100.9") };
        Fixture *f = *state;

        network_run(
                "ip link add some type veth peer name far && ip link set far up && ip link set some up");
        settle(f);
        assert_int_equal(rtnl_monitor_watch(f->monitor, &watch), 0);

        f->n_links = f->n_addresses = 0;
        network_run("ip link set some down && ip link set some up");
        settle(f);
        assert_true(f->n_links >= 2);

        network_run("ip address add 198.51.100.7/32 dev some");
        settle(f);
        assert_int_equal(f->n_addresses, 0);
        network_run("ip address add 198.51.100.33/31 dev some");
        settle(f);
        assert_int_equal(f->n_addresses, 1);
        network_run("ip address add 198.51.100.9/32 dev some");
        network_run("ip address delete 198.51.100.9/32 dev some");
        settle(f);
        assert_int_equal(f->n_addresses, 3);
        assert_true(f->address_removed);

        /* What routes send from, whose way to the server stays the same. */
        route_extent_add_sources(&watch.sources, &source, 1);
        assert_int_equal(rtnl_monitor_watch(f->monitor, &watch), 0);
        network_run("ip address add 198.51.100.11/32 dev some");
        network_run("ip address add 198.51.100.12/32 dev some");
        network_run("ip address delete 198.51.100.11/32 dev some");
        settle(f);
        assert_int_equal(f->n_addresses, 5);
        assert_int_equal(f->address.address.s_addr, source.preferred_source.s_addr);

        /* Unreachable routes of ours have no link. */
        network_run("ip route add unreachable 10.0.0.0/8 proto %d", ROUTE_PROTOCOL_PPTP);
        settle(f);
        assert_int_equal(f->n_routes, 1);
        network_run("ip route delete unreachable 10.0.0.0/8");
        network_run("ip link delete some");
}

static void flap(const char *prefix, int protocol, size_t n_routes) {
        network_run("i=0; while [ $i -lt %zu ]; do "
                    "echo route add %s.$((i / 256)).$((i %% 256)) dev uplink proto %d; "
                    "i=$((i + 1)); done | ip -batch -",
                    n_routes, prefix, protocol);
        network_run("ip route flush root %s.0.0/16", prefix);
}

/* A full table that flaps does not even wake us. */
static void test_foreign_flood(void **state) {
        const RouteWatch watch = {
                .addresses = { network_address("203.0.113.9") },
                .n_addresses = 1,
        };
        Fixture *f = *state;

        assert_int_equal(rtnl_monitor_watch(f->monitor, &watch), 0);
        flap("10.1", RTPROT_BGP, 20000);
        assert_int_equal(sd_event_run(f->event, 0), 0);
        assert_int_equal(f->n_resyncs, 0);
        assert_int_equal(f->n_routes, 0);
}

/* Nor do addresses by the thousand on the uplink and on lo, no way to the server among them. */
static void test_flood_of_addresses(void **state) {
        RouteWatch watch = { .source = network_address(NETWORK_LOCAL), .tunnel = 4711 };
        Fixture *f = *state;

        route_watch_add_link(&watch, if_nametoindex("uplink"));
        route_watch_add_link(&watch, ROUTE_WATCH_LOOPBACK);
        assert_int_equal(rtnl_monitor_watch(f->monitor, &watch), 0);
        network_run("for dev in uplink lo; do "
                    "i=0; while [ $i -lt 1000 ]; do "
                    "echo address add 2001:db8::$i/128 dev $dev nodad; i=$((i + 1)); done | "
                    "ip -6 -batch - && ip -6 address flush dev $dev scope global; done");
        network_run("i=0; while [ $i -lt 200 ]; do "
                    "echo address add 10.7.0.$i/32 dev lo; i=$((i + 1)); done | ip -batch - && "
                    "ip address flush dev lo scope global");
        assert_int_equal(sd_event_run(f->event, 0), 0);

        /* What counts of them comes through. */
        network_run("ip address add 10.7.0.1/32 dev uplink");
        settle(f);
        assert_int_equal(f->n_addresses, 1);
        network_run("ip address delete 10.7.0.1/32 dev uplink");
        network_run("ip address add " NETWORK_LOCAL "/32 dev lo");
        settle(f);
        assert_int_equal(f->n_addresses, 3);
        network_run("ip address delete " NETWORK_LOCAL "/32 dev lo");
}

/* More of our own than the socket holds while we do not read: we are told that we missed some. */
static void test_overrun(void **state) {
        Fixture *f = *state;

        flap("10.2", ROUTE_PROTOCOL_PPTP, 20000);
        while (sd_event_run(f->event, 100 * USEC_PER_MSEC) > 0)
                ;
        assert_true(f->n_resyncs > 0);
        assert_true(f->n_routes < 40000);

        /* And go on. */
        f->n_routes = 0;
        network_run("ip route add 10.0.0.0/8 dev uplink proto %d", ROUTE_PROTOCOL_PPTP);
        network_run("ip route delete 10.0.0.0/8");
        settle(f);
        assert_int_equal(f->n_routes, 2);
}

static void test_freed_by_its_callback(void **state) {
        Fixture *f = *state;

        f->free_on_route = true;
        network_run("ip route add 10.0.0.0/8 dev uplink proto %d", ROUTE_PROTOCOL_PPTP);
        network_run("ip route delete 10.0.0.0/8");
        settle(f);
        assert_int_equal(f->n_routes, 1);
        assert_null(f->monitor);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_link_and_address),
                TEST(test_ipv6_addresses),
                TEST(test_own_routes),
                TEST(test_ipv6_routes),
                TEST(test_own_requests),
                TEST(test_replaced_routes),
                TEST(test_replaced_routes_elsewhere),
                TEST(test_networks6_of_routers),
                TEST(test_watched_addresses),
                TEST(test_foreign_flood),
                TEST(test_flood_of_addresses),
                TEST(test_other_tunnels),
                TEST(test_unwatched_links),
                TEST(test_overrun),
                TEST(test_freed_by_its_callback),
        };

        network_enter();
        network_add_peer();

        return cmocka_run_group_tests(tests, NULL, NULL);
}
