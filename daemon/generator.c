/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * systemd.generator(7): gives the units of those tunnels that have NetworkNamespace= the rights
 * that this needs, and no others. systemd runs it at boot and with each "systemctl daemon-reload".
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "core/base/paths.h"
#include "io/config-files.h"

#define DROP_IN PATHS_LIBRARY_DIRECTORY "/namespace.conf"

/*
 * Whether the tunnel has NetworkNamespace=. A configuration with errors counts as without: that
 * tunnel does not start.
 */
static bool wants_namespace(const ConfigFiles *files, const char *name) {
        ConfigProblems problems = { 0 };
        Config *config = NULL;
        bool wants;

        (void) config_files_load_from(files, name, &config, &problems);
        wants = config && config->network_namespace;

        config_problems_done(&problems);
        config_free(config);
        return wants;
}

static int add_drop_in(const char *directory, const char *name) {
        _cleanup_free_ char *folder = NULL, *link = NULL;

        if (asprintf(&folder, "%s/pptp@%s.service.d", directory, name) < 0 ||
            asprintf(&link, "%s/namespace.conf", folder) < 0)
                return -ENOMEM;

        if (mkdir(folder, 0755) < 0 && errno != EEXIST)
                return -errno;

        return symlink(DROP_IN, link) < 0 && errno != EEXIST ? -errno : 0;
}

int main(int argc, char *argv[]) {
        _cleanup_(config_files_freep) ConfigFiles *files = NULL;
        char **names;
        size_t n;
        int r;

        if (argc < 2) {
                fprintf(stderr, "usage: %s DIRECTORY, as systemd.generator(7) says\n", argv[0]);
                return EX_USAGE;
        }

        r = config_files_new("", &files);
        if (r < 0) {
                fprintf(stderr, "pptp-generator: cannot read the configuration: %s\n",
                        strerror(-r));
                return EX_OSERR;
        }

        names = config_files_get_names(files, &n);
        for (size_t i = 0; i < n; i++) {
                if (!wants_namespace(files, names[i]))
                        continue;

                r = add_drop_in(argv[1], names[i]);
                if (r < 0)
                        fprintf(stderr, "pptp-generator: %s: %s\n", names[i], strerror(-r));
        }

        return EX_OK;
}
