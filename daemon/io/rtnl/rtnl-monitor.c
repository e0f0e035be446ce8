/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/rtnl/rtnl-monitor.h"

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <net/if_arp.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "io/callback.h"
#include "io/rtnl/rtnl-message.h"
#include "io/socket-filter.h"

/* Room for a burst of some thousand announcements while we are busy elsewhere. */
#define RECEIVE_BUFFER_BYTES (1024 * 1024)
/* Datagrams read before others have a turn on the loop. */
#define READS_PER_TURN 128

/* The longest filter: its fixed part, and what every watched address and link takes. */
#define FILTER_MAX                                                             \
        (162 + 6 * ROUTE_WATCH_ADDRESSES_MAX + 3 * 2 * ROUTE_WATCH_LINKS_MAX + \
         5 * 2 * ROUTE_RANGES_MAX)

/* Where things are in an announcement; the kernel sends one a datagram. */
#define OFFSET_TYPE offsetof(struct nlmsghdr, nlmsg_type)
#define OFFSET_FLAGS offsetof(struct nlmsghdr, nlmsg_flags)
#define OFFSET_PORT offsetof(struct nlmsghdr, nlmsg_pid)
#define OFFSET_ROUTE(member) (NLMSG_HDRLEN + offsetof(struct rtmsg, member))
#define OFFSET_LINK(member) (NLMSG_HDRLEN + offsetof(struct ifinfomsg, member))
#define OFFSET_ADDRESS(member) (NLMSG_HDRLEN + offsetof(struct ifaddrmsg, member))
#define OFFSET_ATTRIBUTES(type) (NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(type)))

struct RtnlMonitor {
        struct mnl_socket *socket;
        sd_event_source *source;
        RtnlMonitorHandlers handlers;
        void *userdata;
        RouteWatch watch;
        uint32_t ignored_port; /* 0: none, the kernel's own */
        bool *freed;           /* set by rtnl_monitor_free() during a callback */
};

typedef struct Filter {
        struct sock_filter items[FILTER_MAX];
        size_t n_items;
} Filter;

static void filter_add_item(Filter *f, struct sock_filter item) {
        assert(f->n_items < ELEMENTSOF(f->items));

        f->items[f->n_items++] = item;
}

static void filter_add(Filter *f, uint16_t code, uint32_t k) {
        filter_add_item(f, (struct sock_filter) BPF_STMT(code, k));
}

/* Skips that many instructions unless the condition holds. */
static void filter_add_unless_skip(Filter *f, uint16_t condition, uint32_t k, uint8_t n_skip) {
        filter_add_item(f, (struct sock_filter) BPF_JUMP(BPF_JMP | condition, k, 0, n_skip));
}

/* Skips that many instructions if the condition holds. */
static void filter_add_if_skip(Filter *f, uint16_t condition, uint32_t k, uint8_t n_skip) {
        filter_add_item(f, (struct sock_filter) BPF_JUMP(BPF_JMP | condition, k, n_skip, 0));
}

static void filter_add_verdict(Filter *f, bool pass) {
        filter_add(f, BPF_RET | BPF_K, pass ? UINT32_MAX : 0);
}

static void filter_append(Filter *f, const Filter *part) {
        for (size_t i = 0; i < part->n_items; ++i)
                filter_add_item(f, part->items[i]);
}

/*
 * Passes if the accumulator has the index of a watched link. BPF has read it as big-endian, and
 * rtnetlink sends it in the host's order.
 */
static void filter_add_links(Filter *f, const RouteWatch *watch) {
        for (size_t i = 0; i < watch->n_links; ++i) {
                filter_add_unless_skip(f, BPF_JEQ | BPF_K, htobe32(watch->links[i]), 1);
                filter_add_verdict(f, true);
        }
}

/* Loads the offset of an attribute, 0 if there is none, and copies it to the index register. */
static void filter_add_find(Filter *f, uint32_t offset_attributes, uint32_t type) {
        filter_add(f, BPF_LD | BPF_IMM, offset_attributes);
        filter_add(f, BPF_LDX | BPF_IMM, type);
        filter_add(f, BPF_LD | BPF_W | BPF_ABS, (uint32_t) (SKF_AD_OFF + SKF_AD_NLATTR));
        filter_add(f, BPF_MISC | BPF_TAX, 0);
}

/* Passes if the accumulator is in one of the ranges. */
static void filter_add_ranges(Filter *f, const RouteRanges *ranges) {
        for (size_t i = 0; i < ranges->n_items; i++) {
                uint8_t n_rest = (uint8_t) (2 * (ranges->n_items - i));

                /* Below this one, it is in none that follows. */
                filter_add_unless_skip(f, BPF_JGE | BPF_K, ranges->items[i].first, n_rest + 1);
                filter_add_unless_skip(f, BPF_JGT | BPF_K, ranges->items[i].last, n_rest - 1);
        }
        filter_add(f, BPF_JMP | BPF_JA, 1);
        filter_add_verdict(f, true);
}

/* ---- links and addresses ---- */

static void filter_make_link(Filter *f, const RouteWatch *watch) {
        if (!watch->all_links) {
                filter_add(f, BPF_LD | BPF_H | BPF_ABS, OFFSET_LINK(ifi_type));
                filter_add_if_skip(f, BPF_JEQ | BPF_K, htobe16(ARPHRD_PPP), 1);
                filter_add_verdict(f, true);
                filter_add(f, BPF_LD | BPF_W | BPF_ABS, OFFSET_LINK(ifi_index));
                filter_add_links(f, watch);
        }
        filter_add_verdict(f, watch->all_links);
}

/* An address in a network of this host that is not on every link anyway. */
static void filter_add_networks6(Filter *f) {
        filter_add(f, BPF_LD | BPF_B | BPF_ABS, OFFSET_ADDRESS(ifa_scope));
        filter_add_if_skip(f, BPF_JGE | BPF_K, RT_SCOPE_LINK, 3);
        filter_add(f, BPF_LD | BPF_B | BPF_ABS, OFFSET_ADDRESS(ifa_prefixlen));
        filter_add_if_skip(f, BPF_JEQ | BPF_K, 128, 1);
        filter_add_verdict(f, true);
}

/* An address that begins as one that routes send from. With a peer it is in another attribute. */
static void filter_add_sources6(Filter *f, const RouteRanges *sources) {
        Filter other = { 0 };

        filter_add_find(&other, OFFSET_ATTRIBUTES(struct ifaddrmsg), IFA_ADDRESS);
        filter_add_find(f, OFFSET_ATTRIBUTES(struct ifaddrmsg), IFA_LOCAL);
        filter_add_unless_skip(f, BPF_JEQ | BPF_K, 0, (uint8_t) other.n_items);
        filter_append(f, &other);
        filter_add(f, BPF_LD | BPF_W | BPF_IND, NLA_HDRLEN);
        filter_add_ranges(f, sources);
}

/*
 * Of IPv6 the tunnel's own addresses count, those that its routes send from, and for its IPv6
 * routes the networks of this host.
 */
static void filter_add_addresses6(Filter *f, const RouteWatch *watch) {
        Filter part = { 0 };

        if (!watch->seeks_tunnel) {
                filter_add(&part, BPF_LD | BPF_W | BPF_ABS, OFFSET_ADDRESS(ifa_index));
                filter_add_unless_skip(&part, BPF_JEQ | BPF_K, htobe32(watch->tunnel), 1);
                filter_add_verdict(&part, true);
        }
        if (watch->ipv6_networks)
                filter_add_networks6(&part);
        if (watch->sources.ipv6.n_items > 0)
                filter_add_sources6(&part, &watch->sources.ipv6);
        filter_add_verdict(&part, watch->seeks_tunnel);

        filter_add(f, BPF_LD | BPF_B | BPF_ABS, OFFSET_ADDRESS(ifa_family));
        filter_add_unless_skip(f, BPF_JEQ | BPF_K, AF_INET6, (uint8_t) part.n_items);
        filter_append(f, &part);
}

/* Of IPv4 those of watched links, but for lo, networks of this host, and source addresses. */
static void filter_make_address(Filter *f, const RouteWatch *watch) {
        filter_add_addresses6(f, watch);
        if (!watch->all_links) {
                RouteWatch links = { 0 };

                for (size_t i = 0; i < watch->n_links; i++)
                        if (watch->links[i] != ROUTE_WATCH_LOOPBACK)
                                route_watch_add_link(&links, watch->links[i]);

                filter_add(f, BPF_LD | BPF_W | BPF_ABS, OFFSET_ADDRESS(ifa_index));
                filter_add_links(f, &links);
                filter_add(f, BPF_LD | BPF_B | BPF_ABS, OFFSET_ADDRESS(ifa_prefixlen));
                filter_add_if_skip(f, BPF_JEQ | BPF_K, 32, 1);
                filter_add_verdict(f, true);

                filter_add_find(f, OFFSET_ATTRIBUTES(struct ifaddrmsg), IFA_LOCAL);
                filter_add(f, BPF_LD | BPF_W | BPF_IND, NLA_HDRLEN);
                filter_add_unless_skip(f, BPF_JEQ | BPF_K, be32toh(watch->source.s_addr), 1);
                filter_add_verdict(f, true);
                if (watch->sources.ipv4.n_items > 0)
                        filter_add_ranges(f, &watch->sources.ipv4);
        }
        filter_add_verdict(f, watch->all_links);
}

/* ---- routes ---- */

/* What we did ourselves is answered already. */
static void filter_add_own(Filter *f, uint32_t port) {
        filter_add(f, BPF_LD | BPF_W | BPF_ABS, OFFSET_PORT);
        filter_add_unless_skip(f, BPF_JEQ | BPF_K, htobe32(port), 1);
        filter_add_verdict(f, false);
}

/* Of one family lets in what begins where our routes do: it may have taken the place of one. */
static void filter_add_replaced(Filter *f, uint8_t family, const RouteRanges *ranges) {
        Filter part = { 0 };

        if (ranges->n_items == 0)
                return;

        filter_add_find(&part, OFFSET_ATTRIBUTES(struct rtmsg), RTA_DST);
        filter_add_if_skip(&part, BPF_JEQ | BPF_K, 0, 1); /* of the default route it is 0 */
        filter_add(&part, BPF_LD | BPF_W | BPF_IND, NLA_HDRLEN);
        filter_add_ranges(&part, ranges);

        filter_add(f, BPF_LD | BPF_B | BPF_ABS, OFFSET_ROUTE(rtm_family));
        filter_add_unless_skip(f, BPF_JEQ | BPF_K, family, (uint8_t) part.n_items);
        filter_append(f, &part);
}

/* Of the tunnels' routes lets in those into watched links, and those into none. */
static void filter_add_tunnels(Filter *f, const RouteWatch *watch) {
        Filter part = { 0 };

        if (!watch->all_links) {
                filter_add_find(&part, OFFSET_ATTRIBUTES(struct rtmsg), RTA_OIF);
                filter_add_unless_skip(&part, BPF_JEQ | BPF_K, 0, 1);
                filter_add_verdict(&part, true);
                filter_add(&part, BPF_LD | BPF_W | BPF_IND, NLA_HDRLEN);
                filter_add_links(&part, watch);
        } else
                filter_add_verdict(&part, true);

        filter_add(f, BPF_LD | BPF_B | BPF_ABS, OFFSET_ROUTE(rtm_protocol));
        filter_add_unless_skip(f, BPF_JEQ | BPF_K, ROUTE_PROTOCOL_PPTP, (uint8_t) part.n_items);
        filter_append(f, &part);
}

/*
 * Lets in the networks of IPv6 that an interface is in and that may overlap with routes of ours:
 * what the kernel or a listener to routers has made, but for what is on every link. One without an
 * address of its own is announced by nothing else. The routes of a routing daemon have numbers of
 * their own.
 */
static void filter_add_route_networks6(Filter *f, const RouteRanges *ranges) {
        Filter near = { 0 }, with_destination = { 0 }, part = { 0 };

        /* What is shorter than 32 bits may also cover one of ours. */
        filter_add(&near, BPF_LD | BPF_B | BPF_ABS, OFFSET_ROUTE(rtm_dst_len));
        filter_add_if_skip(&near, BPF_JGE | BPF_K, 32, 1);
        filter_add_verdict(&near, true);
        filter_add(&near, BPF_LD | BPF_W | BPF_IND, NLA_HDRLEN);
        filter_add_ranges(&near, ranges);

        filter_add(&with_destination, BPF_LD | BPF_W | BPF_IND, NLA_HDRLEN);
        filter_add(&with_destination, BPF_ALU | BPF_AND | BPF_K, UINT32_C(0xffc00000));
        filter_add_if_skip(&with_destination, BPF_JEQ | BPF_K, UINT32_C(0xfe800000),
                           (uint8_t) near.n_items);
        filter_append(&with_destination, &near);

        filter_add(&part, BPF_LD | BPF_B | BPF_ABS, OFFSET_ROUTE(rtm_type));
        filter_add_unless_skip(&part, BPF_JEQ | BPF_K, RTN_UNICAST,
                               (uint8_t) (with_destination.n_items + 7));
        filter_add(&part, BPF_LD | BPF_B | BPF_ABS, OFFSET_ROUTE(rtm_dst_len));
        filter_add_if_skip(&part, BPF_JEQ | BPF_K, 128, (uint8_t) (with_destination.n_items + 5));
        filter_add_find(&part, OFFSET_ATTRIBUTES(struct rtmsg), RTA_DST);
        filter_add_if_skip(&part, BPF_JEQ | BPF_K, 0, (uint8_t) with_destination.n_items);
        filter_append(&part, &with_destination);

        filter_add(f, BPF_LD | BPF_B | BPF_ABS, OFFSET_ROUTE(rtm_protocol));
        filter_add_if_skip(f, BPF_JEQ | BPF_K, RTPROT_KERNEL, 1);
        filter_add_unless_skip(f, BPF_JEQ | BPF_K, RTPROT_RA, (uint8_t) part.n_items);
        filter_append(f, &part);
}

/*
 * Leaves in M[0] how far to shift addresses to the right to compare them with the destination, and
 * in M[1] the destination so shifted. What has no destination covers everything.
 */
static void filter_add_destination(Filter *f) {
        filter_add(f, BPF_LD | BPF_B | BPF_ABS, OFFSET_ROUTE(rtm_dst_len));
        filter_add_unless_skip(f, BPF_JEQ | BPF_K, 0, 1);
        filter_add_verdict(f, true);
        filter_add(f, BPF_MISC | BPF_TAX, 0);
        filter_add(f, BPF_LD | BPF_IMM, 32);
        filter_add(f, BPF_ALU | BPF_SUB | BPF_X, 0);
        filter_add(f, BPF_ST, 0);

        filter_add_find(f, OFFSET_ATTRIBUTES(struct rtmsg), RTA_DST);
        filter_add_unless_skip(f, BPF_JEQ | BPF_K, 0, 1);
        filter_add_verdict(f, true);
        filter_add(f, BPF_LD | BPF_W | BPF_IND, NLA_HDRLEN);
        filter_add(f, BPF_LDX | BPF_MEM, 0);
        filter_add(f, BPF_ALU | BPF_RSH | BPF_X, 0);
        filter_add(f, BPF_ST, 1);
}

static void filter_add_address(Filter *f, struct in_addr address) {
        filter_add(f, BPF_LD | BPF_IMM, be32toh(address.s_addr));
        filter_add(f, BPF_LDX | BPF_MEM, 0);
        filter_add(f, BPF_ALU | BPF_RSH | BPF_X, 0);
        filter_add(f, BPF_LDX | BPF_MEM, 1);
        filter_add_unless_skip(f, BPF_JEQ | BPF_X, 0, 1);
        filter_add_verdict(f, true);
}

static void filter_make_route(Filter *f, const RouteWatch *watch, uint32_t ignored_port) {
        Filter replaced = { 0 }, ipv6 = { 0 };

        if (ignored_port != 0)
                filter_add_own(f, ignored_port);

        /* The kernel sets no flag in what it says of a removal. */
        filter_add(f, BPF_LD | BPF_H | BPF_ABS, OFFSET_FLAGS);
        filter_add_replaced(&replaced, AF_INET, &watch->replaced.ipv4);
        filter_add_replaced(&replaced, AF_INET6, &watch->replaced.ipv6);
        filter_add_unless_skip(f, BPF_JSET | BPF_K, htobe16(NLM_F_REPLACE),
                               (uint8_t) replaced.n_items);
        filter_append(f, &replaced);

        filter_add_tunnels(f, watch);

        /* The addresses to watch are IPv4. */
        if (watch->ipv6_networks)
                filter_add_route_networks6(&ipv6, &watch->replaced.within6);
        filter_add_verdict(&ipv6, false);
        filter_add(f, BPF_LD | BPF_B | BPF_ABS, OFFSET_ROUTE(rtm_family));
        filter_add_unless_skip(f, BPF_JEQ | BPF_K, AF_INET6, (uint8_t) ipv6.n_items);
        filter_append(f, &ipv6);

        if (watch->n_addresses > 0)
                filter_add_destination(f);
        for (size_t i = 0; i < watch->n_addresses; ++i)
                filter_add_address(f, watch->addresses[i]);
        filter_add_verdict(f, false);
}

/* ---- all ---- */

/* Has the section, which ends in a verdict, judge the announcements of two types. */
static void filter_add_section(Filter *f, uint16_t added, uint16_t removed, const Filter *section) {
        filter_add(f, BPF_LD | BPF_H | BPF_ABS, OFFSET_TYPE);
        filter_add_if_skip(f, BPF_JEQ | BPF_K, htobe16(added), 2);
        filter_add_if_skip(f, BPF_JEQ | BPF_K, htobe16(removed), 1);
        filter_add(f, BPF_JMP | BPF_JA,
                   (uint32_t) section->n_items); /* conditions jump up to 255 */
        filter_append(f, section);
}

static int rtnl_monitor_filter(RtnlMonitor *m, const RouteWatch *watch) {
        Filter filter = { 0 }, link = { 0 }, address = { 0 }, route = { 0 };

        filter_make_link(&link, watch);
        filter_make_address(&address, watch);
        filter_make_route(&route, watch, m->ignored_port);
        filter_add_section(&filter, RTM_NEWLINK, RTM_DELLINK, &link);
        filter_add_section(&filter, RTM_NEWADDR, RTM_DELADDR, &address);
        filter_add_section(&filter, RTM_NEWROUTE, RTM_DELROUTE, &route);
        filter_add_verdict(&filter, true);

        /* What was announced before the filter changed still counts. */
        return socket_replace_filter(mnl_socket_get_fd(m->socket), filter.items, filter.n_items);
}

int rtnl_monitor_watch(RtnlMonitor *m, const RouteWatch *watch) {
        int r;

        if (route_watch_equal(watch, &m->watch))
                return 0;

        r = rtnl_monitor_filter(m, watch);
        if (r < 0)
                return r;

        m->watch = *watch;
        return 0;
}

int rtnl_monitor_ignore(RtnlMonitor *m, uint32_t port) {
        m->ignored_port = port;
        return rtnl_monitor_filter(m, &m->watch);
}

/* It names the port of who asked: rtmsg_fib() and inet6_rt_notify() of the kernel. */
static RouteNews message_get_news(const struct nlmsghdr *h) {
        if (h->nlmsg_type == RTM_DELROUTE)
                return h->nlmsg_pid == 0 ? ROUTE_DROPPED : ROUTE_REMOVED;

        return h->nlmsg_flags & NLM_F_REPLACE ? ROUTE_REPLACED : ROUTE_ADDED;
}

static void rtnl_monitor_handle(RtnlMonitor *m, const struct nlmsghdr *h) {
        const RtnlMonitorHandlers *handlers = &m->handlers;
        RtnlAddress6 address6;
        RtnlAddress address;
        RouteRule rule;
        RtnlLink link;
        Route route;

        switch (h->nlmsg_type) {

        case RTM_NEWLINK:
        case RTM_DELLINK:
                if (handlers->on_link && rtnl_message_get_link(h, &link))
                        handlers->on_link(&link, h->nlmsg_type == RTM_DELLINK, m->userdata);
                break;

        case RTM_NEWADDR:
        case RTM_DELADDR:
                if (handlers->on_address && rtnl_message_get_address(h, &address))
                        handlers->on_address(&address, h->nlmsg_type == RTM_DELADDR, m->userdata);
                else if (handlers->on_address6 && rtnl_message_get_address6(h, &address6))
                        handlers->on_address6(&address6, h->nlmsg_type == RTM_DELADDR, m->userdata);
                break;

        case RTM_NEWROUTE:
        case RTM_DELROUTE:
                if (handlers->on_route && rtnl_message_get_route(h, &route))
                        handlers->on_route(&route, message_get_news(h), m->userdata);
                break;

        case RTM_NEWRULE:
        case RTM_DELRULE:
                if (handlers->on_rule && rtnl_message_get_rule(h, &rule))
                        handlers->on_rule(&rule, h->nlmsg_type == RTM_DELRULE, m->userdata);
                break;
        }
}

/* Reads announcements and hands them out. Stops when a handler freed the monitor. */
static int rtnl_monitor_read(RtnlMonitor *m) {
        /* Not on the stack, as in rtnl.c. */
        static uint8_t buffer[32 * 1024] __attribute__((aligned(NLMSG_ALIGNTO)));

        for (size_t i = 0; i < READS_PER_TURN; ++i) {
                const struct nlmsghdr *h = (const struct nlmsghdr *) buffer;
                ssize_t n_received;
                int n;

                n_received = mnl_socket_recvfrom(m->socket, buffer, sizeof(buffer));
                if (n_received < 0 && errno == EINTR)
                        continue;
                if (n_received < 0)
                        return errno == EAGAIN ? 0 : -errno;

                for (n = (int) n_received; mnl_nlmsg_ok(h, n); h = mnl_nlmsg_next(h, &n)) {
                        if (!callback_survived(m, rtnl_monitor_handle(m, h)))
                                return 0;
                }
        }

        return 0;
}

static int rtnl_monitor_on_io(_unused_ sd_event_source *source, _unused_ int fd,
                              _unused_ uint32_t revents, void *userdata) {

        RtnlMonitor *m = userdata;
        int r;

        r = rtnl_monitor_read(m);
        if (r != -ENOBUFS)
                return r;

        if (m->handlers.on_resync)
                m->handlers.on_resync(m->userdata);
        return 0;
}

static int rtnl_monitor_open(RtnlMonitor *m) {
        static const int groups[] = { RTNLGRP_LINK,      RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV4_ROUTE,
                                      RTNLGRP_IPV4_RULE, RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV6_ROUTE,
                                      RTNLGRP_IPV6_RULE };
        const int size = RECEIVE_BUFFER_BYTES;
        int fd, r;

        m->socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (!m->socket)
                return -errno;

        fd = mnl_socket_get_fd(m->socket);
        if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0 &&
            setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)) < 0)
                return -errno;

        /* The filter first: nothing else gets in. */
        m->watch = (RouteWatch){ .all_links = true, .seeks_tunnel = true };
        route_extent_add_all(&m->watch.replaced);
        r = rtnl_monitor_filter(m, &m->watch);
        if (r < 0)
                return r;

        if (mnl_socket_bind(m->socket, 0, MNL_SOCKET_AUTOPID) < 0)
                return -errno;

        for (size_t i = 0; i < ELEMENTSOF(groups); ++i)
                if (mnl_socket_setsockopt(m->socket, NETLINK_ADD_MEMBERSHIP, (void *) &groups[i],
                                          sizeof(groups[i])) < 0)
                        return -errno;

        return 0;
}

int rtnl_monitor_new(sd_event *event, const RtnlMonitorHandlers *handlers, void *userdata,
                     RtnlMonitor **ret_monitor) {

        _cleanup_(rtnl_monitor_freep) RtnlMonitor *m = NULL;
        int r;

        m = calloc(1, sizeof(*m));
        if (!m)
                return -ENOMEM;

        m->handlers = *handlers;
        m->userdata = userdata;

        r = rtnl_monitor_open(m);
        if (r < 0)
                return r;

        r = sd_event_add_io(event, &m->source, mnl_socket_get_fd(m->socket), EPOLLIN,
                            rtnl_monitor_on_io, m);
        if (r < 0)
                return r;

        (void) sd_event_source_set_description(m->source, "rtnl-monitor");

        *ret_monitor = steal_pointer(m);
        return 0;
}

RtnlMonitor *rtnl_monitor_free(RtnlMonitor *m) {
        if (!m)
                return NULL;

        callback_note_freed(m->freed);
        sd_event_source_disable_unref(m->source);
        if (m->socket)
                mnl_socket_close(m->socket);

        free(m);
        return NULL;
}
