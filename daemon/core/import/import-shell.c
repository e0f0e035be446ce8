/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Follows the commands of a script; see import-shell-internal.h. */

#include "core/import/import-shell.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "core/import/import-shell-internal.h"

static ShellTruth run_list(Shell *sh, ShellTruth reach);

/* A word that ends a list where a command could begin. */
static bool is_end(const ShellToken *token) {
        static const char *const words[] = { "then", "else", "elif", "fi", "do",
                                             "done", "esac", "}",    ")",  ";;" };

        if (token->type == SHELL_TOKEN_END)
                return true;
        for (size_t n = 0; n < ELEMENTSOF(words); n++)
                if (shell_token_is(token, words[n]))
                        return true;

        return false;
}

/* Takes the next token if it is this word. */
static bool take(Shell *sh, const char *text) {
        ShellToken token = shell_peek(sh);

        if (!shell_token_is(&token, text))
                return false;

        shell_next(sh);
        return true;
}

static void skip_newlines(Shell *sh) {
        while (shell_peek(sh).type == SHELL_TOKEN_NEWLINE)
                shell_next(sh);
}

/* Limits the depth of nesting, so that no script overflows the stack. */
static bool enter(Shell *sh) {
        if (++sh->depth > SHELL_DEPTH_MAX)
                sh->gave_up = true;

        return !sh->gave_up;
}

/* ---- if, case, loops ---- */

static ShellTruth run_if(Shell *sh, ShellTruth reach) {
        ShellTruth rest = reach, status = SHELL_YES;

        do {
                ShellTruth condition = run_list(sh, rest);

                take(sh, "then");
                status = run_list(sh, shell_and(rest, condition));
                rest = shell_and(rest, shell_not(condition));
        } while (take(sh, "elif"));

        if (take(sh, "else"))
                status = run_list(sh, rest);
        take(sh, "fi");
        return rest == SHELL_NO ? status : SHELL_UNKNOWN;
}

/* "A|B)": whether one of the patterns matches. */
static ShellTruth match_patterns(Shell *sh, const ShellWord *word) {
        ShellTruth truth = SHELL_NO;

        take(sh, "(");
        for (;;) {
                ShellToken token = shell_next(sh);
                ShellWord pattern;

                if (token.type != SHELL_TOKEN_WORD)
                        return SHELL_UNKNOWN;

                pattern = shell_expand_one(sh, token.text, token.n_text);
                if (pattern.text)
                        truth = shell_or(truth, shell_match(sh, word, &pattern, true));
                free(pattern.text);
                if (take(sh, ")") || !take(sh, "|"))
                        return truth;
        }
}

static ShellTruth run_case(Shell *sh, ShellTruth reach) {
        ShellToken token = shell_next(sh);
        ShellWord word = shell_expand_one(sh, token.text, token.n_text);
        ShellTruth rest = reach;

        skip_newlines(sh);
        take(sh, "in");
        skip_newlines(sh);
        while (word.text && !sh->gave_up && !sh->failed && !take(sh, "esac") &&
               shell_peek(sh).type != SHELL_TOKEN_END) {
                bool was_specific = sh->is_specific;
                ShellTruth truth = match_patterns(sh, &word);

                if (shell_and(rest, truth) == SHELL_NO)
                        sh->is_specific = was_specific;
                run_list(sh, shell_and(rest, truth));
                rest = shell_and(rest, shell_not(truth));
                take(sh, ";;");
                skip_newlines(sh);
        }

        free(word.text);
        return SHELL_UNKNOWN;
}

/* Runs the same part of the script again. */
static void run_body(Shell *sh, size_t pos, unsigned line, ShellTruth reach) {
        sh->pos = pos;
        sh->line = line;
        run_list(sh, reach);
}

static ShellTruth run_for(Shell *sh, ShellTruth reach) {
        ShellToken name = shell_next(sh);
        ShellWords words = { .n_items = 0 };
        bool is_known = true;
        unsigned line;
        size_t pos;

        skip_newlines(sh);
        if (take(sh, "in")) {
                while (shell_peek(sh).type == SHELL_TOKEN_WORD) {
                        ShellToken token = shell_next(sh);

                        shell_expand(sh, &token, &words);
                }
        } else {
                is_known = false; /* over the arguments */
        }
        take(sh, ";");
        skip_newlines(sh);
        take(sh, "do");

        pos = sh->pos;
        line = sh->line;
        for (size_t n = 0; n < words.n_items && is_known && name.type == SHELL_TOKEN_WORD; n++) {
                shell_set(sh, name.text, name.n_text, &words.items[n]);
                run_body(sh, pos, line, reach);
        }
        if (words.n_items == 0 || !is_known)
                run_body(sh, pos, line, is_known ? SHELL_NO : shell_and(reach, SHELL_UNKNOWN));
        take(sh, "done");
        shell_words_done(&words);
        return SHELL_YES;
}

static ShellTruth run_while(Shell *sh, ShellTruth reach) {
        reach = shell_and(reach, SHELL_UNKNOWN);
        run_list(sh, reach);
        take(sh, "do");
        run_list(sh, reach);
        take(sh, "done");
        return SHELL_UNKNOWN;
}

/* ---- functions ---- */

/* Notes a function after "name()" was read. Its body is only read up to its end. */
static void define_function(Shell *sh, const ShellToken *name) {
        shell_next(sh);
        take(sh, ")");
        skip_newlines(sh);
        if (sh->n_functions < SHELL_FUNCTIONS_MAX) {
                ShellFunction *f = &sh->functions[sh->n_functions++];

                *f = (ShellFunction){ strndup(name->text, name->n_text), sh->pos, sh->line };
                sh->failed = sh->failed || !f->name;
        }

        take(sh, "{");
        run_list(sh, SHELL_NO);
        take(sh, "}");
}

static const ShellFunction *find_function(const Shell *sh, const char *name) {
        for (size_t n = sh->n_functions; n > 0; n--)
                if (sh->functions[n - 1].name && strcmp(sh->functions[n - 1].name, name) == 0)
                        return &sh->functions[n - 1];

        return NULL;
}

/* Runs a function with the words as $1 to $9; afterwards these are the script's own again. */
static void call_function(Shell *sh, const ShellFunction *f, const ShellWords *words,
                          ShellTruth reach) {

        ShellWord saved[9] = { 0 }, empty = { .text = (char *) "", .is_known = true };
        size_t pos = sh->pos;
        unsigned line = sh->line;
        ShellTruth alive = sh->alive;

        for (size_t n = 0; n < ELEMENTSOF(saved); n++) {
                const char name[] = { (char) ('1' + n), '\0' };
                const ShellWord *old = shell_get(sh, name, 1);

                if (old)
                        saved[n] =
                                (ShellWord){ strdup(old->text), old->is_known, old->is_identity };
                shell_set(sh, name, 1, n + 1 < words->n_items ? &words->items[n + 1] : &empty);
        }

        sh->pos = f->pos;
        sh->line = f->line;
        take(sh, "{");
        run_list(sh, reach);

        for (size_t n = 0; n < ELEMENTSOF(saved); n++) {
                const char name[] = { (char) ('1' + n), '\0' };

                shell_set(sh, name, 1, saved[n].text ? &saved[n] : &empty);
                free(saved[n].text);
        }
        sh->pos = pos;
        sh->line = line;
        sh->alive = alive;
}

/* ---- simple commands ---- */

static const char *base_name(const char *path) {
        const char *slash = strrchr(path, '/');

        return slash && slash[1] ? slash + 1 : path;
}

/* "NAME=value". Returns the length of the name; 0: it is none. */
static size_t assignment_length(const ShellToken *token) {
        size_t n = 0;

        while (n < token->n_text && token->text[n] != '=') {
                char c = token->text[n++];

                if (!((c | 0x20) >= 'a' && (c | 0x20) <= 'z') && c != '_' &&
                    !(n > 1 && c >= '0' && c <= '9'))
                        return 0;
        }

        return n < token->n_text ? n : 0;
}

static void assign(Shell *sh, const ShellToken *token, size_t n_name, ShellTruth reach) {
        ShellWord value =
                shell_expand_one(sh, token->text + n_name + 1, token->n_text - n_name - 1);

        if (!value.text)
                return;
        /* If it is not known whether the assignment is reached, the value is unknown. */
        if (reach != SHELL_YES)
                value.is_known = false;
        if (reach != SHELL_NO)
                shell_set(sh, token->text, n_name, &value);
        free(value.text);
}

static void emit(Shell *sh, const ShellWords *words, size_t first, unsigned line,
                 ShellTruth reach) {

        char *texts[SHELL_WORDS_MAX];
        ShellCommand command = { .words = texts,
                                 .line = line,
                                 .reached = reach,
                                 .is_known = true,
                                 .is_specific = sh->is_specific };

        if (reach == SHELL_NO)
                return;

        for (size_t n = first; n < words->n_items; n++) {
                texts[command.n_words++] = words->items[n].text;
                command.is_known = command.is_known && words->items[n].is_known;
        }
        texts[0] = (char *) base_name(texts[0]);
        sh->script->on_command(sh->script->userdata, &command);
}

/* Words in front of a command that change nothing about what it does. */
static bool is_prefix(const char *name) {
        static const char *const names[] = {
                "exec", "command", "sudo", "nohup", "builtin", "eval"
        };

        for (size_t n = 0; n < ELEMENTSOF(names); n++)
                if (strcmp(names[n], name) == 0)
                        return true;

        return false;
}

/* Runs a command that is built into the shell. Returns false if it is another one. */
static bool run_builtin(Shell *sh, const ShellWords *words, size_t first, ShellTruth reach,
                        ShellTruth *ret_status) {

        const char *name = words->items[first].text;
        size_t n_words = words->n_items - first;
        static const char *const silent[] = { "set",   "unset", "cd",       "umask", "export",
                                              "local", "shift", "readonly", "break", "continue",
                                              "trap",  "wait",  "declare",  "alias" };

        *ret_status = SHELL_YES;
        if (strcmp(name, "test") == 0 || strcmp(name, "[") == 0 || strcmp(name, "[[") == 0) {
                bool has_bracket = name[0] == '[';

                *ret_status = shell_test(sh, words->items + first + 1,
                                         n_words - 1 - (has_bracket && n_words > 1),
                                         strcmp(name, "[[") == 0);
                return true;
        }
        if (strcmp(name, "exit") == 0 || strcmp(name, "return") == 0) {
                sh->alive = shell_and(sh->alive, shell_not(reach));
                return true;
        }
        if (strcmp(name, "false") == 0)
                *ret_status = SHELL_NO;
        if (strcmp(name, "true") == 0 || strcmp(name, "false") == 0 || strcmp(name, ":") == 0)
                return true;
        for (size_t n = 0; n < ELEMENTSOF(silent); n++)
                if (strcmp(silent[n], name) == 0)
                        return true;

        return false;
}

static ShellTruth run_words(Shell *sh, const ShellWords *words, unsigned line, ShellTruth reach) {
        const ShellFunction *function;
        ShellTruth status;
        size_t first = 0;

        while (first + 1 < words->n_items && is_prefix(words->items[first].text))
                first++;
        if (run_builtin(sh, words, first, reach, &status))
                return status;

        function = find_function(sh, words->items[first].text);
        if (function && first == 0) {
                if (reach != SHELL_NO)
                        call_function(sh, function, words, reach);
                return SHELL_UNKNOWN;
        }

        emit(sh, words, first, line, reach);
        /* Route commands are assumed to succeed, since the script is there to set routes. */
        return strcmp(base_name(words->items[first].text), "route") == 0 ||
                        strcmp(base_name(words->items[first].text), "ip") == 0 ?
                SHELL_YES :
                SHELL_UNKNOWN;
}

/* Operators are words in [[ ]]. */
static void add_operator(Shell *sh, const ShellToken *token, ShellWords *words) {
        if (words->n_items == SHELL_WORDS_MAX) {
                sh->gave_up = true;
                return;
        }
        words->items[words->n_items] =
                (ShellWord){ strndup(token->text, token->n_text), true, false };
        if (words->items[words->n_items].text)
                words->n_items++;
        else
                sh->failed = true;
}

static ShellTruth run_simple(Shell *sh, ShellTruth reach) {
        ShellWords words = { .n_items = 0 };
        ShellToken token = shell_peek(sh), next;
        ShellTruth status = SHELL_YES;
        unsigned line = token.line;

        for (;; token = shell_peek(sh)) {
                bool in_brackets = words.n_items > 0 && strcmp(words.items[0].text, "[[") == 0 &&
                        strcmp(words.items[words.n_items - 1].text, "]]") != 0;
                size_t n_name = words.n_items == 0 ? assignment_length(&token) : 0;

                if (token.type == SHELL_TOKEN_OPERATOR && in_brackets) {
                        shell_next(sh);
                        add_operator(sh, &token, &words);
                        continue;
                }
                if (token.type != SHELL_TOKEN_WORD)
                        break;

                shell_next(sh);
                /* At the limit of steps every peek returns the end. */
                next = shell_peek(sh);
                if (words.n_items == 0 && shell_token_is(&next, "(")) {
                        define_function(sh, &token);
                        return SHELL_YES;
                }
                if (n_name > 0)
                        assign(sh, &token, n_name, reach);
                else
                        shell_expand(sh, &token, &words);
                /* "export NAME=value" */
                if (words.n_items > 1 && assignment_length(&token) > 0 &&
                    (strcmp(words.items[0].text, "export") == 0 ||
                     strcmp(words.items[0].text, "local") == 0 ||
                     strcmp(words.items[0].text, "readonly") == 0))
                        assign(sh, &token, assignment_length(&token), reach);
        }

        if (words.n_items > 0 && !sh->failed && !sh->gave_up)
                status = run_words(sh, &words, line, reach);
        shell_words_done(&words);
        return status;
}

/* ---- lists ---- */

static ShellTruth run_command(Shell *sh, ShellTruth reach) {
        ShellTruth status;
        ShellToken token;

        if (!enter(sh))
                return SHELL_UNKNOWN;

        token = shell_peek(sh);
        if (take(sh, "if")) {
                status = run_if(sh, reach);
        } else if (take(sh, "case")) {
                status = run_case(sh, reach);
        } else if (take(sh, "for")) {
                status = run_for(sh, reach);
        } else if (take(sh, "while") || take(sh, "until")) {
                status = run_while(sh, reach);
        } else if (take(sh, "{")) {
                status = run_list(sh, reach);
                take(sh, "}");
        } else if (take(sh, "(")) {
                ShellTruth alive = sh->alive;

                status = run_list(sh, reach);
                take(sh, ")");
                sh->alive = alive;
        } else if (token.type == SHELL_TOKEN_WORD) {
                status = run_simple(sh, reach);
        } else {
                shell_next(sh); /* an operator that nothing is in front of */
                status = SHELL_UNKNOWN;
        }

        sh->depth--;
        return status;
}

static ShellTruth run_pipeline(Shell *sh, ShellTruth reach) {
        bool negated = false;
        ShellTruth status;

        while (take(sh, "!"))
                negated = !negated;

        status = run_command(sh, reach);
        while (take(sh, "|")) {
                skip_newlines(sh);
                status = shell_and(run_command(sh, reach), SHELL_UNKNOWN);
        }

        return negated ? shell_not(status) : status;
}

static ShellTruth run_and_or(Shell *sh, ShellTruth reach) {
        ShellTruth status = run_pipeline(sh, shell_and(reach, sh->alive));

        for (;;) {
                if (take(sh, "&&")) {
                        skip_newlines(sh);
                        status = shell_and(
                                status,
                                run_pipeline(sh, shell_and(shell_and(reach, status), sh->alive)));
                } else if (take(sh, "||")) {
                        skip_newlines(sh);
                        status =
                                shell_or(status,
                                         run_pipeline(sh,
                                                      shell_and(shell_and(reach, shell_not(status)),
                                                                sh->alive)));
                } else {
                        return status;
                }
        }
}

/*
 * Runs commands up to the word that ends the list, which is not taken. Returns the status of the
 * last command.
 */
static ShellTruth run_list(Shell *sh, ShellTruth reach) {
        ShellTruth status = SHELL_YES;

        for (;;) {
                ShellToken token = shell_peek(sh);

                if (sh->gave_up || sh->failed || is_end(&token))
                        return status;
                if (token.type == SHELL_TOKEN_NEWLINE || shell_token_is(&token, ";") ||
                    shell_token_is(&token, "&"))
                        shell_next(sh);
                else
                        status = run_and_or(sh, reach);
        }
}

static void set_up(Shell *sh, const ShellScript *script) {
        for (size_t n = 0; n < script->n_variables; n++) {
                const ShellVariable *v = &script->variables[n];
                ShellWord value = { (char *) (v->value ? v->value : ""), v->value != NULL,
                                    v->is_identity };

                shell_set(sh, v->name, strlen(v->name), &value);
        }
}

int import_shell_read(const ShellScript *script) {
        Shell sh = { .script = script, .line = script->first_line, .alive = SHELL_YES };

        set_up(&sh, script);
        /* A closing word without an opening one must not end the script. */
        while (!sh.gave_up && !sh.failed && shell_peek(&sh).type != SHELL_TOKEN_END) {
                run_list(&sh, SHELL_YES);
                shell_next(&sh);
        }

        for (size_t n = 0; n < sh.n_variables; n++) {
                free(sh.variables[n].name);
                free(sh.variables[n].value.text);
        }
        for (size_t n = 0; n < sh.n_functions; n++)
                free(sh.functions[n].name);
        if (sh.failed)
                return -ENOMEM;

        return sh.gave_up ? SHELL_E_TOO_LONG : 0;
}

void import_shell_describe(char *const *words, size_t n_words, char *buffer, size_t n_buffer) {
        TextBuilder t = text_builder(buffer, n_buffer);

        for (size_t n = 0; n < n_words; n++) {
                text_add(&t, n > 0 ? " " : "");
                for (const char *p = words[n]; *p; p++) {
                        if (*p == SHELL_INTERFACE[0])
                                text_add(&t, "$1");
                        else if (*p == SHELL_LOCAL_ADDRESS[0])
                                text_add(&t, "$4");
                        else if (*p == SHELL_REMOTE_ADDRESS[0])
                                text_add(&t, "$5");
                        else
                                text_add(&t, (char[]){ *p, '\0' });
                }
        }
}
