/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What is remembered of a tunnel from its start to its stop, over all connections in between. The
 * tunnel keeps it, the state file (status.h) hands it on to the successor of a supervisor that
 * crashed, or that was not up in the time that the service manager gives a start. Times are
 * microseconds of CLOCK_BOOTTIME.
 */

#include <stddef.h>
#include <stdint.h>

/* A server that is out for a day must not be all that is remembered, nor need a month be. */
#define HISTORY_FAILURES_MAX 8
#define HISTORY_TEXT_MAX_BYTES 512

/* What an interface has carried, as the kernel counts it: inside of the tunnel. */
typedef struct Traffic {
        uint64_t received_bytes;
        uint64_t received_packets;
        uint64_t sent_bytes;
        uint64_t sent_packets;
} Traffic;

/* One reason, or the same one several times with no other between. */
typedef struct HistoryFailure {
        char id[32]; /* of the catalogue; "": not recognised */
        char text[HISTORY_TEXT_MAX_BYTES];
        uint64_t at_usec; /* of the latest */
        uint64_t n_times;
} HistoryFailure;

/* Where a series of tries stands that have all been in vain so far. */
typedef struct Retry {
        uint64_t n_tries;                /* rounds over all candidates */
        uint64_t delay_usec;             /* the latest of the back-off; 0: none yet */
        uint64_t unreachable_since_usec; /* 0: reached it last time */
        uint64_t not_before_usec;        /* the server will not have us earlier; 0: any time */
} Retry;

typedef struct History {
        uint64_t n_connects; /* how often the tunnel came up */
        uint64_t has_worked; /* 1: up since the unit's start, or before a restart that kept it */
        uint64_t worked_as;  /* a hash of the server and user of that time; 0: not known */
        uint64_t n_restarts; /* of the supervisor, after it ended by mistake */
        uint64_t up_usec;    /* of connections that are over */
        uint64_t down_since_usec; /* since when it cannot be used; 0: it is up */
        Traffic traffic; /* the same; what was carried when the supervisor crashed is lost */
        HistoryFailure failures[HISTORY_FAILURES_MAX]; /* the latest first */
        size_t n_failures;
        Retry retry;
} History;

/* Remembers a failure; the oldest one is forgotten for it, unless it is the latest over again. */
void history_add_failure(History *h, const char *id, const char *text, uint64_t now_usec);

/* Adds what a connection has carried that is over. */
void history_add_traffic(History *h, const Traffic *traffic);
