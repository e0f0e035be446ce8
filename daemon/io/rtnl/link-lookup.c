/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/rtnl/link-lookup.h"

#include <linux/if_link.h>

#include "io/link-request.h"
#include "io/rtnl/rtnl-message.h"

static int on_link(const struct nlmsghdr *h, void *userdata) {
        (void) rtnl_message_get_link(h, userdata);
        return MNL_CB_OK;
}

int link_lookup(const char *ifname, RtnlLink *ret_link) {
        uint8_t buffer[LINK_REQUEST_MAX_BYTES];
        struct ifinfomsg *m;
        struct nlmsghdr *h = link_request_begin(buffer, RTM_GETLINK, NLM_F_ACK, &m);
        RtnlLink link = { 0 };
        int r;

        mnl_attr_put_strz(h, IFLA_IFNAME, ifname);
        r = link_request_ask(h, on_link, &link);
        if (r >= 0)
                *ret_link = link;

        return r;
}
