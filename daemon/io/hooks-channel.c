/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/hooks-channel.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/text.h"
#include "io/packet-socket.h"

struct HooksChannel {
        PacketSocket socket;
        HooksChannelFunc func;
        void *userdata;
};

static int hooks_channel_on_io(_unused_ sd_event_source *source, _unused_ int fd,
                               _unused_ uint32_t revents, void *userdata) {

        char bytes[HOOKS_TEXT_MAX_BYTES], text[HOOKS_TEXT_MAX_BYTES];
        HooksChannel *c = userdata;
        ssize_t n;

        n = packet_socket_receive(&c->socket, bytes, sizeof(bytes));
        if (n == -EAGAIN)
                return 0;

        c->func(n > 0 ? text_escape(text, sizeof(text), bytes, (size_t) n) : NULL, c->userdata);
        return 0;
}

int hooks_channel_new(sd_event *event, const char *path, HooksChannelFunc func, void *userdata,
                      HooksChannel **ret_channel) {

        _cleanup_(hooks_channel_freep) HooksChannel *c = NULL;
        int r;

        c = malloc(sizeof(*c));
        if (!c)
                return -ENOMEM;
        *c = (HooksChannel){ .socket = PACKET_SOCKET_NONE, .func = func, .userdata = userdata };

        r = packet_socket_connect(&c->socket, event, path, "hooks-channel", hooks_channel_on_io, c);
        if (r < 0)
                return r;

        *ret_channel = steal_pointer(c);
        return 0;
}

HooksChannel *hooks_channel_free(HooksChannel *c) {
        if (!c)
                return NULL;

        packet_socket_done(&c->socket);
        free(c);
        return NULL;
}

int hooks_channel_send(HooksChannel *c, const char *text, size_t n_text) {
        return packet_socket_send(&c->socket, text, n_text);
}
