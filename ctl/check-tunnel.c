/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * pptpctl check: the tunnel that runs. What its supervisor has found out, "pptpctl health" says as
 * well; no look at the files or at this host finds it all again.
 */

#include <stdio.h>

#include "check-parts.h"
#include "core/diagnosis/diagnosis.h"
#include "tunnel-view.h"

/* Returns what mends what the tunnel does; "": the words about it say so, or nothing does. */
static const char *describe_remedy(const TunnelView *v, char *buffer, size_t n_buffer) {
        const Status *s = &v->status;
        const char *id = tunnel_view_is_up(v) ? s->trouble_reason :
                s->history.n_failures > 0     ? s->history.failures[0].id :
                                                "";

        return status_describe_remedy(s, diagnosis_find_row(id), buffer, n_buffer);
}

static void report(CheckReport *r, const TunnelView *v) {
        static const CheckLevel levels[] = {
                [TUNNEL_HEALTH_OK] = CHECK_OK,
                [TUNNEL_HEALTH_WARNING] = CHECK_WARNING,
                [TUNNEL_HEALTH_CRITICAL] = CHECK_ERROR,
        };
        char text[4 * HISTORY_TEXT_MAX_BYTES], remedy[DIAGNOSIS_REMEDY_MAX_BYTES];
        TextBuilder b = text_builder(text, sizeof(text));
        CheckLevel level = levels[tunnel_view_judge(v)];

        tunnel_view_add_health(&b, v);
        if (level == CHECK_OK)
                remedy[0] = '\0';
        else if (describe_remedy(v, remedy, sizeof(remedy))[0] == '\0')
                snprintf(remedy, sizeof(remedy),
                         "\"journalctl -u pptp@%s\" tells more; once it is mended, \"pptpctl "
                         "reconnect %s\" tries anew",
                         v->name, v->name);
        check_add(r, level, "tunnel", remedy[0] ? remedy : NULL, "%s", text);
}

void check_running(CheckReport *r, const Config *c) {
        TunnelViews views;
        char *name = c->name;

        /* A tunnel that does not run need not: before its first start there is nothing to tell. */
        if (tunnel_views_init(&views, "", &name, 1) >= 0 && views.n_items > 0 &&
            views.items[0].is_alive)
                report(r, &views.items[0]);
        tunnel_views_done(&views);
}

uint32_t check_get_running_mtu(const Config *c) {
        TunnelViews views;
        uint32_t mtu_bytes = 0;
        char *name = c->name;

        if (tunnel_views_init(&views, "", &name, 1) >= 0 && views.n_items > 0 &&
            tunnel_view_is_up(&views.items[0]))
                mtu_bytes = (uint32_t) views.items[0].status.mtu_bytes;
        tunnel_views_done(&views);
        return mtu_bytes;
}
