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

/* What one tunnel may want: three for IPv4 and three for IPv6. */
#define ROUTE_RULES_MAX 6

typedef struct RouteRule {
        uint8_t family;   /* AF_INET or AF_INET6 */
        uint8_t action;   /* FR_ACT_* of linux/fib_rules.h */
        uint8_t protocol; /* ROUTE_PROTOCOL_PPTP */
        uint32_t priority;
        uint32_t table; /* FR_ACT_TO_TBL; else 0 */
        bool suppress;  /* "suppress_prefixlength 0" */
        uint32_t tag;   /* "fwmark TAG/0"; 0: it has none, or a mask */
} RouteRule;

/*
 * The rules that a tunnel wants while its routes are in the kernel (up), or while they are not.
 * ret_rules has room for ROUTE_RULES_MAX. Returns how many it got.
 */
size_t route_rule_make(const Config *config, bool up, RouteRule *ret_rules);

/* Whether a rule belongs to the tunnel with that tag. */
bool route_rule_is_owned(const RouteRule *rule, uint32_t tag);

/* Whether two rules are the same in all that this struct has. */
bool route_rule_is_same(const RouteRule *a, const RouteRule *b);
/* Whether one of n_rules rules, in any order, is the same as the rule. */
bool route_rule_is_among(const RouteRule *rules, size_t n_rules, const RouteRule *rule);

/*
 * Writes a rule in the words of ip-rule(8), "from all lookup main suppress_prefixlength 0", with
 * "IPv6: " in front of one of that. The text is cut if the buffer is smaller than 80 bytes.
 */
void route_rule_describe(const RouteRule *rule, char *buffer, size_t n_buffer);
