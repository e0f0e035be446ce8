/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/request-socket.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/paths.h"
#include "io/fd.h"
#include "io/unix-socket.h"

struct RequestSocket {
        int fd;
        char path[UNIX_SOCKET_PATH_MAX_BYTES]; /* of fd */
        int client_fd;                         /* who waits for an answer; -EBADF: nobody */
        sd_event_source *source;
        RequestSocketFunc func;
        void *userdata;
};

static int on_connection(_unused_ sd_event_source *source, int fd, _unused_ uint32_t revents,
                         void *userdata) {

        RequestSocket *s = userdata;

        s->client_fd = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (s->client_fd < 0) {
                s->client_fd = -EBADF;
                return 0; /* who was there is gone again */
        }

        (void) sd_event_source_set_enabled(s->source, SD_EVENT_OFF);
        s->func(s, s->userdata);
        return 0;
}

void request_socket_path(const char *name, const char *request, char *buffer, size_t n_buffer) {
        snprintf(buffer, n_buffer, PATHS_RUNTIME_DIRECTORY "/%s/%s", name, request);
}

int request_socket_new(sd_event *event, const char *path, RequestSocketFunc func, void *userdata,
                       RequestSocket **ret_socket) {

        _cleanup_(request_socket_freep) RequestSocket *s = NULL;
        int r;

        s = malloc(sizeof(*s));
        if (!s)
                return -ENOMEM;
        *s = (RequestSocket){
                .fd = -EBADF, .client_fd = -EBADF, .func = func, .userdata = userdata
        };

        s->fd = unix_socket_listen(path, SOCK_SEQPACKET, 0600);
        if (s->fd < 0)
                return s->fd;
        strcpy(s->path, path);

        r = sd_event_add_io(event, &s->source, s->fd, EPOLLIN, on_connection, s);
        if (r < 0)
                return r;

        (void) sd_event_source_set_description(s->source, "request");
        *ret_socket = steal_pointer(s);
        return 0;
}

RequestSocket *request_socket_free(RequestSocket *s) {
        if (!s)
                return NULL;

        sd_event_source_disable_unref(s->source);
        if (s->client_fd >= 0)
                close(s->client_fd);
        if (s->fd >= 0) {
                close(s->fd);
                (void) unlink(s->path);
        }

        free(s);
        return NULL;
}

void request_socket_answer(RequestSocket *s, int exit_status) {
        const uint8_t answer = (uint8_t) exit_status;

        if (s->client_fd < 0)
                return;

        /* Who does not wait any longer does not miss it. */
        (void) send(s->client_fd, &answer, sizeof(answer), MSG_NOSIGNAL);
        close(s->client_fd);
        s->client_fd = -EBADF;
        (void) sd_event_source_set_enabled(s->source, SD_EVENT_ON);
}

static int receive_answer(int fd, int *ret_exit_status) {
        uint8_t answer;
        ssize_t n;

        do
                n = recv(fd, &answer, sizeof(answer), 0);
        while (n < 0 && errno == EINTR);

        if (n < 0)
                return -errno;
        if (n == 0)
                return -EPIPE;

        *ret_exit_status = answer;
        return 0;
}

int request_socket_ask(const char *path, int *ret_exit_status) {
        _cleanup_close_ int fd = unix_socket_connect(path, SOCK_SEQPACKET);

        return fd < 0 ? fd : receive_answer(fd, ret_exit_status);
}
