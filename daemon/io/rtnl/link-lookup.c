/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/rtnl/link-lookup.h"

#include <linux/if_link.h>
#include <linux/netconf.h>
#include <sys/socket.h>

#include "io/link-request.h"
#include "io/rtnl/rtnl-message.h"

static int on_link(const struct nlmsghdr *h, void *userdata) {
        (void) rtnl_message_get_link(h, userdata);
        return MNL_CB_OK;
}

int link_lookup(const char *ifname, RtnlLink *ret_link) {
        uint8_t buffer[LINK_REQUEST_MAX_BYTES];
        struct ifinfomsg *m;
        struct nlmsghdr *h = link_request_begin(buffer, RTM_GETLINK, NLM_F_ACK, &m);
        RtnlLink link = { 0 };
        int r;

        mnl_attr_put_strz(h, IFLA_IFNAME, ifname);
        r = link_request_ask(h, on_link, &link);
        if (r >= 0)
                *ret_link = link;

        return r;
}

uint32_t link_find_index(const char *ifname) {
        RtnlLink link;

        return link_lookup(ifname, &link) < 0 ? 0 : link.ifindex;
}

static int on_configuration_attribute(const struct nlattr *a, void *userdata) {
        bool *forwards = userdata;

        if (mnl_attr_get_type(a) == NETCONFA_FORWARDING && mnl_attr_validate(a, MNL_TYPE_U32) >= 0)
                *forwards = mnl_attr_get_u32(a) != 0;

        return MNL_CB_OK;
}

static int on_configuration(const struct nlmsghdr *h, void *userdata) {
        if (h->nlmsg_type != RTM_NEWNETCONF)
                return MNL_CB_OK;

        return mnl_attr_parse(h, sizeof(struct netconfmsg), on_configuration_attribute, userdata);
}

/*
 * inet_netconf_get_devconf() of the kernel's devinet.c, and inet6_netconf_get_devconf() of its
 * addrconf.c. For IPv6 one switch is for all links (ip6_forward()).
 */
bool link_forwards(const char *ifname, uint8_t family) {
        uint8_t buffer[LINK_REQUEST_MAX_BYTES];
        struct nlmsghdr *h = mnl_nlmsg_put_header(buffer);
        uint32_t ifindex = link_find_index(ifname);
        struct netconfmsg *m;
        bool forwards = false;

        if (ifindex == 0)
                return false;

        h->nlmsg_type = RTM_GETNETCONF;
        h->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
        m = mnl_nlmsg_put_extra_header(h, sizeof(*m));
        m->ncm_family = family;
        mnl_attr_put_u32(h, NETCONFA_IFINDEX,
                         family == AF_INET6 ? (uint32_t) NETCONFA_IFINDEX_ALL : ifindex);
        return link_request_ask(h, on_configuration, &forwards) >= 0 && forwards;
}
