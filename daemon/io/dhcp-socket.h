/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A question by DHCP to the far end of a tunnel, and what comes back. The unit may not open a port
 * below 1024 (CAP_NET_BIND_SERVICE), and answers come to one: so the socket is a raw one, which it
 * may open for the probe already, bound to the tunnel's interface and filtered for that port.
 */

#include <stddef.h>
#include <systemd/sd-event.h>

#include "core/base/macros.h"

typedef struct DhcpSocket DhcpSocket;

/* The payload of a datagram that came to the client's port; borrowed for the call. */
typedef void (*DhcpSocketFunc)(DhcpSocket *d, const void *data, size_t n_data, void *userdata);

/*
 * Opens a socket on that interface, and calls on_packet for what comes. Returns 0, and the socket
 * is the caller's to free; or a negative errno: -ENODEV, -EPERM, …
 */
int dhcp_socket_new(sd_event *event, const char *interface_name, DhcpSocketFunc on_packet,
                    void *userdata, DhcpSocket **ret_socket);

/* Closes it, also from its callback. Takes NULL; returns NULL. */
DhcpSocket *dhcp_socket_free(DhcpSocket *d);
DEFINE_FREEP(DhcpSocket, dhcp_socket_free)

/*
 * Sends a message of at most DHCP_INFORM_MAX_BYTES to all servers on the link. Returns 0, -EMSGSIZE
 * for a longer one, or another negative errno.
 */
int dhcp_socket_send(DhcpSocket *d, const void *data, size_t n_data);
