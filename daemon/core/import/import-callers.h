/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What starts or ends the tunnel of an old set-up by itself. */

#include "core/import/import.h"

/* Gets a line that calls the peer, and "pon office", "poff office" or "call office". */
typedef void (*ImportCallerFunc)(void *userdata, const char *path, unsigned line, const char *call);

/*
 * Looks for a peer of pppd in /etc/crontab, /etc/cron.*, the crontabs of users, /etc/rc.local and
 * the files of /etc/systemd/system. A job that finds the old pppd gone starts it again beside the
 * supervisor. Files that cannot be read are passed over, and so are comments. Calls func for each
 * line, once.
 */
void import_find_callers(const ImportFiles *files, const char *peer, ImportCallerFunc func,
                         void *userdata);
