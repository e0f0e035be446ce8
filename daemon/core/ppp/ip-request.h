/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What IPCP asks the server for: RFC 1332, section 3.3, and RFC 1877, sections 1.1 and 1.3. */

#include <netinet/in.h>
#include <stdbool.h>

/*
 * A server agrees at once to what it would give anyhow. Asked for INADDR_ANY it has to name it
 * first, which costs a round trip.
 */
/*
 * The reason in the Terminate-Request for IPCP (RFC 1661, section 5.5) when the server gave us an
 * address that no host may have.
 */
#define IP_REQUEST_NO_HOST_TEXT "Local IP address is none that a host may have"

typedef struct IpRequest {
        struct in_addr address; /* ours; INADDR_ANY: whatever the server gives */
        struct in_addr dns[2];  /* name servers, likewise */
        bool no_dns;            /* this server rejected both questions for name servers */
        bool late; /* do not ask before encryption is agreed on: this server ended a call over it */
} IpRequest;

/* Returns whether the same is asked for in both. */
static inline bool ip_request_is_same(const IpRequest *a, const IpRequest *b) {
        return a->address.s_addr == b->address.s_addr && a->dns[0].s_addr == b->dns[0].s_addr &&
                a->dns[1].s_addr == b->dns[1].s_addr && a->no_dns == b->no_dns &&
                a->late == b->late;
}
