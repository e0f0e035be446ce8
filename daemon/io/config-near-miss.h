/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What was meant by the name of a tunnel that there is not. */

#include <stdbool.h>
#include <stddef.h>

#define CONFIG_NEAR_MISS_BYTES 1024

/*
 * Looks for what comes near: the name with "pptp@", ".service" or ".conf" around it; a file of
 * another ending; a name that systemd has escaped; a slip of the fingers. names are those of all
 * tunnels, NULL at the end. Returns whether there is anything, as a hint that begins with a small
 * letter.
 */
bool config_near_miss_find(const char *root, char **names, const char *instance, char *hint,
                           size_t n_hint);

/*
 * Turns "pptp@onenet.service", "/etc/pptp/conf.d/onenet.conf" and the like into "onenet". Returns
 * the name on the heap, or NULL if memory is exhausted.
 */
char *config_near_miss_strip(const char *text);
