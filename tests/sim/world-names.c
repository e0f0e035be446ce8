/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The part of the world that the tunnel's names are in: two resolvers, the services before them,
 * and the keeper between those and the tunnel. See world.h.
 */

#include "world.h"

#include "core/base/macros.h"
#include "core/names/names-keeper.h"

/* A service answers as soon as the kernel does here. */
#define SERVICE_ANSWER_MAX_USEC (USEC_PER_SEC / 2)

/* ROUTE_OFFER_ASKS_MAX questions. */
#define OFFER_MAX_USEC (3 * USEC_PER_SEC)

/*
 * For so long the tunnel may say "Up: " when its names are not in force: a push that is not
 * answered, or the time that a resolver may take for a restart, and a little.
 */
#define NAMES_UNTRUE_MAX_USEC (NAMES_KEEPER_ANSWER_USEC + NAMES_KEEPER_ABSENT_USEC + USEC_PER_SEC)

static void names_step(World *w, const NamesKeeperEvent *event);

/* ---- between the keeper and the tunnel ---- */

static void names_open(World *w, SimService *s) {
        check(w, !s->open);
        s->open = true;
        s->close_usec = chance(w, w->cooperation) ? USEC_INFINITY : w->now_usec;
        s->hello_usec = chance(w, w->cooperation) ? w->now_usec + roll(w, SERVICE_ANSWER_MAX_USEC) :
                                                    USEC_INFINITY;
        s->answer_usec = USEC_INFINITY;
}

static void names_close(SimService *s) {
        *s = (SimService){
                .present = s->present,
                .hello_usec = USEC_INFINITY,
                .answer_usec = USEC_INFINITY,
                .close_usec = USEC_INFINITY,
        };
}

/* The latest request counts: what was asked before is done and gets no answer. */
static void names_take(World *w, SimService *s, const NamesMessage *m) {
        check(w, s->open);
        check(w, m->type == NAMES_SET || m->type == NAMES_REVERT);
        s->serial = m->serial;
        s->reverting = m->type == NAMES_REVERT;
        s->answer_usec = chance(w, w->cooperation) ?
                w->now_usec + 1 + roll(w, SERVICE_ANSWER_MAX_USEC) :
                USEC_INFINITY;
        if (s->reverting)
                s->registered = false;
        else
                check(w, m->set.names.n_servers > 0);
}

static void note_action(World *w, const NamesKeeperAction *a) {
        SimService *s = &w->services[a->service];

        switch (a->type) {
        case NAMES_KEEPER_ACTION_OPEN:
                names_open(w, s);
                break;
        case NAMES_KEEPER_ACTION_SEND:
                names_take(w, s, a->message);
                break;
        case NAMES_KEEPER_ACTION_CLOSE:
                check(w, s->open);
                names_close(s);
                break;
        case NAMES_KEEPER_ACTION_APPLIED:
                tell(w, TUNNEL_PART_NAMES, &(TunnelEvent){ .type = TUNNEL_EVENT_APPLIED });
                break;
        case NAMES_KEEPER_ACTION_FAILED:
                check(w, a->failed.fault != NAMES_FAULT_NONE && a->failed.text[0] != '\0');
                tell(w, TUNNEL_PART_NAMES,
                     &(TunnelEvent){
                             .type = TUNNEL_EVENT_APPLY_FAILED,
                             .optional = !a->failed.required,
                             .fact = { .type = DIAGNOSIS_NAMES_REFUSED,
                                       .stage = DIAGNOSIS_STAGE_NETWORK,
                                       .number = a->failed.fault,
                                       .text = "names" },
                     });
                break;
        case NAMES_KEEPER_ACTION_REMOVED:
                tell(w, TUNNEL_PART_NAMES, &(TunnelEvent){ .type = TUNNEL_EVENT_REMOVED });
                break;
        case NAMES_KEEPER_ACTION_LOG:
                check(w, a->log.text[0] != '\0');
                break;
        }
}

static void names_step(World *w, const NamesKeeperEvent *event) {
        NamesKeeperActions actions;

        names_keeper_step(w->names, event, w->now_usec, &actions);
        for (size_t i = 0; i < actions.n_items; i++)
                note_action(w, &actions.items[i]);
}

/* ---- the world's turn ---- */

static void say(World *w, NamesService service, const NamesMessage *m) {
        names_step(w,
                   &(NamesKeeperEvent){
                           .type = NAMES_KEEPER_MESSAGE, .service = service, .message = m });
}

static void say_hello(World *w, NamesService service) {
        SimService *s = &w->services[service];
        static NamesMessage m;

        s->hello_usec = USEC_INFINITY;
        m.type = NAMES_RESOLVER;
        m.resolver.present = s->present;
        m.resolver.others = chance(w, 80);
        say(w, service, &m);
}

static void say_done(World *w, NamesService service) {
        SimService *s = &w->services[service];
        static NamesMessage m;

        s->answer_usec = USEC_INFINITY;
        m.type = NAMES_DONE;
        m.serial = s->serial;
        m.done.text[0] = '\0';
        m.done.result = NAMES_RESULT_DONE;
        if (!s->reverting && !s->present)
                m.done.result = NAMES_RESULT_ABSENT;
        else if (!s->reverting && !chance(w, w->cooperation))
                m.done.result = (NamesResult) roll(w, _NAMES_RESULT_MAX);
        s->registered = !s->reverting && m.done.result == NAMES_RESULT_DONE;
        say(w, service, &m);
}

static void say_closed(World *w, NamesService service) {
        names_close(&w->services[service]);
        names_step(w, &(NamesKeeperEvent){ .type = NAMES_KEEPER_CLOSED, .service = service });
}

/* The server's offer: awaited for a while, and then there is one, or none. */
static void offer(World *w, bool awaited, const DhcpInformation *information) {
        w->offer_usec = awaited ? w->now_usec + roll(w, OFFER_MAX_USEC) : USEC_INFINITY;
        names_step(
                w,
                &(NamesKeeperEvent){ .type = NAMES_KEEPER_OFFER,
                                     .offer = { .awaited = awaited, .information = information } });
}

static void say_offer(World *w) {
        static const DhcpInformation information = {
                .name_servers = { { 0x0101010a } },
                .n_name_servers = 1,
                .domains = { "sim.example" },
                .n_domains = 1,
        };

        offer(w, false, chance(w, 50) ? &information : NULL);
}

uint64_t next_of_names(const World *w) {
        uint64_t next = MIN(names_keeper_next_deadline(w->names), w->offer_usec);

        for (size_t i = 0; i < _NAMES_SERVICE_MAX; i++) {
                const SimService *s = &w->services[i];

                next = MIN(next, s->close_usec);
                next = MIN(next, s->hello_usec);
                next = MIN(next, s->answer_usec);
        }

        return next;
}

void run_names(World *w) {
        for (NamesService i = 0; i < _NAMES_SERVICE_MAX; i++) {
                const SimService *s = &w->services[i];

                if (s->close_usec <= w->now_usec) {
                        say_closed(w, i);
                        return;
                }
                if (s->hello_usec <= w->now_usec) {
                        say_hello(w, i);
                        return;
                }
                if (s->answer_usec <= w->now_usec) {
                        say_done(w, i);
                        return;
                }
        }

        if (w->offer_usec <= w->now_usec) {
                say_offer(w);
                return;
        }

        names_step(w, &(NamesKeeperEvent){ .type = NAMES_KEEPER_TIMER });
}

void apply_names(World *w, const TunnelLink *link) {
        if (chance(w, 20))
                offer(w, true, NULL);
        names_step(w,
                   &(NamesKeeperEvent){
                           .type = NAMES_KEEPER_APPLY,
                           .link = {
                                   .ifindex = w->kernel.ifindex,
                                   .ifname = "sim0",
                                   .servers = { link->dns[0], link->dns[1] },
                           },
                   });
}

void remove_names(World *w) {
        names_step(w, &(NamesKeeperEvent){ .type = NAMES_KEEPER_REMOVE });
        offer(w, false, NULL);
}

void configure_names(World *w) {
        names_step(w, &(NamesKeeperEvent){ .type = NAMES_KEEPER_CONFIGURE, .config = w->config });
}

void disturb_names(World *w) {
        NamesService service = roll(w, _NAMES_SERVICE_MAX);
        SimService *s = &w->services[service];

        switch (roll(w, 4)) {
        case 0: /* it stops, or is there again; and forgets what it knew, either way */
                /* One announcement for each, as of NameOwnerChanged: in between it was away. */
                if (s->hello_usec <= w->now_usec)
                        say_hello(w, service);
                s->present = !s->present;
                s->registered = false;
                if (s->open)
                        s->hello_usec = w->now_usec;
                break;
        case 1: /* another link gets a name server, or loses it */
                if (s->open)
                        s->hello_usec = w->now_usec;
                break;
        case 2: /* the service crashes, and with its connection goes what it registered */
                if (s->open)
                        s->close_usec = w->now_usec;
                s->registered = false;
                break;
        case 3: /* somebody else takes away what it registered */
                if (s->open && s->registered && s->answer_usec == USEC_INFINITY) {
                        s->registered = false;
                        say(w, service, &(NamesMessage){ .type = NAMES_LOST });
                }
                break;
        }
}

/* ---- the truth ---- */

bool names_are_registered(const World *w) {
        for (size_t i = 0; i < _NAMES_SERVICE_MAX; i++)
                if (w->services[i].registered)
                        return true;

        return false;
}

void check_names(World *w) {
        bool untrue = tunnel_get_state(w->tunnel) == TUNNEL_STATE_UP && w->says_up &&
                names_set_is_required(w->config) && !names_are_registered(w);

        if (!untrue)
                w->names_untrue_usec = 0;
        else if (w->names_untrue_usec == 0)
                w->names_untrue_usec = w->now_usec;
        else
                check(w, w->now_usec - w->names_untrue_usec <= NAMES_UNTRUE_MAX_USEC);
}

void begin_names(World *w) {
        w->names = names_keeper_new();
        check(w, w->names);
        for (size_t i = 0; i < _NAMES_SERVICE_MAX; i++) {
                names_close(&w->services[i]);
                w->services[i].present = chance(w, w->cooperation);
        }
        w->offer_usec = USEC_INFINITY;
        configure_names(w);
}

void end_names(World *w) {
        w->names = names_keeper_free(w->names);
}
