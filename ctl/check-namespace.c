/* SPDX-License-Identifier: GPL-2.0-or-later */

/* pptpctl check: looks at the network namespace that NetworkNamespace= names. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check-parts.h"
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

static void check_existence(CheckReport *r, const Config *c) {
        const char *name = c->network_namespace;
        _cleanup_close_ int fd = -EBADF;
        int e;

        e = namespace_open(name, &fd);
        if (e == 0)
                check_add(r, CHECK_OK, "namespace", NULL, "%s is there", name);
        else if (e == NAMESPACE_E_OTHER)
                check_add(r, CHECK_ERROR, "namespace",
                          "remove the file; \"ip netns list\" shows what is a namespace",
                          "%s is no network namespace", name);
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
