/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "each-config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "core/base/macros.h"
#include "ctl.h"
#include "io/config-files.h"
#include "io/config-near-miss.h"

static void report_problems(const ConfigProblems *problems) {
        char text[3 * CONFIG_LINE_MAX_BYTES];

        for (size_t i = 0; i < problems->n_items; i++) {
                config_problem_describe(&problems->items[i], text, sizeof(text));
                fprintf(stderr, "%s%s\n", problems->items[i].warning ? "Warning: " : "", text);
        }
}

/* Shows one tunnel, by its name or that of its file or unit. Returns an exit status. */
static int show_tunnel(const ConfigFiles *files, const char *argument, EachConfigFunc show,
                       Json *json) {

        _cleanup_free_ char *name = config_near_miss_strip(argument);
        ConfigProblems problems;
        Config *config = NULL;
        int r, status;

        r = name ? config_files_load_from(files, name, &config, &problems) : -ENOMEM;
        if (r < 0) {
                fprintf(stderr, "pptpctl: %s: %s\n", argument, strerror(-r));
                return EX_OSERR;
        }

        report_problems(&problems);
        config_problems_done(&problems);
        if (r == CONFIG_E_INVALID)
                status = config_files_has_name(files, name) || config_files_get_refused(files) ?
                        EX_CONFIG :
                        CTL_UNKNOWN;
        else
                status = show(config, json);
        config_free(config);
        return status;
}

int each_config_run(int argc, char **argv, EachConfigFunc show) {
        _cleanup_(config_files_freep) ConfigFiles *files = NULL;
        CtlOptions options;
        int result = EX_OK, first, r;
        Json json;

        first = ctl_parse_options(argc, argv, CTL_OPTION_JSON, &options);
        if (first < 0)
                return EX_USAGE;
        if (first == argc) {
                fprintf(stderr, "pptpctl %s: name a tunnel; \"pptpctl list\" has all of them\n",
                        argv[0]);
                return EX_USAGE;
        }

        r = config_files_new(options.root, &files);
        if (r < 0) {
                fprintf(stderr, "pptpctl: %s\n", strerror(-r));
                return EX_OSERR;
        }

        json = json_begin(stdout, options.json);
        if (json.format != JSON_OFF) {
                json_open_object(&json, NULL);
                json_add_number(&json, "version", 1);
                json_open_array(&json, "tunnels");
        }
        for (int i = first; i < argc; i++)
                result = MAX(result, show_tunnel(files, argv[i], show, &json));
        if (json.format != JSON_OFF) {
                json_close_array(&json);
                json_close_object(&json);
                json_end(&json);
        }

        return result;
}
