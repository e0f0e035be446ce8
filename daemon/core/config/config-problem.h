/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Collecting what is wrong with a configuration. Private to the parser: its callers see the
 * result, ConfigProblems.
 */

#include <stdarg.h>
#include <stdbool.h>

#include "core/config/config.h"
#include "core/base/macros.h"

/*
 * Adds a problem, or counts it once there are CONFIG_PROBLEMS_MAX. hint may be NULL. Returns 0 or
 * -ENOMEM; then the number of errors is right all the same.
 */
int config_problems_add(ConfigProblems *p, const char *file, unsigned line, bool warning,
                        const char *hint, const char *format, ...) _printf_(6, 7);
/*
 * Adds a problem as config_problems_add() does, with the arguments of its format as a list. Returns
 * likewise.
 */
int config_problems_addv(ConfigProblems *p, const char *file, unsigned line, bool warning,
                         const char *hint, const char *format, va_list arguments) _printf_(6, 0);

/* 64 bytes of a value, the ellipsis and the NUL. */
#define CONFIG_EXCERPT_BYTES 72

/*
 * Copies a value for a problem into the buffer: at most 64 bytes of it, tabs as spaces; what is
 * longer is cut between two characters, and ends in an ellipsis. Returns the buffer.
 */
const char *config_excerpt(const char *text, char buffer[static CONFIG_EXCERPT_BYTES]);
