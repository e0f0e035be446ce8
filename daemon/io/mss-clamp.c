/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/mss-clamp.h"

#include <endian.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <libnftnl/chain.h>
#include <libnftnl/common.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <libnftnl/table.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "core/ppp/mtu.h"

#define TABLE_PREFIX "pptp-"
#define CHAIN "forward"
/* "mangle" of nft(8): before filters look at the packet. */
#define CHAIN_PRIORITY (-150)

/* IPv4 and TCP headers without options (RFC 9293, section 3.7.1). */
#define HEADERS_BYTES 40
/* RFC 9293, section 3.2: MSS is option 2, and the size stands behind kind and length. */
#define MSS_OPTION 2
#define MSS_OFFSET 2
#define MSS_BYTES 2
/* The flags' place in the TCP header. */
#define FLAGS_OFFSET 13

/* The kernel answers within the call that sends; should it ever not, nobody waits for long. */
#define ANSWER_TIMEOUT_USEC (500 * USEC_PER_MSEC)

struct MssClamp {
        struct mnl_socket *socket; /* owns the table */
        uint32_t sequence;
        uint8_t family; /* of the table, NFPROTO_IPV4 or, with IPv6, NFPROTO_INET; 0: none */
        char table[sizeof(TABLE_PREFIX) + IF_NAMESIZE]; /* its name */
};

/* One transaction: all of its messages count, or none. */
typedef struct Batch {
        uint8_t buffer[16 * 1024] __attribute__((aligned(NLMSG_ALIGNTO)));
        struct mnl_nlmsg_batch *messages;
        uint32_t sequence;
        uint32_t n_acknowledged; /* messages that ask for it */
        uint8_t family;          /* of the table in question, NFPROTO_* */
        char table[sizeof(TABLE_PREFIX) + IF_NAMESIZE];
        bool failed; /* out of memory */
} Batch;

/* ---- the messages ---- */

static void batch_begin(Batch *b, uint32_t sequence) {
        b->messages = mnl_nlmsg_batch_start(b->buffer, sizeof(b->buffer));
        b->failed = !b->messages;
        b->sequence = sequence;
        b->n_acknowledged = 0;
        if (b->failed)
                return;

        nftnl_batch_begin(mnl_nlmsg_batch_current(b->messages), b->sequence++);
        mnl_nlmsg_batch_next(b->messages);
}

static struct nlmsghdr *batch_add(Batch *b, uint16_t type, uint16_t flags) {
        b->n_acknowledged++;
        return nftnl_nlmsg_build_hdr(mnl_nlmsg_batch_current(b->messages), type, b->family,
                                     flags | NLM_F_ACK, b->sequence++);
}

static void batch_add_table(Batch *b, uint16_t type, uint16_t flags) {
        struct nftnl_table *t = b->failed ? NULL : nftnl_table_alloc();

        if (!t) {
                b->failed = true;
                return;
        }

        nftnl_table_set_str(t, NFTNL_TABLE_NAME, b->table);
        if (type == NFT_MSG_NEWTABLE)
                nftnl_table_set_u32(t, NFTNL_TABLE_FLAGS, NFT_TABLE_F_OWNER);
        nftnl_table_nlmsg_build_payload(batch_add(b, type, flags), t);
        mnl_nlmsg_batch_next(b->messages);
        nftnl_table_free(t);
}

static void batch_add_chain(Batch *b) {
        struct nftnl_chain *c = b->failed ? NULL : nftnl_chain_alloc();

        if (!c) {
                b->failed = true;
                return;
        }

        nftnl_chain_set_str(c, NFTNL_CHAIN_TABLE, b->table);
        nftnl_chain_set_str(c, NFTNL_CHAIN_NAME, CHAIN);
        nftnl_chain_set_str(c, NFTNL_CHAIN_TYPE, "filter");
        nftnl_chain_set_u32(c, NFTNL_CHAIN_HOOKNUM, NF_INET_FORWARD);
        nftnl_chain_set_s32(c, NFTNL_CHAIN_PRIO, CHAIN_PRIORITY);
        nftnl_chain_nlmsg_build_payload(batch_add(b, NFT_MSG_NEWCHAIN, NLM_F_CREATE), c);
        mnl_nlmsg_batch_next(b->messages);
        nftnl_chain_free(c);
}

/* ---- the rule, expression by expression, as "nft --debug=netlink" shows it ---- */

static struct nftnl_expr *rule_add(struct nftnl_rule *r, const char *name) {
        struct nftnl_expr *e = nftnl_expr_alloc(name);

        if (e)
                nftnl_rule_add_expr(r, e);
        return e;
}

static bool rule_load_meta(struct nftnl_rule *r, uint32_t key) {
        struct nftnl_expr *e = rule_add(r, "meta");

        if (!e)
                return false;

        nftnl_expr_set_u32(e, NFTNL_EXPR_META_KEY, key);
        nftnl_expr_set_u32(e, NFTNL_EXPR_META_DREG, NFT_REG_1);
        return true;
}

static bool rule_compare(struct nftnl_rule *r, const void *data, uint32_t n_data) {
        struct nftnl_expr *e = rule_add(r, "cmp");

        if (!e)
                return false;

        nftnl_expr_set_u32(e, NFTNL_EXPR_CMP_SREG, NFT_REG_1);
        nftnl_expr_set_u32(e, NFTNL_EXPR_CMP_OP, NFT_CMP_EQ);
        nftnl_expr_set(e, NFTNL_EXPR_CMP_DATA, data, n_data);
        return true;
}

/* "tcp flags syn": the flags SYN and RST of the header, of which SYN alone is to be there. */
static bool rule_match_syn(struct nftnl_rule *r) {
        const uint8_t mask = TH_SYN | TH_RST, wanted = TH_SYN, none = 0;
        struct nftnl_expr *load = rule_add(r, "payload"), *bits = rule_add(r, "bitwise");

        if (!load || !bits)
                return false;

        nftnl_expr_set_u32(load, NFTNL_EXPR_PAYLOAD_DREG, NFT_REG_1);
        nftnl_expr_set_u32(load, NFTNL_EXPR_PAYLOAD_BASE, NFT_PAYLOAD_TRANSPORT_HEADER);
        nftnl_expr_set_u32(load, NFTNL_EXPR_PAYLOAD_OFFSET, FLAGS_OFFSET);
        nftnl_expr_set_u32(load, NFTNL_EXPR_PAYLOAD_LEN, sizeof(mask));

        nftnl_expr_set_u32(bits, NFTNL_EXPR_BITWISE_SREG, NFT_REG_1);
        nftnl_expr_set_u32(bits, NFTNL_EXPR_BITWISE_DREG, NFT_REG_1);
        nftnl_expr_set_u32(bits, NFTNL_EXPR_BITWISE_LEN, sizeof(mask));
        nftnl_expr_set(bits, NFTNL_EXPR_BITWISE_MASK, &mask, sizeof(mask));
        nftnl_expr_set(bits, NFTNL_EXPR_BITWISE_XOR, &none, sizeof(none));

        return rule_compare(r, &wanted, sizeof(wanted));
}

/*
 * "tcp option maxseg size set", with what is in the register. The kernel writes only where the
 * option is there and has more (nft_exthdr_tcp_set_eval()).
 */
static bool rule_write_size(struct nftnl_rule *r) {
        struct nftnl_expr *e = rule_add(r, "exthdr");

        if (!e)
                return false;

        nftnl_expr_set_u32(e, NFTNL_EXPR_EXTHDR_SREG, NFT_REG_1);
        nftnl_expr_set_u8(e, NFTNL_EXPR_EXTHDR_TYPE, MSS_OPTION);
        nftnl_expr_set_u32(e, NFTNL_EXPR_EXTHDR_OFFSET, MSS_OFFSET);
        nftnl_expr_set_u32(e, NFTNL_EXPR_EXTHDR_LEN, MSS_BYTES);
        nftnl_expr_set_u32(e, NFTNL_EXPR_EXTHDR_OP, NFT_EXTHDR_OP_TCPOPT);
        return true;
}

/* Lowers it to a fixed number. */
static bool rule_set_size(struct nftnl_rule *r, uint16_t mss_bytes) {
        struct nftnl_expr *value = rule_add(r, "immediate");
        const uint16_t data = htobe16(mss_bytes);

        if (!value)
                return false;

        nftnl_expr_set_u32(value, NFTNL_EXPR_IMM_DREG, NFT_REG_1);
        nftnl_expr_set(value, NFTNL_EXPR_IMM_DATA, &data, sizeof(data));
        return rule_write_size(r);
}

/*
 * "rt mtu": lowers it to what the route takes, of either direction (get_tcpmss() in nft_rt.c). That
 * may be less than the interface takes, see MTUBytes= of [Route]; and it may be found wrong, where
 * policy rules look at more than the addresses.
 */
static bool rule_set_size_of_route(struct nftnl_rule *r) {
        struct nftnl_expr *load = rule_add(r, "rt"), *order = rule_add(r, "byteorder");

        if (!load || !order)
                return false;

        nftnl_expr_set_u32(load, NFTNL_EXPR_RT_KEY, NFT_RT_TCPMSS);
        nftnl_expr_set_u32(load, NFTNL_EXPR_RT_DREG, NFT_REG_1);

        nftnl_expr_set_u32(order, NFTNL_EXPR_BYTEORDER_SREG, NFT_REG_1);
        nftnl_expr_set_u32(order, NFTNL_EXPR_BYTEORDER_DREG, NFT_REG_1);
        nftnl_expr_set_u32(order, NFTNL_EXPR_BYTEORDER_OP, NFT_BYTEORDER_HTON);
        nftnl_expr_set_u32(order, NFTNL_EXPR_BYTEORDER_LEN, MSS_BYTES);
        nftnl_expr_set_u32(order, NFTNL_EXPR_BYTEORDER_SIZE, MSS_BYTES);
        return rule_write_size(r);
}

/*
 * side: an NFT_META_*NAME, which has the interface where a packet to be clamped passes it. family:
 * of these packets, NFPROTO_IPV4 or NFPROTO_IPV6.
 */
static void batch_add_rule(Batch *b, uint32_t side, const char *ifname, uint8_t family,
                           uint16_t mss_bytes) {

        struct nftnl_rule *r = b->failed ? NULL : nftnl_rule_alloc();
        const uint8_t tcp = IPPROTO_TCP;
        char name[IFNAMSIZ] = "";

        if (!r) {
                b->failed = true;
                return;
        }

        nftnl_rule_set_str(r, NFTNL_RULE_TABLE, b->table);
        nftnl_rule_set_str(r, NFTNL_RULE_CHAIN, CHAIN);
        snprintf(name, sizeof(name), "%s", ifname);
        b->failed = (b->family != family &&
                     (!rule_load_meta(r, NFT_META_NFPROTO) ||
                      !rule_compare(r, &family, sizeof(family)))) ||
                !rule_load_meta(r, side) || !rule_compare(r, name, sizeof(name)) ||
                !rule_load_meta(r, NFT_META_L4PROTO) || !rule_compare(r, &tcp, sizeof(tcp)) ||
                !rule_match_syn(r) || !rule_set_size(r, mss_bytes) || !rule_set_size_of_route(r);
        if (!b->failed) {
                nftnl_rule_nlmsg_build_payload(
                        batch_add(b, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND), r);
                mnl_nlmsg_batch_next(b->messages);
        }
        nftnl_rule_free(r);
}

/* ---- to the kernel and back ---- */

/* Returns 0 or the first error of any message. */
static int read_answers(MssClamp *c, uint32_t n_answers) {
        uint8_t buffer[16 * 1024] __attribute__((aligned(NLMSG_ALIGNTO)));
        int error = 0;

        while (n_answers > 0) {
                const struct nlmsghdr *h = (const struct nlmsghdr *) buffer;
                ssize_t n_received = mnl_socket_recvfrom(c->socket, buffer, sizeof(buffer));
                int n = (int) n_received;

                if (n_received < 0)
                        return error ?: errno == EAGAIN ? -ETIMEDOUT : -errno;

                for (; mnl_nlmsg_ok(h, n); h = mnl_nlmsg_next(h, &n)) {
                        const struct nlmsgerr *answer = mnl_nlmsg_get_payload(h);

                        if (h->nlmsg_type != NLMSG_ERROR ||
                            mnl_nlmsg_get_payload_len(h) < sizeof(*answer))
                                continue;

                        error = error ?: answer->error;
                        n_answers--;
                        /* The transaction is over then, and not every message is answered. */
                        if (error < 0)
                                return error;
                }
        }

        return 0;
}

static int batch_send(Batch *b, MssClamp *c) {
        int r;

        if (b->failed)
                return -ENOMEM;

        nftnl_batch_end(mnl_nlmsg_batch_current(b->messages), b->sequence++);
        mnl_nlmsg_batch_next(b->messages);
        c->sequence = b->sequence;

        /* An answer that came too late to the one before is none to this. */
        do
                r = (int) recv(mnl_socket_get_fd(c->socket), &(char){ 0 }, 1, MSG_DONTWAIT);
        while (r >= 0);

        if (mnl_socket_sendto(c->socket, mnl_nlmsg_batch_head(b->messages),
                              mnl_nlmsg_batch_size(b->messages)) < 0)
                return -errno;

        return read_answers(c, b->n_acknowledged);
}

static void batch_add_rules(Batch *b, const char *ifname, uint8_t family, uint16_t mss_bytes) {
        /* Each end learns what the other was told: both directions are clamped. */
        batch_add_rule(b, NFT_META_OIFNAME, ifname, family, mss_bytes);
        batch_add_rule(b, NFT_META_IIFNAME, ifname, family, mss_bytes);
        /* In a VRF, what came in by the interface has the VRF for iifname (l3mdev_ip_rcv()). */
        batch_add_rule(b, NFT_META_SDIFNAME, ifname, family, mss_bytes);
}

int mss_clamp_set(MssClamp *c, const char *ifname, uint32_t mtu_bytes, bool with_ipv6) {
        uint16_t mss_bytes = (uint16_t) (mtu_bytes - HEADERS_BYTES);
        Batch b;
        int r;

        batch_begin(&b, c->sequence);
        /* It may be of the name that the interface had before. */
        b.family = c->family;
        memcpy(b.table, c->table, sizeof(b.table));
        if (b.family != 0)
                batch_add_table(&b, NFT_MSG_DELTABLE, 0);

        snprintf(b.table, sizeof(b.table), TABLE_PREFIX "%s", ifname);
        b.family = with_ipv6 ? NFPROTO_INET : NFPROTO_IPV4;
        /* Never somebody else's. */
        batch_add_table(&b, NFT_MSG_NEWTABLE, NLM_F_CREATE | NLM_F_EXCL);
        batch_add_chain(&b);
        batch_add_rules(&b, ifname, NFPROTO_IPV4, mss_bytes);
        if (with_ipv6)
                batch_add_rules(&b, ifname, NFPROTO_IPV6, mss_bytes - MTU_IPV6_EXTRA_BYTES);

        r = batch_send(&b, c);
        if (b.messages)
                mnl_nlmsg_batch_stop(b.messages);
        if (r < 0)
                return r;

        c->family = b.family;
        memcpy(c->table, b.table, sizeof(c->table));
        return mss_bytes;
}

int mss_clamp_new(MssClamp **ret_clamp) {
        const struct timeval timeout = { .tv_usec = ANSWER_TIMEOUT_USEC };
        _cleanup_(mss_clamp_freep) MssClamp *c = NULL;

        c = calloc(1, sizeof(*c));
        if (!c)
                return -ENOMEM;

        c->sequence = 1;
        c->socket = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
        if (!c->socket || mnl_socket_bind(c->socket, 0, MNL_SOCKET_AUTOPID) < 0 ||
            setsockopt(mnl_socket_get_fd(c->socket), SOL_SOCKET, SO_RCVTIMEO, &timeout,
                       sizeof(timeout)) < 0)
                return -errno;

        *ret_clamp = steal_pointer(c);
        return 0;
}

MssClamp *mss_clamp_free(MssClamp *c) {
        if (!c)
                return NULL;

        if (c->socket)
                mnl_socket_close(c->socket);

        free(c);
        return NULL;
}
