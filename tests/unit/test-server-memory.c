/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Hostile files first: nothing in them may do more than be forgotten. */

#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/macros.h"
#include "core/ppp/mppe.h"
#include "core/status/server-memory.h"

static ServerMemory parse(const char *text) {
        ServerMemory m;

        server_memory_parse(&m, text, strlen(text));
        return m;
}

static void test_garbage_is_nothing(void **state) {
        static const char *const texts[] = {
                "",
                "\n\n",
                " ",
                "#",
                "vpn.example",
                "vpn.example mppe=",
                "vpn.example mppe=no",
                "vpn.example mppe=56-stateless",
                "vpn.example mppe=40",
                "vpn.example keep-alive=yes",
                "vpn.example address=",
                "vpn.example at=",
                "vpn.example at=127.0.0.1 at=vpn.example at=0.0.0.0",
                "vpn.example address=127.0.0.1 dns=224.0.0.1",
                "vpn.example address=10.0.0.1.1.1.1.1.1.1 dns=::1",
                "mppe=40-stateless",
                "# mppe=40-stateless",
                "vpn.example\tmppe=40-stateless",
                "\x1b[2J mppe=40-stateless",
                "\xff\xfe mppe=40-stateless",
                "=",
                "vpn.example =",
        };
        char long_name[400], text[500];

        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                ServerMemory m = parse(texts[i]);

                assert_null(server_memory_find(&m, "vpn.example"));
                assert_int_equal(m.entries[0].server[0], 0);
        }

        memset(long_name, 'a', sizeof(long_name));
        snprintf(text, sizeof(text), "%.*s mppe=40-stateless", (int) sizeof(long_name), long_name);
        assert_int_equal(parse(text).entries[0].server[0], 0);
        (void) state;
}

/* What is said in passing does not spoil what is understood. */
static void test_good_lines_among_bad_ones(void **state) {
        ServerMemory m = parse(
                "garbage\nvpn.example  mppe=40-stateful nonsense keep-alive=no\nother mppe=x\n"
                "192.0.2.9 mppe=128-stateful");

        assert_int_equal(server_memory_find(&m, "vpn.example")->mppe_bits, MPPE_BIT_40);
        assert_true(server_memory_find(&m, "vpn.example")->no_keep_alive);
        assert_int_equal(server_memory_find(&m, "192.0.2.9")->mppe_bits, MPPE_BIT_128);
        assert_false(server_memory_find(&m, "192.0.2.9")->no_keep_alive);
        assert_null(server_memory_find(&m, "other"));
        assert_null(server_memory_find(&m, ""));
        (void) state;
}

static void test_cut_anywhere(void **state) {
        static const char text[] =
                "vpn.example mppe=40-stateless keep-alive=no\n192.0.2.9 keep-alive=no\n";
        ServerMemory m;

        for (size_t n = 0; n < sizeof(text); n++) {
                char *copy = malloc(n ?: 1);

                memcpy(copy, text, n);
                server_memory_parse(&m, copy, n);
                free(copy);
        }
        (void) state;
}

static void test_set_and_remove(void **state) {
        ServerMemory m = { 0 };
        ServerMemoryEntry entry = { .server = "vpn.example", .mppe_bits = MPPE_BIT_40 };

        assert_true(server_memory_set(&m, &entry));
        assert_false(server_memory_set(&m, &entry));
        entry.no_keep_alive = true;
        assert_true(server_memory_set(&m, &entry));
        assert_true(server_memory_find(&m, "vpn.example")->no_keep_alive);

        entry = (ServerMemoryEntry){ .server = "vpn.example" };
        assert_true(server_memory_set(&m, &entry));
        assert_null(server_memory_find(&m, "vpn.example"));
        assert_false(server_memory_set(&m, &entry));
        (void) state;
}

static void test_the_oldest_makes_room(void **state) {
        ServerMemoryEntry entry = { .no_keep_alive = true };
        ServerMemory m = { 0 };

        for (unsigned i = 0; i <= SERVER_MEMORY_MAX; i++) {
                snprintf(entry.server, sizeof(entry.server), "server-%u", i);
                assert_true(server_memory_set(&m, &entry));
        }

        assert_null(server_memory_find(&m, "server-0"));
        assert_non_null(server_memory_find(&m, "server-1"));
        assert_non_null(server_memory_find(&m, "server-16"));
        (void) state;
}

/* Names as long as they can be, all of them: the text fits, and says the same when it is read. */
static void test_what_is_written_is_read(void **state) {
        static const uint32_t bits[] = {
                MPPE_BIT_40,
                MPPE_BIT_128,
                MPPE_BIT_40 | MPPE_BIT_STATELESS,
                MPPE_BIT_128 | MPPE_BIT_STATELESS,
                0,
        };
        char text[SERVER_MEMORY_TEXT_MAX_BYTES];
        ServerMemory m = { 0 }, copy;
        size_t n;

        for (unsigned i = 0; i < SERVER_MEMORY_MAX; i++) {
                ServerMemoryEntry entry = { .mppe_bits = bits[i % ELEMENTSOF(bits)],
                                            .no_keep_alive = true,
                                            .up_address = { 0x79797979 },
                                            .ip.address = { 0x7a7a7a7a },
                                            .ip.no_dns = true,
                                            .ip.dns = { { 0x7b7b7b7b }, { 0x7c7c7c7c } } };

                memset(entry.server, 'a' + (int) i, 255);
                assert_true(server_memory_set(&m, &entry));
        }

        n = server_memory_write(&m, text, sizeof(text));
        assert_int_equal(n, strlen(text));
        server_memory_parse(&copy, text, n);
        assert_memory_equal(&m, &copy, sizeof(m));
        (void) state;
}

/* "dns=none" goes through the text; what was refused in haste does not, and is tried again. */
static void test_missing_name_servers(void **state) {
        ServerMemoryEntry entry = { .server = "vpn.example", .ip.no_dns = true, .ip.late = true };
        char text[SERVER_MEMORY_TEXT_MAX_BYTES];
        ServerMemory m = { 0 };

        assert_true(server_memory_set(&m, &entry));
        server_memory_write(&m, text, sizeof(text));
        assert_non_null(strstr(text, "vpn.example dns=none\n"));
        m = parse(text);
        assert_true(server_memory_find(&m, "vpn.example")->ip.no_dns);
        assert_false(server_memory_find(&m, "vpn.example")->ip.late);
        (void) state;
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_garbage_is_nothing),
                cmocka_unit_test(test_good_lines_among_bad_ones),
                cmocka_unit_test(test_cut_anywhere),
                cmocka_unit_test(test_set_and_remove),
                cmocka_unit_test(test_the_oldest_makes_room),
                cmocka_unit_test(test_what_is_written_is_read),
                cmocka_unit_test(test_missing_name_servers),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
