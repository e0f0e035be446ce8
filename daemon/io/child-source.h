/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The end of a child process, as an event. */

#include <sys/types.h>
#include <systemd/sd-event.h>

/*
 * Has func called once the child has ended, as sd_event_add_child() does with WEXITED; func begins
 * with child_source_stop(). The source is not one-shot: in one turn sd-event asks the kernel again
 * for events that are more urgent, and passes over those that are not (process_epoll() of its
 * sd-event.c). The kernel reports a one-shot source only once, so the end would be missed. name is
 * for sd-event's own messages. Returns 0 and the source, or a negative errno.
 */
int child_source_add(sd_event *event, const char *name, pid_t pid, sd_event_child_handler_t func,
                     void *userdata, sd_event_source **ret_source);

/* Turns the source off. Otherwise epoll reports the ended child again, and the loop fails. */
void child_source_stop(sd_event_source *source);
