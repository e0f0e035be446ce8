/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Where the settings of a tunnel stand, in the files that its configuration was made from. */

#include "core/config/config-overview.h"
#include "core/config/config.h"

/*
 * Reads once more the files of a configuration, which is borrowed for the life of the overview.
 * Returns 0 or a negative errno: -ESTALE if a file cannot be read any more.
 */
int config_lines_read(const Config *c, ConfigOverview **ret_overview);

/* Returns the first line in force that sets a key, which belongs to the overview, or NULL. */
const ConfigOverviewLine *config_lines_find(ConfigOverview *overview, const char *section,
                                            const char *key);
