/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <arpa/inet.h>
#include <string.h>

#include "core/base/domain.h"
#include "core/base/macros.h"

static void test_host_names(void **state) {
        static const char *const good[] = {
                "a", "a.b", "corp.example.", "_ldap._tcp.x", "1.2.3.4", "xn--e1afmkfd.example"
        };
        static const char *const bad[] = { "",   ".",   "..",  "a..b", ".a",
                                           "-a", "a b", "a/b", "a,b",  "jürgen.example" };

        for (size_t i = 0; i < ELEMENTSOF(good); i++)
                if (!domain_is_host_name(good[i]))
                        fail_msg("%s", good[i]);
        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                if (domain_is_host_name(bad[i]))
                        fail_msg("%s", bad[i]);
}

static void test_below(void **state) {
        static const struct {
                const char *name, *domain;
                bool below;
        } cases[] = {
                { "corp.example", "corp.example", true },
                { "vpn.Corp.Example.", "corp.example", true },
                { "a.b.corp.example", "corp.example", true },
                { "x", ".", true },
                { "mycorp.example", "corp.example", false },
                { "example", "corp.example", false },
                { "corp.example.org", "corp.example", false },
                { ".", "corp.example", false },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                if (domain_is_below(cases[i].name, cases[i].domain) != cases[i].below)
                        fail_msg("%s in %s", cases[i].name, cases[i].domain);
}

/* 63 characters make a label, 64 none. */
static void test_long_labels(void **state) {
        char name[66];

        memset(name, 'a', sizeof(name));
        name[63] = '\0';
        assert_true(domain_is_host_name(name));
        name[63] = 'a';
        name[64] = '\0';
        assert_false(domain_is_host_name(name));
}

static void test_zones(void **state) {
        static const struct {
                const char *prefix;
                uint8_t length;
                size_t n_zones;
                const char *first, *last;
        } cases[] = {
                { "10.0.0.0", 8, 1, "10.in-addr.arpa", "10.in-addr.arpa" },
                { "172.16.0.0", 12, 16, "16.172.in-addr.arpa", "31.172.in-addr.arpa" },
                { "192.168.0.0", 16, 1, "168.192.in-addr.arpa", "168.192.in-addr.arpa" },
                { "10.1.2.0", 23, 2, "2.1.10.in-addr.arpa", "3.1.10.in-addr.arpa" },
                { "10.1.2.128", 25, 128, "128.2.1.10.in-addr.arpa", "255.2.1.10.in-addr.arpa" },
                { "10.1.2.3", 32, 1, "3.2.1.10.in-addr.arpa", "3.2.1.10.in-addr.arpa" },
                { "128.0.0.0", 1, 128, "128.in-addr.arpa", "255.in-addr.arpa" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                struct in_addr prefix = { inet_addr(cases[i].prefix) };
                char zone[DOMAIN_MAX_BYTES];

                assert_int_equal(domain_count_zones(false, cases[i].length), cases[i].n_zones);
                domain_format_zone(zone, sizeof(zone), false, &prefix, cases[i].length, 0);
                assert_string_equal(zone, cases[i].first);
                domain_format_zone(zone, sizeof(zone), false, &prefix, cases[i].length,
                                   cases[i].n_zones - 1);
                assert_string_equal(zone, cases[i].last);
                assert_true(domain_is_reverse_zone(zone));
        }

        for (unsigned length = 0; length <= 32; length++)
                assert_true(domain_count_zones(false, (uint8_t) length) <= DOMAIN_ZONES_MAX);
        assert_int_equal(domain_count_zones(false, 0), 0);
}

static void test_ipv6_zones(void **state) {
        static const struct {
                const char *prefix;
                uint8_t length;
                size_t n_zones;
                const char *first, *last;
        } cases[] = {
                { "fd00:1::", 32, 1, "1.0.0.0.0.0.d.f.ip6.arpa", "1.0.0.0.0.0.d.f.ip6.arpa" },
                { "2001:db8:10::", 46, 4, "0.1.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
                  "3.1.0.0.8.b.d.0.1.0.0.2.ip6.arpa" },
                { "fc00::", 7, 2, "c.f.ip6.arpa", "d.f.ip6.arpa" },
                { "8000::", 1, 8, "8.ip6.arpa", "f.ip6.arpa" },
                { "fd00::f", 128, 1,
                  "f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa",
                  "f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                char zone[DOMAIN_MAX_BYTES];
                struct in6_addr prefix;

                assert_int_equal(inet_pton(AF_INET6, cases[i].prefix, &prefix), 1);
                assert_int_equal(domain_count_zones(true, cases[i].length), cases[i].n_zones);
                domain_format_zone(zone, sizeof(zone), true, &prefix, cases[i].length, 0);
                assert_string_equal(zone, cases[i].first);
                domain_format_zone(zone, sizeof(zone), true, &prefix, cases[i].length,
                                   cases[i].n_zones - 1);
                assert_string_equal(zone, cases[i].last);
                assert_true(domain_is_reverse_zone(zone));
        }

        for (unsigned length = 0; length <= 128; length++)
                assert_true(domain_count_zones(true, (uint8_t) length) <= 8);
        assert_int_equal(domain_count_zones(true, 0), 0);
}

static void test_reverse_zones(void **state) {
        assert_true(domain_is_reverse_zone("in-addr.arpa"));
        assert_true(domain_is_reverse_zone("ip6.arpa"));
        assert_false(domain_is_reverse_zone("home.arpa"));
        assert_false(domain_is_reverse_zone("xip6.arpa"));
        assert_false(domain_is_reverse_zone("corp.example"));
        assert_false(domain_is_reverse_zone("xin-addr.arpa"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_host_names),  cmocka_unit_test(test_below),
                cmocka_unit_test(test_long_labels), cmocka_unit_test(test_zones),
                cmocka_unit_test(test_ipv6_zones),  cmocka_unit_test(test_reverse_zones),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
