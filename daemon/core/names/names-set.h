/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Which name servers a tunnel brings, and which names are to be asked there: what [Network] and
 * [Route] say, with what the server gave by IPCP and, with UseRoutes=, by DHCP.
 */

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/base/domain.h"
#include "core/config/config.h"
#include "core/ppp/dhcp-message.h"

/* Those of DNS=, the two of IPCP (RFC 1877), and those of DHCP. */
#define NAMES_SERVERS_MAX (CONFIG_NAME_SERVERS_MAX + 2 + DHCP_NAME_SERVERS_MAX)
/* Reverse zones of IPv6 prefixes, of which one has 8 at most. */
#define NAMES_ZONES6_MAX 32
/* Those of Domains= and of DHCP, and as many reverse zones as there is room for. */
#define NAMES_DOMAINS_MAX (CONFIG_DOMAINS_MAX + DHCP_DOMAINS_MAX + NAMES_ZONES6_MAX + 120)

/* What the server offers by DHCP (core/route/route-offer.h). All zeros: nothing. */
typedef struct NamesOffer {
        bool awaited;                       /* there may be more in a moment */
        const DhcpInformation *information; /* NULL: it has not answered, or was not asked */
        const ConfigRoute *routes;          /* those that are taken */
        size_t n_routes;
} NamesOffer;

typedef struct NamesDomain {
        char name[DOMAIN_MAX_BYTES]; /* without a dot at its end; "." stands for all names */
        bool route_only;             /* not tried behind a name without a dot */
        bool of_route; /* a reverse zone that nobody asked for: of a route's addresses */
} NamesDomain;

/*
 * Nothing behind the last server and the last domain counts, or is ever written: a set is 56 KiB,
 * of which most tunnels need one page.
 */
typedef struct NamesSet {
        bool default_route; /* also for names that no domain of any link has */
        size_t n_servers;
        size_t n_domains;
        struct in_addr servers[NAMES_SERVERS_MAX];
        NamesDomain domains[NAMES_DOMAINS_MAX];
} NamesSet;

/* Makes it an empty set, whatever it has been. */
void names_set_clear(NamesSet *set);

/* Makes a set the same as another. */
void names_set_copy(NamesSet *set, const NamesSet *from);

/* Whether two sets have the same servers and domains, in the same order. */
bool names_set_equal(const NamesSet *a, const NamesSet *b);

/*
 * Fills in what is wanted. given: the server's two name servers, INADDR_ANY where it gave none.
 * others: whether another link than the tunnels' has a name server, which DNSDefaultRoute=auto
 * depends on. Without a name server the set is empty: there is nowhere to ask. Reverse zones that
 * do not fit are left out.
 *
 * Of what the server gives or offers, name servers that no host can be are left out, and domains
 * of a single label, such as "com", as well as those that addresses are looked up in: no server has
 * all names of the world, or those of addresses that are not routed to it.
 */
void names_set_make(const Config *config, const struct in_addr given[2], const NamesOffer *offer,
                    bool others, NamesSet *ret_set);

/*
 * Fills in what the server offers that the next function takes into account: domains, and the
 * addresses of the routes that are taken. Likewise without name servers, and for routing only.
 */
void names_set_make_offered(const NamesOffer *offer, NamesSet *ret_set);

/*
 * Fills in the names that nobody is to be asked while the tunnel is down (names-cover.h): those
 * below Domains= and below the domains that the server has offered, and the addresses of the
 * tunnel's networks. offered: of names_set_make_offered(), empty before the first offer. The
 * set has no name servers, its domains are all for routing only, and it is empty without
 * RoutesOnDown=unreachable and without any domain. A domain that the name of a server is below is
 * left out, or the tunnel would never come up; the first such name is returned, borrowed from the
 * configuration, else NULL.
 */
const char *names_set_make_cover(const Config *config, const NamesSet *offered, NamesSet *ret_set);

/*
 * Whether any name goes there that somebody asked for, a reverse zone among them: those of routes
 * alone are of no use to a person.
 */
bool names_set_is_used(const NamesSet *set);

/*
 * Whether the tunnel is not what its configuration asks for unless the names are in force; what
 * merely UseDNS= brings is a convenience.
 */
bool names_set_is_required(const Config *config);
