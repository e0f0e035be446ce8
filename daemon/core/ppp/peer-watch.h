/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Dead peer detection while the link is in use, on the evidence of its traffic as in RFC 3706: if
 * packets go out and nothing comes back, the peer is asked at once, several times a second, and a
 * peer that answers none of it is dead within three seconds. An idle link is not asked at all; that
 * is the keep-alive's, which also finds a path that loses packets in one direction only.
 *
 * How many answers have to fail depends on how many have failed before: a clean path needs few, a
 * lossy one many, and more time for each. So does the wait: an answer that once took long is waited
 * for longer.
 *
 * Pure: echoes are sent, and packets heard, by others. All times are microseconds of one clock that
 * does not jump.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The echoes that are remembered: a power of two, and no more than there are identifiers. */
#define PEER_WATCH_ECHOES 128

typedef enum PeerWatchVerdict {
        PEER_WATCH_QUIET, /* the link is not in use: look again when the keep-alive does */
        PEER_WATCH_LOOK,  /* look again after wait_usec */
        PEER_WATCH_ASK,   /* send an echo, and look again after wait_usec */
        PEER_WATCH_DEAD,
} PeerWatchVerdict;

/* What the interface has carried, as the kernel counts it. The counters may wrap. */
typedef struct PeerWatchTraffic {
        uint32_t sent_packets;
        uint32_t received_packets;
} PeerWatchTraffic;

typedef struct PeerWatch {
        struct {
                uint64_t sent_usec;
                uint8_t id;
                bool answered;
        } echoes[PEER_WATCH_ECHOES];
        size_t n_echoes; /* since the link came up; the array is a ring */

        uint64_t round_trip_usec; /* smoothed as in RFC 6298; 0: not known */
        uint64_t slowest_usec;    /* the longest of late, which fades */

        PeerWatchTraffic traffic; /* when it was looked at last */
        uint64_t changed_usec;    /* when it was seen to have changed; 0: not yet */
        uint64_t unanswered_usec; /* since when something is; 0: nothing is */

        /* The round of questions that is under way. */
        bool asking;
        bool loses; /* some of the echoes that are remembered were lost */
        uint64_t asking_since_usec, asked_enough_usec;
        size_t n_asked, n_enough;
} PeerWatch;

/* Begins anew with a link that has just come up. */
void peer_watch_reset(PeerWatch *w);
/* Learns that an echo was sent, for whatever reason. */
void peer_watch_note_echo(PeerWatch *w, uint8_t id, uint64_t now_usec);
/* Learns of an answer. One to no echo that is remembered counts for a packet of the peer's. */
void peer_watch_note_answer(PeerWatch *w, uint8_t id, uint64_t now_usec);
/* Learns that any other control packet came from the peer. */
void peer_watch_note_packet(PeerWatch *w);
/*
 * Looks at the link. Only a peer that is known to answer echoes can be judged: others must not be
 * looked at. ret_wait_usec is set with LOOK and ASK.
 */
PeerWatchVerdict peer_watch_check(PeerWatch *w, PeerWatchTraffic traffic, uint64_t now_usec,
                                  uint64_t *ret_wait_usec);
