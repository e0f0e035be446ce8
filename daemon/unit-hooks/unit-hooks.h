/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * pptp-hooks: one process for each tunnel that is up and has [Hooks]. What the supervisor and this
 * program say to each other is in io/hooks-channel.h. Which units are started is read from the
 * configuration, which only root can write.
 */

#include "io/journal.h"

/*
 * Takes the first packet of a supervisor, starts the units of Up=, waits for the end of the
 * connection, and starts those of Down=. Before the units are started, the configuration is read
 * anew, and `directory`/TUNNEL.up or TUNNEL.down is written. root is put in front of the folders of
 * the configuration, "" for the running system. Returns 0, also if units could not be started,
 * which was told to the supervisor or the journal; or a negative errno if what came was no status.
 */
int unit_hooks_serve(int fd, const char *tunnel, const char *root, const char *directory,
                     Journal *journal);
