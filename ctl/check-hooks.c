/* SPDX-License-Identifier: GPL-2.0-or-later */

/* pptpctl check: the units of [Hooks], which systemd must be able to start. */

#include <stdlib.h>
#include <string.h>

#include "check-parts.h"
#include "config-lines.h"
#include "core/base/macros.h"
#include "core/base/text.h"
#include "io/unit.h"

/* Whether a word of a file, once %i is replaced, is this unit. Other specifiers are no unit's. */
static bool word_is_unit(const char *word, size_t n_word, const char *tunnel, const char *unit) {
        for (size_t i = 0; i < n_word; i++)
                if (i + 1 < n_word && word[i] == '%' && word[i + 1] == 'i') {
                        if (strncmp(unit, tunnel, strlen(tunnel)) != 0)
                                return false;
                        unit += strlen(tunnel);
                        i++;
                } else if (*unit++ != word[i]) {
                        return false;
                }

        return *unit == '\0';
}

/* The line that names the unit, or NULL if the file has changed meanwhile. */
static const ConfigOverviewLine *find_line(ConfigOverview *overview, const Config *c,
                                           const char *key, const char *unit) {

        size_t n_items;
        const ConfigOverviewLine *items = config_overview_get(overview, &n_items);

        for (size_t i = 0; i < n_items; i++) {
                if (strcmp(items[i].section_name, "Hooks") != 0 || strcmp(items[i].key, key) != 0)
                        continue;

                for (const char *word = items[i].value; *(word += strspn(word, " \t"));) {
                        size_t n_word = strcspn(word, " \t");

                        if (word_is_unit(word, n_word, c->name, unit))
                                return &items[i];
                        word += n_word;
                }
        }

        return NULL;
}

/* Returns whether there is nothing to say against the unit. */
static bool check_unit(CheckReport *r, const Config *c, ConfigOverview *overview, bool down,
                       const char *unit) {

        const char *key = down ? "Down" : "Up";
        const ConfigOverviewLine *line = overview ? find_line(overview, c, key, unit) : NULL;
        char where[CONFIG_LINE_MAX_BYTES] = "";
        char text[HOOK_TEXT_MAX_BYTES], remedy[HOOK_TEXT_MAX_BYTES];
        TextBuilder b = text_builder(where, sizeof(where));
        HookUnit u;

        if (unit_get_hook_unit(unit, c->name, &u) < 0 ||
            !hook_unit_find_fault(&u, unit, down, c->name, text, remedy))
                return true;

        if (line) {
                r->file = line->file;
                r->line = line->line;
                text_addf(&b, "%s:%u: ", line->file, line->line);
        }
        check_add(r, CHECK_WARNING, "hooks", remedy, "%s%s=%s %s", where, key, unit, text);
        r->file = NULL;
        r->line = 0;
        return false;
}

void check_hooks(CheckReport *r, const Config *c) {
        _cleanup_(config_overview_freep) ConfigOverview *overview = NULL;
        size_t n_units = c->n_up_units + c->n_down_units, n_good = 0;

        if (n_units == 0)
                return;

        (void) config_lines_read(c, &overview);
        for (size_t i = 0; i < c->n_up_units; i++)
                n_good += check_unit(r, c, overview, false, c->up_units[i]);
        for (size_t i = 0; i < c->n_down_units; i++)
                n_good += check_unit(r, c, overview, true, c->down_units[i]);
        if (check_is_masked(r, c, CHECK_WARNING, "hooks", "pptp-hooks.socket",
                            "Up= and Down= start nothing"))
                return;
        if (n_good == n_units)
                check_add(r, CHECK_OK, "hooks", NULL, "systemd can start %s",
                          n_units == 1 ? "the unit" : "all units");
}
