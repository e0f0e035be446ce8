/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Waits for a tunnel to change. */

#include <stdbool.h>
#include <stddef.h>

#include "tunnel-view.h"

/* The connections to supervisors that tell of changes. All zeros are none. */
typedef struct MonitorWait {
        struct MonitorFeed *feeds;
        size_t n_feeds;
} MonitorWait;

/*
 * Returns when a supervisor tells of a change, or ends; for tunnels without one, half a second
 * later. With is_system false nobody is asked.
 */
void monitor_wait(MonitorWait *w, const TunnelViews *views, bool is_system);
