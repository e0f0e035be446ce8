/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * All routes of a configuration: those that it has one by one, and those of its long lists. Who
 * needs each of them takes one after the other; who needs to know what a reload changed gets that
 * without a look at the others.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/config/config.h"

/* Room for the line that a prefix is on: a list has less than 2^25 bytes. */
#define CONFIG_PREFIX_LINE_BITS 26

/*
 * Packs a prefix of a long list (address in the byte order of the host, length in bits, line in the
 * file) into one number. Numbers are in the order of config_routes_sort().
 */
static inline uint64_t config_prefix_pack(uint32_t address, uint8_t length, uint32_t line) {
        return (uint64_t) address << 32 | (uint64_t) length << CONFIG_PREFIX_LINE_BITS | line;
}

/* Whether two are the same prefix, each on whatever line. */
static inline bool config_prefix_is_same(uint64_t a, uint64_t b) {
        return (a ^ b) >> CONFIG_PREFIX_LINE_BITS == 0;
}

/* Returns the i-th route of a long list. */
ConfigRoute config_long_list_get(const ConfigLongList *list, size_t i);
/*
 * Sorts the prefixes of a long list, which are in the order of their lines. Returns 0 or -ENOMEM.
 */
int config_long_list_sort(ConfigLongList *list);
/*
 * Sorts a long list as config_long_list_sort() does, and takes prefixes out until it has each once,
 * on the first of its lines. Returns likewise.
 */
int config_long_list_drop_doubles(ConfigLongList *list);
/*
 * Returns on which line of the file the n-th prefix stands (0: the first), for a list that has each
 * once, sorted or not; 0 if there is no memory. The list has no prefixes afterwards.
 */
unsigned config_long_list_take_line(ConfigLongList *list, size_t n);

/* Returns how many routes a configuration has. */
size_t config_count_routes(const Config *c);

/* Returns how many the kernel keeps apart: those that stand there twice count once. */
size_t config_count_different_routes(const Config *c);

/*
 * Makes routes of their own of all those in long lists, for who looks at them many times and has
 * the memory. Returns 0 or -ENOMEM, and then the configuration is as it was.
 */
int config_expand_lists(Config *c);

/* Routes of its own, and long lists. */
#define CONFIG_PARTS_MAX (1 + CONFIG_LONG_LISTS_MAX)

/* Goes through routes of a configuration, which it borrows. */
typedef struct ConfigCursor {
        const Config *config;
        size_t part;     /* that the last route was in */
        uint64_t others; /* the lowest of the other parts' keys */
        size_t next[CONFIG_PARTS_MAX], end[CONFIG_PARTS_MAX];
        uint64_t keys[CONFIG_PARTS_MAX]; /* of the next route of each part */
} ConfigCursor;

/* Begins with the first of all routes. */
void config_cursor_init(ConfigCursor *cursor, const Config *c);
/* Begins with the first of the routes to the destination of this one. */
void config_cursor_find(ConfigCursor *cursor, const Config *c, const ConfigRoute *route);
/*
 * Fills in the next route, in the order of config_routes_sort(). Returns false, and leaves it
 * alone, when there is no more.
 */
bool config_cursor_next(ConfigCursor *cursor, ConfigRoute *ret_route);

/* Whether the configuration has a route that is the same in all that a route says. */
bool config_has_route(const Config *c, const ConfigRoute *route);
/* Whether two routes may have the same destination: false if none have. */
bool config_may_have_routes_twice(const Config *c);

/* Goes through the routes that one of two configurations has, and the other has not. */
typedef struct ConfigChanges {
        ConfigCursor from, to;
        ConfigRoute removed, added;  /* the next that are not compared yet, */
        bool has_removed, has_added; /* if there are any */
        ConfigRoute last;
        bool has_last;
} ConfigChanges;

/*
 * Begins to compare. What two long lists begin and end with is skipped by numbers, so a few changes
 * in a row cost little more than reading eight bytes for each route.
 */
void config_changes_init(ConfigChanges *changes, const Config *from, const Config *to);
/*
 * Fills in the next route that was added or, with *ret_is_added false, removed; each once, however
 * often it stands in a configuration. They come in the order of config_route_compare(). Returns
 * false when there is no more.
 */
bool config_changes_next(ConfigChanges *changes, ConfigRoute *ret_route, bool *ret_is_added);
