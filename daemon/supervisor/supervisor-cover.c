/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * RoutesOnDown=unreachable for names: translates between their cover (core/names/names-cover.h),
 * pptp-names, and the interface that refuses them. The tunnel does not wait for it.
 */

#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include "core/base/paths.h"
#include "core/diagnosis/catalogue.h"
#include "io/clock.h"
#include "io/rtnl/cover-link.h"
#include "supervisor/supervisor-internal.h"

static void cover_step(Supervisor *s, const NamesCoverEvent *event);

/* ---- what pptp-names says ---- */

static void on_message(_unused_ NamesChannel *channel, const NamesMessage *message,
                       void *userdata) {

        cover_step(userdata, &(NamesCoverEvent){ .type = NAMES_COVER_MESSAGE, .message = message });
}

static void cover_lost(Supervisor *s, int error) {
        if (error < 0)
                journal_print(s->journal, LOG_DEBUG, "No connection to pptp-names: %s",
                              strerror(-error));

        s->cover.channel = names_channel_free(s->cover.channel);
        cover_step(s, &(NamesCoverEvent){ .type = NAMES_COVER_CLOSED });
}

static void on_closed(_unused_ NamesChannel *channel, int error, void *userdata) {
        cover_lost(userdata, error);
}

/* ---- what the cover asks for ---- */

static void cover_open(Supervisor *s) {
        int r;

        r = names_channel_new(s->event, PATHS_NAMES_DIRECTORY "/resolved", on_message, on_closed, s,
                              &s->cover.channel);
        if (r < 0)
                cover_lost(s, r);
}

static void cover_send(Supervisor *s, const NamesMessage *message) {
        int r;

        r = names_channel_send(s->cover.channel, message);
        if (r < 0)
                cover_lost(s, r);
}

static void cover_make_link(Supervisor *s) {
        CoverLink link = { 0 };
        int r;

        r = cover_link_make(s->config->name, &link);
        cover_step(s,
                   &(NamesCoverEvent){
                           .type = NAMES_COVER_LINK_MADE,
                           .made = { r, link.ifindex, link.was_up, link.had_address },
                   });
}

static void cover_remove_link(Supervisor *s) {
        int r;

        r = cover_link_remove(s->config->name);
        if (r < 0)
                journal_print(s->journal, LOG_WARNING,
                              "Cannot remove the interface that refuses the tunnel's names: %s, "
                              "ignoring",
                              strerror(-r));
}

static void cover_log(Supervisor *s, const NamesCoverAction *a) {
        const DiagnosisRow *row = a->log.fault ? &catalogue_rows[CATALOGUE_NAME_07] : NULL;

        journal_write(s->journal, a->log.priority,
                      &(JournalFields){
                              .state = tunnel_state_name(tunnel_get_state(s->tunnel)),
                              .message_id = row ? row->message_id : NULL,
                              .row = row,
                              .class = DIAGNOSIS_WARN,
                      },
                      a->log.text);
}

/* Of what is answered at once, with another step, there is one action, the last. */
static void cover_execute(Supervisor *s, const NamesCoverAction *a) {
        switch (a->type) {
        case NAMES_COVER_ACTION_OPEN:
                cover_open(s);
                break;
        case NAMES_COVER_ACTION_SEND:
                cover_send(s, a->message);
                break;
        case NAMES_COVER_ACTION_CLOSE:
                s->cover.channel = names_channel_free(s->cover.channel);
                break;
        case NAMES_COVER_ACTION_MAKE_LINK:
                cover_make_link(s);
                break;
        case NAMES_COVER_ACTION_REMOVE_LINK:
                cover_remove_link(s);
                break;
        case NAMES_COVER_ACTION_STOOD:
                supervisor_register_names_anew(s);
                break;
        case NAMES_COVER_ACTION_LOG:
                cover_log(s, a);
                break;
        }
}

static void cover_step(Supervisor *s, const NamesCoverEvent *event) {
        NamesCoverActions actions;
        uint64_t deadline;

        names_cover_step(s->cover.names, event, clock_read_usec(CLOCK_BOOTTIME), &actions);
        for (size_t i = 0; i < actions.n_items; i++)
                cover_execute(s, &actions.items[i]);

        deadline = names_cover_next_deadline(s->cover.names);
        (void) sd_event_source_set_time(s->cover.timer, deadline);
        (void) sd_event_source_set_enabled(
                s->cover.timer, deadline == USEC_INFINITY ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
        /* The cover begins before the routes, which choose what is announced when they do. */
        if (s->routes.keeper)
                supervisor_watch_routes(s);
        supervisor_status_changed(s);
}

static int on_cover_timer(_unused_ sd_event_source *source, _unused_ uint64_t usec,
                          void *userdata) {

        cover_step(userdata, &(NamesCoverEvent){ .type = NAMES_COVER_TIMER });
        return 0;
}

/* ---- what others tell it ---- */

void supervisor_configure_cover(Supervisor *s) {
        cover_step(s, &(NamesCoverEvent){ .type = NAMES_COVER_CONFIGURE, .config = s->config });
}

void supervisor_start_cover(Supervisor *s) {
        cover_step(s, &(NamesCoverEvent){ .type = NAMES_COVER_START });
}

void supervisor_offer_cover(Supervisor *s) {
        const RouteOffer *o = &s->routes.offer;

        cover_step(s,
                   &(NamesCoverEvent){
                           .type = NAMES_COVER_OFFER,
                           .offer =
                                   &(NamesOffer){
                                           .information = route_offer_get_information(o),
                                           .routes = o->routes,
                                           .n_routes = o->n_routes,
                                   },
                   });
}

uint32_t supervisor_get_cover_link(const Supervisor *s) {
        NamesCoverState state = { 0 };

        if (s->cover.names)
                names_cover_get_state(s->cover.names, &state);
        return state.ifindex;
}

static bool is_of_cover(const Supervisor *s, uint32_t ifindex) {
        return ifindex == supervisor_get_cover_link(s);
}

void supervisor_cover_on_link(Supervisor *s, const RtnlLink *link, bool removed) {
        if (is_of_cover(s, link->ifindex))
                cover_step(s,
                           &(NamesCoverEvent){
                                   .type = NAMES_COVER_LINK,
                                   .link = { link->ifindex, removed, link->flags & IFF_UP },
                           });
}

void supervisor_cover_on_address(Supervisor *s, const RtnlAddress *address, bool removed) {
        if (removed && is_of_cover(s, address->ifindex) &&
            address->address.s_addr == htonl(NAMES_COVER_ADDRESS))
                cover_step(s,
                           &(NamesCoverEvent){
                                   .type = NAMES_COVER_LINK,
                                   .link = { address->ifindex, .lost = true },
                           });
}

void supervisor_cover_on_resync(Supervisor *s) {
        cover_step(s, &(NamesCoverEvent){ .type = NAMES_COVER_RESYNC });
}

int supervisor_cover_init(Supervisor *s) {
        int r;

        s->cover.names = names_cover_new(s->config->name);
        if (!s->cover.names)
                return -ENOMEM;

        r = sd_event_add_time(s->event, &s->cover.timer, CLOCK_BOOTTIME, USEC_INFINITY, 0,
                              on_cover_timer, s);
        if (r < 0)
                return r;

        (void) sd_event_source_set_description(s->cover.timer, "names-cover");
        supervisor_configure_cover(s);
        return 0;
}

void supervisor_cover_done(Supervisor *s) {
        s->cover.channel = names_channel_free(s->cover.channel);
        s->cover.timer = sd_event_source_disable_unref(s->cover.timer);
        s->cover.names = names_cover_free(s->cover.names);
}
