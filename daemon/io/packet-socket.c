/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/packet-socket.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/unix-socket.h"

int packet_socket_connect(PacketSocket *s, sd_event *event, const char *path,
                          const char *description, sd_event_io_handler_t handler, void *userdata) {

        int r;

        s->fd = unix_socket_connect(path, SOCK_SEQPACKET | SOCK_NONBLOCK);
        if (s->fd < 0)
                return s->fd;

        r = sd_event_add_io(event, &s->source, s->fd, EPOLLIN, handler, userdata);
        if (r < 0)
                return r;

        (void) sd_event_source_set_description(s->source, description);
        return 0;
}

void packet_socket_done(PacketSocket *s) {
        s->source = sd_event_source_disable_unref(s->source);
        if (s->fd >= 0)
                close(s->fd);
        s->fd = -EBADF;
}

ssize_t packet_socket_receive(PacketSocket *s, void *buffer, size_t n_buffer) {
        ssize_t n;

        n = recv(s->fd, buffer, n_buffer, MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return -EAGAIN;
        if (n < 0)
                n = errno == ECONNRESET ? 0 : -errno;

        /* No message is empty, so an empty one is the end. */
        if (n <= 0)
                (void) sd_event_source_set_enabled(s->source, SD_EVENT_OFF);
        return n;
}

int packet_socket_send(PacketSocket *s, const void *data, size_t n_data) {
        return send(s->fd, data, n_data, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}
