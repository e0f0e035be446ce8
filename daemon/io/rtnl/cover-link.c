/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/rtnl/cover-link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "core/names/names-cover.h"
#include "io/link-request.h"
#include "io/rtnl/link-lookup.h"
#include "io/rtnl/rtnl-message.h"
#include "io/run-mark.h"

/* dummy_link_ops of drivers/net/dummy.c; tests may have another. */
#ifndef COVER_LINK_KIND
#define COVER_LINK_KIND "dummy"
#endif

/* IFALIASZ of linux/if.h, which cannot be included beside net/if.h. */
#define ALIAS_MAX_BYTES 256

static bool has_kind(const RtnlLink *link) {
        return strcmp(link->kind, COVER_LINK_KIND) == 0;
}

static int create(const char *ifname) {
        uint8_t buffer[LINK_REQUEST_MAX_BYTES];
        struct ifinfomsg *m;
        struct nlmsghdr *h =
                link_request_begin(buffer, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK, &m);
        struct nlattr *info;

        mnl_attr_put_strz(h, IFLA_IFNAME, ifname);
        info = mnl_attr_nest_start(h, IFLA_LINKINFO);
        mnl_attr_put_strz(h, IFLA_INFO_KIND, COVER_LINK_KIND);
        mnl_attr_nest_end(h, info);
        return link_request_ask(h, NULL, NULL);
}

/* IPv6 would give it an address of its own, and announce itself on it. */
static int keep_ipv6_away(uint32_t ifindex) {
        uint8_t buffer[LINK_REQUEST_MAX_BYTES];
        struct ifinfomsg *m;
        struct nlmsghdr *h = link_request_begin(buffer, RTM_NEWLINK, NLM_F_ACK, &m);
        struct nlattr *families, *family;

        m->ifi_index = (int) ifindex;
        families = mnl_attr_nest_start(h, IFLA_AF_SPEC);
        family = mnl_attr_nest_start(h, AF_INET6);
        mnl_attr_put_u8(h, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
        mnl_attr_nest_end(h, family);
        mnl_attr_nest_end(h, families);
        return link_request_ask(h, NULL, NULL);
}

/*
 * With this scope no packet to elsewhere gets the address as its source (inet_select_addr() of
 * net/ipv4/devinet.c), and systemd-resolved still takes it for one that names can be asked with.
 * Returns 0, -EEXIST if the interface has the address, or another negative errno.
 */
static int give_address(uint32_t ifindex) {
        uint8_t buffer[LINK_REQUEST_MAX_BYTES];
        const struct in_addr address = { htonl(NAMES_COVER_ADDRESS) };
        struct nlmsghdr *h = mnl_nlmsg_put_header(buffer);

        h->nlmsg_type = RTM_NEWADDR;
        h->nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK;
        rtnl_message_put_address(h, ifindex, address, address);
        ((struct ifaddrmsg *) mnl_nlmsg_get_payload(h))->ifa_scope = RT_SCOPE_SITE;
        return link_request_ask(h, NULL, NULL);
}

/* The alias is what a person reads of it in "ip link". */
static int set_up(uint32_t ifindex, const char *tunnel) {
        uint8_t buffer[LINK_REQUEST_MAX_BYTES + ALIAS_MAX_BYTES];
        struct ifinfomsg *m;
        struct nlmsghdr *h = link_request_begin(buffer, RTM_NEWLINK, NLM_F_ACK, &m);
        char alias[ALIAS_MAX_BYTES];

        snprintf(alias, sizeof(alias), "names of pptp@%s while it is down", tunnel);
        mnl_attr_put_strz(h, IFLA_IFALIAS, alias);
        m->ifi_index = (int) ifindex;
        m->ifi_flags = m->ifi_change = IFF_UP;
        return link_request_ask(h, NULL, NULL);
}

/* The mark has to be there before the interface is. */
static int find_or_create(const char *ifname, RtnlLink *ret_link) {
        int r;

        r = run_mark_write(RUN_MARK_INTERFACE, ifname, "");
        if (r < 0)
                return r;

        r = link_lookup(ifname, ret_link);
        if (r != -ENODEV)
                return r;

        r = create(ifname);
        if (r < 0)
                return r;

        return link_lookup(ifname, ret_link);
}

int cover_link_make(const char *tunnel, CoverLink *ret_link) {
        char ifname[NAMES_COVER_IFNAME_MAX_BYTES];
        RtnlLink link;
        bool was_up, had_address;
        int r;

        names_cover_get_ifname(tunnel, ifname);
        r = find_or_create(ifname, &link);
        if (r < 0)
                return r;
        if (!has_kind(&link))
                return -EEXIST;

        /* A kernel without IPv6 refuses this, and needs it no more. */
        was_up = link.flags & IFF_UP;
        if (!was_up)
                (void) keep_ipv6_away(link.ifindex);

        r = give_address(link.ifindex);
        had_address = r == -EEXIST;
        if (r < 0 && !had_address)
                return r;

        r = was_up ? 0 : set_up(link.ifindex, tunnel);
        if (r < 0)
                return r;

        *ret_link = (CoverLink){
                .ifindex = link.ifindex,
                .was_up = was_up,
                .had_address = had_address,
        };
        return 0;
}

int cover_link_remove(const char *tunnel) {
        char ifname[NAMES_COVER_IFNAME_MAX_BYTES];
        RtnlLink link;
        int r;

        names_cover_get_ifname(tunnel, ifname);
        r = link_lookup(ifname, &link);
        if (r >= 0 && has_kind(&link))
                r = link_request_remove(link.ifindex);
        if (r < 0 && r != -ENODEV)
                return r;

        run_mark_remove(RUN_MARK_INTERFACE, ifname);
        return 0;
}
