/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * pptpctl import: import.c has the arguments and prints, import-files.c hands files to
 * core/import/, import-install.c writes what it made, import-try.c brings it up beside the old one.
 */

#include <stdbool.h>

#include "core/import/import.h"

typedef struct ImportOptions {
        const char *root; /* put in front of the paths that are read and written; never NULL */
        bool install, try;
        bool force; /* may replace files */
        bool yes;   /* does not ask */
} ImportOptions;

/* Returns functions that read files below root; see ImportFiles. They borrow root. */
ImportFiles import_files_below(const char *root);

/*
 * Writes conf.d/NAME.conf and the password, after it has asked. All or nothing: what was written
 * before a failure is taken away again. Returns an exit status, and says on stderr what failed.
 */
int import_install(const Import *import, const ImportOptions *options);

/*
 * Brings the tunnel up as NAME-try on an interface of its own, prints how it compares with the
 * interface that is up by the old means, and takes it down. Returns an exit status of sysexits.h;
 * what failed is on standard error then.
 */
int import_try(Import *import);
