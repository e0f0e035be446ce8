/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Counts the GRE frames of a call that arrive at the uplink, in front of the firewall. Together
 * with what pppd received, which is behind it, it tells a path that loses GRE from a local firewall
 * that drops it. The kernel counts by itself: nothing is copied and nobody is woken.
 * Open it for the time of LCP only.
 */

#include <netinet/in.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "core/base/macros.h"

/* From LCP to data, three quarters of a second with 100 ms in each direction (tests/bench). */
#define GRE_COUNTER_CLOSE_USEC (2 * USEC_PER_SEC)

typedef struct GreCounter GreCounter;

/*
 * Begins to count frames from the server that bear our call id, on one interface or, with ifindex
 * 0, on all. Returns 0 or a negative errno.
 */
int gre_counter_new(uint32_t ifindex, struct in_addr server, uint16_t call_id,
                    GreCounter **ret_counter);
/*
 * Nobody needs the count any more: closes the socket from the event loop, after
 * GRE_COUNTER_CLOSE_USEC. close(2) of such a socket waits until every processor has seen it go,
 * about 10 ms (synchronize_net() in the kernel's packet_release()), and pppd waits for us just
 * then. May be called again.
 */
void gre_counter_close_later(GreCounter *c, sd_event *event);
/* Ends the count at once. Takes NULL; returns NULL. */
GreCounter *gre_counter_free(GreCounter *c);
DEFINE_FREEP(GreCounter, gre_counter_free)

/* Reads the count since the beginning. Returns 0 or a negative errno. */
int gre_counter_read(GreCounter *c, uint64_t *ret_n_frames);
