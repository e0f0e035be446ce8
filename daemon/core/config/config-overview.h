/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What the files of one tunnel say together, line by line, for a person to read: which assignments
 * are in force, and where each of them is written. An assignment that a later file overrides or
 * resets is left out. Values stand as they were written; config.h is what parses them.
 */

#include <stddef.h>

#include "core/base/macros.h"

typedef struct ConfigOverview ConfigOverview;

/* One assignment in force. The strings belong to the overview. */
typedef struct ConfigOverviewLine {
        unsigned section; /* in the order of the sections in pptp.conf(5) */
        unsigned block;   /* which [Route] section of all files, from 1; 0 in other sections */
        const char *section_name;
        const char *key;
        char *value;
        const char *file;
        unsigned line; /* of the file, from 1 */
} ConfigOverviewLine;

/* Returns an empty overview, or NULL if memory is exhausted. */
ConfigOverview *config_overview_new(void);
/* Frees the overview. Takes NULL; returns NULL. */
ConfigOverview *config_overview_free(ConfigOverview *o);
DEFINE_FREEP(ConfigOverview, config_overview_free)

/*
 * Adds the text of one file, in the order in which the parser takes them (Config.files). Sections
 * and keys that do not exist are skipped, and so is [Match], which selects the file and is no
 * setting. file is borrowed for the life of the overview. Returns 0 or -ENOMEM.
 */
int config_overview_add_file(ConfigOverview *o, const char *file, const char *text, size_t n_text);

/*
 * Returns what is in force: by section, within it [Route] sections apart, each in the order of the
 * files. The array belongs to the overview and changes with the next file.
 */
const ConfigOverviewLine *config_overview_get(ConfigOverview *o, size_t *ret_n_items);
