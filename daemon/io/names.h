/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Names of tunnels as config-files.h and state-file.h list them: an array with a NULL at its end.
 */

#include <stdlib.h>

/* Frees the names and their array. Returns NULL. */
static inline char **names_free(char **names) {
        for (char **name = names; name && *name; name++)
                free(*name);

        free(names);
        return NULL;
}
