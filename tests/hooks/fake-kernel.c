/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Imitates the kernel's side of CCP: ppp_ccp_peek() and ppp_set_compress() of ppp_generic.c, and
 * mppe_init() of ppp_mppe.c, with the number of beginnings in the place of a key.
 */

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/ipv6.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/hooks/fake-pppd.h"

typedef struct Direction {
        uint8_t key[MPPE_MAX_KEY_LEN];
        bool has_key, runs;
        unsigned n_begun; /* each derives another session key */
} Direction;

static struct {
        Direction transmit, receive;
        bool is_up;
        bool refuses_keys;
        bool compresses_headers; /* SC_COMP_TCP */
        bool refuses_filters;
        PluginNoIpv6 no_ipv6;
        bool has_filter;
        int filtered[2]; /* sockets, of which the second has the filter */
} kernel;

int ppp_dev_fd = -EBADF;

/* The kernel's end of the latest socket of rtnetlink. */
static int rtnetlink_fd = -EBADF;

static void drop_filter(void) {
        if (!kernel.has_filter)
                return;

        kernel.has_filter = false;
        close(kernel.filtered[0]);
        close(kernel.filtered[1]);
}

void fake_kernel_reset(void) {
        if (ppp_dev_fd >= 0)
                close(ppp_dev_fd);
        ppp_dev_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        assert_true(ppp_dev_fd >= 0);
        drop_filter();
        memset(&kernel, 0, sizeof(kernel));
}

void fake_kernel_refuse_keys(void) {
        kernel.refuses_keys = true;
}

int fake_kernel_set_filter(const struct sock_fprog *program) {
        if (kernel.refuses_filters && program->len > 0) {
                errno = ENOTTY;
                return -1;
        }

        drop_filter();
        if (program->len == 0)
                return 0;

        assert_int_equal(
                socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, kernel.filtered),
                0);
        kernel.has_filter = true;
        return setsockopt(kernel.filtered[1], SOL_SOCKET, SO_ATTACH_FILTER, program,
                          sizeof(*program));
}

void fake_kernel_refuse_filters(void) {
        kernel.refuses_filters = true;
}

void fake_kernel_lack_ipv6(PluginNoIpv6 lack) {
        kernel.no_ipv6 = lack;
}

int fake_kernel_open_rtnetlink(void) {
        uint32_t settings[DEVCONF_MAX] = { [DEVCONF_DISABLE_IPV6] = kernel.no_ipv6 != 0 };
        uint8_t buffer[1024] __attribute__((aligned(NLMSG_ALIGNTO)));
        struct nlattr *protocols, *ipv6;
        struct nlmsghdr *h;
        int pair[2];

        h = mnl_nlmsg_put_header(buffer);
        h->nlmsg_type = RTM_NEWLINK;
        mnl_nlmsg_put_extra_header(h, sizeof(struct ifinfomsg));
        mnl_attr_put_strz(h, IFLA_IFNAME, pppd_get_ifname());
        protocols = mnl_attr_nest_start(h, IFLA_AF_SPEC);
        mnl_attr_put_u32(h, AF_INET, 0);
        if (kernel.no_ipv6 != PLUGIN_NO_IPV6_KERNEL) {
                ipv6 = mnl_attr_nest_start(h, AF_INET6);
                mnl_attr_put_u32(h, IFLA_INET6_FLAGS, 0);
                mnl_attr_put(h, IFLA_INET6_CONF, sizeof(settings), settings);
                mnl_attr_nest_end(h, ipv6);
        }
        mnl_attr_nest_end(h, protocols);

        assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
        assert_int_equal(send(pair[0], h, h->nlmsg_len, 0), h->nlmsg_len);
        if (rtnetlink_fd >= 0)
                close(rtnetlink_fd);
        rtnetlink_fd = pair[0];
        return pair[1];
}

bool fake_kernel_passes(const uint8_t *packet, size_t n_packet) {
        uint8_t byte;

        if (!kernel.has_filter)
                return true;

        /* Whether the sender is told of a packet that the filter drops, unix(7) does not say. */
        (void) send(kernel.filtered[0], packet, n_packet, MSG_NOSIGNAL);
        return recv(kernel.filtered[1], &byte, sizeof(byte), MSG_DONTWAIT) > 0;
}

void fake_kernel_set_compresses_headers(bool compresses) {
        kernel.compresses_headers = compresses;
}

bool fake_kernel_compresses_headers(void) {
        return kernel.compresses_headers;
}

void fake_kernel_set_readable(bool readable) {
        eventfd_t n;

        if (readable)
                assert_int_equal(eventfd_write(ppp_dev_fd, 1), 0);
        else
                (void) eventfd_read(ppp_dev_fd, &n);
}

int ccp_test(int unit, unsigned char *option, int n_option, int for_transmit) {
        Direction *d = for_transmit ? &kernel.transmit : &kernel.receive;

        assert_int_equal(n_option, CILEN_MPPE + MPPE_MAX_KEY_LEN);
        if (kernel.refuses_keys)
                return 0;

        *d = (Direction){ .has_key = true };
        memcpy(d->key, option + CILEN_MPPE, sizeof(d->key));
        return 1;
}

void ccp_flags_set(int unit, int is_open, int is_up) {
        kernel.is_up = is_up;
}

static void begin(Direction *d) {
        if (kernel.is_up || !d->has_key)
                return;

        d->runs = true;
        d->n_begun++;
}

void fake_kernel_peek(bool inbound, uint8_t code) {
        switch (code) {
        case CONFREQ:
                (inbound ? &kernel.transmit : &kernel.receive)->runs = false;
                break;
        case CONFACK:
                begin(inbound ? &kernel.receive : &kernel.transmit);
                break;
        case TERMREQ:
        case TERMACK:
                kernel.transmit.runs = kernel.receive.runs = false;
                break;
        default:
                break;
        }
}

static bool is_in_step(const Direction *d, uint8_t key) {
        return d->runs && d->n_begun == 1 && d->key[0] == key;
}

bool fake_kernel_encrypts(void) {
        return is_in_step(&kernel.transmit, FAKE_SEND_KEY);
}

bool fake_kernel_decrypts(void) {
        return is_in_step(&kernel.receive, FAKE_RECEIVE_KEY);
}
