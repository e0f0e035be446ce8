/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Names of routing tables, as iproute2 has them in rt_tables and rt_tables.d: lines with a number,
 * decimal or hexadecimal, and a name. Fed with text; which files there are is the business of
 * io/table-names.h.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of a table's name in iproute2: NAME_MAX_LEN of its lib/rt_names.c. */
#define CONFIG_TABLE_NAME_MAX_BYTES 512
/* More names than that are no administrator's. */
#define CONFIG_TABLES_MAX 4096

typedef struct ConfigTable {
        char *name;
        uint32_t number; /* never 0 */
} ConfigTable;

/* All zeros: no names. */
typedef struct ConfigTables {
        ConfigTable *items; /* of two with one name, the later one counts */
        size_t n_items;
} ConfigTables;

/*
 * Adds the names of a file's text. Lines that are not of that form are left out, as iproute2 leaves
 * them out. Returns 0 or -ENOMEM.
 */
int config_tables_add_text(ConfigTables *t, const char *text, size_t n_text);
/* Finds a table's number. Returns false, with ret_number untouched, if there is no such name. */
bool config_tables_find(const ConfigTables *t, const char *name, uint32_t *ret_number);
/* Frees the names. Also for one that is all zeros. */
void config_tables_done(ConfigTables *t);
