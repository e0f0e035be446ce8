/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The insides of the state machine, shared by its files. From the bottom up:
 *
 *  tunnel-output    the primitives: ask for an action, change the state, request what is next
 *  tunnel-parts     what an up tunnel needs applied
 *  tunnel-status    what others may ask of a tunnel
 *  tunnel-text      sentences for the status line and the journal
 *  tunnel-close     takes down what stands, in order
 *  tunnel-repeat    what was logged already, and need not be at each of a hundred tries
 *  tunnel-adapt     what to do differently in the next attempt
 *  tunnel-failure   judges a failure: verdict and class
 *  tunnel-echo      whether the control connection is alive
 *  tunnel-verify    whether a link in doubt is alive
 *  tunnel-size      whether packets of the full size get through
 *  tunnel-silence   whether a link carries data in both directions
 *  tunnel-ipv6      whether the server carries IPv6
 *  tunnel-link      PPP until the tunnel is up, and while it is
 *  tunnel-dial      from a name to a call
 *  tunnel-control   messages of the control connection
 *  tunnel-reload    a changed configuration
 *  tunnel-round     which candidate is next, and when
 *  tunnel-uplink    what becomes of the way to the server
 *  tunnel           which event counts when, and who takes it
 *
 * Each of them calls only files above itself in this list. What has to come after a handler, and
 * would lead back up, is requested: tunnel_step() carries it out when the handler is done.
 *
 * Nobody else includes this file. Times (now, …_usec) are microseconds of CLOCK_BOOTTIME.
 */

#include "core/base/backoff.h"
#include "core/diagnosis/catalogue.h"
#include "core/base/macros.h"
#include "core/tunnel/tunnel.h"

/* How long we wait in each state before the wait itself is the failure. */
#define TUNNEL_RESOLVE_USEC (30 * USEC_PER_SEC) /* 3 servers, 4 tries, 2 s: io/resolver.c */
/* While a server is away whose address is known: what cut it off may have cut off the name servers
 * as well, and then it is dialled there while they are still asked. */
#define TUNNEL_RERESOLVE_USEC (1 * USEC_PER_SEC)
#define TUNNEL_CONNECT_USEC (10 * USEC_PER_SEC) /* three retransmissions of the SYN */
/* While a server is away that has answered before: its SYN, and another after RFC 6298's 1 s. The
 * third and fourth would wait for 2 and 4 s, and the server may be back meanwhile. */
#define TUNNEL_RECONNECT_USEC (1500 * USEC_PER_MSEC)
/* Or so many times what it took to answer then. */
#define TUNNEL_RECONNECT_FACTOR 3
#define TUNNEL_START_USEC (10 * USEC_PER_SEC) /* RFC 2637, 3.1.2 allows 60 s; no server takes 10 */
#define TUNNEL_OPEN_USEC (5 * USEC_PER_SEC)   /* local work only */
#define TUNNEL_CALL_USEC (30 * USEC_PER_SEC)  /* a PAC may have to dial */
#define TUNNEL_LINK_USEC (30 * USEC_PER_SEC)  /* RFC 1661, 4.6: 10 tries, 3 s each, per phase */
#define TUNNEL_APPLY_USEC (30 * USEC_PER_SEC) /* 50,000 routes take 1.6 s */
/* An answer is waited for so many round trips, as TCP measured them at first: they vary. */
#define TUNNEL_ROUND_TRIPS 2
/* That of the first ping at least so long; that none comes proves nothing. */
#define TUNNEL_PROBE_USEC (1 * USEC_PER_SEC)
/* And that of a test of a link in doubt. */
#define TUNNEL_VERIFY_USEC (4 * USEC_PER_SEC)        /* ARP anew, and TCP's third retransmission */
#define TUNNEL_REFUSED_INTERVAL_USEC USEC_PER_MINUTE /* ICMP errors come once for each packet */
#define TUNNEL_LOOK_USEC (15 * USEC_PER_SEC) /* between two looks at what the link carried */
/* So much sooner if something else wakes us, as each LCP echo of KeepAliveIntervalSec= does. */
#define TUNNEL_LOOK_EARLY_USEC (5 * USEC_PER_SEC)
#define TUNNEL_SILENT_USEC (60 * USEC_PER_SEC) /* no answer at all: no TCP waits longer */
/* So many packets that came out of the decryption as garbage so soon are no flipped bits. */
#define TUNNEL_GARBAGE_PACKETS 5
#define TUNNEL_GARBAGE_USEC (10 * USEC_PER_SEC)
#define TUNNEL_SILENT_LONG_USEC (180 * USEC_PER_SEC) /* the same of a server that answers no test */
#define TUNNEL_DYING_USEC (3 * USEC_PER_SEC)         /* pppd's way from its end to its exit */
#define TUNNEL_CLOSE_USEC (1 * USEC_PER_SEC)         /* each step of taking down */
#define TUNNEL_TERMINATE_USEC (3 * USEC_PER_SEC)     /* pppd waits for its Terminate-Ack */

/* RFC 2637, section 3.1.4: Echo-Request after 60 s of silence, its reply within 60 s. */
#define TUNNEL_CONTROL_IDLE_USEC (60 * USEC_PER_SEC)
#define TUNNEL_CONTROL_ECHO_USEC (60 * USEC_PER_SEC)

/* Routers that translate PPTP were seen to hold on to a call for up to a minute (GRE-08). */
#define TUNNEL_RECENT_CALL_USEC (60 * USEC_PER_SEC)

/* A server may take TUNNEL_LINK_USEC for each phase of PPP. But it can begin one as often as it
 * likes: from pppd's start to UP there are three (LCP, authentication, CCP with IPCP), and the
 * parts to apply. */
#define TUNNEL_LINK_MAX_USEC (3 * TUNNEL_LINK_USEC + TUNNEL_APPLY_USEC)

/* A tunnel that stood this long is dialled again at once, but for the spread: */
#define TUNNEL_STABLE_USEC (60 * USEC_PER_SEC)
/* All clients of a server that went away notice it in the same moment. */
#define TUNNEL_SPREAD_USEC (1 * USEC_PER_SEC)
/* The supervisor answers TAKE_TURN at once. Should it not, the tunnel dials after that time. */
#define TUNNEL_TURN_ANSWER_USEC (1 * USEC_PER_SEC)
/* Between tries after links that came up and did not stand, at most. */
#define TUNNEL_SHORT_LIVED_MAX_USEC (8 * USEC_PER_SEC)
/* While there is no way to the server it is dialled this rarely, should we be wrong about that. */
#define TUNNEL_UPLINK_LOST_USEC (60 * USEC_PER_SEC)

/* An interface of that name may be about to go; after so many tries it is not. */
#define TUNNEL_NAME_TAKEN_TRIES 5
#define TUNNEL_NAME_TAKEN_USEC (20 * USEC_PER_SEC)
/* For this long an unreachable server is tried at the shortest delay: it costs nobody much. */
#define TUNNEL_UNREACHABLE_GRACE_USEC (5 * USEC_PER_MINUTE)
/* After that a pause is at most this part of the outage, which it therefore makes little longer. */
#define TUNNEL_UNREACHABLE_SHARE 10

/* A failure that comes again and again is logged this often. */
#define TUNNEL_REPEAT_USEC USEC_PER_MINUTE
/* So many failures, of any server, are known as such; more servers than that are rare. */
#define TUNNEL_REPEATS_MAX 16

/* As TimeoutStartSec= of the unit: an attempt that begins later is no reason to wait longer. */
#define TUNNEL_PATIENCE_USEC (90 * USEC_PER_SEC)
/* From the deadline of the last step to READY, or to the next step. */
#define TUNNEL_PATIENCE_MARGIN_USEC (5 * USEC_PER_SEC)

/* What follows when everything is taken down. */
typedef enum TunnelAfter {
        TUNNEL_AFTER_RETRY,
        TUNNEL_AFTER_REDIAL, /* from the first candidate, at once */
        TUNNEL_AFTER_ADAPT,  /* the same server again, at once, with other settings */
        TUNNEL_AFTER_STOP,
        TUNNEL_AFTER_FAIL,
} TunnelAfter;

/* What tunnel_step() does after the handler. */
typedef enum TunnelRequestType {
        TUNNEL_REQUEST_NONE,
        TUNNEL_REQUEST_FAIL,   /* judge the evidence, and close for it */
        TUNNEL_REQUEST_CLOSE,  /* take down what stands */
        TUNNEL_REQUEST_FOLLOW, /* everything is down: do what comes after */
        TUNNEL_REQUEST_REDIAL, /* begin a round over all candidates */
} TunnelRequestType;

typedef struct TunnelRequest {
        TunnelRequestType type;
        TunnelAfter after; /* CLOSE */
        bool abrupt;       /* FAIL, CLOSE: the link or the server is dead, say no goodbye */
} TunnelRequest;

/* The one thing that is done differently in the next attempt. */
typedef struct TunnelChange {
        TunnelSettings settings;              /* all of them, changed */
        bool forget;                          /* what was remembered was wrong */
        char text[TUNNEL_TEXT_MAX_BYTES / 2]; /* "Trying once more …" */
} TunnelChange;

/* Whom to dial: every server, and every address of each. */
typedef struct Candidates {
        size_t server_index;
        struct in_addr addresses[TUNNEL_ADDRESSES_MAX];
        size_t n_addresses;
        size_t address_index;
        /* What a name server answered when the server was dialled already: they are next. */
        struct in_addr late_addresses[TUNNEL_ADDRESSES_MAX];
        size_t n_late_addresses;
        bool has_hope; /* one of this round failed in a way that may pass */
} Candidates;

/* How this attempt is made. */
typedef struct Approach {
        TunnelSettings settings;
        bool was_deaf;           /* see tunnel_adapt_listen() */
        bool opening_remembered; /* settings.mppe opens with what worked before */
        bool adapted;            /* something was changed since the last attempt as configured */
} Approach;

/* What earlier attempts leave for later ones. */
typedef struct Past {
        struct in_addr call_server;       /* with whom the last call was that ended in order */
        uint64_t call_usec;               /* when; 0: never */
        struct in_addr connected_address; /* the last to which a TCP connection stood */
        uint64_t connected_after_usec;    /* how long it took */
        bool was_silent;                  /* the last link ended because nothing came back */
        unsigned n_short_lived;           /* links in a row that came up and did not stand */
        uint32_t size_limit_bytes;        /* of what gets through on this path; 0: not known */
} Past;

/* The control connection of this attempt. */
typedef struct Control {
        bool open;                    /* a TCP connection, or an attempt at one */
        bool started;                 /* Start-Control-Connection-Reply was good */
        uint64_t connect_usec;        /* when connecting began */
        struct in_addr local_address; /* our end */
        uint64_t answer_usec;         /* within this an answer of the server's host is here */
        uint64_t deadline_usec;       /* next Echo-Request, or the end of waiting for its reply */
        bool echo_pending;
        bool silent; /* its death was noticed and said, but data passes */
        uint32_t echo_identifier;
} Control;

/* The call of this attempt. */
typedef struct Call {
        bool open;      /* its local end */
        bool requested; /* the server may know of it */
        uint16_t id;
        uint16_t peer_id;
} Call;

/* PPP of this attempt. */
typedef struct Ppp {
        bool running;       /* pppd; its exit is always waited for */
        uint64_t call_usec; /* when it was given the call */
        PluginPhase phase;
        bool established;        /* LCP came as far as it takes to say goodbye */
        bool dying;              /* pppd is on its way out; its exit ends the attempt */
        uint64_t exit_by_usec;   /* of one that is dying: when the attempt ends without its exit */
        bool heard;              /* a packet came: GRE passes */
        bool authenticated;      /* and it was said */
        uint32_t peer_mru_bytes; /* as its last LCP Configure-Request has it */
        unsigned n_garbage;      /* packets decrypted with a wrong key, since: */
        uint64_t garbage_usec;
} Ppp;

/* What is applied for an up tunnel, in sets of TunnelPart. */
typedef struct Parts {
        unsigned standing; /* applied, maybe not wholly */
        unsigned pending;  /* an answer of these is awaited */
        size_t n_routes;
        uint32_t segment_bytes; /* of TCP connections that are forwarded; 0: as they are */
        /* what of each part could not be applied; "": nothing */
        char trouble[TUNNEL_PARTS_MAX][DIAGNOSIS_FACT_TEXT_MAX];
        const DiagnosisRow *reasons[TUNNEL_PARTS_MAX]; /* for that; NULL: none is known */
} Parts;

/* The test whether the link survived what happened to it. */
typedef struct Verify {
        uint64_t deadline_usec; /* USEC_INFINITY: no test is under way */
        const char *reason;     /* "after the uplink came back"; static */
        bool of_silence;        /* that was what drew attention to it */
        bool ping_answered;     /* the peer has answered one in this connection */
        uint64_t refused_usec;  /* when a refusal of our packets was last looked into; 0: never */
} Verify;

/* What the link carries. */
typedef struct Silence {
        uint64_t look_deadline_usec; /* USEC_INFINITY: the tunnel is not up */
        Traffic counters;            /* at the last look; all zeros before the first */
        uint64_t heard_usec;         /* when something had come since the look before */
        unsigned n_unanswered;       /* looks since then that found us sending */
        bool heard_data;             /* in this connection */
} Silence;

typedef enum SizePhase {
        SIZE_QUIET,
        SIZE_LARGE,   /* does one of the full size get through? */
        SIZE_SMALL,   /* and one of the smallest? */
        SIZE_SEARCH,  /* what is the largest? */
        SIZE_CONFIRM, /* is a packet of high_bytes still lost? */
} SizePhase;

/* The test with packets of different sizes. */
typedef struct Size {
        SizePhase phase;
        uint64_t deadline_usec; /* USEC_INFINITY: QUIET */
        uint32_t asked_bytes;   /* of the packet that was sent last */
        unsigned n_tries;       /* of that size that were in vain */
        uint32_t low_bytes;     /* got through */
        uint32_t high_bytes;    /* did not */
        unsigned n_sent;        /* packets of ours since the last look at the counters */
} Size;

/* A failure that was logged. */
typedef struct Repeat {
        uint64_t hash;        /* of the server and the reason; 0: none */
        uint64_t first_usec;  /* when it was logged for the first time */
        uint64_t logged_usec; /* and for the last time */
        uint64_t n_tries;     /* that ended so, the first included */
} Repeat;

/* What was logged since the tunnel was up, or somebody did something about it. */
typedef struct Repeats {
        Repeat items[TUNNEL_REPEATS_MAX];
        bool quiet; /* the last attempt ended as others before it, and it was not logged */
} Repeats;

/* The failure that is being cleaned up after. */
typedef struct Failure {
        Verdict verdict;
        char reason[TUNNEL_TEXT_MAX_BYTES]; /* the same as a sentence; "" until it first fails */
        const DiagnosisRow *advised;        /* the last remedy told; NULL: none since it was up */
        bool refused;                       /* the server refused a password that had worked */
        bool asked;                         /* a reload or "pptpctl reconnect" began this round */
        int exit_status;

        /* Such refusals since the tunnel was up: the first, and each later one of a round that
         * nobody asked for */
        unsigned n_refused;
} Failure;

/* IPV6CP, with IPv6=negotiate. */
typedef struct Ipv6 {
        uint64_t deadline_usec; /* until then it is awaited; USEC_INFINITY: it is not */
        struct in6_addr local;  /* link-local; "::": it is not up */
        struct in6_addr peer;
        bool rejected;     /* by the server, in this connection */
        PluginNoIpv6 lack; /* of this host's, which is not asked of the server; 0: none */
        char text[80];     /* why there is none */
} Ipv6;

/* A tunnel's turn among those of its machine that want to dial. */
typedef enum TurnState {
        TURN_NONE,
        TURN_ASKED, /* TAKE_TURN is to be answered */
        TURN_TAKEN, /* the deadline of WAITING is this tunnel's turn */
} TurnState;

struct Tunnel {
        const Config *config;
        Diagnosis *diagnosis;

        TunnelState state;
        uint64_t deadline_usec; /* of the state */
        uint64_t state_since_usec;
        TunnelRequest request; /* NONE between two steps */

        /* over all attempts */
        Candidates candidates;
        Backoff backoff;
        History history;
        ServerMemory memory;
        Past past;
        Repeats repeats;
        bool uplink_lost;
        bool ready;          /* READY was said */
        uint64_t start_usec; /* of the first attempt */
        uint16_t call_serial_number;
        bool noted[CATALOGUE_N_FAILURES]; /* remarks that were made: once is enough */

        /* of this attempt, or of the last one while waiting */
        uint64_t attempt_usec; /* when it began */
        Approach approach;
        Control control;
        Call call;
        Ppp ppp;
        TunnelLink link; /* what IPCP, IPV6CP and CCP agreed on */
        Ipv6 ipv6;
        Parts parts;
        Verify verify;
        Silence silence;
        Size size;
        uint64_t up_since_usec; /* 0: not up */

        /* its end */
        Failure failure;
        TunnelAfter after;
        bool abrupt;         /* see TunnelRequest */
        bool redial_at_once; /* without a pause, once everything is down */
        bool redial_soon;    /* the same, with jitter */
        TurnState turn;      /* while WAITING */
        uint64_t turn_usec;  /* the latest that was taken; 0: it has been used */
};

/* A handler takes one event; what it asks for is added to actions. */
typedef void TunnelHandler(Tunnel *t, const TunnelEvent *event, uint64_t now,
                           TunnelActions *actions);

/* ---- tunnel-output.c ---- */

/*
 * Adds an action of this type that is all zeros otherwise. Returns it for the caller to fill in;
 * valid until the next is added.
 */
TunnelAction *tunnel_add_action(TunnelActions *actions, TunnelActionType type);
/*
 * Changes the state, and sets the deadline of the new one (USEC_INFINITY: none). Nothing else
 * changes either. The change is logged at debug level.
 */
void tunnel_set_state(Tunnel *t, TunnelState state, uint64_t deadline_usec, TunnelActions *actions);
/* Sends a message on the control connection; the message is copied. */
void tunnel_send(TunnelActions *actions, const PptpMessage *message);
/*
 * Adds an entry for the journal with a priority of syslog.h; message_id and row may be NULL, and
 * are static. Returns its action, for a caller that wants another class than the row's.
 */
TunnelAction *tunnel_log(TunnelActions *actions, int priority, const char *message_id,
                         const DiagnosisRow *row, const char *format, ...) _printf_(5, 6);
/* Sets the status line (STATUS= of sd_notify(3)). */
void tunnel_status(TunnelActions *actions, const char *format, ...) _printf_(2, 3);
/* Returns how far the attempt has come, for the facts of the diagnosis. */
DiagnosisStage tunnel_get_stage(const Tunnel *t);
/* Adds evidence of the present stage; number as diagnosis.h has it for the type. */
void tunnel_add_fact(Tunnel *t, DiagnosisFactType type, int64_t number);
/* Adds evidence with a text, which is borrowed for the call. */
void tunnel_add_fact_text(Tunnel *t, DiagnosisFactType type, int64_t number, const char *text);
/* Whether what stands is being taken down. */
bool tunnel_is_closing(const Tunnel *t);
/* Whether the link is up and LCP echoes will show when it is dead. */
bool tunnel_is_watched(const Tunnel *t);
/*
 * Requests that tunnel_fail() is called after the handler. Of several requests the first counts,
 * here and below; while what stands is being taken down they have no effect, but for a stop.
 * abrupt: see TunnelRequest.
 */
void tunnel_request_fail(Tunnel *t, bool abrupt);
/*
 * Requests tunnel_close(). AFTER_STOP also counts while closing: what comes after that is the end
 * then.
 */
void tunnel_request_close(Tunnel *t, TunnelAfter after, bool abrupt);
/* Requests tunnel_round_follow(): everything is down. */
void tunnel_request_follow(Tunnel *t);
/* Requests tunnel_round_begin(). */
void tunnel_request_redial(Tunnel *t);

/* ---- tunnel-status.c ---- */

/* Returns the name or address in Server= whose turn it is. */
const char *tunnel_get_server_name(const Tunnel *t);
/*
 * Returns a hash that tells a connection's server, which is one of the configuration's, and user
 * from others; never 0. The same in every process.
 */
uint64_t tunnel_identify(const Config *config, size_t server_index);
/*
 * Whether the tunnel has been up (History.has_worked) with a server and user of the present
 * configuration. A predecessor may not have noted which they were; then it counts.
 */
bool tunnel_has_worked_as_configured(const Tunnel *t);

/* ---- tunnel-text.c ---- */

/* Returns "Reconnecting", or "Connecting" if the tunnel has not been up since the unit's start. */
const char *tunnel_describe_effort(const Tunnel *t);
/*
 * Logs the remarks of the diagnosis (diagnosis_get_notes()) that this tunnel has not logged before.
 */
void tunnel_log_notes(Tunnel *t, TunnelActions *actions);
/*
 * Sets the status line that stays after the end: the failure's reason and remedy behind what,
 * "Failed".
 */
void tunnel_status_failed(const Tunnel *t, TunnelActions *actions, const char *what);
/*
 * Sets the status line to what the attempt is doing. After a failure the line begins with its
 * reason.
 */
void tunnel_status_phase(const Tunnel *t, TunnelActions *actions, const char *format, ...)
        _printf_(3, 4);
/* Sets the status line to the failure's reason and the time until the next try, in microseconds. */
void tunnel_status_waiting(const Tunnel *t, TunnelActions *actions, uint64_t delay_usec);
/*
 * Writes "vpn.example (192.0.2.2)", or the address alone if the configuration has no name for it.
 */
void tunnel_describe_server(const Tunnel *t, char *buffer, size_t n_buffer);
/* Writes what stands: server, interface, addresses, encryption, routes. */
void tunnel_describe_link(const Tunnel *t, char *buffer, size_t n_buffer);
/* Writes the verdict's row and detail as a sentence: "The password was refused (E=691 R=0 V=3)". */
void tunnel_describe_verdict(const Verdict *v, char *buffer, size_t n_buffer);
/* Writes the row's remedy, with the tunnel's and the server's names in it; "" if row is NULL. */
void tunnel_describe_remedy(const Tunnel *t, const DiagnosisRow *row, char *buffer,
                            size_t n_buffer);
/*
 * Sets the failure's reason from a text and an id of the catalogue, "The password was refused
 * (E=691 R=0) [AUTH-01]"; an id of "" is left out.
 */
void tunnel_set_reason(Tunnel *t, const char *id, const char *text);

/* ---- tunnel-ipv6.c ---- */

/* Forgets what IPV6CP has come to: another attempt begins, or this one ends. */
void tunnel_ipv6_forget(Tunnel *t);
/* Whether IPv6 packets go through the tunnel. */
bool tunnel_ipv6_is_up(const Tunnel *t);
/*
 * IPCP is up, or IPV6CP went down: begins to wait for IPV6CP if the configuration wants it and it
 * is not up. The part IPV6 is pending then if there are routes that need it. Returns why nothing is
 * awaited, a text that is valid until the next call, or NULL.
 */
const char *tunnel_ipv6_await(Tunnel *t, uint64_t now);
/* IPV6CP is up with these link-local addresses. It is not awaited any more. */
void tunnel_ipv6_set_up(Tunnel *t, const struct in6_addr *local, const struct in6_addr *peer);
/* IPV6CP went down. Whether it is awaited, tunnel_ipv6_await() says. */
void tunnel_ipv6_set_down(Tunnel *t);

/* ---- tunnel-close.c ---- */

/*
 * Begins to take down what stands, with its first step. When nothing stands any more FOLLOW is
 * requested, which does what after says.
 */
void tunnel_close(Tunnel *t, TunnelAfter after, bool abrupt, uint64_t now, TunnelActions *actions);
/* Goes on with the next step of closing, since one is done. */
void tunnel_close_next(Tunnel *t, uint64_t now, TunnelActions *actions);
/* A step's deadline has passed: harder means, or the next step without it. */
void tunnel_close_timer(Tunnel *t, uint64_t now, TunnelActions *actions);
/*
 * Remembers when a call ended whose packets got through: a router may keep its entry for that call
 * for a while, and drop the packets of the next.
 */
void tunnel_remember_call(Tunnel *t, uint64_t now);

/* Takes REMOVED: goes on when that was the last part. */
TunnelHandler tunnel_close_on_removed;

/* ---- tunnel-repeat.c ---- */

/*
 * Counts a failure: its reason, and the server as tunnel_describe_server() has it. Returns what is
 * known of it if it is to be logged, else NULL: it was, within TUNNEL_REPEAT_USEC.
 */
const Repeat *tunnel_repeat_count(Tunnel *t, const char *server, const char *reason, uint64_t now);
/* Forgets what was logged: whatever fails from now on is news. */
void tunnel_repeat_forget(Tunnel *t);
/* Returns the priority of what an attempt does, step by step. */
int tunnel_repeat_get_priority(const Tunnel *t);

/* ---- tunnel-adapt.c ---- */

/*
 * Sets the settings to begin with: those of the configuration and, within them, what is remembered
 * of the server.
 */
void tunnel_adapt_begin(Tunnel *t);
/* Notes, after a failure, whether no LCP echo was answered on this link. */
void tunnel_adapt_listen(Tunnel *t);
/*
 * Looks for a setting to change after the verdict. Returns whether there is one, and the change;
 * false also if it was tried already.
 */
bool tunnel_adapt_find(const Tunnel *t, TunnelChange *ret_change);
/* Changes the settings of the next attempt, and logs the change. */
void tunnel_adapt(Tunnel *t, const TunnelChange *change, TunnelActions *actions);
/*
 * Remembers what the server gave, and which settings had to be changed for it, now that the tunnel
 * is up with them.
 */
void tunnel_adapt_succeeded(Tunnel *t, TunnelActions *actions);

/* ---- tunnel-failure.c ---- */

/* Judges the evidence, says what failed, and requests to close with what its class asks for. */
void tunnel_fail(Tunnel *t, bool abrupt, uint64_t now, TunnelActions *actions);
/*
 * Returns whether the server has been unreachable for so short a time that the pause between tries
 * does not grow yet.
 */
bool tunnel_is_in_grace(const Tunnel *t, uint64_t now);
/*
 * Returns whether the server imposed the wait that is under way (RetryAfterSec= of the catalogue):
 * then a new uplink does not end it, nor does a new process.
 */
bool tunnel_is_turned_away(const Tunnel *t);

/* ---- tunnel-parts.c ---- */

/* Asks for a set of parts to be applied, or applied anew; APPLYING begins its deadline anew. */
void tunnel_parts_apply(Tunnel *t, unsigned parts, uint64_t now, TunnelActions *actions);
/* Notes that a part is applied. Returns whether all parts are that were asked for. */
bool tunnel_parts_applied(Tunnel *t, const TunnelEvent *event);
/* One part is not, and the tunnel goes on. Returns whether no other is awaited. */
bool tunnel_parts_failed(Tunnel *t, const TunnelEvent *event);
/* What could not be applied, of the first part of which that is so; "": nothing. */
const char *tunnel_parts_get_trouble(const Tunnel *t);
/* The reason for that, or NULL. */
const DiagnosisRow *tunnel_parts_get_reason(const Tunnel *t);
/* Asks for the removal of all that stands. */
void tunnel_parts_remove(Tunnel *t, uint64_t now, TunnelActions *actions);
/* Notes that a part is removed. Returns whether none is left. */
bool tunnel_parts_removed(Tunnel *t, const TunnelEvent *event);

/* ---- tunnel-echo.c ---- */

/* Puts off the next Echo-Request, because a message came. */
void tunnel_echo_reset(Tunnel *t, uint64_t now);
/* Sends an Echo-Request now, unless one is unanswered. */
void tunnel_echo_send(Tunnel *t, uint64_t now, TunnelActions *actions);
/*
 * Takes the passed deadline: sends an Echo-Request, or requests a failure if the last one was not
 * answered.
 */
void tunnel_echo_timer(Tunnel *t, uint64_t now, TunnelActions *actions);

/* ---- tunnel-verify.c ---- */

/*
 * Begins to test a link that is up, unless a test is under way. reason, a static text, says after
 * what; see Verify.
 */
void tunnel_verify(Tunnel *t, const char *reason, uint64_t now, TunnelActions *actions);
/* Ends a test without a result. */
void tunnel_verify_cancel(Tunnel *t, TunnelActions *actions);
/* Takes an answer that came through the tunnel, which passes a test of it. */
void tunnel_verify_probe_answered(Tunnel *t, TunnelActions *actions);
/*
 * Takes a message on the control connection, which passes the test of a link whose peer answers no
 * ping.
 */
void tunnel_verify_control_answered(Tunnel *t, TunnelActions *actions);
/* Takes the passed deadline of a test: requests a failure, since the link is dead. */
void tunnel_verify_timer(Tunnel *t, uint64_t now);
/*
 * Takes GRE_REFUSED, an ICMP error about our GRE. Tests a link that is up, at most once in
 * TUNNEL_REFUSED_INTERVAL_USEC; before that the error is evidence.
 */
TunnelHandler tunnel_verify_on_refused;

/* ---- tunnel-size.c ---- */

/* Begins the test, unless one is under way or its result would prove nothing. */
void tunnel_size_check(Tunnel *t, uint64_t now, TunnelActions *actions);
/* Begins it if others than the test itself have sent something since the last look. */
void tunnel_size_on_counted(Tunnel *t, const Traffic *before, const Traffic *counters, uint64_t now,
                            TunnelActions *actions);
/* Ends it without a result. */
void tunnel_size_cancel(Tunnel *t, TunnelActions *actions);
/* Forgets what gets through, since the path is another one; the next connection is not limited. */
void tunnel_size_forget(Tunnel *t);
/* Size.deadline_usec has come. */
void tunnel_size_timer(Tunnel *t, uint64_t now, TunnelActions *actions);
/* Takes SIZE_REPLY. */
TunnelHandler tunnel_size_on_reply;

/* ---- tunnel-silence.c ---- */

/* Begins to look at what the link carries, now that the tunnel is up. */
void tunnel_silence_begin(Tunnel *t, uint64_t now);
/* Takes the passed deadline of a look: asks for the interface's counters. */
void tunnel_silence_timer(Tunnel *t, uint64_t now, TunnelActions *actions);
/* Takes COUNTED: tests the link when much was sent and nothing came. */
TunnelHandler tunnel_silence_on_counted;
/* Takes a look if one is due soon, since we are awake anyway. */
void tunnel_silence_use_wakeup(Tunnel *t, uint64_t now, TunnelActions *actions);

/* ---- tunnel-link.c ---- */

/*
 * Starts pppd, which waits for a call. To be called when the server's TCP has answered: so a long
 * outage costs no pppd for each SYN, and from then on it takes two round trips until the server has
 * accepted the call.
 */
void tunnel_link_start_pppd(Tunnel *t, TunnelActions *actions);
/* Gives pppd the call that the server has accepted. */
void tunnel_link_hand_over(Tunnel *t, uint64_t now, TunnelActions *actions);
/*
 * Takes the passed deadline of UP: requests a failure, since the server negotiates the link anew
 * and comes to no end.
 */
void tunnel_link_timer(Tunnel *t);
/* IPV6CP has come to nothing in the time that it was given. */
void tunnel_link_ipv6_timer(Tunnel *t, uint64_t now, TunnelActions *actions);
/* Goes from PROBING to UP: everything is applied, and nothing says that data does not pass. */
void tunnel_link_up(Tunnel *t, uint64_t now, TunnelActions *actions);

/* Take the events of these names. */
TunnelHandler tunnel_link_on_plugin, tunnel_link_on_pppd_failed, tunnel_link_on_pppd_exited,
        tunnel_link_on_interface_gone, tunnel_link_on_mtu_changed, tunnel_link_on_seen,
        tunnel_link_on_applied, tunnel_link_on_apply_failed, tunnel_link_on_probe_reply;

/* ---- tunnel-dial.c ---- */

/* Begins an attempt: asks for what it needs of this host. */
void tunnel_dial_prepare(Tunnel *t, uint64_t now, TunnelActions *actions);
/* Takes the Start-Control-Connection-Reply in STARTING. */
void tunnel_dial_started(Tunnel *t, const PptpMessage *m, uint64_t now, TunnelActions *actions);
/* Takes the Outgoing-Call-Reply in CALLING. */
void tunnel_dial_call_reply(Tunnel *t, const PptpMessage *m, uint64_t now, TunnelActions *actions);

/* Dials where the tunnel was up last, if that is known; a look-up may go on beside it. */
bool tunnel_dial_last_address(Tunnel *t, uint64_t now, TunnelActions *actions);

/* Take the events of these names. */
TunnelHandler tunnel_dial_on_prepared, tunnel_dial_on_resolved, tunnel_dial_on_resolve_failed,
        tunnel_dial_on_connected, tunnel_dial_on_call_opened;

/* ---- tunnel-control.c ---- */

/* Take CONTROL_MESSAGE and CONTROL_FAILED. */
TunnelHandler tunnel_control_on_message, tunnel_control_on_failed;

/* ---- tunnel-uplink.c ---- */

/* Take UPLINK and RESUMED, by the table at the head of tunnel-uplink.c. */
TunnelHandler tunnel_uplink_on_change, tunnel_uplink_on_resumed;

/* ---- tunnel-reload.c ---- */

/* Takes RELOAD, by the table at the head of tunnel-reload.c. */
TunnelHandler tunnel_reload_on_changed;

/* ---- tunnel-round.c ---- */

/* Takes START: goes on where a predecessor was, also with a wait that the server imposed. */
TunnelHandler tunnel_round_on_start;
/* Takes TURN: dials then, or at once if that is now. */
TunnelHandler tunnel_round_on_turn;
/* Ends a wait as soon as it is this tunnel's turn among those of the machine. */
void tunnel_round_dial_in_turn(Tunnel *t, uint64_t now, TunnelActions *actions);
/* Ends a wait for the namespace of the interface, or the one that follows what is being closed. */
TunnelHandler tunnel_round_on_namespace_back;
/* Begins a round over all candidates, whose names are looked up again each time. */
void tunnel_round_begin(Tunnel *t, uint64_t now, TunnelActions *actions);
/* Does what Tunnel.after says, once everything is down. */
void tunnel_round_follow(Tunnel *t, uint64_t now, TunnelActions *actions);
