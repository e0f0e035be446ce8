/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The tunnel's names: translates between pptp-names, the keeper of the names
 * (core/names/names-keeper.h) and the tunnel.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include "core/base/paths.h"
#include "core/base/text.h"
#include "core/diagnosis/catalogue.h"
#include "io/clock.h"
#include "io/rtnl/link-lookup.h"
#include "supervisor/supervisor-internal.h"

/* Where each service listens: units/pptp-names.socket and pptp-resolvconf.socket. */
static const char *const service_paths[_NAMES_SERVICE_MAX] = {
        [NAMES_SERVICE_RESOLVED] = PATHS_NAMES_DIRECTORY "/resolved",
        [NAMES_SERVICE_RESOLVCONF] = PATHS_NAMES_DIRECTORY "/resolvconf",
};

static void names_step(Supervisor *s, const NamesKeeperEvent *event);

/* ---- what pptp-names says ---- */

static NamesService find_service(const Supervisor *s, const NamesChannel *c) {
        return c == s->names.channels[NAMES_SERVICE_RESOLVCONF] ? NAMES_SERVICE_RESOLVCONF :
                                                                  NAMES_SERVICE_RESOLVED;
}

/* With an interface its names go as well. pptp-names cannot tell that from somebody's doing. */
static bool is_of_gone_link(const Supervisor *s, const NamesMessage *message) {
        return message->type == NAMES_LOST && link_find_index(s->link.ifname) == 0;
}

static void on_message(NamesChannel *c, const NamesMessage *message, void *userdata) {
        Supervisor *s = userdata;

        if (is_of_gone_link(s, message))
                return;

        names_step(s,
                   &(NamesKeeperEvent){
                           .type = NAMES_KEEPER_MESSAGE,
                           .service = find_service(s, c),
                           .message = message,
                   });
}

static void names_lost(Supervisor *s, NamesService service, int error) {
        if (error < 0)
                journal_print(s->journal, LOG_DEBUG, "No connection to %s: %s",
                              service_paths[service], strerror(-error));

        s->names.channels[service] = names_channel_free(s->names.channels[service]);
        names_step(s,
                   &(NamesKeeperEvent){
                           .type = NAMES_KEEPER_CLOSED,
                           .service = service,
                           .error = error,
                   });
}

static void on_closed(NamesChannel *c, int error, void *userdata) {
        Supervisor *s = userdata;

        names_lost(s, find_service(s, c), error);
}

/* ---- what the keeper asks for ---- */

static void names_log(Supervisor *s, const NamesKeeperAction *a) {
        static const CatalogueIndex rows[_NAMES_FAULT_MAX] = {
                [NAMES_FAULT_NO_RESOLVER] = CATALOGUE_NAME_01,
                [NAMES_FAULT_NO_SERVER] = CATALOGUE_NAME_02,
                [NAMES_FAULT_MANAGED] = CATALOGUE_NAME_03,
                [NAMES_FAULT_NO_SPLIT] = CATALOGUE_NAME_04,
                [NAMES_FAULT_REFUSED] = CATALOGUE_NAME_05,
        };
        const DiagnosisRow *row = NULL;

        if (a->log.unused)
                row = &catalogue_rows[CATALOGUE_NAME_06];
        else if (a->log.fault != NAMES_FAULT_NONE)
                row = &catalogue_rows[rows[a->log.fault]];

        journal_write(s->journal, a->log.priority,
                      &(JournalFields){
                              .state = tunnel_state_name(tunnel_get_state(s->tunnel)),
                              .message_id = row ? row->message_id : NULL,
                              .row = row,
                              /* Here it ends no connection, whatever it may do elsewhere. */
                              .class = a->log.unused ? DIAGNOSIS_INFORM : DIAGNOSIS_WARN,
                      },
                      a->log.text);
}

/* The part of an action that is for pptp-names or the journal. Returns 0 or a negative errno. */
static int names_execute(Supervisor *s, const NamesKeeperAction *a) {
        NamesChannel **channel = &s->names.channels[a->service];

        switch (a->type) {
        case NAMES_KEEPER_ACTION_OPEN:
                return names_channel_new(s->event, service_paths[a->service], on_message, on_closed,
                                         s, channel);
        case NAMES_KEEPER_ACTION_SEND:
                return *channel ? names_channel_send(*channel, a->message) : -ENOTCONN;
        case NAMES_KEEPER_ACTION_CLOSE:
                *channel = names_channel_free(*channel);
                break;
        case NAMES_KEEPER_ACTION_LOG:
                names_log(s, a);
                break;
        case NAMES_KEEPER_ACTION_APPLIED:
        case NAMES_KEEPER_ACTION_FAILED:
        case NAMES_KEEPER_ACTION_REMOVED:
                break; /* names_tell() */
        }

        return 0;
}

static void names_feed(Supervisor *s, TunnelEvent *event) {
        event->part = TUNNEL_PART_NAMES;
        supervisor_feed(s, event);
}

static void names_failed(Supervisor *s, const NamesKeeperAction *a) {
        reload_answer_fail(&s->reload_answer);
        names_feed(s,
                   &(TunnelEvent){
                           .type = TUNNEL_EVENT_APPLY_FAILED,
                           .optional = !a->failed.required,
                           .fact = { .type = DIAGNOSIS_NAMES_REFUSED,
                                     .stage = DIAGNOSIS_STAGE_NETWORK,
                                     .number = a->failed.fault,
                                     .text = a->failed.text },
                   });
}

/* The part of an action that is for the tunnel, which may answer with another step at once. */
static void names_tell(Supervisor *s, const NamesKeeperAction *a) {
        switch (a->type) {
        case NAMES_KEEPER_ACTION_APPLIED:
                names_feed(s, &(TunnelEvent){ .type = TUNNEL_EVENT_APPLIED });
                break;
        case NAMES_KEEPER_ACTION_FAILED:
                names_failed(s, a);
                break;
        case NAMES_KEEPER_ACTION_REMOVED:
                names_feed(s, &(TunnelEvent){ .type = TUNNEL_EVENT_REMOVED });
                break;
        case NAMES_KEEPER_ACTION_OPEN:
        case NAMES_KEEPER_ACTION_SEND:
        case NAMES_KEEPER_ACTION_CLOSE:
        case NAMES_KEEPER_ACTION_LOG:
                break; /* names_execute() */
        }
}

static void names_arm_timer(Supervisor *s) {
        uint64_t deadline = names_keeper_next_deadline(s->names.keeper);

        (void) sd_event_source_set_time(s->names.timer, deadline);
        (void) sd_event_source_set_enabled(
                s->names.timer, deadline == USEC_INFINITY ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
}

/* First what pptp-names is to do, then what the tunnel is to know, as with routes. */
static void names_step(Supervisor *s, const NamesKeeperEvent *event) {
        NamesKeeperActions actions;

        names_keeper_step(s->names.keeper, event, clock_read_usec(CLOCK_BOOTTIME), &actions);
        names_arm_timer(s);

        for (size_t i = 0; i < actions.n_items; i++) {
                int r;

                r = names_execute(s, &actions.items[i]);
                if (r < 0)
                        names_lost(s, actions.items[i].service, r);
        }

        for (size_t i = 0; i < actions.n_items; i++)
                names_tell(s, &actions.items[i]);

        supervisor_status_changed(s);
        supervisor_answer_reload(s);
}

static int on_names_timer(_unused_ sd_event_source *source, _unused_ uint64_t usec,
                          void *userdata) {

        names_step(userdata, &(NamesKeeperEvent){ .type = NAMES_KEEPER_TIMER });
        return 0;
}

/* ---- what the tunnel asks for ---- */

/* Asks for nothing: what changed of the names is applied when the tunnel says so. */
void supervisor_configure_names(Supervisor *s) {
        NamesKeeperActions actions;

        names_keeper_step(
                s->names.keeper,
                &(NamesKeeperEvent){ .type = NAMES_KEEPER_CONFIGURE, .config = s->config },
                clock_read_usec(CLOCK_BOOTTIME), &actions);
}

void supervisor_offer_names(Supervisor *s) {
        const RouteOffer *o = &s->routes.offer;

        names_step(s,
                   &(NamesKeeperEvent){
                           .type = NAMES_KEEPER_OFFER,
                           .offer = {
                                   .awaited = o->state == ROUTE_OFFER_ASKING,
                                   .information = route_offer_get_information(o),
                                   .routes = o->routes,
                                   .n_routes = o->n_routes,
                           },
                   });
}

/* The resolver knows the interfaces of this host's own network namespace alone. */
void supervisor_apply_names(Supervisor *s, const TunnelLink *link) {
        NamesKeeperEvent event = {
                .type = NAMES_KEEPER_APPLY,
                .link = {
                        .ifindex = supervisor_is_apart(s) ? 0 : link_find_index(link->ifname),
                        .servers = { link->dns[0], link->dns[1] },
                },
        };

        snprintf(event.link.ifname, sizeof(event.link.ifname), "%s", link->ifname);
        names_step(s, &event);
}

void supervisor_remove_names(Supervisor *s) {
        names_step(s, &(NamesKeeperEvent){ .type = NAMES_KEEPER_REMOVE });
}

void supervisor_register_names_anew(Supervisor *s) {
        names_step(s, &(NamesKeeperEvent){ .type = NAMES_KEEPER_ANEW });
}

int supervisor_names_init(Supervisor *s) {
        int r;

        s->names.keeper = names_keeper_new();
        if (!s->names.keeper)
                return -ENOMEM;

        r = sd_event_add_time(s->event, &s->names.timer, CLOCK_BOOTTIME, USEC_INFINITY, 0,
                              on_names_timer, s);
        if (r < 0)
                return r;

        (void) sd_event_source_set_description(s->names.timer, "names");
        supervisor_configure_names(s);
        return 0;
}

void supervisor_names_done(Supervisor *s) {
        for (size_t i = 0; i < _NAMES_SERVICE_MAX; i++)
                s->names.channels[i] = names_channel_free(s->names.channels[i]);
        s->names.timer = sd_event_source_disable_unref(s->names.timer);
        s->names.keeper = names_keeper_free(s->names.keeper);
}
