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
