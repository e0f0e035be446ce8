/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Policy rules: which routing table the kernel asks, in which order. Pure: which rules a tunnel
 * wants, whose a rule is, and what to change.
 *
 * A default route into the tunnel does not take the place of the one that is there. It stands in a
 * table of the tunnel's own, and two rules send there what would have taken the old one, as
 * wg-quick(8) does:
 *
 *  32700  from all lookup main suppress_prefixlength 0    all of main but its default route
 *  32701  from all lookup TABLE                           the tunnel's default route
 *  32702  from all unreachable                            RoutesOnDown=unreachable: nothing else
 *
 * So this host's own networks, routes that others have in main, and the host route to the server
 * (which is longer than a default route) go on working. wg-quick excludes its own packets by a
 * firewall mark; the kernel's PPTP driver sets none on GRE, so here it is the host route that keeps
 * them out of the tunnel.
 *
 * A default route of IPv6 (IPv6=negotiate) has the same three. With IPv6=block there is the first
 * rule for IPv6 too, and an unreachable one behind it: networks that this host is in, link-local
 * addresses and routes of others stay usable; what would have taken a default route fails at once.
 *
 * With VRF= there is a rule that is not ours (l3mdev), one for IPv4 and one for IPv6:
 *
 *  1000   from all lookup [l3mdev-table]                  what is bound to a VRF: its table
 *
 * The kernel makes it with the first VRF of a network namespace, and never again. All VRFs there
 * need it: without it, what is bound to one is routed by the tables of the host, and leaves beside
 * the tunnel. So it is put back as the kernel had it, whether or not the tunnel is up, and no
 * tunnel removes it.
 *
 * A rule of ours has our protocol number, and "fwmark TAG/0": the tunnel's tag as a mark of which
 * no bit is compared, so that it fits every packet and yet tells whose the rule is.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/config/config.h"

/*
 * Before main (32766) and default, and behind rules that an administrator adds without a number,
 * which the kernel puts in front of all others.
 */
#define ROUTE_RULE_PRIORITY_MAIN 32700
#define ROUTE_RULE_PRIORITY_TABLE 32701
#define ROUTE_RULE_PRIORITY_UNREACHABLE 32702
/* FIB_RULE_PREF of the kernel's vrf.c */
#define ROUTE_RULE_PRIORITY_L3MDEV 1000

/* What one tunnel may want: three for IPv4 and three for IPv6. */
#define ROUTE_RULES_MAX 6

typedef struct RouteRule {
        uint8_t family;   /* AF_INET or AF_INET6 */
        uint8_t action;   /* FR_ACT_* of linux/fib_rules.h */
        uint8_t protocol; /* ROUTE_PROTOCOL_PPTP, but for an l3mdev rule: RTPROT_KERNEL */
        uint32_t priority;
        uint32_t table; /* FR_ACT_TO_TBL; else, or with l3mdev, 0 */
        bool suppress;  /* "suppress_prefixlength 0" */
        bool l3mdev;    /* the table of the VRF that a packet belongs to, for every packet */
        uint32_t tag;   /* "fwmark TAG/0"; 0: it has none, or a mask */
} RouteRule;

/*
 * The rules that a tunnel wants while its routes are in the kernel (up), or while they are not.
 * ret_rules has room for ROUTE_RULES_MAX. Returns how many it got.
 */
size_t route_rule_make(const Config *config, bool up, RouteRule *ret_rules);

/* The rule that VRFs need, of AF_INET or AF_INET6. */
RouteRule route_rule_make_l3mdev(uint8_t family);

/* Whether a rule belongs to the tunnel with that tag. */
bool route_rule_is_owned(const RouteRule *rule, uint32_t tag);

/*
 * Whether two rules are the same in all that this struct has. An l3mdev rule of the same family is
 * the same whoever made it, and at whatever priority: an administrator may have moved it.
 */
bool route_rule_is_same(const RouteRule *a, const RouteRule *b);
/* Whether one of n_rules rules, in any order, is the same as the rule. */
bool route_rule_is_among(const RouteRule *rules, size_t n_rules, const RouteRule *rule);

/*
 * Writes a rule in the words of ip-rule(8), "from all lookup main suppress_prefixlength 0", with
 * "IPv6: " in front of one of that. The text is cut if the buffer is smaller than 80 bytes.
 */
void route_rule_describe(const RouteRule *rule, char *buffer, size_t n_buffer);
