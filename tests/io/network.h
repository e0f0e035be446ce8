/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A small internet for one test: a network namespace of its own and, joined to it by a veth pair,
 * a second one that plays the router and the server. Nothing leaves the two.
 *
 *      test:  lo, uplink 192.0.2.1/24  ──  peer 192.0.2.2/24:  router of everything else
 */

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "core/base/macros.h"

#define NETWORK_LOCAL "192.0.2.1"
#define NETWORK_PEER "192.0.2.2"

/* Enters a fresh namespace with lo up; ends the process with 77 if that is not allowed. */
void network_enter(void);
/* Adds the peer; ends the process with 77 if there is no iproute2, nsenter or veth. */
void network_add_peer(void);
/* Adds one more link to the peer, by a veth pair with no addresses. */
void network_add_link(const char *ifname, const char *peer_ifname);

/*
 * Mounts an empty folder over a real one, such as /etc, for this process and its children alone.
 * Ends the process with 77 if that is not allowed.
 */
void network_hide(const char *directory);
/* Writes a file there, in the place of an older one. */
void network_write_file(const char *path, const char *text);

/* Runs a shell command in the test's or in the peer's namespace; a failure ends the process. */
void network_run(const char *format, ...) _printf_(1, 2);
void network_run_in_peer(const char *format, ...) _printf_(1, 2);

/*
 * Calls the function, which returns 0 or a negative errno, in a process of its own, and returns the
 * same: for what leaves its process in another namespace.
 */
int network_in_child(int (*function)(void));

/* Turns the loop until *done or the time is over. Returns *done. */
bool network_wait(sd_event *event, const bool *done, uint64_t timeout_usec);

/* Turns the loop for so long, for what is on its way, or must not come. */
void network_settle(sd_event *event, uint64_t usec);

/* Opens a socket that lives in the peer's namespace. */
int network_socket_in_peer(int domain, int type, int protocol);

/* Opens a raw GRE socket in the peer's namespace whose packets go to the test's end. */
int network_gre_in_peer(void);
/* Sends a frame over it as RFC 2637, section 4.1, packs it. protocol: 0x880b for PPP. */
void network_send_gre(int fd, uint16_t protocol, uint16_t call_id, uint8_t sequence,
                      const void *frame, size_t n_frame);

/*
 * Sends what a host or router sends that does not let our GRE through: an ICMP error of type
 * Destination Unreachable with that code, which quotes a packet to one of the server's calls.
 */
void network_refuse_gre(uint8_t icmp_code, uint16_t quoted_call_id);

/* Opens a TCP listener in the test's namespace at 127.0.0.1, returns it and the port. */
int network_listen(uint16_t *ret_port);

struct in_addr network_address(const char *text);
