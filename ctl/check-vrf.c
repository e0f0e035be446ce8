/* SPDX-License-Identifier: GPL-2.0-or-later */

/* pptpctl check: the VRF that the tunnel's interface is to be in. */

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "check-parts.h"
#include "core/base/tunnel-tag.h"
#include "io/rtnl/link-lookup.h"

uint32_t check_vrf_get_table(const char *name) {
        RtnlLink link;

        return link_lookup(name, &link) >= 0 ? link.vrf_table : 0;
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
        else
                check_add(r, CHECK_OK, "vrf", NULL, "%s is there, with table %u", c->vrf,
                          link.vrf_table);
}
