/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The supervisor's own state, shared by its files. From the bottom up:
 *
 *  supervisor-feed      the way of an event to the tunnel
 *  supervisor-recorder  what went over the wire last
 *  supervisor-status    the state file
 *  supervisor-hooks     units that are started when the tunnel is up and when it is no longer
 *  supervisor-namespace the network namespace in which the interface is
 *  supervisor-frame     what the tunnel has in the kernel without its interface
 *  supervisor-answer    the answer to a reload
 *  supervisor-names     its name servers, and which names are asked there
 *  supervisor-cover     that its names are refused while it is down
 *  supervisor-sizes     the segment sizes of TCP connections that are forwarded
 *  supervisor-overlaps  networks of the tunnel that this host has, too
 *  supervisor-routes    the tunnel's routes
 *  supervisor-offer     those of them that the server offers
 *  supervisor-uplink    the way to the server
 *  supervisor-reload    the configuration
 *  supervisor-requests  what others ask for, a reload among it
 *  supervisor-varlink   the same for programs, and what they may know
 *  supervisor-call      from the server's name to the call
 *  supervisor-link      the tunnel's interface
 *  supervisor-pppd      pppd on that call
 *  supervisor           the event loop, and who carries out which action
 *
 * Each of them calls only files above itself in this list, but that routes, offer and uplink know
 * each other: one descriptor brings the kernel's announcements to routes and uplink, and offered
 * routes are installed like all others. Nobody else includes this file.
 */

#include <net/if.h>
#include <systemd/sd-event.h>

#include "core/config/config.h"
#include "core/config/reload-answer.h"
#include "core/names/names-cover.h"
#include "core/names/names-keeper.h"
#include "core/route/route-keeper.h"
#include "core/route/route-offer.h"
#include "core/route/route-set.h"
#include "core/route/uplink-watcher.h"
#include "core/status/flight-recorder.h"
#include "core/tunnel/tunnel-queue.h"
#include "core/tunnel/tunnel.h"
#include "io/control-socket.h"
#include "io/credentials.h"
#include "io/data-path/clear-text-watch.h"
#include "io/data-path/data-path.h"
#include "io/dhcp-socket.h"
#include "io/hooks-channel.h"
#include "io/journal.h"
#include "io/mount-watch.h"
#include "io/mss-clamp.h"
#include "io/namespace.h"
#include "io/names-channel.h"
#include "io/plugin-channel.h"
#include "io/pppd.h"
#include "io/probe.h"
#include "io/request-socket.h"
#include "io/resolver.h"
#include "io/rtnl/rtnl-monitor.h"
#include "io/rtnl/rtnl.h"
#include "io/sleep-watch.h"
#include "io/varlink-server.h"
#include "io/rtnl/uplink-query.h"
#include "supervisor/frame-edge.h"
#include "supervisor/leftovers.h"

/*
 * sd-event may call timers late by this much to spare wake-ups, and by 250 ms unless told: neither
 * a dial nor routes that others removed must wait for that.
 */
#define SUPERVISOR_TIMER_ACCURACY_USEC (10 * USEC_PER_MSEC)

typedef struct Supervisor Supervisor;

/* The tunnel's routes: supervisor-routes.c */
typedef struct Routes {
        RouteKeeper *keeper;
        void (*watch)(Supervisor *s); /* supervisor_watch_routes(), before the frame adds routes */
        RouteOffer offer;
        DhcpSocket *offer_socket; /* while an answer is awaited */
        int offer_port_fd;        /* dhcp_port_hold(): as long as the interface, from then on */
        sd_event_source *offer_timer;
        unsigned n_offer_steps;       /* being carried out, one within the other */
        RtnlRequest *request;         /* what the keeper asked of the kernel */
        sd_event_source *timer;       /* of the keeper */
        char former_vrf[IF_NAMESIZE]; /* that the tunnel was in before this one; "": none */
        bool keeps_vrf;               /* that could not be removed, and is marked */
        bool untold; /* all are in the kernel, and the tunnel is yet to hear of it: */
        size_t count;
} Routes;

/*
 * The network namespace in which the tunnel's interface is, with its address and routes, and the
 * sockets that ask for them there. What leads to the server stays in that of this process.
 */
typedef struct InnerNamespace {
        int fd;                              /* NAMESPACE_OWN: that of this process */
        Rtnl *rtnl;                          /* NULL: Supervisor.rtnl does, and its monitor */
        RtnlMonitor *monitor;                /* likewise */
        const RtnlMonitorHandlers *handlers; /* for that; static */
        MountWatch *watch;                   /* NULL: there is no NetworkNamespace= */
} InnerNamespace;

/* Name servers and names: supervisor-names.c */
typedef struct Names {
        NamesKeeper *keeper;
        NamesChannel *channels[_NAMES_SERVICE_MAX]; /* NULL: not connected */
        sd_event_source *timer;                     /* of the keeper */
} Names;

/* RoutesOnDown=unreachable for names: supervisor-cover.c */
typedef struct Cover {
        NamesCover *names;
        NamesChannel *channel;  /* NULL: not connected */
        sd_event_source *timer; /* of the cover */
} Cover;

/* The way to the server, as long as there is a server to reach: supervisor-uplink.c */
typedef struct UplinkWatching {
        UplinkWatcher watcher;
        char ifname[IF_NAMESIZE]; /* of the latest way; "": not known */
        UplinkQuery *query;
        sd_event_source *timer; /* of the watcher */
        SleepWatch *sleep;
} UplinkWatching;

/* From the server's name to a control connection. */
typedef struct SupervisorControl {
        Resolver *resolver;
        UplinkQuery *query;                 /* the way, where unreachable routes cover it */
        void (*on_way_open)(Supervisor *s); /* through them; NULL: nobody waits for that */
        struct in_addr server;
        uint16_t port;
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
        bool kernel_lacks_mppe;                  /* as it found when it tried */
        char last_line[DIAGNOSIS_FACT_TEXT_MAX]; /* that it printed, escaped */
        char plugin_line[DIAGNOSIS_FACT_TEXT_MAX]; /* the first one about the plugin, likewise */
} SupervisorPppd;

/* Networks that are on both sides, as the journal was told last. */
typedef struct Overlaps {
        char items[ROUTE_KEEPER_OVERLAPS_MAX][DIAGNOSIS_FACT_TEXT_MAX];
        size_t n_items;
        size_t n_all; /* also those that have no room */
} Overlaps;

struct Supervisor {
        Config *config; /* the one in effect */
        Journal *journal;
        Tunnel *tunnel;

        sd_event *event;
        sd_event_source *timer;
        sd_event_source *spare_timer; /* until memory goes back that was needed once */
        uint64_t patience_usec;       /* until when the service manager was asked to wait */

        /* the way of an event: supervisor-feed.c */
        TunnelQueue queue;
        bool busy; /* in a step, so that events have to wait */
        void (*step)(Supervisor *s, const TunnelEvent *event);
        void (*rest)(Supervisor *s); /* after the last of them, and after the frame's work */

        Leftovers *leftovers;           /* of a predecessor, until the first dial */
        bool stopping;                  /* told to stop */
        bool goes_on;                   /* and in a successor, since the start took too long */
        sd_event_source *start_timeout; /* of the service manager; NULL: READY was said */

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
        uint64_t probe_interval_usec; /* until the Echo after the next */
        Probe *size_probe;            /* with packets of several sizes */
        RtnlRequest *count_request;   /* what it has carried */
        RtnlRequest *mtu_request;
        uint32_t mtu_bytes;          /* what that is about */
        sd_event_source *look_timer; /* until an announced change of it is looked at */
        RtnlRequest *look_request;

        MssClamp *mss_clamp; /* NULL: no rule about forwarded connections is there */

        /* routes, and the way to the server */
        InnerNamespace inner;
        Rtnl *rtnl;
        RtnlMonitor *monitor;
        Routes routes;
        FrameEdge *frame;
        bool route_refused;         /* the last change: another route was in the place of one */
        RtnlRequest *clash_request; /* what is in the places of the routes */
        Overlaps overlaps;
        Names names;
        Cover cover;
        UplinkWatching uplink_watch;

        /* [Hooks]: supervisor-hooks.c */
        struct {
                HooksChannel *channel; /* NULL: the tunnel is not up, or has none, or they failed */
                bool is_up;            /* as they know it */
                char trouble[STATUS_HOOKS_TROUBLE_MAX_BYTES]; /* "": none */
        } hooks;

        /* state file */
        const char *state_directory; /* NULL: nobody wants one */
        sd_event_source *status_timer;
        char status_text[TUNNEL_TEXT_MAX_BYTES];
        bool status_failed; /* the last write; said once */
        int64_t realtime_offset_usec;

        FlightRecorder recorder;

        /* what others ask for */
        bool ready; /* READY=1 was said */
        sd_event_source *late_reload;
        struct {
                RequestSocket *reload;
        } requests;
        VarlinkServer *varlink;
        ReloadAnswer reload_answer; /* to whoever asked for one */

        /* What the state file has. The last of all: supervisor_run() says why. */
        char saved_status[STATUS_MAX_BYTES];
};

/* ---- supervisor-clashes.c ---- */

/*
 * Begins to look for other routes in the places of the tunnel's. The first is warned of; or, while
 * route_refused is set, fails the attempt in the place of supervisor_prepare(). Returns whether
 * that will come about.
 */
bool supervisor_look_for_clashes(Supervisor *s);

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

/* ---- supervisor-recorder.c ---- */

/* Records from now on what goes over the wire, and the messages that are not for the journal. */
void supervisor_recorder_init(Supervisor *s);
/*
 * Ends that, and keeps the recording in a file until the next start, unless the supervisor ends
 * because it was told to. exit_status: its exit status, or a negative errno.
 */
void supervisor_recorder_done(Supervisor *s, int exit_status);
/* Records the ends of a control connection that stands, */
void supervisor_record_connection(Supervisor *s);
/* bytes of it, */
void supervisor_record_control(Supervisor *s, bool sent, const uint8_t *data, size_t n_data);
/* and a message of it that is sent; */
void supervisor_record_message(Supervisor *s, const PptpMessage *message);
/* and a PPP packet, which the plugin reports. */
void supervisor_record_frame(Supervisor *s, const PluginMessage *m);
/* Writes what is recorded into the tunnel's run-time folder. Returns 0 or a negative errno. */
int supervisor_write_recording(Supervisor *s);

/* ---- supervisor-status.c ---- */

/*
 * Reads the state file that a predecessor left, and has the file written from now on, if the
 * service manager gave us a directory for it. Returns 0 or a negative errno.
 */
int supervisor_status_init(Supervisor *s);
/*
 * Removes the file if the supervisor ends because it was told to; else writes it once more, for a
 * successor or the next start. exit_status: its exit status, or a negative errno.
 */
void supervisor_status_done(Supervisor *s, int exit_status);
/* Schedules writing the file, within half a second. */
void supervisor_status_changed(Supervisor *s);
/* Writes the file now, unless nothing has changed. A failure is logged once. */
void supervisor_save_status(Supervisor *s);

/* Writes the text of the file, as it would be now. Returns its length in bytes, or -ENOBUFS. */
int supervisor_write_status(Supervisor *s, char *buffer, size_t n_buffer);

/* ---- supervisor-hooks.c ---- */

/*
 * Has the units of [Hooks] started if the tunnel has come up, or has ceased to be, since the last
 * call. Never blocks; a failure is logged.
 */
void supervisor_follow_hooks(Supervisor *s);
/* Hangs up on pptp-hooks: for a tunnel that is up this counts as its end. */
void supervisor_hooks_done(Supervisor *s);

/* ---- supervisor-call.c ---- */

/*
 * Each carries out the action of its name (tunnel.h) and feeds the event that answers it: at once
 * if the action fails at once, else from the event loop.
 */

/* RESOLVE: looks the name up. The name is borrowed for the call. */
void supervisor_resolve(Supervisor *s, const char *name, uint64_t timeout_usec);
/* CONNECT: opens the control connection, and has the way to that server watched. */
void supervisor_connect(Supervisor *s, struct in_addr address, uint16_t port);
/* SEND: sends a message on the control connection. A failure is logged at debug level only. */
void supervisor_send(Supervisor *s, const PptpMessage *message);
/* CLOSE_CONTROL: ends a look-up of the name and the control connection, whichever there is. */
void supervisor_close_control(Supervisor *s);
/* OPEN_CALL: looks up the way to the server, then opens the local end of the data path. */
void supervisor_open_call(Supervisor *s, struct in_addr server);
/* CLOSE_CALL: frees the data path, at which pppd hangs up. */
void supervisor_close_call(Supervisor *s);
/*
 * Feeds the diagnosis with what can be counted only now: bytes that the server has not
 * acknowledged, GRE frames of the call, and what the firewall makes of them.
 */
void supervisor_gather_evidence(Supervisor *s);
/*
 * Feeds the diagnosis with what the kernel says of a GRE packet of ours: of those that the PPTP
 * driver sends nobody hears that this host's own firewall drops them (pptp_xmit() ignores it). To
 * be called once the data path is connected.
 */
void supervisor_test_output(Supervisor *s);

/* ---- supervisor-link.c ---- */

/* Watches for data that comes unencrypted (io/data-path/clear-text-watch.h), and warns of it. */
void supervisor_watch_clear_text(Supervisor *s);
/* PROBE: pings the peer until supervisor_probe_stop(); each answer is fed as PROBE_REPLY. */
void supervisor_probe(Supervisor *s, struct in_addr peer);
/* PROBE_STOP: ends that. May be called again. */
void supervisor_probe_stop(Supervisor *s);
/*
 * PROBE_SIZE: sends the peer one packet of so many bytes. Until supervisor_probe_size_stop() each
 * answer to it, and to those before, is fed as SIZE_REPLY.
 */
void supervisor_probe_size(Supervisor *s, struct in_addr peer, uint32_t n_bytes);
/* PROBE_SIZE_STOP: waits for no answer any more. May be called again. */
void supervisor_probe_size_stop(Supervisor *s);
/* COUNT: asks the kernel for the interface's counters, which are fed as COUNTED. */
void supervisor_count_traffic(Supervisor *s);
/*
 * Returns the MTU in bytes that the interface is to have: MTUBytes=, or what the path to the server
 * leaves of its own (core/ppp/mtu.h).
 */
uint32_t supervisor_choose_mtu(const Supervisor *s);
/* SET_MTU: changes the interface's MTU, to max_bytes at most, and logs the outcome. */
void supervisor_set_mtu(Supervisor *s, uint32_t max_bytes);
/* Ends the probe and the requests about the interface. */
void supervisor_link_done(Supervisor *s);

/* ---- supervisor-pppd.c ---- */

/* PREPARE: looks for the password and for what pppd needs. Feeds PREPARED or PREPARE_FAILED. */
void supervisor_prepare(Supervisor *s);
/*
 * START_PPPD: starts pppd, whose plugin waits for a call. What the plugin says, and pppd's end, is
 * fed from the event loop; PPPD_FAILED at once if it cannot be started.
 */
void supervisor_start_pppd(Supervisor *s, const TunnelSettings *settings);
/*
 * HAND_OVER_CALL: connects the data path, and sends the plugin what came early and the transport.
 * Feeds CALL_FAILED at once if that is not possible; nothing if pppd is gone, whose exit follows.
 */
void supervisor_hand_over_call(Supervisor *s, uint16_t peer_call_id,
                               const TunnelSettings *settings);
/* SET_KEEP_ALIVE: sends the plugin the settings for LCP echo anew. */
void supervisor_set_keep_alive(Supervisor *s, const TunnelSettings *settings);
/* SEND_PASSWORD: reads the password and sends it to the plugin, or that there is none. */
void supervisor_send_password(Supervisor *s);

/* ---- supervisor-namespace.c ---- */

/* Closes what is open in the namespace, and stops to watch for it. */
void supervisor_namespace_done(Supervisor *s);
/*
 * Opens the namespace of NetworkNamespace= for an attempt that begins. Returns whether nothing is
 * wrong; else PREPARE_FAILED was fed.
 */
bool supervisor_prepare_namespace(Supervisor *s);
/* Whether the interface is, or will be, in another namespace than this process. */
bool supervisor_is_apart(const Supervisor *s);
/* Returns the socket that asks about the interface and its routes; borrowed. */
Rtnl *supervisor_get_inner_rtnl(const Supervisor *s);
/* Returns the index of an interface where the tunnel's is, or 0: there is none of that name. */
uint32_t supervisor_find_interface(const Supervisor *s, const char *name);
/* Writes the name of such an interface. Returns the buffer, or NULL: none has that index. */
const char *supervisor_name_interface(const Supervisor *s, uint32_t ifindex,
                                      char buffer[IF_NAMESIZE]);

/* ---- supervisor-answer.c ---- */

/* Answers a reload that waits, if its changes are done. May be called at any time. */
void supervisor_answer_reload(Supervisor *s);

/* ---- supervisor-names.c ---- */

/* Prepares the keeper of the names, and its timer. Returns 0 or a negative errno. */
int supervisor_names_init(Supervisor *s);
/* Hangs up on pptp-names, which takes back what it has of this tunnel. Also after a failed init. */
void supervisor_names_done(Supervisor *s);
/* Takes what the server offers by DHCP: names of an up tunnel are registered anew with it. */
void supervisor_offer_names(Supervisor *s);
/* Has the names of a link registered; part NAMES answers with APPLIED or APPLY_FAILED. */
void supervisor_apply_names(Supervisor *s, const TunnelLink *link);
/* Has the registered names taken back; part NAMES answers with REMOVED. */
void supervisor_remove_names(Supervisor *s);
/* Has names that stand registered once more, as the latest that have them. */
void supervisor_register_names_anew(Supervisor *s);
/* Hands the keeper the configuration in effect; that before is no longer looked at. */
void supervisor_configure_names(Supervisor *s);

/* ---- supervisor-cover.c ---- */

/* Prepares the cover of the names, and its timer. Returns 0 or a negative errno. */
int supervisor_cover_init(Supervisor *s);
/* Frees it. What refuses the names stays, for a successor. Also after a failed init. */
void supervisor_cover_done(Supervisor *s);
/* Has the names refused, or takes over what a predecessor left, or removes it. */
void supervisor_start_cover(Supervisor *s);
/* Hands it the configuration in effect; that before is no longer looked at. */
void supervisor_configure_cover(Supervisor *s);
/* Returns the index of the interface that refuses the names; 0: there is none. */
uint32_t supervisor_get_cover_link(const Supervisor *s);
/* Has the names refused as well that the server offers, until another server answers. */
void supervisor_offer_cover(Supervisor *s);
/* What the kernel announces about any interface, */
void supervisor_cover_on_link(Supervisor *s, const RtnlLink *link, bool removed);
/* and about its address. */
void supervisor_cover_on_address(Supervisor *s, const RtnlAddress *address, bool removed);
/* Looks at the interface of the cover, because announcements were lost. */
void supervisor_cover_on_resync(Supervisor *s);

/* ---- supervisor-sizes.c ---- */

/* Does for this link what ClampMSS= says; see APPLY. */
void supervisor_apply_sizes(Supervisor *s, const TunnelLink *link);
/* Undoes that; see REMOVE. */
void supervisor_remove_sizes(Supervisor *s);
/* Undoes it, without telling the tunnel. May be called again. */
void supervisor_sizes_done(Supervisor *s);

/* ---- supervisor-routes.c ---- */

/* Opens rtnetlink, with the kernel's announcements. Returns 0 or a negative errno. */
int supervisor_routes_init(Supervisor *s);
/* Closes it; what is in the kernel stays there. Also after an init that failed. */
void supervisor_routes_done(Supervisor *s);
/* Writes words about a route, with the name of its interface; 0: it has none. */
void supervisor_add_interface(const Supervisor *s, const char *words, uint32_t ifindex,
                              char *buffer, size_t n_buffer);
/* Has the keeper install the routes on this link, or what has changed of them; see APPLY. */
void supervisor_install_routes(Supervisor *s, const TunnelLink *link);
/* Has the keeper remove them; see REMOVE. */
void supervisor_remove_routes(Supervisor *s);
/* IPCP went down: what pppd takes away with it is not to be put back. */
void supervisor_suspend_routes(Supervisor *s);
/* Forgets a change of the interface that was announced, and not looked at yet. */
void supervisor_look_stop(Supervisor *s);
/* IPV6CP is up with these addresses; or "::", it went down: the same. */
void supervisor_take_ipv6(Supervisor *s, const struct in6_addr *local, const struct in6_addr *peer);
/*
 * Has the keeper send the server's packets the way of this uplink: it is another than before, or
 * the kernel may have dropped the route.
 */
void supervisor_move_routes(Supervisor *s, const Uplink *uplink);
/* Hands the keeper the configuration in s->config. The one before is no longer looked at. */
void supervisor_configure_routes(Supervisor *s);
/*
 * Has the kernel announce what can concern the tunnel now (core/route/route-watch.h), and nothing
 * else. Cheap if that has not changed.
 */
void supervisor_watch_routes(Supervisor *s);

/*
 * Tells the tunnel that all of its routes, so many, are in the kernel: not before what covers them
 * is there as well.
 */
void supervisor_tell_routes(Supervisor *s, size_t count);
/* Tells what is untold, if a change of rules or unreachable routes was waited for, and is over. */
void supervisor_tell_untold_routes(Supervisor *s);
/*
 * Wants these routes, which the server offers, in place of what it offered before, and installs
 * them. They are copied.
 */
void supervisor_take_offer(Supervisor *s, const ConfigRoute *routes, size_t n_routes);

/* ---- supervisor-frame.c ---- */

/* Prepares the frame, which does nothing yet. Returns 0 or a negative errno. */
int supervisor_frame_init(Supervisor *s);
/* Ends it; what is in the kernel stays. Also after an init that failed. */
void supervisor_frame_done(Supervisor *s);
/* Takes the frame through START, UP or DOWN; the last two answer with APPLIED and REMOVED. */
void supervisor_frame_step(Supervisor *s, RouteFrameEventType type);
/*
 * Opens the way to a server through the tunnel's own unreachable routes, and calls the function
 * when that is done or has failed. A later call, or supervisor_close_control(), cancels it.
 */
void supervisor_frame_reach(Supervisor *s, const RouteUplink *uplink,
                            void (*on_way_open)(Supervisor *s));
/* Has the routes that the server offers covered as well, until another server answers. */
void supervisor_frame_offer(Supervisor *s, const ConfigRoute *routes, size_t n_routes);
/* Takes the news that the way to that server is another, or may have lost our route to it. */
void supervisor_frame_move(Supervisor *s, const RouteUplink *uplink);
/* Has the configuration take effect; that before is no longer looked at. */
void supervisor_configure_frame(Supervisor *s);
/* Takes an announcement of a policy rule. */
void supervisor_frame_on_rule(Supervisor *s, const RouteRule *rule, bool removed);
/* Takes an announcement of a route. */
void supervisor_frame_on_route(Supervisor *s, const Route *route, RouteNews news);
/* Returns whether unreachable routes or rules may hide the way to the server from a look-up. */
bool supervisor_frame_hides_server(const Supervisor *s);
/* Returns whether a change of rules or unreachable routes is under way. */
bool supervisor_frame_is_busy(const Supervisor *s);

/* ---- supervisor-offer.c ---- */

/* Makes the timer of the question for routes; asks nothing yet. Returns 0 or a negative errno. */
int supervisor_offer_init(Supervisor *s);
/* Ends the question. Also after an init that failed. */
void supervisor_offer_done(Supervisor *s);
/* Takes the configuration in s->config, which may want other routes of what was offered. */
void supervisor_offer_configure(Supervisor *s);
/* Asks for routes over the interface of s->link, if they are wanted; once for a connection. */
void supervisor_offer_begin(Supervisor *s);
/* Takes the news that so many routes, all, are in the kernel; the tunnel may hear of it later. */
void supervisor_offer_installed(Supervisor *s, size_t count);
/* Forgets what was offered: the connection ends. */
void supervisor_offer_end(Supervisor *s);
/* Gives the port for answers back: pppd has ended, and with its interface whatever could come. */
void supervisor_offer_release(Supervisor *s);

/* ---- supervisor-overlaps.c ---- */

/*
 * The routes stand, or other networks overlap with them now: tells the journal of those that it was
 * not told of, and the status of all.
 */
void supervisor_tell_overlaps(Supervisor *s);

/* "10.1.2.0/24 on br9 lies inside 10.0.0.0/8: it stays local; ...", or "". */
void supervisor_list_overlaps(const Supervisor *s, char *buffer, size_t n_buffer);

/* ---- supervisor-uplink.c ---- */

/* Prepares to watch the way to a server; there is none yet. Returns 0 or a negative errno. */
int supervisor_uplink_init(Supervisor *s);
/* Ends the watch. Also after an init that failed. */
void supervisor_uplink_done(Supervisor *s);
/* Watches the way to this server from now on; INADDR_ANY: its address is not known yet. */
void supervisor_watch_uplink(Supervisor *s, struct in_addr server);
/* Returns the question for the way to a server, from the address and interface that we use. */
UplinkQuestion supervisor_make_uplink_question(const Supervisor *s, struct in_addr server);
/* Takes an announcement of a link that is not the tunnel's own. */
void supervisor_uplink_on_link(Supervisor *s, const RtnlLink *link, bool removed);
/* Takes an announcement of an address of another link. */
void supervisor_uplink_on_address(Supervisor *s, const RtnlAddress *address, bool removed);
/* Takes an announcement of a route that is not ours. */
void supervisor_uplink_on_route(Supervisor *s, const Route *route, bool removed);
/* Takes the news that announcements were lost. */
void supervisor_uplink_on_resync(Supervisor *s);
/* Takes the news that the machine, or this process, did not run for so many microseconds. */
void supervisor_slept(Supervisor *s, uint64_t slept_usec);

/* ---- supervisor-requests.c ---- */

/* Listens for requests. A failure is logged, since the tunnel works without them. */
void supervisor_requests_init(Supervisor *s);
/* Stops listening; whoever waits for an answer gets none. */
void supervisor_requests_done(Supervisor *s);

/* ---- supervisor-varlink.c ---- */

/* Listens for programs. A failure is logged, since the tunnel works without them. */
void supervisor_varlink_init(Supervisor *s);
/* Hangs up on them. */
void supervisor_varlink_done(Supervisor *s);

/* ---- supervisor-reload.c ---- */

/* Reloads at SIGHUP from now on. Returns 0 or a negative errno. */
int supervisor_reload_init(Supervisor *s);
/*
 * Reloads, once what is being done is done, if files were changed while the unit started: systemd
 * makes one job of a start that is under way and a reload, and the reload comes to nothing
 * (job_install() of its job.c).
 */
void supervisor_reload_what_changed(Supervisor *s);
/* Reloads because it was asked for through the socket, and answers once the change is done. */
void supervisor_reload_asked(Supervisor *s);
