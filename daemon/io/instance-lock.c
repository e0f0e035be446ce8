/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/instance-lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/hash.h"
#include "io/fd.h"

/* The byte of the device that stands for this path: an off_t is not negative. */
static off_t get_byte(const char *path) {
        return (off_t) (hash_bytes(path, strlen(path)) >> 1);
}

/* Returns 0, INSTANCE_LOCK_E_TAKEN or a negative errno. */
static int lock_byte(int fd, off_t byte) {
        struct flock range = {
                .l_type = F_WRLCK,
                .l_whence = SEEK_SET,
                .l_start = byte,
                .l_len = 1,
        };

        if (fcntl(fd, F_OFD_SETLK, &range) < 0)
                return errno == EAGAIN || errno == EACCES ? INSTANCE_LOCK_E_TAKEN : -errno;

        return 0;
}

int instance_lock_take(InstanceLock *lock, const char *device, const char *parent,
                       const char *name) {

        _cleanup_close_ int fd = -EBADF;
        char path[sizeof(lock->path)];
        int r;

        if (!name[0] || name[0] == '.' || strchr(name, '/'))
                return -EINVAL;
        if (snprintf(path, sizeof(path), "%s/%s", parent, name) >= (int) sizeof(path))
                return -ENAMETOOLONG;

        /*
         * Without the device no tunnel can come up and there is nothing to lock; the attempt that
         * needs the device reports the error.
         */
        fd = open(device, O_RDWR | O_NOCTTY | O_CLOEXEC);
        r = fd >= 0 ? lock_byte(fd, get_byte(path)) : 0;
        if (r != 0)
                return r;

        /* Where there is no room for a directory, only what would be written there is missing. */
        (void) mkdir(parent, 0755);
        (void) mkdir(path, 0755);

        lock->is_taken = true;
        lock->fd = steal_fd(fd);
        memcpy(lock->path, path, sizeof(path));
        return 0;
}

void instance_lock_release(InstanceLock *lock) {
        if (!lock->is_taken)
                return;

        /* Before the lock is released, so that no successor has put anything into the directory. */
        (void) rmdir(lock->path);
        lock->is_taken = false;
        if (lock->fd >= 0)
                close(steal_fd(lock->fd));
}
