/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Networks that are on both sides of the tunnel (core/route/route-overlap.h): the status names them
 * while the tunnel is up, and the journal each one when it becomes true.
 */

#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "core/base/text.h"
#include "core/diagnosis/catalogue.h"
#include "supervisor/supervisor-internal.h"

static void describe(const Supervisor *s, const RouteOverlap *overlap, char *buffer,
                     size_t n_buffer) {

        char name[IF_NAMESIZE];

        route_overlap_describe(overlap, s->config->overlap_policy,
                               supervisor_name_interface(s, overlap->network.ifindex, name) ?:
                                       "an interface",
                               buffer, n_buffer);
}

static bool was_told(const Overlaps *before, const char *text) {
        for (size_t i = 0; i < before->n_items; i++)
                if (strcmp(before->items[i], text) == 0)
                        return true;

        return false;
}

static void tell(Supervisor *s, const char *text) {
        const DiagnosisRow *row = &catalogue_rows[CATALOGUE_NETC_06];

        journal_write(s->journal, LOG_WARNING,
                      &(JournalFields){ .message_id = row->message_id, .row = row }, text);
}

void supervisor_tell_overlaps(Supervisor *s) {
        const Overlaps before = s->overlaps;
        const RouteOverlap *overlaps;
        char more[96];

        s->overlaps.n_all = route_keeper_get_overlaps(s->routes.keeper, &overlaps);
        s->overlaps.n_items = MIN(s->overlaps.n_all, (size_t) ROUTE_KEEPER_OVERLAPS_MAX);
        for (size_t i = 0; i < s->overlaps.n_items; i++) {
                char *text = s->overlaps.items[i];

                describe(s, &overlaps[i], text, sizeof(s->overlaps.items[i]));
                if (!was_told(&before, text))
                        tell(s, text);
        }

        if (s->overlaps.n_all > s->overlaps.n_items && s->overlaps.n_all != before.n_all) {
                snprintf(more, sizeof(more), "and %zu more overlaps with networks of this host",
                         s->overlaps.n_all - s->overlaps.n_items);
                tell(s, more);
        }

        supervisor_status_changed(s);
}

void supervisor_list_overlaps(const Supervisor *s, char *buffer, size_t n_buffer) {
        TextBuilder t = text_builder(buffer, n_buffer);

        buffer[0] = '\0';
        for (size_t i = 0; i < s->overlaps.n_items; i++)
                text_addf(&t, "%s%s", i > 0 ? "; " : "", s->overlaps.items[i]);
        if (s->overlaps.n_all > s->overlaps.n_items)
                text_addf(&t, "; and %zu more", s->overlaps.n_all - s->overlaps.n_items);
}
