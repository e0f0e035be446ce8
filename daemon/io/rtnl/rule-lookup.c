/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/rtnl/rule-lookup.h"

#include <linux/fib_rules.h>

#include "io/link-request.h"
#include "io/rtnl/rtnl-message.h"

typedef struct Search {
        const RouteRule *rule;
        bool found;
} Search;

static int on_rule(const struct nlmsghdr *h, void *userdata) {
        Search *search = userdata;
        RouteRule rule;

        if (h->nlmsg_type == RTM_NEWRULE && rtnl_message_get_rule(h, &rule))
                search->found = search->found || route_rule_is_same(&rule, search->rule);

        return MNL_CB_OK;
}

int rule_lookup(const RouteRule *rule, bool *ret_found) {
        uint8_t buffer[LINK_REQUEST_MAX_BYTES];
        struct nlmsghdr *h = mnl_nlmsg_put_header(buffer);
        Search search = { .rule = rule };
        struct fib_rule_hdr *m;
        int r;

        h->nlmsg_type = RTM_GETRULE;
        h->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
        m = mnl_nlmsg_put_extra_header(h, sizeof(*m));
        m->family = rule->family;

        r = link_request_ask(h, on_rule, &search);
        if (r >= 0)
                *ret_found = search.found;

        return r;
}
