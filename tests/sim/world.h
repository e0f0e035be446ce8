/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The world that the simulated tunnel lives in. world.c answers what the tunnel asks for,
 * truthfully or not; world-routes.c has the kernel with the tunnel's interface and routes, and the
 * keeper of them; world-uplink.c has the way to the server, and the watcher of it; world-names.c
 * the resolvers of the host; world-surprises.c has what nobody asked for; sim-tunnel.c turns the
 * clock and holds the tunnel to its invariants.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/names/names-keeper.h"
#include "core/route/route-keeper.h"
#include "core/route/uplink-watcher.h"
#include "core/tunnel/tunnel.h"
#include "kernel.h"

#define PENDING_MAX 64

/*
 * Who gives an answer. When the tunnel has it closed, its answers are gone: the supervisor frees
 * it.
 */
typedef enum Owner {
        OWNER_WORLD, /* signals, the kernel's announcements: always there */
        OWNER_PREPARATION,
        OWNER_RESOLVER,
        OWNER_CONTROL,
        OWNER_CALL,
        OWNER_PPPD, /* with its plugin; until its exit, which is waited for */
        OWNER_PARTS,
        OWNER_PROBE,
        OWNER_SIZE_PROBE,
        OWNER_MTU,
        OWNER_COUNTER,
} Owner;

typedef struct Pending {
        uint64_t at_usec;
        TunnelEvent event;
        PptpMessage control;
        PluginMessage plugin;
} Pending;

/* The first of the two links that may lead to the server. */
#define SIM_UPLINK_IFINDEX 2
/* The first of two that have other networks of this host. */
#define SIM_LAN_IFINDEX 4

typedef struct SimLink {
        bool up;      /* as the administrator wants it */
        bool running; /* and it has a carrier */
        struct in_addr address;
} SimLink;

/* The way to the server: world-uplink.c */
typedef struct SimUplink {
        SimLink links[2];
        bool has_route;
        unsigned link; /* of that route */
        struct in_addr gateway;
        struct in_addr bound_address; /* of the control connection; INADDR_ANY: there is none */
        uint64_t changed_usec;        /* when any of this did */

        UplinkEvent news[16]; /* announced, and not read yet */
        size_t n_news;
        uint64_t news_usec; /* when they are read */

        UplinkWatcher watcher;
        uint64_t answer_usec; /* when its question is answered; 0: it has asked none */
        bool answer_lost;     /* the last one */

        uint64_t lost_usec;    /* when the tunnel was told that there is no way; 0: there is one */
        uint64_t dialled_usec; /* when the latest attempt began */
        bool may_dial;         /* once, all the same: the administrator wants it */
} SimUplink;

/* A resolver, and the service before it. Times are USEC_INFINITY while it will not happen. */
typedef struct SimService {
        bool present;         /* the resolver */
        bool open;            /* the connection to the service */
        uint64_t hello_usec;  /* when it tells what resolver there is */
        uint64_t answer_usec; /* when it answers the last request: */
        uint32_t serial;
        bool reverting;
        uint64_t close_usec; /* when it ends */
        bool registered;     /* the tunnel's names are in force */
} SimService;

typedef struct World {
        uint64_t random;
        uint64_t now_usec;
        Tunnel *tunnel;
        unsigned n_steps;
        uint64_t n_connects; /* what the tunnel remembered when it was last asked */
        uint64_t up_usec;

        Pending pending[PENDING_MAX];
        size_t n_pending;

        /* what the tunnel has standing in this world */
        bool resolving;
        bool control_open;
        bool control_lost;     /* and the tunnel was told */
        uint16_t peer_call_id; /* 0: the server has not accepted a call */
        bool call_open;
        bool fork_failed;
        bool pppd_running;
        bool has_call; /* pppd */
        bool routes_installed;
        bool clamped; /* TCP connections that are forwarded */
        bool probing;
        uint32_t path_bytes; /* of the largest packet in the tunnel that is not lost */
        Traffic counters;
        bool routes_acknowledged;
        bool ready;
        TunnelState state;      /* after the latest step */
        uint64_t up_since_usec; /* and how long it stood, the last time that it did: */
        uint64_t stood_usec;
        bool uplink_news; /* since the attempt began */
        bool exited;
        int exit_status;
        uint64_t stop_usec; /* 0: not asked to stop */
        uint16_t call_id;
        struct in_addr server;   /* that is being called */
        TunnelSettings settings; /* of the latest pppd */
        bool adapting;           /* the next attempt has changed settings */
        bool is_other_path;      /* since the latest pppd: what is known of sizes is forgotten */
        unsigned n_changes;      /* since the tunnel was up, waited, or called another server */
        Config *config;          /* the one in effect */
        unsigned cooperation;    /* of 100: how often the world does what it should */

        SimUplink uplink;
        RouteUplink call_uplink; /* as it was when the call was opened, or moved since */

        /* the kernel, and the keeper of the routes in it */
        Kernel kernel;
        RouteKeeper *keeper;
        RouteFrame *frame;
        RouteFrameAction frame_request; /* what the frame asked for last */
        uint64_t frame_request_usec;    /* when the kernel answers; 0: it did */
        bool has_vrf;                   /* most configurations put the interface into one */
        bool covered; /* RoutesOnDown=unreachable: no packet can take another way, and none may */
        RouteKeeperAction request; /* what the keeper asked for last */
        uint64_t request_usec;     /* when it is answered; 0: it has been */
        NamesKeeper *names;
        SimService services[_NAMES_SERVICE_MAX];
        uint64_t offer_usec; /* when the server's offer of names is known; USEC_INFINITY: it is */
        TunnelEvent told[8]; /* what the tunnel is to know after the step under way */
        size_t n_told;

        /* what the tunnel says, and what is so */
        bool says_up; /* in its last status */
        bool ip_is_up;
        bool ipv6_is_up;
        struct in6_addr local6; /* of the interface, as IPV6CP has agreed */
        bool ipv6_is_applied;   /* the tunnel has asked for the routes of IPv6, too */
        MppeOutcome in_force;
        uint64_t untrue_usec;       /* since when it says what is not so; 0: it does not */
        uint64_t names_untrue_usec; /* the same of its names */
} World;

/* Of the interface, unless less is asked for: what fits Ethernet. */
#define SIM_MTU_BYTES 1456
/* Of one server in ten; the others are nearer. */
#define SIM_ROUND_TRIP_MAX_USEC (3 * USEC_PER_SEC)

/* What must be true. If it is not, this says how to repeat the sequence, and ends. */
#define check(w, condition) check_that((w), (condition), #condition, __FILE__, __LINE__)
void check_that(const World *w, bool condition, const char *text, const char *file, int line);

/* A number below n; true in so many cases of 100. Both depend on the seed alone. */
uint64_t roll(World *w, uint64_t n);
bool chance(World *w, unsigned percent);

/* Events to come: mostly soon, sometimes late enough to run into any deadline. */
Pending *schedule(World *w, TunnelEventType type);
void schedule_fact(World *w, TunnelEventType type, DiagnosisFactType fact, int64_t number);
Pending *schedule_control(World *w, const PptpMessage *message);
void schedule_plugin(World *w, const PluginMessage *message);
/* Drops the answers of what was closed. */
void drop_answers(World *w, Owner owner);
/* Tells the tunnel when the step that is under way is over, as the supervisor does. */
void tell(World *w, TunnelPart part, const TunnelEvent *event);
/* Whether an event of that kind always comes, and in time. */
bool is_certain(const TunnelEvent *event);

/* world.c */
/* Does what the tunnel asks for, and checks that it may ask for it now. */
void carry_out(World *w, const TunnelAction *a);
/* pppd ends: by signal, by the loss of its transport, or because it is killed. */
void end_pppd(World *w, int64_t status);
/* The tunnel is settled, or tries again from the beginning: settings may change once more. */
void forget_changes(World *w);

/* world-routes.c */
void begin_routes(World *w);
void end_routes(World *w);
/* The next thing that happens between keeper and kernel: when, and that it happens. */
uint64_t next_of_routes(const World *w);
void run_routes(World *w);
/* What the tunnel asks for, and what the uplink and a reload make of it. */
void apply_routes(World *w, const TunnelLink *link);
void remove_routes(World *w);
void apply_rules(World *w);
void remove_rules(World *w);
void reach_server(World *w);
void move_routes(World *w, uint32_t ifindex, struct in_addr gateway);
void configure_routes(World *w);
/* pppd has configured the interface, as its plugin tells now; or is about to do so anew. */
void ip_goes_up(World *w, const PluginMessage *m);
void ip_goes_down(World *w);
void ipv6_goes_up(World *w, const PluginMessage *m);
void ipv6_goes_down(World *w);
/* What the server, and what others on this host may do to a link that is up. */
void ipv6_happens(World *w);
void renegotiate(World *w);
void disturb_routes(World *w);
/*
 * Whenever the tunnel says "Up: ", its interface is up, every route is in the kernel, and the
 * encryption in its status is in force; or it says otherwise within a stated time.
 */
void check_truth(World *w);
/* With RoutesOnDown=unreachable each prefix is covered at every moment, in every state. */
void check_covers(World *w);

/* world-uplink.c */
void begin_uplink(World *w);
/* The next thing that happens to the way to the server: when, and that it happens. */
uint64_t next_of_uplink(const World *w);
void run_uplink(World *w);
/* The tunnel is interested in the way to this server; INADDR_ANY: its address is not known yet. */
void watch_uplink(World *w, struct in_addr server);
/* The control connection stands, from an address of ours that must hold; or it does no more. */
void bind_to_uplink(World *w, bool bound);
/* Links, addresses and routes come, go and change. */
void disturb_uplink(World *w);
/* The machine slept, and everything is late. */
void uplink_slept(World *w);
/* The way to the server as routes need it; without a gateway and an interface if there is none. */
RouteUplink uplink_get_route(const World *w);
/* An attempt begins: not while there is no way, but for once a minute. */
void check_dial(World *w);
/* What the tunnel was told of the way is true, or becomes so within a stated time. */
void check_uplink(World *w);

/* world-names.c */
void begin_names(World *w);
void end_names(World *w);
/* The next thing that happens between keeper and resolvers: when, and that it happens. */
uint64_t next_of_names(const World *w);
void run_names(World *w);
/* What the tunnel asks for, and what a reload makes of it. */
void apply_names(World *w, const TunnelLink *link);
void remove_names(World *w);
void configure_names(World *w);
/*
 * A resolver stops, restarts, has other name servers, or somebody takes the tunnel's away; or the
 * service before it crashes.
 */
void disturb_names(World *w);
/* Whether any resolver has the tunnel's names: then the server's own might be asked in it. */
bool names_are_registered(const World *w);
/* Whenever the tunnel says "Up: ", names that were asked for are in force, or soon it says so. */
void check_names(World *w);

/* world-surprises.c */
/*
 * A configuration of its own in memory, so that the sanitizers see who looks at one that is gone.
 */
Config *make_config(World *w);
void reload(World *w);
/* Something nobody asked for: a message, an exit, a packet. */
void surprise(World *w);

/* sim-tunnel.c */
/* Has the tunnel take an event, carries out what it answers, and checks all that can be checked. */
void step(World *w, const TunnelEvent *event);
