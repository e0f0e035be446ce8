/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Looks up the addresses of a name without stopping the event loop: getaddrinfo() may block for
 * as long as it likes in a child of its own, which is killed when nobody waits any more. The
 * system's whole set-up counts (hosts file, nsswitch.conf, search domains), as it does for ping.
 *
 * SIGCHLD must be blocked, as sd_event_add_child(3) wants it.
 */

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "core/base/macros.h"

/* More addresses than this of one name are left out; an answer is one atomic write to a pipe. */
#define RESOLVER_ADDRESSES_MAX 64

typedef struct Resolver Resolver;

typedef struct ResolverResult {
        int error;                       /* 0, -ETIMEDOUT, or what kept the child from answering */
        int eai;                         /* 0 or EAI_* as gai_strerror() takes it; if error is 0 */
        bool only_ipv6;                  /* the name exists, and has no IPv4 address */
        const struct in_addr *addresses; /* without duplicates, in the resolver's order */
        size_t n_addresses;
} ResolverResult;

/* Runs once, from the event loop; may free the resolver. */
typedef void (*ResolverFunc)(Resolver *r, const ResolverResult *result, void *userdata);

/*
 * Begins a look-up; an IPv4 address in dotted form is answered without a child. timeout_usec counts
 * on CLOCK_BOOTTIME from now. Returns 0 or a negative errno.
 */
int resolver_new(sd_event *event, const char *name, uint64_t timeout_usec, ResolverFunc func,
                 void *userdata, Resolver **ret_resolver);
/*
 * Cancels a look-up that is still under way: its child is killed and reaped, and no result comes.
 * Takes NULL; returns NULL.
 */
Resolver *resolver_free(Resolver *r);
DEFINE_FREEP(Resolver, resolver_free)
