/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Calls of a tunnel's supervisor that have no parameters and whose answer says nothing. */

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"
#include "io/fd.h"
#include "io/tunnel-socket.h"
#include "io/varlink-client.h"

int ctl_call_tunnel(const char *name, const char *method) {
        char path[PATH_MAX], full_name[VARLINK_NAME_MAX_BYTES];
        _cleanup_free_ char *buffer = NULL;
        _cleanup_close_ int fd = -EBADF;
        VarlinkMessage reply;
        int r;

        tunnel_socket_path(name, path, sizeof(path));
        snprintf(full_name, sizeof(full_name), TUNNEL_INTERFACE ".%s", method);
        buffer = malloc(VARLINK_REPLY_MAX_BYTES);
        if (!buffer)
                return -ENOMEM;

        fd = varlink_client_call(path, full_name, false);
        if (fd < 0)
                return fd;

        r = varlink_client_receive(fd, buffer, &reply);
        if (r != VARLINK_CLIENT_E_ERROR)
                return r;

        return strcmp(reply.error, VARLINK_ERROR_PERMISSION) == 0 ? -EACCES : -EREMOTEIO;
}
