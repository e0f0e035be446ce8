/* SPDX-License-Identifier: GPL-2.0-or-later */

/* pptpctl check: the configuration, read as the supervisor reads it. */

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "core/base/macros.h"
#include "ctl.h"
#include "io/config-files.h"
#include "io/config-near-miss.h"

/* A value and its hint, of four kilobytes at most each, and the name of the file. */
#define PROBLEM_MAX_BYTES (3 * CONFIG_LINE_MAX_BYTES)

static void print_problems(const ConfigProblems *problems) {
        char text[PROBLEM_MAX_BYTES];

        for (size_t i = 0; i < problems->n_items; i++) {
                config_problem_describe(&problems->items[i], text, sizeof(text));
                printf("%s%s\n", problems->items[i].warning ? "Warning: " : "", text);
        }
        if (problems->n_dropped > 0)
                printf("... and %zu more\n", problems->n_dropped);
}

/* One line that shows what the supervisor understood. */
static void print_config(const char *name, const Config *c) {
        printf("%s: good; server %s", name, c->servers[0]);
        for (size_t i = 1; i < c->n_servers; i++)
                printf(", then %s", c->servers[i]);
        printf(", user %s, interface %s, %zu route%s\n", c->user, c->interface_name, c->n_routes,
               c->n_routes == 1 ? "" : "s");
}

static int check_tunnel(const ConfigFiles *files, const char *name) {
        ConfigProblems problems;
        Config *config;
        int r;

        r = config_files_load_from(files, name, &config, &problems);
        if (r < 0) {
                fprintf(stderr, "pptpctl: %s: %s\n", name, strerror(-r));
                return EX_OSERR;
        }

        print_problems(&problems);
        config_problems_done(&problems);
        if (r == CONFIG_E_INVALID)
                return EX_CONFIG;

        print_config(name, config);
        config_free(config);
        return 0;
}

static int check_all(const ConfigFiles *files) {
        int result = 0;
        char **names;
        size_t n;

        names = config_files_get_names(files, &n);
        for (size_t i = 0; i < n; i++)
                result = MAX(result, check_tunnel(files, names[i]));
        if (n == 0)
                printf("There is no tunnel; /etc/pptp/conf.d/NAME.conf defines one.\n"
                       "See pptp.conf(5).\n");

        return result;
}

/* Takes what is meant: the name of the file or of the unit will do. */
static int check_named(const ConfigFiles *files, const char *argument) {
        _cleanup_free_ char *name = config_near_miss_strip(argument);

        return name ? check_tunnel(files, name) : EX_OSERR;
}

int ctl_check(int argc, char **argv) {
        _cleanup_(config_files_freep) ConfigFiles *files = NULL;
        const char *root = NULL;
        int result = 0, first = 1, r;

        if (first < argc && strncmp(argv[first], "--root=", 7) == 0)
                root = argv[first++] + 7;

        if (first < argc && argv[first][0] == '-') {
                fprintf(stderr, "usage: pptpctl check [--root=DIRECTORY] [NAME...]\n");
                return EX_USAGE;
        }

        r = config_files_new(root, &files);
        if (r < 0) {
                fprintf(stderr, "pptpctl: %s\n", strerror(-r));
                return EX_OSERR;
        }

        if (first == argc)
                return check_all(files);

        for (int i = first; i < argc; i++)
                result = MAX(result, check_named(files, argv[i]));
        return result;
}
