/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/base/macros.h"
#include "core/names/names-message.h"

static uint8_t bytes[NAMES_MESSAGE_MAX_BYTES + 1];
static NamesMessage parsed;

static int write_message(const NamesMessage *m) {
        int n = names_message_write(m, bytes, sizeof(bytes));

        assert_true(n > 0);
        assert_true(n <= NAMES_MESSAGE_MAX_BYTES);
        return n;
}

static void make_set(NamesMessage *m) {
        memset(m, 0, sizeof(*m));
        m->type = NAMES_SET;
        m->serial = 0x01020304;
        m->set.ifindex = 7;
        strcpy(m->set.ifname, "onenet");
        m->set.anew = true;
        m->set.names.default_route = true;
        m->set.names.n_servers = 2;
        m->set.names.servers[0].s_addr = inet_addr("10.0.0.53");
        m->set.names.servers[1].s_addr = inet_addr("10.0.0.54");
        m->set.names.n_domains = 3;
        strcpy(m->set.names.domains[0].name, "corp.example");
        strcpy(m->set.names.domains[1].name, "lab.example");
        m->set.names.domains[1].route_only = true;
        strcpy(m->set.names.domains[2].name, ".");
        m->set.names.domains[2].route_only = true;
        m->set.names.domains[1].of_route = true;
}

static void test_malformed(void **state) {
        static NamesMessage m;
        int n;

        make_set(&m);
        n = write_message(&m);

        /* cut at every offset, and one byte too long */
        memset(&parsed, 0xaa, sizeof(parsed));
        for (int i = 0; i < n; i++)
                assert_int_equal(names_message_parse(bytes, (size_t) i, &parsed),
                                 NAMES_MESSAGE_E_MALFORMED);
        bytes[n] = 0;
        assert_int_equal(names_message_parse(bytes, (size_t) n + 1, &parsed),
                         NAMES_MESSAGE_E_MALFORMED);
        assert_int_equal(((uint8_t *) &parsed)[0], 0xaa);

        bytes[0]++;
        assert_int_equal(names_message_parse(bytes, (size_t) n, &parsed), NAMES_MESSAGE_E_VERSION);
        bytes[0]--;
        bytes[1] = _NAMES_MESSAGE_MAX;
        assert_int_equal(names_message_parse(bytes, (size_t) n, &parsed),
                         NAMES_MESSAGE_E_MALFORMED);
}

/* Whoever got hold of a supervisor sends these. */
static void test_hostile_set(void **state) {
        static const char *const names[] = { "",   "a b",  "-a",  "a..b",
                                             "a.", "a\nb", "a/b", "../etc/passwd" };
        static const char *const interfaces[] = { "", "-a", "a/b", "..", "a b", "a:1", "a\nb" };
        static NamesMessage m;

        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                make_set(&m);
                strcpy(m.set.names.domains[1].name, names[i]);
                if (names_message_parse(bytes, (size_t) write_message(&m), &parsed) !=
                    NAMES_MESSAGE_E_MALFORMED)
                        fail_msg("domain \"%s\"", names[i]);
        }

        for (size_t i = 0; i < ELEMENTSOF(interfaces); i++) {
                make_set(&m);
                strcpy(m.set.ifname, interfaces[i]);
                if (names_message_parse(bytes, (size_t) write_message(&m), &parsed) !=
                    NAMES_MESSAGE_E_MALFORMED)
                        fail_msg("interface \"%s\"", interfaces[i]);
        }

        make_set(&m);
        m.set.names.domains[2].route_only = false; /* the root completes no name */
        assert_int_equal(names_message_parse(bytes, (size_t) write_message(&m), &parsed),
                         NAMES_MESSAGE_E_MALFORMED);
        make_set(&m);
        m.set.names.n_servers = 0;
        assert_int_equal(names_message_parse(bytes, (size_t) write_message(&m), &parsed),
                         NAMES_MESSAGE_E_MALFORMED);
        make_set(&m);
        m.set.ifindex = 0;
        assert_int_equal(names_message_parse(bytes, (size_t) write_message(&m), &parsed),
                         NAMES_MESSAGE_E_MALFORMED);
        make_set(&m);
        m.set.ifindex = UINT32_MAX;
        assert_int_equal(names_message_parse(bytes, (size_t) write_message(&m), &parsed),
                         NAMES_MESSAGE_E_MALFORMED);

        make_set(&m);
        m.set.names.n_domains = NAMES_DOMAINS_MAX + 1;
        assert_int_equal(names_message_write(&m, bytes, sizeof(bytes)), -EINVAL);
        make_set(&m);
        m.set.names.n_servers = NAMES_SERVERS_MAX + 1;
        assert_int_equal(names_message_write(&m, bytes, sizeof(bytes)), -EINVAL);
        make_set(&m);
        assert_int_equal(names_message_write(&m, bytes, 20), -ENOBUFS);
}

static void test_set(void **state) {
        static NamesMessage m;

        make_set(&m);
        assert_int_equal(names_message_parse(bytes, (size_t) write_message(&m), &parsed), 0);
        assert_memory_equal(&parsed, &m, sizeof(m));
}

/* A COVER is a SET without name servers, and held to the same. */
static void test_cover(void **state) {
        static NamesMessage m, expected;
        int n;

        make_set(&m);
        m.type = NAMES_COVER;
        expected = m;
        expected.set.anew = false;
        expected.set.names.default_route = false;
        expected.set.names.n_servers = 0;
        memset(expected.set.names.servers, 0, sizeof(expected.set.names.servers));
        n = write_message(&m);
        assert_int_equal(names_message_parse(bytes, (size_t) n, &parsed), 0);
        assert_memory_equal(&parsed, &expected, sizeof(m));
        for (int i = 0; i < n; i++)
                assert_int_equal(names_message_parse(bytes, (size_t) i, &parsed),
                                 NAMES_MESSAGE_E_MALFORMED);

        strcpy(m.set.names.domains[1].name, "a b");
        assert_int_equal(names_message_parse(bytes, (size_t) write_message(&m), &parsed),
                         NAMES_MESSAGE_E_MALFORMED);
        make_set(&m);
        m.type = NAMES_COVER;
        strcpy(m.set.ifname, "../a");
        assert_int_equal(names_message_parse(bytes, (size_t) write_message(&m), &parsed),
                         NAMES_MESSAGE_E_MALFORMED);
}

/* The largest there is fits, and so into a socket. */
static void test_largest(void **state) {
        static NamesMessage m;
        int n;

        make_set(&m);
        m.set.names.n_servers = NAMES_SERVERS_MAX;
        m.set.names.n_domains = NAMES_DOMAINS_MAX;
        for (size_t i = 0; i < NAMES_DOMAINS_MAX; i++) {
                char *name = m.set.names.domains[i].name;

                memset(name, 'a', DOMAIN_MAX_BYTES - 1);
                for (size_t j = 63; j < DOMAIN_MAX_BYTES - 1; j += 64)
                        name[j] = '.';
                name[DOMAIN_MAX_BYTES - 1] = '\0';
                m.set.names.domains[i].route_only = true;
        }

        n = write_message(&m);
        assert_int_equal(names_message_parse(bytes, (size_t) n, &parsed), 0);
        assert_int_equal(parsed.set.names.n_domains, NAMES_DOMAINS_MAX);
}

static void test_others(void **state) {
        static NamesMessage m;

        m = (NamesMessage){ .type = NAMES_REVERT, .serial = 5 };
        assert_int_equal(names_message_parse(bytes, (size_t) write_message(&m), &parsed), 0);
        assert_int_equal(parsed.type, NAMES_REVERT);
        assert_int_equal(parsed.serial, 5);

        m = (NamesMessage){ .type = NAMES_RESOLVER, .resolver = { true, false } };
        assert_int_equal(names_message_parse(bytes, (size_t) write_message(&m), &parsed), 0);
        assert_true(parsed.resolver.present && !parsed.resolver.others);

        m = (NamesMessage){ .type = NAMES_DONE,
                            .serial = 6,
                            .done = { .result = NAMES_RESULT_REFUSED, .text = "Access denied" } };
        assert_int_equal(names_message_parse(bytes, (size_t) write_message(&m), &parsed), 0);
        assert_int_equal(parsed.done.result, NAMES_RESULT_REFUSED);
        assert_string_equal(parsed.done.text, "Access denied");

        m.done.result = _NAMES_RESULT_MAX;
        assert_int_equal(names_message_parse(bytes, (size_t) write_message(&m), &parsed),
                         NAMES_MESSAGE_E_MALFORMED);
        m.type = _NAMES_MESSAGE_MAX;
        assert_int_equal(names_message_write(&m, bytes, sizeof(bytes)), -EINVAL);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_malformed), cmocka_unit_test(test_hostile_set),
                cmocka_unit_test(test_set),       cmocka_unit_test(test_cover),
                cmocka_unit_test(test_largest),   cmocka_unit_test(test_others),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
