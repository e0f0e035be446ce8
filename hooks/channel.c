/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The private SOCK_SEQPACKET socket to the supervisor. */

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hooks/plugin.h"

/* How long an important message waits for a supervisor that does not read. */
#define SEND_TIMEOUT_MSEC 1000

static int channel_fd = -EBADF;
static uint8_t held[PLUGIN_MESSAGE_MAX_BYTES]; /* a message that goes with the next one */
static int n_held;

void channel_set_fd(int fd) {
        channel_fd = fd;
}

static bool channel_wait(short events, int timeout_msec) {
        struct pollfd p = { .fd = channel_fd, .events = events };

        return poll(&p, 1, timeout_msec) > 0;
}

/*
 * Without a supervisor nobody removes the routes later: ends the link, with a goodbye to the peer.
 */
static void channel_end(void) {
        channel_fd = -EBADF;
        kill(getpid(), SIGTERM);
}

static void channel_put(const uint8_t *buffer, int n, bool important) {
        if (channel_fd < 0 || n <= 0)
                return;

        if (send(channel_fd, buffer, n, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
                return;

        if (errno == EAGAIN) {
                if (!important)
                        return;
                if (channel_wait(POLLOUT, SEND_TIMEOUT_MSEC) &&
                    send(channel_fd, buffer, n, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
                        return;
        }

        channel_end();
}

void channel_send(const PluginMessage *message, bool important) {
        uint8_t buffer[PLUGIN_MESSAGE_MAX_BYTES];

        channel_send_held();
        channel_put(buffer, plugin_message_write(message, buffer, sizeof(buffer)), important);
}

void channel_hold(const PluginMessage *message) {
        channel_send_held();
        n_held = plugin_message_write(message, held, sizeof(held));
}

void channel_send_held(void) {
        int n = n_held;

        n_held = 0;
        channel_put(held, n, false);
}

bool channel_receive(int timeout_msec, uint8_t *buffer, size_t n_buffer,
                     PluginMessage *ret_message) {

        ssize_t n;

        if (channel_fd < 0 || !channel_wait(POLLIN, timeout_msec))
                return false;

        n = recv(channel_fd, buffer, n_buffer, MSG_DONTWAIT);
        if (n <= 0)
                return false;

        return plugin_message_parse(buffer, n, ret_message) == 0;
}

bool channel_await(const sigset_t *mask) {
        struct pollfd p = { .fd = channel_fd, .events = POLLIN };

        return channel_fd < 0 || ppoll(&p, 1, NULL, mask) > 0;
}

bool channel_receive_fd(uint8_t *buffer, size_t n_buffer, PluginMessage *ret_message, int *ret_fd) {
        union {
                struct cmsghdr header; /* for its alignment */
                uint8_t bytes[CMSG_SPACE(sizeof(int))];
        } control;
        struct iovec vector = { .iov_base = buffer, .iov_len = n_buffer };
        struct msghdr packet = {
                .msg_iov = &vector,
                .msg_iovlen = 1,
                .msg_control = control.bytes,
                .msg_controllen = sizeof(control.bytes),
        };
        const struct cmsghdr *header;
        int fd = -EBADF;
        ssize_t n;

        n = recvmsg(channel_fd, &packet, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (n <= 0)
                return false;

        header = CMSG_FIRSTHDR(&packet);
        if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
            header->cmsg_len == CMSG_LEN(sizeof(fd)))
                memcpy(&fd, CMSG_DATA(header), sizeof(fd));

        if (plugin_message_parse(buffer, n, ret_message) != 0) {
                if (fd >= 0)
                        close(fd);
                return false;
        }

        *ret_fd = fd;
        return true;
}
