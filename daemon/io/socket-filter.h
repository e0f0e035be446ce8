/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A classic BPF filter on a socket. For a raw or packet socket attaching it leaves a window:
 * between socket() and the filter, the socket hears everybody's packets, and they stay queued.
 */

#include <linux/filter.h>
#include <stddef.h>

/*
 * Attaches a filter of n instructions to a new socket, and throws away what it has heard until
 * then. Call it once the socket is bound and connected. Returns 0 or a negative errno.
 */
int socket_attach_filter(int fd, const struct sock_filter *filter, size_t n_filter);

/*
 * The same without throwing anything away: for a socket in use, whose queue counts. Returns 0 or a
 * negative errno.
 */
int socket_replace_filter(int fd, const struct sock_filter *filter, size_t n_filter);
