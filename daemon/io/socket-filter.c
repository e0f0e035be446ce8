/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/socket-filter.h"

#include <errno.h>
#include <stdint.h>
#include <sys/socket.h>

#include "core/base/macros.h"

/* Of errors that wait in a socket, recv() reports one at a time. */
#define DRAIN_ERRORS_MAX 16

int socket_replace_filter(int fd, const struct sock_filter *filter, size_t n_filter) {
        const struct sock_fprog program = {
                .len = (unsigned short) n_filter,
                .filter = (struct sock_filter *) filter, /* the kernel only reads it */
        };

        if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0)
                return -errno;

        return 0;
}

/* This ends even in a flood, since the filter in force lets no more packets into the queue. */
static void drain(int fd) {
        unsigned n_errors = 0;
        uint8_t packet[1];

        while (n_errors < DRAIN_ERRORS_MAX) {
                if (recv(fd, packet, sizeof(packet), MSG_DONTWAIT) >= 0)
                        continue;
                if (errno == EAGAIN)
                        return;
                n_errors++;
        }
}

int socket_attach_filter(int fd, const struct sock_filter *filter, size_t n_filter) {
        static const struct sock_filter nothing[] = { BPF_STMT(BPF_RET | BPF_K, 0) };
        int r;

        /* With its own filter in force, a flood of what it passes could be drained without end. */
        r = socket_replace_filter(fd, nothing, ELEMENTSOF(nothing));
        if (r < 0)
                return r;

        drain(fd);
        return socket_replace_filter(fd, filter, n_filter);
}
