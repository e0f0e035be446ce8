/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The control connection: TCP to the server's port 1723, messages out and in. What the messages
 * mean, and how long to wait for them, is not decided here: the caller has the deadlines.
 */

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "core/base/macros.h"
#include "core/pptp/pptp-message.h"

/* Some twenty messages: whoever reads so little reads nothing. */
#define CONTROL_SOCKET_QUEUE_MAX_BYTES 4096

typedef struct ControlSocket ControlSocket;

typedef struct ControlSocketOptions {
        struct in_addr server;
        uint16_t port;
        struct in_addr local_address; /* INADDR_ANY: the kernel chooses */
        const char *bind_to_device;   /* NULL or "": any */
        uint32_t firewall_mark;       /* 0: none */
} ControlSocketOptions;

typedef enum ControlSocketEventType {
        CONTROL_SOCKET_CONNECTED, /* local_address, round_trip_usec */
        CONTROL_SOCKET_FAILED,    /* no connection: error, offender; the last event */
        CONTROL_SOCKET_MESSAGE,   /* message; data: its bytes */
        CONTROL_SOCKET_MALFORMED, /* data: a message of no known form, skipped */
        CONTROL_SOCKET_NOT_PPTP,  /* data: what came instead; the last event */
        CONTROL_SOCKET_CLOSED,    /* error: 0 for an orderly end; the last event */
} ControlSocketEventType;

typedef struct ControlSocketEvent {
        ControlSocketEventType type;
        int error;               /* negative errno */
        struct in_addr offender; /* who sent the ICMP error; INADDR_ANY: there was none */
        struct in_addr local_address;
        uint64_t round_trip_usec;   /* as TCP has measured it; 0: it could not */
        const PptpMessage *message; /* borrowed for the call */
        const uint8_t *data;        /* the same; NULL if there is nothing to show */
        size_t n_data;
} ControlSocketEvent;

/* Runs from the event loop, or from control_socket_read(); may free the socket. */
typedef void (*ControlSocketFunc)(ControlSocket *s, const ControlSocketEvent *event,
                                  void *userdata);

/*
 * Begins to connect. Returns 0, or a negative errno that the kernel knew at once: -ENETUNREACH,
 * -EADDRNOTAVAIL (local_address is not ours), -ENODEV (bind_to_device), -EPERM, …
 */
int control_socket_new(sd_event *event, const ControlSocketOptions *options, ControlSocketFunc func,
                       void *userdata, ControlSocket **ret_socket);

/*
 * Closes the connection at once. The kernel still delivers what was sent (a
 * Stop-Control-Connection-Request sent just before reaches the server), and the server sees an
 * orderly end. Takes NULL; returns NULL.
 */
ControlSocket *control_socket_free(ControlSocket *s);
DEFINE_FREEP(ControlSocket, control_socket_free)

/*
 * Sends a message, now or as soon as the connection takes it; never blocks. Returns 0, -ENOTCONN
 * before CONTROL_SOCKET_CONNECTED and after the last event, -ENOBUFS if the peer stopped reading
 * (more than CONTROL_SOCKET_QUEUE_MAX_BYTES wait), or -EINVAL for a type that we never send.
 * An error of the connection is reported by CONTROL_SOCKET_CLOSED, not here.
 */
int control_socket_send(ControlSocket *s, const PptpMessage *message);

/*
 * Hands out at once what the server has said until now, as far as one turn of the loop goes: so
 * that it is known before something else is, which came later. The socket may be gone afterwards.
 */
void control_socket_read(ControlSocket *s);

/*
 * Returns how many bytes of ours the server's TCP has not acknowledged yet (SIOCOUTQ of tcp(7)), or
 * a negative errno.
 */
int control_socket_get_unacknowledged(ControlSocket *s);
