/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the service manager is told (sd_notify(3)). Without one all of this does nothing. */

#include <stdbool.h>

/* STATUS=, one line for a person; since = true ends it with the time of day. */
void notify_status(const char *text, bool since);
/* READY=1 together with the status that goes with it. */
void notify_ready(const char *text, bool since);
void notify_stopping(void);
