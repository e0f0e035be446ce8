/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/route/route-offer.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "core/base/number.h"
#include "core/base/text.h"

/* ---- actions ---- */

static RouteOfferAction *offer_add(RouteOfferActions *actions, RouteOfferActionType type) {
        RouteOfferAction *action;

        assert(actions->n_items < ROUTE_OFFER_ACTIONS_MAX);
        action = &actions->items[actions->n_items++];
        *action = (RouteOfferAction){ .type = type };
        return action;
}

_printf_(3, 4) static void offer_log(RouteOfferActions *actions, int priority, const char *format,
                                     ...) {

        RouteOfferAction *action = offer_add(actions, ROUTE_OFFER_ACTION_LOG);
        va_list arguments;

        action->log.priority = priority;
        va_start(arguments, format);
        vsnprintf(action->log.text, sizeof(action->log.text), format, arguments);
        va_end(arguments);
}

/* ---- what to take ---- */

static uint32_t prefix_mask(unsigned length) {
        return length == 0 ? 0 : UINT32_MAX << (32 - length);
}

static bool prefix_covers(struct in_addr destination, unsigned length, struct in_addr address) {
        return ((ntohl(destination.s_addr) ^ ntohl(address.s_addr)) & prefix_mask(length)) == 0;
}

/* Whether the route lies within a prefix of AllowedRoutes=, which the parser has checked. */
static bool is_within(const DhcpRoute *route, const char *allowed) {
        const char *slash = strchr(allowed, '/');
        char text[INET_ADDRSTRLEN];
        struct in_addr prefix;
        uint64_t length;

        if (!slash || !number_parse(slash + 1, 10, 32, &length))
                return false;

        snprintf(text, sizeof(text), "%.*s", (int) (slash - allowed), allowed);
        return inet_pton(AF_INET, text, &prefix) == 1 && length <= route->prefix_length &&
                prefix_covers(prefix, (unsigned) length, route->destination);
}

static bool is_allowed(const Config *config, const DhcpRoute *route) {
        for (size_t i = 0; i < config->n_allowed_routes; i++)
                if (is_within(route, config->allowed_routes[i]))
                        return true;

        return false;
}

/* Returns what a network is in which no route may lead to hosts, or NULL. */
static const char *find_special(const DhcpRoute *route) {
        static const struct {
                uint32_t destination;
                uint8_t prefix_length;
                const char *fault;
        } networks[] = {
                { 0x00000000, 8, "is no network of hosts" }, /* RFC 1122, section 3.2.1.3 */
                { 0x7f000000, 8, "is loopback" },            /* the same */
                { 0xa9fe0000, 16, "is link-local" },         /* RFC 3927, section 7 */
                { 0xe0000000, 4, "is multicast" },           /* RFC 1112, section 4 */
                { 0xe0000000, 3, "is reserved" },            /* the same, with 240.0.0.0/4 */
        };

        for (size_t i = 0; i < ELEMENTSOF(networks); i++)
                if (route->prefix_length >= networks[i].prefix_length &&
                    prefix_covers((struct in_addr){ .s_addr = htonl(networks[i].destination) },
                                  networks[i].prefix_length, route->destination))
                        return networks[i].fault;

        return NULL;
}

/* Returns why a route is not taken, or NULL if it is taken. */
static const char *offer_find_fault(const RouteOffer *o, const DhcpRoute *route) {
        const char *special = find_special(route);

        if (special)
                return special;
        if (is_allowed(o->config, route))
                return NULL;
        if (o->config->n_allowed_routes > 0)
                return "is not within AllowedRoutes=";
        if (prefix_covers(route->destination, route->prefix_length, o->server))
                return "covers the server itself";
        if (route->prefix_length < ROUTE_OFFER_LENGTH_MIN)
                return "is larger than what is taken without AllowedRoutes=";

        return NULL;
}

static void offer_take(RouteOffer *o, const DhcpRoute *route) {
        o->routes[o->n_routes++] = (ConfigRoute){
                .destination = route->destination,
                .prefix_length = route->prefix_length,
                .type = CONFIG_ROUTE_UNICAST,
                .has_metric = true,
                /* Metrics from 2^31 on mark pins, see route-owner.h. */
                .metric = MIN(o->config->route_metric + ROUTE_OFFER_METRIC, (uint32_t) INT32_MAX),
                .table = o->config->vrf[0] != '\0' ? 0 : o->config->route_table,
        };
}

/* Names what is not taken, but no more than that, so that a server cannot fill the journal. */
static void offer_log_refused(const RouteOffer *o, size_t n_refused, const char *named,
                              RouteOfferActions *actions) {

        const char *verb = n_refused == 1 ? "is" : "are";

        if (n_refused <= ROUTE_OFFER_NAMED_MAX)
                offer_log(actions, LOG_WARNING,
                          "Of the routes that the server offers %zu %s not taken: %s", n_refused,
                          verb, named);
        else
                offer_log(actions, LOG_WARNING,
                          "Of the routes that the server offers %zu %s not taken: %s, and %zu "
                          "more; \"pptpctl routes %s\" prints those that are taken",
                          n_refused, verb, named, n_refused - ROUTE_OFFER_NAMED_MAX,
                          o->config->name);
}

/* Chooses the routes to take. */
static void offer_choose(RouteOffer *o, RouteOfferActions *actions) {
        const DhcpInformation *info = &o->information;
        char named[ROUTE_OFFER_TEXT_MAX_BYTES];
        TextBuilder t = text_builder(named, sizeof(named));
        size_t n_refused = 0;

        o->n_routes = 0;
        for (size_t i = 0; i < info->n_routes; i++) {
                const DhcpRoute *route = &info->routes[i];
                const char *fault = offer_find_fault(o, route);

                static_assert(ROUTE_OFFER_ROUTES_MAX == 64, "the text below has it");
                if (!fault && o->n_routes == ROUTE_OFFER_ROUTES_MAX)
                        fault = "is beyond the 64 that are taken";
                if (!fault) {
                        offer_take(o, route);
                        continue;
                }

                if (n_refused++ < ROUTE_OFFER_NAMED_MAX)
                        text_addf(&t, "%s%s/%u %s", n_refused == 1 ? "" : ", ",
                                  TEXT_IPV4(route->destination), route->prefix_length, fault);
        }

        /* Where there are more than are looked at, enough of those were refused. */
        static_assert(DHCP_ROUTES_MAX >= ROUTE_OFFER_ROUTES_MAX + ROUTE_OFFER_NAMED_MAX,
                      "as many as can be named");
        n_refused += info->n_routes_dropped;
        if (n_refused > 0)
                offer_log_refused(o, n_refused, named, actions);
        if (info->broken)
                offer_log(actions, LOG_WARNING,
                          "A part of what the server offers by DHCP is not well-formed, ignoring");
        offer_log(actions, LOG_DEBUG,
                  "The server offers %zu routes, %zu name servers and %zu domains by DHCP; %zu "
                  "routes are taken",
                  info->n_routes + info->n_routes_dropped, info->n_name_servers, info->n_domains,
                  o->n_routes);
}

/* ---- asking ---- */

static void offer_ask(RouteOffer *o, uint64_t now, RouteOfferActions *actions) {
        o->n_asks++;
        o->ask_usec = now + ROUTE_OFFER_ASK_USEC;
        offer_add(actions, ROUTE_OFFER_ACTION_ASK);
}

/*
 * Ends the question. Passes on that the routes are installed, which was held back, unless offered
 * routes have to be installed first.
 */
static void offer_done(RouteOffer *o, RouteOfferActions *actions) {
        bool held = o->held;

        o->state = ROUTE_OFFER_DONE;
        o->held = false;
        offer_add(actions, ROUTE_OFFER_ACTION_CLOSE);
        if (o->n_routes > 0)
                offer_add(actions, ROUTE_OFFER_ACTION_ROUTES);
        else if (held)
                offer_add(actions, ROUTE_OFFER_ACTION_TELL)->count = o->held_count;
}

/* Ends the question, if one is open, and drops the routes that were taken. */
static void offer_stop(RouteOffer *o, RouteOfferActions *actions) {
        if (o->state == ROUTE_OFFER_ASKING)
                offer_add(actions, ROUTE_OFFER_ACTION_CLOSE);
        if (o->n_routes > 0)
                offer_add(actions, ROUTE_OFFER_ACTION_ROUTES);
        else if (o->held)
                offer_add(actions, ROUTE_OFFER_ACTION_TELL)->count = o->held_count;

        o->state = ROUTE_OFFER_IDLE;
        o->n_routes = 0;
        o->held = o->has_information = false;
}

static void offer_start(RouteOffer *o, uint64_t now, RouteOfferActions *actions) {
        o->state = ROUTE_OFFER_ASKING;
        o->n_asks = 0;
        o->told_fault = false;
        offer_ask(o, now, actions);
}

/* Begins with a connection, unless it is the same one: another one may be offered other routes. */
static void offer_begin(RouteOffer *o, const RouteOfferEvent *event, uint64_t now,
                        RouteOfferActions *actions) {

        if (o->connected && o->local.s_addr == event->begin.local.s_addr &&
            o->server.s_addr == event->begin.server.s_addr)
                return;

        *o = (RouteOffer){
                .config = o->config,
                .connected = true,
                .local = event->begin.local,
                .server = event->begin.server,
                .transaction_id = event->begin.transaction_id,
        };
        if (o->config->use_routes)
                offer_start(o, now, actions);
}

static void offer_end(RouteOffer *o, RouteOfferActions *actions) {
        /* The tunnel no longer waits for INSTALLED, and the keeper removes all routes itself. */
        o->held = false;
        o->n_routes = 0;
        offer_stop(o, actions);
        o->connected = false;
}

static void offer_packet(RouteOffer *o, const RouteOfferEvent *event, RouteOfferActions *actions) {
        DhcpFault fault;

        if (o->state != ROUTE_OFFER_ASKING)
                return;

        fault = dhcp_answer_read(event->packet.data, event->packet.n_data, o->transaction_id,
                                 o->local, &o->information);
        if (fault != DHCP_FAULT_NONE) {
                if (!o->told_fault)
                        offer_log(actions, LOG_WARNING,
                                  "An answer to the question for routes is %s, ignoring",
                                  dhcp_fault_name(fault));
                o->told_fault = true;
                return;
        }

        o->has_information = true;
        offer_choose(o, actions);
        offer_done(o, actions);
}

static void offer_timer(RouteOffer *o, uint64_t now, RouteOfferActions *actions) {
        if (o->state != ROUTE_OFFER_ASKING || now < o->ask_usec)
                return;

        if (o->n_asks < ROUTE_OFFER_ASKS_MAX) {
                offer_ask(o, now, actions);
                return;
        }

        offer_log(actions, LOG_WARNING,
                  "UseRoutes=yes, but the server offers none: it did not answer DHCPINFORM within "
                  "%d s",
                  ROUTE_OFFER_ASKS_MAX);
        offer_done(o, actions);
}

/* Takes another configuration: chooses again from the offered routes, or asks for them. */
static void offer_configure(RouteOffer *o, const Config *config, uint64_t now,
                            RouteOfferActions *actions) {

        o->config = config;
        if (!config->use_routes)
                offer_stop(o, actions);
        else if (o->has_information) {
                offer_choose(o, actions);
                offer_add(actions, ROUTE_OFFER_ACTION_ROUTES);
        } else if (o->connected && o->state == ROUTE_OFFER_IDLE)
                offer_start(o, now, actions);
}

void route_offer_step(RouteOffer *o, const RouteOfferEvent *event, uint64_t now_usec,
                      RouteOfferActions *ret_actions) {

        ret_actions->n_items = 0;

        switch (event->type) {
        case ROUTE_OFFER_CONFIGURE:
                offer_configure(o, event->config, now_usec, ret_actions);
                break;
        case ROUTE_OFFER_BEGIN:
                offer_begin(o, event, now_usec, ret_actions);
                break;
        case ROUTE_OFFER_PACKET:
                offer_packet(o, event, ret_actions);
                break;
        case ROUTE_OFFER_TIMER:
                offer_timer(o, now_usec, ret_actions);
                break;
        case ROUTE_OFFER_INSTALLED:
                o->held = o->state == ROUTE_OFFER_ASKING;
                o->held_count = event->count;
                if (!o->held)
                        offer_add(ret_actions, ROUTE_OFFER_ACTION_TELL)->count = event->count;
                break;
        case ROUTE_OFFER_END:
                offer_end(o, ret_actions);
                break;
        }
}

const DhcpInformation *route_offer_get_information(const RouteOffer *o) {
        return o->has_information ? &o->information : NULL;
}

bool route_offer_is_busy(const RouteOffer *o) {
        return o->state == ROUTE_OFFER_ASKING;
}

uint64_t route_offer_next_deadline(const RouteOffer *o) {
        return o->state == ROUTE_OFFER_ASKING ? o->ask_usec : USEC_INFINITY;
}
