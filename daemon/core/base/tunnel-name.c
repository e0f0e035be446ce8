/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/base/tunnel-name.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/macros.h"
#include "core/base/number.h"

/* isalnum() follows the locale, which is not that of systemd. */
static bool is_word_character(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                c == '_';
}

static bool is_name_character(char c) {
        return is_word_character(c) || c == '-' || c == '.';
}

const char *tunnel_name_find_fault(const char *name) {
        static_assert(TUNNEL_NAME_MAX_BYTES == 186, "the text has the number");

        if (strlen(name) > TUNNEL_NAME_MAX_BYTES)
                return "is longer than the 186 characters that it may have";

        for (; *name != '\0'; name++)
                if (!is_name_character(*name))
                        return "has other characters than letters, digits, _, - and .";

        return NULL;
}

static void unescape(char *text) {
        char *to = text;

        while (*text != '\0') {
                int high = -1, low = -1;

                if (text[0] == '\\' && text[1] == 'x') {
                        high = number_digit(text[2], 16);
                        low = high >= 0 ? number_digit(text[3], 16) : -1;
                }
                *to++ = low >= 0 ? (char) (high * 16 + low) : *text;
                text += low >= 0 ? 4 : 1;
        }
        *to = '\0';
}

char *tunnel_name_unescape(const char *text) {
        char *plain = strdup(text);

        if (plain)
                unescape(plain);
        return plain;
}

/* A character of UTF-8 is one, however many bytes it has. */
char *tunnel_name_make(const char *text, size_t n_text) {
        char *name = strndup(text, n_text), *to = name;

        if (!name)
                return NULL;

        unescape(name);
        for (const char *p = name; *p != '\0'; p++)
                if (to == name)
                        *to++ = is_word_character(*p) ? *p : '_';
                else if (((unsigned char) *p & 0xc0) != 0x80)
                        *to++ = is_name_character(*p) ? *p : '-';
        *to = '\0';
        return name;
}

void tunnel_name_add_remedy(TextBuilder *t, const char *name) {
        char *good = tunnel_name_make(name, strlen(name));

        text_add(t, "rename the file");
        if (good && !tunnel_name_find_fault(good))
                text_addf(t, " to %s.conf, and start pptp@%s", good, good);
        free(good);
}
