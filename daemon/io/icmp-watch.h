/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Hears ICMP errors about the GRE of one call for as long as the call stands. A raw GRE socket
 * would hear them too (gre-socket.h), but also get a copy of every packet of the tunnel; this one
 * is woken by nothing else than what it is there for, since the kernel's filter sees to that.
 */

#include <netinet/in.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "core/base/macros.h"

typedef struct IcmpWatch IcmpWatch;

/*
 * A router or the server itself refuses our packets. error is -ENETUNREACH, -EHOSTUNREACH (also for
 * what is prohibited) or -ENOPROTOOPT; offender is who said so, if it is true: anybody can send
 * that who guesses the call id. Runs from the event loop; may free the watch.
 */
typedef void (*IcmpWatchFunc)(IcmpWatch *w, int error, struct in_addr offender, void *userdata);

/*
 * Listens for errors about GRE to the server that bears the peer's call id. "Fragmentation needed"
 * is none. Returns 0, -EPERM (CAP_NET_RAW), or another negative errno.
 */
int icmp_watch_new(sd_event *event, struct in_addr server, uint16_t peer_call_id,
                   IcmpWatchFunc on_error, void *userdata, IcmpWatch **ret_watch);
/* Ends the watch: no error is reported any more. Takes NULL; returns NULL. */
IcmpWatch *icmp_watch_free(IcmpWatch *w);
DEFINE_FREEP(IcmpWatch, icmp_watch_free)
