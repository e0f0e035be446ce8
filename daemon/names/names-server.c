/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "names/names-server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#include "io/fd.h"
#include "names/tunnel-link.h"

/* More tunnels than a host can have interfaces of use; only root can connect. */
#define CLIENTS_MAX 4096

/* A supervisor that was restarted is back sooner. */
#define IDLE_USEC (1 * USEC_PER_SEC)

typedef struct Client {
        NamesServer *server;
        struct Client *next;
        int fd;
        sd_event_source *source;
        BackendLink link; /* with names of this client; ifindex 0: none */
        BackendRequest *request;
        uint32_t serial; /* of that */
        bool covering;   /* they are refused, and stay when the client goes */
        bool registered; /* the resolver has taken the names of the link */
        bool seen;       /* the resolver has name servers of the link, in this look */
} Client;

struct NamesServer {
        sd_event *event;
        const BackendType *type;
        Backend *backend;
        sd_event_source *listening;
        sd_event_source *idle;
        Client *clients;
        size_t n_clients;
};

/* ---- clients ---- */

static void client_send(Client *c, const NamesMessage *message) {
        uint8_t buffer[NAMES_MESSAGE_MAX_BYTES];
        int n;

        n = names_message_write(message, buffer, sizeof(buffer));
        /* To one that is gone, or does not read, there is nothing to say; its end is noticed. */
        if (n > 0)
                (void) send(c->fd, buffer, (size_t) n, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void client_tell_state(Client *c) {
        NamesMessage message = { .type = NAMES_RESOLVER };

        if (c->server->type->get_state(c->server->backend, &message.resolver.present,
                                       &message.resolver.others))
                client_send(c, &message);
}

static void client_answer(Client *c, uint32_t serial, NamesResult result, const char *text) {
        NamesMessage message = { .type = NAMES_DONE, .serial = serial, .done.result = result };

        snprintf(message.done.text, sizeof(message.done.text), "%s", text);
        client_send(c, &message);
}

static void server_arm_idle(NamesServer *s) {
        if (s->n_clients > 0) {
                (void) sd_event_source_set_enabled(s->idle, SD_EVENT_OFF);
                return;
        }

        (void) sd_event_source_set_time_relative(s->idle, IDLE_USEC);
        (void) sd_event_source_set_enabled(s->idle, SD_EVENT_ONESHOT);
}

/* With what it registered: its supervisor was killed, or has no more use for it. */
static void client_free(Client *c) {
        NamesServer *s = c->server;
        Client **p = &s->clients;

        while (*p != c)
                p = &(*p)->next;
        *p = c->next;
        s->n_clients--;

        s->type->cancel(c->request);
        if (c->link.ifindex != 0 && !c->covering)
                (void) s->type->revert(s->backend, &(BackendOrder){ .link = c->link }, NULL);
        sd_event_source_disable_unref(c->source);
        close(c->fd);
        free(c);
        server_arm_idle(s);
}

/* ---- what they want ---- */

static void on_done(BackendRequest *q, NamesResult result, const char *text, void *userdata) {
        Client *c = userdata;

        c->registered = c->link.ifindex != 0 && result == NAMES_RESULT_DONE;
        client_answer(c, c->serial, result, text);
        c->request = c->server->type->cancel(q);
}

static void client_answer_failure(Client *c, int error) {
        client_answer(c, c->serial, NAMES_RESULT_REFUSED, strerror(-error));
}

static void client_set(Client *c, const NamesMessage *message) {
        NamesServer *s = c->server;
        BackendOrder order = {
                .link.ifindex = message->set.ifindex,
                .anew = message->set.anew,
                .on_done = on_done,
                .userdata = c,
        };
        int r;

        memcpy(order.link.ifname, message->set.ifname, sizeof(order.link.ifname));
        /*
         * Whoever got hold of a supervisor shall not direct the names of this host's other links.
         */
        if (!tunnel_link_exists(&order.link)) {
                client_answer(c, message->serial, NAMES_RESULT_NO_LINK, "");
                return;
        }

        if (c->link.ifindex != 0 && c->link.ifindex != order.link.ifindex)
                (void) s->type->revert(s->backend, &(BackendOrder){ .link = c->link }, NULL);

        c->link = order.link;
        c->covering = c->registered = false;
        r = s->type->set(s->backend, &order, &message->set.names, &c->request);
        if (r < 0)
                client_answer_failure(c, r);
}

/* The names of a tunnel that is down. The supervisor removes them with their link. */
static void client_cover(Client *c, const NamesMessage *message) {
        NamesServer *s = c->server;
        BackendOrder order = {
                .link.ifindex = message->set.ifindex,
                .on_done = on_done,
                .userdata = c,
        };
        int r = -EOPNOTSUPP;

        memcpy(order.link.ifname, message->set.ifname, sizeof(order.link.ifname));
        if (!cover_link_exists(&order.link)) {
                client_answer(c, message->serial, NAMES_RESULT_NO_LINK, "");
                return;
        }

        c->link = order.link;
        c->covering = true;
        c->registered = false;
        if (s->type->cover)
                r = s->type->cover(s->backend, &order, &message->set.names, &c->request);
        if (r < 0)
                client_answer_failure(c, r);
}

static void client_revert(Client *c, const NamesMessage *message) {
        const BackendOrder order = { .link = c->link, .on_done = on_done, .userdata = c };
        NamesServer *s = c->server;
        int r;

        if (c->link.ifindex == 0) {
                client_answer(c, message->serial, NAMES_RESULT_DONE, "");
                return;
        }

        c->link = (BackendLink){ 0 };
        c->registered = false;
        r = s->type->revert(s->backend, &order, &c->request);
        if (r < 0)
                client_answer_failure(c, r);
}

/* Returns 0 or a negative errno for a client that makes no sense. */
static int client_take(Client *c, const uint8_t *data, size_t n_data) {
        NamesMessage message;

        if (names_message_parse(data, n_data, &message) != 0)
                return -EPROTO;

        /* It asks for something else now, and gets one answer, to that. */
        c->request = c->server->type->cancel(c->request);
        c->serial = message.serial;
        switch (message.type) {
        case NAMES_SET:
                client_set(c, &message);
                return 0;
        case NAMES_COVER:
                client_cover(c, &message);
                return 0;
        case NAMES_REVERT:
                client_revert(c, &message);
                return 0;
        case NAMES_RESOLVER:
        case NAMES_DONE:
        case NAMES_LOST:
        case _NAMES_MESSAGE_MAX:
                break; /* ours to say */
        }

        return -EPROTO;
}

static int on_client(_unused_ sd_event_source *source, int fd, _unused_ uint32_t revents,
                     void *userdata) {

        uint8_t buffer[NAMES_MESSAGE_MAX_BYTES + 1];
        Client *c = userdata;
        ssize_t n;

        n = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return 0;

        if (n > 0 && client_take(c, buffer, (size_t) n) == 0)
                return 0;

        if (n > 0)
                fprintf(stderr,
                        SD_WARNING "A supervisor says what makes no sense, or is of "
                                   "another version; hanging up\n");
        client_free(c);
        return 0;
}

/* ---- the server ---- */

static int server_accept(NamesServer *s, int fd) {
        Client *c;
        int r;

        if (s->n_clients >= CLIENTS_MAX)
                return -EMFILE;

        c = malloc(sizeof(*c));
        if (!c)
                return -ENOMEM;
        *c = (Client){ .server = s, .fd = fd };

        r = sd_event_add_io(s->event, &c->source, fd, EPOLLIN, on_client, c);
        if (r < 0) {
                free(c);
                return r;
        }

        (void) sd_event_source_set_description(c->source, "client");
        c->next = s->clients;
        s->clients = c;
        s->n_clients++;
        server_arm_idle(s);
        client_tell_state(c);
        return 0;
}

static int on_connection(_unused_ sd_event_source *source, int fd, _unused_ uint32_t revents,
                         void *userdata) {

        _cleanup_close_ int client_fd = -EBADF;
        int r;

        client_fd = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (client_fd < 0)
                return 0; /* who was there is gone again */

        r = server_accept(userdata, client_fd);
        if (r < 0)
                fprintf(stderr, SD_WARNING "Cannot serve a supervisor: %s, hanging up\n",
                        strerror(-r));
        else
                (void) steal_fd(client_fd);

        return 0;
}

static int on_idle(_unused_ sd_event_source *source, _unused_ uint64_t usec, void *userdata) {
        NamesServer *s = userdata;

        return sd_event_exit(s->event, 0);
}

static void on_backend_changed(void *userdata) {
        NamesServer *s = userdata;

        for (Client *c = s->clients; c; c = c->next)
                client_tell_state(c);
}

static bool on_link(uint32_t ifindex, void *userdata) {
        const NamesServer *s = userdata;

        for (Client *c = s->clients; c; c = c->next)
                if (c->link.ifindex == ifindex) {
                        c->seen = true;
                        return true;
                }

        return false;
}

/* While a request is under way the look may be older than what that registers. */
static void on_looked(void *userdata) {
        NamesServer *s = userdata;

        for (Client *c = s->clients; c; c = c->next) {
                if (c->registered && !c->request && !c->seen) {
                        c->registered = false;
                        client_send(c, &(NamesMessage){ .type = NAMES_LOST });
                }
                c->seen = false;
        }
}

int names_server_new(sd_event *event, int listen_fd, const BackendType *type,
                     NamesServer **ret_server) {

        _cleanup_(names_server_freep) NamesServer *s = NULL;
        int r;

        s = malloc(sizeof(*s));
        if (!s)
                return -ENOMEM;
        *s = (NamesServer){ .event = sd_event_ref(event), .type = type };

        r = type->create(event, &(BackendEvents){ on_backend_changed, on_link, on_looked, s },
                         &s->backend);
        if (r < 0)
                return r;

        r = sd_event_add_time(event, &s->idle, CLOCK_MONOTONIC, 0, 0, on_idle, s);
        if (r < 0)
                return r;
        (void) sd_event_source_set_description(s->idle, "idle");
        server_arm_idle(s);

        r = sd_event_add_io(event, &s->listening, listen_fd, EPOLLIN, on_connection, s);
        if (r < 0)
                return r;
        (void) sd_event_source_set_description(s->listening, "listening");

        *ret_server = steal_pointer(s);
        return 0;
}

NamesServer *names_server_free(NamesServer *s) {
        if (!s)
                return NULL;

        while (s->clients)
                client_free(s->clients);
        sd_event_source_disable_unref(s->listening);
        sd_event_source_disable_unref(s->idle);
        s->type->destroy(s->backend);
        sd_event_unref(s->event);
        free(s);
        return NULL;
}
