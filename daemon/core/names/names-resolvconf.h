/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What resolvconf(8) can do with the names of a tunnel, and the lines that tell it. pptp-names acts
 * by it, and "pptpctl check" tells beforehand what that will be.
 */

#include <stdbool.h>
#include <stddef.h>

#include "core/names/names-set.h"

/*
 * The name servers and domains of a set as lines; below PIPE_BUF's guarantee of 64 KiB of a pipe.
 */
#define NAMES_RESOLVCONF_MAX_BYTES (32 * 1024)

typedef enum NamesResolvconfUse {
        NAMES_RESOLVCONF_ADD,      /* it can do what the names ask for */
        NAMES_RESOLVCONF_NOTHING,  /* no name is to be asked there: there is nothing to add */
        NAMES_RESOLVCONF_NO_SPLIT, /* some names are to be asked there and others not; it cannot */
} NamesResolvconfUse;

/* Whether all names are to be asked there. */
bool names_resolvconf_takes_all(const NamesSet *names);

/* can_split: whether this resolvconf can have some names asked in one place, others elsewhere. */
NamesResolvconfUse names_resolvconf_choose(const NamesSet *names, bool can_split);

/* Writes the lines of resolv.conf(5), NUL-terminated; NAMES_RESOLVCONF_MAX_BYTES hold any set. */
void names_resolvconf_format(const NamesSet *names, char *buffer, size_t n_buffer);
