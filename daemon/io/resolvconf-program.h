/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Which resolvconf(8) this host has: Debian's, openresolv, or none. pptp-names runs it, and
 * "pptpctl check" tells beforehand which that is.
 */

#include <stdbool.h>

typedef struct ResolvconfProgram {
        const char *path; /* NULL: there is none */
        bool is_openresolv;
        bool can_split; /* it has some names asked in one place, and others elsewhere */
} ResolvconfProgram;

/* Looks for the program, and at its configuration. Everybody may look. */
ResolvconfProgram resolvconf_program_find(void);
