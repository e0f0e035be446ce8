/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/ppp/peer-watch.h"

#include "core/base/macros.h"

/* How often a link in use is looked at, and for how long after its last packet. */
#define LOOK_INTERVAL_USEC (250 * USEC_PER_MSEC)
#define IN_USE_USEC (5 * USEC_PER_SEC)

/* For how long data may stay unanswered before the peer is asked. */
#define UNANSWERED_MIN_USEC (500 * USEC_PER_MSEC)

/* Between two questions: two round trips, within these bounds. */
#define ASK_INTERVAL_MIN_USEC (250 * USEC_PER_MSEC)
#define ASK_INTERVAL_MAX_USEC (500 * USEC_PER_MSEC)

/*
 * The first question of a round waits at least so long for its answer, beside the round trip: a
 * path may stall for two seconds, as radio links do, and be alive.
 */
#define PATIENCE_MIN_USEC (2 * USEC_PER_SEC)

/*
 * A peer that is there may lose all questions of a round by chance. There are so many of them that
 * this happens in at most this share of the rounds.
 */
#define CHANCE 1e-8
/* Until there are echoes to compute the loss from, it is taken for one in six. */
#define ASSUMED_LOST 1
#define ASSUMED_SENT 6

void peer_watch_reset(PeerWatch *w) {
        *w = (PeerWatch){ 0 };
}

static uint64_t get_patience(const PeerWatch *w) {
        return MAX(PATIENCE_MIN_USEC + 2 * w->round_trip_usec, 2 * w->slowest_usec);
}

/*
 * Estimates which share of the echoes is lost, from those that had time to be answered. Counts each
 * loss for one and a half: the sample is small, and may have been a good one.
 */
static double get_loss(const PeerWatch *w, uint64_t now_usec) {
        const size_t n_known = MIN(w->n_echoes, (size_t) PEER_WATCH_ECHOES);
        size_t n_sent = 0, n_lost = 0;

        for (size_t i = 0; i < n_known; i++) {
                bool answered = w->echoes[i].answered;

                if (!answered && now_usec - w->echoes[i].sent_usec < get_patience(w))
                        continue;
                n_sent++;
                n_lost += !answered;
        }

        return (1.5 * (double) n_lost + ASSUMED_LOST) / (double) (n_sent + ASSUMED_SENT);
}

static size_t count_enough(double loss) {
        double chance = 1;
        size_t n = 0;

        while (chance > CHANCE && n < PEER_WATCH_ECHOES) {
                chance *= loss;
                n++;
        }
        return n;
}

/* Anything that comes shows that the peer is there: what was unanswered so far does not count. */
void peer_watch_note_packet(PeerWatch *w) {
        w->asking = false;
        w->unanswered_usec = 0;
}

void peer_watch_note_echo(PeerWatch *w, uint8_t id, uint64_t now_usec) {
        const size_t k = w->n_echoes++ % PEER_WATCH_ECHOES;

        w->echoes[k].sent_usec = now_usec;
        w->echoes[k].id = id;
        w->echoes[k].answered = false;
        w->n_asked++;
}

static void note_round_trip(PeerWatch *w, uint64_t usec) {
        w->round_trip_usec = w->round_trip_usec == 0 ?
                usec :
                w->round_trip_usec - w->round_trip_usec / 8 + usec / 8;
        w->slowest_usec = MAX(usec, w->slowest_usec - w->slowest_usec / 32);
}

void peer_watch_note_answer(PeerWatch *w, uint8_t id, uint64_t now_usec) {
        const size_t n_known = MIN(w->n_echoes, (size_t) PEER_WATCH_ECHOES);

        peer_watch_note_packet(w);
        for (size_t i = 1; i <= n_known; i++) {
                const size_t k = (w->n_echoes - i) % PEER_WATCH_ECHOES;

                if (w->echoes[k].id != id || w->echoes[k].answered)
                        continue;
                w->echoes[k].answered = true;
                note_round_trip(w, now_usec - w->echoes[k].sent_usec);
                return;
        }
}

static void note_traffic(PeerWatch *w, PeerWatchTraffic traffic, uint64_t now_usec) {
        bool sent = traffic.sent_packets != w->traffic.sent_packets;
        bool received = traffic.received_packets != w->traffic.received_packets;

        w->traffic = traffic;
        if (sent || received)
                w->changed_usec = now_usec;
        if (received)
                peer_watch_note_packet(w);
        else if (sent && w->unanswered_usec == 0)
                w->unanswered_usec = now_usec;
}

static PeerWatchVerdict ask(const PeerWatch *w, uint64_t *ret_wait_usec) {
        uint64_t wait_usec = MAX(2 * w->round_trip_usec, ASK_INTERVAL_MIN_USEC);

        *ret_wait_usec = MIN(wait_usec, ASK_INTERVAL_MAX_USEC);
        return PEER_WATCH_ASK;
}

PeerWatchVerdict peer_watch_check(PeerWatch *w, PeerWatchTraffic traffic, uint64_t now_usec,
                                  uint64_t *ret_wait_usec) {

        uint64_t enough_usec = MAX(UNANSWERED_MIN_USEC, 2 * w->round_trip_usec);

        note_traffic(w, traffic, now_usec);

        if (w->asking) {
                if (w->n_asked >= w->n_enough && now_usec - w->asking_since_usec >= get_patience(w))
                        return PEER_WATCH_DEAD;
                return ask(w, ret_wait_usec);
        }

        if (w->unanswered_usec > 0 && now_usec - w->unanswered_usec >= enough_usec) {
                w->asking = true;
                w->asking_since_usec = now_usec;
                w->n_asked = 0;
                w->n_enough = count_enough(get_loss(w, now_usec));
                return ask(w, ret_wait_usec);
        }

        *ret_wait_usec = LOOK_INTERVAL_USEC;
        return w->changed_usec > 0 && now_usec - w->changed_usec < IN_USE_USEC ? PEER_WATCH_LOOK :
                                                                                 PEER_WATCH_QUIET;
}
