/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/data-path/clear-text-watch.h"

#include <endian.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "io/data-path/clear-text-filter.h"

/* One packet each second is enough to be noticed, at the cost of a thirtieth of the packets. */
#define LOOK_USEC (1 * USEC_PER_SEC)
#define PAUSE_USEC (29 * USEC_PER_SEC)

/* A pause ends with the next wake-up for something else, if there is one soon: an LCP echo, say. */
#define PAUSE_ACCURACY_USEC (15 * USEC_PER_SEC)
#define LOOK_ACCURACY_USEC (250 * USEC_PER_MSEC) /* sd-event's own */

struct ClearTextWatch {
        struct in_addr server;
        uint16_t call_id;
        ClearTextWatchFunc on_clear_text;
        void *userdata;

        sd_event *event; /* borrowed */
        sd_event_source *timer;
        bool looking;        /* else it pauses, until the timer */
        sd_event_source *io; /* NULL: pauses, or has seen something already */
        int fd;
};

static void stop_looking(ClearTextWatch *w) {
        w->io = sd_event_source_disable_unref(w->io);
        if (w->fd >= 0)
                close(w->fd);
        w->fd = -EBADF;
}

static int on_packet(_unused_ sd_event_source *s, _unused_ int fd, _unused_ uint32_t revents,
                     void *userdata) {

        ClearTextWatch *w = userdata;

        /* One packet tells as much as a thousand: reads no more in this look. */
        stop_looking(w);
        w->on_clear_text(w, w->userdata);
        return 0;
}

/* The filter is attached before bind() selects what the socket receives. */
static int open_socket(ClearTextWatch *w) {
        const struct sockaddr_ll address = {
                .sll_family = AF_PACKET,
                .sll_protocol = htobe16(ETH_P_IP),
        };
        int r;

        w->fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (w->fd < 0)
                return -errno;

        r = clear_text_filter_attach_to_packets(w->fd, w->server, w->call_id);
        if (r < 0)
                return r;

        return bind(w->fd, (const struct sockaddr *) &address, sizeof(address)) < 0 ? -errno : 0;
}

static int start_looking(ClearTextWatch *w) {
        int r;

        r = open_socket(w);
        if (r >= 0)
                r = sd_event_add_io(w->event, &w->io, w->fd, EPOLLIN, on_packet, w);
        if (r < 0) {
                stop_looking(w);
                return r;
        }

        (void) sd_event_source_set_description(w->io, "clear-text");
        return 0;
}

static int on_timer(sd_event_source *s, _unused_ uint64_t usec, void *userdata) {
        ClearTextWatch *w = userdata;

        w->looking = !w->looking;
        if (w->looking)
                (void) start_looking(w); /* clear text is dropped all the same */
        else
                stop_looking(w);

        (void) sd_event_source_set_time_accuracy(
                s, w->looking ? LOOK_ACCURACY_USEC : PAUSE_ACCURACY_USEC);
        (void) sd_event_source_set_time_relative(s, w->looking ? LOOK_USEC : PAUSE_USEC);
        return sd_event_source_set_enabled(s, SD_EVENT_ONESHOT);
}

int clear_text_watch_new(sd_event *event, struct in_addr server, uint16_t call_id,
                         ClearTextWatchFunc on_clear_text, void *userdata,
                         ClearTextWatch **ret_watch) {

        _cleanup_(clear_text_watch_freep) ClearTextWatch *w = NULL;
        int r;

        w = calloc(1, sizeof(*w));
        if (!w)
                return -ENOMEM;

        *w = (ClearTextWatch){
                .server = server,
                .call_id = call_id,
                .on_clear_text = on_clear_text,
                .userdata = userdata,
                .event = event,
                .looking = true,
                .fd = -EBADF,
        };

        r = start_looking(w);
        if (r >= 0)
                r = sd_event_add_time_relative(event, &w->timer, CLOCK_BOOTTIME, LOOK_USEC, 0,
                                               on_timer, w);
        if (r < 0)
                return r;

        (void) sd_event_source_set_description(w->timer, "clear-text-timer");
        *ret_watch = steal_pointer(w);
        return 0;
}

ClearTextWatch *clear_text_watch_free(ClearTextWatch *w) {
        if (!w)
                return NULL;

        sd_event_source_disable_unref(w->timer);
        stop_looking(w);
        free(w);
        return NULL;
}
