/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Sockets that have a path: unix(7). */

#include <sys/types.h>

/* Room for the longest path that a socket can have, with its NUL: sun_path of unix(7). */
#define UNIX_SOCKET_PATH_MAX_BYTES 108

/*
 * Listens at the path, in the place of what a predecessor may have left there. type: SOCK_STREAM or
 * SOCK_SEQPACKET; mode: who may connect needs the right to write. Returns the descriptor,
 * close-on-exec and non-blocking, which the caller owns along with what is at the path now;
 * -ENAMETOOLONG for a path over UNIX_SOCKET_PATH_MAX_BYTES, -ENOENT if its folder is not there, or
 * another negative errno. After a failure nothing of ours is left at the path.
 */
int unix_socket_listen(const char *path, int type, mode_t mode);

/*
 * Connects to whoever listens at the path. type: as there, and SOCK_NONBLOCK if wanted, which also
 * means not to wait for one that has too many clients already (-EAGAIN). Returns the descriptor,
 * close-on-exec, which the caller owns; -ENAMETOOLONG, -ENOENT or -ECONNREFUSED if nobody listens,
 * or another negative errno.
 */
int unix_socket_connect(const char *path, int type);
