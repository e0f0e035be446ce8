/* SPDX-License-Identifier: GPL-2.0-or-later */

/* pptpctl check: other tunnels that want all traffic as well. */

#include <string.h>

#include "check-parts.h"
#include "config-lines.h"
#include "core/base/macros.h"

static bool is_same_namespace(const Config *a, const Config *b) {
        if (!a->network_namespace || !b->network_namespace)
                return !a->network_namespace && !b->network_namespace;

        return strcmp(a->network_namespace, b->network_namespace) == 0;
}

/* Whether another tunnel, by its name, has a default route in the place of this one's. */
static bool has_same_default_route(const ConfigFiles *files, const char *name, const Config *c) {
        ConfigProblems problems;
        Config *other = NULL;
        bool has;

        if (config_files_load_from(files, name, &other, &problems) < 0)
                return false;

        config_problems_done(&problems);
        has = other && config_has_policy_route(other, false) && is_same_namespace(other, c);
        config_free(other);
        return has;
}

/* Returns the line that has the default route, or NULL: it may be in a list of prefixes. */
static const ConfigOverviewLine *find_line(ConfigOverview *overview) {
        size_t n_items;
        const ConfigOverviewLine *items = config_overview_get(overview, &n_items);

        for (size_t i = 0; i < n_items; i++)
                if (strcmp(items[i].key, "DefaultRoute") == 0 ||
                    (strcmp(items[i].key, "Destination") == 0 &&
                     strstr(items[i].value, "0.0.0.0/0")))
                        return &items[i];

        return NULL;
}

static void report(CheckReport *r, const Config *c, const char *name) {
        _cleanup_(config_overview_freep) ConfigOverview *overview = NULL;
        const ConfigOverviewLine *line = NULL;
        char where[CONFIG_LINE_MAX_BYTES] = "";

        if (config_lines_read(c, &overview) >= 0)
                line = find_line(overview);
        if (line) {
                r->file = line->file;
                r->line = line->line;
                snprintf(where, sizeof(where), "%s:%u: ", line->file, line->line);
        }

        check_add(
                r, CHECK_WARNING, "default route",
                "give one of them [Route] sections instead, or a NetworkNamespace= or VRF= of its "
                "own",
                "%sthe tunnel %s has a default route as well: while both are up, only the one that "
                "came up first carries what has no other route",
                where, name);
        r->file = NULL;
        r->line = 0;
}

void check_default_route(CheckReport *r, const ConfigFiles *files, const Config *c) {
        size_t n;
        char **names = config_files_get_names(files, &n);

        if (!config_has_policy_route(c, false))
                return;

        /* The first one is enough: with many of them, all would have to be loaded for each. */
        for (size_t i = 0; i < n; i++)
                if (strcmp(names[i], c->name) != 0 && has_same_default_route(files, names[i], c)) {
                        report(r, c, names[i]);
                        return;
                }
}
