/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * One supervisor for a tunnel: whoever has locked its byte of /dev/ppp, which only root can open.
 * A file for it would need room, and a directory can be locked by anybody who may look into it. The
 * kernel gives the lock back when its holder dies, however that is.
 */

#include <errno.h>
#include <limits.h>
#include <stdbool.h>

#include "core/base/macros.h"

/* The device that no tunnel can do without (ppp_generic of the kernel, mode 0600). */
#define INSTANCE_LOCK_DEVICE "/dev/ppp"

typedef struct InstanceLock {
        bool is_taken;
        int fd; /* -EBADF without the device */
        char path[PATH_MAX];
} InstanceLock;
#define INSTANCE_LOCK_INIT \
        { .fd = -EBADF }

enum {
        INSTANCE_LOCK_E_TAKEN = 1, /* another process has it */
};

/*
 * Takes the lock of parent/name, and makes that directory if it is missing and if it can. device is
 * INSTANCE_LOCK_DEVICE but for tests; where it cannot be opened, nothing is locked. Returns 0,
 * INSTANCE_LOCK_E_TAKEN or a negative errno.
 */
int instance_lock_take(InstanceLock *lock, const char *device, const char *parent,
                       const char *name);
/*
 * Gives it back, and removes the directory if there is nothing in it. Also for a lock never taken.
 */
void instance_lock_release(InstanceLock *lock);
