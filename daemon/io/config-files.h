/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Which files make up the configuration of one tunnel, and their text. What stands in them is the
 * business of core/config/config.h.
 *
 * Three directories, in order of precedence: /etc/pptp/conf.d, /run/pptp/conf.d,
 * /usr/lib/pptp/conf.d. A file hides those of the same name in the directories behind; an empty
 * one, or a symbolic link to /dev/null, hides them without taking their place. For the tunnel NAME:
 *
 *   1. NAME.conf;
 *   2. the files *.conf in NAME.conf.d, of all three directories, by name;
 *   3. all other *.conf whose first section is [Match], by name.
 */

#include "core/config/config.h"

/*
 * Loads the configuration of one instance. `root` is put in front of the directories; NULL or ""
 * for the running system. Returns 0 and the configuration, CONFIG_E_INVALID if there was any
 * error, or a negative errno for out of memory and failing reads. ret_problems is filled in the
 * first two cases, to be released with config_problems_done(); after success it may hold warnings.
 */
int config_files_load(const char *root, const char *instance, Config **ret_config,
                      ConfigProblems *ret_problems);

/*
 * Lists the tunnels that the files define, sorted: all *.conf but those that begin with [Match] or
 * are masked. Returns 0, the names with a NULL behind the last one, and their number; or a negative
 * errno.
 */
int config_files_list(const char *root, char ***ret_names, size_t *ret_n_names);
