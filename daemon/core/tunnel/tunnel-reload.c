/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * A changed configuration, in whatever state it comes. From that step on only the new one is looked
 * at; what the change takes (config-diff.h) decides what becomes of the attempt under way.
 *
 *  state              becomes
 *  IDLE, ENDED        the same
 *  WAITING            a new round at once: who changes the file has mended something
 *  CLOSING_*          the same after what stands is down, unless it ends because of a stop, or of a
 *                     failure that has nothing to do with what changed
 *  PREPARING to       a round from the beginning if the attempt would use any changed key; else it
 *    PROBING          goes on, with the new routes if it has come that far
 *  UP                 a reconnect only where a key needs that; routes and MTU change as it stands
 */

#include <netinet/in.h>
#include <string.h>
#include <syslog.h>

#include "core/diagnosis/catalogue.h"
#include "core/ppp/mtu.h"
#include "core/base/text.h"
#include "core/tunnel/tunnel-internal.h"

static void add_keys(TextBuilder *text, const ConfigDiff *d, ConfigEffect effect,
                     const char **separator) {

        if (!config_diff_has_effect(d, effect))
                return;

        text_add(text, *separator);
        config_diff_describe_keys(d, effect, text);
        text_add(text, " changed");
        *separator = "; ";
}

/*
 * "routes +1 -1; MTUBytes=, DelaySec= changed; PasswordFile= changed, from the next connection on"
 */
static void describe_changes(const ConfigDiff *d, bool goes_on, char *buffer, size_t n_buffer) {
        TextBuilder text = text_builder(buffer, n_buffer);
        const char *separator = "";

        if (config_diff_is_empty(d))
                text_add(&text, "nothing changed");

        if (config_diff_has_routes(d)) {
                text_addf(&text, "routes +%zu -%zu", d->n_routes_added, d->n_routes_removed);
                separator = "; ";
        }

        add_keys(&text, d, CONFIG_EFFECT_LIVE, &separator);
        add_keys(&text, d, CONFIG_EFFECT_NEXT, &separator);
        if (goes_on && config_diff_has_effect(d, CONFIG_EFFECT_NEXT))
                text_add(&text, ", from the next connection on");
        add_keys(&text, d, CONFIG_EFFECT_RECONNECT, &separator);
}

static void log_changes(const ConfigDiff *d, bool goes_on, const char *consequence,
                        TunnelActions *actions) {

        char changes[TUNNEL_TEXT_MAX_BYTES - 64];

        describe_changes(d, goes_on, changes, sizeof(changes));
        tunnel_log(actions, LOG_NOTICE, CATALOGUE_MESSAGE_RELOADED, NULL, "Reloaded: %s%s", changes,
                   consequence);
}

/* Forgets failures: with another configuration they prove nothing. */
static void forget_failures(Tunnel *t) {
        t->history.retry = (Retry){ 0 };
        backoff_reset(&t->backoff);
}

/* Forgets where in the old list of candidates the round was. */
static void forget_candidates(Tunnel *t) {
        t->candidates.server_index = 0;
        t->candidates.n_addresses = t->candidates.address_index = 0;
        t->candidates.n_late_addresses = 0;
}

static void reload_waiting(Tunnel *t, const ConfigDiff *d, TunnelActions *actions) {
        forget_candidates(t);
        if (!config_diff_is_empty(d))
                forget_failures(t);

        log_changes(d, false, ", trying again now", actions);
        tunnel_request_redial(t);
}

static void reload_closing(Tunnel *t, const ConfigDiff *d, TunnelActions *actions) {
        bool mended = t->after == TUNNEL_AFTER_RETRY || t->after == TUNNEL_AFTER_ADAPT ||
                t->after == TUNNEL_AFTER_REDIAL ||
                (t->after == TUNNEL_AFTER_FAIL &&
                 (config_diff_has_effect(d, CONFIG_EFFECT_NEXT) ||
                  config_diff_has_effect(d, CONFIG_EFFECT_RECONNECT)));

        forget_candidates(t);
        if (mended) {
                t->after = TUNNEL_AFTER_REDIAL;
                if (!config_diff_is_empty(d))
                        forget_failures(t);
        }

        log_changes(d, false, mended ? ", trying again at once" : "", actions);
}

/*
 * Returns whether the connection, or the attempt at one, has to be given up for the new
 * configuration.
 */
static bool must_reconnect(const Tunnel *t, const ConfigDiff *d, bool mtu_changed) {
        if (config_diff_has_effect(d, CONFIG_EFFECT_RECONNECT))
                return true;
        if (t->state == TUNNEL_STATE_UP)
                return false;

        /*
         * The attempt has carried nothing yet, and pppd may have been started with a value that
         * changed: starts over.
         */
        return config_diff_has_effect(d, CONFIG_EFFECT_NEXT) ||
                (mtu_changed && t->state == TUNNEL_STATE_LINKING);
}

static void reconnect(Tunnel *t, const ConfigDiff *d, TunnelActions *actions) {
        bool was_up = t->state == TUNNEL_STATE_UP;

        log_changes(d, false, was_up ? ", reconnecting" : ", starting over", actions);
        tunnel_status(actions, "%s (the configuration changed)", tunnel_describe_effort(t));
        forget_failures(t);
        tunnel_request_close(t, TUNNEL_AFTER_REDIAL, t->ppp.dying);
}

/* What is different about a connection that goes on. */
typedef struct Changes {
        bool mtu;
        bool keep_alive;
        bool clamp_mss;
} Changes;

static void go_on(Tunnel *t, const ConfigDiff *d, const Changes *changes, uint64_t now,
                  TunnelActions *actions) {

        TunnelAction *action;
        unsigned parts = 0;

        log_changes(d, true, "", actions);

        if (changes->keep_alive && t->ppp.running) {
                action = tunnel_add_action(actions, TUNNEL_ACTION_SET_KEEP_ALIVE);
                action->pppd.settings = t->approach.settings;
        }

        /* There is no interface yet, or no more: nothing to change. */
        if (t->state < TUNNEL_STATE_APPLYING || t->ppp.dying)
                return;

        if (changes->mtu) {
                bool encrypted = t->link.transmit.bits_128 || t->link.transmit.bits_40;

                action = tunnel_add_action(actions, TUNNEL_ACTION_SET_MTU);
                action->mtu_max_bytes =
                        t->ppp.peer_mru_bytes - (encrypted ? MTU_OVERHEAD_MPPE_BYTES : 0);
                if (t->past.size_limit_bytes > 0)
                        action->mtu_max_bytes =
                                MIN(action->mtu_max_bytes, t->past.size_limit_bytes);
        }

        if (config_diff_has_routes(d) || d->has_other_policy)
                parts |= TUNNEL_PART_ROUTES;
        if (config_diff_has_names(d))
                parts |= TUNNEL_PART_NAMES;
        if (changes->clamp_mss)
                parts |= TUNNEL_PART_SIZES;
        if (parts)
                tunnel_parts_apply(t, parts, now, actions);
}

void tunnel_reload_on_changed(Tunnel *t, const TunnelEvent *event, uint64_t now,
                              TunnelActions *actions) {

        const Config *from = t->config, *to = event->reload.config;
        const Changes changes = {
                .mtu = from->mtu_bytes != to->mtu_bytes,
                .keep_alive = from->keep_alive_interval_usec != to->keep_alive_interval_usec ||
                        from->keep_alive_probes != to->keep_alive_probes,
                .clamp_mss = from->clamp_mss != to->clamp_mss,
        };
        ConfigDiff diff = *event->reload.diff;

        /* The list of servers has changed, but this connection's server is still in it. */
        if (!config_diff_keep_server(&diff, from, t->candidates.server_index, to,
                                     &t->candidates.server_index))
                t->candidates.server_index = 0;
        t->config = to;

        if (t->state == TUNNEL_STATE_IDLE || t->state == TUNNEL_STATE_ENDED)
                return;

        tunnel_repeat_forget(t);
        t->failure.asked = true;
        if (t->state == TUNNEL_STATE_WAITING)
                reload_waiting(t, &diff, actions);
        else if (tunnel_is_closing(t))
                reload_closing(t, &diff, actions);
        else if (must_reconnect(t, &diff, changes.mtu))
                reconnect(t, &diff, actions);
        else
                go_on(t, &diff, &changes, now, actions);
}
