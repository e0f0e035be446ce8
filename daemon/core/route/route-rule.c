/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/route/route-rule.h"

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>

#include "core/base/text.h"
#include "core/base/tunnel-tag.h"
#include "core/route/route-plan.h"

static RouteRule rule_main(uint8_t family, uint32_t tag) {
        return (RouteRule){
                .family = family,
                .action = FR_ACT_TO_TBL,
                .protocol = ROUTE_PROTOCOL_PPTP,
                .priority = ROUTE_RULE_PRIORITY_MAIN,
                .table = RT_TABLE_MAIN,
                .suppress = true,
                .tag = tag,
        };
}

static RouteRule rule_table(uint8_t family, uint32_t tag) {
        return (RouteRule){
                .family = family,
                .action = FR_ACT_TO_TBL,
                .protocol = ROUTE_PROTOCOL_PPTP,
                .priority = ROUTE_RULE_PRIORITY_TABLE,
                .table = tunnel_tag_get_table(tag),
                .tag = tag,
        };
}

static RouteRule rule_unreachable(uint8_t family, uint32_t tag) {
        return (RouteRule){
                .family = family,
                .action = FR_ACT_UNREACHABLE,
                .protocol = ROUTE_PROTOCOL_PPTP,
                .priority = ROUTE_RULE_PRIORITY_UNREACHABLE,
                .tag = tag,
        };
}

RouteRule route_rule_make_l3mdev(uint8_t family) {
        return (RouteRule){
                .family = family,
                .action = FR_ACT_TO_TBL,
                .protocol = RTPROT_KERNEL,
                .priority = ROUTE_RULE_PRIORITY_L3MDEV,
                .l3mdev = true,
        };
}

size_t route_rule_make(const Config *config, bool up, RouteRule *ret_rules) {
        const uint32_t tag = tunnel_tag_make(config->name);
        bool holds = config->routes_on_down == CONFIG_ROUTES_ON_DOWN_UNREACHABLE;
        size_t n = 0;

        /* Of IPv6 as well, whatever the tunnel carries: what is in the VRF may use it. */
        if (config->vrf[0] != '\0') {
                ret_rules[n++] = route_rule_make_l3mdev(AF_INET);
                ret_rules[n++] = route_rule_make_l3mdev(AF_INET6);
        }

        if (!up && !holds)
                return n;

        for (int is_ipv6 = 0; is_ipv6 <= 1; is_ipv6++) {
                uint8_t family = is_ipv6 ? AF_INET6 : AF_INET;

                if (!config_has_policy_route(config, is_ipv6))
                        continue;

                ret_rules[n++] = rule_main(family, tag);
                ret_rules[n++] = rule_table(family, tag);
                if (holds)
                        ret_rules[n++] = rule_unreachable(family, tag);
        }

        if (config->ipv6 == CONFIG_IPV6_BLOCK) {
                ret_rules[n++] = rule_main(AF_INET6, tag);
                ret_rules[n++] = rule_unreachable(AF_INET6, tag);
        }

        return n;
}

bool route_rule_is_owned(const RouteRule *rule, uint32_t tag) {
        return rule->protocol == ROUTE_PROTOCOL_PPTP && rule->tag == tag;
}

bool route_rule_is_same(const RouteRule *a, const RouteRule *b) {
        if (a->l3mdev && b->l3mdev)
                return a->family == b->family;

        return a->family == b->family && a->action == b->action && a->protocol == b->protocol &&
                a->priority == b->priority && a->table == b->table && a->suppress == b->suppress &&
                a->l3mdev == b->l3mdev && a->tag == b->tag;
}

bool route_rule_is_among(const RouteRule *rules, size_t n_rules, const RouteRule *rule) {
        for (size_t i = 0; i < n_rules; i++)
                if (route_rule_is_same(&rules[i], rule))
                        return true;

        return false;
}

void route_rule_describe(const RouteRule *rule, char *buffer, size_t n_buffer) {
        TextBuilder t = text_builder(buffer, n_buffer);

        if (rule->family == AF_INET6)
                text_add(&t, "IPv6: ");
        text_add(&t, "from all ");

        if (rule->action == FR_ACT_UNREACHABLE)
                text_add(&t, "unreachable");
        else if (rule->l3mdev)
                text_add(&t, "lookup [l3mdev-table]");
        else if (rule->table == RT_TABLE_MAIN)
                text_add(&t, "lookup main");
        else
                text_addf(&t, "lookup %u", rule->table);
        if (rule->suppress)
                text_add(&t, " suppress_prefixlength 0");
}
