/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * systemd.generator(7): links drop-ins to the units of some tunnels. Those that have
 * NetworkNamespace= get the rights that this needs, and no others do. Those that have PasswordFile=
 * and no credential need none. systemd runs it at boot and with each "systemctl daemon-reload".
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
#include "io/credentials.h"

static bool wants_namespace(const Config *config) {
        return config->network_namespace;
}

/* A credential that is there would be taken in the place of the file. */
static bool wants_no_credentials(const Config *config) {
        return config->password_file && !credentials_find_stored(config->name);
}

static const struct {
        bool (*is_wanted)(const Config *config);
        const char *target; /* what the link leads to */
        const char *name;   /* of the link */
} drop_ins[] = {
        { wants_namespace, PATHS_LIBRARY_DIRECTORY "/namespace.conf", "namespace.conf" },
        { wants_no_credentials, PATHS_LIBRARY_DIRECTORY "/no-credentials.conf",
          CREDENTIALS_RESET_DROP_IN },
};

static int add_drop_in(const char *directory, const char *tunnel, const char *target,
                       const char *name) {

        _cleanup_free_ char *folder = NULL, *link = NULL;

        if (asprintf(&folder, "%s/pptp@%s.service.d", directory, tunnel) < 0 ||
            asprintf(&link, "%s/%s", folder, name) < 0)
                return -ENOMEM;

        if (mkdir(folder, 0755) < 0 && errno != EEXIST)
                return -errno;

        return symlink(target, link) < 0 && errno != EEXIST ? -errno : 0;
}

/* Does nothing for a configuration with errors: that tunnel does not start. */
static int add_drop_ins(const char *directory, const ConfigFiles *files, const char *tunnel) {
        ConfigProblems problems = { 0 };
        Config *config = NULL;
        int r = 0;

        (void) config_files_load_from(files, tunnel, &config, &problems);
        for (size_t i = 0; config && r >= 0 && i < ELEMENTSOF(drop_ins); i++)
                if (drop_ins[i].is_wanted(config))
                        r = add_drop_in(directory, tunnel, drop_ins[i].target, drop_ins[i].name);

        config_problems_done(&problems);
        config_free(config);
        return r;
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
                r = add_drop_ins(argv[1], files, names[i]);
                if (r < 0)
                        fprintf(stderr, "pptp-generator: %s: %s\n", names[i], strerror(-r));
        }

        return EX_OK;
}
