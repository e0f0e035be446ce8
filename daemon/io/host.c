/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/host.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <systemd/sd-id128.h>
#include <unistd.h>

#include "core/base/hash.h"
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

bool host_is_container(void) {
        const char *container = getenv("container");

        /* systemd takes an empty one for none: detect_container() of its virt.c. */
        return (container && container[0] != '\0') || access("/run/systemd/container", F_OK) == 0;
}

void host_make_ipv6_id(const char *tunnel, char ret_id[static HOST_IPV6_ID_MAX_BYTES]) {
        /* Any number that no other program derives its own from. */
        static const sd_id128_t purpose =
                SD_ID128_MAKE(5f, 0c, 8e, 1d, 73, 2a, 4b, 96, a8, 41, de, 09, 37, c4, 6b, f2);
        sd_id128_t machine = SD_ID128_NULL; /* also where this host has no id */
        uint64_t id;

        (void) sd_id128_get_machine_app_specific(purpose, &machine);
        id = machine.qwords[0] ^ hash_bytes(tunnel, strlen(tunnel));
        /* RFC 4291, section 2.5.1: the universal bit is 0, as nobody has assigned it. 0 is none. */
        id = (id & ~(UINT64_C(2) << 56)) | 1;
        snprintf(ret_id, HOST_IPV6_ID_MAX_BYTES, "::%x:%x:%x:%x", (unsigned) (id >> 48),
                 (unsigned) (id >> 32 & 0xffff), (unsigned) (id >> 16 & 0xffff),
                 (unsigned) (id & 0xffff));
}
