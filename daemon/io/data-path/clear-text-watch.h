/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Notices clear text that is sent to a call that encrypts. The filter on the call's own socket
 * (clear-text-filter.h) drops all of it, but does not tell, and to look at every packet of the
 * uplink all the time would cost each of them: with hundreds of tunnels, of each other's packets
 * too. So this looks for a moment, twice a minute. Whoever sends clear text all along is noticed
 * within half a minute; a single packet is dropped without a word.
 */

#include <netinet/in.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "core/base/macros.h"

typedef struct ClearTextWatch ClearTextWatch;

/* Clear text came. Runs from the event loop, at most once for each look; may free the watch. */
typedef void (*ClearTextWatchFunc)(ClearTextWatch *w, void *userdata);

/*
 * Looks for clear text from the server to our call id, from now on. Returns 0 or a negative errno.
 */
int clear_text_watch_new(sd_event *event, struct in_addr server, uint16_t call_id,
                         ClearTextWatchFunc on_clear_text, void *userdata,
                         ClearTextWatch **ret_watch);
/* Stops looking. Takes NULL; returns NULL. */
ClearTextWatch *clear_text_watch_free(ClearTextWatch *w);
DEFINE_FREEP(ClearTextWatch, clear_text_watch_free)
