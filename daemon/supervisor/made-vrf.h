/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * VRF=: a VRF device that a tunnel made, and that goes with its unit. It is known by its routing
 * table, whose number follows from the VRF's name (core/base/tunnel-tag.h) and which nobody else
 * would choose. So the mark comes and goes with the device, and the end of the unit needs to know
 * nothing else, also after a supervisor was killed.
 */

#include "io/journal.h"

/*
 * Removes the VRFs that tunnels have made and nobody uses: no interface is in them, and no tunnel
 * that runs is to be, which this one no longer does. Returns 0, also if one stays, or a negative
 * errno.
 */
int made_vrf_remove(const char *tunnel, Journal *journal);
