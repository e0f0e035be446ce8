/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A question by DHCP to the far end of a tunnel, and what comes back.
 *
 * The socket is a raw one, bound to the tunnel's interface and filtered for the answer's ports: it
 * hears them also where another program has the client's port. To the kernel it is none that a
 * datagram is for. With no other at that port, the kernel answers each with an ICMP error that
 * quotes it, which leaves beside the tunnel unless a route to the server's address leads into it.
 * So dhcp_port_hold() takes the port, and keeps it for answers that come late.
 */

#include <netinet/in.h>
#include <stddef.h>
#include <systemd/sd-event.h>

#include "core/base/macros.h"

typedef struct DhcpSocket DhcpSocket;

/*
 * Holds the DHCP client's port at that address of an interface with a socket that hears nothing.
 * Returns the socket, which is the caller's to close; or a negative errno: -EACCES
 * (CAP_NET_BIND_SERVICE), -EADDRINUSE (another program has the port for itself, and hears what
 * comes), -ENODEV, …
 */
int dhcp_port_hold(const char *interface_name, struct in_addr address);

/* The payload of a datagram from the server's to the client's port; borrowed for the call. */
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
