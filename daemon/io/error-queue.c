/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/error-queue.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

/* Needs struct timespec from before it. */
#include <linux/errqueue.h>

static bool parse_control(const struct cmsghdr *c, ErrorQueueEntry *e) {
        struct {
                struct sock_extended_err error;
                struct sockaddr_in offender;
        } data;

        if (c->cmsg_level != IPPROTO_IP || c->cmsg_type != IP_RECVERR)
                return false;
        if (c->cmsg_len < CMSG_LEN(sizeof(data)))
                return false;

        memcpy(&data, CMSG_DATA(c), sizeof(data));
        if (data.error.ee_origin != SO_EE_ORIGIN_ICMP || data.offender.sin_family != AF_INET)
                return false;

        e->error = -(int) data.error.ee_errno;
        e->offender = data.offender.sin_addr;
        return true;
}

int error_queue_read(int fd, ErrorQueueEntry *ret_entry) {
        for (;;) {
                ErrorQueueEntry e = {};
                struct iovec payload = {
                        .iov_base = e.payload,
                        .iov_len = sizeof(e.payload),
                };
                union {
                        struct cmsghdr header;
                        uint8_t buffer[512];
                } control;
                struct msghdr message = {
                        .msg_iov = &payload,
                        .msg_iovlen = 1,
                        .msg_control = &control,
                        .msg_controllen = sizeof(control),
                };
                ssize_t n;

                n = recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return errno == EAGAIN ? 0 : -errno;

                for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
                        if (!parse_control(c, &e))
                                continue;

                        e.n_payload = n;
                        *ret_entry = e;
                        return 1;
                }
        }
}
