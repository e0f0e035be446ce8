/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/base/domain.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "core/base/macros.h"
#include "core/base/text.h"

#define LABEL_MAX_BYTES 63 /* RFC 1035, section 2.3.4 */

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

/* How addresses are written as names: in numbers of so many bits, the last one first. */
typedef struct ReverseTree {
        unsigned number_bits;
        const char *domain;
} ReverseTree;

static const ReverseTree reverse_trees[] = {
        { 8, "in-addr.arpa" },
        { 4, "ip6.arpa" },
};

/* How many of an address' numbers the zones of a prefix name. */
static unsigned count_numbers(const ReverseTree *tree, uint8_t length) {
        return (length + tree->number_bits - 1) / tree->number_bits;
}

size_t domain_count_zones(bool is_ipv6, uint8_t length) {
        const ReverseTree *tree = &reverse_trees[is_ipv6];

        return length == 0 ?
                0 :
                (size_t) 1 << (tree->number_bits * count_numbers(tree, length) - length);
}

/* The number at that place of an address, from 0 on. */
static unsigned get_number(const ReverseTree *tree, const uint8_t *address, unsigned place) {
        unsigned bit = place * tree->number_bits;

        return address[bit / 8] >> (8 - tree->number_bits - bit % 8) &
                ((1u << tree->number_bits) - 1);
}

void domain_format_zone(char *buffer, size_t n_buffer, bool is_ipv6, const void *address,
                        uint8_t length, size_t number) {

        const ReverseTree *tree = &reverse_trees[is_ipv6];
        TextBuilder t = text_builder(buffer, n_buffer);

        /* The zones of a prefix differ in the last number that they name. */
        for (unsigned place = count_numbers(tree, length); place-- > 0; number = 0)
                text_addf(&t, is_ipv6 ? "%x." : "%u.",
                          get_number(tree, address, place) + (unsigned) number);
        text_add(&t, tree->domain);
}

bool domain_is_reverse_zone(const char *name) {
        for (size_t i = 0; i < ELEMENTSOF(reverse_trees); i++)
                if (domain_is_below(name, reverse_trees[i].domain))
                        return true;

        return false;
}
