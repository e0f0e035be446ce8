/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The commands that show something of each tunnel that is named, out of its configuration. */

#include "core/config/config.h"
#include "json.h"

/*
 * Shows one tunnel: as text if the writer's format is JSON_OFF, else as an object. Returns an exit
 * status.
 */
typedef int (*EachConfigFunc)(const Config *c, Json *j);

/*
 * Runs such a command, with the arguments of main() from its name on. What is wrong with a
 * configuration goes to standard error, and such a tunnel is left out. Returns the highest exit
 * status.
 */
int each_config_run(int argc, char **argv, EachConfigFunc show);
