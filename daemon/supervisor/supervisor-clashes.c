/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Looks before a dial whether the kernel has other routes in the places of the tunnel's: it would
 * refuse those only after a whole call. Before the first dial this is a warning, since what is in
 * the way may be gone by then. Once the kernel has refused a route, the server is not called again
 * before its place is free.
 */

#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "core/base/text.h"
#include "core/config/config-routes.h"
#include "core/diagnosis/catalogue.h"
#include "core/route/route-clash.h"
#include "supervisor/supervisor-internal.h"

static void warn(Supervisor *s, const char *text) {
        const DiagnosisRow *row = &catalogue_rows[CATALOGUE_NETC_22];

        journal_write(s->journal, LOG_WARNING,
                      &(JournalFields){
                              .message_id = row->message_id,
                              .row = row,
                              .class = DIAGNOSIS_WARN,
                      },
                      text);
}

static void tell_clash(Supervisor *s, size_t n, const ConfigRoute *ours, const Route *theirs) {
        char device[IF_NAMESIZE] = "", words[sizeof((RouteClash){ 0 }.text) + 64];
        TextBuilder text = text_builder(words, sizeof(words));
        RouteClash clash;

        if (theirs->ifindex != 0 && !supervisor_name_interface(s, theirs->ifindex, device))
                return; /* it has gone in the meantime */
        if (!route_clash_find(ours, theirs, device, &clash))
                return;

        text_add(&text, clash.text);
        if (n > 1)
                text_addf(&text, "; %zu more of its routes are not free", n - 1);
        warn(s, words);
        if (clash.remedy[0] == '\0')
                return;

        text = text_builder(words, sizeof(words));
        text_addf(&text, "Remedy: %s", clash.remedy);
        warn(s, words);
}

/* In the words of the kernel's refusal, so that the journal counts both as one failure. */
static void fail(Supervisor *s, const ConfigRoute *ours, const Route *theirs) {
        char words[ROUTE_KEEPER_TEXT_MAX_BYTES], text[DIAGNOSIS_FACT_TEXT_MAX];
        Route route = route_set_get_key(ours);

        route.table = theirs->table; /* of a VRF that is known by now */
        route_describe_rival(&route, theirs, words, sizeof(words));
        supervisor_add_interface(s, words, theirs->ifindex, text, sizeof(text));
        supervisor_feed_fact(s, TUNNEL_EVENT_PREPARE_FAILED, DIAGNOSIS_STAGE_NETWORK,
                             DIAGNOSIS_ROUTE_REFUSED, EEXIST, text);
}

/* Known once the tunnel has been in the VRF; 0: it is not, or there is no VRF. */
static uint32_t get_vrf_table(const Supervisor *s) {
        return s->config->vrf[0] != '\0' ? route_keeper_get_vrf_table(s->routes.keeper) : 0;
}

static void on_routes_listed(RtnlRequest *q, int error, _unused_ const char *text,
                             const Route *routes, size_t n_routes, void *userdata) {

        Supervisor *s = userdata;
        _cleanup_free_ Route *sorted = NULL;
        ConfigRoute ours;
        const Route *theirs;
        size_t n = 0;

        /* What cannot be known now is known when the routes are installed. */
        sorted = error < 0 ? NULL : calloc(n_routes + 1, sizeof(*sorted));
        if (sorted) {
                memcpy(sorted, routes, n_routes * sizeof(*routes));
                route_sort(sorted, n_routes);
                n = route_clash_find_refused(s->config, get_vrf_table(s), sorted, n_routes, &ours,
                                             &theirs);
                if (n > 0 && !s->route_refused)
                        tell_clash(s, n, &ours, theirs);
        }

        s->clash_request = rtnl_request_free(q);
        if (!s->route_refused || tunnel_get_state(s->tunnel) != TUNNEL_STATE_PREPARING)
                return;
        if (n > 0)
                fail(s, &ours, theirs);
        else
                supervisor_prepare(s);
}

bool supervisor_look_for_clashes(Supervisor *s) {
        static const RtnlRouteFilter all = { 0 };

        /*
         * In another namespace there is nothing but what is made for the tunnel; in a VRF there
         * may be other tunnels, but its table is not known before the first call.
         */
        if (config_count_routes(s->config) == 0 || s->config->network_namespace ||
            (s->config->vrf[0] != '\0' && get_vrf_table(s) == 0))
                return false;

        s->clash_request = rtnl_request_free(s->clash_request);
        return rtnl_list_routes(s->rtnl, &all, on_routes_listed, s, &s->clash_request) >= 0;
}
