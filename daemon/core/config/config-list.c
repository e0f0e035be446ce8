/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * A list may have a hundred thousand lines and is read again at every reload, so plain prefixes are
 * read digit by digit, without a copy. Whatever is not plain, right or wrong, goes the way of
 * Destination=, which knows the words for all that can be wrong.
 */

#include "core/config/config-list.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/array.h"
#include "core/config/config-problem.h"
#include "core/config/config-route.h"
#include "core/config/config-routes.h"
#include "core/config/config-syntax.h"
#include "core/config/config-values.h"

/* The longest text of which a person would say that it is meant to be a prefix. */
#define WORD_MAX_BYTES 256

/* "255.255.255.255/032", and the character behind it, which are all looked at. */
#define PLAIN_PREFIX_MAX_BYTES 20

/* The part of a text that is still to be read. */
typedef struct ListCursor {
        const char *p, *end;
} ListCursor;

static bool is_blank(char c) {
        return c == ' ' || c == '\t' || c == '\r';
}

static void cursor_skip_blanks(ListCursor *c) {
        while (c->p < c->end && is_blank(*c->p))
                c->p++;
}

/*
 * Reads a decimal number of at most three digits, without leading zeros. Returns what follows, or
 * NULL if there is none.
 */
static inline const char *take_number(const char *p, uint32_t *ret_number) {
        uint32_t first = (unsigned char) (p[0] - '0'), second, third;

        if (first > 9)
                return NULL;

        *ret_number = first;
        second = (unsigned char) (p[1] - '0');
        if (second > 9)
                return p + 1;
        if (first == 0)
                return NULL;

        *ret_number = first * 10 + second;
        third = (unsigned char) (p[2] - '0');
        if (third > 9)
                return p + 2;

        *ret_number = *ret_number * 10 + third;
        return p + 3;
}

/* Returns what follows the blanks, the comment and the end of a line, or NULL if it has others. */
static const char *skip_rest_of_line(const char *p, const char *end) {
        while (p < end && is_blank(*p))
                p++;
        if (p < end && *p == '#')
                p = memchr(p, '\n', (size_t) (end - p)) ?: end;

        return p < end && *p == '\n' ? p + 1 : NULL;
}

/*
 * Reads a line that begins with a plain prefix: an IPv4 address of hosts, a length that is not 0,
 * no host bits. Returns it packed; or 0, with the text as it was, on any other line, which may be
 * right all the same.
 */
static uint64_t list_take_plain_line(ListCursor *text, uint32_t line) {
        uint32_t address = 0, number, length;
        const char *p = text->p;

        if (text->end - p < PLAIN_PREFIX_MAX_BYTES)
                return 0;

        for (unsigned i = 0; i < 4; i++) {
                p = take_number(p, &number);
                if (!p || number > 255 || *p++ != (i < 3 ? '.' : '/'))
                        return 0;
                address = address << 8 | number;
        }

        p = take_number(p, &length);
        if (!p || length == 0 || length > 32 || address >> 24 == 127 || address >> 24 >= 224)
                return 0;
        if (length < 32 && address & UINT32_MAX >> length)
                return 0;

        p = *p == '\n' ? p + 1 : skip_rest_of_line(p, text->end);
        if (!p)
                return 0;

        text->p = p;
        return config_prefix_pack(address, (uint8_t) length, line);
}

static int list_report_second_word(const ConfigAssignment *a) {
        return config_problems_add(a->problems, a->file, a->line, false,
                                   "write each prefix on a line of its own",
                                   "has more than one word on this line");
}

/* Reads the word of a line that is not empty. */
static int list_parse_word(const ConfigAssignment *a, ListCursor line, ConfigPrefix *prefix,
                           bool *ret_good) {

        char word[WORD_MAX_BYTES];
        size_t n = 0;

        *ret_good = false;
        if (!config_is_text(line.p, (size_t) (line.end - line.p)))
                return config_problems_add(a->problems, a->file, a->line, false,
                                           "write it anew, one prefix a line",
                                           "is no text on this line");

        while (line.p < line.end && !is_blank(*line.p) && n < sizeof(word) - 1)
                word[n++] = *line.p++;
        word[n] = '\0';

        cursor_skip_blanks(&line);
        if (line.p < line.end)
                return list_report_second_word(a);

        return config_parse_destination(a, word, prefix, ret_good);
}

static int list_report_full(const char *file, unsigned line, ConfigProblems *problems) {
        return config_problems_add(
                problems, file, line, false, "join neighbouring prefixes to shorter ones",
                "this is one route more than the %d that a tunnel may have", CONFIG_ROUTES_MAX);
}

/* Cuts the next line off, and returns it without its comment and the blanks around it. */
static ListCursor list_cut_line(ListCursor *text) {
        const char *end, *comment;
        ListCursor line;

        end = memchr(text->p, '\n', (size_t) (text->end - text->p)) ?: text->end;
        comment = memchr(text->p, '#', (size_t) (end - text->p));
        line = (ListCursor){ text->p, comment ?: end };
        cursor_skip_blanks(&line);
        while (line.end > line.p && is_blank(line.end[-1]))
                line.end--;
        text->p = end < text->end ? end + 1 : end;
        return line;
}

static int list_add_route(Config *config, const ConfigRoute *route) {
        if (!ARRAY_MAKE_ROOM(config->routes, config->n_routes))
                return -ENOMEM;

        config->routes[config->n_routes++] = *route;
        return 0;
}

static int list_add_packed(ConfigList *list, uint64_t prefix) {
        if (!ARRAY_MAKE_ROOM(list->prefixes, list->n_prefixes))
                return -ENOMEM;

        list->prefixes[list->n_prefixes++] = prefix;
        return 0;
}

/* Adds a route like those of the list, to another prefix. */
static int list_add_prefix(ConfigList *list, const ConfigAssignment *a, const ConfigPrefix *prefix,
                           Config *config) {

        ConfigRoute route = list->route;

        route.file = a->file;
        route.line = a->line;
        if (!config_route_set_prefix(&route, prefix))
                return config_route_report_source(&route, a->problems);
        if (prefix->is_ipv6 || prefix->length == 0)
                return list_add_route(config, &route);

        return list_add_packed(
                list, config_prefix_pack(be32toh(prefix->address.s_addr), prefix->length, a->line));
}

/* Reads a line of any form, and adds its prefix if there is one, and room for a route. */
static int list_parse_line(ConfigList *list, const ConfigAssignment *a, ListCursor line,
                           Config *config) {

        ConfigPrefix prefix;
        bool good;
        int r;

        if (line.p == line.end)
                return 0;

        r = list_parse_word(a, line, &prefix, &good);
        if (r < 0 || !good)
                return r;

        list->has_prefix = true;
        list->is_cut = config_count_routes(config) >= CONFIG_ROUTES_MAX;
        return list->is_cut ? list_report_full(a->file, a->line, a->problems) :
                              list_add_prefix(list, a, &prefix, config);
}

/*
 * Takes as many plain lines in a row as there are. There may be a hundred thousand, so nothing is
 * looked at here but the text. How many there may be is checked when all are there, since a prefix
 * counts once; until then eight bytes for each are less than the file has.
 */
static int list_take_plain_lines(ConfigList *list, ListCursor *text) {
        uint64_t *prefixes = list->prefixes;
        size_t n_before = list->n_prefixes, n = n_before;
        ListCursor rest = *text;
        int r = 0;

        for (;;) {
                unsigned line = list->n_lines + 1 + (unsigned) (n - n_before);
                uint64_t prefix = list_take_plain_line(&rest, line);

                if (prefix == 0)
                        break;
                if (!ARRAY_MAKE_ROOM(prefixes, n)) {
                        r = -ENOMEM;
                        break;
                }
                prefixes[n++] = prefix;
        }

        list->prefixes = prefixes;
        list->n_prefixes = n;
        list->n_lines += (unsigned) (n - n_before);
        list->has_prefix = list->has_prefix || n > n_before;
        *text = rest;
        return r;
}

static int list_parse_lines(ConfigList *list, ConfigAssignment *a, ListCursor text,
                            Config *config) {

        /* With a source that is of IPv6 each line is an error. */
        bool takes_plain = !list->route.is_ipv6 || !config_route_has_source(&list->route);
        int r = 0;

        while (text.p < text.end && r >= 0 && !list->is_cut) {
                if (takes_plain)
                        r = list_take_plain_lines(list, &text);
                if (r < 0 || text.p == text.end)
                        break;

                a->line = ++list->n_lines;
                r = list_parse_line(list, a, list_cut_line(&text), config);
        }

        return r;
}

/* In words of its own: each of its lines would be wrong. */
static int list_report_utf16(ConfigList *list, ConfigProblems *problems) {
        list->is_bad = true;
        list->is_cut = true;
        return config_problems_add(problems, list->name, 1, false, "save the file as UTF-8",
                                   "file is UTF-16");
}

int config_list_parse(ConfigList *list, const char *text, size_t n_text, Config *config,
                      ConfigProblems *problems) {

        size_t n_errors = problems->n_errors;
        ConfigAssignment a = {
                .key = config_key_find(CONFIG_SECTION_ROUTE, "DestinationFile"),
                .in_list = true,
                .instance = config->name,
                .file = list->name,
                .problems = problems,
        };
        ListCursor rest = { text, text + n_text };
        int r;

        if (n_text == 0 || list->is_cut)
                return 0;

        if (list->n_lines == 0) {
                if (config_text_is_utf16(text, n_text))
                        return list_report_utf16(list, problems);
                rest.p += config_text_mark_length(text, n_text);
        }

        r = list_parse_lines(list, &a, rest, config);
        list->is_bad = list->is_bad || problems->n_errors > n_errors;
        return r;
}

/* A route of its own for each prefix of a list that has few. */
static int list_add_few(const ConfigLongList *list, Config *config) {
        int r = 0;

        for (size_t i = 0; i < list->n_prefixes && r >= 0; i++) {
                const ConfigRoute route = config_long_list_get(list, i);

                r = list_add_route(config, &route);
        }

        return r;
}

/* Takes the prefixes over. */
static int list_add_many(ConfigLongList *list, Config *config) {
        int r;

        r = config_long_list_sort(list);
        if (r < 0)
                return r;
        if (!ARRAY_MAKE_ROOM(config->long_lists, config->n_long_lists))
                return -ENOMEM;

        config->long_lists[config->n_long_lists++] = *list;
        *list = (ConfigLongList){ 0 };
        return 0;
}

static size_t list_count_room(const Config *config) {
        size_t n_routes = config_count_routes(config);

        return n_routes < CONFIG_ROUTES_MAX ? CONFIG_ROUTES_MAX - n_routes : 0;
}

/*
 * Takes out what a list, and then those before it, have twice if it has too many prefixes for the
 * configuration, and all if there are too many then, which is reported.
 */
static int list_fit(ConfigLongList *list, Config *config, ConfigProblems *problems) {
        int r = 0;

        if (list->n_prefixes <= list_count_room(config))
                return 0;

        r = config_long_list_drop_doubles(list);
        for (size_t i = 0; r >= 0 && i < config->n_long_lists; i++)
                r = list->n_prefixes <= list_count_room(config) ?
                        0 :
                        config_long_list_drop_doubles(&config->long_lists[i]);
        if (r < 0)
                return r;

        return list->n_prefixes <= list_count_room(config) ?
                0 :
                list_report_full(list->common.file,
                                 config_long_list_take_line(list, list_count_room(config)),
                                 problems);
}

/* Gives the prefixes to the configuration. */
static int list_hand_over(ConfigList *list, Config *config, ConfigProblems *problems) {
        ConfigLongList prefixes = {
                .common = list->route,
                .prefixes = steal_pointer(list->prefixes),
                .n_prefixes = list->n_prefixes,
        };
        int r;

        prefixes.common.file = list->name;
        prefixes.common.is_ipv6 = false;
        list->n_prefixes = 0;
        r = list_fit(&prefixes, config, problems);
        if (r >= 0)
                r = prefixes.n_prefixes < CONFIG_LONG_LIST_MIN ||
                                config->n_long_lists == CONFIG_LONG_LISTS_MAX ?
                        list_add_few(&prefixes, config) :
                        list_add_many(&prefixes, config);
        free(prefixes.prefixes);
        return r;
}

int config_list_finish(ConfigList *list, Config *config, ConfigProblems *problems) {
        if (list->is_cut)
                return 0;
        if (list->has_prefix || list->is_bad)
                return list_hand_over(list, config, problems);

        /* A download that failed leaves such a file; all routes would go with it. */
        return config_problems_add(problems, list->name, 0, false,
                                   "write one prefix a line, or leave DestinationFile= out",
                                   "has no prefix in it");
}
