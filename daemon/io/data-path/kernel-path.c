/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/data-path/kernel-path.h"

#include <errno.h>
#include <linux/if_pppox.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/data-path/clear-text-filter.h"
#include "io/data-path/gre-counter.h"
#include "io/data-path/gre-socket.h"
#include "io/icmp-watch.h"
#include "io/socket-restrict.h"

typedef struct KernelPath {
        DataPath path;   /* the first member: a DataPath is a KernelPath to this file */
        sd_event *event; /* borrowed */
        int fd;          /* AF_PPPOX */
        struct in_addr server;
        uint16_t call_id;
        uint16_t peer_call_id; /* once it is connected; pptpd begins with 0 */
        bool connected;

        GreSocket *watch;      /* NULL: settled */
        GreCounter *counter;   /* NULL: it could not be opened */
        int counter_error;     /* why there is no counter */
        IcmpWatch *icmp_watch; /* NULL: not settled yet */

        DataPathErrorFunc on_error;
        void *userdata;
} KernelPath;

static KernelPath *kernel_path_of(const DataPath *p) {
        return (KernelPath *) p;
}

static void kernel_path_on_error(_unused_ GreSocket *watch, int error, struct in_addr offender,
                                 void *userdata) {

        KernelPath *k = userdata;

        if (k->on_error)
                k->on_error(&k->path, error, offender, k->userdata);
}

static void kernel_path_on_icmp(_unused_ IcmpWatch *watch, int error, struct in_addr offender,
                                void *userdata) {

        kernel_path_on_error(NULL, error, offender, userdata);
}

static int kernel_path_open_socket(KernelPath *k, const DataPathOptions *options) {
        struct sockaddr_pppox address = {
                .sa_family = AF_PPPOX,
                .sa_protocol = PX_PROTO_PPTP,
                .sa_addr.pptp = {
                        .call_id = 0,   /* the kernel chooses */
                        .sin_addr = options->local_address,
                },
        };

        k->fd = socket(AF_PPPOX, SOCK_STREAM | SOCK_CLOEXEC, PX_PROTO_PPTP);
        if (k->fd < 0)
                return -errno;

        /* The driver says EBUSY when all of its call ids are taken. */
        if (bind(k->fd, (const struct sockaddr *) &address, sizeof(address)) < 0)
                return errno == EBUSY ? -EADDRINUSE : -errno;
        if (getsockname(k->fd, (struct sockaddr *) &address, &(socklen_t){ sizeof(address) }) < 0)
                return -errno;

        k->call_id = address.sa_addr.pptp.call_id;
        /* Before connect(), which looks up the way. */
        return socket_restrict(k->fd, options->bind_to_device, options->firewall_mark);
}

static DataPath *kernel_path_free(DataPath *p) {
        KernelPath *k = kernel_path_of(p);

        icmp_watch_free(k->icmp_watch);
        gre_counter_free(k->counter);
        gre_socket_free(k->watch);
        if (k->fd >= 0)
                close(k->fd);

        free(k);
        return NULL;
}

static int kernel_path_open(sd_event *event, const DataPathOptions *options, DataPath **ret_path) {
        _cleanup_(data_path_freep) DataPath *p = NULL;
        KernelPath *k;
        int r;

        k = calloc(1, sizeof(*k));
        if (!k)
                return -ENOMEM;

        p = &k->path;
        k->path.driver = &kernel_path_driver;
        k->event = event;
        k->fd = -EBADF;
        k->server = options->server;
        k->on_error = options->on_error;
        k->userdata = options->userdata;

        r = kernel_path_open_socket(k, options);
        if (r < 0)
                return r;

        r = gre_socket_new(event, options, k->call_id, kernel_path_on_error, k, &k->watch);
        if (r < 0)
                return r;

        /* A call works without a counter; a failure of it is then explained with less evidence. */
        k->counter_error = gre_counter_new(0, k->server, k->call_id, &k->counter);

        *ret_path = steal_pointer(p);
        return 0;
}

static uint16_t kernel_path_get_call_id(const DataPath *p) {
        return kernel_path_of(p)->call_id;
}

static int kernel_path_get_transport(const DataPath *p) {
        return kernel_path_of(p)->fd;
}

static int kernel_path_connect(DataPath *p, uint16_t peer_call_id, bool only_encrypted) {
        KernelPath *k = kernel_path_of(p);
        const struct sockaddr_pppox address = {
                .sa_family = AF_PPPOX,
                .sa_protocol = PX_PROTO_PPTP,
                .sa_addr.pptp = {
                        .call_id = peer_call_id,
                        .sin_addr = k->server,
                },
        };

        int r;

        if (only_encrypted) {
                r = clear_text_filter_attach(k->fd);
                if (r < 0)
                        return r;
        }

        if (connect(k->fd, (const struct sockaddr *) &address, sizeof(address)) < 0)
                return -errno;

        k->peer_call_id = peer_call_id;
        k->connected = true;
        /*
         * Only after connect(): a frame that comes in between is handed over twice, which is better
         * than not at all.
         */
        if (k->watch)
                gre_socket_set_peer(k->watch, peer_call_id);
        return 0;
}

static size_t kernel_path_get_early_frames(const DataPath *p, const DataPathFrame **ret_frames) {
        const KernelPath *k = kernel_path_of(p);

        if (!k->watch) {
                *ret_frames = NULL;
                return 0;
        }

        return gre_socket_get_early_frames(k->watch, ret_frames);
}

static int kernel_path_count_arrived(DataPath *p, uint64_t *ret_n_frames) {
        KernelPath *k = kernel_path_of(p);

        if (!k->watch)
                return -ENODATA;
        if (!k->counter)
                return k->counter_error;

        return gre_counter_read(k->counter, ret_n_frames);
}

static int kernel_path_test_output(DataPath *p) {
        KernelPath *k = kernel_path_of(p);

        return k->watch ? gre_socket_test_output(k->watch) : -EBADF;
}

static void kernel_path_settle(DataPath *p) {
        KernelPath *k = kernel_path_of(p);

        if (k->counter)
                gre_counter_close_later(k->counter, k->event);
        k->watch = gre_socket_free(k->watch);

        /* If this fails, a dead path is still noticed by its silence. */
        if (k->connected && !k->icmp_watch)
                (void) icmp_watch_new(k->event, k->server, k->peer_call_id, kernel_path_on_icmp, k,
                                      &k->icmp_watch);
}

const DataPathDriver kernel_path_driver = {
        .name = "kernel",
        .open = kernel_path_open,
        .get_call_id = kernel_path_get_call_id,
        .connect = kernel_path_connect,
        .get_transport = kernel_path_get_transport,
        .get_early_frames = kernel_path_get_early_frames,
        .count_arrived = kernel_path_count_arrived,
        .test_output = kernel_path_test_output,
        .settle = kernel_path_settle,
        .free = kernel_path_free,
};
