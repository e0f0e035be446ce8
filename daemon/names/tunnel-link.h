/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Which links names may be registered for. */

#include <stdbool.h>

#include "names/backend.h"

/* Whether there is a link of that index and name, and it is one of PPP's. */
bool tunnel_link_exists(const BackendLink *link);

/* Whether there is one of that index and name that is there to refuse names, by its name. */
bool cover_link_exists(const BackendLink *link);
