/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The tunnel as a service of Varlink, for programs: everybody may look, as at the state file, and
 * root may have it reconnect or write down what is recorded.
 */

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "core/status/status-json.h"
#include "io/names.h"
#include "io/recording-file.h"
#include "io/state-file.h"
#include "io/tunnel-socket.h"
#include "supervisor/supervisor-internal.h"

/* Room for a tunnel's name around its state. */
#define NAME_ROOM_BYTES 1024

/* The state as it was last written to the file. */
static void reply_state(VarlinkConnection *c, Supervisor *s, bool continues) {
        size_t n_state = STATUS_JSON_MAX_BYTES(strlen(s->saved_status));
        _cleanup_free_ char *reply = malloc(NAME_ROOM_BYTES + n_state);
        TextBuilder b;
        int n;

        if (!reply)
                return; /* the call is answered with an error */

        b = text_builder(reply, NAME_ROOM_BYTES);
        text_add(&b, "{\"name\":");
        varlink_add_text(&b, s->config->name);
        text_add(&b, ",\"state\":");
        n = status_json_write(s->saved_status, reply + b.n_text, n_state);
        if (n < 0)
                return;

        strcpy(reply + b.n_text + n, "}");
        varlink_reply(c, reply, continues);
}

/* All tunnels that have a state, since whoever found one socket knows their folder. */
static void reply_list(VarlinkConnection *c) {
        _cleanup_free_ char *reply = NULL;
        char **names = NULL;
        size_t n_reply = NAME_ROOM_BYTES;
        TextBuilder b;

        (void) state_file_list("", &names);
        for (size_t i = 0; names && names[i]; i++)
                n_reply += 2 * strlen(names[i]) + 3;
        reply = malloc(n_reply);
        if (!reply) {
                names_free(names);
                return;
        }

        b = text_builder(reply, n_reply);
        text_add(&b, "{\"tunnels\":[");
        for (size_t i = 0; names && names[i]; i++) {
                text_add(&b, i > 0 ? "," : "");
                varlink_add_text(&b, names[i]);
        }
        text_add(&b, "]}");
        names_free(names);
        varlink_reply(c, reply, false);
}

static void dump(VarlinkConnection *c, Supervisor *s) {
        char path[PATH_MAX], reply[2 * PATH_MAX];
        TextBuilder b = text_builder(reply, sizeof(reply));

        if (supervisor_write_recording(s) < 0) {
                varlink_fail(c, TUNNEL_INTERFACE ".NotWritten", NULL, NULL);
                return;
        }

        recording_file_path("", s->config->name, RECORDING_RUNNING, path, sizeof(path));
        text_add(&b, "{\"file\":");
        varlink_add_text(&b, path);
        text_add(&b, "}");
        varlink_reply(c, reply, false);
}

static void on_call(VarlinkConnection *c, const char *method, const VarlinkMessage *call,
                    void *userdata) {

        Supervisor *s = userdata;
        bool is_root = varlink_connection_is_root(c);

        if (strcmp(method, "Describe") == 0)
                reply_state(c, s, false);
        else if (strcmp(method, "List") == 0)
                reply_list(c);
        else if (strcmp(method, "Monitor") == 0 && !call->more)
                varlink_fail(c, VARLINK_ERROR_MORE, NULL, NULL);
        else if (strcmp(method, "Monitor") == 0)
                varlink_follow(c);
        else if (strcmp(method, "Reconnect") != 0 && strcmp(method, "Dump") != 0)
                varlink_fail(c, VARLINK_ERROR_METHOD, "method", call->method);
        else if (!is_root)
                varlink_fail(c, VARLINK_ERROR_PERMISSION, NULL, NULL);
        else if (strcmp(method, "Dump") == 0)
                dump(c, s);
        else {
                /* The answer says that the tunnel has been told, and not that it is up again. */
                supervisor_feed(s, &(TunnelEvent){ .type = TUNNEL_EVENT_RECONNECT });
                varlink_reply(c, NULL, false);
        }
}

static void on_follow(VarlinkConnection *c, void *userdata) {
        reply_state(c, userdata, true);
}

static const VarlinkService service = {
        .vendor = "pptp-supervisor",
        .product = "pptp-supervisor",
        .version = PROJECT_VERSION,
        .url = "https://varlink.org",
        .interface = TUNNEL_INTERFACE,
        .description = TUNNEL_INTERFACE_DESCRIPTION "error NotWritten ()\n",
        .on_call = on_call,
        .on_follow = on_follow,
};

void supervisor_varlink_init(Supervisor *s) {
        char path[PATH_MAX];
        int r;

        tunnel_socket_path(s->config->name, path, sizeof(path));
        r = varlink_server_new(s->event, path, &service, s, &s->varlink);
        if (r < 0)
                journal_print(s->journal, LOG_WARNING, "Cannot listen at %s: %s, ignoring", path,
                              strerror(-r));
}

void supervisor_varlink_done(Supervisor *s) {
        s->varlink = varlink_server_free(s->varlink);
}
