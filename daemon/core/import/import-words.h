/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Words of pppd's files, options and secrets alike, as its getword() (pppd/options.c) reads them:
 * separated by white space, with quotes anywhere in them, C's escapes with a backslash, and
 * comments from a # that is in no word.
 */

#include <stdbool.h>
#include <stddef.h>

#include "core/import/import-internal.h"

typedef struct ImportWords {
        const char *text;
        size_t n_text;
        size_t pos;
        unsigned line; /* of pos, from 1 */
} ImportWords;

typedef struct ImportWord {
        char text[IMPORT_WORD_MAX_BYTES]; /* NUL-terminated */
        size_t n_text;                    /* less than strlen() would be where a \0 was written */
        unsigned line;                    /* where it begins */
        bool is_first;                    /* on its line */
        bool is_cut;                      /* longer than pppd takes */
        bool is_unterminated;             /* a quote is not closed before the end of the file */
        /*
         * With a backslash that was meant to stay, as in DOMAIN\user outside of quotes, which pppd
         * takes for the start of an escape: the word with it. Else empty.
         */
        char literal[IMPORT_WORD_MAX_BYTES];
} ImportWord;

/* Steps to the next word. Returns false at the end of the text. */
bool import_words_next(ImportWords *w, ImportWord *ret_word);

/* Passes over what is left of the line that pos is on. */
void import_words_skip_line(ImportWords *w);
