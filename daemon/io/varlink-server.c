/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/varlink-server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "io/fd.h"
#include "io/unix-socket.h"

#define SERVICE_INTERFACE "org.varlink.service"

/* In one turn of the loop; and turns within a second, after which the kernel keeps who connects. */
#define ACCEPTS_MAX 16
#define TURNS_MAX 20

struct VarlinkConnection {
        VarlinkServer *server;
        VarlinkConnection *next;
        int fd;
        uid_t uid;
        sd_event_source *source, *idle;

        char in[VARLINK_CALL_MAX_BYTES + 1];
        size_t n_in;
        char *out; /* the reply that is under way; NULL: none */
        size_t n_out, n_written;

        bool answers;   /* a call is being answered, */
        bool is_oneway; /* which wants no answer */
        bool follows;
        bool is_stale; /* follows, and has not got the latest */
        bool is_over;  /* to be freed at the next occasion */
};

struct VarlinkServer {
        const VarlinkService *service;
        void *userdata;
        sd_event *event;
        int fd;
        char path[UNIX_SOCKET_PATH_MAX_BYTES]; /* of fd */
        sd_event_source *source;
        VarlinkConnection *connections;
};

/* ---- one connection ---- */

static void connection_free(VarlinkConnection *c) {
        VarlinkConnection **at = &c->server->connections;

        while (*at != c)
                at = &(*at)->next;
        *at = c->next;

        sd_event_source_disable_unref(c->source);
        sd_event_source_disable_unref(c->idle);
        close(c->fd);
        free(c->out);
        free(c);
}

bool varlink_connection_is_root(const VarlinkConnection *c) {
        return c->uid == 0;
}

/* Writes as much as the kernel takes, and waits for room or for the next call. */
static void connection_flush(VarlinkConnection *c) {
        while (c->out && c->n_written < c->n_out) {
                ssize_t n = send(c->fd, c->out + c->n_written, c->n_out - c->n_written,
                                 MSG_NOSIGNAL | MSG_DONTWAIT);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0) {
                        c->is_over = c->is_over || errno != EAGAIN;
                        break;
                }
                c->n_written += (size_t) n;
        }

        if (c->out && c->n_written == c->n_out) {
                free(c->out);
                c->out = NULL;
        }

        (void) sd_event_source_set_io_events(c->source, c->out ? EPOLLOUT : EPOLLIN);
}

/* Takes a message from malloc(), whose NUL goes with it. */
static void connection_send(VarlinkConnection *c, char *message, int n_message) {
        if (n_message < 0 || c->out) {
                c->is_over = true; /* out of memory, or two answers to one call */
                if (n_message >= 0)
                        free(message);
                return;
        }

        c->out = message;
        c->n_out = (size_t) n_message + 1;
        c->n_written = 0;
        connection_flush(c);
}

void varlink_reply(VarlinkConnection *c, const char *parameters, bool continues) {
        char *message;
        int n;

        c->answers = false;
        if (c->is_oneway)
                return;

        n = asprintf(&message, "{\"parameters\":%s%s}", parameters ?: "{}",
                     continues ? ",\"continues\":true" : "");
        connection_send(c, message, n);
}

void varlink_fail(VarlinkConnection *c, const char *error, const char *parameter,
                  const char *text) {

        char quoted[2 * VARLINK_NAME_MAX_BYTES + 3];
        TextBuilder b = text_builder(quoted, sizeof(quoted));
        char *message;
        int n;

        c->answers = false;
        if (c->is_oneway)
                return;

        if (parameter) {
                varlink_add_text(&b, text);
                n = asprintf(&message, "{\"error\":\"%s\",\"parameters\":{\"%s\":%s}}", error,
                             parameter, quoted);
        } else
                n = asprintf(&message, "{\"error\":\"%s\",\"parameters\":{}}", error);
        connection_send(c, message, n);
}

/* ---- calls ---- */

static void reply_info(VarlinkConnection *c) {
        const VarlinkService *s = c->server->service;
        char text[1024];

        snprintf(text, sizeof(text),
                 "{\"vendor\":\"%s\",\"product\":\"%s\",\"version\":\"%s\",\"url\":\"%s\","
                 "\"interfaces\":[\"" SERVICE_INTERFACE "\",\"%s\"]}",
                 s->vendor, s->product, s->version, s->url, s->interface);
        varlink_reply(c, text, false);
}

/* The text of https://varlink.org/Service, less its comments. */
static const char service_description[] =
        "interface org.varlink.service\n"
        "method GetInfo() -> (vendor: string, product: string, version: string, url: string, "
        "interfaces: []string)\n"
        "method GetInterfaceDescription(interface: string) -> (description: string)\n"
        "error InterfaceNotFound (interface: string)\n"
        "error MethodNotFound (method: string)\n"
        "error MethodNotImplemented (method: string)\n"
        "error InvalidParameter (parameter: string)\n"
        "error PermissionDenied ()\n"
        "error ExpectedMore ()\n";

/* A description's line breaks, of which one is at its end, are all that JSON wants escaped. */
static void reply_description(VarlinkConnection *c, const char *description) {
        char text[4096];
        TextBuilder b = text_builder(text, sizeof(text));

        text_add(&b, "{\"description\":\"");
        for (const char *line = description, *end; (end = strchr(line, '\n')); line = end + 1)
                text_addf(&b, "%.*s\\n", (int) (end - line), line);
        text_add(&b, "\"}");
        varlink_reply(c, text, false);
}

static void describe_interface(VarlinkConnection *c, const VarlinkMessage *call) {
        const VarlinkService *s = c->server->service;
        char name[VARLINK_NAME_MAX_BYTES];

        if (!varlink_get_text(call, "interface", name, sizeof(name)))
                varlink_fail(c, VARLINK_ERROR_PARAMETER, "parameter", "interface");
        else if (strcmp(name, s->interface) == 0)
                reply_description(c, s->description);
        else if (strcmp(name, SERVICE_INTERFACE) == 0)
                reply_description(c, service_description);
        else
                varlink_fail(c, VARLINK_ERROR_INTERFACE, "interface", name);
}

static void dispatch(VarlinkConnection *c, const VarlinkMessage *call) {
        const VarlinkServer *s = c->server;
        const char *dot = strrchr(call->method, '.');
        char interface[VARLINK_NAME_MAX_BYTES];

        c->answers = true;
        c->is_oneway = call->oneway;
        snprintf(interface, sizeof(interface), "%.*s", (int) (dot ? dot - call->method : 0),
                 call->method);

        if (strcmp(call->method, SERVICE_INTERFACE ".GetInfo") == 0)
                reply_info(c);
        else if (strcmp(call->method, SERVICE_INTERFACE ".GetInterfaceDescription") == 0)
                describe_interface(c, call);
        else if (dot && strcmp(interface, s->service->interface) == 0)
                s->service->on_call(c, dot + 1, call, s->userdata);
        else if (strcmp(interface, SERVICE_INTERFACE) == 0)
                varlink_fail(c, VARLINK_ERROR_METHOD, "method", call->method);
        else
                varlink_fail(c, VARLINK_ERROR_INTERFACE, "interface", interface);

        if (c->answers && !c->follows) /* a method that does not answer is none */
                varlink_fail(c, VARLINK_ERROR_METHOD, "method", call->method);
}

/* Takes the calls that are complete, as long as each is answered at once. */
static void take_calls(VarlinkConnection *c) {
        while (!c->is_over && !c->out) {
                char *end = memchr(c->in, '\0', c->n_in);
                VarlinkMessage call;
                size_t n_call;

                if (!end) {
                        c->is_over = c->n_in > VARLINK_CALL_MAX_BYTES;
                        return;
                }

                /* One that follows says nothing any more. What is no call has no answer. */
                if (c->follows || !varlink_message_parse(c->in, (size_t) (end - c->in), &call) ||
                    call.method[0] == '\0' || call.upgrade) {
                        c->is_over = true;
                        return;
                }

                dispatch(c, &call);
                n_call = (size_t) (end - c->in) + 1;
                c->n_in -= n_call;
                memmove(c->in, c->in + n_call, c->n_in);
        }
}

static void connection_read(VarlinkConnection *c) {
        ssize_t n;

        n = recv(c->fd, c->in + c->n_in, sizeof(c->in) - c->n_in, MSG_DONTWAIT);
        if (n <= 0) {
                c->is_over = n == 0 || (errno != EAGAIN && errno != EINTR);
                return;
        }

        c->n_in += (size_t) n;
        (void) sd_event_source_set_time_relative(c->idle, VARLINK_IDLE_USEC);
        take_calls(c);
}

static int on_connection_io(_unused_ sd_event_source *source, _unused_ int fd, uint32_t revents,
                            void *userdata) {

        VarlinkConnection *c = userdata;

        if (c->out) {
                connection_flush(c);
                /* A call may have waited for that; and what is new for one that follows. */
                if (!c->out && c->is_stale) {
                        c->is_stale = false;
                        c->server->service->on_follow(c, c->server->userdata);
                } else
                        take_calls(c);
        } else if (revents & EPOLLIN)
                connection_read(c);

        if (c->is_over || (revents & (EPOLLERR | EPOLLHUP)))
                connection_free(c);
        return 0;
}

static int on_idle(_unused_ sd_event_source *source, _unused_ uint64_t usec, void *userdata) {
        connection_free(userdata);
        return 0;
}

void varlink_follow(VarlinkConnection *c) {
        c->follows = true;
        c->answers = false;
        (void) sd_event_source_set_enabled(c->idle, SD_EVENT_OFF);
        c->server->service->on_follow(c, c->server->userdata);
}

void varlink_server_publish(VarlinkServer *s) {
        for (VarlinkConnection *c = s->connections, *next; c; c = next) {
                next = c->next;
                if (!c->follows)
                        continue;

                if (c->out)
                        c->is_stale = true;
                else
                        s->service->on_follow(c, s->userdata);
                if (c->is_over)
                        connection_free(c);
        }
}

/* ---- who connects ---- */

static bool has_room(const VarlinkServer *s, uid_t uid) {
        size_t n = 0, n_others = 0, n_user = 0;

        for (const VarlinkConnection *c = s->connections; c; c = c->next) {
                n++;
                n_others += c->uid != 0;
                n_user += c->uid == uid;
        }

        return n < VARLINK_CONNECTIONS_MAX &&
                (uid == 0 ||
                 (n_others < VARLINK_OTHERS_CONNECTIONS_MAX &&
                  n_user < VARLINK_USER_CONNECTIONS_MAX));
}

/* Takes the descriptor, whatever comes of it. */
static void connection_new(VarlinkServer *s, int fd) {
        VarlinkConnection *c;
        struct ucred peer;

        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &(socklen_t){ sizeof(peer) }) < 0 ||
            !has_room(s, peer.uid)) {
                close(fd);
                return;
        }

        c = calloc(1, sizeof(*c));
        if (!c) {
                close(fd);
                return;
        }

        *c = (VarlinkConnection){ .server = s, .next = s->connections, .fd = fd, .uid = peer.uid };
        s->connections = c;
        if (sd_event_add_io(s->event, &c->source, fd, EPOLLIN, on_connection_io, c) < 0 ||
            sd_event_source_set_priority(c->source, SD_EVENT_PRIORITY_IDLE) < 0 ||
            sd_event_add_time_relative(s->event, &c->idle, CLOCK_MONOTONIC, VARLINK_IDLE_USEC, 0,
                                       on_idle, c) < 0) {
                connection_free(c);
                return;
        }

        (void) sd_event_source_set_description(c->source, "varlink-connection");
        (void) sd_event_source_set_description(c->idle, "varlink-idle");
}

static int on_connect(_unused_ sd_event_source *source, int fd, _unused_ uint32_t revents,
                      void *userdata) {

        for (unsigned i = 0; i < ACCEPTS_MAX; i++) {
                int client_fd = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

                if (client_fd < 0)
                        return 0; /* there is none, or who was there is gone again */
                connection_new(userdata, client_fd);
        }

        return 0;
}

int varlink_server_new(sd_event *event, const char *path, const VarlinkService *service,
                       void *userdata, VarlinkServer **ret_server) {

        _cleanup_(varlink_server_freep) VarlinkServer *s = NULL;
        int r;

        s = malloc(sizeof(*s));
        if (!s)
                return -ENOMEM;
        *s = (VarlinkServer){
                .service = service, .userdata = userdata, .event = event, .fd = -EBADF
        };

        s->fd = unix_socket_listen(path, SOCK_STREAM, 0666);
        if (s->fd < 0)
                return s->fd;
        strcpy(s->path, path);

        r = sd_event_add_io(event, &s->source, s->fd, EPOLLIN, on_connect, s);
        if (r < 0)
                return r;

        (void) sd_event_source_set_description(s->source, "varlink");
        (void) sd_event_source_set_priority(s->source, SD_EVENT_PRIORITY_IDLE);
        (void) sd_event_source_set_ratelimit(s->source, USEC_PER_SEC, TURNS_MAX);
        *ret_server = steal_pointer(s);
        return 0;
}

VarlinkServer *varlink_server_free(VarlinkServer *s) {
        if (!s)
                return NULL;

        while (s->connections)
                connection_free(s->connections);
        sd_event_source_disable_unref(s->source);
        if (s->fd >= 0) {
                close(s->fd);
                (void) unlink(s->path);
        }

        free(s);
        return NULL;
}
