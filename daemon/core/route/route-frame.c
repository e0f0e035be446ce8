/* SPDX-License-Identifier: GPL-2.0-or-later */

/* See route-frame.h. */

#include "core/route/route-frame.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "core/base/text.h"
#include "core/base/tunnel-tag.h"
#include "core/config/config-route.h"
#include "core/route/route-cover.h"
#include "core/route/route-guard.h"
#include "core/route/route-overlap.h"
#include "core/route/route-owner.h"

/* The request under way. */
typedef enum FrameStage {
        FRAME_QUIET,
        FRAME_LISTING_NETWORKS,
        FRAME_LISTING_ROUTES,
        FRAME_CHANGING_ROUTES,
        FRAME_LISTING_RULES,
        FRAME_CHANGING_RULES,
} FrameStage;

struct RouteFrame {
        const Config *config; /* borrowed; NULL: not known, and nothing is wanted */
        RouteUplink uplink;   /* of the server that is being reached; ifindex 0: none */
        ConfigRoute offered[ROUTE_OFFER_ROUTES_MAX]; /* by the server, at the last answer */
        size_t n_offered;
        uint32_t tag;
        bool started; /* between START and RELEASE */
        bool up;      /* between UP and DOWN */

        FrameStage stage;
        bool stale;       /* another pass must follow the one under way */
        bool settled;     /* all that is wanted is in the kernel, as far as was announced */
        bool routes_done; /* of this pass */
        bool rules_done;
        bool has_rules;  /* rules of ours may be in the kernel */
        bool has_covers; /* likewise */

        Route *routes; /* wanted, in the order of route_compare() */
        size_t n_routes;
        RouteExtent extent;               /* where they are */
        RouteRule rules[ROUTE_RULES_MAX]; /* wanted */
        size_t n_rules;

        Route *networks; /* that interfaces are in, in the order of route_compare() */
        size_t n_networks;
        bool networks_stale;    /* they may be others since */
        bool looks;             /* what is under way is a look at them, and no pass yet */
        uint64_t looked_usec;   /* when they were listed last */
        uint64_t networks_usec; /* when to look at them again; USEC_INFINITY: not */

        RouteRule adds[ROUTE_RULES_MAX], deletes[ROUTE_RULES_MAX]; /* of this pass */
        size_t n_adds, n_deletes, n_changed;

        int error;      /* of this pass: the first; 0: none */
        char text[256]; /* of what */
        bool told;      /* it was logged that something is missing */
        bool lacks_way; /* of this pass: a way to the server needs an uplink that is down */
        bool waits;     /* for a place that may be ours in a moment: there is another try */

        /* who waits for the end of a pass */
        bool awaits_up, awaits_down, awaits_reach;

        RouteGuard guard;
        uint64_t put_back_usec; /* USEC_INFINITY: nothing is planned */
        uint64_t retry_usec;    /* likewise */
        uint64_t retry_delay_usec;
};

static void frame_go_on(RouteFrame *f, uint64_t now, RouteFrameActions *actions);

/* ---- actions ---- */

static RouteFrameAction *frame_add(RouteFrameActions *actions, RouteFrameActionType type) {
        RouteFrameAction *action;

        assert(actions->n_items < ROUTE_FRAME_ACTIONS_MAX);
        action = &actions->items[actions->n_items++];
        *action = (RouteFrameAction){ .type = type };
        return action;
}

static void frame_log(RouteFrameActions *actions, int priority, bool others, const char *text) {
        RouteFrameAction *action = frame_add(actions, ROUTE_FRAME_ACTION_LOG);

        action->priority = priority;
        action->others = others;
        snprintf(action->text, sizeof(action->text), "%s", text);
}

/* ---- what is wanted ---- */

static bool frame_wants_covers(const RouteFrame *f) {
        return f->started && f->config && route_cover_is_wanted(f->config);
}

static int frame_make_wanted(RouteFrame *f) {
        static const RouteUplink no_uplink = { 0 };
        _cleanup_free_ ConfigRoute *routes = NULL;
        Config config;
        int r;

        free(steal_pointer(f->routes));
        f->n_routes = f->n_rules = 0;
        f->extent = (RouteExtent){ 0 };
        if (!f->started || !f->config)
                return 0;

        f->n_rules = route_rule_make(f->config, f->up, f->rules);
        r = route_set_join(f->config, f->offered, f->config->use_routes ? f->n_offered : 0, &config,
                           &routes);
        if (r < 0)
                return r;

        r = route_cover_make(&config, f->uplink.ifindex != 0 ? &f->uplink : &no_uplink, f->networks,
                             f->n_networks, &f->routes, &f->n_routes);
        if (r >= 0)
                route_extent_add(&f->extent, f->routes, f->n_routes);
        return r;
}

/* ---- networks of this host ---- */

static bool frame_heeds_networks(const RouteFrame *f) {
        return f->started && f->config && route_cover_heeds_networks(f->config);
}

static void frame_list_networks(RouteFrame *f, uint64_t now, RouteFrameActions *actions) {
        f->networks_usec = USEC_INFINITY;
        f->networks_stale = false; /* what is announced from now on is newer */
        f->looked_usec = now;
        f->stage = FRAME_LISTING_NETWORKS;
        frame_add(actions, ROUTE_FRAME_ACTION_LIST_NETWORKS);
}

/* Takes the networks among the routes. Returns 0 or -ENOMEM, and whether they are others now. */
static int frame_take_networks(RouteFrame *f, const Route *routes, size_t n_routes,
                               bool *ret_changed) {

        size_t n = 0;
        Route *networks;
        bool same;

        networks = calloc(n_routes + 1, sizeof(*networks));
        if (!networks)
                return -ENOMEM;

        /* The tunnel's interface has a host route alone, and of IPv6 what is link-local. */
        for (size_t i = 0; i < n_routes; i++)
                if (route_overlap_is_network(&routes[i], 0))
                        networks[n++] = routes[i];
        route_sort(networks, n);

        same = n == f->n_networks;
        for (size_t i = 0; i < n && same; i++)
                same = route_compare(&networks[i], &f->networks[i]) == 0;

        free(f->networks);
        f->networks = networks;
        f->n_networks = n;
        *ret_changed = !same;
        return 0;
}

/* ---- a pass ---- */

/* Keeps the first reason. */
static void frame_note_error(RouteFrame *f, int error, const char *text) {
        if (f->error != 0)
                return;

        f->error = error;
        snprintf(f->text, sizeof(f->text), "%s", text);
}

/*
 * A cover may come into the place of a route into the tunnel that the same reload takes away, which
 * is another's business (route-keeper.h). So the first refusal for that reason is not told.
 */
static bool frame_waits_for_place(RouteFrame *f, uint64_t now) {
        f->waits = f->error == -EEXIST && !f->waits && !f->told;
        if (f->waits)
                f->retry_usec = now + ROUTE_FRAME_PLACE_USEC;
        return f->waits;
}

/* The kernel makes no event of all that may let the next try succeed. */
static void frame_plan_retry(RouteFrame *f, uint64_t now) {
        f->retry_delay_usec = f->retry_delay_usec == 0 ?
                ROUTE_FRAME_RETRY_USEC :
                MIN(2 * f->retry_delay_usec, ROUTE_FRAME_RETRY_MAX_USEC);
        f->retry_usec = now + f->retry_delay_usec;
}

static void frame_fail(RouteFrame *f, uint64_t now, RouteFrameActions *actions) {
        char text[ROUTE_FRAME_TEXT_MAX_BYTES];
        RouteFrameAction *action;

        snprintf(text, sizeof(text),
                 "Cannot set up the tunnel's rules and unreachable routes: %s: %s", f->text,
                 strerrordesc_np(-f->error));
        if (!f->awaits_up)
                frame_log(actions, f->told ? LOG_DEBUG : LOG_WARNING, false, text);
        f->told = true;
        frame_plan_retry(f, now);

        if (f->up) {
                action = frame_add(actions, ROUTE_FRAME_ACTION_FAILED);
                action->error = f->error;
                snprintf(action->text, sizeof(action->text), "%s", f->text);
        }
}

static void frame_end_pass(RouteFrame *f, uint64_t now, RouteFrameActions *actions) {
        bool awaits_up = false;

        if (f->error < 0 && frame_waits_for_place(f, now))
                awaits_up = f->awaits_up;
        else if (f->error < 0)
                frame_fail(f, now, actions);
        else {
                f->waits = false;
                f->settled = f->put_back_usec == USEC_INFINITY && !f->lacks_way;
                f->has_rules = f->n_rules > 0;
                f->has_covers = f->n_routes > 0;
                if (f->lacks_way)
                        frame_plan_retry(f, now);
                else
                        f->retry_delay_usec = 0;
                if (f->awaits_up || (f->told && f->up))
                        frame_add(actions, ROUTE_FRAME_ACTION_STANDS);
                f->told = false;
        }

        if (f->awaits_down)
                frame_add(actions, ROUTE_FRAME_ACTION_DOWN);
        if (f->awaits_reach)
                frame_add(actions, ROUTE_FRAME_ACTION_REACHED);
        f->awaits_up = awaits_up;
        f->awaits_down = f->awaits_reach = false;
        frame_add(actions, ROUTE_FRAME_ACTION_SETTLED);
}

/* Goes on with a pass: the networks are known, or do not matter. */
static void frame_go_on_with_wanted(RouteFrame *f, uint64_t now, RouteFrameActions *actions) {
        int r = frame_make_wanted(f);

        if (r < 0)
                frame_note_error(f, r, "memory");

        /* Routes of a tunnel that never had covers need no look: there may be 100,000 others. */
        f->routes_done = r < 0 || (f->n_routes == 0 && !f->has_covers);
        f->rules_done = r < 0 || (f->n_rules == 0 && !f->has_rules);
        frame_go_on(f, now, actions);
}

static void frame_begin_pass(RouteFrame *f, uint64_t now, RouteFrameActions *actions) {
        f->retry_usec = f->put_back_usec = USEC_INFINITY;
        f->stale = f->stage != FRAME_QUIET;
        if (f->stale)
                return;

        f->error = 0;
        f->settled = f->looks = f->lacks_way = false;
        if (frame_heeds_networks(f) && f->networks_stale)
                frame_list_networks(f, now, actions);
        else
                frame_go_on_with_wanted(f, now, actions);
}

/* Networks may have come or gone; a pass follows if they have. */
static void frame_look_at_networks(RouteFrame *f, uint64_t now, RouteFrameActions *actions) {
        f->networks_usec = USEC_INFINITY;
        if (!frame_heeds_networks(f) || !f->networks_stale)
                return;

        if (f->stage != FRAME_QUIET) {
                f->networks_usec = now + ROUTE_FRAME_GATHER_USEC;
                return;
        }

        f->error = 0;
        f->looks = true;
        frame_list_networks(f, now, actions);
}

static void frame_on_networks(RouteFrame *f, const RouteFrameEvent *event, uint64_t now,
                              RouteFrameActions *actions) {

        bool changed = false;
        int r = event->error;

        f->stage = FRAME_QUIET;
        if (r >= 0)
                r = frame_take_networks(f, event->routes.items, event->routes.n_items, &changed);
        if (r < 0) {
                f->networks_stale = true;
                frame_note_error(f, r, "the networks of this host cannot be listed");
        }

        if (f->stale || (f->looks && changed))
                frame_begin_pass(f, now, actions);
        else if (f->looks && r >= 0)
                frame_add(actions, ROUTE_FRAME_ACTION_SETTLED);
        else if (f->looks)
                frame_end_pass(f, now, actions);
        else
                frame_go_on_with_wanted(f, now, actions);
}

/* Makes the next request of the pass, or ends it. */
static void frame_go_on(RouteFrame *f, uint64_t now, RouteFrameActions *actions) {
        f->stage = FRAME_QUIET;
        if (f->stale) {
                frame_begin_pass(f, now, actions);
                return;
        }

        if (!f->routes_done && (f->rules_done || frame_wants_covers(f))) {
                f->stage = FRAME_LISTING_ROUTES;
                frame_add(actions, ROUTE_FRAME_ACTION_LIST_ROUTES);
        } else if (!f->rules_done) {
                f->stage = FRAME_LISTING_RULES;
                frame_add(actions, ROUTE_FRAME_ACTION_LIST_RULES);
        } else
                frame_end_pass(f, now, actions);
}

static void frame_on_routes(RouteFrame *f, const RouteFrameEvent *event, uint64_t now,
                            RouteFrameActions *actions) {

        _cleanup_free_ Route *owned = NULL;
        RoutePlan plan = { 0 };
        size_t n_owned = 0;
        int r = event->error;

        f->routes_done = true;
        if (r >= 0) {
                owned = calloc(event->routes.n_items + 1, sizeof(*owned));
                r = owned ? 0 : -ENOMEM;
        }

        for (size_t i = 0; r >= 0 && i < event->routes.n_items; i++)
                if (route_owner_get_tag(&event->routes.items[i]) == f->tag)
                        owned[n_owned++] = event->routes.items[i];

        if (r >= 0)
                r = route_plan_make(f->routes, f->n_routes, owned, n_owned, &plan);
        if (r < 0) {
                frame_note_error(f, r, "the routes cannot be listed");
                frame_go_on(f, now, actions);
                return;
        }

        f->has_covers = true; /* until the end of a pass tells otherwise */
        f->stage = FRAME_CHANGING_ROUTES;
        frame_add(actions, ROUTE_FRAME_ACTION_CHANGE_ROUTES)->plan = plan;
}

/* Whether something was refused because the kernel has no IPv6: then there is nothing to hold. */
static bool is_without_ipv6(bool is_ipv6, int error) {
        return is_ipv6 && (error == -EAFNOSUPPORT || error == -EOPNOTSUPP);
}

/*
 * Whether a way to the server was refused because the uplink is down, or is gone: what is to be
 * unreachable stands without it, and that there is no way is told by who looks for one.
 */
static bool is_without_uplink(const RouteFrameEvent *event) {
        return !event->refused.deleting && event->refused.route->ifindex != 0 &&
                (event->error == -ENETDOWN || event->error == -ENETUNREACH ||
                 event->error == -ENODEV);
}

static void frame_on_refused(RouteFrame *f, const RouteFrameEvent *event) {
        char route[128], text[256];
        TextBuilder t = text_builder(text, sizeof(text));

        if (is_without_ipv6(event->refused.route->is_ipv6, event->error))
                return;
        if (is_without_uplink(event)) {
                f->lacks_way = true;
                return;
        }

        route_describe(event->refused.route, route, sizeof(route));
        text_add(&t, route);
        if (event->refused.text)
                text_addf(&t, " (%s)", event->refused.text);
        frame_note_error(f, event->error, text);
}

static void frame_change_next_rule(RouteFrame *f, uint64_t now, RouteFrameActions *actions) {
        RouteFrameAction *action;
        size_t i = f->n_changed;

        if (i == f->n_adds + f->n_deletes) {
                f->rules_done = true;
                frame_go_on(f, now, actions);
                return;
        }

        f->stage = FRAME_CHANGING_RULES;
        action = frame_add(actions, ROUTE_FRAME_ACTION_CHANGE_RULE);
        action->deleting = i >= f->n_adds;
        action->rule = action->deleting ? f->deletes[i - f->n_adds] : f->adds[i];
}

static void frame_on_rules(RouteFrame *f, const RouteFrameEvent *event, uint64_t now,
                           RouteFrameActions *actions) {

        const RouteRule *rules = event->rules.items;
        size_t n = event->error < 0 ? 0 : event->rules.n_items;

        f->n_adds = f->n_deletes = f->n_changed = 0;
        f->has_rules = true; /* likewise */
        if (event->error < 0) {
                frame_note_error(f, event->error, "the rules cannot be listed");
                f->rules_done = true;
                frame_go_on(f, now, actions);
                return;
        }

        for (size_t i = 0; i < f->n_rules; i++)
                if (!route_rule_is_among(rules, n, &f->rules[i]))
                        f->adds[f->n_adds++] = f->rules[i];

        /* If there are more than fit, the next pass deletes the rest. */
        for (size_t i = 0; i < n && f->n_deletes < ELEMENTSOF(f->deletes); i++)
                if (route_rule_is_owned(&rules[i], f->tag) &&
                    !route_rule_is_among(f->rules, f->n_rules, &rules[i]))
                        f->deletes[f->n_deletes++] = rules[i];

        frame_change_next_rule(f, now, actions);
}

static void frame_on_rule_changed(RouteFrame *f, const RouteFrameEvent *event, uint64_t now,
                                  RouteFrameActions *actions) {

        bool deleting = f->n_changed >= f->n_adds;
        const RouteRule *rule =
                deleting ? &f->deletes[f->n_changed - f->n_adds] : &f->adds[f->n_changed];
        char text[128];

        f->n_changed++;
        if (event->error < 0 && event->error != (deleting ? -ENOENT : -EEXIST) &&
            !is_without_ipv6(rule->family == AF_INET6, event->error)) {
                route_rule_describe(rule, text, sizeof(text));
                frame_note_error(f, event->error, text);
        }

        if (f->stale)
                frame_go_on(f, now, actions);
        else
                frame_change_next_rule(f, now, actions);
}

/* ---- what begins a pass ---- */

/* act: what was done to it */
static void frame_log_loss(const RouteFrame *f, const char *act, const char *what,
                           RouteGuardOccasion occasion, RouteFrameActions *actions) {

        char text[ROUTE_FRAME_TEXT_MAX_BYTES];

        if (occasion == ROUTE_GUARD_SAME)
                return;

        snprintf(text, sizeof(text), "%s the %s; putting back what is missing", act, what);
        frame_log(actions, f->guard.slow && occasion != ROUTE_GUARD_SLOWED ? LOG_DEBUG : LOG_NOTICE,
                  true, text);
}

/* source: who is likely to do it */
static void frame_log_slowed(const char *what, const char *source, RouteFrameActions *actions) {
        char text[ROUTE_FRAME_TEXT_MAX_BYTES];

        snprintf(text, sizeof(text),
                 "The tunnel's %s is removed again and again, probably by %s; putting it back more "
                 "rarely now",
                 what, source);
        frame_log(actions, LOG_WARNING, true, text);
}

/*
 * Puts back what somebody else removed, at once, since packets leave meanwhile that are to be
 * refused. The pass looks for everything that is missing; what is removed in the middle of it has
 * it run again. Of somebody who does it all the time that is only planned. act: what to say was
 * done; NULL: nothing of ours was removed, and nothing is to be said.
 */
static void frame_lose(RouteFrame *f, const char *act, const char *what, const char *source,
                       uint64_t now, RouteFrameActions *actions) {

        RouteGuardOccasion occasion;

        if (f->put_back_usec != USEC_INFINITY)
                return; /* one pass puts back everything */

        f->settled = false;
        occasion = route_guard_removed(&f->guard, now);
        if (act)
                frame_log_loss(f, act, what, occasion, actions);
        if (occasion == ROUTE_GUARD_SLOWED)
                frame_log_slowed(what, source, actions);

        if (f->guard.slow)
                f->put_back_usec = route_guard_get_end(&f->guard);
        else
                frame_begin_pass(f, now, actions);
}

/* Plans a look at the networks. */
static void frame_on_networks_changed(RouteFrame *f, uint64_t now) {
        f->networks_stale = true;
        if (frame_heeds_networks(f) && f->networks_usec == USEC_INFINITY)
                f->networks_usec =
                        MAX(now + ROUTE_FRAME_GATHER_USEC, f->looked_usec + ROUTE_FRAME_LOOKS_USEC);
}

static void frame_on_rule_removed(RouteFrame *f, const RouteFrameEvent *event, uint64_t now,
                                  RouteFrameActions *actions) {

        char rule[128], text[160];

        if (!route_rule_is_among(f->rules, f->n_rules, event->rule))
                return;

        route_rule_describe(event->rule, rule, sizeof(rule));
        snprintf(text, sizeof(text), "policy rule %s", rule);
        frame_lose(f, "Somebody removed", text, ROUTE_GUARD_MANAGER, now, actions);
}

/* What others did to a route of ours; NULL: what is gone stood in its place, and was not ours. */
static const char *describe_act(RouteNews news, bool is_ours) {
        switch (news) {
        case ROUTE_ADDED:
                break;
        case ROUTE_REPLACED:
                return "Somebody put a route of their own in the place of";
        case ROUTE_REMOVED:
                return is_ours ? "Somebody removed" : NULL;
        case ROUTE_DROPPED:
                return is_ours ? "The kernel dropped" : NULL;
        }

        return NULL;
}

static void frame_on_route(RouteFrame *f, const RouteFrameEvent *event, uint64_t now,
                           RouteFrameActions *actions) {

        const Route *route = event->route.route, *ours;
        char description[128], text[160];
        bool is_ours;

        if (event->route.news == ROUTE_ADDED || f->n_routes == 0)
                return;

        /* Ours was deleted, or somebody put another one in its place. */
        ours = route_find_rival(f->routes, f->n_routes, route);
        if (!ours)
                return;
        is_ours = route_compare(ours, route) == 0;
        if (event->route.news == ROUTE_REPLACED && is_ours)
                return;

        route_describe(ours, description, sizeof(description));
        snprintf(text, sizeof(text), "route %s", description);
        frame_lose(f, describe_act(event->route.news, is_ours), text,
                   ours->ifindex == 0 ? ROUTE_GUARD_SCRIPT : ROUTE_GUARD_MANAGER, now, actions);
}

static void frame_set_uplink(RouteFrame *f, const RouteUplink *uplink, bool same_server) {
        if (same_server && f->uplink.server.s_addr == INADDR_ANY)
                return; /* nobody is being reached */

        if (!same_server)
                f->uplink.server = uplink->server;
        f->uplink.ifindex = uplink->ifindex;
        f->uplink.gateway = uplink->gateway;
        f->uplink.gateway6 = uplink->gateway6;
}

/*
 * Makes what is wanted of what was, all of which stands, where a reload changed a few routes: to
 * make and to list a hundred thousand covers costs more than all else of it. Returns whether that
 * could be, and what is to change.
 */
static bool frame_renew(RouteFrame *f, const Config *before, RoutePlan *ret_plan) {
        static const RouteUplink no_uplink = { 0 };
        const RouteUplink *uplink = f->uplink.ifindex != 0 ? &f->uplink : &no_uplink;
        _cleanup_free_ Route *old = NULL, *new = NULL;
        size_t n_old, n_new;
        RoutePlan plan;
        int r;

        if (!f->settled || !before || before == f->config || f->n_offered > 0)
                return false;

        r = route_cover_compare(before, f->config, uplink, &old, &n_old, &new, &n_new);
        if (r == 0)
                r = route_plan_make(new, n_new, old, n_old, &plan);
        if (r != 0)
                return false;

        r = route_plan_apply(&plan, &f->routes, &f->n_routes);
        if (r < 0) {
                route_plan_done(&plan);
                return false;
        }

        route_extent_add(&f->extent, new, n_new);
        *ret_plan = plan;
        return true;
}

/* A pass that needs no listing of routes, and one of rules only if they are others. */
static void frame_begin_short_pass(RouteFrame *f, const RoutePlan *plan,
                                   RouteFrameActions *actions) {

        RouteRule rules[ROUTE_RULES_MAX];
        size_t n_rules = route_rule_make(f->config, f->up, rules);
        bool same = n_rules == f->n_rules;

        for (size_t i = 0; i < n_rules && same; i++)
                same = route_rule_is_same(&rules[i], &f->rules[i]);
        memcpy(f->rules, rules, sizeof(rules));
        f->n_rules = n_rules;

        f->error = 0;
        f->lacks_way = false;
        f->has_covers = true; /* until the end of a pass tells otherwise */
        f->settled = false;
        f->routes_done = true;
        f->rules_done = same;
        f->stage = FRAME_CHANGING_ROUTES;
        frame_add(actions, ROUTE_FRAME_ACTION_CHANGE_ROUTES)->plan = *plan;
}

static void frame_configure(RouteFrame *f, const Config *config, uint64_t now,
                            RouteFrameActions *actions) {

        const Config *before = f->config;
        RoutePlan plan;

        f->config = config;
        /* Those of IPv6 are not announced to a tunnel that has no such routes. */
        f->networks_stale = true;
        if (!f->started)
                return;

        if (frame_renew(f, before, &plan))
                frame_begin_short_pass(f, &plan, actions);
        else
                frame_begin_pass(f, now, actions);
}

/*
 * The server has said which routes it offers. They stay covered while the tunnel is down, until the
 * next server says otherwise.
 */
static void frame_offer(RouteFrame *f, const ConfigRoute *routes, size_t n_routes, uint64_t now,
                        RouteFrameActions *actions) {

        bool same = n_routes == f->n_offered;

        assert(n_routes <= ELEMENTSOF(f->offered));

        for (size_t i = 0; i < n_routes && same; i++)
                same = config_route_compare(&routes[i], &f->offered[i]) == 0;
        if (same)
                return;

        for (size_t i = 0; i < n_routes; i++)
                f->offered[i] = routes[i];
        f->n_offered = n_routes;
        if (frame_wants_covers(f))
                frame_begin_pass(f, now, actions);
}

static void frame_change_phase(RouteFrame *f, const RouteFrameEvent *event, uint64_t now,
                               RouteFrameActions *actions) {

        bool up = event->type == ROUTE_FRAME_UP, begins = event->type == ROUTE_FRAME_START;
        bool ends = event->type == ROUTE_FRAME_RELEASE;

        /* Rules and covers of a predecessor may be in the kernel. */
        if (begins || ends)
                f->has_rules = f->has_covers = true;
        f->started = (f->started || begins) && !ends;
        f->up = f->awaits_up = up;
        f->awaits_down = !up && !begins;

        frame_begin_pass(f, now, actions);
}

/* ---- events ---- */

void route_frame_step(RouteFrame *f, const RouteFrameEvent *event, uint64_t now_usec,
                      RouteFrameActions *ret_actions) {

        ret_actions->n_items = 0;

        switch (event->type) {
        case ROUTE_FRAME_CONFIGURE:
                frame_configure(f, event->config, now_usec, ret_actions);
                break;
        case ROUTE_FRAME_OFFER:
                frame_offer(f, event->offer.routes, event->offer.n_routes, now_usec, ret_actions);
                break;
        case ROUTE_FRAME_START:
        case ROUTE_FRAME_UP:
        case ROUTE_FRAME_DOWN:
        case ROUTE_FRAME_RELEASE:
                frame_change_phase(f, event, now_usec, ret_actions);
                break;
        case ROUTE_FRAME_REACH:
                f->awaits_reach = true;
                frame_set_uplink(f, &event->uplink, false);
                frame_begin_pass(f, now_usec, ret_actions);
                break;
        case ROUTE_FRAME_MOVE:
                frame_set_uplink(f, &event->uplink, true);
                if (frame_wants_covers(f))
                        frame_begin_pass(f, now_usec, ret_actions);
                break;
        case ROUTE_FRAME_RESYNC:
                f->networks_stale = true;
                if (f->started)
                        frame_begin_pass(f, now_usec, ret_actions);
                break;
        case ROUTE_FRAME_RULE:
                frame_on_rule_removed(f, event, now_usec, ret_actions);
                break;
        case ROUTE_FRAME_ROUTE:
                frame_on_route(f, event, now_usec, ret_actions);
                break;
        case ROUTE_FRAME_NETWORKS:
                frame_on_networks_changed(f, now_usec);
                break;
        case ROUTE_FRAME_TIMER:
                if (now_usec >= f->put_back_usec || now_usec >= f->retry_usec)
                        frame_begin_pass(f, now_usec, ret_actions);
                if (now_usec >= f->networks_usec)
                        frame_look_at_networks(f, now_usec, ret_actions);
                break;
        case ROUTE_FRAME_NETWORKS_LISTED:
                frame_on_networks(f, event, now_usec, ret_actions);
                break;
        case ROUTE_FRAME_ROUTES_LISTED:
                frame_on_routes(f, event, now_usec, ret_actions);
                break;
        case ROUTE_FRAME_REFUSED:
                frame_on_refused(f, event);
                break;
        case ROUTE_FRAME_CHANGED:
                if (event->error < 0)
                        frame_note_error(f, event->error, "the kernel's answers were lost");
                frame_go_on(f, now_usec, ret_actions);
                break;
        case ROUTE_FRAME_RULES_LISTED:
                frame_on_rules(f, event, now_usec, ret_actions);
                break;
        case ROUTE_FRAME_RULE_CHANGED:
                frame_on_rule_changed(f, event, now_usec, ret_actions);
                break;
        }
}

/* ---- the frame ---- */

RouteFrame *route_frame_new(const char *name) {
        RouteFrame *f;

        f = calloc(1, sizeof(*f));
        if (!f)
                return NULL;

        f->tag = tunnel_tag_make(name);
        f->put_back_usec = f->retry_usec = f->networks_usec = USEC_INFINITY;
        f->networks_stale = true;
        return f;
}

RouteFrame *route_frame_free(RouteFrame *f) {
        if (!f)
                return NULL;

        free(f->routes);
        free(f->networks);
        free(f);
        return NULL;
}

uint64_t route_frame_next_deadline(const RouteFrame *f) {
        uint64_t of_passes = MIN(f->put_back_usec, f->retry_usec);

        return MIN(of_passes, f->networks_usec);
}

const RouteExtent *route_frame_get_extent(const RouteFrame *f) {
        return &f->extent;
}

bool route_frame_is_busy(const RouteFrame *f) {
        return f->stage != FRAME_QUIET || f->waits;
}

bool route_frame_hides_server(const RouteFrame *f) {
        return frame_wants_covers(f);
}
