/* SPDX-License-Identifier: GPL-2.0-or-later */

/* pptpctl check: the VRF that the tunnel's interface is to be in. */

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "check-parts.h"
#include "core/base/tunnel-tag.h"
#include "core/route/route-rule.h"
#include "io/rtnl/link-lookup.h"
#include "io/rtnl/rule-lookup.h"

uint32_t check_vrf_get_table(const char *name) {
        RtnlLink link;

        return link_lookup(name, &link) >= 0 ? link.vrf_table : 0;
}

/* With a kernel that has no IPv6 there is nothing to lead anywhere. */
static bool lacks_rule(uint8_t family) {
        const RouteRule rule = route_rule_make_l3mdev(family);
        bool found;

        return rule_lookup(&rule, &found) >= 0 && !found;
}

/* The kernel makes the rules with the first VRF, and so they are there since. */
static void check_rules(CheckReport *r, const Config *c) {
        if (lacks_rule(AF_INET))
                check_add(r, CHECK_WARNING, "vrf",
                          "run \"ip rule add pref 1000 l3mdev\"; a tunnel that is started with "
                          "VRF= does the same",
                          "the policy rule for VRFs is gone: IPv4 packets of what is bound to %s "
                          "take the routes of the host",
                          c->vrf);
        if (lacks_rule(AF_INET6))
                check_add(r, CHECK_WARNING, "vrf",
                          "run \"ip -6 rule add pref 1000 l3mdev\"; a tunnel that is started with "
                          "VRF= does the same",
                          "the policy rule for VRFs is gone: IPv6 packets of what is bound to %s "
                          "take the routes of the host",
                          c->vrf);
}

void check_vrf(CheckReport *r, const Config *c) {
        char remedy[64];
        RtnlLink link;
        int e;

        if (c->vrf[0] == '\0')
                return;

        snprintf(remedy, sizeof(remedy), "run \"ip link set %s up\"", c->vrf);
        e = link_lookup(c->vrf, &link);
        if (e == -ENODEV)
                check_add(r, CHECK_OK, "vrf", NULL, "%s is made when the tunnel comes up", c->vrf);
        else if (e < 0)
                check_add(r, CHECK_WARNING, "vrf", NULL, "%s cannot be looked at: %s", c->vrf,
                          strerror(-e));
        else if (link.vrf_table == 0)
                check_add(r, CHECK_ERROR, "vrf",
                          "write another name in VRF=; \"ip link show type vrf\" lists the VRFs",
                          "%s is an interface of another kind", c->vrf);
        else if (!(link.flags & IFF_UP) && link.vrf_table != tunnel_tag_get_vrf_table(c->vrf))
                check_add(r, CHECK_ERROR, "vrf", remedy, "%s is there, and set down", c->vrf);
        else {
                check_add(r, CHECK_OK, "vrf", NULL, "%s is there, with table %u", c->vrf,
                          link.vrf_table);
                check_rules(r, c);
        }
}
