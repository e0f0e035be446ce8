/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/resolvconf-program.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/macros.h"
#include "io/fd.h"

/* Where the scripts of both packages are, whether or not /sbin is /usr/sbin. */
static const char *const programs[] = { "/usr/sbin/resolvconf", "/sbin/resolvconf" };

/*
 * openresolv's configuration, a script. It writes files for local name servers, whether they run or
 * not; this line has programs ask one of them (resolvconf.conf(5)).
 */
#define OPENRESOLV_CONFIG "/etc/resolvconf.conf"
#define OPENRESOLV_LOCAL "name_servers="

/*
 * systemd-resolved has a link of that name to resolvectl(1): without systemd-resolved it is none.
 */
static bool is_resolvconf(const char *path) {
        _cleanup_free_ char *target = realpath(path, NULL);
        const char *name = target ? strrchr(target, '/') : NULL;

        return name && access(path, X_OK) == 0 && strcmp(name, "/resolvectl") != 0 &&
                strcmp(name, "/systemd-resolve") != 0;
}

/* openresolv's script names itself; so does no other. */
static bool is_openresolv(const char *path) {
        _cleanup_close_ int fd = -EBADF;
        char script[64 * 1024];
        ssize_t n;

        fd = open(path, O_RDONLY | O_CLOEXEC);
        n = fd < 0 ? -1 : fd_read_whole(fd, script, sizeof(script));
        return n > 0 && memmem(script, (size_t) n, "openresolv", strlen("openresolv"));
}

/* Whether programs ask a name server of this host, which tells domains apart: -p is for that. */
static bool has_local_server(void) {
        FILE *file = fopen(OPENRESOLV_CONFIG, "re");
        char line[512];
        bool found = false;

        while (file && !found && fgets(line, sizeof(line), file))
                found = strncmp(line, OPENRESOLV_LOCAL, strlen(OPENRESOLV_LOCAL)) == 0 &&
                        (strstr(line, "127.") || strstr(line, "::1"));

        if (file)
                fclose(file);
        return found;
}

ResolvconfProgram resolvconf_program_find(void) {
        ResolvconfProgram p = { 0 };

        for (size_t i = 0; i < ELEMENTSOF(programs) && !p.path; i++)
                if (is_resolvconf(programs[i]))
                        p.path = programs[i];
        p.is_openresolv = p.path && is_openresolv(p.path);
        p.can_split = p.is_openresolv && has_local_server();
        return p;
}
