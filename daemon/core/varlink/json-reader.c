/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/varlink/json-reader.h"

#include <stdint.h>
#include <string.h>

#include "core/base/macros.h"

static void fail(JsonReader *r) {
        r->failed = true;
        r->at = r->end;
}

static void skip_blanks(JsonReader *r) {
        while (r->at < r->end && memchr(" \t\r\n", *r->at, 4))
                r->at++;
}

/* Returns the next character that is no blank, or NUL at the end. */
static char peek(JsonReader *r) {
        skip_blanks(r);
        return r->at < r->end ? *r->at : '\0';
}

/* Steps over a character, which must be the next one. */
static bool expect(JsonReader *r, char c) {
        if (peek(r) != c || r->at == r->end) {
                fail(r);
                return false;
        }

        r->at++;
        return true;
}

/* ---- texts ---- */

/* Where a text goes: nowhere, if it is only stepped over. */
typedef struct Target {
        char *buffer;
        size_t n_buffer, n;
        bool is_full;
} Target;

static void put(Target *t, char c) {
        if (!t->buffer)
                return;
        if (t->n + 1 < t->n_buffer && c != '\0')
                t->buffer[t->n++] = c;
        else
                t->is_full = true;
}

/* RFC 3629. A half of a pair is no character, and becomes U+FFFD. */
static void put_code(Target *t, uint32_t code) {
        if (code >= 0xd800 && code <= 0xdfff)
                code = 0xfffd;

        if (code < 0x80)
                put(t, (char) code);
        else if (code < 0x800) {
                put(t, (char) (0xc0 | code >> 6));
                put(t, (char) (0x80 | (code & 0x3f)));
        } else {
                put(t, (char) (0xe0 | code >> 12));
                put(t, (char) (0x80 | (code >> 6 & 0x3f)));
                put(t, (char) (0x80 | (code & 0x3f)));
        }
}

/* The four digits behind \u. */
static bool take_code(JsonReader *r, uint32_t *ret_code) {
        static const char digits[] = "0123456789abcdef0123456789ABCDEF";
        uint32_t code = 0;

        if (r->end - r->at < 4)
                return false;

        for (unsigned i = 0; i < 4; i++) {
                const char *digit = *r->at ? strchr(digits, *r->at) : NULL;

                if (!digit)
                        return false;
                code = code << 4 | (uint32_t) ((digit - digits) & 0xf);
                r->at++;
        }

        *ret_code = code;
        return true;
}

/* What follows a backslash. */
static bool take_escape(JsonReader *r, Target *t) {
        static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
        const char *found;
        uint32_t code;
        char c;

        if (r->at == r->end)
                return false;

        c = *r->at++;
        if (c == 'u') {
                if (!take_code(r, &code))
                        return false;
                put_code(t, code);
                return true;
        }

        found = c != '\0' ? strchr(from, c) : NULL;
        if (!found)
                return false;
        put(t, to[found - from]);
        return true;
}

static void read_text(JsonReader *r, Target *t) {
        if (!expect(r, '"'))
                return;

        while (r->at < r->end && *r->at != '"') {
                char c = *r->at++;

                if (c == '\\') {
                        if (!take_escape(r, t)) {
                                fail(r);
                                return;
                        }
                } else if ((unsigned char) c < 0x20) {
                        fail(r);
                        return;
                } else
                        put(t, c);
        }

        (void) expect(r, '"');
        if (t->buffer)
                t->buffer[t->n] = '\0';
}

void json_reader_text(JsonReader *r, char *buffer, size_t n_buffer) {
        Target t = { .buffer = buffer, .n_buffer = n_buffer };

        buffer[0] = '\0';
        read_text(r, &t);
        if (t.is_full)
                fail(r);
        if (r->failed)
                buffer[0] = '\0';
}

/* ---- other values ---- */

static bool take_word(JsonReader *r, const char *word) {
        size_t n = strlen(word);

        skip_blanks(r);
        if ((size_t) (r->end - r->at) < n || memcmp(r->at, word, n) != 0)
                return false;

        r->at += n;
        return true;
}

bool json_reader_bool(JsonReader *r) {
        if (r->failed || take_word(r, "false"))
                return false;
        if (take_word(r, "true"))
                return true;

        fail(r);
        return false;
}

static void skip_number(JsonReader *r) {
        const char *begin = r->at;

        while (r->at < r->end && *r->at && strchr("+-.0123456789eE", *r->at))
                r->at++;
        if (r->at == begin || !((*begin >= '0' && *begin <= '9') || *begin == '-'))
                fail(r);
}

static void skip_value(JsonReader *r, unsigned depth);

/* The members of an object, or the items of an array. */
static void skip_group(JsonReader *r, bool is_object, unsigned depth) {
        char closing = is_object ? '}' : ']';
        Target nowhere = { 0 };

        if (depth >= JSON_DEPTH_MAX) {
                fail(r);
                return;
        }

        r->at++;
        if (peek(r) == closing) {
                r->at++;
                return;
        }

        do {
                if (is_object) {
                        read_text(r, &nowhere);
                        (void) expect(r, ':');
                }
                skip_value(r, depth + 1);
        } while (!r->failed && peek(r) == ',' && expect(r, ','));

        (void) expect(r, closing);
}

static void skip_value(JsonReader *r, unsigned depth) {
        Target nowhere = { 0 };

        if (r->failed)
                return;

        switch (peek(r)) {
        case '{':
        case '[':
                skip_group(r, *r->at == '{', depth);
                break;
        case '"':
                read_text(r, &nowhere);
                break;
        default:
                if (!take_word(r, "true") && !take_word(r, "false") && !take_word(r, "null"))
                        skip_number(r);
        }
}

void json_reader_skip(JsonReader *r) {
        skip_value(r, 0);
}

const char *json_reader_take(JsonReader *r, size_t *ret_n) {
        const char *begin;

        skip_blanks(r);
        begin = r->at;
        skip_value(r, 0);
        if (r->failed)
                return NULL;

        *ret_n = (size_t) (r->at - begin);
        return begin;
}

/* ---- objects ---- */

void json_reader_open(JsonReader *r) {
        if (!r->failed)
                (void) expect(r, '{');
        r->is_first = true;
}

bool json_reader_next(JsonReader *r, char *key, size_t n_key) {
        Target t = { .buffer = key, .n_buffer = n_key };
        bool is_first = r->is_first;

        r->is_first = false;
        if (r->failed)
                return false;
        if (peek(r) == '}') {
                r->at++;
                return false;
        }
        if (!is_first && !expect(r, ','))
                return false;

        read_text(r, &t);
        if (!r->failed)
                (void) expect(r, ':');
        if (t.is_full)
                key[0] = '\0';
        return !r->failed;
}

bool json_reader_finish(JsonReader *r) {
        skip_blanks(r);
        return !r->failed && r->at == r->end;
}
