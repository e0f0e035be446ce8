/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * All that can be found out about tunnels without privileges: their state files, what the service
 * manager knows of their units, and what the kernel counted. The commands show it in their ways.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/text.h"
#include "core/status/status.h"
#include "ctl.h"
#include "io/config-files.h"
#include "io/unit.h"

typedef struct TunnelView {
        const char *name;
        const char *name_fault; /* why it is no name of a tunnel, to stand behind it, or NULL */
        bool is_configured;
        bool has_status; /* a state file, be it of one that has ended */
        bool has_unit;   /* there is a service manager that was asked */
        bool is_alive;   /* the supervisor that wrote the status runs */
        Status status;
        UnitState unit;
        Traffic traffic;   /* of the interface that is up */
        uint64_t now_usec; /* CLOCK_BOOTTIME */
} TunnelView;

typedef struct TunnelViews {
        TunnelView *items;
        size_t n_items;
        size_t n_unknown; /* names that are of no tunnel; each was reported */
        ConfigFiles *files;
        char **running; /* those with a state file */
        char **names;   /* of the items, where they were given */
} TunnelViews;

/*
 * Looks at the tunnels of these names or, without names, at all that are configured or have a state
 * file. A name may be that of the unit or of the file. root is put in front of all paths; unless it
 * is "", the service manager is not asked. Returns 0 or a negative errno; tunnel_views_done() is to
 * be called in both cases.
 */
int tunnel_views_init(TunnelViews *views, const char *root, char **names, size_t n_names);
/* Frees what tunnel_views_init() has found. Also for one that is all zeros. */
void tunnel_views_done(TunnelViews *views);

/* Whether a name, or that of a unit or file, is of a tunnel that has a configuration or a state. */
bool tunnel_views_has(const char *root, const char *name);

/* Whether the tunnel can be used. */
bool tunnel_view_is_up(const TunnelView *v);
/*
 * Returns the state in a word, static or borrowed from the view: the supervisor's while it runs
 * ("up", "waiting"), else the service manager's ("inactive", "failed"); where no service manager
 * was asked "not running", "ended", or "dead" after a crash.
 */
const char *tunnel_view_state(const TunnelView *v);
/*
 * Returns since when the tunnel is in that state, in microseconds of CLOCK_REALTIME; 0: not known.
 */
uint64_t tunnel_view_since(const TunnelView *v);
/* Returns the colour of that state. */
CtlColour tunnel_view_colour(const TunnelView *v);
/*
 * Adds why a tunnel of this name never starts, and what mends it. Only where there is a name_fault.
 */
void tunnel_view_add_name_fault(TextBuilder *b, const TunnelView *v);

/* Whether the tunnel is up, and something is not as it should be. */
bool tunnel_view_has_trouble(const TunnelView *v);
/* Adds what that is, a line. */
void tunnel_view_add_trouble(TextBuilder *b, const TunnelView *v);
/* Ends "pptpctl health" as a plugin of a monitoring system: the values are exit statuses. */
typedef enum TunnelHealth {
        TUNNEL_HEALTH_OK = 0,
        TUNNEL_HEALTH_WARNING = 1,
        TUNNEL_HEALTH_CRITICAL = 2,
} TunnelHealth;

/*
 * Judges what the tunnel does now: OK if it is up; WARNING if it is up with trouble, or has been
 * down for less than five minutes and tries; else CRITICAL.
 */
TunnelHealth tunnel_view_judge(const TunnelView *v);
/* Adds what that is about, a line to stand behind the tunnel's name: "is up, but ...". */
void tunnel_view_add_health(TextBuilder *b, const TunnelView *v);

/* Adds, behind the trouble of [Hooks], how its units are started once it is mended. */
void tunnel_view_add_hooks_remedy(TextBuilder *b, const TunnelView *v);
/*
 * Returns for how many microseconds the tunnel was up since it was started, with the connection
 * that is up now.
 */
uint64_t tunnel_view_up_usec(const TunnelView *v);
/* Returns what the tunnel has carried since it was started, with the connection that is up now. */
Traffic tunnel_view_traffic(const TunnelView *v);
/* Returns a time of the status (CLOCK_BOOTTIME) in microseconds of CLOCK_REALTIME; 0 stays 0. */
uint64_t tunnel_view_realtime(const TunnelView *v, uint64_t boottime_usec);

/* Adds "12 bytes", "1.5 MiB"; the short form is "12 B". */
void tunnel_view_add_bytes(TextBuilder *b, uint64_t bytes);
/* Adds the time between two moments, in microseconds of one clock, to the second. */
void tunnel_view_add_age(TextBuilder *b, uint64_t since_usec, uint64_t now_usec);

/* Writes the tunnel as an object of the schema in pptpctl(8). */
void tunnel_view_write_json(const TunnelView *v, Json *j);
/* Writes the document around such objects to standard output. */
void tunnel_views_write_json(const TunnelViews *views, JsonFormat format);
