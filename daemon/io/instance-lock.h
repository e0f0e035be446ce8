/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * One supervisor for a tunnel: whoever holds the lock on the file "lock" in its directory below
 * /run/pptp, which only root can open. Where no file can be made (a full or read-only /run), the
 * lock is on the directory itself, which other users can lock as well. The kernel gives the lock
 * back when its holder dies, however that is.
 */

#include <limits.h>

#include "core/base/macros.h"

typedef struct InstanceLock {
        int fd;
        char path[PATH_MAX];
} InstanceLock;
#define INSTANCE_LOCK_INIT \
        { .fd = -EBADF }

enum {
        INSTANCE_LOCK_E_TAKEN = 1, /* another process has it */
};

/*
 * Takes the lock of parent/name, and makes the directory if it is missing. Returns 0,
 * INSTANCE_LOCK_E_TAKEN or a negative errno.
 */
int instance_lock_take(InstanceLock *lock, const char *parent, const char *name);
/*
 * Gives it back, and removes the directory if there is nothing in it. Also for a lock never taken.
 */
void instance_lock_release(InstanceLock *lock);
