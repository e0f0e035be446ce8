/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <arpa/inet.h>
#include <string.h>

#include "config-text.h"
#include "core/base/macros.h"
#include "core/base/text.h"
#include "core/names/names-set.h"

#define BASE "[Tunnel]\nServer=a\n[Authentication]\nUser=b\n"

/* The set as a line: servers, domains, and whether it takes all other names. */
static void describe(const NamesSet *set, char *buffer, size_t n_buffer) {
        TextBuilder t = text_builder(buffer, n_buffer);

        for (size_t i = 0; i < set->n_servers; i++)
                text_addf(&t, "%s ", TEXT_IPV4(set->servers[i]));
        text_add(&t, "|");
        for (size_t i = 0; i < set->n_domains; i++)
                text_addf(&t, " %s%s", set->domains[i].route_only ? "~" : "", set->domains[i].name);
        text_add(&t, set->default_route ? " | all" : " |");
}

static void assert_offered_set(const char *text, const char *given, const NamesOffer *offer,
                               bool others, const char *expected) {

        const struct in_addr servers[2] = { { given ? inet_addr(given) : INADDR_ANY },
                                            { given ? inet_addr("10.9.0.54") : INADDR_ANY } };
        Config *config = config_from_text(text);
        char line[4096];
        NamesSet set;

        names_set_make(config, servers, offer, others, &set);
        describe(&set, line, sizeof(line));
        assert_string_equal(line, expected);
        config_free(config);
}

static void assert_set(const char *text, const char *given, bool others, const char *expected) {
        assert_offered_set(text, given, &(NamesOffer){ 0 }, others, expected);
}

static void test_servers(void **state) {
        assert_set(BASE, "10.9.0.53", true, "10.9.0.53 10.9.0.54 | |");
        assert_set(BASE "[Network]\nDNS=10.0.0.53 10.9.0.54\n", "10.9.0.53", true,
                   "10.0.0.53 10.9.0.54 10.9.0.53 | |");
        assert_set(BASE "[Network]\nUseDNS=no\nDNS=10.0.0.53\n", "10.9.0.53", true,
                   "10.0.0.53 | |");
        /* With nobody to ask there is nothing to route there. */
        assert_set(BASE "[Network]\nDomains=~corp.example\n[Route]\nDestination=10.0.0.0/8\n", NULL,
                   false, "| |");
}

static void test_domains(void **state) {
        assert_set(BASE "[Network]\nDomains=corp.example ~lab.example ~.\n", "10.9.0.53", true,
                   "10.9.0.53 10.9.0.54 | corp.example ~lab.example ~. |");
        assert_set(BASE "[Network]\nDomains=~corp.example\n[Route]\nDestination=10.0.0.0/8 "
                        "192.168.2.0/23\n[Route]\nDestination=10.0.0.0/8\nMetric=7\n"
                        "[Route]\nDestination=172.16.0.0/16\nType=unreachable\n",
                   "10.9.0.53", true,
                   "10.9.0.53 10.9.0.54 | ~corp.example ~10.in-addr.arpa ~2.168.192.in-addr.arpa "
                   "~3.168.192.in-addr.arpa |");
}

static void test_default_route(void **state) {
        assert_set(BASE, "10.9.0.53", false, "10.9.0.53 10.9.0.54 | | all");
        assert_set(BASE "[Network]\nDNSDefaultRoute=no\n", "10.9.0.53", false,
                   "10.9.0.53 10.9.0.54 | |");
        assert_set(BASE "[Network]\nDNSDefaultRoute=yes\n", "10.9.0.53", true,
                   "10.9.0.53 10.9.0.54 | | all");
        assert_set(BASE "[Route]\nDestination=0.0.0.0/0\n", "10.9.0.53", true,
                   "10.9.0.53 10.9.0.54 | | all");
}

/* What the server offers by DHCP comes behind all else; and it does not get all that it offers. */
static void test_offer(void **state) {
        const DhcpInformation information = {
                .name_servers = { { inet_addr("10.9.0.54") },
                                  { inet_addr("127.0.0.1") },
                                  { inet_addr("10.8.0.53") } },
                .n_name_servers = 3,
                .domains = { "Corp.Example", "com", "10.in-addr.arpa", "lab.example",
                             "in-addr.arpa", "1.0.0.2.ip6.arpa", "ip6.arpa" },
                .n_domains = 7,
        };
        const ConfigRoute route = { .destination = { inet_addr("172.16.0.0") },
                                    .prefix_length = 16,
                                    .type = CONFIG_ROUTE_UNICAST };
        const NamesOffer offer = { .information = &information, .routes = &route, .n_routes = 1 };

        assert_offered_set(BASE "[Network]\nUseRoutes=yes\n", "10.9.0.53", &offer, true,
                           "10.9.0.53 10.9.0.54 10.8.0.53 | corp.example lab.example "
                           "~16.172.in-addr.arpa |");
        assert_offered_set(BASE "[Network]\nUseRoutes=yes\nDomains=~lab.example\n", NULL, &offer,
                           true,
                           "10.9.0.54 10.8.0.53 | ~lab.example corp.example "
                           "~16.172.in-addr.arpa |");
        assert_offered_set(BASE "[Network]\nUseRoutes=yes\nUseDNS=no\nDNS=10.0.0.53\n", "10.9.0.53",
                           &offer, true, "10.0.0.53 | ~16.172.in-addr.arpa |");
}

/* Only what counts is copied and compared, and each part of that is. */
static void test_copy(void **state) {
        static NamesSet set, copy, other;
        NamesDomain *domain = &set.domains[0];

        memset(&set, 0xff, sizeof(set));
        names_set_clear(&set);
        memset(&copy, 0xaa, sizeof(copy));
        names_set_copy(&copy, &set);
        assert_true(names_set_equal(&copy, &set));
        assert_int_equal(copy.n_servers + copy.n_domains, 0);

        set.n_servers = set.n_domains = 1;
        set.servers[0].s_addr = inet_addr("10.9.0.53");
        *domain = (NamesDomain){ .name = "corp.example" };
        assert_false(names_set_equal(&copy, &set));
        names_set_copy(&copy, &set);
        assert_true(names_set_equal(&copy, &set));
        assert_string_equal(copy.domains[0].name, "corp.example");
        /* Behind it nothing was touched. */
        memset(&other, 0xaa, sizeof(other));
        assert_memory_equal(&copy.domains[1], &other.domains[1], sizeof(copy.domains[1]));

        domain->route_only = true;
        assert_false(names_set_equal(&copy, &set));
        domain->route_only = false;
        domain->name[0] = 'b';
        assert_false(names_set_equal(&copy, &set));
        names_set_copy(&copy, &set);
        set.servers[0].s_addr = inet_addr("10.9.0.54");
        assert_false(names_set_equal(&copy, &set));
        names_set_copy(&copy, &set);
        set.default_route = true;
        assert_false(names_set_equal(&copy, &set));
}

/* A name server that no host can be: asking there would be asking this host itself. */
static void test_bad_servers(void **state) {
        assert_set(BASE, "127.0.0.1", true, "10.9.0.54 | |");
        assert_set(BASE, "224.0.0.251", true, "10.9.0.54 | |");
}

/* The resolver of this host knows no interface of another namespace. */
static void test_namespace(void **state) {
        assert_set("[Tunnel]\nServer=a\nNetworkNamespace=blue\n[Authentication]\nUser=b\n",
                   "10.9.0.53", false, "| |");
}

/* What does not fit is left out; what was asked for by name comes first, and fits. */
static void test_too_many_zones(void **state) {
        const struct in_addr given[2] = { { inet_addr("10.9.0.53") } };
        Config *config = config_from_text(BASE "[Network]\nDomains=~corp.example\n"
                                               "[Route]\nDestination=0.0.0.0/1 128.0.0.0/1\n");
        NamesSet set;

        names_set_make(config, given, &(NamesOffer){ 0 }, true, &set);
        assert_int_equal(set.n_domains, NAMES_DOMAINS_MAX);
        assert_string_equal(set.domains[0].name, "corp.example");
        assert_string_equal(set.domains[1].name, "0.in-addr.arpa");
        config_free(config);
}

/* With those of IPv6 as with those of IPv4. However many the one has, the other has some, too. */
static void test_ipv6_zones(void **state) {
        const struct in_addr given[2] = { { inet_addr("10.9.0.53") } };
        size_t n_ipv6 = 0, n_ipv4 = 0;
        char text[2048] = BASE "[Network]\nIPv6=negotiate\n[Route]\nDestination=128.0.0.0/1\n";
        TextBuilder t = text_builder(text + strlen(text), sizeof(text) - strlen(text));
        Config *config;
        NamesSet set;

        assert_set(BASE "[Network]\nIPv6=negotiate\n[Route]\nDestination=10.0.0.0/8 ::/0 "
                        "2001:db8:10::/46 fd00:1::/32\n"
                        "[Route]\nDestination=fd00:2::/32\nType=unreachable\n",
                   "10.9.0.53", true,
                   "10.9.0.53 10.9.0.54 | ~0.1.0.0.8.b.d.0.1.0.0.2.ip6.arpa "
                   "~1.1.0.0.8.b.d.0.1.0.0.2.ip6.arpa ~2.1.0.0.8.b.d.0.1.0.0.2.ip6.arpa "
                   "~3.1.0.0.8.b.d.0.1.0.0.2.ip6.arpa ~1.0.0.0.0.0.d.f.ip6.arpa "
                   "~10.in-addr.arpa |");

        for (unsigned i = 1; i <= 40; i++)
                text_addf(&t, "Destination=fd00:%x::/32\n", i);
        config = config_from_text(text);
        names_set_make(config, given, &(NamesOffer){ 0 }, true, &set);
        for (size_t i = 0; i < set.n_domains; i++)
                *(domain_is_below(set.domains[i].name, "ip6.arpa") ? &n_ipv6 : &n_ipv4) += 1;
        assert_int_equal(n_ipv6, NAMES_ZONES6_MAX);
        assert_int_equal(n_ipv4, 128);
        config_free(config);
}

/* expected: the domains, and after a blank the server's name for which one is left out. */
static void assert_offered_cover(const char *text, const NamesOffer *offer, const char *expected) {
        Config *config = config_from_text(text);
        char line[512];
        TextBuilder t = text_builder(line, sizeof(line));
        const char *server;
        NamesSet offered, set;

        names_set_make_offered(offer, &offered);
        server = names_set_make_cover(config, &offered, &set);
        assert_int_equal(set.n_servers, 0);
        assert_false(set.default_route);
        for (size_t i = 0; i < set.n_domains; i++) {
                assert_true(set.domains[i].route_only);
                text_addf(&t, "%s%s", i > 0 ? " " : "", set.domains[i].name);
        }
        text_addf(&t, " |%s", server ?: "");
        assert_string_equal(line, expected);
        config_free(config);
}

static void assert_cover(const char *text, const char *expected) {
        assert_offered_cover(text, &(NamesOffer){ 0 }, expected);
}

#define COVERED                                                                              \
        "[Authentication]\nUser=b\n[Route]\nDestination=10.0.0.0/8\n[Route]\n"               \
        "Destination=172.16.0.0/16\nType=unreachable\n[Network]\nRoutesOnDown=unreachable\n" \
        "Domains="

static void test_cover(void **state) {
        assert_cover("[Tunnel]\nServer=192.0.2.2\n" COVERED "~corp.example lab.example\n",
                     "corp.example lab.example 10.in-addr.arpa |");
        assert_cover("[Tunnel]\nServer=192.0.2.2\n" COVERED "~.\n", ". 10.in-addr.arpa |");
        assert_cover("[Tunnel]\nServer=192.0.2.2\n" COVERED
                     "~.\nIPv6=negotiate\n[Route]\nDestination=fd00:1::/32\n",
                     ". 1.0.0.0.0.0.d.f.ip6.arpa 10.in-addr.arpa |");

        /* The server is to be found. */
        assert_cover("[Tunnel]\nServer=192.0.2.2 VPN.corp.example\n" COVERED
                     "~corp.example ~lab.example\n",
                     "lab.example 10.in-addr.arpa |VPN.corp.example");
        assert_cover("[Tunnel]\nServer=vpn.mycorp.example\n" COVERED "~corp.example\n",
                     "corp.example 10.in-addr.arpa |");

        /* Nothing is asked for. */
        assert_cover("[Tunnel]\nServer=192.0.2.2\n" COVERED "\n", " |");
        assert_cover("[Tunnel]\nServer=192.0.2.2\n" COVERED "~a.b\nRoutesOnDown=remove\n", " |");
}

/* What the server has offered is refused as well, unless it is not to be used. */
static void test_offered_cover(void **state) {
        static const DhcpInformation information = {
                .domains = { "Inner.example", "com", "10.in-addr.arpa" },
                .n_domains = 3,
        };
        const ConfigRoute route = {
                .destination = { inet_addr("172.20.0.0") },
                .prefix_length = 16,
        };
        const NamesOffer offer = { .information = &information, .routes = &route, .n_routes = 1 };

        assert_offered_cover("[Tunnel]\nServer=192.0.2.2\n" COVERED "~a.example\nUseRoutes=yes\n",
                             &offer,
                             "a.example inner.example 10.in-addr.arpa 20.172.in-addr.arpa |");
        assert_offered_cover("[Tunnel]\nServer=192.0.2.2\n" COVERED "\nUseRoutes=yes\n", &offer,
                             "inner.example 10.in-addr.arpa 20.172.in-addr.arpa |");
        assert_offered_cover("[Tunnel]\nServer=vpn.inner.example\n" COVERED "\nUseRoutes=yes\n",
                             &offer, "10.in-addr.arpa 20.172.in-addr.arpa |vpn.inner.example");
        assert_offered_cover("[Tunnel]\nServer=192.0.2.2\n" COVERED "\nUseRoutes=yes\nUseDNS=no\n",
                             &offer, " |");
        assert_offered_cover("[Tunnel]\nServer=192.0.2.2\n" COVERED "\n", &offer, " |");
        assert_offered_cover("[Tunnel]\nServer=192.0.2.2\n" COVERED
                             "\nUseRoutes=yes\nRoutesOnDown=remove\n",
                             &offer, " |");
}

static void assert_use(const char *text, bool used, bool required) {
        const struct in_addr given[2] = { { inet_addr("10.9.0.53") } };
        Config *config = config_from_text(text);
        NamesSet set;

        names_set_make(config, given, &(NamesOffer){ 0 }, true, &set);
        assert_int_equal(names_set_is_used(&set), used);
        assert_int_equal(names_set_is_required(config), required);
        config_free(config);
}

static void test_use(void **state) {
        assert_use(BASE, false, false);
        assert_use(BASE "[Route]\nDestination=10.0.0.0/8\n", false, false);
        assert_use(BASE "[Network]\nDNS=10.0.0.53\n", false, false);
        assert_use(BASE "[Network]\nDomains=~corp.example\n", true, true);
        assert_use(BASE "[Network]\nDNSDefaultRoute=yes\n", true, true);
        /* A reverse zone that somebody asks for is a name as any other, also with a route to it. */
        assert_use(BASE "[Network]\nDomains=~10.in-addr.arpa\n", true, true);
        assert_use(BASE "[Network]\nDomains=~10.in-addr.arpa\n[Route]\nDestination=10.0.0.0/8\n",
                   true, true);
        assert_use(BASE "[Route]\nDestination=0.0.0.0/0\n", true, false);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_servers),       cmocka_unit_test(test_domains),
                cmocka_unit_test(test_default_route), cmocka_unit_test(test_too_many_zones),
                cmocka_unit_test(test_ipv6_zones),    cmocka_unit_test(test_use),
                cmocka_unit_test(test_offer),         cmocka_unit_test(test_copy),
                cmocka_unit_test(test_bad_servers),   cmocka_unit_test(test_namespace),
                cmocka_unit_test(test_cover),         cmocka_unit_test(test_offered_cover),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
