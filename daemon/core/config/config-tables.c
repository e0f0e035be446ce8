/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/config/config-tables.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/array.h"
#include "core/base/macros.h"
#include "core/base/number.h"

static bool is_blank(char c) {
        return c == ' ' || c == '\t' || c == '\r';
}

/* The word at the text's beginning; moves the text behind it. Returns its length. */
static size_t take_word(const char **text, size_t *n_text, const char **ret_word) {
        size_t n = 0;

        while (*n_text > 0 && is_blank(**text)) {
                ++*text;
                --*n_text;
        }

        *ret_word = *text;
        while (n < *n_text && !is_blank((*text)[n]) && (*text)[n] != '#')
                n++;

        *text += n;
        *n_text -= n;
        return n;
}

static int tables_add(ConfigTables *t, const char *name, size_t n_name, uint32_t number) {
        if (t->n_items == CONFIG_TABLES_MAX)
                return 0;
        if (!ARRAY_MAKE_ROOM(t->items, t->n_items))
                return -ENOMEM;

        t->items[t->n_items].name = strndup(name, n_name);
        if (!t->items[t->n_items].name)
                return -ENOMEM;

        t->items[t->n_items++].number = number;
        return 0;
}

static int tables_add_line(ConfigTables *t, const char *line, size_t n_line) {
        const char *digits, *name;
        char number_text[16];
        size_t n_digits, n_name;
        uint64_t number;

        n_digits = take_word(&line, &n_line, &digits);
        n_name = take_word(&line, &n_line, &name);
        if (n_digits == 0 || n_digits >= sizeof(number_text) || n_name == 0 ||
            n_name > CONFIG_TABLE_NAME_MAX_BYTES)
                return 0;

        memcpy(number_text, digits, n_digits);
        number_text[n_digits] = '\0';
        if (!number_parse_any_base(number_text, UINT32_MAX, &number) || number == 0)
                return 0;

        return tables_add(t, name, n_name, (uint32_t) number);
}

int config_tables_add_text(ConfigTables *t, const char *text, size_t n_text) {
        int r = 0;

        while (n_text > 0 && r >= 0) {
                const char *end = memchr(text, '\n', n_text);
                size_t n_line = end ? (size_t) (end - text) : n_text;

                r = tables_add_line(t, text, n_line);
                text += MIN(n_line + 1, n_text);
                n_text -= MIN(n_line + 1, n_text);
        }

        return r;
}

bool config_tables_find(const ConfigTables *t, const char *name, uint32_t *ret_number) {
        for (size_t i = t->n_items; i-- > 0;)
                if (strcmp(t->items[i].name, name) == 0) {
                        *ret_number = t->items[i].number;
                        return true;
                }

        return false;
}

void config_tables_done(ConfigTables *t) {
        for (size_t i = 0; i < t->n_items; i++)
                free(t->items[i].name);
        free(t->items);
        *t = (ConfigTables){ 0 };
}
