/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Writes JSON (RFC 8259), and reads none: a hundred lines instead of a library to depend on. Keys
 * and texts are UTF-8; what is none becomes the replacement character U+FFFD.
 */

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

typedef enum JsonFormat {
        JSON_OFF,    /* text for people instead */
        JSON_SHORT,  /* one line */
        JSON_PRETTY, /* indented */
} JsonFormat;

typedef struct Json {
        FILE *out;
        JsonFormat format;
        unsigned depth;
        bool has_member; /* of the object or array that is open */
} Json;

/* Makes a writer of one value. */
static inline Json json_begin(FILE *out, JsonFormat format) {
        return (Json){ .out = out, .format = format };
}
/* Ends the value's line. */
void json_end(Json *j);

/*
 * Begins an object. key is its name in the object around it; NULL in arrays, and for the outermost
 * value, here and in all functions below.
 */
void json_open_object(Json *j, const char *key);
/* Ends the object that was opened last. */
void json_close_object(Json *j);
/* Begins an array. */
void json_open_array(Json *j, const char *key);
/* Ends the array that was opened last. */
void json_close_array(Json *j);
/* Adds a text, with whatever JSON wants escaped. */
void json_add_text(Json *j, const char *key, const char *text);
/* Adds a number with all of its digits, also above 2^53. */
void json_add_number(Json *j, const char *key, uint64_t number);
/* Adds true or false. */
void json_add_bool(Json *j, const char *key, bool value);

/* Adds a text, or no member at all if the text is empty: not known. */
void json_add_text_if(Json *j, const char *key, const char *text);
/* Adds a number, or no member at all if it is 0: not known. */
void json_add_number_if(Json *j, const char *key, uint64_t number);
