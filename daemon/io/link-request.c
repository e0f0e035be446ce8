/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/link-request.h"

#include <errno.h>
#include <sys/socket.h>

#include "core/base/macros.h"

static void close_socket(struct mnl_socket **socket) {
        if (*socket)
                (void) mnl_socket_close(*socket);
}

struct nlmsghdr *link_request_begin(uint8_t *buffer, uint16_t type, uint16_t flags,
                                    struct ifinfomsg **ret_info) {

        struct nlmsghdr *h = mnl_nlmsg_put_header(buffer);

        h->nlmsg_type = type;
        h->nlmsg_flags = NLM_F_REQUEST | flags;
        *ret_info = mnl_nlmsg_put_extra_header(h, sizeof(**ret_info));
        (*ret_info)->ifi_family = AF_UNSPEC;
        return h;
}

int link_request_ask(struct nlmsghdr *h, mnl_cb_t func, void *userdata) {
        _cleanup_(close_socket) struct mnl_socket *socket = NULL;
        uint8_t buffer[32 * 1024] __attribute__((aligned(NLMSG_ALIGNTO)));
        ssize_t n;
        int r;

        socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
        if (!socket || mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0)
                return -errno;

        h->nlmsg_seq = 1;
        if (mnl_socket_sendto(socket, h, h->nlmsg_len) < 0)
                return -errno;

        do {
                n = mnl_socket_recvfrom(socket, buffer, sizeof(buffer));
                if (n < 0)
                        return -errno;

                r = mnl_cb_run(buffer, (size_t) n, 1, mnl_socket_get_portid(socket), func,
                               userdata);
                if (r < 0)
                        return -errno;
        } while (r != MNL_CB_STOP);

        return 0;
}

int link_request_remove(uint32_t ifindex) {
        uint8_t buffer[LINK_REQUEST_MAX_BYTES];
        struct ifinfomsg *m;
        struct nlmsghdr *h = link_request_begin(buffer, RTM_DELLINK, NLM_F_ACK, &m);

        m->ifi_index = (int) ifindex;
        return link_request_ask(h, NULL, NULL);
}
