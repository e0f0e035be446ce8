/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/names/names-keeper.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "core/base/text.h"

typedef enum NamesMode {
        NAMES_IDLE,
        NAMES_AWAITING,
        NAMES_ASKING,
        NAMES_PUSHING,
        NAMES_STANDING,
        NAMES_WAITING,
        NAMES_REVERTING,
} NamesMode;

/* What is known of a service. */
typedef struct ServiceState {
        bool open;
        bool known; /* it has said what resolver there is: */
        bool present;
        bool others;
        bool pushed; /* it was sent a SET, and may have something to take back */
} ServiceState;

struct NamesKeeper {
        const Config *config;
        NamesOffer offer;
        ServiceState services[_NAMES_SERVICE_MAX];

        NamesMode mode;
        uint64_t deadline_usec; /* of the mode; USEC_INFINITY: none */
        NamesService service;   /* that is asked, pushed to, or where the names stand */
        bool removing;          /* REMOVED is to be told when a REVERT has its answer */

        bool applying; /* since APPLY, until REMOVE */
        NamesLink link;
        uint64_t since_usec;    /* when the names ceased to be in force, or were first wanted */
        uint64_t tell_usec;     /* when to tell a fault that may pass; USEC_INFINITY: never */
        uint64_t pause_usec;    /* before the next try */
        uint64_t put_back_usec; /* when the last were put back that somebody took away */
        uint64_t put_back_pause_usec; /* before the next are, if that is soon */
        NamesFault fault;             /* of the last try */
        bool told_applied;
        bool told_failed;
        bool said_used, said_unused; /* which names go where, in the journal */
        char trouble[NAMES_KEEPER_TEXT_MAX_BYTES];

        NamesMessage request; /* the last one that was sent */
        NamesSet wanted;
};

const char *names_service_name(NamesService service) {
        static const char *const names[_NAMES_SERVICE_MAX] = {
                [NAMES_SERVICE_RESOLVED] = "systemd-resolved",
                [NAMES_SERVICE_RESOLVCONF] = "resolvconf",
        };

        return names[service];
}

/* ---- what it asks for ---- */

static NamesKeeperAction *add_action(NamesKeeperActions *actions, NamesKeeperActionType type) {
        NamesKeeperAction *a;

        assert(actions->n_items < NAMES_KEEPER_ACTIONS_MAX);
        a = &actions->items[actions->n_items++];
        *a = (NamesKeeperAction){ .type = type };
        return a;
}

static void set_mode(NamesKeeper *k, NamesMode mode, uint64_t deadline_usec) {
        k->mode = mode;
        k->deadline_usec = deadline_usec;
}

static void send_request(NamesKeeper *k, NamesMessageType type, NamesKeeperActions *actions) {
        NamesKeeperAction *a;

        k->request.type = type;
        k->request.serial++;
        a = add_action(actions, NAMES_KEEPER_ACTION_SEND);
        a->service = k->service;
        a->message = &k->request;
}

static void close_service(NamesKeeper *k, NamesService service, NamesKeeperActions *actions) {
        if (k->services[service].open)
                add_action(actions, NAMES_KEEPER_ACTION_CLOSE)->service = service;
        k->services[service] = (ServiceState){ 0 };
}

/* ---- words ---- */

/* "10.0.0.53 and 10.0.0.54" */
static void add_servers(TextBuilder *t, const NamesSet *set) {
        for (size_t i = 0; i < set->n_servers; i++) {
                text_add(t, i == 0 ? "" : i + 1 < set->n_servers ? ", " : " and ");
                text_add_ipv4(t, set->servers[i]);
        }
}

/* "corp.example, ~lab.example and 2 reverse zones", or "all names" */
static void add_domains(TextBuilder *t, const NamesSet *set) {
        size_t n_zones = 0, n = 0;

        if (set->default_route) {
                text_add(t, "all names");
                return;
        }

        for (size_t i = 0; i < set->n_domains; i++) {
                const NamesDomain *domain = &set->domains[i];

                if (domain->of_route) {
                        n_zones++;
                        continue;
                }
                text_addf(t, "%s%s%s", n++ > 0 ? ", " : "", domain->route_only ? "~" : "",
                          domain->name);
        }

        if (n_zones > 0) {
                text_add(t, n > 0 ? " and " : "");
                text_add_count(t, n_zones, "reverse zone");
        }
}

/* Once in a process: a tunnel that comes and goes says the same each time. */
static void say_where(NamesKeeper *k, NamesKeeperActions *actions) {
        bool used = names_set_is_used(&k->wanted);
        NamesKeeperAction *a;
        TextBuilder t;

        if (k->said_used || (!used && (k->said_unused || k->offer.awaited)))
                return;

        k->said_used = used;
        k->said_unused = !used;
        a = add_action(actions, NAMES_KEEPER_ACTION_LOG);
        a->log.priority = LOG_INFO;
        a->log.unused = !used;
        t = text_builder(a->log.text, sizeof(a->log.text));
        if (a->log.unused) {
                text_add(&t, "No names are asked at ");
                add_servers(&t, &k->wanted);
                text_add(&t, ", the name servers of the tunnel");
                return;
        }

        add_domains(&t, &k->wanted);
        text_add(&t, ": asked at ");
        add_servers(&t, &k->wanted);
        text_addf(&t, " (%s)", names_service_name(k->service));
}

static const char *describe_fault(NamesFault fault) {
        switch (fault) {
        case NAMES_FAULT_NO_RESOLVER:
                return "neither systemd-resolved nor resolvconf is there to take name servers";
        case NAMES_FAULT_NO_SERVER:
                return "Domains= names domains, and neither the server nor DNS= a name server";
        case NAMES_FAULT_MANAGED:
                return "systemd-networkd manages the interface";
        case NAMES_FAULT_NO_SPLIT:
                return "this resolvconf has all names asked at a name server, or none";
        case NAMES_FAULT_NONE:
        case NAMES_FAULT_REFUSED:
        case _NAMES_FAULT_MAX:
                break;
        }

        return "the resolver refuses";
}

/* ---- outcomes ---- */

static void tell_failed(NamesKeeper *k, NamesKeeperActions *actions) {
        bool required = names_set_is_required(k->config);
        NamesKeeperAction *a;
        TextBuilder t;

        k->tell_usec = USEC_INFINITY;
        if (k->told_failed)
                return;

        /* Of what ends an attempt to connect the tunnel speaks itself. */
        if (!required || k->told_applied) {
                a = add_action(actions, NAMES_KEEPER_ACTION_LOG);
                a->log.priority = LOG_WARNING;
                a->log.fault = k->fault;
                t = text_builder(a->log.text, sizeof(a->log.text));
                text_addf(&t, "The tunnel's names are not in force: %s", k->trouble);
        }

        k->told_failed = true;
        a = add_action(actions, NAMES_KEEPER_ACTION_FAILED);
        a->failed.fault = k->fault;
        a->failed.required = required;
        snprintf(a->failed.text, sizeof(a->failed.text), "%s", k->trouble);
}

static void tell_applied(NamesKeeper *k, NamesKeeperActions *actions) {
        if (k->told_applied && !k->told_failed)
                return;

        k->told_applied = true;
        k->told_failed = false;
        add_action(actions, NAMES_KEEPER_ACTION_APPLIED);
}

/* The names are not in force. text: what the resolver says, or NULL. */
static void fail(NamesKeeper *k, NamesFault fault, const char *text, uint64_t now,
                 NamesKeeperActions *actions) {

        k->fault = fault;
        if (text && text[0] != '\0')
                text_escape(k->trouble, sizeof(k->trouble), text, strlen(text));
        else
                snprintf(k->trouble, sizeof(k->trouble), "%s", describe_fault(fault));

        set_mode(k, NAMES_WAITING, now + k->pause_usec);
        k->pause_usec = MIN(2 * k->pause_usec, NAMES_KEEPER_RETRY_MAX_USEC);

        if (fault == NAMES_FAULT_NO_RESOLVER && now < k->since_usec + NAMES_KEEPER_ABSENT_USEC)
                k->tell_usec = k->since_usec + NAMES_KEEPER_ABSENT_USEC;
        else
                tell_failed(k, actions);
}

static void stand(NamesKeeper *k, NamesKeeperActions *actions) {
        set_mode(k, NAMES_STANDING, USEC_INFINITY);
        k->tell_usec = USEC_INFINITY;
        k->pause_usec = NAMES_KEEPER_RETRY_USEC;
        k->fault = NAMES_FAULT_NONE;
        k->trouble[0] = '\0';
        say_where(k, actions);
        if (k->told_failed) {
                NamesKeeperAction *a = add_action(actions, NAMES_KEEPER_ACTION_LOG);

                a->log.priority = LOG_NOTICE;
                snprintf(a->log.text, sizeof(a->log.text), "The tunnel's names are in force (%s)",
                         names_service_name(k->service));
        }
        tell_applied(k, actions);
}

/* ---- taking back ---- */

static void revert(NamesKeeper *k, bool removing, uint64_t now, NamesKeeperActions *actions) {
        k->removing = removing;
        k->services[k->service].pushed = false;
        send_request(k, NAMES_REVERT, actions);
        set_mode(k, NAMES_REVERTING, now + NAMES_KEEPER_REVERT_USEC);
}

static void reverted(NamesKeeper *k, NamesKeeperActions *actions) {
        set_mode(k, NAMES_IDLE, USEC_INFINITY);
        if (k->removing)
                add_action(actions, NAMES_KEEPER_ACTION_REMOVED);
        k->removing = false;
}

/*
 * Has each service take back what it may have registered: the present one in a way that can be
 * waited for, another by the end of its connection. Returns whether there is an answer to come.
 */
static bool take_back(NamesKeeper *k, bool removing, uint64_t now, NamesKeeperActions *actions) {
        for (NamesService i = 0; i < _NAMES_SERVICE_MAX; i++)
                if (i != k->service && k->services[i].pushed)
                        close_service(k, i, actions);

        if (!k->services[k->service].pushed)
                return false;

        revert(k, removing, now, actions);
        return true;
}

/* There is no name server, and so nothing to register: a fault only where names were asked for. */
static void want_nothing(NamesKeeper *k, uint64_t now, NamesKeeperActions *actions) {
        if (!take_back(k, false, now, actions))
                set_mode(k, NAMES_IDLE, USEC_INFINITY);

        if (!names_set_is_required(k->config)) {
                tell_applied(k, actions);
                return;
        }

        k->fault = NAMES_FAULT_NO_SERVER;
        snprintf(k->trouble, sizeof(k->trouble), "%s", describe_fault(k->fault));
        tell_failed(k, actions);
}

/* ---- trying ---- */

/* A service that has not told of others' name servers is taken to have some, as most hosts do. */
static void make_wanted(const NamesKeeper *k, NamesSet *ret_set) {
        const ServiceState *state = &k->services[k->service];

        names_set_make(k->config, k->link.servers, &k->offer, !state->known || state->others,
                       ret_set);
}

static void push_as(NamesKeeper *k, bool anew, uint64_t now, NamesKeeperActions *actions) {
        make_wanted(k, &k->wanted);
        /* The configuration may be another since the tunnel asked for this. */
        if (k->wanted.n_servers == 0) {
                want_nothing(k, now, actions);
                return;
        }

        if (k->link.ifindex == 0) {
                fail(k, NAMES_FAULT_REFUSED, "the interface is gone", now, actions);
                return;
        }

        k->request.set.anew = anew;
        names_set_copy(&k->request.set.names, &k->wanted);
        k->request.set.ifindex = k->link.ifindex;
        memcpy(k->request.set.ifname, k->link.ifname, sizeof(k->request.set.ifname));
        send_request(k, NAMES_SET, actions);
        k->services[k->service].pushed = true;
        set_mode(k, NAMES_PUSHING, now + NAMES_KEEPER_ANSWER_USEC);
}

static void push(NamesKeeper *k, uint64_t now, NamesKeeperActions *actions) {
        push_as(k, false, now, actions);
}

/* Goes on with this service, or where that has no resolver with the next. */
static void try_service(NamesKeeper *k, NamesService service, uint64_t now,
                        NamesKeeperActions *actions) {

        for (; service < _NAMES_SERVICE_MAX; service++) {
                const ServiceState *state = &k->services[service];

                k->service = service;
                if (!state->open)
                        add_action(actions, NAMES_KEEPER_ACTION_OPEN)->service = service;
                if (!state->known) {
                        k->services[service].open = true;
                        set_mode(k, NAMES_ASKING, now + NAMES_KEEPER_ANSWER_USEC);
                        return;
                }
                if (state->present) {
                        push(k, now, actions);
                        return;
                }
        }

        /* Kept open: of systemd-resolved, to hear of it when it is there. */
        close_service(k, NAMES_SERVICE_RESOLVCONF, actions);
        fail(k, NAMES_FAULT_NO_RESOLVER, NULL, now, actions);
}

static void try(NamesKeeper *k, uint64_t now, NamesKeeperActions *actions) {
        try_service(k, NAMES_SERVICE_RESOLVED, now, actions);
}

/* What this service has is not enough, or it is gone. */
static void try_next(NamesKeeper *k, uint64_t now, NamesKeeperActions *actions) {
        try_service(k, k->service + 1, now, actions);
}

/* ---- events ---- */

static void on_apply(NamesKeeper *k, const NamesLink *link, uint64_t now,
                     NamesKeeperActions *actions) {

        bool required = names_set_is_required(k->config);

        k->applying = true;
        k->link = *link;
        k->since_usec = now;
        k->pause_usec = NAMES_KEEPER_RETRY_USEC;
        k->told_applied = k->told_failed = k->removing = false;
        k->tell_usec = USEC_INFINITY;
        k->fault = NAMES_FAULT_NONE;
        k->trouble[0] = '\0';
        make_wanted(k, &k->wanted);

        if (k->wanted.n_servers == 0 && required && k->offer.awaited) {
                set_mode(k, NAMES_AWAITING, USEC_INFINITY);
                return;
        }
        if (k->wanted.n_servers == 0) {
                want_nothing(k, now, actions);
                return;
        }

        try(k, now, actions);
        /* A convenience holds up nobody. */
        if (!required && !k->told_failed)
                tell_applied(k, actions);
}

/* Registers what is offered beside the rest; what the server no longer offers goes. */
static void on_offer(NamesKeeper *k, const NamesOffer *offer, uint64_t now,
                     NamesKeeperActions *actions) {

        NamesSet wanted;

        k->offer = *offer;
        if (!k->applying || (k->mode == NAMES_AWAITING && offer->awaited))
                return;

        make_wanted(k, &wanted);
        if (k->mode != NAMES_AWAITING && names_set_equal(&wanted, &k->wanted)) {
                if (k->mode == NAMES_STANDING)
                        say_where(k, actions);
                return;
        }

        names_set_copy(&k->wanted, &wanted);
        if (wanted.n_servers == 0)
                want_nothing(k, now, actions);
        else
                try(k, now, actions);
}

static void on_remove(NamesKeeper *k, uint64_t now, NamesKeeperActions *actions) {
        k->applying = false;
        k->tell_usec = USEC_INFINITY;
        k->fault = NAMES_FAULT_NONE;
        k->trouble[0] = '\0';
        names_set_clear(&k->wanted);

        if (k->mode == NAMES_REVERTING) {
                k->removing = true;
                return;
        }
        if (take_back(k, true, now, actions))
                return;

        k->removing = true;
        reverted(k, actions);
}

/*
 * Where two links have a name and neither finds it, systemd-resolved (252 to 257) tells what was
 * answered on the one that got its name servers last. A cover (names-cover.h) that comes later than
 * the tunnel would have a name that does not exist be one that cannot be looked up.
 */
static void on_anew(NamesKeeper *k, uint64_t now, NamesKeeperActions *actions) {
        if (k->service == NAMES_SERVICE_RESOLVED &&
            (k->mode == NAMES_STANDING || k->mode == NAMES_PUSHING))
                push_as(k, true, now, actions);
}

/* The service tells what resolver there is. */
static void on_resolver(NamesKeeper *k, NamesService service, const NamesMessage *m, uint64_t now,
                        NamesKeeperActions *actions) {

        ServiceState *state = &k->services[service];
        bool appeared = m->resolver.present && !(state->known && state->present);
        bool others_changed = state->others != m->resolver.others;

        state->known = true;
        state->present = m->resolver.present;
        state->others = m->resolver.others;

        switch (k->mode) {
        case NAMES_ASKING:
                if (service == k->service || (service < k->service && appeared))
                        try_service(k, service, now, actions);
                return;
        case NAMES_WAITING:
                if (appeared)
                        try_service(k, service, now, actions);
                return;
        case NAMES_PUSHING:
        case NAMES_STANDING:
                if (service != k->service)
                        return;
                /* It may be about to restart. What it knew of the link is gone with it, or not. */
                if (!state->present) {
                        k->since_usec = now;
                        fail(k, NAMES_FAULT_NO_RESOLVER, NULL, now, actions);
                } else if (others_changed && k->config->dns_default_route == CONFIG_AUTO)
                        push(k, now, actions);
                return;
        case NAMES_IDLE:
        case NAMES_AWAITING:
        case NAMES_REVERTING:
                return;
        }
}

static void on_pushed(NamesKeeper *k, const NamesMessage *m, uint64_t now,
                      NamesKeeperActions *actions) {

        switch (m->done.result) {
        case NAMES_RESULT_DONE:
                stand(k, actions);
                return;
        case NAMES_RESULT_ABSENT:
                k->services[k->service].present = false;
                try_next(k, now, actions);
                return;
        case NAMES_RESULT_NO_LINK:
                if (now >= k->since_usec + NAMES_KEEPER_LINK_MAX_USEC) {
                        fail(k, NAMES_FAULT_REFUSED, "the resolver does not know the interface",
                             now, actions);
                        return;
                }
                set_mode(k, NAMES_WAITING, now + NAMES_KEEPER_LINK_USEC);
                return;
        case NAMES_RESULT_MANAGED:
                fail(k, NAMES_FAULT_MANAGED, NULL, now, actions);
                return;
        case NAMES_RESULT_NO_SPLIT:
                fail(k, NAMES_FAULT_NO_SPLIT, NULL, now, actions);
                return;
        case NAMES_RESULT_REFUSED:
                fail(k, NAMES_FAULT_REFUSED, m->done.text, now, actions);
                return;
        case _NAMES_RESULT_MAX:
                return;
        }
}

/*
 * Somebody else has taken the names away. The first time they are put back at once, and ever more
 * rarely if somebody does it again and again.
 */
static void on_lost(NamesKeeper *k, NamesService service, uint64_t now,
                    NamesKeeperActions *actions) {

        NamesKeeperAction *a;

        if (k->mode != NAMES_STANDING || service != k->service)
                return;

        a = add_action(actions, NAMES_KEEPER_ACTION_LOG);
        a->log.priority = LOG_WARNING;
        snprintf(a->log.text, sizeof(a->log.text),
                 "Somebody took the tunnel's names out of %s; putting them back",
                 names_service_name(service));

        if (now >= k->put_back_usec + NAMES_KEEPER_RETRY_MAX_USEC)
                k->put_back_pause_usec = 0;
        k->put_back_usec = now + k->put_back_pause_usec;
        k->since_usec = now;
        if (k->put_back_pause_usec == 0)
                push(k, now, actions);
        else
                set_mode(k, NAMES_WAITING, k->put_back_usec);

        if (k->put_back_pause_usec < NAMES_KEEPER_RETRY_USEC)
                k->put_back_pause_usec = NAMES_KEEPER_RETRY_USEC;
        else
                k->put_back_pause_usec =
                        MIN(2 * k->put_back_pause_usec, NAMES_KEEPER_RETRY_MAX_USEC);
}

static void on_message(NamesKeeper *k, NamesService service, const NamesMessage *m, uint64_t now,
                       NamesKeeperActions *actions) {

        if (m->type == NAMES_RESOLVER) {
                on_resolver(k, service, m, now, actions);
                return;
        }
        if (m->type == NAMES_LOST) {
                on_lost(k, service, now, actions);
                return;
        }

        /* The answer to what was given up meanwhile. */
        if (m->type != NAMES_DONE || service != k->service || m->serial != k->request.serial)
                return;

        if (k->mode == NAMES_PUSHING)
                on_pushed(k, m, now, actions);
        else if (k->mode == NAMES_REVERTING)
                reverted(k, actions);
}

/* With its connection went what was registered over it. */
static void on_closed(NamesKeeper *k, NamesService service, uint64_t now,
                      NamesKeeperActions *actions) {

        k->services[service] = (ServiceState){ 0 };
        if (service != k->service)
                return;

        switch (k->mode) {
        case NAMES_ASKING:
                try_next(k, now, actions);
                return;
        case NAMES_PUSHING:
        case NAMES_STANDING:
                k->since_usec = now;
                set_mode(k, NAMES_WAITING, now + k->pause_usec);
                k->tell_usec = now + NAMES_KEEPER_ABSENT_USEC;
                k->fault = NAMES_FAULT_REFUSED;
                snprintf(k->trouble, sizeof(k->trouble), "pptp-names has ended");
                return;
        case NAMES_REVERTING:
                reverted(k, actions);
                return;
        case NAMES_WAITING:
        case NAMES_AWAITING:
        case NAMES_IDLE:
                return;
        }
}

static void on_mode_timer(NamesKeeper *k, uint64_t now, NamesKeeperActions *actions) {
        switch (k->mode) {
        case NAMES_ASKING:
        case NAMES_PUSHING:
                /* Closed, it takes back what it may yet do. */
                close_service(k, k->service, actions);
                fail(k, NAMES_FAULT_REFUSED, "the resolver does not answer", now, actions);
                return;
        case NAMES_WAITING:
                try(k, now, actions);
                return;
        case NAMES_REVERTING:
                close_service(k, k->service, actions);
                reverted(k, actions);
                return;
        case NAMES_IDLE:
        case NAMES_AWAITING:
        case NAMES_STANDING:
                return;
        }
}

static void on_timer(NamesKeeper *k, uint64_t now, NamesKeeperActions *actions) {
        if (now >= k->tell_usec)
                tell_failed(k, actions);
        if (now >= k->deadline_usec)
                on_mode_timer(k, now, actions);
}

void names_keeper_step(NamesKeeper *k, const NamesKeeperEvent *event, uint64_t now_usec,
                       NamesKeeperActions *ret_actions) {

        ret_actions->n_items = 0;

        switch (event->type) {
        case NAMES_KEEPER_CONFIGURE:
                k->config = event->config;
                return;
        case NAMES_KEEPER_OFFER:
                on_offer(k, &event->offer, now_usec, ret_actions);
                return;
        case NAMES_KEEPER_APPLY:
                on_apply(k, &event->link, now_usec, ret_actions);
                return;
        case NAMES_KEEPER_REMOVE:
                on_remove(k, now_usec, ret_actions);
                return;
        case NAMES_KEEPER_ANEW:
                on_anew(k, now_usec, ret_actions);
                return;
        case NAMES_KEEPER_MESSAGE:
                on_message(k, event->service, event->message, now_usec, ret_actions);
                return;
        case NAMES_KEEPER_CLOSED:
                on_closed(k, event->service, now_usec, ret_actions);
                return;
        case NAMES_KEEPER_TIMER:
                on_timer(k, now_usec, ret_actions);
                return;
        }
}

/* ---- what others may ask ---- */

uint64_t names_keeper_next_deadline(const NamesKeeper *k) {
        return MIN(k->deadline_usec, k->tell_usec);
}

bool names_keeper_is_busy(const NamesKeeper *k) {
        return k->mode == NAMES_AWAITING || k->mode == NAMES_ASKING || k->mode == NAMES_PUSHING ||
                k->mode == NAMES_REVERTING;
}

void names_keeper_get_state(const NamesKeeper *k, NamesState *ret_state) {
        *ret_state = (NamesState){
                .names = &k->wanted,
                .standing = k->mode == NAMES_STANDING,
                .service = k->service,
                .trouble = k->told_failed ? k->trouble : "",
        };
}

NamesKeeper *names_keeper_new(void) {
        NamesKeeper *k;

        k = malloc(sizeof(*k));
        if (!k)
                return NULL;

        /* All but the names, most of which stay unused. */
        memset(k, 0, offsetof(NamesKeeper, request.set.names));
        names_set_clear(&k->request.set.names);
        names_set_clear(&k->wanted);
        k->deadline_usec = k->tell_usec = USEC_INFINITY;
        return k;
}

NamesKeeper *names_keeper_free(NamesKeeper *k) {
        free(k);
        return NULL;
}
