/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What the parts of the shell reader share: import-shell-words.c cuts a script into tokens and
 * expands words, import-shell-test.c judges conditions, import-shell.c follows commands.
 */

#include "core/import/import-shell.h"

#define SHELL_VARIABLES_MAX 64
#define SHELL_FUNCTIONS_MAX 16
#define SHELL_WORDS_MAX 128
#define SHELL_WORD_MAX_BYTES 1024
#define SHELL_DEPTH_MAX 32
/* Tokens read in all, loops included: many times those of any script that sets routes. */
#define SHELL_STEPS_MAX 20000

typedef enum ShellTokenType {
        SHELL_TOKEN_WORD,
        SHELL_TOKEN_OPERATOR, /* ; & && || | ( ) ;; */
        SHELL_TOKEN_NEWLINE,
        SHELL_TOKEN_END,
} ShellTokenType;

/* A slice of the script; empty at its end. */
typedef struct ShellToken {
        ShellTokenType type;
        const char *text;
        size_t n_text;
        unsigned line;
} ShellToken;

/* A word after expansion. */
typedef struct ShellWord {
        char *text;
        bool is_known;
        bool is_identity;
} ShellWord;

typedef struct ShellWords {
        ShellWord items[SHELL_WORDS_MAX];
        size_t n_items;
} ShellWords;

typedef struct ShellBinding {
        char *name;
        ShellWord value;
} ShellBinding;

typedef struct ShellFunction {
        char *name;
        size_t pos; /* of its body */
        unsigned line;
} ShellFunction;

typedef struct Shell {
        const ShellScript *script;
        size_t pos;
        unsigned line;
        unsigned steps, depth;
        bool gave_up; /* too many steps, too deep */
        bool failed;  /* out of memory */
        ShellBinding variables[SHELL_VARIABLES_MAX];
        size_t n_variables;
        ShellFunction functions[SHELL_FUNCTIONS_MAX];
        size_t n_functions;
        ShellTruth alive; /* whether it has come so far without an exit */
        bool is_specific; /* a condition about which tunnel it is has held */
        char heredoc[64]; /* what ends the text that begins on the next line */
} Shell;

/* ---- import-shell-words.c ---- */

/* Takes the next token. At the end of the script, or of the steps, returns SHELL_TOKEN_END. */
ShellToken shell_next(Shell *sh);
/* Returns the next token without stepping over it. */
ShellToken shell_peek(Shell *sh);
/* Returns whether a token is this word or operator, as it stands in the script. */
bool shell_token_is(const ShellToken *token, const char *text);

/* Returns the value of a variable, borrowed until the next is set, or NULL if it is not set. */
const ShellWord *shell_get(const Shell *sh, const char *name, size_t n_name);
/* Sets a variable to a copy of the value. */
void shell_set(Shell *sh, const char *name, size_t n_name, const ShellWord *value);

/* Expands a token and adds the words that it becomes: none, one, or several. */
void shell_expand(Shell *sh, const ShellToken *token, ShellWords *words);
/* Expands a text to one word, as in an assignment. Returns it; its text is the caller's to free. */
ShellWord shell_expand_one(Shell *sh, const char *text, size_t n_text);
/* Frees the texts of the words. */
void shell_words_done(ShellWords *words);

/* ---- import-shell-test.c ---- */

/* Returns the truth of "test WORDS". has_globs: of [[ WORDS ]], whose right sides are patterns. */
ShellTruth shell_test(Shell *sh, const ShellWord *words, size_t n_words, bool has_globs);
/*
 * Returns whether a word matches the pattern of a case, and notes when that told one tunnel from
 * another.
 */
ShellTruth shell_match(Shell *sh, const ShellWord *word, const ShellWord *pattern, bool is_glob);

static inline ShellTruth shell_and(ShellTruth a, ShellTruth b) {
        return MIN(a, b);
}

static inline ShellTruth shell_or(ShellTruth a, ShellTruth b) {
        return MAX(a, b);
}

static inline ShellTruth shell_not(ShellTruth a) {
        return (ShellTruth) (SHELL_YES - a);
}
