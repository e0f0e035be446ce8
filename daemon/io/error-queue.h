/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * ICMP errors that a socket with IP_RECVERR has heard, with the address of who sent them (ip(7)).
 */

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ErrorQueueEntry {
        int error; /* negative errno */
        struct in_addr offender;
        uint8_t payload[16]; /* how the packet at fault began, behind its IPv4 header */
        size_t n_payload;
} ErrorQueueEntry;

/*
 * Takes the oldest entry off the socket's error queue. That clears the socket's pending error
 * (SO_ERROR) too, if no further entry waits. Returns 1, 0 if there is none, or a negative errno.
 */
int error_queue_read(int fd, ErrorQueueEntry *ret_entry);
