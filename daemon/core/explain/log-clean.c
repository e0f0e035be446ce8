/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/explain/log-clean.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/macros.h"

/* Characters that came to stand for others; a log of pppd is ASCII. */
static const struct {
        const char *from;
        char to;
} replacements[] = {
        { "&lt;", '<' },          { "&gt;", '>' },          { "&quot;", '"' }, { "&amp;", '&' },
        { "&#60;", '<' },         { "&#62;", '>' },         { "&#34;", '"' },  { "&#39;", '\'' },
        { "\xe2\x80\x9c", '"' },  { "\xe2\x80\x9d", '"' },  /* U+201C, U+201D */
        { "\xe2\x80\x98", '\'' }, { "\xe2\x80\x99", '\'' }, /* U+2018, U+2019 */
        { "\xe2\x80\x93", '-' },  { "\xe2\x80\x94", '-' },  /* U+2013, U+2014 */
        { "\xe2\x88\x92", '-' },  { "\xc2\xa0", ' ' },      /* minus, no-break space */
};

/* How long the escape sequence of a terminal is that begins here (ECMA-48, section 5.4), or 0. */
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

static size_t replacement_length(const char *text, size_t n_text, char *ret_to) {
        if (text[0] != '&' && (unsigned char) text[0] < 0x80)
                return 0;

        for (size_t i = 0; i < ELEMENTSOF(replacements); i++) {
                size_t n = strlen(replacements[i].from);

                if (n <= n_text && memcmp(text, replacements[i].from, n) == 0) {
                        *ret_to = replacements[i].to;
                        return n;
                }
        }

        return 0;
}

static size_t clean_bytes(char *text, size_t n_text) {
        size_t n, n_clean = 0;

        for (size_t i = 0; i < n_text; i += n) {
                char to = '\n';

                n = escape_length(text + i, n_text - i);
                if (n > 0)
                        continue;

                n = line_end_length(text + i, n_text - i) ?:
                        replacement_length(text + i, n_text - i, &to);
                if (n == 0) {
                        n = 1;
                        to = text[i];
                }
                text[n_clean++] = to;
        }

        return n_clean;
}

/*
 * Windows' "Unicode": with a byte order mark, or every other byte of the first few is NUL. Returns
 * where the low bytes begin; -1 if it is none. *ret_begin is where the text does.
 */
static int utf16_low_byte(const char *text, size_t n_text, size_t *ret_begin) {
        *ret_begin = 2;
        if (n_text >= 2 && memcmp(text, "\xff\xfe", 2) == 0)
                return 0;
        if (n_text >= 2 && memcmp(text, "\xfe\xff", 2) == 0)
                return 1;

        *ret_begin = 0;
        if (n_text >= 4 && text[0] && !text[1] && text[2] && !text[3])
                return 0;
        if (n_text >= 4 && !text[0] && text[1] && !text[2] && text[3])
                return 1;

        return -1;
}

/* What is beyond ASCII says nothing in such a log, quotation marks and dashes aside. */
static char utf16_narrow(uint8_t low, uint8_t high) {
        uint16_t c = (uint16_t) (high << 8 | low);

        switch (c) {
        case 0x201c:
        case 0x201d:
                return '"';
        case 0x2013:
        case 0x2014:
        case 0x2212:
                return '-';
        case 0x00a0:
                return ' ';
        default:
                return c < 0x80 ? (char) c : '?';
        }
}

int log_clean(const char *text, size_t n_text, char **ret_text, size_t *ret_n) {
        _cleanup_free_ char *clean = NULL;
        size_t begin, n = 0;
        int low;

        clean = malloc(n_text + 1);
        if (!clean)
                return -ENOMEM;

        low = utf16_low_byte(text, n_text, &begin);
        if (low >= 0) {
                for (size_t i = begin; i + 2 <= n_text; i += 2)
                        clean[n++] = utf16_narrow((uint8_t) text[i + (size_t) low],
                                                  (uint8_t) text[i + 1 - (size_t) low]);
        } else {
                n = n_text;
                if (n > 0)
                        memcpy(clean, text, n);
        }

        *ret_n = clean_bytes(clean, n);
        *ret_text = steal_pointer(clean);
        return 0;
}
