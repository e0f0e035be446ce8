/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What a supervisor that was killed could not take away: routes without a tunnel, and pppd's pid
 * file. A supervisor clears that up before it dials for the first time; where none follows,
 * "pptp-supervisor --clean-up" does (units/pptp-clean-up@.service.in). core/route/route-owner.h
 * tells whose a route is, core/route/predecessor-wait.h how long to wait for the interface.
 *
 * pppd itself is never left over: the kernel ends it with its supervisor (hooks/plugin.c), and its
 * interface and the routes there go with it.
 */

#include <systemd/sd-event.h>

#include "core/config/config.h"
#include "io/journal.h"
#include "io/rtnl/rtnl.h"

typedef struct Leftovers Leftovers;

/* Called when all is cleared up, or what could not be is logged. May free the Leftovers. */
typedef void (*LeftoversFunc)(Leftovers *l, void *userdata);

/*
 * Begins to clear up. config is not looked at any more when this returns; NULL if there is none to
 * be read, which leaves routes without interface where they are. journal is borrowed. on_done runs
 * once, from the event loop. Returns 0 or a negative errno.
 */
int leftovers_new(sd_event *event, Rtnl *rtnl, const Config *config, Journal *journal,
                  LeftoversFunc on_done, void *userdata, Leftovers **ret_leftovers);
/* Stops; what is not cleared up yet stays. Takes NULL; returns NULL. */
Leftovers *leftovers_free(Leftovers *l);
DEFINE_FREEP(Leftovers, leftovers_free)

/* Runs an event loop of its own until all is cleared up. Returns 0 or a negative errno. */
int leftovers_run(const Config *config, Journal *journal);
