/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The life of one tunnel as a state machine: what to do when something happens. Pure: events and
 * the time come in, actions go out, and whoever carries them out (supervisor.c, or the simulator)
 * answers with further events. The table of states is at the head of tunnel.c,
 * that of events at its end.
 *
 * No late answer can disturb a later attempt: before another begins (PREPARE), everything of the
 * last that could answer was closed by an action, or has ended: CLOSE_CONTROL for resolving,
 * connecting and the control connection, CLOSE_CALL, PROBE_STOP, REMOVE, and pppd's exit, which is
 * waited for. The caller frees what it closes, and so nothing answers for it.
 */

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/config/config-diff.h"
#include "core/config/config.h"
#include "core/diagnosis/diagnosis.h"
#include "core/status/history.h"
#include "core/ppp/plugin-message.h"
#include "core/pptp/pptp-message.h"
#include "core/status/server-memory.h"
#include "core/status/status.h"
#include "core/route/uplink.h"

#define TUNNEL_ADDRESSES_MAX 16
#define TUNNEL_TEXT_MAX_BYTES 512

typedef enum TunnelState {
        TUNNEL_STATE_IDLE,
        TUNNEL_STATE_PREPARING, /* password, kernel modules */
        TUNNEL_STATE_RESOLVING,
        TUNNEL_STATE_CONNECTING, /* TCP */
        TUNNEL_STATE_STARTING,   /* Start-Control-Connection-Request sent */
        TUNNEL_STATE_OPENING,    /* opening the local end of the call */
        TUNNEL_STATE_CALLING,    /* Outgoing-Call-Request sent */
        TUNNEL_STATE_LINKING,    /* pppd negotiates: LCP, authentication, CCP, IPCP */
        TUNNEL_STATE_APPLYING,   /* what an up tunnel needs (TunnelPart) is being applied */
        TUNNEL_STATE_PROBING,    /* waiting for evidence that data passes */
        TUNNEL_STATE_UP,
        TUNNEL_STATE_CLOSING_PARTS,   /* what was applied is being removed */
        TUNNEL_STATE_CLOSING_LINK,    /* LCP Terminate, or pppd's end otherwise */
        TUNNEL_STATE_CLOSING_CONTROL, /* Call-Clear and Stop-Control-Connection-Request sent */
        TUNNEL_STATE_WAITING,         /* for the next try */
        TUNNEL_STATE_ENDED,
        _TUNNEL_STATE_MAX,
} TunnelState;

/*
 * What an up tunnel needs applied to this host, once the link has addresses. Each part is applied,
 * failed or removed; the tunnel is up when all of them are applied, and down when all are removed.
 * A set of parts is the sum of their bits.
 */
typedef enum TunnelPart {
        TUNNEL_PART_ROUTES = 1 << 0,
        TUNNEL_PART_RULES = 1 << 1, /* policy rules */
        TUNNEL_PART_NAMES = 1 << 2, /* name servers, and which names are asked there */
        TUNNEL_PART_SIZES = 1 << 3, /* of TCP segments that are forwarded */
        TUNNEL_PARTS_ALL =
                TUNNEL_PART_ROUTES | TUNNEL_PART_RULES | TUNNEL_PART_NAMES | TUNNEL_PART_SIZES,
        TUNNEL_PART_IPV6 = 1 << 4, /* IPV6CP, which pppd sees to: in no action */
} TunnelPart;

/* Bits in a set of them. */
#define TUNNEL_PARTS_MAX 5

/*
 * The tunnels of a machine that have lost the same server dial it so long after each other, or
 * longer: ten calls a second. No turn is taken further ahead than the second of these, which 6,000
 * tunnels in a row would reach.
 */
#define TUNNEL_TURN_USEC (100 * USEC_PER_MSEC)
#define TUNNEL_TURNS_MAX_USEC (10 * USEC_PER_MINUTE)

typedef enum TunnelEventType {
        TUNNEL_EVENT_START,
        TUNNEL_EVENT_STOP,
        TUNNEL_EVENT_TIMER, /* tunnel_next_deadline() has come */
        TUNNEL_EVENT_PREPARED,
        TUNNEL_EVENT_PREPARE_FAILED,  /* fact */
        TUNNEL_EVENT_RESOLVED,        /* addresses */
        TUNNEL_EVENT_RESOLVE_FAILED,  /* fact */
        TUNNEL_EVENT_CONNECTED,       /* connected; a look-up beside it is cancelled */
        TUNNEL_EVENT_CONTROL_MESSAGE, /* control */
        TUNNEL_EVENT_CONTROL_FAILED,  /* fact: errno, EOF, not PPTP */
        TUNNEL_EVENT_CALL_OPENED,     /* call_id: ours */
        TUNNEL_EVENT_CALL_FAILED,     /* fact */
        TUNNEL_EVENT_PPPD_FAILED,     /* fact: pppd could not be started */
        TUNNEL_EVENT_PPPD_EXITED,     /* fact: exit status */
        TUNNEL_EVENT_PLUGIN,          /* plugin */
        TUNNEL_EVENT_APPLIED,         /* part, count: of its items */
        TUNNEL_EVENT_APPLY_FAILED,    /* part, optional, fact */
        TUNNEL_EVENT_REMOVED,         /* part; also if there was nothing to remove */
        TUNNEL_EVENT_PROBE_REPLY,
        TUNNEL_EVENT_SIZE_REPLY,  /* count: bytes of the packet that came back */
        TUNNEL_EVENT_MTU_CHANGED, /* count: bytes; SET_MTU has been carried out */
        TUNNEL_EVENT_LINK_SEEN,   /* seen: the interface, a moment after its change */
        TUNNEL_EVENT_INTERFACE_GONE,
        TUNNEL_EVENT_NAMESPACE_GONE, /* fact: that of the interface, NetworkNamespace= */
        TUNNEL_EVENT_NAMESPACE_BACK, /* it is there, or another of that name */
        TUNNEL_EVENT_UPLINK,         /* uplink: what became of the way to the server */
        TUNNEL_EVENT_RESUMED,        /* count: seconds that this machine, or we, slept */
        TUNNEL_EVENT_RELOAD,         /* reload: the configuration changed */
        TUNNEL_EVENT_RECONNECT,      /* an administrator wants a new connection */
        TUNNEL_EVENT_GRE_REFUSED,    /* fact: an ICMP error about our GRE; errno, and who sent it */
        TUNNEL_EVENT_EVIDENCE,       /* fact: something to remember for the diagnosis */
        TUNNEL_EVENT_COUNTED,        /* traffic: what the link has carried so far */
        TUNNEL_EVENT_TRAFFIC,        /* traffic: what an interface of ours carried that is gone */
        TUNNEL_EVENT_TURN,           /* turn_usec: when to dial, the answer to TAKE_TURN */
        _TUNNEL_EVENT_MAX,
} TunnelEventType;

/* What an event has pointers to. */
typedef enum TunnelPayload {
        TUNNEL_PAYLOAD_NONE,
        TUNNEL_PAYLOAD_FACT,      /* fact.text, which may be NULL */
        TUNNEL_PAYLOAD_ADDRESSES, /* addresses.items */
        TUNNEL_PAYLOAD_MESSAGE,   /* a parsed message, or a configuration */
} TunnelPayload;

/* Returns what an event of this type has pointers to. */
TunnelPayload tunnel_event_get_payload(TunnelEventType type);

/*
 * Pointers are borrowed for the call of tunnel_step(), but for a configuration: that one must
 * outlive the tunnel or the next RELOAD, in exchange for the one before, which is no longer looked
 * at. UPLINK_SAME means that the
 * way was disturbed and is the same again.
 */
typedef struct TunnelEvent {
        TunnelEventType type;
        TunnelPart part; /* APPLIED, APPLY_FAILED, REMOVED */
        bool optional; /* APPLY_FAILED: nobody asked for the part, the tunnel is good without it */
        union {
                DiagnosisFact fact;
                struct {
                        const struct in_addr *items;
                        size_t n_items;
                } addresses;
                struct {
                        struct in_addr local_address; /* our end */
                        uint64_t round_trip_usec;     /* of its TCP; 0: not known */
                } connected;
                const PptpMessage *control;
                uint16_t call_id;
                const PluginMessage *plugin;
                size_t count;
                struct {
                        UplinkChange uplink;
                        char uplink_before[16]; /* its interface's name; "": not known */
                        char uplink_now[16];    /* likewise */
                };
                struct {
                        char ifname[16];
                        uint16_t mtu_bytes;
                } seen;
                struct { /* PREPARED */
                        DiagnosisPasswordSource password_source;
                        bool password_not_ascii;
                };
                Traffic traffic;
                uint64_t turn_usec;
                struct {
                        const Config *config;
                        const ConfigDiff *diff; /* from the one before to this one */
                } reload;
        };
} TunnelEvent;

typedef enum TunnelActionType {
        TUNNEL_ACTION_PREPARE,        /* an attempt begins; nothing of the last is left */
        TUNNEL_ACTION_RESOLVE,        /* name, timeout_usec */
        TUNNEL_ACTION_CONNECT,        /* address, port; a look-up may go on beside it */
        TUNNEL_ACTION_SEND,           /* control */
        TUNNEL_ACTION_CLOSE_CONTROL,  /* also cancels resolving and connecting */
        TUNNEL_ACTION_OPEN_CALL,      /* address */
        TUNNEL_ACTION_START_PPPD,     /* pppd.settings; it waits for the call */
        TUNNEL_ACTION_HAND_OVER_CALL, /* pppd; connects the call's socket, and gives it to pppd */
        TUNNEL_ACTION_CLOSE_CALL,     /* pppd's transport: the kill switch */
        TUNNEL_ACTION_TERMINATE_PPPD, /* SIGTERM: LCP Terminate */
        TUNNEL_ACTION_KILL_PPPD,
        TUNNEL_ACTION_SEND_PASSWORD,
        TUNNEL_ACTION_APPLY,          /* apply; again while they stand: whatever of it changed */
        TUNNEL_ACTION_REMOVE,         /* parts */
        TUNNEL_ACTION_SET_KEEP_ALIVE, /* pppd.settings; as the configuration has it now */
        TUNNEL_ACTION_SET_MTU,        /* mtu_max_bytes: what the server takes */
        TUNNEL_ACTION_PROBE,          /* address: the peer's; until PROBE_STOP */
        TUNNEL_ACTION_PROBE_STOP,
        TUNNEL_ACTION_PROBE_SIZE, /* probe_size: one packet more; until PROBE_SIZE_STOP */
        TUNNEL_ACTION_PROBE_SIZE_STOP,
        TUNNEL_ACTION_TAKE_TURN, /* name: among the tunnels of this machine that want to dial it */
        TUNNEL_ACTION_COUNT,     /* what the link has carried so far */
        TUNNEL_ACTION_REMEMBER,  /* tunnel_get_memory() has changed: store it */
        TUNNEL_ACTION_LOG,       /* log */
        TUNNEL_ACTION_STATUS,    /* text */
        TUNNEL_ACTION_READY,     /* text: the status that goes with it */
        TUNNEL_ACTION_EXIT,      /* exit_status */
        _TUNNEL_ACTION_MAX,
} TunnelActionType;

/* How an attempt is made: what the configuration says and, within that, what was learnt. */
typedef struct TunnelSettings {
        MppePolicy mppe;        /* what to ask for first, and what to accept */
        IpRequest ip;           /* what to ask for in IPCP: what this server gave last */
        bool keep_alive;        /* send LCP echoes, if KeepAliveIntervalSec= says so */
        uint32_t mtu_max_bytes; /* larger packets do not get through; 0: not known */
        uint32_t restart_sec;   /* the Restart timer of LCP and of all after it */
} TunnelSettings;

/* What IPCP, IPV6CP and CCP agreed on, for routes, status and log. */
typedef struct TunnelLink {
        char ifname[16];
        struct in_addr local;
        struct in_addr peer;
        struct in_addr dns[2];
        MppeOutcome transmit;
        MppeOutcome receive;
        uint16_t mtu_bytes;
        bool has_ipv6; /* IPV6CP is up, and the MTU large enough */
} TunnelLink;

typedef struct TunnelAction {
        TunnelActionType type;
        union {
                struct {
                        const char *name;      /* borrowed from the configuration */
                        uint64_t timeout_usec; /* from now on; then nobody waits any longer */
                };
                struct {
                        struct in_addr address;
                        uint16_t port;
                } connect;
                PptpMessage control;
                struct {
                        struct in_addr address; /* the peer's */
                        uint32_t n_bytes;       /* with its IPv4 header */
                } probe_size;
                struct {
                        uint16_t peer_call_id;
                        TunnelSettings settings;
                } pppd;
                struct {
                        unsigned parts; /* a set; answered for each of them */
                        TunnelLink link;
                } apply;
                unsigned parts; /* likewise */
                uint32_t mtu_max_bytes;
                struct {
                        int priority;            /* LOG_* of syslog.h */
                        const char *message_id;  /* or NULL; static */
                        const DiagnosisRow *row; /* or NULL; static */
                        DiagnosisClass class;    /* of the row, as it was taken here */
                        char text[TUNNEL_TEXT_MAX_BYTES];
                } log;
                struct {
                        uint64_t since_usec; /* 0, or ends with the time of day that this was */
                        char text[TUNNEL_TEXT_MAX_BYTES];
                } status;
                int exit_status;
        };
} TunnelAction;

/* One step never asks for more; the simulator holds it to that. */
#define TUNNEL_ACTIONS_MAX 32

typedef struct TunnelActions {
        TunnelAction items[TUNNEL_ACTIONS_MAX];
        size_t n_items;
} TunnelActions;

typedef struct Tunnel Tunnel;

/*
 * Makes a tunnel in state IDLE. config is borrowed until a RELOAD brings another; seed is for the
 * jitter of the back-off. Returns NULL if memory is exhausted.
 */
Tunnel *tunnel_new(const Config *config, uint64_t seed);
/*
 * Frees the tunnel in whatever state it is; what its actions have opened is the caller's to close.
 * Takes NULL; returns NULL.
 */
Tunnel *tunnel_free(Tunnel *t);

/*
 * Takes one event at the given time (microseconds of CLOCK_BOOTTIME) and fills in the actions to
 * carry out, in their order. Never fails.
 */
void tunnel_step(Tunnel *t, const TunnelEvent *event, uint64_t now_usec,
                 TunnelActions *ret_actions);

/* Returns when TUNNEL_EVENT_TIMER is due (microseconds of CLOCK_BOOTTIME), or USEC_INFINITY. */
uint64_t tunnel_next_deadline(const Tunnel *t);

/*
 * Returns until when to extend the start timeout (EXTEND_TIMEOUT_USEC of sd_notify(3)), in
 * microseconds of CLOCK_BOOTTIME, since the server has answered and this attempt may yet succeed;
 * or 0: do not extend it. Attempts that go on for ever do not extend it for ever.
 */
uint64_t tunnel_get_patience(const Tunnel *t);

/* Returns the state after the latest step. */
TunnelState tunnel_get_state(const Tunnel *t);
/* Returns a state in lower case, "linking"; static. */
const char *tunnel_state_name(TunnelState state);
/* Returns the address that this attempt dials, or INADDR_ANY before there is one. */
struct in_addr tunnel_get_server(const Tunnel *t);

/*
 * Fills in all that there is to tell of the tunnel; what only the caller knows (text, the
 * processes' ids, the wall clock) stays 0.
 */
void tunnel_get_status(const Tunnel *t, Status *ret_status);
/*
 * Takes over what a predecessor remembered, which is copied. That it has worked does not count for
 * another server or user. To be called before the first step.
 */
void tunnel_set_history(Tunnel *t, const History *history);

/*
 * Returns what was learnt about servers, borrowed from the tunnel. The caller fills it in before
 * START with what is stored, if anything is.
 */
ServerMemory *tunnel_get_memory(Tunnel *t);
