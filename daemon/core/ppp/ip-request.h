/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What IPCP asks the server for: RFC 1332, section 3.3, and RFC 1877, sections 1.1 and 1.3. */

#include <netinet/in.h>
#include <stdbool.h>

/*
 * A server agrees at once to what it would give anyhow. Asked for INADDR_ANY it has to name it
 * first, which costs a round trip.
 */
typedef struct IpRequest {
        struct in_addr address; /* ours; INADDR_ANY: whatever the server gives */
        struct in_addr dns[2];  /* name servers, likewise */
        bool no_dns;            /* do not ask for name servers: this server rejects the question */
} IpRequest;
