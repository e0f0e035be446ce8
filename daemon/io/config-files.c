/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/config-files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "core/base/macros.h"
#include "io/fd.h"
#include "io/names.h"

/* First wins. */
static const char *const directories[] = {
        "/etc/pptp/conf.d",
        "/run/pptp/conf.d",
        "/usr/lib/pptp/conf.d",
};

#define SUFFIX ".conf"
/* A directory with more files than this is not one of ours. */
#define FILES_MAX 4096

/* The files of one name in all directories: the path is that of the winner. */
typedef struct NamedFile {
        char *name;
        char *path;
} NamedFile;

typedef struct FileSet {
        NamedFile *items;
        size_t n_items;
} FileSet;

static void file_set_done(FileSet *set) {
        for (size_t i = 0; i < set->n_items; i++) {
                free(set->items[i].name);
                free(set->items[i].path);
        }

        free(set->items);
}

static bool file_set_has(const FileSet *set, const char *name) {
        for (size_t i = 0; i < set->n_items; i++)
                if (strcmp(set->items[i].name, name) == 0)
                        return true;

        return false;
}

static int file_set_add(FileSet *set, const char *directory, const char *name) {
        NamedFile *items, file = { 0 };

        items = reallocarray(set->items, set->n_items + 1, sizeof(*items));
        if (!items)
                return -ENOMEM;
        set->items = items;

        if (asprintf(&file.path, "%s/%s", directory, name) < 0)
                return -ENOMEM;
        file.name = strdup(name);
        if (!file.name) {
                free(file.path);
                return -ENOMEM;
        }

        set->items[set->n_items++] = file;
        return 0;
}

static int file_compare(const void *a, const void *b) {
        return strcmp(((const NamedFile *) a)->name, ((const NamedFile *) b)->name);
}

static bool is_configuration_name(const char *name) {
        size_t n = strlen(name);

        return name[0] != '.' && n > strlen(SUFFIX) &&
                strcmp(name + n - strlen(SUFFIX), SUFFIX) == 0;
}

static void close_directory(DIR **directory) {
        if (*directory)
                closedir(*directory);
}

/* Adds the names of one directory that the set does not have yet. */
static int file_set_scan(FileSet *set, ConfigParser *parser, const char *path) {
        _cleanup_(close_directory) DIR *directory = NULL;
        const struct dirent *entry;
        int r;

        directory = opendir(path);
        if (!directory) {
                if (errno == ENOENT)
                        return 0;
                if (errno == ENOMEM)
                        return -ENOMEM;
                return config_parser_add_problem(parser, path, false, NULL, "cannot be listed: %m");
        }

        for (;;) {
                errno = 0;
                entry = readdir(directory);
                if (!entry)
                        return -errno;

                if (!is_configuration_name(entry->d_name) || file_set_has(set, entry->d_name))
                        continue;
                if (set->n_items >= FILES_MAX)
                        return config_parser_add_problem(parser, path, false, NULL,
                                                         "holds more than %d configuration files",
                                                         FILES_MAX);

                r = file_set_add(set, path, entry->d_name);
                if (r < 0)
                        return r;
        }
}

/* All *.conf of DIRECTORY/subdirectory, over all directories, sorted. */
static int file_set_collect(FileSet *set, ConfigParser *parser, const char *root,
                            const char *subdirectory) {

        for (size_t i = 0; i < ELEMENTSOF(directories); i++) {
                _cleanup_free_ char *path = NULL;
                int r;

                if (asprintf(&path, "%s%s%s", root, directories[i], subdirectory) < 0) {
                        path = NULL;
                        return -ENOMEM;
                }

                r = file_set_scan(set, parser, path);
                if (r < 0)
                        return r;
        }

        if (set->n_items > 0)
                qsort(set->items, set->n_items, sizeof(*set->items), file_compare);
        return 0;
}

/* Reading */

typedef struct FileText {
        char *text;
        size_t n_text;
} FileText;

static void file_text_done(FileText *t) {
        free(t->text);
}

enum {
        FILE_E_MASKED = 1, /* empty, or /dev/null */
        FILE_E_MISSING,
        FILE_E_BAD, /* and a problem was added */
};

static int report_bad(ConfigParser *parser, const char *path, bool warning, const char *what) {
        int r;

        r = config_parser_add_problem(parser, path, warning, NULL, "%s%s", what,
                                      warning ? ", ignoring" : "");
        return r < 0 ? r : FILE_E_BAD;
}

static int report_errno(ConfigParser *parser, const char *path, bool warning, int error) {
        char what[128];

        if (error == ENOMEM)
                return -ENOMEM;

        snprintf(what, sizeof(what), "cannot be read: %s", strerror(error));
        return report_bad(parser, path, warning, what);
}

/* What the file is must come from the descriptor: the name may point elsewhere a moment later. */
static int check_file(ConfigParser *parser, const char *path, const struct stat *st, bool warning) {
        if ((S_ISREG(st->st_mode) && st->st_size == 0) ||
            (S_ISCHR(st->st_mode) && st->st_rdev == makedev(1, 3)))
                return FILE_E_MASKED;
        if (!S_ISREG(st->st_mode))
                return report_bad(parser, path, warning, "is not a regular file");
        if (st->st_size > CONFIG_FILE_MAX_BYTES)
                return report_bad(parser, path, warning, "is longer than 1 MiB");

        return 0;
}

/* The same as systemd does for units: say it, and go on. */
static int warn_mode(ConfigParser *parser, const char *path, mode_t mode) {
        if ((mode & S_IWOTH) == 0)
                return 0;

        return config_parser_add_problem(parser, path, true, "take the right away: chmod o-w",
                                         "can be written by everyone");
}

/*
 * Reads one file. `warning` says whether a file that cannot be read is survivable. Returns 0 and
 * the text, FILE_E_*, or a negative errno.
 */
static int read_file(ConfigParser *parser, const char *path, bool warning, FileText *ret_text) {
        _cleanup_close_ int fd = -EBADF;
        _cleanup_free_ char *text = NULL;
        struct stat st;
        ssize_t n;
        int r;

        /* O_NONBLOCK: a FIFO must not hold us. */
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        if (fd < 0)
                return errno == ENOENT ? FILE_E_MISSING :
                                         report_errno(parser, path, warning, errno);
        if (fstat(fd, &st) < 0)
                return report_errno(parser, path, warning, errno);

        r = check_file(parser, path, &st, warning);
        if (r != 0)
                return r;

        text = malloc(CONFIG_FILE_MAX_BYTES + 1);
        if (!text)
                return -ENOMEM;

        n = fd_read_whole(fd, text, CONFIG_FILE_MAX_BYTES + 1);
        if (n < 0)
                return report_errno(parser, path, warning, (int) -n);
        if (n > CONFIG_FILE_MAX_BYTES)
                return report_bad(parser, path, warning, "is longer than 1 MiB");

        r = warn_mode(parser, path, st.st_mode);
        if (r < 0)
                return r;

        *ret_text = (FileText){ .text = steal_pointer(text), .n_text = (size_t) n };
        return 0;
}

/* Loading */

static int report_no_tunnel(ConfigParser *parser, const char *root, const char *instance,
                            const char *masked) {

        _cleanup_free_ char *path = NULL;

        if (masked)
                return config_parser_add_problem(
                        parser, masked, false, "remove it, or fill it",
                        "is empty or a link to /dev/null: the tunnel %s is masked", instance);

        if (asprintf(&path, "%s%s/%s" SUFFIX, root, directories[0], instance) < 0) {
                path = NULL;
                return -ENOMEM;
        }

        return config_parser_add_problem(
                parser, path, false,
                "create it, with Server= in [Tunnel] and User= in [Authentication]; see pptp.conf(5)",
                "does not exist: there is no tunnel %s", instance);
}

static int load_tunnel(ConfigParser *parser, const char *root, const char *instance,
                       const FileSet *files) {

        _cleanup_free_ char *name = NULL;

        if (asprintf(&name, "%s" SUFFIX, instance) < 0) {
                name = NULL;
                return -ENOMEM;
        }

        for (size_t i = 0; i < files->n_items; i++) {
                _cleanup_(file_text_done) FileText text = { 0 };
                const char *path = files->items[i].path;
                int r;

                if (strcmp(files->items[i].name, name) != 0)
                        continue;

                r = read_file(parser, path, false, &text);
                if (r == FILE_E_MISSING)
                        return config_parser_add_problem(parser, path, false, NULL,
                                                         "is a symbolic link that leads nowhere");
                if (r == FILE_E_MASKED)
                        return report_no_tunnel(parser, root, instance, path);
                if (r != 0)
                        return r < 0 ? r : 0;
                if (config_text_is_match(text.text, text.n_text))
                        return config_parser_add_problem(
                                parser, path, false,
                                "give it another name, and create one with [Tunnel]",
                                "begins with [Match]: it does not define the tunnel %s", instance);

                return config_parser_add_file(parser, CONFIG_FILE_TUNNEL, path, text.text,
                                              text.n_text);
        }

        return report_no_tunnel(parser, root, instance, NULL);
}

static int load_drop_ins(ConfigParser *parser, const char *root, const char *instance) {
        _cleanup_(file_set_done) FileSet files = { 0 };
        _cleanup_free_ char *subdirectory = NULL;
        int r;

        if (asprintf(&subdirectory, "/%s" SUFFIX ".d", instance) < 0) {
                subdirectory = NULL;
                return -ENOMEM;
        }

        r = file_set_collect(&files, parser, root, subdirectory);
        if (r < 0)
                return r;

        for (size_t i = 0; i < files.n_items; i++) {
                _cleanup_(file_text_done) FileText text = { 0 };
                const char *path = files.items[i].path;

                r = read_file(parser, path, false, &text);
                if (r == FILE_E_MISSING)
                        r = config_parser_add_problem(parser, path, false, NULL,
                                                      "is a symbolic link that leads nowhere");
                else if (r == 0)
                        r = config_parser_add_file(parser, CONFIG_FILE_DROP_IN, path, text.text,
                                                   text.n_text);
                if (r < 0)
                        return r;
        }

        return 0;
}

/*
 * The files of other tunnels are read too, since only their first section tells them apart; what
 * is wrong with one that cannot be read is a warning here.
 */
static int load_matches(ConfigParser *parser, const char *instance, const FileSet *files) {
        size_t n_instance = strlen(instance);

        for (size_t i = 0; i < files->n_items; i++) {
                _cleanup_(file_text_done) FileText text = { 0 };
                const NamedFile *file = &files->items[i];
                int r;

                if (strncmp(file->name, instance, n_instance) == 0 &&
                    strcmp(file->name + n_instance, SUFFIX) == 0)
                        continue;

                r = read_file(parser, file->path, true, &text);
                if (r == 0 && config_text_is_match(text.text, text.n_text))
                        r = config_parser_add_file(parser, CONFIG_FILE_MATCH, file->path, text.text,
                                                   text.n_text);
                if (r < 0)
                        return r;
        }

        return 0;
}

static void parser_free_pointer(ConfigParser **p) {
        config_parser_free(*p);
}

int config_files_load(const char *root, const char *instance, Config **ret_config,
                      ConfigProblems *ret_problems) {

        _cleanup_(parser_free_pointer) ConfigParser *parser = NULL;
        _cleanup_(file_set_done) FileSet files = { 0 };
        int r;

        root = root ?: "";
        r = config_parser_new(instance, &parser);
        if (r < 0)
                return r;

        /*
         * systemd escapes instance names; whoever calls us by hand may not. /run/pptp/conf.d is one
         * of the directories above, and would be the unit's to remove.
         */
        if (*instance == '\0' || *instance == '.' || strchr(instance, '/') ||
            strcmp(instance, "conf.d") == 0) {
                r = config_parser_add_problem(parser, directories[0], false, NULL,
                                              "cannot hold a tunnel of this name");
                return r < 0 ? r : config_parser_finish(parser, ret_config, ret_problems);
        }

        r = file_set_collect(&files, parser, root, "");
        if (r >= 0)
                r = load_tunnel(parser, root, instance, &files);
        if (r >= 0)
                r = load_drop_ins(parser, root, instance);
        if (r >= 0)
                r = load_matches(parser, instance, &files);
        if (r < 0)
                return r;

        return config_parser_finish(parser, ret_config, ret_problems);
}

/* Whether a file defines a tunnel. What cannot be read counts as one: its loading says why. */
static int file_is_tunnel(ConfigParser *parser, const NamedFile *file) {
        _cleanup_(file_text_done) FileText text = { 0 };
        int r;

        r = read_file(parser, file->path, true, &text);
        if (r < 0)
                return r;
        if (r == FILE_E_MASKED)
                return false;

        return r != 0 || !config_text_is_match(text.text, text.n_text);
}

int config_files_list(const char *root, char ***ret_names, size_t *ret_n_names) {
        _cleanup_(parser_free_pointer) ConfigParser *parser = NULL;
        _cleanup_(file_set_done) FileSet files = { 0 };
        char **names;
        size_t n = 0;
        int r;

        /* It takes the problems; loading one of the tunnels finds them again. */
        r = config_parser_new("list", &parser);
        if (r < 0)
                return r;
        r = file_set_collect(&files, parser, root ?: "", "");
        if (r < 0)
                return r;

        names = calloc(files.n_items + 1, sizeof(*names));
        if (!names)
                return -ENOMEM;

        for (size_t i = 0; i < files.n_items; i++) {
                NamedFile *file = &files.items[i];

                r = file_is_tunnel(parser, file);
                if (r < 0) {
                        names_free(names);
                        return r;
                }
                if (!r)
                        continue;

                file->name[strlen(file->name) - strlen(SUFFIX)] = '\0';
                names[n++] = steal_pointer(file->name);
        }

        *ret_names = names;
        *ret_n_names = n;
        return 0;
}
