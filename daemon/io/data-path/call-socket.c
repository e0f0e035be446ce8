/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/data-path/call-socket.h"

#include <errno.h>
#include <linux/if_pppox.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/icmp-watch.h"
#include "io/socket-restrict.h"

struct CallSocket {
        sd_event *event;       /* borrowed */
        int fd;                /* AF_PPPOX */
        GreSocket *watch;      /* NULL: no longer */
        IcmpWatch *icmp_watch; /* NULL: not yet */
        struct in_addr server;
        uint16_t call_id;
        uint16_t peer_call_id; /* once it is connected; pptpd begins with 0 */
        bool connected;

        CallSocketErrorFunc on_error;
        void *userdata;
};

static void call_socket_on_error(_unused_ GreSocket *watch, int error, struct in_addr offender,
                                 void *userdata) {

        CallSocket *s = userdata;

        if (s->on_error)
                s->on_error(s, error, offender, s->userdata);
}

static void call_socket_on_icmp(_unused_ IcmpWatch *watch, int error, struct in_addr offender,
                                void *userdata) {

        call_socket_on_error(NULL, error, offender, userdata);
}

static int call_socket_open(CallSocket *s, struct in_addr local_address) {
        struct sockaddr_pppox address = {
                .sa_family = AF_PPPOX,
                .sa_protocol = PX_PROTO_PPTP,
                .sa_addr.pptp = {
                        .call_id = 0,   /* the kernel chooses */
                        .sin_addr = local_address,
                },
        };

        s->fd = socket(AF_PPPOX, SOCK_STREAM | SOCK_CLOEXEC, PX_PROTO_PPTP);
        if (s->fd < 0)
                return -errno;

        /* The driver says EBUSY when all of its call ids are taken. */
        if (bind(s->fd, (const struct sockaddr *) &address, sizeof(address)) < 0)
                return errno == EBUSY ? -EADDRINUSE : -errno;
        if (getsockname(s->fd, (struct sockaddr *) &address, &(socklen_t){ sizeof(address) }) < 0)
                return -errno;

        s->call_id = address.sa_addr.pptp.call_id;
        return 0;
}

int call_socket_new(sd_event *event, struct in_addr local_address, struct in_addr server,
                    CallSocketErrorFunc on_error, void *userdata, CallSocket **ret_socket) {

        _cleanup_(call_socket_freep) CallSocket *s = NULL;
        int r;

        s = calloc(1, sizeof(*s));
        if (!s)
                return -ENOMEM;

        s->event = event;
        s->fd = -EBADF;
        s->server = server;
        s->on_error = on_error;
        s->userdata = userdata;

        r = call_socket_open(s, local_address);
        if (r < 0)
                return r;

        r = gre_socket_new(event, local_address, server, s->call_id, call_socket_on_error, s,
                           &s->watch);
        if (r < 0)
                return r;

        *ret_socket = steal_pointer(s);
        return 0;
}

CallSocket *call_socket_free(CallSocket *s) {
        if (!s)
                return NULL;

        icmp_watch_free(s->icmp_watch);
        gre_socket_free(s->watch);
        if (s->fd >= 0)
                close(s->fd);

        free(s);
        return NULL;
}

uint16_t call_socket_get_id(const CallSocket *s) {
        return s->call_id;
}

int call_socket_get_fd(const CallSocket *s) {
        return s->fd;
}

int call_socket_restrict(CallSocket *s, const char *bind_to_device, uint32_t firewall_mark) {
        int r;

        r = socket_restrict(s->fd, bind_to_device, firewall_mark);
        if (r < 0 || !s->watch)
                return r;

        return gre_socket_restrict(s->watch, bind_to_device, firewall_mark);
}

int call_socket_connect(CallSocket *s, uint16_t peer_call_id) {
        const struct sockaddr_pppox address = {
                .sa_family = AF_PPPOX,
                .sa_protocol = PX_PROTO_PPTP,
                .sa_addr.pptp = {
                        .call_id = peer_call_id,
                        .sin_addr = s->server,
                },
        };

        if (connect(s->fd, (const struct sockaddr *) &address, sizeof(address)) < 0)
                return -errno;

        s->peer_call_id = peer_call_id;
        s->connected = true;
        /* Only now: a frame that comes in between is seen twice, better than not at all. */
        if (s->watch)
                gre_socket_set_peer(s->watch, peer_call_id);
        return 0;
}

size_t call_socket_get_early_frames(const CallSocket *s, const CallSocketFrame **ret_frames) {
        if (!s->watch) {
                *ret_frames = NULL;
                return 0;
        }

        return gre_socket_get_early_frames(s->watch, ret_frames);
}

int call_socket_test_output(CallSocket *s) {
        return s->watch ? gre_socket_test_output(s->watch) : -EBADF;
}

void call_socket_stop_watching(CallSocket *s) {
        s->watch = gre_socket_free(s->watch);

        /* Without it a dead path is noticed all the same, by its silence. */
        if (s->connected && !s->icmp_watch)
                (void) icmp_watch_new(s->event, s->server, s->peer_call_id, call_socket_on_icmp, s,
                                      &s->icmp_watch);
}
