/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Packets as tcpdump prints them. Of PPTP they tell what pppd's log cannot: whether GRE goes both
 * ways, to which hosts, and for which call.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/explain/log-copy.h"
#include "core/explain/log-reader.h"

/* A name or an address, which tcpdump prints with or without -n. */
#define LOG_CAPTURE_HOST_MAX 64

typedef struct LogCapture {
        unsigned n_lines; /* 0: there is no such line in the log */
        /* The first two hosts in the order in which their GRE packets were seen; or empty. */
        char hosts[2][LOG_CAPTURE_HOST_MAX];
        unsigned n_gre[2];    /* packets that each sent */
        unsigned n_direct[2]; /* of these, to the other */
        /*
         * People show what tcpdump saw at both ends, one below the other. In one such piece, the
         * packets that each sent; and whether a piece has many of one host and none of the other.
         */
        unsigned n_piece[2];
        bool one_way[2];
        bool has_time;
        int last_sec; /* second of the day of the latest line, if it has_time */
        char astray
                [LOG_CAPTURE_HOST_MAX]; /* a third one, to which one of them sent GRE; or empty */
        unsigned astray_sender;         /* which of the two did */
        char stranger
                [LOG_CAPTURE_HOST_MAX]; /* a third one, which sent GRE to one of them; or empty */
        unsigned stranger_target;       /* to which of the two */
        char client[LOG_CAPTURE_HOST_MAX]; /* who opened the control connection; or empty */
        /*
         * Of the control connection: what the client asked, whether that was answered, and whether
         * the client asked again or gave up, so that an answer would have come in between.
         */
        bool start_asked, start_answered, call_was_asked, call_answered, gave_up;
        LogEvidence question; /* the latest */
        bool has_asked_call, has_call;
        unsigned asked_call; /* the call ID that the client chose */
        unsigned call;       /* the one in the GRE packets of the other side */
} LogCapture;

/* Takes a line in which tcpdump names GRE or a message of PPTP; passes over any other. */
void log_capture_add(LogCapture *c, const LogLine *line);

/* Notes the end of the log, or of what tcpdump saw at one place. */
void log_capture_end_piece(LogCapture *c);

/* Whether each host's own packets were seen at one end, and never those of the other. */
bool log_capture_is_lost_both_ways(const LogCapture *c);
/* Whether one host sent GRE again and again, and none came back to it. */
bool log_capture_is_one_way(const LogCapture *c);
/* Whether GRE of both hosts was seen, each to the other. */
bool log_capture_is_two_way(const LogCapture *c);
/*
 * Whether the control connection shows that the server never answered the request to start it, or
 * the request for a call.
 */
bool log_capture_is_start_unanswered(const LogCapture *c);
bool log_capture_is_call_unanswered(const LogCapture *c);
/*
 * Whether one host sends its GRE to an address, and only another one sends GRE to it. The two are
 * stored then; they are the capture's.
 */
bool log_capture_is_of_other_host(const LogCapture *c, const char **ret_called,
                                  const char **ret_answering);
/* Whether the answers of the host that was called carry another call ID than the client chose. */
bool log_capture_is_of_other_call(const LogCapture *c);
