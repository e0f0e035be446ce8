/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The supervisor's end of the SOCK_SEQPACKET pair that it shares with the plugin in pppd. What is
 * said over it is core/ppp/plugin-message.h; this only carries it.
 */

#include <systemd/sd-event.h>

#include "core/ppp/plugin-message.h"

typedef struct PluginChannel PluginChannel;

/*
 * A message from the plugin, borrowed for the call. Runs from the event loop or from
 * plugin_channel_read(); may free the channel.
 */
typedef void (*PluginChannelMessageFunc)(PluginChannel *c, const PluginMessage *message,
                                         void *userdata);

/*
 * The last call: no message follows. error is 0 if the plugin's end was closed (pppd is gone, or
 * never loaded the plugin), -EPROTO if what it says makes no sense, -EPROTONOSUPPORT if it is of
 * another build than we are, or another negative errno. May free the channel.
 */
typedef void (*PluginChannelClosedFunc)(PluginChannel *c, int error, void *userdata);

/*
 * Makes the pair. ret_plugin_fd is the plugin's end, close-on-exec, to be handed to pppd_new() and
 * then closed by the caller. Returns 0 or a negative errno.
 */
int plugin_channel_new(sd_event *event, PluginChannelMessageFunc on_message,
                       PluginChannelClosedFunc on_closed, void *userdata,
                       PluginChannel **ret_channel, int *ret_plugin_fd);
/* Closes our end, at which pppd ends. Takes NULL; returns NULL. */
PluginChannel *plugin_channel_free(PluginChannel *c);

/*
 * Hands out at once what the plugin has said until now, without the event loop: so that it is known
 * before something else is, which came later. The callbacks run from this call and may free the
 * channel.
 */
void plugin_channel_read(PluginChannel *c);

/*
 * Sends one message; before pppd runs it waits in the socket. Never blocks; the copy of a password
 * that was made for sending is wiped. Returns 0, -EPIPE or -ECONNRESET (the plugin is gone),
 * -EAGAIN (it does not read), -EINVAL (not a message that can be written).
 */
int plugin_channel_send(PluginChannel *c, const PluginMessage *message);
/*
 * Sends one message with a descriptor, which is borrowed: the plugin gets one of its own for the
 * same open file (SCM_RIGHTS, unix(7)). The file stays open while the message waits in the socket.
 * Returns as plugin_channel_send(), or another negative errno.
 */
int plugin_channel_send_fd(PluginChannel *c, const PluginMessage *message, int fd);
