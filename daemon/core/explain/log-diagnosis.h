/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Explains a log of pppd, pptp-linux, NetworkManager or of ourselves: rebuilds its packets, has
 * diagnosis.h judge them, and falls back to the messages of these programs only where the packets
 * say nothing. Several attempts in one log are told apart, by their process and by their course,
 * and judged one by one. Reads a stream: the memory that it takes does not grow with the log.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/diagnosis/diagnosis.h"
#include "core/explain/log-capture.h"
#include "core/explain/log-carrier.h"
#include "core/explain/log-copy.h"
#include "core/explain/log-prose.h"
#include "core/explain/log-reader.h"
#include "core/explain/log-speaker.h"

/* A log of redials all day long repeats itself; the newest attempts are those that matter. */
#define LOG_ATTEMPTS_MAX 256
#define LOG_EVIDENCE_MAX 8

/* What is special about an attempt, so that the usual remedy of its row does not help. */
typedef enum LogCase {
        LOG_CASE_USUAL,
        LOG_CASE_SENT_NOTHING,  /* CTL-10: nothing went into the tunnel, so no route leads there */
        LOG_CASE_OTHER_ADDRESS, /* GRE-11: the server answers from another address */
        LOG_CASE_ONE_STRENGTH,  /* MPPE-01: pppd asked for one strength already */
        LOG_CASE_NO_ADDRESS,    /* IPCP-01: the server rejects IP, or the question for an address */
        LOG_CASE_LEFT_BY_DATA,  /* LCP-03: pptp-linux's process for GRE ended by itself */
} LogCase;

/* How far an attempt got, as everything in its log proves. */
typedef enum LogStage {
        LOG_STAGE_BEGUN,
        LOG_STAGE_CONTROL, /* the server answered on the control connection */
        LOG_STAGE_CALL,    /* there is a call */
        LOG_STAGE_LINK,    /* the other side was heard over PPP */
        LOG_STAGE_ASKED,   /* the password was asked for, and neither accepted nor refused */
        LOG_STAGE_AUTHENTICATED,
        LOG_STAGE_ENCRYPTED,
        LOG_STAGE_UP, /* addresses were agreed on */
        _LOG_STAGE_MAX,
} LogStage;

/* What a server's log tells of a client that called it, where nothing failed. */
typedef enum LogServerView {
        LOG_SERVER_VIEW_NOTHING,     /* it ended, and the lines do not say why */
        LOG_SERVER_VIEW_WAITING,     /* the server itself started, and no client called yet */
        LOG_SERVER_VIEW_BEGUN,       /* nothing ended yet */
        LOG_SERVER_VIEW_CLIENT_LEFT, /* before or after it was up */
        LOG_SERVER_VIEW_ENDED,       /* by the client, and the log has only the end */
        LOG_SERVER_VIEW_CLOSED,      /* the control connection, and nothing else is in the log */
        LOG_SERVER_VIEW_GONE,    /* after it was up: its control connection, without a goodbye */
        LOG_SERVER_VIEW_HUNG_UP, /* after it was up, by pptpd, of which no line tells why */
        LOG_SERVER_VIEW_UP,
} LogServerView;

/* What the words are about with which a server refused a log-on. */
typedef enum LogWords {
        LOG_WORDS_NONE,      /* there are none, or they are about the name and the password */
        LOG_WORDS_OTHER,     /* something that is not known here */
        LOG_WORDS_BUSY,      /* the server has no room at the moment */
        LOG_WORDS_FORBIDDEN, /* this account may not come in this way */
} LogWords;

/* Where the cause is, of a verdict that only says how it ended. */
typedef enum LogCause {
        LOG_CAUSE_TOLD,    /* the verdict is the cause */
        LOG_CAUSE_BEFORE,  /* in the lines that were written before those of the evidence */
        LOG_CAUSE_IN_PPTP, /* in messages of pptp-linux, which are not in this log */
        LOG_CAUSE_IN_PPPD, /* in messages of pppd, which are not in this log */
} LogCause;

typedef struct LogAttempt {
        unsigned first_line, last_line;
        char label[80]; /* a comment that introduces it, escaped; or empty */
        unsigned n_packets;
        bool was_up; /* IP was agreed on */
        /*
         * A server's log of its client: a verdict; or a view, with the client's last words in
         * verdict.detail.
         */
        bool of_server;
        LogServerView view;
        LogServerProgram server;
        LogCarrier carrier;   /* of another than PPTP nothing is said about PPTP */
        bool is_silent;       /* over such a one: nothing came from the other side */
        LogStage stage;       /* reached last */
        bool ended_here;      /* a program or a person on this host ended it */
        bool kept_route;      /* pppd says that it left the default route as it was */
        bool added_route;     /* a command added a route into the tunnel */
        bool sent_little;     /* hardly any data went into a tunnel that was up for a while */
        bool received_none;   /* pppd counted not one byte that came through the link */
        bool is_over;         /* it has ended: without a verdict, for a reason that is not told */
        LogEvidence uplink;   /* the network of this host went away meanwhile; line 0: it did not */
        bool from_packets;    /* the verdict is; else from a message */
        bool from_supervisor; /* from its own verdict, which knew more than a log shows */
        bool by_supervisor;   /* it was the supervisor's attempt */
        LogClientProgram program; /* or that of this client */
        bool is_remnant;          /* tells nothing that counts beside other attempts */
        bool after_prose;         /* a sentence stands between it and the attempt before it */
        bool tells_of_pppd, tells_of_pptp; /* by packets or messages of the one and of pptp-linux */
        bool may_lack_call; /* only pppd speaks, and nothing shows that the server answered */
        bool lcp_timed_out; /* pppd waited in vain for the link, and says so */
        uint32_t magic;     /* this side drew it for LCP, or for its IPv6 address; or 0 */
        int last_sec;       /* second of the day of its latest line; LOG_NO_TIME */
        LogWords words;     /* of the server, beside a refusal */
        bool lacks_lines;   /* somebody ended it, and no line tells what the server said */
        bool is_likely;     /* the verdict is what such a log mostly means, and not proven */
        bool by_pap;        /* PAP let it in */
        bool gre_passes;    /* GRE was lost, and another attempt in this log got it through */
        bool is_old; /* the tunnel was up before the log begins, and the log shows no failure */
        bool server_closed;   /* it closed the control connection */
        bool is_quoted;       /* the message of the evidence is only quoted in a sentence */
        bool options_missing; /* of packets, see log_packet_is_bare() */
        Verdict verdict;      /* row NULL: not recognised */
        LogCase special;      /* of that verdict */
        LogCause cause;       /* without a verdict: LOG_CAUSE_BEFORE, or LOG_CAUSE_TOLD */
        bool starts_log;      /* the cause is before the first line that was read */
        LogEvidence evidence[LOG_EVIDENCE_MAX]; /* without a verdict: the last packets */
        size_t n_evidence;
        Verdict notes[DIAGNOSIS_NOTES_MAX];
        size_t n_notes;
} LogAttempt;

typedef struct LogDiagnosis {
        LogAttempt *attempts; /* the oldest first; those that show something of PPTP or PPP */
        size_t n_attempts;    /* the newest, LOG_ATTEMPTS_MAX at most */
        size_t n_older;       /* attempts that were left out */
        unsigned n_lines;
        LogCarrier carrier;            /* the only one that is named in the log */
        LogCapture capture;            /* what tcpdump shows in it */
        LogProse prose;                /* what its lines without a program's name are about */
        bool has_programs;             /* a line names its program, or has a packet */
        LogCarrier other_vpn;          /* a connection of NetworkManager of this kind failed */
        LogEvidence other_vpn_failure; /* as this line says; line 0: none */
        bool newest_first; /* the log's newest lines stand first: later lines have lower numbers */
        bool is_merged;    /* pieces of the same time were read as one */
        bool is_cut;       /* such a log was too long: its oldest lines were left out */
} LogDiagnosis;

/*
 * Reads a whole log from a function, to which context is passed. Returns 0, -ENOMEM, or the error
 * of read; the result is released with log_diagnosis_done().
 */
int log_diagnosis_read_from(LogRead read, void *context, LogDiagnosis *ret_diagnosis);
/* The same from memory, which stays the caller's. Returns 0 or -ENOMEM. */
int log_diagnosis_read(const char *text, size_t n_text, LogDiagnosis *ret_diagnosis);
/* Releases a result; *d is empty then. */
void log_diagnosis_done(LogDiagnosis *d);
