/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/config/config-syntax.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/config/config.h"

int config_syntax_init(ConfigSyntax *s, const char *text, size_t n_text) {
        char *copy;

        /* One byte more: the last line may lack the newline that a NUL is to replace. */
        copy = malloc(n_text + 1);
        if (!copy)
                return -ENOMEM;

        if (n_text > 0)
                memcpy(copy, text, n_text);
        copy[n_text] = '\0';

        *s = (ConfigSyntax){ .text = copy, .n_text = n_text };
        return 0;
}

void config_syntax_done(ConfigSyntax *s) {
        free(s->text);
        *s = (ConfigSyntax){ 0 };
}

size_t config_utf8_length(const char *text, size_t n) {
        const uint8_t *p = (const uint8_t *) text;
        uint32_t c, minimum;
        size_t length;

        if (n == 0 || (p[0] < 0x20 && p[0] != '\t') || p[0] == 0x7f)
                return 0;
        if (p[0] < 0x80)
                return 1;

        if ((p[0] & 0xe0) == 0xc0) {
                length = 2, minimum = 0xa0, c = p[0] & 0x1f; /* U+0080 to U+009F are controls */
        } else if ((p[0] & 0xf0) == 0xe0) {
                length = 3, minimum = 0x800, c = p[0] & 0x0f;
        } else if ((p[0] & 0xf8) == 0xf0) {
                length = 4, minimum = 0x10000, c = p[0] & 0x07;
        } else {
                return 0;
        }

        if (length > n)
                return 0;

        for (size_t i = 1; i < length; i++) {
                if ((p[i] & 0xc0) != 0x80)
                        return 0;
                c = c << 6 | (p[i] & 0x3f);
        }

        if (c < minimum || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
                return 0;

        return length;
}

bool config_is_text(const char *text, size_t n) {
        while (n > 0) {
                size_t length = config_utf8_length(text, n);

                if (length == 0)
                        return false;

                text += length;
                n -= length;
        }

        return true;
}

/* What is wrong with the characters of one line of the file, or NULL. */
static const char *line_find_fault(const char *line, size_t n_line, const char **ret_hint) {
        *ret_hint = NULL;

        if (n_line > CONFIG_LINE_MAX_BYTES) {
                *ret_hint = "break it, with a backslash at the end of each part but the last";
                return "line is longer than 4096 bytes";
        }

        for (size_t i = 0; i < n_line;) {
                size_t length = config_utf8_length(line + i, n_line - i);

                if (length == 0) {
                        uint8_t byte = (uint8_t) line[i];

                        *ret_hint = "remove it; an editor that shows such characters helps";
                        if (byte == 0)
                                return "line holds a NUL byte";
                        if (byte < 0x20 || byte == 0x7f || byte == 0xc2)
                                return "line holds a control character";
                        *ret_hint = "save the file as UTF-8";
                        return "line is not UTF-8";
                }
                i += length;
        }

        return NULL;
}

static bool is_blank(char c) {
        return c == ' ' || c == '\t';
}

/* Takes white space off both ends, in place. */
static char *strip(char *text) {
        size_t n;

        while (is_blank(*text))
                text++;

        n = strlen(text);
        while (n > 0 && is_blank(text[n - 1]))
                n--;
        text[n] = '\0';

        return text;
}

/* Whether the last backslash of the line is not itself escaped by one. */
static bool line_continues(const char *line, size_t n_line) {
        size_t n = 0;

        while (n < n_line && line[n_line - 1 - n] == '\\')
                n++;

        return n % 2 == 1;
}

/* The next line of the file, without its end and the white space in front. False at the end. */
static bool syntax_next_physical(ConfigSyntax *s, char **ret_line, size_t *ret_n) {
        char *line = s->text + s->pos, *end;
        size_t n_left = s->n_text - s->pos, n_line;

        if (n_left == 0)
                return false;

        end = memchr(line, '\n', n_left);
        n_line = end ? (size_t) (end - line) : n_left;
        s->pos += end ? n_line + 1 : n_line;
        s->n_lines++;

        if (n_line > 0 && line[n_line - 1] == '\r')
                n_line--;

        while (n_line > 0 && is_blank(*line)) {
                line++;
                n_line--;
        }

        *ret_line = line;
        *ret_n = n_line;
        return true;
}

/* Whether a line could stand alone: a section's header, or a key with its =. */
static bool is_whole_line(const char *line, size_t n_line) {
        size_t n = 0;

        if (n_line > 0 && line[0] == '[')
                return true;

        while (n < n_line && ((line[n] | 0x20) >= 'a' && (line[n] | 0x20) <= 'z'))
                n++;
        return n > 0 && n < n_line && line[n] == '=';
}

static void line_set_error(ConfigLine *line, unsigned number, const char *error, const char *hint) {
        if (line->error)
                return;

        line->number = number;
        line->error = error;
        line->hint = hint;
}

/*
 * Joins lines up to the first that does not continue, at the place of the first one: pieces only
 * ever move towards the front. An error holds for the whole logical line.
 */
static bool syntax_next_logical(ConfigSyntax *s, char **ret_text, ConfigLine *line) {
        char *text = NULL;
        size_t n_text = 0;

        for (;;) {
                const char *fault, *hint;
                bool continues;
                char *piece;
                size_t n_piece;

                if (!syntax_next_physical(s, &piece, &n_piece)) {
                        if (text)
                                line_set_error(line, s->n_lines,
                                               "the last line ends with a backslash",
                                               "remove it: there is nothing to join the line with");
                        break;
                }
                if (n_piece > 0 && (piece[0] == '#' || piece[0] == ';'))
                        continue;

                if (!text) {
                        text = piece;
                        line->number = s->n_lines;
                } else if (is_whole_line(piece, n_piece))
                        line_set_error(
                                line, line->number,
                                "line ends with a backslash, which joins the next line to it",
                                "remove the backslash: the next line is a line of its own");

                fault = line_find_fault(piece, n_piece, &hint);
                if (fault)
                        line_set_error(line, s->n_lines, fault, hint);

                continues = line_continues(piece, n_piece);
                memmove(text + n_text, piece, n_piece);
                n_text += n_piece;
                if (!continues)
                        break;
                text[n_text - 1] = ' ';
        }

        if (!text)
                return false;

        text[n_text] = '\0';
        *ret_text = strip(text);
        return true;
}

static void line_parse_section(ConfigLine *line, char *text) {
        size_t n = strlen(text);

        if (text[n - 1] != ']') {
                line->type = CONFIG_LINE_ERROR;
                line->error = "section header does not end with ]";
                line->hint = "write it on a line of its own, as in [Tunnel]";
                return;
        }

        text[n - 1] = '\0';
        line->type = CONFIG_LINE_SECTION;
        line->name = text + 1;
}

static void line_parse_assignment(ConfigLine *line, char *text) {
        char *equals = strchr(text, '=');

        if (!equals) {
                line->type = CONFIG_LINE_ERROR;
                line->error = "line is neither a [Section] nor a Key=value";
                line->name = text;
                text += strcspn(text, " \t");
                if (*text != '\0') {
                        *text = '\0';
                        line->value = strip(text + 1);
                }
                return;
        }

        *equals = '\0';
        line->type = CONFIG_LINE_ASSIGNMENT;
        line->name = strip(text);
        line->value = strip(equals + 1);

        if (*line->name == '\0') {
                line->type = CONFIG_LINE_ERROR;
                line->error = "line has no key in front of the =";
                line->hint = "write one, as in Server=vpn.example.com";
                line->name = NULL;
        }
}

bool config_text_is_utf16(const char *text, size_t n_text) {
        return n_text >= 2 &&
                (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0);
}

size_t config_text_mark_length(const char *text, size_t n_text) {
        return n_text >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

bool config_syntax_next(ConfigSyntax *s, ConfigLine *ret_line) {
        char *text;

        if (s->pos == 0) {
                if (config_text_is_utf16(s->text, s->n_text)) {
                        s->pos = s->n_text;
                        *ret_line = (ConfigLine){
                                .type = CONFIG_LINE_ERROR,
                                .number = 1,
                                .error = "file is UTF-16",
                                .hint = "save the file as UTF-8",
                        };
                        return true;
                }
                s->pos = config_text_mark_length(s->text, s->n_text);
        }

        do {
                *ret_line = (ConfigLine){ 0 };
                if (!syntax_next_logical(s, &text, ret_line))
                        return false;
        } while (*text == '\0' && !ret_line->error);

        if (ret_line->error)
                ret_line->type = CONFIG_LINE_ERROR;
        else if (*text == '[')
                line_parse_section(ret_line, text);
        else
                line_parse_assignment(ret_line, text);

        return true;
}
