/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/sleep-watch.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "io/clock.h"

/* Two clocks are read one after the other; a suspend takes longer than that may. */
#define SLEEP_MIN_USEC (500 * USEC_PER_MSEC)

struct SleepWatch {
        int fd;
        sd_event_source *source;
        uint64_t slept_usec; /* since the machine started, in all */

        SleepWatchFunc func;
        void *userdata;
};

/* CLOCK_BOOTTIME runs on in a suspend, CLOCK_MONOTONIC stands still: clock_gettime(2). */
static uint64_t read_slept_usec(void) {
        uint64_t monotonic = clock_read_usec(CLOCK_MONOTONIC);

        return clock_read_usec(CLOCK_BOOTTIME) - monotonic;
}

/*
 * A timer that is never due, and cancelled whenever CLOCK_REALTIME jumps: when it is set, and when
 * the machine wakes up (timerfd_create(2), TFD_TIMER_CANCEL_ON_SET).
 */
static int sleep_watch_arm(SleepWatch *w) {
        const struct itimerspec never = { .it_value.tv_sec = (time_t) INT64_MAX };

        if (timerfd_settime(w->fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL) < 0 &&
            errno != ECANCELED)
                return -errno;

        return 0;
}

static int sleep_watch_on_io(_unused_ sd_event_source *source, int fd, _unused_ uint32_t revents,
                             void *userdata) {

        SleepWatch *w = userdata;
        uint64_t before = w->slept_usec, n_expired;
        int r;

        /*
         * read() fails with ECANCELED when the clock jumped; the number that it returns otherwise
         * is not needed.
         */
        if (read(fd, &n_expired, sizeof(n_expired)) < 0 && errno == EAGAIN)
                return 0;

        r = sleep_watch_arm(w);
        if (r < 0)
                return r;

        w->slept_usec = read_slept_usec();
        if (w->slept_usec >= before + SLEEP_MIN_USEC)
                w->func(w, w->slept_usec - before, w->userdata);

        return 0;
}

int sleep_watch_new(sd_event *event, SleepWatchFunc func, void *userdata, SleepWatch **ret_watch) {
        _cleanup_(sleep_watch_freep) SleepWatch *w = NULL;
        int r;

        w = calloc(1, sizeof(*w));
        if (!w)
                return -ENOMEM;

        w->func = func;
        w->userdata = userdata;
        w->slept_usec = read_slept_usec();
        w->fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
        if (w->fd < 0)
                return -errno;

        r = sleep_watch_arm(w);
        if (r < 0)
                return r;

        r = sd_event_add_io(event, &w->source, w->fd, EPOLLIN, sleep_watch_on_io, w);
        if (r < 0)
                return r;

        (void) sd_event_source_set_description(w->source, "sleep-watch");

        *ret_watch = steal_pointer(w);
        return 0;
}

SleepWatch *sleep_watch_free(SleepWatch *w) {
        if (!w)
                return NULL;

        sd_event_source_disable_unref(w->source);
        if (w->fd >= 0)
                close(w->fd);

        free(w);
        return NULL;
}
