/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The options that several commands have. */

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/macros.h"
#include "core/base/number.h"
#include "ctl.h"

enum {
        OPTION_ROOT = 256,
        OPTION_JSON,
        OPTION_PROBE,
        OPTION_OUTPUT,
};

/* The options in the order of their bits. */
static const struct {
        unsigned bit;
        const char *usage;
} usages[] = {
        { CTL_OPTION_JSON, " [--json=short|pretty|off]" },
        { CTL_OPTION_WATCH, " [--watch]" },
        { CTL_OPTION_PROBE, " [--probe]" },
        { CTL_OPTION_LINES, " [--lines=N]" },
        { CTL_OPTION_OUTPUT, " [--output=FILE]" },
        { CTL_OPTION_FULL, " [--full]" },
};

/* Without a command, the first argument is the program's own name, by any path. */
static int print_usage(const char *command, unsigned allowed) {
        const char *slash = strrchr(command, '/');
        bool is_program = strcmp(slash ? slash + 1 : command, "pptpctl") == 0;

        fprintf(stderr, "usage: pptpctl %s%s[--root=DIRECTORY]", is_program ? "" : command,
                is_program ? "" : " ");
        for (size_t i = 0; i < ELEMENTSOF(usages); i++)
                if (allowed & usages[i].bit)
                        fputs(usages[i].usage, stderr);
        fputs(" [NAME...]\n", stderr);
        return -1;
}

static bool parse_json(const char *text, JsonFormat *ret_format) {
        if (!text || strcmp(text, "pretty") == 0)
                *ret_format = JSON_PRETTY;
        else if (strcmp(text, "short") == 0)
                *ret_format = JSON_SHORT;
        else if (strcmp(text, "off") == 0)
                *ret_format = JSON_OFF;
        else
                return false;

        return true;
}

static bool parse_lines(const char *text, int *ret_n_lines) {
        uint64_t n_lines;

        if (!number_parse(text, 10, 99999, &n_lines))
                return false;

        *ret_n_lines = (int) n_lines;
        return true;
}

/* Takes one option. Returns whether the command has it, and its value is good. */
static bool take_option(int c, unsigned allowed, CtlOptions *options) {
        switch (c) {
        case OPTION_ROOT:
                options->root = optarg;
                return true;
        case OPTION_JSON:
                return (allowed & CTL_OPTION_JSON) && parse_json(optarg, &options->json);
        case 'w':
                options->watch = true;
                return allowed & CTL_OPTION_WATCH;
        case 'l':
                options->full = true;
                return allowed & CTL_OPTION_FULL;
        case OPTION_PROBE:
                options->probe = true;
                return allowed & CTL_OPTION_PROBE;
        case 'n':
                return (allowed & CTL_OPTION_LINES) && parse_lines(optarg, &options->n_lines);
        case OPTION_OUTPUT:
                options->output = optarg;
                return allowed & CTL_OPTION_OUTPUT;
        }

        return false;
}

int ctl_parse_options(int argc, char **argv, unsigned allowed, CtlOptions *ret_options) {
        static const struct option known[] = {
                { "root", required_argument, NULL, OPTION_ROOT },
                { "json", optional_argument, NULL, OPTION_JSON },
                { "watch", no_argument, NULL, 'w' },
                { "full", no_argument, NULL, 'l' },
                { "probe", no_argument, NULL, OPTION_PROBE },
                { "lines", required_argument, NULL, 'n' },
                { "output", required_argument, NULL, OPTION_OUTPUT },
                { 0 },
        };
        CtlOptions options = { .root = "", .n_lines = -1 };
        int c;

        /* One command may run another, so getopt(3) has to begin anew. */
        optind = 0;
        while ((c = getopt_long(argc, argv, "wln:", known, NULL)) >= 0)
                if (!take_option(c, allowed, &options))
                        return print_usage(argv[0], allowed);

        *ret_options = options;
        return optind;
}
