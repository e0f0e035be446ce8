/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What the service manager is told (sd_notify(3)). Without one all of this does nothing. It never
 * waits for the manager: what cannot be sent at once waits, in order.
 */

#include <stdint.h>

#include <systemd/sd-event.h>

/*
 * From now on the event loop sends what waits, and feeds the manager's watchdog: a loop that does
 * not turn is a supervisor that does not work. Returns 0 or a negative errno.
 */
int notify_init(sd_event *event);
/* Tries once more to send what waits, and forgets the rest. Also without notify_init(). */
void notify_done(void);

/*
 * STATUS=, one line for a person. since_usec is 0, or a time of CLOCK_BOOTTIME that the line ends
 * with as a time of day.
 */
void notify_status(const char *text, uint64_t since_usec);
/* READY=1 together with the status that goes with it. */
void notify_ready(const char *text, uint64_t since_usec);
/* RELOADING=1, for a service that has been ready; notify_reloaded() must follow on every path. */
void notify_reloading(void);
/* READY=1: the reload is over, whatever came of it. */
void notify_reloaded(void);
/*
 * EXTEND_TIMEOUT_USEC=: the start may take this much longer from now. Never shortens what the
 * manager allows anyway.
 */
void notify_extend_timeout(uint64_t usec);
/* STOPPING=1: the end has begun. */
void notify_stopping(void);
