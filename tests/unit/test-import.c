/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What tests/import/ does not show: files that nobody has by accident, and the borders of pppd's
 * own rules.
 */

#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/macros.h"
#include "core/config/config-foreign.h"
#include "core/import/import.h"

#define PEER "/etc/ppp/peers/office"
#define GOOD "pty \"pptp vpn.example.com --nolaunchpppd\"\nuser anna\nrequire-mppe-128\n"

typedef struct File {
        const char *path, *text;
        size_t n_text; /* 0: that of the string */
} File;

typedef struct Files {
        const File *items;
        size_t n_items;
} Files;

static int read_file(void *userdata, const char *path, char **ret_text, size_t *ret_n_text) {
        const Files *files = userdata;

        for (size_t i = 0; i < files->n_items; i++) {
                const File *file = &files->items[i];
                size_t n = file->n_text ? file->n_text : strlen(file->text);

                if (strcmp(file->path, path) != 0)
                        continue;
                *ret_text = malloc(n + 1);
                assert_non_null(*ret_text);
                memcpy(*ret_text, file->text, n);
                (*ret_text)[n] = '\0';
                *ret_n_text = n;
                return 0;
        }

        return IMPORT_E_MISSING;
}

static int list_nothing(void *userdata, const char *path, char ***ret_names) {
        *ret_names = NULL;
        return 0;
}

static bool is_program(void *userdata, const char *path) {
        return true;
}

static int import_files(const char *argument, const File *items, size_t n_items,
                        Import **ret_import) {

        Files files = { items, n_items };
        ImportFiles functions = { .read = read_file,
                                  .list = list_nothing,
                                  .is_program = is_program,
                                  .userdata = &files };

        return import_read(argument, &functions, ret_import);
}

/* The value of a key, or "" if it was not carried over. */
static const char *get(const Import *import, const char *key) {
        for (size_t i = 0; i < import->n_lines; i++)
                if (strcmp(import->lines[i].key, key) == 0)
                        return import->lines[i].value;

        return "";
}

static bool has_note(const Import *import, const char *text) {
        for (size_t i = 0; i < import->n_notes; i++)
                if (strstr(import->notes[i].reason, text) || strstr(import->notes[i].subject, text))
                        return true;

        return false;
}

static void expect(const char *options, const char *key, const char *value) {
        char text[4096];
        Import *import;

        snprintf(text, sizeof(text), "pty \"pptp vpn.example.com\"\nuser anna\n%s", options);
        assert_int_equal(import_files("office", &(File){ PEER, text, 0 }, 1, &import), 0);
        if (strcmp(get(import, key), value) != 0)
                fail_msg("%s: %s=%s, not %s", options, key, get(import, key), value);
        import_free(import);
}

/* What was required stays required. */
static void test_encryption(void **state) {
        expect("require-mppe-128\n", "MPPE", "128");
        expect("require-mppe\nnomppe-40\n", "MPPE", "128");
        expect("nomppe-40\nrequire-mppe\n", "MPPE", "128");
        expect("require-mppe\n", "MPPE", "any");
        expect("require-mppe\nrequire-mppe-40\n", "MPPE", "any");
        expect("require-mppe-40\nrequire-mppe-128\n", "MPPE", "any");
        expect("require-mppe-40\nrequire-mppe-128\nnomppe-40\n", "MPPE", "128");
        expect("require-mppe-40\n", "MPPE", "40");
        expect("require-mppe\nnomppe-128\n", "MPPE", "40");
        expect("require-mppe-128\nnomppe\n", "MPPE", "128");
        expect("nomppe\n", "MPPE", "no");
        expect("noauth\n", "MPPE", "no");
        expect("mppe required,no40,no56,stateless\n", "MPPE", "128");
        expect("mppe required,stateful\n", "Stateful", "yes");
        expect("require-mppe-128\nmppe-stateful\n", "Stateful", "yes");
        expect("require-mppe-128\nnomppe-stateful\n", "Stateful", "");
}

static void test_values(void **state) {
        expect("user \"100%\"\n", "User", "100%%");
        expect("user 'CORP\\\\anna'\n", "Domain", "CORP");
        expect("user CORP\\bob\n", "User", "bob");
        expect("user CORP\\bob\n", "Domain", "CORP");
        expect("user \\\\anna\n", "User", "anna");
        expect("mtu 1400\nmru 1300\n", "MTUBytes", "1300");
        expect("mru 1300\nmtu 1400\n", "MTUBytes", "1300");
        expect("mtu 99999\n", "MTUBytes", "");
        expect("lcp-echo-interval 20 lcp-echo-failure 4\n", "KeepAliveProbes", "4");
        expect("lcp-echo-failure 0\n", "KeepAliveProbes", "");
        expect("unit 3\n", "InterfaceName", "ppp3");
        expect("ifname two/words\n", "InterfaceName", "");
        expect("holdoff 0\n", "DelaySec", "100ms");
        expect("defaultroute\n", "DefaultRoute", "");
        expect("replacedefaultroute\n", "DefaultRoute", "");
        expect("defaultroute replacedefaultroute\n", "DefaultRoute", "yes");
        expect("defaultroute replacedefaultroute nodefaultroute\n", "DefaultRoute", "");
        expect("defaultroute defaultroute-metric 7\n", "Metric", "7");
        /* A comment ends a word, and an escaped newline does not. */
        expect("mtu 1400#1300\n", "MTUBytes", "1400");
        expect("mtu \\\n 1400\n", "MTUBytes", "1400");
        expect("mtu 14\\\n00\n", "MTUBytes", "1400");
        expect("ipparam a\\x41\\102\\\"'b'\"c\"\n", "IpParam", "aAB\"bc");
}

/* Each option of pppd that is known may stand alone at the end of a file. */
static void test_every_option_alone(void **state) {
        for (size_t i = 0; i < n_config_foreign_keys; i++) {
                const ConfigForeign *row = &config_foreign_keys[i];
                char text[512];
                Import *import;

                if (row->program != FOREIGN_PPPD)
                        continue;

                snprintf(text, sizeof(text), GOOD "%s", row->name);
                assert_int_equal(import_files("office", &(File){ PEER, text, 0 }, 1, &import), 0);
                if (row->n_arguments > 0 && !has_note(import, "it has no value"))
                        fail_msg("%s: nothing is said of its missing value", row->name);
                import_free(import);

                /* And with a value that makes no sense to any. */
                snprintf(text, sizeof(text), GOOD "%s \"\"", row->name);
                (void) import_files("office", &(File){ PEER, text, 0 }, 1, &import);
                import_free(import);
        }
}

static void test_includes(void **state) {
        const File loop[] = {
                { PEER, GOOD "call b\nfile " PEER "\n", 0 },
                { "/etc/ppp/peers/b", "call office\nmtu 1400\n", 0 },
        };
        File chain[IMPORT_DEPTH_MAX + 3] = { { PEER, GOOD "call 0\n", 0 } };
        char names[IMPORT_DEPTH_MAX + 2][2][64];
        Import *import;

        assert_int_equal(import_files("office", loop, ELEMENTSOF(loop), &import), 0);
        assert_string_equal(get(import, "MTUBytes"), "1400");
        assert_true(has_note(import, "includes itself"));
        import_free(import);

        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                snprintf(names[i][0], sizeof(names[i][0]), "/etc/ppp/peers/%zu", i);
                snprintf(names[i][1], sizeof(names[i][1]), "mtu %zu\ncall %zu\n", 1000 - i, i + 1);
                chain[i + 1] = (File){ names[i][0], names[i][1], 0 };
        }
        assert_int_equal(import_files("office", chain, ELEMENTSOF(chain), &import), 0);
        assert_true(has_note(import, "too deep"));
        import_free(import);
}

/* Many includes of one file are many files. */
static void test_many_includes(void **state) {
        char text[IMPORT_FILES_MAX * 16 + 256];
        size_t n = (size_t) snprintf(text, sizeof(text), GOOD);
        const File files[] = { { PEER, text, 0 }, { "/etc/ppp/peers/b", "lock\n", 0 } };
        Import *import;

        for (size_t i = 0; i < IMPORT_FILES_MAX + 8; i++)
                n += (size_t) snprintf(text + n, sizeof(text) - n, "call b\n");
        assert_int_equal(import_files("office", files, ELEMENTSOF(files), &import), 0);
        assert_true(has_note(import, "one file too many"));
        import_free(import);
}

static void test_refused_text(void **state) {
        static const char nul[] = GOOD "remotename \"a\0b\"\n";
        Import *import;
        char *text;

        assert_int_equal(import_files("office", &(File){ PEER, nul, sizeof(nul) - 1 }, 1, &import),
                         IMPORT_E_UNREADABLE);
        assert_true(has_note(import, "NUL"));
        import_free(import);

        assert_int_equal(import_files("office", &(File){ PEER, "pty \"pptp $(id)\"\nuser a\n", 0 },
                                      1, &import),
                         IMPORT_E_NOT_PPTP);
        assert_true(has_note(import, "needs a shell"));
        import_free(import);

        assert_int_equal(import_files("office", &(File){ PEER, "pty \"pppoe -I e\"\nuser a\n", 0 },
                                      1, &import),
                         IMPORT_E_NOT_PPTP);
        import_free(import);

        /* A new line in a name must not become one of the configuration. */
        assert_int_equal(import_files("office",
                                      &(File){ PEER, GOOD "remotename \"x\\nMPPE=no\"\n", 0 }, 1,
                                      &import),
                         0);
        assert_int_equal(import_write_configuration(import, NULL, &text), 0);
        assert_null(strstr(text, "MPPE=no"));
        free(text);
        import_free(import);

        /* Nor one in the name of a file. */
        assert_int_equal(import_files("/x/a\nMPPE=no",
                                      &(File){ "/x/a\nMPPE=no",
                                               "pty \"pptp vpn.example.com\"\nuser anna\n", 0 },
                                      1, &import),
                         0);
        assert_int_equal(import_write_configuration(import, NULL, &text), 0);
        assert_null(strstr(text, "a\nMPPE"));
        free(text);
        import_free(import);

        assert_int_equal(import_files("../../shadow", NULL, 0, &import), IMPORT_E_MISSING);
        import_free(import);
        assert_int_equal(import_files("", NULL, 0, &import), IMPORT_E_MISSING);
        import_free(import);
}

/* Which line of chap-secrets counts, as in pppd's scan_authfile(). */
static void test_secrets(void **state) {
        static const struct {
                const char *secrets, *options, *password, *remote_name;
        } cases[] = {
                { "anna office one\n", "remotename office\n", "one", "" },
                { "* * one\nanna * two\nanna office three\n", "remotename office\n", "three", "" },
                { "anna * one\n* office two\n", "remotename office\n", "one", "" },
                { "* office two\nanna * one\n", "remotename office\n", "one", "" },
                { "anna office one\nanna office two\n", "remotename office\n", "one", "" },
                { "bob office one\n", "remotename office\n", "", "" },
                { "anna other one\n", "remotename office\n", "", "" },
                { "anna other one\n", "", "one", "other" },
                { "anna\nanna office one # none\n", "remotename office\n", "one", "" },
                { "anna office \"\"\n", "remotename office\n", "", "" },
                { "anna office 'a b'\\x21\n", "remotename office\n", "a b!", "" },
                { "anna office one 10.0.0.1\n * * two", "remotename office\n", "one", "" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                char text[512];
                const File files[] = { { PEER, text, 0 },
                                       { "/etc/ppp/chap-secrets", cases[i].secrets, 0 } };
                Import *import;

                snprintf(text, sizeof(text), GOOD "%s", cases[i].options);
                assert_int_equal(import_files("office", files, ELEMENTSOF(files), &import), 0);
                if (strcmp(import->secret, cases[i].password) != 0)
                        fail_msg("%s: %s", cases[i].secrets, import->secret);
                assert_string_equal(get(import, "RemoteName"), cases[i].remote_name);
                assert_int_equal(has_note(import, "empty password"),
                                 strstr(cases[i].secrets, "\"\"") != NULL);
                import_free(import);
        }
}

/* Neither what is written nor what is said has the password in it. */
static void test_no_password_is_shown(void **state) {
        const File files[] = {
                { PEER, GOOD "password hunter2\npassword \"hunter2\npassword\n", 0 },
                { "/etc/ppp/chap-secrets", "anna * hunter2\n", 0 },
        };
        char *texts[3];
        Import *import;

        assert_int_equal(import_files("office", files, ELEMENTSOF(files), &import), 0);
        assert_string_equal(import->secret, "hunter2");
        assert_int_equal(import_write_configuration(import, "/etc/pptp/office.password", &texts[0]),
                         0);
        assert_int_equal(import_write_notes(import, true, &texts[1]), 0);
        assert_int_equal(import_write_notes(import, false, &texts[2]), 0);
        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                assert_null(strstr(texts[i], "hunter"));
                free(texts[i]);
        }
        import_free(import);
}

/* A script for the tunnel whose ipparam is "office": its route, or the word of a note. */
static void test_scripts(void **state) {
        static const struct {
                const char *script, *destination, *note;
        } cases[] = {
                { "route add -net 10.0.0.0/8 dev $1\n", "10.0.0.0/8", NULL },
                { "route add -net 10.0.0.0 netmask 255.0.0.0 $1", "10.0.0.0/8", NULL },
                { "route add -net 192.168.7.0 dev $1", "192.168.7.0/24", NULL },
                { "route add -host 10.1.2.3 $1", "10.1.2.3/32", NULL },
                { "route add 172.16.0.0 $1", "172.16.0.0/16", NULL },
                { "route add 100.0.0.0 $1", "100.0.0.0/8", NULL },
                { "ip r a 10.1.2.3 dev $1", "10.1.2.3/32", NULL },
                { "/sbin/ip -4 route replace 10.1.2.3/8 dev $IFNAME", "10.0.0.0/8", NULL },
                { "[ \"$6\" = office ] && ip route add 10.0.0.0/8 dev $1", "10.0.0.0/8", NULL },
                { "[ \"$6\" = home ] && ip route add 10.0.0.0/8 dev $1", "", NULL },
                { "test x$6 = xoffice || exit\nip route add 10.0.0.0/8 dev $1", "10.0.0.0/8",
                  NULL },
                { "test x$6 != xoffice || exit\nip route add 10.0.0.0/8 dev $1", "", NULL },
                { "if [ ! \"$6\" = home -a -n \"$6\" ]; then ip route add 10.0.0.0/8 dev $1; fi",
                  "10.0.0.0/8", NULL },
                { "if [ $6 = home ]; then :; elif [ $6 = office ]\nthen ip route add 10.0.0.0/8 dev "
                  "$1\nelse ip route add 11.0.0.0/8 dev $1\nfi",
                  "10.0.0.0/8", NULL },
                { "case $6 in h*) ;; off*|x) ip route add 10.0.0.0/8 dev $1;; *) exit;; esac",
                  "10.0.0.0/8", NULL },
                { "case $6 in o*) ;; *) ip route add 10.0.0.0/8 dev $1;; esac", "", NULL },
                { "D=$1 N='10.0.0.0/8'\nip route add ${N} dev \"${D:-ppp0}\"", "10.0.0.0/8", NULL },
                { "f() { ip route add $1 dev $IFNAME; }\nf 10.0.0.0/8", "10.0.0.0/8", NULL },
                { "for n in 10 11; do ip route add $n.0.0.0/8 dev $1; done", "10.0.0.0/8", NULL },
                { "(exit 0)\nip route add 10.0.0.0/8 dev $1", "10.0.0.0/8", NULL },
                { "exit 0\nip route add 10.0.0.0/8 dev $1", "", NULL },
                { "# ip route add 10.0.0.0/8 dev $1\necho 'ip route add 11.0.0.0/8 dev $1'", "",
                  NULL },
                { "cat <<E\nip route add 10.0.0.0/8 dev $1\nE\n", "", NULL },
                { "[ -e /etc/x ] && ip route add 10.0.0.0/8 dev $1", "", "Destination=10.0.0.0/8" },
                { "grep -q $6 /etc/x || exit 0\nip route add 10.0.0.0/8 dev $1", "",
                  "Destination=10.0.0.0/8" },
                { "ip route add $(cat /etc/net) dev $1", "", "only running it" },
                { "ip route add 10.0.0.0/8 dev eth0", "", "eth0" },
                { "ip route add 10.0.0.0/8 via 192.0.2.1", "", "192.0.2.1" },
                { "ip route add 10.0.0.0/8 dev $1 table nonesuch", "", "Table=nonesuch" },
                { "ip route add 127.1.2.3 dev $1", "", "loopback" },
                { "ip -6 route add fd00::/8 dev $1", "", "IPv6" },
                { "route add -net 10.0.0.0 netmask 255.0.255.0 $1", "", "no IPv4 prefix" },
                { ". /etc/more", "", "not followed" },
                { "reboot\n", "", "1 command" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                const File files[] = { { PEER, GOOD "ipparam office\n", 0 },
                                       { "/etc/ppp/ip-up.local", cases[i].script, 0 } };
                Import *import;

                assert_int_equal(import_files("office", files, ELEMENTSOF(files), &import), 0);
                if (strcmp(get(import, "Destination"), cases[i].destination) != 0)
                        fail_msg("%s: Destination=%s", cases[i].script, get(import, "Destination"));
                if (cases[i].note && !has_note(import, cases[i].note))
                        fail_msg("%s: nothing is said of \"%s\"", cases[i].script, cases[i].note);
                import_free(import);
        }
}

/* A script that would run for ever, or nests without end, is given up and named. */
static void test_endless_scripts(void **state) {
        static const char *const scripts[] = {
                "f() { f; }\nf\n",
                ("for a in 1 2 3 4 5 6 7 8 9; do for b in 1 2 3 4 5 6 7 8 9; do "
                 "for c in 1 2 3 4 5 6 7 8 9; do for d in 1 2 3 4 5 6 7 8 9; do x; done; done; done; done\n"),
                "((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((",
        };

        for (size_t i = 0; i < ELEMENTSOF(scripts); i++) {
                const File files[] = { { PEER, GOOD, 0 },
                                       { "/etc/ppp/ip-up.local", scripts[i], 0 } };
                Import *import;

                assert_int_equal(import_files("office", files, ELEMENTSOF(files), &import), 0);
                if (!has_note(import, "too long or too deep"))
                        fail_msg("%s: nothing is said of it", scripts[i]);
                import_free(import);
        }
}

/* After so many notes they are only counted. */
static void test_many_notes(void **state) {
        size_t n = (IMPORT_NOTES_MAX + 50) * 5;
        char *text = malloc(sizeof(GOOD) + n), *notes;
        Import *import;

        assert_non_null(text);
        strcpy(text, GOOD);
        for (size_t i = 0; i < IMPORT_NOTES_MAX + 50; i++)
                strcpy(text + sizeof(GOOD) - 1 + 5 * i, "lock\n");

        assert_int_equal(import_files("office", &(File){ PEER, text, 0 }, 1, &import), 0);
        assert_int_equal(import->n_notes, IMPORT_NOTES_MAX);
        assert_true(import->n_dropped >= 50);
        assert_int_equal(import_write_notes(import, false, &notes), 0);
        assert_non_null(strstr(notes, "... and "));
        free(notes);
        free(text);
        import_free(import);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_encryption),
                cmocka_unit_test(test_values),
                cmocka_unit_test(test_every_option_alone),
                cmocka_unit_test(test_includes),
                cmocka_unit_test(test_many_includes),
                cmocka_unit_test(test_refused_text),
                cmocka_unit_test(test_secrets),
                cmocka_unit_test(test_no_password_is_shown),
                cmocka_unit_test(test_scripts),
                cmocka_unit_test(test_endless_scripts),
                cmocka_unit_test(test_many_notes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
