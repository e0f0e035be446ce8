/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Reads JSON (RFC 8259) from front to end, without a tree of it: whoever reads says what should
 * come. Nothing is allocated, and what is nested more deeply than JSON_DEPTH_MAX is refused, so
 * that a hostile text costs one pass over it. After the first mistake `failed` stays set, and all
 * functions do nothing.
 *
 *      json_reader_open(&r);
 *      while (json_reader_next(&r, key, sizeof(key)))
 *              ... read the member's value, or json_reader_skip(&r);
 *      if (json_reader_finish(&r)) ...
 */

#include <stdbool.h>
#include <stddef.h>

#define JSON_DEPTH_MAX 16

typedef struct JsonReader {
        const char *at, *end;
        bool is_first; /* no member of the object that is open was read yet */
        bool failed;
} JsonReader;

/* A reader of n bytes, which are borrowed; without bytes, text may be NULL. */
static inline JsonReader json_reader_make(const char *text, size_t n) {
        const char *at = n > 0 ? text : "";

        return (JsonReader){ .at = at, .end = at + n };
}

/* Enters an object. */
void json_reader_open(JsonReader *r);
/*
 * Reads the name of the next member, whose value has to be read before the next call. A name that
 * does not fit is empty instead. Returns false behind the last one.
 */
bool json_reader_next(JsonReader *r, char *key, size_t n_key);

/* Reads a text, which must fit with its NUL and not have one in it. UTF-8 is taken as it is. */
void json_reader_text(JsonReader *r, char *buffer, size_t n_buffer);
/* Reads true or false. Returns it; false after a mistake, too. */
bool json_reader_bool(JsonReader *r);
/* Steps over any value. */
void json_reader_skip(JsonReader *r);
/* Returns the value that comes, with its length, and steps over it; NULL after a mistake. */
const char *json_reader_take(JsonReader *r, size_t *ret_n);

/* Returns whether all was well and nothing is left. */
bool json_reader_finish(JsonReader *r);
