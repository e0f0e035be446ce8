/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Tokens of a shell script, and the expansion of words. */

#include <string.h>

#include "core/import/import-shell-internal.h"

static char at(const Shell *sh, size_t pos) {
        return pos < sh->script->n_text ? sh->script->text[pos] : '\0';
}

static bool at_end(const Shell *sh) {
        return sh->pos >= sh->script->n_text;
}

/* ---- tokens ---- */

/* The position behind what begins at pos with an opening character, quotes and all. */
static size_t skip_balanced(const char *text, size_t n_text, size_t pos, char open, char close) {
        unsigned depth = 0;

        for (; pos < n_text; pos++) {
                char c = text[pos];

                if (c == '\\') {
                        pos++;
                } else if (c == '\'') {
                        const char *end = memchr(text + pos + 1, '\'', n_text - pos - 1);

                        if (!end)
                                return n_text;
                        pos = (size_t) (end - text);
                } else if (c == close && depth > 0 && --depth == 0) {
                        return pos + 1;
                } else if (c == open) {
                        depth++;
                }
        }

        return n_text;
}

static size_t skip_backquotes(const char *text, size_t n_text, size_t pos) {
        for (pos++; pos < n_text && text[pos] != '`'; pos++)
                if (text[pos] == '\\')
                        pos++;

        return MIN(pos + 1, n_text);
}

/* "$NAME", "${...}", "$(...)": the position behind it. */
static size_t skip_dollar(const char *text, size_t n_text, size_t pos) {
        if (pos + 1 < n_text && text[pos + 1] == '{')
                return skip_balanced(text, n_text, pos + 1, '{', '}');
        if (pos + 1 < n_text && text[pos + 1] == '(')
                return skip_balanced(text, n_text, pos + 1, '(', ')');

        return pos + 1;
}

/* The position behind the word that begins at pos. */
static size_t skip_word(const char *text, size_t n_text, size_t pos) {
        bool quoted = false;

        while (pos < n_text) {
                char c = text[pos];

                if (c == '\\') {
                        pos = MIN(pos + 2, n_text);
                } else if (c == '"') {
                        quoted = !quoted;
                        pos++;
                } else if (c == '$') {
                        pos = skip_dollar(text, n_text, pos);
                } else if (c == '`') {
                        pos = skip_backquotes(text, n_text, pos);
                } else if (!quoted && c == '\'') {
                        const char *end = memchr(text + pos + 1, '\'', n_text - pos - 1);

                        pos = end ? (size_t) (end - text) + 1 : n_text;
                } else if (!quoted && (c == '\0' || strchr(" \t\r\n;&|()<>", c))) {
                        return pos;
                } else {
                        pos++;
                }
        }

        return pos;
}

static void count_lines(Shell *sh, size_t from, size_t to) {
        for (size_t pos = from; pos < to; pos++)
                sh->line += sh->script->text[pos] == '\n';
}

/* The text of a here-document, up to the line that ends it. */
static void skip_heredoc(Shell *sh) {
        const char *text = sh->script->text;
        size_t n_end = strlen(sh->heredoc);

        while (!at_end(sh) && n_end > 0) {
                const char *start = text + sh->pos;
                size_t n_left = sh->script->n_text - sh->pos, n;
                const char *newline = memchr(start, '\n', n_left);

                n = newline ? (size_t) (newline - start) : n_left;
                sh->pos += n + (newline ? 1 : 0);
                sh->line += newline ? 1 : 0;
                while (n > 0 && *start == '\t') {
                        start++;
                        n--;
                }
                if (n == n_end && memcmp(start, sh->heredoc, n) == 0)
                        break;
        }

        sh->heredoc[0] = '\0';
}

/* White space, comments, joined lines. */
static void skip_space(Shell *sh) {
        for (;;) {
                char c = at(sh, sh->pos);

                if (at_end(sh))
                        return;
                if (c == ' ' || c == '\t' || c == '\r' || c == '\0') {
                        sh->pos++;
                } else if (c == '\\' && at(sh, sh->pos + 1) == '\n') {
                        sh->pos += 2;
                        sh->line++;
                } else if (c == '#') {
                        while (!at_end(sh) && at(sh, sh->pos) != '\n')
                                sh->pos++;
                } else {
                        return;
                }
        }
}

/* ">file", "2>&1", "<<EOF": passes over it with its word. Returns whether there was one. */
static bool skip_redirection(Shell *sh) {
        size_t pos = sh->pos, end;
        bool is_heredoc;

        while (at(sh, pos) >= '0' && at(sh, pos) <= '9')
                pos++;
        if (at(sh, pos) == '&' && at(sh, pos + 1) == '>')
                pos++;
        if (at(sh, pos) != '<' && at(sh, pos) != '>')
                return false;

        is_heredoc = at(sh, pos) == '<' && at(sh, pos + 1) == '<';
        while (at(sh, pos) == '<' || at(sh, pos) == '>' || at(sh, pos) == '&' ||
               at(sh, pos) == '-' || at(sh, pos) == '|')
                pos++;
        sh->pos = pos;
        skip_space(sh);
        end = skip_word(sh->script->text, sh->script->n_text, sh->pos);
        if (is_heredoc && end > sh->pos) {
                size_t n = 0;

                for (pos = sh->pos; pos < end && n < sizeof(sh->heredoc) - 1; pos++)
                        if (!strchr("\"'\\", at(sh, pos)))
                                sh->heredoc[n++] = at(sh, pos);
                sh->heredoc[n] = '\0';
        }
        count_lines(sh, sh->pos, end);
        sh->pos = end;
        return true;
}

ShellToken shell_next(Shell *sh) {
        ShellToken token = { .type = SHELL_TOKEN_END, .text = "" };

        if (++sh->steps > SHELL_STEPS_MAX)
                sh->gave_up = true;
        if (sh->gave_up || sh->failed)
                return token;

        do
                skip_space(sh);
        while (!at_end(sh) && skip_redirection(sh));
        if (at_end(sh))
                return token;

        token.text = sh->script->text + sh->pos;
        token.line = sh->line;
        token.n_text = 1;
        if (*token.text == '\n') {
                token.type = SHELL_TOKEN_NEWLINE;
                sh->pos++;
                sh->line++;
                skip_heredoc(sh);
        } else if (strchr(";&|()", *token.text)) {
                token.type = SHELL_TOKEN_OPERATOR;
                if (*token.text != '(' && *token.text != ')' && at(sh, sh->pos + 1) == *token.text)
                        token.n_text = 2;
                sh->pos += token.n_text;
        } else {
                size_t end = skip_word(sh->script->text, sh->script->n_text, sh->pos);

                token.type = SHELL_TOKEN_WORD;
                token.n_text = end - sh->pos;
                count_lines(sh, sh->pos, end);
                sh->pos = end;
        }

        return token;
}

ShellToken shell_peek(Shell *sh) {
        size_t pos = sh->pos;
        unsigned line = sh->line;
        char heredoc[sizeof(sh->heredoc)];
        ShellToken token;

        memcpy(heredoc, sh->heredoc, sizeof(heredoc));
        token = shell_next(sh);
        memcpy(sh->heredoc, heredoc, sizeof(heredoc));
        sh->pos = pos;
        sh->line = line;
        return token;
}

bool shell_token_is(const ShellToken *token, const char *text) {
        return (token->type == SHELL_TOKEN_WORD || token->type == SHELL_TOKEN_OPERATOR) &&
                token->n_text == strlen(text) && memcmp(token->text, text, token->n_text) == 0;
}

/* ---- variables ---- */

const ShellWord *shell_get(const Shell *sh, const char *name, size_t n_name) {
        for (size_t n = sh->n_variables; n > 0; n--) {
                const ShellBinding *v = &sh->variables[n - 1];

                if (strlen(v->name) == n_name && memcmp(v->name, name, n_name) == 0)
                        return &v->value;
        }

        return NULL;
}

void shell_set(Shell *sh, const char *name, size_t n_name, const ShellWord *value) {
        ShellWord *old = (ShellWord *) shell_get(sh, name, n_name);
        char *text = strdup(value->text);

        if (!text) {
                sh->failed = true;
                return;
        }
        if (old) {
                free(old->text);
                *old = (ShellWord){ text, value->is_known, value->is_identity };
                return;
        }

        if (sh->n_variables == SHELL_VARIABLES_MAX) {
                sh->gave_up = true;
                free(text);
                return;
        }
        sh->variables[sh->n_variables].name = strndup(name, n_name);
        sh->variables[sh->n_variables].value =
                (ShellWord){ text, value->is_known, value->is_identity };
        if (!sh->variables[sh->n_variables++].name)
                sh->failed = true;
}

/* ---- expansion ---- */

typedef struct Expansion {
        Shell *sh;
        ShellWords *words; /* NULL: all becomes one word */
        char text[SHELL_WORD_MAX_BYTES];
        size_t n_text;
        bool has_text; /* a word has begun, which quotes do as well */
        bool is_known, is_identity;
} Expansion;

static void add_char(Expansion *e, char c) {
        e->has_text = true;
        if (e->n_text < sizeof(e->text) - 1)
                e->text[e->n_text++] = c;
        else
                e->is_known = false;
}

static ShellWord finish_word(Expansion *e) {
        ShellWord word = { strndup(e->text, e->n_text), e->is_known, e->is_identity };

        if (!word.text)
                e->sh->failed = true;
        e->n_text = 0;
        e->has_text = false;
        e->is_known = true;
        e->is_identity = false;
        return word;
}

static void end_word(Expansion *e) {
        if (!e->has_text || !e->words)
                return;

        if (e->words->n_items == SHELL_WORDS_MAX) {
                e->sh->gave_up = true;
                return;
        }
        e->words->items[e->words->n_items++] = finish_word(e);
        if (e->sh->failed)
                e->words->n_items--;
}

/* A value in the middle of a word; outside of quotes its white space separates words. */
static void add_value(Expansion *e, const ShellWord *value, bool quoted) {
        e->is_known = e->is_known && value->is_known;
        e->is_identity = e->is_identity || value->is_identity;
        if (!value->is_known)
                e->has_text = true;
        for (const char *p = value->text; *p; p++) {
                if (!quoted && e->words && strchr(" \t\n", *p)) {
                        end_word(e);
                        e->is_identity = value->is_identity;
                } else {
                        add_char(e, *p);
                }
        }
}

static bool is_name(char c, bool is_first) {
        return (c | 0x20) >= 'a' ? (c | 0x20) <= 'z' :
                                   c == '_' || (!is_first && c >= '0' && c <= '9');
}

static size_t name_length(const char *text, size_t n_text) {
        size_t n = 0;

        while (n < n_text && (is_name(text[n], n == 0) || text[n] == '_'))
                n++;
        return n;
}

/* Notes show a question mark in the place of an unknown value. */
static const ShellWord unknown = { .text = (char *) "?", .is_known = false };

/* "${NAME}", "${NAME:-default}"; anything else in there is unknown. */
static void expand_braces(Expansion *e, const char *text, size_t n_text, bool quoted) {
        size_t n_name =
                n_text > 0 && text[0] >= '0' && text[0] <= '9' ? 1 : name_length(text, n_text);
        const ShellWord *value = shell_get(e->sh, text, n_name);
        size_t n_operator = n_name;

        if (n_name > 0 && n_name == n_text) {
                add_value(e, value ? value : &unknown, quoted);
                return;
        }

        if (n_operator < n_text && text[n_operator] == ':')
                n_operator++;
        if (n_name > 0 && value && value->is_known && n_operator < n_text &&
            text[n_operator] == '-') {
                if (value->text[0] != '\0') {
                        add_value(e, value, quoted);
                } else {
                        ShellWord other = shell_expand_one(e->sh, text + n_operator + 1,
                                                           n_text - n_operator - 1);

                        if (other.text)
                                add_value(e, &other, quoted);
                        free(other.text);
                }
                return;
        }

        add_value(e, &unknown, quoted);
}

/* Returns the position behind what begins with the dollar at pos. */
static size_t expand_dollar(Expansion *e, const char *text, size_t n_text, size_t pos,
                            bool quoted) {

        size_t end = skip_dollar(text, n_text, pos), n;
        char next = pos + 1 < n_text ? text[pos + 1] : '\0';

        if (next == '{') {
                expand_braces(e, text + pos + 2, end > pos + 3 ? end - pos - 3 : 0, quoted);
                return end;
        }
        if (next == '(') {
                add_value(e, &unknown, quoted);
                return end;
        }

        n = name_length(text + pos + 1, n_text - pos - 1);
        if (n == 0 && next >= '0' && next <= '9')
                n = 1;
        if (n > 0) {
                const ShellWord *value = shell_get(e->sh, text + pos + 1, n);

                add_value(e, value ? value : &unknown, quoted);
                return pos + 1 + n;
        }
        if (next != '\0' && strchr("@*#?!$-", next)) {
                add_value(e, &unknown, quoted);
                return pos + 2;
        }

        add_char(e, '$');
        return pos + 1;
}

static void expand(Expansion *e, const char *text, size_t n_text) {
        bool quoted = false;

        /* Defaults can be nested: ${A:-${B:-...}}. */
        if (++e->sh->depth > SHELL_DEPTH_MAX)
                e->sh->gave_up = true;

        for (size_t pos = 0; pos < n_text && !e->sh->gave_up;) {
                char c = text[pos];

                if (c == '\\' && pos + 1 < n_text) {
                        char next = text[pos + 1];

                        if (quoted && !strchr("$`\"\\\n", next))
                                add_char(e, c);
                        if (next != '\n')
                                add_char(e, next);
                        pos += 2;
                } else if (c == '"') {
                        quoted = !quoted;
                        e->has_text = true;
                        pos++;
                } else if (c == '$') {
                        pos = expand_dollar(e, text, n_text, pos, quoted);
                } else if (c == '`') {
                        add_value(e, &unknown, quoted);
                        pos = skip_backquotes(text, n_text, pos);
                } else if (c == '\'' && !quoted) {
                        e->has_text = true;
                        for (pos++; pos < n_text && text[pos] != '\''; pos++)
                                add_char(e, text[pos]);
                        pos++;
                } else {
                        add_char(e, c);
                        pos++;
                }
        }

        e->sh->depth--;
}

void shell_expand(Shell *sh, const ShellToken *token, ShellWords *words) {
        Expansion e = { .sh = sh, .words = words, .is_known = true };

        expand(&e, token->text, token->n_text);
        end_word(&e);
}

ShellWord shell_expand_one(Shell *sh, const char *text, size_t n_text) {
        Expansion e = { .sh = sh, .is_known = true };

        expand(&e, text, n_text);
        return finish_word(&e);
}

void shell_words_done(ShellWords *words) {
        for (size_t n = 0; n < words->n_items; n++)
                free(words->items[n].text);
        words->n_items = 0;
}
