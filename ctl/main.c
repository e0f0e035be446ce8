/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Finds the subcommand and runs it. */

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "core/base/macros.h"
#include "ctl.h"
#include "tunnel-view.h"

typedef struct Command {
        const char *name;
        int (*run)(int argc, char **argv);
} Command;

static const Command commands[] = {
        { "cat", ctl_cat },         { "check", ctl_check },
        { "explain", ctl_explain }, { "dump", ctl_dump },
        { "health", ctl_health },   { "import", ctl_import },
        { "list", ctl_list },       { "metrics", ctl_metrics },
        { "monitor", ctl_monitor }, { "reconnect", ctl_reconnect },
        { "routes", ctl_routes },   { "status", ctl_status },
};

static void print_help(FILE *out) {
        fprintf(out,
                "usage: pptpctl [COMMAND] [OPTION...] [NAME...]\n"
                "\n"
                "  list [NAME...]     a table, one line for each tunnel; the same without a command\n"
                "  status [NAME...]   how tunnels are, and what happened to them\n"
                "  monitor [NAME...]  a line whenever something happens to them\n"
                "  check [NAME...]    what is wrong with the configuration; of a NAME, with all it needs\n"
                "  cat NAME...        the configuration in force, each line with its file\n"
                "  routes NAME...     the routes that it wants, and which of them the kernel has\n"
                "  reconnect NAME...  take the connection down and dial again; for root\n"
                "  dump NAME          packets, journal and verdict in a file for wireshark; for root\n"
                "  explain ID         explain a failure by its name, such as MPPE-03\n"
                "  explain FILE|-     say what went wrong in a log\n"
                "  import NAME|PATH   carry over what pppd, NetworkManager or OpenWrt have\n"
                "  health NAME        one line and an exit status for a monitoring system\n"
                "  metrics [NAME...]  OpenMetrics text for Prometheus\n"
                "\n"
                "  --json=short|pretty|off  list, status, monitor, check, cat, routes: for programs\n"
                "  --watch, -w              list, status: again each second\n"
                "  --full, -l               list: cut nothing to the width of the terminal\n"
                "  --lines=N, -n N          status: so many lines of the journal\n"
                "  --probe                  check: ask the server for a call as well\n"
                "  --output=FILE            dump, metrics: into a file, in one step\n"
                "  --root=DIRECTORY         look below it, for the files alone\n"
                "  --help, --version\n"
                "\n"
                "See pptpctl(8); pptp-failures(7) lists the failures.\n");
}

static bool asks_for_help(const char *argument) {
        return strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0;
}

static const Command *find_command(const char *name) {
        for (size_t i = 0; i < ELEMENTSOF(commands); i++)
                if (strcmp(name, commands[i].name) == 0)
                        return &commands[i];

        return NULL;
}

/* Options may stand in front of the command: "pptpctl --json status onenet". */
static void put_command_first(int argc, char **argv) {
        int n = 1;

        while (n < argc && argv[n][0] == '-')
                n++;
        if (n < argc && find_command(argv[n])) {
                char *name = argv[n];

                memmove(&argv[2], &argv[1], (size_t) (n - 1) * sizeof(*argv));
                argv[1] = name;
        }
}

/* "pptpctl onenet" is "pptpctl list onenet", unless a command has that name. */
static bool is_tunnel(int argc, char **argv) {
        const char *root = "";

        for (int i = 2; i < argc; i++)
                if (strncmp(argv[i], "--root=", strlen("--root=")) == 0)
                        root = argv[i] + strlen("--root=");

        return tunnel_views_has(root, argv[1]);
}

int main(int argc, char **argv) {
        const Command *command;

        if (argc < 2)
                return ctl_list(argc, argv);

        if (asks_for_help(argv[1]) || (argc > 2 && asks_for_help(argv[2]))) {
                print_help(stdout);
                return 0;
        }
        if (strcmp(argv[1], "--version") == 0) {
                printf("pptpctl %s\n", PROJECT_VERSION);
                return 0;
        }

        put_command_first(argc, argv);
        if (argv[1][0] == '-')
                return ctl_list(argc, argv);

        command = find_command(argv[1]);
        if (command)
                return command->run(argc - 1, argv + 1);
        if (is_tunnel(argc, argv))
                return ctl_list(argc, argv);

        fprintf(stderr, "pptpctl: there is no command \"%s\"; see pptpctl --help\n", argv[1]);
        return EX_USAGE;
}
