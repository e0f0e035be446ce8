/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/config/config-hints.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/base/macros.h"
#include "core/base/text.h"
#include "core/config/config-foreign.h"

/* How many slips a name of this length may have: one for each three letters. */
static unsigned distance_limit(const char *name) {
        return MIN((unsigned) (strlen(name) / 3), 3U);
}

/* Returns the row's own hint, or that of its key. */
static void describe_foreign(const ConfigForeign *foreign, char *buffer, size_t n_buffer) {
        const char *section = config_section_name(foreign->section);

        if (foreign->hint)
                snprintf(buffer, n_buffer, "%s", foreign->hint);
        else if (!config_foreign_get_key(foreign))
                snprintf(buffer, n_buffer, "[%s] %s= is not supported yet by this version", section,
                         foreign->key);
        else
                snprintf(buffer, n_buffer, "here it is [%s] %s=%s", section, foreign->key,
                         foreign->value ? foreign->value : "");
}

bool config_hint_foreign(const char *name, char *buffer, size_t n_buffer) {
        const ConfigForeign *foreign;

        /* People paste options as they stand on a command line. */
        while (*name == '-')
                name++;

        foreign = config_foreign_find(FOREIGN_ANY, name);
        if (!foreign)
                return false;

        describe_foreign(foreign, buffer, n_buffer);
        return true;
}

/* The same name in another section. */
static bool hint_other_section(int section, const char *name, char *buffer, size_t n_buffer) {
        size_t n = 0;

        for (size_t i = 0; i < n_config_keys && n < n_buffer; i++) {
                const ConfigKey *key = &config_keys[i];
                int r;

                if ((int) key->section == section || strcmp(key->name, name) != 0)
                        continue;

                r = snprintf(buffer + n, n_buffer - n, "%s[%s]",
                             n == 0 ? "it belongs into " : " or ",
                             config_section_name(key->section));
                n += r > 0 ? (size_t) r : 0;
        }

        return n > 0;
}

/* The nearest of our keys; one of the same section wins over an equally near one of another. */
static const ConfigKey *find_nearest_key(int section, const char *name) {
        const ConfigKey *nearest = NULL;
        unsigned best = UINT_MAX;

        for (size_t i = 0; i < n_config_keys; i++) {
                const ConfigKey *key = &config_keys[i];
                unsigned distance = text_edit_distance(key->name, name);
                bool is_home = (int) key->section == section;

                if (distance > distance_limit(name) || distance > distance_limit(key->name))
                        continue;

                /*
                 * Counts twice, plus one for another section, so that distances are equal only
                 * within one section.
                 */
                distance = 2 * distance + !is_home;
                if (distance < best) {
                        best = distance;
                        nearest = key;
                }
        }

        return nearest;
}

bool config_hint_key(int section, const char *name, char *buffer, size_t n_buffer) {
        const ConfigKey *nearest;

        if (hint_other_section(section, name, buffer, n_buffer))
                return true;

        nearest = find_nearest_key(section, name);
        if (nearest && (int) nearest->section == section && strcasecmp(nearest->name, name) == 0) {
                snprintf(buffer, n_buffer, "write %s=", nearest->name);
                return true;
        }

        if (config_hint_foreign(name, buffer, n_buffer))
                return true;
        if (!nearest)
                return false;

        if ((int) nearest->section == section)
                snprintf(buffer, n_buffer, "did you mean %s=?", nearest->name);
        else
                snprintf(buffer, n_buffer, "did you mean [%s] %s=?",
                         config_section_name(nearest->section), nearest->name);
        return true;
}

bool config_hint_section(const char *name, char *buffer, size_t n_buffer) {
        const ConfigForeign *foreign;
        const char *nearest = NULL;
        unsigned best = UINT_MAX;

        for (int i = 0; i < _CONFIG_SECTION_MAX; i++) {
                unsigned distance = text_edit_distance(config_section_name(i), name);

                if (distance <= distance_limit(config_section_name(i)) && distance < best) {
                        best = distance;
                        nearest = config_section_name(i);
                }
        }

        if (nearest) {
                snprintf(buffer, n_buffer, "did you mean [%s]?", nearest);
                return true;
        }

        foreign = config_foreign_find_section(name);
        if (!foreign)
                return false;

        describe_foreign(foreign, buffer, n_buffer);
        return true;
}
