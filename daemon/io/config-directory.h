/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The configuration files of three directories, by name: which file hides which, and their text.
 * Knows nothing of what the text means; config-files.h does.
 *
 * A file hides those of the same name in the directories behind its own. The work grows with the
 * number of files and not with its square: a machine may have thousands of tunnels.
 */

#include <stdbool.h>
#include <stddef.h>

#include "core/config/config.h"

/* In order of precedence: the first one wins. */
#define CONFIG_DIRECTORIES_N 3
extern const char *const config_directories[CONFIG_DIRECTORIES_N];

#define CONFIG_SUFFIX ".conf"

/* A file that is in effect: the others of its name are hidden. */
typedef struct ConfigFile {
        char *name;          /* with the suffix */
        unsigned directory;  /* index into config_directories */
        bool is_plain;       /* the directory says that it is a regular file */
        bool is_empty;       /* and it has been looked at: see config-peek.h */
        ConfigTextKind kind; /* likewise; OTHER: not known unless the whole file is read */
} ConfigFile;

typedef struct ConfigFileSet {
        char *root;                    /* in front of all directories; "" as a rule */
        int fds[CONFIG_DIRECTORIES_N]; /* -EBADF: there is none */
        char *subdirectory;            /* behind them: "" or "/onenet.conf.d" */
        ConfigFile *items;             /* sorted by name */
        size_t n_items;
} ConfigFileSet;

/*
 * Lists all *.conf of root/DIRECTORY/subdirectory over the three directories. A directory that
 * cannot be listed is a problem of the parser. Returns 0, and the set is to be released with
 * config_file_set_done(), or a negative errno.
 */
int config_file_set_init(ConfigFileSet *set, ConfigParser *parser, const char *root,
                         const char *subdirectory);
/*
 * Closes the directories and frees the names. Also for a set that config_file_set_init() refused.
 */
void config_file_set_done(ConfigFileSet *set);

/*
 * Returns the file of this name, with its suffix, or NULL if the set has none. Borrowed from the
 * set.
 */
const ConfigFile *config_file_set_find(const ConfigFileSet *set, const char *name);

/* Returns the file's path, root included, or NULL if memory is exhausted. The caller frees it. */
char *config_file_set_path(const ConfigFileSet *set, const ConfigFile *file);

typedef struct ConfigFileText {
        char *text;
        size_t n_text;
} ConfigFileText;

/* Frees the text. Also for one that is all zeros. */
void config_file_text_done(ConfigFileText *t);

/* What else can come of reading a file. */
enum {
        CONFIG_FILE_E_MASKED = 1, /* empty, or /dev/null */
        CONFIG_FILE_E_MISSING,    /* a symbolic link that leads nowhere */
        CONFIG_FILE_E_BAD,        /* and a problem was added */
};

/*
 * Reads one file, of at most CONFIG_FILE_MAX_BYTES, that only root (or our own user) can write.
 * What is wrong with it becomes a problem of the parser: an error, or with `warning` a warning.
 * Returns 0 and the text, CONFIG_FILE_E_*, or a negative errno.
 */
int config_file_read(ConfigParser *parser, const char *path, bool warning,
                     ConfigFileText *ret_text);

/*
 * Reads a list of prefixes, of at most CONFIG_LIST_MAX_BYTES, as config_file_read() does; it may
 * belong to anybody, and whatever is wrong with it is an error. Gives the text to the parser piece
 * by piece, as its i-th list. Returns 0, CONFIG_FILE_E_*, or a negative errno.
 */
int config_file_add_list(ConfigParser *parser, const char *path, size_t i);
