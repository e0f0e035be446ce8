/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What editors, terminals and web pages do to a log before somebody pastes it, undone: UTF-16,
 * carriage returns, colours, HTML entities, the tags of forums ("[B]", "[COLOR=#ff0000]"), and the
 * typographer's quotation marks and dashes. Works on a stream, piece by piece, so that a log of any
 * size can be read.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longer than any entity, and than the escape sequences that programs write to colour a log. */
#define LOG_CLEAN_HELD_MAX 32

typedef enum LogEncoding {
        LOG_ENCODING_UNKNOWN, /* nothing was read yet */
        LOG_ENCODING_BYTES,
        LOG_ENCODING_UTF16_LE,
        LOG_ENCODING_UTF16_BE,
} LogEncoding;

/* Initialised to zeros. */
typedef struct LogCleaner {
        LogEncoding encoding;
        uint8_t odd; /* the first byte of a pair, of UTF-16 */
        bool has_odd;
        uint16_t high;                 /* the first half of a character of two pairs, or 0 */
        char held[LOG_CLEAN_HELD_MAX]; /* may be the beginning of something longer */
        size_t n_held;
} LogCleaner;

/*
 * What n bytes of a log become at most: two bytes of UTF-16 are up to three of UTF-8; and a pair
 * and a half character of the piece before may come to it.
 */
#define LOG_CLEAN_ROOM(n) ((n) + (n) / 2 + 2 * 3 + LOG_CLEAN_HELD_MAX)

/*
 * Cleans the next piece of a log, the last one if is_end. Writes at most LOG_CLEAN_ROOM(n_text)
 * bytes to ret_clean and returns how many. Lines end with a line feed alone; what is none of the
 * above stays, byte for byte.
 */
size_t log_clean(LogCleaner *c, const char *text, size_t n_text, bool is_end, char *ret_clean);
