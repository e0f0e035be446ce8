/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The supervisor's own state, shared by its files. From the bottom up:
 *
 *  supervisor-feed      the way of an event to the tunnel
 *  supervisor-status    the state file
 *  supervisor-routes    the tunnel's routes
 *  supervisor-uplink    the way to the server
 *  supervisor-reload    the configuration
 *  supervisor-requests  what others ask for, a reload among it
 *  supervisor-call      from the server's name to the call
 *  supervisor-link      the tunnel's interface
 *  supervisor-pppd      pppd on that call
 *  supervisor           the event loop, and who carries out which action
 *
 * Each of them calls only files above itself in this list, but that routes, uplink and reload know
 * each other: one descriptor brings the kernel's announcements to the first two, and a reload is
 * over when the routes are. Nobody else includes this file.
 */

#include <systemd/sd-event.h>

#include "core/config/config.h"
#include "core/config/reload-answer.h"
#include "core/route/route-keeper.h"
#include "core/route/route-set.h"
#include "core/route/uplink-watcher.h"
#include "core/tunnel/tunnel-queue.h"
#include "core/tunnel/tunnel.h"
#include "io/control-socket.h"
#include "io/credentials.h"
#include "io/data-path/clear-text-watch.h"
#include "io/data-path/data-path.h"
#include "io/journal.h"
#include "io/plugin-channel.h"
#include "io/pppd.h"
#include "io/probe.h"
#include "io/request-socket.h"
#include "io/resolver.h"
#include "io/rtnl/rtnl-monitor.h"
#include "io/rtnl/rtnl.h"
#include "io/sleep-watch.h"
#include "io/uplink-query.h"
#include "supervisor/leftovers.h"

/* The tunnel's routes: supervisor-routes.c */
typedef struct Routes {
        RouteKeeper *keeper;
        RtnlRequest *request;   /* what the keeper asked of the kernel */
        sd_event_source *timer; /* of the keeper */
} Routes;

/* The way to the server, as long as there is a server to reach: supervisor-uplink.c */
typedef struct UplinkWatching {
        UplinkWatcher watcher;
        UplinkQuery *query;
        sd_event_source *timer; /* of the watcher */
        SleepWatch *sleep;
} UplinkWatching;

/* From the server's name to a control connection. */
typedef struct SupervisorControl {
        Resolver *resolver;
        ControlSocket *socket;
        struct in_addr local_address; /* INADDR_ANY: not connected */
} SupervisorControl;

/* The call and the way that its packets take. */
typedef struct SupervisorCall {
        UplinkQuery *query; /* looks up that way; NULL: done */
        RouteUplink uplink;
        uint32_t path_mtu_bytes; /* 0: not known */
        DataPath *path;          /* NULL: no call */
        ClearTextWatch *clear_text_watch;
} SupervisorCall;

/* The pppd on that call, and the plugin in it. */
typedef struct SupervisorPppd {
        Pppd *process;
        PluginChannel *plugin;
        bool plugin_loaded;                      /* it has said hello */
        bool has_password;                       /* ours, not one that pppd finds in chap-secrets */
        char last_line[DIAGNOSIS_FACT_TEXT_MAX]; /* that it printed, escaped */
        char plugin_line[DIAGNOSIS_FACT_TEXT_MAX]; /* the first one about the plugin, likewise */
} SupervisorPppd;

typedef struct Supervisor Supervisor;

struct Supervisor {
        Config *config; /* the one in effect */
        Journal *journal;
        Tunnel *tunnel;

        sd_event *event;
        sd_event_source *timer;
        uint64_t patience_usec; /* until when the service manager was asked to wait */

        /* the way of an event: supervisor-feed.c */
        TunnelQueue queue;
        bool busy; /* in a step, so that events have to wait */
        void (*step)(Supervisor *s, const TunnelEvent *event);
        void (*rest)(Supervisor *s); /* after the last of them */

        Leftovers *leftovers; /* of a predecessor, until the first dial */
        bool stopping;        /* told to stop */

        /* one attempt */
        SupervisorControl control;
        SupervisorCall call;
        SupervisorPppd pppd;

        bool memory_failed; /* it was said that nothing can be stored */

        /* the tunnel's interface */
        TunnelLink link;               /* as IPCP agreed on it */
        uint64_t clear_text_told_usec; /* 0: never */
        Probe *probe;
        sd_event_source *probe_timer;
        RtnlRequest *count_request; /* what it has carried */
        RtnlRequest *mtu_request;
        uint32_t mtu_bytes; /* what that is about */

        /* routes, and the way to the server */
        Rtnl *rtnl;
        RtnlMonitor *monitor;
        Routes routes;
        UplinkWatching uplink_watch;

        /* state file */
        const char *state_directory; /* NULL: nobody wants one */
        sd_event_source *status_timer;
        char status_text[TUNNEL_TEXT_MAX_BYTES];
        char saved_status[STATUS_MAX_BYTES];
        bool status_failed; /* the last write; said once */
        int64_t realtime_offset_usec;

        /* what others ask for */
        bool ready; /* READY=1 was said */
        struct {
                RequestSocket *reload, *reconnect;
        } requests;
        ReloadAnswer reload_answer; /* to whoever asked for one */
};

/* ---- supervisor-feed.c ---- */

/*
 * Takes the tunnel through an event, and carries out what that asks for before it returns. Within a
 * step the event waits until that is over; for what may wait see tunnel_queue_add(). The event and
 * all that it points to is borrowed for the call.
 */
void supervisor_feed(Supervisor *s, TunnelEvent *event);
/*
 * The same with an event that has a fact: number and text as diagnosis.h has them for its type.
 * text may be NULL.
 */
void supervisor_feed_fact(Supervisor *s, TunnelEventType type, DiagnosisStage stage,
                          DiagnosisFactType fact, int64_t number, const char *text);

/* supervisor-status.c */
int supervisor_status_init(Supervisor *s);
/* stopped: as it was told to, so that there is nothing to remember. */
void supervisor_status_done(Supervisor *s, bool stopped);
/* Something happened; the file follows within half a second. */
void supervisor_status_changed(Supervisor *s);
/* Writes the file now, if there is anything new. */
void supervisor_save_status(Supervisor *s);

/* supervisor-call.c */
void supervisor_resolve(Supervisor *s, const char *name, uint64_t timeout_usec);
void supervisor_connect(Supervisor *s, struct in_addr address, uint16_t port);
void supervisor_send(Supervisor *s, const PptpMessage *message);
void supervisor_close_control(Supervisor *s);
void supervisor_open_call(Supervisor *s, struct in_addr server);
void supervisor_close_call(Supervisor *s);
/* Tells the diagnosis what got how far, while that is still counted. */
void supervisor_gather_evidence(Supervisor *s);

/* supervisor-pppd.c */
void supervisor_prepare(Supervisor *s);
/* The MTU that the configuration and the way to the server ask for. */
uint32_t supervisor_choose_mtu(const Supervisor *s);
void supervisor_start_pppd(Supervisor *s, uint16_t peer_call_id, const TunnelSettings *settings);
/* Says anew how the link is to be watched. */
void supervisor_set_keep_alive(Supervisor *s, const TunnelSettings *settings);
void supervisor_send_password(Supervisor *s);

/* supervisor-routes.c */
int supervisor_routes_init(Supervisor *s);
void supervisor_routes_done(Supervisor *s);
void supervisor_install_routes(Supervisor *s, const TunnelLink *link);
void supervisor_remove_routes(Supervisor *s);
/* The way to the server is another, or the kernel may have dropped the routes that pin it. */
void supervisor_move_routes(Supervisor *s, const Uplink *uplink);
/* The configuration is another; that before is no longer looked at. */
void supervisor_configure_routes(Supervisor *s);
/*
 * The kernel is to announce what becomes of the way to the server, and of places that others took.
 */
void supervisor_watch_routes(Supervisor *s);

/* supervisor-link.c */
void supervisor_watch_clear_text(Supervisor *s);
void supervisor_probe(Supervisor *s, struct in_addr peer);
void supervisor_probe_stop(Supervisor *s);
void supervisor_count_traffic(Supervisor *s);
void supervisor_set_mtu(Supervisor *s, uint32_t max_bytes);
void supervisor_link_done(Supervisor *s);

/* supervisor-uplink.c */
int supervisor_uplink_init(Supervisor *s);
void supervisor_uplink_done(Supervisor *s);
/* From now on the way to this server counts; INADDR_ANY: its address is not known yet. */
void supervisor_watch_uplink(Supervisor *s, struct in_addr server);
/* The question that all ask who want to know the way. */
UplinkQuestion supervisor_make_uplink_question(const Supervisor *s, struct in_addr server);
/* What the kernel announces of links, addresses and routes that are not the tunnel's own. */
void supervisor_uplink_on_link(Supervisor *s, const RtnlLink *link, bool removed);
void supervisor_uplink_on_address(Supervisor *s, const RtnlAddress *address, bool removed);
void supervisor_uplink_on_route(Supervisor *s, const Route *route, bool removed);
void supervisor_uplink_on_resync(Supervisor *s);
/* The loop did not turn for so long, though it should have. */
void supervisor_slept(Supervisor *s, uint64_t slept_usec);

/* supervisor-requests.c */
/* Listens for requests; what fails is logged, since the tunnel works without them. */
void supervisor_requests_init(Supervisor *s);
void supervisor_requests_done(Supervisor *s);

/* supervisor-reload.c */
int supervisor_reload_init(Supervisor *s);
/* Somebody asks for a reload through the socket, and gets the answer once it is done. */
void supervisor_reload_asked(Supervisor *s);
/* Whether a change has ended that somebody waits for. */
void supervisor_answer_reload(Supervisor *s);
