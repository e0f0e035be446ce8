/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * A link may look alive to PPP while no data passes: the server's decryption is off, or it forgot
 * where our packets go. So while the tunnel is up its counters are looked at: when we keep sending
 * and nothing ever comes back, the link is tested, or, with a server that answers no test, given
 * up.
 *
 * Silence alone is no failure: nobody may have asked anything, or what is sent wants no answer. A
 * server that never answers pings is therefore judged late, by steady sending only, and once: if
 * nothing comes back over the next connection either, that is how it is meant.
 */

#include "core/tunnel/tunnel-internal.h"

/*
 * Not every packet asks for an answer: of looks each 15 s, at least half must find some sent. More
 * looks than these, which cost no wake-up, make no link less suspicious.
 */
static bool tunnel_is_asking(const Tunnel *t, uint64_t silent_usec) {
        return t->silence.n_unanswered >= silent_usec / TUNNEL_LOOK_USEC / 2;
}

void tunnel_silence_begin(Tunnel *t, uint64_t now) {
        t->silence.look_deadline_usec = now + TUNNEL_LOOK_USEC;
        t->silence.heard_usec = now;
        t->silence.n_unanswered = 0;
        t->silence.counters = (Traffic){ 0 };
        t->silence.heard_data = false;
}

void tunnel_silence_timer(Tunnel *t, uint64_t now, TunnelActions *actions) {
        t->silence.look_deadline_usec = now + TUNNEL_LOOK_USEC;
        tunnel_add_action(actions, TUNNEL_ACTION_COUNT);
}

void tunnel_silence_use_wakeup(Tunnel *t, uint64_t now, TunnelActions *actions) {
        uint64_t deadline = t->silence.look_deadline_usec;

        /* A timer that comes late tells that this process, or its machine, slept. */
        if (now < deadline && now + TUNNEL_LOOK_EARLY_USEC >= deadline)
                tunnel_silence_timer(t, now, actions);
}

static void tunnel_fell_silent(Tunnel *t, uint64_t silent_usec, uint64_t now,
                               TunnelActions *actions) {

        if (t->verify.ping_answered) {
                tunnel_verify(t, "though nothing came back for a while", now, actions);
                t->verify.of_silence = true;
                return;
        }

        if (silent_usec < TUNNEL_SILENT_LONG_USEC || (t->past.was_silent && !t->silence.heard_data))
                return;

        t->past.was_silent = true;
        tunnel_add_fact(t, DIAGNOSIS_NO_TRAFFIC, (int64_t) (silent_usec / USEC_PER_SEC));
        tunnel_request_fail(t, false);
}

void tunnel_silence_on_counted(Tunnel *t, const TunnelEvent *event, uint64_t now,
                               TunnelActions *actions) {

        const Traffic *counters = &event->traffic;
        bool first =
                t->silence.counters.sent_packets == 0 && t->silence.counters.received_packets == 0;
        bool heard = counters->received_packets > t->silence.counters.received_packets;
        bool sent = counters->sent_packets > t->silence.counters.sent_packets;
        uint64_t silent_usec;

        if (t->ppp.dying)
                return;

        tunnel_size_on_counted(t, &t->silence.counters, counters, now, actions);
        t->silence.counters = *counters;
        if (first || heard) {
                /* What PPP itself negotiated is counted as well, and before the first look. */
                t->silence.heard_data = t->silence.heard_data || !first;
                t->past.was_silent = t->past.was_silent && !t->silence.heard_data;
                t->silence.heard_usec = now;
                t->silence.n_unanswered = 0;
                return;
        }

        t->silence.n_unanswered += sent;
        silent_usec = now - t->silence.heard_usec;
        if (silent_usec >= TUNNEL_SILENT_USEC && tunnel_is_asking(t, silent_usec))
                tunnel_fell_silent(t, silent_usec, now, actions);
}
