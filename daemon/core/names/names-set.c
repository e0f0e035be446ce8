/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/names/names-set.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "core/base/address.h"
#include "core/config/config-routes.h"

void names_set_clear(NamesSet *set) {
        set->default_route = false;
        set->n_servers = set->n_domains = 0;
}

void names_set_copy(NamesSet *set, const NamesSet *from) {
        set->default_route = from->default_route;
        set->n_servers = from->n_servers;
        set->n_domains = from->n_domains;
        memcpy(set->servers, from->servers, from->n_servers * sizeof(from->servers[0]));
        memcpy(set->domains, from->domains, from->n_domains * sizeof(from->domains[0]));
}

bool names_set_equal(const NamesSet *a, const NamesSet *b) {
        if (a->default_route != b->default_route || a->n_servers != b->n_servers ||
            a->n_domains != b->n_domains ||
            memcmp(a->servers, b->servers, a->n_servers * sizeof(a->servers[0])) != 0)
                return false;

        for (size_t i = 0; i < a->n_domains; i++)
                if (strcmp(a->domains[i].name, b->domains[i].name) != 0 ||
                    a->domains[i].route_only != b->domains[i].route_only ||
                    a->domains[i].of_route != b->domains[i].of_route)
                        return false;

        return true;
}

/* ---- name servers ---- */

static void add_server(NamesSet *set, struct in_addr server) {
        if (!address_is_host(server) || set->n_servers == NAMES_SERVERS_MAX)
                return;

        for (size_t i = 0; i < set->n_servers; i++)
                if (set->servers[i].s_addr == server.s_addr)
                        return;

        set->servers[set->n_servers++] = server;
}

/* Those of DNS= first: the administrator knows better than the server. */
static void add_servers(const Config *config, const struct in_addr given[2],
                        const NamesOffer *offer, NamesSet *set) {

        for (size_t i = 0; i < config->n_name_servers; i++) {
                struct in_addr server;

                if (inet_pton(AF_INET, config->name_servers[i], &server) == 1)
                        add_server(set, server);
        }

        if (!config->use_dns)
                return;

        for (size_t i = 0; i < 2; i++)
                add_server(set, given[i]);
        for (size_t i = 0; offer->information && i < offer->information->n_name_servers; i++)
                add_server(set, offer->information->name_servers[i]);
}

/* ---- domains ---- */

/* Returns it, or NULL if the set has it already or has no room. */
static NamesDomain *add_domain(NamesSet *set, const char *name, bool route_only) {
        NamesDomain *domain;

        for (size_t i = 0; i < set->n_domains; i++)
                if (strcmp(set->domains[i].name, name) == 0)
                        return NULL;

        if (set->n_domains == NAMES_DOMAINS_MAX)
                return NULL;

        domain = &set->domains[set->n_domains++];
        snprintf(domain->name, sizeof(domain->name), "%s", name);
        domain->route_only = route_only;
        domain->of_route = false;
        return domain;
}

/* A reverse zone that follows from a route. */
static void add_zone(NamesSet *set, const char *name) {
        NamesDomain *domain = add_domain(set, name, true);

        if (domain)
                domain->of_route = true;
}

static void add_asked_domains(const Config *config, NamesSet *set) {
        for (size_t i = 0; i < config->n_domains; i++) {
                const char *name = config->domains[i];
                bool route_only = name[0] == '~';

                (void) add_domain(set, name + route_only, route_only);
        }
}

/* Names of one label, and names of addresses, are not the server's to claim. */
static bool may_be_offered(const char *domain) {
        return strchr(domain, '.') && !domain_is_reverse_zone(domain);
}

static void add_offered_domains(const DhcpInformation *information, bool route_only,
                                NamesSet *set) {

        for (size_t i = 0; i < information->n_domains; i++) {
                char name[DOMAIN_MAX_BYTES];

                snprintf(name, sizeof(name), "%s", information->domains[i]);
                domain_normalize(name);
                if (may_be_offered(name))
                        (void) add_domain(set, name, route_only);
        }
}

/*
 * The names of addresses behind the server are known to its name servers alone. n_max: as many
 * domains the set may have then.
 */
static void add_zones_of_route(const ConfigRoute *route, size_t n_max, NamesSet *set) {
        size_t n_zones = domain_count_zones(route->is_ipv6, route->prefix_length);

        if (route->type != CONFIG_ROUTE_UNICAST)
                return;

        for (size_t i = 0; i < n_zones && set->n_domains < n_max; i++) {
                char zone[DOMAIN_MAX_BYTES];

                domain_format_zone(zone, sizeof(zone), route->is_ipv6, &route->destination6,
                                   route->prefix_length, i);
                add_zone(set, zone);
        }
}

static void add_offered_zones(const NamesOffer *offer, NamesSet *set) {
        for (size_t i = 0; i < offer->n_routes; i++)
                add_zones_of_route(&offer->routes[i], NAMES_DOMAINS_MAX, set);
}

static void add_zones_of_family(const Config *config, bool is_ipv6, size_t n_max, NamesSet *set) {
        ConfigCursor cursor;
        ConfigRoute route;

        config_cursor_init(&cursor, config);
        while (set->n_domains < n_max && config_cursor_next(&cursor, &route))
                if (route.is_ipv6 == is_ipv6)
                        add_zones_of_route(&route, n_max, set);
}

/*
 * Of a hundred thousand routes only the first have room. Those of IPv6 come first, as they are last
 * in the configuration and take little room. They are asked there also when the server carries no
 * IPv6, since it is the same network that knows their names.
 */
static void add_zones(const Config *config, NamesSet *set) {
        if (config_has_ipv6_routes(config))
                add_zones_of_family(config, true, set->n_domains + NAMES_ZONES6_MAX, set);
        add_zones_of_family(config, false, NAMES_DOMAINS_MAX, set);
}

/* ---- the whole ---- */

/* Whether all traffic goes into the tunnel, so that all names are best asked there as well. */
static bool takes_all_traffic(const Config *config) {
        for (size_t i = 0; i < config->n_routes; i++)
                if (!config->routes[i].is_ipv6 && config->routes[i].prefix_length == 0 &&
                    config->routes[i].type == CONFIG_ROUTE_UNICAST)
                        return true;

        return false;
}

static bool is_default_route(const Config *config, bool others) {
        switch (config->dns_default_route) {
        case CONFIG_YES:
                return true;
        case CONFIG_NO:
                return false;
        case CONFIG_AUTO:
                break;
        }

        return takes_all_traffic(config) || !others;
}

void names_set_make(const Config *config, const struct in_addr given[2], const NamesOffer *offer,
                    bool others, NamesSet *ret_set) {

        names_set_clear(ret_set);
        /* The resolver of this host does not know the interfaces of other network namespaces. */
        if (config->network_namespace)
                return;

        add_servers(config, given, offer, ret_set);
        if (ret_set->n_servers == 0)
                return;

        add_asked_domains(config, ret_set);
        if (config->use_dns && offer->information)
                add_offered_domains(offer->information, false, ret_set);
        add_zones(config, ret_set);
        add_offered_zones(offer, ret_set);
        ret_set->default_route = is_default_route(config, others);
}

/* ---- what is refused while the tunnel is down ---- */

/* Returns the first server whose name is the domain or below it, or NULL. */
static const char *find_server_below(const Config *config, const char *domain) {
        for (size_t i = 0; i < config->n_servers; i++) {
                struct in_addr address;

                if (inet_pton(AF_INET, config->servers[i], &address) != 1 &&
                    domain_is_below(config->servers[i], domain))
                        return config->servers[i];
        }

        return NULL;
}

void names_set_make_offered(const NamesOffer *offer, NamesSet *ret_set) {
        names_set_clear(ret_set);
        if (offer->information)
                add_offered_domains(offer->information, true, ret_set);
        add_offered_zones(offer, ret_set);
}

/* Unless the name of a server is below the domain; then notes the first such name. */
static void cover_domain(const Config *config, const char *name, NamesSet *set,
                         const char **outside) {

        const char *server = find_server_below(config, name);

        if (!server)
                (void) add_domain(set, name, true);
        else if (!*outside)
                *outside = server;
}

const char *names_set_make_cover(const Config *config, const NamesSet *offered, NamesSet *ret_set) {
        size_t n_offered = config->use_routes ? offered->n_domains : 0;
        const char *outside = NULL;

        names_set_clear(ret_set);
        if (config->routes_on_down != CONFIG_ROUTES_ON_DOWN_UNREACHABLE)
                return NULL;

        for (size_t i = 0; i < config->n_domains; i++)
                cover_domain(config, config->domains[i] + (config->domains[i][0] == '~'), ret_set,
                             &outside);
        for (size_t i = 0; i < n_offered && config->use_dns; i++)
                if (!offered->domains[i].of_route)
                        cover_domain(config, offered->domains[i].name, ret_set, &outside);
        if (ret_set->n_domains == 0 && !outside)
                return NULL;

        add_zones(config, ret_set);
        for (size_t i = 0; i < n_offered; i++)
                if (offered->domains[i].of_route)
                        add_zone(ret_set, offered->domains[i].name);
        return outside;
}

bool names_set_is_used(const NamesSet *set) {
        for (size_t i = 0; i < set->n_domains; i++)
                if (!set->domains[i].of_route)
                        return true;

        return set->default_route;
}

bool names_set_is_required(const Config *config) {
        return config->n_domains > 0 || config->dns_default_route == CONFIG_YES;
}
