/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Addresses and routes in a log, and what is pasted beside it: the output of ip, ifconfig, route.
 * They show a route to the server that leads into the tunnel, and a network that is on both sides,
 * of which no program says a word.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/diagnosis/diagnosis.h"
#include "core/explain/log-diagnosis.h"

#define LOG_NETWORKS_MAX 48
/* The kernel's IFNAMSIZ. */
#define LOG_DEVICE_MAX 16

/* An address of this host or its peer, in host byte order; 0: not known. */
typedef struct LogAddress {
        uint32_t address;
        LogEvidence evidence;
} LogAddress;

typedef enum LogNetworkKind {
        LOG_NETWORK_ROUTE,   /* from the table of routes, or a command that adds one */
        LOG_NETWORK_ON_LINK, /* the same of a network that this host is in */
        LOG_NETWORK_ADDRESS, /* an interface's address with its network */
} LogNetworkKind;

typedef struct LogNetwork {
        LogNetworkKind kind;
        uint32_t address; /* of the network, in host byte order */
        uint32_t host;    /* of the interface; 0: not known */
        unsigned prefix_length;
        uint32_t metric;
        char device[LOG_DEVICE_MAX]; /* "" if the line does not name it */
        LogEvidence evidence;
} LogNetwork;

/* The latest that the log has, in a ring. */
typedef struct LogNetworks {
        LogNetwork networks[LOG_NETWORKS_MAX];
        size_t n;          /* in all */
        LogEvidence added; /* the latest command that adds a route */
} LogNetworks;

/* The addresses of one attempt. */
typedef struct LogAddresses {
        LogAddress server;        /* as the tunnel runs to it */
        LogAddress named;         /* and as pptp-linux was told it, if not by a name */
        LogAddress local, remote; /* inside of the tunnel */
        LogEvidence occupied;     /* a command to add a route where there was one already */
        LogEvidence proxy;        /* pppd: the peer's address is in the network of a card */
        char proxy_device[LOG_DEVICE_MAX];
} LogAddresses;

/*
 * Reads the IPv4 address that a text begins with, in host byte order; a port may follow it, as
 * tcpdump writes it. Returns false if there is none.
 */
bool log_address_take(const char *text, uint32_t *ret_address);
/*
 * Reads a network from a line; the evidence is the caller's to fill in. Returns false if the line
 * has none.
 */
bool log_network_parse(const char *text, LogNetwork *ret_network);
/*
 * Whether a line is a command, as a shell or pptpconfig shows it, that adds a route. *ret_in_tunnel
 * tells whether the route leads into an interface of pppd.
 */
bool log_network_adds_route(const char *text, bool *ret_in_tunnel);
/* Reads an address that belongs to the tunnel from a message of pppd or pptp-linux. */
void log_addresses_note(LogAddresses *addresses, const char *message, const LogEvidence *evidence);

/*
 * Finds the peer of the tunnel that all of this host's packets go into, in tables of routes alone:
 * the host route of the interface of pppd that the default route names as well. Returns false if
 * there is none. A server has such routes to its clients, and its default route elsewhere.
 */
bool log_networks_find_peer(const LogNetworks *networks, LogAddress *ret_peer);

/* What the addresses of a tunnel that was up show. */
typedef struct LogClash {
        Verdict verdict;                /* NETC-05, NETC-06 or GRE-09; row NULL: nothing */
        const LogEvidence *evidence[2]; /* NULL: none */
} LogClash;

/*
 * Looks for a route to the server that leads into the tunnel, for a network that is on both sides,
 * and for addresses in each other's way. ret_clash is filled in any case; it borrows the evidence.
 */
void log_networks_judge(const LogNetworks *networks, const LogAddresses *addresses,
                        LogClash *ret_clash);
