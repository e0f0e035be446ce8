/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Routes of ours that others remove come back. How soon, route-guard.h says. One in whose
 * place somebody put a route of their own comes back when that one goes.
 */

#include <syslog.h>
#include <time.h>

#include "core/diagnosis/catalogue.h"
#include "core/base/text.h"
#include "io/clock.h"
#include "supervisor/supervisor-internal.h"

static void supervisor_log_guard(Supervisor *s, int priority, const char *text) {
        const DiagnosisRow *row = &catalogue_rows[CATALOGUE_NETC_07];

        journal_write(s->journal, priority,
                      &(JournalFields){
                              .state = tunnel_state_name(tunnel_get_state(s->tunnel)),
                              .message_id = row->message_id,
                              .row = row,
                      },
                      text);
}

static int on_guard_timer(_unused_ sd_event_source *source, _unused_ uint64_t usec,
                          void *userdata) {

        Supervisor *s = userdata;
        char text[256];
        TextBuilder t = text_builder(text, sizeof(text));

        if (s->n_routes_lost == 1)
                text_addf(&t, "Somebody removed the route %s", s->route_lost);
        else
                text_addf(&t, "Somebody removed %zu routes, %s among them", s->n_routes_lost,
                          s->route_lost);
        supervisor_feed_fact(s, TUNNEL_EVENT_EVIDENCE, DIAGNOSIS_STAGE_UP, DIAGNOSIS_ROUTE_REMOVED,
                             (int64_t) s->n_routes_lost, s->route_lost);
        s->n_routes_lost = 0;

        if (!supervisor_restore_routes(s))
                return 0;

        text_add(&t, "; putting back what is missing");
        supervisor_log_guard(s, s->route_guard.slow ? LOG_DEBUG : LOG_NOTICE, text);
        return 0;
}

void supervisor_guard_route(Supervisor *s, const Route *route) {
        uint64_t delay;
        bool slowed;

        if (s->n_routes_lost++ > 0)
                return; /* the timer runs */

        route_describe(route, s->route_lost, sizeof(s->route_lost));
        delay = route_guard_removed(&s->route_guard, clock_read_usec(CLOCK_BOOTTIME), &slowed);
        if (slowed)
                supervisor_log_guard(
                        s, LOG_WARNING,
                        "The tunnel's routes are removed again and again, probably by a network "
                        "manager such as systemd-networkd; putting them back more rarely now");

        (void) sd_event_source_set_time_relative(s->guard_timer, delay);
        (void) sd_event_source_set_enabled(s->guard_timer, SD_EVENT_ONESHOT);
}

/* The same place may change hands more than once. */
static void supervisor_guard_note_place(Supervisor *s, struct in_addr place) {
        for (size_t i = 0; i < s->n_places_taken; i++)
                if (s->places_taken[i].s_addr == place.s_addr)
                        return;

        /*
         * More than that is a contest about the whole table: what is beyond comes back with the
         * rest.
         */
        if (s->n_places_taken < ELEMENTSOF(s->places_taken))
                s->places_taken[s->n_places_taken++] = place;
}

void supervisor_guard_replaced(Supervisor *s, const Route *ours, const Route *theirs) {
        char text[320], route[128];
        TextBuilder t = text_builder(text, sizeof(text));

        supervisor_guard_note_place(s, ours->destination);
        supervisor_watch_routes(s);

        route_describe(ours, route, sizeof(route));
        text_addf(&t, "Somebody put a route of their own in the place of %s", route);
        route_describe(theirs, route, sizeof(route));
        text_addf(&t, ": %s; the tunnel's comes back when that is removed", route);
        supervisor_log_guard(s, s->route_guard.slow ? LOG_DEBUG : LOG_WARNING, text);
}

int supervisor_guard_init(Supervisor *s) {
        int r;

        r = sd_event_add_time(s->event, &s->guard_timer, CLOCK_BOOTTIME, 0, 0, on_guard_timer, s);
        if (r < 0)
                return r;

        (void) sd_event_source_set_description(s->guard_timer, "route-guard");
        return sd_event_source_set_enabled(s->guard_timer, SD_EVENT_OFF);
}

void supervisor_guard_done(Supervisor *s) {
        s->guard_timer = sd_event_source_disable_unref(s->guard_timer);
}
