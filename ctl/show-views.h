/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What "status" and "list" do alike: they show tunnels once, or with --watch again and again. */

#include "tunnel-view.h"

/*
 * Shows what was found out about tunnels. are_named: the command line names them. Returns the exit
 * status.
 */
typedef int ShowViewsFunc(const TunnelViews *views, const CtlOptions *options, bool are_named);

/*
 * Shows the tunnels of these names, or all, and with --watch goes on until standard output takes no
 * more. Returns the exit status of the last time, or EX_OSERR after an error that was printed.
 */
int show_views(const CtlOptions *options, char **names, size_t n_names, ShowViewsFunc *show);
