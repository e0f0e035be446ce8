/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/plugin-channel.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/macros.h"

struct PluginChannel {
        sd_event_source *source;
        int fd;

        PluginChannelMessageFunc on_message;
        PluginChannelClosedFunc on_closed;
        void *userdata;
};

static void plugin_channel_end(PluginChannel *c, int error) {
        (void) sd_event_source_set_enabled(c->source, SD_EVENT_OFF);
        c->on_closed(c, error, c->userdata);
}

/* One message a turn: the callback may free us, and the loop comes back for the next. */
static int plugin_channel_io(_unused_ sd_event_source *s, int fd, _unused_ uint32_t revents,
                             void *userdata) {

        uint8_t buffer[PLUGIN_MESSAGE_MAX_BYTES + 1];
        PluginChannel *c = userdata;
        PluginMessage message;
        ssize_t n;
        int r;

        n = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return 0;

        /* No message is empty, so an empty one is the end. */
        if (n <= 0) {
                plugin_channel_end(c, n == 0 || errno == ECONNRESET ? 0 : -errno);
                return 0;
        }

        r = plugin_message_parse(buffer, n, &message);
        if (r != 0)
                plugin_channel_end(c, r == PLUGIN_MESSAGE_E_VERSION ? -EPROTONOSUPPORT : -EPROTO);
        else
                c->on_message(c, &message, c->userdata);
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

        r = sd_event_add_io(event, &c->source, c->fd, EPOLLIN, plugin_channel_io, c);
        if (r < 0) {
                close(fds[1]);
                plugin_channel_free(c);
                return r;
        }

        /* What the plugin said is known before pppd's end is (io/pppd.c). */
        (void) sd_event_source_set_priority(c->source, SD_EVENT_PRIORITY_IMPORTANT);
        (void) sd_event_source_set_description(c->source, "plugin-channel");

        *ret_channel = c;
        *ret_plugin_fd = fds[1];
        return 0;
}

PluginChannel *plugin_channel_free(PluginChannel *c) {
        if (!c)
                return NULL;

        sd_event_source_disable_unref(c->source);
        if (c->fd >= 0)
                close(c->fd);
        free(c);
        return NULL;
}

int plugin_channel_send(PluginChannel *c, const PluginMessage *message) {
        uint8_t buffer[PLUGIN_MESSAGE_MAX_BYTES];
        ssize_t n;
        int r;

        r = plugin_message_write(message, buffer, sizeof(buffer));
        if (r < 0)
                return r;

        n = send(c->fd, buffer, r, MSG_DONTWAIT | MSG_NOSIGNAL);
        r = n < 0 ? -errno : 0;
        explicit_bzero(buffer, sizeof(buffer));
        return r;
}
