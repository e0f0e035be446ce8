/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/child-source.h"

#include <sys/wait.h>

int child_source_add(sd_event *event, const char *name, pid_t pid, sd_event_child_handler_t func,
                     void *userdata, sd_event_source **ret_source) {

        sd_event_source *source = NULL;
        int r;

        r = sd_event_add_child(event, &source, pid, WEXITED, func, userdata);
        if (r < 0)
                return r;

        /* Off first: straight from one-shot to on, sd-event 252 leaves EPOLLONESHOT as it is. */
        r = sd_event_source_set_enabled(source, SD_EVENT_OFF);
        if (r >= 0)
                r = sd_event_source_set_enabled(source, SD_EVENT_ON);
        if (r < 0) {
                sd_event_source_disable_unref(source);
                return r;
        }

        (void) sd_event_source_set_description(source, name);
        *ret_source = source;
        return 0;
}

void child_source_stop(sd_event_source *source) {
        (void) sd_event_source_set_enabled(source, SD_EVENT_OFF);
}
