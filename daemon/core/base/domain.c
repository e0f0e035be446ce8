/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/base/domain.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "core/base/text.h"

#define LABEL_MAX_BYTES 63 /* RFC 1035, section 2.3.4 */
#define REVERSE_SUFFIX ".in-addr.arpa"

bool domain_is_host_name(const char *name) {
        size_t n_label = 0;

        for (const char *p = name; *p; p++) {
                bool is_digit = *p >= '0' && *p <= '9';
                bool is_letter = (*p | 0x20) >= 'a' && (*p | 0x20) <= 'z';

                if (*p == '.') {
                        if (n_label == 0)
                                return false;
                        n_label = 0;
                        continue;
                }
                if (!is_digit && !is_letter && *p != '_' && (*p != '-' || n_label == 0))
                        return false;
                if (++n_label > LABEL_MAX_BYTES)
                        return false;
        }

        return *name != '\0';
}

void domain_normalize(char *name) {
        size_t n = strlen(name);

        for (char *p = name; *p; p++)
                if (*p >= 'A' && *p <= 'Z')
                        *p |= 0x20;
        if (n > 1 && name[n - 1] == '.')
                name[n - 1] = '\0';
}

bool domain_is_below(const char *name, const char *domain) {
        size_t n = strlen(name), n_domain = strlen(domain);

        if (strcmp(domain, ".") == 0)
                return true;

        if (n > 1 && name[n - 1] == '.')
                n--;
        if (n < n_domain || strncasecmp(name + n - n_domain, domain, n_domain) != 0)
                return false;

        return n == n_domain || name[n - n_domain - 1] == '.';
}

/* How many of an address' four numbers the zones of a prefix name. */
static unsigned count_numbers(uint8_t length) {
        return (length + 7u) / 8;
}

size_t domain_count_zones(uint8_t length) {
        return length == 0 ? 0 : (size_t) 1 << (8 * count_numbers(length) - length);
}

void domain_format_zone(char *buffer, size_t n_buffer, struct in_addr prefix, uint8_t length,
                        size_t number) {

        unsigned n_numbers = count_numbers(length);
        uint32_t address = ntohl(prefix.s_addr);
        TextBuilder t = text_builder(buffer, n_buffer);

        address += (uint32_t) number << (32 - 8 * n_numbers);
        for (unsigned i = n_numbers; i > 0; i--)
                text_addf(&t, "%s%u", i < n_numbers ? "." : "", address >> (32 - 8 * i) & 0xff);
        text_add(&t, REVERSE_SUFFIX);
}

bool domain_is_reverse_zone(const char *name) {
        size_t n = strlen(name), n_suffix = strlen(REVERSE_SUFFIX);

        return n > n_suffix && strcmp(name + n - n_suffix, REVERSE_SUFFIX) == 0;
}
