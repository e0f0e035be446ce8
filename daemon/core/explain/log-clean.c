/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/explain/log-clean.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "core/base/macros.h"
#include "core/base/number.h"

/* Characters that editors and web pages put in the place of others; pppd's log is ASCII. */
static const struct {
        const char *from;
        char to;
} replacements[] = {
        { "&lt;", '<' },          { "&gt;", '>' },          { "&quot;", '"' },
        { "&amp;", '&' },         { "&apos;", '\'' },       { "&nbsp;", ' ' },
        { "\xe2\x80\x9c", '"' },  { "\xe2\x80\x9d", '"' },  /* U+201C, U+201D */
        { "\xe2\x80\x98", '\'' }, { "\xe2\x80\x99", '\'' }, /* U+2018, U+2019 */
        { "\xe2\x80\x93", '-' },  { "\xe2\x80\x94", '-' },  /* U+2013, U+2014 */
        { "\xe2\x88\x92", '-' },  { "\xc2\xa0", ' ' },      /* minus, no-break space */
};

/* The length of the terminal's escape sequence that begins here (ECMA-48, section 5.4), or 0. */
static size_t escape_length(const char *text, size_t n_text) {
        size_t n = 2;

        if (n_text < 2 || text[0] != '\033' || text[1] != '[')
                return 0;

        while (n < n_text && text[n] >= 0x20 && text[n] <= 0x3f)
                n++;
        return n < n_text && text[n] >= 0x40 && text[n] <= 0x7e ? n + 1 : 0;
}

/* A line end, or what a terminal makes of one: carriage returns, and the line feed after them. */
static size_t line_end_length(const char *text, size_t n_text) {
        size_t n = 0;

        while (n < n_text && text[n] == '\r')
                n++;
        if (n > 0 && n < n_text && text[n] == '\n')
                return n + 1;

        return n > 0;
}

/* A character that a web page gives as its number, "&#91;" or "&#x5b;", if it is one of ASCII. */
static size_t number_length(const char *text, size_t n_text, char *ret_to) {
        size_t n_head = n_text > 2 && (text[2] == 'x' || text[2] == 'X') ? 3 : 2, n;
        uint64_t c;

        if (n_text <= n_head || memcmp(text, "&#", 2) != 0)
                return 0;

        n = number_take(text + n_head, MIN(n_text - n_head, (size_t) 5), n_head == 3 ? 16 : 10,
                        0x7e, &c);
        if (n == 0 || n_head + n >= n_text || text[n_head + n] != ';' || c < 0x20)
                return 0;

        *ret_to = (char) c;
        return n_head + n + 1;
}

static size_t replacement_length(const char *text, size_t n_text, char *ret_to) {
        for (size_t i = 0; i < ELEMENTSOF(replacements); i++) {
                size_t n = strlen(replacements[i].from);

                if (n <= n_text && memcmp(text, replacements[i].from, n) == 0) {
                        *ret_to = replacements[i].to;
                        return n;
                }
        }

        return number_length(text, n_text, ret_to);
}

/* "[COLOR=#ff0000]" and names of fonts fit into what is held. */
#define FORUM_TAG_VALUE_MAX ((size_t) LOG_CLEAN_HELD_MAX - 8)

/* How many bytes stand before one of two characters, or the end. */
static size_t length_before(const char *text, size_t n_text, char one, char other) {
        size_t n = 0;

        while (n < n_text && text[n] != one && text[n] != other)
                n++;
        return n;
}

/* How a text begins that may be a tag of a forum. */
typedef enum ForumTag {
        FORUM_TAG_NONE,
        FORUM_TAG_WHOLE,
        FORUM_TAG_OPEN, /* so far it may be one, and the text ends here */
} ForumTag;

/*
 * "[B]", "[/B]" and "[COLOR=#ff0000]", which may stand before a date or behind a message. The
 * length of a whole one is *ret_n.
 */
static ForumTag forum_tag_find(const char *text, size_t n_text, size_t *ret_n) {
        static const char *const names[] = { "B",    "I",    "U",     "CODE", "COLOR",
                                             "FONT", "SIZE", "QUOTE", "HTML", "PHP" };
        size_t begin = n_text > 1 && text[1] == '/' ? 2 : 1, end = begin;

        if (text[0] != '[')
                return FORUM_TAG_NONE;

        while (end < n_text && text[end] >= 'A' && text[end] <= 'Z')
                end++;
        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                size_t n = end - begin;

                if (n > strlen(names[i]) || memcmp(text + begin, names[i], n) != 0)
                        continue;
                if (end == n_text)
                        return FORUM_TAG_OPEN;
                if (n < strlen(names[i]))
                        continue;

                if (text[end] == '=')
                        end += length_before(text + end, MIN(n_text - end, FORUM_TAG_VALUE_MAX),
                                             ']', '\n');
                *ret_n = end + 1;
                return end == n_text     ? FORUM_TAG_OPEN :
                        text[end] == ']' ? FORUM_TAG_WHOLE :
                                           FORUM_TAG_NONE;
        }

        return FORUM_TAG_NONE;
}

/*
 * Whether something to clean may begin at a character; any other is copied as it is. Packets of a
 * log have many brackets. The second character excludes "[LCP", which most of them have, and lets
 * "[CCP", "[CHAP", "[IPCP" and "[PAP" pass, which forum_tag_find() tells from tags.
 */
static bool is_special(const char *at, const char *end) {
        if (*at == '[')
                return at + 1 == end || memchr("/BIUCFSQHP", at[1], 10);

        return *at == '\033' || *at == '\r' || *at == '&' || (unsigned char) *at >= 0x80;
}

/*
 * Cleans text in place, and stops before anything at its end that the next piece may continue.
 * Returns the length of the clean text; *ret_used is the number of bytes that were read.
 */
static size_t clean_bytes(char *text, size_t n_text, bool is_end, size_t *ret_used) {
        size_t n_clean = 0, i = 0;

        while (i < n_text) {
                char to = '\n';
                ForumTag tag;
                size_t n = 0;

                while (i + n < n_text && !is_special(text + i + n, text + n_text))
                        n++;
                if (n_clean < i)
                        memmove(text + n_clean, text + i, n);
                n_clean += n;
                i += n;
                if (i == n_text)
                        break;

                tag = forum_tag_find(text + i, n_text - i, &n);
                if (tag == FORUM_TAG_WHOLE) {
                        i += n;
                        continue;
                }
                if (text[i] == '[' && tag == FORUM_TAG_NONE) {
                        text[n_clean++] = text[i++];
                        continue;
                }
                if (!is_end && n_text - i < LOG_CLEAN_HELD_MAX)
                        break;

                n = escape_length(text + i, n_text - i);
                if (n > 0) {
                        i += n;
                        continue;
                }

                n = line_end_length(text + i, n_text - i) ?:
                        replacement_length(text + i, n_text - i, &to);
                if (n == 0) {
                        n = 1;
                        to = text[i];
                }
                text[n_clean++] = to;
                i += n;
        }

        *ret_used = i;
        return n_clean;
}

/*
 * Windows' "Unicode": with a byte order mark, or every other byte of the first few is NUL.
 * *ret_mark is the length of the mark.
 */
static LogEncoding find_encoding(const char *text, size_t n_text, size_t *ret_mark) {
        *ret_mark = 2;
        if (n_text >= 2 && memcmp(text, "\xff\xfe", 2) == 0)
                return LOG_ENCODING_UTF16_LE;
        if (n_text >= 2 && memcmp(text, "\xfe\xff", 2) == 0)
                return LOG_ENCODING_UTF16_BE;

        *ret_mark = 0;
        if (n_text >= 4 && text[0] && !text[1] && text[2] && !text[3])
                return LOG_ENCODING_UTF16_LE;
        if (n_text >= 4 && !text[0] && text[1] && !text[2] && text[3])
                return LOG_ENCODING_UTF16_BE;

        return LOG_ENCODING_BYTES;
}

/* The two halves of a character beyond 0xffff, and what stands for half a one (Unicode, 3.9). */
#define SURROGATE_HIGH 0xd800
#define SURROGATE_LOW 0xdc00
#define SURROGATE_END 0xe000
#define CHARACTER_LOST 0xfffd

/* Writes a character in UTF-8 (RFC 3629, section 3). Returns how many bytes. */
static size_t utf8_put(uint32_t c, char *ret_bytes) {
        static const uint8_t heads[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
        size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

        for (size_t i = n; i-- > 1; c >>= 6)
                ret_bytes[i] = (char) (0x80 | (c & 0x3f));
        ret_bytes[0] = (char) (heads[n] | c);
        return n;
}

/*
 * Writes a unit of UTF-16 in UTF-8; the first half of a character waits for the second one (RFC
 * 2781, section 2.2). Returns how many bytes: three for a unit at most.
 */
static size_t utf16_put(LogCleaner *c, uint16_t unit, char *ret_bytes) {
        uint32_t high = c->high;
        size_t n = 0;

        c->high = 0;
        if (high > 0 && unit >= SURROGATE_LOW && unit < SURROGATE_END)
                return utf8_put(0x10000 + ((high - SURROGATE_HIGH) << 10) + unit - SURROGATE_LOW,
                                ret_bytes);

        if (high > 0)
                n = utf8_put(CHARACTER_LOST, ret_bytes);
        if (unit >= SURROGATE_HIGH && unit < SURROGATE_LOW) {
                c->high = unit;
                return n;
        }
        if (unit >= SURROGATE_LOW && unit < SURROGATE_END)
                unit = CHARACTER_LOST;
        return n + utf8_put(unit, ret_bytes + n);
}

/* Makes UTF-8 of UTF-16. A byte without its pair is kept for the next piece. */
static size_t convert(LogCleaner *c, const char *text, size_t n_text, char *ret_utf8) {
        bool little = c->encoding == LOG_ENCODING_UTF16_LE;
        size_t n = 0;

        for (size_t i = 0; i < n_text; i++) {
                uint8_t byte = (uint8_t) text[i], low = little ? c->odd : byte,
                        high = little ? byte : c->odd;

                if (c->has_odd)
                        n += utf16_put(c, (uint16_t) (high << 8 | low), ret_utf8 + n);
                c->odd = byte;
                c->has_odd = !c->has_odd;
        }

        return n;
}

size_t log_clean(LogCleaner *c, const char *text, size_t n_text, bool is_end, char *ret_clean) {
        size_t n = c->n_held, used, n_clean;

        if (c->encoding == LOG_ENCODING_UNKNOWN && n_text > 0) {
                size_t n_mark;

                c->encoding = find_encoding(text, n_text, &n_mark);
                text += n_mark;
                n_text -= n_mark;
        }

        memcpy(ret_clean, c->held, n);
        if (c->encoding == LOG_ENCODING_UTF16_LE || c->encoding == LOG_ENCODING_UTF16_BE) {
                n += convert(c, text, n_text, ret_clean + n);
        } else if (n_text > 0) {
                memcpy(ret_clean + n, text, n_text);
                n += n_text;
        }

        n_clean = clean_bytes(ret_clean, n, is_end, &used);
        c->n_held = n - used;
        memcpy(c->held, ret_clean + used, c->n_held);
        return n_clean;
}
