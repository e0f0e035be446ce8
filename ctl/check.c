/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * pptpctl check: reads the configuration as the supervisor does, and for tunnels that are named
 * checks everything else that they need.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "check-parts.h"
#include "core/base/macros.h"
#include "core/base/paths.h"
#include "core/base/text.h"
#include "core/config/config-routes.h"
#include "ctl.h"
#include "io/config-near-miss.h"
#include "override.h"

/* A value and its hint, of four kilobytes at most each, and the name of the file. */
#define PROBLEM_MAX_BYTES (3 * CONFIG_LINE_MAX_BYTES)

static void print_problem(CheckReport *r, const ConfigProblem *p) {
        CheckLevel level = p->warning ? CHECK_WARNING : CHECK_ERROR;
        char text[PROBLEM_MAX_BYTES];

        config_problem_describe(p, text, sizeof(text));
        if (r->json.format != JSON_OFF) {
                r->file = p->file;
                r->line = p->line;
                check_add(r, level, "configuration", p->hint, "%s", text);
                r->file = NULL;
                r->line = 0;
                return;
        }

        check_count(r, level);
        if (!check_is_news(r, text))
                return;

        /* In front of the line, so that editors find the place. */
        printf("%s%s\n", p->warning ? "Warning: " : "", text);
}

static void print_problems(CheckReport *r, const ConfigProblems *problems) {
        for (size_t i = 0; i < problems->n_items; i++)
                print_problem(r, &problems->items[i]);
        if (problems->n_dropped > 0 && r->json.format == JSON_OFF)
                printf("... and %zu more\n", problems->n_dropped);
}

/*
 * Prints one line that shows how the supervisor reads the configuration. Whether the whole is good
 * is said once everything has been looked at.
 */
static void print_config(CheckReport *r, const Config *c, bool whole) {
        size_t n_routes = config_count_different_routes(c);
        char text[PROBLEM_MAX_BYTES];
        TextBuilder b = text_builder(text, sizeof(text));

        text_addf(&b, "server %s", c->servers[0]);
        for (size_t i = 1; i < c->n_servers; i++)
                text_addf(&b, ", then %s", c->servers[i]);
        text_addf(&b, ", user %s, interface %s, %zu route%s%s", c->user, c->interface_name,
                  n_routes, n_routes == 1 ? "" : "s",
                  c->use_routes ? " and those that the server offers, if any" : "");

        if (c->network_namespace)
                text_addf(&b, ", in network namespace %s", c->network_namespace);
        if (c->vrf[0] != '\0')
                text_addf(&b, ", in VRF %s", c->vrf);

        if (r->json.format != JSON_OFF)
                check_add(r, CHECK_OK, "configuration", NULL, "%s", text);
        else
                printf("%s: %sgood; %s\n", c->name, whole ? "configuration " : "", text);
}

/* The last word, which agrees with the exit status. */
static void print_verdict(const CheckReport *r, const char *name) {
        char text[128];
        TextBuilder b = text_builder(text, sizeof(text));

        if (r->json.format != JSON_OFF)
                return;

        text_add(&b, r->n_errors > 0 ? "not good" : "good");
        if (r->n_errors > 0) {
                text_add(&b, ": ");
                text_add_count(&b, r->n_errors, "error");
        }
        if (r->n_warnings > 0) {
                text_add(&b, r->n_errors > 0 ? ", " : ", with ");
                text_add_count(&b, r->n_warnings, "warning");
        }
        printf("%s: %s\n", name, text);
}

static int check_tunnel(CheckReport *r, const ConfigFiles *files, const char *name,
                        const CtlOptions *options, bool whole) {

        ConfigProblems problems;
        Config *config;
        int e;

        r->tunnel = name;
        r->n_errors = r->n_warnings = 0;
        e = config_files_load_from(files, name, &config, &problems);
        if (e == 0 && config_expand_lists(config) < 0) {
                config_problems_done(&problems);
                config_free(config);
                e = -ENOMEM;
        }
        if (e < 0) {
                fprintf(stderr, "pptpctl: %s: %s\n", name, strerror(-e));
                return EX_OSERR;
        }

        print_problems(r, &problems);
        config_problems_done(&problems);
        if (e == CONFIG_E_INVALID) {
                if (whole)
                        print_verdict(r, name);
                return EX_CONFIG;
        }

        print_config(r, config, whole);
        check_default_route(r, files, config);
        if (whole) {
                check_password(r, config);
                check_host(r, config);
                check_namespace(r, config);
                check_vrf(r, config);
                check_hooks(r, config);
                check_rivals(r, config);
                check_ipv6(r, config);
                check_routes(r, config);
                check_names(r, config);
                check_server(r, config, options->probe);
                check_running(r, config);
                print_verdict(r, name);
        }
        config_free(config);
        return 0;
}

static int check_all(CheckReport *r, const ConfigFiles *files, const CtlOptions *options) {
        const ConfigProblem *refused = config_files_get_refused(files);
        int result = 0;
        char **names;
        size_t n;

        names = config_files_get_names(files, &n);
        for (size_t i = 0; i < n; i++)
                result = MAX(result, check_tunnel(r, files, names[i], options, false));
        if (n == 0 && refused)
                print_problem(r, refused);
        else if (n == 0 && options->json == JSON_OFF)
                ctl_print_no_tunnel(files);

        return result;
}

/* Checks one tunnel. The argument may also be the name of its file or unit. */
static int check_named(CheckReport *r, const ConfigFiles *files, const char *argument,
                       const CtlOptions *options) {

        _cleanup_free_ char *name = config_near_miss_strip(argument);

        /* Of another root only the files can be checked. */
        return name ? check_tunnel(r, files, name, options, options->root[0] == '\0') : EX_OSERR;
}

int ctl_check(int argc, char **argv) {
        _cleanup_(config_files_freep) ConfigFiles *files = NULL;
        CheckReport report;
        CtlOptions options;
        int result = 0, first, r;

        first = ctl_parse_options(argc, argv, CTL_OPTION_JSON | CTL_OPTION_PROBE, &options);
        if (first < 0)
                return EX_USAGE;

        override_set(false);
        r = config_files_new(options.root, &files);
        if (r < 0) {
                fprintf(stderr, "pptpctl: %s\n", strerror(-r));
                return EX_OSERR;
        }

        check_report_begin(&report, options.json);
        if (first == argc)
                result = check_all(&report, files, &options);
        for (int i = first; i < argc; i++)
                result = MAX(result, check_named(&report, files, argv[i], &options));
        check_report_end(&report);

        return report.worst == CHECK_ERROR ? MAX(result, EX_CONFIG) : result;
}
