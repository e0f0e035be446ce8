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

#include "core/base/macros.h"

typedef struct GreCounter GreCounter;

/*
 * Begins to count frames from the server that bear our call id, on one interface or, with ifindex
 * 0, on all. Returns 0 or a negative errno.
 */
int gre_counter_new(uint32_t ifindex, struct in_addr server, uint16_t call_id,
                    GreCounter **ret_counter);
/* Ends the count. Takes NULL; returns NULL. */
GreCounter *gre_counter_free(GreCounter *c);
DEFINE_FREEP(GreCounter, gre_counter_free)

/* Reads the count since the beginning. Returns 0 or a negative errno. */
int gre_counter_read(GreCounter *c, uint64_t *ret_n_frames);
