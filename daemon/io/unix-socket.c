/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/unix-socket.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "io/fd.h"

/*
 * So many clients may wait. Few, since they are served in turn: behind the thousands of SOMAXCONN
 * that anybody may put there, root would wait for seconds. Beyond it each has to wait in connect(),
 * and is as likely to be the next as any other.
 */
#define BACKLOG 8

static int address_fill(struct sockaddr_un *address, const char *path) {
        _Static_assert(sizeof(address->sun_path) == UNIX_SOCKET_PATH_MAX_BYTES, "see unix(7)");

        *address = (struct sockaddr_un){ .sun_family = AF_UNIX };
        if (strlen(path) >= sizeof(address->sun_path))
                return -ENAMETOOLONG;

        strcpy(address->sun_path, path);
        return 0;
}

int unix_socket_listen(const char *path, int type, mode_t mode) {
        _cleanup_close_ int fd = -EBADF;
        struct sockaddr_un address;
        mode_t mask;
        int r;

        r = address_fill(&address, path);
        if (r < 0)
                return r;

        fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return -errno;

        (void) unlink(path);
        /* Not chmod(2), which the supervisor has the kernel refuse (io/privileges.h). */
        mask = umask(~mode & 0777);
        r = bind(fd, (const struct sockaddr *) &address, sizeof(address)) < 0 ? -errno : 0;
        umask(mask);
        if (r < 0)
                return r;

        if (listen(fd, BACKLOG) < 0) {
                r = -errno;
                (void) unlink(path);
                return r;
        }

        return steal_fd(fd);
}

int unix_socket_connect(const char *path, int type) {
        _cleanup_close_ int fd = -EBADF;
        struct sockaddr_un address;
        int r;

        r = address_fill(&address, path);
        if (r < 0)
                return r;

        fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return -errno;

        if (connect(fd, (const struct sockaddr *) &address, sizeof(address)) < 0)
                return -errno;

        return steal_fd(fd);
}
