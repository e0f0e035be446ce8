/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "core/base/macros.h"
#include "core/ppp/plugin-message.h"

static const uint8_t lcp_echo[] = { 0xc0, 0x21, 0x09, 0x01, 0x00, 0x08, 0xde, 0xad, 0xbe, 0xef };

/* One of every type, each field different from zero where it may be. */
static const PluginMessage samples[] = {
        {
                .type = PLUGIN_SETUP,
                .setup = {
                        .mppe = { .allow_128 = true, .open_stateful = true, .tolerate_mppc = true },
                        .ip = { .address = { 0x0702a8c0 },
                                .dns = { { 0x08080808 }, { 0x04040404 } },
                                .no_dns = true },
                        .ask_password = true,
                        .accept_router = true,
                        .keep_alive_interval_sec = 10,
                        .keep_alive_probes = 3,
                },
        },
        { .type = PLUGIN_EARLY_FRAME, .frame = { .data = lcp_echo, .n_data = sizeof(lcp_echo) } },
        { .type = PLUGIN_TRANSPORT, .transport = { .frame_bytes = 1460, .restart_sec = 3 } },
        { .type = PLUGIN_PASSWORD,
          .password = { .found = true, .secret = "geheim", .n_secret = 6 } },
        { .type = PLUGIN_HELLO, .hello = { .pppd_version = "2.4.9" } },
        { .type = PLUGIN_PHASE, .phase = { .phase = PLUGIN_PHASE_NETWORK } },
        {
                .type = PLUGIN_PACKET,
                .frame = { .sent = true, .data = lcp_echo, .n_data = sizeof(lcp_echo) },
        },
        { .type = PLUGIN_PASSWORD_REQUEST },
        {
                .type = PLUGIN_IP_UP,
                .ip_up = {
                        .ifname = "onenet",
                        .local = { 0x0102a8c0 },
                        .peer = { 0x0202a8c0 },
                        .dns = { { 0x08080808 }, { 0x04040404 } },
                        .transmit = { .bits_128 = true },
                        .receive = { .bits_40 = true, .stateful = true },
                        .mtu_bytes = 1400,
                },
        },
        { .type = PLUGIN_IP_DOWN },
        { .type = PLUGIN_NO_IPV6, .no_ipv6 = { .lack = PLUGIN_NO_IPV6_KERNEL } },
        {
                .type = PLUGIN_POLICY_BREACH,
                .breach = { .breach = PLUGIN_BREACH_NAK_LOOP, .receive = { .bits_40 = true } },
        },
        { .type = PLUGIN_EXITING, .exiting = { .status = 19 } },
};

static size_t write_sample(size_t i, uint8_t *buffer) {
        int r = plugin_message_write(&samples[i], buffer, PLUGIN_MESSAGE_MAX_BYTES);

        assert_true(r > 0);
        return r;
}

/* Cut at every offset; a frame or a secret may be shorter, all else is refused. */
static void test_truncated(void **state) {
        for (size_t i = 0; i < ELEMENTSOF(samples); i++) {
                uint8_t buffer[PLUGIN_MESSAGE_MAX_BYTES];
                size_t n = write_sample(i, buffer);

                for (size_t cut = 0; cut < n; cut++) {
                        PluginMessage parsed = { .type = 99 };
                        int r = plugin_message_parse(buffer, cut, &parsed);

                        if (r == 0) {
                                assert_true(parsed.type == PLUGIN_EARLY_FRAME ||
                                            parsed.type == PLUGIN_PACKET ||
                                            parsed.type == PLUGIN_PASSWORD);
                                assert_true(cut > 2);
                        } else {
                                assert_int_equal(r, PLUGIN_MESSAGE_E_FORMAT);
                                assert_int_equal(parsed.type, 99);
                        }
                }
        }
}

static void test_too_long(void **state) {
        for (size_t i = 0; i < ELEMENTSOF(samples); i++) {
                uint8_t buffer[PLUGIN_MESSAGE_MAX_BYTES + 1] = { 0 };
                PluginMessage parsed;
                size_t n = write_sample(i, buffer);

                if (samples[i].type == PLUGIN_EARLY_FRAME || samples[i].type == PLUGIN_PACKET ||
                    samples[i].type == PLUGIN_PASSWORD)
                        n = sizeof(buffer) - 1;

                assert_int_equal(plugin_message_parse(buffer, n + 1, &parsed),
                                 PLUGIN_MESSAGE_E_FORMAT);
        }
}

static void test_hostile_bytes(void **state) {
        static const struct {
                uint8_t data[12];
                size_t n_data;
                int result;
        } cases[] = {
                { { 0 }, 0, PLUGIN_MESSAGE_E_FORMAT },
                { { PLUGIN_MESSAGE_VERSION + 1, PLUGIN_IP_DOWN }, 2, PLUGIN_MESSAGE_E_VERSION },
                { { 0, 0 }, 2, PLUGIN_MESSAGE_E_VERSION },
                { { PLUGIN_MESSAGE_VERSION, 0 }, 2, PLUGIN_MESSAGE_E_FORMAT },
                { { PLUGIN_MESSAGE_VERSION, 255 }, 2, PLUGIN_MESSAGE_E_FORMAT },
                { { PLUGIN_MESSAGE_VERSION, PLUGIN_SETUP, 0x80, 0, 0, 0, 1, 0, 0, 0, 1 },
                  11,
                  PLUGIN_MESSAGE_E_FORMAT },
                { { PLUGIN_MESSAGE_VERSION, PLUGIN_PASSWORD, 2 }, 3, PLUGIN_MESSAGE_E_FORMAT },
                { { PLUGIN_MESSAGE_VERSION, PLUGIN_PASSWORD, 0, 'x' }, 4, PLUGIN_MESSAGE_E_FORMAT },
                { { PLUGIN_MESSAGE_VERSION, PLUGIN_PHASE, _PLUGIN_PHASE_MAX },
                  3,
                  PLUGIN_MESSAGE_E_FORMAT },
                { { PLUGIN_MESSAGE_VERSION, PLUGIN_PACKET, 1 }, 3, PLUGIN_MESSAGE_E_FORMAT },
                { { PLUGIN_MESSAGE_VERSION, PLUGIN_POLICY_BREACH, 0, 0, 0 },
                  5,
                  PLUGIN_MESSAGE_E_FORMAT },
                { { PLUGIN_MESSAGE_VERSION, PLUGIN_POLICY_BREACH, 1, 8, 0 },
                  5,
                  PLUGIN_MESSAGE_E_FORMAT },
                { { PLUGIN_MESSAGE_VERSION, PLUGIN_POLICY_BREACH, 1, 1, 1 }, 5, 0 },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                PluginMessage parsed;

                assert_int_equal(plugin_message_parse(cases[i].data, cases[i].n_data, &parsed),
                                 cases[i].result);
        }
}

static void test_unterminated_name(void **state) {
        uint8_t buffer[PLUGIN_MESSAGE_MAX_BYTES];
        PluginMessage parsed;
        size_t n = write_sample(PLUGIN_IP_UP - PLUGIN_HELLO + 4, buffer);

        assert_int_equal(buffer[1], PLUGIN_IP_UP);
        memset(buffer + 2, 'a', sizeof(parsed.ip_up.ifname));
        assert_int_equal(plugin_message_parse(buffer, n, &parsed), PLUGIN_MESSAGE_E_FORMAT);
}

static void assert_same(const PluginMessage *a, const PluginMessage *b) {
        uint8_t x[PLUGIN_MESSAGE_MAX_BYTES], y[PLUGIN_MESSAGE_MAX_BYTES];
        int n_x, n_y;

        n_x = plugin_message_write(a, x, sizeof(x));
        n_y = plugin_message_write(b, y, sizeof(y));
        assert_true(n_x > 0);
        assert_int_equal(n_x, n_y);
        assert_memory_equal(x, y, n_x);
}

static void test_round_trip(void **state) {
        for (size_t i = 0; i < ELEMENTSOF(samples); i++) {
                uint8_t buffer[PLUGIN_MESSAGE_MAX_BYTES];
                PluginMessage parsed;
                size_t n = write_sample(i, buffer);

                assert_int_equal(plugin_message_parse(buffer, n, &parsed), 0);
                assert_int_equal(parsed.type, samples[i].type);
                assert_same(&parsed, &samples[i]);
        }
}

static void test_fields(void **state) {
        uint8_t buffer[PLUGIN_MESSAGE_MAX_BYTES];
        PluginMessage parsed;

        assert_int_equal(plugin_message_parse(buffer, write_sample(0, buffer), &parsed), 0);
        assert_true(parsed.setup.mppe.allow_128);
        assert_false(parsed.setup.mppe.allow_40);
        assert_true(parsed.setup.mppe.open_stateful);
        assert_true(parsed.setup.ask_password);
        assert_true(parsed.setup.accept_router);
        assert_int_equal(parsed.setup.keep_alive_interval_sec, 10);
        assert_int_equal(parsed.setup.keep_alive_probes, 3);
        assert_memory_equal(&parsed.setup.ip, &samples[0].setup.ip, sizeof(IpRequest));

        assert_int_equal(plugin_message_parse(buffer, write_sample(3, buffer), &parsed), 0);
        assert_true(parsed.password.found);
        assert_int_equal(parsed.password.n_secret, 6);
        assert_string_equal((const char *) parsed.password.secret, "geheim");

        assert_int_equal(plugin_message_parse(buffer, write_sample(6, buffer), &parsed), 0);
        assert_true(parsed.frame.sent);
        assert_int_equal(parsed.frame.n_data, sizeof(lcp_echo));
        assert_memory_equal(parsed.frame.data, lcp_echo, sizeof(lcp_echo));

        assert_int_equal(plugin_message_parse(buffer, write_sample(8, buffer), &parsed), 0);
        assert_string_equal(parsed.ip_up.ifname, "onenet");
        assert_int_equal(parsed.ip_up.dns[1].s_addr, 0x04040404);
        assert_true(parsed.ip_up.receive.stateful);
        assert_int_equal(parsed.ip_up.mtu_bytes, 1400);
}

static void test_write_refuses(void **state) {
        uint8_t buffer[PLUGIN_MESSAGE_MAX_BYTES], frame[PLUGIN_FRAME_MAX_BYTES + 1] = { 0 };
        PluginMessage message = { .type = 77 };

        assert_int_equal(plugin_message_write(&message, buffer, sizeof(buffer)), -EINVAL);

        message = (PluginMessage){
                .type = PLUGIN_PACKET,
                .frame = { .data = frame, .n_data = sizeof(frame) },
        };
        assert_int_equal(plugin_message_write(&message, buffer, sizeof(buffer)), -EINVAL);
        message.frame.n_data = 0;
        assert_int_equal(plugin_message_write(&message, buffer, sizeof(buffer)), -EINVAL);
        message.frame.n_data = PLUGIN_FRAME_MAX_BYTES;
        assert_true(plugin_message_write(&message, buffer, sizeof(buffer)) > 0);

        for (size_t i = 0; i < ELEMENTSOF(samples); i++) {
                size_t n = write_sample(i, buffer);

                for (size_t room = 0; room < n; room++)
                        assert_int_equal(plugin_message_write(&samples[i], buffer, room), -ENOBUFS);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_truncated),     cmocka_unit_test(test_too_long),
                cmocka_unit_test(test_hostile_bytes), cmocka_unit_test(test_unterminated_name),
                cmocka_unit_test(test_round_trip),    cmocka_unit_test(test_fields),
                cmocka_unit_test(test_write_refuses),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
