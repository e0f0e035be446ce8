/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Lists of prefixes: files with one prefix a line, which [Route] sections name by DestinationFile=.
 * Blank lines, and all behind a #, do not count. Private to the configuration parser; the reader of
 * the files sees config_parser_add_list() of config.h.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/config/config-keys.h"

/* A list that a [Route] section names, until it is read. */
typedef struct ConfigList {
        char *path;       /* on the heap */
        const char *file; /* that names it, borrowed, and where */
        unsigned line;
        ConfigRoute route; /* what its routes have in common: the section's other keys */

        /* While it is read. */
        const char *name;   /* of the list, in Config.files; NULL: nothing was read */
        unsigned n_lines;   /* that were read */
        uint64_t *prefixes; /* on the heap: IPv4, with their lines (config-routes.h) */
        size_t n_prefixes;
        bool has_prefix;
        bool is_bad; /* what was wrong was reported */
        bool is_cut; /* why the rest does not count was reported */
} ConfigList;

/*
 * Parses the next lines of a list. IPv4 prefixes are kept in it, a route for each other is appended
 * to the configuration. list->name is in problems and in ConfigRoute.file. Returns 0 or -ENOMEM;
 * what is wrong becomes a problem of the line, and the rest is read.
 */
int config_list_parse(ConfigList *list, const char *text, size_t n_text, Config *config,
                      ConfigProblems *problems);

/*
 * Ends a list: checks what was read of it, and gives its prefixes to the configuration. Where there
 * are too many, what the list has twice counts once. Returns 0 or -ENOMEM.
 */
int config_list_finish(ConfigList *list, Config *config, ConfigProblems *problems);
