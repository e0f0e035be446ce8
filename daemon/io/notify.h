/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the service manager is told (sd_notify(3)). Without one all of this does nothing. */

#include <stdint.h>

/*
 * STATUS=, one line for a person. since_usec is 0, or a time of CLOCK_BOOTTIME that the line ends
 * with as a time of day.
 */
void notify_status(const char *text, uint64_t since_usec);
/* READY=1 together with the status that goes with it. */
void notify_ready(const char *text, uint64_t since_usec);
/* RELOADING=1, for a service that has been ready; notify_reloaded() must follow on every path. */
void notify_reloading(void);
void notify_reloaded(void);
/* The start may take so much longer from now; it never shortens what the manager allows anyway. */
void notify_extend_timeout(uint64_t usec);
void notify_stopping(void);
