/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Marks by which udev knows the interface of a tunnel from other PPP interfaces, whatever its name:
 * an empty file /run/pptp/.interfaces/NAME. With it units/udev.rules.in tells systemd-networkd and
 * NetworkManager to leave the interface alone. It has to be there before the interface is.
 */

#include <stdbool.h>

/*
 * Makes the mark, and the folder for it. Returns 0, also where it is there already, or a negative
 * errno: -EROFS, -ENOSPC, …
 */
int interface_mark_create(const char *interface_name);

/* Whether there is a mark of that name. */
bool interface_mark_exists(const char *interface_name);

/* Takes the mark away, if there is one, and the folder with the last. */
void interface_mark_remove(const char *interface_name);
