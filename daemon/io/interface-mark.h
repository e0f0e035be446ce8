/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Marks by which udev knows the interface of a tunnel from other PPP interfaces, whatever its name:
 * an empty file /run/pptp/.interfaces/NAME. With it units/udev.rules tells systemd-networkd and
 * NetworkManager to leave the interface alone. It has to be there before the interface is.
 */

/*
 * Makes the mark, and the folder. Returns 0, also where it is there already, or a negative errno:
 * -EROFS, -ENOSPC, …
 */
int interface_mark_create(const char *interface_name);

/* Takes the mark away, if there is one. */
void interface_mark_remove(const char *interface_name);
