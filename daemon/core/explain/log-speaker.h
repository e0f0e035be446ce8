/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Who speaks in a line of a log. People paste the log of a whole machine, in which "No route to
 * host" is said by programs that have nothing to do with the tunnel, or a letter, in which a
 * sentence names options and messages that were never logged.
 */

#include <stdbool.h>
#include <stddef.h>

#include "core/explain/log-carrier.h"
#include "core/explain/log-time.h"

typedef enum LogSpeaker {
        LOG_SPEAKER_NOBODY, /* no program is named: a message, or a sentence */
        LOG_SPEAKER_PPPD,
        LOG_SPEAKER_PPTP,    /* pptp-linux */
        LOG_SPEAKER_OWN,     /* pptp-supervisor */
        LOG_SPEAKER_STARTER, /* NetworkManager, netifd: repeat what pppd says, and how it ended */
        LOG_SPEAKER_KERNEL,
        LOG_SPEAKER_AUDIT,
        LOG_SPEAKER_SERVER, /* pptpd, accel-ppp and the like */
        LOG_SPEAKER_STRANGER,
} LogSpeaker;

/* A server whose configuration is not that of pptpd and pppd. */
typedef enum LogServerProgram {
        LOG_SERVER_PPTPD, /* or none that is named */
        LOG_SERVER_ACCEL, /* accel-ppp */
        LOG_SERVER_MPD,
        LOG_SERVER_ROUTEROS,
} LogServerProgram;

/* A program that calls a server, and has settings of its own. */
typedef enum LogClientProgram {
        LOG_PROGRAM_PPPD, /* with pptp-linux or a plugin; or none that is named */
        LOG_PROGRAM_NETWORK_MANAGER,
        LOG_PROGRAM_WINDOWS,
        LOG_PROGRAM_MACOS,
        LOG_PROGRAM_ANDROID,
        LOG_PROGRAM_MPD, /* FreeBSD, pfSense */
        LOG_PROGRAM_ROUTEROS,
        LOG_PROGRAM_DEVICE, /* a router or NAS with pppd in it, set up by its web pages */
        _LOG_PROGRAM_MAX,
} LogClientProgram;

typedef struct LogTag {
        LogSpeaker speaker;
        LogServerProgram server;
        LogClientProgram client;
        unsigned pid;       /* 0: not known */
        LogCarrier carrier; /* that the speaker has to do with, and PPTP has not */
        int time_sec;       /* of the day, or LOG_NO_TIME */
        size_t message;     /* where in the line the message begins */
        bool goes_on;       /* the line is the rest of the one before, which was broken */
} LogTag;

/*
 * Reads the tag of a line, as "Mar  3 10:00:00 host pppd[12]: ". A name with a pid is one wherever
 * it stands; without a pid only behind a time, since "connect:" and "EAP:" begin messages.
 */
void log_speaker_parse(const char *text, LogTag *ret_tag);

/*
 * Returns how many words of a sentence stand in the first n_text bytes: letters only, not all in
 * capitals.
 */
unsigned log_speaker_count_words(const char *text, size_t n_text);
