/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What the parts of the log's parser share: log-diagnosis.c reads lines and gives each to its
 * attempt (log-lines.h); log-evidence.c, with a file for each matter, takes from a line what it
 * shows of the attempt, and log-frames.c from a packet; log-verdict.c makes a verdict of that
 * (log-server.c of a server's log); and log-result.c tells of the log as a whole.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/macros.h"
#include "core/diagnosis/catalogue.h"
#include "core/explain/log-carrier.h"
#include "core/explain/log-diagnosis.h"
#include "core/explain/log-index.h"
#include "core/explain/log-network.h"
#include "core/explain/log-order.h"
#include "core/explain/log-packet.h"
#include "core/explain/log-prose.h"
#include "core/explain/log-reader.h"
#include "core/explain/log-speaker.h"
#include "core/ppp/mppe.h"
#include "core/pptp/pptp-message.h"

#define LOG_PACKETS_MAX 64
#define LOG_HITS_MAX 24
/* How far a line and its twin are apart where pppd logs to two places at once. */
#define LOG_TWINS_MAX 8
/* Attempts of different processes whose lines may alternate in a log. */
#define LOG_OPEN_MAX 4
/* pppd, its helpers, and pptp-linux's two processes. */
#define LOG_PIDS_MAX 8

/*
 * A packet of the attempt, to be shown if the verdict rests on it; or, with no protocol, a message
 * that holds as much as a packet.
 */
typedef struct LogPacketLine {
        unsigned line;
        uint16_t protocol;
        uint8_t code;
        bool sent;
        char text[LOG_EVIDENCE_TEXT_MAX];
} LogPacketLine;

/* A message that the catalogue knows. */
typedef struct LogHit {
        unsigned line;
        unsigned n; /* how many such lines there are */
        CatalogueIndex row;
        bool is_verdict; /* of the supervisor, which knew more than a log shows */
        char text[LOG_EVIDENCE_TEXT_MAX];
        char detail[sizeof(((Verdict *) NULL)->detail)]; /* of this case, or empty */
} LogHit;

/* What a server may ask the client to log on by, and pppd's options may refuse. */
typedef enum LogMethod {
        LOG_METHOD_PAP,
        LOG_METHOD_CHAP, /* with MD5 */
        LOG_METHOD_MSCHAP,
        LOG_METHOD_MSCHAP_V2,
        LOG_METHOD_EAP,
        _LOG_METHOD_MAX,
} LogMethod;

/* The options that pppd was given, as far as the log shows them. */
typedef struct LogOptions {
        bool stateful;
        bool requires_mppe;
        bool refuses[_LOG_METHOD_MAX];
} LogOptions;

/* What pptp-linux's messages tell of the control connection. */
typedef struct LogControl {
        bool pptp_started; /* and has not asked since */
        bool start_asked, start_answered;
        bool call_asked, call_answered;
        bool given_up;         /* pptp-linux itself began to close it */
        bool closed;           /* by the server, before that */
        bool is_over;          /* whoever ended it */
        bool crashed;          /* pptp-linux did, in the process for it */
        bool is_alive;         /* an echo came */
        int asked_sec;         /* of the latest question, or of the start of pptp-linux */
        int call_made_sec;     /* when the call was made, second of the day; or LOG_NO_TIME */
        LogEvidence asked;     /* the latest question */
        LogEvidence end;       /* the line that shows that the server closed, or see left_by_data */
        int unhandled_sec;     /* when that process was seen to be gone, whatever came first */
        LogEvidence unhandled; /* and the line that shows it */
        bool left_by_data;     /* pptp-linux's own process for GRE was gone first, before pppd */
        int closed_sec;        /* when the server closed */
        int alive_sec;         /* when the latest echo came */
        unsigned alive_line;   /* and in which line */
        int dead_sec;          /* when pptp-linux gave up waiting for an echo */
        int silent_sec;        /* how long the call stood without a line of PPP; or 0 */
} LogControl;

/* What pptp-linux says of the server's GRE packets. */
typedef struct LogGre {
        bool has_come;      /* one at least */
        unsigned n_refused; /* thrown away one after the other, and none accepted in between */
        uint32_t number, expected;
        LogEvidence first, latest; /* of those */
} LogGre;

/* What the lines of a server, pptpd or accel-ppp, tell of a call. */
typedef struct LogServed {
        unsigned pid;          /* of the process that serves it, or 0 */
        unsigned speaker;      /* of the server's process that spoke last in it, or 0 */
        bool connected;        /* the log has the beginning of the control connection */
        bool call_started;     /* the client asked for a call */
        bool had_call;         /* there was one, of which the beginning is not in the log */
        bool worked;           /* echoes or data came through the tunnel's two connections */
        bool pty_failed;       /* its pppd is gone */
        bool pppd_spoke;       /* a frame of its pppd came */
        bool manages;          /* pptpd itself started, and waits for clients */
        bool start_failed;     /* and it had failed before, for want of pppd */
        bool closed;           /* the client closed the control connection */
        bool asks_radius;      /* whether the password is right */
        bool hung_up_first;    /* pppd lost its terminal before it ended by itself */
        bool peer_is_silent;   /* RouterOS says so */
        bool lacks_encryption; /* RouterOS says so */
        unsigned n_requests;   /* Configure-Requests for LCP that accel-ppp sent */
        int call_sec;          /* when the call was started; or LOG_NO_TIME */
        int end_sec;           /* when it was seen that it is over */
        LogEvidence end;       /* the line that shows it */
} LogServed;

/* Nothing is known of it yet. */
#define LOG_CONTROL_NONE                                                                           \
        (LogControl) {                                                                             \
                .asked_sec = LOG_NO_TIME, .call_made_sec = LOG_NO_TIME, .closed_sec = LOG_NO_TIME, \
                .alive_sec = LOG_NO_TIME, .dead_sec = LOG_NO_TIME, .unhandled_sec = LOG_NO_TIME    \
        }

/* An attempt of which the end was not read yet. */
typedef struct LogOpenAttempt {
        Diagnosis *diagnosis;
        LogAttempt attempt;
        LogOptions options;
        LogControl control;
        LogGre gre;
        LogServed served;
        MppePolicy asked;  /* what our requests show of the policy */
        MppePolicy policy; /* what the supervisor said that it is */
        bool has_policy;
        PptpMessage reply;   /* the one that a "result code" belongs to */
        unsigned first_said; /* its first line of a program of the tunnel; or 0 */
        bool has_begun;      /* its pppd said so */
        bool has_plugin;     /* and that it speaks PPTP itself, by its plugin pptp.so */
        bool terminated;
        unsigned ip_down;    /* the line in which pppd counted its bytes or ran ip-down; or 0 */
        int ip_down_sec;     /* and when that was */
        int hangup_sec;      /* when pppd lost pptp-linux before that; or LOG_NO_TIME */
        bool left_by_pppd;   /* pppd ended the link by itself, and did not lose pptp-linux */
        bool helper_started; /* pptp-linux said that it begins */
        bool asked_in_vain;  /* it waited for an answer to its first question, and asked again */
        bool told_to_end;    /* by a signal, or by who started it */
        bool is_over;        /* a line of an attempt that has ended */
        bool asked_password; /* the log-on was begun */
        bool heard;          /* the server, over PPP */
        bool authenticated;  /* a message says so */
        /* Two lines follow one another directly, or one names no program. */
        bool has_neighbours;
        LogEvidence raw; /* a line with raw bytes of PPP, as a terminal shows them; line 0: none */
        bool encrypted;  /* a message says so */
        LogEvidence ccp_refused; /* a message says that it rejects what we ask; line 0: none */
        LogEvidence no_ccp;      /* a message says that the other side has no CCP; line 0: none */
        bool is_up;              /* a message says so, or traffic proves it */
        bool by_client;          /* pptp-linux or a received challenge: we called */
        bool is_loop;            /* by what pppd counted at the end */
        bool sent_none;          /* pppd counted that not one byte was sent */
        uint64_t sent;           /* bytes, of that; 0 also if it counted nothing */
        bool replaced_route;     /* pppd put the default route into the tunnel */
        bool helper_killed;      /* pptp-linux was ended by a signal */
        unsigned n_resets[2];    /* Reset-Requests of CCP: received, and sent */
        unsigned n_bad_rejects;  /* replies that pppd calls bad */
        bool asked_dns;          /* our requests of IPCP ask for DNS servers */
        unsigned dead_echoes;    /* echo requests of ours without an answer, as pppd says */
        int dead_sec;            /* when it said so */
        uint32_t interface_id;   /* a hash of this side's for IPv6; or 0 */
        int up_sec;              /* when the link came up, or LOG_NO_TIME */
        uint64_t lasted_sec;     /* how long IP was up, as pppd says at the end; or 0 */
        char reason[64];         /* the server's, in a line of its own; escaped */
        LogEvidence reason_line; /* that line */
        bool carried_data;       /* both ways, and more than a negotiation */
        bool hints_at_server;    /* what servers do, and clients seldom */
        bool peer_is_in_lan;     /* proxy ARP: a server's, or two networks alike */
        bool refused_client;     /* we told the peer that its proof is wrong */
        bool client_left;        /* a message says so */
        bool offered_md5, suggested_pap; /* by the peer, and by us in its stead */
        bool asks_address_only;          /* our latest request: DNS servers are known */
        bool by_server;                  /* a server's words: somebody called us */
        bool by_supervisor;              /* a line of ours is among them */
        bool by_network_manager;         /* and of its pptp plugin */
        bool by_kvpnc;                   /* and of KVpnc, which is a client */
        LogCarrier carrier;              /* as its own pppd names it */
        LogAddresses addresses;
        size_t n_packets; /* that were kept, in all */
        size_t n_frame;   /* 0: the line before this one was none */
        bool frame_sent;
        size_t n_hits;
        unsigned pids[LOG_PIDS_MAX];
        size_t n_pids;
        unsigned pppd_pid;
        int begun_sec;           /* the time of pppd's first line of it, or LOG_NO_TIME */
        int last_sec;            /* the time of its latest line, or LOG_NO_TIME */
        LogEvidence uplink;      /* the network of this host went away */
        LogEvidence nmcli;       /* nmcli's line that says why it failed; line 0: none */
        LogEvidence told;        /* the line in which somebody here ended it */
        LogEvidence gave_up;     /* or in which a client did that heard nothing; line 0: none */
        bool has_pppd, has_pptp; /* such lines stand before the first that only tells the end */
        unsigned last_use;       /* the line that was its latest */

        /* What counts of these is counted above; a new attempt does not clear them. */
        LogPacketLine packets[LOG_PACKETS_MAX]; /* a ring of the latest */
        LogHit hits[LOG_HITS_MAX];
        uint8_t frame[LOG_FRAME_MAX_BYTES]; /* of the line before this one */
} LogOpenAttempt;

/* The lines before, of a program of ours: a mail program may have wrapped them. */
typedef struct LogJoint {
        LogTag tag;
        unsigned line, last_line; /* the first and the last of them */
        bool connects;            /* it says what pppd runs over, or would */
        size_t n_text;            /* 0: there is none */
        size_t n_last;            /* length of the last of them */
        char text[LOG_LINE_MAX_BYTES];
} LogJoint;

/* The length in bytes of the longest lines so far. */
typedef struct LogWidth {
        size_t n_text;
        unsigned n_lines; /* that are as long */
} LogWidth;

/* The proofs of servers that one pppd waited for, of which it loses every tenth: AUTH-21. */
typedef struct LogProofs {
        unsigned pid;        /* of that pppd; 0: not known */
        unsigned n_accepted; /* since it began, or lost one */
        bool in_last_row;    /* the latest one waits where pppd does not look */
} LogProofs;

typedef struct LogParser {
        LogReader reader;
        LogIndex *index;
        LogOpenAttempt open[LOG_OPEN_MAX];
        LogOpenAttempt *current; /* which lines belong to that name nobody */
        LogOptions log_options;  /* of the whole log: what stands before the first attempt */
        LogNetworks networks;
        LogCapture capture;
        LogJoint joint;
        LogWidth width;
        LogProofs proofs;
        unsigned secrets_line;           /* the latest that names chap-secrets; 0: none */
        bool secret_is_cut;              /* by a "#", in a line of that file */
        char mended[LOG_LINE_MAX_BYTES]; /* a line without the blanks within a word */
        unsigned carriers;               /* named anywhere in the log: bits, 1 << LogCarrier */
        unsigned programs;               /* clients in the log: bits, 1 << LogClientProgram */
        bool prose_names_pptp;           /* and no line of a log does so far */
        bool after_prose;                /* a sentence was read since the last line of a log */
        unsigned last_tagged;            /* the latest line that names its program; 0: none */
        LogHit windows;                  /* the latest error of Windows; line 0: none */
        unsigned windows_error;          /* its number */
        LogEvidence connected;           /* rasdial's line that it has; line 0: none */
        bool windows_in_words;           /* of Windows, which no other program has */
        LogProse prose;                  /* what lines are about that name no program */
        LogCarrier service;              /* of NetworkManager, which it named last */
        LogCarrier other_vpn;            /* of another kind, of which a line says that it failed */
        LogEvidence other_vpn_failure;   /* that line */
        LogHit helper;                   /* the kernel attaches no helper by itself; line 0: none */
        LogHit dropped;                  /* a call that the firewall drops; line 0: none */
        bool plugin_runs;                /* NetworkManager's VPN service answered */
        bool counts_tunnel;              /* ifconfig tells of a point-to-point interface */
        uint64_t n_received;             /* bytes, in ifconfig's line before */
        LogHit counters;                 /* ifconfig's line that shows a loop; line 0: none */
        bool serves;                     /* the next pppd is one that a server starts */
        bool has_server, has_client;     /* lines of pptpd, or of pptp-linux, are in the log */
        LogHit quoted; /* the first message within a sentence; row is one if has_quoted */
        bool has_quoted;
        uint64_t twins[LOG_TWINS_MAX]; /* hashes of the latest lines with packets, in a ring */
        size_t n_twins;
        LogAttempt *attempts; /* a ring of LOG_ATTEMPTS_MAX */
        size_t n_attempts;    /* that were filed, in all */
} LogParser;

/* Hands over what was found; the attempts are no longer the parser's then. */
void log_parser_finish(LogParser *p, const LogOrder *order, LogDiagnosis *ret_diagnosis);

/* One line, and what is known of it. */
typedef struct LogInput {
        const LogLine *line;
        LogTag tag;
        const LogMatch *matches;
        size_t n_matches;
} LogInput;

/* Whether the line holds a phrase. */
bool log_input_has(const LogInput *input, LogPhrase phrase);

/* Whether a message is only named in a sentence. */
bool log_match_is_quoted(const LogInput *input, const LogMatch *match);
/* Makes a message of the catalogue of the line that it is in. */
void log_hit_init(LogHit *hit, const LogLine *line, CatalogueIndex row);
/*
 * Returns the row of a message whose text belongs to a row of the catalogue; another one where the
 * message names what makes the difference.
 */
CatalogueIndex log_row_of_text(CatalogueIndex row, const char *text);
/* Keeps what the message says of this case: names and reasons that stand in the line. */
void log_hit_note_case(LogHit *hit, const LogInput *input, const LogMatch *match);
/* Keeps the directory in which modprobe looked: "not found in directory /lib/modules/6.1.0". */
void log_hit_note_folder(LogHit *hit, const char *text);
/* Whether lines show that the link has ended, or that pppd is about to end it. */
bool log_attempt_is_ending(const LogOpenAttempt *a);
/* Notes the line in which pppd took IP down while the link still stood. */
void log_attempt_note_ip_down(LogOpenAttempt *a, const LogInput *input);
/* Keeps a message of the catalogue. Returns it, or NULL if the attempt has one of that row. */
LogHit *log_attempt_add_hit(LogOpenAttempt *a, const LogInput *input, CatalogueIndex row);
/* Returns the message of a row that the attempt has, or NULL. */
const LogHit *log_attempt_find_hit(const LogOpenAttempt *a, CatalogueIndex row);
/* Forgets the message of a row. Returns whether the attempt had one. */
bool log_attempt_forget_hit(LogOpenAttempt *a, CatalogueIndex row);
/* Notes the line's messages of the catalogue, of other software and of the supervisor. */
void log_attempt_note_messages(LogParser *p, LogOpenAttempt *a, const LogInput *input);

/* Takes from a line without a packet what it shows of the attempt. */
void log_attempt_add_text(LogParser *p, LogOpenAttempt *a, const LogInput *input);
/* Takes from a line with a packet what it shows of the attempt. */
void log_attempt_add_packet(LogParser *p, LogOpenAttempt *a, const LogInput *input);
/* Takes the packet of the line before again, n times. */
void log_attempt_repeat_packet(LogOpenAttempt *a, unsigned n);
/*
 * Keeps a line to be shown if the verdict rests on it; the latest ones are kept. Returns what was
 * kept, a message as long as the caller does not set the protocol.
 */
LogPacketLine *log_attempt_keep_line(LogOpenAttempt *a, unsigned number, const char *text,
                                     size_t n_text);

/* Adds a line to the evidence, over an earlier one if there are too many; none comes twice. */
void log_attempt_add_evidence(LogAttempt *a, unsigned line, const char *text);

/*
 * Adds to what the verdict says of this case, behind a semicolon if it says something already. What
 * does not fit behind that is left out.
 */
void log_verdict_addf(Verdict *verdict, const char *format, ...) _printf_(2, 3);

/* Each of these takes from a line what it says of one matter; for log_attempt_add_text(). */

/* Where pppd keeps the server's proof that it waits for. */
void log_parser_note_proof(LogParser *p, const LogInput *input);
/* Whether the line that says that the proof was wrong comes of pppd's own fault: AUTH-21. */
bool log_parser_proof_is_lost(const LogParser *p, const LogInput *input);
/* Looks at a line of chap-secrets. */
void log_parser_note_secret(LogParser *p, const LogInput *input);
/* Says of a refused password that such a line has only the beginning of it, as pppd reads it. */
void log_attempt_note_secret(LogAttempt *a, const LogParser *p);
/* The options that pppd was given. */
void log_attempt_note_options(LogParser *p, LogOpenAttempt *a, const LogInput *input);
/* What pptp-linux tells of the control connection. */
void log_attempt_note_control(LogOpenAttempt *a, const LogInput *input);
/* What pptp-linux tells of the server's GRE packets. */
void log_attempt_note_gre(LogOpenAttempt *a, const LogInput *input);
/* A program of the tunnel that crashed, as the kernel or systemd says. */
void log_attempt_note_crash(LogOpenAttempt *a, const LogInput *input);
/* What pppd tells of the course of the attempt: that it began, came so far, and ended. */
void log_attempt_note_course(LogOpenAttempt *a, const LogInput *input);
/* Why nmcli says that the connection did not come up. */
void log_attempt_note_nmcli(LogOpenAttempt *a, const LogInput *input);
/* The reason that the server gave in words. */
void log_attempt_note_reason(LogOpenAttempt *a, const LogInput *input);
/* The bytes and echo requests that pppd counted. */
void log_attempt_note_traffic(LogOpenAttempt *a, const LogInput *input);
/* What ifconfig counted on an interface. */
void log_parser_note_counters(LogParser *p, const LogLine *line);
/* The addresses at both ends of the tunnel. */
void log_attempt_note_addresses(const LogParser *p, LogOpenAttempt *a, const LogInput *input);

/* Notes that somebody on this host ended the attempt, unless it had ended before. */
void log_attempt_note_told(LogOpenAttempt *a, const LogLine *line);
/*
 * The same of a line that tells that pppd passed a signal on to its helper. pppd writes it last of
 * all, so the link may have ended before it.
 */
void log_attempt_note_helper_told(LogOpenAttempt *a, const LogLine *line);

/* Whether the lines so far show more than that there is a server. */
bool log_attempt_shows_call(const LogOpenAttempt *a);
/* Whether the lines so far show anything of an attempt. */
bool log_attempt_has_evidence(const LogOpenAttempt *a);
/*
 * Whether IP was agreed on. Two acknowledgements are no agreement if pppd then says that it has no
 * address to use; the message alone counts if the two do not tell otherwise. So does the time that
 * pppd counted: of a log with the beginning, in which pppd names the encryption and no addresses,
 * only if it is longer than pppd waits for addresses.
 */
bool log_attempt_was_up(const LogOpenAttempt *a);
/* Returns how far the attempt got. */
LogStage log_attempt_get_stage(const LogOpenAttempt *a);
/* Whether a failure of this row can have ended an attempt that came so far. */
bool log_attempt_allows(const LogOpenAttempt *a, const DiagnosisRow *row);

/*
 * Judges the attempt so far, against the networks that the log has shown: its verdict, evidence and
 * notes are in attempt then.
 */
void log_attempt_judge(LogOpenAttempt *a, const LogNetworks *networks);

/* Notes the first line that shows that the call of a client is over. */
void log_attempt_note_served_end(LogOpenAttempt *a, const LogInput *input);
/* Takes from a line of a server's program what it shows of the client's call. */
void log_attempt_add_served(LogOpenAttempt *a, const LogInput *input);
/* Whether the attempt is one of a client that called this host. */
bool log_attempt_is_of_server(const LogOpenAttempt *a);
/*
 * Judges such an attempt: what keeps the server's own pppd from running is told as for any host;
 * else what the server saw of the client, as a failure of the catalogue's group SRV, or as a view
 * if there was none.
 */
void log_attempt_judge_server(LogOpenAttempt *a);
