/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "config-lines.h"

#include <errno.h>
#include <string.h>

#include "core/base/macros.h"
#include "io/config-directory.h"

int config_lines_read(const Config *c, ConfigOverview **ret_overview) {
        _cleanup_(config_overview_freep) ConfigOverview *overview = NULL;
        _cleanup_(config_parser_freep) ConfigParser *parser = NULL;
        int r;

        overview = config_overview_new();
        if (!overview)
                return -ENOMEM;

        /*
         * This parser only collects problems of reading; those were shown when the configuration
         * was parsed.
         */
        r = config_parser_new(c->name, &parser);
        if (r < 0)
                return r;

        for (size_t i = 0; i < c->n_files; i++) {
                _cleanup_(config_file_text_done) ConfigFileText text = { 0 };

                r = config_file_read(parser, c->files[i], false, &text);
                if (r == 0)
                        r = config_overview_add_file(overview, c->files[i], text.text, text.n_text);
                if (r < 0)
                        return r;
                if (r > 0)
                        return -ESTALE; /* it could be read a moment ago */
        }

        *ret_overview = steal_pointer(overview);
        return 0;
}

const ConfigOverviewLine *config_lines_find(ConfigOverview *overview, const char *section,
                                            const char *key) {

        size_t n_items;
        const ConfigOverviewLine *items = config_overview_get(overview, &n_items);

        for (size_t i = 0; i < n_items; i++)
                if (strcmp(items[i].section_name, section) == 0 && strcmp(items[i].key, key) == 0)
                        return &items[i];

        return NULL;
}
