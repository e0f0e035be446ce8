/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Ties the pure core to the edges: an io callback becomes an event, tunnel_step() turns it into
 * actions, and the actions go to io. It is the only place that knows both sides.
 */

#include "core/config.h"
#include "io/journal.h"

/*
 * Runs one tunnel until it is told to stop or cannot go on. SIGTERM, SIGINT, SIGHUP and SIGCHLD
 * must be blocked. Returns the process's exit status (sysexits.h), or a negative errno if the
 * supervisor itself could not be set up.
 */
int supervisor_run(const Config *config, const Journal *journal);
