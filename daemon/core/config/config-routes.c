/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/config/config-routes.h"

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <stdlib.h>

#include "core/base/macros.h"
#include "core/base/sort.h"
#include "core/config/config-route.h"

#define LINE_MASK ((UINT64_C(1) << CONFIG_PREFIX_LINE_BITS) - 1)

/* Keys of routes, in their order: IPv4 by its prefix, then all of IPv6, then the end. */
#define KEY_IPV6 (UINT64_MAX - 1)
#define KEY_END UINT64_MAX

/* The part of a configuration that has the routes which are in no list. */
#define PART_OWN 0

/* ---- long lists ---- */

ConfigRoute config_long_list_get(const ConfigLongList *list, size_t i) {
        uint64_t prefix = list->prefixes[i];
        ConfigRoute route = list->common;

        route.destination.s_addr = htobe32((uint32_t) (prefix >> 32));
        route.prefix_length = (uint8_t) ((uint32_t) prefix >> CONFIG_PREFIX_LINE_BITS);
        route.line = prefix & LINE_MASK;
        return route;
}

static int compare_prefixes(const void *a, const void *b, _unused_ void *userdata) {
        return COMPARE(*(const uint64_t *) a, *(const uint64_t *) b);
}

/* Returns how many runs of prefixes in order the list has, but no more than those and one. */
static size_t count_runs(const ConfigLongList *list, size_t n_max) {
        size_t n = 1;

        for (size_t i = 1; i < list->n_prefixes && n <= n_max; i++)
                n += list->prefixes[i - 1] > list->prefixes[i];

        return n;
}

int config_long_list_sort(ConfigLongList *list) {
        size_t n_runs = count_runs(list, SORT_RUNS_MAX);

        /* Lines are in order as they are read, so prefixes alone are sorted by. */
        if (n_runs > SORT_RUNS_MAX)
                return sort_numbers(list->prefixes, list->n_prefixes, CONFIG_PREFIX_LINE_BITS);
        if (n_runs > 1)
                sort_runs(list->prefixes, list->n_prefixes, sizeof(*list->prefixes),
                          compare_prefixes, NULL);
        return 0;
}

int config_long_list_drop_doubles(ConfigLongList *list) {
        size_t n = 0;
        int r;

        r = config_long_list_sort(list);
        if (r < 0)
                return r;

        for (size_t i = 0; i < list->n_prefixes; i++)
                if (n == 0 || !config_prefix_is_same(list->prefixes[n - 1], list->prefixes[i]))
                        list->prefixes[n++] = list->prefixes[i];

        list->n_prefixes = n;
        return 0;
}

unsigned config_long_list_take_line(ConfigLongList *list, size_t n) {
        size_t n_lines = list->n_prefixes;

        assert(n < n_lines);

        for (size_t i = 0; i < n_lines; i++)
                list->prefixes[i] &= LINE_MASK;

        list->n_prefixes = 0;
        return sort_numbers(list->prefixes, n_lines, 0) < 0 ? 0 : (unsigned) list->prefixes[n];
}

/* Returns the index of the first prefix that is not below the number. */
static size_t find_prefix(const ConfigLongList *list, uint64_t number) {
        size_t low = 0, high = list->n_prefixes;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (list->prefixes[middle] < number)
                        low = middle + 1;
                else
                        high = middle;
        }

        return low;
}

size_t config_count_routes(const Config *c) {
        size_t n = c->n_routes;

        for (size_t i = 0; i < c->n_long_lists; i++)
                n += c->long_lists[i].n_prefixes;

        return n;
}

int config_expand_lists(Config *c) {
        size_t n = config_count_routes(c);
        ConfigRoute *routes;

        if (c->n_long_lists == 0)
                return 0;

        routes = reallocarray(c->routes, n, sizeof(*routes));
        if (!routes)
                return -ENOMEM;

        c->routes = routes;
        for (size_t i = 0; i < c->n_long_lists; i++) {
                ConfigLongList *list = &c->long_lists[i];

                for (size_t j = 0; j < list->n_prefixes; j++)
                        routes[c->n_routes++] = config_long_list_get(list, j);
                free(list->prefixes);
        }

        free(steal_pointer(c->long_lists));
        c->n_long_lists = 0;
        config_routes_sort(c->routes, c->n_routes);
        return 0;
}

/* ---- one after the other ---- */

static uint64_t get_key(const ConfigRoute *route) {
        return route->is_ipv6 ?
                KEY_IPV6 :
                config_prefix_pack(be32toh(route->destination.s_addr), route->prefix_length, 0);
}

static const ConfigLongList *cursor_get_list(const ConfigCursor *cursor, size_t part) {
        return &cursor->config->long_lists[part - 1];
}

static size_t cursor_count_parts(const ConfigCursor *cursor) {
        return 1 + cursor->config->n_long_lists;
}

static size_t cursor_count_routes(const ConfigCursor *cursor, size_t part) {
        return part == PART_OWN ? cursor->config->n_routes :
                                  cursor_get_list(cursor, part)->n_prefixes;
}

static ConfigRoute cursor_get_route(const ConfigCursor *cursor, size_t part, size_t i) {
        return part == PART_OWN ? cursor->config->routes[i] :
                                  config_long_list_get(cursor_get_list(cursor, part), i);
}

static void cursor_read_key(ConfigCursor *cursor, size_t part) {
        size_t i = cursor->next[part];

        if (i == cursor->end[part])
                cursor->keys[part] = KEY_END;
        else if (part == PART_OWN)
                cursor->keys[part] = get_key(&cursor->config->routes[i]);
        else
                cursor->keys[part] = cursor_get_list(cursor, part)->prefixes[i] & ~LINE_MASK;
}

/* Goes on from where the parts begin and end now. */
static void cursor_begin(ConfigCursor *cursor) {
        for (size_t i = 0; i < cursor_count_parts(cursor); i++)
                cursor_read_key(cursor, i);
        cursor->part = PART_OWN;
        cursor->others = 0; /* nobody has looked for it */
}

static void cursor_take_all(ConfigCursor *cursor, const Config *c) {
        assert(c->n_long_lists <= CONFIG_LONG_LISTS_MAX);

        cursor->config = c;
        for (size_t i = 0; i < cursor_count_parts(cursor); i++) {
                cursor->next[i] = 0;
                cursor->end[i] = cursor_count_routes(cursor, i);
        }
}

void config_cursor_init(ConfigCursor *cursor, const Config *c) {
        cursor_take_all(cursor, c);
        cursor_begin(cursor);
}

/* Whether the next route of one part comes before that of another: of equal keys all decides. */
static bool cursor_is_before(const ConfigCursor *cursor, size_t a, size_t b) {
        ConfigRoute route_a, route_b;

        if (cursor->keys[a] != cursor->keys[b] || cursor->keys[a] == KEY_END)
                return cursor->keys[a] < cursor->keys[b];

        route_a = cursor_get_route(cursor, a, cursor->next[a]);
        route_b = cursor_get_route(cursor, b, cursor->next[b]);
        return config_route_compare_place(&route_a, &route_b) < 0;
}

/* Finds the part with the next route, which as a rule is the one with the last. */
static void cursor_choose_part(ConfigCursor *cursor) {
        size_t first = PART_OWN;

        if (cursor->keys[cursor->part] < cursor->others)
                return;

        for (size_t i = 1; i < cursor_count_parts(cursor); i++)
                if (cursor_is_before(cursor, i, first))
                        first = i;

        cursor->part = first;
        cursor->others = KEY_END;
        for (size_t i = 0; i < cursor_count_parts(cursor); i++)
                if (i != first)
                        cursor->others = MIN(cursor->others, cursor->keys[i]);
}

/* Takes the next route. Returns its index in the part that has it, whose key is not KEY_END. */
static size_t cursor_advance(ConfigCursor *cursor) {
        size_t i = cursor->next[cursor->part]++;

        cursor_read_key(cursor, cursor->part);
        return i;
}

bool config_cursor_next(ConfigCursor *cursor, ConfigRoute *ret_route) {
        size_t part;

        cursor_choose_part(cursor);
        part = cursor->part;
        if (cursor->keys[part] == KEY_END)
                return false;

        *ret_route = cursor_get_route(cursor, part, cursor_advance(cursor));
        return true;
}

bool config_may_have_routes_twice(const Config *c) {
        uint64_t last = KEY_END;
        ConfigCursor cursor;

        config_cursor_init(&cursor, c);
        for (;;) {
                uint64_t key;

                cursor_choose_part(&cursor);
                key = cursor.keys[cursor.part];
                if (key == KEY_END)
                        return false;
                if (key == last)
                        return true;

                last = key;
                (void) cursor_advance(&cursor);
        }
}

size_t config_count_different_routes(const Config *c) {
        ConfigRoute last, route;
        ConfigCursor cursor;
        size_t n = 0;

        config_cursor_init(&cursor, c);
        for (; config_cursor_next(&cursor, &route); last = route)
                if (n == 0 || config_route_compare_key(&last, &route) != 0)
                        n++;

        return n;
}

/* ---- by destination ---- */

/* Returns the index of the first own route whose destination is not in front of that of another. */
static size_t find_own(const Config *c, const ConfigRoute *route) {
        size_t low = 0, high = c->n_routes;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (config_route_compare_destination(&c->routes[middle], route) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }

        return low;
}

void config_cursor_find(ConfigCursor *cursor, const Config *c, const ConfigRoute *route) {
        size_t *next = cursor->next, *end = cursor->end;
        uint64_t key = get_key(route);

        cursor->config = c;
        next[PART_OWN] = end[PART_OWN] = find_own(c, route);
        while (end[PART_OWN] < c->n_routes &&
               config_route_compare_destination(&c->routes[end[PART_OWN]], route) == 0)
                end[PART_OWN]++;

        for (size_t part = 1; part < cursor_count_parts(cursor); part++) {
                const ConfigLongList *list = cursor_get_list(cursor, part);

                next[part] = end[part] = route->is_ipv6 ? 0 : find_prefix(list, key);
                while (!route->is_ipv6 && end[part] < list->n_prefixes &&
                       config_prefix_is_same(list->prefixes[end[part]], key))
                        end[part]++;
        }

        cursor_begin(cursor);
}

bool config_has_route(const Config *c, const ConfigRoute *route) {
        ConfigCursor cursor;
        ConfigRoute other;

        config_cursor_find(&cursor, c, route);
        while (config_cursor_next(&cursor, &other))
                if (config_route_compare(&other, route) == 0)
                        return true;

        return false;
}

/* ---- what differs ---- */

/* Leaves out what two parts begin and end with. */
static void trim_own(ConfigCursor *a, ConfigCursor *b) {
        const ConfigRoute *x = a->config->routes, *y = b->config->routes;
        size_t *next_a = &a->next[PART_OWN], *next_b = &b->next[PART_OWN];
        size_t *end_a = &a->end[PART_OWN], *end_b = &b->end[PART_OWN];

        while (*next_a < *end_a && *next_b < *end_b &&
               config_route_compare(&x[*next_a], &y[*next_b]) == 0) {
                ++*next_a;
                ++*next_b;
        }

        while (*next_a < *end_a && *next_b < *end_b &&
               config_route_compare(&x[*end_a - 1], &y[*end_b - 1]) == 0) {
                --*end_a;
                --*end_b;
        }
}

/* The same for long lists. A hundred thousand prefixes go by here, so it is as plain as can be. */
static void trim_lists(ConfigCursor *a, size_t part_a, ConfigCursor *b, size_t part_b) {
        const uint64_t *x = cursor_get_list(a, part_a)->prefixes;
        const uint64_t *y = cursor_get_list(b, part_b)->prefixes;
        size_t n_x = a->end[part_a], n_y = b->end[part_b], n = MIN(n_x, n_y);
        size_t n_head = 0, n_tail = 0;

        while (n_head < n && config_prefix_is_same(x[n_head], y[n_head]))
                n_head++;
        while (n_tail < n - n_head &&
               config_prefix_is_same(x[n_x - n_tail - 1], y[n_y - n_tail - 1]))
                n_tail++;

        a->next[part_a] = b->next[part_b] = n_head;
        a->end[part_a] -= n_tail;
        b->end[part_b] -= n_tail;
}

/* Whether the routes of two lists are the same where their prefixes are. */
static bool lists_are_alike(const ConfigCursor *a, size_t part_a, const ConfigCursor *b,
                            size_t part_b) {

        return config_route_compare(&cursor_get_list(a, part_a)->common,
                                    &cursor_get_list(b, part_b)->common) == 0;
}

/*
 * Leaves out what both have at the same place: a file with a new list in front of others, or
 * behind, has those as before. What is left out is in both, wherever else it is.
 */
static void trim_same(ConfigCursor *a, ConfigCursor *b) {
        size_t n_a = cursor_count_parts(a), n_b = cursor_count_parts(b), n = MIN(n_a, n_b), i = 1;

        trim_own(a, b);
        for (; i < n && lists_are_alike(a, i, b, i); i++)
                trim_lists(a, i, b, i);
        for (; i < n && lists_are_alike(a, n_a - 1, b, n_b - 1); n--)
                trim_lists(a, --n_a, b, --n_b);
}

static void changes_read_removed(ConfigChanges *changes) {
        changes->has_removed = config_cursor_next(&changes->from, &changes->removed);
}

static void changes_read_added(ConfigChanges *changes) {
        changes->has_added = config_cursor_next(&changes->to, &changes->added);
}

void config_changes_init(ConfigChanges *changes, const Config *from, const Config *to) {
        cursor_take_all(&changes->from, from);
        cursor_take_all(&changes->to, to);
        trim_same(&changes->from, &changes->to);
        cursor_begin(&changes->from);
        cursor_begin(&changes->to);
        changes_read_removed(changes);
        changes_read_added(changes);
        changes->has_last = false;
}

/* Whether a route is the one that was looked for last. */
static bool changes_is_last(const ConfigChanges *changes, const ConfigRoute *route) {
        return changes->has_last && config_route_compare(&changes->last, route) == 0;
}

bool config_changes_next(ConfigChanges *changes, ConfigRoute *ret_route, bool *ret_is_added) {
        while (changes->has_removed || changes->has_added) {
                int r = !changes->has_removed ?
                        1 :
                        !changes->has_added ?
                        -1 :
                        config_route_compare(&changes->removed, &changes->added);
                ConfigRoute route = r <= 0 ? changes->removed : changes->added;

                if (r <= 0)
                        changes_read_removed(changes);
                if (r >= 0)
                        changes_read_added(changes);
                if (r == 0 || changes_is_last(changes, &route))
                        continue;

                /* Looked for once, however often it is there: that visits all that are the same. */
                changes->last = route;
                changes->has_last = true;

                /* What moved from one list to another is no change. */
                if (config_has_route((r < 0 ? &changes->to : &changes->from)->config, &route))
                        continue;

                *ret_route = route;
                *ret_is_added = r > 0;
                return true;
        }

        return false;
}
