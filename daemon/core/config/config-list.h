/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Lists of prefixes: files with one prefix a line, which [Route] sections name by DestinationFile=.
 * Blank lines, and all behind a #, do not count. Private to the configuration parser; the reader of
 * the files sees config_parser_add_list() of config.h.
 */

#include <stddef.h>

#include "core/config/config-keys.h"

/* A list that a [Route] section names, until it is read. */
typedef struct ConfigList {
        char *path;       /* on the heap */
        const char *file; /* that names it, borrowed, and where */
        unsigned line;
        ConfigRoute route; /* what its routes have in common: the section's other keys */
} ConfigList;

/*
 * Parses a list's text and appends a route for each prefix to the configuration. file is the name
 * of the list in problems and in ConfigRoute.file, and lives as long as the configuration. Returns
 * 0 or -ENOMEM; what is wrong becomes a problem of the line, and the rest is read.
 */
int config_list_parse(const ConfigList *list, const char *file, const char *text, size_t n_text,
                      Config *config, ConfigProblems *problems);
