/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A raw GRE socket that listens in on one call. It sees the frames that come before the kernel's
 * PPTP driver is ready for them, and hears ICMP errors about what the driver sends. kernel-path.h
 * keeps it beside the driver's socket.
 */

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "core/base/macros.h"
#include "io/data-path/data-path.h"

/* A server repeats its first Configure-Request after seconds: four are generous. */
#define GRE_SOCKET_EARLY_FRAMES_MAX 4

typedef struct GreSocket GreSocket;

/* As DataPathErrorFunc. Runs from the event loop; may free the socket. */
typedef void (*GreSocketErrorFunc)(GreSocket *s, int error, struct in_addr offender,
                                   void *userdata);

/*
 * Listens for GRE from the server that bears our call id. Of the options it takes the addresses,
 * the device and the mark. Returns 0, -EPERM (CAP_NET_RAW), or another negative errno.
 */
int gre_socket_new(sd_event *event, const DataPathOptions *options, uint16_t call_id,
                   GreSocketErrorFunc on_error, void *userdata, GreSocket **ret_socket);
/* Closes the socket and forgets the frames. Takes NULL; returns NULL. */
GreSocket *gre_socket_free(GreSocket *s);
DEFINE_FREEP(GreSocket, gre_socket_free)

/* The peer's call id is known and the driver joined to it: what comes from here on is not early. */
void gre_socket_set_peer(GreSocket *s, uint16_t peer_call_id);

/* Frames that came before gre_socket_set_peer(), oldest first; borrowed. Returns their number. */
size_t gre_socket_get_early_frames(const GreSocket *s, const DataPathFrame **ret_frames);

/* Sends one GRE header without payload. Returns as data_path_test_output() does. */
int gre_socket_test_output(GreSocket *s);
