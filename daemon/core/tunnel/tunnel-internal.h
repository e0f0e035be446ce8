/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The insides of the state machine, shared by its files: tunnel.c (which event counts, and who
 * takes it), tunnel-dial.c (until the call stands), tunnel-link.c (PPP until the tunnel is up, and
 * while it is), tunnel-verify.c and tunnel-silence.c (whether it still is), tunnel-reload.c (a
 * changed configuration), tunnel-close.c (taking down what stands, in order), tunnel-retry.c (what
 * follows a failure), tunnel-adapt.c (what to do differently the next time), and tunnel-text.c
 * (what is said of all this). Nobody else includes it.
 */

#include "core/base/backoff.h"
#include "core/diagnosis/catalogue.h"
#include "core/base/macros.h"
#include "core/tunnel/tunnel.h"

/* How long we wait in each state before the wait itself is the failure. */
#define TUNNEL_RESOLVE_USEC (30 * USEC_PER_SEC) /* 3 servers, 4 tries, 2 s: io/resolver.c */
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
#define TUNNEL_PROBE_USEC (1 * USEC_PER_SEC)  /* no answer to a ping proves nothing */
#define TUNNEL_VERIFY_USEC (4 * USEC_PER_SEC) /* ARP anew, and TCP's third retransmission */
#define TUNNEL_REFUSED_INTERVAL_USEC USEC_PER_MINUTE /* who refuses our packets says so for each */
#define TUNNEL_LOOK_USEC (15 * USEC_PER_SEC)   /* between two looks at what the link carried */
#define TUNNEL_SILENT_USEC (60 * USEC_PER_SEC) /* no answer at all: no TCP waits longer */
#define TUNNEL_SILENT_LONG_USEC (180 * USEC_PER_SEC) /* the same of a server that answers no test */
#define TUNNEL_DYING_USEC (3 * USEC_PER_SEC)         /* pppd's way from its end to its exit */
#define TUNNEL_CLOSE_USEC (1 * USEC_PER_SEC)         /* each step of taking down */
#define TUNNEL_TERMINATE_USEC (3 * USEC_PER_SEC)     /* two LCP Terminate-Requests, 1 s each */

/* RFC 2637, section 3.1.4: Echo-Request after 60 s of silence, its reply within 60 s. */
#define TUNNEL_CONTROL_IDLE_USEC (60 * USEC_PER_SEC)
#define TUNNEL_CONTROL_ECHO_USEC (60 * USEC_PER_SEC)

/* Routers that translate PPTP were seen to hold on to a call for up to a minute (GRE-08). */
#define TUNNEL_RECENT_CALL_USEC (60 * USEC_PER_SEC)

/* A tunnel that stood this long starts its next back-off from the beginning. */
#define TUNNEL_STABLE_USEC (60 * USEC_PER_SEC)
/* For this long an unreachable server is tried at the shortest delay: it costs nobody much. */
#define TUNNEL_UNREACHABLE_GRACE_USEC (2 * USEC_PER_MINUTE)
/* After that a pause is at most this part of the outage, which it therefore makes little longer. */
#define TUNNEL_UNREACHABLE_SHARE 10

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

/* The one thing that is done differently in the next attempt. */
typedef struct TunnelChange {
        TunnelSettings settings;              /* all of them, changed */
        bool forget;                          /* what was remembered was wrong */
        char text[TUNNEL_TEXT_MAX_BYTES / 2]; /* "Trying once more …" */
} TunnelChange;

struct Tunnel {
        const Config *config;
        Diagnosis *diagnosis;
        Backoff backoff;
        uint32_t generation;

        TunnelState state;
        uint64_t deadline_usec; /* of the state */
        uint64_t state_since_usec;
        History history;

        /* whom to dial: every server, and every address of each */
        size_t server_index;
        struct in_addr addresses[TUNNEL_ADDRESSES_MAX];
        size_t n_addresses;
        size_t address_index;
        bool round_has_hope; /* one of them failed in a way that may pass */

        /* how this attempt is made */
        TunnelSettings settings;
        bool was_deaf;           /* see tunnel_adapt_listen() */
        bool opening_remembered; /* settings.mppe opens with what worked before */
        bool adapted;            /* something was changed since the last attempt as configured */
        ServerMemory memory;

        /* what earlier attempts leave for the diagnosis of later ones */
        struct in_addr last_address; /* where the tunnel was last up; INADDR_ANY: it never was */
        size_t last_server_index;    /* of which Server= that is an address */
        struct in_addr last_call_server; /* with whom the last call was that ended in order */
        uint64_t last_call_usec;         /* when; 0: never */

        /* what stands, and must be taken down again */
        bool control_open;    /* a TCP connection, or an attempt at one */
        bool control_started; /* Start-Control-Connection-Reply was good */
        bool call_open;       /* the local end of the call */
        bool call_requested;  /* the server may know of our call */
        bool pppd_running;
        unsigned parts_standing; /* masks of TUNNEL_PART_BIT(): applied, maybe not wholly */
        unsigned parts_pending;  /* an answer of these is awaited */
        bool ppp_established;    /* LCP came as far as it takes to say goodbye */

        uint16_t call_id;
        uint16_t peer_call_id;
        uint16_t call_serial_number;
        uint64_t control_deadline_usec; /* next Echo-Request, or the end of waiting for its reply */
        bool control_echo_pending;
        uint32_t control_echo_identifier;

        PluginPhase phase;
        bool link_failed; /* pppd is on its way out; the verdict is already spoken */
        TunnelLink link;
        uint32_t peer_mru_bytes; /* as its last LCP Configure-Request has it */
        size_t n_routes;
        char trouble[DIAGNOSIS_FACT_TEXT_MAX]; /* what is not as it should be; "": nothing */
        bool probe_answered;                   /* the peer answers pings */

        /* the way to the server, and the test whether the link survived what happened to it */
        struct in_addr local_address; /* our end of the control connection */
        bool uplink_lost;
        uint64_t verify_deadline_usec; /* USEC_INFINITY: no test is under way */
        const char *verify_reason;     /* "after the uplink came back"; static */
        bool verify_silence;           /* that was what drew attention to it */
        uint64_t refused_usec; /* when a refusal of our packets was last looked into; 0: never */

        /* what the link carries */
        uint64_t look_deadline_usec; /* USEC_INFINITY: the tunnel is not up */
        Traffic counters;            /* at the last look; all zeros before the first */
        uint64_t heard_usec;         /* when something had come since the look before */
        unsigned n_unanswered;       /* looks since then that found us sending */
        bool heard_data;             /* in this connection */
        bool was_silent;             /* the one before ended because nothing came */

        bool ready;             /* READY was said */
        uint64_t start_usec;    /* of the first attempt */
        uint64_t attempt_usec;  /* when this one began */
        uint64_t up_since_usec; /* 0: not up */
        bool peer_heard;        /* a PPP packet came in this attempt: GRE passes */

        /* the last address to which a TCP connection stood, and how long that took */
        struct in_addr connected_address;
        uint64_t connected_after_usec;
        uint64_t connect_usec; /* when this attempt's began */

        TunnelAfter after;
        bool abrupt; /* the link or the server is dead: nobody to say goodbye to */
        bool redial_at_once;
        int exit_status;
        const DiagnosisRow *advised;        /* the last remedy told; NULL: none since it was up */
        Verdict verdict;                    /* of the failure that is being cleaned up after */
        char reason[TUNNEL_TEXT_MAX_BYTES]; /* the same as a sentence; "" until it first fails */
        bool noted[CATALOGUE_N_FAILURES];   /* remarks that were made: once is enough */
};

/* tunnel.c */
void tunnel_set_state(Tunnel *t, TunnelState state, uint64_t deadline_usec);
TunnelAction *tunnel_add_action(Tunnel *t, TunnelActions *actions, TunnelActionType type);
DiagnosisStage tunnel_get_stage(const Tunnel *t);
void tunnel_add_fact(Tunnel *t, DiagnosisFactType type, int64_t number);
void tunnel_add_fact_text(Tunnel *t, DiagnosisFactType type, int64_t number, const char *text);

/* tunnel-dial.c */
void tunnel_dial_prepare(Tunnel *t, uint64_t now, TunnelActions *actions);
void tunnel_dial_prepared(Tunnel *t, const TunnelEvent *event, uint64_t now,
                          TunnelActions *actions);
void tunnel_dial_resolved(Tunnel *t, const TunnelEvent *event, uint64_t now,
                          TunnelActions *actions);
void tunnel_dial_connected(Tunnel *t, const TunnelEvent *event, uint64_t now,
                           TunnelActions *actions);
void tunnel_dial_call_opened(Tunnel *t, const TunnelEvent *event, uint64_t now,
                             TunnelActions *actions);
void tunnel_dial_control(Tunnel *t, const PptpMessage *m, uint64_t now, TunnelActions *actions);
void tunnel_dial_control_timer(Tunnel *t, uint64_t now, TunnelActions *actions);
/* Sends an Echo-Request now, unless the answer to one is awaited already. */
void tunnel_dial_control_echo(Tunnel *t, uint64_t now, TunnelActions *actions);
void tunnel_send(Tunnel *t, TunnelActions *actions, const PptpMessage *message);

/* tunnel-link.c */
/* A call that worked ends, and not because its packets got lost. */
void tunnel_remember_call(Tunnel *t, uint64_t now);
void tunnel_link_start(Tunnel *t, uint64_t now, TunnelActions *actions);
void tunnel_link_plugin(Tunnel *t, const PluginMessage *m, uint64_t now, TunnelActions *actions);
void tunnel_link_exited(Tunnel *t, const TunnelEvent *event, uint64_t now, TunnelActions *actions);
void tunnel_link_interface_gone(Tunnel *t, const TunnelEvent *event, uint64_t now);
void tunnel_link_applied(Tunnel *t, const TunnelEvent *event, uint64_t now, TunnelActions *actions);
void tunnel_link_apply_failed(Tunnel *t, const TunnelEvent *event, TunnelActions *actions);
/* The deadline of UP: a link that is negotiated anew has one. */
void tunnel_link_timer(Tunnel *t, uint64_t now, TunnelActions *actions);
void tunnel_link_up(Tunnel *t, uint64_t now, TunnelActions *actions);

/* tunnel-parts.c */
/* Asks for parts to be applied, or applied anew; a link that stands has its deadline for it. */
void tunnel_parts_apply(Tunnel *t, unsigned parts, uint64_t now, TunnelActions *actions);
/* One part is applied. Returns whether all are that were asked for. */
bool tunnel_parts_applied(Tunnel *t, const TunnelEvent *event);
/* Asks for the removal of all that stands. */
void tunnel_parts_remove(Tunnel *t, uint64_t now, TunnelActions *actions);
/* One part is removed. Returns whether nothing is left. */
bool tunnel_parts_removed(Tunnel *t, const TunnelEvent *event);

/* tunnel-verify.c */
/* Tests a link that is up, without delay. reason: as above. */
void tunnel_verify(Tunnel *t, const char *reason, uint64_t now, TunnelActions *actions);
/* The server said something: inside the tunnel, or on the control connection. */
void tunnel_verify_probe_answered(Tunnel *t, TunnelActions *actions);
void tunnel_verify_control_answered(Tunnel *t, TunnelActions *actions);
void tunnel_verify_timer(Tunnel *t, uint64_t now, TunnelActions *actions);
void tunnel_uplink(Tunnel *t, UplinkChange change, uint64_t now, TunnelActions *actions);
/* A router, or the server, says that our GRE does not get through. */
void tunnel_refused(Tunnel *t, const DiagnosisFact *fact, uint64_t now, TunnelActions *actions);
void tunnel_resumed(Tunnel *t, size_t seconds, uint64_t now, TunnelActions *actions);

/* tunnel-silence.c */
void tunnel_silence_begin(Tunnel *t, uint64_t now);
void tunnel_silence_timer(Tunnel *t, uint64_t now, TunnelActions *actions);
void tunnel_silence_counted(Tunnel *t, const Traffic *counters, uint64_t now,
                            TunnelActions *actions);

/* tunnel-reload.c */
void tunnel_reload(Tunnel *t, const TunnelEvent *event, uint64_t now, TunnelActions *actions);

/* tunnel-close.c */
void tunnel_close(Tunnel *t, TunnelAfter after, bool abrupt, uint64_t now, TunnelActions *actions);
void tunnel_close_next(Tunnel *t, uint64_t now, TunnelActions *actions);
void tunnel_close_timer(Tunnel *t, uint64_t now, TunnelActions *actions);
bool tunnel_is_closing(const Tunnel *t);

/* tunnel-retry.c */
/* Goes on where a predecessor was, with a wait that the server imposed as well. */
void tunnel_start(Tunnel *t, uint64_t now, TunnelActions *actions);
/* Closes down because of a failure that the diagnosis has the evidence for. */
void tunnel_fail(Tunnel *t, uint64_t now, TunnelActions *actions, bool abrupt);
/* Everything is down: what follows? */
void tunnel_finish_close(Tunnel *t, uint64_t now, TunnelActions *actions);
/* Begins a round over all candidates: names are looked up again each time. */
void tunnel_dial_round(Tunnel *t, uint64_t now, TunnelActions *actions);
/* Whether nobody is bothered by a try at the shortest delay: the server went away only now. */
bool tunnel_is_in_grace(const Tunnel *t, uint64_t now);
/* Whether the server will not have us before WAITING is over: then an uplink changes nothing. */
bool tunnel_is_turned_away(const Tunnel *t);

/* tunnel-adapt.c */
void tunnel_adapt_begin(Tunnel *t);
void tunnel_adapt_listen(Tunnel *t);
bool tunnel_adapt_find(const Tunnel *t, TunnelChange *ret_change);
void tunnel_adapt(Tunnel *t, const TunnelChange *change, TunnelActions *actions);
void tunnel_adapt_succeeded(Tunnel *t, TunnelActions *actions);

/* tunnel-text.c */
void tunnel_log(Tunnel *t, TunnelActions *actions, int priority, const char *message_id,
                const DiagnosisRow *row, const char *format, ...) _printf_(6, 7);
/* Remarks of the diagnosis that were not made yet. */
void tunnel_log_notes(Tunnel *t, TunnelActions *actions);
void tunnel_status(Tunnel *t, TunnelActions *actions, const char *format, ...) _printf_(3, 4);
/* The last status there is: reason and remedy. what: "Failed". */
void tunnel_status_failed(Tunnel *t, TunnelActions *actions, const char *what);
/* What an attempt is doing; a later one's begins with what became of the one before. */
void tunnel_status_phase(Tunnel *t, TunnelActions *actions, const char *format, ...) _printf_(3, 4);
/* The same while there is none. */
void tunnel_status_waiting(Tunnel *t, TunnelActions *actions, uint64_t delay_usec);
void tunnel_describe_server(const Tunnel *t, char *buffer, size_t n_buffer);
void tunnel_describe_link(const Tunnel *t, char *buffer, size_t n_buffer);
void tunnel_describe_verdict(const Verdict *v, char *buffer, size_t n_buffer);
/* Sets t->reason; the name of the failure, if it has one, comes behind the text. */
void tunnel_set_reason(Tunnel *t, const char *id, const char *text);
void tunnel_describe_remedy(const Tunnel *t, const DiagnosisRow *row, char *buffer,
                            size_t n_buffer);
