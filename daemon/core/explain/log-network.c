/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/explain/log-network.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <endian.h>
#include <stdio.h>
#include <string.h>

#include "core/base/macros.h"
#include "core/base/number.h"
#include "core/base/text.h"
#include "core/diagnosis/catalogue.h"

/* A network card's network has at least two hosts, and is at most as large as 10.0.0.0/8. */
#define LAN_PREFIX_MIN 8
#define LAN_PREFIX_MAX 30
/* Destination, gateway, mask, flags, three numbers, interface: a row of "route -n". */
#define ROUTE_COLUMNS 8

/* Reads four numbers with dots. Returns what is behind them, or NULL. */
static const char *take_numbers(const char *at, uint32_t *ret_address) {
        uint32_t address = 0;

        for (unsigned i = 0; i < 4; i++) {
                uint64_t byte;
                size_t n;

                if (i > 0 && *at++ != '.')
                        return NULL;
                n = number_take(at, 3, 10, UINT8_MAX, &byte);
                if (n == 0)
                        return NULL;
                address = address << 8 | (uint32_t) byte;
                at += n;
        }

        *ret_address = address;
        return at;
}

/* Reads an address that is not part of anything longer. Returns what is behind it, or NULL. */
static const char *take_address(const char *at, uint32_t *ret_address) {
        uint32_t address;

        at = take_numbers(at, &address);
        if (!at || isalnum((unsigned char) *at) || (*at == '.' && isdigit((unsigned char) at[1])))
                return NULL;

        *ret_address = address;
        return at;
}

bool log_address_take(const char *text, uint32_t *ret_address) {
        return take_numbers(text, ret_address) != NULL;
}

/* Returns what is behind a word, or NULL; the word includes the blanks around it. */
static const char *find_behind(const char *text, const char *word) {
        const char *at = strstr(text, word);

        return at ? at + strlen(word) : NULL;
}

static bool take_address_behind(const char *text, const char *word, uint32_t *ret_address) {
        const char *at = find_behind(text, word);

        return at && take_address(at + strspn(at, " \t"), ret_address);
}

static uint32_t prefix_mask(unsigned prefix_length) {
        return prefix_length == 0 ? 0 : UINT32_MAX << (32 - prefix_length);
}

/* Returns false if the mask's ones are not all in front. */
static bool mask_get_prefix(uint32_t mask, unsigned *ret_prefix_length) {
        for (unsigned n = 0; n <= 32; n++)
                if (mask == prefix_mask(n)) {
                        *ret_prefix_length = n;
                        return true;
                }

        return false;
}

static void copy_word(char *ret_word, size_t n_ret, const char *text) {
        size_t n = MIN(strcspn(text, " \t"), n_ret - 1);

        memcpy(ret_word, text, n);
        ret_word[n] = '\0';
}

/* "10.0.0.0/8", "10.0.0.9", "default". Returns what is behind it, or NULL. */
static const char *take_prefix(const char *at, LogNetwork *network) {
        uint64_t prefix_length = 32;

        if (strncmp(at, "default", strlen("default")) == 0) {
                network->address = network->prefix_length = 0;
                return at + strlen("default");
        }

        at = take_address(at, &network->address);
        if (!at)
                return NULL;
        if (*at == '/') {
                size_t n = number_take(at + 1, 2, 10, 32, &prefix_length);

                if (n == 0)
                        return NULL;
                at += 1 + n;
        }
        network->prefix_length = (unsigned) prefix_length;
        return at;
}

/* "10.0.0.0/8 via 10.0.0.1 dev ppp0 metric 50", also behind "ip route add". */
static bool parse_ip_route(const char *text, LogNetwork *network) {
        const char *at = find_behind(text, "route add "), *device, *metric;
        uint64_t number = 0;

        at = at ?: find_behind(text, "route replace ") ?: text;
        at += strspn(at, " \t");
        at = take_prefix(at, network);
        if (!at || (*at != ' ' && *at != '\t'))
                return false;
        device = find_behind(at, " dev ");
        if (!device)
                return false;

        network->kind = strstr(at, " via ") ? LOG_NETWORK_ROUTE : LOG_NETWORK_ON_LINK;
        copy_word(network->device, sizeof(network->device), device);
        metric = find_behind(at, " metric ");
        if (metric)
                (void) number_take(metric, SIZE_MAX, 10, UINT32_MAX, &number);
        network->metric = (uint32_t) number;
        return true;
}

/* "192.168.1.0  0.0.0.0  255.255.255.0  U  0  0  0  eth0", a row of "route -n". */
static bool parse_route_row(const char *text, LogNetwork *network) {
        const char *columns[ROUTE_COLUMNS];
        uint32_t gateway, mask;
        uint64_t metric;
        size_t n = 0;

        for (const char *at = text; *at && n < ELEMENTSOF(columns); n++) {
                columns[n] = at;
                at += strcspn(at, " \t");
                at += strspn(at, " \t");
        }
        if (n < ELEMENTSOF(columns) || *columns[3] != 'U' ||
            !take_address(columns[0], &network->address) || !take_address(columns[1], &gateway) ||
            !take_address(columns[2], &mask) || !mask_get_prefix(mask, &network->prefix_length) ||
            number_take(columns[4], SIZE_MAX, 10, UINT32_MAX, &metric) == 0)
                return false;

        network->kind = gateway != 0 ? LOG_NETWORK_ROUTE : LOG_NETWORK_ON_LINK;
        network->metric = (uint32_t) metric;
        copy_word(network->device, sizeof(network->device), columns[7]);
        return true;
}

/*
 * "inet 192.168.1.5/24 brd 192.168.1.255 scope global eth0" of ip, "inet addr:192.168.1.5
 * Bcast:192.168.1.255 Mask:255.255.255.0" and "inet 192.168.1.5 netmask 255.255.255.0" of
 * ifconfig's. An address with a peer is that of a tunnel.
 */
static bool parse_interface(const char *text, LogNetwork *network) {
        const char *at = find_behind(text, "inet "), *scope;
        uint32_t mask;

        if (!at || strstr(at, "peer ") || strstr(at, "P-t-P:") || strstr(at, "destination "))
                return false;
        at += strspn(at, " \t");
        if (strncmp(at, "addr:", strlen("addr:")) == 0)
                at += strlen("addr:");
        at = take_prefix(at, network);
        if (!at)
                return false;

        if (take_address_behind(at, "Mask:", &mask) || take_address_behind(at, "netmask ", &mask)) {
                if (!mask_get_prefix(mask, &network->prefix_length))
                        return false;
        }

        /* ip ends the line with the interface. */
        scope = strstr(at, " scope ") ? strrchr(at, ' ') : NULL;
        if (scope)
                copy_word(network->device, sizeof(network->device), scope + 1);
        network->kind = LOG_NETWORK_ADDRESS;
        network->host = network->address;
        return true;
}

bool log_network_parse(const char *text, LogNetwork *ret_network) {
        LogNetwork network = { 0 };

        if (!parse_interface(text, &network) && !parse_ip_route(text, &network) &&
            !parse_route_row(text, &network))
                return false;

        network.address &= prefix_mask(network.prefix_length);
        *ret_network = network;
        return true;
}

bool log_network_adds_route(const char *text, bool *ret_in_tunnel) {
        static const char *const before[] = { "sudo ", "/sbin/", "/usr/sbin/", "ip ", "-4 " };
        const char *at = text + strspn(text, "#$ ");

        for (size_t i = 0; i < ELEMENTSOF(before); i++)
                if (strncmp(at, before[i], strlen(before[i])) == 0)
                        at += strlen(before[i]);
        if (strncmp(at, "route add ", strlen("route add ")) != 0 &&
            strncmp(at, "route replace ", strlen("route replace ")) != 0)
                return false;

        *ret_in_tunnel = strstr(at, " dev ppp") || strstr(at, " dev 'ppp");
        return true;
}

static void address_set(LogAddress *address, uint32_t number, const LogEvidence *evidence) {
        address->address = number;
        address->evidence = *evidence;
}

/* Reads the server from a command, as in: pty "pptp 192.0.2.1 --nolaunchpppd". */
static bool take_command_address(const char *text, uint32_t *ret_address) {
        for (const char *at = text; (at = strstr(at, "pptp ")); at++)
                if (take_address_behind(at, "pptp ", ret_address))
                        return true;

        return false;
}

void log_addresses_note(LogAddresses *addresses, const char *message, const LogEvidence *evidence) {
        static const char *const servers[] = { "control connection to ", "<--> pptp (",
                                               "Script pptp ", "Connecting to ", "IP: " };
        static const char proxy[] = "found interface ";
        uint32_t number;

        for (size_t i = 0; i < ELEMENTSOF(servers); i++)
                if (take_address_behind(message, servers[i], &number))
                        address_set(&addresses->server, number, evidence);

        if (strstr(message, "--nolaunchpppd") && take_command_address(message, &number)) {
                address_set(&addresses->named, number, evidence);
                if (addresses->server.address == 0)
                        addresses->server = addresses->named;
        }

        if (take_address_behind(message, "local  IP address ", &number) ||
            take_address_behind(message, "local IP address ", &number))
                address_set(&addresses->local, number, evidence);
        if (take_address_behind(message, "remote IP address ", &number))
                address_set(&addresses->remote, number, evidence);
        /* The writer has made the address unreadable, and maybe another one alike. */
        else if (find_behind(message, "remote IP address "))
                address_set(&addresses->remote, 0, evidence);

        if (strncmp(message, proxy, strlen(proxy)) == 0 && strstr(message, " for proxy arp")) {
                copy_word(addresses->proxy_device, sizeof(addresses->proxy_device),
                          message + strlen(proxy));
                addresses->proxy = *evidence;
        }
}

static bool network_is_tunnel(const LogNetwork *network) {
        static const char *const names[] = { "ppp", "tun", "tap", "pptp", "wg" };

        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                if (strncmp(network->device, names[i], strlen(names[i])) == 0)
                        return true;

        return false;
}

static bool network_contains(const LogNetwork *network, uint32_t address) {
        return ((network->address ^ address) & prefix_mask(network->prefix_length)) == 0;
}

/* Whether this is a network of one of this host's network cards. */
static bool network_is_lan(const LogNetwork *network) {
        return network->kind != LOG_NETWORK_ROUTE && !network_is_tunnel(network) &&
                network->prefix_length >= LAN_PREFIX_MIN &&
                network->prefix_length <= LAN_PREFIX_MAX && network->address >> 24 != 127;
}

static size_t networks_count(const LogNetworks *networks) {
        return MIN(networks->n, (size_t) LOG_NETWORKS_MAX);
}

/*
 * Finds the network card's network that an address is in. Passes over one where the address is the
 * interface's own: those lines were pasted from the other side.
 */
static const LogNetwork *find_lan_of(const LogNetworks *networks, uint32_t address) {
        const LogNetwork *found = NULL;

        for (size_t i = 0; i < networks_count(networks) && address != 0; i++) {
                const LogNetwork *network = &networks->networks[i];

                if (!network_is_lan(network) || !network_contains(network, address))
                        continue;
                if (network->host == address)
                        return NULL;
                found = found ?: network;
        }

        return found;
}

/* Finds the route that the kernel would take: the longest prefix, then the lowest metric. */
static const LogNetwork *find_route_to(const LogNetworks *networks, uint32_t address) {
        const LogNetwork *best = NULL;

        for (size_t i = 0; i < networks_count(networks); i++) {
                const LogNetwork *network = &networks->networks[i];

                if (network->kind == LOG_NETWORK_ADDRESS || !network_contains(network, address))
                        continue;
                if (!best || network->prefix_length > best->prefix_length ||
                    (network->prefix_length == best->prefix_length &&
                     network->metric < best->metric))
                        best = network;
        }

        return best;
}

static void text_add_number(TextBuilder *t, uint32_t address) {
        text_add_ipv4(t, (struct in_addr){ htobe32(address) });
}

static void text_add_network(TextBuilder *t, const LogNetwork *network) {
        text_add_number(t, network->address);
        text_addf(t, "/%u", network->prefix_length);
}

static TextBuilder clash_begin(LogClash *clash, CatalogueIndex row, const LogEvidence *first,
                               const LogEvidence *second) {
        clash->verdict.row = &catalogue_rows[row];
        clash->evidence[0] = first;
        clash->evidence[1] = second;
        return text_builder(clash->verdict.detail, sizeof(clash->verdict.detail));
}

/* Whether the peer's address in the tunnel is also the server's own address. */
static bool judge_same_address(const LogAddresses *addresses, LogClash *clash) {
        TextBuilder t;

        if (addresses->server.address == 0 ||
            addresses->remote.address != addresses->server.address)
                return false;

        t = clash_begin(clash, CATALOGUE_GRE_09, &addresses->server.evidence,
                        &addresses->remote.evidence);
        text_add_number(&t, addresses->remote.address);
        text_add(&t, " is on both ends");
        return true;
}

/*
 * Whether a route to the server could not be added because there was one: that to the peer, which
 * has the server's own address. The two are compared as they are written, since people replace
 * digits by letters.
 */
static bool judge_occupied_route(const LogAddresses *addresses, LogClash *clash) {
        const char *route = find_behind(addresses->occupied.text, "route add "), *peer;
        size_t n;
        TextBuilder t;

        peer = find_behind(addresses->remote.evidence.text, "remote IP address ");
        if (!route || !peer || !strstr(route, " via "))
                return false;
        n = strcspn(route, " \t");
        if (n == 0 || strncmp(route, peer, n) != 0 || n != strcspn(peer, " \t"))
                return false;

        t = clash_begin(clash, CATALOGUE_GRE_09, &addresses->remote.evidence, &addresses->occupied);
        text_addf(
                &t,
                "%.*s is the peer's address, so pppd's own route to it leads into the tunnel, and "
                "no other could be added",
                (int) MIN(n, (size_t) INET_ADDRSTRLEN), route);
        return true;
}

/*
 * Whether the packets for the server go into the tunnel. Only a table that also has routes outside
 * of the tunnel shows that.
 */
static bool judge_route_to_server(const LogNetworks *networks, const LogAddresses *addresses,
                                  LogClash *clash) {
        const LogNetwork *route;
        bool is_table = false;
        TextBuilder t;

        for (size_t i = 0; i < networks_count(networks); i++)
                is_table = is_table ||
                        (networks->networks[i].kind == LOG_NETWORK_ON_LINK &&
                         network_is_lan(&networks->networks[i]));
        if (!is_table || addresses->server.address == 0)
                return false;

        route = find_route_to(networks, addresses->server.address);
        if (!route || !network_is_tunnel(route))
                return false;

        t = clash_begin(clash, CATALOGUE_NETC_05, &addresses->server.evidence, &route->evidence);
        text_add(&t, "the best route to the server ");
        text_add_number(&t, addresses->server.address);
        text_add(&t, " is ");
        text_add_network(&t, route);
        text_addf(&t, " through %s", route->device);
        return true;
}

/*
 * Whether a host route leads to an address outside of the tunnel. pptp-linux sets one to the
 * server, so a peer of that address is the server, which uses its public address inside as well.
 */
static bool has_host_route_outside(const LogNetworks *networks, uint32_t address) {
        for (size_t i = 0; i < networks_count(networks); i++) {
                const LogNetwork *network = &networks->networks[i];

                if (network->kind != LOG_NETWORK_ADDRESS && network->prefix_length == 32 &&
                    network->address == address && network->device[0] &&
                    !network_is_tunnel(network))
                        return true;
        }

        return false;
}

static bool judge_address_in_lan(const LogNetworks *networks, const LogAddress *address,
                                 const char *whose, LogClash *clash) {
        const LogNetwork *lan = find_lan_of(networks, address->address);
        TextBuilder t;

        if (!lan || has_host_route_outside(networks, address->address))
                return false;

        t = clash_begin(clash, CATALOGUE_NETC_06, &lan->evidence, &address->evidence);
        text_addf(&t, "%s address in the tunnel, ", whose);
        text_add_number(&t, address->address);
        text_add(&t, ", is in ");
        text_add_network(&t, lan);
        if (lan->device[0])
                text_addf(&t, ", the network of %s", lan->device);
        else
                text_add(&t, ", a network that this host is in");
        return true;
}

/* Whether a route into the tunnel covers a network card's network, or lies within it. */
static bool judge_routes(const LogNetworks *networks, LogClash *clash) {
        for (size_t i = 0; i < networks_count(networks); i++) {
                const LogNetwork *route = &networks->networks[i];

                if (route->kind == LOG_NETWORK_ADDRESS || !network_is_tunnel(route) ||
                    route->prefix_length < LAN_PREFIX_MIN || route->prefix_length > LAN_PREFIX_MAX)
                        continue;

                for (size_t k = 0; k < networks_count(networks); k++) {
                        const LogNetwork *lan = &networks->networks[k];
                        TextBuilder t;

                        if (!network_is_lan(lan) ||
                            (!network_contains(lan, route->address) &&
                             !network_contains(route, lan->address)))
                                continue;

                        t = clash_begin(clash, CATALOGUE_NETC_06, &lan->evidence, &route->evidence);
                        text_add_network(&t, route);
                        text_addf(&t, " is routed into %s, and this host is in ", route->device);
                        text_add_network(&t, lan);
                        return true;
                }
        }

        return false;
}

bool log_networks_find_peer(const LogNetworks *networks, LogAddress *ret_peer) {
        for (size_t i = 0; i < networks_count(networks); i++) {
                const LogNetwork *peer = &networks->networks[i];

                if (peer->kind != LOG_NETWORK_ON_LINK || peer->prefix_length != 32 ||
                    strncmp(peer->device, "ppp", 3) != 0)
                        continue;

                for (size_t k = 0; k < networks_count(networks); k++) {
                        const LogNetwork *all = &networks->networks[k];

                        if (all->kind == LOG_NETWORK_ADDRESS || all->prefix_length != 0 ||
                            strcmp(all->device, peer->device) != 0)
                                continue;
                        address_set(ret_peer, peer->address, &peer->evidence);
                        return true;
                }
        }

        return false;
}

void log_networks_judge(const LogNetworks *networks, const LogAddresses *addresses,
                        LogClash *ret_clash) {
        TextBuilder t;

        *ret_clash = (LogClash){ 0 };
        if (judge_same_address(addresses, ret_clash) ||
            judge_occupied_route(addresses, ret_clash) ||
            judge_route_to_server(networks, addresses, ret_clash) ||
            judge_address_in_lan(networks, &addresses->remote, "the server's", ret_clash) ||
            judge_address_in_lan(networks, &addresses->local, "this host's", ret_clash) ||
            judge_routes(networks, ret_clash))
                return;

        if (addresses->proxy.line == 0)
                return;

        t = clash_begin(ret_clash, CATALOGUE_NETC_06, &addresses->proxy,
                        addresses->remote.address ? &addresses->remote.evidence : NULL);
        text_addf(&t, "the server's address in the tunnel is in the network of %s",
                  addresses->proxy_device);
}
