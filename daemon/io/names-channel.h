/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The supervisor's connection to pptp-names, which talks to the resolver of this host. What is said
 * over it is core/names/names-message.h; this only carries it. systemd listens at the socket, and
 * starts the program for whoever connects.
 */

#include <systemd/sd-event.h>

#include "core/base/macros.h"
#include "core/names/names-message.h"

typedef struct NamesChannel NamesChannel;

/* A message, borrowed for the call; may free the channel. */
typedef void (*NamesChannelMessageFunc)(NamesChannel *c, const NamesMessage *message,
                                        void *userdata);

/*
 * The last call: no message follows. error is 0 if the other end was closed, -EPROTO if what it
 * says makes no sense, -EPROTONOSUPPORT if it is of another build, or another negative errno. May
 * free the channel.
 */
typedef void (*NamesChannelClosedFunc)(NamesChannel *c, int error, void *userdata);

/*
 * Connects to the socket at a path. Never blocks. Returns 0, or a negative errno: -ENOENT and
 * -ECONNREFUSED where nobody listens, -EAGAIN where too many wait to be heard.
 */
int names_channel_new(sd_event *event, const char *path, NamesChannelMessageFunc on_message,
                      NamesChannelClosedFunc on_closed, void *userdata, NamesChannel **ret_channel);
/*
 * Closes the connection. pptp-names takes back then what was registered over it; names that are
 * refused stay so. Takes NULL; returns NULL.
 */
NamesChannel *names_channel_free(NamesChannel *c);
DEFINE_FREEP(NamesChannel, names_channel_free)

/* Sends one message. Never blocks. Returns 0 or a negative errno. */
int names_channel_send(NamesChannel *c, const NamesMessage *message);
