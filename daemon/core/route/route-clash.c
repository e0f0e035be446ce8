/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/route/route-clash.h"

#include <linux/rtnetlink.h>
#include <string.h>

#include "core/base/text.h"
#include "core/config/config-routes.h"
#include "core/route/route-overlap.h"
#include "core/route/route-set.h"

/* Whether an interface other than the tunnel's is in that network. */
static bool clash_is_own_network(const Route *theirs) {
        return theirs->protocol == RTPROT_KERNEL && theirs->type == RTN_UNICAST;
}

static bool clash_judge(const ConfigRoute *ours, const Route *theirs, RouteClashKind *ret_kind) {
        const Route key = route_set_get_key(ours);

        if (key.table != theirs->table)
                return false;

        if (route_is_rival(&key, theirs))
                *ret_kind = ROUTE_CLASH_REFUSED;
        else if (route_has_same_destination(&key, theirs))
                *ret_kind = theirs->metric < key.metric ? ROUTE_CLASH_HIDDEN : ROUTE_CLASH_BEFORE;
        else if (key.prefix_length > 0 && theirs->prefix_length > key.prefix_length &&
                 route_covers_route(&key, theirs))
                *ret_kind =
                        ROUTE_CLASH_PART; /* a default route covers everything, and is meant to */
        else
                return false;

        return true;
}

static void clash_describe(RouteClashKind kind, const ConfigRoute *ours, const Route *theirs,
                           const char *device, TextBuilder *t) {

        static const char *const consequences[] = {
                [ROUTE_CLASH_REFUSED] = "is in the place of the tunnel's",
                [ROUTE_CLASH_HIDDEN] = "is used in the place of the tunnel's",
                [ROUTE_CLASH_BEFORE] = "comes after the tunnel's",
                [ROUTE_CLASH_PART] = "stays outside: it is a part of, and more specific than,",
        };
        const Route key = route_set_get_key(ours);
        char route[128];

        route_describe(theirs, route, sizeof(route));
        text_add(t, route);
        if (device[0] != '\0')
                text_addf(t, " on %s", device);
        text_add(t, ", protocol ");
        route_add_protocol(t, theirs->protocol);
        route_describe(&key, route, sizeof(route));
        text_addf(t, ", %s %s", consequences[kind], route);
}

static void clash_describe_remedy(RouteClashKind kind, const ConfigRoute *ours, const Route *theirs,
                                  const char *device, TextBuilder *t) {

        if (kind == ROUTE_CLASH_BEFORE || kind == ROUTE_CLASH_PART)
                return;

        /* No advice to remove it: it may be what this host cannot do without. */

        /* Neither an old pppd nor another tunnel has the name of this one. */
        if (theirs->protocol == ROUTE_PROTOCOL_PPTP)
                text_addf(t,
                          "it belongs to the tunnel with the interface %s, see \"pptpctl\": stop "
                          "that tunnel, or write another Metric= in %s:%u",
                          device, ours->file, ours->line);
        else if (strncmp(device, "ppp", strlen("ppp")) == 0)
                text_add(t,
                         "if an old pppd has it, end that by \"poff\" and its name in "
                         "/etc/ppp/peers");
        else if (clash_is_own_network(theirs))
                text_addf(t,
                          "in Destination=, name only the parts of the network that are behind the "
                          "server, %s:%u",
                          ours->file, ours->line);
        else if (kind == ROUTE_CLASH_REFUSED && ours->prefix_length == 0 && ours->metric == 0)
                text_addf(t,
                          "leave out the table in %s:%u, and policy rules put the tunnel's before "
                          "it; or write a Metric=",
                          ours->file, ours->line);
        else if (kind == ROUTE_CLASH_HIDDEN && ours->prefix_length == 0)
                text_addf(t,
                          "leave out the metric and the table of the default route in %s:%u, and "
                          "policy rules put the tunnel's before it",
                          ours->file, ours->line);
        else if (kind == ROUTE_CLASH_HIDDEN && theirs->metric == 0)
                text_addf(t, "give it a metric above %u where it is configured", ours->metric);
        else if (theirs->metric > 0)
                text_addf(t, "write a Metric= below %u in %s:%u", theirs->metric, ours->file,
                          ours->line);
        else
                text_addf(t,
                          "write another Metric= in %s:%u, or give it one where it is configured: "
                          "the route with the lower one is used",
                          ours->file, ours->line);
}

bool route_clash_find(const ConfigRoute *ours, const Route *theirs, const char *device,
                      RouteClash *ret_clash) {

        TextBuilder text = text_builder(ret_clash->text, sizeof(ret_clash->text));
        TextBuilder remedy = text_builder(ret_clash->remedy, sizeof(ret_clash->remedy));

        if (!clash_judge(ours, theirs, &ret_clash->kind))
                return false;

        clash_describe(ret_clash->kind, ours, theirs, device, &text);
        clash_describe_remedy(ret_clash->kind, ours, theirs, device, &remedy);
        return true;
}

/* Whether a route of the configuration is to be installed whatever is there already. */
static bool clash_matters(const Config *config, const ConfigRoute *ours, const Route *theirs) {
        if (route_set_is_for_numbered_server(ours, config))
                return false;
        /* A predecessor's, without an interface, which the tunnel takes over. */
        if (theirs->protocol == ROUTE_PROTOCOL_PPTP && theirs->ifindex == 0)
                return false;

        return ours->type != CONFIG_ROUTE_UNICAST || !route_overlap_is_network(theirs, 0);
}

size_t route_clash_find_refused(const Config *config, uint32_t vrf_table, const Route *kernel,
                                size_t n_kernel, ConfigRoute *ret_ours, const Route **ret_theirs) {

        ConfigCursor cursor;
        ConfigRoute ours;
        size_t n = 0;

        config_cursor_init(&cursor, config);
        while (config_cursor_next(&cursor, &ours)) {
                Route key = route_set_get_key(&ours);
                const Route *theirs;

                key.table = key.table ?: vrf_table;
                theirs = route_find_rival(kernel, n_kernel, &key);
                if (!theirs || !clash_matters(config, &ours, theirs))
                        continue;
                if (n++ == 0) {
                        *ret_ours = ours;
                        *ret_theirs = theirs;
                }
        }

        return n;
}
