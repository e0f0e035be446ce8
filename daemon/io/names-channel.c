/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/names-channel.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/macros.h"
#include "io/packet-socket.h"

struct NamesChannel {
        PacketSocket socket;
        NamesChannelMessageFunc on_message;
        NamesChannelClosedFunc on_closed;
        void *userdata;
};

static void names_channel_end(NamesChannel *c, int error) {
        (void) sd_event_source_set_enabled(c->socket.source, SD_EVENT_OFF);
        c->on_closed(c, error, c->userdata);
}

/* One message for each turn of the loop: the program says little. */
static int names_channel_on_io(_unused_ sd_event_source *source, _unused_ int fd,
                               _unused_ uint32_t revents, void *userdata) {

        uint8_t buffer[NAMES_MESSAGE_MAX_BYTES + 1];
        NamesChannel *c = userdata;
        NamesMessage message;
        ssize_t n;
        int r;

        n = packet_socket_receive(&c->socket, buffer, sizeof(buffer));
        if (n == -EAGAIN)
                return 0;
        if (n <= 0) {
                names_channel_end(c, (int) n);
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
                .socket = PACKET_SOCKET_NONE,
                .on_message = on_message,
                .on_closed = on_closed,
                .userdata = userdata,
        };

        r = packet_socket_connect(&c->socket, event, path, "names-channel", names_channel_on_io, c);
        if (r < 0)
                return r;

        *ret_channel = steal_pointer(c);
        return 0;
}

NamesChannel *names_channel_free(NamesChannel *c) {
        if (!c)
                return NULL;

        packet_socket_done(&c->socket);
        free(c);
        return NULL;
}

int names_channel_send(NamesChannel *c, const NamesMessage *message) {
        uint8_t buffer[NAMES_MESSAGE_MAX_BYTES];
        int n;

        n = names_message_write(message, buffer, sizeof(buffer));
        if (n < 0)
                return n;

        return packet_socket_send(&c->socket, buffer, (size_t) n);
}
