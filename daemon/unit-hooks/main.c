/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * pptp-hooks: has systemd start the units of [Hooks] when a tunnel has come up, and when it is no
 * longer. Started by systemd when a supervisor connects to its socket; it has the way to systemd
 * that the sandbox of a tunnel must not have. See pptp@.service(8).
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <systemd/sd-daemon.h>

#include "core/base/paths.h"
#include "io/unit.h"
#include "unit-hooks/unit-hooks.h"

static const char help[] = "pptp-hooks\n"
                           "\n"
                           "Has systemd start the units of [Hooks] of PPTP tunnels.\n"
                           "Meant to be run by pptp-hooks.socket.\n";

/*
 * Whose units are started is not asked but looked up: a supervisor that has been taken over cannot
 * speak for another tunnel.
 */
static int serve(int fd) {
        static const char refusal[] = "Up= and Down= start nothing: this is not its unit";
        char tunnel[256], unit[sizeof(tunnel) + sizeof("pptp@.service")];
        Journal journal;
        int r;

        r = unit_get_tunnel_of_peer(fd, tunnel, sizeof(tunnel));
        if (r < 0) {
                (void) send(fd, refusal, strlen(refusal), MSG_NOSIGNAL | MSG_DONTWAIT);
                return r;
        }

        snprintf(unit, sizeof(unit), "pptp@%s.service", tunnel);
        journal_init(&journal, tunnel, JOURNAL_SOCKET);
        journal.identifier = "pptp-hooks";
        journal.unit = unit;
        r = unit_hooks_serve(fd, tunnel, "", PATHS_HOOKS_DIRECTORY, &journal);
        journal_done(&journal);
        return r;
}

int main(int argc, _unused_ char *argv[]) {
        int r;

        if (argc != 1 || sd_listen_fds(true) != 1) {
                fputs(help, stderr);
                return EX_USAGE;
        }

        /* Whoever has taken over a supervisor must not get to systemd by /proc/PID/root either. */
        if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0) {
                fprintf(stderr, SD_ERR "Cannot set up the process: %s\n", strerror(errno));
                return EX_OSERR;
        }

        r = serve(SD_LISTEN_FDS_START);
        if (r < 0) {
                fprintf(stderr, SD_WARNING "No supervisor of a tunnel is connected: %s\n",
                        strerror(-r));
                return EX_NOPERM;
        }

        return EX_OK;
}
