/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the keeper asks for and says: the actions that a step of it returns. */

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "core/base/text.h"
#include "core/route/route-keeper-internal.h"

RouteKeeperAction *route_keeper_add(RouteKeeperActions *actions, RouteKeeperActionType type) {
        RouteKeeperAction *action;

        assert(actions->n_items < ROUTE_KEEPER_ACTIONS_MAX);
        action = &actions->items[actions->n_items++];
        *action = (RouteKeeperAction){ .type = type };
        return action;
}

void route_keeper_log(RouteKeeperActions *actions, int priority, RouteKeeperSubject subject,
                      const char *text) {

        RouteKeeperAction *action = route_keeper_add(actions, ROUTE_KEEPER_ACTION_LOG);

        action->log.priority = priority;
        action->log.subject = subject;
        snprintf(action->log.text, sizeof(action->log.text), "%s", text);
}

/*
 * Until the routes have been complete once, the failed attempt gives the reason. The same failure
 * again is not reported. Words that name a route in the place of ours, and so its interface, say
 * what the error is.
 */
static void keeper_log_failure(const RouteKeeper *k, int error, const char *words, uint32_t ifindex,
                               RouteKeeperSubject subject, RouteKeeperActions *actions) {

        char text[ROUTE_KEEPER_TEXT_MAX_BYTES];
        TextBuilder t = text_builder(text, sizeof(text));

        if (!k->stood)
                return;

        text_add(&t,
                 subject == ROUTE_KEEPER_SUBJECT_VRF ?
                         "Nothing passes through the tunnel: " :
                         "The tunnel's routes are not complete; trying again: ");
        text_add(&t, words ?: "");
        if (subject == ROUTE_KEEPER_SUBJECT_CHANGE && ifindex == 0)
                text_addf(&t, "%s%s", words && words[0] ? ": " : "", strerrordesc_np(-error));
        route_keeper_log(actions, k->told ? LOG_DEBUG : LOG_WARNING, subject, text);
        actions->items[actions->n_items - 1].log.ifindex = ifindex;
}

static void keeper_fail(RouteKeeper *k, int error, const char *text, RouteKeeperSubject subject,
                        uint32_t ifindex, uint64_t now, RouteKeeperActions *actions) {

        RouteKeeperAction *action;

        if (k->mode == KEEPER_REMOVING) {
                k->mode = KEEPER_IDLE;
                route_keeper_add(actions, ROUTE_KEEPER_ACTION_REMOVED);
                return;
        }

        k->settled = false;
        keeper_log_failure(k, error, text, ifindex, subject, actions);
        k->told = true;
        k->retry_delay_usec = k->retry_delay_usec == 0 ?
                ROUTE_KEEPER_RETRY_USEC :
                MIN(2 * k->retry_delay_usec, ROUTE_KEEPER_RETRY_MAX_USEC);
        k->retry_usec = now + k->retry_delay_usec;

        action = route_keeper_add(actions, ROUTE_KEEPER_ACTION_FAILED);
        action->failed.error = error;
        action->failed.ifindex = ifindex;
        snprintf(action->failed.text, sizeof(action->failed.text), "%s", text ?: "");
}

void route_keeper_fail(RouteKeeper *k, int error, const char *text, uint32_t ifindex, uint64_t now,
                       RouteKeeperActions *actions) {

        keeper_fail(k, error, text, ROUTE_KEEPER_SUBJECT_CHANGE, ifindex, now, actions);
}

void route_keeper_fail_for_source(RouteKeeper *k, uint64_t now, RouteKeeperActions *actions) {
        keeper_fail(k, k->refused_error, k->refused_text, ROUTE_KEEPER_SUBJECT_SOURCE, 0, now,
                    actions);
}

void route_keeper_fail_for_vrf(RouteKeeper *k, const char *text, uint64_t now,
                               RouteKeeperActions *actions) {

        keeper_fail(k, -ENETDOWN, text, ROUTE_KEEPER_SUBJECT_VRF, 0, now, actions);
        if (actions->items[actions->n_items - 1].type == ROUTE_KEEPER_ACTION_FAILED)
                actions->items[actions->n_items - 1].failed.is_vrf = true;
}
