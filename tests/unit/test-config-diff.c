/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What a reload makes of a change. The table below has a row for each member of struct Config; that
 * it has them all is read from config.h itself, so a new key cannot be forgotten.
 */

#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config-text.h"
#include "core/config/config-diff.h"
#include "core/config/config-keys.h"
#include "core/base/macros.h"

#define BASE                                     \
        "[Tunnel]\nServer=a.example b.example\n" \
        "[Authentication]\nUser=username\n"      \
        "[Route]\nDestination=10.0.0.0/8\n"

/* How a member is changed, and what of it a reload sees. */
static const struct {
        const char *members; /* of struct Config, in its order */
        const char *line;    /* added to BASE; NULL: no file can change it */
        ConfigEffect effect;
        const char *keys;
        size_t n_added, n_removed;
} changes[] = {
        { "name files n_files read_usec", NULL, CONFIG_EFFECT_NONE, "" },
        { "servers n_servers", "[Tunnel]\nServer=c.example", CONFIG_EFFECT_RECONNECT, "Server=" },
        { "port", "[Tunnel]\nPort=1724", CONFIG_EFFECT_RECONNECT, "Port=" },
        { "ip_param", "[Tunnel]\nIpParam=campus", CONFIG_EFFECT_NEXT, "IpParam=" },
        { "interface_name", "[Tunnel]\nInterfaceName=vpn0", CONFIG_EFFECT_RECONNECT,
          "InterfaceName=" },
        { "local_address", "[Tunnel]\nLocalAddress=192.0.2.1", CONFIG_EFFECT_RECONNECT,
          "LocalAddress=" },
        { "bind_to_device", "[Tunnel]\nBindToDevice=eth0", CONFIG_EFFECT_RECONNECT,
          "BindToDevice=" },
        { "firewall_mark", "[Tunnel]\nFirewallMark=7", CONFIG_EFFECT_RECONNECT, "FirewallMark=" },
        { "mtu_bytes", "[Tunnel]\nMTUBytes=1400", CONFIG_EFFECT_LIVE, "MTUBytes=" },
        { "network_namespace", "[Tunnel]\nNetworkNamespace=blue", CONFIG_EFFECT_RECONNECT,
          "NetworkNamespace=" },
        { "phone_number", "[Tunnel]\nPhoneNumber=1", CONFIG_EFFECT_RECONNECT, "PhoneNumber=" },
        { "keep_alive_interval_usec", "[Tunnel]\nKeepAliveIntervalSec=20", CONFIG_EFFECT_LIVE,
          "KeepAliveIntervalSec=" },
        { "keep_alive_probes", "[Tunnel]\nKeepAliveProbes=7", CONFIG_EFFECT_LIVE,
          "KeepAliveProbes=" },
        { "user", "[Authentication]\nUser=other", CONFIG_EFFECT_RECONNECT, "User=" },
        { "domain", "[Authentication]\nDomain=CAMPUS", CONFIG_EFFECT_RECONNECT, "Domain=" },
        { "password_file", "[Authentication]\nPasswordFile=/etc/p", CONFIG_EFFECT_NEXT,
          "PasswordFile=" },
        { "remote_name", "[Authentication]\nRemoteName=pptpd", CONFIG_EFFECT_NEXT, "RemoteName=" },
        { "mppe", "[Encryption]\nMPPE=any", CONFIG_EFFECT_RECONNECT, "MPPE=" },
        { "stateful", "[Encryption]\nStateful=yes", CONFIG_EFFECT_RECONNECT, "Stateful=" },
        { "tolerate_mppc", "[Encryption]\nTolerateMPPC=no", CONFIG_EFFECT_NEXT, "TolerateMPPC=" },
        { "route_metric", "[Network]\nRouteMetric=50", CONFIG_EFFECT_LIVE, "RouteMetric=", 1, 1 },
        { "route_table", "[Network]\nRouteTable=100", CONFIG_EFFECT_LIVE, "RouteTable=", 1, 1 },
        { "default_route", "[Network]\nDefaultRoute=yes", CONFIG_EFFECT_LIVE, "DefaultRoute=", 1,
          0 },
        { "routes_on_down", "[Network]\nRoutesOnDown=unreachable", CONFIG_EFFECT_LIVE,
          "RoutesOnDown=" },
        { "overlap_policy", "[Network]\nOverlapPolicy=force", CONFIG_EFFECT_LIVE,
          "OverlapPolicy=" },
        { "ipv6", "[Network]\nIPv6=block\n[Route]\nDestination=0.0.0.0/0", CONFIG_EFFECT_LIVE,
          "IPv6=", 1, 0 },
        { "use_routes", "[Network]\nUseRoutes=yes", CONFIG_EFFECT_LIVE, "UseRoutes=" },
        { "allowed_routes n_allowed_routes", "[Network]\nAllowedRoutes=10.0.0.0/8",
          CONFIG_EFFECT_LIVE, "AllowedRoutes=" },
        { "use_dns", "[Network]\nUseDNS=no", CONFIG_EFFECT_LIVE, "UseDNS=" },
        { "name_servers n_name_servers", "[Network]\nDNS=10.0.0.53", CONFIG_EFFECT_LIVE, "DNS=" },
        { "domains n_domains", "[Network]\nDomains=~corp.example", CONFIG_EFFECT_LIVE, "Domains=" },
        { "dns_default_route", "[Network]\nDNSDefaultRoute=yes", CONFIG_EFFECT_LIVE,
          "DNSDefaultRoute=" },
        { "clamp_mss", "[Network]\nClampMSS=no", CONFIG_EFFECT_LIVE, "ClampMSS=" },
        { "vrf", "[Network]\nVRF=blue", CONFIG_EFFECT_RECONNECT, "VRF=", 1, 1 },
        { "routes n_routes", "[Route]\nDestination=172.16.0.0/12", CONFIG_EFFECT_NONE, "", 1, 0 },
        { "long_lists n_long_lists" }, /* test_long_list() */
        { "delay_usec", "[Reconnect]\nDelaySec=2", CONFIG_EFFECT_LIVE, "DelaySec=" },
        { "max_delay_usec", "[Reconnect]\nMaxDelaySec=1min", CONFIG_EFFECT_LIVE, "MaxDelaySec=" },
        { "max_attempts", "[Reconnect]\nMaxAttempts=3", CONFIG_EFFECT_LIVE, "MaxAttempts=" },
        { "retry_auth_failure", "[Reconnect]\nRetryAuthFailure=yes", CONFIG_EFFECT_LIVE,
          "RetryAuthFailure=" },
        { "up_units n_up_units" }, /* test_hooks() */
        { "down_units n_down_units" },
};

static void read_file(const char *path, char *buffer, size_t n_buffer) {
        FILE *f = fopen(path, "re");
        size_t n;

        assert_non_null(f);
        n = fread(buffer, 1, n_buffer - 1, f);
        assert_true(n < n_buffer - 1);
        buffer[n] = '\0';
        fclose(f);
}

static ConfigDiff diff_texts(const char *from_text, const char *to_text) {
        Config *from = config_from_text(from_text), *to = config_from_text(to_text);
        ConfigDiff diff;

        config_diff_make(from, to, &diff);
        config_free(from);
        config_free(to);
        return diff;
}

static void assert_keys(const ConfigDiff *d, ConfigEffect effect, const char *expected) {
        char buffer[256];
        TextBuilder text = text_builder(buffer, sizeof(buffer));

        config_diff_describe_keys(d, effect, &text);
        assert_string_equal(buffer, expected);
        assert_int_equal(config_diff_has_effect(d, effect), expected[0] != '\0');
}

static void test_no_difference(void **state) {
        ConfigDiff d = diff_texts(BASE, "# The same.\n" BASE);

        assert_true(config_diff_is_empty(&d));
        assert_false(config_diff_has_routes(&d));
        assert_false(config_diff_has_effect(&d, CONFIG_EFFECT_LIVE));
}

/* Each on its own, forth and back. */
static void test_every_change(void **state) {
        for (size_t i = 0; i < ELEMENTSOF(changes); i++) {
                char text[512];
                ConfigDiff d;

                if (!changes[i].line)
                        continue;

                snprintf(text, sizeof(text), "%s%s\n", BASE, changes[i].line);
                for (int back = 0; back < 2; back++) {
                        d = back ? diff_texts(text, BASE) : diff_texts(BASE, text);
                        assert_false(config_diff_is_empty(&d));
                        for (ConfigEffect e = CONFIG_EFFECT_LIVE; e < _CONFIG_EFFECT_MAX; e++)
                                assert_keys(&d, e, e == changes[i].effect ? changes[i].keys : "");
                        assert_int_equal(back ? d.n_routes_removed : d.n_routes_added,
                                         changes[i].n_added);
                        assert_int_equal(back ? d.n_routes_added : d.n_routes_removed,
                                         changes[i].n_removed);
                }
        }
}

/* Other units count at once, but where none was named before. */
static void test_hooks(void **state) {
        ConfigDiff d;

        d = diff_texts(BASE "[Hooks]\nUp=a.service\n", BASE "[Hooks]\nUp=b.service\n");
        assert_keys(&d, CONFIG_EFFECT_LIVE, "Up=");
        assert_keys(&d, CONFIG_EFFECT_NEXT, "");
        d = diff_texts(BASE "[Hooks]\nUp=a.service\n", BASE "[Hooks]\nDown=b.service\n");
        assert_keys(&d, CONFIG_EFFECT_LIVE, "Up=, Down=");
        d = diff_texts(BASE "[Hooks]\nUp=a.service\n", BASE);
        assert_keys(&d, CONFIG_EFFECT_LIVE, "Up=");
        d = diff_texts(BASE, BASE "[Hooks]\nDown=b.service\n");
        assert_keys(&d, CONFIG_EFFECT_NEXT, "Down=");
        assert_keys(&d, CONFIG_EFFECT_LIVE, "");
}

/*
 * Reads the names of the members of struct Config, and wants each of them in the table, in order.
 */
static void test_every_member_is_here(void **state) {
        char header[32 * 1024], known[2048] = "", found[2048] = "", *begin, *end, *save = NULL;

        read_file(CONFIG_H, header, sizeof(header));
        begin = strstr(header, "typedef struct Config {");
        assert_non_null(begin);
        begin = strchr(begin, '\n');
        end = strstr(begin, "} Config;");
        assert_non_null(end);
        *end = '\0';

        /* A member is the last word in front of a semicolon, but for the bounds of an array. */
        for (char *line = strtok_r(begin, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
                char *stop = line + strcspn(line, ";/"), *name;

                if (*stop != ';')
                        continue;

                *stop = '\0';
                line[strcspn(line, "[")] = '\0';
                name = strrchr(line, ' ') + 1;
                name += strspn(name, "*");
                snprintf(found + strlen(found), sizeof(found) - strlen(found), "%s ", name);
        }

        for (size_t i = 0; i < ELEMENTSOF(changes); i++)
                snprintf(known + strlen(known), sizeof(known) - strlen(known), "%s ",
                         changes[i].members);
        assert_string_equal(found, known);
}

/* A key that works says what a change of it takes, and the others say nothing. */
static void test_every_key_has_an_effect(void **state) {
        for (size_t i = 0; i < n_config_keys; i++) {
                const ConfigKey *key = &config_keys[i];
                bool is_compared = key->parse && key->section != CONFIG_SECTION_ROUTE &&
                        key->section != CONFIG_SECTION_MATCH;

                if ((key->effect != CONFIG_EFFECT_NONE) != is_compared)
                        fail_msg("%s=", key->name);
        }
}

/* The manual's section has each key that does not change at once, where it belongs. */
static void test_manual(void **state) {
        static const char *const headings[] = {
                [CONFIG_EFFECT_NEXT] = ".It With the next connection",
                [CONFIG_EFFECT_RECONNECT] = ".It By reconnecting",
        };
        char text[64 * 1024], *begin, *end;

        for (ConfigEffect e = CONFIG_EFFECT_NEXT; e < _CONFIG_EFFECT_MAX; e++) {
                read_file(MANUAL, text, sizeof(text));
                begin = strstr(text, headings[e]);
                assert_non_null(begin);
                end = strstr(begin + 1, e == CONFIG_EFFECT_RECONNECT ? "\n.El" : "\n.It");
                assert_non_null(end);
                *end = '\0';

                for (size_t i = 0; i < n_config_keys; i++) {
                        char wanted[64];

                        if (config_keys[i].effect == CONFIG_EFFECT_NONE)
                                continue;

                        snprintf(wanted, sizeof(wanted), " %s= ", config_keys[i].name);
                        if (!!strstr(begin, wanted) != (config_keys[i].effect == e))
                                fail_msg("pptp.conf(5), \"%s\": %s=", headings[e],
                                         config_keys[i].name);
                }
        }
}

/* pppd is told when it is started; whether IPv6 is blocked changes at once. */
static void test_ipv6_negotiated(void **state) {
        static const char negotiate[] = BASE "[Network]\nIPv6=negotiate";
        ConfigDiff diff;

        diff = diff_texts(BASE, negotiate);
        assert_true(config_diff_has_effect(&diff, CONFIG_EFFECT_RECONNECT));
        diff = diff_texts(negotiate, BASE);
        assert_true(config_diff_has_effect(&diff, CONFIG_EFFECT_RECONNECT));
        diff = diff_texts(negotiate,
                          BASE "[Network]\nIPv6=negotiate\n[Route]\n"
                               "Destination=fd00::/8");
        assert_false(config_diff_has_effect(&diff, CONFIG_EFFECT_RECONNECT));
        assert_int_equal(diff.n_routes_added, 1);
}

/* Whether the server's router advertisements get through is said at the start of a connection. */
static void test_ipv6_router(void **state) {
        static const char all[] = BASE "[Network]\nIPv6=negotiate\n[Route]\nDestination=::/0";
        static const char part[] = BASE "[Network]\nIPv6=negotiate\n[Route]\nDestination=fd00::/8";
        ConfigDiff diff;

        diff = diff_texts(all, part);
        assert_keys(&diff, CONFIG_EFFECT_RECONNECT, "Destination=");
        assert_int_equal(diff.n_routes_removed, 1);
        diff = diff_texts(part, all);
        assert_keys(&diff, CONFIG_EFFECT_RECONNECT, "Destination=");
        diff = diff_texts(all, all);
        assert_true(config_diff_is_empty(&diff));
}

static void test_several_at_once(void **state) {
        ConfigDiff d = diff_texts(
                BASE,
                "[Tunnel]\nServer=b.example\nMTUBytes=1400\nKeepAliveProbes=5\nPort=1724\n"
                "[Authentication]\nUser=username\nPasswordFile=/etc/p\n"
                "[Route]\nDestination=172.16.0.0/12 192.168.0.0/16\n");

        assert_keys(&d, CONFIG_EFFECT_LIVE, "MTUBytes=, KeepAliveProbes=");
        assert_keys(&d, CONFIG_EFFECT_NEXT, "PasswordFile=");
        assert_keys(&d, CONFIG_EFFECT_RECONNECT, "Server=, Port=");
        assert_int_equal(d.n_routes_added, 2);
        assert_int_equal(d.n_routes_removed, 1);
}

/* Neither the order nor how it is written down makes a difference, but every attribute does. */
static void test_routes(void **state) {
        static const char *const attributes[] = {
                "Metric=1",         "Table=100",     "PreferredSource=10.0.0.1",
                "Type=unreachable", "MTUBytes=1280",
        };
        ConfigDiff d;

        d = diff_texts(BASE "[Route]\nDestination=10.1.0.0/16 10.2.0.0/16\n",
                       BASE "[Route]\nDestination=10.2.0.0/16\nMetric=0\n"
                            "[Route]\nDestination=10.1.0.0/16\nTable=main\n"
                            "[Route]\nDestination=10.2.0.0/16\n");
        assert_true(config_diff_is_empty(&d));

        for (size_t i = 0; i < ELEMENTSOF(attributes); i++) {
                char text[512];

                snprintf(text, sizeof(text), BASE "%s\n", attributes[i]);
                d = diff_texts(BASE, text);
                assert_int_equal(d.n_routes_added, 1);
                assert_int_equal(d.n_routes_removed, 1);
        }

        d = diff_texts(BASE,
                       "[Tunnel]\nServer=a.example b.example\n[Authentication]\nUser=username\n");
        assert_true(config_diff_has_routes(&d));
        assert_int_equal(d.n_routes_added, 0);
        assert_int_equal(d.n_routes_removed, 1);
}

#define LONG_LIST (2 * CONFIG_LONG_LIST_MIN)

/* A configuration with a list of many prefixes, and lines in front of it and behind. */
static Config *config_with_list(const char *keys, const char *head, const char *tail) {
        size_t n_room = LONG_LIST * 20 + strlen(head) + strlen(tail), n = 0;
        _cleanup_free_ char *list = malloc(n_room);
        ConfigProblems problems;
        ConfigParser *parser;
        Config *config;
        char text[512];

        assert_non_null(list);
        n += (size_t) snprintf(list, n_room, "%s", head);
        for (unsigned i = 0; i < LONG_LIST; i++)
                n += (size_t) snprintf(list + n, n_room - n, "10.%u.%u.0/24\n", i >> 8, i & 255);
        n += (size_t) snprintf(list + n, n_room - n, "%s", tail);

        snprintf(text, sizeof(text), BASE "DestinationFile=/etc/pptp/list\n%s", keys);
        assert_int_equal(config_parser_new("onenet", &parser), 0);
        assert_int_equal(config_parser_add_file(parser, CONFIG_FILE_TUNNEL, "onenet.conf", text,
                                                strlen(text)),
                         0);
        for (size_t i = 0; config_parser_get_list(parser, i); i++)
                assert_int_equal(config_parser_add_list(parser, i, list, n, true), 0);
        assert_int_equal(config_parser_finish(parser, &config, &problems), 0);
        config_problems_done(&problems);
        config_parser_free(parser);
        return config;
}

/* Of a long list, too, only what it says counts: not where, nor how often. */
static void test_long_list(void **state) {
        static const struct {
                const char *keys, *head, *tail;
                size_t n_added, n_removed;
        } cases[] = {
                { "", "", "", 0, 0 },
                { "", "# all\n\n", "", 0, 0 },
                { "", "10.1.1.0/24\n", "10.0.1.0/24\r\n", 0, 0 },
                { "", "11.0.0.0/8\n", "", 1, 0 },
                { "", "", "11.0.0.0/8\n9.0.0.0/8", 2, 0 },
                { "", "fd00::/8\n", "0.0.0.0/0\n", 2, 0 },
                { "", "10.0.0.0/32\n", "10.255.0.0/16\n10.255.0.0/16\n", 2, 0 },
                { "[Route]\nDestination=10.0.1.0/24\n", "", "", 0, 0 },
                { "[Route]\nDestination=10.0.1.0/24\nMetric=5\n", "", "", 1, 0 },
                { "[Route]\nDestinationFile=/etc/pptp/list\n", "", "", 0, 0 },
                { "[Route]\nDestinationFile=/etc/pptp/list\nMetric=5\n", "", "", LONG_LIST, 0 },
                { "[Network]\nRouteMetric=5\n", "", "", LONG_LIST + 1, LONG_LIST + 1 },
        };
        Config *before = config_with_list("[Network]\nIPv6=negotiate\n", "", "");

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                char keys[256];
                Config *after;
                ConfigDiff d;

                snprintf(keys, sizeof(keys), "%s%s[Network]\nIPv6=negotiate\n",
                         strstr(cases[i].keys, "Destination") ? "Metric=0\n" : "", cases[i].keys);
                after = config_with_list(keys, cases[i].head, cases[i].tail);
                config_diff_make(before, after, &d);
                assert_int_equal(d.n_routes_added, cases[i].n_added);
                assert_int_equal(d.n_routes_removed, cases[i].n_removed);
                config_diff_make(after, before, &d);
                assert_int_equal(d.n_routes_added, cases[i].n_removed);
                assert_int_equal(d.n_routes_removed, cases[i].n_added);
                config_free(after);
        }

        config_free(before);
}

/* Whether a connection to the server of that index may stay, and where its server is then. */
static void assert_kept(const char *from_servers, size_t index, const char *to_servers,
                        int expected) {
        char from_text[256], to_text[256];
        size_t kept_index = SIZE_MAX;
        Config *from, *to;
        ConfigDiff d;

        snprintf(from_text, sizeof(from_text), "[Tunnel]\nServer=%s\n[Authentication]\nUser=u\n",
                 from_servers);
        snprintf(to_text, sizeof(to_text), "[Tunnel]\nServer=%s\n[Authentication]\nUser=u\n",
                 to_servers);
        from = config_from_text(from_text);
        to = config_from_text(to_text);
        config_diff_make(from, to, &d);

        assert_int_equal(config_diff_keep_server(&d, from, index, to, &kept_index), expected >= 0);
        assert_int_equal(kept_index, expected >= 0 ? (size_t) expected : SIZE_MAX);
        assert_keys(&d, CONFIG_EFFECT_RECONNECT, expected >= 0 ? "" : "Server=");
        config_free(from);
        config_free(to);
}

static void test_server_that_may_stay(void **state) {
        assert_kept("a", 0, "a", 0);
        assert_kept("a", 0, "a b", 0); /* a spare behind it */
        assert_kept("a b", 1, "b", 0); /* the one that did not answer is gone */
        assert_kept("a b", 1, "a b c", 1);
        assert_kept("a b c", 2, "b a c", 2); /* both were tried before */
        assert_kept("a b c", 2, "b c a", 1);

        assert_kept("a", 0, "b", -1);
        assert_kept("a", 0, "b a", -1); /* a better one in front */
        assert_kept("a b", 0, "b a", -1);
        assert_kept("a b", 1, "a c b", -1);
        assert_kept("a b", 1, "a", -1);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_no_difference),
                cmocka_unit_test(test_every_change),
                cmocka_unit_test(test_hooks),
                cmocka_unit_test(test_every_member_is_here),
                cmocka_unit_test(test_every_key_has_an_effect),
                cmocka_unit_test(test_manual),
                cmocka_unit_test(test_ipv6_negotiated),
                cmocka_unit_test(test_ipv6_router),
                cmocka_unit_test(test_several_at_once),
                cmocka_unit_test(test_routes),
                cmocka_unit_test(test_long_list),
                cmocka_unit_test(test_server_that_may_stay),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
