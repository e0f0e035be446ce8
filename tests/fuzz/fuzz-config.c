/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Configuration files. A form feed separates them: the first is the tunnel's own, the others are
 * drop-ins, or [Match] files where they say so themselves. What is behind a vertical tab is the
 * text of every list of prefixes that they name. Lists are long here from a few prefixes on.
 */

#include "core/config/config-route.h"
#include "core/config/config-routes.h"
#include "core/config/config.h"
#include "core/base/macros.h"
#include "fuzz.h"

/* All routes come in their order, those of long lists among them, and each is found. */
static void check_routes(const Config *c) {
        ConfigRoute route, last;
        ConfigCursor cursor;
        size_t n_routes = 0;

        fuzz_assert(c->n_long_lists <= CONFIG_LONG_LISTS_MAX);
        for (size_t i = 0; i < c->n_long_lists; i++)
                fuzz_assert(c->long_lists[i].n_prefixes >= CONFIG_LONG_LIST_MIN);

        config_cursor_init(&cursor, c);
        for (; config_cursor_next(&cursor, &route); ++n_routes) {
                uint32_t host_bits =
                        route.prefix_length < 32 ? UINT32_MAX >> route.prefix_length : 0;

                fuzz_assert(route.is_ipv6 || route.prefix_length <= 32);
                fuzz_assert(route.is_ipv6 || (ntohl(route.destination.s_addr) & host_bits) == 0);
                fuzz_assert(route.table != 0);
                fuzz_assert(n_routes == 0 || config_route_compare_place(&last, &route) <= 0);
                if (n_routes < 64)
                        fuzz_assert(config_has_route(c, &route));
                last = route;
        }
        fuzz_assert(n_routes == config_count_routes(c));
}

/* The same routes, where none of them is in a long list any more. */
static void check_expanded(Config *c) {
        size_t n_routes = config_count_routes(c);

        fuzz_assert(config_expand_lists(c) == 0);
        fuzz_assert(c->n_routes == n_routes);
        check_routes(c);
}

static void check_config(const Config *c) {
        MppePolicy policy = config_get_mppe_policy(c);

        fuzz_assert(strcmp(c->name, "onenet") == 0);
        fuzz_assert(c->n_servers > 0 && c->n_servers <= CONFIG_SERVERS_MAX);
        fuzz_assert(c->user);
        fuzz_assert(c->port > 0);
        fuzz_assert(c->interface_name[0] != '\0');
        fuzz_assert(memchr(c->interface_name, '\0', sizeof(c->interface_name)));
        fuzz_assert(config_count_routes(c) <= CONFIG_ROUTES_MAX);
        fuzz_assert(c->delay_usec <= c->max_delay_usec);
        fuzz_assert(mppe_policy_requires(&policy) == (c->mppe != CONFIG_MPPE_NO));
}

static void check_problems(const ConfigProblems *problems) {
        fuzz_assert(problems->n_items <= CONFIG_PROBLEMS_MAX);

        for (size_t i = 0; i < problems->n_items; ++i) {
                char text[256];

                fuzz_assert(problems->items[i].hint); /* whoever is refused is told what to write */
                config_problem_describe(&problems->items[i], text, sizeof(text));
                fuzz_assert(strnlen(text, sizeof(text)) < sizeof(text));
                for (const char *p = text; *p != '\0'; ++p)
                        fuzz_assert((uint8_t) *p >= 0x20 && *p != 0x7f);
        }
}

static void add_files(ConfigParser *parser, const char *text, size_t n_text) {
        ConfigFileKind kind = CONFIG_FILE_TUNNEL;

        for (;;) {
                const char *end = memchr(text, '\f', n_text);
                size_t n = end ? (size_t) (end - text) : n_text;

                fuzz_assert(config_parser_add_file(parser, kind, "onenet.conf", text, n) == 0);
                if (!end)
                        return;

                text += n + 1;
                n_text -= n + 1;
                kind = config_text_is_match(text, n_text) ? CONFIG_FILE_MATCH : CONFIG_FILE_DROP_IN;
        }
}

/* The text is copied, so that reading beyond it shows. */
static void add_lists(ConfigParser *parser, const char *text, size_t n_text) {
        char *copy = malloc(n_text > 0 ? n_text : 1);

        fuzz_assert(copy);
        memcpy(copy, text, n_text);
        /* In two pieces, of which the first ends with a line. */
        for (size_t i = 0; config_parser_get_list(parser, i) && i < 4; ++i) {
                const char *newline = memchr(copy, '\n', n_text);
                size_t n = newline ? (size_t) (newline - copy) + 1 : 0;

                fuzz_assert(config_parser_add_list(parser, i, copy, n, false) == 0);
                fuzz_assert(config_parser_add_list(parser, i, copy + n, n_text - n, true) == 0);
        }

        free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_data) {
        ConfigProblems problems;
        ConfigParser *parser;
        Config *config = NULL;
        const uint8_t *list;
        int r;

        if (n_data == 0)
                return 0;

        fuzz_assert(config_parser_new("onenet", &parser) == 0);
        list = memchr(data, '\v', n_data);
        add_files(parser, (const char *) data, list ? (size_t) (list - data) : n_data);
        if (list)
                add_lists(parser, (const char *) list + 1, (size_t) (data + n_data - list) - 1);

        r = config_parser_finish(parser, &config, &problems);
        fuzz_assert(r == 0 || r == CONFIG_E_INVALID);
        fuzz_assert((r == 0) == (problems.n_errors == 0));
        if (r == 0) {
                check_config(config);
                check_routes(config);
                check_expanded(config);
        }

        check_problems(&problems);
        config_problems_done(&problems);
        config_free(config);
        config_parser_free(parser);
        return 0;
}
