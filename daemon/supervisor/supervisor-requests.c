/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What others may ask of a supervisor that runs, each through a socket of its own in the tunnel's
 * run-time folder: to read its configuration again, to connect anew, and to write down what its
 * flight recorder has.
 */

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <syslog.h>
#include <unistd.h>

#include "core/base/macros.h"
#include "supervisor/supervisor-internal.h"
#include "supervisor/supervisor.h"

static void on_reload_asked(_unused_ RequestSocket *socket, void *userdata) {
        supervisor_reload_asked(userdata);
}

/* The answer says that the tunnel has been told, and not that it is up again. */
static void on_reconnect_asked(RequestSocket *socket, void *userdata) {
        supervisor_feed(userdata, &(TunnelEvent){ .type = TUNNEL_EVENT_RECONNECT });
        request_socket_answer(socket, EX_OK);
}

/* The answer comes once the file is there. */
static void on_record_asked(RequestSocket *socket, void *userdata) {
        int r;

        r = supervisor_write_recording(userdata);
        request_socket_answer(socket, r < 0 ? EX_IOERR : EX_OK);
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
        listen_at(s, REQUEST_SOCKET_RECONNECT, on_reconnect_asked, &s->requests.reconnect);
        listen_at(s, REQUEST_SOCKET_RECORD, on_record_asked, &s->requests.record);
}

void supervisor_requests_done(Supervisor *s) {
        s->requests.reload = request_socket_free(s->requests.reload);
        s->requests.reconnect = request_socket_free(s->requests.reconnect);
        s->requests.record = request_socket_free(s->requests.record);
}

void supervisor_requests_remove(const char *name) {
        static const char *const requests[] = {
                REQUEST_SOCKET_RELOAD,
                REQUEST_SOCKET_RECONNECT,
                REQUEST_SOCKET_RECORD,
        };
        char path[PATH_MAX];

        for (size_t i = 0; i < ELEMENTSOF(requests); i++) {
                request_socket_path(name, requests[i], path, sizeof(path));
                (void) unlink(path);
        }
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
