/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <string.h>

#include "core/config/config-foreign.h"
#include "core/config/config-hints.h"
#include "core/base/macros.h"

static const struct {
        int section;
        const char *name;
        const char *hint; /* NULL: none; else what it must hold */
} keys[] = {
        { CONFIG_SECTION_TUNNEL, "Sever", "did you mean Server=?" },
        { CONFIG_SECTION_TUNNEL, "server", "write Server=" },
        { CONFIG_SECTION_TUNNEL, "User", "it belongs into [Authentication]" },
        { CONFIG_SECTION_NETWORK, "MTUBytes", "it belongs into [Tunnel] or [Route]" },
        { CONFIG_SECTION_ROUTE, "Destnation", "did you mean Destination=?" },
        { CONFIG_SECTION_NETWORK, "Destnation", "did you mean [Route] Destination=?" },
        { CONFIG_SECTION_TUNNEL, "Endpoint", "[Tunnel] Server=" },
        { CONFIG_SECTION_TUNNEL, "AllowedIPs", "[Route] Destination=" },
        { CONFIG_SECTION_TUNNEL, "Address", "LocalAddress=" },
        { CONFIG_SECTION_TUNNEL, "PersistentKeepalive", "KeepAliveIntervalSec=" },
        { CONFIG_SECTION_ENCRYPTION, "require-mppe-128", "MPPE=128" },
        { CONFIG_SECTION_ENCRYPTION, "require_mppe_128", "MPPE=128" },
        { CONFIG_SECTION_ENCRYPTION, "mppe", "write MPPE=" },
        { CONFIG_SECTION_TUNNEL, "gateway", "[Tunnel] Server=" },
        { CONFIG_SECTION_TUNNEL, "user-name", "[Authentication] User=" },
        { CONFIG_SECTION_TUNNEL, "lcp-echo-interval", "KeepAliveIntervalSec=" },
        { CONFIG_SECTION_AUTHENTICATION, "Password", "PasswordFile=" },
        { CONFIG_SECTION_AUTHENTICATION, "password", "never contains" },
        { CONFIG_SECTION_TUNNEL, "Password", "never contains" },
        { -1, "Server", "it belongs into [Tunnel]" },
        { -1, "remote", "[Tunnel] Server=" },
        { CONFIG_SECTION_NETWORK, "dhcp-option", "Domains= for a domain" },
        { CONFIG_SECTION_TUNNEL, "ip-up", "[Hooks] Up=" },
        { CONFIG_SECTION_HOOKS, "Script", "[Hooks] Up=" },
        { CONFIG_SECTION_TUNNEL, "PostUp", "[Hooks] Up=" },
        { CONFIG_SECTION_TUNNEL, "up", "[Hooks] Up=" },
        { CONFIG_SECTION_TUNNEL, "Down", "it belongs into [Hooks]" },
        { CONFIG_SECTION_NETWORK, "UseDomains", "UseRoutes=yes" },
        { CONFIG_SECTION_NETWORK, "nameserver", "[Network] DNS=" },
        { CONFIG_SECTION_NETWORK, "search", "[Network] Domains=" },
        { CONFIG_SECTION_TUNNEL, "Xyzzyplugh", NULL },
        { CONFIG_SECTION_TUNNEL, "", NULL },
        { CONFIG_SECTION_TUNNEL, "ab", NULL },
};

static void test_keys(void **state) {
        for (size_t i = 0; i < ELEMENTSOF(keys); i++) {
                char hint[CONFIG_HINT_BYTES];
                bool has_hint = config_hint_key(keys[i].section, keys[i].name, hint, sizeof(hint));

                if (has_hint != (keys[i].hint != NULL) || (has_hint && !strstr(hint, keys[i].hint)))
                        fail_msg("%s: %s", keys[i].name, has_hint ? hint : "(none)");
        }
}

/* Each key, with any one letter missing, is still recognised in its own section. */
static void test_every_key_forgives_a_slip(void **state) {
        for (size_t i = 0; i < n_config_keys; i++) {
                const ConfigKey *key = &config_keys[i];
                size_t n = strlen(key->name);

                for (size_t cut = 0; cut < n && n > 5; cut++) {
                        char name[64], hint[CONFIG_HINT_BYTES];

                        memcpy(name, key->name, cut);
                        strcpy(name + cut, key->name + cut + 1);
                        if (!config_hint_key((int) key->section, name, hint, sizeof(hint)))
                                fail_msg("%s: no hint", name);
                }
        }
}

static void test_sections(void **state) {
        char hint[CONFIG_HINT_BYTES];

        assert_true(config_hint_section("tunnel", hint, sizeof(hint)));
        assert_string_equal(hint, "did you mean [Tunnel]?");
        assert_true(config_hint_section("Authentification", hint, sizeof(hint)));
        assert_string_equal(hint, "did you mean [Authentication]?");
        assert_true(config_hint_section("Interface", hint, sizeof(hint)));
        assert_non_null(strstr(hint, "[Tunnel]"));
        assert_true(config_hint_section("Service", hint, sizeof(hint)));
        assert_non_null(strstr(hint, "systemctl edit"));
        assert_false(config_hint_section("Quux", hint, sizeof(hint)));
        assert_false(config_hint_section("", hint, sizeof(hint)));
}

static void test_foreign(void **state) {
        char hint[CONFIG_HINT_BYTES];

        assert_true(config_hint_foreign("--remote", hint, sizeof(hint)));
        assert_true(config_hint_foreign("NOMPPE-stateful", hint, sizeof(hint)));
        assert_false(config_hint_foreign("hunter2", hint, sizeof(hint)));
}

/* Each row of other programs' words leads somewhere, and is the only one for its word. */
static void test_foreign_rows(void **state) {
        for (size_t i = 0; i < n_config_foreign_keys; i++) {
                const ConfigForeign *row = &config_foreign_keys[i];
                bool copies = row->use == FOREIGN_COPY || row->use == FOREIGN_SET;

                if (config_foreign_find(row->program, row->name) != row && row->program)
                        fail_msg("%s: two rows of one program", row->name);
                if (row->key && !config_key_find(row->section, row->key))
                        fail_msg("%s: there is no key %s=", row->name, row->key);
                if ((!row->key && !row->hint) || (copies && !row->key))
                        fail_msg("%s: leads nowhere", row->name);
                if ((row->use == FOREIGN_SET) != (row->value != NULL))
                        fail_msg("%s: a value without use", row->name);
                if (row->hint && strlen(row->hint) >= CONFIG_HINT_BYTES)
                        fail_msg("%s: the hint is too long", row->name);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_keys),
                cmocka_unit_test(test_every_key_forgives_a_slip),
                cmocka_unit_test(test_sections),
                cmocka_unit_test(test_foreign),
                cmocka_unit_test(test_foreign_rows),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
