/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/control-socket.h"

#include <errno.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/macros.h"
#include "core/pptp/pptp-stream.h"
#include "io/callback.h"
#include "io/error-queue.h"
#include "io/socket-restrict.h"

/*
 * How long sent bytes may stay without an acknowledgement: what RFC 2637, section 3.1.4 gives an
 * Echo-Request, so that TCP does not hold on to a peer that PPTP has given up.
 */
#define USER_TIMEOUT_MSEC (60 * 1000)
/*
 * The interval of TCP's keep-alive while the connection is idle between two Echo-Requests: the
 * same, for the same reason.
 */
#define KEEPALIVE_IDLE_SEC 30
#define KEEPALIVE_INTERVAL_SEC 10
#define KEEPALIVE_PROBES 3

/*
 * Reads in one turn of the loop, so that a peer that never stops talking does not keep the loop
 * from its other sources.
 */
#define READS_MAX 16

struct ControlSocket {
        sd_event_source *source;
        int fd;
        bool connected;
        bool ended;     /* the last event was delivered */
        bool *freed;    /* set by control_socket_free() during a callback */
        int send_error; /* to be reported from the event loop */

        PptpStream stream;
        uint8_t queue[CONTROL_SOCKET_QUEUE_MAX_BYTES];
        size_t n_queue;

        ControlSocketFunc func;
        void *userdata;
};

/* Returns the round trip that TCP has measured, in µs (TCP_INFO of tcp(7)); 0: none. */
static uint64_t control_socket_get_round_trip(const ControlSocket *s) {
        struct tcp_info info = { 0 };

        (void) getsockopt(s->fd, IPPROTO_TCP, TCP_INFO, &info, &(socklen_t){ sizeof(info) });
        return info.tcpi_rtt;
}

/*
 * Delivers an event. Returns false if the callback freed the socket, which must not be touched
 * then.
 */
static bool control_socket_emit(ControlSocket *s, const ControlSocketEvent *event) {
        return callback_survived(s, s->func(s, event, s->userdata));
}

/* Delivers the last event: nothing is read or written any more. */
static void control_socket_end(ControlSocket *s, const ControlSocketEvent *event) {
        s->ended = true;
        s->source = sd_event_source_disable_unref(s->source);
        control_socket_emit(s, event);
}

static void control_socket_end_closed(ControlSocket *s, int error) {
        control_socket_end(s,
                           &(ControlSocketEvent){
                                   .type = CONTROL_SOCKET_CLOSED,
                                   .error = error,
                           });
}

static int control_socket_update_events(ControlSocket *s) {
        uint32_t events = EPOLLIN;

        if (s->n_queue > 0 || s->send_error < 0)
                events |= EPOLLOUT;

        return sd_event_source_set_io_events(s->source, events);
}

static void control_socket_fail(ControlSocket *s, int error) {
        ControlSocketEvent event = {
                .type = CONTROL_SOCKET_FAILED,
                .error = error,
        };
        ErrorQueueEntry icmp;

        /* Returns who sent the ICMP error by which the connection failed. */
        if (error_queue_read(s->fd, &icmp) > 0) {
                event.offender = icmp.offender;
                if (event.error == 0)
                        event.error = icmp.error;
        }

        if (event.error == 0)
                event.error = -ECONNABORTED;
        control_socket_end(s, &event);
}

/*
 * Finds out whether the connection attempt has succeeded. Returns whether it has and the socket
 * still exists.
 */
static bool control_socket_finish_connect(ControlSocket *s) {
        struct sockaddr_in peer, local;
        int r, error = 0;

        if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &(socklen_t){ sizeof(error) }) < 0)
                error = errno;
        if (error != 0 ||
            getpeername(s->fd, (struct sockaddr *) &peer, &(socklen_t){ sizeof(peer) }) < 0) {
                control_socket_fail(s, -error);
                return false;
        }

        /* From here on an ICMP error is a hint, not a reason to drop a connection that may live. */
        (void) setsockopt(s->fd, SOL_IP, IP_RECVERR, &(int){ 0 }, sizeof(int));

        if (getsockname(s->fd, (struct sockaddr *) &local, &(socklen_t){ sizeof(local) }) < 0) {
                control_socket_fail(s, -errno);
                return false;
        }

        s->connected = true;
        r = control_socket_update_events(s);
        if (r < 0) {
                control_socket_fail(s, r);
                return false;
        }

        return control_socket_emit(s,
                                   &(ControlSocketEvent){
                                           .type = CONTROL_SOCKET_CONNECTED,
                                           .local_address = local.sin_addr,
                                           .round_trip_usec = control_socket_get_round_trip(s),
                                   });
}

/* Writes as much as the kernel takes. An error is kept for control_socket_on_io() to report. */
static void control_socket_flush(ControlSocket *s) {
        while (s->n_queue > 0) {
                ssize_t n;

                n = send(s->fd, s->queue, s->n_queue, MSG_NOSIGNAL | MSG_DONTWAIT);
                if (n < 0) {
                        if (errno == EINTR)
                                continue;
                        if (errno != EAGAIN) {
                                s->send_error = -errno;
                                s->n_queue = 0;
                        }
                        return;
                }

                s->n_queue -= n;
                memmove(s->queue, s->queue + n, s->n_queue);
        }
}

static void control_socket_end_not_pptp(ControlSocket *s) {
        ControlSocketEvent event = { .type = CONTROL_SOCKET_NOT_PPTP };

        event.data = pptp_stream_peek(&s->stream, &event.n_data);
        control_socket_end(s, &event);
}

/* Hands out the messages that are complete. Returns whether to go on reading. */
static bool control_socket_take_messages(ControlSocket *s) {
        for (;;) {
                ControlSocketEvent event = { .type = CONTROL_SOCKET_MESSAGE };
                PptpMessage message;
                int r;

                r = pptp_stream_next(&s->stream, &message);
                switch (r) {

                case 0:
                        event.message = &message;
                        break;

                case PPTP_STREAM_E_AGAIN:
                        return true;

                case PPTP_STREAM_E_MESSAGE:
                        event.type = CONTROL_SOCKET_MALFORMED;
                        break;

                default:
                        control_socket_end_not_pptp(s);
                        return false;
                }

                event.data = pptp_stream_get_latest(&s->stream, &event.n_data);
                if (!control_socket_emit(s, &event))
                        return false;
        }
}

/*
 * Reads until nothing is left, or READS_MAX is reached; a callback may have freed the socket after
 * that. A message that the peer sent before it closed (a Stop-Control-Connection-Request) is
 * delivered before the end is.
 */
static void control_socket_receive(ControlSocket *s) {
        for (unsigned i = 0; i < READS_MAX; ++i) {
                uint8_t *space;
                size_t n_space;
                ssize_t n;

                pptp_stream_space(&s->stream, &space, &n_space);
                n = recv(s->fd, space, n_space, MSG_DONTWAIT);
                if (n < 0) {
                        if (errno == EINTR)
                                continue;
                        if (errno != EAGAIN)
                                control_socket_end_closed(s, -errno);
                        else if (s->send_error < 0)
                                control_socket_end_closed(s, s->send_error);
                        return;
                }
                if (n == 0) {
                        /* A write takes its error off the socket, which then seems to end well. */
                        control_socket_end_closed(s, s->send_error);
                        return;
                }

                pptp_stream_commit(&s->stream, n);
                if (!control_socket_take_messages(s))
                        return;
        }
}

static int control_socket_on_io(_unused_ sd_event_source *source, _unused_ int fd,
                                _unused_ uint32_t revents, void *userdata) {

        ControlSocket *s = userdata;
        int r;

        if (!s->connected && !control_socket_finish_connect(s))
                return 0;

        control_socket_flush(s);
        r = control_socket_update_events(s);
        if (r < 0)
                s->send_error = r;

        control_socket_receive(s);
        return 0;
}

void control_socket_read(ControlSocket *s) {
        if (s->connected && !s->ended)
                control_socket_receive(s);
}

static int control_socket_configure(ControlSocket *s, const ControlSocketOptions *o) {
        static const struct {
                int level, name, value;
        } options[] = {
                { SOL_IP, IP_RECVERR, 1 },
                { SOL_SOCKET, SO_KEEPALIVE, 1 },
                { SOL_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_SEC },
                { SOL_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL_SEC },
                { SOL_TCP, TCP_KEEPCNT, KEEPALIVE_PROBES },
                { SOL_TCP, TCP_USER_TIMEOUT, USER_TIMEOUT_MSEC },
                { SOL_TCP, TCP_NODELAY, 1 },
        };
        int r;

        for (size_t i = 0; i < ELEMENTSOF(options); ++i)
                if (setsockopt(s->fd, options[i].level, options[i].name, &options[i].value,
                               sizeof(options[i].value)) < 0)
                        return -errno;

        r = socket_restrict(s->fd, o->bind_to_device, o->firewall_mark);
        if (r < 0)
                return r;

        if (o->local_address.s_addr != INADDR_ANY) {
                const struct sockaddr_in local = {
                        .sin_family = AF_INET,
                        .sin_addr = o->local_address,
                };

                /* Leaves the choice of the port to connect(), which knows the whole pair. */
                (void) setsockopt(s->fd, SOL_IP, IP_BIND_ADDRESS_NO_PORT, &(int){ 1 }, sizeof(int));
                if (bind(s->fd, (const struct sockaddr *) &local, sizeof(local)) < 0)
                        return -errno;
        }

        return 0;
}

int control_socket_new(sd_event *event, const ControlSocketOptions *options, ControlSocketFunc func,
                       void *userdata, ControlSocket **ret_socket) {

        const struct sockaddr_in server = {
                .sin_family = AF_INET,
                .sin_addr = options->server,
                .sin_port = htobe16(options->port),
        };
        _cleanup_(control_socket_freep) ControlSocket *s = NULL;
        int r;

        s = calloc(1, sizeof(*s));
        if (!s)
                return -ENOMEM;

        s->fd = -EBADF;
        s->func = func;
        s->userdata = userdata;
        pptp_stream_init(&s->stream);

        s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (s->fd < 0)
                return -errno;

        r = control_socket_configure(s, options);
        if (r < 0)
                return r;

        if (connect(s->fd, (const struct sockaddr *) &server, sizeof(server)) < 0 &&
            errno != EINPROGRESS)
                return -errno;

        r = sd_event_add_io(event, &s->source, s->fd, EPOLLIN | EPOLLOUT, control_socket_on_io, s);
        if (r < 0)
                return r;

        (void) sd_event_source_set_description(s->source, "control-socket");

        *ret_socket = steal_pointer(s);
        return 0;
}

/*
 * Closing a socket with unread bytes in it makes TCP send a reset, which may overtake what we sent
 * last. So read them, as far as they are here.
 */
static void control_socket_drain(ControlSocket *s) {
        uint8_t buffer[1024];

        for (size_t i = 0; i < 64; ++i)
                if (recv(s->fd, buffer, sizeof(buffer), MSG_DONTWAIT) <= 0)
                        return;
}

ControlSocket *control_socket_free(ControlSocket *s) {
        if (!s)
                return NULL;

        callback_note_freed(s->freed);
        sd_event_source_disable_unref(s->source);
        if (s->fd >= 0) {
                if (s->connected && !s->ended) {
                        control_socket_flush(s);
                        control_socket_drain(s);
                }
                close(s->fd);
        }

        free(s);
        return NULL;
}

int control_socket_send(ControlSocket *s, const PptpMessage *message) {
        int n;

        if (!s->connected || s->ended)
                return -ENOTCONN;

        n = pptp_message_write(message, s->queue + s->n_queue, sizeof(s->queue) - s->n_queue);
        if (n < 0)
                return n;
        s->n_queue += n;

        control_socket_flush(s);
        return control_socket_update_events(s);
}

int control_socket_get_unacknowledged(ControlSocket *s) {
        int n;

        if (ioctl(s->fd, SIOCOUTQ, &n) < 0)
                return -errno;

        return n + (int) s->n_queue;
}
