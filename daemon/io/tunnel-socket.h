/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The interface io.pptp.Tunnel of Varlink: where a supervisor offers it, and its methods. */

#include <limits.h>
#include <stdio.h>

#include "core/base/paths.h"

#define TUNNEL_INTERFACE "io.pptp.Tunnel"

/* pptp-state(5) says what is in a state. */
#define TUNNEL_INTERFACE_DESCRIPTION                                   \
        "interface io.pptp.Tunnel\n"                                   \
        "method List() -> (tunnels: []string)\n"                       \
        "method Describe() -> (name: string, state: [string]string)\n" \
        "method Monitor() -> (name: string, state: [string]string)\n"  \
        "method Reconnect() -> ()\n"                                   \
        "method Dump() -> (file: string)\n"

/* Writes the path of a tunnel's socket; the buffer has PATH_MAX bytes. */
static inline void tunnel_socket_path(const char *name, char *buffer, size_t n_buffer) {
        snprintf(buffer, n_buffer, PATHS_RUNTIME_DIRECTORY "/%s/" TUNNEL_INTERFACE, name);
}
