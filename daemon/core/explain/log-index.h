/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Finds all known texts in a line in one pass: the catalogue's LogText= and summaries, the phrases
 * below, which tell how an attempt goes on, and the names of what carries PPP. Lines of a log are
 * many and known texts a few hundred, so that looking for one after the other would take seconds.
 */

#include <stddef.h>
#include <stdint.h>

#include "core/diagnosis/catalogue.h"

/* What programs print in the course of an attempt, whether it fails or not. */
typedef enum LogPhrase {
        LOG_PHRASE_BEGINS,         /* pppd's first lines of an attempt */
        LOG_PHRASE_CONNECT,        /* pppd: "Connect: ppp0 <--> /dev/pts/0" */
        LOG_PHRASE_STARTED,        /* pppd: "pppd 2.4.9 started by root"; ours: "Connecting to " */
        LOG_PHRASE_TERMINATED,     /* pppd: the attempt is over */
        LOG_PHRASE_SIGNAL,         /* pppd and who started it: somebody here ended it */
        LOG_PHRASE_CLOSING,        /* pptp-linux: the control connection is over */
        LOG_PHRASE_PPTP_STARTED,   /* pptp-linux: it begins, and has no connection yet */
        LOG_PHRASE_START_ASKED,    /* pptp-linux: Start-Control-Connection-Request sent */
        LOG_PHRASE_START_ANSWERED, /* and its reply received */
        LOG_PHRASE_CALL_ASKED,     /* pptp-linux: Outgoing-Call-Request sent */
        LOG_PHRASE_CALL_ANSWERED,  /* and its reply received */
        LOG_PHRASE_CALL_MADE,      /* and it was good */
        LOG_PHRASE_PPTP_PLUGIN,    /* pppd's plugin that speaks PPTP in place of pptp-linux */
        LOG_PHRASE_PEER_CLOSED,    /* pptp-linux: end of file */
        LOG_PHRASE_LCP_TIMEOUT,
        LOG_PHRASE_ASKED_PASSWORD, /* somebody looks for the password */
        LOG_PHRASE_AUTHENTICATED,
        LOG_PHRASE_ENCRYPTED,
        LOG_PHRASE_UP,
        LOG_PHRASE_ADDRESS,   /* a line with the server's address, or the peer's in the tunnel */
        LOG_PHRASE_IMPATIENT, /* NetworkManager: it took too long */
        LOG_PHRASE_CRASH,     /* kernel, systemd: a program crashed */
        LOG_PHRASE_ENDED,     /* something of an attempt that is over, and not why */
        LOG_PHRASE_ALIVE,     /* pptp-linux: the server asks whether we are there, or answers */
        LOG_PHRASE_UPLINK,    /* the network of this host went away, or the host to sleep */
        LOG_PHRASE_MODULE,    /* modprobe, insmod: a module of PPP was not loaded */
        LOG_PHRASE_TRAFFIC,   /* pppd at the end: its time, and "Sent 10 bytes, ..." */
        LOG_PHRASE_REMARK,    /* pppd: what explains a failure that another line names */
        LOG_PHRASE_CLUE,      /* for log-message.h to read */
        LOG_PHRASE_REPEATED,  /* syslog: "last message repeated 8 times" */
        LOG_PHRASE_OPTION,    /* an option that matters, or a file of options */
        LOG_PHRASE_PROXY,     /* pppd: its peer got an address of this host's own network */
        LOG_PHRASE_GRE,       /* pptp-linux: a GRE packet of the server came */
        LOG_PHRASE_CLIENT,    /* another client than pppd, for log-client.h to read */
        LOG_PHRASE_HEARD,     /* something of the server came over PPP */
        LOG_PHRASE_SERVER,    /* a program that serves others */
        LOG_PHRASE_RAW,       /* bytes of PPP as they came from the server */
        LOG_PHRASE_TERMINAL,  /* pppd: its terminal is gone */
        LOG_PHRASE_DROPPED, /* kernel: a packet that the firewall logs, for log-message.h to read */
        LOG_PHRASE_PLUGIN,  /* NetworkManager: what its VPN service told it */
        LOG_PHRASE_EXISTS,  /* ip: there is a route to that network already */
        LOG_PHRASE_KILLED,  /* pppd: a program that it ran was ended by a signal */
        LOG_PHRASE_IP_DOWN, /* pppd: IP went down, and the link is about to */
        LOG_PHRASE_CCP_REFUSED, /* mpd: the other side rejected what this one asked of CCP */
        LOG_PHRASE_HANGUP_SIGNAL,
        LOG_PHRASE_NO_CCP,  /* mpd: the other side has no CCP */
        LOG_PHRASE_NMCLI,   /* nmcli, in any language: what follows is why it failed */
        LOG_PHRASE_COUNTER, /* ifconfig: an interface, or the bytes that went through it */
        LOG_PHRASE_PROOF,   /* pppd: the server's proof of the password is kept, or was not found */
        _LOG_PHRASE_MAX,
} LogPhrase;

typedef enum LogMatchKind {
        LOG_MATCH_TEXT,    /* number: index in catalogue_log_texts[] */
        LOG_MATCH_SUMMARY, /* number: CatalogueIndex of a failure */
        LOG_MATCH_PHRASE,  /* number: LogPhrase */
        LOG_MATCH_CARRIER, /* number: LogCarrier */
        LOG_MATCH_NETWORK, /* the line may have an address, for log-network.h to read */
        LOG_MATCH_WINDOWS, /* number: that of the error of Windows, in its words */
        LOG_MATCH_CAPTURE, /* the line may be tcpdump's, for log-capture.h to read */
        LOG_MATCH_PROGRAM, /* number: LogClientProgram */
} LogMatchKind;

typedef struct LogMatch {
        LogMatchKind kind;
        unsigned number;
        size_t offset, n_text; /* where in the line */
} LogMatch;

/* As many matches of one line as are kept. */
#define LOG_MATCHES_MAX 16

typedef struct LogIndex LogIndex;

/* Makes an index of all known texts. Returns NULL if memory is exhausted. */
LogIndex *log_index_new(void); /* NULL: out of memory */
/* Frees an index. Takes NULL; returns NULL. */
LogIndex *log_index_free(LogIndex *index);

/*
 * Finds the known texts in a line, in its order: at each place the longest of each kind. Returns
 * how many it wrote to ret_matches.
 */
size_t log_index_find(const LogIndex *index, const char *text, size_t n_text,
                      LogMatch ret_matches[static LOG_MATCHES_MAX]);

/* What is shorter may begin many messages. */
#define LOG_PREFIX_MIN 12

/*
 * Finds the one known text that begins at the end of a line and was cut off there, after at least
 * LOG_PREFIX_MIN characters. Returns how many matches it wrote to ret_matches, one for each kind
 * that the text is known as; 0 if there is no such text, or more than one may be meant.
 */
size_t log_index_find_cut(const LogIndex *index, const char *text, size_t n_text,
                          LogMatch ret_matches[static LOG_MATCHES_MAX]);
