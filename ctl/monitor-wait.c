/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "monitor-wait.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/array.h"
#include "core/base/macros.h"
#include "io/tunnel-socket.h"
#include "io/varlink-client.h"

/* State files are written at most twice a second. */
#define INTERVAL_MSEC 500

/* Replies of Monitor, of which only counts that they come. */
typedef struct MonitorFeed {
        char *name;
        int fd;
} MonitorFeed;

static bool has_feed(const MonitorWait *w, const char *name) {
        for (size_t i = 0; i < w->n_feeds; i++)
                if (strcmp(w->feeds[i].name, name) == 0)
                        return true;

        return false;
}

static void add_feed(MonitorWait *w, const char *name) {
        char path[PATH_MAX];
        MonitorFeed feed;

        tunnel_socket_path(name, path, sizeof(path));
        feed.fd = varlink_client_call(path, TUNNEL_INTERFACE ".Monitor", true);
        if (feed.fd < 0)
                return; /* its state file is looked at all the same */

        feed.name = strdup(name);
        if (!feed.name || !ARRAY_MAKE_ROOM(w->feeds, w->n_feeds)) {
                free(feed.name);
                close(feed.fd);
                return;
        }

        w->feeds[w->n_feeds++] = feed;
}

/* Drops what has come. Returns false at the end. */
static bool feed_drain(const MonitorFeed *feed) {
        char buffer[4096];
        ssize_t n;

        do
                n = recv(feed->fd, buffer, sizeof(buffer), MSG_DONTWAIT);
        while (n > 0);

        return n < 0 && (errno == EAGAIN || errno == EINTR);
}

void monitor_wait(MonitorWait *w, const TunnelViews *views, bool is_system) {
        bool has_ended = false;
        struct pollfd *fds;

        for (size_t i = 0; i < views->n_items && is_system; i++)
                if (views->items[i].is_alive && !has_feed(w, views->items[i].name))
                        add_feed(w, views->items[i].name);

        fds = calloc(w->n_feeds + 1, sizeof(*fds));
        if (!fds)
                return;
        for (size_t i = 0; i < w->n_feeds; i++)
                fds[i] = (struct pollfd){ .fd = w->feeds[i].fd, .events = POLLIN };
        (void) poll(fds, w->n_feeds, INTERVAL_MSEC);

        for (size_t i = w->n_feeds; i-- > 0;)
                if (fds[i].revents && !feed_drain(&w->feeds[i])) {
                        close(w->feeds[i].fd);
                        free(w->feeds[i].name);
                        w->feeds[i] = w->feeds[--w->n_feeds];
                        has_ended = true;
                }
        /* Of a supervisor that has no room for another connection, too: not to ask it for ever. */
        if (has_ended)
                (void) poll(NULL, 0, INTERVAL_MSEC);
        free(fds);
}
