/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What "pptpctl check NAME" looks at beside the files, by where it is found. */

#include <stdint.h>

#include "check-report.h"
#include "core/config/config.h"
#include "io/config-files.h"

/* This host: modules, /dev/ppp, pppd and the plugin for it, FIPS mode. */
void check_host(CheckReport *r, const Config *c);

/* NetworkNamespace=: whether it is there, and whether the unit may use it. */
void check_namespace(CheckReport *r, const Config *c);
/* VRF=: whether it is there, and is one. */
void check_vrf(CheckReport *r, const Config *c);
/* Returns the routing table of the VRF of that name, or 0 if there is none. */
uint32_t check_vrf_get_table(const char *name);

/* [Hooks]: whether systemd can start the units, and what they would do to the tunnel. */
void check_hooks(CheckReport *r, const Config *c);

/*
 * Adds a finding if a unit of ours is masked, with what follows from that. Returns whether it is;
 * false as well if systemd does not say.
 */
bool check_is_masked(CheckReport *r, const Config *c, CheckLevel level, const char *subject,
                     const char *unit, const char *consequence);

/*
 * The password, by the code of the supervisor: a file with no more rights than that has in its
 * unit, a credential with those of systemd, which reads it.
 */
void check_password(CheckReport *r, const Config *c);

/* What an old set-up left that gets in the way: scripts, a running pppd. */
void check_rivals(CheckReport *r, const Config *c);

/*
 * What the kernel has already in the places of the tunnel's routes, in the network namespace that
 * they are for, and which of the networks that this host is in they overlap with. Looks at all of
 * the kernel's tables.
 */
void check_routes(CheckReport *r, const Config *c);

/* IPv6=negotiate: whether this host has IPv6, and whether anything is routed by it. */
void check_ipv6(CheckReport *r, const Config *c);

/* Whether another tunnel of these files wants all traffic as well: the files alone say that. */
void check_default_route(CheckReport *r, const ConfigFiles *files, const Config *c);

/* Whether a resolver takes the tunnel's name servers, and whether any name is asked there. */
void check_names(CheckReport *r, const Config *c);
/* The first half of that: which resolver, and whether it can do what the configuration asks for. */
void check_resolver(CheckReport *r, const Config *c);
/* RoutesOnDown=unreachable, for names: whether the resolver that refuses them is there. */
void check_refusal(CheckReport *r, const Config *c);

/* The tunnel that runs: what its supervisor has found out, as "pptpctl health" judges it. */
void check_running(CheckReport *r, const Config *c);
/* Returns the MTU of the tunnel's interface in bytes, or 0 if it is not up. */
uint32_t check_get_running_mtu(const Config *c);

/* The way to the server: name, TCP, MTU; with probe also its reply, and whether GRE passes. */
void check_server(CheckReport *r, const Config *c, bool probe);
