/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Examples and manual keep up with the parser: each example is good, each key is explained. */

#include "test.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/config-keys.h"
#include "core/config.h"

#define GOOD "[Tunnel]\nServer=vpn.example.com\nIpParam=office-onenet\n[Authentication]\nUser=alice\n"

static char *read_file(const char *path) {
        char *text = calloc(1, CONFIG_FILE_MAX_BYTES);
        FILE *f = fopen(path, "re");

        assert_non_null(f);
        assert_non_null(text);
        assert_true(fread(text, 1, CONFIG_FILE_MAX_BYTES - 1, f) > 0);
        fclose(f);
        return text;
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

/* The manual has each key of the table, as text that a search finds. */
static void test_manual(void **state) {
        char *text = read_file(MANUAL);

        for (size_t i = 0; i < n_config_keys; i++) {
                char wanted[64];

                snprintf(wanted, sizeof(wanted), " %s=", config_keys[i].name);
                if (!strstr(text, wanted))
                        fail_msg("pptp.conf(5) lacks %s=", config_keys[i].name);
        }

        free(text);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_examples),
                cmocka_unit_test(test_manual),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
