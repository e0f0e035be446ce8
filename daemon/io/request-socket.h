/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What root may ask of a supervisor that runs, and the answer, which a signal could not bring: for
 * each request a socket in the tunnel's run-time folder, for root alone. To connect is to ask; the
 * answer is one byte, an exit status, once the request is done.
 */

#include <systemd/sd-event.h>

#include "core/base/macros.h"

/* The requests, by the names of their sockets. */
#define REQUEST_SOCKET_RELOAD "reload" /* read the configuration again */

typedef struct RequestSocket RequestSocket;

/*
 * Writes the path of a tunnel's socket for a request; the buffer has PATH_MAX bytes. A name that is
 * too long for a socket's address is refused by the other functions.
 */
void request_socket_path(const char *name, const char *request, char *buffer, size_t n_buffer);

/* Somebody asks. Nobody else is heard until request_socket_answer(). */
typedef void (*RequestSocketFunc)(RequestSocket *s, void *userdata);

/*
 * Listens at the path, in the place of what a predecessor may have left there. Returns 0, -ENOENT
 * if there is no such folder, or another negative errno.
 */
int request_socket_new(sd_event *event, const char *path, RequestSocketFunc func, void *userdata,
                       RequestSocket **ret_socket);
/*
 * Stops listening and removes the socket's path; a client that waits for an answer gets none. Takes
 * NULL; returns NULL.
 */
RequestSocket *request_socket_free(RequestSocket *s);
DEFINE_FREEP(RequestSocket, request_socket_free)

/*
 * Answers whoever asked with an exit status, and hears the next. Without effect if nobody asked, or
 * does not wait any longer.
 */
void request_socket_answer(RequestSocket *s, int exit_status);

/*
 * The other end: asks, and waits for the answer as long as it takes. Returns 0; -ENOENT or
 * -ECONNREFUSED if nobody listens, -EPIPE if nobody answered, or another negative errno.
 */
int request_socket_ask(const char *path, int *ret_exit_status);
