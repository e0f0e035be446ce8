/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The way of an event to the tunnel, for every file that hears something from io. At the bottom of
 * this folder: the step itself carries out actions, for which supervisor.c calls all the others, so
 * it is called by pointer.
 */

#include "supervisor/supervisor-internal.h"

void supervisor_feed(Supervisor *s, TunnelEvent *event) {
        const TunnelEvent *next = event;

        if (s->busy) {
                tunnel_queue_add(&s->queue, event);
                return;
        }

        s->busy = true;
        for (; next; next = tunnel_queue_take(&s->queue))
                s->step(s, next);
        s->busy = false;

        s->rest(s);
}

void supervisor_feed_fact(Supervisor *s, TunnelEventType type, DiagnosisStage stage,
                          DiagnosisFactType fact, int64_t number, const char *text) {

        supervisor_feed(
                s,
                &(TunnelEvent){
                        .type = type,
                        .fact = { .type = fact, .stage = stage, .number = number, .text = text },
                });
}
