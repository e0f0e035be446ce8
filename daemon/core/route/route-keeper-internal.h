/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The insides of the keeper, shared by its files: route-keeper.c (the steps of a change),
 * route-keeper-wanted.c (what is to be in the kernel), route-keeper-addresses.c (addresses that are
 * in each other's way), route-keeper-vrf.c (the VRF that the interface is in),
 * route-keeper-others.c (what others do to our routes, and to the interface),
 * route-keeper-sources.c (addresses that routes send from) and, below them,
 * route-keeper-losses.c (what is to be put back) and
 * route-keeper-output.c (the actions). Nobody else includes it.
 */

#include "core/route/route-keeper.h"

typedef enum KeeperMode {
        KEEPER_IDLE,
        KEEPER_KEEPING,
        KEEPER_REMOVING,
        KEEPER_GONE,
} KeeperMode;

/* The request under way. */
typedef enum KeeperStage {
        KEEPER_QUIET,
        KEEPER_FINDING_LINK,
        KEEPER_FINDING_LINK_AGAIN, /* after lost announcements: our routes stay as they are */
        KEEPER_FINDING_VRF,
        KEEPER_MAKING_VRF,
        KEEPER_JOINING_VRF,
        KEEPER_SETTING_VRF_UP,
        KEEPER_LISTING_CONNECTED,
        KEEPER_LISTING_NETWORKS, /* the same again, after an address came or went */
        KEEPER_LISTING_OURS,
        KEEPER_CHANGING,
        KEEPER_SETTING_ADDRESS,
        KEEPER_SETTING_ADDRESS6,
        KEEPER_LISTING_RIVALS, /* a route of somebody else is in the way of ours: whose? */
} KeeperStage;

struct RouteKeeper {
        const Config *config; /* borrowed */
        ConfigRoute *offered; /* by the server, and wanted as those of the configuration are */
        size_t n_offered;
        RouteLink link;
        struct in6_addr local6, peer6; /* link-local; "::": IPV6CP is not up */
        RouteUplink uplink;
        struct in_addr name_servers[ROUTE_KEEPER_NAME_SERVERS_MAX];
        size_t n_name_servers;
        uint32_t ifindex; /* 0: not known */

        KeeperMode mode;
        KeeperStage stage;
        bool stale; /* what is under way is not the last word */

        struct {
                uint32_t ifindex; /* of VRF=, and the table that it has; 0: not known */
                uint32_t table;
                uint32_t master; /* that the interface is in, as the kernel said last; 0: none */
                bool down;       /* likewise: somebody has set the VRF down */
                bool made;       /* by the change that is under way */
        } vrf;

        bool link_up;
        bool has_address;      /* link.local */
        bool has_address6;     /* local6 */
        int address6_refused;  /* why the kernel does not take it, until that may be mended; or 0 */
        int address6_told;     /* the last such reason that was told since the latest INSTALL */
        bool addresses_unseen; /* neither there nor missing at the last look: it was down */
        bool suspended;        /* pppd takes the address away, and gives one again */
        bool link_doubtful;    /* what was announced of the interface was lost */
        bool stood;            /* all routes, since the interface came */
        bool told;             /* that routes are missing */
        /*
         * All that is desired is in the kernel, as far as was announced; from an INSTALL on: all
         * that was desired before it.
         */
        bool settled;

        Route *desired; /* in the order of route_compare() */
        size_t n_desired;
        bool may_stand; /* some of it in the kernel, which was asked for it */
        size_t n_pins;  /* of desired, with their floors */
        struct {
                bool is_known;  /* how desired was made, which is in former from an INSTALL on */
                bool is_fitted; /* to the networks: something was left out, or added */
                RouteSetBasis basis;
                size_t n_pins;
                ConfigRoute *changed; /* routes that came or went since, some maybe both */
                size_t n_changed;
        } made;
        RouteExtent extent;  /* where desired and former are, and maybe more */
        RouteExtent sources; /* likewise, of the addresses that they send from */
        RouteSetPart news;   /* of desired: what does not stand in the kernel while settled */
        Route *networks;     /* that interfaces other than the tunnel's are in, sorted */
        size_t n_networks;
        bool networks_stale;    /* others may have come since */
        uint64_t networks_usec; /* when to look at them again; USEC_INFINITY: not */
        RouteOverlap overlaps[ROUTE_KEEPER_OVERLAPS_MAX];
        size_t n_overlaps; /* all of them, also those that have no room */

        Route *former; /* desired before, and maybe still in the kernel */
        size_t n_former;
        bool lacks_peer_route; /* the kernel's own: it was deleted, as far as is known */
        bool may_have_covers;  /* of this tunnel in the kernel: RoutesOnDown= asked for them */

        size_t n_refused;        /* routes of the change that is under way, or was last */
        bool refusals_told;      /* those of the change before it, which is made once more */
        bool knows_no_covers;    /* that change supposes that none is in its way */
        bool met_cover;          /* which does not hold: look what there is, at once */
        int refused_error;       /* why the kernel refused the first of them; 0: it did not */
        Route refused_route;     /* that one */
        bool refused_for_source; /* for want of the address that it is to send from */
        char refused_text[ROUTE_KEEPER_TEXT_MAX_BYTES];

        uint64_t retry_usec; /* USEC_INFINITY: there is nothing to try again */
        uint64_t retry_delay_usec;
        uint64_t down_usec; /* when to tell that the interface is not usable; likewise */

        RouteGuard guard;
        uint64_t put_back_usec; /* likewise */
        size_t n_lost;          /* routes that others removed, since put_back_usec was set */
        char lost[128];         /* the first of them */
        bool lost_to_others;    /* not all of them the kernel dropped by itself */
        bool lost_rival;        /* since then: what was in the place of one of ours is gone */
        bool set_down;          /* by others, while all routes stood */
        bool doubts_sources;    /* IPv6 routes may send from an address that is gone */
        bool lost_source;       /* likewise: others removed an address that routes send from */
        bool lost_address;      /* likewise: others removed it */
        bool lost_address6;     /* likewise */
        bool lost_vrf_up;       /* likewise: others set the VRF down, which tunnels have made */
        bool lost_vrf;          /* likewise: others took the interface out of it, or so it seems */
        struct in_addr places[ROUTE_KEEPER_PLACES_MAX];
        size_t n_places;
};

/* Whether there are routes that are to be in the kernel. */
static inline bool route_keeper_wants_routes(const RouteKeeper *k) {
        return k->mode == KEEPER_KEEPING && k->ifindex != 0 && k->n_desired > 0;
}

/* Whether the interface is to be in a VRF. */
static inline bool route_keeper_wants_vrf(const RouteKeeper *k) {
        return k->config->vrf[0] != '\0';
}

/* Whether the interface is in the VRF that it is to be in, as far as the kernel announced. */
static inline bool route_keeper_is_in_vrf(const RouteKeeper *k) {
        return !route_keeper_wants_vrf(k) ||
                (k->vrf.ifindex != 0 && k->vrf.master == k->vrf.ifindex);
}

/* Whether the interface is to have a link-local IPv6 address. */
static inline bool route_keeper_has_ipv6(const RouteKeeper *k) {
        return k->link.has_ipv6 && !IN6_IS_ADDR_UNSPECIFIED(&k->local6);
}

/* Whether it lost that, and the kernel may take it again. */
static inline bool route_keeper_lacks_address6(const RouteKeeper *k) {
        return route_keeper_has_ipv6(k) && !k->has_address6 && k->address6_refused == 0;
}

/* route-keeper-output.c */
/*
 * Adds an action that is all zeros but for its type. Returns it, valid until the next one is added.
 */
RouteKeeperAction *route_keeper_add(RouteKeeperActions *actions, RouteKeeperActionType type);
/* Adds an entry for the journal, with a priority of syslog.h. */
void route_keeper_log(RouteKeeperActions *actions, int priority, RouteKeeperSubject subject,
                      const char *text);
/*
 * Routes are not as they should be: tells the tunnel and plans another try. error: a negative
 * errno. text: NULL, or what is to say of it; ifindex: of the interface to name behind it, or 0.
 */
void route_keeper_fail(RouteKeeper *k, int error, const char *text, uint32_t ifindex, uint64_t now,
                       RouteKeeperActions *actions);

/*
 * The same for want of the address that a route is to send from, which was refused last and noted
 * by route_keeper_lacks_source().
 */
void route_keeper_fail_for_source(RouteKeeper *k, uint64_t now, RouteKeeperActions *actions);
/* The same because the VRF is set down. */
void route_keeper_fail_for_vrf(RouteKeeper *k, const char *text, uint64_t now,
                               RouteKeeperActions *actions);

/* route-keeper-losses.c */
/* Forgets what is to be put back. */
void route_keeper_forget_losses(RouteKeeper *k);
/*
 * Schedules putting back what was removed. If that is scheduled already, it waits for the rest of
 * what the same command removes. what: "route … is removed", of the tunnel; source: who is likely
 * to do it.
 */
void route_keeper_schedule_put_back(RouteKeeper *k, const char *what, const char *source,
                                    uint64_t now, RouteKeeperActions *actions);

/* route-keeper-sources.c */
/*
 * Takes the announcement that an address of this host came or was removed: schedules a look at the
 * routes that send from it.
 */
void route_keeper_source(RouteKeeper *k, const RouteKeeperEvent *event, uint64_t now,
                         RouteKeeperActions *actions);
/*
 * Makes a copy of routes that the kernel has, as if those of IPv6 sent from no address of their
 * own: what is compared with it is set anew. The array is the caller's to free. Returns 0 or
 * -ENOMEM.
 */
int route_keeper_doubt_sources(const Route *routes, size_t n_routes, Route **ret_routes);
/*
 * Returns whether the event REFUSED is for want of the address that the route is to send from, and
 * notes that as the reason of the failure.
 */
bool route_keeper_lacks_source(RouteKeeper *k, const RouteKeeperEvent *event);

/* route-keeper-wanted.c */
/* Forgets which routes are desired: then none is. */
void route_keeper_forget_desired(RouteKeeper *k);
/* Forgets what was desired before. */
void route_keeper_forget_former(RouteKeeper *k);
/*
 * Forgets of that what the kernel does not have, given all routes of our protocol that it has, and
 * what tells itself whose it is (route-owner.h). So former does not grow with each change of which
 * a part was refused. Without memory nothing is forgotten.
 */
void route_keeper_trim_former(RouteKeeper *k, const Route *routes, size_t n_routes);
/*
 * Moves what is desired to what was: it may stand in the kernel until a change is through, and
 * another may begin while an earlier one is still being carried out. What the kernel was never
 * asked for is forgotten. Returns 0 or -ENOMEM.
 */
int route_keeper_retire_desired(RouteKeeper *k);
/* Takes another configuration, and notes what differs from the one before, which is still there. */
void route_keeper_take_config(RouteKeeper *k, const Config *config);
/* Takes a copy of what the server offers. Returns 0 or -ENOMEM, and then there is nothing of it. */
int route_keeper_take_offer(RouteKeeper *k, const ConfigRoute *routes, size_t n_routes);
/*
 * Makes desired anew from the configuration, the link, the way to the server and the networks of
 * this host, unless all of these are as they were, and tells of overlaps that were not there
 * before. Returns 0 or -ENOMEM, and then there may be none.
 */
int route_keeper_make_desired(RouteKeeper *k, RouteKeeperActions *actions);
/*
 * Whether which routes are desired depends on the networks of this host: by OverlapPolicy=, or
 * since one of them is in the place of a route.
 */
bool route_keeper_heeds_networks(const RouteKeeper *k);
/* Tells of overlaps of what is desired with the networks, if they are others than before. */
void route_keeper_look_for_overlaps(RouteKeeper *k, RouteKeeperActions *actions);
/*
 * Keeps those of the kernel's routes that are networks of this host, and looks for the one to the
 * peer among them. Returns 0 or -ENOMEM.
 */
int route_keeper_take_networks(RouteKeeper *k, const Route *routes, size_t n_routes);
/*
 * Returns how many of the desired routes the configuration has asked for; the one that pins the
 * server does not count.
 */
size_t route_keeper_count_routes(const RouteKeeper *k);
/*
 * Makes what is to change, given the routes of our protocol that the kernel has, of which some may
 * be somebody else's; or, with news_only, given the former ones, where all that is desired stands
 * but for the news. Returns 0, and the plan is for route_plan_done(), or -ENOMEM.
 */
int route_keeper_make_plan(RouteKeeper *k, bool news_only, const Route *routes, size_t n_routes,
                           RoutePlan *ret_plan);
/* Returns the route that the kernel makes to the peer. */
Route route_keeper_get_peer_route(const RouteKeeper *k);
/* Whether that is to stand, given what is desired and the networks of this host. */
bool route_keeper_wants_peer_route(const RouteKeeper *k);
/* Whether a route is that one. */
bool route_keeper_is_peer_route(const RouteKeeper *k, const Route *route);
/*
 * Whether that one, which leads into the tunnel as well, stands in the place of a route that is
 * wanted.
 */
bool route_keeper_has_from_kernel(const RouteKeeper *k, const Route *route);

/* route-keeper-vrf.c */
/*
 * Whether tunnels have made the VRF, and somebody has set it down: it is to be set up. One that
 * others made is theirs to set up.
 */
bool route_keeper_is_vrf_to_be_up(const RouteKeeper *k);
/* Whether somebody has set down a VRF that others made. Nothing passes then. */
bool route_keeper_is_vrf_off(const RouteKeeper *k);
/* Tells the tunnel so. The VRF's announcement begins the next try. */
void route_keeper_tell_vrf_off(RouteKeeper *k, uint64_t now, RouteKeeperActions *actions);
/*
 * Takes the announcement of another interface: if that is the VRF, schedules setting it up, or a
 * look at the routes.
 */
void route_keeper_vrf_link(RouteKeeper *k, const RouteKeeperEvent *event, uint64_t now,
                           RouteKeeperActions *actions);
/* Begins to look for the VRF; ends in route_keeper_in_vrf(), or in FAILED. */
void route_keeper_enter_vrf(RouteKeeper *k, RouteKeeperActions *actions);
/* Takes the answer to the look-up of the VRF, which is no longer under way. */
void route_keeper_on_vrf_found(RouteKeeper *k, const RouteKeeperEvent *event, uint64_t now,
                               RouteKeeperActions *actions);
/* Takes the answer to MAKE_VRF, JOIN_VRF or SET_UP_VRF. */
void route_keeper_on_vrf_done(RouteKeeper *k, const RouteKeeperEvent *event, uint64_t now,
                              RouteKeeperActions *actions);

/* route-keeper-addresses.c */
/* Warns of a route to the server itself, which can have no effect; once for all of them. */
void route_keeper_warn_of_server_routes(const RouteKeeper *k, RouteKeeperActions *actions);
/*
 * The address that the server gave this host, where that cannot be: as an address of ours it would
 * be local, and the gateway or the server of that name could not be reached any more. Returns
 * whether that is so, and a text.
 */
bool route_keeper_finds_conflict(const RouteKeeper *k, char *buffer, size_t n_buffer);
/*
 * Warns of addresses that work all the same, and may surprise: the server's name for itself is the
 * gateway's, or this host's new one is on another interface or a name server's. routes: those that
 * the kernel made.
 */
void route_keeper_warn_of_addresses(const RouteKeeper *k, const Route *routes, size_t n_routes,
                                    RouteKeeperActions *actions);

/* route-keeper.c */
/* Makes the kernel's routes what they should be, now or after the change that is under way. */
void route_keeper_put_right(RouteKeeper *k, uint64_t now, RouteKeeperActions *actions);
/* Goes on to the routes: the interface is in its VRF, or needs none. */
void route_keeper_in_vrf(RouteKeeper *k, uint64_t now, RouteKeeperActions *actions);
/* The interface was deleted, and the kernel has taken its routes along. */
void route_keeper_interface_gone(RouteKeeper *k, RouteKeeperActions *actions);

/* route-keeper-others.c */
/* Notes whether the interface is up, and does nothing about it yet. */
void route_keeper_note_link(RouteKeeper *k, bool up, uint64_t now);
/* Takes the announcement of our interface: up, down, in a VRF or not, or removed. */
void route_keeper_link(RouteKeeper *k, const RouteKeeperEvent *event, uint64_t now,
                       RouteKeeperActions *actions);
/*
 * Takes the announcement that an address of our interface came or was removed: schedules putting
 * back ours.
 */
void route_keeper_address(RouteKeeper *k, struct in_addr address, bool removed, uint64_t now,
                          RouteKeeperActions *actions);
/*
 * Plans another try to give the interface its link-local IPv6 address, if the kernel refused that:
 * something happened that may have mended it.
 */
void route_keeper_reconsider_address6(RouteKeeper *k, uint64_t now);
/* The same as route_keeper_address() for its link-local IPv6 address. */
void route_keeper_address6(RouteKeeper *k, const struct in6_addr *address, bool removed,
                           uint64_t now, RouteKeeperActions *actions);
/*
 * Takes the announcement of a route: schedules putting back one of ours that was removed, and
 * remembers who took the place of one.
 */
void route_keeper_route(RouteKeeper *k, const Route *route, RouteNews news, uint64_t now,
                        RouteKeeperActions *actions);
/* Has what happens in the place of a route of ours announced, whoever's that is. */
void route_keeper_note_place(RouteKeeper *k, const Route *ours);
/*
 * Forgets the places that others took.
 */
void route_keeper_forget_places(RouteKeeper *k);
/* Begins to put routes back, because put_back_usec has come. */
void route_keeper_put_back(RouteKeeper *k, uint64_t now, RouteKeeperActions *actions);
/* Tells the tunnel that the interface is not usable, when down_usec has come. */
void route_keeper_tell_down(RouteKeeper *k, uint64_t now, RouteKeeperActions *actions);
