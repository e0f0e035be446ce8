/* SPDX-License-Identifier: GPL-2.0-or-later */

/* An answer to DHCPINFORM; the first four bytes are those of the transaction that it is for. */

#include <arpa/inet.h>

#include "core/ppp/dhcp-message.h"
#include "fuzz.h"

static void check_domain(const char *domain) {
        size_t n = strnlen(domain, DHCP_DOMAIN_MAX_BYTES);

        fuzz_assert(n > 0 && n < DHCP_DOMAIN_MAX_BYTES);
        fuzz_assert(domain[0] != '.' && domain[n - 1] != '.');
        fuzz_assert(strspn(domain,
                           "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") ==
                    n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_data) {
        const struct in_addr address = { .s_addr = htonl(0x0a0a0007) };
        DhcpInformation info;
        uint32_t transaction_id;

        if (n_data < sizeof(transaction_id))
                return 0;

        memcpy(&transaction_id, data, sizeof(transaction_id));
        if (dhcp_answer_read(data + 4, n_data - 4, ntohl(transaction_id), address, &info) !=
            DHCP_FAULT_NONE)
                return 0;

        fuzz_assert(info.n_routes <= DHCP_ROUTES_MAX);
        fuzz_assert(info.n_routes_dropped == 0 || info.n_routes == DHCP_ROUTES_MAX);
        fuzz_assert(info.n_name_servers <= DHCP_NAME_SERVERS_MAX);
        fuzz_assert(info.n_domains <= DHCP_DOMAINS_MAX);
        for (size_t i = 0; i < info.n_routes; i++) {
                const DhcpRoute *r = &info.routes[i];
                uint32_t host_bits = r->prefix_length < 32 ? UINT32_MAX >> r->prefix_length : 0;

                fuzz_assert(r->prefix_length <= 32);
                fuzz_assert((ntohl(r->destination.s_addr) & host_bits) == 0);
                for (size_t j = 0; j < i; j++)
                        fuzz_assert(info.routes[j].destination.s_addr != r->destination.s_addr ||
                                    info.routes[j].prefix_length != r->prefix_length);
        }
        for (size_t i = 0; i < info.n_domains; i++)
                check_domain(info.domains[i]);

        return 0;
}
