/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Calls a service of Varlink, and waits for what it answers. */

#include <stddef.h>

#include "core/varlink/varlink-message.h"

/* Replies of our own services are shorter. */
#define VARLINK_REPLY_MAX_BYTES (128 * 1024)

enum {
        VARLINK_CLIENT_E_ERROR = 1, /* the service answered with an error */
};

/*
 * Connects and calls a method without parameters, "io.pptp.Tunnel.Monitor"; with more, several
 * replies will come. Returns a descriptor for varlink_client_receive(), to be closed by the caller,
 * or a negative errno: -ENOENT or -ECONNREFUSED if nobody listens.
 */
int varlink_client_call(const char *path, const char *method, bool more);

/*
 * Waits for a reply, as long as it takes. The buffer has VARLINK_REPLY_MAX_BYTES, and the reply
 * borrows from it. Returns 0; VARLINK_CLIENT_E_ERROR with a reply that has one; -EPIPE if the
 * service hung up, -EBADMSG if it does not speak Varlink, or another negative errno.
 */
int varlink_client_receive(int fd, char *buffer, VarlinkMessage *ret_reply);
