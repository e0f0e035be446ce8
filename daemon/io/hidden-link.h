/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Links from where the unit sees files to where it sees none. */

#include <stdbool.h>

/*
 * Whether a path is a symbolic link to a place where the unit sees no file, as
 * config_path_is_hidden() knows them. Also within the unit, which does not see the target, but
 * where the link points to. Only a link with an absolute target counts.
 */
bool hidden_link_check(const char *path);
