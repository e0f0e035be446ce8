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

/* All files of a system, looked at once, so that many tunnels can be loaded from them. */
typedef struct ConfigFiles ConfigFiles;

/*
 * Looks at every file once, to tell tunnels from [Match] files, whose text it keeps. `root` is put
 * in front of the directories; NULL or "" for the running system. Returns 0 or a negative errno;
 * what is wrong with single files is reported by the loading of tunnels.
 */
int config_files_new(const char *root, ConfigFiles **ret_files);
/*
 * Frees the files and their text; tunnels that were loaded from them stay. Takes NULL; returns
 * NULL.
 */
ConfigFiles *config_files_free(ConfigFiles *files);
DEFINE_FREEP(ConfigFiles, config_files_free)

/*
 * Loads the configuration of one instance. Returns 0 and the configuration, CONFIG_E_INVALID if
 * there was any error, or a negative errno for out of memory and failing reads. ret_problems is
 * filled in the first two cases, to be released with config_problems_done(); after success it may
 * hold warnings.
 */
int config_files_load_from(const ConfigFiles *files, const char *instance, Config **ret_config,
                           ConfigProblems *ret_problems);

/*
 * Returns the names of the tunnels that the files define, sorted: all *.conf but those that begin
 * with [Match] or are masked. The array belongs to the ConfigFiles and ends with a NULL that
 * ret_n_names does not count.
 */
char **config_files_get_names(const ConfigFiles *files, size_t *ret_n_names);
/* Whether a tunnel of this name is among them. */
bool config_files_has_name(const ConfigFiles *files, const char *name);

/*
 * Returns what is wrong with one of the three directories, so that there may be more tunnels than
 * those, or NULL. No tunnel can be loaded then: what the directory has may be meant for it. The
 * problem belongs to the ConfigFiles.
 */
const ConfigProblem *config_files_get_refused(const ConfigFiles *files);

/*
 * Loads a single tunnel, with the files looked at for this alone. Returns as
 * config_files_load_from() does.
 */
int config_files_load(const char *root, const char *instance, Config **ret_config,
                      ConfigProblems *ret_problems);

/*
 * Whether a file of a configuration that config_files_load() has read, or a directory where another
 * may be, was changed since. A [Match] file that was not part of it, and is written in place so
 * that it becomes one, is not noticed.
 */
bool config_files_have_changed(const char *root, const Config *config);
