/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The answer to a reload that was asked for through the socket: once what has changed is in force.
 * Whoever puts a part of that into force has this look again.
 */

#include <sysexits.h>

#include "supervisor/supervisor-internal.h"

/* Whether offered routes are awaited, or on their way to the keepers. */
static bool offer_is_busy(const Supervisor *s) {
        return s->routes.n_offer_steps > 0 || route_offer_is_busy(&s->routes.offer);
}

void supervisor_answer_reload(Supervisor *s) {
        bool busy = offer_is_busy(s) || route_keeper_is_busy(s->routes.keeper) ||
                supervisor_frame_is_busy(s) || names_keeper_is_busy(s->names.keeper) ||
                s->mtu_request;
        bool failed;

        if (!reload_answer_take(&s->reload_answer, busy, &failed))
                return;

        /* Who looks at the status then sees what the reload has changed. */
        supervisor_save_status(s);
        request_socket_answer(s->requests.reload, failed ? EX_OSERR : EX_OK);
}
