/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Reads the files in which iproute2 keeps the names of routing tables. */

#include "core/config/config-tables.h"

/*
 * Reads rt_tables, and the .conf files of rt_tables.d, of root/usr/share/iproute2 (where iproute2
 * has its own since version 6.7) and then of root/etc/iproute2, whose names count before those.
 * What cannot be read is left out: a table can always be named by its number. Returns 0 or -ENOMEM;
 * ret_tables is for config_tables_done() in either case.
 */
int table_names_read(const char *root, ConfigTables *ret_tables);
