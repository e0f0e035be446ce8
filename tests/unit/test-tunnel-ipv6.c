/* SPDX-License-Identifier: GPL-2.0-or-later */

/* IPv6=negotiate: what waits for IPV6CP, and what becomes of a tunnel without it. */

#include "test.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "core/diagnosis/diagnosis.h"
#include "tunnel-fixture.h"

#define WAIT_USEC (3 * USEC_PER_SEC)
#define ENCRYPTED ((MppeOutcome){ .bits_128 = true })

/* LCP's Protocol-Reject of an IPV6CP Configure-Request (RFC 1661, section 5.7). */
static const uint8_t protocol_reject[] = { 0xc0, 0x21, 8, 1, 0, 10, 0x80, 0x57, 1, 1, 0, 4 };

static void want_ipv6(Fixture *f, const char *route) {
        char text[512];

        snprintf(text, sizeof(text),
                 "[Tunnel]\nServer=vpn.example\n[Authentication]\nUser=username\n"
                 "[Network]\nIPv6=negotiate\n[Route]\nDestination=10.0.0.0/8\n%s",
                 route);
        configure(f, text);
}

static void want_ipv6_routes(Fixture *f) {
        want_ipv6(f, "Destination=fd00:1::/32\n");
}

static void ipv6_up(Fixture *f) {
        PluginMessage m = { .type = PLUGIN_IPV6_UP };

        assert_int_equal(inet_pton(AF_INET6, "fe80::2", &m.ipv6_up.local), 1);
        assert_int_equal(inet_pton(AF_INET6, "fe80::1", &m.ipv6_up.peer), 1);
        step_plugin(f, m);
}

static void ipv6_down(Fixture *f) {
        step_plugin(f, (PluginMessage){ .type = PLUGIN_IPV6_DOWN });
}

static void assert_applies_routes(const Fixture *f, bool has_ipv6) {
        const TunnelAction *apply = find(f, TUNNEL_ACTION_APPLY);

        assert_non_null(apply);
        assert_int_equal(apply->apply.parts & TUNNEL_PART_IPV6, 0);
        assert_true(apply->apply.parts & TUNNEL_PART_ROUTES);
        assert_int_equal(apply->apply.link.has_ipv6, has_ipv6);
}

static void assert_ready(Fixture *f, const char *words) {
        assert_state(f, TUNNEL_STATE_UP);
        if (!strstr(find(f, TUNNEL_ACTION_READY)->status.text, words))
                fail_msg("%s is not in %s", words, find(f, TUNNEL_ACTION_READY)->status.text);
}

static void assert_told(const Fixture *f, const char *why) {
        const TunnelAction *log = find_log(f, why);

        assert_non_null(log);
        assert_string_equal(log->log.row->id, "IPCP-09");
}

static void assert_waits_no_longer_than(const Fixture *f, uint64_t usec) {
        assert_true(tunnel_next_deadline(f->tunnel) <= f->now_usec + usec);
}

static void test_after_ip(void **state) {
        Fixture *f = *state;
        Status s = { 0 };

        want_ipv6_routes(f);
        go_to(f, TUNNEL_STATE_APPLYING);
        assert_applies_routes(f, false);
        assert_waits_no_longer_than(f, WAIT_USEC);

        /* Everything else stands before. */
        step_type(f, TUNNEL_EVENT_PROBE_REPLY);
        step_type(f, TUNNEL_EVENT_APPLIED);
        assert_state(f, TUNNEL_STATE_APPLYING);
        ipv6_up(f);
        assert_applies_routes(f, true);
        assert_state(f, TUNNEL_STATE_APPLYING);
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_APPLIED, .part = TUNNEL_PART_ROUTES });
        assert_ready(f, "to 10.10.1.1, IPv6, ");

        tunnel_get_status(f->tunnel, &s);
        assert_string_equal(s.ipv6_address, "fe80::2");
        assert_string_equal(s.ipv6_peer_address, "fe80::1");
}

static void test_before_ip(void **state) {
        Fixture *f = *state;

        want_ipv6_routes(f);
        negotiate(f);
        ipv6_up(f);
        assert_null(find(f, TUNNEL_ACTION_APPLY));
        ip_up(f, ENCRYPTED);
        assert_applies_routes(f, true);
        step_type(f, TUNNEL_EVENT_APPLIED);
        assert_state(f, TUNNEL_STATE_PROBING);
}

static void test_no_answer(void **state) {
        Fixture *f = *state;
        uint64_t begin_usec;

        want_ipv6_routes(f);
        go_to(f, TUNNEL_STATE_APPLYING);
        begin_usec = f->now_usec;
        step_type(f, TUNNEL_EVENT_PROBE_REPLY);
        step_type(f, TUNNEL_EVENT_APPLIED);
        step_timer(f);
        assert_int_equal(f->now_usec - begin_usec, WAIT_USEC);
        assert_ready(f, "Up, but without IPv6 (the server does not answer IPV6CP): ");
        assert_told(f, "does not answer IPV6CP");

        /* It comes all the same. */
        ipv6_up(f);
        assert_applies_routes(f, true);
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_APPLIED, .part = TUNNEL_PART_ROUTES });
        assert_non_null(find_log(f, "The tunnel is complete again"));
        assert_non_null(strstr(find_status(f), "Up: "));
}

static void test_rejected(void **state) {
        for (int early = 0; early <= 1; early++) {
                Fixture *f = *state;

                want_ipv6_routes(f);
                negotiate(f);
                if (early)
                        step_packet(f, protocol_reject, sizeof(protocol_reject));
                advance(f);
                assert_state(f, TUNNEL_STATE_APPLYING);
                if (!early)
                        step_packet(f, protocol_reject, sizeof(protocol_reject));
                step_type(f, TUNNEL_EVENT_PROBE_REPLY);
                step_type(f, TUNNEL_EVENT_APPLIED);
                assert_ready(f, "Up, but without IPv6 (the server rejects IPV6CP): ");
                assert_told(f, "the server rejects IPV6CP");
        }
}

/* Its server was not asked, so that there is nothing to wait for. */
static void test_host_has_none(void **state) {
        static const struct {
                PluginNoIpv6 lack;
                const char *why;
        } rows[] = {
                { PLUGIN_NO_IPV6_OFF,
                  "off in this host: run \"sysctl net.ipv6.conf.default.disable_ipv6=0\", then "
                  "reconnect" },
                { PLUGIN_NO_IPV6_KERNEL,
                  "the kernel of this host has none: boot it without ipv6.disable=1" },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                Fixture *f = *state;
                uint64_t begin_usec;

                want_ipv6_routes(f);
                negotiate(f);
                step_plugin(f,
                            (PluginMessage){
                                    .type = PLUGIN_NO_IPV6,
                                    .no_ipv6 = { .lack = rows[i].lack },
                            });
                ip_up(f, ENCRYPTED);
                assert_state(f, TUNNEL_STATE_APPLYING);
                begin_usec = f->now_usec;
                step_type(f, TUNNEL_EVENT_PROBE_REPLY);
                step_type(f, TUNNEL_EVENT_APPLIED);
                assert_ready(f, rows[i].why);
                assert_told(f, rows[i].why);
                assert_int_equal(f->now_usec, begin_usec);
        }
}

/* Nothing but the server's own address is lost without it. */
static void test_no_routes(void **state) {
        Fixture *f = *state;

        want_ipv6(f, "");
        go_to(f, TUNNEL_STATE_APPLYING);
        step_type(f, TUNNEL_EVENT_PROBE_REPLY);
        step_type(f, TUNNEL_EVENT_APPLIED);
        assert_ready(f, "Up: ");
        ipv6_up(f);
        assert_null(find(f, TUNNEL_ACTION_APPLY));
        assert_non_null(strstr(find_status(f), ", IPv6, "));
}

/* IPV6CP alone goes down: the routes stay until it is clear that it does not come back. */
static void test_negotiated_anew(void **state) {
        Fixture *f = *state;

        want_ipv6_routes(f);
        go_to(f, TUNNEL_STATE_APPLYING);
        ipv6_up(f);
        go_to(f, TUNNEL_STATE_UP);

        ipv6_down(f);
        assert_null(find(f, TUNNEL_ACTION_APPLY));
        ipv6_up(f);
        assert_null(find(f, TUNNEL_ACTION_APPLY));
        assert_true(tunnel_next_deadline(f->tunnel) > f->now_usec);

        ipv6_down(f);
        do
                step_any_timer(f);
        while (!find_log(f, "does not answer IPV6CP"));
        assert_applies_routes(f, false);
        assert_told(f, "does not answer IPV6CP");
        assert_non_null(strstr(find_status(f), "Up, but without IPv6"));
        assert_state(f, TUNNEL_STATE_UP);
}

static void test_small_mtu(void **state) {
        Fixture *f = *state;

        want_ipv6_routes(f);
        go_to(f, TUNNEL_STATE_APPLYING);
        ipv6_up(f);
        go_to(f, TUNNEL_STATE_UP);
        step(f, (TunnelEvent){ .type = TUNNEL_EVENT_MTU_CHANGED, .count = 1279 });
        assert_told(f, "the MTU of 1279 bytes is below the 1280 that IPv6 needs");
        assert_state(f, TUNNEL_STATE_UP);
}

static void see(Fixture *f, const char *ifname, uint16_t mtu_bytes) {
        TunnelEvent event = { .type = TUNNEL_EVENT_LINK_SEEN, .seen.mtu_bytes = mtu_bytes };

        snprintf(event.seen.ifname, sizeof(event.seen.ifname), "%s", ifname);
        step(f, event);
}

/* What others changed of the interface is told, and followed. */
static void test_changed_by_others(void **state) {
        Fixture *f = *state;
        Status s = { 0 };

        want_ipv6_routes(f);
        go_to(f, TUNNEL_STATE_APPLYING);
        ipv6_up(f);
        go_to(f, TUNNEL_STATE_UP);

        see(f, "onenet", 1456);
        assert_int_equal(f->actions.n_items, 0);

        see(f, "foo", 1456);
        assert_non_null(find_log(f,
                                 "Somebody renamed the interface onenet to foo; \"pptpctl "
                                 "reconnect\" makes onenet again"));
        assert_non_null(strstr(find_status(f), " on foo, "));
        assert_int_equal(find(f, TUNNEL_ACTION_APPLY)->apply.parts, TUNNEL_PART_SIZES);
        assert_string_equal(find(f, TUNNEL_ACTION_APPLY)->apply.link.ifname, "foo");
        tunnel_get_status(f->tunnel, &s);
        assert_string_equal(s.interface_name, "foo");

        see(f, "foo", 1000);
        assert_non_null(find_log(f,
                                 "Somebody changed the MTU of foo from 1456 to 1000; \"pptpctl "
                                 "reconnect\" puts it back"));
        assert_told(f, "the MTU of 1000 bytes is below the 1280 that IPv6 needs");
        tunnel_get_status(f->tunnel, &s);
        assert_int_equal(s.mtu_bytes, 1000);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_after_ip),  TEST(test_before_ip),     TEST(test_no_answer),
                TEST(test_rejected),  TEST(test_no_routes),     TEST(test_negotiated_anew),
                TEST(test_small_mtu), TEST(test_host_has_none), TEST(test_changed_by_others),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
