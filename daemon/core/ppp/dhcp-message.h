/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * DHCPINFORM and its answer: what a server tells a host that has its address already (RFC 2131,
 * section 3.4). Windows' VPN client asks so for routes and domains of the network behind the
 * tunnel. Only what is of use there is read: classless routes (RFC 3442, and 249, the number that
 * Windows had for them before), name servers and domains (RFC 2132, 3397).
 */

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* UDP, RFC 2131, section 4.1. */
#define DHCP_SERVER_PORT 67
#define DHCP_CLIENT_PORT 68

/* The fixed part, the cookie, and the options below with all their values. */
#define DHCP_INFORM_MAX_BYTES 300
/* What a datagram has room for: 65,535 bytes less the headers of IPv4 and UDP (RFC 791, 768). */
#define DHCP_MESSAGE_MAX_BYTES 65507

/* So many are looked at; fewer are taken, see ROUTE_OFFER_ROUTES_MAX. */
#define DHCP_ROUTES_MAX 256
/* As many as a resolver uses (MAXNS of resolv.h), and one to spare. */
#define DHCP_NAME_SERVERS_MAX 4
#define DHCP_DOMAINS_MAX 8
/* RFC 1035, section 3.1: 255 bytes on the wire, which is 253 characters; and the NUL. */
#define DHCP_DOMAIN_MAX_BYTES 254

typedef struct DhcpRoute {
        struct in_addr destination; /* without host bits */
        uint8_t prefix_length;
        struct in_addr router;
} DhcpRoute;

/* What an answer has. Options that are missing or broken leave nothing. */
typedef struct DhcpInformation {
        struct in_addr server;             /* option 54; INADDR_ANY: it does not say */
        DhcpRoute routes[DHCP_ROUTES_MAX]; /* each prefix once, with the first router */
        size_t n_routes;
        size_t n_routes_dropped; /* beyond DHCP_ROUTES_MAX */
        struct in_addr name_servers[DHCP_NAME_SERVERS_MAX];
        size_t n_name_servers;
        char domains[DHCP_DOMAINS_MAX][DHCP_DOMAIN_MAX_BYTES]; /* host names by RFC 1123 */
        size_t n_domains;
        bool broken; /* an option was not what it has to be, and was left out */
} DhcpInformation;

/*
 * Writes a DHCPINFORM from a host with that address, as Windows' client sends it over a tunnel.
 * Returns its length in bytes.
 */
size_t dhcp_inform_write(uint32_t transaction_id, struct in_addr address,
                         uint8_t buffer[static DHCP_INFORM_MAX_BYTES]);

/* Why a message is no answer. */
typedef enum DhcpFault {
        DHCP_FAULT_NONE,
        DHCP_FAULT_TRUNCATED, /* shorter than the fixed part, or an option goes beyond its end */
        DHCP_FAULT_NO_REPLY,  /* it is none of a server, or of another protocol */
        DHCP_FAULT_FOREIGN,   /* another transaction, or for another address or hardware */
        DHCP_FAULT_TYPE,      /* no DHCPACK */
} DhcpFault;

/*
 * Reads the answer to a DHCPINFORM. Fills in what it has and returns DHCP_FAULT_NONE, or returns
 * why it is no answer to this one: a server copies the question's transaction, hardware type and
 * hardware address into it, and its ciaddr or none (RFC 2131, section 4.3.1, table 3). Nothing in
 * the message is trusted.
 */
DhcpFault dhcp_answer_read(const void *data, size_t n_data, uint32_t transaction_id,
                           struct in_addr address, DhcpInformation *ret_information);

/* "cut short", "for another question or host", …: for a journal line. */
const char *dhcp_fault_name(DhcpFault fault);
