/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * VRF=: a VRF device that a tunnel made, and that goes with its unit. It is known by its routing
 * table, whose number follows from the VRF's name (core/base/tunnel-tag.h) and which nobody else
 * would choose. So that mark comes and goes with the device. A note of the tunnel (io/run-mark.h)
 * says that it was in a VRF, whatever has become of the configuration meanwhile.
 */

#include "io/journal.h"

/*
 * For a tunnel that has ended: if it was in a VRF, removes those that tunnels have made and nobody
 * uses. No interface is in them, and no tunnel that runs is to be. Returns 0, also if one stays, or
 * a negative errno.
 */
int made_vrf_remove(const char *tunnel, Journal *journal);
/* An interface of somebody else is in the VRF, and so it stays. */
#define MADE_VRF_E_USED 1

/*
 * For a tunnel that goes on, and was in that VRF before a reload: removes it if tunnels have made
 * it, no interface is in it, and no other tunnel says that it was, by its note: that one removes it
 * in the end. Returns 0, MADE_VRF_E_USED or a negative errno. The note stays as it is.
 */
int made_vrf_leave(const char *tunnel, const char *vrf, Journal *journal);
