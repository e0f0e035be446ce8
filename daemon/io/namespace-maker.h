/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Makes network namespaces that have a name, as "ip netns add" does, and removes them. Both need
 * the host's own mounts (a unit's sandbox has a copy) and CAP_SYS_ADMIN, for which the tunnel
 * itself has no use: a process of its own does this before the supervisor starts and after it has
 * ended.
 *
 * A namespace that was made here is known by the alias of its loopback interface, which
 * "ip -n NAME link show lo" shows. So the mark goes with the namespace, and is never left over.
 */

#include <stdbool.h>

/*
 * Takes the process to the mounts of process 1, which are the host's. systemd gives commands with
 * "+" the right to that, but a copy of the mounts all the same. Needs CAP_SYS_ADMIN, CAP_SYS_CHROOT
 * and CAP_SYS_PTRACE. Returns 0 or a negative errno.
 */
int namespace_use_host_mounts(void);

/*
 * Makes the namespace of this name, with lo up and marked, and leaves the process in it. Returns 0,
 * -EEXIST if the name is taken, or another negative errno, and then there is none of that name.
 */
int namespace_make(const char *name);

/* What keeps a namespace from being removed; USE_NONE: nothing does. */
typedef enum NamespaceUse {
        NAMESPACE_USE_NONE,
        NAMESPACE_USE_FOREIGN,    /* somebody else made it */
        NAMESPACE_USE_INTERFACES, /* an interface other than lo is up in it */
        NAMESPACE_USE_PROCESSES,  /* a process is in it */
} NamespaceUse;

/*
 * Looks for what uses the namespace of the descriptor. Leaves the process in that namespace. To see
 * the processes of others it needs CAP_SYS_PTRACE. Returns 0 or a negative errno.
 */
int namespace_find_use(int fd, NamespaceUse *ret_use);

/*
 * Takes the name away; the namespace itself goes with the last that is in it. Returns 0 or a
 * negative errno.
 */
int namespace_remove(const char *name);
