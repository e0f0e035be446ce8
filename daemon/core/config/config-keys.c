/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/config/config-keys.h"

#include <linux/rtnetlink.h>
#include <string.h>

#include "core/config/config-values.h"
#include "core/base/macros.h"
#include "core/pptp/pptp-message.h"

const Config config_defaults = {
        .port = PPTP_PORT,
        .keep_alive_interval_usec = 10 * USEC_PER_SEC,
        .keep_alive_probes = 3,
        .mppe = CONFIG_MPPE_128,
        .tolerate_mppc = true,
        .route_table = RT_TABLE_MAIN,
        .use_dns = true,
        .delay_usec = 1 * USEC_PER_SEC,
        .max_delay_usec = 5 * USEC_PER_MINUTE,
};

#define KEY(s, n) .section = CONFIG_SECTION_##s, .name = #n
#define FIELD(type, field) .offset = offsetof(type, field), .size = sizeof(((type *) NULL)->field)
#define LIST(type, list, counter) .offset = offsetof(type, list), .size = offsetof(type, counter)
#define RANGE(min, max) .minimum = (min), .maximum = (max)

#define SCALAR(f) .parse = config_parse_##f, .reset = config_reset_scalar
#define TEXT(f) .parse = config_parse_##f, .reset = config_reset_text
#define NOT_YET .parse = NULL

/* What a reload does with a change. Of [Route] and [Match] it sees the routes that they make. */
#define LIVE .effect = CONFIG_EFFECT_LIVE
#define NEXT .effect = CONFIG_EFFECT_NEXT
#define NAMES LIVE, .names = true
#define RECONNECT .effect = CONFIG_EFFECT_RECONNECT

#define DAY (24 * 60 * USEC_PER_MINUTE)

/*
 * Limits: an IPv4 link takes 68 bytes at least (RFC 791) and pppd refuses an MRU below 128 and
 * above 16384 (MINMRU, MAXMRU of its lcp.h); the kernel holds a route's MTU below 65520. Metrics
 * from INT32_MAX on are taken, see route-owner.h and route-cover.h.
 * LCP echo intervals are whole seconds to pppd. IFNAMSIZ is 16, with the NUL.
 */
const ConfigKey config_keys[] = {
        { KEY(TUNNEL, Server), RECONNECT, .parse = config_parse_servers,
          .reset = config_reset_strings, LIST(Config, servers, n_servers), RANGE(1, 253) },
        { KEY(TUNNEL, Port), RECONNECT, SCALAR(u16), FIELD(Config, port), RANGE(1, UINT16_MAX) },
        { KEY(TUNNEL, IpParam), NEXT, TEXT(word), FIELD(Config, ip_param),
          RANGE(1, CONFIG_NAME_MAX_BYTES) },
        { KEY(TUNNEL, InterfaceName), RECONNECT, SCALAR(interface), FIELD(Config, interface_name),
          RANGE(1, 15) },
        { KEY(TUNNEL, LocalAddress), RECONNECT, SCALAR(address), FIELD(Config, local_address) },
        { KEY(TUNNEL, BindToDevice), RECONNECT, SCALAR(interface), FIELD(Config, bind_to_device),
          RANGE(1, 15) },
        { KEY(TUNNEL, FirewallMark), RECONNECT, SCALAR(mark), FIELD(Config, firewall_mark),
          RANGE(1, UINT32_MAX) },
        { KEY(TUNNEL, MTUBytes), LIVE, SCALAR(mtu_auto), FIELD(Config, mtu_bytes),
          RANGE(128, 16384) },
        { KEY(TUNNEL, DataPath), NOT_YET },
        { KEY(TUNNEL, NetworkNamespace), RECONNECT, TEXT(namespace),
          FIELD(Config, network_namespace), RANGE(1, CONFIG_NAME_MAX_BYTES) },
        { KEY(TUNNEL, KeepAliveIntervalSec), LIVE, SCALAR(seconds),
          FIELD(Config, keep_alive_interval_usec), RANGE(0, DAY) },
        { KEY(TUNNEL, KeepAliveProbes), LIVE, SCALAR(u32), FIELD(Config, keep_alive_probes),
          RANGE(1, 100) },
        { KEY(TUNNEL, PhoneNumber), RECONNECT, TEXT(line), FIELD(Config, phone_number),
          RANGE(1, CONFIG_PHONE_NUMBER_MAX_BYTES), .free_text = true },

        { KEY(AUTHENTICATION, User), RECONNECT, TEXT(user), FIELD(Config, user),
          RANGE(1, CONFIG_NAME_MAX_BYTES), .free_text = true },
        { KEY(AUTHENTICATION, Domain), RECONNECT, TEXT(domain), FIELD(Config, domain),
          RANGE(1, CONFIG_NAME_MAX_BYTES), .free_text = true },
        { KEY(AUTHENTICATION, Methods), NOT_YET },
        { KEY(AUTHENTICATION, PasswordFile), NEXT, TEXT(path), FIELD(Config, password_file),
          RANGE(2, CONFIG_LINE_MAX_BYTES), .free_text = true, .secret = true },
        { KEY(AUTHENTICATION, RemoteName), NEXT, TEXT(word), FIELD(Config, remote_name),
          RANGE(1, CONFIG_NAME_MAX_BYTES) },

        { KEY(ENCRYPTION, MPPE), RECONNECT, SCALAR(mppe), FIELD(Config, mppe) },
        { KEY(ENCRYPTION, Stateful), RECONNECT, SCALAR(bool), FIELD(Config, stateful) },
        { KEY(ENCRYPTION, TolerateMPPC), NEXT, SCALAR(bool), FIELD(Config, tolerate_mppc) },

        { KEY(NETWORK, DefaultRoute), LIVE, SCALAR(bool), FIELD(Config, default_route) },
        { KEY(NETWORK, RouteMetric), LIVE, SCALAR(u32), FIELD(Config, route_metric),
          RANGE(0, INT32_MAX - 1) },
        { KEY(NETWORK, RouteTable), LIVE, SCALAR(table), FIELD(Config, route_table),
          RANGE(1, UINT32_MAX) },
        { KEY(NETWORK, RoutesOnDown), LIVE, SCALAR(routes_on_down), FIELD(Config, routes_on_down) },
        { KEY(NETWORK, OverlapPolicy), LIVE, SCALAR(overlap_policy),
          FIELD(Config, overlap_policy) },
        { KEY(NETWORK, UseRoutes), LIVE, SCALAR(bool), FIELD(Config, use_routes) },
        { KEY(NETWORK, AllowedRoutes), LIVE, .parse = config_parse_prefixes,
          .reset = config_reset_strings, LIST(Config, allowed_routes, n_allowed_routes) },
        { KEY(NETWORK, UseDNS), NAMES, SCALAR(bool), FIELD(Config, use_dns) },
        { KEY(NETWORK, DNS), NAMES, .parse = config_parse_name_servers,
          .reset = config_reset_strings, LIST(Config, name_servers, n_name_servers),
          .shared = true },
        { KEY(NETWORK, Domains), NAMES, .parse = config_parse_search_domains,
          .reset = config_reset_strings, LIST(Config, domains, n_domains), .shared = true },
        { KEY(NETWORK, DNSDefaultRoute), NAMES, SCALAR(switch), FIELD(Config, dns_default_route) },
        { KEY(NETWORK, IPv6), LIVE, SCALAR(ipv6), FIELD(Config, ipv6) },
        { KEY(NETWORK, ClampMSS), LIVE, SCALAR(switch), FIELD(Config, clamp_mss) },
        { KEY(NETWORK, VRF), RECONNECT, SCALAR(interface), FIELD(Config, vrf), RANGE(1, 15) },

        { KEY(ROUTE, Destination), .parse = config_parse_destinations,
          .reset = config_reset_destinations,
          LIST(ConfigRouteSection, destinations, n_destinations) },
        { KEY(ROUTE, DestinationFile), .parse = config_parse_destination_file,
          .reset = config_reset_destination_files, LIST(ConfigRouteSection, lists, n_lists),
          .free_text = true },
        { KEY(ROUTE, Metric), SCALAR(u32), FIELD(ConfigRouteSection, metric),
          RANGE(0, INT32_MAX - 1) },
        { KEY(ROUTE, Table), SCALAR(table), FIELD(ConfigRouteSection, table),
          RANGE(1, UINT32_MAX) },
        { KEY(ROUTE, PreferredSource), SCALAR(source), FIELD(ConfigRouteSection, source) },
        { KEY(ROUTE, Type), SCALAR(route_type), FIELD(ConfigRouteSection, type) },
        { KEY(ROUTE, MTUBytes), SCALAR(u32), FIELD(ConfigRouteSection, mtu_bytes),
          RANGE(68, 65520) },

        { KEY(RECONNECT, DelaySec), LIVE, SCALAR(span), FIELD(Config, delay_usec),
          RANGE(100 * USEC_PER_MSEC, DAY) },
        { KEY(RECONNECT, MaxDelaySec), LIVE, SCALAR(span), FIELD(Config, max_delay_usec),
          RANGE(100 * USEC_PER_MSEC, DAY) },
        { KEY(RECONNECT, MaxAttempts), LIVE, SCALAR(u32), FIELD(Config, max_attempts),
          RANGE(0, UINT32_MAX) },
        { KEY(RECONNECT, RetryAuthFailure), LIVE, SCALAR(bool), FIELD(Config, retry_auth_failure) },

        { KEY(HOOKS, Up), LIVE, .parse = config_parse_units, .reset = config_reset_strings,
          LIST(Config, up_units, n_up_units) },
        { KEY(HOOKS, Down), LIVE, .parse = config_parse_units, .reset = config_reset_strings,
          LIST(Config, down_units, n_down_units) },

        { KEY(ADVANCED, PPPOptions), NOT_YET },
        { KEY(ADVANCED, RunIpUpScripts), NOT_YET },

        { KEY(MATCH, IpParam), .parse = config_parse_globs, .reset = config_reset_strings,
          LIST(ConfigMatchSection, globs, n_globs), RANGE(1, CONFIG_NAME_MAX_BYTES) },
};
const size_t n_config_keys = ELEMENTSOF(config_keys);

/* KeepAliveProbes= and MaxAttempts= go through config_parse_u32(). */
_Static_assert(sizeof(unsigned) == sizeof(uint32_t), "unsigned is not 32 bits wide");

static const char *const section_names[_CONFIG_SECTION_MAX] = {
        [CONFIG_SECTION_TUNNEL] = "Tunnel",
        [CONFIG_SECTION_AUTHENTICATION] = "Authentication",
        [CONFIG_SECTION_ENCRYPTION] = "Encryption",
        [CONFIG_SECTION_NETWORK] = "Network",
        [CONFIG_SECTION_ROUTE] = "Route",
        [CONFIG_SECTION_RECONNECT] = "Reconnect",
        [CONFIG_SECTION_HOOKS] = "Hooks",
        [CONFIG_SECTION_ADVANCED] = "Advanced",
        [CONFIG_SECTION_MATCH] = "Match",
};

const char *config_section_name(ConfigSection section) {
        return section_names[section];
}

int config_section_from_name(const char *name) {
        for (int i = 0; i < _CONFIG_SECTION_MAX; i++)
                if (strcmp(section_names[i], name) == 0)
                        return i;

        return -1;
}

const ConfigKey *config_key_find(ConfigSection section, const char *name) {
        for (size_t i = 0; i < n_config_keys; i++)
                if (config_keys[i].section == section && strcmp(config_keys[i].name, name) == 0)
                        return &config_keys[i];

        return NULL;
}
