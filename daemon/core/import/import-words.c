/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/import/import-words.h"

#include <string.h>

#include "core/base/text.h"

/* C's isspace() in the C locale, whatever the locale is. */
static bool is_space(char c) {
        return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool at_end(const ImportWords *w) {
        return w->pos >= w->n_text;
}

/* Takes the byte at pos. */
static char take(ImportWords *w) {
        char c = w->text[w->pos++];

        if (c == '\n')
                w->line++;
        return c;
}

static void add(ImportWord *word, char c) {
        if (word->n_text < sizeof(word->text) - 1)
                word->text[word->n_text++] = c;
        else
                word->is_cut = true;
}

static void add_literal(ImportWord *word, const char *text, size_t n_text) {
        size_t n = strlen(word->literal);

        if (n_text < sizeof(word->literal) - n)
                memcpy(word->literal + n, text, n_text);
}

/*
 * Skips white space, comments, and backslashes in front of a newline. Returns whether a word
 * follows.
 */
static bool skip_space(ImportWords *w, bool *ret_newline) {
        bool newline = w->pos == 0;

        while (!at_end(w)) {
                char c = w->text[w->pos];

                if (c == '\n') {
                        newline = true;
                        take(w);
                } else if (c == '#') {
                        while (!at_end(w) && w->text[w->pos] != '\n')
                                take(w);
                } else if (c == '\\' && w->pos + 1 < w->n_text && w->text[w->pos + 1] == '\n') {
                        take(w);
                        take(w);
                } else if (is_space(c)) {
                        take(w);
                } else {
                        *ret_newline = newline;
                        return true;
                }
        }

        return false;
}

/* Takes what is behind a backslash. A newline there is dropped. */
static void take_escape(ImportWords *w, ImportWord *word) {
        char value;

        if (at_end(w))
                return;

        if (w->text[w->pos] == '\n') {
                take(w);
                return;
        }

        w->pos += text_take_escape(w->text + w->pos, w->n_text - w->pos, &value);
        add(word, value);
}

/* Whether the backslash at pos separates a domain from a user, as nobody escapes letters there. */
static bool is_between_names(const ImportWords *w, const ImportWord *word, char quote) {
        char next = w->pos + 1 < w->n_text ? w->text[w->pos + 1] : ' ';

        return quote == '\0' && word->n_text > 0 && word->literal[0] == '\0' &&
                (((next | 0x20) >= 'a' && (next | 0x20) <= 'z') || (next >= '0' && next <= '9'));
}

bool import_words_next(ImportWords *w, ImportWord *ret_word) {
        char quote = '\0';

        *ret_word = (ImportWord){ 0 };
        if (!skip_space(w, &ret_word->is_first))
                return false;

        ret_word->line = w->line;
        while (!at_end(w)) {
                char c = w->text[w->pos];

                if (c == '\\') {
                        size_t start = w->pos;

                        if (is_between_names(w, ret_word, quote))
                                memcpy(ret_word->literal, ret_word->text, ret_word->n_text + 1);
                        take(w);
                        take_escape(w, ret_word);
                        if (ret_word->literal[0] != '\0')
                                add_literal(ret_word, w->text + start, w->pos - start);
                } else if (quote != '\0' && c == quote) {
                        quote = '\0';
                        take(w);
                } else if (quote == '\0' && (c == '"' || c == '\'')) {
                        quote = c;
                        take(w);
                } else if (quote == '\0' && (is_space(c) || c == '#')) {
                        break;
                } else {
                        if (ret_word->literal[0] != '\0')
                                add_literal(ret_word, &c, 1);
                        add(ret_word, take(w));
                }
        }

        ret_word->is_unterminated = quote != '\0';
        return true;
}

void import_words_skip_line(ImportWords *w) {
        while (!at_end(w) && w->text[w->pos] != '\n')
                take(w);
}
