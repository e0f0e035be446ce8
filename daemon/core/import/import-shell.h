/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Reads shell scripts for the commands that they would run for one tunnel. No shell: nothing is
 * run, and what only running would tell is unknown. It follows variables, if, case, for, functions,
 * && and ||, test and [, with three truth values; that is enough for the scripts in ip-up.d.
 */

#include <stdbool.h>
#include <stddef.h>

#include "core/import/import-internal.h"

/* What stands for things that only pppd knows when it runs a script. */
#define SHELL_INTERFACE "\001"
#define SHELL_LOCAL_ADDRESS "\002"
#define SHELL_REMOTE_ADDRESS "\003"

typedef enum ShellTruth { SHELL_NO, SHELL_UNKNOWN, SHELL_YES } ShellTruth;

/* A command that would be run, all its words expanded. */
typedef struct ShellCommand {
        char *const *words; /* of the first the directories are cut off */
        size_t n_words;
        unsigned line;
        ShellTruth reached;
        bool is_known;    /* else "?" stands for what only running would tell */
        bool is_specific; /* the script asked before whether it is this tunnel */
} ShellCommand;

typedef struct ShellVariable {
        const char *name;
        const char *value; /* NULL: it has one, but nobody knows it */
        bool is_identity;  /* it tells one tunnel from another */
} ShellVariable;

typedef struct ShellScript {
        const char *text;
        size_t n_text;
        unsigned first_line;
        const ShellVariable *variables; /* "1" to "6" are the arguments */
        size_t n_variables;
        const char *interface; /* its name, if that is known; else NULL */
        /* Called for each command that may be reached, in the order of the script. */
        void (*on_command)(void *userdata, const ShellCommand *command);
        void *userdata;
} ShellScript;

enum {
        SHELL_E_TOO_LONG = 1, /* it has too many steps, or nests too deep */
};

/*
 * Follows a script, and calls on_command for each command. Returns 0; SHELL_E_TOO_LONG, and then
 * some of it was followed; or -ENOMEM.
 */
int import_shell_read(const ShellScript *script);

/* Writes a command as people do, with "$1" for the interface and so on; cut if it does not fit. */
void import_shell_describe(char *const *words, size_t n_words, char *buffer, size_t n_buffer);
