/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <arpa/inet.h>
#include <limits.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/config/config-keys.h"
#include "core/config/config-problem.h"
#include "core/config/config-review.h"
#include "core/config/config-route.h"
#include "core/config/config-routes.h"
#include "core/config/config.h"
#include "core/base/macros.h"
#include "core/base/text.h"
#include "core/base/tunnel-tag.h"

/* The least that a tunnel needs; tests add to it. */
#define GOOD "[Tunnel]\nServer=vpn.example.com\n[Authentication]\nUser=alice\n"

typedef struct File {
        ConfigFileKind kind;
        const char *name;
        const char *text;
} File;

typedef struct Result {
        int r;
        Config *config;
        ConfigProblems problems;
        char text[32768]; /* all problems, one a line */
} Result;

static void parse(Result *result, const char *instance, const File *files, size_t n_files) {
        ConfigParser *parser;
        size_t n = 0;

        *result = (Result){ 0 };
        assert_int_equal(config_parser_new(instance, &parser), 0);
        for (size_t i = 0; i < n_files; i++)
                assert_int_equal(config_parser_add_file(parser, files[i].kind, files[i].name,
                                                        files[i].text, strlen(files[i].text)),
                                 0);

        result->r = config_parser_finish(parser, &result->config, &result->problems);
        config_parser_free(parser);

        assert_true((result->r == 0) == (result->config != NULL));
        for (size_t i = 0; i < result->problems.n_items; i++) {
                char line[1024];

                config_problem_describe(&result->problems.items[i], line, sizeof(line));
                n += (size_t) snprintf(result->text + n, sizeof(result->text) - n, "%s\n", line);
                assert_true(n < sizeof(result->text));
                /* Whoever is refused is told what to write instead. */
                if (!result->problems.items[i].hint)
                        fail_msg("no remedy: %s", line);
        }
}

static void result_done(Result *result) {
        result->config = config_free(result->config);
        config_problems_done(&result->problems);
}

#define PARSE(result, ...) \
        parse(result, "onenet", (File[]){ __VA_ARGS__ }, ELEMENTSOF(((File[]){ __VA_ARGS__ })))
#define MAIN(text) \
        { CONFIG_FILE_TUNNEL, "onenet.conf", text }
#define DROP_IN(name, text) \
        { CONFIG_FILE_DROP_IN, name, text }
#define MATCH(text) \
        { CONFIG_FILE_MATCH, "shared.conf", text }

static void expect_problems(const char *text, const char *wanted) {
        Result result;

        PARSE(&result, MAIN(text));
        assert_string_equal(result.text, wanted);
        assert_int_equal(result.r, CONFIG_E_INVALID);
        result_done(&result);
}

static Config *expect_good(Result *result, const char *text) {
        PARSE(result, MAIN(text));
        assert_string_equal(result->text, "");
        assert_int_equal(result->r, 0);
        return result->config;
}

static void test_nothing(void **state) {
        Result result;

        parse(&result, "onenet", NULL, 0);
        assert_int_equal(result.r, CONFIG_E_INVALID);
        result_done(&result);

        expect_problems(
                "",
                "onenet.conf: [Tunnel] Server= is missing; add the server's name or address under [Tunnel]\n"
                "onenet.conf: [Authentication] User= is missing; "
                "add the name of the account under [Authentication]\n");
}

/* Domain is also a word of pppd's, and of no use there. */
static void test_keys_without_equals(void **state) {
        expect_problems(
                "[Tunnel]\n"
                "Server=vpn.example.com\n"
                "Port 1723\n"
                "domain\n"
                "[Authentication]\n"
                "User=alice\n"
                "Domain\n",
                "onenet.conf:3: [Tunnel] Port= lacks its =; write the = between the two\n"
                "onenet.conf:4: line is neither a [Section] nor a Key=value; not needed: it only adds "
                "to this machine's own name\n"
                "onenet.conf:7: [Authentication] Domain= needs a value; write it behind the =, or "
                "leave the line out\n");
}

/* What people write who think of scripts, and what they are told. */
static void test_units(void **state) {
        const Config *c;
        Result result;

        c = expect_good(&result,
                        GOOD "[Hooks]\nUp=a@%i.service b.target\nUp=c.service a@onenet.service\n"
                             "Down=x.service\nDown=\n");
        assert_int_equal(c->n_up_units, 3);
        assert_string_equal(c->up_units[0], "a@onenet.service");
        assert_string_equal(c->up_units[2], "c.service");
        assert_int_equal(c->n_down_units, 0);
        result_done(&result);

        expect_problems(
                GOOD "[Hooks]\nUp=backup /usr/bin/x backup@.service\nDown=%i.timer\n",
                "onenet.conf:6: [Hooks] Up=backup lacks .service or .target at its end; "
                "write backup.service\n"
                "onenet.conf:6: [Hooks] Up=/usr/bin/x is no unit: no scripts are run; write "
                "the name of a service whose ExecStart= runs it, such as backup.service\n"
                "onenet.conf:6: [Hooks] Up=backup@.service is a template, and lacks an "
                "instance; write backup@%i.service\n"
                "onenet.conf:7: [Hooks] Down=onenet.timer is neither a service nor a target; "
                "write a .service, or a .target that wants it\n");

        expect_problems(
                GOOD "[Hooks]\nUp=pptp@%i.service\nDown=pptp-clean-up@onenet.service\n",
                "onenet.conf:6: [Hooks] Up=pptp@onenet.service is a unit of this tunnel itself; "
                "leave it out: the tunnel reconnects by itself, and systemctl starts and stops it\n"
                "onenet.conf:7: [Hooks] Down=pptp-clean-up@onenet.service is a unit of this tunnel "
                "itself; leave it out: the tunnel reconnects by itself, and systemctl starts and "
                "stops it\n");
        expect_good(&result, GOOD "[Hooks]\nUp=pptp@inner.service\nDown=pptp@standby.service\n");
        result_done(&result);
}

static void test_all_problems_at_once(void **state) {
        expect_problems(
                "Port=1\n"
                "[Tunel]\n"
                "Nonsense=is not looked at\n"
                "[Tunnel]\n"
                "Sever=vpn.example.com\n"
                "Port=99999\n"
                "remote vpn.example.com\n"
                "DataPath=kernel\n"
                "[Authentication]\n"
                "User=\"alice\"\n"
                "Password=hunter2\n"
                "[Route]\n"
                "Destination=10.0.0.1/8 10.0.0.0/33\n"
                "[Route]\n"
                "Metric=-1\n",
                "onenet.conf:1: Port= stands in front of the first section; it belongs into [Tunnel]\n"
                "onenet.conf:2: there is no section [Tunel]; did you mean [Tunnel]?\n"
                "onenet.conf:5: [Tunnel] has no key Sever=; did you mean Server=?\n"
                "onenet.conf:6: [Tunnel] Port=99999 is out of range; write a number from 1 to 65535\n"
                "onenet.conf:7: line is neither a [Section] nor a Key=value; here it is [Tunnel] Server=\n"
                "onenet.conf:8: [Tunnel] DataPath= is not supported yet by this version; leave it out\n"
                "onenet.conf:10: [Authentication] User= is in quotes; write it without them\n"
                "onenet.conf:11: [Authentication] has no key Password=; the file never contains the "
                "password: make it a systemd credential, see pptp@.service(8), or put it into a file "
                "that only root can read and name that with [Authentication] PasswordFile=\n"
                "onenet.conf:13: [Route] Destination=10.0.0.1/8 has host bits set; write 10.0.0.0/8\n"
                "onenet.conf:13: [Route] Destination=10.0.0.0/33 has a prefix length that IPv4 lacks; "
                "write /0 to /32; /32 is a single host\n"
                "onenet.conf:15: [Route] Metric=-1 is not a whole number; write a number from 0 to 2147483646\n"
                "onenet.conf:14: [Route] has no Destination=; add a line such as Destination=10.0.0.0/8\n"
                "onenet.conf: [Tunnel] Server= is missing; add the server's name or address under [Tunnel]\n");
}

/* What may be a password stands in no message, wherever it is written. */
static void test_no_password_in_messages(void **state) {
        static const char *const places[] = {
                GOOD "Password=hunter2\n",
                GOOD "PasswordFile=hunter2\n",
                GOOD "PasswordFile=%hunter2\n",
                GOOD "password hunter2\n",
                GOOD "hunter2\n",
                GOOD "PasswordFile='hunter2'\n",
                "Password=hunter2\n" GOOD,
                GOOD "[Password]\nPassword=hunter2\n",
                GOOD "[vpn-secrets]\npassword=hunter2\n",
                GOOD "Pasword=hunter2\n",
        };

        for (size_t i = 0; i < ELEMENTSOF(places); i++) {
                Result result;

                PARSE(&result, MAIN(places[i]));
                assert_int_equal(result.r, CONFIG_E_INVALID);
                assert_null(strstr(result.text, "hunter2"));
                result_done(&result);
        }
}

static void test_problems_are_capped(void **state) {
        char *text = malloc(4 * 1000 + 1);
        Result result;

        assert_non_null(text);
        for (size_t i = 0; i < 1000; i++)
                memcpy(text + 4 * i, "[x]\n", 5);
        PARSE(&result, MAIN(text));
        assert_int_equal(result.problems.n_items, CONFIG_PROBLEMS_MAX);
        assert_int_equal(result.problems.n_errors, 1002);
        assert_int_equal(result.problems.n_dropped, 902);
        result_done(&result);
        free(text);
}

static void test_defaults(void **state) {
        Result result;
        const Config *c = expect_good(&result, GOOD);
        MppePolicy policy = config_get_mppe_policy(c);

        assert_string_equal(c->name, "onenet");
        assert_int_equal(c->n_servers, 1);
        assert_string_equal(c->servers[0], "vpn.example.com");
        assert_int_equal(c->port, 1723);
        assert_string_equal(c->ip_param, "onenet");
        assert_string_equal(c->interface_name, "onenet");
        assert_string_equal(c->remote_name, "onenet");
        assert_string_equal(c->user, "alice");
        assert_null(c->domain);
        assert_null(c->password_file);
        assert_null(c->phone_number);
        assert_int_equal(c->keep_alive_interval_usec, 10 * USEC_PER_SEC);
        assert_int_equal(c->keep_alive_probes, 3);
        assert_int_equal(c->route_table, 254);
        assert_int_equal(c->delay_usec, USEC_PER_SEC);
        assert_int_equal(c->max_delay_usec, 300 * USEC_PER_SEC);
        assert_int_equal(c->max_attempts, 0);
        assert_int_equal(c->n_routes, 0);
        assert_true(policy.allow_128 && !policy.allow_40 && !policy.allow_stateful &&
                    policy.tolerate_mppc);
        result_done(&result);
}

/* One row for each key: values that are taken, and values that are not. */
static const struct {
        const char *section, *key, *good[8], *bad[18];
} cases[] = {
        { "Tunnel",
          "Server",
          { "a.example", "192.0.2.1 b_c", "%i.example", "xn--bcher-kva.example.", "127.0.0.1" },
          { "2001:db8::1", "pptp://a", "a:1723", "a,b", "1.2.3", "300.1.1.1", "-a", "a..b",
            "ä.example", "01.2.3.4", "a%x", "a # comment", "[2001:db8::1]", "0.0.0.0", "224.0.0.1",
            "255.255.255.255" } },
        { "Tunnel",
          "Port",
          { "1", "65535" },
          { "0", "65536", "-1", "+1", "x", "0x10", "1 2", "1;" } },
        { "Tunnel", "IpParam", { "a", "%i-x", "50%%" }, { "a b", "%h", "\"a\"" } },
        { "Tunnel",
          "InterfaceName",
          { "vpn0", "%i" },
          { "0123456789abcdef", "a/b", "all", "a b", "ppp%%d" } },
        { "Tunnel",
          "LocalAddress",
          { "192.0.2.1" },
          { "0.0.0.0", "224.0.0.1", "192.0.2.1/24", "::1", "eth0" } },
        { "Tunnel", "BindToDevice", { "eth0" }, { "0123456789abcdef", "eth0:1" } },
        { "Tunnel",
          "FirewallMark",
          { "1", "0xffffffff", "0XAB" },
          { "0", "0x", "0x100000000", "0x1g", "yes" } },
        { "Tunnel",
          "MTUBytes",
          { "auto", "128", "1400", "16384" },
          { "0", "127", "16385", "1500K", "AUTO", "1400B" } },
        { "Tunnel",
          "KeepAliveIntervalSec",
          { "0", "1", "10s", "1min 30s", "1d" },
          { "500ms", "1.5s", "2d", "-1", "10x" } },
        { "Tunnel", "KeepAliveProbes", { "1", "100" }, { "0", "101", "x" } },
        { "Tunnel",
          "NetworkNamespace",
          { "blue", "%i", "cni-1.2_3", "/run/docker/netns/5f2c", "/run/netns/blue" },
          { "/proc/1/ns/net", "a b", "a/b", "..", ".", "%n" } },
        { "Tunnel",
          "PhoneNumber",
          { "+49 (0) 1;2 #3" },
          { "01234567890123456789012345678901234567890123456789012345678901234" } },
        { "Authentication",
          "User",
          { "alice", "DOM\\alice", "a b ; # c", "50%%", "jürgen" },
          { "'alice'", "%u", "50%", "DOM\\\\alice", "DOM\\\\", "\\\\alice" } },
        { "Authentication", "Domain", { "CORP" }, { "CORP\\x", "\"CORP\"" } },
        { "Authentication",
          "PasswordFile",
          { "/etc/pptp/%i.password" },
          { "secret", "/", "~/x", "./x" } },
        { "Authentication", "RemoteName", { "PPTP", "%i" }, { "a b" } },
        { "Encryption", "MPPE", { "128", "40", "any", "no" }, { "yes", "56", "128-bit", "ANY" } },
        { "Encryption", "Stateful", { "yes", "no", "true", "off", "1" }, { "maybe", "YES", "2" } },
        { "Encryption", "TolerateMPPC", { "yes", "no" }, { "x", "yes no" } },
        { "Network", "DefaultRoute", { "yes", "no" }, { "maybe", "auto" } },
        { "Network",
          "RoutesOnDown",
          { "remove", "unreachable" },
          { "block", "yes", "blackhole", "Remove" } },
        { "Network", "OverlapPolicy", { "warn", "skip", "force" }, { "yes", "local", "Warn" } },
        { "Network", "IPv6", { "ignore", "negotiate" }, { "yes", "no", "Block" } },
        { "Network", "RouteMetric", { "0", "2147483646" }, { "2147483647", "-1", "x" } },
        { "Network",
          "RouteTable",
          { "main", "default", "1", "4294967295" },
          { "0", "vpn", "-1", "mian", "1x", "local", "255" } },
        { "Network", "UseRoutes", { "yes", "no" }, { "auto" } },
        { "Network", "VRF", { "blue", "v-%i", "vrf-1.2_3" }, { "0123456789abcdef", "a/b", "all" } },
        { "Network",
          "AllowedRoutes",
          { "10.0.0.0/8 172.16.0.0/12", "0.0.0.0/0" },
          { "10.0.0.1/8", "all", "2001:db8::/32" } },
        { "Network", "UseDNS", { "yes", "no" }, { "auto", "10.0.0.53" } },
        { "Network",
          "DNS",
          { "10.0.0.53", "10.0.0.53 10.0.0.54", "10.0.0.53 10.0.0.53" },
          { "ns.corp.example", "10.0.0.53:53", "127.0.0.53", "0.0.0.0", "224.0.0.1", "fd00::53",
            "10.0.0.53,10.0.0.54", "10.0.0.53#x", "10.0.0.0/24",
            "10.0.0.1 10.0.0.2 10.0.0.3 10.0.0.4 10.0.0.5 10.0.0.6 10.0.0.7" } },
        { "Network",
          "Domains",
          { "corp.example", "~corp.example", "~.", "Corp.Example.", "a ~b _c.example",
            "~10.in-addr.arpa" },
          { ".", "~", "..", "a..b", "*.corp.example", "a,b", "-a.example", "corp_example!", "b/c",
            "~~a", "012345678901234567890123456789012345678901234567890123456789abcd.example" } },
        { "Network", "DNSDefaultRoute", { "yes", "no", "auto" }, { "maybe", "YES", "~." } },
        { "Network", "ClampMSS", { "auto", "yes", "no" }, { "1360", "pmtu" } },
        { "Route", "Metric", { "0", "50" }, { "x" } },
        { "Route", "Table", { "100", "main" }, { "0", "x" } },
        { "Route",
          "PreferredSource",
          { "192.0.2.1" },
          { "192.0.2.0/24", "x", "fd00::/8", "::", "ff02::1", "::ffff:192.0.2.1" } },
        { "Route",
          "Type",
          { "unicast", "unreachable", "blackhole", "prohibit", "throw" },
          { "drop", "Unicast" } },
        { "Route",
          "DestinationFile",
          { "/etc/pptp/%i.prefixes", "/etc/a b" },
          { "x.prefixes", "./x", "'/etc/x'", "/etc/%x" } },
        { "Route", "MTUBytes", { "68", "1400" }, { "67", "65521", "auto" } },
        { "Route",
          "Destination",
          { "10.0.0.0/8", "192.0.2.7", "0.0.0.0/0", "10.0.0.0/8\t172.16.0.0/12" },
          { "10.0.0.1/8", "10.0.0.0/255.0.0.0", "default", "10/8", "2001:db8::1/32",
            "10.0.0.0/8,10.1.0.0/16", "10.0.0.0/", "/8", "10.0.0.0/08x", "10.0.0.0/-1", "127.0.0.1",
            "10.0.0.0/8 # office", "10.0.0.0/255.0.255.0", "1.2.3.4/0" } },
        { "Route",
          "Destination",
          { "10.0.0.0/8" },
          { "2001:db8::/129", "2001:db8::/x", "fe80::/64", "ff02::1", "::1", "1:2/32",
            "::ffff:10.0.0.0/104", "::ffff:0:0/96", "::ffff:10.0.0.1", "fd00::/32,fd01::/32" } },
        { "Route",
          "Destination",
          { "10.1.0.0" },
          { "10.0.0.0/33", "10.0.0.0 255.0.0.0", "224.0.0.0/4", "255.255.255.255" } },
        { "Reconnect", "DelaySec", { "100ms", "1", "2min" }, { "0", "1us", "2d", "soon" } },
        { "Reconnect", "MaxDelaySec", { "1", "1h" }, { "0", "infinity" } },
        { "Reconnect", "MaxAttempts", { "0", "5" }, { "-1", "x", "unlimited" } },
        { "Hooks",
          "Up",
          { "backup.service", "backup@%i.service", "office.target", "a@b.service c.target",
            "a-b_c:d\\x2de.service" },
          { "backup", "backup@.service", "backup@%i", "/usr/local/sbin/backup", "backup.sh",
            "backup.timer", "a.service,b.service", "@x.service", ".service", "a b.service",
            "a%n.service",
            "a.service b.service c.service d.service e.service f.service "
            "g.service h.service i.service" } },
        { "Hooks", "Down", { "x@%i.service" }, { "x@%i.service.d" } },
        { "Reconnect",
          "RetryAuthFailure",
          { "yes", "no" },
          { ""
            "x" } },
};

static void make_text(char *text, size_t n, size_t i, const char *value) {
        snprintf(text, n, GOOD "%s[%s]\n%s=%s\n", "", cases[i].section, cases[i].key, value);
        if (strcmp(cases[i].section, "Route") == 0 && strcmp(cases[i].key, "Destination") != 0)
                strcat(text, "Destination=10.0.0.0/8\n");
}

static void test_every_key(void **state) {
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                char text[1024];
                Result result;

                for (size_t j = 0; j < ELEMENTSOF(cases[i].good) && cases[i].good[j]; j++) {
                        make_text(text, sizeof(text), i, cases[i].good[j]);
                        PARSE(&result, MAIN(text));
                        if (result.r != 0)
                                fail_msg("%s: %s", cases[i].good[j], result.text);
                        result_done(&result);
                }

                for (size_t j = 0; j < ELEMENTSOF(cases[i].bad) && cases[i].bad[j]; j++) {
                        char prefix[64];

                        make_text(text, sizeof(text), i, cases[i].bad[j]);
                        PARSE(&result, MAIN(text));
                        snprintf(prefix, sizeof(prefix),
                                 "onenet.conf:6: [%s] %s=", cases[i].section, cases[i].key);
                        if (result.r != CONFIG_E_INVALID ||
                            strncmp(result.text, prefix, strlen(prefix)) != 0)
                                fail_msg("%s=%s: \"%s\"", cases[i].key, cases[i].bad[j],
                                         result.text);
                        result_done(&result);
                }

                /*
                 * an empty assignment takes back even what was bad before, for the check at the end
                 */
                make_text(text, sizeof(text), i, "");
                if (strcmp(cases[i].key, "Server") == 0 ||
                    strcmp(cases[i].key, "Destination") == 0 || strcmp(cases[i].key, "User") == 0)
                        continue;
                PARSE(&result, MAIN(text));
                if (result.r != 0)
                        fail_msg("%s=: %s", cases[i].key, result.text);
                result_done(&result);
        }
}

/* Every key of the table is either tested above or refused as not supported yet. */
static void test_no_key_forgotten(void **state) {
        for (size_t i = 0; i < n_config_keys; i++) {
                const ConfigKey *key = &config_keys[i];
                bool tested = key->section == CONFIG_SECTION_MATCH;
                char text[512];
                Result result;

                for (size_t j = 0; j < ELEMENTSOF(cases); j++)
                        tested = tested ||
                                (strcmp(cases[j].key, key->name) == 0 &&
                                 strcmp(cases[j].section, config_section_name(key->section)) == 0);

                if (key->parse) {
                        if (!tested)
                                fail_msg("%s= has no test", key->name);
                        assert_non_null(key->reset);
                        continue;
                }

                snprintf(text, sizeof(text), GOOD "[%s]\n%s=\n", config_section_name(key->section),
                         key->name);
                PARSE(&result, MAIN(text));
                assert_int_equal(result.r, CONFIG_E_INVALID);
                assert_non_null(strstr(result.text, "not supported yet"));
                result_done(&result);
        }
}

static void test_precedence_and_resets(void **state) {
        Result result;
        const Config *c;

        PARSE(&result,
              MAIN(GOOD "[Tunnel]\nServer=b.example\nPort=1\nMTUBytes=1400\n"
                        "[Reconnect]\nDelaySec=2\n[Authentication]\nDomain=CORP\n"),
              DROP_IN("10-a.conf",
                      "[Tunnel]\nServer=c.example\nPort=2\n[Encryption]\nMPPE=any\nStateful=yes\n"),
              DROP_IN("20-b.conf",
                      "[Tunnel]\nPort=\nMTUBytes=auto\n[Encryption]\nMPPE=\n[Authentication]\nDomain=\n"));
        assert_string_equal(result.text, "");
        c = result.config;
        assert_int_equal(c->n_servers, 3);
        assert_string_equal(c->servers[2], "c.example");
        assert_int_equal(c->port, 1723);
        assert_int_equal(c->mtu_bytes, 0);
        assert_int_equal(c->mppe, CONFIG_MPPE_128);
        assert_true(c->stateful);
        assert_null(c->domain);
        assert_int_equal(c->delay_usec, 2 * USEC_PER_SEC);
        result_done(&result);

        PARSE(&result, MAIN(GOOD), DROP_IN("10-a.conf", "[Tunnel]\nServer=\nServer=x y\n"));
        assert_int_equal(result.config->n_servers, 2);
        assert_string_equal(result.config->servers[0], "x");
        result_done(&result);

        PARSE(&result, MAIN(GOOD), DROP_IN("10-a.conf", "[Tunnel]\nServer=\n"));
        assert_int_equal(result.r, CONFIG_E_INVALID);
        result_done(&result);

        /* Each [Route] section has a list of its own, and an empty value empties that one. */
        PARSE(&result, MAIN(GOOD "[Route]\nDestination=10.0.0.0/8\n"),
              DROP_IN("10-a.conf",
                      "[Route]\nDestination=10.2.0.0/16\nDestination=\nDestination=10.1.0.0/16\n"));
        assert_string_equal(result.text, "");
        assert_int_equal(result.config->n_routes, 2);
        assert_int_equal(result.config->routes[0].prefix_length, 8);
        assert_int_equal(ntohl(result.config->routes[1].destination.s_addr), 0x0a010000);
        result_done(&result);
}

static void assert_route(const ConfigRoute *route, const char *destination, unsigned length,
                         uint32_t metric, uint32_t table) {
        char text[INET_ADDRSTRLEN];

        inet_ntop(AF_INET, &route->destination, text, sizeof(text));
        assert_string_equal(text, destination);
        assert_int_equal(route->prefix_length, length);
        assert_int_equal(route->metric, metric);
        assert_int_equal(route->table, table);
}

/* They come in the order of their addresses, wherever they stand. */
static void test_routes(void **state) {
        Result result;
        const Config *c = expect_good(
                &result,
                GOOD
                "[Route]\nDestination=10.0.0.0/8 \\\n  172.16.0.0/12\nMetric=0\n"
                "[Route]\nDestination=192.0.2.9\nTable=7\nType=unreachable\n"
                "[Network]\nRouteMetric=50\nRouteTable=100\n"
                "[Route]\nDestination=1.0.0.0/8\nDestination=\nDestination=2.0.0.0/8\nPreferredSource=10.1.2.3\n"
                "MTUBytes=1000\n");

        assert_int_equal(c->n_routes, 4);
        assert_route(&c->routes[0], "2.0.0.0", 8, 50, 100);
        assert_int_equal(c->routes[0].mtu_bytes, 1000);
        assert_int_equal(c->routes[0].preferred_source.s_addr, inet_addr("10.1.2.3"));
        assert_route(&c->routes[1], "10.0.0.0", 8, 0, 100);
        assert_int_equal(c->routes[1].preferred_source.s_addr, INADDR_ANY);
        assert_route(&c->routes[2], "172.16.0.0", 12, 0, 100);
        assert_route(&c->routes[3], "192.0.2.9", 32, 50, 7);
        assert_int_equal(c->routes[3].type, CONFIG_ROUTE_UNREACHABLE);
        result_done(&result);
}

/* DefaultRoute=yes and a destination of 0.0.0.0/0 are the same. */
static void test_default_route(void **state) {
        static const struct {
                const char *text;
                bool by_policy;
                uint32_t metric;
                uint32_t table; /* 0: the tunnel's own */
                unsigned line;
        } defaults[] = {
                { "[Network]\nDefaultRoute=yes\n", true, 0, 0, 6 },
                { "[Route]\nDestination=0.0.0.0/0\n", true, 0, 0, 6 },
                { "[Network]\nDefaultRoute=yes\n[Route]\nDestination=0.0.0.0/0\n", true, 0, 0, 8 },
                { "[Network]\nDefaultRoute=yes\nRouteMetric=50\n", false, 50, 254, 6 },
                { "[Network]\nDefaultRoute=yes\nRouteMetric=0\n", false, 0, 254, 6 },
                { "[Network]\nDefaultRoute=yes\nRouteTable=7\n", false, 0, 7, 6 },
                { "[Route]\nDestination=0.0.0.0/0\nMetric=9\n", false, 9, 254, 6 },
                { "[Route]\nDestination=0.0.0.0/0\nTable=main\n", false, 0, 254, 6 },
        };

        for (size_t i = 0; i < ELEMENTSOF(defaults); i++) {
                const uint32_t own = tunnel_tag_get_table(tunnel_tag_make("onenet"));
                char text[512];
                Result result;
                const Config *c;

                snprintf(text, sizeof(text), GOOD "%s", defaults[i].text);
                c = expect_good(&result, text);
                assert_int_equal(c->n_routes, 1);
                assert_route(&c->routes[0], "0.0.0.0", 0, defaults[i].metric,
                             defaults[i].table ?: own);
                assert_int_equal(c->routes[0].by_policy, defaults[i].by_policy);
                assert_int_equal(config_has_policy_route(c, false), defaults[i].by_policy);
                assert_int_equal(c->routes[0].line, defaults[i].line);
                assert_string_equal(c->routes[0].file, "onenet.conf");
                result_done(&result);
        }
}

/* One that leads nowhere is not what is meant, and stays beside it. */
static void test_default_route_beside_unreachable(void **state) {
        Result result;
        const Config *c = expect_good(&result,
                                      GOOD "[Network]\nDefaultRoute=yes\n"
                                           "[Route]\nDestination=0.0.0.0/0\nType=unreachable\n");

        assert_int_equal(c->n_routes, 2);
        assert_false(c->routes[0].by_policy);
        assert_true(c->routes[1].by_policy);
        result_done(&result);
}

static void test_ipv6_block_needs_a_default_route(void **state) {
        Result result;
        const Config *c = expect_good(&result, GOOD "[Network]\nDefaultRoute=yes\nIPv6=block\n");

        assert_int_equal(c->ipv6, CONFIG_IPV6_BLOCK);
        result_done(&result);

        PARSE(&result, MAIN(GOOD "[Network]\nIPv6=block\n"));
        assert_string_equal(result.text,
                            "onenet.conf: [Network] IPv6=block needs a default route into the "
                            "tunnel; add DefaultRoute=yes under [Network], or leave IPv6= out\n");
        result_done(&result);
}

static void test_ipv6_routes(void **state) {
        static const char text[] =
                GOOD "[Network]\nIPv6=negotiate\nDefaultRoute=yes\n"
                     "[Route]\nDestination=fd00:1::/32 10.0.0.0/8\n"
                     "[Route]\nDestination=fd00:2::7\nPreferredSource=2001:db8::1\n";
        Result result;
        const Config *c = expect_good(&result, text);
        size_t n_default = 0, n_ipv6 = 0;

        for (size_t i = 0; i < c->n_routes; i++) {
                char prefix[64];
                TextBuilder t = text_builder(prefix, sizeof(prefix));

                config_route_add_destination(&t, &c->routes[i]);
                if (!c->routes[i].is_ipv6)
                        continue;
                n_ipv6++;
                n_default += strcmp(prefix, "::/0") == 0 && c->routes[i].by_policy;
                if (strcmp(prefix, "fd00:2::7/128") == 0)
                        assert_string_equal(TEXT_IPV6(c->routes[i].preferred_source6),
                                            "2001:db8::1");
        }
        assert_int_equal(n_ipv6, 3);
        assert_int_equal(n_default, 1);
        assert_true(config_has_policy_route(c, true));
        result_done(&result);

        /* What programs that know IPv6 alone make of IPv4. */
        PARSE(&result,
              MAIN(GOOD "[Network]\nIPv6=negotiate\n[Route]\nDestination=::ffff:10.1.0.0/104\n"
                        "[Route]\nPreferredSource=::ffff:10.0.0.1\n"));
        assert_non_null(strstr(result.text, "no packet of IPv6 has it; write 10.0.0.0/8\n"));
        assert_non_null(strstr(result.text, "no packet of IPv6 has it; write 10.0.0.1\n"));
        result_done(&result);

        /* No packet leaves this host with an address of the loopback interface. */
        PARSE(&result,
              MAIN(GOOD "[Network]\nIPv6=negotiate\n[Route]\nPreferredSource=127.0.0.1\n"
                        "[Route]\nPreferredSource=::1\n"));
        assert_non_null(strstr(result.text,
                               "PreferredSource=127.0.0.1 is not the address of a host; write "));
        assert_non_null(
                strstr(result.text, "PreferredSource=::1 is not the address of a host; write "));
        result_done(&result);

        /* One line stands for all of them, and the remedy is in it. */
        PARSE(&result,
              MAIN(GOOD "[Route]\nDestination=10.0.0.0/8\nDestination=fd00:1::/32 "
                        "fd00:2::/32\n"));
        assert_string_equal(result.text,
                            "onenet.conf:7: [Route] Destination=fd00:1::/32 is IPv6, which this "
                            "tunnel does not carry; add IPv6=negotiate under [Network]\n");
        result_done(&result);

        PARSE(&result,
              MAIN(GOOD "[Network]\nIPv6=negotiate\n[Route]\nDestination=10.0.0.0/8 fd00:1::/32\n"
                        "PreferredSource=10.0.0.1\n"));
        assert_non_null(strstr(result.text,
                               ": [Route] Destination=fd00:1::/32 is IPv6, and "
                               "PreferredSource= of its section is not; make a"));
        result_done(&result);

        PARSE(&result, MAIN(GOOD "[Network]\nIPv6=negotiate\n[Tunnel]\nMTUBytes=1279\n"));
        assert_non_null(strstr(result.text, "MTUBytes=1279 is too small for IPv6=negotiate"));
        result_done(&result);
}

/* The host's resolver knows no interface of another namespace, so there it would do nothing. */
static void test_no_names_in_a_namespace(void **state) {
        static const char *const keys[] = { "Domains=~corp.example", "DNS=10.0.0.53",
                                            "DNSDefaultRoute=yes" };
        Result result;

        for (size_t i = 0; i < ELEMENTSOF(keys); i++) {
                char text[256];

                snprintf(text, sizeof(text),
                         GOOD "[Tunnel]\nNetworkNamespace=blue\n[Network]\n%s\n", keys[i]);
                PARSE(&result, MAIN(text));
                assert_non_null(strstr(result.text, "is not supported with NetworkNamespace="));
                assert_non_null(strstr(result.text, "/etc/netns/NAME/resolv.conf"));
                result_done(&result);
        }

        expect_good(&result,
                    "[Tunnel]\nServer=a\nNetworkNamespace=blue\n[Authentication]\nUser=b\n");
        result_done(&result);
}

/* Its table is not known yet, and a default route in it needs no policy rules. */
static void test_vrf(void **state) {
        Result result;
        const Config *c = expect_good(&result,
                                      GOOD "[Network]\nVRF=blue\nIPv6=negotiate\n"
                                           "[Route]\nDestination=0.0.0.0/0 ::/0\n"
                                           "[Route]\nDestination=10.0.0.0/8\nTable=main\n");

        assert_string_equal(c->vrf, "blue");
        assert_false(config_has_policy_route(c, false) || config_has_policy_route(c, true));
        assert_int_equal(c->n_routes, 3);
        for (size_t i = 0; i < c->n_routes; i++)
                assert_int_equal(c->routes[i].table,
                                 c->routes[i].prefix_length ? RT_TABLE_MAIN : 0);
        result_done(&result);
}

static void test_vrf_conflicts(void **state) {
        static const struct {
                const char *line, *what;
        } others[] = {
                { "[Tunnel]\nNetworkNamespace=red\n", "[Tunnel] NetworkNamespace=" },
                { "[Network]\nDefaultRoute=yes\n", "[Network] DefaultRoute=yes" },
                { "[Network]\nRouteTable=100\n", "[Network] RouteTable=" },
                { "[Network]\nRoutesOnDown=unreachable\n", "[Network] RoutesOnDown=unreachable" },
        };

        for (size_t i = 0; i < ELEMENTSOF(others); i++) {
                char text[512], expected[256];
                Result result;

                snprintf(text, sizeof(text), "%s%s[Network]\nVRF=blue\n", others[i].line, GOOD);
                snprintf(expected, sizeof(expected),
                         "onenet.conf:2: %s does not go together with VRF=; ", others[i].what);
                PARSE(&result, MAIN(text));
                assert_int_equal(result.r, CONFIG_E_INVALID);
                assert_int_equal(strncmp(result.text, expected, strlen(expected)), 0);
                result_done(&result);
        }
}

/* Two interfaces cannot have one name: each connection would fail for good. */
static void test_vrf_of_the_name_of_the_interface(void **state) {
        static const struct {
                const char *line, *name; /* NULL: no error */
        } vrfs[] = {
                { "VRF=onenet", "onenet" },
                { "VRF=%i", "onenet" },
                { "VRF=blue\n[Tunnel]\nInterfaceName=blue", "blue" },
                { "VRF=onenet\n[Tunnel]\nInterfaceName=vpn0", NULL },
                { "VRF=one", NULL },
        };

        for (size_t i = 0; i < ELEMENTSOF(vrfs); i++) {
                char text[512], expected[256];
                Result result;

                snprintf(text, sizeof(text), "[Network]\n%s\n%s", vrfs[i].line, GOOD);
                PARSE(&result, MAIN(text));
                if (vrfs[i].name) {
                        snprintf(expected, sizeof(expected),
                                 "onenet.conf:2: [Network] VRF=%s is the name of the tunnel's own "
                                 "interface; give the VRF a name of its own",
                                 vrfs[i].name);
                        assert_int_equal(result.r, CONFIG_E_INVALID);
                        assert_int_equal(strncmp(result.text, expected, strlen(expected)), 0);
                } else
                        assert_int_equal(result.r, 0);
                result_done(&result);
        }
}

/* All files together are to stay within the limit; one file alone is too short for that many. */
static void test_too_many_routes(void **state) {
        static const char line[] = "Destination=1.1.1.1 1.1.1.1 1.1.1.1 1.1.1.1\n";
        static const size_t n_files = 3;
        size_t n_lines = CONFIG_ROUTES_MAX / 4 / n_files + 10, n = strlen(GOOD "[Route]\n");
        char *text = malloc(n + n_lines * strlen(line) + 1);
        Result result;

        assert_non_null(text);
        strcpy(text, GOOD "[Route]\n");
        for (size_t i = 0; i < n_lines; i++)
                memcpy(text + n + i * strlen(line), line, sizeof(line));
        PARSE(&result, MAIN(text), DROP_IN("a.conf", text), DROP_IN("b.conf", text));
        assert_non_null(strstr(result.text,
                               "b.conf:5: [Route] has more than 262144 destinations in all; "
                               "join neighbouring prefixes to shorter ones\n"));
        assert_int_equal(result.r, CONFIG_E_INVALID);
        result_done(&result);
        free(text);
}

/* ---- lists of prefixes ---- */

/* Gives a list to the parser, so many lines at a time; 0: all. */
static void add_list(ConfigParser *parser, size_t i, const char *text, size_t n_text,
                     unsigned n_lines) {

        unsigned n = 0;

        for (size_t end = 1; n_lines > 0 && end <= n_text; end++) {
                if (text[end - 1] != '\n' || ++n % n_lines != 0)
                        continue;

                assert_int_equal(config_parser_add_list(parser, i, text, end, false), 0);
                text += end;
                n_text -= end;
                end = 0;
        }

        assert_int_equal(config_parser_add_list(parser, i, text, n_text, true), 0);
}

/*
 * Parses a configuration, and the same text for each list that it names, so many lines of it at a
 * time; 0: all.
 */
static void parse_list_pieces(Result *result, const char *config, const char *text, size_t n_text,
                              unsigned n_lines) {

        size_t n = 0;
        ConfigParser *parser;

        *result = (Result){ 0 };
        assert_int_equal(config_parser_new("onenet", &parser), 0);
        assert_int_equal(config_parser_add_file(parser, CONFIG_FILE_TUNNEL, "onenet.conf", config,
                                                strlen(config)),
                         0);
        for (size_t i = 0; config_parser_get_list(parser, i); i++)
                add_list(parser, i, text, n_text, n_lines);

        result->r = config_parser_finish(parser, &result->config, &result->problems);
        config_parser_free(parser);
        for (size_t i = 0; i < result->problems.n_items; i++) {
                config_problem_describe(&result->problems.items[i], result->text + n,
                                        sizeof(result->text) - n);
                n += strlen(result->text + n);
                result->text[n++] = '\n';
                assert_non_null(result->problems.items[i].hint);
        }
}

static void parse_list(Result *result, const char *config, const char *text, size_t n_text) {
        parse_list_pieces(result, config, text, n_text, 0);
}

#define LIST_CONFIG GOOD "[Route]\nDestinationFile=/etc/pptp/%i.prefixes\nMetric=50\n"

static void test_list(void **state) {
        static const char text[] = "# the campus\n\n10.0.0.0/8\n  172.16.0.0/12\t# the halls \r\n"
                                   "192.0.2.7\r\n0.0.0.0/0#all\n#\n198.51.100.0/24";
        static const struct {
                const char *prefix;
                uint8_t length;
                unsigned line; /* 0: from Destination= */
        } wanted[] = {
                { "0.0.0.0", 0, 6 },     { "10.0.0.0", 8, 3 },   { "10.1.0.0", 16, 0 },
                { "172.16.0.0", 12, 4 }, { "192.0.2.7", 32, 5 }, { "198.51.100.0", 24, 8 },
        };
        Result result;

        parse_list(&result, LIST_CONFIG "Destination=10.1.0.0/16\nType=unreachable\n", text,
                   strlen(text));
        assert_string_equal(result.text, "");
        assert_int_equal(result.r, 0);
        assert_int_equal(result.config->n_routes, ELEMENTSOF(wanted));
        for (size_t i = 0; i < ELEMENTSOF(wanted); i++) {
                const ConfigRoute *route = &result.config->routes[i];

                assert_route(route, wanted[i].prefix, wanted[i].length, 50, RT_TABLE_MAIN);
                assert_int_equal(route->type, CONFIG_ROUTE_UNREACHABLE);
                assert_string_equal(route->file,
                                    wanted[i].line == 0 ? "onenet.conf" :
                                                          "/etc/pptp/onenet.prefixes");
                if (wanted[i].line > 0)
                        assert_int_equal(route->line, wanted[i].line);
        }
        result_done(&result);
}

/* Each bogus line is named, and the good ones between them do not hide one. */
static void test_list_with_faults(void **state) {
        static const char text[] =
                "10.0.0.1/8\n10.0.0.0/33\n10.0.0.0/8 10.1.0.0/16\n2001:db8::1/32\n"
                "10.1.0.0/16\n\x1b[2J\n127.0.0.0/8\n224.0.0.0/4\n10.0.0/8\n"
                "010.0.0.0/8\n10.0.0.0/08\n1.2.3.4.5/32\n256.0.0.0/8\n/8\nonenet\n"
                "10.2.0.0/16,\n4294967306.0.0.0/8\n";
        static const char *const wanted[] = {
                (":1: this line has host bits set; write one prefix a line, such as 10.0.0.0/8, "
                 "without host bits\n"),
                ":2: this line has a prefix length that IPv4 lacks",
                ":3: has more than one word on this line; write each prefix on a line of its own\n",
                ":4: this line has host bits set",
                ":6: is no text on this line",
                ":7: this line is on the loopback interface",
                ":8: this line is no prefix of hosts",
                ":9: this line is not an IPv4 prefix",
                ":10: this line is not",
                ":12: this line is not",
                ":13: this line is not",
                ":14: this line is not",
                ":15: this line is not",
                ":16: this line is not",
                ":17: this line is not",
        };
        Result result;

        parse_list(&result, LIST_CONFIG, text, strlen(text));
        assert_int_equal(result.r, CONFIG_E_INVALID);
        assert_int_equal(result.problems.n_errors, ELEMENTSOF(wanted));
        assert_null(strchr(result.text, '\x1b'));
        for (size_t i = 0; i < ELEMENTSOF(wanted); i++)
                if (!strstr(result.text, wanted[i]))
                        fail_msg("%s is not in: %s", wanted[i], result.text);
        result_done(&result);

        /* What to write is said in the terms of the prefix's own kind. */
        parse_list(&result, LIST_CONFIG, "fe80::/10\n::1\nfd00::/129\n", 25);
        assert_non_null(strstr(result.text,
                               ":1: this line is on every link by itself, and needs "
                               "no route; leave it out\n"));
        assert_non_null(
                strstr(result.text, ":2: this line is on the loopback interface; leave it out\n"));
        assert_non_null(strstr(result.text, "lacks; write /0 to /128; /128 is a single host\n"));
        result_done(&result);

        parse_list(&result, LIST_CONFIG, "10.0.0.0/8\n\0\n", 13);
        assert_non_null(strstr(result.text, ":2: is no text on this line"));
        result_done(&result);

        /* The end of the text is the end, wherever it is. */
        for (size_t n = 1; n < sizeof(text); n++) {
                char *cut = malloc(n);

                assert_non_null(cut);
                memcpy(cut, text, n);
                parse_list(&result, LIST_CONFIG, cut, n);
                result_done(&result);
                free(cut);
        }
}

/* However a list is cut, it has the same routes, and the same faults on the same lines. */
static void test_list_in_pieces(void **state) {
        static const char *const texts[] = {
                "10.0.0.0/8\n10.1.0.0/16\n10.2.0.0/16\n",
                "10.0.0.0/8\n# a comment\n\n 10.1.0.0/16\r\n10.2.0.0/16 # another\n10.3.0.0/16",
                "10.0.0.0/8\n10.1.0.1/16\n10.2.0.0/16 and more\n10.3.0.0/16\nnothing\n10.4.0.0/16\n",
                "# nothing yet\n\n\n",
                "\n",
                "nothing\n",
                "",
        };

        for (size_t i = 0; i < ELEMENTSOF(texts); i++)
                for (unsigned n_lines = 1; n_lines < 4; n_lines++) {
                        Result whole, pieces;

                        parse_list(&whole, LIST_CONFIG, texts[i], strlen(texts[i]));
                        parse_list_pieces(&pieces, LIST_CONFIG, texts[i], strlen(texts[i]),
                                          n_lines);
                        assert_int_equal(pieces.r, whole.r);
                        assert_string_equal(pieces.text, whole.text);
                        if (whole.config) {
                                assert_int_equal(pieces.config->n_files, whole.config->n_files);
                                assert_int_equal(pieces.config->n_routes, whole.config->n_routes);
                        }
                        for (size_t j = 0; whole.config && j < whole.config->n_routes; j++) {
                                const ConfigRoute *a = &whole.config->routes[j];
                                const ConfigRoute *b = &pieces.config->routes[j];

                                assert_int_equal(config_route_compare(a, b), 0);
                                assert_int_equal(a->line, b->line);
                        }
                        result_done(&whole);
                        result_done(&pieces);
                }
}

/* Makes a route of any length below 10.0.0.0/8, a default route, or one of IPv6. */
static ConfigRoute random_list_route(unsigned line) {
        uint8_t length = (uint8_t) (8 + rand() % 25);
        uint32_t host_bits = length == 32 ? 0 : UINT32_MAX >> length;
        ConfigRoute route = {
                .file = "/etc/pptp/onenet.prefixes",
                .destination = { htonl((0x0a000000 + (uint32_t) rand() % (1 << 24)) & ~host_bits) },
                .prefix_length = length,
                .table = RT_TABLE_MAIN,
                .metric = 50,
                .line = line,
        };

        if (rand() % 64 == 0) {
                route.is_ipv6 = true;
                route.destination6 =
                        (struct in6_addr){ .s6_addr = { 0xfd, (uint8_t) (rand() % 256) } };
                route.prefix_length = 16;
        } else if (rand() % 256 == 0) {
                route.destination.s_addr = INADDR_ANY;
                route.prefix_length = 0;
        }

        return route;
}

/* More long lists than are packed: the others are as short ones, and nothing is lost. */
static void test_many_long_lists(void **state) {
        enum { LISTS = CONFIG_LONG_LISTS_MAX + 4, LINES = CONFIG_LONG_LIST_MIN };
        char config[4096], *text = malloc(LINES * sizeof("10.255.255.0/24\n"));
        TextBuilder b = text_builder(config, sizeof(config));
        Result result;
        size_t n = 0;

        assert_non_null(text);
        for (unsigned i = 0; i < LINES; i++)
                n += (size_t) sprintf(text + n, "10.%u.%u.0/24\n", i / 256, i % 256);
        text_add(&b, GOOD);
        for (unsigned i = 0; i < LISTS; i++)
                text_addf(&b, "[Route]\nDestinationFile=/etc/pptp/%u\nMetric=%u\n", i,
                          100 + LISTS - i);

        parse_list(&result, config, text, n);
        assert_string_equal(result.text, "");
        assert_int_equal(result.config->n_long_lists, CONFIG_LONG_LISTS_MAX);
        assert_int_equal(config_count_routes(result.config), LISTS * LINES);
        assert_int_equal(config_expand_lists(result.config), 0);
        assert_int_equal(result.config->n_routes, LISTS * LINES);
        for (size_t i = 1; i < result.config->n_routes; i++)
                assert_true(config_route_compare_place(&result.config->routes[i - 1],
                                                       &result.config->routes[i]) < 0);
        result_done(&result);
        free(text);
        (void) state;
}

/* Long or not, in order or not, with whatever in between: each line with a prefix is a route. */
static void test_random_lists(void **state) {
        static const char *const ends[] = { "\n", " # 10.0.0.0/8\n", "#\n", " \r\n" };
        unsigned n_long = 0;

        for (unsigned i = 0; i < 300; i++) {
                unsigned n_lines = CONFIG_LONG_LIST_MIN - 50 + (unsigned) rand() % 200;
                bool is_plain = rand() % 2 == 0;
                ConfigRoute *wanted = calloc(n_lines, sizeof(*wanted));
                size_t n_wanted = 0, n = 0, n_room = n_lines * 64;
                char *text = malloc(n_room);
                Result result;

                assert_non_null(wanted);
                assert_non_null(text);
                for (unsigned line = 1; line <= n_lines; line++) {
                        char prefix[64];
                        TextBuilder t = text_builder(prefix, sizeof(prefix));

                        if (rand() % 16 == 0) {
                                n += (size_t) snprintf(text + n, n_room - n, "# 10.0.0.0/8\n");
                                continue;
                        }
                        wanted[n_wanted] = random_list_route(line);
                        config_route_add_destination(&t, &wanted[n_wanted++]);
                        n += (size_t) snprintf(text + n, n_room - n, "%s%s%s",
                                               !is_plain && rand() % 4 == 0 ? " \t" : "", prefix,
                                               ends[is_plain ? 0 : rand() % 4]);
                }
                if (rand() % 2 == 0)
                        n--; /* the last newline */

                parse_list_pieces(&result, "[Network]\nIPv6=negotiate\n" LIST_CONFIG, text, n,
                                  rand() % 2 == 0 ? 0 : 100);
                assert_string_equal(result.text, "");
                n_long += result.config->n_long_lists > 0;
                for (size_t j = 1; j < n_wanted && result.config->n_long_lists > 0; j++)
                        if (j < result.config->long_lists[0].n_prefixes)
                                assert_true(result.config->long_lists[0].prefixes[j - 1] <
                                            result.config->long_lists[0].prefixes[j]);
                assert_int_equal(config_count_routes(result.config), n_wanted);
                assert_int_equal(config_expand_lists(result.config), 0);
                assert_int_equal(result.config->n_routes, n_wanted);
                config_routes_sort(wanted, n_wanted);
                for (size_t j = 0; j < n_wanted; j++)
                        assert_int_equal(
                                config_route_compare_place(&result.config->routes[j], &wanted[j]),
                                0);
                result_done(&result);
                free(text);
                free(wanted);
        }

        assert_in_range(n_long, 10, 290);
}

/* A list that fits no source is refused line by line, and one of them is enough to see it. */
static void test_list_of_another_kind(void **state) {
        static const char text[] = "fd00::/8\n10.0.0.0/8\n10.1.0.0/255\n";
        Result result;

        parse_list(&result,
                   GOOD "[Network]\nIPv6=negotiate\n[Route]\nDestinationFile=/etc/pptp/p\n"
                        "PreferredSource=fd00::1\n",
                   text, strlen(text));
        assert_int_equal(result.r, CONFIG_E_INVALID);
        assert_non_null(strstr(result.text,
                               "/etc/pptp/p:2: [Route] Destination=10.0.0.0/8 is IPv4, "
                               "and PreferredSource= of its section is not"));
        assert_non_null(strstr(result.text, "/etc/pptp/p:3: "));
        assert_int_equal(result.problems.n_errors, 2);
        result_done(&result);
}

/* Root sees these files, and the supervisor in its unit does not. */
static void test_list_that_the_unit_does_not_see(void **state) {
        static const char *const paths[] = { "/root/p",
                                             "/home/jane/p",
                                             "/tmp/p",
                                             "/var/tmp/p",
                                             "/run/user/0/p",
                                             "/etc/ppp/p",
                                             "/etc/../var/tmp/p",
                                             "/etc/pptp/../../../home/./jane/p",
                                             "//tmp///p",
                                             "/var/./tmp/p",
                                             "/etc/pptp/..///ppp/p" };
        static const char *const seen[] = { "/etc/pptp/p", "/etc/pptp/../pptp/p",
                                            "/home/jane/../../etc/p", "/..tmp/p", "/etc/tmp/p" };

        for (size_t i = 0; i < ELEMENTSOF(paths); i++) {
                char config[512];
                Result result;

                snprintf(config, sizeof(config), GOOD "[Route]\nDestinationFile=%s\n", paths[i]);
                parse_list(&result, config, "10.0.0.0/8\n", 11);
                assert_int_equal(result.r, CONFIG_E_INVALID);
                assert_non_null(strstr(
                        result.text, " is where the unit sees no file; name a file in /etc/pptp"));
                result_done(&result);
        }

        for (size_t i = 0; i < ELEMENTSOF(seen); i++)
                assert_false(config_path_is_hidden(seen[i]));
}

/* However long a path is, that is all that happens. */
static void test_path_of_any_length(void **state) {
        enum { BYTES = 3 * PATH_MAX };
        char *path = malloc(BYTES + 1);

        assert_non_null(path);
        for (size_t n = 1; n < BYTES; n += 97) {
                memset(path, 'a', n);
                for (size_t i = 0; i < n; i += 1 + n % 255)
                        path[i] = '/';
                path[n] = '\0';
                assert_false(config_path_is_hidden(path));
        }
        free(path);
}

/* What would make a route above all others, or none that leads anywhere. */
static void test_places_of_the_kernel(void **state) {
        expect_problems(
                GOOD "[Route]\nDestination=10.0.0.0/8\nTable=local\n",
                "onenet.conf:7: [Route] Table=local is the table of this host's own addresses, "
                "which the kernel keeps; leave it out for the table main, or write the number of a "
                "table of your own\n");
        expect_problems(GOOD "[Route]\nDestination=10.0.0.0/8\nTable=lokal\n",
                        "onenet.conf:7: [Route] Table=lokal is not known here; write the table's "
                        "number, or a name of /etc/iproute2/rt_tables.d\n");
        expect_problems(
                "[Tunnel]\nServer=0.0.0.0\n[Authentication]\nUser=alice\n",
                "onenet.conf:2: [Tunnel] Server=0.0.0.0 is not the address of a host; write "
                "the server's own address or its name\n");
}

/* A slip names a file of passwords: root reads it, and everybody reads the problems. */
static void test_list_of_passwords(void **state) {
        static const char *const lines[] = {
                "hunter2",           "hunter2,hunter2",
                "default",           "198.51.100.7/hunter2",
                "hunter2/24",        "hunter2 hunter2",
                "root:$y$hunter2::", "198.51.100.77/255.0.0.0",
                "198.51.100.77/31",  "198.51.100.77/77",
                "::198.51.100.77/7", "127.100.77.1",
                "239.100.77.1",
        };

        for (size_t i = 0; i < ELEMENTSOF(lines); i++) {
                Result result;

                parse_list(&result, LIST_CONFIG, lines[i], strlen(lines[i]));
                assert_int_equal(result.r, CONFIG_E_INVALID);
                assert_non_null(strstr(result.text, "/etc/pptp/onenet.prefixes:1: "));
                if (strstr(result.text, "hunter") || strstr(result.text, "100") ||
                    strstr(result.text, "default"))
                        fail_msg("%s is told: %s", lines[i], result.text);
                result_done(&result);
        }
}

/* As editors of Windows write them: the mark of UTF-8 counts no more than in other files. */
static void test_list_with_byte_order_mark(void **state) {
        static const char eight[] = "\xef\xbb\xbf"
                                    "10.0.0.0/8\r\n10.1.0.0/16\r\n";
        static const char sixteen[] = "\xff\xfe"
                                      "1\0\x30\0\n\0/\0\n\0";
        static const char marks[] = "10.0.0.0/8\n\xef\xbb\xbf"
                                    "10.1.0.0/16\n";
        Result result;

        for (unsigned n_lines = 0; n_lines < 2; n_lines++) {
                parse_list_pieces(&result, LIST_CONFIG, eight, sizeof(eight) - 1, n_lines);
                assert_string_equal(result.text, "");
                assert_int_equal(result.config->n_routes, 2);
                assert_route(&result.config->routes[0], "10.0.0.0", 8, 50, RT_TABLE_MAIN);
                assert_int_equal(result.config->routes[0].line, 1);
                result_done(&result);

                parse_list_pieces(&result, LIST_CONFIG, sixteen, sizeof(sixteen) - 1, n_lines);
                assert_string_equal(result.text,
                                    "/etc/pptp/onenet.prefixes:1: file is UTF-16; save "
                                    "the file as UTF-8\n");
                result_done(&result);

                /* It belongs in front. */
                parse_list_pieces(&result, LIST_CONFIG, marks, sizeof(marks) - 1, n_lines);
                assert_non_null(strstr(result.text, ":2: this line is not an IPv4 prefix"));
                result_done(&result);
        }

        parse_list(&result, LIST_CONFIG, "\xef\xbb\xbf", 3);
        assert_non_null(strstr(result.text, "has no prefix in it"));
        result_done(&result);
}

static void test_list_without_prefixes(void **state) {
        Result result;

        parse_list(&result, LIST_CONFIG, "# nothing yet\n\n", 15);
        assert_string_equal(result.text,
                            "/etc/pptp/onenet.prefixes: has no prefix in it; write one "
                            "prefix a line, or leave DestinationFile= out\n");
        result_done(&result);
}

#define LONG_LIST_LINE_BYTES 20

/* Makes a list of so many prefixes, each once and in no order, on lines of the same length. */
static char *make_long_list(size_t n_lines) {
        char *text = malloc(n_lines * LONG_LIST_LINE_BYTES + 1);

        assert_non_null(text);
        for (uint32_t i = 0; i < n_lines; i++) {
                struct in_addr address = { htonl(0x0a000000 + i * 7919U % (1U << 20)) };
                char prefix[INET_ADDRSTRLEN + 4];

                snprintf(prefix, sizeof(prefix), "%s/32", TEXT_IPV4(address));
                snprintf(text + i * LONG_LIST_LINE_BYTES, LONG_LIST_LINE_BYTES + 1, "%-*s\n",
                         LONG_LIST_LINE_BYTES - 1, prefix);
        }

        return text;
}

static void test_list_too_long(void **state) {
        enum { LINES = CONFIG_ROUTES_MAX + 10 };
        char *text = make_long_list(LINES);
        Result result;

        parse_list(&result, LIST_CONFIG, text, CONFIG_ROUTES_MAX * LONG_LIST_LINE_BYTES);
        assert_int_equal(config_count_routes(result.config), CONFIG_ROUTES_MAX);
        result_done(&result);

        parse_list(&result, LIST_CONFIG, text, (size_t) LINES * LONG_LIST_LINE_BYTES);
        assert_string_equal(
                result.text,
                "/etc/pptp/onenet.prefixes:262145: this is one route more than the 262144 "
                "that a tunnel may have; join neighbouring prefixes to shorter ones\n");
        result_done(&result);
        free(text);
}

/* A list that was put together from others has prefixes more than once: each is one route. */
static void test_long_list_with_doubles(void **state) {
        enum { LINES = CONFIG_ROUTES_MAX + 10 };
        char *text = make_long_list(LINES);
        char *line_8 = text + 7 * LONG_LIST_LINE_BYTES;
        char *last = text + (LINES - 1) * (size_t) LONG_LIST_LINE_BYTES;
        Result result;

        /* As many prefixes as there may be: the last ten lines are there already. */
        for (size_t i = 0; i < 10; i++)
                memcpy(last - i * LONG_LIST_LINE_BYTES, line_8, LONG_LIST_LINE_BYTES);
        for (unsigned n_lines = 0; n_lines < 100001; n_lines += 100000) {
                parse_list_pieces(&result, LIST_CONFIG, text, LINES * LONG_LIST_LINE_BYTES,
                                  n_lines);
                assert_string_equal(result.text, "");
                assert_int_equal(config_count_routes(result.config), CONFIG_ROUTES_MAX);
                result_done(&result);
        }

        /* One prefix more, in front of them, and then the line that has one too many. */
        memcpy(line_8, "192.0.2.1/32       ", LONG_LIST_LINE_BYTES - 1);
        parse_list(&result, LIST_CONFIG, text, LINES * LONG_LIST_LINE_BYTES);
        assert_string_equal(
                result.text,
                "/etc/pptp/onenet.prefixes:262145: this is one route more than the 262144 "
                "that a tunnel may have; join neighbouring prefixes to shorter ones\n");
        result_done(&result);
        free(text);
}

/* Two lists fit without their doubles, though the first had room for its own. */
static void test_two_long_lists_with_doubles(void **state) {
        enum { LINES = CONFIG_ROUTES_MAX / 2 + 10 };
        char *text = make_long_list(LINES);
        char *last = text + (LINES - 1) * (size_t) LONG_LIST_LINE_BYTES;
        Result result;

        for (size_t i = 0; i < 10; i++)
                memcpy(last - i * LONG_LIST_LINE_BYTES, text, LONG_LIST_LINE_BYTES);
        parse_list(&result, LIST_CONFIG "[Route]\nDestinationFile=/etc/pptp/others\nMetric=51\n",
                   text, LINES * LONG_LIST_LINE_BYTES);
        assert_string_equal(result.text, "");
        assert_int_equal(config_count_routes(result.config), CONFIG_ROUTES_MAX);
        result_done(&result);
        free(text);
}

/* A list of IPv6 is not kept to look for doubles, and ends at the line that is one too many. */
static void test_ipv6_list_too_long(void **state) {
        enum { LINES = CONFIG_ROUTES_MAX + 10, LINE_BYTES = 12 };
        char *text = malloc(LINES * LINE_BYTES + 1);
        Result result;

        assert_non_null(text);
        for (unsigned i = 0; i < LINES; i++)
                snprintf(text + (size_t) i * LINE_BYTES, LINE_BYTES + 1, "fd%02x:1%03x::\n",
                         i >> 12, i & 0xfff);

        parse_list(&result, "[Network]\nIPv6=negotiate\n" LIST_CONFIG, text, LINES * LINE_BYTES);
        assert_string_equal(
                result.text,
                "/etc/pptp/onenet.prefixes:262145: this is one route more than the 262144 "
                "that a tunnel may have; join neighbouring prefixes to shorter ones\n");
        result_done(&result);
        free(text);
}

/* Each of two lists is short enough, and packed. */
static void test_two_lists_too_long(void **state) {
        static const char config[] = GOOD "[Route]\nDestinationFile=/etc/a\n"
                                          "[Route]\nDestinationFile=/etc/b\nMetric=50\n";
        size_t n_line = LONG_LIST_LINE_BYTES, n = CONFIG_ROUTES_MAX / 2 * n_line;
        char *text = make_long_list(CONFIG_ROUTES_MAX / 2 + 1);
        Result result;

        parse_list(&result, config, text, n);
        assert_string_equal(result.text, "");
        assert_int_equal(result.config->n_long_lists, 2);
        assert_int_equal(config_count_routes(result.config), CONFIG_ROUTES_MAX);
        result_done(&result);

        parse_list(&result, config, text, n + n_line);
        assert_string_equal(result.text,
                            "/etc/b:131072: this is one route more than the 262144 that a tunnel "
                            "may have; join neighbouring prefixes to shorter ones\n");
        result_done(&result);
        free(text);
}

/* The lists of a section, those that were taken back, and those of a file for other tunnels. */
static void test_list_names(void **state) {
        static const char *const files[] = {
                GOOD "[Route]\nDestinationFile=/etc/a\nDestinationFile=\nDestinationFile=/etc/b c\n"
                     "DestinationFile=/etc/100%%\n[Route]\nDestinationFile=/etc/d\n",
                "[Route]\nDestinationFile=/etc/x\n[Match]\nIpParam=other\n",
                "[Route]\nDestinationFile=/etc/e\n[Match]\nIpParam=one*\n",
        };
        static const char *const wanted[] = { "/etc/b c", "/etc/100%", "/etc/d", "/etc/e" };
        ConfigParser *parser;

        assert_int_equal(config_parser_new("onenet", &parser), 0);
        for (size_t i = 0; i < ELEMENTSOF(files); i++)
                assert_int_equal(config_parser_add_file(
                                         parser, i == 0 ? CONFIG_FILE_TUNNEL : CONFIG_FILE_MATCH,
                                         "onenet.conf", files[i], strlen(files[i])),
                                 0);
        for (size_t i = 0; i < ELEMENTSOF(wanted); i++)
                assert_string_equal(config_parser_get_list(parser, i), wanted[i]);
        assert_null(config_parser_get_list(parser, ELEMENTSOF(wanted)));
        config_parser_free(parser);
}

static void test_match_files(void **state) {
        Result result;

        PARSE(&result, MAIN(GOOD),
              MATCH("[Match]\nIpParam=corp* one?et\n[Route]\nDestination=10.0.0.0/8\n"),
              MATCH("[Route]\nDestination=10.1.0.0/16\n[Match]\nIpParam=other\n"),
              MATCH("[Match]\nIpParam=*\n[Route]\nDestination=10.2.0.0/16\n"));
        assert_string_equal(result.text, "");
        assert_int_equal(result.config->n_routes, 2);
        assert_route(&result.config->routes[0], "10.0.0.0", 8, 0, 254);
        assert_route(&result.config->routes[1], "10.2.0.0", 16, 0, 254);
        result_done(&result);

        PARSE(&result, MAIN(GOOD "[Tunnel]\nIpParam=corp-%i\n"),
              MATCH("[Match]\nIpParam=corp-*\n[Route]\nDestination=10.0.0.0/8\n"));
        assert_int_equal(result.config->n_routes, 1);
        result_done(&result);
}

/* Domains and name servers may be shared as routes are, and nothing else of [Network]. */
static void test_match_files_with_names(void **state) {
        Result result;

        PARSE(&result, MAIN(GOOD "[Network]\nDNS=10.0.0.53\nDomains=~Corp.Example.\n"),
              MATCH("[Match]\nIpParam=onenet\n[Network]\nDNS=10.0.0.53 10.0.0.54\n"
                    "Domains=~corp.example lab.example\n"),
              MATCH("[Network]\nDNS=\nDNS=10.9.9.9\nDomains=~other\n[Match]\nIpParam=other\n"));
        assert_string_equal(result.text, "");
        assert_int_equal(result.config->n_name_servers, 2);
        assert_string_equal(result.config->name_servers[1], "10.0.0.54");
        assert_int_equal(result.config->n_domains, 2);
        assert_string_equal(result.config->domains[0], "~corp.example");
        assert_string_equal(result.config->domains[1], "lab.example");
        result_done(&result);

        PARSE(&result, MAIN(GOOD), MATCH("[Match]\nIpParam=other\n[Network]\nUseDNS=no\nDNS=x\n"));
        assert_string_equal(
                result.text,
                "shared.conf:4: [Network] UseDNS= does not belong into a file with [Match]; write it "
                "into the file of the tunnel\n"
                "shared.conf:5: [Network] DNS=x is not an IPv4 address; write the address alone, such "
                "as 10.0.0.53\n");
        result_done(&result);
}

static void test_match_files_with_faults(void **state) {
        Result result;

        PARSE(&result, MAIN(GOOD "[Match]\nIpParam=x\n"),
              MATCH("[Match]\n[Route]\nDestination=10.0.0.0/8\n"),
              MATCH("[Match]\nIpParam=elsewhere\n[Tunnel]\nServer=x\n[Route]\nDestination=10.0.0.1/8\n"));
        assert_string_equal(
                result.text,
                "onenet.conf:5: [Match] does not belong into the file of a tunnel; "
                "put it into a file of its own, with the [Route] sections to share\n"
                "shared.conf: [Match] has no IpParam=; "
                "add a line such as IpParam=onenet, or IpParam=* for every tunnel\n"
                "shared.conf:3: [Tunnel] does not belong into a file with [Match]; "
                "a file that begins with [Match] holds [Route] sections, and DNS= and Domains= of [Network]\n"
                "shared.conf:6: [Route] Destination=10.0.0.1/8 has host bits set; write 10.0.0.0/8\n");
        result_done(&result);
}

static void test_is_match(void **state) {
        assert_true(config_text_is_match("# x\n\n[Match]\n", 12));
        assert_false(config_text_is_match("[Tunnel]\n[Match]\n", 17));
        assert_false(config_text_is_match("[match]\n", 8));
        assert_false(config_text_is_match("", 0));
        assert_false(config_text_is_match("\0\0\0\0", 4));
}

static void test_across_keys(void **state) {
        char text[1024], name[256];
        Result result;

        expect_problems(
                GOOD "User=CORP\\alice\nDomain=CORP\n",
                "onenet.conf: [Authentication] has a domain in User= as well as in Domain=; "
                "leave it out of one of them\n");
        expect_problems(GOOD "[Reconnect]\nDelaySec=10\nMaxDelaySec=5\n",
                        "onenet.conf: [Reconnect] DelaySec= is longer than MaxDelaySec=; "
                        "give MaxDelaySec= the longer of the two times\n");

        assert_int_equal(expect_good(&result, GOOD "[Reconnect]\nDelaySec=1h\n")->max_delay_usec,
                         60 * USEC_PER_MINUTE);
        result_done(&result);

        memset(name, 'x', 255);
        name[255] = '\0';
        snprintf(text, sizeof(text), GOOD "User=%s\n", name);
        expect_good(&result, text);
        result_done(&result);
        strcat(text, "Domain=C\n");
        expect_problems(
                text,
                "onenet.conf: [Authentication] Domain= and User= together are longer than 255 bytes; "
                "pppd takes no more: shorten one of them\n");
}

static void expect_line(const char *text, const char *wanted) {
        Result result;

        PARSE(&result, MAIN(text));
        if (!strstr(result.text, wanted))
                fail_msg("\"%s\" is not in:\n%s", wanted, result.text);
        result_done(&result);
}

/* What is well-formed and means something else than it looks like. */
static void test_read_as_something_else(void **state) {
        expect_line(GOOD "[Route]\nDestination=10.0.0.0 255.0.0.0\n",
                    "onenet.conf:6: [Route] Destination=255.0.0.0 is a netmask behind an address; "
                    "write 10.0.0.0/8\n");
        expect_line(
                GOOD "[Route]\nDestination=10.9.0.0\n",
                "onenet.conf:6: [Route] Destination=10.9.0.0 is read as a single host, 10.9.0.0/32; "
                "write 10.9.0.0/24 or the like if the network is meant\n");
        expect_line(GOOD "[Route]\nDestination=::\n",
                    "onenet.conf:6: [Route] Destination=:: is read as a single host, ::/128; write "
                    "the length behind it");
        expect_line("[Tunnel]\nServer=a\n[Authentication]\nDomain=EXAMPLE\\\nUser=alice\n",
                    "onenet.conf:4: line ends with a backslash, which joins the next line to it; "
                    "remove the backslash");
        expect_line("[Authentication]\nDomain=EXAMPLE\\\n[Tunnel]\nServer=a\n",
                    "onenet.conf:2: line ends with a backslash");
        expect_line("[Tunnel]\nServer=a\n[Authentication]\nUser=alice\nDomain=EXAMPLE\\",
                    "onenet.conf:5: the last line ends with a backslash");
        expect_line(
                "[Tunnel]\nServer=a\n[Authentication]\nUser=EXAMPLE\\\\vpn\n",
                "onenet.conf:4: [Authentication] User=EXAMPLE\\\\vpn has two backslashes; write DOMAIN\\user with one");
        expect_line(GOOD "[Tunnel]\nServer=vpn2 VPN.example.com\n",
                    "onenet.conf:6: [Tunnel] Server=VPN.example.com is there already, ignoring");
}

/* The remedies that were missed most. */
static void test_remedies(void **state) {
        expect_line(GOOD "[Encryption]\nMPPE=56\n",
                    "write 128, 40, any or no, of which 128 is the strongest");
        expect_line(GOOD "[Route]\nDestination=10.0.0.0/33\n", "write /0 to /32");
        expect_line(GOOD "[Tunnel]\nServer=[2001:db8::1]\n", "PPTP runs over IPv4 only");
        expect_line(GOOD "[Tunnel]\nMTUBytes=1400B\n", "write MTUBytes=1400, without a unit");
        expect_line(GOOD "[Reconnect]\nMaxAttempts=unlimited\n", "write MaxAttempts=0");
        expect_line(GOOD "[Tunnel]\nKeepAliveIntervalSec=off\n", "write 0");
        expect_line(GOOD "[Tunnel]\nColour=blue\n", "it has Server= Port=");
        expect_line(GOOD "[Paint]\n", "sections are [Tunnel] [Authentication]");
}

static void expect_review(const File *files, size_t n_files, const char *wanted) {
        char text[4096] = "";
        Result result;
        size_t n = 0;

        parse(&result, "onenet", files, n_files);
        assert_int_equal(result.r, 0);
        assert_int_equal(config_review(result.config, &result.problems), 0);
        for (size_t i = 0; i < result.problems.n_items; i++) {
                char line[1024];

                assert_true(result.problems.items[i].warning);
                config_problem_describe(&result.problems.items[i], line, sizeof(line));
                n += (size_t) snprintf(text + n, sizeof(text) - n, "%s\n", line);
        }
        assert_string_equal(text, wanted);
        result_done(&result);
}

#define REVIEW(wanted, ...) \
        expect_review((File[]){ __VA_ARGS__ }, ELEMENTSOF(((File[]){ __VA_ARGS__ })), wanted)

static void test_review(void **state) {
        REVIEW("onenet.conf: has no route: the tunnel comes up, and nothing uses it; "
               "add a [Route] section with Destination= for each network behind the server\n",
               MAIN(GOOD));
        REVIEW("",
               MAIN(GOOD "[Route]\nDestination=10.0.0.0/8 10.0.0.0/9\n"
                         "[Route]\nDestination=10.0.0.0/8\nMetric=5\n"));
        REVIEW("shared.conf:4: [Route] Destination=10.0.0.0/8 is there twice; it stands in "
               "onenet.conf:6 as well: remove one of them, or give it a Metric=\n",
               MAIN(GOOD "[Route]\nDestination=10.0.0.0/8\n"),
               MATCH("[Match]\nIpParam=*\n[Route]\nDestination=10.0.0.0/8\n"));
        REVIEW("onenet.conf:8: [Route] Destination=192.0.2.2/32 is the server itself, and has no "
               "effect; remove it: the server's own packets cannot go through the tunnel that they carry\n",
               MAIN(GOOD "[Tunnel]\nServer=192.0.2.2\n[Route]\nDestination=192.0.2.2 192.0.2.3\n"));
}

static void test_instance_names(void **state) {
        const File file = MAIN(GOOD);
        Result result;

        parse(&result, "a-very-long-tunnel-name", &file, 1);
        assert_string_equal(
                result.text,
                "onenet.conf: the tunnel's name a-very-long-tunnel-name is longer than the 15 characters "
                "that the kernel allows; add InterfaceName= under [Tunnel]\n");
        result_done(&result);
}

/* Names that systemd escapes, or would have to, and more than 186 bytes. */
static void test_instances_that_cannot_start(void **state) {
        const File file = MAIN(GOOD "[Tunnel]\nInterfaceName=t\n");
        char name[188];
        Result result;

        parse(&result, "bad\\x20name", &file, 1);
        assert_non_null(strstr(result.text,
                               "the tunnel's name bad\\x20name has other characters than letters, "
                               "digits, _, - and .; rename the file to bad-name.conf, and start "
                               "pptp@bad-name\n"));
        result_done(&result);
        for (const char *const *bad =
                     (const char *const[]){ "x@y", "a;b", "\xc3\xbc", "a:b", NULL };
             *bad; bad++) {
                parse(&result, *bad, &file, 1);
                assert_int_equal(result.r, CONFIG_E_INVALID);
                assert_non_null(strstr(result.text, " has other characters than letters, "));
                result_done(&result);
        }

        memset(name, 'a', sizeof(name));
        name[187] = '\0';
        parse(&result, name, &file, 1);
        assert_non_null(strstr(result.text, "is longer than the 186 characters"));
        result_done(&result);

        name[186] = '\0';
        parse(&result, name, &file, 1);
        assert_string_equal(result.text, "");
        result_done(&result);
}

static void test_policies(void **state) {
        Result result;
        MppePolicy policy;

        policy = config_get_mppe_policy(expect_good(&result, GOOD "[Encryption]\nMPPE=40\n"));
        assert_true(!policy.allow_128 && policy.allow_40 && policy.open_40);
        result_done(&result);
        policy = config_get_mppe_policy(expect_good(
                &result, GOOD "[Encryption]\nMPPE=any\nStateful=yes\nTolerateMPPC=no\n"));
        assert_true(policy.allow_128 && policy.allow_40 && !policy.open_40);
        assert_true(policy.allow_stateful && !policy.open_stateful && !policy.tolerate_mppc);
        result_done(&result);
        policy = config_get_mppe_policy(expect_good(&result, GOOD "[Encryption]\nMPPE=no\n"));
        assert_false(mppe_policy_requires(&policy));
        result_done(&result);
}

static void test_excerpt(void **state) {
        char buffer[CONFIG_EXCERPT_BYTES], text[200];

        assert_string_equal(config_excerpt("ä", buffer), "ä");
        assert_string_equal(config_excerpt("a\tb", buffer), "a b");
        memset(text, 'x', sizeof(text));
        memcpy(text + 63, "ä", 3); /* its second byte would be the 65th */
        config_excerpt(text, buffer);
        assert_int_equal(strlen(buffer), 63 + strlen("…"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_nothing),
                cmocka_unit_test(test_keys_without_equals),
                cmocka_unit_test(test_units),
                cmocka_unit_test(test_all_problems_at_once),
                cmocka_unit_test(test_no_password_in_messages),
                cmocka_unit_test(test_problems_are_capped),
                cmocka_unit_test(test_defaults),
                cmocka_unit_test(test_every_key),
                cmocka_unit_test(test_no_key_forgotten),
                cmocka_unit_test(test_precedence_and_resets),
                cmocka_unit_test(test_routes),
                cmocka_unit_test(test_default_route),
                cmocka_unit_test(test_default_route_beside_unreachable),
                cmocka_unit_test(test_ipv6_routes),
                cmocka_unit_test(test_ipv6_block_needs_a_default_route),
                cmocka_unit_test(test_no_names_in_a_namespace),
                cmocka_unit_test(test_vrf),
                cmocka_unit_test(test_vrf_conflicts),
                cmocka_unit_test(test_vrf_of_the_name_of_the_interface),
                cmocka_unit_test(test_too_many_routes),
                cmocka_unit_test(test_list),
                cmocka_unit_test(test_list_with_faults),
                cmocka_unit_test(test_list_in_pieces),
                cmocka_unit_test(test_many_long_lists),
                cmocka_unit_test(test_random_lists),
                cmocka_unit_test(test_list_of_another_kind),
                cmocka_unit_test(test_list_that_the_unit_does_not_see),
                cmocka_unit_test(test_list_of_passwords),
                cmocka_unit_test(test_path_of_any_length),
                cmocka_unit_test(test_places_of_the_kernel),
                cmocka_unit_test(test_list_with_byte_order_mark),
                cmocka_unit_test(test_list_without_prefixes),
                cmocka_unit_test(test_list_too_long),
                cmocka_unit_test(test_long_list_with_doubles),
                cmocka_unit_test(test_two_long_lists_with_doubles),
                cmocka_unit_test(test_ipv6_list_too_long),
                cmocka_unit_test(test_two_lists_too_long),
                cmocka_unit_test(test_list_names),
                cmocka_unit_test(test_match_files),
                cmocka_unit_test(test_match_files_with_names),
                cmocka_unit_test(test_match_files_with_faults),
                cmocka_unit_test(test_is_match),
                cmocka_unit_test(test_across_keys),
                cmocka_unit_test(test_read_as_something_else),
                cmocka_unit_test(test_remedies),
                cmocka_unit_test(test_review),
                cmocka_unit_test(test_instance_names),
                cmocka_unit_test(test_instances_that_cannot_start),
                cmocka_unit_test(test_policies),
                cmocka_unit_test(test_excerpt),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
