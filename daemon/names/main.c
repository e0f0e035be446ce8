/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * pptp-names: registers name servers and domains of tunnels with the resolver of this host. Started
 * by systemd when a supervisor connects to its socket; it has the way to the system's bus that the
 * sandbox of a tunnel must not have, and nothing else. See pptp@.service(8).
 */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <systemd/sd-daemon.h>

#include "core/base/macros.h"
#include "names/names-server.h"

static const char help[] =
        "pptp-names resolved|resolvconf\n"
        "\n"
        "Registers the name servers of PPTP tunnels with systemd-resolved, or with resolvconf(8).\n"
        "Meant to be run by pptp-names.socket and pptp-resolvconf.socket.\n";

static const BackendType *find_backend(const char *name) {
        if (strcmp(name, "resolved") == 0)
                return &backend_resolved;
        if (strcmp(name, "resolvconf") == 0)
                return &backend_resolvconf;

        return NULL;
}

/* Signals arrive through the event loop. */
static int set_up_signals(sd_event *event) {
        sigset_t mask;
        int r;

        sigemptyset(&mask);
        sigaddset(&mask, SIGTERM);
        sigaddset(&mask, SIGINT);
        sigaddset(&mask, SIGCHLD);
        if (sigprocmask(SIG_BLOCK, &mask, NULL) < 0)
                return -errno;

        r = sd_event_add_signal(event, NULL, SIGTERM, NULL, NULL);
        if (r < 0)
                return r;

        return sd_event_add_signal(event, NULL, SIGINT, NULL, NULL);
}

static int run(const BackendType *type) {
        _cleanup_(names_server_freep) NamesServer *server = NULL;
        _cleanup_(sd_event_unrefp) sd_event *event = NULL;
        int r;

        if (sd_listen_fds(true) != 1)
                return -EBADF;

        r = sd_event_default(&event);
        if (r >= 0)
                r = set_up_signals(event);
        if (r >= 0)
                r = names_server_new(event, SD_LISTEN_FDS_START, type, &server);
        if (r < 0)
                return r;

        (void) sd_notify(false, "READY=1");
        return sd_event_loop(event);
}

int main(int argc, char *argv[]) {
        const BackendType *type = argc == 2 ? find_backend(argv[1]) : NULL;
        int r;

        if (!type) {
                fputs(help, stderr);
                return EX_USAGE;
        }

        r = run(type);
        if (r < 0) {
                fprintf(stderr, SD_ERR "Cannot serve tunnels: %s\n", strerror(-r));
                return EX_OSERR;
        }

        return EX_OK;
}
