/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/varlink-client.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "io/fd.h"
#include "io/unix-socket.h"

int varlink_client_call(const char *path, const char *method, bool more) {
        char call[VARLINK_CALL_MAX_BYTES];
        _cleanup_close_ int fd = -EBADF;
        int n, r;

        n = snprintf(call, sizeof(call), "{\"method\":\"%s\"%s}", method,
                     more ? ",\"more\":true" : "");
        if (n < 0 || (size_t) n >= sizeof(call))
                return -ENAMETOOLONG;

        fd = unix_socket_connect(path, SOCK_STREAM);
        if (fd < 0)
                return fd;

        /* With its NUL. Of one that hung up at once the end is told by the receiver. */
        r = fd_write_whole(fd, call, (size_t) n + 1);
        return r < 0 && r != -EPIPE ? r : steal_fd(fd);
}

/*
 * Reads up to the NUL and no further: what is behind it is looked at first, and left where it is.
 */
int varlink_client_receive(int fd, char *buffer, VarlinkMessage *ret_reply) {
        size_t n_buffer = 0;

        for (;;) {
                char *at = buffer + n_buffer, *end;
                ssize_t n;

                if (n_buffer == VARLINK_REPLY_MAX_BYTES)
                        return -EBADMSG;

                n = recv(fd, at, VARLINK_REPLY_MAX_BYTES - n_buffer, MSG_PEEK);
                if (n > 0) {
                        end = memchr(at, '\0', (size_t) n);
                        n = recv(fd, at, end ? (size_t) (end - at) + 1 : (size_t) n, 0);
                        n_buffer += (size_t) (n > 0 ? n : 0);
                        if (end && n > 0)
                                break;
                }
                if (n < 0 && errno != EINTR)
                        return -errno;
                if (n == 0)
                        return -EPIPE;
        }

        if (!varlink_message_parse(buffer, n_buffer - 1, ret_reply))
                return -EBADMSG;

        return ret_reply->error[0] != '\0' ? VARLINK_CLIENT_E_ERROR : 0;
}
