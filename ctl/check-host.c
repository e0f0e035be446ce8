/* SPDX-License-Identifier: GPL-2.0-or-later */

/* pptpctl check: looks at this host, its kernel and its pppd. Loads and changes nothing. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check-parts.h"
#include "io/host.h"
#include "io/pppd.h"
#include "io/program.h"

/* EXIT_OPTION_ERROR of pppd.h: pppd reads /etc/ppp/options before its arguments. */
#define PPPD_EXIT_OPTION_ERROR 2

#define PLUGIN_PATH "/usr/lib/pppd/%s/pptp-supervisor.so"

/* Whether the kernel has a module: loaded, built in, or in a file that can be loaded. */
static bool has_module(const char *name) {
        const char *const argv[] = { "modprobe", "--dry-run", "--quiet", name, NULL };

        return host_has_module(name) || program_run(argv, -1, -1) == 0;
}

static void check_modules(CheckReport *r, const Config *c) {
        static const char *const names[] = { "ppp_generic", "pppox", "gre", "pptp", "ppp_mppe" };
        size_t n = c->mppe == CONFIG_MPPE_NO ? ELEMENTSOF(names) - 1 : ELEMENTSOF(names);
        bool good = true;

        for (size_t i = 0; i < n; i++)
                if (!has_module(names[i])) {
                        check_add(r, CHECK_ERROR, "kernel",
                                  "reboot after a kernel update; install the distribution's full "
                                  "kernel",
                                  "the module %s is missing", names[i]);
                        good = false;
                }
        if (good)
                check_add(r, CHECK_OK, "kernel", NULL, "has all modules that are needed");

        if (host_is_fips() && c->mppe != CONFIG_MPPE_NO)
                check_add(r, CHECK_ERROR, "kernel", "MPPE needs RC4: boot without fips=1",
                          "runs in FIPS mode, which forbids MPPE");
}

static void check_device(CheckReport *r) {
        int e = pppd_check_device();

        if (e == 0)
                check_add(r, CHECK_OK, PPPD_DEVICE, NULL, "can be opened");
        else if (geteuid() != 0 && e == -EACCES)
                check_add(r, CHECK_WARNING, PPPD_DEVICE, "run this as root",
                          "can only be looked at by root");
        else
                check_add(r, CHECK_ERROR, PPPD_DEVICE,
                          host_is_container() ? "hand /dev/ppp over to the container" :
                                                "modprobe ppp_generic",
                          "cannot be opened: %s", strerror(-e));
}

static void check_pppd(CheckReport *r) {
        const char *const argv[] = { PPPD_PROGRAM, "--version", NULL };
        char output[256], version[32], plugin[128];
        int e = pppd_check_program(), result;

        if (e == -EACCES && geteuid() != 0) {
                check_add(r, CHECK_WARNING, "pppd", "run this as root",
                          "%s can only be run by root", PPPD_PROGRAM);
                return;
        }
        if (e < 0) {
                check_add(r, CHECK_ERROR, "pppd", "install the package ppp", "%s: %s", PPPD_PROGRAM,
                          strerror(-e));
                return;
        }

        /* "pppd version 2.4.9" */
        result = program_capture(argv, -1, output, sizeof(output));
        if (result == PPPD_EXIT_OPTION_ERROR) {
                check_add(r, CHECK_WARNING, "pppd", "\"pppd --version\" says what is wrong there",
                          "does not say its version, since it refuses /etc/ppp/options; the tunnel "
                          "does without that file");
                return;
        }
        if (result != 0 || sscanf(output, "pppd version %31s", version) != 1) {
                check_add(r, CHECK_WARNING, "pppd", "reinstall the package ppp",
                          "does not say its version");
                return;
        }

        snprintf(plugin, sizeof(plugin), PLUGIN_PATH, version);
        if (access(plugin, R_OK) < 0)
                check_add(r, CHECK_ERROR, "pppd",
                          "reinstall pptp-supervisor in a build for this version of pppd",
                          "is %s, and the plugin for it is not there: %s", version, plugin);
        else
                check_add(r, CHECK_OK, "pppd", NULL, "%s, with the plugin for it", version);
}

void check_host(CheckReport *r, const Config *c) {
        check_modules(r, c);
        check_device(r);
        check_pppd(r);
}
