/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/names-channel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "core/base/macros.h"
#include "io/fd.h"
#include "io/unix-socket.h"

struct NamesChannel {
        int fd;
        sd_event_source *source;
        NamesChannelMessageFunc on_message;
        NamesChannelClosedFunc on_closed;
        void *userdata;
};

static void names_channel_end(NamesChannel *c, int error) {
        (void) sd_event_source_set_enabled(c->source, SD_EVENT_OFF);
        c->on_closed(c, error, c->userdata);
}

/* One message for each turn of the loop: the program says little. */
static int names_channel_on_io(_unused_ sd_event_source *source, int fd, _unused_ uint32_t revents,
                               void *userdata) {

        uint8_t buffer[NAMES_MESSAGE_MAX_BYTES + 1];
        NamesChannel *c = userdata;
        NamesMessage message;
        ssize_t n;
        int r;

        n = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return 0;

        /* No message is empty, so an empty one is the end. */
        if (n <= 0) {
                names_channel_end(c, n == 0 || errno == ECONNRESET ? 0 : -errno);
                return 0;
        }

        r = names_message_parse(buffer, (size_t) n, &message);
        if (r != 0)
                names_channel_end(c, r == NAMES_MESSAGE_E_VERSION ? -EPROTONOSUPPORT : -EPROTO);
        else
                c->on_message(c, &message, c->userdata);

        return 0;
}

int names_channel_new(sd_event *event, const char *path, NamesChannelMessageFunc on_message,
                      NamesChannelClosedFunc on_closed, void *userdata,
                      NamesChannel **ret_channel) {

        _cleanup_(names_channel_freep) NamesChannel *c = NULL;
        int r;

        c = malloc(sizeof(*c));
        if (!c)
                return -ENOMEM;
        *c = (NamesChannel){
                .fd = -EBADF,
                .on_message = on_message,
                .on_closed = on_closed,
                .userdata = userdata,
        };

        c->fd = unix_socket_connect(path, SOCK_SEQPACKET | SOCK_NONBLOCK);
        if (c->fd < 0)
                return c->fd;

        r = sd_event_add_io(event, &c->source, c->fd, EPOLLIN, names_channel_on_io, c);
        if (r < 0)
                return r;

        (void) sd_event_source_set_description(c->source, "names-channel");
        *ret_channel = steal_pointer(c);
        return 0;
}

NamesChannel *names_channel_free(NamesChannel *c) {
        if (!c)
                return NULL;

        sd_event_source_disable_unref(c->source);
        if (c->fd >= 0)
                close(c->fd);
        free(c);
        return NULL;
}

int names_channel_send(NamesChannel *c, const NamesMessage *message) {
        uint8_t buffer[NAMES_MESSAGE_MAX_BYTES];
        int n;

        n = names_message_write(message, buffer, sizeof(buffer));
        if (n < 0)
                return n;

        return send(c->fd, buffer, (size_t) n, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}
