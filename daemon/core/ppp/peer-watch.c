/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/ppp/peer-watch.h"

#include "core/base/macros.h"

/* How often a link in use is looked at, and for how long after its last packet. */
#define LOOK_INTERVAL_USEC (250 * USEC_PER_MSEC)
#define IN_USE_USEC (5 * USEC_PER_SEC)

/* For how long data may stay unanswered before the peer is asked. */
#define UNANSWERED_MIN_USEC (500 * USEC_PER_MSEC)

/*
 * From the first question to the second: two round trips, within these bounds. A peer that is there
 * has answered by then, and is not asked again.
 */
#define FIRST_INTERVAL_MIN_USEC (250 * USEC_PER_MSEC)
#define FIRST_INTERVAL_MAX_USEC (500 * USEC_PER_MSEC)
/* Between two later questions, at most. */
#define ASK_INTERVAL_MAX_USEC (250 * USEC_PER_MSEC)

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
 * loss for one and a half: the sample is small, and may have been a good one. ret_any is whether
 * there was one at all.
 */
static double get_loss(const PeerWatch *w, uint64_t now_usec, bool *ret_any) {
        const size_t n_known = MIN(w->n_echoes, (size_t) PEER_WATCH_ECHOES);
        size_t n_sent = 0, n_lost = 0;

        for (size_t i = 0; i < n_known; i++) {
                bool answered = w->echoes[i].answered;

                if (!answered && now_usec - w->echoes[i].sent_usec < get_patience(w))
                        continue;
                n_sent++;
                n_lost += !answered;
        }

        *ret_any = n_lost > 0;
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
        if (w->n_asked == w->n_enough)
                w->asked_enough_usec = now_usec;
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

/*
 * When the round ends without any answer. A path that has lost nothing so far is given as long as
 * the first question needs, and one that loses packets as long as the last of them: the first ones
 * may have been lost, and those behind them be on their way in a stall.
 */
static uint64_t get_end(const PeerWatch *w) {
        if (w->n_asked < w->n_enough)
                return USEC_INFINITY;

        return get_patience(w) + (w->loses ? w->asked_enough_usec : w->asking_since_usec);
}

/*
 * On a path that has lost nothing, all questions fit into the first one's wait, so that it is that
 * which decides when the peer is dead, and not how long it takes to ask.
 */
static uint64_t get_ask_interval(const PeerWatch *w) {
        if (w->n_asked == 0) {
                uint64_t usec = MAX(2 * w->round_trip_usec, FIRST_INTERVAL_MIN_USEC);

                return MIN(usec, FIRST_INTERVAL_MAX_USEC);
        }

        return w->loses ? ASK_INTERVAL_MAX_USEC :
                          MIN(PATIENCE_MIN_USEC / w->n_enough, ASK_INTERVAL_MAX_USEC);
}

static PeerWatchVerdict ask(const PeerWatch *w, uint64_t now_usec, uint64_t *ret_wait_usec) {
        *ret_wait_usec = MIN(get_ask_interval(w), get_end(w) - now_usec);
        return PEER_WATCH_ASK;
}

PeerWatchVerdict peer_watch_check(PeerWatch *w, PeerWatchTraffic traffic, uint64_t now_usec,
                                  uint64_t *ret_wait_usec) {

        uint64_t enough_usec = MAX(UNANSWERED_MIN_USEC, 2 * w->round_trip_usec);

        note_traffic(w, traffic, now_usec);

        if (w->asking) {
                if (now_usec >= get_end(w))
                        return PEER_WATCH_DEAD;
                return ask(w, now_usec, ret_wait_usec);
        }

        if (w->unanswered_usec > 0 && now_usec - w->unanswered_usec >= enough_usec) {
                w->asking = true;
                w->asking_since_usec = now_usec;
                w->n_asked = 0;
                w->n_enough = count_enough(get_loss(w, now_usec, &w->loses));
                return ask(w, now_usec, ret_wait_usec);
        }

        *ret_wait_usec = LOOK_INTERVAL_USEC;
        return w->changed_usec > 0 && now_usec - w->changed_usec < IN_USE_USEC ? PEER_WATCH_LOOK :
                                                                                 PEER_WATCH_QUIET;
}
