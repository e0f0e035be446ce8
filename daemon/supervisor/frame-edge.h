/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Carries out what the frame of a tunnel (core/route/route-frame.h) asks of the kernel, for the
 * supervisor, and for "pptp-supervisor --clean-up".
 */

#include <systemd/sd-event.h>

#include "core/base/macros.h"
#include "core/config/config.h"
#include "core/route/route-frame.h"
#include "io/journal.h"
#include "io/rtnl/rtnl.h"

typedef struct FrameEdge FrameEdge;

/*
 * Of the actions those that are for neither the kernel nor the journal: STANDS, FAILED, … Before
 * the kernel is asked also LIST_ROUTES and CHANGE_ROUTES: from then on others may put routes in the
 * places of ours.
 */
typedef void (*FrameEdgeFunc)(FrameEdge *e, const RouteFrameAction *action, void *userdata);

/*
 * Makes the frame of the tunnel with that name, which does nothing yet. event, rtnl and journal are
 * borrowed. Returns 0 or a negative errno.
 */
int frame_edge_new(sd_event *event, Rtnl *rtnl, Journal *journal, const char *name,
                   FrameEdgeFunc on_action, void *userdata, FrameEdge **ret_edge);
/* Frees the frame; rules and routes stay in the kernel. Takes NULL; returns NULL. */
FrameEdge *frame_edge_free(FrameEdge *e);
DEFINE_FREEP(FrameEdge, frame_edge_free)

/* Hands an event to the frame and carries out what it answers. */
void frame_edge_step(FrameEdge *e, const RouteFrameEvent *event);
/* Returns the frame, to ask what it is doing; borrowed. */
const RouteFrame *frame_edge_get_frame(const FrameEdge *e);

/*
 * Removes what a tunnel that was stopped has in the kernel without its interface. Runs an event
 * loop of its own until that is done. Returns 0 or a negative errno; what the kernel refuses is in
 * the journal.
 */
int frame_edge_release(const char *name, Journal *journal);
