/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The supervisor's end of a connection to a program that systemd starts for it, as pptp-names and
 * pptp-hooks: packets over a socket with a path, in an event loop. What they say is the business of
 * names-channel.h and hooks-channel.h.
 */

#include <stddef.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

typedef struct PacketSocket {
        int fd; /* -EBADF: not connected */
        sd_event_source *source;
} PacketSocket;

#define PACKET_SOCKET_NONE \
        { .fd = -EBADF }

/*
 * Connects to the socket at a path. Never blocks. The handler has packet_socket_receive() take what
 * comes. Returns 0, or a negative errno: -ENOENT and -ECONNREFUSED where nobody listens, -EAGAIN
 * where too many wait to be heard. packet_socket_done() is to be called in any case.
 */
int packet_socket_connect(PacketSocket *s, sd_event *event, const char *path,
                          const char *description, sd_event_io_handler_t handler, void *userdata);
/* Closes the connection. Also for one that is PACKET_SOCKET_NONE, which it is afterwards. */
void packet_socket_done(PacketSocket *s);

/*
 * Takes one packet. Returns its length in bytes; 0 at the end, after which the handler is not
 * called any more; -EAGAIN if there is none; or another negative errno, which is an end as well.
 */
ssize_t packet_socket_receive(PacketSocket *s, void *buffer, size_t n_buffer);

/* Sends one packet. Never blocks. Returns 0 or a negative errno. */
int packet_socket_send(PacketSocket *s, const void *data, size_t n_data);
