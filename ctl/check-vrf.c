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

/*
 * The kernel makes this rule with the first VRF, and never again. ip: what shows and adds those of
 * that family. Without IPv6 in the kernel there is none, and nothing that would miss it.
 */
static void check_rule(CheckReport *r, const Config *c, uint8_t family, const char *ip,
                       const char *version) {

        const RouteRule rule = route_rule_make_l3mdev(family);
        char remedy[128];
        bool found;

        if (rule_lookup(&rule, &found) < 0 || found)
                return;

        snprintf(remedy, sizeof(remedy),
                 "run \"%s rule add pref 1000 l3mdev\"; a tunnel that is started with VRF= does "
                 "the same",
                 ip);
        check_add(r, CHECK_WARNING, "vrf", remedy,
                  "the policy rule for VRFs is gone: %s packets of what is bound to %s take the "
                  "routes of the host",
                  version, c->vrf);
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
                check_rule(r, c, AF_INET, "ip", "IPv4");
                check_rule(r, c, AF_INET6, "ip -6", "IPv6");
        }
}
