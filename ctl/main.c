/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Finds the subcommand and hands over. */

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "core/base/macros.h"
#include "ctl.h"

static const struct {
        const char *name;
        int (*run)(int argc, char **argv);
} commands[] = {
        { "check", ctl_check },
        { "explain", ctl_explain },
        { "import", ctl_import },
        { "status", ctl_status },
};

static void print_help(FILE *out) {
        fprintf(out,
                "usage: pptpctl status [NAME...]  say how tunnels are, and what happened to them\n"
                "       pptpctl check [NAME...]   say what is wrong with the configuration\n"
                "       pptpctl explain ID        explain a failure by its name, such as MPPE-03\n"
                "       pptpctl explain FILE|-    say what went wrong in a log\n"
                "       pptpctl import NAME...    carry over what pppd, NetworkManager or OpenWrt have\n"
                "       pptpctl --help\n"
                "       pptpctl --version\n"
                "\n"
                "status and check take --root=DIRECTORY before names, to look below it.\n"
                "See pptpctl(8); pptp-failures(7) lists the failures.\n");
}

static bool asks_for_help(const char *argument) {
        return strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0;
}

int main(int argc, char **argv) {
        if (argc < 2) {
                print_help(stderr);
                return EX_USAGE;
        }

        if (asks_for_help(argv[1]) || (argc > 2 && asks_for_help(argv[2]))) {
                print_help(stdout);
                return 0;
        }
        if (strcmp(argv[1], "--version") == 0) {
                printf("pptpctl %s\n", PROJECT_VERSION);
                return 0;
        }

        for (size_t i = 0; i < ELEMENTSOF(commands); i++)
                if (strcmp(argv[1], commands[i].name) == 0)
                        return commands[i].run(argc - 1, argv + 1);

        fprintf(stderr, "pptpctl: there is no command \"%s\"\n", argv[1]);
        print_help(stderr);
        return EX_USAGE;
}
