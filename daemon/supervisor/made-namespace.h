/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * NetworkNamespace= with a plain name: the namespace is there while the unit runs. Whoever makes it
 * needs the host's mounts, so this is done outside of the unit's sandbox, before the supervisor
 * starts and after the unit has ended. A mark (io/run-mark.h) says which one there is to look
 * after, whatever has become of the configuration meanwhile.
 */

#include <stdbool.h>

#include "core/config/config.h"
#include "io/journal.h"

/*
 * Makes the namespace if there is none of that name, and leaves the process in it. Before that it
 * removes one that was made for an earlier configuration. Returns 0, also if the configuration
 * names none to be made, or a negative errno.
 */
int made_namespace_make(const Config *config, Journal *journal);

/* Whether there is a namespace to look after, once the tunnel has ended. */
bool made_namespace_is_noted(const char *tunnel);

/*
 * Removes that namespace if it was made so, and nobody uses it: no other tunnel that runs, no
 * process and no interface. Leaves the process in it. Does nothing if none is noted. Returns 0,
 * also if it stays, or a negative errno.
 */
int made_namespace_remove(const char *tunnel, Journal *journal);
