/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What a reload has to do: two configurations of one tunnel, which of their keys differ, and what
 * it takes to put each difference into effect. What a key takes stands in its row of the table of
 * keys (config-keys.c) and nowhere else.
 */

#include <stdbool.h>
#include <stddef.h>

#include "core/config/config.h"
#include "core/base/text.h"

/* Rows of the table of keys; asserted against it. */
#define CONFIG_KEYS_MAX 64

typedef enum ConfigEffect {
        CONFIG_EFFECT_NONE,      /* nothing: the key did not change */
        CONFIG_EFFECT_LIVE,      /* at once, without a packet lost */
        CONFIG_EFFECT_NEXT,      /* with the next connection; this one cannot have it */
        CONFIG_EFFECT_RECONNECT, /* this connection is not what is asked for: it must end */
        _CONFIG_EFFECT_MAX,
} ConfigEffect;

/*
 * Routes are compared as a whole, wherever they came from: a route with another metric is one less
 * and one more.
 */
typedef struct ConfigDiff {
        ConfigEffect effects[CONFIG_KEYS_MAX]; /* by row of the table */
        size_t n_routes_added;
        size_t n_routes_removed;
        bool has_other_policy; /* OverlapPolicy=: the same routes are installed otherwise */
} ConfigDiff;

/* Compares in O(n) of the routes, and looks each that differs up in O(log n). */
void config_diff_make(const Config *from, const Config *to, ConfigDiff *ret_diff);

/*
 * For a connection to the server of this index in `from`: whether the new list lets it stay. It
 * does if it has that server and puts none in front of it that was not in front before, for which a
 * user would have to leave it. Then Server= is live, and the server's index in `to` is returned.
 */
bool config_diff_keep_server(ConfigDiff *d, const Config *from, size_t index, const Config *to,
                             size_t *ret_index);

/* Returns whether nothing differs. */
bool config_diff_is_empty(const ConfigDiff *d);
/* Returns whether routes were added or removed. */
bool config_diff_has_routes(const ConfigDiff *d);
/*
 * Whether name servers, or the names that are asked there, may be others: those of routes as well.
 */
bool config_diff_has_names(const ConfigDiff *d);
/* Whether a key changed for which just this is needed. */
bool config_diff_has_effect(const ConfigDiff *d, ConfigEffect effect);

/* Adds the keys for which just this is needed, as "Port=, MPPE=". */
void config_diff_describe_keys(const ConfigDiff *d, ConfigEffect effect, TextBuilder *text);
