/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/table-names.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/macros.h"

/* The names of a file beyond that are not read. */
#define TABLE_FILE_MAX_BYTES (64 * 1024)

static int read_file(const char *path, ConfigTables *tables) {
        _cleanup_free_ char *text = malloc(TABLE_FILE_MAX_BYTES);
        FILE *file;
        size_t n;

        if (!text)
                return -ENOMEM;

        file = fopen(path, "re");
        if (!file)
                return 0;

        n = fread(text, 1, TABLE_FILE_MAX_BYTES, file);
        fclose(file);
        return config_tables_add_text(tables, text, n);
}

static int is_table_file(const struct dirent *entry) {
        size_t n = strlen(entry->d_name);

        return entry->d_name[0] != '.' && n > strlen(".conf") &&
                strcmp(entry->d_name + n - strlen(".conf"), ".conf") == 0;
}

/* In the order of their names: a later one counts before an earlier. */
static int read_folder(const char *folder, ConfigTables *tables) {
        struct dirent **entries;
        char path[PATH_MAX];
        int n, r = 0;

        n = scandir(folder, &entries, is_table_file, alphasort);
        if (n < 0)
                return 0;

        for (int i = 0; i < n; i++) {
                if (r >= 0 &&
                    snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name) <
                            (int) sizeof(path))
                        r = read_file(path, tables);
                free(entries[i]);
        }

        free(entries);
        return r;
}

int table_names_read(const char *root, ConfigTables *ret_tables) {
        static const char *const folders[] = { "/usr/share/iproute2", "/etc/iproute2" };
        char path[PATH_MAX];
        int r = 0;

        *ret_tables = (ConfigTables){ 0 };
        for (size_t i = 0; i < ELEMENTSOF(folders) && r >= 0; i++) {
                snprintf(path, sizeof(path), "%s%s/rt_tables", root, folders[i]);
                r = read_file(path, ret_tables);
                if (r < 0)
                        break;

                snprintf(path, sizeof(path), "%s%s/rt_tables.d", root, folders[i]);
                r = read_folder(path, ret_tables);
        }

        return r;
}
