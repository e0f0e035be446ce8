/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/config/config-overview.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/array.h"
#include "core/config/config-keys.h"
#include "core/config/config-syntax.h"
#include "core/config/config-values.h"

struct ConfigOverview {
        ConfigOverviewLine *items;
        size_t n_items;
        unsigned n_blocks; /* [Route] sections so far */
};

ConfigOverview *config_overview_new(void) {
        return calloc(1, sizeof(ConfigOverview));
}

ConfigOverview *config_overview_free(ConfigOverview *o) {
        if (!o)
                return NULL;

        for (size_t i = 0; i < o->n_items; i++)
                free(o->items[i].value);
        free(o->items);
        free(o);
        return NULL;
}

/* Whether several assignments of the key add up, instead of the last one being the value. */
static bool key_is_list(const ConfigKey *key) {
        return key->reset != config_reset_scalar && key->reset != config_reset_text;
}

/* Removes the assignments of a key in a block that another one overrides. */
static void remove_overridden(ConfigOverview *o, const ConfigKey *key, unsigned block) {
        size_t n = 0;

        for (size_t i = 0; i < o->n_items; i++) {
                ConfigOverviewLine *item = &o->items[i];

                if (item->key == key->name && item->section == (unsigned) key->section &&
                    item->block == block)
                        free(item->value);
                else
                        o->items[n++] = *item;
        }

        o->n_items = n;
}

static int add_assignment(ConfigOverview *o, const ConfigKey *key, const char *file,
                          const ConfigLine *line) {

        unsigned block = key->section == CONFIG_SECTION_ROUTE ? o->n_blocks : 0;
        char *value;

        if (*line->value == '\0' || !key_is_list(key))
                remove_overridden(o, key, block);
        if (*line->value == '\0')
                return 0;

        if (!ARRAY_MAKE_ROOM(o->items, o->n_items))
                return -ENOMEM;
        value = strdup(line->value);
        if (!value)
                return -ENOMEM;

        o->items[o->n_items++] = (ConfigOverviewLine){
                .section = key->section,
                .block = block,
                .section_name = config_section_name(key->section),
                .key = key->name,
                .value = value,
                .file = file,
                .line = line->number,
        };
        return 0;
}

int config_overview_add_file(ConfigOverview *o, const char *file, const char *text, size_t n_text) {
        _cleanup_(config_syntax_done) ConfigSyntax syntax = { 0 };
        const ConfigKey *key;
        ConfigLine line;
        int section = -1, r;

        r = config_syntax_init(&syntax, text, n_text);

        while (r >= 0 && config_syntax_next(&syntax, &line)) {
                if (line.type == CONFIG_LINE_SECTION) {
                        section = config_section_from_name(line.name);
                        if (section == CONFIG_SECTION_ROUTE)
                                o->n_blocks++;
                }
                if (line.type != CONFIG_LINE_ASSIGNMENT || section < 0 ||
                    section == CONFIG_SECTION_MATCH)
                        continue;

                key = config_key_find((ConfigSection) section, line.name);
                if (key)
                        r = add_assignment(o, key, file, &line);
        }

        return r;
}

/* By insertion, which keeps the order within a section, and most files have theirs in order. */
static void sort_by_section(ConfigOverviewLine *items, size_t n_items) {
        for (size_t i = 1; i < n_items; i++) {
                ConfigOverviewLine item = items[i];
                size_t j = i;

                for (; j > 0 && items[j - 1].section > item.section; j--)
                        items[j] = items[j - 1];
                items[j] = item;
        }
}

const ConfigOverviewLine *config_overview_get(ConfigOverview *o, size_t *ret_n_items) {
        sort_by_section(o->items, o->n_items);
        *ret_n_items = o->n_items;
        return o->items;
}
