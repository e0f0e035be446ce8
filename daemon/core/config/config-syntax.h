/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The lines of a configuration file: comments, continuation, section headers, assignments. Knows
 * nothing of which sections and keys there are.
 *
 * The dialect is that of systemd.syntax(7): `#` and `;` begin a comment at the start of a line, a
 * backslash at the end of a line joins it with the next (comments in between are skipped, the
 * backslash turns into a space), white space around keys and values does not count. Beyond it:
 * text that is not UTF-8, and control characters, are errors rather than warnings.
 */

#include <stdbool.h>
#include <stddef.h>

typedef enum ConfigLineType {
        CONFIG_LINE_SECTION,
        CONFIG_LINE_ASSIGNMENT,
        CONFIG_LINE_ERROR,
} ConfigLineType;

/* One logical line. Its strings belong to the ConfigSyntax and live until config_syntax_done(). */
typedef struct ConfigLine {
        ConfigLineType type;
        unsigned number;   /* of its first line in the file, from 1 */
        char *name;        /* section or key; ERROR: the first word, or NULL */
        char *value;       /* ASSIGNMENT: may be empty; ERROR: what follows the word, or NULL */
        const char *error; /* ERROR: what is wrong, static */
        const char *hint;  /* ERROR: static, or NULL */
} ConfigLine;

typedef struct ConfigSyntax {
        char *text; /* our copy: lines are joined and cut in place */
        size_t n_text;
        size_t pos;
        unsigned n_lines;
} ConfigSyntax;

/* Copies the text. Returns 0 or -ENOMEM. */
int config_syntax_init(ConfigSyntax *s, const char *text, size_t n_text);
/* Frees the copy of the text. */
void config_syntax_done(ConfigSyntax *s);

/*
 * Steps to the next line that is not empty. Returns true and the line, whose texts are borrowed
 * until config_syntax_done(), or false at the end of the text.
 */
bool config_syntax_next(ConfigSyntax *s, ConfigLine *ret_line);

/*
 * Returns the length in bytes of the UTF-8 character (RFC 3629) at the start of the text; or 0 if
 * there is none: a bad or overlong sequence, a surrogate, a control character other than tab, or n
 * is 0.
 */
size_t config_utf8_length(const char *text, size_t n);

/* Whether all of it is such characters: nothing that a terminal should not get to see. */
bool config_is_text(const char *text, size_t n);

/*
 * Whether a file is UTF-16, which begins with its byte order mark in either order: what Windows
 * calls "Unicode".
 */
bool config_text_is_utf16(const char *text, size_t n_text);
/*
 * Returns the length in bytes of the byte order mark that some editors of Windows put in front of
 * UTF-8, and which does not count; 0 if there is none.
 */
size_t config_text_mark_length(const char *text, size_t n_text);
