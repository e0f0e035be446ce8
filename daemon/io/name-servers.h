/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The name servers that this host asks, as resolv.conf(5) has them. */

#include <netinet/in.h>
#include <stddef.h>

/*
 * Reads at most n IPv4 addresses of /etc/resolv.conf and, since that may only name a local stub, of
 * the file in which systemd-resolved keeps those of the network. Returns how many; a file that is
 * not there, or cannot be read, has none.
 */
size_t name_servers_read(struct in_addr *servers, size_t n);

/*
 * Reads the servers of a single file in the format of resolv.conf(5), at most n. Returns how many
 * there are; a file that cannot be read has none.
 */
size_t name_servers_read_file(const char *path, struct in_addr *servers, size_t n);
