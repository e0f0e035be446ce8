/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/status/status-json.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "core/base/text.h"
#include "core/config/config-syntax.h"

/* U+FFFD in JSON's notation, for what is no UTF-8. */
#define REPLACEMENT "\\ufffd"

/* How many bytes at the beginning of n are the same in JSON. The file has no control characters. */
static size_t count_plain(const char *at, size_t n) {
        size_t i = 0;

        while (i < n && at[i] != '"' && at[i] != '\\') {
                size_t length = config_utf8_length(at + i, n - i);

                if (length == 0)
                        break;
                i += length;
        }

        return i;
}

/* A value in the file's quotes, where a backslash may stand before a character, or without. */
static void add_value(TextBuilder *b, const char *value, const char *end) {
        bool is_quoted = value < end && *value == '"';

        if (is_quoted) {
                value++;
                end--;
        }

        text_add(b, "\"");
        while (value < end) {
                size_t n = count_plain(value, (size_t) (end - value));

                text_addf(b, "%.*s", (int) n, value);
                value += n;
                if (value == end)
                        break;
                if (is_quoted && *value == '\\' && value + 1 < end)
                        value++;
                if (*value == '"' || *value == '\\')
                        text_addf(b, "\\%c", *value++);
                else if (count_plain(value, (size_t) (end - value)) == 0) {
                        text_add(b, REPLACEMENT);
                        value++;
                }
        }
        text_add(b, "\"");
}

int status_json_write(const char *text, char *buffer, size_t n_buffer) {
        TextBuilder b = text_builder(buffer, n_buffer);
        const char *line = text, *end;

        text_add(&b, "{");
        for (; *line != '\0'; line = *end != '\0' ? end + 1 : end) {
                const char *equals;

                end = strchrnul(line, '\n');
                equals = memchr(line, '=', (size_t) (end - line));
                if (*line == '#' || !equals)
                        continue;

                text_addf(&b, "%s\"%.*s\":", b.n_text > 1 ? "," : "", (int) (equals - line), line);
                add_value(&b, equals + 1, end);
        }
        text_add(&b, "}");
        return b.truncated ? -ENOBUFS : (int) b.n_text;
}
