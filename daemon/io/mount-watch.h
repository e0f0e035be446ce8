/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Notices that something was mounted or unmounted, where this process can see it: also below
 * /run/netns, since a namespace that has a name is a mount (ip-netns(8)).
 */

#include <systemd/sd-event.h>

#include "core/base/macros.h"

typedef struct MountWatch MountWatch;

/* Some mount came or went; which one is not told. Runs from the event loop; may free the watch. */
typedef void (*MountWatchFunc)(MountWatch *w, void *userdata);

/* Calls func for every change of this process's mounts. Returns 0 or a negative errno. */
int mount_watch_new(sd_event *event, MountWatchFunc func, void *userdata, MountWatch **ret_watch);
/* Stops watching. Takes NULL; returns NULL. */
MountWatch *mount_watch_free(MountWatch *w);
DEFINE_FREEP(MountWatch, mount_watch_free)
