/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/firewall.h"

#include <endian.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "core/base/macros.h"

/*
 * The kernel answers a dump within the system call that asks for it. If it ever does not, this is
 * how long we wait.
 */
#define ANSWER_TIMEOUT_USEC (200 * USEC_PER_MSEC)
#define ANSWERS_MAX 64

typedef struct Search {
        char *chain;
        size_t n_chain;
        bool found;
        bool drops;
} Search;

/* The attributes of a chain that are looked at. Texts are borrowed from the message. */
typedef struct Chain {
        const char *table;
        const char *name;
        const char *type;
        uint32_t hook;
        bool is_base;
        bool drops;
} Chain;

static void close_socket(struct mnl_socket **socket) {
        if (*socket)
                (void) mnl_socket_close(*socket);
}

static const char *family_name(uint8_t family) {
        switch (family) {
        case NFPROTO_INET:
                return "inet";
        case NFPROTO_IPV4:
                return "ip";
        default:
                return NULL;
        }
}

static const char *attribute_text(const struct nlattr *a) {
        return mnl_attr_validate(a, MNL_TYPE_NUL_STRING) < 0 ? NULL : mnl_attr_get_str(a);
}

static uint32_t attribute_number(const struct nlattr *a, uint32_t otherwise) {
        return mnl_attr_validate(a, MNL_TYPE_U32) < 0 ? otherwise : be32toh(mnl_attr_get_u32(a));
}

static void chain_parse(const struct nlmsghdr *h, Chain *ret_chain) {
        const struct nlattr *a, *b;

        *ret_chain = (Chain){ .hook = UINT32_MAX };
        mnl_attr_for_each(a, h, sizeof(struct nfgenmsg)) switch (mnl_attr_get_type(a)) {
        case NFTA_CHAIN_TABLE:
                ret_chain->table = attribute_text(a);
                break;
        case NFTA_CHAIN_NAME:
                ret_chain->name = attribute_text(a);
                break;
        case NFTA_CHAIN_TYPE:
                ret_chain->type = attribute_text(a);
                break;
        case NFTA_CHAIN_POLICY:
                ret_chain->drops = attribute_number(a, NF_ACCEPT) == NF_DROP;
                break;
        case NFTA_CHAIN_HOOK:
                ret_chain->is_base = true;
                mnl_attr_for_each_nested(b, a) if (mnl_attr_get_type(b) == NFTA_HOOK_HOOKNUM)
                        ret_chain->hook = attribute_number(b, UINT32_MAX);
                break;
        }
}

static int on_chain(const struct nlmsghdr *h, void *userdata) {
        const struct nfgenmsg *fixed = mnl_nlmsg_get_payload(h);
        Search *s = userdata;
        const char *family;
        Chain chain;

        if (mnl_nlmsg_get_payload_len(h) < sizeof(*fixed))
                return MNL_CB_OK;

        family = family_name(fixed->nfgen_family);
        chain_parse(h, &chain);
        if (!family || !chain.is_base || chain.hook != NF_INET_LOCAL_IN || !chain.table ||
            !chain.name || !chain.type || strcmp(chain.type, "filter") != 0)
                return MNL_CB_OK;

        if (s->found && (s->drops || !chain.drops))
                return MNL_CB_OK;

        s->found = true;
        s->drops = chain.drops;
        snprintf(s->chain, s->n_chain, "%s %s %s", family, chain.table, chain.name);
        return MNL_CB_OK;
}

static int send_query(struct mnl_socket *socket) {
        uint8_t buffer[128];
        struct nlmsghdr *h = mnl_nlmsg_put_header(buffer);
        struct nfgenmsg *fixed;

        h->nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETCHAIN;
        h->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
        h->nlmsg_seq = 1;
        fixed = mnl_nlmsg_put_extra_header(h, sizeof(*fixed));
        *fixed = (struct nfgenmsg){ .nfgen_family = NFPROTO_UNSPEC, .version = NFNETLINK_V0 };

        return mnl_socket_sendto(socket, h, h->nlmsg_len) < 0 ? -errno : 0;
}

int firewall_find_input_chain(char *ret_chain, size_t n_chain) {
        const struct timeval timeout = { .tv_usec = ANSWER_TIMEOUT_USEC };
        _cleanup_(close_socket) struct mnl_socket *socket = NULL;
        Search search = { .chain = ret_chain, .n_chain = n_chain };
        uint8_t buffer[16384];
        int r;

        socket = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
        if (!socket || mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0 ||
            setsockopt(mnl_socket_get_fd(socket), SOL_SOCKET, SO_RCVTIMEO, &timeout,
                       sizeof(timeout)) < 0)
                return -errno;

        r = send_query(socket);
        if (r < 0)
                return r;

        for (unsigned i = 0; i < ANSWERS_MAX; i++) {
                ssize_t n = mnl_socket_recvfrom(socket, buffer, sizeof(buffer));

                if (n < 0)
                        return -errno;

                r = mnl_cb_run(buffer, n, 1, mnl_socket_get_portid(socket), on_chain, &search);
                if (r < 0)
                        return -errno;
                if (r == MNL_CB_STOP)
                        break;
        }

        return search.found ? 0 : -ENOENT;
}
