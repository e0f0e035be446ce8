/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/instance-lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/fd.h"

#define LOCK_NAME "lock"

/*
 * How often a former holder may remove the file between two steps of ours, before it is a mistake.
 */
#define TRIES_MAX 100

static int make_directory(const char *path) {
        return mkdir(path, 0755) < 0 && errno != EEXIST ? -errno : 0;
}

/* The former holder may have removed the file after we opened it. */
static bool is_removed(int fd) {
        struct stat st;

        return fstat(fd, &st) == 0 && st.st_nlink == 0;
}

/*
 * Returns 0, INSTANCE_LOCK_E_TAKEN, -ESTALE if it is to be tried again, or another negative errno.
 */
static int lock_file(const char *path, int *ret_fd) {
        _cleanup_close_ int directory_fd = -EBADF, fd = -EBADF;
        int r;

        r = make_directory(path);
        if (r < 0)
                return r;

        directory_fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (directory_fd < 0)
                return errno == ENOENT ? -ESTALE : -errno;

        /* flock(2) asks for no more than an open file, so nobody else may open this one. */
        fd = openat(directory_fd, LOCK_NAME, O_RDWR | O_CREAT | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC,
                    0600);
        if (fd < 0 && (errno == ENOSPC || errno == EDQUOT || errno == EROFS))
                /* Without room for the file, lock the directory: other users could hold that lock,
                 * but a full or read-only /run shall not keep the tunnel from starting. */
                fd = steal_fd(directory_fd);
        if (fd < 0)
                return errno == ENOENT ? -ESTALE : -errno;

        if (flock(fd, LOCK_EX | LOCK_NB) < 0)
                return errno == EWOULDBLOCK ? INSTANCE_LOCK_E_TAKEN : -errno;
        if (is_removed(fd))
                return -ESTALE;

        *ret_fd = steal_fd(fd);
        return 0;
}

int instance_lock_take(InstanceLock *lock, const char *parent, const char *name) {
        char path[sizeof(lock->path)];
        int fd = -EBADF, r;

        if (!name[0] || name[0] == '.' || strchr(name, '/'))
                return -EINVAL;
        if (snprintf(path, sizeof(path), "%s/%s", parent, name) >= (int) sizeof(path))
                return -ENAMETOOLONG;

        r = make_directory(parent);
        if (r < 0)
                return r;

        r = -ESTALE;
        for (unsigned i = 0; i < TRIES_MAX && r == -ESTALE; i++)
                r = lock_file(path, &fd);
        if (r != 0)
                return r;

        lock->fd = fd;
        memcpy(lock->path, path, sizeof(path));
        return 0;
}

void instance_lock_release(InstanceLock *lock) {
        char path[sizeof(lock->path) + sizeof("/" LOCK_NAME)];

        if (lock->fd < 0)
                return;

        /* While it is still ours, so that the file that goes is the one that we have locked. */
        snprintf(path, sizeof(path), "%s/" LOCK_NAME, lock->path);
        (void) unlink(path);
        (void) rmdir(lock->path);
        close(steal_fd(lock->fd));
}
