/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "core/macros.h"
#include "core/plugin-message.h"

static const uint8_t frame[] = { 0xc0, 0x21, 1, 1, 0, 4 };

static const PluginMessage samples[] = {
        { .type = PLUGIN_SETUP, .setup = { { .allow_128 = true, .tolerate_mppc = true }, true } },
        { .type = PLUGIN_EARLY_FRAME, .frame = { .data = frame, .n_data = sizeof(frame) } },
        { .type = PLUGIN_PASSWORD, .password = { .secret = "secret", .n_secret = 6 } },
        { .type = PLUGIN_HELLO, .hello.pppd_version = "2.4.9" },
        { .type = PLUGIN_PHASE, .phase.phase = PLUGIN_PHASE_NETWORK },
        { .type = PLUGIN_PACKET, .frame = { .sent = true, .data = frame, .n_data = sizeof(frame) } },
        { .type = PLUGIN_PASSWORD_REQUEST },
        { .type = PLUGIN_IP_UP, .ip_up = { .ifname = "onenet", .mtu_bytes = 1456 } },
        { .type = PLUGIN_IP_DOWN },
        { .type = PLUGIN_POLICY_BREACH, .breach.breach = PLUGIN_BREACH_NAK_LOOP },
        { .type = PLUGIN_EXITING, .exiting.status = 19 },
};

static void test_hostile(void **state) {
        static const struct {
                const char *what;
                uint8_t data[8];
                size_t n_data;
                int expected;
        } cases[] = {
                { "nothing", { 0 }, 0, PLUGIN_MESSAGE_E_FORMAT },
                { "another build", { 99, PLUGIN_HELLO }, 2, PLUGIN_MESSAGE_E_VERSION },
                { "no type", { PLUGIN_MESSAGE_VERSION }, 1, PLUGIN_MESSAGE_E_FORMAT },
                { "unknown type", { PLUGIN_MESSAGE_VERSION, 200 }, 2, PLUGIN_MESSAGE_E_FORMAT },
                { "unknown phase", { PLUGIN_MESSAGE_VERSION, PLUGIN_PHASE, 99 }, 3, PLUGIN_MESSAGE_E_FORMAT },
                { "breach 0", { PLUGIN_MESSAGE_VERSION, PLUGIN_POLICY_BREACH, 0, 0, 0 }, 5, PLUGIN_MESSAGE_E_FORMAT },
                { "more than belongs", { PLUGIN_MESSAGE_VERSION, PLUGIN_IP_DOWN, 1 }, 3, PLUGIN_MESSAGE_E_FORMAT },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                PluginMessage m = { .type = 77 };

                if (plugin_message_parse(cases[i].data, cases[i].n_data, &m) != cases[i].expected)
                        fail_msg("%s", cases[i].what);
                assert_int_equal(m.type, 77);
        }
}

/* A text without its NUL would be read beyond its end. */
static void test_unterminated_text(void **state) {
        uint8_t data[2 + sizeof(((PluginMessage *) 0)->hello.pppd_version)];
        PluginMessage m;

        memset(data, 'x', sizeof(data));
        data[0] = PLUGIN_MESSAGE_VERSION;
        data[1] = PLUGIN_HELLO;
        assert_int_equal(plugin_message_parse(data, sizeof(data), &m), PLUGIN_MESSAGE_E_FORMAT);
}

static void test_too_large(void **state) {
        static uint8_t large[PLUGIN_MESSAGE_MAX_BYTES + 100] = { PLUGIN_MESSAGE_VERSION, PLUGIN_PACKET };
        uint8_t buffer[PLUGIN_MESSAGE_MAX_BYTES];
        PluginMessage m;

        assert_int_equal(plugin_message_parse(large, sizeof(large), &m), PLUGIN_MESSAGE_E_FORMAT);
        large[1] = PLUGIN_PASSWORD;
        assert_int_equal(plugin_message_parse(large, 2 + PLUGIN_SECRET_MAX_BYTES + 1, &m),
                         PLUGIN_MESSAGE_E_FORMAT);

        m = (PluginMessage){ .type = PLUGIN_PACKET, .frame = { .data = large, .n_data = sizeof(large) } };
        assert_int_equal(plugin_message_write(&m, buffer, sizeof(buffer)), -ENOBUFS);
        m = (PluginMessage){ .type = PLUGIN_PASSWORD, .password.n_secret = PLUGIN_SECRET_MAX_BYTES + 1 };
        assert_int_equal(plugin_message_write(&m, buffer, sizeof(buffer)), -EINVAL);
        m = (PluginMessage){ .type = 99 };
        assert_int_equal(plugin_message_write(&m, buffer, sizeof(buffer)), -EINVAL);
}

/* What is written reads the same; cut anywhere it is refused, unless a shorter one is whole as well. */
static void test_round_trip_and_truncation(void **state) {
        for (size_t i = 0; i < ELEMENTSOF(samples); i++) {
                uint8_t buffer[PLUGIN_MESSAGE_MAX_BYTES], again[PLUGIN_MESSAGE_MAX_BYTES];
                PluginMessageType type = samples[i].type;
                PluginMessage m;
                int n;

                n = plugin_message_write(&samples[i], buffer, sizeof(buffer));
                assert_true(n >= 2);
                assert_int_equal(plugin_message_parse(buffer, n, &m), 0);
                assert_int_equal(m.type, type);
                assert_int_equal(plugin_message_write(&m, again, sizeof(again)), n);
                assert_memory_equal(buffer, again, n);
                assert_int_equal(plugin_message_write(&m, again, n - 1), -ENOBUFS);

                if (type == PLUGIN_PACKET || type == PLUGIN_EARLY_FRAME || type == PLUGIN_PASSWORD)
                        continue; /* as long as they like */
                for (int cut = 0; cut < n; cut++)
                        assert_int_equal(plugin_message_parse(buffer, cut, &m), PLUGIN_MESSAGE_E_FORMAT);
        }
}

static void test_values_survive(void **state) {
        PluginMessage m = {
                .type = PLUGIN_IP_UP,
                .ip_up = {
                        .ifname = "fifteen-letters",
                        .local.s_addr = htonl(0x0a0a0102),
                        .peer.s_addr = htonl(0x0a0a0101),
                        .dns[1].s_addr = htonl(0x08080808),
                        .transmit = { .bits_128 = true },
                        .receive = { .bits_40 = true, .stateful = true },
                        .mtu_bytes = 1456,
                },
        };
        uint8_t buffer[PLUGIN_MESSAGE_MAX_BYTES];
        PluginMessage got;

        assert_int_equal(plugin_message_parse(buffer, plugin_message_write(&m, buffer, sizeof(buffer)), &got), 0);
        assert_string_equal(got.ip_up.ifname, "fifteen-letters");
        assert_int_equal(got.ip_up.local.s_addr, m.ip_up.local.s_addr);
        assert_int_equal(got.ip_up.peer.s_addr, m.ip_up.peer.s_addr);
        assert_int_equal(got.ip_up.dns[0].s_addr, INADDR_ANY);
        assert_int_equal(got.ip_up.dns[1].s_addr, m.ip_up.dns[1].s_addr);
        assert_true(got.ip_up.transmit.bits_128 && !got.ip_up.transmit.stateful);
        assert_true(got.ip_up.receive.bits_40 && got.ip_up.receive.stateful);
        assert_int_equal(got.ip_up.mtu_bytes, 1456);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_hostile),
                cmocka_unit_test(test_unterminated_text),
                cmocka_unit_test(test_too_large),
                cmocka_unit_test(test_round_trip_and_truncation),
                cmocka_unit_test(test_values_survive),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
