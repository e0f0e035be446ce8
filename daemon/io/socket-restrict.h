/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * BindToDevice= and FirewallMark=, for each of a tunnel's sockets.
 */

#include <stdint.h>

/*
 * Binds the socket to an interface (NULL or "": any) and sets its mark (0: none). Returns 0,
 * -ENODEV (no such interface), -EPERM (the mark wants CAP_NET_ADMIN), or another negative errno.
 */
int socket_restrict(int fd, const char *bind_to_device, uint32_t firewall_mark);
