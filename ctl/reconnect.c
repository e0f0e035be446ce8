/* SPDX-License-Identifier: GPL-2.0-or-later */

/* pptpctl reconnect: makes running tunnels close their connections and dial again. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "core/base/macros.h"
#include "ctl.h"
#include "io/config-files.h"
#include "io/config-near-miss.h"

static bool is_configured(const char *name) {
        _cleanup_(config_files_freep) ConfigFiles *files = NULL;

        return config_files_new("", &files) >= 0 && config_files_has_name(files, name);
}

/* Prints why the supervisor does not answer. Returns an exit status. */
static int report(const char *name, int error) {
        if (error == -EACCES || error == -EPERM) {
                fprintf(stderr, "pptpctl: %s: only root may have a tunnel reconnect\n", name);
                return EX_NOPERM;
        }
        if (error == -ENOENT && !is_configured(name)) {
                fprintf(stderr, "pptpctl: there is no tunnel \"%s\"\n", name);
                return CTL_UNKNOWN;
        }
        if (error == -ENOENT || error == -ECONNREFUSED) {
                fprintf(stderr, "pptpctl: %s does not run; systemctl start pptp@%s\n", name, name);
                return CTL_NOT_UP;
        }

        fprintf(stderr, "pptpctl: %s does not answer: %s\n", name, strerror(-error));
        return EX_UNAVAILABLE;
}

static int reconnect(const char *argument) {
        _cleanup_free_ char *name = config_near_miss_strip(argument);
        int r;

        if (!name)
                return EX_OSERR;

        r = ctl_call_tunnel(name, "Reconnect");
        return r < 0 ? report(name, r) : EX_OK;
}

int ctl_reconnect(int argc, char **argv) {
        CtlOptions options;
        int result = 0, first;

        first = ctl_parse_options(argc, argv, 0, &options);
        if (first < 0)
                return EX_USAGE;
        if (first == argc) {
                fprintf(stderr, "pptpctl reconnect: name a tunnel; \"pptpctl list\" has all\n");
                return EX_USAGE;
        }

        for (int i = first; i < argc; i++)
                result = MAX(result, reconnect(argv[i]));

        return result;
}
