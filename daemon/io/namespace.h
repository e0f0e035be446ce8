/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Network namespaces by name, and visits to them. Sockets keep the namespace that they were made
 * in, and children begin in that of their parent: so whatever is to be in another namespace is made
 * during a visit to it, and used from home afterwards. Making namespaces is namespace-maker.h's.
 */

#include <stdbool.h>

#include "core/base/macros.h"

/* Where ip-netns(8) keeps the namespaces that have a name. */
#define NAMESPACE_DIRECTORY "/run/netns"

/* The descriptor of no other namespace: a visit to it stays at home. */
#define NAMESPACE_OWN (-EBADF)

enum { NAMESPACE_E_OTHER = 1 };
/*
 * Opens the network namespace that has this name below NAMESPACE_DIRECTORY, or this absolute path.
 * Returns 0 and a descriptor, which the caller closes; NAMESPACE_E_OTHER if there is something else
 * at that place (as for a moment while "ip netns add" is at work), or a negative errno.
 */
int namespace_open(const char *name, int *ret_fd);

/* Whether both descriptors are of the same namespace. */
bool namespace_is_same(int fd, int other_fd);

/* A visit, which lasts as long as the scope of its variable. */
typedef struct NamespaceVisit {
        int home_fd; /* -EBADF: it stayed at home */
} NamespaceVisit;
#define NAMESPACE_VISIT_INIT \
        { .home_fd = -EBADF }

/*
 * Takes the calling thread to the namespace, until namespace_leave(); _cleanup_namespace_leave_
 * does that. With NAMESPACE_OWN there is nothing to do. Needs CAP_SYS_ADMIN here and there. Returns
 * 0, -EPERM, or another negative errno, and then the thread is still at home.
 */
int namespace_enter(int fd, NamespaceVisit *ret_visit);
/* Ends the visit. A way back that is closed ends the process: it must not go on elsewhere. */
void namespace_leave(NamespaceVisit *visit);
#define _cleanup_namespace_leave_ _cleanup_(namespace_leave)
