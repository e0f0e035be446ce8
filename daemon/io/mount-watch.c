/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/mount-watch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

struct MountWatch {
        int fd;
        sd_event_source *source;
        MountWatchFunc func;
        void *userdata;
};

/* proc_pid_mountinfo(5): a change is told as EPOLLPRI, once, and without being read. */
static int mount_watch_on_io(_unused_ sd_event_source *source, _unused_ int fd,
                             _unused_ uint32_t revents, void *userdata) {

        MountWatch *w = userdata;

        w->func(w, w->userdata);
        return 0;
}

int mount_watch_new(sd_event *event, MountWatchFunc func, void *userdata, MountWatch **ret_watch) {
        _cleanup_(mount_watch_freep) MountWatch *w = NULL;
        int r;

        w = calloc(1, sizeof(*w));
        if (!w)
                return -ENOMEM;

        w->func = func;
        w->userdata = userdata;
        w->fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
        if (w->fd < 0)
                return -errno;

        r = sd_event_add_io(event, &w->source, w->fd, EPOLLPRI, mount_watch_on_io, w);
        if (r < 0)
                return r;

        (void) sd_event_source_set_description(w->source, "mounts");

        *ret_watch = steal_pointer(w);
        return 0;
}

MountWatch *mount_watch_free(MountWatch *w) {
        if (!w)
                return NULL;

        sd_event_source_disable_unref(w->source);
        if (w->fd >= 0)
                close(w->fd);

        free(w);
        return NULL;
}
