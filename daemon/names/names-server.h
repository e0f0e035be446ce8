/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Serves the supervisors that connect: hands what they want to a resolver, tells them what came of
 * it and what becomes of the resolver, and takes back what a supervisor registered when its
 * connection ends. Decides nothing else.
 */

#include <systemd/sd-event.h>

#include "core/base/macros.h"
#include "names/backend.h"

typedef struct NamesServer NamesServer;

/*
 * Serves at a listening socket of type SOCK_SEQPACKET, which it borrows, with a resolver of this
 * type. Ends the loop with status 0 when it has had no client for a second: systemd goes on
 * listening. Returns 0 or a negative errno.
 */
int names_server_new(sd_event *event, int listen_fd, const BackendType *type,
                     NamesServer **ret_server);
/* Hangs up, and takes back what the clients have registered. Takes NULL; returns NULL. */
NamesServer *names_server_free(NamesServer *s);
DEFINE_FREEP(NamesServer, names_server_free)
