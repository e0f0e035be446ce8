/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/base/text.h"

#include <arpa/inet.h>
#include <assert.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/base/number.h"

#define ELLIPSIS "..."

TextBuilder text_builder(char *buffer, size_t n_buffer) {
        assert(n_buffer > 0);

        buffer[0] = '\0';
        return (TextBuilder){ .buffer = buffer, .n_buffer = n_buffer };
}

/* Returns how many characters fit, without the NUL. */
static size_t builder_left(const TextBuilder *t) {
        return t->truncated ? 0 : t->n_buffer - 1 - t->n_text;
}

/* Returns the length of the longest text that leaves room for the dots. */
static size_t builder_cut(const TextBuilder *t) {
        size_t n_dots = strlen(ELLIPSIS);

        return t->n_buffer - 1 > n_dots ? t->n_buffer - 1 - n_dots : 0;
}

/* Cuts the text where the dots still fit, adds them, and lets nothing be added from now on. */
static void builder_truncate(TextBuilder *t) {
        size_t n_dots = MIN(strlen(ELLIPSIS), t->n_buffer - 1);

        t->n_text = t->n_whole;
        memcpy(t->buffer + t->n_text, ELLIPSIS, n_dots);
        t->n_text += n_dots;
        t->buffer[t->n_text] = '\0';
        t->truncated = true;
}

/* Adds all of the unit; if it does not fit, none of it, and the dots. */
static void builder_add_unit(TextBuilder *t, const char *unit, size_t n_unit) {
        if (t->truncated)
                return;

        if (n_unit > builder_left(t)) {
                builder_truncate(t);
                return;
        }

        memcpy(t->buffer + t->n_text, unit, n_unit);
        t->n_text += n_unit;
        t->buffer[t->n_text] = '\0';

        if (t->n_text <= builder_cut(t))
                t->n_whole = t->n_text;
}

void text_add(TextBuilder *t, const char *text) {
        for (; *text != '\0' && !t->truncated; ++text)
                builder_add_unit(t, text, 1);
}

void text_add_sentences(TextBuilder *t, const char *text) {
        const char *end = text, *next = text;

        while (*next != '\0') {
                const char *stop = strstr(next, ". ");

                next = stop ? stop + 1 : next + strlen(next);
                if ((size_t) (next - text) > builder_left(t))
                        break;
                end = next;
        }

        builder_add_unit(t, text, (size_t) (end - text));
}

void text_addf(TextBuilder *t, const char *format, ...) {
        size_t n_left = builder_left(t), n_cut;
        va_list arguments;
        int n;

        if (t->truncated)
                return;

        va_start(arguments, format);
        n = vsnprintf(t->buffer + t->n_text, n_left + 1, format, arguments);
        va_end(arguments);

        if (n < 0) {
                /* vsnprintf() fails only over wide characters, which no format here has. */
                t->buffer[t->n_text] = '\0';
                return;
        }

        t->n_text += MIN((size_t) n, n_left);
        n_cut = MIN(t->n_text, builder_cut(t));
        t->n_whole = MAX(t->n_whole, n_cut);

        if ((size_t) n > n_left)
                builder_truncate(t);
}

static void builder_add_escaped(TextBuilder *t, const uint8_t *data, size_t n_data, bool quoted) {
        static const char digits[] = "0123456789abcdef";

        for (size_t i = 0; i < n_data && !t->truncated; ++i) {
                uint8_t c = data[i];

                if (c == '\\' || (quoted && c == '"'))
                        builder_add_unit(t, (char[]){ '\\', c }, 2);
                else if (c >= 0x20 && c < 0x7f)
                        builder_add_unit(t, (char[]){ c }, 1);
                else
                        builder_add_unit(t, (char[]){ '\\', 'x', digits[c >> 4], digits[c & 15] },
                                         4);
        }
}

void text_add_escaped(TextBuilder *t, const void *data, size_t n_data) {
        builder_add_escaped(t, data, n_data, false);
}

void text_add_quoted(TextBuilder *t, const void *data, size_t n_data) {
        text_add(t, "\"");
        builder_add_escaped(t, data, n_data, true);
        text_add(t, "\"");
}

size_t text_take_escape(const char *text, size_t n_text, char *ret_c) {
        static const char letters[] = "abfnrst", meanings[] = "\a\b\f\n\r \t";
        const char *letter = text[0] ? strchr(letters, text[0]) : NULL;
        uint64_t number = 0;
        size_t n;

        if (text[0] == 'x') {
                n = 1 + number_take(text + 1, MIN(n_text - 1, 2U), 16, UINT8_MAX, &number);
                *ret_c = (char) number;
                return n;
        }

        n = number_take(text, MIN(n_text, 3U), 8, UINT64_MAX, &number);
        *ret_c = n > 0 ? (char) number : letter ? meanings[letter - letters] : text[0];
        return MAX(n, 1U);
}

void text_add_hex(TextBuilder *t, const void *data, size_t n_data, const char *separator) {
        const uint8_t *bytes = data;

        for (size_t i = 0; i < n_data && !t->truncated; ++i)
                text_addf(t, "%s%02x", i > 0 ? separator : "", bytes[i]);
}

void text_add_count(TextBuilder *t, uint64_t n, const char *what) {
        size_t n_what = strlen(what);

        if (n == 1)
                text_addf(t, "1 %s", what);
        else if (n_what > 0 && what[n_what - 1] == 'y')
                text_addf(t, "%" PRIu64 " %.*sies", n, (int) n_what - 1, what);
        else
                text_addf(t, "%" PRIu64 " %ss", n, what);
}

typedef struct TimeUnit {
        const char *spaced; /* for people: "5 min" */
        const char *joined; /* for configuration files: "5min" */
        uint64_t usec;
} TimeUnit;

static const TimeUnit time_units[] = {
        { "d", "d", 24 * 60 * USEC_PER_MINUTE }, { "h", "h", 60 * USEC_PER_MINUTE },
        { "min", "min", USEC_PER_MINUTE },       { "s", "s", USEC_PER_SEC },
        { "ms", "ms", USEC_PER_MSEC },           { "us", "us", 1 },
};

void text_add_duration(TextBuilder *t, uint64_t usec) {
        const TimeUnit *unit = time_units;
        uint64_t rest;

        if (usec == USEC_INFINITY) {
                text_add(t, "for ever");
                return;
        }

        if (usec == 0) {
                text_add(t, "0 s");
                return;
        }

        while (usec < unit->usec)
                unit++;

        /* Tenths of a second matter below ten seconds only. */
        rest = usec % unit->usec;
        if (unit->usec == USEC_PER_SEC && usec < 10 * USEC_PER_SEC && rest >= USEC_PER_SEC / 10) {
                text_addf(t, "%" PRIu64 ".%" PRIu64 " s", usec / USEC_PER_SEC,
                          rest / (USEC_PER_SEC / 10));
                return;
        }

        text_addf(t, "%" PRIu64 " %s", usec / unit->usec, unit->spaced);

        if (unit->usec >= USEC_PER_MINUTE && rest >= unit[1].usec)
                text_addf(t, " %" PRIu64 " %s", rest / unit[1].usec, unit[1].spaced);
}

void text_add_ipv4(TextBuilder *t, struct in_addr address) {
        uint32_t a = ntohl(address.s_addr);

        text_addf(t, "%u.%u.%u.%u", a >> 24, a >> 16 & 0xff, a >> 8 & 0xff, a & 0xff);
}

void text_add_ipv6(TextBuilder *t, const struct in6_addr *address) {
        char text[INET6_ADDRSTRLEN];

        text_add(t, inet_ntop(AF_INET6, address, text, sizeof(text)));
}

const char *text_escape(char *buffer, size_t n_buffer, const void *data, size_t n_data) {
        TextBuilder t = text_builder(buffer, n_buffer);

        text_add_escaped(&t, data, n_data);
        return buffer;
}

void text_hide_controls(char *text) {
        for (; *text; text++)
                if (*text < ' ' || *text > '~')
                        *text = '?';
}

const char *text_format_time_span(char *buffer, size_t n_buffer, uint64_t usec) {
        TextBuilder t = text_builder(buffer, n_buffer);
        const char *separator = "";

        if (usec == USEC_INFINITY)
                text_add(&t, "infinity");
        if (usec == 0)
                text_add(&t, "0");

        for (size_t i = 0; i < ELEMENTSOF(time_units) && usec != USEC_INFINITY; ++i) {
                const TimeUnit *unit = &time_units[i];

                if (usec < unit->usec)
                        continue;

                text_addf(&t, "%s%" PRIu64 "%s", separator, usec / unit->usec, unit->joined);
                usec %= unit->usec;
                separator = " ";
        }

        return buffer;
}

const char *text_format_ipv4(char *buffer, size_t n_buffer, struct in_addr address) {
        TextBuilder t = text_builder(buffer, n_buffer);

        text_add_ipv4(&t, address);
        return buffer;
}

const char *text_format_ipv6(char *buffer, size_t n_buffer, const struct in6_addr *address) {
        TextBuilder t = text_builder(buffer, n_buffer);

        text_add_ipv6(&t, address);
        return buffer;
}

/* ---- comparison ---- */

/* The longest key of a configuration has 20 letters; twice as many are no slip of the pen. */
#define DISTANCE_TEXT_MAX 40

static char fold(char c) {
        if (c >= 'A' && c <= 'Z')
                return (char) (c | 0x20);

        return c;
}

/* Optimal string alignment, three rows of it at a time. */
unsigned text_edit_distance(const char *a, const char *b) {
        unsigned rows[3][DISTANCE_TEXT_MAX + 1];
        unsigned *before = rows[0], *above = rows[1], *row = rows[2];
        size_t n_a = strlen(a), n_b = strlen(b);

        if (n_a > DISTANCE_TEXT_MAX || n_b > DISTANCE_TEXT_MAX)
                return UINT_MAX;

        for (size_t j = 0; j <= n_b; j++)
                row[j] = (unsigned) j;

        for (size_t i = 1; i <= n_a; i++) {
                unsigned *oldest = before;

                before = above;
                above = row;
                row = oldest;
                row[0] = (unsigned) i;

                for (size_t j = 1; j <= n_b; j++) {
                        char x = fold(a[i - 1]), y = fold(b[j - 1]);
                        unsigned cost = above[j - 1] + (x != y);

                        cost = MIN(cost, above[j] + 1);
                        cost = MIN(cost, row[j - 1] + 1);
                        if (i > 1 && j > 1 && x == fold(b[j - 2]) && fold(a[i - 2]) == y)
                                cost = MIN(cost, before[j - 2] + 1);
                        row[j] = cost;
                }
        }

        return row[n_b];
}
