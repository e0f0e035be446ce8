/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "io/fd.h"

int namespace_open(const char *name, int *ret_fd) {
        char path[PATH_MAX];
        int fd;

        snprintf(path, sizeof(path), "%s%s", name[0] == '/' ? "" : NAMESPACE_DIRECTORY "/", name);
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (fd < 0)
                return -errno;

        /* See ioctl_ns(2). On anything but a namespace the request fails. */
        if (ioctl(fd, NS_GET_NSTYPE) != CLONE_NEWNET) {
                close(fd);
                return NAMESPACE_E_OTHER;
        }

        *ret_fd = fd;
        return 0;
}

bool namespace_is_same(int fd, int other_fd) {
        struct stat a, b;

        return fstat(fd, &a) == 0 && fstat(other_fd, &b) == 0 && a.st_dev == b.st_dev &&
                a.st_ino == b.st_ino;
}

int namespace_enter(int fd, NamespaceVisit *ret_visit) {
        int home_fd;

        if (fd < 0) {
                *ret_visit = (NamespaceVisit) NAMESPACE_VISIT_INIT;
                return 0;
        }

        home_fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
        if (home_fd < 0)
                return -errno;

        if (setns(fd, CLONE_NEWNET) < 0) {
                int r = -errno;

                close(home_fd);
                return r;
        }

        *ret_visit = (NamespaceVisit){ .home_fd = home_fd };
        return 0;
}

void namespace_leave(NamespaceVisit *visit) {
        if (visit->home_fd < 0)
                return;

        if (setns(visit->home_fd, CLONE_NEWNET) < 0)
                abort();

        close(visit->home_fd);
        visit->home_fd = -EBADF;
}
