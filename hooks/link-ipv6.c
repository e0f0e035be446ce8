/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Whether the kernel gives an interface IPv6: the sysctl disable_ipv6 of the interface, by
 * rtnetlink(7), since the sandbox has no /proc. A new interface has that of
 * net.ipv6.conf.default.
 */

#include <linux/if_link.h>
#include <linux/ipv6.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hooks/plugin.h"

/* A link with its statistics and attributes of each protocol is about 2 KiB. */
#define ANSWER_MAX_BYTES (16 * 1024)

/* Returns the attribute's payload and its length, or NULL. */
static const void *find_attribute(const void *data, size_t n_data, unsigned type, size_t *ret_n) {
        const struct rtattr *a = data;
        unsigned n = (unsigned) n_data;

        for (; RTA_OK(a, n); a = RTA_NEXT(a, n))
                if ((a->rta_type & NLA_TYPE_MASK) == type) {
                        *ret_n = RTA_PAYLOAD(a);
                        return RTA_DATA(a);
                }

        return NULL;
}

/* As inet6_fill_link_af() of the kernel's addrconf.c and the callers of it write them. */
static PluginNoIpv6 parse(const struct nlmsghdr *h, size_t n_bytes) {
        const size_t n_front = NLMSG_SPACE(sizeof(struct ifinfomsg));
        const void *data;
        uint32_t off;
        size_t n;

        if (n_bytes < n_front || h->nlmsg_type != RTM_NEWLINK || h->nlmsg_len > n_bytes ||
            h->nlmsg_len < n_front)
                return 0;

        data = find_attribute((const char *) h + n_front, h->nlmsg_len - n_front, IFLA_AF_SPEC, &n);
        if (!data)
                return 0;

        data = find_attribute(data, n, AF_INET6, &n);
        if (!data)
                return PLUGIN_NO_IPV6_KERNEL;

        data = find_attribute(data, n, IFLA_INET6_CONF, &n);
        if (!data || n < (DEVCONF_DISABLE_IPV6 + 1) * sizeof(off))
                return 0;

        memcpy(&off, (const char *) data + DEVCONF_DISABLE_IPV6 * sizeof(off), sizeof(off));
        return off != 0 ? PLUGIN_NO_IPV6_OFF : 0;
}

static ssize_t ask(int fd, const char *ifname, void *answer, size_t n_answer) {
        struct {
                struct nlmsghdr header;
                struct ifinfomsg link;
                struct rtattr name;
                char text[IFNAMSIZ];
        } request = {
                .header = {
                        .nlmsg_len = sizeof(request),
                        .nlmsg_type = RTM_GETLINK,
                        .nlmsg_flags = NLM_F_REQUEST,
                },
                .name = {
                        .rta_type = IFLA_IFNAME,
                        .rta_len = RTA_LENGTH(sizeof(request.text)),
                },
        };

        strlcpy(request.text, ifname, sizeof(request.text));
        if (send(fd, &request, sizeof(request), MSG_NOSIGNAL) < 0)
                return -1;

        return recv(fd, answer, n_answer, MSG_DONTWAIT);
}

PluginNoIpv6 link_ipv6_find_lack(const char *ifname) {
        uint8_t answer[ANSWER_MAX_BYTES] __attribute__((aligned(NLMSG_ALIGNTO)));
        int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
        ssize_t n;

        if (fd < 0)
                return 0;

        /* The kernel has answered when send(2) returns. */
        n = ask(fd, ifname, answer, sizeof(answer));
        close(fd);
        return n < (ssize_t) sizeof(struct nlmsghdr) ?
                0 :
                parse((const struct nlmsghdr *) answer, (size_t) n);
}
