/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/rtnl/rtnl-message.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#define ATTRIBUTES_MAX 64

/* vrf_link_ops of drivers/net/vrf.c */
#define VRF_KIND "vrf"

typedef struct Attributes {
        const struct nlattr *items[ATTRIBUTES_MAX]; /* by type; NULL: absent */
} Attributes;

/* Collects the attributes behind a fixed part. False if the message is shorter than that part. */
static bool attributes_parse(const struct nlmsghdr *h, size_t n_fixed, Attributes *ret_attributes) {
        const struct nlattr *a;

        *ret_attributes = (Attributes){};
        if (mnl_nlmsg_get_payload_len(h) < n_fixed)
                return false;

        mnl_attr_for_each(a, h, n_fixed) if (mnl_attr_get_type(a) < ATTRIBUTES_MAX)
                ret_attributes->items[mnl_attr_get_type(a)] = a;

        return true;
}

/* Returns the attribute of that type inside of another, or NULL. */
static const struct nlattr *attribute_find(const struct nlattr *nest, uint16_t type) {
        const struct nlattr *a;

        if (!nest)
                return NULL;

        mnl_attr_for_each_nested(a, nest) if (mnl_attr_get_type(a) == type) return a;

        return NULL;
}

/* Returns otherwise if the attribute is NULL or too short. */
static uint32_t attribute_get_u32(const struct nlattr *a, uint32_t otherwise) {
        return a && mnl_attr_get_payload_len(a) >= sizeof(uint32_t) ? mnl_attr_get_u32(a) :
                                                                      otherwise;
}

static uint32_t attributes_get_u32(const Attributes *attributes, size_t type, uint32_t otherwise) {
        return attribute_get_u32(attributes->items[type], otherwise);
}

/* INADDR_ANY if the attribute is NULL or too short. */
static struct in_addr attribute_get_address(const struct nlattr *a) {
        return (struct in_addr){ .s_addr = attribute_get_u32(a, INADDR_ANY) };
}

static struct in_addr attributes_get_address(const Attributes *attributes, size_t type) {
        return attribute_get_address(attributes->items[type]);
}

/* "::" if the attribute is NULL or too short. */
static struct in6_addr attribute_get_address6(const struct nlattr *a) {
        struct in6_addr address;

        if (!a || mnl_attr_get_payload_len(a) < sizeof(address))
                return in6addr_any;

        memcpy(&address, mnl_attr_get_payload(a), sizeof(address));
        return address;
}

/* struct rtvia of linux/rtnetlink.h, with an IPv6 address. */
typedef struct Via {
        uint16_t family;
        struct in6_addr address;
} __attribute__((packed)) Via;

static struct in6_addr via_get_gateway(const struct nlattr *a) {
        Via via;

        if (!a || mnl_attr_get_payload_len(a) < sizeof(via))
                return in6addr_any;

        memcpy(&via, mnl_attr_get_payload(a), sizeof(via));
        return via.family == AF_INET6 ? via.address : in6addr_any;
}

/* Of RTA_METRICS: RTAX_*; 0: it is not set. */
static uint32_t attributes_get_metric(const Attributes *attributes, uint16_t type) {
        return attribute_get_u32(attribute_find(attributes->items[RTA_METRICS], type), 0);
}

/* Puts an address of either family; one of IPv4 is in the first bytes. */
static void put_address(struct nlmsghdr *h, uint16_t type, bool is_ipv6,
                        const struct in6_addr *address) {

        mnl_attr_put(h, type, is_ipv6 ? sizeof(*address) : sizeof(struct in_addr), address);
}

void rtnl_message_put_route(struct nlmsghdr *h, const Route *route) {
        struct rtmsg *m = mnl_nlmsg_put_extra_header(h, sizeof(*m));

        m->rtm_family = route->is_ipv6 ? AF_INET6 : AF_INET;
        m->rtm_dst_len = route->prefix_length;
        m->rtm_protocol = route->protocol;
        m->rtm_scope = route->scope;
        m->rtm_type = route->type;
        m->rtm_flags = route->onlink ? RTNH_F_ONLINK : 0;
        m->rtm_table = route->table < 256 ? route->table : RT_TABLE_UNSPEC;

        mnl_attr_put_u32(h, RTA_TABLE, route->table);
        if (route->prefix_length > 0)
                put_address(h, RTA_DST, route->is_ipv6, &route->destination6);
        if (route->metric != 0)
                mnl_attr_put_u32(h, RTA_PRIORITY, route->metric);
        if (route->ifindex != 0)
                mnl_attr_put_u32(h, RTA_OIF, route->ifindex);
        if (route->gateway.s_addr != INADDR_ANY)
                mnl_attr_put_u32(h, RTA_GATEWAY, route->gateway.s_addr);
        if (route->is_ipv6 && !IN6_IS_ADDR_UNSPECIFIED(&route->gateway6))
                mnl_attr_put(h, RTA_GATEWAY, sizeof(route->gateway6), &route->gateway6);
        else if (!IN6_IS_ADDR_UNSPECIFIED(&route->gateway6)) {
                const Via via = { .family = AF_INET6, .address = route->gateway6 };

                mnl_attr_put(h, RTA_VIA, sizeof(via), &via);
        }
        if (route_has_preferred_source(route))
                put_address(h, RTA_PREFSRC, route->is_ipv6, &route->preferred_source6);
        if (route->mtu_bytes != 0 || route->tag != 0) {
                struct nlattr *metrics = mnl_attr_nest_start(h, RTA_METRICS);

                if (route->mtu_bytes != 0)
                        mnl_attr_put_u32(h, RTAX_MTU, route->mtu_bytes);
                if (route->tag != 0)
                        mnl_attr_put_u32(h, RTAX_WINDOW, route->tag);
                mnl_attr_nest_end(h, metrics);
        }
}

void rtnl_message_put_rule(struct nlmsghdr *h, const RouteRule *rule) {
        struct fib_rule_hdr *m = mnl_nlmsg_put_extra_header(h, sizeof(*m));

        m->family = rule->family;
        m->action = rule->action;
        m->table = rule->table < 256 ? rule->table : RT_TABLE_UNSPEC;

        mnl_attr_put_u32(h, FRA_PRIORITY, rule->priority);
        mnl_attr_put_u8(h, FRA_PROTOCOL, rule->protocol);
        if (rule->table != 0)
                mnl_attr_put_u32(h, FRA_TABLE, rule->table);
        if (rule->suppress)
                mnl_attr_put_u32(h, FRA_SUPPRESS_PREFIXLEN, 0);
        if (rule->l3mdev)
                mnl_attr_put_u8(h, FRA_L3MDEV, 1);
        if (rule->tag != 0) {
                mnl_attr_put_u32(h, FRA_FWMARK, rule->tag);
                mnl_attr_put_u32(h, FRA_FWMASK, 0);
        }
}

void rtnl_message_put_rule_filter(struct nlmsghdr *h) {
        struct fib_rule_hdr *m = mnl_nlmsg_put_extra_header(h, sizeof(*m));

        m->family = AF_UNSPEC;
}

void rtnl_message_put_path_query(struct nlmsghdr *h, const RtnlPathQuery *query) {
        struct rtmsg *m = mnl_nlmsg_put_extra_header(h, sizeof(*m));

        m->rtm_family = AF_INET;
        m->rtm_flags = RTM_F_LOOKUP_TABLE;
        m->rtm_dst_len = 32;

        mnl_attr_put_u32(h, RTA_DST, query->destination.s_addr);
        if (query->source.s_addr != INADDR_ANY) {
                m->rtm_src_len = 32;
                mnl_attr_put_u32(h, RTA_SRC, query->source.s_addr);
        }
        if (query->firewall_mark != 0)
                mnl_attr_put_u32(h, RTA_MARK, query->firewall_mark);
        if (query->ifindex != 0)
                mnl_attr_put_u32(h, RTA_OIF, query->ifindex);
}

void rtnl_message_put_link_query(struct nlmsghdr *h, const char *name, uint32_t ifindex) {
        struct ifinfomsg *m = mnl_nlmsg_put_extra_header(h, sizeof(*m));

        m->ifi_family = AF_UNSPEC;
        m->ifi_index = (int) ifindex;
        if (name[0])
                mnl_attr_put_strz(h, IFLA_IFNAME, name);
}

void rtnl_message_put_next_hop_query(struct nlmsghdr *h, uint32_t id) {
        struct nhmsg *m = mnl_nlmsg_put_extra_header(h, sizeof(*m));

        m->nh_family = AF_UNSPEC;
        mnl_attr_put_u32(h, NHA_ID, id);
}

void rtnl_message_put_mtu(struct nlmsghdr *h, uint32_t ifindex, uint32_t mtu_bytes) {
        struct ifinfomsg *m = mnl_nlmsg_put_extra_header(h, sizeof(*m));

        m->ifi_family = AF_UNSPEC;
        m->ifi_index = (int) ifindex;
        mnl_attr_put_u32(h, IFLA_MTU, mtu_bytes);
}

void rtnl_message_put_address(struct nlmsghdr *h, uint32_t ifindex, struct in_addr local,
                              struct in_addr peer) {

        struct ifaddrmsg *m = mnl_nlmsg_put_extra_header(h, sizeof(*m));

        m->ifa_family = AF_INET;
        m->ifa_prefixlen = 32;
        m->ifa_scope = RT_SCOPE_UNIVERSE;
        m->ifa_index = ifindex;
        mnl_attr_put_u32(h, IFA_LOCAL, local.s_addr);
        mnl_attr_put_u32(h, IFA_ADDRESS, peer.s_addr);
}

void rtnl_message_put_address6(struct nlmsghdr *h, uint32_t ifindex, const struct in6_addr *local,
                               const struct in6_addr *peer) {

        struct ifaddrmsg *m = mnl_nlmsg_put_extra_header(h, sizeof(*m));

        m->ifa_family = AF_INET6;
        m->ifa_prefixlen = 128;
        m->ifa_flags =
                IFA_F_NODAD; /* IPV6CP has agreed on two that differ (RFC 5072, section 4.1) */
        m->ifa_scope = RT_SCOPE_LINK;
        m->ifa_index = ifindex;
        mnl_attr_put(h, IFA_LOCAL, sizeof(*local), local);
        mnl_attr_put(h, IFA_ADDRESS, sizeof(*peer), peer);
}

void rtnl_message_put_vrf(struct nlmsghdr *h, const char *name, uint32_t table) {
        struct ifinfomsg *m = mnl_nlmsg_put_extra_header(h, sizeof(*m));
        struct nlattr *info, *data;

        m->ifi_family = AF_UNSPEC;
        m->ifi_flags = m->ifi_change = IFF_UP;
        mnl_attr_put_strz(h, IFLA_IFNAME, name);
        info = mnl_attr_nest_start(h, IFLA_LINKINFO);
        mnl_attr_put_strz(h, IFLA_INFO_KIND, VRF_KIND);
        data = mnl_attr_nest_start(h, IFLA_INFO_DATA);
        mnl_attr_put_u32(h, IFLA_VRF_TABLE, table);
        mnl_attr_nest_end(h, data);
        mnl_attr_nest_end(h, info);
}

void rtnl_message_put_up(struct nlmsghdr *h, uint32_t ifindex) {
        struct ifinfomsg *m = mnl_nlmsg_put_extra_header(h, sizeof(*m));

        m->ifi_family = AF_UNSPEC;
        m->ifi_index = (int) ifindex;
        m->ifi_flags = m->ifi_change = IFF_UP;
}

void rtnl_message_put_master(struct nlmsghdr *h, uint32_t ifindex, uint32_t master) {
        struct ifinfomsg *m = mnl_nlmsg_put_extra_header(h, sizeof(*m));

        m->ifi_family = AF_UNSPEC;
        m->ifi_index = (int) ifindex;
        mnl_attr_put_u32(h, IFLA_MASTER, master);
}

void rtnl_message_put_route_filter(struct nlmsghdr *h, const RtnlRouteFilter *filter) {
        struct rtmsg *m = mnl_nlmsg_put_extra_header(h, sizeof(*m));

        m->rtm_family = filter->family;
        m->rtm_protocol = filter->protocol;
        if (filter->table != 0)
                mnl_attr_put_u32(h, RTA_TABLE, filter->table);
        if (filter->ifindex != 0)
                mnl_attr_put_u32(h, RTA_OIF, filter->ifindex);
}

/* Takes the gateway of a route, or of one of its next hops. Either attribute may be NULL. */
static void route_set_gateway(Route *route, const struct nlattr *gateway,
                              const struct nlattr *via) {

        route->gateway.s_addr = INADDR_ANY;
        route->gateway6 = via_get_gateway(via);
        if (route->is_ipv6)
                route->gateway6 = attribute_get_address6(gateway);
        else
                route->gateway = attribute_get_address(gateway);
}

static void hop_get(const struct rtnexthop *hop, Route *route) {
        const char *end = (const char *) hop + hop->rtnh_len;
        const struct nlattr *gateway = NULL, *via = NULL;

        for (const struct nlattr *a = (const struct nlattr *) (hop + 1);
             mnl_attr_ok(a, (int) (end - (const char *) a)); a = mnl_attr_next(a)) {
                if (mnl_attr_get_type(a) == RTA_GATEWAY)
                        gateway = a;
                if (mnl_attr_get_type(a) == RTA_VIA)
                        via = a;
        }

        route->ifindex = (uint32_t) hop->rtnh_ifindex;
        route_set_gateway(route, gateway, via);
}

/*
 * Of several next hops the first whose link has a carrier, or the last, stands for all of them: the
 * callers look for one way, and for whether it moved.
 */
static void attributes_get_next_hop(const Attributes *attributes, Route *route) {
        const struct nlattr *multipath = attributes->items[RTA_MULTIPATH];
        const struct rtnexthop *hop;
        size_t n;

        if (!multipath)
                return;

        hop = mnl_attr_get_payload(multipath);
        n = mnl_attr_get_payload_len(multipath);
        while (n >= sizeof(*hop) && hop->rtnh_len >= sizeof(*hop) && hop->rtnh_len <= n) {
                size_t n_hop = MIN((size_t) RTNH_ALIGN(hop->rtnh_len), n);

                hop_get(hop, route);
                if (!(hop->rtnh_flags & (RTNH_F_DEAD | RTNH_F_LINKDOWN)))
                        return;
                hop = (const struct rtnexthop *) ((const char *) hop + n_hop);
                n -= n_hop;
        }
}

bool rtnl_message_get_route(const struct nlmsghdr *h, Route *ret_route) {
        const struct rtmsg *m = mnl_nlmsg_get_payload(h);
        Attributes a;

        if (!attributes_parse(h, sizeof(*m), &a))
                return false;
        if ((m->rtm_family != AF_INET && m->rtm_family != AF_INET6) || m->rtm_flags & RTM_F_CLONED)
                return false;

        *ret_route = (Route){
                .is_ipv6 = m->rtm_family == AF_INET6,
                .prefix_length = m->rtm_dst_len,
                .type = m->rtm_type,
                .protocol = m->rtm_protocol,
                .scope = m->rtm_scope,
                .table = attributes_get_u32(&a, RTA_TABLE, m->rtm_table),
                .metric = attributes_get_u32(&a, RTA_PRIORITY, 0),
                .ifindex = attributes_get_u32(&a, RTA_OIF, 0),
                .mtu_bytes = attributes_get_metric(&a, RTAX_MTU),
                .onlink = m->rtm_flags & RTNH_F_ONLINK,
        };
        if (ret_route->is_ipv6) {
                ret_route->destination6 = attribute_get_address6(a.items[RTA_DST]);
                ret_route->preferred_source6 = attribute_get_address6(a.items[RTA_PREFSRC]);
        } else {
                ret_route->destination = attributes_get_address(&a, RTA_DST);
                ret_route->preferred_source = attributes_get_address(&a, RTA_PREFSRC);
        }
        if (m->rtm_type != RTN_UNICAST)
                ret_route->tag = attributes_get_metric(&a, RTAX_WINDOW);
        route_set_gateway(ret_route, a.items[RTA_GATEWAY], a.items[RTA_VIA]);
        attributes_get_next_hop(&a, ret_route);
        /* IPv6 has a route that leads nowhere on the loopback interface. */
        if (ret_route->is_ipv6 && route_leads_nowhere(ret_route))
                ret_route->ifindex = 0;
        /* With the sysctl nexthop_compat_mode at 0 a route has nothing but this. */
        if (ret_route->ifindex == 0)
                ret_route->next_hop_id = attributes_get_u32(&a, RTA_NH_ID, 0);
        return true;
}

/*
 * Whether a rule leads every packet of a VRF to the VRF's table. One with a condition, which all
 * other attributes are (fib_nl_fill_rule() of the kernel's fib_rules.c), does not.
 */
static bool rule_is_l3mdev(const struct fib_rule_hdr *m, const Attributes *a) {
        bool is_plain = m->action == FR_ACT_TO_TBL && m->tos == 0 && !(m->flags & FIB_RULE_INVERT);

        for (size_t i = 0; i < ELEMENTSOF(a->items); i++)
                is_plain = is_plain &&
                        (!a->items[i] || i == FRA_L3MDEV || i == FRA_PRIORITY || i == FRA_TABLE ||
                         i == FRA_PROTOCOL || i == FRA_SUPPRESS_PREFIXLEN);

        return is_plain && a->items[FRA_L3MDEV] &&
                attributes_get_u32(a, FRA_SUPPRESS_PREFIXLEN, UINT32_MAX) == UINT32_MAX;
}

bool rtnl_message_get_rule(const struct nlmsghdr *h, RouteRule *ret_rule) {
        const struct fib_rule_hdr *m = mnl_nlmsg_get_payload(h);
        const struct nlattr *protocol;
        Attributes a;

        if (!attributes_parse(h, sizeof(*m), &a))
                return false;
        if (m->family != AF_INET && m->family != AF_INET6)
                return false; /* of multicast routing */

        *ret_rule = (RouteRule){
                .family = m->family,
                .action = m->action,
                .priority = attributes_get_u32(&a, FRA_PRIORITY, 0),
                .table = m->action == FR_ACT_TO_TBL ? attributes_get_u32(&a, FRA_TABLE, m->table) :
                                                      0,
                .suppress = attributes_get_u32(&a, FRA_SUPPRESS_PREFIXLEN, UINT32_MAX) == 0,
                .l3mdev = rule_is_l3mdev(m, &a),
        };
        protocol = a.items[FRA_PROTOCOL];
        if (protocol && mnl_attr_get_payload_len(protocol) >= sizeof(uint8_t))
                ret_rule->protocol = mnl_attr_get_u8(protocol);
        if (attributes_get_u32(&a, FRA_FWMASK, UINT32_MAX) == 0)
                ret_rule->tag = attributes_get_u32(&a, FRA_FWMARK, 0);
        return true;
}

static void attributes_get_members(const Attributes *attributes, RtnlNextHop *hop) {
        const struct nlattr *group = attributes->items[NHA_GROUP];
        const struct nexthop_grp *members;
        size_t n;

        if (!group)
                return;

        members = mnl_attr_get_payload(group);
        n = mnl_attr_get_payload_len(group) / sizeof(*members);
        while (hop->n_members < MIN(n, ELEMENTSOF(hop->members))) {
                hop->members[hop->n_members] = members[hop->n_members].id;
                hop->n_members++;
        }
}

bool rtnl_message_get_next_hop(const struct nlmsghdr *h, RtnlNextHop *ret_hop) {
        const struct nhmsg *m = mnl_nlmsg_get_payload(h);
        Attributes a;

        if (h->nlmsg_type != RTM_NEWNEXTHOP || !attributes_parse(h, sizeof(*m), &a))
                return false;

        *ret_hop = (RtnlNextHop){
                .ifindex = attributes_get_u32(&a, NHA_OIF, 0),
                .is_down = m->nh_flags & (RTNH_F_DEAD | RTNH_F_LINKDOWN),
        };
        if (m->nh_family == AF_INET6)
                ret_hop->gateway6 = attribute_get_address6(a.items[NHA_GATEWAY]);
        else if (m->nh_family == AF_INET)
                ret_hop->gateway = attributes_get_address(&a, NHA_GATEWAY);
        attributes_get_members(&a, ret_hop);
        return true;
}

bool rtnl_message_get_path(const struct nlmsghdr *h, RtnlPath *ret_path) {
        const struct rtmsg *m = mnl_nlmsg_get_payload(h);
        Attributes a;

        if (h->nlmsg_type != RTM_NEWROUTE || !attributes_parse(h, sizeof(*m), &a))
                return false;
        if (m->rtm_family != AF_INET)
                return false;

        *ret_path = (RtnlPath){
                .type = m->rtm_type,
                .table = attributes_get_u32(&a, RTA_TABLE, m->rtm_table),
                .ifindex = attributes_get_u32(&a, RTA_OIF, 0),
                .gateway = attributes_get_address(&a, RTA_GATEWAY),
                .gateway6 = via_get_gateway(a.items[RTA_VIA]),
                .preferred_source = attributes_get_address(&a, RTA_PREFSRC),
                .mtu_bytes = attributes_get_metric(&a, RTAX_MTU),
        };
        return true;
}

static Traffic attributes_get_traffic(const Attributes *attributes) {
        const struct nlattr *a = attributes->items[IFLA_STATS64];
        struct rtnl_link_stats64 stats = { 0 };

        /* Newer kernels append members; attributes are not aligned for 64 bits. */
        if (a)
                memcpy(&stats, mnl_attr_get_payload(a),
                       MIN(sizeof(stats), (size_t) mnl_attr_get_payload_len(a)));

        return (Traffic){
                .received_bytes = stats.rx_bytes,
                .received_packets = stats.rx_packets,
                .sent_bytes = stats.tx_bytes,
                .sent_packets = stats.tx_packets,
        };
}

/* Copies the text of an attribute, which may lack its NUL; "" without the attribute. */
static void attribute_copy_text(const struct nlattr *a, char *buffer, size_t n_buffer) {
        snprintf(buffer, n_buffer, "%.*s", a ? (int) mnl_attr_get_payload_len(a) : 0,
                 a ? mnl_attr_get_str(a) : "");
}

/* Fills in the kind of an interface, and of a VRF device its table. */
static void attributes_get_kind(const Attributes *attributes, RtnlLink *link) {
        const struct nlattr *info = attributes->items[IFLA_LINKINFO];
        const struct nlattr *table =
                attribute_find(attribute_find(info, IFLA_INFO_DATA), IFLA_VRF_TABLE);

        attribute_copy_text(attribute_find(info, IFLA_INFO_KIND), link->kind, sizeof(link->kind));
        if (strcmp(link->kind, VRF_KIND) == 0)
                link->vrf_table = attribute_get_u32(table, 0);
}

bool rtnl_message_get_link(const struct nlmsghdr *h, RtnlLink *ret_link) {
        const struct ifinfomsg *m = mnl_nlmsg_get_payload(h);
        Attributes a;

        /* Bridges announce their ports as links, too, in a family of their own. */
        if (!attributes_parse(h, sizeof(*m), &a) || m->ifi_family != AF_UNSPEC)
                return false;

        *ret_link = (RtnlLink){
                .ifindex = (uint32_t) m->ifi_index,
                .flags = m->ifi_flags,
                .mtu_bytes = attributes_get_u32(&a, IFLA_MTU, 0),
                .master = attributes_get_u32(&a, IFLA_MASTER, 0),
                .traffic = attributes_get_traffic(&a),
        };

        attribute_copy_text(a.items[IFLA_IFNAME], ret_link->name, sizeof(ret_link->name));
        attributes_get_kind(&a, ret_link);
        return true;
}

bool rtnl_message_get_address(const struct nlmsghdr *h, RtnlAddress *ret_address) {
        const struct ifaddrmsg *m = mnl_nlmsg_get_payload(h);
        Attributes a;

        if (!attributes_parse(h, sizeof(*m), &a) || m->ifa_family != AF_INET)
                return false;

        /* On a point-to-point link IFA_ADDRESS is the peer's. */
        *ret_address = (RtnlAddress){
                .ifindex = m->ifa_index,
                .address = attributes_get_address(&a, IFA_LOCAL),
                .prefix_length = m->ifa_prefixlen,
        };
        return true;
}

bool rtnl_message_get_address6(const struct nlmsghdr *h, RtnlAddress6 *ret_address) {
        const struct ifaddrmsg *m = mnl_nlmsg_get_payload(h);
        Attributes a;

        if (!attributes_parse(h, sizeof(*m), &a) || m->ifa_family != AF_INET6)
                return false;

        /* Without a peer the kernel tells IFA_ADDRESS alone (inet6_fill_ifaddr() of addrconf.c). */
        *ret_address = (RtnlAddress6){
                .ifindex = m->ifa_index,
                .address = attribute_get_address6(a.items[IFA_LOCAL] ?: a.items[IFA_ADDRESS]),
        };
        return true;
}

int rtnl_message_get_error(const struct nlmsghdr *h,
                           char text[static RTNL_MESSAGE_TEXT_MAX_BYTES]) {

        size_t n_fixed = h->nlmsg_type == NLMSG_DONE ? sizeof(int) : sizeof(struct nlmsgerr);
        const int *error = mnl_nlmsg_get_payload(h); /* both begin with it */
        const struct nlattr *message;
        Attributes a;

        text[0] = '\0';
        if (mnl_nlmsg_get_payload_len(h) < n_fixed)
                return -EBADMSG;
        if (!(h->nlmsg_flags & NLM_F_ACK_TLVS))
                return *error;

        /* The request is quoted in full unless the kernel was asked to cap it. */
        if (h->nlmsg_type == NLMSG_ERROR && !(h->nlmsg_flags & NLM_F_CAPPED)) {
                const struct nlmsgerr *e = mnl_nlmsg_get_payload(h);

                if (e->msg.nlmsg_len < sizeof(e->msg))
                        return *error;
                n_fixed += e->msg.nlmsg_len - sizeof(e->msg);
        }

        if (!attributes_parse(h, n_fixed, &a))
                return *error;

        message = a.items[NLMSGERR_ATTR_MSG];
        if (message)
                snprintf(text, RTNL_MESSAGE_TEXT_MAX_BYTES, "%.*s",
                         (int) mnl_attr_get_payload_len(message), mnl_attr_get_str(message));
        return *error;
}
