/* SPDX-License-Identifier: GPL-2.0-or-later */

/* pptpctl check: the VRF that the tunnel's interface is to be in. */

#include <errno.h>
#include <string.h>

#include "check-parts.h"
#include "io/link-request.h"
#include "io/rtnl/rtnl-message.h"

static int on_link(const struct nlmsghdr *h, void *userdata) {
        (void) rtnl_message_get_link(h, userdata);
        return MNL_CB_STOP;
}

/* Returns 0 or a negative errno: -ENODEV if there is no interface of that name. */
static int find_link(const char *name, RtnlLink *ret_link) {
        uint8_t buffer[LINK_REQUEST_MAX_BYTES];
        struct ifinfomsg *m;
        struct nlmsghdr *h = link_request_begin(buffer, RTM_GETLINK, 0, &m);

        *ret_link = (RtnlLink){ 0 };
        mnl_attr_put_strz(h, IFLA_IFNAME, name);
        return link_request_ask(h, on_link, ret_link);
}

uint32_t check_vrf_get_table(const char *name) {
        RtnlLink link;

        return find_link(name, &link) >= 0 ? link.vrf_table : 0;
}

void check_vrf(CheckReport *r, const Config *c) {
        RtnlLink link;
        int e;

        if (c->vrf[0] == '\0')
                return;

        e = find_link(c->vrf, &link);
        if (e == -ENODEV)
                check_add(r, CHECK_OK, "vrf", NULL, "%s is made when the tunnel comes up", c->vrf);
        else if (e < 0)
                check_add(r, CHECK_WARNING, "vrf", NULL, "%s cannot be looked at: %s", c->vrf,
                          strerror(-e));
        else if (link.vrf_table == 0)
                check_add(r, CHECK_ERROR, "vrf",
                          "write another name in VRF=; \"ip link show type vrf\" lists the VRFs",
                          "%s is an interface of another kind", c->vrf);
        else
                check_add(r, CHECK_OK, "vrf", NULL, "%s is there, with table %u", c->vrf,
                          link.vrf_table);
}
