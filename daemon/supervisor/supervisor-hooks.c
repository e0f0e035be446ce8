/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * [Hooks]: tells pptp-hooks, which has systemd start units, that the tunnel has come up, and that
 * it is not up any more. Nothing here can end the tunnel.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "core/base/paths.h"
#include "supervisor/supervisor-internal.h"

/* Where systemd listens for pptp-hooks: units/pptp-hooks.socket. */
#define HOOKS_SOCKET PATHS_HOOKS_DIRECTORY "/socket"
/* A link to /dev/null after "systemctl mask". */
#define HOOKS_SOCKET_MASK "/etc/systemd/system/pptp-hooks.socket"

static void hooks_failed(Supervisor *s, const char *text) {
        snprintf(s->hooks.trouble, sizeof(s->hooks.trouble), "%s", text);
        journal_print(s->journal, LOG_WARNING, "[Hooks] %s, ignoring", text);
        supervisor_status_changed(s);
}

static void on_hooks(const char *text, void *userdata) {
        Supervisor *s = userdata;

        if (text) {
                hooks_failed(s, text);
                return;
        }

        s->hooks.channel = hooks_channel_free(s->hooks.channel);
        /* After a refusal, which has been told, it has nothing to wait for. */
        if (s->hooks.trouble[0] == '\0')
                hooks_failed(s,
                             "Down= starts nothing after this connection: pptp-hooks has ended "
                             "(journalctl -u \"pptp-hooks@*\" says why)");
}

static int hooks_send_status(Supervisor *s) {
        char text[STATUS_MAX_BYTES];
        int n;

        n = supervisor_write_status(s, text, sizeof(text));
        return n < 0 ? n : hooks_channel_send(s->hooks.channel, text, (size_t) n);
}

/*
 * What has systemd listen again. A mask below /run the sandbox hides; of that one, the command that
 * is given here tells.
 */
static const char *hooks_remedy(void) {
        char target[sizeof("/dev/null")];
        ssize_t n;

        n = readlink(HOOKS_SOCKET_MASK, target, sizeof(target));
        if (n == (ssize_t) strlen("/dev/null") && memcmp(target, "/dev/null", (size_t) n) == 0)
                return " (systemctl unmask pptp-hooks.socket && systemctl start pptp-hooks.socket)";

        return " (systemctl start pptp-hooks.socket)";
}

static void hooks_up(Supervisor *s) {
        char text[256];
        int r;

        s->hooks.trouble[0] = '\0';
        if (s->config->n_up_units + s->config->n_down_units == 0)
                return;

        r = hooks_channel_new(s->event, HOOKS_SOCKET, on_hooks, s, &s->hooks.channel);
        if (r >= 0)
                r = hooks_send_status(s);
        if (r >= 0)
                return;

        s->hooks.channel = hooks_channel_free(s->hooks.channel);
        snprintf(text, sizeof(text), "Up= and Down= start nothing: no connection to %s: %s%s",
                 HOOKS_SOCKET, strerror(-r),
                 r == -ENOENT || r == -ECONNREFUSED ? hooks_remedy() : "");
        hooks_failed(s, text);
}

/* With what ended the connection. Without that, its end alone still has Down= started. */
static void hooks_down(Supervisor *s) {
        if (s->hooks.channel)
                (void) hooks_send_status(s);
        supervisor_hooks_done(s);
}

void supervisor_follow_hooks(Supervisor *s) {
        bool is_up = tunnel_get_state(s->tunnel) == TUNNEL_STATE_UP;

        if (is_up == s->hooks.is_up)
                return;

        s->hooks.is_up = is_up;
        if (is_up)
                hooks_up(s);
        else
                hooks_down(s);
}

void supervisor_hooks_done(Supervisor *s) {
        s->hooks.channel = hooks_channel_free(s->hooks.channel);
        s->hooks.trouble[0] = '\0';
}
