/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/host.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "core/base/macros.h"

static void close_file(FILE **file) {
        if (*file)
                fclose(*file);
}

/* "kernel/drivers/net/ppp/ppp_mppe.ko"; the file's name may have dashes for underscores. */
static bool path_is_module(const char *path, const char *name) {
        const char *base = strrchr(path, '/');

        for (base = base ? base + 1 : path; *name; base++, name++)
                if (*base != *name && !(*base == '-' && *name == '_'))
                        return false;

        return strncmp(base, ".ko", 3) == 0;
}

/* Built-in modules without parameters are not in sysfs, but in a list beside the others. */
static bool is_built_in(const char *name) {
        _cleanup_(close_file) FILE *file = NULL;
        struct utsname kernel;
        char path[256];

        if (uname(&kernel) < 0)
                return true;

        snprintf(path, sizeof(path), "/lib/modules/%s/modules.builtin", kernel.release);
        file = fopen(path, "re");
        if (!file)
                return false; /* the kernel was replaced, or never had modules */

        while (fgets(path, sizeof(path), file))
                if (path_is_module(path, name))
                        return true;

        return false;
}

bool host_has_module(const char *name) {
        char path[128];

        if (access("/sys/module", X_OK) < 0)
                return true;

        snprintf(path, sizeof(path), "/sys/module/%s", name);
        return access(path, F_OK) == 0 || is_built_in(name);
}

bool host_is_fips(void) {
        _cleanup_(close_file) FILE *file = NULL;

        file = fopen("/proc/sys/crypto/fips_enabled", "re");
        return file && fgetc(file) == '1';
}

bool host_forwards(const char *ifname) {
        _cleanup_(close_file) FILE *file = NULL;
        char path[64 + IF_NAMESIZE];

        snprintf(path, sizeof(path), "/proc/sys/net/ipv4/conf/%s/forwarding", ifname);
        file = fopen(path, "re");
        return file && fgetc(file) == '1';
}

bool host_is_container(void) {
        return access("/run/systemd/container", F_OK) == 0;
}
