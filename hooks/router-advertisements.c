/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Router advertisements and redirects of the server, which the kernel believes on an interface with
 * IPv6 unless the host forwards: with one of them, the server draws all of the host's IPv6 into the
 * tunnel, or any prefix of it, past [Route]. They are dropped before the kernel's IPv6 sees them.
 * The switch for it, accept_ra of sysctl, cannot be written in the sandbox.
 *
 * The kernel passes each packet of the link through the filter of PPPIOCSPASS, which goes with the
 * interface.
 */

#include <errno.h>
#include <linux/filter.h>
#include <linux/ppp-ioctl.h>
#include <string.h>
#include <sys/ioctl.h>

#include "hooks/plugin.h"

/* What stands in front of a packet there: ppp_receive_nonmp_frame() of ppp_generic.c. */
#define DIRECTION_OFFSET 0
#define DIRECTION_INBOUND 0
#define PROTOCOL_OFFSET 2
#define IPV6_OFFSET 4

/* RFC 8200, section 3, and RFC 4443, section 2.1 */
#define NEXT_HEADER_OFFSET (IPV6_OFFSET + 6)
#define HOP_LIMIT_OFFSET (IPV6_OFFSET + 7)
#define SOURCE_OFFSET (IPV6_OFFSET + 8)
#define ICMP_TYPE_OFFSET (IPV6_OFFSET + 40)

/* RFC 4861, sections 4.2, 4.5, 6.1.2 and 8.1: from a link-local address, hop limit 255. */
#define ROUTER_ADVERTISEMENT 134
#define REDIRECT 137
#define ND_HOP_LIMIT 255
#define LINK_LOCAL_MASK 0xffc0
#define LINK_LOCAL 0xfe80

/* What the kernel takes as either may hide behind an extension header, not behind TCP or UDP. */
static struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, DIRECTION_OFFSET),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, DIRECTION_INBOUND, 0, 14),
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, PROTOCOL_OFFSET),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PPP_IPV6, 0, 12),
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, HOP_LIMIT_OFFSET),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ND_HOP_LIMIT, 0, 10),
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, SOURCE_OFFSET),
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, LINK_LOCAL_MASK),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, LINK_LOCAL, 0, 7),
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, NEXT_HEADER_OFFSET),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_TCP, 5, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 4, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_ICMPV6, 0, 4),
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, ICMP_TYPE_OFFSET),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ROUTER_ADVERTISEMENT, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, REDIRECT, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
        BPF_STMT(BPF_RET | BPF_K, 0),
};

static bool is_refused;

bool router_advertisements_drop(void) {
        const struct sock_fprog program = {
                .len = ELEMENTSOF(filter),
                .filter = filter,
        };

        return !is_refused || ioctl(ppp_dev_fd, PPPIOCSPASS, &program) == 0;
}

void router_advertisements_install(bool refuse) {
        is_refused = refuse;
}
