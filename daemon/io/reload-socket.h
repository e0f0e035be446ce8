/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * How "systemctl reload" waits for a running supervisor and learns what came of it, which a signal
 * cannot tell: a socket in the tunnel's run-time folder, for root alone. To connect is to ask for a
 * reload; the answer is one byte, an exit status, once everything is done.
 */

#include <systemd/sd-event.h>

#include "core/base/macros.h"

typedef struct ReloadSocket ReloadSocket;

/* Somebody asks. Nobody else is heard until reload_socket_answer(). */
typedef void (*ReloadSocketFunc)(ReloadSocket *s, void *userdata);

/*
 * Listens at the path, in the place of what a predecessor may have left there. Returns 0, -ENOENT
 * if there is no such folder, or another negative errno.
 */
int reload_socket_new(sd_event *event, const char *path, ReloadSocketFunc func, void *userdata,
                      ReloadSocket **ret_socket);
/*
 * Stops listening and removes the socket's path; a client that waits for an answer gets none. Takes
 * NULL; returns NULL.
 */
ReloadSocket *reload_socket_free(ReloadSocket *s);
DEFINE_FREEP(ReloadSocket, reload_socket_free)

/*
 * Answers whoever asked with an exit status, and hears the next. Without effect if nobody asked, or
 * does not wait any longer.
 */
void reload_socket_answer(ReloadSocket *s, int exit_status);

/*
 * The other end: asks, and waits for the answer as long as it takes. Returns 0; -ENOENT or
 * -ECONNREFUSED if nobody listens, -EPIPE if nobody answered, or another negative errno.
 */
int reload_socket_ask(const char *path, int *ret_exit_status);
