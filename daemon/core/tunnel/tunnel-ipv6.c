/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * IPv6=negotiate: whether the server carries IPv6 (IPV6CP), beside IPv4 and without being needed
 * for it. pppd negotiates it at the same time as IPCP, so as a rule both are up within
 * milliseconds. A server that does not know it rejects it (RFC 1661, section 5.7), or says nothing.
 * Routes of IPv6 wait for IPV6CP, and the first READY for such routes.
 */

#include <stdio.h>

#include "core/base/text.h"
#include "core/ppp/mtu.h"
#include "core/tunnel/tunnel-internal.h"

/* Like the wait for the server's routes (UseRoutes=): three tries of pppd, 1 s each. */
#define IPV6_USEC (3 * USEC_PER_SEC)

void tunnel_ipv6_forget(Tunnel *t) {
        t->ipv6 = (Ipv6){ .deadline_usec = USEC_INFINITY };
}

bool tunnel_ipv6_is_up(const Tunnel *t) {
        return !IN6_IS_ADDR_UNSPECIFIED(&t->ipv6.local) && t->link.mtu_bytes >= MTU_IPV6_MIN_BYTES;
}

/* It stands in a DIAGNOSIS_FACT_TEXT_MAX behind "without IPv6". */
static const char *tunnel_ipv6_describe_lack(const Tunnel *t) {
        if (t->ipv6.lack == PLUGIN_NO_IPV6_KERNEL)
                return "the kernel of this host has none: boot it without ipv6.disable=1";
        if (t->config->network_namespace)
                return "off in its network namespace: run \"sysctl "
                       "net.ipv6.conf.default.disable_ipv6=0\" there, then reconnect";

        return "off in this host: run \"sysctl net.ipv6.conf.default.disable_ipv6=0\", then "
               "reconnect";
}

const char *tunnel_ipv6_await(Tunnel *t, uint64_t now) {
        if (t->config->ipv6 != CONFIG_IPV6_NEGOTIATE || tunnel_ipv6_is_up(t))
                return NULL;

        if (t->link.mtu_bytes < MTU_IPV6_MIN_BYTES) {
                snprintf(t->ipv6.text, sizeof(t->ipv6.text),
                         "the MTU of %u bytes is below the %u that IPv6 needs", t->link.mtu_bytes,
                         MTU_IPV6_MIN_BYTES);
                return t->ipv6.text;
        }
        if (t->ipv6.lack != 0)
                return tunnel_ipv6_describe_lack(t);
        if (t->ipv6.rejected)
                return "the server rejects IPV6CP";

        t->ipv6.deadline_usec = now + IPV6_USEC;
        if (config_has_ipv6_routes(t->config))
                t->parts.pending |= TUNNEL_PART_IPV6;
        return NULL;
}

void tunnel_ipv6_set_up(Tunnel *t, const struct in6_addr *local, const struct in6_addr *peer) {
        t->ipv6.deadline_usec = USEC_INFINITY;
        t->ipv6.local = *local;
        t->ipv6.peer = *peer;
}

void tunnel_ipv6_set_down(Tunnel *t) {
        t->ipv6.deadline_usec = USEC_INFINITY;
        t->ipv6.local = t->ipv6.peer = (struct in6_addr){ 0 };
}
