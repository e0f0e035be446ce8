/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/plugin-channel.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/macros.h"
#include "io/callback.h"

/*
 * Messages at one go: more than wait in the socket of a plugin that is gone (an AF_UNIX socket
 * holds net.core.wmem_default, 208 KiB, and counts more than 700 bytes for each), and an end in a
 * flood.
 */
#define READS_MAX 512

struct PluginChannel {
        sd_event_source *source;
        int fd;
        bool ended;  /* on_closed was called */
        bool *freed; /* see io/callback.h */

        PluginChannelMessageFunc on_message;
        PluginChannelClosedFunc on_closed;
        void *userdata;
};

static void plugin_channel_end(PluginChannel *c, int error) {
        c->ended = true;
        (void) sd_event_source_set_enabled(c->source, SD_EVENT_OFF);
        c->on_closed(c, error, c->userdata);
}

/*
 * Hands out one message, if there is one. Returns whether there may be more, and the channel for
 * it.
 */
static bool plugin_channel_take(PluginChannel *c) {
        uint8_t buffer[PLUGIN_MESSAGE_MAX_BYTES + 1];
        PluginMessage message;
        ssize_t n;
        int r;

        n = recv(c->fd, buffer, sizeof(buffer), MSG_DONTWAIT);
        /*
         * Of a plugin that ended before it read all that we sent, recv() says so once, in front of
         * what the plugin said last.
         */
        if (n < 0 && errno == ECONNRESET)
                n = recv(c->fd, buffer, sizeof(buffer), MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return false;

        /* No message is empty, so that 0 bytes mean the end. */
        if (n <= 0) {
                plugin_channel_end(c, n == 0 || errno == ECONNRESET ? 0 : -errno);
                return false;
        }

        r = plugin_message_parse(buffer, n, &message);
        if (r != 0) {
                plugin_channel_end(c, r == PLUGIN_MESSAGE_E_VERSION ? -EPROTONOSUPPORT : -EPROTO);
                return false;
        }

        return callback_survived(c, c->on_message(c, &message, c->userdata)) && !c->ended;
}

void plugin_channel_read(PluginChannel *c) {
        for (unsigned i = 0; i < READS_MAX && !c->ended; i++)
                if (!plugin_channel_take(c))
                        return;
}

static int plugin_channel_on_io(_unused_ sd_event_source *s, _unused_ int fd,
                                _unused_ uint32_t revents, void *userdata) {

        plugin_channel_read(userdata);
        return 0;
}

int plugin_channel_new(sd_event *event, PluginChannelMessageFunc on_message,
                       PluginChannelClosedFunc on_closed, void *userdata,
                       PluginChannel **ret_channel, int *ret_plugin_fd) {
        PluginChannel *c;
        int fds[2], r;

        c = calloc(1, sizeof(*c));
        if (!c)
                return -ENOMEM;

        *c = (PluginChannel){
                .fd = -EBADF,
                .on_message = on_message,
                .on_closed = on_closed,
                .userdata = userdata,
        };

        r = socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds);
        if (r < 0) {
                r = -errno;
                plugin_channel_free(c);
                return r;
        }
        c->fd = fds[0];

        r = sd_event_add_io(event, &c->source, c->fd, EPOLLIN, plugin_channel_on_io, c);
        if (r < 0) {
                close(fds[1]);
                plugin_channel_free(c);
                return r;
        }

        (void) sd_event_source_set_description(c->source, "plugin-channel");

        *ret_channel = c;
        *ret_plugin_fd = fds[1];
        return 0;
}

PluginChannel *plugin_channel_free(PluginChannel *c) {
        if (!c)
                return NULL;

        callback_note_freed(c->freed);
        sd_event_source_disable_unref(c->source);
        if (c->fd >= 0)
                close(c->fd);
        free(c);
        return NULL;
}

/* A negative fd: none goes with the message. */
static int send_packet(PluginChannel *c, uint8_t *data, size_t n_data, int fd) {
        union {
                struct cmsghdr header; /* for its alignment */
                uint8_t bytes[CMSG_SPACE(sizeof(int))];
        } control = { 0 };
        struct iovec vector = { .iov_base = data, .iov_len = n_data };
        struct msghdr packet = { .msg_iov = &vector, .msg_iovlen = 1 };

        if (fd >= 0) {
                control.header.cmsg_level = SOL_SOCKET;
                control.header.cmsg_type = SCM_RIGHTS;
                control.header.cmsg_len = CMSG_LEN(sizeof(fd));
                memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
                packet.msg_control = control.bytes;
                packet.msg_controllen = sizeof(control.bytes);
        }

        return sendmsg(c->fd, &packet, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int plugin_channel_send_fd(PluginChannel *c, const PluginMessage *message, int fd) {
        uint8_t buffer[PLUGIN_MESSAGE_MAX_BYTES];
        int r;

        r = plugin_message_write(message, buffer, sizeof(buffer));
        if (r < 0)
                return r;

        r = send_packet(c, buffer, (size_t) r, fd);
        explicit_bzero(buffer, sizeof(buffer));
        return r;
}

int plugin_channel_send(PluginChannel *c, const PluginMessage *message) {
        return plugin_channel_send_fd(c, message, -EBADF);
}
