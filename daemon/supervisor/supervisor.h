/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Ties the pure core to the edges: an io callback becomes an event, tunnel_step() turns it into
 * actions, and the actions go to io. It is the only place that knows both sides.
 */

#include "core/config/config.h"
#include "io/journal.h"

/*
 * Reads the tunnel's files and logs every problem in them, with its place and its remedy, or the
 * error that kept them from being read. Returns 0, or an exit status (EX_CONFIG or EX_OSERR of
 * sysexits.h) and a summary of what is wrong as text of at most n_error bytes.
 */
int supervisor_read_config(Journal *journal, const char *name, Config **ret_config, char *error,
                           size_t n_error);

/*
 * Has the running supervisor of the tunnel read its files anew, and waits until what changed is in
 * effect. Returns an exit status: 0, EX_CONFIG if the files are wrong and nothing has changed,
 * EX_OSERR if the kernel refused some of the change, EX_UNAVAILABLE if no supervisor answers.
 */
int supervisor_ask_reload(const char *name);
/* Removes the sockets of requests that a killed supervisor left. */
void supervisor_requests_remove(const char *name);

/*
 * To be called when there is no tunnel to run: leaves the reason for those who ask for the tunnel's
 * status later.
 */
void supervisor_leave_error(Journal *journal, const char *name, const char *text);

/*
 * Runs one tunnel until it is told to stop or cannot go on; *takes* its configuration. SIGTERM,
 * SIGINT, SIGHUP, SIGABRT and SIGCHLD must be blocked. Returns the process's exit status
 * (sysexits.h), or a negative errno if the supervisor itself could not be set up.
 */
int supervisor_run(Config *config, Journal *journal);
