/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What nobody asked for: hostile servers, sleep, reloads, and everything else at a bad time. */

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/config/config-diff.h"
#include "core/config/config-route.h"
#include "core/config/config-routes.h"
#include "core/base/macros.h"
#include "core/base/tunnel-tag.h"
#include "core/ppp/pppd-exit.h"
#include "world.h"

/*
 * Some control messages, of any kind, in one breath; they name a call of ours, or none, or
 * another's.
 */
static void be_hostile(World *w) {
        uint64_t at_usec = w->now_usec + roll(w, USEC_PER_SEC);

        for (size_t n = 1 + roll(w, 4); n > 0; n--) {
                PptpMessage m = {
                        .type = 1 + roll(w, PPTP_SET_LINK_INFO),
                        .result_code = roll(w, 10),
                        .error_code = roll(w, 8),
                };

                switch (m.type) {
                case PPTP_START_CONTROL_CONNECTION_REQUEST:
                case PPTP_START_CONTROL_CONNECTION_REPLY:
                        m.start.version = roll(w, 3) << 8;
                        memset(m.start.host_name, roll(w, 256), sizeof(m.start.host_name) - 1);
                        memset(m.start.vendor_name, roll(w, 256), sizeof(m.start.vendor_name) - 1);
                        break;
                case PPTP_ECHO_REQUEST:
                case PPTP_ECHO_REPLY:
                        m.echo.identifier = roll(w, 3);
                        break;
                case PPTP_OUTGOING_CALL_REPLY:
                        m.outgoing_call_reply.call_id = roll(w, 4);
                        m.outgoing_call_reply.peer_call_id = roll(w, 4);
                        break;
                case PPTP_OUTGOING_CALL_REQUEST:
                case PPTP_INCOMING_CALL_REQUEST:
                case PPTP_INCOMING_CALL_REPLY:
                case PPTP_INCOMING_CALL_CONNECTED:
                case PPTP_CALL_CLEAR_REQUEST:
                case PPTP_CALL_DISCONNECT_NOTIFY:
                case PPTP_WAN_ERROR_NOTIFY:
                case PPTP_SET_LINK_INFO:
                        m.call.call_id = roll(w, 4);
                        break;
                case PPTP_STOP_CONTROL_CONNECTION_REQUEST:
                case PPTP_STOP_CONTROL_CONNECTION_REPLY:
                        break;
                }

                schedule_control(w, &m)->at_usec = at_usec;
        }
}

/* Everything is late at once, and the first to be told may be any of it. */
static void fall_asleep(World *w) {
        unsigned seconds = roll(w, 3600);

        if (w->stop_usec > 0)
                return;

        w->now_usec += seconds * USEC_PER_SEC;
        if (w->untrue_usec > 0)
                w->untrue_usec = w->now_usec;
        if (w->names_untrue_usec > 0)
                w->names_untrue_usec = w->now_usec;
        w->uplink.changed_usec = w->now_usec;
        schedule(w, TUNNEL_EVENT_RESUMED)->event.count = seconds;
}

/* ---- configurations ---- */

static char *copy_text(const char *text) {
        char *copy = strdup(text);

        if (!copy)
                abort();
        return copy;
}

/* Adds the routes of a list, which are in the way of the others, and may cover the servers. */
static void add_long_list(World *w, Config *c) {
        ConfigLongList *list = calloc(1, sizeof(*list));

        check(w, list);
        list->common.table = c->vrf[0] != '\0' ? 0 : 254;
        list->common.type = chance(w, 80) ? CONFIG_ROUTE_UNICAST : CONFIG_ROUTE_UNREACHABLE;
        list->n_prefixes = 1 + roll(w, 3);
        list->prefixes = calloc(list->n_prefixes, sizeof(*list->prefixes));
        check(w, list->prefixes);
        for (unsigned i = 0; i < list->n_prefixes; i++)
                list->prefixes[i] = config_prefix_pack(chance(w, 80) ? 0x0a000000 : 0xc0000000,
                                                       (uint8_t) (8 + 8 * roll(w, 2)), i + 1);

        check(w, config_long_list_sort(list) == 0);
        c->long_lists = list;
        c->n_long_lists = 1;
}

/* Of what does not go together with it, there is none; most routes go into its table. */
static void put_into_vrf(World *w, Config *c) {
        size_t n = 0;

        strcpy(c->vrf, "blue");
        c->routes_on_down = CONFIG_ROUTES_ON_DOWN_REMOVE;
        if (c->ipv6 == CONFIG_IPV6_BLOCK)
                c->ipv6 = CONFIG_IPV6_IGNORE;
        for (size_t i = 0; i < c->n_routes; i++) {
                if (c->routes[i].by_policy)
                        continue;

                c->routes[n] = c->routes[i];
                if (chance(w, 80))
                        c->routes[n].table = 0;
                n++;
        }
        c->n_routes = n;
}

/*
 * A configuration of its own in memory, so that the sanitizers see who looks at one that is gone.
 */
Config *make_config(World *w) {
        static const char *const names[] = { "vpn.example", "192.0.2.2", "standby.example" };
        Config *c = calloc(1, sizeof(*c));

        check(w, c);
        c->name = copy_text("sim");
        c->user = copy_text("username");
        c->n_servers = 1 + roll(w, ELEMENTSOF(names));
        c->servers = calloc(c->n_servers, sizeof(*c->servers));
        check(w, c->servers);
        for (size_t i = 0, first = roll(w, ELEMENTSOF(names)); i < c->n_servers; i++)
                c->servers[i] = copy_text(names[(first + i) % ELEMENTSOF(names)]);

        c->n_routes = roll(w, 3);
        c->routes = calloc(c->n_routes + 3, sizeof(*c->routes));
        check(w, c->routes);
        for (size_t i = 0; i < c->n_routes; i++)
                c->routes[i] = (ConfigRoute){
                        /* 192.0.0.0 covers the servers, so that they need a pin. */
                        .destination = { htobe32(chance(w, 50) ? 0x0a000000 : 0xc0000000) },
                        .prefix_length = 8 + 8 * roll(w, 2),
                        .type = chance(w, 80) ? CONFIG_ROUTE_UNICAST : CONFIG_ROUTE_UNREACHABLE,
                        .table = 254,
                        /* One's cover is where another may be. */
                        .metric = roll(w, 3),
                        .has_metric = true,
                };

        /* The kernel makes a route to the peer as well. */
        if (chance(w, 20))
                c->routes[c->n_routes++] = (ConfigRoute){
                        .destination = { htobe32(0x0a0a0001) },
                        .prefix_length = 32,
                        .type = chance(w, 50) ? CONFIG_ROUTE_UNICAST : CONFIG_ROUTE_UNREACHABLE,
                        .table = 254,
                };
        if (chance(w, 30))
                c->routes[c->n_routes++] = (ConfigRoute){
                        .by_policy = true,
                        .table = tunnel_tag_get_table(tunnel_tag_make(c->name)),
                };
        c->routes_on_down =
                chance(w, 50) ? CONFIG_ROUTES_ON_DOWN_UNREACHABLE : CONFIG_ROUTES_ON_DOWN_REMOVE;
        c->overlap_policy = chance(w, 40) ? CONFIG_OVERLAP_FORCE :
                chance(w, 20) && c->routes_on_down == CONFIG_ROUTES_ON_DOWN_REMOVE ?
                                            CONFIG_OVERLAP_SKIP :
                                            CONFIG_OVERLAP_WARN;
        c->ipv6 = (ConfigIpv6) roll(w, 3);
        if (c->ipv6 == CONFIG_IPV6_NEGOTIATE && chance(w, 80))
                c->routes[c->n_routes++] = (ConfigRoute){
                        .is_ipv6 = true,
                        .destination6 = { .s6_addr = { 0xfd } },
                        .prefix_length = 8 + 8 * roll(w, 2),
                        .type = chance(w, 80) ? CONFIG_ROUTE_UNICAST : CONFIG_ROUTE_UNREACHABLE,
                        .table = 254,
                };

        if (w->has_vrf && chance(w, 80))
                put_into_vrf(w, c);
        config_routes_sort(c->routes, c->n_routes);
        if (chance(w, 30))
                add_long_list(w, c);
        c->use_dns = chance(w, 80);
        c->n_domains = chance(w, 10);
        c->domains = calloc(1, sizeof(*c->domains));
        check(w, c->domains);
        if (c->n_domains > 0)
                c->domains[0] = copy_text("~corp.example");
        c->n_name_servers = chance(w, 50);
        c->name_servers = calloc(1, sizeof(*c->name_servers));
        check(w, c->name_servers);
        if (c->n_name_servers > 0)
                c->name_servers[0] = copy_text("10.0.0.53");
        c->dns_default_route = chance(w, 95) ? CONFIG_AUTO : (ConfigSwitch) roll(w, 3);

        c->port = PPTP_PORT;
        c->mppe = chance(w, 80) ? CONFIG_MPPE_128 :
                chance(w, 80)   ? CONFIG_MPPE_ANY :
                                  CONFIG_MPPE_40;
        c->stateful = chance(w, 10);
        c->keep_alive_interval_usec = chance(w, 80) ? 10 * USEC_PER_SEC : 0;
        c->mtu_bytes = chance(w, 80) ? 0 : 1400;
        c->keep_alive_probes = 1 + roll(w, 3);
        c->delay_usec = USEC_PER_SEC;
        c->max_delay_usec = 5 * USEC_PER_MINUTE;
        c->max_attempts = chance(w, 15) ? 3 : 0;
        c->retry_auth_failure = chance(w, 20);
        return c;
}

void reload(World *w) {
        Config *old = w->config;
        ConfigDiff diff;

        w->config = make_config(w);
        w->uplink.may_dial = true;
        config_diff_make(old, w->config, &diff);
        configure_routes(w);
        configure_names(w);
        step(w,
             &(TunnelEvent){
                     .type = TUNNEL_EVENT_RELOAD,
                     .reload = { .config = w->config, .diff = &diff },
             });
        config_free(old);
}

/* IPV6CP comes up, goes down, or is rejected. */
void ipv6_happens(World *w) {
        static const uint8_t reject_ipv6[] = { 0xc0, 0x21, 8, 1, 0, 8, 0x80, 0x57, 1, 1 };
        PluginMessage m = { .type = chance(w, 60) ? PLUGIN_IPV6_UP : PLUGIN_IPV6_DOWN };

        if (m.type == PLUGIN_IPV6_UP) {
                m.ipv6_up.local.s6_addr[0] = m.ipv6_up.peer.s6_addr[0] = 0xfe;
                m.ipv6_up.local.s6_addr[15] = (uint8_t) (1 + roll(w, 2));
        } else if (chance(w, 50))
                m = (PluginMessage){
                        .type = PLUGIN_PACKET,
                        .frame = { .data = reject_ipv6, .n_data = sizeof(reject_ipv6) },
                };
        schedule_plugin(w, &m);
        w->pending[w->n_pending - 1].at_usec = w->now_usec + roll(w, 5 * USEC_PER_SEC);
}

/* Something nobody asked for: a message, an exit, a packet. */
void surprise(World *w) {
        static const uint8_t echo_request[] = { 0xc0, 0x21, 9, 1, 0, 8, 0, 0, 0, 0 };
        static const uint8_t reject_compressed[] = { 0xc0, 0x21, 8, 1, 0, 8, 0x00, 0xfd, 0, 0 };
        switch (roll(w, 23)) {
        case 0:
                if (w->control_open && !w->control_lost)
                        schedule_fact(w, TUNNEL_EVENT_CONTROL_FAILED, DIAGNOSIS_PEER_CLOSED, 0);
                break;
        case 1:
        case 10:
                if (w->control_open && !w->control_lost)
                        be_hostile(w);
                break;
        case 2:
                end_pppd(w, roll(w, 22));
                break;
        case 3:
                if (w->pppd_running)
                        schedule_plugin(
                                w,
                                &(PluginMessage){ .type = PLUGIN_PHASE,
                                                  .phase.phase = roll(w, _PLUGIN_PHASE_MAX) });
                break;
        case 4:
                if (w->pppd_running)
                        schedule_plugin(
                                w,
                                &(PluginMessage){ .type = PLUGIN_PACKET,
                                                  .frame.data = reject_compressed,
                                                  .frame.n_data = sizeof(reject_compressed) });
                break;
        case 5:
                if (w->pppd_running)
                        schedule_plugin(
                                w,
                                &(PluginMessage){ .type = PLUGIN_POLICY_BREACH,
                                                  .breach.breach =
                                                          1 + roll(w, _PLUGIN_BREACH_MAX - 1) });
                break;
        case 6:
                if (!w->pppd_running)
                        break;
                schedule_plugin(
                        w,
                        &(PluginMessage){ .type = PLUGIN_EXITING, .exiting.status = roll(w, 22) });
                if (w->pending[w->n_pending - 1].plugin.exiting.status % 2 == 0)
                        break;
                /* Half of them after an echo that nobody answered, and because of it. */
                schedule_plugin(w,
                                &(PluginMessage){ .type = PLUGIN_PHASE,
                                                  .phase.phase = PLUGIN_PHASE_RUNNING });
                w->pending[w->n_pending - 1].at_usec = w->now_usec;
                schedule_plugin(w,
                                &(PluginMessage){ .type = PLUGIN_PACKET,
                                                  .frame = { .sent = true,
                                                             .data = echo_request,
                                                             .n_data = sizeof(echo_request) } });
                w->pending[w->n_pending - 1].at_usec = w->now_usec + 1;
                schedule_plugin(w,
                                &(PluginMessage){ .type = PLUGIN_EXITING,
                                                  .exiting.status = PPPD_EXIT_PEER_DEAD });
                w->pending[w->n_pending - 1].at_usec = w->now_usec + 2;
                break;
        case 7:
        case 19:
                disturb_uplink(w);
                break;
        case 8:
        case 14:
        case 15:
        case 16:
                if (w->kernel.ifindex != 0)
                        disturb_routes(w);
                break;
        case 17:
                if (w->pppd_running && w->ip_is_up)
                        renegotiate(w);
                break;
        case 21:
        case 22:
                disturb_names(w);
                break;
        case 9:
                fall_asleep(w);
                break;
        case 12:
                if (w->pppd_running && chance(w, 50))
                        schedule_plugin(w,
                                        &(PluginMessage){ .type = PLUGIN_IP_UP + roll(w, 2),
                                                          .ip_up.ifname = "sim1" });
                else if (w->pppd_running)
                        ipv6_happens(w);
                break;
        case 18:
                schedule(w, TUNNEL_EVENT_RECONNECT);
                break;
        case 11:
                schedule(w, TUNNEL_EVENT_RESUMED)->event.count = roll(w, 3600);
                break;
        case 13:
                if (w->call_open)
                        schedule_fact(w, TUNNEL_EVENT_GRE_REFUSED, DIAGNOSIS_ERRNO, EHOSTUNREACH);
                break;
        case 20:
                schedule_fact(w, TUNNEL_EVENT_NAMESPACE_GONE, DIAGNOSIS_NAMESPACE, ENOENT);
                if (chance(w, 90))
                        schedule(w, TUNNEL_EVENT_NAMESPACE_BACK);
                break;
        }
}
