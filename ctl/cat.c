/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * pptpctl cat: prints the configuration of a tunnel that is in force, put together from all its
 * files, each line with the file that it stands in. The output is itself a configuration that does
 * the same.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "config-lines.h"
#include "core/base/macros.h"
#include "ctl.h"
#include "each-config.h"

/* Prints the lines as a configuration file, with a comment wherever the source changes. */
static void print_text(const Config *c, const ConfigOverviewLine *items, size_t n_items) {
        const ConfigOverviewLine *before = NULL;

        printf("# The tunnel %s. Keys that are not here have their defaults; see pptp.conf(5).\n",
               c->name);

        for (size_t i = 0; i < n_items; i++) {
                const ConfigOverviewLine *item = &items[i];
                bool is_new =
                        !before || before->section != item->section || before->block != item->block;

                if (is_new)
                        printf("\n[%s]\n", item->section_name);
                if (is_new || before->file != item->file)
                        printf("# %s\n", item->file);
                printf("%s=%s\n", item->key, item->value);
                before = item;
        }
}

static void write_json(Json *j, const Config *c, const ConfigOverviewLine *items, size_t n_items) {
        json_open_object(j, NULL);
        json_add_text(j, "name", c->name);
        json_open_array(j, "settings");
        for (size_t i = 0; i < n_items; i++) {
                json_open_object(j, NULL);
                json_add_text(j, "section", items[i].section_name);
                json_add_number_if(j, "block", items[i].block);
                json_add_text(j, "key", items[i].key);
                json_add_text(j, "value", items[i].value);
                json_add_text(j, "file", items[i].file);
                json_add_number(j, "line", items[i].line);
                json_close_object(j);
        }
        json_close_array(j);
        json_close_object(j);
}

static int print_overview(const Config *c, Json *json) {
        _cleanup_(config_overview_freep) ConfigOverview *overview = NULL;
        const ConfigOverviewLine *items;
        size_t n_items;
        int r;

        r = config_lines_read(c, &overview);
        if (r < 0)
                return r;

        items = config_overview_get(overview, &n_items);
        if (json->format == JSON_OFF)
                print_text(c, items, n_items);
        else
                write_json(json, c, items, n_items);
        return 0;
}

static int show(const Config *c, Json *json) {
        int r;

        r = print_overview(c, json);
        if (r < 0) {
                fprintf(stderr, "pptpctl: %s: %s\n", c->name, strerror(-r));
                return EX_OSERR;
        }

        return EX_OK;
}

int ctl_cat(int argc, char **argv) {
        return each_config_run(argc, argv, show);
}
