/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Tells when this machine wakes up from a suspend. The kernel itself says so, to any process that
 * asks: no service of the session or bus is needed.
 */

#include <stdint.h>
#include <systemd/sd-event.h>

#include "core/base/macros.h"

typedef struct SleepWatch SleepWatch;

/*
 * Runs from the event loop, soon after the machine woke up from a suspend of slept_usec, which is
 * never less than half a second. May free the watch.
 */
typedef void (*SleepWatchFunc)(SleepWatch *w, uint64_t slept_usec, void *userdata);

/* Begins to watch. Returns 0 or a negative errno. */
int sleep_watch_new(sd_event *event, SleepWatchFunc func, void *userdata, SleepWatch **ret_watch);
/* Ends the watch: the callback does not run any more. Takes NULL; returns NULL. */
SleepWatch *sleep_watch_free(SleepWatch *w);
DEFINE_FREEP(SleepWatch, sleep_watch_free)
