/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The request of "systemctl reload": to read the configuration again, through a socket in the
 * tunnel's run-time folder. For what programs ask see supervisor-varlink.c.
 */

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <syslog.h>
#include <unistd.h>

#include "io/tunnel-socket.h"
#include "supervisor/supervisor-internal.h"
#include "supervisor/supervisor.h"

static void on_reload_asked(_unused_ RequestSocket *socket, void *userdata) {
        supervisor_reload_asked(userdata);
}

/* A tunnel works without them. */
static void listen_at(Supervisor *s, const char *request, RequestSocketFunc func,
                      RequestSocket **ret_socket) {

        char path[PATH_MAX];
        int r;

        request_socket_path(s->config->name, request, path, sizeof(path));
        r = request_socket_new(s->event, path, func, s, ret_socket);
        if (r < 0)
                journal_print(s->journal, LOG_WARNING, "Cannot listen at %s: %s, ignoring", path,
                              strerror(-r));
}

void supervisor_requests_init(Supervisor *s) {
        listen_at(s, REQUEST_SOCKET_RELOAD, on_reload_asked, &s->requests.reload);
}

void supervisor_requests_done(Supervisor *s) {
        s->requests.reload = request_socket_free(s->requests.reload);
}

void supervisor_requests_remove(const char *name) {
        char path[PATH_MAX];

        request_socket_path(name, REQUEST_SOCKET_RELOAD, path, sizeof(path));
        (void) unlink(path);
        tunnel_socket_path(name, path, sizeof(path));
        (void) unlink(path);
}

int supervisor_ask_reload(const char *name) {
        char path[PATH_MAX];
        int r, result = EX_UNAVAILABLE;

        request_socket_path(name, REQUEST_SOCKET_RELOAD, path, sizeof(path));
        r = request_socket_ask(path, &result);
        if (r < 0)
                fprintf(stderr, "pptp-supervisor: the tunnel %s does not answer at %s: %s\n", name,
                        path, strerror(-r));

        return result;
}
