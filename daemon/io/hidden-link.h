/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Links from where the unit sees files to where it sees none. */

#include <stdbool.h>

/*
 * Whether a path is a symbolic link to a place where the unit sees no file: config_path_is_hidden().
 * In the unit too, which cannot see whether the target is there, but where the link points to. Only
 * a link with an absolute target counts.
 */
bool hidden_link_check(const char *path);
