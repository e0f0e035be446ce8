/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What a configuration may say and hardly means: warnings, for "check" and for the journal. */

#include "core/config/config.h"

/*
 * Adds warnings to those of the parser: a route that stands there twice; a route to nothing but a
 * server whose address Server= has, which has no effect; no route at all, and no UseRoutes= either.
 * Returns 0 or -ENOMEM.
 */
int config_review(const Config *c, ConfigProblems *problems);
