/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/config/config-diff.h"

#include <assert.h>
#include <string.h>

#include "core/config/config-keys.h"
#include "core/config/config-routes.h"
#include "core/config/config-values.h"

/* ---- keys ---- */

static bool strings_differ(char *const *a, size_t n_a, char *const *b, size_t n_b) {
        if (n_a != n_b)
                return true;

        for (size_t i = 0; i < n_a; i++)
                if (strcmp(a[i], b[i]) != 0)
                        return true;

        return false;
}

static size_t list_length(const ConfigKey *key, const Config *c) {
        return *(const size_t *) ((const char *) c + key->size);
}

/* Compares the values of a key, of the type that its reset function shows. */
static bool key_differs(const ConfigKey *key, const Config *from, const Config *to) {
        const char *a = (const char *) from + key->offset, *b = (const char *) to + key->offset;

        if (key->reset == config_reset_text) {
                const char *text_a = *(char *const *) a, *text_b = *(char *const *) b;

                return text_a && text_b ? strcmp(text_a, text_b) != 0 : text_a != text_b;
        }

        if (key->reset == config_reset_strings)
                return strings_differ(*(char *const *const *) a, list_length(key, from),
                                      *(char *const *const *) b, list_length(key, to));

        assert(key->reset == config_reset_scalar);
        return memcmp(a, b, key->size) != 0;
}

/*
 * The keys of [Route] and [Match] have no members in a Config: they become routes, which are
 * compared below.
 */
static bool key_is_compared(const ConfigKey *key) {
        return key->parse && key->section != CONFIG_SECTION_ROUTE &&
                key->section != CONFIG_SECTION_MATCH;
}

/* ---- the whole ---- */

/*
 * pptp-hooks reads the files for each event, so it has the new units already. For a connection that
 * came up without [Hooks] it does not run: supervisor/supervisor-hooks.c.
 */
static bool waits_for_hooks(const ConfigKey *key, const Config *from) {
        return key->section == CONFIG_SECTION_HOOKS && from->n_up_units + from->n_down_units == 0;
}

/* pppd is told when it is started whether to negotiate IPv6. */
static bool starts_or_ends_ipv6(const ConfigKey *key, const Config *from, const Config *to) {
        return key->offset == offsetof(Config, ipv6) &&
                (from->ipv6 == CONFIG_IPV6_NEGOTIATE || to->ipv6 == CONFIG_IPV6_NEGOTIATE);
}

/*
 * The plugin is told at the start of a connection whether to let the server's router advertisements
 * through, and what the kernel has taken from them goes with the interface alone.
 */
static bool changes_router(const Config *from, const Config *to) {
        return from->ipv6 == CONFIG_IPV6_NEGOTIATE && to->ipv6 == CONFIG_IPV6_NEGOTIATE &&
                config_has_ipv6_default_route(from) != config_has_ipv6_default_route(to);
}

/* What a reload does with a key whose value has changed. */
static ConfigEffect get_effect(const ConfigKey *key, const Config *from, const Config *to) {
        if (waits_for_hooks(key, from))
                return CONFIG_EFFECT_NEXT;

        return starts_or_ends_ipv6(key, from, to) ? CONFIG_EFFECT_RECONNECT : key->effect;
}

static void count_routes(const Config *from, const Config *to, ConfigDiff *diff) {
        ConfigChanges changes;
        ConfigRoute route;
        bool is_added;

        config_changes_init(&changes, from, to);
        while (config_changes_next(&changes, &route, &is_added)) {
                diff->n_routes_added += is_added;
                diff->n_routes_removed += !is_added;
        }
}

void config_diff_make(const Config *from, const Config *to, ConfigDiff *ret_diff) {
        ConfigDiff diff = { 0 };

        assert(n_config_keys <= CONFIG_KEYS_MAX);

        for (size_t i = 0; i < n_config_keys; i++)
                if (key_is_compared(&config_keys[i]) && key_differs(&config_keys[i], from, to))
                        diff.effects[i] = get_effect(&config_keys[i], from, to);

        if (changes_router(from, to))
                diff.effects[config_key_find(CONFIG_SECTION_ROUTE, "Destination") - config_keys] =
                        CONFIG_EFFECT_RECONNECT;
        diff.has_other_policy = from->overlap_policy != to->overlap_policy;
        count_routes(from, to, &diff);
        *ret_diff = diff;
}

static bool has_server(char *const *servers, size_t n_servers, const char *name) {
        for (size_t i = 0; i < n_servers; i++)
                if (strcmp(servers[i], name) == 0)
                        return true;

        return false;
}

bool config_diff_keep_server(ConfigDiff *d, const Config *from, size_t index, const Config *to,
                             size_t *ret_index) {

        ConfigEffect *effect;
        size_t i = 0;

        /* Past those that were tried before, and that this connection is already the answer to. */
        while (i < to->n_servers && strcmp(to->servers[i], from->servers[index]) != 0 &&
               has_server(from->servers, index, to->servers[i]))
                i++;

        if (i == to->n_servers || strcmp(to->servers[i], from->servers[index]) != 0)
                return false;

        effect = &d->effects[config_key_find(CONFIG_SECTION_TUNNEL, "Server") - config_keys];
        if (*effect == CONFIG_EFFECT_RECONNECT)
                *effect = CONFIG_EFFECT_LIVE;
        *ret_index = i;
        return true;
}

bool config_diff_is_empty(const ConfigDiff *d) {
        for (size_t i = 0; i < CONFIG_KEYS_MAX; i++)
                if (d->effects[i] != CONFIG_EFFECT_NONE)
                        return false;

        return !config_diff_has_routes(d);
}

bool config_diff_has_routes(const ConfigDiff *d) {
        return d->n_routes_added > 0 || d->n_routes_removed > 0;
}

bool config_diff_has_names(const ConfigDiff *d) {
        for (size_t i = 0; i < n_config_keys; i++)
                if (config_keys[i].names && d->effects[i] != CONFIG_EFFECT_NONE)
                        return true;

        return config_diff_has_routes(d);
}

bool config_diff_has_effect(const ConfigDiff *d, ConfigEffect effect) {
        for (size_t i = 0; i < CONFIG_KEYS_MAX; i++)
                if (d->effects[i] == effect)
                        return true;

        return false;
}

void config_diff_describe_keys(const ConfigDiff *d, ConfigEffect effect, TextBuilder *text) {
        const char *separator = "";

        for (size_t i = 0; i < n_config_keys; i++)
                if (d->effects[i] == effect) {
                        text_addf(text, "%s%s=", separator, config_keys[i].name);
                        separator = ", ";
                }
}
