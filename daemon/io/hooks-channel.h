/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The supervisor's connection to pptp-hooks, which has systemd start the units of [Hooks]: the
 * sandbox of a tunnel has no way to systemd. systemd listens at the socket, and starts the program
 * for whoever connects.
 *
 * The connection stands as long as the tunnel is up. Its end has the units of Down= started,
 * however the supervisor ends. Packets to pptp-hooks are texts of the state file
 * (core/status/status.h): one when the tunnel has come up, and one before the connection is closed
 * in good order. Packets from it are for people: why units were not started.
 */

#include <stddef.h>
#include <systemd/sd-event.h>

#include "core/base/macros.h"
#include "io/unit.h"

/* Of a text that comes, with its NUL: up to CONFIG_UNITS_MAX units may have to be told of. */
#define HOOKS_TEXT_MAX_BYTES 1024

typedef struct HooksChannel HooksChannel;

/* A text, printable and borrowed for the call; NULL is the last call: pptp-hooks has ended. */
typedef void (*HooksChannelFunc)(const char *text, void *userdata);

/*
 * Connects to the socket at a path. Never blocks. Returns 0, or a negative errno: -ENOENT and
 * -ECONNREFUSED where nobody listens, -EAGAIN where too many wait to be heard.
 */
int hooks_channel_new(sd_event *event, const char *path, HooksChannelFunc func, void *userdata,
                      HooksChannel **ret_channel);
/* Closes the connection. Takes NULL; returns NULL. */
HooksChannel *hooks_channel_free(HooksChannel *c);
DEFINE_FREEP(HooksChannel, hooks_channel_free)

/* Sends the text of a state file. Never blocks. Returns 0 or a negative errno. */
int hooks_channel_send(HooksChannel *c, const char *text, size_t n_text);
