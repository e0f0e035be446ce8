/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Evaluates test, [ and [[ as far as that is possible without running anything. */

#include <fnmatch.h>
#include <string.h>

#include "core/base/number.h"
#include "core/import/import-shell-internal.h"

typedef struct Test {
        Shell *sh;
        const ShellWord *words;
        size_t n_words, pos;
        bool has_globs;
        unsigned depth;
} Test;

static bool is(const Test *t, size_t pos, const char *text) {
        return pos < t->n_words && t->words[pos].is_known && strcmp(t->words[pos].text, text) == 0;
}

static bool has_marker(const char *text) {
        return strpbrk(text, SHELL_INTERFACE SHELL_LOCAL_ADDRESS SHELL_REMOTE_ADDRESS) != NULL;
}

/*
 * Compares the interface's name with a text or a pattern. Without InterfaceName= no more is known
 * of the name than that it begins with "ppp".
 */
static ShellTruth match_interface(const Shell *sh, const char *text, bool is_glob) {
        const char *name = sh->script->interface;

        if (strcmp(text, SHELL_INTERFACE) == 0)
                return SHELL_YES;
        if (has_marker(text))
                return SHELL_UNKNOWN;
        if (name)
                return (is_glob ? fnmatch(text, name, 0) : strcmp(text, name)) == 0 ? SHELL_YES :
                                                                                      SHELL_NO;
        if (is_glob && strcmp(text, "ppp*") == 0)
                return SHELL_YES;

        return strncmp(text, "ppp", 3) == 0 || (is_glob && strpbrk(text, "*?[")) ? SHELL_UNKNOWN :
                                                                                   SHELL_NO;
}

ShellTruth shell_match(Shell *sh, const ShellWord *word, const ShellWord *pattern, bool is_glob) {
        ShellTruth truth;

        if (is_glob && pattern->is_known && strcmp(pattern->text, "*") == 0)
                return SHELL_YES;
        if (!word->is_known || !pattern->is_known)
                return SHELL_UNKNOWN;

        if (strcmp(word->text, SHELL_INTERFACE) == 0)
                truth = match_interface(sh, pattern->text, is_glob);
        else if (strcmp(pattern->text, SHELL_INTERFACE) == 0)
                truth = match_interface(sh, word->text, false);
        else if (has_marker(word->text) || has_marker(pattern->text))
                truth = strcmp(word->text, pattern->text) == 0 ? SHELL_YES : SHELL_UNKNOWN;
        else if (is_glob)
                truth = fnmatch(pattern->text, word->text, 0) == 0 ? SHELL_YES : SHELL_NO;
        else
                truth = strcmp(word->text, pattern->text) == 0 ? SHELL_YES : SHELL_NO;

        if (truth == SHELL_YES && (word->is_identity || pattern->is_identity) &&
            !(word->is_identity && word->text[0] == '\0'))
                sh->is_specific = true;
        return truth;
}

static ShellTruth is_empty(const ShellWord *word) {
        if (!word->is_known)
                return SHELL_UNKNOWN;

        return word->text[0] == '\0' ? SHELL_YES : SHELL_NO;
}

/* An integer of test(1), with or without a sign. */
static bool parse_integer(const char *text, int64_t *ret_integer) {
        bool is_negative = text[0] == '-';
        uint64_t number;

        if (!number_parse(text + (is_negative || text[0] == '+'), 10, INT64_MAX, &number))
                return false;

        *ret_integer = is_negative ? -(int64_t) number : (int64_t) number;
        return true;
}

/* A word that is no number makes test(1) fail, so the comparison is false. */
static ShellTruth compare_numbers(const ShellWord *a, const char *operator, const ShellWord * b) {
        int64_t x, y;

        if (!a->is_known || !b->is_known || has_marker(a->text) || has_marker(b->text))
                return SHELL_UNKNOWN;

        if (!parse_integer(a->text, &x) || !parse_integer(b->text, &y))
                return SHELL_NO;
        if (strcmp(operator, "-eq") == 0)
                return x == y ? SHELL_YES : SHELL_NO;
        if (strcmp(operator, "-ne") == 0)
                return x != y ? SHELL_YES : SHELL_NO;

        return SHELL_UNKNOWN;
}

static ShellTruth test_or(Test *t);

static ShellTruth test_primary(Test *t) {
        const ShellWord *word = &t->words[t->pos];

        if (t->pos >= t->n_words)
                return SHELL_NO;

        if (is(t, t->pos, "(")) {
                ShellTruth truth;

                t->pos++;
                truth = test_or(t);
                t->pos += is(t, t->pos, ")");
                return truth;
        }

        if (t->pos + 2 < t->n_words && t->words[t->pos + 1].is_known) {
                const char *operator= t->words[t->pos + 1].text;
                const ShellWord *other = &t->words[t->pos + 2];

                t->pos += 3;
                if (strcmp(operator, "=") == 0 || strcmp(operator, "==") == 0)
                        return shell_match(t->sh, word, other, t->has_globs);
                if (strcmp(operator, "!=") == 0)
                        return shell_not(shell_match(t->sh, word, other, t->has_globs));
                if (operator[0] == '-' && strlen(operator) == 3)
                        return compare_numbers(word, operator, other);
                if (strcmp(operator, "=~") == 0 || strcmp(operator, "<") == 0 ||
                    strcmp(operator, ">") == 0)
                        return SHELL_UNKNOWN;
                t->pos -= 3;
        }

        if (word->is_known && word->text[0] == '-' && strlen(word->text) == 2 &&
            t->pos + 1 < t->n_words) {
                const ShellWord *operand = &t->words[t->pos + 1];

                t->pos += 2;
                if (word->text[1] == 'z')
                        return is_empty(operand);
                return word->text[1] == 'n' ? shell_not(is_empty(operand)) : SHELL_UNKNOWN;
        }

        t->pos++;
        return shell_not(is_empty(word));
}

static ShellTruth test_not(Test *t) {
        bool negated = false;
        ShellTruth truth;

        while (is(t, t->pos, "!")) {
                negated = !negated;
                t->pos++;
        }

        truth = test_primary(t);
        return negated ? shell_not(truth) : truth;
}

static ShellTruth test_and(Test *t) {
        ShellTruth truth = test_not(t);

        while (is(t, t->pos, "-a") || is(t, t->pos, "&&")) {
                t->pos++;
                truth = shell_and(truth, test_not(t));
        }

        return truth;
}

static ShellTruth test_or(Test *t) {
        ShellTruth truth;

        if (++t->depth > SHELL_DEPTH_MAX) {
                t->pos = t->n_words;
                return SHELL_UNKNOWN;
        }

        truth = test_and(t);
        while (is(t, t->pos, "-o") || is(t, t->pos, "||")) {
                t->pos++;
                truth = shell_or(truth, test_and(t));
        }

        t->depth--;
        return truth;
}

ShellTruth shell_test(Shell *sh, const ShellWord *words, size_t n_words, bool has_globs) {
        Test t = { .sh = sh, .words = words, .n_words = n_words, .has_globs = has_globs };
        ShellTruth truth;

        if (n_words == 0)
                return SHELL_NO;

        truth = test_or(&t);
        return t.pos >= n_words ? truth : SHELL_UNKNOWN;
}
