/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Looks at the beginnings of all files of a set, with up to eight threads: one for each 250 files,
 * and no more than there are processors. Each start of a tunnel has to find the [Match] files among
 * those of all tunnels, and the kernel takes 5 µs to open, read and close one. On a machine with
 * 10,000 tunnels that is 50 ms by one thread.
 *
 * No other code here runs in a second thread. These touch nothing but the items of the set, receive
 * no signals, and have ended when the function returns.
 */

#include "io/config-directory.h"

/*
 * Fills in what kind all files of the set are. Those that the look does not settle, whether because
 * they are no regular files, cannot be read or begin with a long comment, stay CONFIG_TEXT_OTHER.
 */
void config_peek_all(ConfigFileSet *set);
