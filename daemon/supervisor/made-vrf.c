/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "supervisor/made-vrf.h"

#include <linux/if_link.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "core/base/tunnel-tag.h"
#include "io/link-request.h"
#include "io/rtnl/rtnl-message.h"
#include "io/run-mark.h"
#include "supervisor/other-tunnels.h"

/* More are removed when the next tunnel ends. */
#define FOUND_MAX 16

typedef struct Found {
        RtnlLink links[FOUND_MAX];
        size_t n_links;
} Found;

static int on_vrf(const struct nlmsghdr *h, void *userdata) {
        Found *found = userdata;
        RtnlLink link;

        if (found->n_links < FOUND_MAX && rtnl_message_get_link(h, &link) && link.vrf_table != 0 &&
            link.vrf_table == tunnel_tag_get_vrf_table(link.name))
                found->links[found->n_links++] = link;

        return MNL_CB_OK;
}

/* Without the kernel's module for VRFs it lists all links. */
static int find_made(Found *found) {
        uint8_t buffer[LINK_REQUEST_MAX_BYTES];
        struct ifinfomsg *m;
        struct nlmsghdr *h = link_request_begin(buffer, RTM_GETLINK, NLM_F_DUMP, &m);
        struct nlattr *info = mnl_attr_nest_start(h, IFLA_LINKINFO);

        mnl_attr_put_strz(h, IFLA_INFO_KIND, "vrf");
        mnl_attr_nest_end(h, info);
        return link_request_ask(h, on_vrf, found);
}

static int on_member(const struct nlmsghdr *h, void *userdata) {
        RtnlLink link, *vrf = userdata;

        if (rtnl_message_get_link(h, &link) && link.master == vrf->ifindex)
                vrf->master = link.ifindex;

        return MNL_CB_OK;
}

/* Looks for an interface in the VRF, and leaves its index in vrf->master: a VRF is in none. */
static int find_member(RtnlLink *vrf) {
        uint8_t buffer[LINK_REQUEST_MAX_BYTES];
        struct ifinfomsg *m;
        struct nlmsghdr *h = link_request_begin(buffer, RTM_GETLINK, NLM_F_DUMP, &m);

        mnl_attr_put_u32(h, IFLA_MASTER, vrf->ifindex);
        return link_request_ask(h, on_member, vrf);
}

static bool is_to_be_in(const Status *status, const void *name) {
        return strcmp(status->vrf, name) == 0;
}

/* The interface of the tunnel that has ended is gone by now. */
static int find_use(RtnlLink *vrf, const char *tunnel, bool *ret_used) {
        bool found = false;
        int r;

        r = find_member(vrf);
        if (r >= 0 && vrf->master == 0)
                r = other_tunnels_find(tunnel, is_to_be_in, vrf->name, &found);
        if (r < 0)
                return r;

        *ret_used = found || vrf->master != 0;
        return 0;
}

static void warn(Journal *journal, int error) {
        journal_print(
                journal, LOG_WARNING,
                "Cannot remove the tunnel's VRF: %s; if it is left over in \"ip link show type "
                "vrf\", run \"ip link delete NAME\"",
                strerror(-error));
}

static void tell_use(Journal *journal, const char *vrf) {
        journal_print(journal, LOG_NOTICE, "The VRF %s stays: it is in use", vrf);
}

int made_vrf_leave(const char *tunnel, const char *vrf, Journal *journal) {
        RtnlLink *former = NULL;
        Found found = { 0 };
        bool used = false;
        int r;

        r = find_made(&found);
        for (size_t i = 0; i < found.n_links; i++)
                if (strcmp(found.links[i].name, vrf) == 0)
                        former = &found.links[i];
        if (r >= 0 && !former)
                return 0; /* somebody else made it, or removed it */

        if (r >= 0)
                r = run_mark_find_other(RUN_MARK_VRF, tunnel, vrf, &used);
        if (r >= 0 && !used)
                r = find_member(former);
        if (r >= 0 && (used || former->master != 0)) {
                tell_use(journal, vrf);
                return used ? 0 : MADE_VRF_E_USED;
        }

        if (r >= 0)
                r = link_request_remove(former->ifindex);
        if (r < 0)
                warn(journal, r);
        else
                journal_print(journal, LOG_INFO, "Removed the VRF %s, which no tunnel is in", vrf);
        return r;
}

int made_vrf_remove(const char *tunnel, Journal *journal) {
        Found found = { 0 };
        bool used, stays = false;
        int r;

        if (!run_mark_exists(RUN_MARK_VRF, tunnel))
                return 0;

        r = find_made(&found);
        for (size_t i = 0; i < found.n_links && r >= 0; i++) {
                r = find_use(&found.links[i], tunnel, &used);
                if (r >= 0 && used) {
                        tell_use(journal, found.links[i].name);
                        stays = true;
                } else if (r >= 0) {
                        r = link_request_remove(found.links[i].ifindex);
                        /* Of tunnels that ended while it was in use, whose turn does not come. */
                        if (r >= 0)
                                run_mark_remove_of_ended(RUN_MARK_VRF, found.links[i].name);
                }
        }

        if (r < 0)
                warn(journal, r);
        /* One that is in use is to be looked after when the tunnel ends the next time. */
        if (r >= 0 && !stays)
                run_mark_remove(RUN_MARK_VRF, tunnel);
        return r;
}
