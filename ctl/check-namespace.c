/* SPDX-License-Identifier: GPL-2.0-or-later */

/* pptpctl check: looks at the network namespace that NetworkNamespace= names. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check-parts.h"
#include "config-lines.h"
#include "core/base/paths.h"
#include "io/fd.h"
#include "io/namespace.h"

/* Where the drop-in may be: put there by pptp-generator or by an administrator. */
static const char *const unit_directories[] = {
        "/run/systemd/generator",
        "/run/systemd/system",
        "/etc/systemd/system",
};

static void check_rights(CheckReport *r, const Config *c) {
        char path[512], remedy[512];

        for (size_t i = 0; i < ELEMENTSOF(unit_directories); i++) {
                snprintf(path, sizeof(path), "%s/pptp@%s.service.d/namespace.conf",
                         unit_directories[i], c->name);
                if (access(path, F_OK) == 0) {
                        check_add(r, CHECK_OK, "rights", NULL,
                                  "the unit may enter network namespaces");
                        return;
                }
        }

        snprintf(remedy, sizeof(remedy),
                 "run \"systemctl daemon-reload\", then \"systemctl restart pptp@%s\"", c->name);
        check_add(r, CHECK_ERROR, "rights", remedy,
                  "systemd has not read its units since NetworkNamespace= was added");
}

/*
 * Whether a path is of an empty file in the directory of ip-netns(8), on which nothing is mounted:
 * what is left of a name when its namespace is unmounted, and of no other use. ret_path takes the
 * path.
 */
static bool is_left_over(const char *name, char *ret_path, size_t n_path) {
        const char prefix[] = NAMESPACE_DIRECTORY "/";
        struct stat directory, file;

        if (strncmp(name, prefix, strlen(prefix)) == 0)
                name += strlen(prefix);
        if (name[0] == '\0' || strchr(name, '/'))
                return false;

        snprintf(ret_path, n_path, "%s%s", prefix, name);
        return stat(NAMESPACE_DIRECTORY, &directory) == 0 && lstat(ret_path, &file) == 0 &&
                S_ISREG(file.st_mode) && file.st_size == 0 && file.st_dev == directory.st_dev;
}

static void report_left_over(CheckReport *r, const char *path) {
        char remedy[CONFIG_LINE_MAX_BYTES];

        snprintf(remedy, sizeof(remedy), "run \"rm %s\", unless \"ip netns add\" is at work on it",
                 path);
        check_add(r, CHECK_ERROR, "namespace", remedy,
                  "%s is no network namespace, but an empty file that one left behind", path);
}

/* It belongs to somebody: the line that names it is wrong. */
static void report_other(CheckReport *r, const Config *c) {
        _cleanup_(config_overview_freep) ConfigOverview *overview = NULL;
        char where[CONFIG_LINE_MAX_BYTES] = "", remedy[2 * CONFIG_LINE_MAX_BYTES];
        const ConfigOverviewLine *line = NULL;

        if (config_lines_read(c, &overview) >= 0)
                line = config_lines_find(overview, "Tunnel", "NetworkNamespace");
        if (line) {
                r->file = line->file;
                r->line = line->line;
                snprintf(where, sizeof(where), " in %s:%u", line->file, line->line);
        }
        snprintf(
                remedy, sizeof(remedy),
                "correct NetworkNamespace=%s: write a name, as \"ip netns list\" shows them, or the "
                "path of a network namespace",
                where);
        check_add(r, CHECK_ERROR, "namespace", remedy, "%s is no network namespace",
                  c->network_namespace);
        r->file = NULL;
        r->line = 0;
}

static void check_existence(CheckReport *r, const Config *c) {
        const char *name = c->network_namespace;
        char path[CONFIG_LINE_MAX_BYTES / 2];
        _cleanup_close_ int fd = -EBADF;
        int e;

        e = namespace_open(name, &fd);
        /* ip-netns(8) makes its files with mode 000: then e is -EACCES. */
        if (e != 0 && is_left_over(name, path, sizeof(path)))
                report_left_over(r, path);
        else if (e == 0)
                check_add(r, CHECK_OK, "namespace", NULL, "%s is there", name);
        else if (e == NAMESPACE_E_OTHER)
                report_other(r, c);
        else if (e == -ENOENT && name[0] != '/')
                check_add(r, CHECK_OK, "namespace", NULL, "%s is made when the unit starts", name);
        else if (e == -ENOENT)
                check_add(r, CHECK_WARNING, "namespace",
                          "start what makes it; the tunnel waits until it is there",
                          "%s is not there", name);
        else
                check_add(r, CHECK_WARNING, "namespace", NULL, "%s cannot be looked at: %s", name,
                          strerror(-e));
}

void check_namespace(CheckReport *r, const Config *c) {
        if (!c->network_namespace)
                return;

        check_rights(r, c);
        check_existence(r, c);
}
