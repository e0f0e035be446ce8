/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/hooks-channel.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/text.h"
#include "io/unix-socket.h"

struct HooksChannel {
        int fd;
        sd_event_source *source;
        HooksChannelFunc func;
        void *userdata;
};

static int hooks_channel_on_io(sd_event_source *source, int fd, _unused_ uint32_t revents,
                               void *userdata) {

        char bytes[HOOKS_TEXT_MAX_BYTES], text[HOOKS_TEXT_MAX_BYTES];
        HooksChannel *c = userdata;
        ssize_t n;

        n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return 0;

        if (n > 0) {
                c->func(text_escape(text, sizeof(text), bytes, (size_t) n), c->userdata);
                return 0;
        }

        (void) sd_event_source_set_enabled(source, SD_EVENT_OFF);
        c->func(NULL, c->userdata);
        return 0;
}

int hooks_channel_new(sd_event *event, const char *path, HooksChannelFunc func, void *userdata,
                      HooksChannel **ret_channel) {

        _cleanup_(hooks_channel_freep) HooksChannel *c = NULL;
        int r;

        c = malloc(sizeof(*c));
        if (!c)
                return -ENOMEM;
        *c = (HooksChannel){ .fd = -EBADF, .func = func, .userdata = userdata };

        c->fd = unix_socket_connect(path, SOCK_SEQPACKET | SOCK_NONBLOCK);
        if (c->fd < 0)
                return c->fd;

        r = sd_event_add_io(event, &c->source, c->fd, EPOLLIN, hooks_channel_on_io, c);
        if (r < 0)
                return r;

        (void) sd_event_source_set_description(c->source, "hooks-channel");
        *ret_channel = steal_pointer(c);
        return 0;
}

HooksChannel *hooks_channel_free(HooksChannel *c) {
        if (!c)
                return NULL;

        sd_event_source_disable_unref(c->source);
        if (c->fd >= 0)
                close(c->fd);
        free(c);
        return NULL;
}

int hooks_channel_send(HooksChannel *c, const char *text, size_t n_text) {
        return send(c->fd, text, n_text, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}
