/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What a configuration may say and hardly means: warnings, for "check" and for the journal. */

#include "core/config/config.h"

/*
 * Adds warnings to those of the parser: a route that stands there twice, or leads the server's own
 * packets into the tunnel; no route at all. Returns 0 or -ENOMEM.
 */
int config_review(const Config *c, ConfigProblems *problems);
