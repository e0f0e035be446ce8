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

/* Some sent packets are nobody's question: half of the looks at least must find such. */
static bool tunnel_is_asking(const Tunnel *t, uint64_t silent_usec) {
        return t->n_unanswered >= silent_usec / TUNNEL_LOOK_USEC / 2;
}

void tunnel_silence_begin(Tunnel *t, uint64_t now) {
        t->look_deadline_usec = now + TUNNEL_LOOK_USEC;
        t->heard_usec = now;
        t->n_unanswered = 0;
        t->counters = (Traffic){ 0 };
        t->heard_data = false;
}

void tunnel_silence_timer(Tunnel *t, uint64_t now, TunnelActions *actions) {
        t->look_deadline_usec = now + TUNNEL_LOOK_USEC;
        tunnel_add_action(t, actions, TUNNEL_ACTION_COUNT);
}

static void tunnel_fell_silent(Tunnel *t, uint64_t silent_usec, uint64_t now,
                               TunnelActions *actions) {

        if (t->probe_answered) {
                tunnel_verify(t, "though nothing came back for a while", now, actions);
                t->verify_silence = true;
                return;
        }

        if (silent_usec < TUNNEL_SILENT_LONG_USEC || (t->was_silent && !t->heard_data))
                return;

        t->was_silent = true;
        tunnel_add_fact(t, DIAGNOSIS_NO_TRAFFIC, (int64_t) (silent_usec / USEC_PER_SEC));
        tunnel_fail(t, now, actions, false);
}

void tunnel_silence_counted(Tunnel *t, const Traffic *counters, uint64_t now,
                            TunnelActions *actions) {

        bool first = t->counters.sent_packets == 0 && t->counters.received_packets == 0;
        bool heard = counters->received_packets > t->counters.received_packets;
        bool sent = counters->sent_packets > t->counters.sent_packets;
        uint64_t silent_usec;

        if (t->state != TUNNEL_STATE_UP || t->link_failed)
                return;

        t->counters = *counters;
        if (first || heard) {
                /* What PPP itself negotiated is counted as well, and before the first look. */
                t->heard_data = t->heard_data || !first;
                t->was_silent = t->was_silent && !t->heard_data;
                t->heard_usec = now;
                t->n_unanswered = 0;
                return;
        }

        t->n_unanswered += sent;
        silent_usec = now - t->heard_usec;
        if (silent_usec >= TUNNEL_SILENT_USEC && tunnel_is_asking(t, silent_usec))
                tunnel_fell_silent(t, silent_usec, now, actions);
}
