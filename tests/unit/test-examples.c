/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Examples and manual keep up with the parser: each example is good, each key is explained. */

#include "test.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/config/config-foreign.h"
#include "core/config/config-hints.h"
#include "core/config/config-keys.h"
#include "core/config/config.h"
#include "core/base/macros.h"

#define GOOD \
        "[Tunnel]\nServer=vpn.example.com\nIpParam=office-onenet\n[Authentication]\nUser=alice\n"

static char *read_file(const char *path) {
        char *text = calloc(1, CONFIG_FILE_MAX_BYTES);
        FILE *f = fopen(path, "re");

        assert_non_null(f);
        assert_non_null(text);
        assert_true(fread(text, 1, CONFIG_FILE_MAX_BYTES - 1, f) > 0);
        fclose(f);
        return text;
}

/* [TUNNEL] of a heading. -1: it is about no section. */
static int section_of_heading(const char *heading) {
        for (int i = 0; i < _CONFIG_SECTION_MAX; i++) {
                char wanted[64];

                snprintf(wanted, sizeof(wanted), "[%s]", config_section_name(i));
                if (strcasecmp(heading, wanted) == 0)
                        return i;
        }

        return -1;
}

/* Parses the example as its tunnel, or as shared routes of one. */
static void check_example(const char *name) {
        char path[512], *text, described[1024];
        ConfigProblems problems;
        Config *config = NULL;
        ConfigParser *parser;
        int r;

        snprintf(path, sizeof(path), "%s/%s", EXAMPLES, name);
        text = read_file(path);

        assert_int_equal(config_parser_new("onenet", &parser), 0);
        if (config_text_is_match(text, strlen(text))) {
                r = config_parser_add_file(parser, CONFIG_FILE_TUNNEL, "main", GOOD, strlen(GOOD));
                assert_int_equal(r, 0);
                r = config_parser_add_file(parser, CONFIG_FILE_MATCH, name, text, strlen(text));
        } else {
                r = config_parser_add_file(parser, CONFIG_FILE_TUNNEL, name, text, strlen(text));
        }
        assert_int_equal(r, 0);

        r = config_parser_finish(parser, &config, &problems);
        if (problems.n_items > 0) {
                config_problem_describe(&problems.items[0], described, sizeof(described));
                fail_msg("%s", described);
        }
        assert_int_equal(r, 0);
        assert_true(config->n_routes > 0);

        config_free(config);
        config_problems_done(&problems);
        config_parser_free(parser);
        free(text);
}

static void test_examples(void **state) {
        DIR *directory = opendir(EXAMPLES);
        const struct dirent *entry;
        unsigned n = 0;

        assert_non_null(directory);
        while ((entry = readdir(directory))) {
                const char *suffix = strrchr(entry->d_name, '.');

                if (!suffix || strcmp(suffix, ".conf") != 0)
                        continue;
                check_example(entry->d_name);
                n++;
        }
        closedir(directory);
        assert_true(n >= 3);
}

/* Notes each setting of a text, which may be a manual: "Key=" below "[Section]". */
static void note_settings(char *text, bool *seen) {
        char *rest = NULL, name[64];
        int section = -1;

        for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
                const ConfigKey *key = NULL;

                if (line[0] == '[')
                        section = section_of_heading(line);
                else if (section >= 0 && sscanf(line, "%63[A-Za-z0-9]=", name) == 1 &&
                         line[strlen(name)] == '=')
                        key = config_key_find((ConfigSection) section, name);
                if (key)
                        seen[key - config_keys] = true;
        }
}

/* What there is a key for is shown in an example, or in one of the manual's. */
static void test_every_key_is_shown(void **state) {
        DIR *directory = opendir(EXAMPLES);
        char *text = read_file(MANUAL), path[512];
        bool seen[128] = { 0 };
        const struct dirent *entry;

        assert_true(n_config_keys <= ELEMENTSOF(seen));
        assert_non_null(directory);
        note_settings(text, seen);
        free(text);
        while ((entry = readdir(directory))) {
                const char *suffix = strrchr(entry->d_name, '.');

                if (!suffix || strcmp(suffix, ".conf") != 0)
                        continue;
                snprintf(path, sizeof(path), "%s/%s", EXAMPLES, entry->d_name);
                text = read_file(path);
                note_settings(text, seen);
                free(text);
        }
        closedir(directory);

        for (size_t i = 0; i < n_config_keys; i++)
                if (config_keys[i].parse && !seen[i])
                        fail_msg("no example has [%s] %s=",
                                 config_section_name(config_keys[i].section), config_keys[i].name);
}

/* ---- the manual ---- */

/* An item of a list in the manual: what it is called, and what is said about it. */
typedef struct Item {
        char head[512];
        char body[4096];
} Item;

/* Fails unless the item says what it has to about each key in its head, and counts those. */
static void check_item(int section, Item *item, unsigned *counts) {
        unsigned n_keys = 0;
        char *rest = NULL;
        bool has_argument = strstr(item->head, " Ns Ar "), promised = strstr(item->head, "Not yet");

        promised = promised || strstr(item->body, "Not yet");
        for (char *word = strtok_r(item->head, " ", &rest); word;
             word = strtok_r(NULL, " ", &rest)) {
                const ConfigKey *key;
                size_t n = strlen(word);

                if (word[n - 1] != '=')
                        continue;

                word[n - 1] = '\0';
                key = config_key_find((ConfigSection) section, word);
                if (!key)
                        fail_msg("pptp.conf(5): [%s] has no key %s=", config_section_name(section),
                                 word);

                n_keys++;
                counts[key - config_keys]++;
                if (promised != !key->parse)
                        fail_msg("pptp.conf(5) and the parser disagree whether %s= is there yet",
                                 word);
                if (key->parse && !has_argument)
                        fail_msg("pptp.conf(5): %s= of what?", word);
                if (key->parse && !strstr(item->body, "Default:") &&
                    !strstr(item->body, "Required."))
                        fail_msg("pptp.conf(5) has no default of %s=", word);
        }

        assert_true(n_keys == 1 || promised);
}

/* In both directions: what the manual explains is there, and what is there it explains, once. */
static void test_manual(void **state) {
        char *text = read_file(MANUAL), *rest = NULL;
        unsigned counts[128] = { 0 };
        int section = -1;
        Item item = { 0 };

        /* A long line goes on behind a backslash. */
        for (char *p = text; (p = strstr(p, "\\\n"));)
                memcpy(p, "  ", 2);

        assert_true(n_config_keys <= ELEMENTSOF(counts));
        for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
                bool is_item = strncmp(line, ".It ", 4) == 0,
                     is_heading = strncmp(line, ".Sh ", 4) == 0;

                if (!is_item && !is_heading && strcmp(line, ".El") != 0) {
                        strncat(item.body, line, sizeof(item.body) - strlen(item.body) - 1);
                        continue;
                }

                if (section >= 0 && item.head[0] != '\0')
                        check_item(section, &item, counts);
                item = (Item){ 0 };
                if (is_item)
                        snprintf(item.head, sizeof(item.head), "%s", line + 4);
                if (is_heading)
                        section = section_of_heading(line + 4);
        }

        for (size_t i = 0; i < n_config_keys; i++)
                if (counts[i] != 1)
                        fail_msg("pptp.conf(5) explains [%s] %s= %u times",
                                 config_section_name(config_keys[i].section), config_keys[i].name,
                                 counts[i]);

        free(text);
}

static bool is_supported_key(const char *name) {
        for (size_t i = 0; i < n_config_keys; i++)
                if (config_keys[i].parse && strcmp(config_keys[i].name, name) == 0)
                        return true;

        return false;
}

/* ---- words of other programs ---- */

/* Rows of data that the manual has; the table that they are in. */
static bool seen_rows[1024];

static bool is_word(char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || strchr("-_+", c);
}

/* A word of a row against the data: what pptpctl says, and what it carries it over to. */
static void check_word(ForeignProgram program, const char *word, const char *here) {
        static const ForeignProgram both[] = { FOREIGN_PPPD, FOREIGN_PPTP };
        const ConfigForeign *row = NULL;
        char hint[CONFIG_HINT_BYTES];

        while (*word == '-')
                word++;
        for (size_t i = 0; i < ELEMENTSOF(both) && !row; i++)
                row = config_foreign_find(program == FOREIGN_PPPD ? both[i] : program, word);
        if (!row)
                fail_msg("pptp.conf(5) knows %s, the data do not", word);
        if (!config_hint_foreign(word, hint, sizeof(hint)))
                fail_msg("pptp.conf(5) knows %s, pptpctl check does not", word);
        if (row->key && !strstr(here, row->key))
                fail_msg("pptp.conf(5) says %s for %s, not %s=", here, word, row->key);

        assert_true(n_config_foreign_keys <= ELEMENTSOF(seen_rows));
        seen_rows[row - config_foreign_keys] = true;
}

/* A row of one of the manual's tables: words of others, and the key that does it here. */
static void check_migration(ForeignProgram program, char *row) {
        char *here = strstr(row, " Ta "), *rest = NULL;
        char key[64] = "";

        assert_non_null(here);
        *here = '\0';
        here += 4;
        for (const char *p = here; (p = strstr(p, "Cm ")); p++)
                if (sscanf(p, "Cm %63[A-Za-z0-9]=", key) == 1 && !is_supported_key(key))
                        fail_msg("pptp.conf(5): there is no %s= to come to", key);
        if (strncmp(row, "Ic ", 3) != 0 || strncmp(row, "Ic config", 9) == 0)
                return;

        /* In the order of the row, until something that is not one. */
        for (char *word = strtok_r(row + 3, " ,", &rest); word && is_word(*word);
             word = strtok_r(NULL, " ,", &rest))
                check_word(program, word, here);
}

static void check_tables(char *text) {
        ForeignProgram program = FOREIGN_PPPD;
        unsigned n = 0;
        char *rest = NULL;

        for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
                if (strcmp(line, ".Ss NetworkManager") == 0)
                        program = FOREIGN_NETWORK_MANAGER;
                if (strcmp(line, ".Ss OpenWrt") == 0)
                        program = FOREIGN_OPENWRT;
                if (strncmp(line, ".It ", 4) == 0 && strncmp(line, ".It Sy ", 7) != 0) {
                        check_migration(program, line + 4);
                        n++;
                }
        }

        assert_true(n > 50);
}

/*
 * Who comes from another program is told the same by the manual and by the parser; and each word
 * that the importer carries over to a key is in the manual.
 */
static void test_migration(void **state) {
        char *text = read_file(MANUAL), *end;
        char *tables = strstr(text, ".Sh MOVING FROM OTHER PROGRAMS");

        assert_non_null(tables);
        end = strstr(tables + 1, "\n.Sh ");
        assert_non_null(end);
        *end = '\0';
        check_tables(tables);

        for (size_t i = 0; i < n_config_foreign_keys; i++) {
                const ConfigForeign *row = &config_foreign_keys[i];

                if (row->key && row->use != FOREIGN_HINT && !seen_rows[i])
                        fail_msg("pptp.conf(5) does not say that %s becomes %s=", row->name,
                                 row->key);
        }
        free(text);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_examples),
                cmocka_unit_test(test_every_key_is_shown),
                cmocka_unit_test(test_manual),
                cmocka_unit_test(test_migration),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
