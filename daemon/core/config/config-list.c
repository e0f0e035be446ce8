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
#include <string.h>

#include "core/base/array.h"
#include "core/config/config-problem.h"
#include "core/config/config-route.h"
#include "core/config/config-syntax.h"
#include "core/config/config-values.h"

/* The longest text of which a person would say that it is meant to be a prefix. */
#define WORD_MAX_BYTES 256

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
 * Reads a decimal number of at most three digits, without leading zeros, and the character behind
 * it. Returns what follows, or NULL if it is another number, or there is none.
 */
static inline const char *take_number(const char *p, const char *end, char behind,
                                      uint32_t *ret_number) {

        const char *begin = p;
        uint32_t number = 0;

        while (p < end && (unsigned char) (*p - '0') <= 9 && p - begin < 3)
                number = number * 10 + (uint32_t) (*p++ - '0');

        if (p == begin || (*begin == '0' && p - begin > 1))
                return NULL;

        *ret_number = number;
        if (p == end)
                return behind == '\n' ? p : NULL;
        return *p == behind ? p + 1 : NULL;
}

/*
 * Reads a line that is a plain prefix and nothing else: an address of hosts, a length, no host
 * bits. Returns false, with the text as it was, on any other line, which may be right all the same.
 */
static bool list_take_plain_line(ListCursor *text, ConfigPrefix *ret_prefix) {
        uint32_t octets[4], address, length;
        const char *p = text->p;

        for (unsigned i = 0; i < 4; i++) {
                p = take_number(p, text->end, i < 3 ? '.' : '/', &octets[i]);
                if (!p || octets[i] > 255)
                        return false;
        }

        p = take_number(p, text->end, '\n', &length);
        if (!p || length > 32 || octets[0] == 127 || octets[0] >= 224)
                return false;

        address = octets[0] << 24 | octets[1] << 16 | octets[2] << 8 | octets[3];
        if (length < 32 && address & UINT32_MAX >> length)
                return false;

        text->p = p;
        *ret_prefix = (ConfigPrefix){
                .address.s_addr = htonl(address),
                .length = (uint8_t) length,
        };
        return true;
}

static int list_report_second_word(const ConfigAssignment *a) {
        return config_problems_add(a->problems, a->file, a->line, false,
                                   "write each prefix on a line of its own",
                                   "has more than one word on this line");
}

/* What a terminal should not get to see does not come back in a problem. */
static bool is_text(const char *text, size_t n) {
        while (n > 0) {
                size_t n_character = config_utf8_length(text, n);

                if (n_character == 0)
                        return false;

                text += n_character;
                n -= n_character;
        }

        return true;
}

/* Reads the word of a line that is not empty. */
static int list_parse_word(const ConfigAssignment *a, ListCursor line, ConfigPrefix *prefix,
                           bool *ret_good) {

        char word[WORD_MAX_BYTES];
        size_t n = 0;

        *ret_good = false;
        if (!is_text(line.p, (size_t) (line.end - line.p)))
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

static int list_report_full(const ConfigAssignment *a) {
        return config_problems_add(
                a->problems, a->file, a->line, false, "join neighbouring prefixes to shorter ones",
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

/* Adds a route like those of the list, to another prefix. */
static int list_add_route(const ConfigList *list, const ConfigAssignment *a,
                          const ConfigPrefix *prefix, Config *config) {

        ConfigRoute *route;

        if (!ARRAY_MAKE_ROOM(config->routes, config->n_routes))
                return -ENOMEM;

        route = &config->routes[config->n_routes++];
        *route = list->route;
        route->file = a->file;
        route->line = a->line;
        return config_route_set_prefix(route, prefix) ?
                0 :
                config_route_report_source(route, a->problems);
}

static int list_parse_lines(ConfigList *list, ConfigAssignment *a, ListCursor text,
                            Config *config) {

        while (text.p < text.end) {
                ConfigPrefix prefix;
                bool good = true;
                int r = 0;

                a->line = ++list->n_lines;
                if (!list_take_plain_line(&text, &prefix)) {
                        ListCursor line = list_cut_line(&text);

                        if (line.p == line.end)
                                continue;
                        /* What was in the way may have been blanks or a comment. */
                        if (!list_take_plain_line(&line, &prefix))
                                r = list_parse_word(a, line, &prefix, &good);
                }
                if (r < 0)
                        return r;
                if (!good)
                        continue;

                list->has_prefix = true;
                if (config->n_routes >= CONFIG_ROUTES_MAX) {
                        list->is_cut = true;
                        return list_report_full(a);
                }
                r = list_add_route(list, a, &prefix, config);
                if (r < 0)
                        return r;
        }

        return 0;
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
        int r;

        if (n_text == 0 || list->is_cut)
                return 0;

        r = list_parse_lines(list, &a, (ListCursor){ text, text + n_text }, config);
        list->is_bad = list->is_bad || problems->n_errors > n_errors;
        return r;
}

int config_list_finish(const ConfigList *list, ConfigProblems *problems) {
        if (list->has_prefix || list->is_bad)
                return 0;

        /* A download that failed leaves such a file; all routes would go with it. */
        return config_problems_add(problems, list->name, 0, false,
                                   "write one prefix a line, or leave DestinationFile= out",
                                   "has no prefix in it");
}
